"""Stored functions in SQL whose arguments are columns.

PL/SQL Language Reference, "PL/SQL Functions that SQL Statements Can Invoke". PostgreSQL runs the
statement and says which values of a function it lacks; the interpreter computes those, and the
statement runs again, until nothing is lacking. So a function runs once per statement for each
list of arguments, where Oracle may run it once per row.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from psycopg import pq
from psycopg.pq import abc as pq_abc
from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import BUILDERS, PgText
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_link import Command, Prepare, Run, Simple
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.plsql.errors import hand_on
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.session import Disconnected, OracleError, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

FUNCTION = "ODAG_STORED_CALL"
_UNKNOWN = 705  # PostgreSQL's type of a literal
_POSTGRES = {
    OracleType.NUMBER: "numeric",
    OracleType.VARCHAR2: "oracle.varchar2",
    OracleType.CHAR: "oracle.varchar2",
    OracleType.DATE: "oracle.odate",
    OracleType.TIMESTAMP: "timestamp",
    OracleType.TIMESTAMP_TZ: "timestamptz",
    OracleType.INTERVAL_DS: "interval",
    OracleType.CLOB: "oracle.clob",
    OracleType.RAW: "oracle.raw",
    OracleType.BINARY_DOUBLE: "float8",
    OracleType.BOOLEAN: "bool",
}
#: How PostgreSQL's own text of a value is read where a cast would read Oracle's, by NLS formats.
_READ = {
    "oracle.odate": "oracle.odate_in(textout({}), 0, -1)",
    "timestamp": "timestamp_in(textout({}), 0, -1)",
    "oracle.raw": "byteain(textout({}))::oracle.raw",
}
_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS "odag$values"
  (call text, args text, state "char", value text, PRIMARY KEY (call, args))
"""
_PUT = b"""
INSERT INTO pg_temp."odag$values"
SELECT r->>0, r->>1, (r->>2)::"char", r->>3 FROM json_array_elements($1::json) r
ON CONFLICT (call, args) DO UPDATE SET state = excluded.state, value = excluded.value
"""
_FORGET = b"""DELETE FROM pg_temp."odag$values" WHERE call LIKE $1 || '/%'"""
_MOST = 1000  # rounds; each computes something, or the statement is done
_numbers = itertools.count(1)


def _builder(arguments: list[exp.Expression]) -> exp.Expression:
    """Translate ``ODAG_STORED_CALL('0', 'numeric', a, b)``."""
    number, kind, *values = arguments
    pairs = ", ".join(
        f"pg_typeof({{{n}}})::oid::text, ({{{n}}})::text" for n in range(1, len(values) + 1)
    )
    value = f"oracle.stored({{0}}, ARRAY[{pairs}]::text[])"
    text = _READ[kind.name].format(value) if kind.name in _READ else f"{value}::{kind.name}"
    return PgText(this=f"({text})", expressions=[number.copy(), *(v.copy() for v in values)])


BUILDERS[FUNCTION] = _builder


@dataclass(frozen=True)
class ColumnCall:
    """Be one call in a statement.

    :param value: the call with a placeholder for each argument.
    :param width: how many there are.
    """

    value: Expression
    width: int

    @property
    def postgres(self) -> str:
        """The type of its result in PostgreSQL."""
        kind = self.value.type
        if kind is None or kind.kind not in _POSTGRES:
            raise unimplemented("a stored function in SQL that returns no SQL type")
        return _POSTGRES[kind.kind]


class _Again(Exception):
    """Undo a round, because values were lacking."""


def _undo(wanted: list[list[Any]]) -> None:
    if wanted:
        raise _Again


def asking(translation: Translation) -> Translation | None:
    """Return a query for all values that a DML statement will want.

    Without it a NOT NULL column would show one lacking value at a time. None where there is no such
    query, or where it would take numbers from a sequence.
    """
    sql = translation.sql
    if "nextval" in sql or translation.verb not in ("INSERT", "UPDATE"):
        return None
    if translation.returning:
        sql = sql[: sql.rindex(" RETURNING ")]
        if "$" in translation.sql[len(sql) :]:
            return None
    query = _source(sql) if translation.verb == "INSERT" else _new_values(sql)
    if query is None:
        return None
    return replace(translation, verb="SELECT", sql=query, returning=False, into=(), width=None)


def _source(sql: str) -> str | None:
    """Return the query of an INSERT … SELECT."""
    depth = 0
    for token in tokenize(sql):
        depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind is Kind.OP else 0
        if depth == 0 and token.kind is Kind.WORD and token.value in ("SELECT", "WITH"):
            return sql[token.start :]
    return None


def _new_values(sql: str) -> str | None:
    """Return a query for the right sides of an UPDATE's assignments."""
    tokens, depth = tokenize(sql), 0
    values: list[str] = []
    table = rest = ""
    begin = -1  # where a right side begins
    for token in tokens[1:]:
        depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind is Kind.OP else 0
        word = token.kind is Kind.WORD and depth == 0
        if word and token.value == "SET" and not table:
            table = sql[tokens[1].start : token.start]
        elif depth == 0 and token.value == "=" and begin < 0 and not rest:
            begin = token.end
        elif begin >= 0 and depth == 0 and token.value in (",", "WHERE", "FROM", ""):
            values.append(sql[begin : token.start])
            begin = -1
            if token.value in ("WHERE", "FROM"):
                rest = sql[token.start :]
                break
    if not table or not values or rest.startswith("FROM"):
        return None
    return f"SELECT {', '.join(values)} FROM {table} {rest}"  # noqa: S608 - parts of a translation


