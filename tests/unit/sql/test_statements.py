"""Statements are found by name and carry their owner."""

from __future__ import annotations

import re

import pytest

from airflow_oracle_dag import sql

#: Statements that run in a transaction together with user work.
BESIDE_USER_WORK = ("advance", "mark", "discard")


@pytest.mark.parametrize("name", sql.names())
def test_every_table_is_qualified(name: str) -> None:
    """A script may change CURRENT_SCHEMA; our tables are found all the same."""
    text = sql.statement(name, "own")

    assert "{schema}" not in text
    assert re.findall(r"(?<!\.)\bodag_\w+", text) == []


@pytest.mark.parametrize("name", sql.names())
def test_every_change_is_hinted_against_parallel_execution(name: str) -> None:
    """FORCE PARALLEL DML in a script must not reach our statements."""
    text = re.sub(r"--.*", "", sql.statement(name, "own"))

    for verb in re.finditer(r"\b(UPDATE|DELETE)\b(?! NOWAIT)", text):
        assert text[verb.end() :].startswith(" /*+ NO_PARALLEL DISABLE_PARALLEL_DML */"), name


@pytest.mark.parametrize("name", BESIDE_USER_WORK)
def test_beside_user_work_each_table_is_changed_once(name: str) -> None:
    """A second change of one table in a transaction could meet ORA-12838 or ORA-12839."""
    text = sql.statement(name, "own").split("COMMIT WRITE")[0]
    tables = re.findall(r'(?:UPDATE /\*.*?\*/|INTO) "OWN"\.(odag_\w+)', text)

    assert tables
    assert len(tables) == len(set(tables))
    assert "SELECT" not in text.upper()


@pytest.mark.parametrize("name", ["x", "A1_$#", "Demo"])
def test_plain_names_are_quoted_in_upper_case(name: str) -> None:
    """As Oracle stores them."""
    assert sql.quoted(name) == f'"{name.upper()}"'


@pytest.mark.parametrize("name", ["", "1a", 'a"b', "a b", "a;drop", "x" * 129, "ä"])
def test_other_names_are_refused(name: str) -> None:
    """Only plain identifiers are ever pasted into SQL."""
    with pytest.raises(sql.UnknownSchemaName):
        sql.quoted(name)


def test_migrations_are_numbered_without_gaps() -> None:
    """Each is one more than the one before."""
    assert [m.version for m in sql.migrations("own")] == list(range(1, len(sql.MIGRATIONS) + 1))
