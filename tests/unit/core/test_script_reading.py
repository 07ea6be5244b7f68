"""Where two readers would cut a script differently, the reading that was chosen counts."""

from __future__ import annotations

import contextlib
from typing import List, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings, PieceKind
from tests.unit.core.golden_cases import Case, all_cases
from tests.unit.core.growth import assert_linear
from tests.unit.core.test_line_machine import LINES, assert_agree
from tests.unit.core.test_script_properties import SCRIPTS, assert_covers

SQLPLUS = ParseSettings(reading="sqlplus", rerun="allow")
LEXICAL = ParseSettings(reading="lexical", rerun="allow")
RUNS = (PieceKind.SQL, PieceKind.PLSQL, PieceKind.RERUN)
BLOCK = "begin\n  null;\nend;"
STRING = "begin\n  x := 'a\n/\n';\nend;"
PACKAGE = "create package p as\n  x int;\nend;"
FUNCTION = "create /* new */ procedure p is begin null; end;"
HIDDEN = "create /* new */ procedure p is begin null; end"
VIEW = "create view v as with function f return int is\nbegin return 1"

# hazard, script, what SQL*Plus sends, what a reader of quotes and comments sends; a str: refused
CHOSEN = [
    (
        "blank-line-in-sql",
        "select 1\n\nfrom dual;\n",
        "blank-line-in-sql",
        ["select 1\n\nfrom dual"],
    ),
    (
        "terminator-in-string",
        "select 'a;\nrem' from dual;\n",
        ["select 'a"],
        ["select 'a;\nrem' from dual"],
    ),
    ("terminator-in-string", f"{STRING}\n/\n", "unknown-line", [STRING]),
    (
        "terminator-in-name",
        'select 1 "a;\nrem b" from dual;\n',
        ['select 1 "a'],
        ['select 1 "a;\nrem b" from dual'],
    ),
    (
        "terminator-in-comment",
        "select 1 -- a;\nfrom dual;\n",
        "unknown-line",
        ["select 1 -- a;\nfrom dual"],
    ),
    (
        "semicolon-then-comment",
        "commit; -- done\nrollback;\n",
        ["commit; -- done\nrollback"],
        ["commit", "rollback"],
    ),
    (
        "semicolon-then-comment",
        "commit; /* a\n b */ rollback;\n",
        ["commit; /* a\n b */ rollback"],
        ["commit", "rollback"],
    ),
    (
        "two-statements-on-a-line",
        "commit; rollback;\n",
        ["commit; rollback"],
        ["commit", "rollback"],
    ),
    ("two-statements-on-a-line", "commit;;\n", ["commit;"], ["commit"]),
    ("missing-slash", f"{BLOCK}\ncommit;\n/\n", [f"{BLOCK}\ncommit;"], [BLOCK, "commit", "commit"]),
    ("missing-slash", f"{BLOCK}\n{BLOCK}\n/\n", [f"{BLOCK}\n{BLOCK}"], [BLOCK, BLOCK]),
    ("missing-slash", "begin null; end; /\n", "unended-at-eof", ["begin null; end;"]),
    ("missing-slash", f"{PACKAGE}\nprompt x\n/\n", [f"{PACKAGE}\nprompt x"], [PACKAGE, PACKAGE]),
    (
        "include-in-statement",
        "select 1 from t\n@link;\n",
        "include-in-statement",
        ["select 1 from t\n@link"],
    ),
    (
        "prefix-in-statement",
        "select 1\n# x\nfrom t;\n",
        "prefix-in-statement",
        ["select 1\n# x\nfrom t"],
    ),
    (
        "hyphen-continuation",
        "select 2 -\n1 from dual;\n",
        ["select 2  1 from dual"],
        ["select 2 -\n1 from dual"],
    ),
    ("hyphen-continuation", "rem ---\ncommit;\n", [], ["commit"]),
    (
        "comment-without-space",
        "select 1 from t;\n/*old*/\n",
        ["select 1 from t"] * 2,
        ["select 1 from t"],
    ),
    ("comment-in-head", f"{FUNCTION}\n/\n", [HIDDEN] * 2, [FUNCTION]),
    ("function-in-sql", f"{VIEW};\nprompt x\n", [VIEW], "function-in-sql"),
    ("semicolon-in-sql", "set sqlt off\ncommit; x\n/\n", ["commit; x"], ["commit; x"]),
    ("unterminated-string", "select 'a;\n", ["select 'a"], "unterminated-string"),
    (
        "unterminated-comment",
        "begin\n/* null;\nend;\n/\n",
        ["begin\n/* null;\nend;"],
        "unterminated-comment",
    ),
    (
        "block-terminator",
        "select 1 from dual\n.\ncommit;\n",
        "block-terminator",
        "block-terminator",
    ),
    ("unended-at-eof", "select 1 from dual", "unended-at-eof", "unended-at-eof"),
]


