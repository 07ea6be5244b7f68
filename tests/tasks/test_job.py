"""A job of the control table as a task: what runs, and what its rows say afterwards."""

from __future__ import annotations

import re
import signal
import threading
from datetime import timedelta

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
)

from airflow_oracle_dag.control.table import StoreUnavailable, UnknownJob
from airflow_oracle_dag.core.errors import FieldError, Undecidable
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.operators.job import job_task_of
from airflow_oracle_dag.operators.lost_job import fail_lost_job
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.runtime.errors import RunStopped, StepFailed
from tests.tasks.conftest import FRIDAY

READ_JOB = r"(?is)^\s*select\b(?!.*odag_job_run).*odag_job\b"
BAD = (
    "-- @step first\ninsert into t_effects values (:run_id, 'x');\n"
    "-- @step bad\nselect 1 from no_such;\n"
)


def task(world, **arguments):
    """Make the task of the world's job."""
    given = {"script": world.script("first", "second"), "job_name": world.job_name, **arguments}
    return OracleScriptOperator(task_id=given.pop("task_id", "load"), dag=world.dag, **given)


def job_of(operator, context):
    """Return what a task reads and writes of its job."""
    return job_task_of(operator, context, operator._identity(context).key)


def tried_again(world, **arguments):
    """Make the same task as the process of its next try does."""
    world.forget_tasks()
    return task(world, **arguments)


# -- what runs ------------------------------------------------------------------------------------


def test_a_job_of_the_day_runs_and_its_rows_say_so(world):
    """SUCCEEDED with the decision's reason, StatusFlag success, LastRunTimestamp set."""
    world.put()
    result = task(world).execute(world.context())

    assert [step["state"] for step in result["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    run, row = world.run(), world.row()
    assert (run.state, run.attempt) == (State.SUCCEEDED, 1)
    assert "2026-11-20 is a Friday in UTC" in run.reason
    assert (
        run.run_key == f"{world.dag.dag_id}/load/{world.job_name}/scheduled__{FRIDAY.isoformat()}"
    )
    assert run.due_at == FRIDAY.replace(tzinfo=None)
    assert (row.status_flag, row.last_run_timestamp) == ("success", run.started_at)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"run_condition": "MONDAY"}, "is a Friday in UTC; condition MONDAY"),
        ({"skip_flag": "YES"}, "SkipFlag is YES"),
        ({"end_date": "2026-11-19"}, "EndDate 2026-11-19 is over"),
        ({"timezone": "Asia/Tokyo", "run_condition": "not FRIDAY"}, "Friday in Asia/Tokyo"),
    ],
)
def test_a_job_that_does_not_run_is_skipped_with_the_reason(world, fields, reason):
    """The task is skipped, nothing ran, the run is SKIPPED, LastRunTimestamp stays."""
    world.put(**fields)
    with pytest.raises(AirflowSkipException, match=reason):
        task(world).execute(world.context())

    assert world.effects() == []
    assert world.run().state is State.SKIPPED
    assert reason in world.run().reason
    assert (world.row().status_flag, world.row().last_run_timestamp) == ("skipped", None)


def test_a_run_without_an_interval_is_due_when_it_may_begin(world):
    """A manual run without a logical date decides by run_after."""
    world.put()
    given = world.context(logical_date=None, data_interval_start=None, data_interval_end=None)
    task(world).execute(given)

    key = "2026-11-20T00:00:00Z"
    assert world.table.job_runs("default", key)[world.job_name].state is State.SUCCEEDED


def test_a_decision_that_was_made_is_not_made_again(world):
    """What a group has decided holds, whatever the row says since."""
    world.put(run_condition="MONDAY", skip_flag="YES")
    made = {"ShouldRunToday": True, "Reason": "the group said so"}
    task(world, decision=made).execute(world.context())
    assert world.run().reason == "the group said so"

    later = world.context(FRIDAY + timedelta(days=7))
    with pytest.raises(AirflowSkipException, match="not today"):
        task(world, task_id="b", decision={"ShouldRunToday": False, "Reason": "not today"}).execute(
            later
        )


