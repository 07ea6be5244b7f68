"""The SYS packages that the sandbox has."""

# ruff: noqa: ARG001, ARG005 - the functions of a table share one signature
# ruff: noqa: FBT002 - private flags

from __future__ import annotations

import time
from typing import Any

from airflow_oracle_dag.sandbox.engine_control import commit, roll_back
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.errors import error_stack
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.info_package import INFO_MEMBERS
from airflow_oracle_dag.sandbox.plsql.lob_package import LOB_MEMBERS
from airflow_oracle_dag.sandbox.plsql.lock_package import LOCK_MEMBERS, sleep
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.scheduler_package import SCHEDULER_MEMBERS
from airflow_oracle_dag.sandbox.plsql.sql_members import SQL_MEMBERS
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN, NUMBER, TEXT, PlType, to_number
from airflow_oracle_dag.sandbox.session import OracleError, OracleType


def _enable(frame: Frame, size: Any = 20000) -> None:
    frame.session.output.enable(None if size is None else int(to_number(size)))


def _put_line(frame: Frame, text: Any = None) -> None:
    frame.session.output.put_line(as_text(text, frame, None))


def _put(frame: Frame, text: Any = None) -> None:
    frame.session.output.put(as_text(text, frame, None))


def _get_lines(frame: Frame, _lines: Any, wanted: Any = None) -> tuple[list[Any], int]:
    most = 2**31 if wanted is None else int(to_number(wanted))
    lines: list[Any] = []
    while len(lines) < most:
        line, status = frame.session.output.get_line()
        if status:
            break
        lines.append(line)
    return lines, len(lines)


def _transaction_id(frame: Frame, create: Any = False) -> Any:
    transaction = frame.session.transaction
    if create and not transaction.open:
        transaction.run([], changes=True)
    return transaction.id


def _as_utf8(raw: Any) -> str:
    try:
        return bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise unimplemented(f"text that is no UTF-8 ({bytes(raw[error.start :])[:8]!r})") from None


def _raise_error(frame: Frame, code: Any, message: Any = None, keep: Any = False) -> None:
    number = int(to_number(code))
    if not -20999 <= number <= -20000:
        raise OracleError(
            21000, f"error number argument to raise_application_error of {number} is out of range"
        )
    text = as_text(message, frame, None)[:2048]
    if keep and frame.error is not None:
        text += f"\n{frame.error}"
    raise OracleError(-number, text)


def _backtrace(frame: Frame) -> Any:
    return frame.trace


def _stack(frame: Frame) -> Any:
    return error_stack(frame.error) if frame.error is not None else None


def _gather(frame: Frame, *rest: Any) -> None:
    frame.session.transaction.commit()  # DBMS_STATS commits, there is nothing to gather


MEMBERS: dict[str, Member] = {
    "DBMS_OUTPUT.ENABLE": Member(_enable, ("BUFFER_SIZE",)),
    "DBMS_OUTPUT.DISABLE": Member(lambda f: f.session.output.disable()),
    "DBMS_OUTPUT.PUT_LINE": Member(_put_line, ("A",), required=1),
    "DBMS_OUTPUT.PUT": Member(_put, ("A",), required=1),
    "DBMS_OUTPUT.NEW_LINE": Member(lambda f: f.session.output.new_line()),
    "DBMS_OUTPUT.GET_LINE": Member(
        lambda f, *a: f.session.output.get_line(), ("LINE", "STATUS"), (0, 1), required=2
    ),
    "DBMS_OUTPUT.GET_LINES": Member(_get_lines, ("LINES", "NUMLINES"), (0, 1), required=2),
    "DBMS_SESSION.UNIQUE_SESSION_ID": Member(lambda f: f.session.unique_id, returns=TEXT),
    "DBMS_SESSION.IS_SESSION_ALIVE": Member(
        lambda f, uid: f.session.database.alive(str(uid or "")),
        ("UNIQUEID",),
        returns=BOOLEAN,
        required=1,
    ),
    "DBMS_SESSION.SLEEP": Member(sleep, ("SECONDS",), required=1),
    **LOB_MEMBERS,
    **LOCK_MEMBERS,
    **SCHEDULER_MEMBERS,
    **SQL_MEMBERS,
    "DBMS_DEBUG_JDWP.CURRENT_SESSION_ID": Member(lambda f: f.session.sid, returns=NUMBER),
    "DBMS_DEBUG_JDWP.CURRENT_SESSION_SERIAL": Member(lambda f: f.session.serial, returns=NUMBER),
    **INFO_MEMBERS,
    "DBMS_TRANSACTION.LOCAL_TRANSACTION_ID": Member(
        _transaction_id, ("CREATE_TRANSACTION",), returns=TEXT
    ),
    "DBMS_TRANSACTION.COMMIT": Member(lambda f: commit(f.session)),
    "DBMS_TRANSACTION.ROLLBACK": Member(lambda f: roll_back(f.session)),
    "DBMS_UTILITY.FORMAT_ERROR_BACKTRACE": Member(_backtrace, returns=TEXT),
    "DBMS_UTILITY.FORMAT_ERROR_STACK": Member(_stack, returns=TEXT),
    "DBMS_UTILITY.FORMAT_CALL_STACK": Member(lambda f: None, returns=TEXT),
    "DBMS_UTILITY.GET_TIME": Member(lambda f: int(time.monotonic() * 100), returns=NUMBER),
    "UTL_RAW.CAST_TO_RAW": Member(
        lambda f, text: None if text is None else as_text(text, f, None).encode(),
        ("C",),
        returns=PlType(OracleType.RAW),
        required=1,
    ),
    "UTL_RAW.CAST_TO_VARCHAR2": Member(
        lambda f, raw: None if raw is None else _as_utf8(raw),
        ("C",),
        returns=TEXT,
        required=1,
    ),
    "UTL_RAW.LENGTH": Member(
        lambda f, raw: None if raw is None else len(raw), ("R",), returns=NUMBER, required=1
    ),
    "DBMS_STATS.GATHER_TABLE_STATS": Member(_gather, ("OWNNAME", "TABNAME")),
    "DBMS_STATS.GATHER_SCHEMA_STATS": Member(_gather, ("OWNNAME",)),
    "RAISE_APPLICATION_ERROR": Member(_raise_error, ("NUM", "MSG", "KEEPERRORSTACK"), required=2),
}
