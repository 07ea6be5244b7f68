"""What a control table promises, whichever store keeps it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_oracle_dag.control.table import (
    Audit,
    ControlNames,
    ControlTableError,
    StoreUnavailable,
    UnknownJob,
)
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import Interval, Job, JobRun
from airflow_oracle_dag.core.states import State

ME = Audit("ops@here", "because")
FIRST = datetime(2026, 11, 20, tzinfo=UTC)


def run_on(store: Any, name: str, day: int = 0, **more: Any) -> JobRun:
    """Return the run of a job for the n-th day."""
    interval = Interval(FIRST + timedelta(days=day - 1), FIRST + timedelta(days=day))
    return JobRun(
        environment=store.environment,
        job_name=name,
        interval_key=interval.key,
        due_at=interval.due().replace(tzinfo=None),
        state=State.PENDING,
        **more,
    )


def kept(store: Any, run: JobRun) -> JobRun | None:
    """Return what became of a run, as somebody else reads it."""
    with store.open() as table:
        return table.job_runs(run.environment, run.interval_key, [run.job_name]).get(run.job_name)


def flag(store: Any, name: str) -> str:
    """Return a job's StatusFlag, as somebody else reads it."""
    with store.open() as table:
        return table.job(store.environment, name).status_flag


def begun_elsewhere(store: Any, run: JobRun) -> subprocess.Popen[str]:
    """Let another process begin a run; return it once it has."""
    fields = {**asdict(run), "due_at": run.due_at.isoformat(), "state": run.state.value}
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.control.doomed"),
            *(json.dumps(store.address()), json.dumps(fields)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    with program.stdout:
        assert program.stdout.readline() == "begun\n"
    return program


@pytest.fixture
def table(store):
    """Open the control table with a job in it."""
    store.write(JobName="load", JobCategory="RAW")
    with store.open() as opened:
        yield opened


class TestRuns:
    """What begin, finish and skip leave behind."""

    def test_a_run_that_succeeds(self, store, table):
        """While it runs the flag says running, then success; the run says who decided and why."""
        before = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=5)
        begun = table.begin(
            run_on(store, "load", decided_by="etl/1", run_key="etl/load", reason="a Friday")
        )
        assert (begun.attempt, begun.state) == (1, State.RUNNING)
        assert flag(store, "load") == "running"
        row = table.job(store.environment, "load")
        assert row.last_run_timestamp == begun.started_at
        assert before <= begun.started_at <= before + timedelta(seconds=60)
        assert kept(store, begun) == begun

        assert table.finish(begun, State.SUCCEEDED) is True

        ended = kept(store, begun)
        assert (ended.state, ended.reason, ended.decided_by, ended.run_key) == (
            State.SUCCEEDED,
            "a Friday",
            "etl/1",
            "etl/load",
        )
        assert ended.ended_at >= ended.started_at == begun.started_at
        assert flag(store, "load") == "success"
        assert table.job(store.environment, "load").last_run_timestamp == begun.started_at

    @pytest.mark.parametrize("state", [State.FAILED, State.IN_DOUBT])
    def test_a_run_that_fails(self, store, table, state):
        """The flag says failure, also when a person must look; the run says how it failed."""
        begun = table.begin(run_on(store, "load"))
        assert table.finish(begun, state, "ORA-00942") is True
        assert (kept(store, begun).state, kept(store, begun).reason) == (state, "ORA-00942")
        assert flag(store, "load") == "failure"

    def test_a_killed_run_is_begun_again(self, store, table):
        """Nobody ended the first attempt: the second is RUNNING, and counts on."""
        first = table.begin(run_on(store, "load"))
        second = table.begin(run_on(store, "load"))
        assert (first.attempt, second.attempt) == (1, 2)
        assert kept(store, second).state is State.RUNNING
        assert flag(store, "load") == "running"

    def test_a_process_killed_in_its_work_leaves_the_truth_and_a_way_on(self, store, table):
        """After kill -9 the rows say running; the next try ends the run, and its day is right."""
        run = run_on(store, "load", decided_by="dag/run/0")
        program = begun_elsewhere(store, run)
        program.kill()
        assert program.wait() == -signal.SIGKILL
        left = kept(store, run)
        assert (left.state, left.attempt, flag(store, "load")) == (State.RUNNING, 1, "running")
        again = table.begin(run)
        assert table.finish(left, State.FAILED, "a late word of the dead") is False
        assert table.finish(again, State.SUCCEEDED) is True
        assert kept(store, run).state is State.SUCCEEDED
        assert flag(store, "load") == "success"

    def test_an_attempt_that_was_replaced_ends_nothing(self, store, table):
        """A zombie is told so, and neither the run nor the flag changes."""
        first = table.begin(run_on(store, "load"))
        second = table.begin(run_on(store, "load"))
        assert table.finish(first, State.FAILED, "late") is False
        assert kept(store, second) == second
        assert flag(store, "load") == "running"
        assert table.finish(second, State.SUCCEEDED) is True
        assert table.finish(first, State.FAILED, "later") is False
        assert kept(store, second).state is State.SUCCEEDED
        assert flag(store, "load") == "success"

    def test_an_end_can_be_said_twice(self, store, table):
        """Whoever lost the answer asks again and is told the same."""
        begun = table.begin(run_on(store, "load"))
        assert table.finish(begun, State.SUCCEEDED) is True
        assert table.finish(begun, State.SUCCEEDED) is True

    def test_a_retry_after_a_failure(self, store, table):
        """The run is RUNNING again with nothing left of its failure."""
        table.finish(table.begin(run_on(store, "load")), State.FAILED, "no room")
        again = table.begin(run_on(store, "load", reason="a Friday"))
        found = kept(store, again)
        assert (found.attempt, found.state, found.reason, found.ended_at) == (
            2,
            State.RUNNING,
            "a Friday",
            None,
        )
        assert table.finish(again, State.SUCCEEDED) is True
        assert flag(store, "load") == "success"

    def test_a_skipped_job(self, store, table):
        """The run says why, the flag says skipped, and the job has not run."""
        table.skip([run_on(store, "load", reason="a Sunday", decided_by="etl/1")])
        found = kept(store, run_on(store, "load"))
        assert (found.state, found.reason, found.attempt, found.started_at) == (
            State.SKIPPED,
            "a Sunday",
            0,
            None,
        )
        row = table.job(store.environment, "load")
        assert (row.status_flag, row.last_run_timestamp) == ("skipped", None)

    @pytest.mark.parametrize("state", [State.RUNNING, State.IN_DOUBT, State.SUCCEEDED])
    def test_what_runs_or_is_done_is_not_skipped(self, store, table, state):
        """A decision that comes too late changes nothing."""
        begun = table.begin(run_on(store, "load"))
        if state is not State.RUNNING:
            table.finish(begun, state)
        before, shown = kept(store, begun), flag(store, "load")
        table.skip([run_on(store, "load", reason="too late")])
        assert kept(store, begun) == before
        assert flag(store, "load") == shown

    def test_what_failed_is_skipped(self, store, table):
        """And the attempt that failed cannot end it any more."""
        begun = table.begin(run_on(store, "load"))
        table.finish(begun, State.FAILED)
        table.skip([run_on(store, "load", reason="flag")])
        assert kept(store, begun).state is State.SKIPPED
        assert flag(store, "load") == "skipped"
        assert table.finish(begun, State.SUCCEEDED) is False
        table.skip([run_on(store, "load", reason="flag")])
        again = table.begin(run_on(store, "load"))
        assert again.attempt > begun.attempt

    def test_many_are_skipped(self, store, table):
        """Each with its reason, more than one request carries; some of them without a row."""
        count = 130
        table.put([Job(name=f"j{n:03}", environment=store.environment) for n in range(count)], ME)
        table.skip([run_on(store, f"j{n:03}", reason=f"no {n}") for n in range(count + 3)])
        found = table.job_runs(store.environment, run_on(store, "x").interval_key)
        expected = {f"j{n:03}": f"no {n}" for n in range(count)}
        assert {name: run.reason for name, run in found.items() if name in expected} == expected
        assert {job.status_flag for job in table.jobs(store.environment)} == {"skipped", ""}

    def test_one_job_is_skipped_for_several_intervals(self, store, table):
        """In any order, the flag shows the latest."""
        table.skip([run_on(store, "load", day, reason=f"day {day}") for day in (1, 2, 0)])
        reasons = [run.reason for run in table.history(store.environment, "load")]
        assert reasons == ["day 2", "day 1", "day 0"]
        assert flag(store, "load") == "skipped"

    def test_nothing_is_skipped(self, store, table):
        """No jobs, no change."""
        table.skip([])
        assert table.history(store.environment, "load") == []
        assert flag(store, "load") == ""


