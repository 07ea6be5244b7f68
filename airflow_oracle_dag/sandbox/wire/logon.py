"""Check a password by O5LOGON with the 12c verifier, without it crossing the wire in the clear.

Both sides derive a key from the password; the server's and the client's random halves, encrypted
with it, give the key of the session, which encrypts the password itself and the server's proof.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_VERIFIER_ROUNDS = 4096
_SESSION_ROUNDS = 3
_KEY_SIZE = 32
_BLOCK = 16
_PROOF = b"SERVER_TO_CLIENT"


def encrypt(key: bytes, plain: bytes) -> bytes:
    """Encrypt whole blocks with AES-CBC and a zero vector, as the protocol wants it."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).encryptor()
    return cipher.update(plain) + cipher.finalize()


def decrypt(key: bytes, encrypted: bytes) -> bytes:
    """Decrypt whole blocks with AES-CBC and a zero vector."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
    return cipher.update(encrypted) + cipher.finalize()


class Challenge:
    """Hold the server's side of one log-in.

    :param password: None for a user who does not exist: the exchange looks the same and fails.
    """

    def __init__(self, password: str | None) -> None:
        self._password = password
        secret = (password if password is not None else secrets.token_hex(_BLOCK)).encode()
        salt = secrets.token_bytes(_BLOCK)
        derived = hashlib.pbkdf2_hmac(
            "sha512", secret, salt + b"AUTH_PBKDF2_SPEEDY_KEY", _VERIFIER_ROUNDS, 64
        )
        self._hash = hashlib.sha512(derived + salt).digest()[:_KEY_SIZE]
        self._server_part = secrets.token_bytes(_KEY_SIZE)
        self._csk_salt = secrets.token_bytes(_BLOCK)
        self.session_key = encrypt(self._hash, self._server_part).hex().upper()
        self.verifier = salt.hex().upper()
        self.csk_salt = self._csk_salt.hex().upper()
        self.rounds = (_VERIFIER_ROUNDS, _SESSION_ROUNDS)

    def answer(self, client_key: str, encrypted_password: str) -> str | None:
        """Check the client's answer and return the server's proof, None when it is wrong."""
        try:
            client_part = decrypt(self._hash, bytes.fromhex(client_key))
            combined = (client_part[:_KEY_SIZE] + self._server_part).hex().upper()
            key = hashlib.pbkdf2_hmac(
                "sha512", combined.encode(), self._csk_salt, _SESSION_ROUNDS, _KEY_SIZE
            )
            padded = decrypt(key, bytes.fromhex(encrypted_password))
        except ValueError:  # not hexadecimal, or not whole blocks
            return None
        password = padded[_BLOCK : -padded[-1]] if padded else b""
        if self._password is None or not hmac.compare_digest(password, self._password.encode()):
            return None
        return encrypt(key, secrets.token_bytes(_BLOCK) + _PROOF).hex().upper()
