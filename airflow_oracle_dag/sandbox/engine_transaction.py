"""A session's transaction in PostgreSQL: when it begins, and how one statement is undone alone."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_errors import oracle_error
from airflow_oracle_dag.sandbox.engine_link import (
    Command,
    Heard,
    Link,
    LinkLost,
    Run,
    ServerError,
    Simple,
)
from airflow_oracle_dag.sandbox.session import OracleError

_BEGIN, _SAVE, _RELEASE = Run(b"odag_begin"), Run(b"odag_save"), Run(b"odag_release")
_BACK, _COMMIT, _ROLLBACK = Run(b"odag_back"), Run(b"odag_commit"), Run(b"odag_rollback")
PREPARED = {
    b"odag_begin": b"BEGIN ISOLATION LEVEL READ COMMITTED",
    b"odag_repeat": b"BEGIN ISOLATION LEVEL REPEATABLE READ",
    b"odag_read": b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    b"odag_look": b"SELECT 1",
    b"odag_defer": b"SET CONSTRAINTS ALL DEFERRED",
    b"odag_enforce": b"SET CONSTRAINTS ALL IMMEDIATE",
    b"odag_save": b'SAVEPOINT "$statement"',
    b"odag_release": b'RELEASE SAVEPOINT "$statement"',
    b"odag_back": b'ROLLBACK TO SAVEPOINT "$statement"',
    b"odag_commit": b"COMMIT",
    b"odag_rollback": b"ROLLBACK",
}
_LEVELS: dict[str, tuple[Command, ...]] = {
    # PostgreSQL looks when it first has to; Oracle's view is that of the transaction's beginning.
    "READ COMMITTED": (_BEGIN,),
    "SERIALIZABLE": (Run(b"odag_repeat"), Run(b"odag_look")),
    "READ ONLY": (Run(b"odag_read"), Run(b"odag_look")),
}
CONSTRAINTS: dict[str, tuple[Command, ...]] = {
    "DEFERRED": (Run(b"odag_defer"),),
    "IMMEDIATE": (Run(b"odag_enforce"),),
    "DEFAULT": (),
}
_numbers = itertools.count(
    int(time.time() * 10_000) % 10**11
)  # no id comes twice, also after a restart


def _nothing() -> None:
    """Be what happens at the end of a transaction unless somebody asks for more."""


class Transaction:
    """Keep the transaction of one session.

    PostgreSQL's transaction begins with the first statement that changes or locks; queries before
    it run by themselves and see what is committed at their time, as READ COMMITTED in Oracle.

    :param link: the session's connection; every statement goes through `run`.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._level = "READ COMMITTED"
        self._start: tuple[Command, ...] = (_BEGIN,)
        self._constraints: tuple[Command, ...] = ()
        self.open = False
        self.in_block = False
        self.read_only = False
        self.id: str | None = None
        self._saved = False  # "$statement" stands and was not yet released
        self._block_pending = False
        self._block = False  # a savepoint for the running block stands
        self._block_done = False  # it stands, but its block has ended
        self._broken = False  # PostgreSQL takes nothing but a rollback
        self.began: str | None = None
        self.inside: str | None = None  # the verb of the SQL statement that calls a function
        self.ended: Callable[[], None] = _nothing  # called after each COMMIT and ROLLBACK
        self._kept: dict[str, Command] = {}  # settings that a rollback must not undo
        self.savepoints: list[str] = []
        self._block_savepoints = 0
        self._atoms = 0  # how many statements with triggers are running inside each other

    def _opened(self) -> None:
        self.open = True
        self._identify()

    def _identify(self) -> None:
        # The first DML, not SET TRANSACTION, is what gives a transaction its id (Database Concepts,
        # "Beginning of a Transaction").
        number = next(_numbers)
        self.id = f"{number % 10 + 1}.{number % 33}.{number}"
        self.began = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())

    def _closed(self) -> None:
        self.open = self.read_only = self._saved = self._block = self._block_done = False
        self._broken = False
        self.id = self.began = None
        self.savepoints.clear()
        self.ended()

    def run(
        self, commands: Sequence[Command], *, changes: bool, guard: bool = True
    ) -> list[pq_abc.PGresult]:
        """Run commands as one statement: its effects stay or are undone alone.

        :param changes: begin a transaction if none is open.
        :param guard: set a savepoint; False inside a block in which nobody catches an error.
        :raises ServerError: after the statement's effects were undone.
        """
        if not changes and not self.open and self._level != "SERIALIZABLE":
            return self._look(commands)
        if changes and self.inside == "SELECT":
            raise OracleError(14551, "cannot perform a DML operation inside a query")
        if not self.open and self._level == "SERIALIZABLE":
            self._begin(self._level)  # apart: ORA-08177 undoes the statement, not the transaction
        begins = changes and not self.open
        saves = guard and self.open
        before = self._savepoints(saves=saves) if self.open else [*self._start]
        try:
            results = self._link.send([*before, *commands])
        except ServerError as error:
            error.index -= len(before)
            self._failed(began=begins, saved=saves)
            raise
        except LinkLost:
            self._closed()
            raise
        if begins:
            self._opened()
        elif self.open:
            self._went_well(saves=saves, changes=changes)
        return results[len(before) :]

    def _savepoints(self, *, saves: bool) -> list[Command]:
        # What goes before a statement in an open transaction.
        commands: list[Command] = []
        if self._block_done:  # releases what stands inside it, too
            commands.append(Simple(b'RELEASE SAVEPOINT "$block"'))
            self._saved = self._block_done = False
        if self._saved:
            commands.append(_RELEASE)
        if self._block_pending:
            commands.append(Simple(b'SAVEPOINT "$block"'))
        if saves:
            commands.append(_SAVE)
        return commands

    def _look(self, commands: Sequence[Command]) -> list[pq_abc.PGresult]:
        # A query outside of a transaction: there is nothing to undo.
        try:
            return self._link.send(commands)
        except LinkLost:
            self._closed()
            raise

    def _went_well(self, *, saves: bool, changes: bool) -> None:
        self._saved = saves
        if self._block_pending:
            self._block, self._block_pending = True, False
        if changes and self.id is None and not self.read_only:
            self._identify()

    def _failed(self, *, began: bool, saved: bool) -> None:
        if began:
            self._link.send([_ROLLBACK])
            self._closed()
        elif self.open:
            if self._block_pending:
                self._block, self._block_pending = True, False
            if saved:
                self._link.send([_BACK])
                self._saved = True
            else:
                self._saved = False  # the whole block is undone now
                self._broken = True

    @property
    def broken(self) -> bool:
        """Tell whether PostgreSQL takes nothing but a rollback."""
        return self._broken

    def listen(self, heard: Heard | None) -> Heard | None:
        """Have PostgreSQL's notices handed to somebody; return who had them before."""
        return self._link.listen(heard)

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """Undo all that runs inside if anything of it fails: a DML statement with its triggers."""
        opened, self._atoms = self.open, self._atoms + 1
        name = f'"$atom{self._atoms}"'
        self.run([Simple(f"SAVEPOINT {name}".encode())], changes=True, guard=False)
        try:
            yield
        except LinkLost:
            raise
        except BaseException:
            self._undo_atom(name, opened=opened)
            raise
        else:
            if self.open:
                self._saved = False
                self._link.send([Simple(f"RELEASE SAVEPOINT {name}".encode())])
        finally:
            self._atoms -= 1

    def _undo_atom(self, name: str, *, opened: bool) -> None:
        if not self.open:
            return
        if opened:
            back = Simple(f"ROLLBACK TO SAVEPOINT {name}".encode())
            self._link.send([back, *self._kept.values()])
            self._saved = self._broken = False
            return
        try:
            self._link.send([_ROLLBACK])
        finally:
            self._closed()
        self._restore()

    def begin_block(self) -> None:
        """Remember where the effects of a top-level block begin."""
        self.in_block = True
        self._block_pending = self.open
        self._block = False
        self._block_savepoints = len(self.savepoints)

    def end_block(self, *, failed: bool) -> None:
        """End a block; a failed one loses what it did since its start or its last COMMIT."""
        self.in_block = False
        pending, self._block_pending = self._block_pending, False
        if self.open and failed:
            if self._block:
                back = Simple(b'ROLLBACK TO SAVEPOINT "$block"')
                self._link.send([back, *self._kept.values()])
                self._broken = False
                self._saved = False
            elif not pending:
                self.rollback()
        self._block_done = self._block and len(self.savepoints) == self._block_savepoints
        self._block = False

    def begin(self, level: str) -> None:
        """Begin explicitly: SET TRANSACTION.

        :param level: READ COMMITTED, SERIALIZABLE or READ ONLY.
        :raises OracleError: ORA-01453 when a transaction is open.
        """
        self._must_be_closed()
        self._begin(level)

    def _begin(self, level: str) -> None:
        self._link.send([*_LEVELS[level], *self._constraints])
        self.open = True
        self.read_only = level == "READ ONLY"

    def isolate(self, level: str) -> None:
        """Set the level of all further transactions: ALTER SESSION SET ISOLATION_LEVEL.

        :raises OracleError: ORA-01453 when a transaction is open.
        """
        self._must_be_closed()
        self._level = level
        self._start = (*_LEVELS[level], *self._constraints)

    def _must_be_closed(self) -> None:
        if self.open:
            raise OracleError(1453, "SET TRANSACTION must be first statement of transaction")

    def defer(self, mode: str) -> None:
        """Say when deferrable constraints are enforced in this and all further transactions.

        :param mode: DEFERRED, IMMEDIATE or DEFAULT (SQL Language Reference, ALTER SESSION).
        :raises ServerError: when IMMEDIATE finds a violation; the mode is then as before.
        """
        commands = CONSTRAINTS[mode]
        if self.open and commands:
            self.run(commands, changes=True)
        self._constraints = commands
        self._start = (*_LEVELS[self._level], *commands)

    def keep(self, name: str, command: Command) -> None:
        """Set something of the session, which in Oracle no rollback undoes.

        :raises ServerError: when it cannot be set; the transaction stays.
        """
        if not self.open:
            self._link.send([command])
            return
        if not self._broken:  # else the rollback that must follow will set it
            self.run([command], changes=False)
        self._kept[name] = command

    def _may_end(self, what: str) -> None:
        """Refuse what a trigger, or a function that SQL calls, may not do.

        An autonomous transaction has its own connection, and so may.
        """
        if self.inside == "TRIGGER":
            raise OracleError(4092, f"cannot {what} in a trigger")
        if self.inside is not None:
            raise OracleError(
                14552, "cannot perform a DDL, commit or rollback inside a query or DML"
            )

    def _restore(self) -> None:
        kept, self._kept = list(self._kept.values()), {}
        if kept:
            self._link.send(kept)

    def commit(self) -> None:
        """Commit; deferred constraints are checked now.

        :raises OracleError: ORA-02091 with the violation; the transaction is rolled back.
        """
        self._may_end("COMMIT")
        if not self.open:
            self.ended()
            return
        try:
            self._link.send([_COMMIT])
        except ServerError as error:
            self._closed()
            self._restore()
            cause = oracle_error(error)
            raise OracleError(
                2091, f"transaction rolled back\nORA-{cause.code:05d}: {cause.message}"
            ) from error
        except LinkLost:
            self._closed()
            raise
        self._block_pending = False
        self._kept.clear()
        self._closed()

    def rollback(self) -> None:
        """Roll back everything."""
        self._may_end("ROLLBACK")
        if self.open:
            try:
                self._link.send([_ROLLBACK])
            finally:
                self._closed()
            self._restore()
        else:
            self.ended()
        self._block_pending = False

    def savepoint(self, name: str) -> None:
        """Set a savepoint; in Oracle it also begins a transaction."""
        if self.inside == "TRIGGER":
            raise OracleError(4092, "cannot SET SAVEPOINT in a trigger")
        self.run([Simple(f'SAVEPOINT "S {name}"'.encode())], changes=True, guard=False)
        if name in self.savepoints:
            self.savepoints.remove(name)
        self.savepoints.append(name)

    def rollback_to(self, name: str) -> None:
        """Undo what was done since a savepoint."""
        if self.inside == "TRIGGER":
            raise OracleError(4092, "cannot ROLLBACK in a trigger")
        if name not in self.savepoints:
            raise OracleError(
                1086, f"savepoint '{name}' never established in this session or is invalid"
            )
        back = Simple(f'ROLLBACK TO SAVEPOINT "S {name}"'.encode())
        self._link.send([back, *self._kept.values()])
        self._saved = self._broken = False
        del self.savepoints[self.savepoints.index(name) + 1 :]
