"""What is refused because its readers would not agree, with rule, line and cure."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings

BLOCK = "begin\n  null;\nend;\n"

# rule, line of the error, script
REFUSED = [
    ("blank-line-in-sql", 2, "select 1\n\nfrom dual;\n"),
    ("blank-line-in-sql", 2, "select 1\n  \t\nfrom dual;\n"),
    ("blank-line-in-sql", 2, "select 1 from dual\n\nselect 2 from dual;\n"),
    ("blank-line-in-sql", 2, "select 'a\n\nb' from dual;\n"),
    ("blank-line-in-sql", 2, "select /* a\n\nb */ 1 from dual;\n"),
    ("blank-line-in-sql", 3, "create view v as\nselect 1 a\n\nfrom dual;\n"),
    ("terminator-in-string", 1, "select 'a;\nb' from dual;\n"),
    ("terminator-in-string", 2, "select 'a\n/\nb' from dual;\n"),
    ("terminator-in-string", 2, "select q'[a\n/\n]' from dual;\n"),
    ("terminator-in-string", 3, "begin\n  x := 'a\n/\n';\nend;\n/\n"),
    ("terminator-in-name", 1, 'select 1 "a;\nb" from dual;\n'),
    ("terminator-in-comment", 1, "select 1 -- one;\nfrom dual;\n"),
    ("terminator-in-comment", 1, "select 1 /* one;\n*/ from dual;\n"),
    ("terminator-in-comment", 3, "begin\n/*\n/\n*/\n  null;\nend;\n/\n"),
    ("block-terminator", 2, "select 1 from dual\n.\ncommit;\n"),
    ("block-terminator", 4, BLOCK + ".\ncommit;\n"),
    ("semicolon-then-comment", 1, "commit; -- done\nrollback;\n"),
    ("semicolon-then-comment", 1, "commit; /* done */\nrollback;\n"),
    ("semicolon-then-comment", 1, "select 1 from dual; -- done\n/\n"),
    ("two-statements-on-a-line", 1, "commit; rollback;\n"),
    ("two-statements-on-a-line", 1, "commit;/\nrollback;\n"),
    ("two-statements-on-a-line", 1, "commit;;\n"),
    ("missing-slash", 4, BLOCK + "commit;\n/\n"),
    ("missing-slash", 4, BLOCK + "begin null; end;\n/\n"),
    ("missing-slash", 4, BLOCK + "insert into t values (1);\n"),
    ("missing-slash", 1, "begin null; end; /\n"),
    (
        "missing-slash",
        4,
        "create package p as\n  x int;\nend;\ncreate package body p as\nend;\n/\n",
    ),
    ("missing-slash", 2, "create type t as object (a int);\ncreate table x (a t);\n/\n"),
    ("missing-slash", 2, "create procedure p is begin null; end;\ngrant execute on p to x;\n/\n"),
    ("unended-at-eof", 1, "select 1 from dual"),
    ("unended-at-eof", 1, "select 1 from dual\n\n"),
    ("unended-at-eof", 2, "commit;\nbegin\n null;\nend;\n"),
    ("unended-at-eof", 1, "create procedure p is begin null; end;"),
    ("unterminated-string", 2, "select 1,\n 'a from dual;\ncommit;\n"),
    ("unterminated-string", 1, "select q'[a]  from dual;\n"),
    ("unterminated-string", 2, "begin\n x := 'a;\nend;\n/\n"),
    ("unterminated-name", 1, 'select 1 "a from dual;\n'),
    ("unterminated-comment", 2, "commit;\n/* a\ncommit;\n"),
    ("unterminated-comment", 1, "select 1 /* a from dual;\n"),
    ("unterminated-comment", 2, "begin\n /* null;\nend;\n/\n"),
    ("include-in-statement", 2, "select 1 from t\n@link;\n"),
    ("include-in-statement", 2, "begin\n@part.sql\nend;\n/\n"),
    ("prefix-in-statement", 2, "select 1\n# prompt\nfrom dual;\n"),
    ("hyphen-continuation", 1, "select 2 -\n1 from dual;\n"),
    ("hyphen-continuation", 2, "select 2\n-\n1 from dual;\n"),
    ("hyphen-continuation", 1, "select 1 -- x --\nfrom dual;\n"),
    ("hyphen-continuation", 1, "select 'a-\nb' from dual;\n"),
    ("hyphen-continuation", 1, "prompt -----\ncommit;\n"),
    ("hyphen-continuation", 1, "rem -----\n-- @step a\ncommit;\n"),
    ("comment-without-space", 1, "/*old*/\ncommit;\n"),
    ("comment-in-head", 1, "create /* new */ procedure p is begin null; end;\n/\n"),
    (
        "comment-in-head",
        1,
        "create or replace -- new\nfunction f return int is begin null; end;\n/\n",
    ),
    (
        "comment-in-head",
        1,
        "with /* a */ function f return int is begin null; end;\nselect f from dual\n/\n",
    ),
    (
        "function-in-sql",
        1,
        (
            "create view v as with function f return int is\nbegin return 1;\nend;\n"
            "select f from dual;\n"
        ),
    ),
    (
        "function-in-sql",
        1,
        'insert into t with function "f" return int is\nbegin return 1;\nend;\nselect 1 from t;\n',
    ),
    ("rerun", 2, "commit;\n/\n"),
    ("rerun", 5, BLOCK + "/\n/\n"),
    ("rerun", 1, "/\n"),
    ("rerun", 2, "commit;\nrun\n"),
    ("rerun", 3, "select 1 from dual;\n-- again\n/\n"),
    ("unknown-line", 1, "selct 1 from dual;\n"),
    ("unknown-line", 2, "commit;\nx := 1;\n"),
    ("unknown-line", 1, "\u200b\ncommit;\n"),
    ("unknown-line", 2, "commit;\n.\n"),
    ("unknown-line", 1, "1 select\n"),
    ("unknown-line", 1, "/ x\n"),
]


@pytest.mark.parametrize(
    ("rule", "line", "source"),
    REFUSED,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(REFUSED)],
)
def test_refused(rule: str, line: int, source: str) -> None:
    """Where readers differ the script is refused, with the rule, the line and a cure."""
    with pytest.raises(ScriptError) as caught:
        parse_script(source, name="a.sql")
    assert (caught.value.rule, caught.value.line) == (rule, line)
    assert caught.value.cure
    assert str(caught.value).startswith(f"a.sql:{line}:")


@pytest.mark.parametrize(
    "source",
    [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"],
)
def test_empty(source: bytes) -> None:
    """A script without a word is refused as empty."""
    with pytest.raises(ScriptError) as caught:
        parse_script(source)
    assert caught.value.rule == "empty"


@pytest.mark.parametrize(
    "source",
    [
        b"select\0 1;",
        "select 1;".encode("utf-16"),
        b"\xfe\xff\0a",
        b"\xef\xbb\xbfselect '\xff' from dual;",
    ],
)
def test_not_text(source: bytes) -> None:
    """What is not text in a byte-wise encoding is refused before anything is split."""
    with pytest.raises(ScriptError) as caught:
        parse_script(source)
    assert caught.value.rule == "encoding"


def test_lone_surrogates_are_not_text() -> None:
    """A string that no file could hold is refused."""
    with pytest.raises(ScriptError) as caught:
        parse_script("select '\ud800' from dual;")
    assert caught.value.rule == "encoding"


def test_bytes_of_another_encoding() -> None:
    """A fallback in which the bytes mean nothing is reported at the statement."""
    with pytest.raises(ScriptError) as caught:
        parse_script(b"commit;\nselect '\x81' from dual;\n", settings=ParseSettings("cp1252"))
    assert (caught.value.rule, caught.value.line) == ("encoding", 2)


def test_looks_like_a_compilers_error() -> None:
    """The error shows file, line and column, the line, a caret under the place, and the cure."""
    with pytest.raises(ScriptError) as caught:
        parse_script("commit;\n\tselect 'ü', &x from dual;\n", name="a.sql")
    head, text, caret, cure = str(caught.value).split("\n")
    assert head.startswith("a.sql:2:14: ")
    assert text[caret.index("^")] == "&"
    assert cure.startswith("  To mend it: SET DEFINE OFF")


def test_long_lines_are_cut() -> None:
    """Of a very long line the part around the place is shown; the column stays true."""
    with pytest.raises(ScriptError) as caught:
        parse_script("select " + "1, " * 1000 + "&x from dual;\n")
    assert caught.value.column == 3008
    _, text, caret, _ = str(caught.value).split("\n")
    assert len(text) < 200
    assert text[caret.index("^")] == "&"


@pytest.mark.parametrize(
    "source",
    [
        "connect scott/tiger@db\n",
        "conn scott/tiger\n",
        "conect scott/tiger\n",
        "commit;\nhost sqlplus scott/tiger @x\n",
        "! sqlplus scott/tiger\n",
        "define pw = tiger&x\n",
        "@load scott tiger\n",
        "alter user scott identified by tiger&x;\n",
        "copy from scott/tiger@a create t using select 1 from dual\n",
    ],
)
def test_no_password_is_shown(source: str) -> None:
    """No message repeats what may be a password."""
    with pytest.raises(ScriptError) as caught:
        parse_script(source)
    assert "tiger" not in str(caught.value)
    assert "tiger" not in caught.value.text


def test_names_the_line_that_would_run_again() -> None:
    """The refusal of a re-running / says what would run again."""
    with pytest.raises(ScriptError, match="statement of line 2 once more"):
        parse_script("-- a\ncommit;\n/\n")


def test_suggests_the_nearest_command() -> None:
    """A misspelt first word is met with the command that it resembles."""
    with pytest.raises(ScriptError, match="did you mean SELECT"):
        parse_script("selct 1 from dual;\n")


def test_names_an_invisible_character() -> None:
    """A line that looks empty and is not is explained by its character's name."""
    with pytest.raises(ScriptError, match=r"U\+200B ZERO WIDTH SPACE"):
        parse_script("\u200b\n")
