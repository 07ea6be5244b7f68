"""Statements are found by name and carry their owner."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.binds import find_binds

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

    for verb in re.finditer(r"\b(UPDATE|DELETE)\b(?! NOWAIT| WAIT)", text):
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


def test_a_session_is_named_by_whole_numbers_alone() -> None:
    """ALTER SYSTEM takes no binds."""
    assert sql.alter_system("cancel_sql", 12, 345, 1) == "ALTER SYSTEM CANCEL SQL '12,345,@1'"
    said = sql.alter_system("kill_session", 12, 345, 2)
    assert said == "ALTER SYSTEM KILL SESSION '12,345,@2' IMMEDIATE"


@pytest.mark.parametrize("wrong", [0, -1, True, 1.0, "1", "1' IMMEDIATE --", None])
def test_what_is_no_whole_number_is_pasted_nowhere(wrong: Any) -> None:
    """Not even where it could do no harm."""
    for parts in ((wrong, 1, 1), (1, wrong, 1), (1, 1, wrong)):
        with pytest.raises(ValueError, match="session's name"):
            sql.alter_system("kill_session", *parts)


def test_migrations_are_numbered_without_gaps() -> None:
    """Each is one more than the one before."""
    assert [m.version for m in sql.migrations("own")] == list(range(1, len(sql.MIGRATIONS) + 1))


#: SQL Language Reference, Oracle SQL Reserved Words: none of them can name a bind (ORA-01745).
RESERVED = """
    ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COLUMN_VALUE
    COMMENT COMPRESS CONNECT CREATE CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE
    EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED IMMEDIATE IN INCREMENT
    INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS
    MLSLABEL MODE MODIFY NESTED_TABLE_ID NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON
    ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS
    SELECT SESSION SET SHARE SIZE SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO
    TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR VARCHAR2 VIEW WHENEVER WHERE
    WITH AT BEGIN CASE CLOSE CURSOR DECLARE END EXCEPTION FETCH FUNCTION GOTO IF LOOP OPEN
    PROCEDURE RETURN TYPE WHEN WHILE
"""


def test_no_bind_has_the_name_of_a_reserved_word() -> None:
    """Neither SQL's words nor those of PL/SQL."""
    binds = {bind.upper() for name in sql.names() for bind in find_binds(sql.statement(name, "o"))}

    assert binds
    assert not binds & set(RESERVED.split())


def test_no_column_and_no_variable_has_the_name_of_a_reserved_word() -> None:
    """So that neither has to be quoted anywhere (ORA-00904, PLS-00103)."""
    tables = "".join(migration.text for migration in sql.migrations("own"))
    columns = re.findall(
        r"^  (\w+) +(?:VARCHAR2|NUMBER|TIMESTAMP|DATE|CLOB)\b", tables, re.MULTILINE
    )
    declared = [
        name
        for one in sql.names()
        for part in re.findall(
            r"\ADECLARE\n(.*?)^BEGIN", sql.statement(one, "o"), re.DOTALL | re.MULTILINE
        )
        for name in re.findall(r"^  (\w+) ", part, re.MULTILINE)
    ]

    assert {"run_hash", "job_name", "day"} <= set(columns)
    assert {"line", "later_runs"} <= set(declared)
    assert not {name.upper() for name in (*columns, *declared)} & set(RESERVED.split())


def test_every_statement_is_used() -> None:
    """A statement that nothing sends is not kept."""
    package = Path(sql.__file__).parent.parent
    code = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))

    assert [name for name in sql.names() if f'"{name}"' not in code] == []


def test_grants_are_what_the_statements_need() -> None:
    """Not a privilege more; what only `purge` does is left to the owner of the tables."""
    needed = set()
    for name in sql.names():
        if name.startswith("purge_"):
            continue
        text = sql.statement(name, "own")
        text = re.sub(r"--.*|/\*.*?\*/", "", text).upper()
        for verb, found in (
            ("INSERT", r'INTO "OWN"\."?(ODAG_\w+)'),
            ("UPDATE", r'UPDATE\s+"OWN"\."?(ODAG_\w+)'),
            ("DELETE", r'DELETE\s+FROM "OWN"\."?(ODAG_\w+)'),
            ("SELECT", r'(?<!DELETE )(?<!DELETE  )FROM "OWN"\."?(ODAG_\w+)'),
        ):
            needed |= {(verb, table) for table in re.findall(found, text)}
    granted = set()
    for line in sql.grants("own", "etl"):
        match = re.fullmatch(r'GRANT ([A-Z, ]+) ON "OWN"\.(\w+) TO "ETL"', line)
        assert match
        granted |= {(verb, match[2].upper()) for verb in match[1].split(", ")}
    written = {("INSERT", "ODAG_VERSION")}  # by `init`, as the owner
    reads = {(verb, table) for verb, table in granted if verb == "SELECT"}  # UPDATE … WHERE reads

    assert needed - written <= granted
    assert granted - reads <= needed
