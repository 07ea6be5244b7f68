"""The tasks of a job category, against a control table."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowSkipException
from airflow.sdk.exceptions import DownstreamTasksSkipped
from structlog.testing import capture_logs

from airflow_oracle_dag.control.table import Audit, StoreUnavailable
from airflow_oracle_dag.core.errors import Undecidable
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.groups.job import CategoryJobOperator
from airflow_oracle_dag.groups.job_category import job_category_group

FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
AUDIT = Audit("tests", "to see what happens")


class TaskInstance(SimpleNamespace):
    """What a task asks of Airflow: XComs of the run, and the states of its tasks."""

    def xcom_push(self, key, value):
        self.xcoms[self.task_id, key] = json.loads(json.dumps(value))

    def xcom_pull(self, task_ids, key):
        return self.xcoms.get((task_ids, key))

    def get_task_states(self, dag_id, task_ids, run_ids):
        states = {
            name: state
            for name, state in self.states.items()
            if name in task_ids or name.rpartition("_")[0] in task_ids
        }
        return {self.run_id: states}


class Category:
    """A category with a name of its own, in a DAG, and one run of it."""

    def __init__(self, world, **arguments):
        self.world = world
        self.name = f"C{world.job_name[-18:]}"
        with world.dag:
            self.group = job_category_group(
                self.name, group_id="jobs", **{"max_waves": 2, "max_batches": 2, **arguments}
            )
        self.xcoms, self.skipped = {}, []
        self.states = {"jobs.decide": "success"}  # as Airflow has it once it ran

    def row(self, name, depends_on="", **fields):
        """Write a row; names are unique to the test."""
        names = ", ".join(self.of(one) for one in depends_on.split())
        fields = {"script": "x.sql", **fields}
        row = Job(name=self.of(name), category=self.name, depends_on=names, **fields)
        self.world.table.put([row], AUDIT)

    def of(self, name):
        """Return the test's own name of a job."""
        return f"{self.name}_{name}"

    def run(self, task_id, due=FRIDAY):
        """Run one of the group's tasks; note what it skips."""
        context = self.world.context(due)
        context["ti"] = TaskInstance(
            **{
                "max_tries": 0,
                **vars(context["ti"]),
                "task_id": f"jobs.{task_id}",
                "xcoms": self.xcoms,
                "states": self.states,
            }
        )
        del context["ti"].xcom_push  # the fixture's, in favour of the class's
        try:
            return self.world.dag.get_task(f"jobs.{task_id}").execute(context)
        except DownstreamTasksSkipped as skip:
            self.skipped = [name.removeprefix("jobs.") for name in skip.tasks]
            return None

    def runs(self, due=FRIDAY):
        """Return the category's job runs by the test's names."""
        found = self.world.table.job_runs("default", self.world.key(due))
        own = f"{self.name}_"
        return {name[len(own) :]: run for name, run in found.items() if name.startswith(own)}

    def batches(self):
        """Return the jobs of each batch, as their tasks will get them."""
        own = f"{self.name}_"
        return {
            key: [job["job_name"][len(own) :] for job in value]
            for (_, key), value in self.xcoms.items()
            if key.startswith("wave_")
        }


def begun(category, name, state=None, reason="", by=None):
    """Write a run of a job as its task would, and end it."""
    table = category.world.table
    context = category.world.context()
    run = table.begin(
        JobRun(
            "default",
            category.of(name),
            category.world.key(),
            FRIDAY.replace(tzinfo=None),
            State.RUNNING,
            decided_by=by or f"{category.world.dag.dag_id}/{context['run_id']}/0",
        )
    )
    if state is not None:
        table.finish(run, state, reason)


# -- decide -----------------------------------------------------------------------------------


