"""A call that is silent for long is watched from a second session, and only such a call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core import expected
from airflow_oracle_dag.core.expected import declared
from airflow_oracle_dag.core.watch import Watching
from airflow_oracle_dag.runtime import orphans, schema
from airflow_oracle_dag.runtime.results import OverdueEvent
from tests.integration.conftest import Bench, Target

QUICK = Watching(silent_after=0.2, look_every=0.2, beat_every=0.4, patience=0.5)
ADD = "insert into t_ledger values ('{0}', 1);\n"
LONG = "-- @step long{0}\n" + ADD.format("long") + "begin dbms_session.sleep({1}); end;\n/\n"
SILENT = "-- @step one\n" + ADD.format("one") + "-- @step two\n" + ADD.format("two")


class Counting:
    """Open connections, and know of each whether it is open."""

    def __init__(self, connect: Callable[[], oracledb.Connection]) -> None:
        self._connect = connect
        self.made: list[oracledb.Connection] = []
        self.most = 0

    def __call__(self) -> oracledb.Connection:
        """Open one."""
        connection = self._connect()
        self.made.append(connection)
        self.most = max(self.most, sum(one.is_healthy() for one in self.made))
        return connection


def signals(bench: Any) -> list[tuple[Any, ...]]:
    """Return what ODAG_SIGNAL has of the bench's run."""
    found: list[tuple[Any, ...]] = bench.sql(
        "select attempt, progress from odag_signal where run_hash = :h order by attempt",
        h=bench.identity().digest,
    )
    return found


@pytest.fixture(scope="module")
def seeing_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Give a database whose user may read V$SESSION and end a session."""
    if request.config.getoption("--db") == "oracle":
        pytest.skip("replies can be lost only in the sandbox")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    granted = {"SEER": ["DB_DEVELOPER_ROLE", "SELECT ON V$SESSION", "ALTER SYSTEM"]}
    database = open_database(None, {"SEER": "pw"}, privileges=granted)
    with SandboxServer(database) as server:
        made = Target(f"127.0.0.1:{server.port}/{database.service_name}", "seer", "pw", server)
        schema.init(made.connector())
        yield made
    database.close()


@pytest.fixture
def seeing(
    seeing_target: Target, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """Give a bench of that user, who is in a hurry to end what is left behind."""
    monkeypatch.setattr(orphans, "_GRACE", 0.1)
    monkeypatch.setattr(orphans, "_UNTIL_KILL", 0.3)
    with seeing_target.connect() as connection:
        made = Bench(seeing_target, connection, f"{request.node.name}-{time.time_ns()}"[-200:])
        made.sql("create table t_ledger (entry varchar2(100) not null, amount number)")
        yield made
        made.sql("drop table t_ledger")
        seeing_target.server.faults.clear()


def test_short_calls_are_not_watched(bench: Any) -> None:
    """A run whose calls all answer has the one session that works."""
    connect = Counting(bench.target.connect)
    script = "".join(f"-- @step s{n}\n" + ADD.format(n) for n in range(5))
    bench.run(script, connect=connect)

    assert len(connect.made) == 1
    assert signals(bench) == []


def test_a_silent_call_has_a_heartbeat(bench: Any) -> None:
    """From a second session, which is closed when the call is over."""
    connect = Counting(bench.target.connect)
    bench.run(LONG.format("", 1.2) + SILENT, connect=connect, watching=QUICK)

    assert len(connect.made) >= 2 and connect.most == 2  # more on a slow machine, never at once
    assert not any(one.is_healthy() for one in connect.made)
    assert [attempt for attempt, _ in signals(bench)] == [1]
    assert signals(bench)[0][1].startswith("step ")


def test_the_session_is_closed_while_the_run_goes_on(bench: Any) -> None:
    """Two long calls with short ones between them: one session for each, never two at once."""
    connect = Counting(bench.target.connect)
    pause = "begin dbms_session.sleep(0.3); end;\n/\n"
    slow = Watching(silent_after=0.6, look_every=0.2)
    script = LONG.format(1, 1.2) + (ADD.format("short") + pause) * 3 + LONG.format(2, 1.2)
    bench.run(script, connect=connect, watching=slow)

    assert len(connect.made) >= 3 and connect.most == 2


def test_a_lost_reply_is_noticed_and_the_step_is_counted(bench: Any, faults: Any) -> None:
    """The row of the step says that the last block is over; no privilege is needed for that."""
    rule = faults.silence("after", sql="COMMIT WRITE WAIT", nth=3)
    began = time.monotonic()
    result = bench.run(SILENT, watching=QUICK)

    assert rule.fired == 1
    assert time.monotonic() - began < 15
    assert bench.ledger() == {"one": 1, "two": 1}
    assert [(step.state.value, step.tries) for step in result.steps] == [("SUCCEEDED", 1)] * 2
    assert any("checkpoint has been committed" in text for text in bench.said("decision"))


@pytest.mark.parametrize("nth", [1, 2])
def test_a_block_that_has_begun_the_next_step_leaves_its_session(seeing: Bench, nth: int) -> None:
    """It holds the mark, and knows nothing of its client: it is ended like any orphan."""
    seeing.target.server.faults.silence("after", sql="COMMIT WRITE WAIT", nth=nth)
    result = seeing.run(SILENT, watching=QUICK)

    assert seeing.ledger() == {"one": 1, "two": 1}
    assert [step.state.value for step in result.steps] == ["SUCCEEDED"] * 2
    assert sum(step.tries for step in result.steps) == 3
    assert any("checkpoint has been committed" in text for text in seeing.said("decision"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_reply_of_a_statement_is_noticed(seeing: Bench, when: str) -> None:
    """V$SESSION shows its session idle; the statement was not committed, so it runs again."""
    seeing.target.server.faults.silence(when, sql="insert into t_ledger values .'two'")
    patient = Watching(silent_after=0.2, look_every=0.3, patience=1.0)
    result = seeing.run(SILENT, watching=patient)

    assert seeing.ledger() == {"one": 1, "two": 1}
    assert [step.tries for step in result.steps] == [1, 2]
    assert any("waited for its client" in text for text in seeing.said("decision"))


def test_a_call_at_work_is_left_alone(seeing: Bench) -> None:
    """However long it takes: its session is ACTIVE, and nothing is committed."""
    result = seeing.run(LONG.format("", 2.5), watching=QUICK)

    assert [step.tries for step in result.steps] == [1]
    assert not any("no answer" in text for text in seeing.said("decision"))


@pytest.mark.parametrize("place", ["worker", "database"])
def test_progress_is_told_and_written_down(bench: Any, place: str) -> None:
    """What V$SESSION_LONGOPS has of the session, which everybody may read."""
    block = (
        "declare\n  r binary_integer := dbms_application_info.set_session_longops_nohint;\n"
        "  s binary_integer;\nbegin\n"
        "  dbms_application_info.set_session_longops(r, s, op_name => 'Load', sofar => 41,\n"
        "    totalwork => 100);\n  dbms_session.sleep(1.2);\nend;\n/\n"
    )
    bench.run(f"-- @step load run_on={place}\n{block}{SILENT}", watching=QUICK)

    (said,) = bench.said("progress")
    assert said.startswith("step 1/3, 41 % (load): Load")
    if place == "worker":
        ((attempt, progress),) = signals(bench)
        assert attempt == 1 and progress.startswith("step 1/3, 41 %: Load")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (oracledb.OperationalError("ORA-02391: exceeded SESSIONS_PER_USER"), "ORA-02391"),
        (KeyError("hush-not-told"), "for now: KeyError"),
    ],
)
def test_without_a_second_session_the_run_goes_on(bench: Any, error: Exception, said: str) -> None:
    """What watching cannot have is said once; of others' errors, which they are."""
    made: list[int] = []

    def only_one() -> Any:
        made.append(1)
        if len(made) > 1:
            raise error
        return bench.target.connect()

    bench.run(LONG.format("", 1.2), connect=only_one, watching=QUICK)

    assert len(made) > 2
    notices = [text for text in bench.said("notice") if "cannot be watched" in text]
    assert len(notices) == 1 and said in notices[0] and "hush" not in notices[0]
    assert bench.ledger() == {"long": 1}


