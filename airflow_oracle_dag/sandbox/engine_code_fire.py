"""A DML statement on a table or view that has triggers.

PL/SQL Language Reference, "DML Triggers", "Order in Which Triggers Fire", "Mutating-Table
Restriction". PostgreSQL says which rows the statement is about and what they shall become; then,
row by row, the triggers run before and after the change.
"""

# ruff: noqa: S608 - SQL is composed from constants and quoted names; values are bound

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.ddl_common import ident, text
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import Command, Prepare, Run, ServerError, Simple
from airflow_oracle_dag.sandbox.engine_rows import changed_rows, decode_rows
from airflow_oracle_dag.sandbox.plsql.errors import hand_on, noted
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.lobs import of_trigger
from airflow_oracle_dag.sandbox.session import Disconnected, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.plsql.triggers import Trigger

RunOne = Callable[[Translation], pq_abc.PGresult]
_NAMES = (Kind.WORD, Kind.QUOTED)
_TAKE = """
WITH gone AS (DELETE FROM oracle.captured WHERE pid = pg_backend_pid() RETURNING *)
SELECT g.operation, g.relation::text, g.place::text, (g.old::{0}).*, (g.new::{0}).*
  FROM gone g ORDER BY g.n
"""
_DEEPEST = 50


@dataclass(frozen=True)
class Listed:
    """Be one enabled trigger of a table."""

    owner: str
    name: str
    relation: str
    timing: str
    by_row: bool
    events: frozenset[str]
    columns: frozenset[str]
    follows: frozenset[str]


@dataclass
class Firing:
    """Be a statement whose triggers are running.

    :param event: INSERT, UPDATE or DELETE, for INSERTING and its like.
    :param columns: those that an UPDATE sets.
    :param mutating: the table, while row triggers run; None when they may look at it.
    :param depth: of autonomous transactions, which see the table as it was.
    """

    event: str
    columns: frozenset[str]
    depth: int
    mutating: tuple[str, str] | None = None


class FiredResult:
    """Be the outcome of a statement that went row by row, as one of PostgreSQL's results."""

    def __init__(self, count: int, returned: Sequence[pq_abc.PGresult]) -> None:
        self.command_tuples = count
        self._returned = returned
        self.ntuples = len(returned)
        self.nfields = returned[0].nfields if returned else 0

    def get_value(self, row: int, column: int) -> bytes | None:
        """Return a value in text format."""
        return self._returned[row].get_value(0, column)

    def ftype(self, column: int) -> int:
        """Return a column's type."""
        return self._returned[0].ftype(column)

    def fmod(self, column: int) -> int:
        """Return a column's type modifier."""
        return self._returned[0].fmod(column)

    def fname(self, column: int) -> bytes | None:
        """Return a column's name."""
        return self._returned[0].fname(column)

    def ftable(self, column: int) -> int:
        """Return the table of a column, 0 for an expression."""
        return self._returned[0].ftable(column)

    def ftablecol(self, column: int) -> int:
        """Return a column's place in its table."""
        return self._returned[0].ftablecol(column)


def refuse_mutating(session: EngineSession, translation: Translation) -> None:
    """Refuse a statement on a table that is being changed while its row triggers run.

    :raises OracleError: ORA-04091.
    """
    for firing in session.firing:
        if firing.mutating is None or firing.depth != session.channels.autonomous_depth:
            continue
        for owner, name in translation.tables:
            if resolved(session, owner, name) == firing.mutating:
                raise OracleError(
                    4091,
                    f"table {firing.mutating[0]}.{firing.mutating[1]} is mutating,"
                    " trigger/function may not see it",
                )


def resolved(session: EngineSession, owner: str | None, name: str) -> tuple[str, str]:
    """Return a table's place, behind a synonym of it."""
    synonyms = session.database.synonyms
    place = (owner or session.schema, name)
    public = synonyms.get(("PUBLIC", name)) if owner is None else None
    return synonyms.get(place) or public or place


def fire(
    session: EngineSession,
    translation: Translation,
    rows: int,
    run_one: Callable[[int, Translation], pq_abc.PGresult],
) -> list[Any] | None:
    """Run a DML statement with its triggers, once per row of binds; None when there are none.

    :param run_one: runs a translation of it with one row of binds, without triggers.
    """
    triggers = session.database.code.triggers
    head = _head(translation.sql)
    if head is None:
        for owner, name in translation.tables:
            if resolved(session, owner, name) in triggers:
                raise unimplemented("a multitable INSERT into a table with triggers")
        return None
    place = resolved(session, *head.table)
    listed = triggers.get(place)
    if not listed:
        return None
    if len(session.firing) >= _DEEPEST:
        raise OracleError(36, f"maximum number of recursive SQL levels ({_DEEPEST}) exceeded")
    statement = _Statement(session, translation, head, place, listed)
    try:
        return [statement.run(lambda t, n=n: run_one(n, t)) for n in range(rows)]  # type: ignore[misc]
    except OracleError as error:
        hand_on(error)
        raise


