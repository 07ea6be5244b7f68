"""Steps that AWS Glue runs are attempts like any others: begun once, found again, settled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime import pulse
from airflow_oracle_dag.runtime.carriers import token
from airflow_oracle_dag.runtime.errors import (
    CarrierBusy,
    CarrierRefused,
    InDoubt,
    JobLost,
    JobNotStarted,
    NotAdopted,
    RunStopped,
    StepFailed,
)
from airflow_oracle_dag.runtime.stopping import stop_attempt
from tests.integration.glue_runs import EVERYTHING, MIXED, GlueRuns
from tests.integration.handed_jobs import handed, held, until

ADD = "insert into t_ledger values ('{}', 1);\n"


@pytest.fixture(autouse=True)
def _gate(bench: Any) -> None:
    """Give the row that a test may lock to hold a process where it is."""
    bench.sql("insert into t_numbers values (1)")


@pytest.fixture
def glue(bench: Any) -> GlueRuns:
    """Give what carries steps."""
    return GlueRuns(bench)


def run(bench: Any, glue: GlueRuns, text: str = MIXED, **options: Any) -> Any:
    """Run a script whose steps may be carried."""
    return bench.run(text, carriers={"glue": glue}, **options)


def handover(bench: Any, attempt: int = 2) -> dict[str, Any]:
    """Return the row of an attempt that was handed over."""
    names = (
        "place, job_name, external_job, external_id, external_region, claimed_at, ended_at,"
        " ending, error_text, dpu_seconds"
    )
    ((row),) = bench.sql(
        f"select {names} from odag_handover where run_hash = :h and attempt = :a",
        h=bench.identity().digest,
        a=attempt,
    )
    return dict(zip(names.replace(",", " ").split(), row))


def test_a_glue_run_works_between_the_workers_steps(bench: Any, glue: GlueRuns) -> None:
    """It is the attempt that was reserved; output, rows and states are as a worker has them."""
    result = run(bench, glue)

    assert bench.ledger() == EVERYTHING
    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4
    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert [step.rows for step in result.steps] == [1, 2, 0, 1]
    assert result.steps[1].output == ("said second",)
    assert any("said third" in text for text in bench.said("output"))
    glue.settle()
    row = handover(bench)
    assert (row["external_job"], row["external_id"]) == ("etl", "jr_0")
    assert (row["ending"], row["external_region"]) == ("SUCCEEDED", "eu-central-1")


def test_places_may_alternate(bench: Any, glue: GlueRuns) -> None:
    """Each segment is an attempt of its own, @always steps are run in each of its sessions."""
    text = (
        "-- @always tag\nbegin dbms_application_info.set_client_info('tagged'); end;\n/\n"
        + "".join(
            f"-- @step s{no} run_on={place}\n{ADD.format(f's{no}')}"
            for no, place in enumerate(["glue", "worker", "glue", "database", "glue"])
        )
    )

    result = run(bench, glue, text)

    assert bench.ledger() == dict.fromkeys(["s0", "s1", "s2", "s3", "s4"], 1)
    assert [step.attempt for step in result.steps] == [8, 2, 3, 4, 6, 8]
    assert [step.tries for step in result.steps] == [5, 1, 1, 1, 1, 1]
    assert len(glue.runs) == 3


def test_what_variables_hold_goes_there_and_comes_back(bench: Any, glue: GlueRuns) -> None:
    """The process reads it from the rows, as whoever resumes does."""
    text = (
        "variable n number\n-- @step a\nbegin :n := 20; end;\n/\n"
        "-- @step b run_on=glue\nbegin :n := :n + 1; end;\n/\n"
        "insert into t_ledger values ('b', :n);\n"
        "-- @step c\ninsert into t_ledger values ('c', :n * 2);\nprint n\n"
    )

    result = run(bench, glue, text)

    assert dict(bench.sql("select entry, amount from t_ledger")) == {"b": 21, "c": 42}
    assert result.variables == {"n": 21}


def test_a_variable_that_holds_a_secret_stays_here(bench: Any, glue: GlueRuns) -> None:
    """It is refused before anything is reserved, with its line."""
    text = (
        "variable t varchar2(30)\n-- @step a\nbegin :t := :token; end;\n/\n"
        "-- @step b run_on=glue\ninsert into t_ledger values (:t, 1);\n"
    )
    with pytest.raises(ScriptError, match="a secret went into") as refused:
        run(bench, glue, text, parameters={"token": Secret("hush-glue")})

    assert (refused.value.line, glue.runs) == (6, [])


def test_a_secret_of_the_workers_step_does_not_travel(bench: Any, glue: GlueRuns) -> None:
    """The process has another text in its place, and the steps are the same."""
    text = MIXED.replace("values ('first', 1)", "values (:token, 1)")
    glue.withhold = True

    result = run(bench, glue, text, parameters={"token": Secret("hush-glue")})

    assert [step.state for step in result.steps] == [State.SUCCEEDED] * 4


def test_the_session_there_has_the_zone_of_the_one_here(bench: Any, glue: GlueRuns) -> None:
    """CURRENT_DATE is not the day of a process that lives in another zone."""

    def connect() -> Any:
        connection = bench.target.connect()
        with connection.cursor() as cursor:
            cursor.execute("alter session set time_zone = '+05:30'")
        return connection

    zone = "insert into t_ledger select to_char(current_timestamp, 'TZH:TZM'), 1 from dual;\n"
    run(bench, glue, f"-- @step a\n{zone}-- @step b run_on=glue\n{zone}", connect=connect)

    assert bench.ledger() == {"+05:30": 2}


def test_who_comes_while_it_runs_attaches(bench: Any, glue: GlueRuns) -> None:
    """Nobody starts a second run, whoever comes how often; who does not wait is told for what."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, MIXED, carriers={"glue": glue})
        assert (waiting.first_step, waiting.last_step, waiting.attempt) == (2, 3, 2)
        assert (waiting.place, waiting.external_job) == ("glue", "etl")
        assert (waiting.external_id, waiting.external_region) == ("jr_0", "eu-central-1")
        until(lambda: bench.states()["second"] == "RUNNING")
        assert handed(bench, MIXED, carriers={"glue": glue}).external_id == "jr_0"

    result = run(bench, glue, waited_for=2)

    assert (len(glue.runs), result.finished_before) == (1, False)
    assert result.steps[2].output == ("said third",)
    assert bench.ledger() == EVERYTHING


