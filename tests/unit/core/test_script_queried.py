"""COLUMN … NEW_VALUE: what the plan knows of a value that only the run knows, and what may fill it.

SQL*Plus User's Guide and Reference, "COLUMN", "Using Substitution Variables".
"""

from __future__ import annotations

from typing import Callable, Dict, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.ddl import doubtful_because
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.filling import filled
from airflow_oracle_dag.core.mistakes import find_mistakes
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, StepClass, build_plan
from airflow_oracle_dag.core.proven import behind_set_role
from airflow_oracle_dag.core.queried import BadValue, Setter, as_text, read_column, shown
from airflow_oracle_dag.core.script import Included, ParseSettings, Piece, PieceKind, Script
from airflow_oracle_dag.core.values import ScriptValues
from tests.unit.core.growth import assert_linear

ASK = "column x new_value v\nselect a x from t;\n"


def planned(text: str) -> Plan:
    """Return the plan of a script."""
    return build_plan(parse_script(text), ScriptValues())


def last(text: str, settings: Optional[ParseSettings] = None) -> Tuple[Script, Piece]:
    """Return a script and its last piece that runs."""
    script = parse_script(text, settings=settings or ParseSettings())
    runs = (PieceKind.SQL, PieceKind.PLSQL)
    return script, [piece for piece in script.pieces if piece.kind in runs][-1]


# -- where a value comes from a query ------------------------------------------------------------

SELECT_SETS = [
    ("column x new_value v\nselect 1 x from t;\n", [Setter("X", "v")]),
    ("COL x NEW_V v FOR a10\nselect 1 x from t;\n", [Setter("X", "v")]),
    ("column x heading 'new_value q' new_value V noprint\nselect x from t;\n", [Setter("X", "v")]),
    (
        "define v = old\ncolumn x new_value v\nselect 1 x from t;\n",
        [Setter("X", "v", False, "old")],
    ),
    ('column "1a" new_value v\nselect null "1A" from t;\n', [Setter("1A", "v")]),
    ("column x -\n  new_value v\nselect 1 x from t;\n", [Setter("X", "v")]),
    (
        "column x new_value v\ncol y new_value w\ncol z new_value z\nselect /*z*/x,y+1 from t;\n",
        [Setter("X", "v"), Setter("Y", "w"), Setter("Z", "z")],
    ),
    ("column x new_value v\ncolumn y new_value w\nselect 1 x from t;\n", [Setter("X", "v")]),
    ("column x new_value v\ncolumn x format a3\nselect 1 x from t;\n", [Setter("X", "v")]),
    ("column x new_value v\ncolumn x clear\nselect 1 x from t;\n", []),
    ("column x new_value v\nclear columns\nselect 1 x from t;\n", []),
    ("column x new_value w\ncolumn x new_value v\nselect 1 x from t;\n", [Setter("X", "v")]),
    ("column x new_value v\nwith q as (select 1 x from t)\nselect x from q;\n", [Setter("X", "v")]),
]


@pytest.mark.parametrize(("text", "setters"), SELECT_SETS)
def test_a_query_sets_the_variables_that_are_used(text: str, setters: list) -> None:
    """Each query behind the COLUMN line may do it that can have the column."""
    rest = "undefine v\ndefine v = 1\n" if not setters else ""
    script = parse_script(f"{text}{rest}delete from u where a = &v;\n")
    assert [list(piece.setters) for piece in script.pieces if piece.verb in ("SELECT", "WITH")] == [
        setters
    ]


def test_a_definition_behind_the_query_is_known() -> None:
    """DEFINE and ACCEPT close the hole, until the next query."""
    text = f"{ASK}insert into t values (&v);\ndefine v = 7\ninsert into t values (&v);\n"
    script = parse_script(f"{text}select 1 x from t;\ninsert into t values ('&v');\n")
    texts = [shown(piece.text) for piece in script.pieces if piece.verb == "INSERT"]
    assert texts == [
        "insert into t values (&v.)",
        "insert into t values (7)",
        "insert into t values ('&v.')",
    ]
    assert [piece.setters for piece in script.pieces if piece.verb == "SELECT"] == [
        (Setter("X", "v"),),
        (Setter("X", "v", False, "7"),),
    ]