@dataclass(frozen=True)
class _Head:
    """Be what a translated statement begins with.

    :param alias: by which the table's columns may be named.
    """

    table: tuple[str | None, str]
    alias: str
    events: frozenset[str]
    columns: frozenset[str]
    single: bool


_SHAPE = re.compile(
    r'(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO) (?:("[^"]+")\.)?("[^"]+")(?: AS ("[^"]+"|\w+))?'
)


def _head(sql: str) -> _Head | None:
    found = _SHAPE.match(sql)
    if found is None:
        return None
    verb, owner, name, alias = found.groups()
    tokens = tokenize(sql)
    events = {verb.split()[0]}
    if verb == "MERGE INTO":
        pairs = itertools.pairwise(tokens)
        events = {two.value for one, two in pairs if one.value == "THEN"} - {"DO"}
    return _Head(
        (owner.strip('"') if owner else None, name.strip('"')),
        (alias or name).strip('"'),
        frozenset(events),
        frozenset(_set_columns(tokens)),
        verb == "INSERT INTO" and not any(t.value == "SELECT" for t in tokens),
    )


def _set_columns(tokens: list[Token]) -> set[str]:
    """List what stands in front of ``=`` behind SET."""
    found: set[str] = set()
    depth, setting, target = 0, False, False
    for token in tokens:
        word = token.kind is Kind.WORD
        if word and depth == 0 and token.value in ("SET", "WHERE", "WHEN", "FROM", "RETURNING"):
            setting = target = token.value == "SET"
        elif token.kind is Kind.OP and token.value in "()":
            depth += 1 if token.value == "(" else -1
        elif token.kind is Kind.OP and token.value == "=" and depth == 0:
            target = False
        elif token.kind is Kind.OP and token.value == "," and depth == 0:
            target = setting
        elif target and token.kind in _NAMES:
            found.add(token.value)
    return found