def test_an_unknown_job_runs_nothing(world):
    """No row, no run."""
    with pytest.raises(UnknownJob, match=world.job_name):
        task(world).execute(world.context())
    assert world.effects() == []


def test_another_environment_has_other_rows(world):
    """`environment=` and the configuration choose whose rows are meant."""
    world.put(environment="production", skip_flag="YES")
    world.put()
    with pytest.raises(AirflowSkipException, match="SkipFlag"):
        task(world, environment="production").execute(world.context())
    assert world.table.job_runs("production", world.key())[world.job_name].state is State.SKIPPED
    assert world.run() is None


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"run_condition": "FRYDAY"}, Undecidable, "FRYDAY"),
        ({"timezone": "Europe/Bonn"}, Undecidable, "Europe/Bonn"),
        ({"skip_flag": "maybe"}, Undecidable, "neither yes nor no"),
        ({"run_on": "MOON"}, FieldError, "write WORKER, DATABASE or GLUE, or leave it empty"),
        ({"parameters": "{"}, Undecidable, "not JSON"),
        ({"parameters": '{"a": [1]}'}, FieldError, "a cannot be bound"),
    ],
)
def test_a_wrong_row_fails_its_job_and_is_not_skipped(world, fields, error, said):
    """The error names the value and the run is written down as FAILED."""
    world.put(**fields)
    with pytest.raises(error, match=said):
        task(world).execute(world.context())

    assert world.effects() == []
    assert world.run().state is State.FAILED
    assert said in world.run().reason
    assert world.row().status_flag == "failure"


# -- what the row names ---------------------------------------------------------------------------


def test_script_and_parameters_come_from_the_row(world):
    """The file is found and rendered as Airflow does, and the task's parameters win."""
    (world.folder / "sub").mkdir()
    (world.folder / "sub/job.sql").write_text(
        "insert into t_effects values ('{{ run_id }}', :who || ' ' || :what || :n);\n"
    )
    world.put(script="sub/job.sql", parameters='{"who": "x", "What": "row", "n": 7}')
    task(world, script=None, parameters={"who": world.job_name}).execute(world.context())

    assert world.effects() == ["row7"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("missing.sql", "no such file in .*{folder}"),
        ("../other.sql", "leads out"),
        ("a/../../other.sql", "leads out"),
        ("/etc/other.sql", "leads out"),
        ("delete from t_effects", "a row never holds SQL itself"),
        ("delete from t_effects;\n--.sql", "a row never holds SQL itself"),
        ("", "the task has no script either"),
    ],
)
def test_a_row_that_names_no_script_is_told_so(world, script, said):
    """The error names the row, the path and the folders; nothing is run."""
    world.put(script=script)
    with pytest.raises(FieldError, match=said.replace("{folder}", str(world.folder))) as caught:
        task(world, script=None).execute(world.context())

    assert caught.value.job == world.job_name
    assert world.run().state is State.FAILED


def test_a_changed_row_is_picked_up_by_the_next_try(world):
    """Script and Parameters are read anew; the decision is kept."""
    world.put(script="missing.sql")
    with pytest.raises(FieldError):
        task(world, script=None).execute(world.context())
    (world.folder / "there.sql").write_text(world.script("mended"))
    world.change(Script="there.sql", RunCondition="NEVER", SkipFlag="YES")
    tried_again(world, script=None).execute(world.context())

    assert world.effects() == ["mended"]
    assert (world.run().state, world.run().attempt) == (State.SUCCEEDED, 2)


def test_a_cleared_run_decides_anew(world):
    """A task that was cleared is no retry, and what succeeded stays so."""
    world.put()
    first = task(world)
    first.execute(world.context())
    world.change(RunCondition="MONDAY")
    with pytest.raises(AirflowSkipException, match="MONDAY"):
        tried_again(world).execute(world.context(clears=1))
    assert world.run().state is State.SUCCEEDED


