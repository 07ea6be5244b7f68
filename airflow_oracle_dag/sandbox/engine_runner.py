"""Run translated statements with values: types of binds, prepared statements, array DML."""

# ruff: noqa: FBT001 - private flags
# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_calling import without_parentheses
from airflow_oracle_dag.sandbox.engine_code_fire import fire, refuse_mutating
from airflow_oracle_dag.sandbox.engine_dictionary import not_here
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import (
    Command,
    Describe,
    Prepare,
    Run,
    ServerError,
    Simple,
)
from airflow_oracle_dag.sandbox.engine_lobs import LockedRows
from airflow_oracle_dag.sandbox.engine_rows import ResultRows, changed_rows, dml_result
from airflow_oracle_dag.sandbox.engine_temporary import localise
from airflow_oracle_dag.sandbox.engine_transaction import Transaction
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.session import (
    BindType,
    OracleError,
    Result,
    StatementKind,
    Value,
)

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.engine_statement import EngineStatement

_UNTYPED = ("42P18", "42725", "42804", "42883", "42P08")
_KEPT = 500  # prepared statements of a session
_CHUNK = 200  # executes sent before their answers are read: neither side's buffer may fill


class StatementRunner:
    """Run the statements of one session."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self.database = session.database
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._prepared_count = 0

    @property
    def transaction(self) -> Transaction:
        """The session's transaction."""
        return self._session.transaction

    def describe(
        self,
        translation: Translation,
        bind_types: Sequence[BindType],
        rows: list[tuple[Value, ...]],
    ) -> ResultRows:
        """Describe a query without running it."""
        if translation.dynamic:
            self._session.look_around(translation.tables)
        translation = localise(self._session, translation)
        oids = self._oids(translation, bind_types, rows)
        try:
            results = self.transaction.run(
                [Prepare(b"", translation.sql.encode(), oids), Describe(b"")], changes=False
            )
        except ServerError as error:
            raise oracle_error(error) from error
        return ResultRows(results[1], self.database.types, translation.names)

    def execute(
        self,
        statement: EngineStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
        *,
        describe_only: bool,
    ) -> Result:
        """Run a query or DML statement once per row of binds."""
        try:
            return self._execute(statement, bind_types, iterations, describe_only=describe_only)
        except OracleError as error:
            if error.code != 904 or error.inner or self.database.code.empty:
                raise
            calls = without_parentheses(statement.sql, error)
            return calls.execute(self._session, bind_types, iterations)

    def _execute(
        self,
        statement: EngineStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
        *,
        describe_only: bool,
    ) -> Result:
        translation = statement.translation
        assert translation is not None
        rows = [tuple(row) for row in iterations] or [()]
        width = len(translation.binds)
        for row in rows:
            if len(row) < width:
                raise OracleError(1008, "not all variables bound")
        if describe_only:
            return Result(statement.kind, rows=self.describe(translation, bind_types, rows))
        if statement.kind is StatementKind.QUERY:
            if statement.placed is not None and self._has_lobs(statement.placed):
                return Result(statement.kind, rows=self._locked(statement.placed, rows, bind_types))
            (result,) = self.run_many(translation, [rows[0][:width]], bind_types)
            names = translation.names
            return Result(statement.kind, rows=ResultRows(result, self.database.types, names))
        results = self.run_many(translation, [row[:width] for row in rows], bind_types)
        return dml_result(translation.into, width, results, self.database.types)

    def _has_lobs(self, placed: Translation) -> bool:
        owner, name = placed.tables[0]
        columns = self.database.columns_of(owner or self._session.schema, name) or {}
        return any(kind in ("CLOB", "BLOB") for kind in columns.values())

    def _locked(
        self,
        placed: Translation,
        rows: list[tuple[Value, ...]],
        bind_types: Sequence[BindType],
    ) -> LockedRows:
        """Lock rows with LOBs; the locators of a client may write to these."""
        (result,) = self.run_many(placed, [rows[0][: len(placed.binds)]], bind_types)
        return LockedRows(result, self._session, placed.names)

    def _oids(
        self,
        translation: Translation,
        bind_types: Sequence[BindType | None],
        rows: Sequence[Sequence[Value]],
    ) -> tuple[int, ...]:
        oids = []
        oid_of, told = self.database.types.oid_of, len(bind_types)
        for place in range(len(translation.binds)):
            declared = bind_types[place] if place < told else None
            if len(rows) == 1:
                value = rows[0][place]
            else:
                value = next((row[place] for row in rows if row[place] is not None), None)
            oids.append(oid_of(value, declared))
        return tuple(oids)

    def run_many(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        bind_types: Sequence[BindType | None] = (),
        *,
        guard: bool = True,
    ) -> list[pq_abc.PGresult]:
        """Run a translated statement once per row of values.

        :raises OracleError: rows before the failing one stay, as with Oracle's array DML.
        """
        views = self.database.view_calls
        if views.views and views.read_by(self._session, translation):
            return [self._with_views(translation, row, bind_types) for row in rows]
        return self._run_fired(translation, rows, bind_types, guard=guard)

    def _with_views(
        self,
        translation: Translation,
        row: Sequence[Value],
        bind_types: Sequence[BindType | None],
    ) -> pq_abc.PGresult:
        """Run a statement that reads views which call stored functions."""

        def run(made: Translation) -> pq_abc.PGresult:
            return self._run_fired(made, [row], bind_types, guard=True)[0]

        return self.database.view_calls.rounds(self._session, translation, run)

    def _run_fired(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        bind_types: Sequence[BindType | None],
        *,
        guard: bool,
    ) -> list[pq_abc.PGresult]:
        """Run a statement with its triggers."""
        if self._session.firing:
            refuse_mutating(self._session, translation)
        if translation.width is not None:
            self._check_width(translation)
        if self.database.identities and (translation.assigned or translation.places):
            self._check_identity(translation)
        if translation.verb != "SELECT" and self.database.code.triggers:
            fired = fire(
                self._session,
                translation,
                len(rows),
                lambda n, t: self._run_plain(t, [rows[n]], bind_types, guard=False)[0],
            )
            if fired is not None:
                return fired
        return self._run_plain(translation, rows, bind_types, guard=guard)

    def _run_plain(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        bind_types: Sequence[BindType | None],
        *,
        guard: bool,
    ) -> list[pq_abc.PGresult]:
        """Run a statement without its triggers."""
        if translation.dynamic:
            self._session.look_around(translation.tables)
        translation = localise(self._session, translation)
        oids = self._oids(translation, bind_types, rows)
        try:
            return self._run_typed(translation, rows, oids, guard)
        except ServerError as error:
            if 0 in oids and error.sqlstate in _UNTYPED and not error.redo[0]:
                oids = tuple(oid or TEXT for oid in oids)
                try:
                    return self._run_typed(translation, rows, oids, guard)
                except ServerError as second:
                    error = second
            if error.sqlstate == "0A000" and "cached plan" in error.message:
                self._prepared.clear()
                try:
                    return self._run_typed(translation, rows, oids, guard)
                except ServerError as second:
                    error = second
            if len(rows) > 1:
                self._redo(translation, rows, oids, error)
            waited = (translation.lock or "").startswith("WAIT")
            named = self._named(oracle_error(error, waited=waited), translation)
            named.done = error.done
            raise named from error

    def _check_width(self, translation: Translation) -> None:
        """PostgreSQL would fill columns that got no value with their defaults."""
        owner, name = translation.tables[0]
        columns = self.database.columns_of(owner or self._session.schema, name)
        if columns is not None and translation.width != len(columns):
            few = (translation.width or 0) < len(columns)
            raise OracleError(
                947 if few else 913, "not enough values" if few else "too many values"
            )

    def _check_identity(self, translation: Translation) -> None:
        """Refuse a value for a column GENERATED ALWAYS (SQL Language Reference, CREATE TABLE)."""
        owner, name = translation.tables[0]
        place = (owner or self._session.schema, name)
        always = self.database.identities.get(self.database.synonyms.get(place, place))
        if not always:
            return
        given = set(translation.assigned)
        columns = list(self.database.columns_of(*place) or ())
        given.update(columns[n] for n in translation.places if n < len(columns))
        if given & always:
            inserts = translation.verb != "UPDATE"
            code, verb = (32795, "insert into") if inserts else (32796, "update")
            raise OracleError(code, f"cannot {verb} a generated always identity column")

    def _named(self, error: OracleError, translation: Translation) -> OracleError:
        if error.code == 1400 and translation.verb == "UPDATE":
            text = error.message.replace("insert NULL into", "update") + " to NULL"
            return OracleError(1407, text)
        if error.code == 942 and "nextval" in translation.sql:
            return OracleError(2289, "sequence does not exist")
        if error.code == 942 and translation.dynamic:
            return unimplemented(error.message)
        if error.code not in (904, 942):
            return error
        who = self._session
        dba = self.database.users.has(who.acting, "SELECT ANY DICTIONARY", roles=who.roles)
        return not_here(error, translation.tables, dba=dba) or error

    def _redo(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        oids: tuple[int, ...],
        error: ServerError,
    ) -> None:
        """Run the rows before the failing one again, which the failure undid with it."""
        first, last = error.redo
        if last > first:
            try:
                redone = self._run_typed(translation, rows[first:last], oids, True)
                error.done += sum(changed_rows(result) for result in redone)
            except ServerError as second:
                raise oracle_error(second) from second

    def _require_room(self, verb: str, results: Sequence[pq_abc.PGresult]) -> None:
        try:
            self.database.require_room(verb)
        except OracleError as error:
            error.done = sum(changed_rows(result) for result in results)
            raise

    def _forget_oldest(self) -> list[Command]:
        """Make room for one more prepared statement."""
        if len(self._prepared) < _KEPT:
            return []
        name = self._prepared.pop(next(iter(self._prepared)))
        return [Simple(b"DEALLOCATE " + name)]

    def _run_typed(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        oids: tuple[int, ...],
        guard: bool,
    ) -> list[pq_abc.PGresult]:
        encode = self.database.types.encode
        key = (translation.sql, oids)
        name = self._prepared.get(key)
        commands: list[Command] = []
        fresh = name is None
        if name is None:
            self._prepared_count += 1
            name = b"s%d" % self._prepared_count
            guard = True  # a first try may need a second one with other types
            commands.extend(self._forget_oldest())
            commands.append(Prepare(name, translation.sql.encode(), oids))
        parsed = len(commands)
        lock = translation.lock or ""
        if lock.startswith("WAIT"):
            seconds = int(lock.split()[1])
            commands.append(Simple(f"SET LOCAL lock_timeout = {max(seconds * 1000, 1)}".encode()))
        lead = len(commands)
        changes = translation.verb != "SELECT" or translation.lock is not None
        results: list[pq_abc.PGresult] = []
        for start in range(0, len(rows), _CHUNK):
            if translation.verb != "SELECT":
                self._require_room(translation.verb, results)
            chunk = [
                Run(name, [encode(v, oid) for v, oid in zip(row, oids, strict=False)])
                for row in rows[start : start + _CHUNK]
            ]
            tail: list[Command] = (
                [Simple(b"SET LOCAL lock_timeout = 0")] if lock.startswith("WAIT") else []
            )
            try:
                answers = self._session.transaction.run(
                    [*commands, *chunk, *tail], changes=changes, guard=guard
                )
            except ServerError as error:
                if fresh and error.index >= parsed:
                    self._prepared[key] = name
                error.redo = (start, start + max(error.index - lead, 0))
                error.done = sum(changed_rows(result) for result in results)
                raise
            if fresh:
                self._prepared[key] = name
            results.extend(answers[lead : lead + len(chunk)])
            commands, lead, fresh = [], 0, False
        return results
