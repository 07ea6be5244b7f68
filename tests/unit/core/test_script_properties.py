"""What holds for every script: any bytes, offsets, and time that grows with size only."""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.opacity import opaque_reason
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind, Script
from airflow_oracle_dag.core.tokens import code_pattern, plain_code, scan
from tests.unit.core.growth import assert_linear

BLANKS = b" \t\r\n\f\v"
WORDS = (
    "select|1|from|dual|;|/|.|'|\"|--|/*|*/|q'[|]'|begin|end|declare|create|procedure|package|is|as|"
    "-- @step a|-- @probe select 1|-- @check x|-- @stp|:b|&x|@|#|set|define off|echo off|-|prompt|"
    "rem|with|function|<<l>>|(|)|if|then|loop|case|commit|é|\ufeff|\u200b|grant|alter session|:=|"
    "%type|x|.y|execute immediate|$|connect a/b|insert into t values (1);|begin null; end;\n/|"
    "commit;\n|set sqlt off\n|set sqlt !\n|set sqlt on\n|set sqlbl on\n|set blo !\n|!|"
    "set sqlpre !\n|set cmdsep !\n|set echo off ! set sqlt on\n"
)
FRAGMENTS = st.sampled_from(WORDS.split("|"))
ANY_CODE = code_pattern(r"[^ \t\r\n\f\v]")
SEPARATORS = st.sampled_from([" ", "\n", "\r\n", "", "\n\n", "\t", ";\n", "\n/\n"])
SCRIPTS = st.lists(st.tuples(FRAGMENTS, SEPARATORS), max_size=30).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


def parsed(source: bytes) -> Optional[Script]:
    """Parse; None when the script is refused with a message that can be read."""
    try:
        script = parse_script(source, name="x.sql")
    except ScriptError as error:
        refusal = error
    else:
        return judged(script)
    assert refusal.rule
    assert refusal.cure
    assert str(refusal).startswith("x.sql")
    return None


def judged(script: Script) -> Script:
    """Ask each piece whether it is opaque, which must not fail either."""
    for piece in script.pieces:
        opaque_reason(piece)
    return script


def assert_covers(source: bytes, script: Script) -> None:
    """Check that the pieces stand in order and that only white space stands between them."""
    at = 3 if source.startswith(b"\xef\xbb\xbf") else 0
    for piece in script.pieces:
        assert at <= piece.start < piece.end <= len(source)
        assert not source[at : piece.start].strip(BLANKS)
        assert piece.first_line == source.count(b"\n", 0, piece.start) + 1
        assert piece.last_line == source.count(b"\n", 0, piece.end - 1) + 1
        at = piece.end
    assert not source[at:].strip(BLANKS)


@given(st.binary(max_size=200))
def test_any_bytes(source: bytes) -> None:
    """Any bytes are a script or refused; nothing else happens."""
    script = parsed(source)
    if script is not None:
        assert_covers(source, script)


@given(st.text(max_size=100))
def test_any_text(source: str) -> None:
    """Any text is a script or refused; nothing else happens."""
    refusal = None
    try:
        judged(parse_script(source))
    except ScriptError as error:
        refusal = error
    assert refusal is None or (refusal.rule and refusal.cure)


@settings(max_examples=400)
@given(SCRIPTS, st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]))
def test_any_fragments(source: str, encoding: str) -> None:
    """Pieces and the white space between them give the file back, byte for byte."""
    data = source.encode(encoding, "ignore")
    script = parsed(data)
    if script is not None:
        assert_covers(data, script)


@settings(max_examples=400)
@given(SCRIPTS)
def test_parsing_twice_says_the_same(source: str) -> None:
    """Nothing is remembered from one script to the next."""
    data = source.encode()
    assert parsed(data) == parsed(data)


@settings(max_examples=600)
@given(SCRIPTS)
def test_the_quick_look_sees_the_same_code(source: str) -> None:
    """What is taken for code at once is what the careful scan takes for code."""
    code = plain_code(source, 0, len(source))
    if code is not None:
        seen = "".join(token.text for token in scan(source, ANY_CODE, 0, len(source)))
        assert seen == "".join(re.findall(r"[^ \t\r\n\f\v]", code))