def test_dml_and_blocks_set_nothing() -> None:
    """What gives no rows leaves the variable as DEFINE left it."""
    _, piece = last("define v = 1\ncolumn x new_value v\nupdate t set a = 1;\ndelete from &v;\n")
    assert (piece.text, piece.holes) == ("delete from 1", ())


def test_very_many_columns_are_refused() -> None:
    """Each of them would have to be looked at for each query."""
    lines = "".join(f"column c{number} new_value v{number}\n" for number in range(101))
    assert parse_script(f"{lines[: lines.rindex('column')]}select '&' from dual;\n").pieces
    with pytest.raises(ScriptError, match="more than 100 columns"):
        parse_script(f"{lines}define a = 1\ndelete from t&a;\n")


def test_very_many_queries_share_what_they_set() -> None:
    """A query behind which nothing changed does the same as the one before."""
    queries = "select 1 x from t;\n" * 3
    script = parse_script(f"column x new_value v\n{queries}delete from t&v;\n")
    first, second, third = (piece.setters for piece in script.pieces if piece.verb == "SELECT")
    assert (first, second) == ((Setter("X", "v"),), (Setter("X", "v", True),))
    assert third == second


def test_before_the_query_it_has_no_value() -> None:
    """The value is missing where it is written, as for any other variable."""
    with pytest.raises(ScriptError, match="&v has no value") as caught:
        parse_script("column x new_value v\ndelete from &v;\nselect 1 x from t;\n")
    assert caught.value.line == 2


def test_without_variables_a_column_line_only_formats() -> None:
    """It is neither refused nor counted as ignored."""
    script = parse_script("column x new_value v\ncolumn y format a3\nselect 1 x from t;\n")
    assert [notice.text for notice in script.notices] == ["COLUMN ignored"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("column x old_value v", "OLD_VALUE"),
        ("column x new_value", "without the name"),
        ("column x new_value 1a", "without the name"),
        ("column a+b new_value v", "expression"),
        ("column x new_value v off", "together with"),
        ("column x alias y new_value v", "together with"),
        ("column x heading old_v old_value v", "OLD_VALUE"),
    ],
)
def test_lines_that_are_refused(line: str, says: str) -> None:
    """Each is refused with its line and a cure."""
    with pytest.raises(ScriptError, match=says) as caught:
        parse_script(f"commit;\n{line}\n")
    assert (caught.value.rule, caught.value.line) == ("directive-not-supported", 2)
    assert caught.value.cure
    with pytest.raises(ScriptError, match="OFF"):
        parse_script(f"{ASK}column x off\ndelete from &v;\n")


@pytest.mark.parametrize(
    "options",
    [
        "heading Clear new_value v",
        "NULL new_v NEW_VALUE v",
        "new_value v heading off entmap off",
        "hea old_value justify left new_v v wor",
        "format clear new_value v on fold_a",
        "null alias new_value v like",
    ],
)
def test_an_argument_is_no_option(options: str) -> None:
    """What an option stands before is its own, whatever it reads like."""
    assert read_column(f"column x {options.replace(' like', '')}").variable == "v"
    assert read_column(f"column x {options.replace('new_value v', '')}").clears is False


@pytest.mark.parametrize(
    "lines",
    [
        "column c alias x\ncolumn x new_value v\n",
        "column x new_value v\ncolumn c alias x\n",
        "column x alias c\ncolumn x new_value v\n",
    ],
)
def test_an_alias_of_a_column_line_is_refused(lines: str) -> None:
    """Which column then sets the variable is not certain; one that sets none may have it."""
    with pytest.raises(ScriptError, match="ALIAS") as caught:
        parse_script(f"{lines}select 1 x, 2 c from t;\ndelete from &v;\n")
    assert (caught.value.rule, caught.value.line) == ("definition", 2)
    for between in ("column c clear\ncolumn x clear\n", "clear columns\n"):
        first, second, _ = lines.split("\n")
        assert parse_script(f"{first}\n{between}{second}\nselect 1 from t;\n").pieces
    assert parse_script(f"{ASK}column c alias d\ndelete from &v;\n").pieces


