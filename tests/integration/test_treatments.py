"""Errors that want a treatment of their own: what is rolled back, said, and repeated."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import InDoubt, StepFailed
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointReader

SERIAL = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
set transaction isolation level serializable;
update t_ledger set amount = amount + 1;
"""
TWICE = """\
-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two', 1);
"""


def kept(bench: Any, no: int) -> Any:
    """Return what is kept of a step's last failure."""
    return bench.sql(
        "select error_code, commits_inside, tries from odag_step "
        "where run_hash = :h and step_no = :n",
        h=bench.identity().digest,
        n=no,
    )[0]


@pytest.fixture
def deferred(bench: Any) -> Any:
    """Give a table with a constraint that is looked at by COMMIT."""
    bench.sql(
        "create table t_made (n number constraint t_made_uq unique deferrable initially deferred)"
    )
    return bench


DEFERRED = """\
-- @step fill
insert into t_ledger values ('before', 1);
insert into t_made values (1);
insert into t_made values (1);
"""


def test_a_deferred_constraint_fails_its_step(deferred: Any) -> None:
    """COMMIT rolls back work and mark: FAILED, under the constraint's own code and name."""
    with pytest.raises(
        StepFailed, match=r"(?is)T_MADE_UQ.*SET CONSTRAINTS ALL IMMEDIATE"
    ) as caught:
        deferred.run(DEFERRED)

    assert caught.value.code == "ORA-00001"
    assert deferred.states() == {"fill": "FAILED"}
    assert kept(deferred, 1) == ("ORA-00001", None, 1)
    assert deferred.ledger() == {}
    mended = DEFERRED.replace(
        "insert into t_made values (1);\n", "insert into t_made values (2);\n", 1
    )
    assert deferred.run(mended).steps[0].state is State.SUCCEEDED
    assert deferred.ledger() == {"before": 1}


def test_a_deferred_constraint_that_is_asked_early_fails_as_a_statement(deferred: Any) -> None:
    """What the error advises."""
    script = DEFERRED + "set constraints all immediate;\n"

    with pytest.raises(StepFailed, match=r"(?i)T_MADE_UQ") as caught:
        deferred.run(script)

    assert caught.value.code == "ORA-00001" and caught.value.line == 5
    assert deferred.ledger() == {}


def test_a_deferred_constraint_behind_opaque_code_is_in_doubt(deferred: Any) -> None:
    """COMMIT took the transaction away that could have been compared: nothing is guessed."""
    opaque = "begin insert into t_made values (1); insert into t_made values (1);\n"
    opaque += "if 1 = 0 then commit; end if; end;\n/\n"

    with pytest.raises(InDoubt, match="in doubt"):
        deferred.run(f"-- @step fill\n{opaque}")

    assert deferred.states() == {"fill": "IN_DOUBT"}
    assert kept(deferred, 1)[:2] == ("ORA-00001", None)


def meet_a_newer_change(bench: Any, faults: Any, times: int) -> list[str]:
    """Change the ledger in another session between a transaction's begin and its own change."""
    seen: list[str] = []

    def hook(sid: int, name: str, sql: str) -> None:
        if sql == "update t_ledger set amount = amount + 1" and len(seen) < times:
            seen.append(sql)
            with bench.target.connect() as other, other.cursor() as cursor:
                cursor.execute("update t_ledger set amount = amount + 10")
                other.commit()

    faults.on_call(hook)
    return seen


def test_a_serializable_step_is_run_once_more(bench: Any, faults: Any) -> None:
    """Its transaction met a newer change; the repetition begins behind it, and is told."""
    seen = meet_a_newer_change(bench, faults, 1)

    result = bench.run(SERIAL)

    assert len(seen) == 1
    assert bench.sql("select entry, amount from t_ledger") == [("one", 12)]
    assert [step.tries for step in result.steps] == [1, 2]
    assert result.attempt == 2
    assert any("ORA-08177" in text and "once more" in text for text in bench.said("decision"))


def test_a_serializable_step_is_not_run_a_third_time(bench: Any, faults: Any) -> None:
    """The second time it is FAILED, and left to the scheduler."""
    meet_a_newer_change(bench, faults, 2)

    with pytest.raises(StepFailed, match="serializable") as caught:
        bench.run(SERIAL)

    assert caught.value.code == "ORA-08177"
    assert kept(bench, 2) == ("ORA-08177", None, 2)
    assert bench.run(SERIAL).resumed_at == "two"
    assert bench.sql("select entry, amount from t_ledger") == [("one", 22)]


