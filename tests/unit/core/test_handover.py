"""Steps are handed over as a worker would run them, or refused before anything starts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, List, Tuple

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_values import CannotBeHanded, Value, Values, read_value
from airflow_oracle_dag.core.handover import Given, Job, Prepared, given, prepare, segments
from airflow_oracle_dag.core.joined import join_scripts
from airflow_oracle_dag.core.lint import Severity, lint_script
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.values import ScriptValues, Secret, Timestamp

RULE = "cannot-be-handed"
JOB = Job(17, "module", "key", keep_output=True, is_end=True)


def plan(text: str, run_on: str = "database", **parameters: Any) -> Plan:
    """Return the plan of a text."""
    script = parse_script(text, name="s.sql")
    return build_plan(script, ScriptValues(parameters), run_on=run_on)


def prepared(text: str, job: Job = JOB, **parameters: Any) -> Prepared:
    """Return what is handed over of a text that is one segment."""
    found = plan(text, **parameters)
    (segment,) = segments(found.steps)
    return prepare(segment.handed, [given(step, found.values) for step in segment.handed], job)


#: Of each operation, from which of its numbers on they are those of values.
VALUES_FROM = {"dml": 2, "block": 2, "statement": 2, "query": 2, "check": 2}
VALUES_FROM.update({"say": 0, "compiled": 0, "show_errors": 0})


def done(text: str, **parameters: Any) -> List[Tuple[Any, ...]]:
    """Return what is done between the blocks, with the values that numbers stand for."""
    found = prepared(text, **parameters)
    shown: List[Tuple[Any, ...]] = []
    for name, numbers in found.operations:
        at = VALUES_FROM.get(name, 1 if name == "expect" else len(numbers))
        plain, named = numbers[:at], numbers[at:]
        if name == "expect":
            plain, named = numbers[1:], numbers[:1]
        values = tuple(found.values[no - 1].value if no > 0 else None for no in named)
        if name not in ("advance", "begin"):
            shown.append((name, *plain, *values))
    return shown


@pytest.mark.parametrize(
    ("annotation", "run_on", "place"),
    [
        ("", "worker", "worker"),
        ("", "database", "database"),
        ("-- @step a run_on=worker\n", "database", "worker"),
        ("-- @step a run_on=database\n", "worker", "database"),
    ],
)
def test_a_steps_own_place_wins(annotation: str, run_on: str, place: str) -> None:
    """Else it is the run's."""
    steps = plan(f"{annotation}insert into t values (1);\ncommit;\ndelete from t;", run_on).steps

    assert [step.place for step in steps] == [place, place]


def test_a_check_after_the_commit_runs_where_its_step_does() -> None:
    """It belongs to it."""
    steps = plan(
        "-- @step a run_on=database\ninsert into t values (1);\n"
        "-- @check c after=commit\nselect 1 from t;\n-- @step b\ndelete from t;",
        "worker",
    ).steps

    assert [(step.name, step.place) for step in steps] == [
        ("a", "database"),
        ("a.c", "database"),
        ("b", "worker"),
    ]


def test_several_scripts_are_placed_alike() -> None:
    """The place of the run counts for each of them."""
    parts = [parse_script("delete from t;", name=name) for name in ("a.sql", "b.sql")]
    found = build_plan(join_scripts("both", parts), ScriptValues(), run_on="database")

    assert [step.place for step in found.steps] == ["database", "database"]


def test_consecutive_steps_of_one_place_share_a_segment() -> None:
    """@always steps go with what follows them, and are carried into later segments."""
    found = segments(
        plan(
            "alter session set nls_date_format = 'YYYY';\n"
            "-- @step a\ndelete from t;\n-- @step b\ndelete from t;\n"
            "-- @always c\nalter session set nls_date_format = 'MM';\n"
            "-- @step d run_on=database\ndelete from t;\n"
            "-- @step e\ndelete from t;\n"
            "-- @always f\nalter session set nls_date_format = 'DD';\n",
            "worker",
        ).steps
    )

    assert [
        (one.place, [s.name for s in one.carried], [s.name for s in one.steps]) for one in found
    ] == [
        ("worker", [], ["step_1", "a", "b"]),
        ("database", ["step_1"], ["c", "d"]),
        ("worker", ["step_1", "c"], ["e", "f"]),
    ]
    assert [step.name for step in found[1].handed] == ["step_1", "c", "d"]


