"""SQL*Plus's own commands: ignored with a notice, or refused."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings, PieceKind

IGNORED = [
    "rem it's & more",
    "remark x",
    "column a format a10",
    "col a heading 'A' -\n  format a10",
    "break on a skip 1",
    "compute sum of a on b",
    "ttitle left 'x'",
    "bti off",
    "clear screen",
    "cl col",
    "repheader off",
    "timing start a",
    "timing stop",
    "show errors",
    "SHO USER;",
    "show user",
    "spool a.log",
    "spo off",
    "desc t",
    "set echo off",
    "SET ECHO OFF;",
    "set feed off ver off pages 0 lin 200",
    "set feedback on sql_id",
    "set serveroutput on size unlimited format wrapped",
    "set serverout on size 1000000",
    "set heading off termout on trimspool on trimout on",
    "set colsep ' '",
    "set null ''",
    "set sqlprompt 'x> '",
    "set markup html on",
    "set long 20000 longchunksize 200",
    "set timing on time off",
    "set escape off",
    "set autotrace off",
    "whenever oserror exit",
    "whenever oserror continue",
    "whenever oserror continue commit",
    "whenever oserror exit failure rollback",
]

REFUSED = [
    "set define 'ab'",
    "set sqlblanklines 1",
    "set sqlbl",
    "set echo off sqlt /",
    "set sqlterminator ;",
    "set sqlt x",
    "set sqlt '-'",
    "set blockterminator @",
    "set cmdsep x",
    "set auto 10",
    "set escape on",
    "set autotrace traceonly explain",
    "set sqlprefix off",
    "set sqlcase upper",
    "set no_such_thing on",
    "set",
    "col a old_value b",
    "clear buffer",
    "whenever sqlerror exit commit",
    "whenever sqlerror exit success",
    "whenever sqlerror exit 0",
    "whenever sqlerror exit failure commit",
    "whenever sqlerror continue commit",
    "whenever sqlerror continue rollback",
    "whenever sqlerror",
    "whenever other exit",
    "whenever",
    "@file",
    "@@file.sql a b",
    "start file",
    "sta file",
    "host ls",
    "ho ls",
    "!ls",
    "$dir",
    "connect a/b",
    "disconnect",
    "pause",
    "exit 1",
    "quit failure",
    "edit",
    "get a.sql",
    "append x",
    "i x",
    "del 1",
    "oradebug setmypid",
    "password",
    "copy from a/b@c create t using select 1 from dual",
    "startup",
]


@pytest.mark.parametrize("line", IGNORED)
def test_ignored(line: str) -> None:
    """What only formats is a piece of its own, and the log is told."""
    script = parse_script(f"{line}\ncommit;\n")
    assert [piece.kind for piece in script.pieces] == [PieceKind.DIRECTIVE, PieceKind.SQL]
    assert script.pieces[0].text == line
    assert [notice.line for notice in script.notices] == [1]
    assert script.pieces[0].verb in script.notices[0].text


@pytest.mark.parametrize("line", REFUSED)
def test_refused(line: str) -> None:
    """What changes what runs, and is not honoured, is refused with line and cure."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"commit;\n{line}\ncommit;\n")
    assert (caught.value.rule, caught.value.line) == ("directive-not-supported", 2)
    assert caught.value.cure


@pytest.mark.parametrize(
    "off", ["set define off", "SET DEF OFF;", "set scan off", "set echo on define off"]
)
def test_set_define_off(off: str) -> None:
    """After SET DEFINE OFF an & is plain text, until SET DEFINE ON."""
    script = parse_script(f"{off}\nselect 'R&D' from dual;\nprompt a & b\n")
    assert script.pieces[1].text == "select 'R&D' from dual"
    with pytest.raises(ScriptError) as caught:
        parse_script(f"{off}\nset define on\nselect 'R&D' from dual;\n")
    assert caught.value.rule == "undefined-variable"


