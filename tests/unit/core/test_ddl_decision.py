"""A DDL statement is done when what it changes changed and nothing else, and so on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.ddl import DdlStatement, Effect
from airflow_oracle_dag.core.ddl_decision import (
    ObjectFacts,
    Snapshot,
    UnreadableSnapshot,
    decide_ddl,
    read_snapshot,
)

START = 1000
TABLE = (0, "TABLE")
OLD = ObjectFacts(1, 7, 7, 100, 200)
NEW = ObjectFacts(1, 9, 9, START, START)
CHECK = ("C", 1, "ENABLED", "VALIDATED")


def look(at: int = START, user: str = "ETL", owner: str = "ETL", **found: Any) -> Snapshot:
    """Make a snapshot; it finds nothing unless told."""
    empty: dict[str, Any] = {"objects": {}, "columns": {}, "constraints": {}}
    return Snapshot(user, owner, "ORA$BASE", at, **{**empty, **found})


def table(facts: ObjectFacts = OLD, **found: Any) -> Snapshot:
    """Make a snapshot with a table in it."""
    return look(objects={TABLE: facts}, **found)


CREATE = DdlStatement(Effect.CREATE, "TABLE", None, "T")
DROP = DdlStatement(Effect.DROP, "TABLE", None, "T")
RENAME = DdlStatement(Effect.RENAME, "TABLE", None, "T", None, "U")
ADD = DdlStatement(Effect.ADD_COLUMN, "TABLE", None, "T", "C")
DROP_COLUMN = DdlStatement(Effect.DROP_COLUMN, "TABLE", None, "T", "C")
RENAME_COLUMN = DdlStatement(Effect.RENAME_COLUMN, "TABLE", None, "T", "C", "D")
ADD_CHECK = DdlStatement(Effect.ADD_CONSTRAINT, "TABLE", None, "T", "K")
DROP_CHECK = DdlStatement(Effect.DROP_CONSTRAINT, "TABLE", None, "T", "K")
RENAME_CHECK = DdlStatement(Effect.RENAME_CONSTRAINT, "TABLE", None, "T", "K", "L")
TRUNCATE = DdlStatement(Effect.TRUNCATE, "TABLE", None, "T")
ALTERED = OLD._replace(last_ddl=START)
#: What each statement finds before it, and leaves when it is done.
EFFECTS = {
    "create": (CREATE, look(), table(NEW)),
    "drop": (DROP, table(), look()),
    "rename": (RENAME, table(), look(objects={(1, "TABLE"): ALTERED})),
    "add a column": (ADD, table(), table(ALTERED, columns={0: 3})),
    "drop a column": (DROP_COLUMN, table(columns={0: 3}), table(ALTERED)),
    "rename a column": (RENAME_COLUMN, table(columns={0: 3}), table(ALTERED, columns={1: 3})),
    "add a constraint": (ADD_CHECK, table(), table(ALTERED, constraints={0: CHECK})),
    "drop a constraint": (DROP_CHECK, table(constraints={0: CHECK}), table(ALTERED)),
    "rename a constraint": (
        RENAME_CHECK,
        table(constraints={0: CHECK}),
        table(ALTERED, constraints={1: CHECK}),
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_done_and_not_done(name: str) -> None:
    """What it changes changed: done; nothing changed: not done."""
    statement, before, after = EFFECTS[name]

    assert decide_ddl(statement, before, after).done is True
    assert decide_ddl(statement, before, replace(before, at=START + 60)).done is False


def others(snapshot: Snapshot) -> list[Snapshot]:
    """Return what a snapshot becomes by one change that no statement of ours makes."""
    found = [
        replace(snapshot, objects={**snapshot.objects, (0, "VIEW"): NEW}),
        replace(snapshot, objects={**snapshot.objects, (1, "VIEW"): NEW}),
    ]
    for key, facts in snapshot.objects.items():
        changed = (
            facts._replace(object_id=55),
            facts._replace(data_object_id=55),
            facts._replace(created=START - 1 if facts == NEW else START),
            facts._replace(how_many=2),
        )
        found += [replace(snapshot, objects={**snapshot.objects, key: one}) for one in changed]
    return found


@given(st.sampled_from(sorted(EFFECTS)), st.booleans(), st.data())
def test_a_change_that_it_does_not_explain_is_unknown(
    name: str, done: bool, data: st.DataObject
) -> None:
    """Beside its own effect, or instead of it, anything else may have happened: nobody can say."""
    statement, before, after = EFFECTS[name]
    now = data.draw(st.sampled_from(others(after if done else before)))
    fresh = statement is CREATE and done and now.objects.get(TABLE, OLD).created == START
    if fresh and set(now.objects) == {TABLE}:
        return  # of a new table any number is new

    answer = decide_ddl(statement, before, now)

    assert answer.done is None
    assert answer.reason


_FACTS = st.builds(
    ObjectFacts,
    st.just(1),
    *(st.sampled_from([None, 7, 9]),) * 2,
    *(st.sampled_from([None, 100, START, START + 1]),) * 2,
)
_KEYS = st.tuples(st.sampled_from([0, 1]), st.sampled_from(["TABLE", "INDEX", "VIEW"]))
_LOOKS = st.builds(
    Snapshot,
    user=st.sampled_from(["ETL", "OTHER"]),
    owner=st.just("ETL"),
    edition=st.just("ORA$BASE"),
    at=st.just(START),
    objects=st.dictionaries(_KEYS, _FACTS, max_size=3),
    columns=st.dictionaries(st.sampled_from([0, 1]), st.sampled_from([None, 3, 4]), max_size=2),
    constraints=st.dictionaries(
        st.sampled_from([0, 1]),
        st.tuples(st.just("C"), st.sampled_from([0, 1]), st.just("ENABLED")),
    ),
    is_empty=st.sampled_from([None, True, False]),
)


@given(st.sampled_from([each[0] for each in EFFECTS.values()] + [TRUNCATE]), _LOOKS, _LOOKS)
def test_what_must_hold_of_any_two_looks(
    statement: DdlStatement, before: Snapshot, now: Snapshot
) -> None:
    """Not done: nothing that it names changed. Done: something did, and is there to be seen."""
    answer = decide_ddl(statement, before, now)

    if answer.done is False:
        assert (before.of(statement), answer.reason != "") == (now.of(statement), True)
        if not now.objects:
            assert before.is_own and now.is_own
    if answer.done and statement is not TRUNCATE:
        assert before.of(statement) != now.of(statement)
    if answer.done and statement is TRUNCATE:
        assert now.is_empty
    if answer.done and statement is DROP:
        assert now.is_own


@pytest.mark.parametrize(
    ("before", "now", "done"),
    [
        (look(), look(), False),
        (look(user="ME"), look(user="ME"), None),  # it may be hidden
        (look(), look(user="ME"), None),
        (look(user="ME"), replace(table(NEW), user="ME"), None),  # it may be as old as the step
        (look(user="ME"), replace(table(NEW._replace(created=START + 1)), user="ME"), True),
        (look(), table(NEW._replace(created=START - 1)), None),
        (look(), table(NEW._replace(created=None)), None),
        (table(), table(), False),
        (table(), table(NEW), None),
        (look(), look(objects={TABLE: NEW, (0, "INDEX"): NEW}), True),  # of its primary key
        (look(), look(objects={TABLE: NEW, (0, "TABLE PARTITION"): NEW}), True),
        (look(objects={(0, "INDEX"): OLD}), look(objects={TABLE: NEW}), None),
        (
            look(objects={(0, "TRIGGER"): OLD}),
            look(objects={(0, "TRIGGER"): OLD, TABLE: NEW}),
            True,
        ),
        (look(), look(objects={(0, "VIEW"): NEW}), None),
    ],
)
def test_a_table_that_is_made(before: Snapshot, now: Snapshot, done: bool | None) -> None:
    """It must be new, and what else has its name must be its own."""
    assert decide_ddl(CREATE, before, now).done is done


def test_a_materialized_view_without_its_end_is_unknown() -> None:
    """Its table alone is half of it."""
    statement = DdlStatement(Effect.CREATE, "MATERIALIZED VIEW", None, "T")
    whole = look(objects={(0, "MATERIALIZED VIEW"): NEW, TABLE: NEW, (0, "INDEX"): NEW})

    assert decide_ddl(statement, look(), whole).done is True
    assert decide_ddl(statement, look(), table(NEW)).done is None
    prebuilt = look(objects={(0, "MATERIALIZED VIEW"): NEW, TABLE: OLD})
    assert decide_ddl(statement, table(), prebuilt).done is True


@pytest.mark.parametrize(
    ("before", "now", "done"),
    [
        (table(), replace(look(), user="ME"), None),  # gone, or not to be seen any more
        (look(), look(), False),
        (table(), table(ALTERED), None),
        (table(), table(NEW), None),
        (look(objects={TABLE: OLD, (0, "INDEX"): OLD}), look(), True),
        (look(objects={TABLE: OLD, (0, "VIEW"): OLD}), look(), None),
        (
            look(objects={TABLE: OLD, (0, "TABLE PARTITION"): OLD}),
            table(),
            None,
        ),  # PURGE of a partitioned table, half-way
    ],
)
def test_a_table_that_is_dropped(before: Snapshot, now: Snapshot, done: bool | None) -> None:
    """Only in the session's own schema is what cannot be seen not there."""
    assert decide_ddl(DROP, before, now).done is done


