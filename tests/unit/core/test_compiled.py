"""Which unit a statement makes, and where the lines that a compiler or a block names stand."""

from __future__ import annotations

from typing import Optional

import pytest

from airflow_oracle_dag.core.compiled import (
    SHOW_ERRORS,
    CompilerLine,
    described,
    shown_unit,
    unit_of,
)
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.places import block_places, place_of
from airflow_oracle_dag.core.script import ParseSettings, Piece, Script

SETTINGS = ParseSettings(defines={"name": "longer_name"})


def read(text: str) -> Script:
    """Read a script."""
    return parse_script(text, name="s.sql", settings=SETTINGS)


def first(script: Script) -> Piece:
    """Return the first piece that runs."""
    return next(piece for piece in script.pieces if piece.verb)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create or replace procedure p is begin null; end;\n/", "procedure P"),
        ("create editionable package body hr.pk is end;\n/", "package body HR.PK"),
        ('create function "My"."f" return number is begin return 1; end;\n/', "function My.f"),
        ("create or replace type t as object (n number);\n/", "type T"),
        ("create or replace force view v as select * from t;", "view V"),
        ("alter procedure p compile;", "procedure P"),
        ("alter package pk compile body;", "package body PK"),
        ("alter package pk compile specification;", "package PK"),
        ("alter trigger g disable;", None),
        ("create table t (n number);", None),
        ("drop procedure p;", None),
        ("begin null; end;\n/", None),
    ],
)
def test_a_statement_names_the_unit_that_it_compiles(text: str, expected: Optional[str]) -> None:
    """As the catalogue has it; nothing else has compile errors."""
    unit = unit_of(first(read(text)))
    assert (None if unit is None else str(unit)) == expected


def test_alter_package_compile_means_both_parts() -> None:
    """Without a word behind COMPILE the body is compiled, too."""
    unit = unit_of(first(read("alter package pk compile;")))
    assert unit is not None
    assert list(unit.kinds) == ["PACKAGE", "PACKAGE BODY"]


def error(line: int, column: int) -> CompilerLine:
    """Make a row of ALL_ERRORS."""
    return CompilerLine("PROCEDURE", line, column, "PLS-00201: no", is_error=True)


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        (
            "create or replace\n\n  procedure p is\nbegin\n  q;\nend;\n/",
            error(3, 3),
            "s.sql:5:3: PLS-00201: no\n      q;\n      ^",
        ),
        (
            "create procedure p is begin q; end;\n/",
            error(1, 22),
            f"s.sql:1:29: PLS-00201: no\n    create procedure p is begin q; end;\n{' ' * 32}^",
        ),
        (
            "create trigger g before insert on t\ndeclare\n n number;\nbegin\n  q;\nend;\n/",
            error(4, 3),
            "s.sql:5:3: PLS-00201: no\n      q;\n      ^",
        ),
        (
            "create trigger g -- begin\nbefore insert on t for each row begin\n  q; end;\n/",
            error(2, 3),
            "s.sql:3:3: PLS-00201: no\n      q; end;\n      ^",
        ),
        ("create force view v as\nselect 1 from nowhere;", error(0, 0), "s.sql:1: PLS-00201: no"),
        (
            "create procedure p is begin\n  &name;\nend;\n/",
            error(2, 3),
            "s.sql:2:3: PLS-00201: no\n      &name;\n      ^",
        ),
    ],
)
def test_the_lines_of_a_source_are_found_in_the_file(
    text: str, row: CompilerLine, expected: str
) -> None:
    """The source begins at its keyword, a trigger's lines at its body, a view has none.

    PL/SQL Language Reference, CREATE PROCEDURE, CREATE TRIGGER; Database Reference, ALL_ERRORS.
    """
    script = read(text)
    assert described(script, first(script), [row]) == [expected]


def test_warnings_are_called_so_and_echoes_are_not_drawn_again() -> None:
    """`Statement ignored` follows each error at the same line."""
    script = read("create procedure p is begin\n  q;\nend;\n/")
    rows = [
        error(2, 3),
        CompilerLine("PROCEDURE", 2, 3, "PL/SQL: Statement ignored", is_error=True),
        CompilerLine("PROCEDURE", 3, 1, "PLW-06009: really", is_error=False),
    ]
    shown = described(script, first(script), rows)
    assert shown[1] == "s.sql:2:3: PL/SQL: Statement ignored"
    assert shown[2].startswith("s.sql:3:1: warning: PLW-06009: really\n    end;")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("show errors", "function F"),
        ("sho err", "function F"),
        ("SHOW ERRORS PACKAGE BODY hr.pk;", "package body HR.PK"),
        ('show errors view "v"', "view v"),
    ],
)
def test_show_errors_means_the_unit_that_was_made_last(line: str, expected: str) -> None:
    """Or the one that it names (SQL*Plus User's Guide and Reference, "SHOW")."""
    script = read(f"create function f return number is begin return 1; end;\n/\n{line}\n")
    shown = next(piece for piece in script.pieces if piece.verb == SHOW_ERRORS)
    assert str(shown_unit(shown)) == expected