def test_what_a_line_says() -> None:
    """An option's name in a heading is none."""
    assert read_column("column") == read_column("col")
    assert read_column("col x heading 'NEW_VALUE v'").variable == ""


# -- what a hole may not decide ------------------------------------------------------------------

DECIDES = [
    "@&v",
    "define w = &v",
    "define w = '&v'",
    "accept w default &v",
    "set define &v",
    "variable n number = &v",
    "whenever sqlerror exit &v",
    "exit &v",
    "column &v new_value w",
    "column c &v w",
    "column c heading a &v",
    "column c alias &v",
    "column c like &v",
    "show errors procedure &v",
    "alter &v t add b number;",
    "create &v t (a number);",
    "drop &v t;",
    "set transaction read &v;",
    "rollback &v;",
    "rollback to &v;",
    "delete from t where a = :&v;",
    "delete from t where a = :b&v;",
    "create java source named a as class a {&v}\n/",
]


@pytest.mark.parametrize("line", DECIDES)
def test_what_the_plan_must_know_is_refused(line: str) -> None:
    """A file, a setting, a variable or the kind of a statement is known before anything runs."""
    settings = ParseSettings(include=lambda request: Included(request.file, b"commit;\n"))
    with pytest.raises(ScriptError, match=r"&v has its value from a query") as caught:
        parse_script(f"{ASK}{line}\n", settings=settings)
    assert (caught.value.rule, caught.value.line) == ("queried-value", 3)
    assert caught.value.cure


def test_what_is_ignored_may_have_it() -> None:
    """Nothing that SPOOL, PROMPT and titles write has to be known."""
    script = parse_script(f"{ASK}spool &v..log\nprompt &v\nttitle '&v'\n")
    assert [notice.line for notice in script.notices] == [3, 5]
    lines = ["desc &v", "break on &v", "column f heading '&v' for &v", "compute sum of &v on a"]
    script = parse_script(ASK + "\n".join((*lines, "")))
    assert [notice.line for notice in script.notices] == [3, 4, 5, 6]


def test_a_slash_cannot_repeat_it() -> None:
    """Its value may be another one then."""
    with pytest.raises(ScriptError, match="once more"):
        parse_script(f"{ASK}select &v from t;\n/\n")


def test_the_plan_is_complete_and_careful() -> None:
    """Steps and classes are there; where the value could make more of it, the worse is assumed."""
    plan = planned(
        f"{ASK}commit;\ncreate table t_&v (a number);\nbegin p_&v; end;\n/\n"
        "commit;\nbegin dbms_output.put_line('&v'); end;\n/\n"
        "commit;\ninsert into t values ('&v', &v);\n"
    )
    assert [(step.step_class, step.queried) for step in plan.steps] == [
        (StepClass.TRANSACTIONAL, ()),
        (StepClass.DDL, ("v",)),
        (StepClass.OPAQUE, ("v",)),
        (StepClass.BLOCK, ("v",)),
        (StepClass.TRANSACTIONAL, ("v",)),
    ]
    assert "a query decides a part of it (&v)" in doubtful_because(plan.steps[1].units[0].piece)
    assert "code that a query decides (&v)" in plan.steps[2].opaque_because


def test_the_schema_behind_it_is_unknown() -> None:
    """Where ALTER SESSION gets it from a query, names may mean something else from there on."""
    plan = planned(f"{ASK}commit;\nalter session set current_schema = &v;\nbegin p; end;\n/\n")
    assert behind_set_role(plan) == {2, 3}


