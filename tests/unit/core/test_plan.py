"""Pieces become the steps that the author wrote."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.errors import BindError, ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, StepClass, build_plan, duration_seconds
from airflow_oracle_dag.core.values import Absent, ScriptValues

C = StepClass


def plan(text: str, **parameters: object) -> Plan:
    """Return the plan of a text."""
    return build_plan(parse_script(text, name="s.sql"), ScriptValues(parameters))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("insert into t values (1);", [("step_1", C.TRANSACTIONAL, 1)]),
        ("insert into t values (1);\ncommit;", [("step_1", C.TRANSACTIONAL, 1)]),
        (
            "insert into t values (1);\ncommit;\nupdate t set n = 2;",
            [("step_1", C.TRANSACTIONAL, 1), ("step_2", C.TRANSACTIONAL, 1)],
        ),
        (
            "-- @step load\ninsert into t values (1);\ncommit;\nupdate t set n = 2;",
            [("load", C.TRANSACTIONAL, 1), ("load.2", C.TRANSACTIONAL, 1)],
        ),
        (
            "insert into t values (1);\ncreate table u (n number);\ninsert into u values (1);",
            [
                ("step_1", C.TRANSACTIONAL, 1),
                ("step_2", C.DDL, 1),
                ("step_3", C.TRANSACTIONAL, 1),
            ],
        ),
        (
            (
                "-- @step a\ncreate table u (n number);\ninsert into u values (1);\n"
                "-- @step b\nselect 1 from dual;"
            ),
            [("a", C.DDL, 1), ("a.2", C.TRANSACTIONAL, 1), ("b", C.TRANSACTIONAL, 1)],
        ),
        (  # SPUG "SET AUTOCOMMIT": each INSERT, UPDATE, DELETE, PL/SQL block is committed
            (
                "-- @step a\nset auto on\ninsert into t values (1);\nselect 1 from t;\n"
                "update t set n = 2;\nbegin null; end;\n/\nset autocommit off\n"
                "delete from t;\ndelete from u;"
            ),
            [
                ("a", C.TRANSACTIONAL, 1),
                ("a.2", C.TRANSACTIONAL, 2),
                ("a.3", C.BLOCK, 1),
                ("a.4", C.TRANSACTIONAL, 2),
            ],
        ),
        (
            "set autocommit imm\nsavepoint x;\nmerge into t using u on (1 = 1);\ncommit;",
            [("step_1", C.TRANSACTIONAL, 2)],
        ),
        ("begin null; end;\n/", [("step_1", C.BLOCK, 1)]),
        ("begin commit; end;\n/", [("step_1", C.OPAQUE, 1)]),
        ("begin load_orders(1); end;\n/", [("step_1", C.OPAQUE, 1)]),
        ("begin execute immediate 'x'; end;\n/", [("step_1", C.OPAQUE, 1)]),
        ("call load_orders(1);", [("step_1", C.OPAQUE, 1)]),
        (
            "insert into t values (1);\nbegin dbms_output.put_line('x'); end;\n/",
            [("step_1", C.BLOCK, 2)],
        ),
        (
            "-- @always\nbegin null; end;\n/\n-- @step b\nselect 1 from dual;",
            [("step_1", C.ALWAYS, 1), ("b", C.TRANSACTIONAL, 1)],
        ),
        (
            "alter session set nls_sort = binary;\nset role all;\ninsert into t values (1);",
            [("step_1", C.ALWAYS, 2), ("step_2", C.TRANSACTIONAL, 1)],
        ),
        (
            "-- @step a\nalter session set nls_sort = binary;\ninsert into t values (1);",
            [("a", C.ALWAYS, 1), ("a.2", C.TRANSACTIONAL, 1)],
        ),
        (
            "set transaction read only;\nselect 1 from dual;\ncommit;",
            [("step_1", C.READ_ONLY, 2)],
        ),
        (
            "set transaction read only;\nselect 1 from dual;\nrollback;\ndelete from t;",
            [("step_1", C.READ_ONLY, 2), ("step_2", C.TRANSACTIONAL, 1)],
        ),
        (
            "-- @step a\ninsert into t values (1);\n-- @check c after=commit\nselect 1 from dual;",
            [("a", C.TRANSACTIONAL, 1), ("a.c", C.READ_ONLY, 1)],
        ),
        (
            "insert into t values (1);\nrollback;\ninsert into t values (2);",
            [("step_1", C.TRANSACTIONAL, 3)],
        ),
        ("commit;\ncommit;\nselect 1 from dual;", [("step_1", C.TRANSACTIONAL, 1)]),
    ],
)
def test_steps(text: str, expected: List[Tuple[str, StepClass, int]]) -> None:
    """Names, classes and numbers of statements of each step."""
    made = plan(text)

    assert [(s.name, s.step_class, len(s.units)) for s in made.steps] == expected
    assert [s.no for s in made.steps] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("-- @step a\n-- @step b\nselect 1 from dual;", "empty-step", 2),
        ("-- @step a\ncommit;", "empty-step", 1),
        ("commit;", "nothing-to-run", 0),
        ("-- nothing\n", "nothing-to-run", 0),
        (
            "insert into t values (1);\nalter session set nls_sort = binary;",
            "session-statement-in-transaction",
            2,
        ),
        ("-- @always\ncreate table t (n number);", "ddl-under-always", 2),
        ("-- @always\nset transaction read only;", "transaction-statement-under-always", 2),
        ("insert into t values (1);\nset transaction read only;", "set-transaction-not-first", 2),
        ("-- @check c\ninsert into t values (1);", "check-without-select", 1),
        ("set transaction read only;\nbegin commit; end;\n/", "opaque-in-read-only", 1),
        ("alter session set container = pdb2;", "set-container", 1),
        ("alter session disable commit in procedure;", "commit-in-procedure", 1),
        ("commit force '1.2.3';", "commit-force", 1),
        (
            "create private temporary table ora$ptt_x (n number);",
            "private-temporary-table",
            1,
        ),
        (
            "insert into t values (1);\ncommit;\n-- @step step_1\nselect 1 from dual;",
            "duplicate-step-name",
            4,
        ),
    ],
)
def test_refusals(text: str, rule: str, line: int) -> None:
    """What cannot be checkpointed is refused where it stands."""
    with pytest.raises(ScriptError) as caught:
        plan(text)

    assert caught.value.rule == rule
    assert caught.value.line == line


def test_a_step_that_begins_a_transaction_is_marked_after_it() -> None:
    """SET TRANSACTION wants to be first; a READ ONLY transaction is not marked at all."""
    serializable, read_only, plain = plan(
        "set transaction isolation level serializable;\ninsert into t values (1);\ncommit;\n"
        "set transaction  read  only;\nselect 1 from dual;\ncommit;\ninsert into t values (2);"
    ).steps

    assert serializable.mark_after == 1 and not serializable.marked_by_block
    assert read_only.read_only and not read_only.is_marked
    assert plain.marked_by_block


@pytest.mark.parametrize(
    ("text", "parameters", "rule"),
    [
        ("insert into t values (:a);", {}, "missing-bind"),
        ("insert into t values (1);", {"a": 1}, "unused-bind"),
        ("create table t as select :a x from dual;", {"a": 1}, "bind-in-ddl"),
        ("insert into t values (:a);", {"a": Absent("a manual run")}, "absent-value"),
        ("-- @probe select 1 from t where n = :a\ncreate table t (n number);", {}, "missing-bind"),
    ],
)
def test_binds(text: str, parameters: dict, rule: str) -> None:  # type: ignore[type-arg]  # any value
    """A bind that cannot be given is found before anything runs."""
    with pytest.raises(BindError) as caught:
        plan(text, **parameters)

    assert caught.value.rule == rule


def test_a_near_miss_is_suggested() -> None:
    """The error names the bind that was probably meant."""
    with pytest.raises(BindError, match="did you mean :amount"):
        plan("insert into t values (:amout);", amount=1)


def test_what_a_step_is_expected_to_take_reaches_it() -> None:
    """In seconds; each part that COMMIT makes of a step has the time for itself, as its timeout."""
    text = "-- @step a expected_minutes=1.5\nupdate t set n = 1;\ncommit;\nupdate t set n = 2;\n"
    steps = plan(f"{text}-- @step b\nselect 1 from dual;").steps

    assert [step.expected for step in steps] == [90, 90, None]


def test_probe_timeout_and_repeatable_reach_the_step() -> None:
    """Annotations belong to the step in which their statement stands."""
    (load,) = plan(
        "-- @step load timeout=2h repeatable\n-- @probe select 1 from dual\nbegin commit; end;\n/"
    ).steps

    assert load.timeout == 7200 and load.repeatable
    assert load.probe is not None and load.probe.sql == "select 1 from dual"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400)]
)
def test_durations(text: str, seconds: int) -> None:
    """A number and a unit."""
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "0s", "1.5h", "-1s", "10", "1w"])
def test_durations_that_are_none(text: str) -> None:
    """Anything else is an error that shows what to write."""
    with pytest.raises(ValueError, match="90s, 30m, 2h or 1d"):
        duration_seconds(text)


@pytest.mark.parametrize(
    ("text", "step_class"),
    [
        ("begin load(1); end;\n/", C.BLOCK),
        ("call load(1);", C.BLOCK),
        ("exec dbms_stats.gather_table_stats(user, 'T')", C.BLOCK),
        ("begin savepoint a; rollback to a; end;\n/", C.BLOCK),
        ("insert into t values (1);", C.TRANSACTIONAL),
    ],
)
def test_atomic_strict_makes_calls_clean(text: str, step_class: StepClass) -> None:
    """What is called cannot end the transaction; its id is compared all the same."""
    (step,) = plan(f"-- @step a atomic=strict\n{text}").steps

    assert (step.step_class, step.strict, step.calls) == (step_class, True, ())
    assert step.may_end_transaction


@pytest.mark.parametrize(
    ("text", "rule", "line", "message"),
    [
        ("begin load; commit; end;\n/", "strict-ends-transaction", 2, "its own text has COMMIT"),
        ("begin rollback; end;\n/", "strict-ends-transaction", 2, "has ROLLBACK"),
        (
            "insert into t values (1);\nbegin execute immediate 'x'; end;\n/",
            "strict-ends-transaction",
            3,
            "dynamic SQL",
        ),
        ("begin if; end;\n/", "strict-ends-transaction", 2, "could not be read"),
        ("create table u (n number);", "strict-ddl", 2, "DDL statement commits by itself"),
    ],
)
def test_atomic_strict_refuses_what_it_cannot_keep(
    text: str, rule: str, line: int, message: str
) -> None:
    """What the text itself commits is seen before anything runs."""
    with pytest.raises(ScriptError, match=message) as caught:
        plan(f"-- @step a atomic=strict\n{text}")

    assert (caught.value.rule, caught.value.line) == (rule, line)
    assert "atomic=strict" in str(caught.value) and caught.value.cure


def test_calls_are_kept_only_where_they_alone_make_a_step_opaque() -> None:
    """A look behind them could not help a step that commits itself."""
    made = plan(
        "begin load(1); x := y.z; end;\n/\ncommit;\nbegin load; commit; end;\n/\ncommit;\n"
        "begin load; dbms_transaction.commit; end;\n/\n"
    )

    assert [step.step_class for step in made.steps] == [C.OPAQUE] * 3
    assert [{call.name for call in step.calls} for step in made.steps] == [
        {"LOAD", "X", "Y.Z"},
        set(),
        set(),
    ]
    assert all(step.opaque_because.startswith("line ") for step in made.steps)