def test_a_discarded_package_state_repeats_a_step_that_left_nothing(
    bench: Any, faults: Any
) -> None:
    """Its session is new by then, and what it did was rolled back."""
    rule = faults.raise_error(4068, "existing state of packages has been discarded", sql="'two'")

    result = bench.run(TWICE)

    assert rule.fired == 1
    assert [step.tries for step in result.steps] == [1, 2]
    assert bench.ledger() == {"one": 1, "two": 1}


def test_a_discarded_package_state_never_repeats_opaque_code(bench: Any, faults: Any) -> None:
    """It fails with an explanation."""
    faults.raise_error(4068, "existing state of packages has been discarded", sql="'two'")

    with pytest.raises(StepFailed, match="compiled anew"):
        bench.run("-- @step two\nbegin insert into t_ledger values ('two', 1); commit; end;\n/\n")

    assert bench.states() == {"two": "FAILED"}
    assert kept(bench, 1) == ("ORA-04068", 0, 1)


def test_a_snapshot_that_is_too_old_is_not_repeated_at_once(bench: Any, faults: Any) -> None:
    """The same query would run for as long again; the error says how to mend it."""
    rule = faults.raise_error(1555, "snapshot too old", sql="'two'", times=5)

    with pytest.raises(StepFailed, match=r"(?s)smaller ones.*UNDO_RETENTION"):
        bench.run(TWICE)

    assert rule.fired == 1
    assert kept(bench, 2)[0] == "ORA-01555"


def test_a_failed_try_says_that_it_left_its_transaction(bench: Any) -> None:
    """Opaque code that committed and then failed: in doubt, with the reason in the row."""
    script = "-- @step load\nbegin insert into t_ledger values ('in', 1); commit;\n"
    script += "raise_application_error(-20001, 'late'); end;\n/\n"

    with pytest.raises(InDoubt):
        bench.run(script)

    assert kept(bench, 1) == ("ORA-20001", 1, 1)
    session = bench.target.connector().open()
    (tried,) = CheckpointReader(session).attempts(bench.identity().digest, 1)
    session.close()
    assert tried.commits_inside == 1


def test_a_ddl_that_was_done_is_done_though_its_block_fails(bench: Any, faults: Any) -> None:
    """The database said that the table is there; what failed was the checkpoint's own room."""
    faults.raise_error(1653, "unable to extend table", sql="UPDATE .*odag_step s", nth=2)

    result = bench.run("-- @step make\ncreate table t_made (n number);\n" + TWICE)

    assert {step.state for step in result.steps} == {State.SUCCEEDED}
    assert [step.tries for step in result.steps] == [1, 1, 1]
    assert bench.ledger() == {"one": 1, "two": 1}


def test_settings_are_made_in_every_new_session(bench: Any, faults: Any) -> None:
    """Also in the one that replaces a lost session, before the step that goes on."""
    faults.cut("before", sql="'two'")

    result = bench.run(
        "-- @always setting\nalter session set nls_date_format = 'YYYY';\n"
        "-- @step one\ninsert into t_ledger values ('one', 1);\n"
        "-- @step two\ninsert into t_ledger values ('two' || length(to_char(sysdate)), 1);\n"
    )

    assert result.attempt == 2
    assert [step.tries for step in result.steps] == [2, 1, 2]
    assert bench.ledger() == {"one": 1, "two4": 1}


def test_an_error_of_ours_leaves_nothing_behind(bench: Any) -> None:
    """The session goes with its transaction, and the next try resumes."""

    class BrokenPipeInTheLog(Exception):
        pass

    runner = bench.runner(TWICE)

    def break_down(event: Any) -> None:
        if event.kind == "step" and "two" not in event.text:
            raise BrokenPipeInTheLog

    runner.observe = break_down
    with pytest.raises(BrokenPipeInTheLog):
        runner.run()

    assert bench.ledger() == {"one": 1}
    result = bench.run(TWICE)
    assert result.resumed_at == "two" and result.steps[1].tries == 2
    assert bench.ledger() == {"one": 1, "two": 1}


def test_a_doubt_left_by_a_treatment_is_answered_by_a_person(deferred: Any) -> None:
    """The way out of the doubt is the one of every doubt."""
    opaque = "-- @step fill\nbegin insert into t_made values (1); insert into t_made values (1);\n"
    opaque += "if 1 = 0 then commit; end if; end;\n/\n"
    with pytest.raises(InDoubt):
        deferred.run(opaque)

    verbs.mark_pending(
        deferred.target.connector(),
        deferred.identity(),
        "fill",
        who="alice",
        why="nothing is there",
        options=RunOptions(),
        observe=deferred.events.append,
    )

    mended = opaque.replace("values (1)", "values (2)", 1)
    assert deferred.run(mended).steps[0].state is State.SUCCEEDED