def test_each_job_is_decided_and_gets_a_place(world):
    """Those that run are in waves and batches; those that do not are written down with why."""
    category = Category(world)
    category.row("A", run_condition="FRIDAY")
    category.row("B", "A", run_condition="WEEKDAYS")
    category.row("C", "A", run_condition="MONDAY")
    category.row("D", "C")
    category.row("E", skip_flag="YES")
    category.run("decide")
    assert category.batches() == {"wave_1_batch_1": ["A"], "wave_2_batch_1": ["B", "D"]}
    assert category.skipped == ["wave_1_batch_2", "wave_2_batch_2"]
    runs = category.runs()
    assert {name: run.state for name, run in runs.items()} == {
        "C": State.SKIPPED,
        "E": State.SKIPPED,
    }
    assert runs["C"].reason == "2026-11-20 is a Friday in UTC; condition MONDAY"
    assert runs["E"].reason.startswith("SkipFlag is YES")
    told = category.xcoms["jobs.decide", "return_value"]
    assert {one["JobName"]: one["ShouldRunToday"] for one in told} == {
        category.of(name): name in "ABD" for name in "ABCDE"
    }


def test_a_batch_gets_names_and_decisions_as_they_were_made(world):
    """A row that is changed afterwards changes nothing for the run's tasks."""
    category = Category(world)
    category.row("A", run_condition="FRIDAY")
    category.run("decide")
    category.row("A", run_condition="MONDAY")
    (job,) = category.run("wave_1_batch_1")
    assert job["job_name"] == category.of("A")
    assert job["decision"]["ShouldRunToday"] is True
    assert job["decision"]["Reason"] == "2026-11-20 is a Friday in UTC; condition FRIDAY"


def test_a_batch_without_jobs_is_skipped(world):
    """Nothing was decided for it, so it starts nothing."""
    category = Category(world)
    category.row("A")
    category.run("decide")
    with pytest.raises(AirflowSkipException, match="put no job into wave_2_batch_1"):
        category.run("wave_2_batch_1")


@pytest.mark.parametrize("state", ["upstream_failed", "failed", "skipped", None])
def test_what_was_decided_before_a_clear_does_not_count(world, state):
    """Cleared and not reached again, its old XComs start no job and are no success."""
    category = Category(world)
    category.row("A")
    category.row("B", "A")
    category.run("decide")
    category.states["jobs.decide"] = state
    with pytest.raises(AirflowSkipException, match=f"jobs.decide is {state or 'not over'}"):
        category.run("wave_2_batch_1")
    with pytest.raises((AirflowFailException, AirflowSkipException), match=r"jobs\.decide"):
        category.run("outcome")


def test_the_due_day_is_that_of_the_interval(world):
    """The same rows decide otherwise for the next day's run."""
    category = Category(world)
    category.row("A", run_condition="FRIDAY")
    category.run("decide", FRIDAY + timedelta(days=1))
    assert category.batches() == {}
    assert sorted(category.skipped) == [
        f"wave_{wave}_batch_{batch}" for wave in (1, 2) for batch in (1, 2)
    ]


def test_a_wrong_row_gets_a_task_that_fails_and_stops_nobody_else(world):
    """The decision carries the error; the other jobs have their places."""
    category = Category(world)
    category.row("A", run_condition="MOONDAY")
    category.row("B", "A")
    category.row("C", skip_flag="MAYBE")
    category.row("D")
    category.run("decide")
    assert category.batches() == {"wave_1_batch_1": ["A", "C", "D"], "wave_2_batch_1": ["B"]}
    errors = {one["JobName"]: one["Error"] for one in category.xcoms["jobs.decide", "return_value"]}
    assert "MOONDAY" in errors[category.of("A")]
    assert "SkipFlag" in errors[category.of("C")]
    assert errors[category.of("B")] == errors[category.of("D")] == ""
    assert category.runs() == {}


@contextmanager
def logged():
    """Collect the messages of a category's own tasks, each with its level."""
    found = []
    with capture_logs() as entries:
        yield found
    unrelated = "cannot be called outside of the Task Runner"
    found += [(e["log_level"], e["event"]) for e in entries if unrelated not in e["event"]]