def test_a_clear_of_another_task_changes_no_decision(world):
    """Only the clears of its own task count: a job that was begun goes on."""
    world.put()
    with pytest.raises(StepFailed):
        task(world, script="-- @step first\nselect 1 from no_such;\n").execute(world.context())
    world.change(RunCondition="NEVER")
    context = world.context()
    context["dag_run"].clear_number = 1
    tried_again(world, script=world.script("first")).execute(context)
    assert world.run().state is State.SUCCEEDED


def test_a_try_that_died_before_a_clear_is_skipped_by_the_next_one(world):
    """A run that a kill -9 left RUNNING is ended when the cleared task decides otherwise."""
    world.put()
    job_of(task(world), world.context()).begin()
    world.change(RunCondition="MONDAY")
    with pytest.raises(AirflowSkipException, match="MONDAY"):
        tried_again(world).execute(world.context(clears=1))
    assert world.run().state is State.SKIPPED
    assert world.row().status_flag == "skipped"


@pytest.mark.parametrize(
    "fields", [{"run_condition": "MOONDAY"}, {"skip_flag": "MAYBE"}, {"timezone": "Mars/Base"}]
)
def test_a_retry_of_an_undecided_job_decides(world, fields):
    """Nothing was decided by the try before, so nothing is kept: neither runs the job unasked."""
    world.put(**fields)
    for one in (task, tried_again):
        with pytest.raises(Undecidable):
            one(world).execute(world.context())
        assert world.run().state is State.FAILED
    assert world.run().attempt == 2
    world.put(skip_flag="YES")
    with pytest.raises(AirflowSkipException, match="SkipFlag is YES"):
        tried_again(world).execute(world.context())
    assert (world.run().state, world.effects()) == (State.SKIPPED, [])


@pytest.mark.parametrize("clears", [0, 1])
def test_a_job_that_a_group_could_not_decide_is_decided_by_its_row_as_it_is(world, clears):
    """A try, and a cleared task, fail with what is wrong by then, and run once nothing is."""
    decision = {"ShouldRunToday": False, "Reason": "x", "Error": "RunCondition 'MOONDAY': no"}
    for wrong in ("MOONDAY", "FRYDAY"):
        world.put(run_condition=wrong)
        with pytest.raises(Undecidable, match=wrong):
            tried_again(world, decision=decision).execute(world.context())
        assert world.run().state is State.FAILED
    assert world.effects() == []
    world.put(run_condition="FRIDAY")
    tried_again(world, decision=decision).execute(world.context(clears=clears))
    assert (world.run().state, world.effects()) == (State.SUCCEEDED, ["first", "second"])
    assert "condition FRIDAY" in world.run().reason


def test_a_wrong_row_that_was_mended_may_skip_its_job(world):
    """The mended row says that the job does not run today."""
    world.put(run_condition="MONDAY")
    decision = {"ShouldRunToday": False, "Reason": "x", "Error": "RunCondition 'MOONDAY': no"}
    with pytest.raises(AirflowSkipException, match="is a Friday in UTC; condition MONDAY"):
        task(world, decision=decision).execute(world.context(clears=1))
    assert (world.run().state, world.effects()) == (State.SKIPPED, [])


def test_a_job_that_began_from_a_mended_row_keeps_that_decision(world):
    """Its retry goes on, whatever is written into the row since."""
    world.put()
    decision = {"ShouldRunToday": False, "Reason": "x", "Error": "RunCondition 'MOONDAY': no"}
    with pytest.raises(StepFailed):
        task(world, script=BAD, decision=decision).execute(world.context())
    world.put(run_condition="FRYDAY")
    script = BAD.replace("select 1 from no_such", "select 1 from dual")
    tried_again(world, script=script, decision=decision).execute(world.context())
    assert world.run().state is State.SUCCEEDED


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_is_lost_at_any_call_changes_no_decision(world, faults, nth, when):
    """Job, run, upstream and begin: the retry decides as the first try would have."""
    world.put(depends_on="NOBODY_RAN_THIS")
    arguments = {"check_upstream": True}
    faults.cut(when, sql=r"(?is)odag_job", nth=nth)
    with pytest.raises((StoreUnavailable, AirflowSkipException)):
        task(world, **arguments).execute(world.context())
    faults.clear()
    with pytest.raises(AirflowSkipException, match="has no run for this interval"):
        tried_again(world, **arguments).execute(world.context())
    assert (world.run().state, world.effects()) == (State.SKIPPED, [])


