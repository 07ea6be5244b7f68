"""What the SYS packages keep for a session: the open cursors of DBMS_SQL, the long operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.session import OracleError, Rows

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_longops import LongOp
    from airflow_oracle_dag.sandbox.plsql.sql_package import SqlCursor

_FIRST = 1_000_000_001
_MOST = 300  # OPEN_CURSORS, as most databases have it


@dataclass
class SqlCursors:
    """Keep the cursors of DBMS_SQL by their number.

    :ivar denied: an unknown number was used: DBMS_SQL is closed to the session for good.
    """

    opened: dict[int, SqlCursor] = field(default_factory=dict)
    denied: bool = False
    last: int = _FIRST

    def add(self, cursor: SqlCursor) -> int:
        """Open a cursor and return its number.

        :raises OracleError: ORA-01000 when too many are open.
        """
        if len(self.opened) >= _MOST:
            raise OracleError(1000, "maximum open cursors exceeded")
        self.last += 1
        self.opened[self.last] = cursor
        return self.last

    def find(self, number: int | None) -> SqlCursor:
        """Return an open cursor.

        :raises OracleError: ORA-01001 for NULL, ORA-29471 for a number that is not open (PL/SQL
            Packages and Types Reference, DBMS_SQL Security Model).
        """
        if number is None:
            raise OracleError(1001, "invalid cursor")
        cursor = None if self.denied else self.opened.get(number)
        if cursor is None:
            self.denied = True
            raise OracleError(29471, "DBMS_SQL access denied")
        return cursor


@dataclass
class PackageMemory:
    """Hold all of it."""

    cursors: SqlCursors = field(default_factory=SqlCursors)
    longops: dict[int, LongOp] = field(default_factory=dict)
    results: list[Rows] = field(default_factory=list)  # of DBMS_SQL.RETURN_RESULT, for the client
