"""LOB locators in PL/SQL: where a LOB comes from says what may be done with it.

A CLOB or BLOB variable holds its content. What is no `LobText` or `LobBytes` is a temporary LOB
that an expression has made; the others say more: that they are empty and yet not NULL, that they
stand in a row, that they are open.

SecureFiles and Large Objects Developer's Guide, "PL/SQL Semantics for LOBs", "Locking a Row
Containing a LOB"; PL/SQL Packages and Types Reference, DBMS_LOB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_lobs import LOBS, Home, Place
from airflow_oracle_dag.sandbox.engine_types import PaddedText
from airflow_oracle_dag.sandbox.plsql.errors import value_error
from airflow_oracle_dag.sandbox.session import OracleError, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.frame import Frame

READ_ONLY = 0


class Origin(Enum):
    """Say what a locator leads to."""

    TEMPORARY = "a LOB that lives as long as the session"
    STORED = "a LOB in a row that this transaction has locked"
    UNLOCKED = "a LOB in a row"
    INITIAL = "what EMPTY_CLOB() and EMPTY_BLOB() give: nothing can be written to it"
    FREED = "a temporary LOB that there was"


@dataclass
class Stored:
    """Be a LOB in a locked row, for all copies of its locator.

    :param writes: how often it was written through one of them.
    """

    home: Home
    writes: int = 0


@dataclass(frozen=True)
class About:
    """Say what is to be known of a LOB beside its content.

    :param writes: of `stored`, as far as this locator has seen them.
    :param mode: what DBMS_LOB.OPEN was told, None where it is not open.
    """

    origin: Origin
    stored: Stored | None = None
    writes: int = 0
    mode: int | None = None


class LobText(str):
    """Be a CLOB of which more is known than its content."""

    __slots__ = ("about",)
    about: About

    @property
    def home(self) -> Home | None:
        """Where a client writes it, too."""
        return self.about.stored.home if self.about.stored is not None else None


class LobBytes(bytes):
    """Be a BLOB of which more is known than its content."""

    about: About

    @property
    def home(self) -> Home | None:
        """Where a client writes it, too."""
        return self.about.stored.home if self.about.stored is not None else None


Lob = LobText | LobBytes
_TEMPORARY = About(Origin.TEMPORARY)
_UNLOCKED = About(Origin.UNLOCKED)


def lob(content: str | bytes, about: About) -> Lob:
    """Make a LOB."""
    made: Lob = LobText(content) if isinstance(content, str) else LobBytes(content)
    made.about = about
    return made


def temporary(content: str | bytes) -> Lob:
    """Make a temporary LOB, which is not NULL although it may be empty."""
    return lob(content, _TEMPORARY)


def initial(content: str | bytes) -> Lob:
    """Make what EMPTY_CLOB() and EMPTY_BLOB() give."""
    return lob(content, About(Origin.INITIAL))


def about(value: Any) -> About:
    """Tell what is known of a LOB that is not NULL."""
    return value.about if isinstance(value, (LobText, LobBytes)) else _TEMPORARY


def plain(value: Any) -> Any:
    """Return the content alone: what is no LOB any more has no locator."""
    if isinstance(value, LobText):
        return str(value) or None
    return (bytes(value) or None) if isinstance(value, LobBytes) else value


def no_locator() -> OracleError:
    """Make the error for a LOB that is NULL."""
    return value_error("invalid LOB locator specified: ORA-22275")


def readable(value: Any) -> Any:
    """Return the content of a LOB.

    :raises OracleError: ORA-06502 for NULL, ORA-22275 for one that was freed.
    """
    if value is None:
        raise no_locator()
    if about(value).origin is Origin.FREED:
        raise OracleError(22275, "invalid LOB locator specified")
    return value


def written(value: Any, content: str | bytes) -> Lob:
    """Write to a LOB; return what its locator leads to now.

    :raises OracleError: ORA-22275, ORA-22294 for one that is open for reading, ORA-22920, and
        ORA-03001 where its row was not fetched FOR UPDATE.
    """
    known = about(readable(value))
    if known.origin is Origin.INITIAL:
        raise OracleError(22275, "invalid LOB locator specified")
    if known.mode == READ_ONLY:
        raise OracleError(22294, "cannot update a LOB opened in read-only mode")
    if known.origin is Origin.UNLOCKED:
        raise unimplemented("writing to a LOB whose row was not fetched FOR UPDATE")
    stored = known.stored
    if stored is None:
        return lob(content, known)
    if stored.writes != known.writes:
        raise unimplemented("writing to a LOB that was written through a copy of its locator")
    stored.home.store(content)
    stored.writes += 1
    return lob(content, About(known.origin, stored, stored.writes, known.mode))


def _padded(value: Any, kind: OracleType) -> Any:
    return PaddedText(value) if kind is OracleType.CHAR and value is not None else value


def from_rows(
    result: pq_abc.PGresult,
    rows: list[tuple[Any, ...]],
    frame: Frame,
    first: int = 0,
    *,
    placed: bool = False,
) -> list[tuple[Any, ...]]:
    """Say of the LOBs in rows where they stand, the empty ones are not NULL; and mark CHARs.

    :param first: which row of the result the first one is.
    :param placed: the last column is the place of the row, which is locked.
    """
    types = frame.session.database.types
    kinds = [types.kind(result.ftype(n)) for n in range(result.nfields)]
    if OracleType.CHAR in kinds:
        rows = [tuple(map(_padded, row, kinds)) for row in rows]
    found = [(n, kind) for n, kind in enumerate(kinds) if kind in LOBS and result.ftable(n)]
    if not found:
        return rows
    return [
        _with_lobs(result, first + n, list(row), found, frame, placed=placed)
        for n, row in enumerate(rows)
    ]


def of_trigger(value: Any, kind: OracleType) -> Any:
    """Return a value of :NEW or :OLD; a LOB there is read only (Error Messages, ORA-22275)."""
    return initial(value) if kind in LOBS and value is not None else value


def _with_lobs(
    result: pq_abc.PGresult,
    number: int,
    row: list[Any],
    found: Sequence[tuple[int, OracleType]],
    frame: Frame,
    *,
    placed: bool,
) -> tuple[Any, ...]:
    place = Place(result.get_value(number, result.nfields - 1) or b"") if placed else None
    session = frame.session
    for column, kind in found:
        if result.get_value(number, column) is None:
            continue
        known = _UNLOCKED
        if place is not None:
            table, attribute = result.ftable(column), result.ftablecol(column)
            home = Home(session, table, attribute, place, session.transaction.id)
            known = About(Origin.STORED, Stored(home))
        row[column] = lob(row[column] or ("" if kind is OracleType.CLOB else b""), known)
    return tuple(row)