@pytest.mark.parametrize("line", ["show user", "show errors nothing", "show errors"])
def test_another_show_is_ignored_and_counted(line: str) -> None:
    """So is SHOW ERRORS where the script made nothing that could have some."""
    script = read(f"{line}\nselect 1 from dual;\n")
    assert [notice.text.split(":")[0] for notice in script.notices] == ["SHOW ignored"]


def test_a_place_in_a_first_line_counts_what_stands_before_the_statement() -> None:
    """The column is the file's, the caret stands under the statement's own text."""
    script = read("   begin q; end;\n/")
    place = place_of(script, first(script), 1, 7)
    assert (place.line, place.column, place.caret) == (1, 10, 7)


def test_a_rerun_is_told_at_the_text_that_it_runs() -> None:
    """A / has no lines of its own."""
    script = read("\ncreate or replace procedure p is begin\n  q;\nend;\n/\n/\n")
    rerun = script.pieces[-1]
    assert rerun.repeats is not None
    assert place_of(script, rerun, 2).line == 3


@pytest.mark.parametrize(
    ("block", "message", "lines"),
    [
        ("begin\n q;\nend;\n/", "ORA-06550: line 2, column 2:\nPLS-00201: no", ["s.sql:2:2: PLS"]),
        ("begin\n q;\nend;\n/", "ORA-01403: no\nORA-06512: at line 2", ["s.sql:2: line 2"]),
        ("begin\n q;\nend;\n/", 'ORA-01403: no\nORA-06512: at "S.Q", line 1\nORA-06512: at line 2',
         ["s.sql:2: line 2"]),
        ("begin\n execute immediate q;\nend;\n/",
         "ORA-06550: line 1, column 7:\nPLS-00201: no\nORA-06512: at line 2", ["s.sql:2: line 2"]),
        ("call q();", "ORA-01403: no\nORA-06512: at line 1", []),
        ("update t set n = 1;", 'ORA-01403: no\nORA-06512: at "S.TRG", line 2', []),
        ("exec q;", "ORA-06550: line 1, column 7:\nPLS-00201: no", ["s.sql:1: PLS"]),
    ],
)  # fmt: skip
def test_only_the_frames_of_the_block_itself_are_told(
    block: str, message: str, lines: list
) -> None:
    """Stored code and dynamic SQL have lines of their own (Error Messages, ORA-06512)."""
    script = read(block)
    found = block_places(script, first(script), message)
    assert len(found) == len(lines)
    assert all(shown.startswith(line) for shown, line in zip(found, lines))


def test_a_line_that_may_hold_a_password_is_drawn_without_it() -> None:
    """No error shows what IDENTIFIED BY is followed by."""
    script = read("begin\n q('alter user u identified by hush_tiger');\nend;\n/")
    shown = block_places(script, first(script), "ORA-06512: at line 2")[0]
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("create procedure prüfe is begin null; end;\n/", "procedure PRÜFE"),
        ("create procedure ñ$.größe# is begin null; end;\n/", "procedure Ñ$.GRÖßE#"),
        ("create procedure 検査 is begin null; end;\n/", "procedure 検査"),
        ("create procedure b_&v is begin null; end;\n/", "None"),
        ('create procedure "b_&v" is begin null; end;\n/', "None"),
        ("alter procedure b_&v compile;", "None"),
        ("create table other (a number);", "function F"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_show_errors_names_no_other_unit(statement: str, expected: str, encoding: str) -> None:
    """Names have the letters of the database's character set; one that is not known is none."""
    text = (
        "column x new_value v\nselect a x from t;\n"
        f"create function f return number is begin return 1; end;\n/\n{statement}\nshow errors\n"
    )
    try:
        script = parse_script(text.encode(encoding), name="s.sql")
    except UnicodeEncodeError:
        script = read(text)
    shown = next(piece for piece in script.pieces if piece.verb == SHOW_ERRORS)
    assert str(shown_unit(shown)) == expected


def test_a_line_with_a_value_of_a_query_is_shown_as_it_was_written() -> None:
    """The caret stands only where what is sent is what is written."""
    script = read(
        "column x new_value v\nselect 1 x from t;\n"
        "create table a_&v (\n  n number) tablespace &v;\n"
    )
    ddl = next(piece for piece in script.pieces if piece.verb == "CREATE")
    assert place_of(script, ddl, 1, 1)[1:] == (3, 1, "create table a_&v (", 1)
    assert place_of(script, ddl, 1, 18)[1:] == (3, 0, "create table a_&v (", 0)
    assert place_of(script, ddl, 2, 3)[1:] == (4, 3, "  n number) tablespace &v", 3)