@pytest.mark.parametrize(
    ("wrong", "level", "said"),
    [
        ("MOONDAY", "warning", "2 of 4 jobs run, 1 cannot be decided, in 1 wave"),
        ("NEVER", "info", "2 of 4 jobs run, in 1 wave"),
    ],
)
def test_what_was_decided_is_logged_and_wrong_rows_are_a_warning(world, wrong, level, said):
    """A wrong row does not count as a job that runs; the columns stand under their names."""
    category = Category(world)
    category.row("A", run_condition=wrong)
    category.row("LONGER_THAN_OTHERS")
    category.row("C")
    category.row("D", skip_flag="YES")
    with logged() as log:
        category.run("decide")
    (summary, (_, table)) = log
    assert summary == (level, f"category {category.name}: {said}")
    title, header, *rows = table.split("\n")
    assert title == "what was decided:"
    assert [row.split()[0] for row in rows] == [
        category.of(name) for name in ("A", "C", "D", "LONGER_THAN_OTHERS")
    ]
    assert {row[header.index("wave")] for row in rows} == {"1", "-"}
    (mended,) = [row for row in rows if "WRONG ROW: " in row] or [""]
    assert ("To mend it: " in mended) is (wrong == "MOONDAY")
    assert all(row[header.index("why") - 1] == " " for row in rows)


def test_a_category_that_needs_two_waves_says_so(world):
    """More than one are waves."""
    category = Category(world)
    category.row("A")
    category.row("B", "A")
    with logged() as log:
        category.run("decide")
    assert log[0][1].endswith("2 of 2 jobs run, in 2 waves")


def test_rows_that_contradict_each_other_start_nothing_and_are_not_tried_again(world):
    """No XCom, no skipped run, and an error that retries cannot answer."""
    category = Category(world)
    category.row("A", "B")
    category.row("B", "A")
    category.row("C", "NOBODY")
    category.row("D", skip_flag="YES")
    with pytest.raises(AirflowFailException) as error:
        category.run("decide")
    assert f"{category.of('A')} -> {category.of('B')} -> {category.of('A')}" in str(error.value)
    assert "there is no job of that name" in str(error.value)
    assert category.xcoms == {}
    assert category.runs() == {}


def test_a_job_may_depend_on_one_of_another_category(world):
    """Its name is looked up in the whole environment."""
    world.put(name=f"{world.job_name}_RAW", category="OTHER")
    category = Category(world)
    world.table.put(
        [Job(name=category.of("A"), category=category.name, depends_on=f"{world.job_name}_RAW")],
        AUDIT,
    )
    category.run("decide")
    assert category.batches() == {"wave_1_batch_1": ["A"]}


def test_more_waves_than_tasks_for_them_are_an_error(world):
    """The error says how many are needed; nothing is started or skipped."""
    category = Category(world)
    category.row("A")
    category.row("B", "A")
    category.row("C", "B")
    category.row("D", run_condition="NEVER")
    with pytest.raises(AirflowFailException, match="needs 3 waves and has tasks for 2"):
        category.run("decide")
    assert category.runs() == {}


def test_a_day_that_needs_fewer_waves_runs(world):
    """What counts is what runs that day."""
    category = Category(world)
    category.row("A")
    category.row("B", "A", run_condition="MONDAY")
    category.row("C", "B")
    category.run("decide")
    assert category.batches() == {"wave_1_batch_1": ["A"], "wave_2_batch_1": ["C"]}


def test_the_size_of_a_batch_is_airflows(world, monkeypatch):
    """``[core] max_map_length`` cuts waves; more batches than tasks for them are an error."""
    monkeypatch.setenv("AIRFLOW__CORE__MAX_MAP_LENGTH", "2")
    category = Category(world)
    for name in "ABC":
        category.row(name)
    category.run("decide")
    assert category.batches() == {"wave_1_batch_1": ["A", "C"], "wave_1_batch_2": ["B"]}
    for name in "DE":
        category.row(name)
    with pytest.raises(AirflowFailException, match="max_batches=3"):
        category.run("decide")


def test_a_category_without_rows_is_an_error_unless_said_otherwise(world):
    """A typing mistake must not skip everything."""
    with pytest.raises(AirflowFailException, match=r"has no job of category .*no job was started"):
        Category(world).run("decide")
    world.forget_tasks()
    category = Category(world, may_be_empty=True)
    category.run("decide")
    assert category.batches() == {}


