"""Exceptions of PL/SQL: the named ones, and how a raised one travels through the interpreter."""

from __future__ import annotations

from airflow_oracle_dag.sandbox.dialect.lexer import position
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

PREDEFINED = {
    "ACCESS_INTO_NULL": 6530,
    "CASE_NOT_FOUND": 6592,
    "COLLECTION_IS_NULL": 6531,
    "CURSOR_ALREADY_OPEN": 6511,
    "DUP_VAL_ON_INDEX": 1,
    "INVALID_CURSOR": 1001,
    "INVALID_NUMBER": 1722,
    "LOGIN_DENIED": 1017,
    "NO_DATA_FOUND": 1403,
    "NO_DATA_NEEDED": 6548,
    "NOT_LOGGED_ON": 1012,
    "PROGRAM_ERROR": 6501,
    "ROWTYPE_MISMATCH": 6504,
    "STORAGE_ERROR": 6500,
    "SELF_IS_NULL": 30625,
    "SUBSCRIPT_BEYOND_COUNT": 6533,
    "SUBSCRIPT_OUTSIDE_LIMIT": 6532,
    "SYS_INVALID_ROWID": 1410,
    "TIMEOUT_ON_RESOURCE": 51,
    "TOO_MANY_ROWS": 1422,
    "VALUE_ERROR": 6502,
    "ZERO_DIVIDE": 1476,
}
MESSAGES = {
    1: "unique constraint (.) violated",
    54: "resource busy and acquire with NOWAIT specified or timeout expired",
    60: "deadlock detected while waiting for resource",
    904: "invalid identifier",
    942: "table or view does not exist",
    955: "name is already used by an existing object",
    1001: "invalid cursor",
    1403: "no data found",
    1400: "cannot insert NULL into ()",
    1422: "exact fetch returns more than requested number of rows",
    1476: "divisor is equal to zero",
    1722: "invalid number",
    2290: "check constraint (.) violated",
    2291: "integrity constraint (.) violated - parent key not found",
    2292: "integrity constraint (.) violated - child record found",
    24381: "error(s) in array DML",
    6501: "PL/SQL: program error",
    6502: "PL/SQL: numeric or value error",
    51: "timeout occurred while waiting for a resource",
    1012: "not logged on",
    1017: "invalid username/password; logon denied",
    1410: "invalid ROWID",
    6500: "PL/SQL: storage error",
    6504: "PL/SQL: Return types of Result Set variables or query do not match",
    6511: "PL/SQL: cursor already open",
    6530: "Reference to uninitialized composite",
    6531: "Reference to uninitialized collection",
    6532: "Subscript outside of limit",
    6533: "Subscript beyond count",
    6548: "no more rows needed",
    30625: "method dispatch on NULL SELF argument is disallowed",
    6592: "CASE not found while executing CASE statement",
}
# What Oracle finds when it compiles a block; no handler of the block can catch it.
COMPILE_TIME = frozenset({900, 904, 907, 917, 918, 923, 933, 936, 942, 947, 913, 932, 979, 2289})


class Raised(OracleError):
    """Carry an exception that the block declared or named.

    :param identity: the declared exception, None for one known by its number alone.
    """

    def __init__(self, code: int, message: str, identity: object | None = None) -> None:
        super().__init__(code, message)
        self.identity = identity


class UserException:
    """Be one declared exception; two of the same name are two exceptions.

    :param code: set by PRAGMA EXCEPTION_INIT, 0 otherwise.
    """

    def __init__(self, name: str, code: int = 0) -> None:
        self.name = name
        self.code = code


class CompileError(OracleError):
    """Report ORA-06550 with line, column and the PLS- or ORA- error below it.

    :param detail: the error itself, such as ``PLS-00201: …``.
    """

    def __init__(self, text: str, offset: int, detail: str) -> None:
        self.line, self.column = position(text, offset)
        self.detail = detail
        super().__init__(6550, f"line {self.line}, column {self.column}:\n{detail}", offset)


class Undeclared(CompileError):
    """Report a name that the text does not declare; the schema may know it."""


def noted(error: OracleError, label: str, line: int) -> None:
    """Note a call that an error leaves: the lines of ORA-06512 (Error Messages)."""
    if line:
        error.backtrace.append(f"ORA-06512: at {label}line {line}")


def hand_on(error: OracleError) -> None:
    """Make the calls that an error has left a part of its message: SQL hands on the whole stack."""
    error.message = "\n".join([error.message, *error.backtrace])
    error.args = (f"ORA-{error.code:05d}: {error.message}",)
    error.inner += error.backtrace
    error.backtrace = []


def value_error(detail: str = "") -> Raised:
    """Make ORA-06502."""
    suffix = f": {detail}" if detail else ""
    return Raised(6502, f"PL/SQL: numeric or value error{suffix}")


def named(code: int) -> Raised:
    """Make one of the predefined exceptions."""
    return Raised(code, MESSAGES.get(code, ""))


def sqlcode(error: OracleError | None) -> int:
    """Return what SQLCODE gives in a handler."""
    if error is None:
        return 0
    if (
        isinstance(error, Raised)
        and isinstance(error.identity, UserException)
        and not error.identity.code
    ):
        return 1
    return 100 if error.code == 1403 else -error.code


def sqlerrm(error: OracleError | None) -> str:
    """Return what SQLERRM gives in a handler: at most 512 bytes."""
    if error is None:
        return "ORA-0000: normal, successful completion"
    if sqlcode(error) == 1:
        return "User-Defined Exception"
    return _cut(f"ORA-{error.code:05d}: {error.message}", 512)


def sqlerrm_of(number: int) -> str:
    """Return what SQLERRM(number) gives (PL/SQL Language Reference, SQLERRM Function)."""
    if number == 0:
        return sqlerrm(None)
    if number == 100:
        return "ORA-01403: no data found"
    if number > 0:
        return "User-Defined Exception" if number == 1 else f"-{number}: non-ORACLE exception"
    code = -number
    if code not in MESSAGES and not 20000 <= code <= 20999:
        raise unimplemented(f"SQLERRM({number})")
    return f"ORA-{code:05d}: {MESSAGES.get(code, '')}"


def error_stack(error: OracleError) -> str:
    """Return what DBMS_UTILITY.FORMAT_ERROR_STACK gives in a handler: at most 2000 bytes."""
    return _cut(f"ORA-{error.code:05d}: {error.message}\n", 2000)


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
