"""What a look behind the calls of a script makes of its plan."""

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, StepClass, build_plan
from airflow_oracle_dag.core.proven import (
    Member,
    Proof,
    behind_set_role,
    calls_hash,
    noted,
    refined,
    schemas,
    stamp_of,
)
from airflow_oracle_dag.core.values import ScriptValues

STAMP = stamp_of([Member("ETL", "LOAD", "PROCEDURE", "2026-01-01 00:00:00")])


def plan(text: str) -> Plan:
    """Return the plan of a text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues())


def classes(made: Plan) -> list[Any]:
    """Return the classes of a plan's steps."""
    return [step.step_class for step in made.steps]


CALLS = "begin load; end;\n/\ncommit;\nbegin other; end;\n/\n"


def test_what_is_proven_is_a_block_and_notes_it() -> None:
    """The proof and the schema go with the step; what is in doubt says why."""
    made = plan(CALLS)
    proofs = {1: Proof("h", "", STAMP), 2: Proof("i", "reaches X, which has COMMIT", STAMP)}

    clean, doubtful = refined(made, proofs, {1: "ETL/", 2: "ETL/"}, frozenset()).steps

    assert (clean.step_class, clean.code_place) == (StepClass.BLOCK, "ETL/")
    assert noted(clean.evidence) == ("h", STAMP)
    assert clean.opaque_because == "" and clean.may_end_transaction and clean.is_believed
    assert doubtful.step_class is StepClass.OPAQUE and doubtful.evidence is None
    assert doubtful.opaque_because == "line 4: reaches X, which has COMMIT"


def test_a_text_that_ended_its_transaction_is_not_believed() -> None:
    """Whatever the proof says, and also where there was nothing to prove."""
    made = plan(CALLS + "commit;\nbegin null; end;\n/\ncommit;\ninsert into t values (1);")
    proofs = {1: Proof("h", "", STAMP), 2: Proof("i", "", STAMP)}
    committers = {made.steps[0].text_hash, *(step.text_hash for step in made.steps[2:])}

    after = refined(made, proofs, dict.fromkeys(range(1, 5), "ETL/"), committers)

    opaque = StepClass.OPAQUE
    assert classes(after) == [opaque, StepClass.BLOCK, opaque, opaque]
    assert all(
        "ended its transaction in an earlier run" in after.steps[n].opaque_because
        for n in (0, 2, 3)
    )


def test_the_schema_of_a_step_follows_the_script() -> None:
    """ALTER SESSION SET CURRENT_SCHEMA counts for the steps behind it."""
    made = plan(
        "begin load; end;\n/\ncommit;\nalter session set current_schema = app nls_sort = binary;\n"
        'begin load; end;\n/\ncommit;\nalter session set current_schema="x y";\n'
        "begin load; end;\n/\n"
    )

    found = schemas(made, "ETL")

    assert [found[step.no] for step in made.steps] == ["ETL", "APP", "APP", "x y", "x y"]
    first, second = (calls_hash(made.steps[n], found[made.steps[n].no]) for n in (0, 2))
    assert first != second


def test_a_stamp_is_of_all_members_in_any_order() -> None:
    """A change of one of them is another stamp."""
    one, two = Member("A", "P", "PACKAGE", "1"), Member("A", "P", "PACKAGE BODY", "1")

    assert stamp_of([one, two]) == stamp_of([two, one, one])
    assert stamp_of([one, two]) != stamp_of([one, two._replace(changed="2")])
    assert stamp_of([one]) != stamp_of([one, two])


def test_other_notes_are_no_proof() -> None:
    """A DDL step notes something else."""
    assert noted(None) is None and noted("") is None
    assert noted('{"objects": []}') is None


def test_what_stands_behind_a_set_role_may_see_other_code() -> None:
    """From that step on; a step before it sees what the log-in sees."""
    made = plan(CALLS.replace("commit;", "commit;\nset role etl;"))
    assert len(made.steps) == 3
    assert behind_set_role(made) == {2, 3}
    assert behind_set_role(plan(CALLS)) == frozenset()