class TestLatestInterval:
    """StatusFlag shows the latest interval and never moves back."""

    def test_a_backfill_leaves_the_flag_of_today(self, store, table):
        """Its runs say how it went; flag and timestamp stay."""
        today = table.begin(run_on(store, "load", 0))
        table.finish(today, State.SUCCEEDED)
        for state in (State.SUCCEEDED, State.FAILED):
            past = table.begin(run_on(store, "load", -3))
            row = table.job(store.environment, "load")
            assert (row.status_flag, row.last_run_timestamp) == ("success", today.started_at)
            assert table.finish(past, state) is True
            assert kept(store, past).state is state
            assert flag(store, "load") == "success"
        table.skip([run_on(store, "load", -4)])
        assert flag(store, "load") == "success"

    def test_a_backfill_that_is_overtaken(self, store, table):
        """Begun before today's run and ended after it, it does not touch the flag any more."""
        past = table.begin(run_on(store, "load", -1))
        today = table.begin(run_on(store, "load", 0))
        assert table.finish(past, State.FAILED) is True
        assert flag(store, "load") == "running"
        assert table.finish(today, State.SUCCEEDED) is True
        assert flag(store, "load") == "success"

    def test_a_skipped_interval_is_the_latest_too(self, store, table):
        """What became of today is that it was skipped."""
        table.skip([run_on(store, "load", 0)])
        table.finish(table.begin(run_on(store, "load", -1)), State.FAILED)
        assert flag(store, "load") == "skipped"

    def test_the_same_interval_again(self, store, table):
        """A cleared run of the latest interval moves the flag."""
        table.finish(table.begin(run_on(store, "load")), State.SUCCEEDED)
        table.begin(run_on(store, "load"))
        assert flag(store, "load") == "running"

    def test_intervals_that_race(self, store, table):
        """Whoever is first, the flag ends at the newest interval, and nobody is lost."""
        days = range(6)
        ready = threading.Barrier(len(days))

        def work(day: int) -> bool:
            with store.open() as mine:
                ready.wait()
                begun = mine.begin(run_on(store, "load", day))
                state = State.SUCCEEDED if day == days[-1] else State.FAILED
                return mine.finish(begun, state, f"day {day}")

        with ThreadPoolExecutor(len(days)) as pool:
            assert all(pool.map(work, days))
        assert flag(store, "load") == "success"
        history = table.history(store.environment, "load")
        assert [run.reason for run in history] == [f"day {day}" for day in reversed(days)]

    def test_attempts_of_one_interval_that_race(self, store, table):
        """Each has a number of its own; only the newest may end the run."""
        ready = threading.Barrier(5)

        def work(_: int) -> JobRun:
            with store.open() as mine:
                ready.wait()
                return mine.begin(run_on(store, "load"))

        with ThreadPoolExecutor(5) as pool:
            begun = list(pool.map(work, range(5)))
        assert sorted(run.attempt for run in begun) == [1, 2, 3, 4, 5]
        ended = {run.attempt: table.finish(run, State.SUCCEEDED) for run in begun}
        assert [attempt for attempt, done in ended.items() if done] == [5]