def test_a_second_run_of_an_attempt_does_nothing(bench: Any, glue: GlueRuns) -> None:
    """One of them claims it; the other says why it ends, and the first one's id is kept."""
    glue.twice = True

    run(bench, glue)
    glue.settle()

    assert bench.ledger() == EVERYTHING
    idle = [one for one in glue.runs if isinstance(one.error, NotAdopted)]
    assert len(glue.runs) == 2 and len(idle) == 1
    assert "another process is it already" in str(idle[0].error) or "it has ended" in str(
        idle[0].error
    )
    (worker,) = [one for one in glue.runs if one not in idle]
    assert handover(bench)["external_id"] == worker.id


@pytest.mark.parametrize("what", [CarrierBusy("the answer was lost"), KeyboardInterrupt()])
def test_a_run_whose_id_was_lost_is_found_again(
    bench: Any, glue: GlueRuns, what: BaseException
) -> None:
    """By whoever began it, or by who comes after that one died."""

    def lose() -> None:
        glue.lose = None
        raise what

    glue.lose = lose
    with ThreadPoolExecutor(1) as pool:
        with held(bench, "update t_numbers set n = n"):
            if isinstance(what, KeyboardInterrupt):
                with pytest.raises(KeyboardInterrupt):
                    run(bench, glue)
                assert handover(bench)["external_region"] is None
            running = pool.submit(run, bench, glue)
            until(lambda: glue.runs and handover(bench)["external_region"])
        running.result(30)

    assert (len(glue.runs), handover(bench)["external_id"]) == (1, "jr_0")
    assert handover(bench)["external_region"] == "eu-central-1"
    assert bench.ledger() == EVERYTHING


def test_a_service_that_is_busy_is_asked_again(bench: Any, glue: GlueRuns) -> None:
    """For as long as it takes; it is said once, and each look at the rows goes on."""
    busy = iter([CarrierBusy("ConcurrentRunsExceededException"), CarrierBusy("Throttling")])

    def refuse() -> None:
        for error in busy:
            raise error

    glue.refuse = refuse
    glue.silent = 2

    result = run(bench, glue)

    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    said = bench.said("wait")
    assert sum("ConcurrentRunsExceeded" in text for text in said) == 1, said
    assert sum("cannot be asked" in text for text in bench.said("notice")) >= 1


def test_who_does_not_wait_comes_back_to_a_service_that_is_busy(bench: Any, glue: GlueRuns) -> None:
    """What is waited for has no id; the next call tries once more."""

    def refuse() -> None:
        glue.refuse = None
        raise CarrierBusy("ConcurrentRunsExceededException")

    glue.refuse = refuse
    waiting = handed(bench, MIXED, carriers={"glue": glue})
    assert (waiting.external_id, glue.runs) == (None, [])

    run(bench, glue, waited_for=waiting.attempt)

    assert (len(glue.runs), bench.ledger()) == (1, EVERYTHING)


