"""Errors of the wire layer.

WireError
├── NeedMore      the message goes on in a packet that has not arrived yet
├── Refused       a whole request that cannot be decoded; answered with an ORA- error
└── Malformed     bytes that are not Oracle Net; the connection is closed
"""

from __future__ import annotations


class WireError(Exception):
    """Stand at the root of what reading bytes can raise."""


class NeedMore(WireError):
    """Say that the bytes so far are the beginning of a message."""


class Malformed(WireError):
    """Say that the peer does not speak this protocol."""


class Refused(WireError):
    """Refuse a request whose bytes cannot be understood to their end.

    :param code: ORA number for the client, 3001 for what the sandbox cannot do.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"ORA-{code:05d}: {message}")
        self.code = code
        self.message = message


def unimplemented(what: str) -> Refused:
    """Build the refusal of a feature that the sandbox does not have."""
    return Refused(3001, f"unimplemented feature (sandbox): {what}")
