"""Every SQL text is Oracle's: a parser that is not the sandbox's own reading says so."""

from __future__ import annotations

import logging
import re

import pytest

from airflow_oracle_dag.core.tokens import code_pattern, scan
from tests.unit.sql.texts import BLOCKS, STATEMENTS, TEXTS

sqlglot = pytest.importorskip("sqlglot")
expressions = sqlglot.exp

#: sqlglot reads no ALTER SESSION and no ALTER SYSTEM, whatever they say.
NOT_READ = (
    "write_as_text",
    "disable_commit",
    "enable_commit",
    "wait_for_tables",
    "cancel_sql",
    "kill_session",
    "forbid_commit dynamic 1",
    "allow_commit dynamic 1",
    "job_body dynamic 1",
    "job_body dynamic 2",
    "set_time_zone dynamic 1",
)
SQL_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "LOCK")
#: What a statement of a block can follow, in capitals.
BEFORE_STATEMENT = ("BEGIN", "THEN", "ELSE", "LOOP", ";")
WORDS = code_pattern(r"[A-Za-z_][\w$#]*", r":=", r"[;()]")


def in_block(text: str) -> list[str]:
    """Cut the SQL statements and the cursors' queries out of a block."""
    words = list(scan(text, WORDS, 0, len(text)))
    found, depth, begun, ends_at, before = [], 0, -1, 0, ";"
    for word in words:
        is_verb = word.text.upper() in SQL_VERBS
        if begun < 0 and is_verb and before in (*BEFORE_STATEMENT, "("):
            begun, ends_at = word.start, depth
        elif begun >= 0 and ((word.text == ";") or (word.text == ")" and depth == ends_at)):
            found.append(text[begun : word.start])
            begun = -1
        depth += {"(": 1, ")": -1}.get(word.text, 0)
        before = word.text.upper()
    return found


def parsed(text: str) -> sqlglot.Expression:
    """Parse one statement; a parser that gives up makes a Command of it."""
    # An index is named without its owner there.
    known = re.sub(r'^(CREATE (?:UNIQUE )?INDEX) "OWN"\.', r"\1 ", text)
    (statement,) = sqlglot.parse(known, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE)
    assert statement is not None
    return statement


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_statement_is_parsed(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whole, and as what it is."""
    caplog.set_level(logging.CRITICAL, logger="sqlglot")

    statement = parsed(TEXTS[name])

    assert isinstance(statement, expressions.Command) is (name in NOT_READ)


@pytest.mark.parametrize("name", BLOCKS)
def test_each_statement_in_a_block_is_parsed(name: str) -> None:
    """SELECT ... INTO is PL/SQL; without its INTO it is SQL."""
    text = TEXTS[name]
    found = in_block(text)

    for one in found:
        statement = parsed(re.sub(r"\bINTO :?\w+(?:, :?\w+)*(?=\s+FROM)", "", one))
        assert isinstance(statement, (expressions.Query, expressions.DML)), one
    written = re.findall(r"\b(?:INSERT INTO|DELETE|UPDATE /\*\+|MERGE INTO)", text)
    changing = [one for one in found if not one.upper().startswith("SELECT")]
    assert len(changing) == len(written)


def test_what_is_not_oracles_is_found() -> None:
    """The two tests above fail on what Oracle would refuse."""
    broken = TEXTS["mark"].replace("SET c.mark = ", "SET c.mark ")

    (statement,) = in_block(broken)

    with pytest.raises(sqlglot.ParseError):
        parsed(statement)