def test_a_refusal_leaves_what_a_retry_goes_on_with(bench: Any, glue: GlueRuns) -> None:
    """The attempt stays reserved, and the next try begins it."""

    def refuse() -> None:
        glue.refuse = None
        raise CarrierRefused("there is no Glue job etl\n  To mend it: oracle-dag glue deploy")

    glue.refuse = refuse
    with pytest.raises(CarrierRefused, match="no Glue job etl"):
        run(bench, glue)
    assert list(bench.states().values()) == ["SUCCEEDED", *["PENDING"] * 3]

    result = run(bench, glue)

    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert bench.ledger() == EVERYTHING


def test_who_has_no_way_to_glue_waits_for_what_runs_there(bench: Any, glue: GlueRuns) -> None:
    """Who looks sees its session, and leaves what has not begun to those who can begin it."""
    glue.idle = True
    waiting = handed(bench, MIXED, carriers={"glue": glue})
    elsewhere = MIXED.replace("run_on=glue", "run_on=worker")
    assert handed(bench, elsewhere).attempt == waiting.attempt

    with held(bench, "update t_numbers set n = n"):
        glue.start(glue.runs[0])
        until(lambda: bench.states()["second"] == "RUNNING")
        assert handed(bench, elsewhere).attempt == waiting.attempt

    result = bench.run(elsewhere)
    assert [step.attempt for step in result.steps] == [1, 2, 2, 3]
    assert bench.ledger() == EVERYTHING


@pytest.mark.parametrize(
    ("statement", "error", "said"),
    [
        ("insert into t_missing values (1);", StepFailed, "ORA-00942"),
        ("-- @check loaded\nselect 0 as loaded from dual;", StepFailed, "LOADED = 0"),
        ("begin commit; raise_application_error(-20001, 'no'); end;\n/", InDoubt, "in doubt"),
    ],
)
def test_an_error_there_is_told_here(
    bench: Any, glue: GlueRuns, statement: str, error: Any, said: str
) -> None:
    """With its line; the step is settled there, once, and the retry resumes at it."""
    text = MIXED.replace("begin insert into t_ledger values ('third', 1);", f"{statement}\nbegin")

    with pytest.raises(error, match=said):
        run(bench, glue, text)

    assert bench.ledger() == {"first": 1, "second": 1}
    assert any("step 3/4 third" in text for text in bench.said("failure"))
    glue.settle()
    row = handover(bench)
    assert row["ending"] == "FAILED" and said in row["error_text"]
    if error is InDoubt:
        bench.mark_done("third")
    result = run(bench, glue, text if error is InDoubt else MIXED)
    assert result.steps[3].state is State.SUCCEEDED


def test_a_step_there_has_its_time_limit(bench: Any, glue: GlueRuns) -> None:
    """The process looks at the clock itself; whoever waits stops nothing."""
    text = MIXED.replace("@step second run_on=glue", "@step second run_on=glue timeout=1s")
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, text, carriers={"glue": glue})
        assert waiting.deadlines == {}
        with pytest.raises(StepFailed, match="longer than"):
            run(bench, glue, text, waited_for=2)

    assert glue.stopped == []


@pytest.mark.parametrize("state", ["FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED"])
def test_a_run_that_ends_before_its_first_row_is_told(
    bench: Any, glue: GlueRuns, state: str
) -> None:
    """Only the service knows of it; the step is left to a retry, which is a new attempt."""
    glue.idle = True
    waiting = handed(bench, MIXED, carriers={"glue": glue})
    glue.runs[0].state, glue.runs[0].said = state, "no module named oracledb"
    glue.idle = False

    with pytest.raises(JobLost, match=f"{state} no module named oracledb"):
        run(bench, glue, waited_for=waiting.attempt)

    result = run(bench, glue)
    assert [step.tries for step in result.steps] == [1] * 4
    assert bench.ledger() == EVERYTHING


def test_a_process_that_comes_too_late_does_nothing(bench: Any, glue: GlueRuns) -> None:
    """Another attempt holds the run by then."""
    glue.idle = True
    handed(bench, MIXED, carriers={"glue": glue})
    glue.runs[0].state = "FAILED"
    glue.idle = False
    run(bench, glue)

    glue.runs[0].state = "RUNNING"
    glue.start(glue.runs[0])
    glue.settle()

    assert "holds the run by now" in str(glue.runs[0].error)
    assert bench.ledger() == EVERYTHING