def test_drift_is_of_the_text_and_of_what_was_defined() -> None:
    """A value that only the run knows is no part of the fingerprint; its COLUMN line is."""

    def hashes(text: str) -> Tuple[str, str]:
        step, *_ = planned(text).steps
        return step.text_hash, step.values_hash

    use = "commit;\ndelete from u where a = '&v';\n"
    first = hashes(f"{ASK}{use}")
    assert hashes(f"{ASK}{use}") == first
    assert hashes(f"{ASK.replace('column x', 'column a')}{use}")[0] != first[0]
    defined = hashes(f"define v = 1\n{ASK}{use}")
    assert (defined[0], defined[1] != first[1]) == (first[0], True)
    written = parse_script(f"{ASK}{use}").pieces[-1]
    assert (written.written, written.first_text) == ("delete from u where a = '&v'",) * 2


MENDED = [
    ("column x new_value v\ncolumn y new_value w\n", "insert into u values ('&v');"),
    ("column x new_value v\ncolumn y new_value w\n", "insert into u values ('&w');"),
    ("column x new_value v\ncolumn y new_value w\n", "insert into u values ('v');"),
    ("column y new_value w\ncolumn x new_value v\n", "insert into u values (:v);"),
    ("column x new_value v\ncolumn y new_value w\ncolumn z new_value z\n", "insert into &v a;"),
]


@pytest.mark.parametrize("query", ["select 1 x, 2 y, count(*) c from t", "select q.* from q"])
def test_what_stands_behind_a_step_is_no_drift_of_it(query: str) -> None:
    """A step that is done says what its queries may have set, not what is used of it later."""
    hashes = set()
    for columns, use in MENDED[: None if " x" in query else -1]:
        script = parse_script(f"{columns}{query};\ncommit;\n{use}\n")
        step, *_ = build_plan(script, ScriptValues({"v": 1} if ":v" in use else {})).steps
        hashes.add((step.text_hash, step.values_hash))
    assert len(hashes) == 1


def test_columns_that_a_query_may_have_are_a_part_of_it() -> None:
    """A variable that it would set now has no value that was kept."""
    texts = {
        planned(f"column {column} new_value v\n{query};\n").steps[0].text_hash
        for query in ("select a b, a.c from a", "select count(*) from a")
        for column in ("b", "c", "d", "e")
    }
    assert len(texts) == 2 + 2
    for query in ("select /*+ q */* from a", "select a.* from a", 'select 1 "b" from a'):
        first, second = (
            planned(f"column {column}select 1 from t;\ncommit;\n{query};\n").steps
            for column in ("b new_value v\n", "b format a3\n")
        )
        assert first[0].text_hash == second[0].text_hash
        assert first[1].text_hash != second[1].text_hash


@pytest.mark.parametrize(
    ("query", "is_all"),
    [
        ("select * from a", True),
        ("select/**/* from a", True),
        ("select /*+ q */*, 1 a from a", True),
        ("select -- c\n * from a", True),
        ("select distinct\t* from a", True),
        ("select unique * from a", True),
        ("select all*from a", True),
        ("select 1, * from a", True),
        ("select q. * from a q", True),
        ("select */**/ from a", True),
        ("select count(*) from a", False),
        ("select count( * ) from a", False),
        ("select 1*2, 3 * 4 from a", False),
        ("select /* all */ /** **/ 1 from a", False),
        ("select sum(n)*2 from a", False),
    ],
)
def test_what_may_be_any_column(query: str, is_all: bool) -> None:
    """A star that multiplies, counts or comments is none; nor does such a query set a variable."""
    step = planned(f"column x new_value v\n{query};\n").steps[0]
    assert bool(step.units[0].piece.setters) is is_all
    assert (step.text_hash != planned(f"{query};\n").steps[0].text_hash) is is_all


def test_a_definition_that_comes_with_a_repair_is_no_drift() -> None:
    """A step whose queries cannot have the column neither asks for its variable nor sets it."""
    rest = "-- @step a\nselect count(*) n from t;\ninsert into t values (1);\n-- @step b\n{}\n"
    before = planned(rest.format("insert into u values ('x');"))
    after = planned(
        "define d = none\ncolumn d new_value d\n"
        + rest.format("select 'n' d from t;\ninsert into u values ('&d');")
    )
    assert [step.name for step in after.steps] == ["a", "b"]
    assert before.steps[0].text_hash == after.steps[0].text_hash
    assert before.steps[0].values_hash == after.steps[0].values_hash
    assert after.steps[1].units[0].piece.setters == (Setter("D", "d", False, "none"),)