@pytest.mark.parametrize(
    ("before", "now", "done"),
    [
        (table(), table(is_empty=True), True),
        (table(), table(ALTERED._replace(data_object_id=8), is_empty=True), True),
        (table(), table(is_empty=False), None),
        (table(), table(ALTERED._replace(data_object_id=8), is_empty=False), None),
        (table(), table(is_empty=None), None),
        (table(), table(NEW, is_empty=True), None),
        (table(), look(), None),
        (look(), look(), None),  # a synonym's name, which empties the table behind it
        (look(objects={(0, "SYNONYM"): OLD}), look(objects={(0, "SYNONYM"): OLD}), None),
        (replace(look(), user="ME"), replace(look(), user="ME"), None),
    ],
)
def test_a_table_that_is_truncated(before: Snapshot, now: Snapshot, done: bool | None) -> None:
    """An empty one is truncated; what is in another one may have been loaded afterwards."""
    assert decide_ddl(TRUNCATE, before, now).done is done


def test_a_constraint_of_another_table_is_unknown() -> None:
    """Names of constraints are those of a schema."""
    other = table(ALTERED, constraints={0: ("C", 0, "ENABLED", "VALIDATED")})

    assert decide_ddl(ADD_CHECK, table(), other).done is None


@pytest.mark.parametrize("state", [("ENABLED", "NOT VALIDATED"), ("DISABLED", "NOT VALIDATED")])
def test_a_constraint_that_is_not_validated_is_unknown(state: tuple[str, str]) -> None:
    """Its statement may say so, or have died before it had looked at all rows."""
    half = table(ALTERED, constraints={0: ("C", 1, *state)})

    assert decide_ddl(ADD_CHECK, table(), half).done is None