class _Statement:
    """Be one DML statement with triggers."""

    def __init__(
        self,
        session: EngineSession,
        translation: Translation,
        head: _Head,
        place: tuple[str, str],
        listed: Sequence[Listed],
    ) -> None:
        self._session = session
        self._translation = translation
        self._head = head
        self._place = place
        self._table = f"{ident(place[0])}.{ident(place[1])}"
        self._columns = list(session.database.columns_of(*place) or {})
        self._listed = [t for t in listed if any(self._fires(t, event) for event in head.events)]

    def _fires(self, trigger: Listed, event: str) -> bool:
        if event not in trigger.events:
            return False
        some = not trigger.columns or bool(trigger.columns & self._head.columns)
        return event != "UPDATE" or some

    def run(self, run_one: RunOne) -> Any:
        """Run it, all or nothing."""
        with self._session.transaction.atomic():
            self._statement_level("BEFORE")
            if any(trigger.by_row for trigger in self._listed):
                result: Any = self._by_row(run_one)
            else:
                result = run_one(self._translation)
            self._statement_level("AFTER")
        return result

    def _statement_level(self, timing: str) -> None:
        for event in sorted(self._head.events):
            for trigger in self._listed:
                if trigger.timing == timing and not trigger.by_row and self._fires(trigger, event):
                    self._call(trigger, self._firing(event), {}, {})

    def _firing(self, event: str, *, row: bool = False) -> Firing:
        mutating = self._place if row and not self._head.single else None
        columns = self._head.columns if event == "UPDATE" else frozenset()
        return Firing(event, columns, self._session.channels.autonomous_depth, mutating)

    # -- rows ---------------------------------------------------------------------------------

    def _by_row(self, run_one: RunOne) -> FiredResult:
        sql, returning = self._translation.sql, ""
        if self._translation.returning:
            tail = sql.rindex(" RETURNING ")
            sql, returning = sql[:tail], sql[tail:]
            if re.search(r"\$\d", returning):
                raise unimplemented("RETURNING an expression of variables where rows have triggers")
        relation = next(trigger.relation for trigger in self._listed if trigger.by_row)
        self._capture(relation)
        run_one(replace(self._translation, sql=sql, returning=False, into=()))
        self._capture("")
        captured = self._captured()
        returned = []
        for operation, partition, place, old, new in captured:
            self._row_level("BEFORE", operation, old, new)
            if self._instead():
                self._row_level("INSTEAD OF", operation, old, new)
                continue
            result = self._change(operation, partition, place, old, new, returning)
            if returning:
                returned.append(result)
            self._row_level("AFTER", operation, old, new)
        if returning and self._instead():
            raise unimplemented("RETURNING of a view with INSTEAD OF triggers")
        return FiredResult(len(captured), returned)

    def _instead(self) -> bool:
        return any(trigger.timing == "INSTEAD OF" for trigger in self._listed)

    def _capture(self, relation: str) -> None:
        command = Run(b"odag_set", (b"capture", relation.encode()))
        self._session.transaction.run([command], changes=False, guard=False)

    def _captured(self) -> list[tuple[str, str, str | None, dict[str, Any], dict[str, Any]]]:
        command = Simple(_TAKE.format(self._table).encode())
        result = self._session.transaction.run([command], changes=True, guard=False)[-1]
        width, found = len(self._columns), []
        types = self._session.database.types
        kinds = [types.kind(result.ftype(n)) for n in range(result.nfields)]
        for plain in decode_rows(result, types, 0, result.ntuples):
            row = list(map(of_trigger, plain, kinds))
            old = dict(zip(self._columns, row[3 : 3 + width], strict=True))
            new = dict(zip(self._columns, row[3 + width :], strict=True))
            found.append((row[0], row[1], row[2], old, new))
        return found

    def _row_level(self, timing: str, event: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for trigger in self._listed:
            if trigger.timing == timing and trigger.by_row and self._fires(trigger, event):
                self._call(trigger, self._firing(event, row=timing != "INSTEAD OF"), old, new)

    def _change(
        self,
        operation: str,
        partition: str,
        place: str | None,
        old: dict[str, Any],
        new: dict[str, Any],
        returning: str,
    ) -> pq_abc.PGresult:
        """Do to one row what the statement asked for."""
        table, values = f"{self._table} AS {ident(self._head.alias)}", list[Any]()
        if operation == "INSERT":
            given = [name for name in self._columns if name not in self._generated()]
            values = [new[name] for name in given]
            marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
            listed = ", ".join(map(ident, given))
            sql = f"INSERT INTO {table} ({listed}) OVERRIDING SYSTEM VALUE VALUES ({marks})"
        else:
            where = f"WHERE ctid = {text(place or '')}::tid AND tableoid = {int(partition)}"
            if operation == "DELETE":
                sql = f"DELETE FROM {table} {where}"
            else:
                changed = [c for c in self._columns if old[c] != new[c]]
                changed = [c for c in changed if c not in self._generated()]
                values = [new[name] for name in changed]
                sets = [f"{ident(c)} = ${n}" for n, c in enumerate(changed, 1)]
                same = ident(next(c for c in self._columns if c not in self._generated()))
                sql = f"UPDATE {table} SET {', '.join(sets) or f'{same} = {same}'} {where}"
        encode = self._session.database.types.encode
        commands: list[Command] = [
            Prepare(b"", (sql + returning).encode(), ()),
            Run(b"", [encode(value, 0) for value in values]),
        ]
        try:
            result = self._session.transaction.run(commands, changes=True, guard=False)[-1]
        except ServerError as error:
            raise oracle_error(error) from error
        if changed_rows(result) != 1:
            raise OracleError(8177, "can't serialize access for this transaction")
        return result

    def _generated(self) -> frozenset[str]:
        return self._session.database.code.generated(*self._place)

    # -- triggers -----------------------------------------------------------------------------

    def _call(
        self, trigger: Listed, firing: Firing, old: dict[str, Any], new: dict[str, Any]
    ) -> None:
        session, outer = self._session, Frame(self._session, 0, [], ())
        outer.handlers = 1  # what the body does may have to be undone alone
        unit = session.database.code.trigger(trigger.owner, trigger.name)
        session.check(trigger.name)
        callee = unit.enter(outer)
        transaction = session.transaction
        inside, transaction.inside = transaction.inside, "TRIGGER"
        session.firing.append(firing)
        try:
            self._run(unit, callee, old, new)
        except OracleError as error:
            if not isinstance(error, Disconnected) and error.code != 28:
                noted(error, callee.label, callee.line or 1)
                name = f"{trigger.owner}.{trigger.name}"
                error.backtrace.append(f"ORA-04088: error during execution of trigger '{name}'")
            raise
        finally:
            session.firing.pop()
            transaction.inside = inside
            unit.leave(callee, outer)

    def _run(self, unit: Trigger, callee: Frame, old: dict[str, Any], new: dict[str, Any]) -> None:
        if unit.old >= 0:
            callee.slots[unit.old], callee.slots[unit.new] = dict(old), dict(new)
        unit.run(callee)
        if unit.new >= 0:
            new.update(callee.slots[unit.new])