def test_a_heartbeat_that_fails_costs_the_heartbeat(bench: Any, faults: Any) -> None:
    """The lost reply is noticed all the same."""
    faults.raise_error(1031, "insufficient privileges", sql="odag_signal", times=None)
    faults.silence("after", sql="COMMIT WRITE WAIT", nth=3)
    bench.run(SILENT, watching=QUICK)

    assert bench.ledger() == {"one": 1, "two": 1}
    assert len([text for text in bench.said("notice") if "ODAG_SIGNAL" in text]) == 1


def test_a_run_that_is_not_watched_has_no_thread(bench: Any) -> None:
    """With `watching` None nothing is beside it."""
    seen: list[str] = []
    runner = bench.runner(LONG.format("", 0.5), watching=None)
    looker = threading.Timer(0.3, lambda: seen.extend(one.name for one in threading.enumerate()))
    looker.start()
    runner.run()
    looker.join()

    assert seen and "oracle-watchdog" not in seen


def overdue(bench: Any) -> list[Any]:
    """Return what was told of things that take longer than expected."""
    return [event.overdue for event in bench.events if isinstance(event, OverdueEvent)]


def test_a_step_that_takes_longer_is_told_of_once(bench: Any) -> None:
    """While it runs: its end comes later."""
    script = "-- @step slow expected_minutes=0.005\nbegin dbms_session.sleep(1.5); end;\n/\n"
    bench.run(script, watching=QUICK)

    (told,) = overdue(bench)
    assert (told.step, told.attempt) == ("slow", 1)
    assert 0.3 < told.seconds < 1.5
    kinds = [event.kind for event in bench.events]
    assert kinds.index("overdue") < kinds.index("step")