def test_a_store_that_cannot_be_reached_decides_nothing(world, monkeypatch):
    """The error may be tried again, and nothing is run or skipped meanwhile."""
    category = Category(world)
    category.row("A")
    connection = json.loads(world.database.airflow_connection())
    monkeypatch.setenv("AIRFLOW_CONN_ORACLE_DEFAULT", json.dumps({**connection, "port": 1}))
    with pytest.raises(StoreUnavailable):
        category.run("decide")
    assert category.xcoms == {}
    assert category.runs() == {}


# -- outcome --------------------------------------------------------------------------------------


def decided(world, *names):
    """Return a category whose jobs have their places in the first batch."""
    category = Category(world)
    for name in names:
        category.row(name)
    category.run("decide")
    category.states |= {f"jobs.jobs_1_1_{place}": "success" for place in range(len(names))}
    return category


def test_all_is_well(world):
    """Jobs that succeeded, or were skipped by themselves, are counted."""
    category = decided(world, "A", "B")
    begun(category, "A", State.SUCCEEDED)
    category.states["jobs.jobs_1_1_1"] = "skipped"
    assert category.run("outcome") == {"success": 1, "skipped": 1}


def test_every_job_is_told_of_also_those_that_have_no_task(world):
    """Whom its row skipped is in the log with the reason, and counted as skipped."""
    category = Category(world)
    category.row("A")
    category.row("B", run_condition="MONDAY")
    category.row("C", skip_flag="YES")
    category.run("decide")
    begun(category, "A", State.SUCCEEDED, "ran")
    category.states["jobs.jobs_1_1_0"] = "success"
    with logged() as log:
        assert category.run("outcome") == {"success": 1, "skipped": 2}
    ((_, table),) = log
    title, header, *rows = table.split("\n")
    assert title == "what became of the jobs:"
    assert header.split() == ["job", "task", "run", "why"]
    assert [row.split(maxsplit=3) for row in rows] == [
        [category.of("A"), "success", "SUCCEEDED", "ran"],
        [
            category.of("B"),
            "none",
            "SKIPPED",
            "2026-11-20 is a Friday in UTC; condition MONDAY",
        ],
        [
            category.of("C"),
            "none",
            "SKIPPED",
            "SkipFlag is YES; 2026-11-20 is a Friday in UTC; condition ALL_DAYS",
        ],
    ]
    assert {row.index(row.split()[2]) for row in rows} == {header.index("run")}


def test_many_jobs_are_several_messages(world):
    """One message of ten thousand lines is more than a page of a log shows."""
    category = Category(world)
    rows = [
        Job(name=category.of(f"{n:03}"), category=category.name, skip_flag="YES")
        for n in range(501)
    ]
    world.table.put(rows, AUDIT)
    category.run("decide")
    with logged() as log:
        category.run("outcome")
    assert [text.count("\n") for _, text in log] == [501, 2]


def test_the_error_of_a_wrong_row_comes_with_its_own_cure(world):
    """Each failed job shows what helps, not only what is wrong."""
    category = decided(world, "A", "B")
    begun(
        category, "A", State.FAILED, "Undecidable: job A: no\n   ^\n  To mend it: write MONDAY.\n"
    )
    begun(category, "B", State.FAILED, "no cure")
    category.states |= {"jobs.jobs_1_1_0": "failed", "jobs.jobs_1_1_1": "failed"}
    with pytest.raises(AirflowFailException) as error:
        category.run("outcome")
    assert (
        f"  - {category.of('A')}: Undecidable: job A: no\n      To mend it: write MONDAY.\n"
        f"  - {category.of('B')}: no cure\n  To mend it: see to the first of them"
        in str(error.value)
    )


