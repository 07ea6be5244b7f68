"""One table of ORA and DPY codes: what each means and what a scheduler should do about it.

`Action.DEFAULT` leaves the decision to the task's own retries. Codes that are not in the table,
among them 20000 to 20999 (the script's own RAISE_APPLICATION_ERROR), are DEFAULT too: only their
author knows. ORA-00028 and ORA-01013 are somebody's deliberate act, so nothing retries them at
once although the driver counts ORA-00028 as recoverable.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Dict, NamedTuple, Optional

from airflow_oracle_dag.core.tolerance import NEVER


class Action(str, Enum):
    """What a scheduler should do about a failed step."""

    RETRY = "retry"
    FAIL = "fail"
    DEFAULT = "default"


class Meaning(NamedTuple):
    """What a code stands for.

    :param delay: seconds before a retry, None for the task's own delay.
    :param session_lost: the session cannot be used any more.
    """

    text: str
    action: Action
    delay: Optional[float] = None
    session_lost: bool = False


_R, _F, _D = Action.RETRY, Action.FAIL, Action.DEFAULT

TABLE: Dict[str, Meaning] = {
    # Somebody's deliberate act.
    "ORA-00028": Meaning("the session was killed by a DBA", _D, session_lost=True),
    "ORA-01013": Meaning("the statement was cancelled", _D),
    "DPY-4024": Meaning("the statement took longer than it may (call timeout)", _D),
    # The session or the instance is gone.
    "ORA-00022": Meaning("the session is not ours any more", _R, 30, True),
    "ORA-00031": Meaning("a session is marked for kill", _D),
    "ORA-00041": Meaning(
        "the session took longer than the resource manager allows", _D, None, True
    ),
    "ORA-00600": Meaning("an internal error of the database", _D),
    "ORA-00603": Meaning("the session was terminated by a fatal error", _R, 30, True),
    "ORA-01012": Meaning("not logged on", _R, 30, True),
    "ORA-01014": Meaning("the database is shutting down", _R, 60, True),
    "ORA-01033": Meaning("the database is starting up or shutting down", _R, 60),
    "ORA-01034": Meaning("the database is not available", _R, 60),
    "ORA-01089": Meaning("the database is shutting down", _R, 60, True),
    "ORA-01090": Meaning("the database is shutting down", _R, 60),
    "ORA-01092": Meaning("the instance was terminated", _R, 60, True),
    "ORA-02392": Meaning("the session used more CPU than its profile allows", _D, None, True),
    "ORA-02394": Meaning("the session read more than its profile allows", _D, None, True),
    "ORA-02396": Meaning("the session was idle for longer than its profile allows", _R, 30, True),
    "ORA-02397": Meaning("the session used more memory than its profile allows", _D, None, True),
    "ORA-02399": Meaning("the session lasted longer than its profile allows", _R, 30, True),
    "ORA-03113": Meaning("the connection broke", _R, 30, True),
    "ORA-03114": Meaning("not connected", _R, 30, True),
    "ORA-03135": Meaning("the connection was lost", _R, 30, True),
    "ORA-12514": Meaning("the listener does not know the service (yet)", _R, 60),
    "ORA-12516": Meaning("the listener has no handler free", _R, 60),
    "ORA-12519": Meaning("the listener has no handler free", _R, 60),
    "ORA-12528": Meaning("the listener refuses new connections for now", _R, 60),
    "ORA-12537": Meaning("the connection was closed", _R, 30, True),
    "ORA-12541": Meaning("no listener", _R, 60),
    "ORA-12547": Meaning("the connection was lost", _R, 30, True),
    "ORA-12757": Meaning("the instance does not have the service now", _R, 60),
    "DPY-1001": Meaning("not connected", _R, 30, True),
    "DPY-4011": Meaning("the database or the network closed the connection", _R, 30, True),
    "DPY-4027": Meaning("no address was found for the connect string", _F),
    "DPY-6000": Meaning("the listener refused the connection", _R, 60),
    "DPY-6001": Meaning("the listener does not know the service", _R, 60),
    "DPY-6005": Meaning("cannot connect to the database", _R, 60),
    # Others are in the way.
    "ORA-00054": Meaning("the row or table is locked by somebody else", _R, 60),
    "ORA-00060": Meaning("a deadlock; the statement was rolled back", _R, 30),
    "ORA-01591": Meaning("a lock is held by an in-doubt distributed transaction", _R, 300),
    "ORA-04021": Meaning("a time-out while waiting to lock an object", _R, 60),
    "ORA-04068": Meaning("the state of packages was discarded: a package was recompiled", _R, 5),
    "ORA-08177": Meaning("a serializable transaction met a newer change", _R, 5),
    "ORA-30006": Meaning("the row is locked by somebody else; the wait timed out", _R, 60),
    "ORA-01555": Meaning("a query ran for longer than the database keeps old rows", _R, 60),
    "ORA-02091": Meaning("COMMIT was refused, and the transaction rolled back", _D),
    # Room that may be made.
    "ORA-01652": Meaning("no room in the temporary tablespace", _R, 300),
    "ORA-01653": Meaning("a table cannot be extended: the tablespace is full", _R, 300),
    "ORA-01654": Meaning("an index cannot be extended: the tablespace is full", _R, 300),
    "ORA-30036": Meaning("no room in the undo tablespace", _R, 300),
    # A retry gives the same error.
    "ORA-00034": Meaning("COMMIT or ROLLBACK in code, where the session forbids it", _F),
    "ORA-00900": Meaning("not an SQL statement", _F),
    "ORA-00903": Meaning("not a table name", _F),
    "ORA-00904": Meaning("no such column", _F),
    "ORA-00905": Meaning("a keyword is missing", _F),
    "ORA-00907": Meaning("a right parenthesis is missing", _F),
    "ORA-00911": Meaning("an invalid character", _F),
    "ORA-00923": Meaning("FROM is missing", _F),
    "ORA-00933": Meaning("the statement is not properly ended", _F),
    "ORA-00936": Meaning("an expression is missing", _F),
    "ORA-00942": Meaning("no such table or view, or no privilege on it", _F),
    "ORA-00947": Meaning("not enough values", _F),
    "ORA-00955": Meaning("the name is already used", _F),
    "ORA-00979": Meaning("not a GROUP BY expression", _F),
    "ORA-01017": Meaning("wrong user name or password", _F),
    "ORA-01031": Meaning("a privilege is missing", _F),
    "ORA-01036": Meaning("a bind that the statement does not have", _F),
    "ORA-06550": Meaning("PL/SQL that does not compile", _F),
    "ORA-24344": Meaning("stored code that does not compile", _F),
    "ORA-28000": Meaning("the account is locked", _F),
    "ORA-28001": Meaning("the password has expired", _F),
}

#: The driver reports a killed session as DPY-4011; that it was killed stands in the text only.
_KILLED = re.compile(r"\bORA-00028\b")
_CODE = re.compile(r"\b((?:ORA|DPY|DPI)-\d{4,5})\b")
_ROLLED_BACK = frozenset(
    [
        "ORA-02091",  # a deferred constraint; the code behind it says which
        "ORA-02092",  # the same, of a distributed transaction
        "ORA-24761",  # the transaction was rolled back
        "ORA-25402",  # fail-over: the transaction must roll back
    ]
)
#: The first is about others' work, the second about the session's state, which is new by then.
_PASSING = frozenset(["ORA-08177", "ORA-04068"])
_LOST = frozenset(code for code, meaning in TABLE.items() if meaning.session_lost)


def code_of(exception: Optional[BaseException]) -> str:
    """Return the code that an exception of the driver or of this package carries, "" if none.

    A ``DPY-`` code wraps what the database said; it is the outer code that decides, except for
    DPY-6005, which only says that there is no connection: the reason follows it.
    """
    if exception is None:
        return ""
    code = _outer_code(exception)
    if code == "DPY-4011" and _KILLED.search(str(exception)):
        return "ORA-00028"
    if code == "DPY-6005":
        inner = [found for found in _CODE.findall(str(exception)) if found != code]
        return next((found for found in inner if found in TABLE), code)
    return code


def _outer_code(exception: BaseException) -> str:
    code = getattr(exception, "code", None)
    if isinstance(code, str) and code:
        return code
    first = exception.args[0] if exception.args else None
    full = getattr(first, "full_code", None)
    if isinstance(full, str) and full:
        return full
    found = _CODE.search(str(exception))
    return found.group(1) if found else ""


def meaning_of(code: str) -> Meaning:
    """Return what the table says of a code; codes that are not in it are left to the task."""
    return TABLE.get(code, Meaning("", Action.DEFAULT))


def passing(code: str) -> str:
    """Say what an error was about that says nothing of the statement it came to, "" for others.

    What it hit, and was rolled back whole, may be run again at once.

    Unverified: after ORA-04068 nothing of the call is done, and the same call works when it is sent
    again; after ORA-08177 a new transaction sees the change (PL/SQL Language Reference, Package
    State; Database Concepts, Serializable Isolation Level; Error Messages Reference).
    """
    return meaning_of(code).text if code in _PASSING else ""


def ends_transaction(code: str) -> bool:
    """Tell whether an error means that the database rolled the whole transaction back."""
    return code in _ROLLED_BACK


def cause_of(code: str, message: str) -> str:
    """Return the code that says why, where the first one only says what the database did then."""
    if code not in _ROLLED_BACK:
        return code
    found = [one for one in _CODE.findall(message) if one not in _ROLLED_BACK]
    return next((one for one in found if one.startswith("ORA-") and one != "ORA-06512"), code)


def ends_statement_only(code: str) -> bool:
    """Tell whether an error leaves the transaction before its statement as it was.

    Not so where somebody wants an end, the session is gone, or all was rolled back: who goes on
    after those would go on without what the step did before.

    Unverified: any other error undoes its statement alone, a deadlock's (ORA-00060) too (Database
    Concepts, Statement-Level Rollback; Error Messages Reference).
    """
    return code.startswith("ORA-") and code not in NEVER and code not in _LOST


def is_session_lost(code: str) -> bool:
    """Tell whether an error with this code ends the session."""
    return code in _LOST