def sent(text: str, chosen: ParseSettings) -> object:
    """Return what is sent, or the rule that refuses the script."""
    try:
        script = parse_script(text, settings=chosen)
    except ScriptError as error:
        return error.rule
    return [piece.text for piece in script.pieces if piece.kind in RUNS]


@pytest.mark.parametrize(("rule", "text", "sqlplus", "lexical"), CHOSEN)
def test_the_chosen_reading_counts(rule: str, text: str, sqlplus: object, lexical: object) -> None:
    """By default neither; else what that reader sends, or why that reader cannot go on either."""
    assert sent(text, ParseSettings(rerun="allow")) == rule
    assert sent(text, SQLPLUS) == sqlplus
    assert sent(text, LEXICAL) == lexical


def test_there_are_two_readings() -> None:
    """A misspelt setting is no choice."""
    with pytest.raises(ValueError, match="reading is None, 'sqlplus' or 'lexical'"):
        ParseSettings(reading="lit")


def test_values_are_put_in_where_sqlplus_puts_them() -> None:
    """With values put in, the lexical reading is not certain: what differs is refused as before."""
    assert sent("define a = 1\nselect '&a;\n' from dual;\n", LEXICAL) == "terminator-in-string"
    plain = "set define off\nselect 'R&D;\n' from dual;\n"
    assert sent(plain, LEXICAL) == ["select 'R&D;\n' from dual"]


CASES = {name: case for name, case in all_cases().items() if case.rule != "bytes"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_choice_changes_nothing_where_none_is_needed(case: Case) -> None:
    """What is accepted by default is the same script in either reading."""
    if case.expected[0].startswith("refused"):
        with pytest.raises(ScriptError):
            parse_script(case.source)
        return
    expected = parse_script(case.source)
    for reading in ("sqlplus", "lexical"):
        assert parse_script(case.source, settings=ParseSettings(reading=reading)) == expected


@settings(max_examples=400)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_any_lines_as_sqlplus_reads_them(lines: List[str], line_end: str) -> None:
    """In SQL*Plus's reading the pieces are those of a machine that knows no quotes at all."""
    source = line_end.join(lines).encode()
    with contextlib.suppress(ScriptError):
        assert_agree(source, parse_script(source, settings=SQLPLUS))


@settings(max_examples=400)
@given(SCRIPTS, st.sampled_from([SQLPLUS, LEXICAL]))
def test_any_fragments(text: str, chosen: ParseSettings) -> None:
    """Either reading gives a script that covers the file, or a refusal; nothing else happens."""
    source = text.encode()
    with contextlib.suppress(ScriptError):
        assert_covers(source, parse_script(source, settings=chosen))


@settings(max_examples=400)
@given(LINES, st.sampled_from([SQLPLUS, LEXICAL]))
def test_a_choice_is_needed_for_no_accepted_script(lines: List[str], chosen: ParseSettings) -> None:
    """Whatever lines stand together: what is accepted by default is the same in either reading."""
    source = "\n".join(lines)
    with contextlib.suppress(ScriptError):
        expected = parse_script(source, settings=ParseSettings(rerun="allow"))
        assert parse_script(source, settings=chosen) == expected


PARTS = [
    "begin null; end;\n",
    "commit; -- x\n",
    "select 'a;\n' from dual;\n",
    "/*x*/\n",
    "'a;\n",
    "commit; ",
    "set role none; ",
    "begin null; end; ",
    "begin null; end; / ",
    "set cmdsep +\n" + "set echo off + " * 5,
]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("chosen", [SQLPLUS, LEXICAL], ids=["sqlplus", "lexical"])
def test_time_is_linear(part: str, chosen: ParseSettings) -> None:
    """A hazard in every line costs no more than its line."""
    assert_linear(lambda count: sent(part * count, chosen), 1500)


def lines_of(text: str) -> List[Tuple[int, int]]:
    """Return the lines of each piece, in the lexical reading."""
    pieces = parse_script(text, settings=LEXICAL).pieces
    return [(piece.first_line, piece.last_line) for piece in pieces]


def test_pieces_may_share_a_line() -> None:
    """What follows a ; on its line is a piece of its own, which knows its place."""
    assert lines_of("commit; rollback; -- both\ncommit;\n") == [(1, 1), (1, 1), (1, 1), (2, 2)]
