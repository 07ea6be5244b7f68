"""The connections of one session: its own, and one more for each level of autonomous transaction.

PL/SQL Language Reference, "Autonomous Transactions": what such a transaction sees and locks is as
if another session ran it, and so another PostgreSQL connection does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.ddl_common import text
from airflow_oracle_dag.sandbox.engine_link import (
    Command,
    Link,
    LinkLost,
    Prepare,
    Run,
    ServerError,
    Simple,
)
from airflow_oracle_dag.sandbox.engine_runner import StatementRunner
from airflow_oracle_dag.sandbox.engine_transaction import PREPARED, Transaction
from airflow_oracle_dag.sandbox.engine_types import TEXT

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


@dataclass
class Channel:
    """Be one connection with its transaction.

    :param known: settings that the connection has.
    """

    link: Link
    transaction: Transaction
    runner: StatementRunner
    known: dict[str, Command] = field(default_factory=dict)


def prepare_link(link: Link) -> None:
    """Prepare what every session's connection needs."""
    commands: list[Command] = [Prepare(name, sql, ()) for name, sql in PREPARED.items()]
    commands.append(
        Prepare(b"odag_set", b"SELECT set_config('oracle.' || $1, $2, false)", (TEXT, TEXT))
    )
    link.send(commands)


def current(schema: str, user: str) -> Simple:
    """Make a schema the current one, and a user the one whose privileges count."""
    quoted = schema.replace('"', '""')
    settings = {
        "search_path": f'"{quoted}", oracle',
        "oracle.current_schema": schema,
        "oracle.current_user": user,
    }
    calls = (f"set_config({text(n)}, {text(value)}, false)" for n, value in settings.items())
    return Simple(f"SELECT {', '.join(calls)}".encode())


class Channels:
    """Keep a session's further connections.

    :param settings: what was set on the connection that is in use, for the others.
    """

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self._spare: list[Channel] = []
        self._outer: list[Channel] = []
        self.settings: dict[str, Command] = {}

    @property
    def autonomous_depth(self) -> int:
        """How many autonomous transactions are running inside each other."""
        return len(self._outer)

    def formats(self) -> dict[str, str]:
        """Return the formats that ALTER SESSION has set."""
        return {
            name: (command.values[1] or b"").decode()
            for name, command in self.settings.items()
            if name.startswith("nls_") and isinstance(command, Run)
        }

    def pids(self) -> list[int]:
        """Return the backends behind the connections that are not in use now."""
        return [channel.link.pid for channel in [*self._outer, *self._spare]]

    @contextlib.contextmanager
    def autonomous(self) -> Iterator[None]:
        """Let the session run in another transaction, which is rolled back unless it has ended."""
        session = self._session
        inner = self._spare.pop() if self._spare else self._open()
        self._bring_up_to_date(inner)
        outer = session.exchange(inner)
        self._outer.append(outer)
        inner.transaction.in_block = True  # DISABLE COMMIT IN PROCEDURE means it, too
        try:
            yield
        finally:
            try:
                session.transaction.rollback()
            finally:
                self._outer.pop()
                session.exchange(outer)
                self._spare.append(inner)
        self._bring_up_to_date(outer)

    def _open(self) -> Channel:
        session = self._session
        link = session.database.connect()
        prepare_link(link)
        link.watch(lambda: session.database.blocks(link.pid, [c.link.pid for c in self._outer]))
        return Channel(link, Transaction(link), StatementRunner(session))

    def _bring_up_to_date(self, channel: Channel) -> None:
        for name, command in self.settings.items():
            if channel.known.get(name) != command:
                channel.transaction.keep(name, command)
        channel.known = dict(self.settings)

    def close(self) -> None:
        """End the connections."""
        for channel in self._spare:
            with contextlib.suppress(LinkLost, ServerError):
                channel.link.close()
        self._spare.clear()