# -- how it ends ----------------------------------------------------------------------------------


def test_a_failure_is_written_down_and_the_retry_resumes(world):
    """FAILED with the error; then SUCCEEDED as the second attempt, from the failed step on."""
    world.put()
    with pytest.raises(StepFailed):
        task(world, script=BAD.replace("'x'", f"'{world.job_name} first'")).execute(world.context())
    assert world.run().state is State.FAILED
    assert "ORA-00942" in world.run().reason
    assert world.row().status_flag == "failure"

    mended = BAD.replace("'x'", f"'{world.job_name} first'").replace("no_such", "dual")
    result = tried_again(world, script=mended).execute(world.context())
    assert result["resumed_at"] == "bad"
    assert (world.run().state, world.run().attempt) == (State.SUCCEEDED, 2)
    assert world.row().status_flag == "success"


def slow(world):
    """Return a script whose second step takes its time."""
    return (
        world.script("first")
        + "-- @step slow\nbegin dbms_session.sleep(60); end;\n/\n"
        + world.script("last")
    )


def when_first_is_done(world, what):
    """Call something in the main thread's stead, as soon as the first step is committed."""

    def wait():
        while not world.effects():
            pass
        what()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_a_killed_task_is_written_down_as_failed(world):
    """`on_kill` ends the run as FAILED, with the reason."""
    world.put()
    killed = task(world, script=slow(world))
    when_first_is_done(world, killed.on_kill)
    with pytest.raises(RunStopped):
        killed.execute(world.context())
    assert world.run().state is State.FAILED
    assert "Airflow asked the task to stop" in world.run().reason
    assert world.effects() == ["first"]


def test_a_kill_that_comes_before_the_script_begins_nothing(world, monkeypatch):
    """Killed while the control table was asked: nothing is run, and the run is FAILED."""
    world.put()
    killed = task(world)

    def place(job, otherwise):
        killed.on_kill()
        return otherwise

    monkeypatch.setattr("airflow_oracle_dag.operators.oracle_script.row_place", place)
    with pytest.raises(RunStopped, match="nothing was begun"):
        killed.execute(world.context())
    assert (world.run().state, world.effects()) == (State.FAILED, [])


def test_a_timeout_of_airflow_is_written_down_as_failed(world, faults):
    """AirflowTaskTimeout is no Exception, and still ends the run as FAILED."""
    world.put()

    def time_out(signum, frame):
        raise AirflowTaskTimeout("Timeout, PID: 1")

    def alarm(sid, name, sql):
        if "dbms_session.sleep" in (sql or ""):
            main = threading.main_thread().ident
            threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGALRM)).start()

    faults.on_call(alarm)
    before = signal.signal(signal.SIGALRM, time_out)
    try:
        with pytest.raises(AirflowTaskTimeout):
            task(world, script=slow(world)).execute(world.context())
    finally:
        signal.signal(signal.SIGALRM, before)
    assert world.run().state is State.FAILED
    assert "AirflowTaskTimeout" in world.run().reason


def test_a_doubt_is_written_down_as_one(world, faults):
    """IN_DOUBT in the run, failure in StatusFlag, and no retry."""
    world.put()
    opaque = "-- @step first\nbegin execute immediate 'begin commit; end;'; end;\n/\n"
    faults.cut("during", sql="begin commit; end;", times=None)
    with pytest.raises(AirflowFailException, match="in doubt"):
        task(world, script=opaque).execute(world.context())
    assert world.run().state is State.IN_DOUBT
    assert world.row().status_flag == "failure"


