"""One Oracle session over one PostgreSQL connection."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_call import Call
from airflow_oracle_dag.sandbox.engine_channels import (
    Channel,
    Channels,
    current,
    prepare_link,
)
from airflow_oracle_dag.sandbox.engine_link import (
    Command,
    Link,
    LinkLost,
    Run,
    ServerError,
)
from airflow_oracle_dag.sandbox.engine_live import Client, Identity
from airflow_oracle_dag.sandbox.engine_memory import PackageMemory
from airflow_oracle_dag.sandbox.engine_output import OutputBuffer
from airflow_oracle_dag.sandbox.engine_rows import ResultRows
from airflow_oracle_dag.sandbox.engine_runner import StatementRunner
from airflow_oracle_dag.sandbox.engine_schema import SchemaView
from airflow_oracle_dag.sandbox.engine_statement import EngineStatement, parse_statement
from airflow_oracle_dag.sandbox.engine_transaction import Transaction
from airflow_oracle_dag.sandbox.plsql.units import PackageState
from airflow_oracle_dag.sandbox.session import (
    BindType,
    Direction,
    Disconnected,
    OracleError,
    Result,
    Session,
    Statement,
    StatementKind,
    Value,
)

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine import EngineDatabase
    from airflow_oracle_dag.sandbox.engine_code_fire import Firing


class EngineSession:
    """Run statements; one thread at a time, but for `cancel` and `kill`.

    :param link: a PostgreSQL connection of its own.
    """

    def __init__(
        self,
        database: EngineDatabase,
        link: Link,
        user: str,
        place: tuple[int, int],
        client: Client,
    ) -> None:
        self.database = database
        self.sid, self.serial = place
        self.pid = link.pid
        self.user: str = user
        self.acting: str = user  # CURRENT_USER: whose privileges count
        self.roles = True  # they count, too; not within definer's rights
        self.client = client
        self.logon_time = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        self.since = time.monotonic()  # of the last change between ACTIVE and INACTIVE
        self.sql = self.previous_sql = ""
        self.waits_for: EngineSession | None = None  # who holds what DBMS_LOCK waits for
        self.schema: str = user
        self.transaction: Transaction = Transaction(link)
        self.output = OutputBuffer()
        self.settings: dict[str, str] = {}
        self.cancelled = threading.Event()
        self.killed = False
        self.temporary: set[str] = set()
        self.transaction.ended = lambda: database.locks.end_transaction(self)
        self.packages: dict[tuple[str, str], PackageState] = {}
        self.stored = 0  # how many calls of stored code are running
        self.warned = False  # the last DDL made an object with compilation errors
        self.memory = PackageMemory()
        self.firing: list[Firing] = []  # statements whose triggers are running, innermost last
        self.watcher: Callable[[str], None] | None = None  # is told what a block comes to
        self.channels = Channels(self)
        self._link = link
        self.runner = StatementRunner(self)
        self._calls = threading.Lock()
        self._running = False
        self._depth = 0
        self._calling = Call(self)
        self._leaving: str | None = None

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        return self.transaction.open

    @property
    def status(self) -> str:
        """What V$SESSION shows."""
        if self.killed:
            return "KILLED"
        return "ACTIVE" if self._running else "INACTIVE"

    @property
    def unique_id(self) -> str:
        """What DBMS_SESSION.UNIQUE_SESSION_ID gives: SID, serial number and instance in hex."""
        return f"{self.sid:04X}{self.serial:04X}0001"

    def start(self, information: dict[str, str]) -> None:
        """Prepare the connection: search path, settings, the statements of `Transaction`."""
        prepare_link(self._link)
        for name, value in information.items():
            self.set_information(name, value)
        self.use_schema(self.schema)

    def set_information(self, name: str, value: str | None) -> None:
        """Set what SYS_CONTEXT and the formats read."""
        self.keep(name, Run(b"odag_set", (name.encode(), (value or "").encode())))

    def keep(self, name: str, command: Command) -> None:
        """Set something of the session, on this connection and on those that it may open."""
        self.channels.settings[name] = command
        self.transaction.keep(name, command)

    def look_around(self, tables: Sequence[tuple[str | None, str]]) -> None:
        """Bring what the V$ views show up to date.

        :raises OracleError: ORA-00942 for those who may not read them.
        """
        self.database.users.check_tables(self.acting, tables, roles=self.roles)
        shown = [(b"live", self.database.live.as_json())]
        if any(name.endswith("SESSION_LONGOPS") for _, name in tables):
            shown.append((b"longops", self.database.longops.as_json()))
        self._link.send([Run(b"odag_set", (name, text.encode())) for name, text in shown])

    def use_schema(self, schema: str) -> None:
        """Set the current schema."""
        if not self.database.has_schema(schema):
            raise OracleError(1435, "user does not exist")
        self.schema = schema
        self.keep("current", current(schema, self.acting))

    def require(self, privilege: str) -> None:
        """Refuse what whoever acts may not do.

        :raises OracleError: ORA-01031.
        """
        self.database.users.require(self.acting, privilege, roles=self.roles)

    def become(self, who: Identity) -> Identity:
        """Resolve names and have privileges as stored code of an owner does.

        :returns: what to come back to.
        """
        before = Identity(self.schema, self.acting, roles=self.roles)
        self.schema, self.acting, self.roles = who.schema, who.user, who.roles
        if (before.schema, before.user) != (who.schema, who.user):
            self.keep("current", current(who.schema, who.user))
        return before

    def autonomous(self) -> AbstractContextManager[None]:
        """Run in a transaction of its own."""
        return self.channels.autonomous()

    def exchange(self, channel: Channel) -> Channel:
        """Run on another connection from now on; return the one before."""
        with self._calls:
            before = Channel(self._link, self.transaction, self.runner)
            self._link, self.transaction = channel.link, channel.transaction
            self.runner = channel.runner
        return before

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
        self.previous_sql, self.sql = self.sql, statement.sql
        with self._calling:
            if statement.translation is not None:
                return self.runner.execute(
                    statement, bind_types, iterations, describe_only=describe_only
                )
            if statement.calls is not None:
                return statement.calls.execute(self, bind_types, iterations)
            if describe_only:
                return Result(statement.kind)
            if statement.action is not None:
                if statement.action.bind_names:
                    raise OracleError(
                        1027, "bind variables not allowed for data definition operations"
                    )
                self.warned = False
                statement.action.run(self)
                return Result(statement.kind, warning=self.warned)
            return self._block(statement, bind_types, iterations)

    def run(
        self,
        translation: Translation,
        values: Sequence[Value],
        bind_types: Sequence[BindType | None] = (),
        *,
        guard: bool = True,
    ) -> pq_abc.PGresult:
        """Run a translated statement once; PL/SQL comes in here."""
        return self.runner.run_many(translation, [values], bind_types, guard=guard)[0]

    def describe(self, translation: Translation, row: Sequence[Value]) -> ResultRows:
        """Describe a query without running it; PL/SQL comes in here."""
        return self.runner.describe(translation, (), [tuple(row)])

    @property
    def view(self) -> SchemaView:
        """The dictionary as it is seen from the current schema."""
        return SchemaView(self.database, self.schema, self.acting, self.roles)

    def _block(
        self,
        statement: EngineStatement,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
    ) -> Result:
        assert statement.block is not None
        directions = statement.block.prepare(self)
        self.memory.results = []
        result = Result(StatementKind.PLSQL, directions=directions)
        for row in iterations or [()]:
            if len(row) < len(statement.block.bind_names):
                raise OracleError(1008, "not all variables bound")
            values = statement.block.run(self, row, bind_types)
            for place, direction in enumerate(directions):
                if direction is not Direction.IN:
                    result.out.setdefault(place, []).append(values[place])
        result.implicit = self.memory.results
        return result

    # -- transaction control ------------------------------------------------------------------

    def commit(self) -> None:
        """Commit."""
        with self._calling:
            self.transaction.commit()

    def rollback(self) -> None:
        """Roll back."""
        with self._calling:
            self.transaction.rollback()

    def ping(self) -> None:
        """Tell a client whose session was killed."""
        with self._calling:
            return

    def set_attributes(
        self,
        *,
        module: str | None = None,
        action: str | None = None,
        client_identifier: str | None = None,
        client_info: str | None = None,
        current_schema: str | None = None,
    ) -> None:
        """Apply the tags and the current schema that piggybacks carry."""
        tags = {"module": module, "action": action, "client_identifier": client_identifier}
        with self._calling:
            for name, value in (tags | {"client_info": client_info}).items():
                if value is not None:
                    self.tag(name, value)
            if current_schema is not None:
                self.use_schema(current_schema)

    def tag(self, name: str, value: str | None) -> None:
        """Set module, action, client identifier or client info, for SYS_CONTEXT and V$SESSION."""
        cut = (value or "").encode()[: 48 if name == "module" else 64].decode(errors="ignore")
        self.settings[name] = cut
        self.set_information(name, cut)

    # -- from other threads -------------------------------------------------------------------

    def cancel(self) -> None:
        """Interrupt the running call: it raises ORA-01013."""
        with self._calls:
            if self._running:
                self.cancelled.set()
                self._link.cancel()
                self.database.locks.wake()

    def kill(self) -> bool:
        """End the session: its transaction is rolled back, every further call raises ORA-00028.

        It stays KILLED in V$SESSION until its client has been told.

        :returns: False when the rollback was not over within the time that one waits for it.
        """
        with self._calls:
            self.killed = True
            self.cancelled.set()
        ends = [self.database.terminate(pid) for pid in (*self.channels.pids(), self.pid)]
        self.database.locks.end_session(self)
        return all(ends)

    def disconnect(self, *, after_transaction: bool) -> None:
        """End the session and its connection: ALTER SYSTEM DISCONNECT SESSION."""
        if after_transaction and self.transaction.open:
            self._leaving = "after the transaction"
            return
        self._leaving = "now"
        self.kill()

    def close(self) -> None:
        """Roll back and end the session."""
        if not self.killed:
            self.killed = True
            with contextlib.suppress(LinkLost, ServerError):  # the connection's end rolls back, too
                self.transaction.rollback()
        self.database.live.remove(self)
        self.database.locks.end_session(self)
        self.channels.close()
        self._link.close()

    def check(self, at: str = "") -> None:
        """Raise if the call was cancelled or the session killed; PL/SQL asks between statements.

        :param at: what comes next: a subprogram's name, the text of dynamic SQL, COMMIT.
        """
        if at and self.watcher is not None:
            self.watcher(at)
        if self.cancelled.is_set():  # `kill` sets it last
            if self.killed:
                raise self.ended()
            raise OracleError(1013, "user requested cancel of current operation")

    def ended(self) -> OracleError:
        """Return what the client of a session that was ended is told."""
        if self._leaving is not None:
            return Disconnected()
        return OracleError(28, "your session has been killed")

    def sleep(self, seconds: float) -> None:
        """Wait like DBMS_SESSION.SLEEP; a cancel ends it."""
        self.cancelled.wait(seconds)
        self.check()

    def entered(self) -> None:
        """Begin a call (see `Call`)."""
        if self._leaving is not None and not self.transaction.open:
            self.killed = True
        if self.killed:
            raise self.ended()
        self._depth += 1
        if self._depth == 1:
            with self._calls:
                self._running = True
                self.since = time.monotonic()

    def left(self) -> None:
        """End a call; a cancel that came too late must not hit the next one."""
        self._depth -= 1
        if self._depth:
            return
        with self._calls:
            self._running = False
            self.since = time.monotonic()
            if not self.killed and self.cancelled.is_set():
                # PostgreSQL ignores a cancel that reaches an idle backend, and `cancel` holds the
                # lock until the request was delivered: it cannot hit the next call.
                self.cancelled.clear()


def conforms(session: EngineSession) -> Session:
    """Let the type checker compare the class with the seam."""
    return session
