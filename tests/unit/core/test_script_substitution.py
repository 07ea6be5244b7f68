"""Substitution variables: SQL*Plus User's Guide and Reference, "Using Substitution Variables"."""

from __future__ import annotations

import contextlib
import re
import time
from typing import Dict, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import BindError, DriftError, ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.resume import new_rows, resumption
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.script import ParseSettings, PieceKind, Script
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues

SECRET = "tiger-4711"


def parsed(text: str, *arguments: str, **defines: str) -> Script:
    """Parse with values."""
    return parse_script(text, name="s.sql", settings=given_values(arguments, defines))


def given_values(arguments: Tuple[str, ...], defines: Dict[str, str]) -> ParseSettings:
    """Return settings with values."""
    return ParseSettings(defines=defines, arguments=arguments)


def sent(text: str, *arguments: str, **defines: str) -> List[str]:
    """Return the statements that would be sent."""
    pieces = parsed(text, *arguments, **defines).pieces
    return [each.text for each in pieces if each.kind in (PieceKind.SQL, PieceKind.PLSQL)]


# What is written after ``define a = 1`` and ``define ab = 2``, and what is sent.
PUT = [
    ("select &a from dual;", "select 1 from dual"),  # SPUG "Using Substitution Variables"
    ("select &&a from dual;", "select 1 from dual"),
    ("select &A + &ab from dual;", "select 1 + 2 from dual"),  # names know no case
    ("select &a.b from dual;", "select 1b from dual"),  # SET CONCAT: . ends a name and goes
    ("select t&a..c from dual;", "select t1.c from dual"),
    ("select &a&ab from dual;", "select 12 from dual"),
    ("select &&a.&&ab. from dual;", "select 12 from dual"),
    ("select &&&a from dual;", "select &1 from dual"),  # not read again
    ("select '&a' from dual;", "select '1' from dual"),  # in strings
    ("select 1 -- &a\n from dual;", "select 1 -- 1\n from dual"),  # in comments of a statement
    ("select 1 /* &a */ from dual;", "select 1 /* 1 */ from dual"),
    ('select 1 "&a" from dual;', 'select 1 "1" from dual'),
    ("select '& a' from dual;", "select '1' from dual"),  # blanks before the name are skipped
    ("select '&' from dual;", "select '&' from dual"),  # nothing that could be a name follows
    ("select '&, &)' from dual;", "select '&, &)' from dual"),
    ("select 1\n&a. from dual;", "select 1\n1 from dual"),  # first in a line of a statement
    ("begin\n x := &a;\n\nend;\n/", "begin\n x := 1;\n\nend;"),
    ("begin\n x := '&ab';\nend;\n/", "begin\n x := '2';\nend;"),
    ("set transaction name '&a';", "set transaction name '1'"),
]


@pytest.mark.parametrize(("written", "expected"), PUT)
def test_a_value_is_put_in(written: str, expected: str) -> None:
    """Wherever SQL*Plus puts a value, it is put; the piece keeps what was written."""
    script = parsed(f"define a = 1\ndefine ab = 2\n{written}\n")
    piece = script.pieces[2]
    assert piece.text == expected
    assert (piece.first_line, piece.start) == (3, 27)
    assert script.source[piece.start : piece.end].decode() == written
    if piece.text != re.sub(r"[;/\s]*$", "", written) + ";" * written.endswith("/"):
        assert piece.first_text == written.rstrip(";").split("\n")[0]