class TestRowsThatChange:
    """People work in the table while jobs run."""

    def test_a_row_changed_during_a_run(self, store, table):
        """What they wrote stays."""
        begun = table.begin(run_on(store, "load"))
        store.update("load", "SkipFlag", "YES")
        assert table.finish(begun, State.SUCCEEDED) is True
        row = table.job(store.environment, "load")
        assert (row.is_skipped, row.status_flag) == (True, "success")

    def test_a_row_deleted_during_a_run(self, store, table):
        """The run is ended all the same; the row stays deleted."""
        begun = table.begin(run_on(store, "load"))
        store.delete("load")
        assert table.finish(begun, State.SUCCEEDED) is True
        with pytest.raises(UnknownJob):
            table.job(store.environment, "load")
        assert kept(store, begun).state is State.SUCCEEDED

    def test_a_row_deleted_before_a_run(self, store, table):
        """It does not begin, and no run is left behind."""
        store.delete("load")
        with pytest.raises(UnknownJob, match="jobs list"):
            table.begin(run_on(store, "load"))
        assert kept(store, run_on(store, "load")) is None

    def test_a_row_put_there_anew(self, store, table):
        """The runs remember which interval is the latest, whatever the row says."""
        table.begin(run_on(store, "load", 0))
        past = table.begin(run_on(store, "load", -1))
        store.delete("load")
        store.write(JobName="load", StatusFlag="by hand")
        assert table.finish(past, State.FAILED) is True
        assert flag(store, "load") == "by hand"