def test_a_query_that_cannot_have_the_column_leaves_the_definition() -> None:
    """What DEFINE said is put in; without one, the plan says so."""
    text = "column x new_value v\nselect 1 y from t;\ndelete from u where a = &v;\n"
    assert parse_script(f"define v = 7\n{text}").pieces[-1].text == "delete from u where a = 7"
    with pytest.raises(ScriptError, match="&v has no value"):
        parse_script(text)


MANY = [
    lambda n: "column c heading " + "'\"'\"" * n + " new_value x\nselect 1 c from t;\n",
    lambda n: "column c " + "foo " * n + "\nselect 1 c from t;\n",
    lambda n: "".join(f"column a{i} alias b{i}\n" for i in range(n // 10)),
    lambda n: "".join(f"column a{i % 100} new_value v{i % 100}\n" for i in range(n // 10)),
    lambda n: (
        "".join(f"column a{i} new_value v{i}\n" for i in range(100)) + "select 1 from t;\n" * n
    ),
    lambda n: "column a new_value v\nselect " + "1 * 2 + " * n + "1 from t;\n",
    lambda n: "column a new_value v\nselect 1" + " " * n + "*" * n + " 1 from t;\n",
]


@pytest.mark.parametrize("shape", MANY)
def test_time_grows_with_the_text(shape: Callable[[int], str]) -> None:
    """Four times the text costs no more than a little over four times the time."""
    made = {size: shape(size) for size in (1000, 4000)}
    assert_linear(lambda size: find_mistakes(made[size], name="s", settings=ParseSettings()), 1000)


def test_a_hole_is_no_plain_text() -> None:
    """SET DEFINE OFF before a statement makes another one of it."""
    use = "commit;\n{}delete from u where a = '&v';\n"
    first, second = (planned(ASK + use.format(line)).steps[1] for line in ("", "set define off\n"))
    assert first.text_hash != second.text_hash


def test_a_query_that_is_held_sets_nothing_until_it_runs() -> None:
    """A DEFINE still counts behind the dot; it is the / that runs the query."""
    text = "define v = 1\ncolumn x new_value v\nselect 1 x from t\n.\ndefine w = &v\n"
    pieces = parse_script(f"{text}/\ninsert into t values ('&v&w');\n").pieces
    run = next(piece for piece in pieces if piece.kind is PieceKind.RERUN)
    assert run.setters == (Setter("X", "v", False, "1"),)
    assert shown(pieces[-1].text) == "insert into t values ('&v.1')"


@pytest.mark.parametrize("end", [".\n/", "\n/", "/", ";", "-- c;\n;", ".\n\n\n/"])
@pytest.mark.parametrize("query", ["select 1 x from t", "select '&a' x from t"])
def test_a_query_that_runs_sets_it(query: str, end: str) -> None:
    """Whatever ends it: a dot or a blank line with a / behind it is one command."""
    script = parse_script(
        f"define a = b\ncolumn x new_value v\n{query}\n{end}\ndelete from u where c = '&v';\n",
        settings=ParseSettings(reading="sqlplus"),
    )
    (asked,) = [piece for piece in script.pieces if piece.kind is PieceKind.SQL][:-1]
    assert asked.setters == (Setter("X", "v"),)


# -- what may fill it ------------------------------------------------------------------------------

GOOD = [
    ("delete from t_&v;", "2026", "delete from t_2026"),
    ("delete from &v;", "stg.orders", "delete from stg.orders"),
    ("delete from &v;", "orders@far.world", "delete from orders@far.world"),
    ("delete from t where a in (&v);", "1, 2,-3.5", "delete from t where a in (1, 2,-3.5)"),
    ("delete from t where a = &v+1;", "-7", "delete from t where a = -7+1"),
    ("delete from t&v. u;", "", "delete from t u"),
    ("delete from t where a = '&v';", "a;b -- /* & :c", None),
    ("delete from t where a = '&v\nb';", "x,y", None),
    ('delete from "&v";', "a b", None),
    ("delete /*+ &v */ from t;", "parallel(t, 4)", None),
    ("begin execute immediate 'drop table &v'; end;\n/", "t purge", None),
    ("exec p('&v')", "größer 'n".replace("'", ""), None),
    ("alter session set current_schema = &v;", "stg", None),
    ("delete from t where a = '&v';", "it''s", None),
    ("delete from t where a = '&v';", "''", None),
    ("delete from t where a = 'x&v' and b = 'y';", "'" * 4, None),
    ("delete from t where a = &v;", ".5", None),
    ("delete from t where a = &v;", "   5", None),
    ("delete from t where a in (&v);", "1.5E-5, -.5,2e3", None),
    ("delete from &v;", "größe", None),
]


@pytest.mark.parametrize(("line", "value", "text"), GOOD)
def test_a_value_takes_its_place(line: str, value: str, text: Optional[str]) -> None:
    """Names, numbers and lists of them in code; any text where quotes keep it."""
    script, piece = last(f"{ASK}{line}\n")
    made = filled(script, piece, {"v": value})
    assert made.text == (shown(piece.text).replace("&v.", value) if text is None else text)
    assert (made.statement, made.verb, made.written) == (piece.statement, piece.verb, piece.written)


BAD = [
    ("delete from t where a = '&v';", "x\ny", "control character"),
    ("delete from t where a = '&v';", "x\u2028y", "control character"),
    ("delete from t where a = '&v';", "x' or '1' = '1", "begins or ends a string"),
    ("delete from t where a = '&v';", "it's", "begins or ends a string"),
    ("delete from t where a = '&v';", "'", "begins or ends a string"),
    ("delete from t where a = '&v';", "'" * 3, "begins or ends a string"),
    ("delete from t where a = '&v' or b = 'c';", "'", "begins or ends a string"),
    ("delete from t where a = '&v' or b = 'c';", "'||'", "begins or ends a string"),
    ("delete from t where a = 'x'&v.'y';", "", "begins or ends a string"),
    ("delete from t where a = q'[&v]';", "]''[", "begins or ends a string"),
    ("delete from t where a = &v;", "1.5E- 5", "outside of strings"),
    ("delete from t where a in (&v);", ",".join("1" * 200) + " ", "outside of strings"),
    ("delete from t where a in (&v);", "1" * 100_000 + "!", "outside of strings"),
    ("delete from t where a in (&v);", "1.1e1" * 20_000 + "!", "outside of strings"),
    ("delete from t where a in (&v);", "a.b@c" * 20_000 + "!", "outside of strings"),
    ("delete from t where a = &v;", " b", "outside of strings"),
    ("delete from t where a = q'[&v]';", "a]' or 1 = 1 --", "begins or ends a string"),
    ('delete from "&v";', 'a" b "', "begins or ends a string"),
    ("delete /* &v */ from t;", "*/ x /*", "begins or ends"),
    ("delete from t where a = &v;", "1 or 1 = 1", "outside of strings"),
    ("delete from t where a = &v;", "'x'", "outside of strings"),
    ("delete from t where a = &v;", "(select 1)", "outside of strings"),
    ("delete from t where a = &v;", ":b", "outside of strings"),
    ("delete from t where a = &v;", "1; drop table t", "outside of strings"),
    ("delete from t where a = &v;", "--", "outside of strings"),
    ("begin p(&v); end;\n/", "1); commit; p(2", "outside of strings"),
    ("delete from t where a = -&v;", "-1", "begins or ends a string, a quoted name or a comment"),
    ("delete from t where a = &v'xb';", "q", "another kind of string"),
    ("delete from t where a = q&v'xb';", "", "another kind of string"),
    ("delete from t\n&v\nwhere a = 1;", "", "a blank line"),
    ("delete from t where a = '\n&v\n';", "/", "a line would begin with /"),
    ("delete from t where a = '\n&v\n';", ".", "a line would begin with ."),
    ("delete from t where a = '\n&v\n';", "@x", "a line would begin with @"),
    ("delete from t where a = '&v\n';", "x;", "a line would end with ;"),
    ("delete from t where a = '&v\n';", "x -", "a line would end with -"),
    ("delete from t where a = ';&v\n';", "", "a line would end with ;"),
    ("begin p('\n&v\n'); end;\n/", "/", "a line would begin with /"),
    ("alter session set &v = c;", "container", "leaves the database"),
    ("alter session &v commit in procedure;", "enable", "commit of the checkpoint"),
    ("drop table &v;", "ora$ptt_a", "another kind of statement"),
    ("delete from t where a = :b and c = ':&v';", "it's", "begins or ends"),
]


@pytest.mark.parametrize(("line", "value", "says"), BAD)
def test_a_value_that_changes_the_statement_is_refused(line: str, value: str, says: str) -> None:
    """It is said why, and the value is not shown."""
    script, piece = last(f"{ASK}{line}\n")
    with pytest.raises(BadValue, match=says.replace("(", r"\(")) as caught:
        filled(script, piece, {"v": value})
    assert len(value) < 3 or value not in str(caught.value)


def test_two_values_cannot_conspire() -> None:
    """What none of them could begin or end, both together cannot, either."""
    text = f"{ASK}column y new_value w\nselect a x, b y from t;\n"
    for line, values in [
        ("delete from t where a = '&v' and b = '&w';", {"v": "\\' or 1=1 --", "w": "x"}),
        ("delete from t where a = 7 &v.&w.* 2;", {"v": "-", "w": "-"}),
        ("alter session &v &w in procedure;", {"v": "enable", "w": "commit"}),
        ("delete from t where a = &v.'&w';", {"v": "q", "w": "[a]"}),
    ]:
        script, piece = last(f"{text}{line}\n")
        with pytest.raises(BadValue):
            filled(script, piece, values)


LINES = [
    "delete from t_&v where a = '&v' -- &v\n and b = &w /* &w */ and c = '&w\n&v';",
    "begin p_&v(&w, '&w', q'[&v]'); end;\n/",
    "create view v_&v as select '&w' a, &v b from \"&w\";",
]


@given(
    line=st.sampled_from(LINES),
    v=st.text("ab1;/.'\"-*@# \n,:&q[]()", max_size=6),
    w=st.text("ab1;/.'\"-*@# \n,:&q[]()", max_size=6),
)
def test_what_was_planned_is_what_runs(line: str, v: str, w: str) -> None:
    """A script with the values in it would be cut in the same places, into the same statements."""
    before = f"{ASK}column y new_value w\nselect a x, b y from t;\n"
    script, piece = last(f"{before}{line}\ncommit;\n".replace("commit;\n", ""))
    values: Dict[str, str] = {"v": v, "w": w}
    try:
        made = filled(script, piece, values)
    except BadValue:
        return
    written = line.replace("&v", v).replace("&w", w)
    again = parse_script(f"set define off\n{written}\n").pieces
    assert [each.kind for each in again] == [PieceKind.DIRECTIVE, piece.kind]
    assert again[1].text.split() == made.text.split()
    assert (again[1].statement, again[1].binds) == (piece.statement, piece.binds)


# -- what a query gives ----------------------------------------------------------------------------


def test_values_as_texts() -> None:
    """A number stands with all its digits, NULL is empty."""
    texts = [as_text(value) for value in (None, "a ", 7, -12345678901234567890, 1.5, 3.0, 0.0)]
    assert texts == ["", "a ", "7", "-12345678901234567890", "1.5", "3", "0"]


@pytest.mark.parametrize("value", [1.0000000000000002, 1e300, float("nan"), True, b"x", object()])
def test_what_is_no_text_is_refused(value: object) -> None:
    """How it is written depends on the session, or digits are lost."""
    with pytest.raises(BadValue, match="TO_CHAR"):
        as_text(value)
