"""LOBs in rows that a query has locked: what a client writes through their locators is stored.

SecureFiles and Large Objects Developer's Guide, "Selecting and Accessing LOB Data": before a LOB is
written, its row is locked by SELECT … FOR UPDATE; the lock ends with the transaction, and with it
the right to write (ORA-22920).
"""

# ruff: noqa: S608 - SQL is composed from names that PostgreSQL itself has quoted

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_call import Call
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import Prepare, Run, ServerError, Simple
from airflow_oracle_dag.sandbox.engine_rows import ResultRows
from airflow_oracle_dag.sandbox.session import OracleError, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

LOBS = (OracleType.CLOB, OracleType.BLOB)
# Triggers do not fire when a LOB is written through its locator.
_QUIET = Simple(b"SET LOCAL session_replication_role = replica")
# The row must not have moved since; rowid_place alone would follow it.
_UPDATE = (
    b"UPDATE %s SET %s = $1 WHERE ctid = oracle.rowid_place($2)"
    b" AND oracle.rowid_of(tableoid, ctid)::text = $2::text"
    b" RETURNING oracle.rowid_of(tableoid, ctid)"
)
_LOUD = Simple(b"SET LOCAL session_replication_role = origin")


@dataclass
class Place:
    """Say by a ROWID where a row is; it moves with each write."""

    rowid: bytes


@dataclass(frozen=True)
class Home:
    """Say where a LOB is stored.

    :param transaction: whose lock on the row permits to write.
    """

    session: EngineSession
    table: int
    column: int
    place: Place
    transaction: str | None

    def store(self, value: str | bytes) -> None:
        """Store a new value.

        :raises OracleError: ORA-22920 when the row is not locked any more, ORA-03001 when it was
            updated otherwise in the meantime.
        """
        with Call(self.session):
            transaction = self.session.transaction
            if not transaction.open or transaction.id != self.transaction:
                raise OracleError(22920, "row containing the LOB value is not locked")
            try:
                self._update(value)
            except ServerError as error:
                raise oracle_error(error) from error

    def _update(self, value: str | bytes) -> None:
        run = self.session.transaction.run
        names = (
            f"SELECT attrelid::regclass::text, quote_ident(attname) FROM pg_attribute"
            f" WHERE attrelid = {self.table} AND attnum = {self.column}"
        )
        (found,) = run([Simple(names.encode())], changes=False)
        table, column = (found.get_value(0, n) or b"" for n in (0, 1))
        sql = _UPDATE % (table, column)
        raw = value.encode() if isinstance(value, str) else b"\\x" + value.hex().encode()
        written = Run(b"", (raw, self.place.rowid))
        _, _, moved, _ = run([_QUIET, Prepare(b"", sql, (0, 0)), written, _LOUD], changes=True)
        if not moved.ntuples:
            raise unimplemented("writing to a LOB whose row was updated after it was fetched")
        self.place.rowid = moved.get_value(0, 0) or b""


class StoredText(str):
    """Be the content of a CLOB that may be written."""

    __slots__ = ("home",)
    home: Home


class StoredBytes(bytes):
    """Be the content of a BLOB that may be written."""

    home: Home


class LockedRows(ResultRows):
    """Hand out rows whose last column says where each is, and which nobody sees."""

    def __init__(
        self, result: pq_abc.PGresult, session: EngineSession, names: tuple[str, ...] | None
    ) -> None:
        super().__init__(result, session.database.types, names)
        self.columns = self.columns[:-1]
        self._session = session
        self._lobs = [
            number
            for number, column in enumerate(self.columns)
            if column.type in LOBS and result.ftable(number)
        ]

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return up to `count` further rows."""
        columns = self.fetch_columns(count, [False] * len(self.columns))
        return list(zip(*columns, strict=True))

    def fetch_columns(self, count: int, as_text: Sequence[bool]) -> list[list[Any]]:
        """Return up to `count` further rows by column; LOBs know where they are stored."""
        begin, result = self._place, self._result
        columns = super().fetch_columns(count, [*as_text, False])
        places = [Place(rowid.encode()) for rowid in columns.pop()]
        if result is not None:
            for number in self._lobs:
                columns[number] = [
                    self._stored(result, begin + row, number, place)
                    for row, place in enumerate(places)
                ]
        return columns

    def _stored(
        self, result: pq_abc.PGresult, row: int, number: int, place: Place
    ) -> StoredText | StoredBytes | None:
        raw = result.get_value(row, number)
        if raw is None:
            return None
        value: StoredText | StoredBytes
        if self.columns[number].type is OracleType.CLOB:
            value = StoredText(raw.decode())
        else:
            value = StoredBytes(bytes.fromhex(raw[2:].decode()))
        transaction = self._session.transaction.id
        table, column = result.ftable(number), result.ftablecol(number)
        value.home = Home(self._session, table, column, place, transaction)
        return value