# A line that defines, what uses it, and what is sent.
DEFINED = [
    ("define x = abc", "select '&x' from dual;", "select 'abc' from dual"),  # SPUG "DEFINE"
    ("DEF x=abc;", "select '&x' from dual;", "select 'abc' from dual"),
    ("define x = 'a b'", "select '&x' from dual;", "select 'a b' from dual"),
    ('define x = "a b"', "select '&x' from dual;", "select 'a b' from dual"),
    ("define x = 'it''s'", 'select 1 "&x" from dual;', 'select 1 "it\'s" from dual'),
    ("define x = ''", "select '&x' from dual;", "select '' from dual"),
    ('define x = "del"  --Windows', "select '&x' from dual;", "select 'del' from dual"),
    ("define x='a--''b' /* c */", "select q'[&x]' from dual;", "select q'[a--'b]' from dual"),
    ('define x="/* a */"', "select &x 1 from dual;", "select /* a */ 1 from dual"),
    ("define x = 'ONE-\nTWO'", "select '&x' from dual;", "select 'ONE TWO' from dual"),
    ("define x = 1\ndefine x = 2", "select &x from dual;", "select 2 from dual"),
    ("define y = 1\ndefine x = &y.2", "select &x from dual;", "select 12 from dual"),
    ("define x = 1\ndefine\ndefine x", "select &x from dual;", "select 1 from dual"),
    ("define x = 1\nundefine y", "select &x from dual;", "select 1 from dual"),
    ("define x = größe", "select '&x' from dual;", "select 'größe' from dual"),
    ("accept x default 5", "select &x from dual;", "select 5 from dual"),  # SPUG "ACCEPT"
    ("acc x number format 999 def 5 prompt 'n? '", "select &x from dual;", "select 5 from dual"),
    ("accept x char default 'a b' hide", "select '&x' from dual;", "select 'a b' from dual"),
    ("set define ^\ndefine x = 1", "select '&x', ^x from dual;", "select '&x', 1 from dual"),
    ("set def '#'\ndefine x = 1", "select #x from dual;", "select 1 from dual"),
    ("set define ^\nset define on\ndefine x=1", "select &x from dual;", "select 1 from dual"),
    ("set define off\ndefine x = 1", "select '&x' from dual;", "select '&x' from dual"),
    ("set scan off", "select '&x' from dual;", "select '&x' from dual"),
    ("set define ^\nset scan off\nset scan on\ndefine x=1", "select ^x from dual;", None),
    ("define x = 1\nset concat !", "select &x!2, &x..2 from dual;", "select 12, 1..2 from dual"),
    ("define x = 1\nset concat off", "select &x.2 from dual;", "select 1.2 from dual"),
    ("define x = 1\nset con off\nset con on", "select &x.2 from dual;", "select 12 from dual"),
    ("define x = ';'", "select 1 from dual &x", "select 1 from dual"),
    ("define x = procedure", "create or replace &x p is begin null; end;\n/", None),
    ("-- define x = 2\ndefine x = 1", "select &x from dual;", "select 1 from dual"),
    ("rem R&D\n-- R&D\ndefine x = 1", "select &x from dual;", "select 1 from dual"),
    ("define x = '--'", "select 1\n&x , 2\nfrom dual;", "select 1\n-- , 2\nfrom dual"),
]


@pytest.mark.parametrize(("lines", "statement", "expected"), DEFINED)
def test_what_defines_a_value(lines: str, statement: str, expected: str) -> None:
    """DEFINE, ACCEPT with a DEFAULT, SET DEFINE, SCAN and CONCAT, as the manual has them."""
    (found,) = sent(f"{lines}\n{statement}\n")
    if expected is None:
        expected = "select 1 from dual"
        if "create" in statement:
            expected = "create or replace procedure p is begin null; end;"
    assert found == expected


# rule, line, script
REFUSED = [
    ("undefined-variable", 1, "select '&a' from dual;\n"),
    ("undefined-variable", 2, "select 1\nfrom &t;\n"),
    ("undefined-variable", 2, "select 1\n-- R&D\nfrom dual;\n"),
    ("undefined-variable", 1, "prompt a & b\n"),
    ("undefined-variable", 1, "select 'Marks & Spencer' from dual;\n"),
    ("undefined-variable", 2, "begin\n x := '&&a..b';\nend;\n/\n"),
    ("undefined-variable", 3, "set define off\nset define on\nselect '&a' from dual;\n"),
    ("undefined-variable", 1, "/* R&D */\ncommit;\n"),
    ("undefined-variable", 3, "define a = 1\nundefine a\nselect &a from dual;\n"),
    ("undefined-variable", 1, "select &a from dual;\ndefine a = 1\n"),
    ("undefined-variable", 1, "select &1 from dual;\n"),
    ("undefined-variable", 1, "select &größe from dual;\n"),
    ("undefined-variable", 1, "define a = &b\n"),
    ("definition", 1, "define a =\nselect &a from dual;\n"),
    ("definition", 1, "define a = b c\nselect &a from dual;\n"),
    ("definition", 1, "define a = 'b\nselect &a from dual;\n"),
    ("definition", 1, "define a = 'b'c'\nselect &a from dual;\n"),
    ("definition", 1, "define = 1\nselect &a from dual;\n"),
    ("definition", 1, "define a = 'b' c\nselect &a from dual;\n"),
    ("definition", 1, "define a = b --c\nselect &a from dual;\n"),
    ("definition", 1, "accept a\nselect 1 from dual;\n"),
    ("definition", 1, "accept a prompt 'default 1'\nselect 1 from dual;\n"),
    ("definition", 1, "accept\nselect 1 from dual;\n"),
    ("variable-first", 2, "define a = commit\n&a;\n"),
    ("directive-not-supported", 1, "set define ab\nselect 1 from dual;\n"),
    ("directive-not-supported", 1, "set define 1\nselect 1 from dual;\n"),
    ("directive-not-supported", 1, "set concat ab\nselect 1 from dual;\n"),
    ("directive-not-supported", 1, "set escape on\nselect '\\&' from dual;\n"),
    # What a value makes of a statement is judged like what was written.
    ("blank-line-in-sql", 3, "define a = ''\nselect 1\n&a\nfrom dual;\n"),
    ("two-statements-on-a-line", 2, "define a = 'dual; commit'\nselect 1 from &a;\n"),
    ("unterminated-string", 2, "define a = 'it''s'\nselect '&a' from dual;\n"),
    ("rerun-dml", 3, "define a = ';'\ndelete t &a\n/\n"),
]


