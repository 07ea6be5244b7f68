"""What is accepted is cut as a naive SQL*Plus cuts it: an independent check of splitting."""

from __future__ import annotations

import contextlib
from typing import List, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings, PieceKind, Script
from tests.unit.core.golden_cases import Case, all_cases, settings_of
from tests.unit.core.line_machine import Machine

MARK = b"\xef\xbb\xbf"
GOLDEN = {
    name: case
    for name, case in all_cases().items()
    if not case.expected[0].startswith("refused") and b"&" not in case.source
}
LINES = st.lists(
    st.sampled_from(
        [
            "select 1", "select 'a;b' x", "from dual;", "from dual", "where x = '", "';", "/",
            " / ", ".", "", "  ", ";", "commit;", "commit", "rollback ;  ", "begin", "null;",
            "end;",
            "declare", "x int;", "create procedure p is", "create or replace", "package p as",
            "type t as object (a int);", "create table t (a int)", "with function f return int is",
            "with a as (select 1 x from dual)", "-- it's; a comment", "/* one", "two; */",
            "/* a */", "*/", "prompt it's", "set echo off", "set sqlt !", "set sqlt on",
            "set sqlt off", "x!",
            "set sqlbl on", "set sqlbl off", "set cmdsep +", "set feed off + set sqlt !",
            "set blo ~", "set blo on", "~", "rem -", "column a -",
            "exec p(1)", "exec p(1, -", "2)", "<<l>>", "q'[it's]'", "set transaction read only;",
            "update t set a = 4 /", "2;", "insert into t values (1);", "grant a to b;", "show err",
        ]
    ),
    max_size=14,
)  # fmt: skip
UNITS = st.lists(
    st.sampled_from(
        [
            "select 1\n  from dual;", "select ';' x -- it's\n  from dual\n /", "commit;", "",
            "select 1 from dual\n\n/", "select 1\n.\n\n/", "begin\n  x := 'a;b';\n\nend;\n/",
            "create or replace\nprocedure p is\nbegin\n  null;\nend p;\n/", "-- a\n/* b\n c */",
            "with function f return int is begin return 1; end;\nselect f from dual\n/",
            "/* a */ commit;", "prompt it's; here", "column a -\n  format a10", "exec p(1, -\n 2)",
            "set sqlbl on\nselect 1\n\nfrom dual;\nset sqlbl off",
            "create type t as object (a int)\n/",
            "set sqlt !\nupdate t set a = 1!\nset sqlt on", "set blo ~\nselect 1\n~\n/\nset blo on",
            "create table t (\n  a int default 1 -- x\n)\n;", "<<l>>\nbegin null; end;\n.\n/",
            "set role none;", "insert into t values (q'[it's]');  \t", "show errors", "call p(1);",
        ]
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def cut(script: Script) -> List[Tuple[str, int, int, str]]:
    """Say where the pieces are, as far as the EXIT where there is one."""
    pieces = script.pieces[: script.exit_at + 1]
    return [(each.kind.value, each.start, each.end, each.terminator) for each in pieces]


def assert_agree(source: bytes, script: Script) -> None:
    """Compare the pieces, the texts that are sent, and what lies between the pieces."""
    first = len(MARK) if source.startswith(MARK) else 0
    found = Machine(" " * first + source[first:].decode("latin-1")).run()
    pieces = cut(script)
    assert [each[:4] for each in found][: len(pieces)] == pieces
    if script.exit_at == len(script.pieces):
        assert len(found) == len(pieces)
    for each, piece in zip(found, script.pieces):
        is_block = piece.kind is PieceKind.PLSQL and piece.verb not in ("EXECUTE", "WITH")
        if piece.kind is PieceKind.SQL or is_block:
            assert each.text.encode("latin-1").decode(script.encoding) == piece.text
    between, at = [source[:first]], first
    for piece in script.pieces:
        assert not source[at : piece.start].strip(b" \t\r\n\f\v")
        between += [source[at : piece.start], source[piece.start : piece.end]]
        at = piece.end
    assert b"".join(between) + source[at:] == source


@pytest.mark.parametrize("case", GOLDEN.values(), ids=GOLDEN)
def test_golden_cases(case: Case) -> None:
    """Each golden case that is accepted is cut in the same way."""
    assert_agree(case.source, parse_script(case.source, settings=settings_of(case)))


@settings(max_examples=600)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_any_lines(lines: List[str], line_end: str) -> None:
    """Whatever lines stand together: what is accepted is cut in the same way."""
    source = line_end.join(lines).encode()
    with contextlib.suppress(ScriptError):
        assert_agree(source, parse_script(source))


@settings(max_examples=300)
@given(UNITS, st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_scripts_without_a_hazard(units: List[str], between: str) -> None:
    """What every reader understands is accepted, and cut in the same way."""
    source = between.join([*units, "commit;"]).encode()
    assert_agree(source, parse_script(source, settings=ParseSettings()))