class Numbered(Protocol):
    """Give calls by their numbers."""

    def __getitem__(self, number: int, /) -> ColumnCall | None:
        """Return one."""


@dataclass
class Rounds:
    """Run one statement until it lacks no value.

    :param verb: what a called function may not do depends on it.
    """

    session: EngineSession
    calls: Numbered
    verb: str
    key: str = field(default_factory=lambda: str(next(_numbers)))
    errors: list[OracleError] = field(default_factory=list)

    def run(
        self,
        once: Callable[[], pq_abc.PGresult],
        ask: Callable[[], pq_abc.PGresult] | None = None,
    ) -> pq_abc.PGresult:
        """Run it.

        :param ask: runs a query that wants all values at once.
        :raises OracleError: of the statement, or of a function whose value it needs.
        """
        transaction = self.session.transaction
        if transaction.read_only:
            raise unimplemented("a stored function on columns in a READ ONLY transaction")
        transaction.run([Simple(_TABLE.encode())], changes=False)
        try:
            if ask is not None:
                wanted = self._round(ask, query=True)[1]
                while wanted:
                    self._compute(wanted)
                    wanted = self._round(ask, query=True)[1]
            for _ in range(_MOST):
                result, wanted = self._round(once, query=self.verb == "SELECT")
                if not wanted and result is not None:
                    return result
                self._compute(wanted)
            raise unimplemented("a stored function in SQL whose values depend on each other")
        finally:
            if not self.session.killed:
                self._forget()

    def _forget(self) -> None:
        transaction = self.session.transaction
        if not transaction.broken:
            commands: list[Command] = [
                Prepare(b"", _FORGET, (TEXT,)),
                Run(b"", (self.key.encode(),)),
                Run(b"odag_set", (b"calls", b"")),
            ]
            transaction.run(commands, changes=False)

    def _round(
        self, once: Callable[[], pq_abc.PGresult], *, query: bool
    ) -> tuple[pq_abc.PGresult | None, list[list[Any]]]:
        wanted: list[list[Any]] = []
        transaction = self.session.transaction
        transaction.run([Run(b"odag_set", (b"calls", self.key.encode()))], changes=False)
        try:
            with self._listening(wanted):
                if query:
                    return once(), wanted
                with transaction.atomic():
                    result = once()
                    _undo(wanted)
                    return result, wanted
        except _Again:
            return None, wanted
        except OracleError as error:
            if query and self.verb != "SELECT":
                return None, wanted  # the statement itself will tell
            if not wanted or isinstance(error, Disconnected) or error.code in (28, 1013):
                raise self._cause(error) from error
            return None, wanted

    @contextmanager
    def _listening(self, wanted: list[list[Any]]) -> Iterator[None]:
        def heard(notice: pq_abc.PGresult) -> None:
            text = (notice.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode()
            word, _, rest = text.partition(" ")
            if word == "odag$wanted":
                asked = json.loads(rest)
                if asked[0] == self.key:
                    wanted.append(asked)

        before = self.session.transaction.listen(heard)
        try:
            yield
        finally:
            self.session.transaction.listen(before)

    def _cause(self, error: OracleError) -> OracleError:
        if error.code == 600 and error.message.startswith("odag$failed "):
            return self.errors[int(error.message.split()[1])]
        return error

    def _compute(self, wanted: list[list[Any]]) -> None:
        rows = []
        for _, number, key, parts in wanted:
            call = self.calls[int(number)]
            assert call is not None  # noqa: S101 - only these are asked for
            state, value = self._value(call, parts)
            rows.append([f"{self.key}/{number}", key, state, value])
        commands: list[Command] = [
            Prepare(b"", _PUT, (TEXT,)),
            Run(b"", (json.dumps(rows).encode(),)),
        ]
        self.session.transaction.run(commands, changes=False)

    def _value(self, call: ColumnCall, parts: list[str | None]) -> tuple[str, str | None]:
        """Run a function; what it raises counts only where its value is needed."""
        types, values = self.session.database.types, []
        for kind, text in zip(parts[::2], parts[1::2], strict=True):
            oid = int(kind or TEXT)
            decode = types.decoder(TEXT if oid == _UNKNOWN else oid)
            values.append(None if text is None else decode(text))
        frame = Frame(self.session, 0, values, ())
        frame.handlers = 1
        transaction = self.session.transaction
        before, transaction.inside = transaction.inside, self.verb
        try:
            found = call.value.run(frame)
        except OracleError as error:
            if error.code == 1403:  # SQL takes it for the end of the data
                return "v", None
            if isinstance(error, Disconnected) or error.code in (28, 1013, 3001):
                raise
            hand_on(error)
            self.errors.append(error)
            return "e", str(len(self.errors) - 1)
        finally:
            transaction.inside = before
        encoded = types.encode(found, 0)
        return "v", None if encoded is None else encoded.decode()