class TestReading:
    """Rows as people write them."""

    def test_a_category_in_the_order_of_its_names(self, store, table):
        """And no job of another category or environment."""
        for name in ("b", "C", "a"):
            store.write(JobName=name, JobCategory="STG")
        store.write(JobName="z", JobCategory="STG-2")
        store.write(JobName="y", JobCategory="STG", Environment=f"{store.environment}-other")
        names = [job.name for job in table.jobs(store.environment, "STG")]
        assert names == ["C", "a", "b"]
        assert [job.name for job in table.jobs(store.environment)] == ["C", "a", "b", "load", "z"]
        assert table.jobs(store.environment, "NONE") == []
        assert table.jobs("nowhere") == []

    def test_padded_and_null_values(self, store, table):
        """Blanks around a value do not count, NULL is empty; the job is found and runs."""
        store.write(JobName="wide  ", JobCategory="RAW ", SkipFlag=" NO ", RunCondition=None)
        row = table.job(store.environment, "wide")
        assert (row.name, row.category, row.is_skipped, row.run_condition) == (
            "wide",
            "RAW",
            False,
            "",
        )
        assert [job.name for job in table.jobs(store.environment, "RAW")] == ["load", "wide"]
        begun = table.begin(run_on(store, "wide"))
        assert flag(store, "wide") == "running"
        assert table.finish(begun, State.SUCCEEDED) is True
        assert flag(store, "wide") == "success"
        table.skip([run_on(store, "wide", 1)])
        assert flag(store, "wide") == "skipped"

    @pytest.mark.parametrize(
        "name", ["x'; drop table odag_job; --", 'a"b', "100%", "a_b", "Müller & Söhne", ":x", "{x}"]
    )
    def test_names_that_look_like_something_else(self, store, table, name):
        """They are values and nothing else."""
        store.write(JobName="a_c")
        store.write(JobName=name, JobCategory=name)
        assert [job.name for job in table.jobs(store.environment, name)] == [name]
        begun = table.begin(run_on(store, name, reason=name))
        assert table.finish(begun, State.SUCCEEDED, name) is True
        assert kept(store, begun).reason == name
        table.change(store.environment, name, {"Owner": name}, Audit(name, name))
        assert table.job(store.environment, name).owner == name
        assert table.job(store.environment, "a_c").status_flag == ""

    def test_a_job_that_is_not_there(self, store, table):
        """The error names it, where it was looked for, and what to do."""
        with pytest.raises(
            UnknownJob, match=rf"no job 'nope' in environment '{store.environment}'"
        ):
            table.job(store.environment, "nope")

    def test_runs_of_some_and_of_all_jobs(self, store, table):
        """More names than one request carries are no matter."""
        count = 120
        jobs = [Job(name=f"j{n:03}", environment=store.environment) for n in range(count)]
        table.put(jobs, ME)
        table.skip([run_on(store, job.name) for job in jobs])
        key = run_on(store, "x").interval_key
        names = [job.name for job in jobs]
        assert list(table.job_runs(store.environment, key)) == names
        for some in ([], names[:1], names[:7], names[:60], names, [*names, "nope"]):
            found = table.job_runs(store.environment, key, some)
            assert sorted(found) == sorted(set(some) - {"nope"})
        assert table.job_runs(store.environment, "another") == {}
        assert table.job_runs("another", key, names) == {}

    def test_history_is_the_newest(self, store, table):
        """Latest interval first, no more than asked for."""
        for day in (2, 0, 1):
            table.begin(run_on(store, "load", day))
        days = [run.due_at.day - 20 for run in table.history(store.environment, "load", 2)]
        assert days == [2, 1]
        assert table.history(store.environment, "nope") == []

    def test_a_long_reason_is_cut(self, store, table):
        """No story is too long to be told."""
        begun = table.begin(run_on(store, "load", reason="é" * 500_000))
        assert table.finish(begun, State.FAILED, "ü" * 500_000) is True
        assert kept(store, begun).reason == "ü" * 2000

    def test_a_reason_that_is_no_text_is_told(self, store, table):
        """Half a character, as in the name of a file, keeps no end from being written down."""
        begun = table.begin(run_on(store, "load"))
        assert table.finish(begun, State.FAILED, "no file \udcff.sql") is True
        assert kept(store, begun).reason == "no file ?.sql"