@pytest.mark.parametrize(("rule", "line", "source"), REFUSED)
def test_refused(rule: str, line: int, source: str) -> None:
    """What has no value, or none that is certain, is refused where it is written."""
    with pytest.raises(ScriptError) as caught:
        parsed(source)
    assert (caught.value.rule, caught.value.line) == (rule, line)
    assert caught.value.cure


def test_points_at_the_variable() -> None:
    """The error stands at the & in the line as its author sees it, whatever was put in before."""
    with pytest.raises(ScriptError) as caught:
        parsed("define long = xxxxxxxxxxxxxx\ncommit;\nselect 'ü&long', &lang from dual;\n")
    head, text, caret, cure = str(caught.value).split("\n")
    assert head.startswith("s.sql:3:18: the substitution variable &lang has no value")
    assert text.strip() == "select 'ü&long', &lang from dual;"
    assert text[caret.index("^")] == "&"
    assert "Did you mean &long?" in cure


def test_arguments() -> None:
    """&1 and its like are the caller's arguments (SPUG "START")."""
    text = "select '&1', '&2' from &1..t;\n"
    assert sent(text, "stg", "x y") == ["select 'stg', 'x y' from stg.t"]
    with pytest.raises(ScriptError, match="&2 has no value"):
        parsed(text, "stg")
    with pytest.raises(ScriptError) as caught:
        parsed("select &1_x from dual;\n", "a")
    assert (caught.value.rule, caught.value.column) == ("variable-name", 8)


def test_the_callers_values() -> None:
    """They are there from the start, answer ACCEPT, and give way to the script's own DEFINE."""
    assert sent("select &Owner..x from dual;\n", OWNER="stg") == ["select stg.x from dual"]
    assert sent("accept x default 1\nselect &x from dual;\n", x="2") == ["select 2 from dual"]
    assert sent("accept x\nselect &x from dual;\n", x="2") == ["select 2 from dual"]
    assert sent("define x = 3\nselect &x from dual;\n", x="2") == ["select 3 from dual"]


@pytest.mark.parametrize(
    "defines",
    [{"": "1"}, {"1": "1"}, {"a b": "1"}, {"é": "1"}, {"a": "1\n2"}, {"a": "\ud800"}, {"a": 1}],
)
def test_values_that_no_line_could_hold(defines: Dict[str, str]) -> None:
    """A name or a value that SQL*Plus could not have is refused at once."""
    with pytest.raises(ValueError, match=r"substitution variable|one line"):
        ParseSettings(defines=defines)


@pytest.mark.parametrize(
    "text",
    [
        "insert into t values ('&pw');\nselct 1;\n",
        "select '&pw' from dual where &nothing = 1;\n",
        "select '&pw'\n\nfrom dual;\n",
        "select '&pw' from dual; commit;\n",
        "define x = '&pw\n",
        "define x = &pw &pw\n",
        "connect scott/&pw\n",
        "accept &pw\n",
        "set &pw on\n",
        "exit &pw\n",
        "create table t (a varchar2(1) default '&pw', b number default :b);\n",
        "select '&pw', :missing from dual;\n",
        "commit force '&pw';\n",
        "insert into t values ('&pw');\nset transaction name '&pw';\n",
        "@&pw\n",
        "&pw\n",
    ],
)
def test_no_value_is_shown(text: str) -> None:
    """Errors show the line as it was written: a password that was passed is in none of them."""
    with pytest.raises((ScriptError, BindError)) as caught:
        build_plan(parsed(text, pw=SECRET), ScriptValues({}))
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(ParseSettings(defines={"pw": SECRET}, arguments=(SECRET,)))


def plan(text: str, **defines: str) -> Plan:
    """Return the plan of a text with values."""
    return build_plan(parsed(text, **defines), ScriptValues({}))


