"""How a refusal is told, and what is no text; which scripts are refused is in ``golden``."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.values import ScriptValues


@pytest.mark.parametrize(
    "source",
    [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"],
)
def test_empty(source: bytes) -> None:
    """A script without a word can be split, and is refused as empty."""
    script = parse_script(source)
    assert script.pieces == ()
    with pytest.raises(ScriptError) as caught:
        build_plan(script, ScriptValues({}))
    assert caught.value.rule == "empty"
    assert caught.value.cure.startswith("write at least one statement into it")


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
        "set echo on;connect scott/tiger\n",
        "column x new_value v\nselect 1 x from dual;\nconnect scott/tiger&v\n",
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
        parse_script("-- a\ndelete t;\n/\n")


def test_suggests_the_nearest_command() -> None:
    """A misspelt first word is met with the command that it resembles."""
    with pytest.raises(ScriptError, match="did you mean SELECT"):
        parse_script("selct 1 from dual;\n")


def test_names_an_invisible_character() -> None:
    """A line that looks empty and is not is explained by its character's name."""
    with pytest.raises(ScriptError, match=r"U\+200B ZERO WIDTH SPACE"):
        parse_script("\u200b\n")