def test_an_end_that_cannot_be_written_hides_no_error(world, faults, caplog):
    """The task's own error is raised; that the run could not be ended is in the log."""
    world.put()
    faults.raise_error(1034, "down", sql="finish", times=None)
    faults.raise_error(1034, "down", sql=":finished", times=None)
    with pytest.raises(StepFailed):
        task(world, script="select 1 from no_such;\n").execute(world.context())
    assert world.run().state is State.RUNNING


def test_a_success_that_cannot_be_written_fails_the_task_and_is_reported_once(world, faults):
    """The retry runs nothing and writes the success."""
    world.put()
    faults.raise_error(1034, "down", sql=":finished", times=1)
    with pytest.raises(StoreUnavailable):
        task(world).execute(world.context())
    assert world.run().state is State.RUNNING

    result = tried_again(world).execute(world.context())
    assert world.effects() == ["first", "second"]
    assert result["attempt"] == 1
    assert (world.run().state, world.run().attempt) == (State.SUCCEEDED, 2)


def test_a_store_that_is_unavailable_runs_nothing_and_skips_nothing(world, faults):
    """Neither everything nor nothing: an error that is worth another try."""
    world.put()
    faults.raise_error(1034, "down", sql="odag_job", times=None)
    with pytest.raises(StoreUnavailable):
        task(world).execute(world.context())
    faults.clear()
    assert (world.effects(), world.run()) == ([], None)


def test_a_lost_task_is_ended_by_the_failure_callback(world):
    """In another process, which knows only the DAG's file: RUNNING becomes FAILED."""
    world.put()
    context = world.context()
    job_of(task(world), context).begin()
    assert world.run().state is State.RUNNING

    elsewhere = tried_again(world, job_name="{{ run_id and '" + world.job_name + "' }}")
    assert fail_lost_job in elsewhere.on_failure_callback
    fail_lost_job({**context, "task": elsewhere, "exception": None})
    assert world.run().state is State.FAILED
    assert "ended without a word" in world.run().reason


def test_the_failure_callback_leaves_other_ends_alone(world):
    """What ended, and what another run of the DAG has begun since, stays as it is."""
    world.put()
    task(world).execute(world.context())
    fail_lost_job({**world.context(), "task": tried_again(world)})
    assert world.run().state is State.SUCCEEDED

    job_of(tried_again(world), world.context(clears=1)).begin()
    fail_lost_job({**world.context(), "task": tried_again(world)})
    assert world.run().state is State.RUNNING


def test_the_author_s_failure_callbacks_are_kept(world):
    """Ours comes beside them, also where they stand in default_args."""
    calls = []
    own = task(world, on_failure_callback=calls.append)
    assert own.on_failure_callback[0] == calls.append
    world.dag.default_args["on_failure_callback"] = [calls.append]
    inherited = task(world, task_id="inherited")
    assert inherited.on_failure_callback == [calls.append, fail_lost_job]


# -- what comes before ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reason", "on_skip", "runs"),
    [
        (State.SUCCEEDED, "", "", True),
        (State.FAILED, "x", "", False),
        (State.IN_DOUBT, "x", "", False),
        (None, "", "", False),
        (State.SKIPPED, "not today", "", True),
        (State.SKIPPED, "not today", "BLOCK", False),
        (State.SKIPPED, "blocked: by another", "RUN", False),
    ],
)
def test_a_job_waits_for_what_it_depends_on(world, state, reason, on_skip, runs):
    """`check_upstream`: it runs only behind what ended well, or was skipped if its row allows."""
    before = f"{world.job_name}_BEFORE"
    world.put(name=before)
    world.put(depends_on=before, on_upstream_skip=on_skip)
    upstream = job_of(task(world, task_id="before", job_name=before), world.context())
    if state is not None:
        upstream.begin()
        world.table.finish(upstream.run, state, reason)
    dependent = task(world, check_upstream=True)
    if runs:
        dependent.execute(world.context())
        assert world.run().state is State.SUCCEEDED
    else:
        with pytest.raises(AirflowSkipException, match=f"blocked: {before}"):
            dependent.execute(world.context())
        assert world.run().state is State.SKIPPED
        assert world.effects() == []