def test_another_script_is_not_run_there(bench: Any, glue: GlueRuns) -> None:
    """The process compares what is done; it ends, and whoever waits is told why."""
    glue.edit = lambda text: text.replace("('first', 1)", "('first', 2)")

    with pytest.raises(JobLost, match="step first") as told:
        run(bench, glue)

    assert "first" in str(told.value)
    glue.edit = None
    assert run(bench, glue).steps[3].state is State.SUCCEEDED
    assert bench.ledger() == EVERYTHING


def test_a_run_that_nobody_starts_is_removed(bench: Any, glue: GlueRuns) -> None:
    """It would claim nothing any more."""
    glue.idle = True
    glue.first = "WAITING"

    with pytest.raises(JobNotStarted, match=r"quotas of AWS Glue.*it was removed"):
        run(bench, glue, start_timeout=0.1)

    assert (glue.runs[0].state, bench.ledger()) == ("STOPPED", {"first": 1})


@pytest.mark.parametrize(("every", "stopped"), [(0.05, []), (60.0, ["jr_0"])])
def test_who_stops_waiting_stops_the_run(
    bench: Any, glue: GlueRuns, monkeypatch: pytest.MonkeyPatch, every: float, stopped: list[str]
) -> None:
    """Its process hears of the wish, or is ended when it does not; the next try resumes."""
    monkeypatch.setattr(pulse, "LOOK_EVERY", every)
    runner = bench.runner(MIXED, carriers={"glue": glue})
    with ThreadPoolExecutor(1) as pool, held(bench, "update t_numbers set n = n"):
        running = pool.submit(runner.run)
        until(lambda: bench.states().get("second") == "RUNNING")
        runner.cancel("enough")
        with pytest.raises(RunStopped):
            running.result(30)
    glue.settle()

    assert glue.stopped == stopped
    assert run(bench, glue).steps[3].state is State.SUCCEEDED
    assert bench.ledger() == EVERYTHING


def test_a_wish_to_stop_is_heard_there(
    bench: Any, glue: GlueRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any privilege, by the process itself; who looks at the rows sees that it lives."""
    monkeypatch.setattr(pulse, "LOOK_EVERY", 0.05)
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench, MIXED, carriers={"glue": glue})
        until(lambda: bench.states()["second"] == "RUNNING")
        changed = "select claimed_at, changed_at from odag_handover where run_hash = :h"
        until(lambda: len(set(bench.sql(changed, h=waiting.run_hash)[0])) == 2)
        stopped = stop_attempt(bench.target.connector(), None, waiting.run_hash, 2, "ann", "enough")
    glue.settle()

    assert stopped.over, stopped.text
    assert isinstance(glue.runs[0].error, RunStopped)
    assert "ann: enough" in str(glue.runs[0].error)
    assert run(bench, glue).steps[3].state is State.SUCCEEDED
    assert bench.ledger() == EVERYTHING


def test_what_is_to_stop_before_it_begins_never_does(bench: Any, glue: GlueRuns) -> None:
    """A process that comes all the same finds the wish, and the next try is another attempt."""

    def refuse() -> None:
        glue.refuse = None
        raise CarrierBusy("ConcurrentRunsExceededException")

    glue.refuse = refuse
    waiting = handed(bench, MIXED, carriers={"glue": glue})
    stopped = stop_attempt(
        bench.target.connector(), None, waiting.run_hash, waiting.attempt, "ann", "enough"
    )
    assert (stopped.over, stopped.way) == (True, "it had not begun")
    glue.begin(token(waiting.run_hash, waiting.attempt))
    glue.settle()
    assert "to stop before it begins" in str(glue.runs[0].error)

    result = run(bench, glue)

    assert [step.attempt for step in result.steps] == [1, 4, 4, 5]
    assert bench.ledger() == EVERYTHING


def test_what_it_cost_is_shared_out_to_its_steps(bench: Any, glue: GlueRuns) -> None:
    """It sums up, and is written down once; a worker's steps cost nothing."""
    glue.dpu_seconds = 3.7

    result = run(bench, glue)

    shares = [step.dpu_seconds for step in result.steps]
    assert (shares[0], shares[3]) == (None, None)
    assert result.dpu_seconds == pytest.approx(3.7)
    assert handover(bench)["dpu_seconds"] == pytest.approx(3.7)
    assert run(bench, glue).dpu_seconds == pytest.approx(3.7)


def test_what_a_run_cost_that_nobody_waited_for_is_known_later(bench: Any, glue: GlueRuns) -> None:
    """Whoever comes first asks for it."""
    glue.dpu_seconds = 1.0
    text = MIXED.replace("@step fourth", "@step fourth run_on=glue")
    handed(bench, text, carriers={"glue": glue})
    until(lambda: handover(bench)["ended_at"])

    result = run(bench, glue, text)

    assert result.finished_before
    assert result.dpu_seconds == pytest.approx(1.0)
