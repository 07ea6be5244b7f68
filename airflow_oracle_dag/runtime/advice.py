"""Say why no session could be had, and what mends it, without repeating what must stay secret."""

from __future__ import annotations

import re
from typing import Optional

_LOOK_UP = (
    "give the folder of tnsnames.ora (--config-dir, extra config_dir, or TNS_ADMIN), or write the "
    "connect string as host:port/service"
)
_INSTALL = "install Oracle Instant Client 19 or later, and name its folder: --lib-dir, extra "
_INSTALL += "thick_mode_lib_dir"
_WRITE = "write the connect string as host:port/service; user and password stand apart"
_CURES = {
    "ORA-01017": "check the user name and the password",
    "ORA-01045": "let the DBA say GRANT CREATE SESSION",
    "ORA-12154": _LOOK_UP,
    "ORA-12514": "check the service name in the connect string",
    "ORA-28000": "ask the DBA to unlock the account",
    "ORA-28001": "change the password",
    "ORA-28150": "let the DBA say ALTER USER target GRANT CONNECT THROUGH proxy",
    "DPI-1047": _INSTALL,
    "DPI-1072": _INSTALL,
    "DPY-2017": "let every connection of a process name the same folders for thick mode",
    "DPY-2018": "name the wallet's folder: thin mode needs ewallet.pem, thick mode cwallet.sso",
    "DPY-2019": "thick mode begins before the first connection of a process: ask for it in every "
    "Oracle connection that the process uses",
    "DPY-2049": _WRITE,
    "DPY-3001": "use thick mode (--thick, extra thick_mode)",
    "DPY-3010": "thin mode needs Oracle 12.1 or later, this package 19c",
    "DPY-3015": "let the DBA set the password again with a newer verifier, or use thick mode",
    "DPY-4000": _LOOK_UP,
    "DPY-4001": "give a user; without one only thick mode can connect",
    "DPY-4017": _WRITE,
    "DPY-4018": _WRITE,
    "DPY-4026": _LOOK_UP,
    "DPY-4027": _LOOK_UP,
    "DPY-6001": "check the service name in the connect string",
    "DPY-6002": "check ssl_server_cert_dn, or whom you are talking to",
    "DPY-6005": "check host and port, and that the listener is running",
    "DPY-6006": "check ssl_server_dn_match, or whom you are talking to",
}
_CODE = re.compile(r"\b(?:ORA|DPY|DPI)-\d{4,5}\b")
#: Errors whose message repeats the connect string, with all that is in it.
UNREADABLE = ("DPY-2049", "DPY-4017", "DPY-4018", "DPY-4019", "DPY-4022", "DPY-4027")


def advice(error: Exception, code: str) -> str:
    """Return what is told of a connection that failed.

    :param error: of the driver or of the socket.
    :param code: such as ``ORA-01017``.
    """
    message = str(error).split("\nHelp:", 1)[0].replace("\n", " ")
    if code in UNREADABLE:
        message = f"{code}: the connect string cannot be read"
        if code == "DPY-4027":
            message += ", unless it is an alias: no folder of tnsnames.ora is named"
    cure = _cure(message, code) or ("check host and port" if isinstance(error, OSError) else None)
    return f"cannot connect: {message}" + (f"\n  To mend it: {cure}." if cure else "")


def _cure(message: str, code: str) -> Optional[str]:
    """Return what mends an error; of one that only says "no connection", what its reason needs."""
    if code == "DPY-6005":
        reasons = [_CURES[found] for found in _CODE.findall(message) if found in _CURES]
        if len(reasons) > 1:
            return reasons[1]
        if "ssl" in message.lower():
            return "check the wallet, its password, and that the port speaks TLS"
    return _CURES.get(code)