# -- between steps --------------------------------------------------------------------------------


def test_a_flag_that_is_set_during_a_run_ends_it_between_two_steps(world, faults):
    """Finished steps stay, the run is SKIPPED; once the flag is cleared it goes on there."""
    world.put()
    arguments = {"script": world.script("first", "second", "third"), "skip_between_steps": True}

    def set_flag_in_second(sid, name, sql):
        if f"{world.job_name} second" in (sql or ""):
            world.change(SkipFlag="YES")

    faults.on_call(set_flag_in_second)
    with pytest.raises(AirflowSkipException, match="before step third: SkipFlag is YES"):
        task(world, **arguments).execute(world.context())
    faults.on_call(None)
    assert world.effects() == ["first", "second"]
    assert (world.run().state, world.row().status_flag) == (State.SKIPPED, "skipped")

    world.change(SkipFlag="NO")
    result = tried_again(world, **arguments).execute(world.context(clears=1))
    assert result["resumed_at"] == "third"
    assert world.effects() == ["first", "second", "third"]
    assert world.run().state is State.SUCCEEDED


@pytest.mark.parametrize(("asks", "runs"), [(True, False), (False, True)])
def test_a_flag_counts_at_a_retry_only_where_it_is_asked_for(world, asks, runs):
    """Without `skip_between_steps` the decision of the run is kept."""
    world.put()
    with pytest.raises(StepFailed):
        task(world, script="-- @step first\nselect 1 from no_such;\n").execute(world.context())
    world.change(SkipFlag="YES")
    retry = tried_again(world, skip_between_steps=asks, script=world.script("first"))
    if runs:
        retry.execute(world.context())
    else:
        with pytest.raises(AirflowSkipException, match="SkipFlag is YES"):
            retry.execute(world.context())
    assert world.run().state is (State.SUCCEEDED if runs else State.SKIPPED)


def test_a_try_that_died_is_skipped_by_the_next_one(world):
    """A run that a kill -9 left RUNNING becomes SKIPPED when the flag was set meanwhile."""
    world.put()
    job_of(task(world), world.context()).begin()
    world.change(SkipFlag="YES")
    with pytest.raises(AirflowSkipException):
        tried_again(world, skip_between_steps=True).execute(world.context())
    assert world.run().state is State.SKIPPED


@pytest.mark.parametrize("asks", [True, False])
def test_asking_between_steps_costs_one_read_each(world, faults, asks):
    """Ten steps have nine boundaries; without the option nothing is read there."""
    world.put()
    seen = []
    faults.on_call(lambda sid, name, sql: seen.append(sql or ""))
    names = [f"s{n}" for n in range(10)]
    task(world, script=world.script(*names), skip_between_steps=asks).execute(world.context())
    faults.on_call(None)
    reads = [sql for sql in seen if re.search(READ_JOB, sql)]
    assert len(reads) == (10 if asks else 1)


def test_a_flag_that_cannot_be_read_between_steps_fails_the_task_resumably(world, faults):
    """Neither skipped nor gone on: StoreUnavailable, and the finished step is committed."""
    world.put()
    flagged = task(world, skip_between_steps=True)
    faults.raise_error(1034, "down", sql=READ_JOB, nth=2, times=2)  # the first try decides
    with pytest.raises(StoreUnavailable):
        flagged.execute(world.context())
    faults.clear()
    assert world.effects() == ["first"]
    assert world.run().state is State.FAILED
    assert tried_again(world).execute(world.context())["resumed_at"] == "second"


def test_a_session_that_was_lost_between_two_questions_is_opened_anew(world, faults):
    """Steps take hours; the question asks once more before it gives up."""
    world.put()
    faults.raise_error(3113, "lost", sql=READ_JOB, nth=3, times=1)  # the second question
    script = world.script("first", "second", "third")
    task(world, script=script, skip_between_steps=True).execute(world.context())
    assert world.run().state is State.SUCCEEDED