def test_comment_lines_and_remarks_are_not_substituted() -> None:
    """SQL*Plus leaves & alone in -- and REM lines at the prompt."""
    assert len(parse_script("-- R&D\nrem R&D\ncommit;\n").pieces) == 3


@pytest.mark.parametrize("line", ["prompt hello; it's me", "PRO hello", "prompt"])
def test_a_prompt_is_kept(line: str) -> None:
    """Its text is told when the script is there: nothing of it is ignored."""
    script = parse_script(f"{line}\ncommit;\n")
    assert [(piece.verb, piece.text) for piece in script.pieces[:1]] == [("PROMPT", line)]
    assert script.notices == ()


def test_what_is_ignored_is_counted() -> None:
    """A thousand REMs are one notice: where the first stands, and how many there are."""
    script = parse_script("set echo off\nrem a\nrem b\nset feed off\nremark c\ncommit;\n")
    assert [(notice.line, notice.text) for notice in script.notices] == [
        (1, "SET ignored (2 times)"),
        (2, "REMARK ignored (3 times)"),
    ]


def test_an_ignored_output_is_found_elsewhere() -> None:
    """SPOOL and SHOW ERRORS only display: the notice says where that is seen now."""
    script = parse_script("spool a.log\nshow errors\ncommit;\nspool off\n")
    assert [notice.text for notice in script.notices] == [
        "SPOOL ignored (2 times): output and errors are in the run's log",
        "SHOW ignored: only SHOW ERRORS is honoured",
    ]


def test_spool_may_be_refused() -> None:
    """Who depends on the file that SPOOL writes asks for a refusal instead of a notice."""
    with pytest.raises(ScriptError, match="SPOOL is not supported"):
        parse_script("spool a.log\ncommit;\n", settings=ParseSettings(spool="refuse"))
    with pytest.raises(ValueError, match="spool is 'ignore' or 'refuse'"):
        ParseSettings(spool="keep")


@pytest.mark.parametrize(
    "line",
    [
        "whenever sqlerror exit",
        "whenever sqlerror exit failure",
        "WHENEVER SQLERROR EXIT SQL.SQLCODE ROLLBACK",
        "whenever sqlerror exit 1;",
        "whenever sqlerror exit :rc",
    ],
)
def test_whenever_exit_is_what_happens_anyway(line: str) -> None:
    """An error stops the script, rolls the step back and fails (SPUG "WHENEVER SQLERROR")."""
    script = parse_script(f"{line}\ninsert into t values (1);\n")
    assert script.notices == ()
    assert [piece.goes_on for piece in script.pieces] == [False, False]


def test_whenever_continue_holds_until_the_next_whenever() -> None:
    """Between WHENEVER SQLERROR CONTINUE and EXIT a script goes on; a notice says so."""
    script = parse_script(
        "drop table a;\nwhenever sqlerror continue\nwhenever oserror exit\ndrop table b;\n"
        "prompt x\nbegin null; end;\n/\nwhenever sqlerror exit\ndrop table c;\n"
    )
    assert [(piece.first_line, piece.goes_on) for piece in script.pieces if piece.goes_on] == [
        (4, True),
        (6, True),
    ]
    assert (2, "errors are passed over from here on, and counted") in [
        (notice.line, notice.text) for notice in script.notices
    ]


def test_a_commit_after_an_error_is_refused_with_its_reason() -> None:
    """A step is whole or nothing: the COMMIT variants would keep a part of one that failed."""
    with pytest.raises(ScriptError, match="keeps a part of a step that failed"):
        parse_script("whenever sqlerror exit failure commit\ncommit;\n")
    with pytest.raises(ScriptError, match="calls a failure a success"):
        parse_script("whenever sqlerror exit success\ncommit;\n")


def test_banner_of_hyphens() -> None:
    """A hyphen under a banner joins lines that do nothing anyway."""
    script = parse_script("rem -----\nrem a\nrem -----\nprompt -\n\ncommit;\n")
    assert [piece.first_line for piece in script.pieces] == [1, 3, 6]