class TestChanges:
    """What people change by the command line."""

    def test_a_change_is_audited(self, store, table):
        """Who, when, why, and what it was before; what runs wrote stays."""
        table.begin(run_on(store, "load"))
        before = table.change(
            store.environment, "load", {"SkipFlag": "YES", "JobCategory": None}, ME
        )
        assert (before.skip_flag, before.category) == ("", "RAW")
        row = table.job(store.environment, "load")
        assert (row.skip_flag, row.category, row.status_flag) == ("YES", "", "running")
        assert store.audit("load") == [
            ("JobCategory", "RAW", None, *(ME.who, ME.why)),
            ("SkipFlag", None, "YES", *(ME.who, ME.why)),
        ]

    def test_a_change_that_changes_nothing_is_none(self, store, table):
        """It leaves no line in the audit."""
        table.change(store.environment, "load", {"JobCategory": "RAW"}, ME)
        assert store.audit("load") == []

    @pytest.mark.parametrize(
        "field", ["JobName", "Environment", "StatusFlag", "LastRunTimestamp", "Colour"]
    )
    def test_what_cannot_be_changed_by_hand(self, store, table, field):
        """The error names the fields that can."""
        with pytest.raises(ControlTableError, match=rf"{field} is .*(?s:.)*SkipFlag"):
            table.change(store.environment, "load", {field: "x"}, ME)

    def test_a_job_to_change_that_is_not_there(self, store, table):
        """Nothing is written."""
        with pytest.raises(UnknownJob):
            table.change(store.environment, "nope", {"SkipFlag": "YES"}, ME)
        assert store.audit("nope") == []

    def test_rows_are_added_changed_and_left_alone(self, store, table):
        """Only what is different is written and said; flags are left to runs."""
        full = Job(
            name="full",
            environment=store.environment,
            category="RAW",
            run_condition="MONDAY, TUESDAY",
            skip_flag="NO",
            script="raw/full.sql",
            depends_on="load",
            on_upstream_skip="BLOCK",
            priority="10",
            run_on="database",
            expected_minutes="90",
            timezone="Europe/Berlin",
            calendar="DE-BY",
            start_date="2026-01-02",
            end_date="2027-12-31",
            owner="team, 'x'",
            parameters='{"a": 1}',
        )
        assert table.put([full], ME) == {"full": "added"}
        assert table.job(store.environment, "full") == full
        assert len(store.audit("full")) >= 15
        table.begin(run_on(store, "full"))
        assert table.put([full, Job(name="new", environment=store.environment)], ME) == {
            "new": "added"
        }
        edited = {**full.as_fields(), "Priority": "", "Owner": "other", "StatusFlag": "x"}
        assert table.put([Job.from_fields(edited)], ME) == {"full": "changed"}
        row = table.job(store.environment, "full")
        assert (row.priority, row.owner, row.status_flag) == ("", "other", "running")
        assert [line[:3] for line in store.audit("full")][-16:] and (
            "Owner",
            "team, 'x'",
            "other",
        ) in [line[:3] for line in store.audit("full")]

    def test_a_row_given_twice_is_refused(self, store, table):
        """Nothing is written."""
        job = Job(name="twice", environment=store.environment)
        with pytest.raises(ControlTableError, match="twice"):
            table.put([job, job], ME)
        with pytest.raises(UnknownJob):
            table.job(store.environment, "twice")

    def test_two_who_add_the_same_rows(self, store, table):
        """One adds each, the other finds it there or changes it; each stands there once."""
        ready = threading.Barrier(3)

        def work(owner: str) -> dict[str, str]:
            with store.open() as mine:
                jobs = [
                    Job(name=f"n{n}", environment=store.environment, owner=owner) for n in range(20)
                ]
                ready.wait()
                return mine.put(jobs, Audit(owner, "race"))

        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(work, ("a", "b", "c")))
        words = [answer[f"n{n}"] for n in range(20) for answer in done]
        assert words.count("added") == 20
        assert len(table.jobs(store.environment)) == 21