def test_a_run_that_takes_longer_is_told_of_once(bench: Any) -> None:
    """Whatever its steps do: none of them is silent for long."""
    script = "".join(f"-- @step s{n}\nbegin dbms_session.sleep(0.3); end;\n/\n" for n in range(5))
    bench.run(script, watching=Watching(silent_after=1.0), expected=declared(0.5, "the job"))

    (told,) = overdue(bench)
    assert told.step is None and told.expectation.source == "the job"


def test_what_a_step_takes_is_learned_from_earlier_runs(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight that succeeded; other steps, scripts and failures teach nothing."""
    monkeypatch.setattr(expected, "_LEAST", 0.5)
    name = f"{bench.key}.sql"
    quick = "-- @step load\n" + ADD.format("x") + "-- @step other\nselect 1 from dual;\n"
    slow = quick.replace(";\n", ";\nbegin dbms_session.sleep(1.5); end;\n/\n", 1)
    for n in range(8):
        assert overdue(bench) == []
        bench.run(quick, name=name, key=f"{bench.key}-{n}", watching=QUICK)
    bench.run(slow, name=name, watching=QUICK)

    (told,) = (one for one in overdue(bench) if one.step == "load")
    assert told.expectation.source.startswith("learned from 8 runs")


def test_no_session_can_be_had_in_time(bench: Any) -> None:
    """A second session that is still being opened when the call ends is closed, not used."""
    made: list[oracledb.Connection] = []

    def slow() -> oracledb.Connection:
        if made:
            time.sleep(1.0)
        made.append(bench.target.connect())
        return made[-1]

    bench.run(LONG.format("", 0.6), connect=slow, watching=QUICK)
    deadline = time.monotonic() + 5
    while any(one.is_healthy() for one in made) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(made) == 2 and not any(one.is_healthy() for one in made)


IN_DATABASE = "-- @step slow run_on=database expected_minutes=0.005\n"


def test_a_step_in_the_database_is_told_of_once(bench: Any) -> None:
    """By who waits for its job, while it runs."""
    bench.run(f"{IN_DATABASE}begin dbms_session.sleep(2); end;\n/\n", expected=declared(0.2, "x"))

    assert sorted(str(told.step) for told in overdue(bench)) == ["None", "slow"]
    kinds = [event.kind for event in bench.events]
    assert kinds.index("overdue") < kinds.index("step")


def test_who_defers_is_told_what_to_wait_for(bench: Any) -> None:
    """What was told is not told again, and is not waited for."""
    text = f"{IN_DATABASE}begin dbms_session.sleep(5); end;\n/\n"
    waiting = bench.run(text, wait_for_jobs=False).waiting
    assert dict(waiting.expected) == {"slow": pytest.approx(0.3)} and waiting.told == ()
    time.sleep(1.0)  # what a trigger waits for: it looks at no table
    later = {"waited_for": waiting.attempt, "wait_for_jobs": False}
    waiting = bench.run(text, **later).waiting
    assert waiting.expected == {} and waiting.told == ("slow",)
    bench.run(text, **later, told=waiting.told)
    bench.run(text, waited_for=waiting.attempt, told=waiting.told)

    assert [told.step for told in overdue(bench)] == ["slow"]


def test_what_steps_in_the_database_take_is_learned(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all that are handed over, by one query."""
    monkeypatch.setattr(expected, "_LEAST", 0.5)
    name, text = (
        f"{bench.key}.sql",
        "-- @step a\nselect 1 from dual;\n-- @step b\nselect 1 from dual;\n",
    )
    for n in range(8):
        bench.run(text, name=name, key=f"{bench.key}-{n}")
    job = text.replace(";\n", ";\nbegin dbms_session.sleep(1.5); end;\n/\n", 1)
    waiting = bench.run(job, name=name, run_on="database", wait_for_jobs=False).waiting
    bench.run(job, name=name, run_on="database", waited_for=waiting.attempt)

    assert sorted(waiting.expected) == ["a", "b"]
    assert [told.step for told in overdue(bench)].count("a") == 1


def test_what_a_job_did_is_told_once(bench: Any) -> None:
    """However often who waits for it comes back: each time another process, with what was told."""
    text = "".join(f"-- @step s{n}\nbegin dbms_session.sleep(1); end;\n/\n" for n in range(3))
    result = bench.run(text, run_on="database", wait_for_jobs=False)
    looks = 0
    while result.waiting is not None:
        looks += 1
        time.sleep(0.4)  # it defers: nothing of it is there to be told anything
        known = {"waited_for": result.waiting.attempt, "reported": result.waiting.reported}
        result = bench.run(text, run_on="database", wait_for_jobs=False, **known)

    assert looks > 1
    assert [text.split()[2] for text in bench.said("step")] == ["s0", "s1", "s2"]


def test_what_cannot_be_learned_costs_nothing_else(bench: Any, faults: Any) -> None:
    """Of a job it is said, and its steps run."""
    faults.raise_error(1555, "snapshot too old", sql="^SELECT a.name, a.started_at")
    bench.run(f"-- @step a run_on=database\n{ADD.format('a')}")

    assert bench.ledger() == {"a": 1}
    (said,) = [text for text in bench.said("notice") if "as a rule" in text]
    assert "snapshot too old" in said