def test_a_script_of_settings_alone_needs_no_job() -> None:
    """Nothing of it outlives its session."""
    (one,) = segments(plan("alter session set nls_date_format = 'YYYY';").steps)

    assert (one.place, len(one.steps)) == ("worker", 1)


DONE = [
    ("insert into t values (:a, :b, :a);", [("dml", 1, 1, "a", "b", "a")]),
    ("begin p(:a, :b, :a); end;\n/\n", [("block", 1, 1, "a", "b")]),
    ("call p(:b, :a, :b);", [("block", 1, 1, "b", "a")]),
    ("lock table t in exclusive mode;", [("statement", 1, 1)]),
    ("select :a from t where :a = :b;", [("query", 1, 1, "a", "a", "b")]),
    ("-- @check fine\nselect 1 from t;", [("check", 1, 1, "@check fine")]),
    ("delete from t;\nrollback;", [("dml", 1, 1), ("discard", 2, 1, 0)]),
    (
        "set transaction isolation level serializable;",
        [("fetch", 1), ("statement", 1, 1), ("mark",)],
    ),
    (
        "delete from t;\ncommit;\nset transaction read only;\nselect 1 from t;",
        [("dml", 1, 1), ("fetch", 2), ("statement", 1, 2), ("query", 2, 3)],
    ),
    (
        "-- @step a atomic=strict\ndelete from t;\nsavepoint s;\nrollback to s;\nrollback;",
        [
            ("forbid_commit",),
            ("dml", 1, 1),
            ("statement", 2, 2),
            ("allow_commit",),
            ("statement", 3, 3),
            ("forbid_commit",),
            ("discard", 4, 1, 1),
            ("allow_commit",),
        ],
    ),
    (
        "-- @on_error continue ORA-00942 ORA-01403\ndelete from t;",
        [("try", 0), ("dml", 1, 1), ("pass_some", 2, 0, 0, 942, 1403)],
    ),
    (
        "-- @expect rows >= 3\nupdate t set n = 1;",
        [("dml", 1, 1), ("expect", 5, 3, 0, "@expect rows >= 3: UPDATE")],
    ),
    ("prompt so far\ndelete from t;", [("say", "so far"), ("dml", 1, 1)]),
    (
        "create or replace procedure p is begin null; end;\n/\nshow errors\n",
        [("statement", 1, 1), ("show_errors", None, "P", "PROCEDURE", "PROCEDURE")],
    ),
    (
        "create procedure if not exists p is begin null; end;\n/\n",
        [("statement", 1, 1), ("compiled", None, "P", "PROCEDURE", "PROCEDURE")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), DONE)
def test_statements_become_operations(text: str, expected: List[Any]) -> None:
    """In order; SQL takes a value for each place of a bind, a block and CALL for each name."""
    assert done(text, **{name: name for name in "ab" if f":{name}" in text}) == expected


def test_a_script_that_goes_on_after_any_error_stops_at_some() -> None:
    """Those that lose the session or the transaction, and ours."""
    operations = dict(prepared("whenever sqlerror continue\nbegin p; end;\n/\n").operations)

    assert operations["try"] == (1,)
    assert operations["pass_all_but"][:3] == (2, 1, 0)
    assert {28, 1013, 2091, 20790, 3113} <= set(operations["pass_all_but"][3:])


def test_the_blocks_are_those_between_a_workers_steps() -> None:
    """Each ends a step and starts the next one; the first starts, the last ends, the run or not."""
    text = (
        "delete from t;\ncreate table u (n number);\nset transaction read only;\nselect 1 from u;"
    )
    for is_end in (True, False):
        job = Job(17, "module", "key", keep_output=True, is_end=is_end)
        found = prepared(text, job)
        blocks = [numbers for name, numbers in found.operations if name == "advance"]

        assert [(one[0], one[7]) for one in blocks] == [(-1, 1), (1, 2), (2, 3), (3, -1)]
        marked = [one[10] for one in blocks]
        compared, read_only = [one[5] for one in blocks], [one[6] for one in blocks]
        assert (marked, compared, read_only) == ([1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1])
        assert [one[11] for one in blocks] == [0, 0, 0, 0 if is_end else 1]
        looked_at = [[found.values[no - 1].value for no in one[12:] if no > 0] for one in blocks]
        assert looked_at == [[], ["U"], [], []]


def test_the_first_values_are_the_sessions() -> None:
    """Each has a number of its own, whatever it is; others are kept once."""
    job = Job(1, "same", "same", keep_output=True, is_end=True)
    found = prepared("delete from t where n = :n or n = :m;", job, n=1, m=1)

    heads = [(each.kind, each.value) for each in found.values[:4]]
    assert heads == [("number", 1), ("text", "same"), ("text", "same"), ("number", 1)]
    assert [each.no for each in found.values] == list(range(1, len(found.values) + 1))
    numbers = dict(found.operations)["dml"]
    assert numbers[2] == numbers[3] > 4


def test_variables_are_kept_as_they_are_given() -> None:
    """The job sets none."""
    steps = plan("delete from t;").steps
    found = prepare(steps, [Given(({},), '{"n":null}')], JOB)

    last = [numbers for name, numbers in found.operations if name == "advance"][-1]
    assert found.values[last[4] - 1].value == '{"n":null}'


READ = [
    (None, ("text", None)),
    ("é", ("text", "é")),
    ("é" * 2000, ("text", "é" * 2000)),
    (7, ("number", 7)),
    (Decimal("1.5"), ("number", Decimal("1.5"))),
    (0.5, ("number", 0.5)),
    (True, ("boolean", True)),
    (dt.date(2026, 1, 2), ("date", dt.datetime(2026, 1, 2))),
    (dt.datetime(2026, 1, 2, 3, 4, 5, 6), ("date", dt.datetime(2026, 1, 2, 3, 4, 5))),
    (
        dt.datetime(2026, 1, 2, 3, tzinfo=dt.timezone.utc),
        ("date", dt.datetime(2026, 1, 2, 3)),
    ),
    (
        Timestamp(dt.datetime(2026, 1, 2, 3, 4, 5, 6)),
        ("timestamp", dt.datetime(2026, 1, 2, 3, 4, 5, 6)),
    ),
]


@pytest.mark.parametrize(("value", "expected"), READ)
def test_a_value_has_the_type_that_a_worker_would_bind(value: Any, expected: Any) -> None:
    """Nothing of it is lost that the driver would keep."""
    assert read_value(value) == expected


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Secret("hush-hush"), "is a secret"),
        ("é" * 2001, "has 4002 bytes"),
        (float("inf"), "no finite number"),
        (float("nan"), "no finite number"),
        (b"raw", "is a bytes"),
        (dt.timedelta(1), "is a timedelta"),
    ],
)
def test_other_values_are_refused_without_being_told(value: Any, why: str) -> None:
    """A message names the type or the length, never the value."""
    with pytest.raises(CannotBeHanded, match=why) as refused:
        read_value(value)

    assert "hush" not in str(refused.value)


