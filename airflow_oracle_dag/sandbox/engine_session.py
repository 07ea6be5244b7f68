"""One Oracle session over one PostgreSQL connection."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_errors import oracle_error
from airflow_oracle_dag.sandbox.engine_link import (
    Command,
    Describe,
    Link,
    LinkLost,
    Prepare,
    Run,
    ServerError,
    Simple,
)
from airflow_oracle_dag.sandbox.engine_output import OutputBuffer
from airflow_oracle_dag.sandbox.engine_rows import ResultRows, decode_rows
from airflow_oracle_dag.sandbox.engine_statement import EngineStatement, parse_statement
from airflow_oracle_dag.sandbox.engine_temporary import localise
from airflow_oracle_dag.sandbox.engine_transaction import PREPARED, Transaction
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.session import (
    BindType,
    Direction,
    OracleError,
    Result,
    Session,
    Statement,
    StatementKind,
    Value,
)

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine import EngineDatabase

_UNTYPED = ("42P18", "42725", "42804", "42883", "42P08", "22P02")
_CHUNK = 200  # executes sent before their answers are read: neither side's buffer may fill


class EngineSession:
    """Run statements; one thread at a time, but for `cancel` and `kill`.

    :param link: a PostgreSQL connection of its own.
    """

    def __init__(
        self, database: EngineDatabase, link: Link, user: str, sid: int, serial: int
    ) -> None:
        self.database = database
        self.sid = sid
        self.serial = serial
        self.user = user
        self.schema = user
        self.transaction = Transaction(link)
        self.output = OutputBuffer()
        self.settings: dict[str, str] = {}
        self.cancelled = threading.Event()
        self.killed = False
        self.temporary: set[str] = set()
        self._link = link
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._prepared_count = 0
        self._calls = threading.Lock()
        self._running = False
        self._depth = 0

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        return self.transaction.open

    @property
    def unique_id(self) -> str:
        """What DBMS_SESSION.UNIQUE_SESSION_ID gives: SID, serial number and instance in hex."""
        return f"{self.sid:04X}{self.serial:04X}0001"

    def start(self, information: dict[str, str]) -> None:
        """Prepare the connection: search path, settings, the statements of `Transaction`."""
        commands: list[Command] = [Prepare(name, sql, ()) for name, sql in PREPARED.items()]
        commands.append(
            Prepare(b"odag_set", b"SELECT set_config('oracle.' || $1, $2, false)", (TEXT, TEXT))
        )
        self._link.send(commands)
        for name, value in information.items():
            self.set_information(name, value)
        self.use_schema(self.schema)

    def set_information(self, name: str, value: str | None) -> None:
        """Set what SYS_CONTEXT and the formats read."""
        self._link.send([Run(b"odag_set", (name.encode(), (value or "").encode()))])

    def use_schema(self, schema: str) -> None:
        """Set the current schema."""
        if not self.database.has_schema(schema):
            raise OracleError(1435, "user does not exist")
        self.schema = schema
        quoted = schema.replace('"', '""')
        self._link.send([Simple(f'SET search_path = "{quoted}", oracle'.encode())])
        self.set_information("current_schema", schema)

    # -- statements ---------------------------------------------------------------------------

    def parse(self, sql: str) -> Statement:
        """Parse a statement without running it."""
        return parse_statement(sql)

    def execute(
        self,
        statement: Statement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
        *,
        describe_only: bool = False,
    ) -> Result:
        """Run a statement once per row of binds."""
        assert isinstance(statement, EngineStatement)
        with self._call():
            if statement.translation is not None:
                return self._sql(statement, bind_types, iterations, describe_only)
            if describe_only:
                return Result(statement.kind)
            if statement.action is not None:
                if statement.action.bind_names:
                    raise OracleError(
                        1027, "bind variables not allowed for data definition operations"
                    )
                statement.action.run(self)
                return Result(statement.kind)
            return self._block(statement, bind_types, iterations)

    def _call(self) -> _Call:
        return _Call(self)

    def _sql(
        self,
        statement: EngineStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
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
            return Result(statement.kind, rows=self._describe(translation, bind_types, rows))
        if statement.kind is StatementKind.QUERY:
            result = self.run(translation, rows[0][:width], bind_types)
            names = translation.names
            return Result(statement.kind, rows=ResultRows(result, self.database.types, names))
        results = self.run_many(translation, [row[:width] for row in rows], bind_types)
        return self._dml_result(statement, translation, results)

    def _dml_result(
        self, statement: EngineStatement, translation: Translation, results: list[pq_abc.PGresult]
    ) -> Result:
        count = sum(changed_rows(r) for r in results)
        width = len(translation.binds)
        directions = [Direction.IN] * width + [Direction.OUT] * len(translation.into)
        outcome = Result(statement.kind, row_count=count, directions=directions)
        if translation.into:
            outcome.returned = [r.ntuples for r in results]
            values = [
                row for r in results for row in decode_rows(r, self.database.types, 0, r.ntuples)
            ]
            for place in range(len(translation.into)):
                outcome.out[width + place] = [row[place] for row in values]
        return outcome

    def _describe(
        self,
        translation: Translation,
        bind_types: Sequence[BindType],
        rows: list[tuple[Value, ...]],
    ) -> ResultRows:
        translation = localise(self, translation)
        oids = self._oids(translation, bind_types, rows)
        try:
            results = self.transaction.run(
                [Prepare(b"", translation.sql.encode(), oids), Describe(b"")], changes=False
            )
        except ServerError as error:
            raise oracle_error(error) from error
        return ResultRows(results[1], self.database.types, translation.names)

    def _oids(
        self,
        translation: Translation,
        bind_types: Sequence[BindType | None],
        rows: Sequence[Sequence[Value]],
    ) -> tuple[int, ...]:
        oids = []
        for place in range(len(translation.binds)):
            declared = bind_types[place] if place < len(bind_types) else None
            value = next((row[place] for row in rows if row[place] is not None), None)
            oids.append(self.database.types.oid_of(value, declared))
        return tuple(oids)

    def run(
        self,
        translation: Translation,
        values: Sequence[Value],
        bind_types: Sequence[BindType | None] = (),
        *,
        guard: bool = True,
    ) -> pq_abc.PGresult:
        """Run a translated statement once; PL/SQL comes in here, too."""
        return self.run_many(translation, [values], bind_types, guard=guard)[0]

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
        if translation.width is not None:
            self._check_width(translation)
        translation = localise(self, translation)
        oids = self._oids(translation, bind_types, rows)
        try:
            return self._run_typed(translation, rows, oids, guard)
        except ServerError as error:
            if 0 in oids and error.sqlstate in _UNTYPED:
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
            raise self._named(oracle_error(error, waited=waited), translation) from error

    def _check_width(self, translation: Translation) -> None:
        """PostgreSQL would fill columns that got no value with their defaults."""
        owner, name = translation.tables[0]
        columns = self.database.columns_of(owner or self.schema, name)
        if columns is not None and translation.width != len(columns):
            few = (translation.width or 0) < len(columns)
            raise OracleError(947 if few else 913, "not enough values" if few else "too many values")

    def known_columns(self, tables: Sequence[tuple[str | None, str]]) -> frozenset[str]:
        """Return all column names of tables, for a block's SQL.

        :raises OracleError: ORA-00942 for a table that is not there.
        """
        names: set[str] = set()
        for owner, name in tables:
            columns = self.database.columns_of(owner or self.schema, name)
            if columns is None:
                raise OracleError(
                    942, f'table or view "{owner or self.schema}"."{name}" does not exist'
                )
            names.update(columns)
        return frozenset(names)

    def column_type(self, owner: str | None, table: str, column: str) -> str | None:
        """Return a column's Oracle type for %TYPE."""
        return (self.database.columns_of(owner or self.schema, table) or {}).get(column)

    def _named(self, error: OracleError, translation: Translation) -> OracleError:
        if (
            error.code == 1400
            and translation.verb in ("UPDATE", "MERGE")
            and "insert" in error.message
        ):
            if translation.verb == "UPDATE":
                return OracleError(
                    1407, error.message.replace("insert NULL into", "update") + " to NULL"
                )
        if error.code == 942 and "nextval" in translation.sql:
            return OracleError(2289, "sequence does not exist")
        return error

    def _redo(
        self,
        translation: Translation,
        rows: Sequence[Sequence[Value]],
        oids: tuple[int, ...],
        error: ServerError,
    ) -> None:
        """Run the rows before the failing one again, which the failure undid with it."""
        good = getattr(error, "rows_done", 0)
        if good:
            try:
                self._run_typed(translation, rows[:good], oids, True)
            except ServerError as second:
                raise oracle_error(second) from second

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
            commands.append(Prepare(name, translation.sql.encode(), oids))
        lock = translation.lock or ""
        if lock.startswith("WAIT"):
            seconds = int(lock.split()[1])
            commands.append(Simple(f"SET LOCAL lock_timeout = {max(seconds * 1000, 1)}".encode()))
        lead = len(commands)
        changes = translation.verb != "SELECT" or translation.lock is not None
        results: list[pq_abc.PGresult] = []
        for start in range(0, len(rows), _CHUNK):
            chunk = [
                Run(name, [encode(v, oid) for v, oid in zip(row, oids, strict=False)])
                for row in rows[start : start + _CHUNK]
            ]
            tail: list[Command] = (
                [Simple(b"SET LOCAL lock_timeout = 0")] if lock.startswith("WAIT") else []
            )
            try:
                answers = self.transaction.run(
                    [*commands, *chunk, *tail], changes=changes, guard=guard
                )
            except ServerError as error:
                if fresh and error.index > 0 and commands:
                    self._prepared[key] = name
                error.rows_done = max(error.index - lead, 0)  # type: ignore[attr-defined]  # read by _redo alone
                raise
            if fresh:
                self._prepared[key] = name
            results.extend(answers[lead : lead + len(chunk)])
            commands, lead, fresh = [], 0, False
        return results

    def _block(
        self,
        statement: EngineStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
    ) -> Result:
        assert statement.block is not None
        result = Result(StatementKind.PLSQL, directions=statement.block.directions)
        for row in iterations or [()]:
            if len(row) < len(statement.block.bind_names):
                raise OracleError(1008, "not all variables bound")
            values = statement.block.run(self, row, bind_types)
            for place, direction in enumerate(statement.block.directions):
                if direction is not Direction.IN:
                    result.out.setdefault(place, []).append(values[place])
        return result

    # -- transaction control ------------------------------------------------------------------

    def commit(self) -> None:
        """Commit."""
        with self._call():
            self.transaction.commit()

    def rollback(self) -> None:
        """Roll back."""
        with self._call():
            self.transaction.rollback()

    def set_attributes(
        self,
        *,
        module: str | None = None,
        action: str | None = None,
        client_identifier: str | None = None,
        current_schema: str | None = None,
    ) -> None:
        """Apply the tags and the current schema that piggybacks carry."""
        with self._call():
            for name, value in (
                ("module", module),
                ("action", action),
                ("client_identifier", client_identifier),
            ):
                if value is not None:
                    self.tag(name, value)
            if current_schema is not None:
                self.use_schema(current_schema)

    def tag(self, name: str, value: str | None) -> None:
        """Set module, action or client identifier, for SYS_CONTEXT and V$SESSION."""
        self.settings[name] = value or ""
        self.set_information(name, value)
        self.database.tag(self.sid, name, value)

    # -- from other threads -------------------------------------------------------------------

    def cancel(self) -> None:
        """Interrupt the running call: it raises ORA-01013."""
        with self._calls:
            if self._running:
                self.cancelled.set()
                self._link.cancel()

    def kill(self) -> None:
        """End the session: its transaction is rolled back, every further call raises ORA-00028."""
        with self._calls:
            self.killed = True
            self.cancelled.set()
        self.database.terminate(self._link.pid)
        self.database.forget(self)

    def close(self) -> None:
        """Roll back and end the session."""
        if not self.killed:
            self.killed = True
            try:
                self.transaction.rollback()
            except (LinkLost, ServerError):
                pass  # the connection's end rolls back as well
        self.database.forget(self)
        self._link.close()

    def check(self) -> None:
        """Raise if the call was cancelled or the session killed; PL/SQL asks between statements."""
        if self.killed:
            raise OracleError(28, "your session has been killed")
        if self.cancelled.is_set():
            raise OracleError(1013, "user requested cancel of current operation")

    def sleep(self, seconds: float) -> None:
        """Wait like DBMS_SESSION.SLEEP; a cancel ends it."""
        self.cancelled.wait(seconds)
        self.check()

    def entered(self) -> None:
        """Begin a call (see `_Call`)."""
        if self.killed:
            raise OracleError(28, "your session has been killed")
        self._depth += 1
        if self._depth == 1:
            with self._calls:
                self._running = True

    def left(self) -> None:
        """End a call; a cancel that came too late must not hit the next one."""
        self._depth -= 1
        if self._depth:
            return
        with self._calls:
            self._running = False
            if not self.killed:
                # PostgreSQL ignores a cancel that reaches an idle backend, and `cancel` holds the
                # lock until the request was delivered: it cannot hit the next call.
                self.cancelled.clear()


class _Call:
    """Mark a call as running; turn what is below the seam into ORA- errors."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.entered()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            self._session.left()
        except LinkLost:
            self._session.killed = True
        if isinstance(error, ServerError):
            if self._session.killed:
                raise OracleError(28, "your session has been killed") from error
            raise oracle_error(error) from error
        if isinstance(error, LinkLost):
            self._session.killed = True
            raise OracleError(28, "your session has been killed") from error


def changed_rows(result: pq_abc.PGresult) -> int:
    """Return how many rows a statement changed."""
    return int(result.command_tuples or 0)


def conforms(session: EngineSession) -> Session:
    """Let the type checker compare the class with the seam."""
    return session


__all__ = ["EngineSession", "changed_rows"]