def test_a_mended_row_needs_no_more_than_a_clear_of_its_job(world):
    """The batch still hands out what could not be decided; the job looks at its row and runs."""
    category = Category(world)
    category.row("A", run_condition="MOONDAY")
    category.row("B", "A")
    category.run("decide")

    def job(key, clears):
        (given,) = category.run(key)
        script = world.script(given["job_name"][-1])
        dag = DAG(world.dag.dag_id, schedule=None, start_date=world.dag.start_date)
        CategoryJobOperator(
            task_id="job", group="jobs", script=script, check_upstream=True, dag=dag, **given
        ).execute(world.context(clears=clears, dag=dag))

    with pytest.raises(Undecidable, match="MOONDAY"):
        job("wave_1_batch_1", 0)
    with pytest.raises(AirflowSkipException, match=r"blocked: \S+_A is FAILED"):
        job("wave_2_batch_1", 0)
    category.states |= {"jobs.jobs_1_1_0": "failed", "jobs.jobs_2_1_0": "skipped"}
    with pytest.raises(
        AirflowFailException, match=r"2 of 2 jobs(?s:.)*A: .*MOONDAY.*\n +To mend it"
    ):
        category.run("outcome")

    category.row("A", run_condition="FRIDAY")
    job("wave_1_batch_1", 1)
    job("wave_2_batch_1", 1)
    assert world.effects() == ["A", "B"]
    category.states |= {"jobs.jobs_1_1_0": "success", "jobs.jobs_2_1_0": "success"}
    assert category.run("outcome") == {"success": 2, "skipped": 0}


def test_failed_and_blocked_jobs_fail_the_group(world):
    """The error names each with the first line of why."""
    category = decided(world, "A", "B", "C", "D")
    begun(category, "A", State.FAILED, "ORA-00942: no table\nmore")
    begun(category, "B", State.SKIPPED, "blocked: A is FAILED")
    begun(category, "C", State.SKIPPED, "blocked: X was skipped, and OnUpstreamSkip is BLOCK (y)")
    category.states |= {
        "jobs.jobs_1_1_0": "failed",
        "jobs.jobs_1_1_1": "skipped",
        "jobs.jobs_1_1_2": "skipped",
    }
    with pytest.raises(AirflowFailException) as error:
        category.run("outcome")
    assert "2 of 4 jobs did not end well" in str(error.value)
    assert f"{category.of('A')}: ORA-00942: no table\n" in str(error.value)
    assert f"{category.of('B')}: blocked: A is FAILED" in str(error.value)


def test_a_run_whose_task_is_over_is_ended(world):
    """A task that was killed wrote nothing down: its run becomes FAILED."""
    category = decided(world, "A")
    begun(category, "A")
    category.states["jobs.jobs_1_1_0"] = "failed"
    with pytest.raises(AirflowFailException, match="killed, or lost"):
        category.run("outcome")
    assert category.runs()["A"].state is State.FAILED


def test_a_success_that_was_not_written_down_is(world):
    """Airflow counts the task as a success, so its run is one."""
    category = decided(world, "A")
    begun(category, "A")
    category.run("outcome")
    assert category.runs()["A"].state is State.SUCCEEDED


def test_the_run_of_another_dag_is_left_alone(world):
    """Another DAG runs the same job for the same interval: its row is not ours to end."""
    category = decided(world, "A")
    begun(category, "A", by="another/run/0")
    category.states["jobs.jobs_1_1_0"] = "failed"
    with pytest.raises(AirflowFailException):
        category.run("outcome")
    assert category.runs()["A"].state is State.RUNNING


def test_a_job_that_a_person_marked_as_a_success_is_one(world):
    """What Airflow shows is what somebody wanted."""
    category = decided(world, "A")
    begun(category, "A", State.FAILED, "ORA-00942")
    assert category.run("outcome") == {"success": 1, "skipped": 0}


@pytest.mark.parametrize("state", [None, "removed"])
def test_a_job_whose_task_did_not_run_is_a_failure(world, state):
    """No outcome is no success."""
    category = decided(world, "A")
    category.states["jobs.jobs_1_1_0"] = state
    with pytest.raises(AirflowFailException, match="its task was not run"):
        category.run("outcome")


@pytest.mark.parametrize(
    ("state", "error"),
    [("skipped", AirflowSkipException), ("failed", AirflowFailException)],
)
def test_without_decisions_there_is_nothing_to_tell(world, state, error):
    """A group that was skipped as a whole is skipped; one that could not decide has failed."""
    category = Category(world)
    category.states = {"jobs.decide": state}
    with pytest.raises(error, match=r"jobs\.decide"):
        category.run("outcome")