def test_equal_values_of_two_types_are_kept_apart() -> None:
    """1 is not TRUE, and no text."""
    values = Values()

    assert [values.number(value) for value in (1, True, "1", 1, True, "1")] == [1, 2, 3, 1, 2, 3]
    assert Value(2, "boolean", True).columns["number_value"] == 1


REFUSED = [
    ("begin :v := 1; end;\n/\n", 2, "may set the VARIABLE v"),
    ("insert into t values (1) returning n into :v;", 2, "may set the VARIABLE v"),
    ("delete from t;\nprint v\n", 3, "PRINT shows"),
    ("delete from t;\ncolumn n new_value m\nselect n from t;", 4, "COLUMN N NEW_VALUE"),
    ("alter session set edition = e2;", 2, "changes its edition"),
    ("prompt " + "x" * 4000, 2, "the text of PROMPT has more than"),
    ("delete from t where n = :secret;", 2, ":secret is a secret"),
    ("delete from t where n = :words;", 2, ":words has 5000 bytes"),
]


@pytest.mark.parametrize(("text", "line", "why"), REFUSED)
def test_what_a_job_cannot_do_is_refused(text: str, line: int, why: str) -> None:
    """With its line and the place where it can run, before anything starts."""
    values = {"secret": Secret("hush-hush"), "words": "x" * 5000}
    used = {name: value for name, value in values.items() if f":{name}" in text}
    with pytest.raises(ScriptError) as refused:
        plan(f"variable v number\n{text}\ndelete from t;\n", **used)

    error = refused.value
    assert (error.file, error.line, error.rule) == ("s.sql", line, RULE)
    assert why in str(error)
    assert "run_on=worker" in (error.cure or "")
    assert "hush" not in str(error)