STATEMENTS = st.lists(
    st.sampled_from(
        [
            "select 1 from dual;",
            "select ';' x\n  from dual -- it's\n /* ; x */ where 1 = 1\n/",
            "insert into t values (q'[it's]');",
            "begin\n  x := 'a;b';\n\n  commit;\nend;\n/",
            "create or replace procedure p is\nbegin\n  null;\nend p;\n/",
            "commit ;",
            "-- it's; a comment",
            "/* one\n two; */",
            "prompt it's; here",
            "set echo off",
            "",
        ]
    ),
    max_size=12,
)


def naive(source: str) -> List[Tuple[PieceKind, int, int]]:
    """Split line by line as SQL*Plus does: a second, simple reading of the same rules."""
    found = []
    state, start = "", 0
    for number, line in enumerate(source.split("\n"), 1):
        word = line.strip()
        if not state:
            if not word:
                continue
            start = number
            if word.startswith(("--", "prompt", "set ")):
                kind = PieceKind.COMMENT if word.startswith("--") else PieceKind.DIRECTIVE
                found.append((kind, number, number))
                continue
            plsql = re.match(r"begin|create or replace procedure", word)
            state = "comment" if word.startswith("/*") else "plsql" if plsql else "sql"
        if state == "comment" and "*/" in word:
            found.append((PieceKind.COMMENT, start, number))
            state = ""
        elif state == "plsql" and word == "/":
            found.append((PieceKind.PLSQL, start, number))
            state = ""
        elif state == "sql" and (word == "/" or word.endswith(";")):
            found.append((PieceKind.SQL, start, number))
            state = ""
    assert not state
    return found


@settings(max_examples=300)
@given(STATEMENTS)
def test_agrees_with_a_naive_reading(statements: List[str]) -> None:
    """Where nothing is ambiguous, a simple line machine finds the same pieces."""
    source = "\n".join(statements)
    if not source.strip():
        return
    pieces = parse_script(source).pieces
    assert [(each.kind, each.first_line, each.last_line) for each in pieces] == naive(source)


ROW = b"select %d, 'a ''b''', :c, x.y -- z\n from dual union all\n"
LARGE = {
    "one statement": lambda n: b"insert into t\n" + ROW * n + b"select 1 from dual;\n",
    "one block": lambda n: (
        b"begin\n" + b"  insert into t values (1, 'a', f(2));\n" * n + b"end;\n/\n"
    ),
    "directives": lambda n: b"prompt hello, it is me\n" * n,
    "statements": lambda n: b"insert into t values (1, 'a');\n" * n,
    "held statements": lambda n: b"select 1 from dual\n\n\n/\n" * n,
    "comments": lambda n: b"-- a comment line\n/* another */\n" * n,
    "one probe": lambda n: (
        b"-- @probe select 1\n" + b"--    , 2 a\n" * n + b"--   from dual\ncommit;\n"
    ),
    "blank lines": lambda n: b"commit;\n" + b"   \n" * n,
    "one line": lambda n: b"select " + b"1, " * n + b"2 from dual;",
    "hyphens": lambda n: b"rem -\n" * n,
    "unclosed": lambda n: b"select 'a;\n" * n,
    "unclosed comments": lambda n: b"select 1 from dual /* x\n" * n,
    "unclosed alternative quotes": lambda n: b"begin q'[a q'!b nq'(c\n" * n,
    "commands on a line": lambda n: b"set cmdsep +\nset echo off" + b"+set echo off" * n,
    "hyphens in a line": lambda n: b"select 1 from dual " + b"--" * n,
    "semicolons": lambda n: b"select 1 from dual " + b";   " * n,
}


@pytest.mark.parametrize("kind", LARGE)
def test_time_is_linear(kind: str) -> None:
    """Twice the size takes about twice the time, even of one statement."""
    made = {size: LARGE[kind](size) for size in (4000, 16000)}
    assert_linear(lambda size: parsed(made[size]), 4000)
