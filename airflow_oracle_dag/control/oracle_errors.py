"""What an Oracle database answers, in the words of the control table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_oracle_dag.control.table import ControlTableError, StoreUnavailable
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.errors import ConnectFailed, ConnectionLost, DatabaseError
from airflow_oracle_dag.sql.control_tables import COLUMNS, ControlTables

#: A block that does not compile says ORA-06550 and then why.
_WHY_NOT_COMPILED = re.compile(r"PL/SQL: (ORA-\d{5})")
_QUOTED = re.compile(r'"([^"]+)"')
_LOCKED = ("ORA-30006", "ORA-00054", "ORA-00060", "ORA-01591")
_TIMED_OUT = "DPY-4024"


@contextmanager
def translated(tables: ControlTables | None, doing: str) -> Iterator[None]:
    """Turn what the driver reports into `StoreUnavailable` or another `ControlTableError`.

    :param doing: what was tried, such as "reading job X".
    """
    try:
        yield
    except ConnectFailed as error:
        lasting = codes.meaning_of(error.code).action is codes.Action.FAIL
        kind = ControlTableError if lasting else StoreUnavailable
        raise kind(f"control table, {doing}: {error}") from error
    except DatabaseError as error:
        raise _explained(error, tables, doing) from error


def _explained(error: DatabaseError, tables: ControlTables | None, doing: str) -> ControlTableError:
    code = _code(error)
    where = f"control table, {doing}"
    if code in _LOCKED:
        return StoreUnavailable(
            f"{where}: a row is locked by somebody else for longer than 5 seconds "
            f"({error.message.splitlines()[0]})\n  To mend it: end the session that changed "
            "the row without COMMIT."
        )
    if code == _TIMED_OUT:
        return StoreUnavailable(f"{where}: the database did not answer in time ({error.message})")
    if tables is not None and code == "ORA-00942":
        listed = f"{tables.job}, {tables.run}, {tables.audit}, {tables.calendar}".replace('"', "")
        return ControlTableError(
            f"{where}: a table is missing, or may not be used, among {listed} ({error.message})\n"
            "  To mend it: make them with `oracle-dag init`, name your own in control_names, or "
            "ask for the grants."
        )
    if tables is not None and code == "ORA-00904":
        return ControlTableError(f"{where}: {_missing_column(error, tables)}")
    passing = isinstance(error, ConnectionLost) or (
        codes.meaning_of(code).action is codes.Action.RETRY
    )
    kind = StoreUnavailable if passing else ControlTableError
    return kind(f"{where}: {error.message}")


def _code(error: DatabaseError) -> str:
    if error.code == "ORA-06550":
        found = _WHY_NOT_COMPILED.search(error.message)
        return found.group(1) if found else error.code
    return error.code


def _missing_column(error: DatabaseError, tables: ControlTables) -> str:
    named = {f'"{name}"' for name in _QUOTED.findall(error.message)}
    for field, column in tables.columns.items():
        if column in named:
            return (
                f"{tables.shown} has no column {column} for {field} ({error.message})\n"
                f'  To mend it: name its column in control_names, {{"columns": {{"{field}": '
                f'"{COLUMNS[field]}"}}}}, or say null if it has none.'
            )
    return (
        f"a column is missing ({error.message})\n  To mend it: name the columns in control_names, "
        "or run `oracle-dag init`."
    )