def test_an_always_step_at_the_end_goes_with_the_job_before_it() -> None:
    """So it is held to what a job can do, too."""
    with pytest.raises(ScriptError, match="changes its edition") as refused:
        plan("delete from t;\n-- @always d\nalter session set edition = e2;\n")

    assert refused.value.line == 3
    assert "put it behind" in (refused.value.cure or "")


def test_a_value_of_a_query_is_not_known_in_a_job() -> None:
    """The step that takes it from a worker's query is refused."""
    with pytest.raises(ScriptError, match="a query gives &m its value") as refused:
        plan(
            "-- @step a run_on=worker\ncolumn n new_value m\nselect n from t;\n"
            "-- @step b\ndelete from t where n = &m;\n"
        )

    assert refused.value.line == 5


def test_of_several_scripts_the_file_is_named() -> None:
    """Whose line it is."""
    texts = {"a.sql": "delete from t;", "b.sql": "delete from t;\nvariable v number\nprint v\n"}
    parts = [parse_script(text, name=name) for name, text in texts.items()]
    with pytest.raises(ScriptError, match="PRINT shows") as refused:
        build_plan(join_scripts("both", parts), ScriptValues(), run_on="database")

    assert (refused.value.file, refused.value.line, refused.value.text) == ("b.sql", 3, "print v")


def test_lint_says_all_of_it() -> None:
    """Without any value, at the lines where a run would."""
    text = "-- @step a run_on=database\nvariable v number\nbegin :v := 1; end;\n/\nprint v\n"
    errors = [one for one in lint_script(text, "s.sql", ParseSettings()) if one.rule == RULE]

    assert [(one.severity, one.line) for one in errors] == [
        (Severity.ERROR, 3),
        (Severity.ERROR, 5),
    ]


@pytest.mark.parametrize("kind", ["CLOB", "CHAR(3)", "BINARY_DOUBLE"])
def test_variables_of_some_types_cannot_be_given(kind: str) -> None:
    """They would be bound as something else."""
    with pytest.raises(ScriptError, match="cannot be given to a job"):
        plan(f"variable v {kind}\ndelete from t where n = :v;\n")


def test_what_only_the_worker_runs_is_not_refused() -> None:
    """An @always step behind the last handed one, a step of its own place, what an EXIT skips."""
    found = plan(
        "variable v number\n-- @step a run_on=worker\nbegin :v := 1; end;\n/\nprint v\n"
        "-- @step b\ndelete from t where n = :v;\n"
        "-- @step c run_on=worker\ndelete from t;\n"
        "-- @always d\nalter session set edition = e2;\n"
        "-- @step e run_on=worker\ndelete from t;\nexit\nbegin :v := 2; end;\n/\n"
    )

    assert [step.place for step in found.steps if step.name in "abce"][:3] == [
        "worker",
        "database",
        "worker",
    ]