def done(made: Plan) -> List[StepRow]:
    """Return the rows of a run whose first step is done."""
    first, *others = new_rows(made, 1)
    return [StepRow(**{**first.__dict__, "state": State.SUCCEEDED}), *others]


def test_a_value_that_changed_is_drift() -> None:
    """A done step may not get another value; one that did not use it does not care."""
    text = "insert into &owner..t values (1);\ncommit;\ninsert into t values (&n);\n"
    rows = done(plan(text, owner="a", n="1"))

    assert resumption(rows, rows, plan(text, owner="a", n="2"), 2).resume_step == 2
    with pytest.raises(DriftError, match="other values of &owner"):
        resumption(rows, rows, plan(text, owner="b", n="1"), 2)


def test_a_text_without_values_keeps_its_fingerprint() -> None:
    """Runs that began before a script had variables resume."""
    plain, other = (
        plan("commit;\ninsert into t values (1);\n"),
        plan("define x = 1\ncommit;\ninsert into t values (1);\n"),
    )
    assert plain.steps[0].text_hash == other.steps[0].text_hash
    assert plain.steps[0].values_hash == other.steps[0].values_hash


def test_offsets_stay_those_of_the_file() -> None:
    """Pieces are found in the bytes of the file, whatever the values' lengths and the encoding."""
    lines = [
        "define x = 'ä long value'",
        "select 'é&x' from dual;",
        "commit;",
        "prompt &x&x",
        "/* &x */",
    ]
    for encoding in ("utf-8", "latin-1", "utf-8-sig"):
        data = "\r\n".join(lines).encode(encoding)
        script = parse_script(data)
        assert [
            script.source[each.start : each.end].decode(encoding.replace("-sig", ""))
            for each in script.pieces
        ] == [line.lstrip("\ufeff") for line in lines]
        assert script.pieces[1].text == "select 'éä long value' from dual"


FRAGMENTS = (
    "&x|&&y|&1|&x.|&|define x = ;|define y = 'a b'|define x=/|set define off|set define ^|^x|"
    "set concat #|set scan on|undef x|accept y default ''|select|begin|end;|'|--|/*|*/|;|/|.|"
    "commit;|exit|create or replace &x p|@f|prompt &x|é|"
)
WORDS = st.sampled_from(FRAGMENTS.split("|"))
GAPS = st.sampled_from([" ", "\n", "\r\n", "", "\n\n"])
VALUES = st.sampled_from(
    ["", ";", "/", "--", "'", "a\tb", "&x", "é", "/*", "*/", "x" * 50, "procedure"]
)


@given(st.lists(st.tuples(WORDS, GAPS), max_size=25), VALUES, VALUES)
def test_any_values_in_any_script(parts: List[Tuple[str, str]], x: str, first: str) -> None:
    """Whatever is put in: a script whose pieces stand in order, or a refusal with a cure."""
    data = "".join(word + gap for word, gap in parts).encode()
    refusal = None
    try:
        script = parse_script(data, settings=ParseSettings(defines={"x": x}, arguments=(first,)))
    except ScriptError as error:
        refusal = error
    if refusal is not None:
        assert refusal.cure and refusal.rule
        return
    at = 0
    for piece in script.pieces:
        assert at <= piece.start <= piece.end <= len(data)
        assert piece.first_line == data.count(b"\n", 0, piece.start) + 1
        at = piece.end


LARGE = {
    "values": lambda n: "select &x from dual;\n" * n,
    "one statement": lambda n: "select\n" + "'&x', &x..&y.,\n" * n + "1 from dual;\n",
    "statements ended by values": lambda n: "select 1 from dual &semi\n" * n,
    "one block": lambda n: "begin\n" + "f(&x, '&y');\n" * n + "end;\n/\n",
    "definitions": lambda n: "define z = &x\n" * n,
    "unended comments": lambda n: "set define ^\n" + "/* a\n" * n,
    "doubling": lambda n: "define z = &z.&z\n" * n,
}


@pytest.mark.parametrize("kind", LARGE)
def test_time_is_linear(kind: str) -> None:
    """Four times the size takes about four times the time."""
    settings = ParseSettings(defines={"x": "1", "y": "abc", "semi": ";", "z": "zz"})

    def seconds(size: int) -> float:
        text, best = LARGE[kind](size), float("inf")
        for _ in range(3):
            began = time.process_time()
            with contextlib.suppress(ScriptError):
                parse_script(text, settings=settings)
            best = min(best, time.process_time() - began)
        return best

    once, more = seconds(3000), seconds(12000)
    assert more < 9 * max(once, 0.004), f"{once:.4f} s, then {more:.4f} s"