def test_rename_is_of_the_own_schema() -> None:
    """The statement RENAME names what the user owns, whatever CURRENT_SCHEMA says."""
    statement = DdlStatement(Effect.RENAME, "", None, "T", None, "U")
    _, before, after = EFFECTS["rename"]

    assert decide_ddl(statement, before, after).done is True
    assert decide_ddl(statement, replace(before, user="ME"), after).done is None


def test_what_is_not_compared() -> None:
    """A repeatable statement runs again, an undecided one is in doubt, both with their reason."""
    again = DdlStatement(Effect.REPEATABLE, because="it may")
    never = DdlStatement(Effect.UNDECIDED, because="it is ONLINE")

    assert decide_ddl(again, None, None) == decide_ddl(again, look(), table())
    assert (decide_ddl(again, None, None).done, decide_ddl(never, None, None).done) == (False, None)
    assert decide_ddl(never, look(), look()).reason == "it is ONLINE"
    assert decide_ddl(CREATE, None, look()).done is None
    assert decide_ddl(CREATE, look(), look(owner="X")).done is None
    assert decide_ddl(CREATE, look(), replace(look(), edition="E2")).done is None


def test_a_snapshot_is_read_as_it_was_written() -> None:
    """JSON with numbers for everything but names."""
    text = (
        '{"user":"A\\\\B","owner":"ETL","edition":"ORA$BASE","at":5,"objects":[[0,"TABLE",1,7,null,'
        '100,200]],"columns":[[0,3]],"constraints":[[1,"C",1,"ENABLED","VALIDATED"]]}'
    )
    found = read_snapshot(text)

    assert (found.user, found.is_own, found.at) == ("A\\B", False, 5)
    assert found.objects == {TABLE: ObjectFacts(1, 7, None, 100, 200)}
    assert (found.columns, found.constraints) == ({0: 3}, {1: CHECK})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"error":"ORA-942"}', json.dumps({"at": 1})]
)
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    """Nothing is concluded from what another version wrote, or nobody could read."""
    with pytest.raises(UnreadableSnapshot):
        read_snapshot(text)