def test_a_store_that_cannot_be_reached(store):
    """Nobody decides: each question ends in the error that is worth another try."""
    table = store.unreachable()
    job = run_on(store, "load")
    for ask in (
        lambda: table.job(store.environment, "load"),
        lambda: table.jobs(store.environment),
        lambda: table.jobs(store.environment, "RAW"),
        lambda: table.job_runs(store.environment, "k"),
        lambda: table.history(store.environment, "load"),
        lambda: table.calendar_days("DE"),
        lambda: table.begin(job),
        lambda: table.finish(job, State.FAILED),
        lambda: table.skip([job]),
        lambda: table.change(store.environment, "load", {"SkipFlag": "YES"}, ME),
    ):
        with pytest.raises(StoreUnavailable):
            ask()


@pytest.mark.parametrize(
    "names",
    [
        {"job_table": "no_such_job"},
        {"job_table": "odag_job", "run_table": "no_such_run"},
    ],
)
def test_tables_that_are_not_there(store, table, names):
    """The error names them and the way to make them; it is no reason to try again."""
    other = store.open(ControlNames(**names))
    with pytest.raises(ControlTableError, match=r"(?si)no_such.*oracle-dag (jobs )?init") as caught:
        other.begin(run_on(store, "load"))
    assert not isinstance(caught.value, (StoreUnavailable, UnknownJob))


def test_a_field_without_a_column_is_empty(store, table):
    """It is read as empty, left out of what is written, and cannot be changed."""
    store.write(JobName="other", Owner="somebody", StatusFlag="untouched")
    names = ControlNames(columns={"Owner": None, "StatusFlag": None, "LastRunTimestamp": None})
    with store.open(names) as mine:
        assert mine.job(store.environment, "other").owner == ""
        begun = mine.begin(run_on(store, "other"))
        assert mine.finish(begun, State.SUCCEEDED) is True
        mine.skip([run_on(store, "other", 1)])
        changed = Job(name="other", environment=store.environment, owner="x", priority="5")
        assert mine.put([changed], ME) == {"other": "changed"}
        with pytest.raises(ControlTableError, match=r"Owner.*control_names"):
            mine.change(store.environment, "other", {"Owner": "x"}, ME)
    row = table.job(store.environment, "other")
    assert (row.owner, row.status_flag, row.priority) == ("somebody", "untouched", "5")


def test_a_table_without_categories_cannot_be_asked_for_one(store, table):
    """No job is not an answer to a question that cannot be asked."""
    with (
        store.open(ControlNames(columns={"JobCategory": None})) as mine,
        pytest.raises(ControlTableError, match="JobCategory"),
    ):
        mine.jobs(store.environment, "RAW")


def test_a_value_that_makes_no_sense_stops_its_own_job_only(store, table):
    """The others are read; the row says what is wrong when it is asked."""
    store.write(JobName="odd", SkipFlag="maybe")
    jobs = {job.name: job for job in table.jobs(store.environment)}
    assert jobs["load"].is_skipped is False
    with pytest.raises(FieldError, match="SkipFlag"):
        assert jobs["odd"].is_skipped
