"""One open cursor of a client: its statement, its result set, and how the client wants its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from airflow_oracle_dag.sandbox.session import Column, OracleError, OracleType, Rows, Statement
from airflow_oracle_dag.sandbox.wire.constants import DataType
from airflow_oracle_dag.sandbox.wire.requests import Shape
from airflow_oracle_dag.sandbox.wire.rows import RowEncoder
from airflow_oracle_dag.sandbox.wire.types import LOB_TYPES, WireType, data_type_of

_PLAIN = {
    OracleType.CLOB: (DataType.LONG, (OracleType.CHAR, OracleType.VARCHAR2, OracleType.LONG)),
    OracleType.BLOB: (DataType.LONG_RAW, (OracleType.RAW,)),
}
_ONCE_PLAIN = {(b, lob): long for lob, (long, before) in _PLAIN.items() for b in before}


@dataclass
class Cursor:
    """Hold one open cursor: a parsed statement and the result set of its last execution."""

    id: int
    sql: str
    parsed: Statement | None  # None: a cursor variable's, that can only be fetched from
    shape: Shape = field(default_factory=Shape)
    rows: Rows | None = None
    columns: tuple[Column, ...] = ()
    defines: tuple[WireType, ...] = ()
    encoder: RowEncoder | None = None
    fetched: int = 0
    holds_lobs: bool = False

    @property
    def statement(self) -> Statement:
        """The statement, for those who execute it.

        :raises OracleError: ORA-01001 for a cursor variable.
        """
        if self.parsed is None:
            raise OracleError(1001, "invalid cursor")
        return self.parsed

    @property
    def awaits_define(self) -> bool:
        """Tell whether rows are held back until the client says how it wants its LOBs."""
        return self.holds_lobs and not self.defines

    def show(self, columns: tuple[Column, ...], defines: tuple[WireType, ...] = ()) -> None:
        """Take other columns, of which the client has said nothing yet, or `defines`."""
        self.columns = columns
        self.defines = defines
        self.encoder = None
        self.holds_lobs = any(data_type_of(column) in LOB_TYPES for column in columns)

    def close(self) -> None:
        """Release the result set."""
        if self.rows is not None:
            self.rows.close()
            self.rows = None


def carried_over(before: Sequence[Column], columns: Sequence[Column]) -> tuple[WireType, ...]:
    """Return defines for a client that fetched text or RAW and goes on with it.

    The columns have become LOBs since.
    """
    if len(before) != len(columns):
        return ()
    defines = [_ONCE_PLAIN.get((b.type, c.type)) for b, c in zip(before, columns, strict=True)]
    if not any(defines):
        return ()
    pairs = zip(columns, defines, strict=True)
    return tuple(WireType(define or data_type_of(column)) for column, define in pairs)
