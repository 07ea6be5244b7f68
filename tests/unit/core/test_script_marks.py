"""SET lines that change where statements end: SQL*Plus User's Guide and Reference, chapter 12."""

from __future__ import annotations

from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings, PieceKind


def sent(text: str, **defines: str) -> List[Tuple[str, str]]:
    """Return terminator and text of each statement of a script."""
    script = parse_script(text, settings=ParseSettings(defines=defines))
    statements = (PieceKind.SQL, PieceKind.PLSQL)
    return [(each.terminator, each.text) for each in script.pieces if each.kind in statements]


def refusal(text: str, **defines: str) -> ScriptError:
    """Return the error that refuses a script."""
    with pytest.raises(ScriptError) as caught:
        sent(text, **defines)
    return caught.value


@pytest.mark.parametrize("setting", ["sqlblanklines on", "SQLBL ON", "echo off sqlbl on"])
@pytest.mark.parametrize("name", ["t", "&x"])
def test_blank_lines_may_be_part_of_sql(setting: str, name: str) -> None:
    """SET SQLBLANKLINES: from there on, and only there; with and without values in the text."""
    text = f"set {setting}\nselect 1\n\n  \nfrom {name};\nset sqlbl off\n"
    assert sent(text + f"select 2 from {name};\n", x="t") == [
        (";", "select 1\n\n\nfrom t"),
        (";", "select 2 from t"),
    ]
    error = refusal(text + f"select 2\n\nfrom {name};\n", x="t")
    assert (error.line, error.rule) == (8, "blank-line-in-sql")
    error = refusal(f"select 2\n\nfrom {name};\nset {setting}\n", x="t")
    assert (error.line, error.rule) == (2, "blank-line-in-sql")


@pytest.mark.parametrize("name", ["t", "&x"])
def test_another_terminator(name: str) -> None:
    """SET SQLTERMINATOR: it ends SQL at the end of a line, and only there."""
    text = f"set sqlterminator !\nselect 1 from {name} where a != 2!\ncommit !\n"
    assert sent(f"{text}set sqlt on\nselect 2 from {name};\n", x="t") == [
        ("!", "select 1 from t where a != 2"),
        ("!", "commit"),
        (";", "select 2 from t"),
    ]


@pytest.mark.parametrize("name", ["t", "&x"])
def test_no_terminator(name: str) -> None:
    """SET SQLTERMINATOR OFF: / alone ends SQL, so that a function can stand inside it."""
    view = (
        f"create view v as\nwith function f return number is\nbegin\n  return 1;\nend;\n"
        f"select f() as n from {name}\n"
    )
    assert sent(f"set sqlt off\n{view}/\nset sqlt on\ncommit;\n", x="t") == [
        ("/", view.rstrip().replace("&x", "t")),
        (";", "commit"),
    ]
    assert refusal(f"{view}/\n", x="t").rule == "function-in-sql"


@pytest.mark.parametrize("setting", ["off", "!"])
def test_a_semicolon_that_ends_nothing(setting: str) -> None:
    """It would be sent and refused by the database, while a reader takes it for the end."""
    error = refusal(f"set sqlt {setting}\nselect 1\nfrom t;\n/\n")
    assert (error.line, error.column, error.rule) == (3, 7, "semicolon-in-sql")


def test_the_terminator_inside_a_string() -> None:
    """What differs between the readings is refused with any terminator."""
    error = refusal("set sqlt !\nselect 'a!\nb' from t!\n")
    assert (error.line, error.rule) == (2, "terminator-in-string")
    assert "at this !" in error.message
    assert sent("set sqlt !\nselect 'a;\nb' from t!\n") == [("!", "select 'a;\nb' from t")]
    error = refusal("set sqlt off\nselect 1; select '\n/\n'\n/\n")
    assert error.rule == "terminator-in-string"


def test_the_terminator_inside_plsql() -> None:
    """The manual lets it end PL/SQL as well; whether it does is not certain."""
    assert refusal("set sqlt !\nbegin\n  x; --!\nend;\n/\n").rule == "terminator-in-plsql"
    assert sent("set sqlt !\nbegin\n  x;\nend;\n/\n") == [("/", "begin\n  x;\nend;")]
    assert sent("set sqlt off\nbegin\n  x;\nend;\n/\n") == [("/", "begin\n  x;\nend;")]


@pytest.mark.parametrize(
    ("setting", "mark"), [("blockterminator ~", "~"), ("blo on", "."), ("blo '#'", "#")]
)
@pytest.mark.parametrize("name", ["t", "&x"])
def test_another_block_terminator(setting: str, mark: str, name: str) -> None:
    """SET BLOCKTERMINATOR: alone on a line it ends a statement without running it."""
    text = f"set sqlprefix ?\nset {setting}\nselect 1 from {name}\n{mark}\n"
    assert sent(f"{text}/\n", x="t") == [("/", "select 1 from t")]
    error = refusal(f"{text}commit;\n", x="t")
    assert (error.line, error.rule) == (4, "block-terminator")
    assert f"at this {mark} without" in error.message


def test_no_block_terminator() -> None:
    """SET BLOCKTERMINATOR OFF: a . alone is text."""
    text = "begin\n  select a\n.\nb into x from t;\nend;\n"
    assert sent(f"set blo off\n{text}/\n") == [("/", text.rstrip())]
    assert refusal(f"{text}/\n").rule != ""


@pytest.mark.parametrize("name", ["t", "&x"])
def test_another_prefix(name: str) -> None:
    """SET SQLPREFIX: what begins a command inside a statement; the old one is text again."""
    assert sent(f"set sqlprefix ?\nselect a\n#b from {name};\n", x="t") == [
        (";", "select a\n#b from t")
    ]
    error = refusal(f"set sqlpre ?\nselect a\n?b from {name};\n", x="t")
    assert (error.line, error.rule) == (3, "prefix-in-statement")
    assert "begins with ?" in error.message


def test_two_settings_of_one_mark() -> None:
    """A mark that would end a statement both ways ends it without running: nothing is guessed."""
    error = refusal("set sqlt ! blo !\nselect 1 from t\n!\n")
    assert error.rule == "block-terminator"
