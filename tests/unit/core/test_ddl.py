"""A DDL statement is read into one change of one thing, or into why it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.ddl import DdlStatement, Effect, read_ddl
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import StatementClass


def read(text: str) -> DdlStatement:
    """Read a statement as the splitter gives it."""
    (piece,) = parse_script(text if text.endswith("/") else f"{text};", name="s.sql").pieces
    assert piece.statement is StatementClass.DDL
    return read_ddl(piece)


def said(
    effect: Effect, kind: str, owner: str | None, name: str, *more: str | None
) -> DdlStatement:
    """Make what is expected."""
    part, new_name = (*more, None, None)[:2]
    return DdlStatement(effect, kind, owner, name, part, new_name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create table t (a number)", said(Effect.CREATE, "TABLE", None, "T")),
        (
            'create global temporary table etl."Mixed" as select 1 a from x',
            said(Effect.CREATE, "TABLE", "ETL", "Mixed"),
        ),
        ("create /* or replace */ table t_$# (a date)", said(Effect.CREATE, "TABLE", None, "T_$#")),
        ("create unique index o.i on t (a)", said(Effect.CREATE, "INDEX", "O", "I")),
        ("create bitmap index i on t (a) parallel 4", said(Effect.CREATE, "INDEX", None, "I")),
        (
            "create force editionable view v as select 1 a from x",
            said(Effect.CREATE, "VIEW", None, "V"),
        ),
        ("create sequence s start with 5", said(Effect.CREATE, "SEQUENCE", None, "S")),
        ("create public synonym s for t", said(Effect.CREATE, "SYNONYM", "PUBLIC", "S")),
        (
            "create materialized view m build deferred as select 1 a from x",
            said(Effect.CREATE, "MATERIALIZED VIEW", None, "M"),
        ),
        ("create procedure p is begin null; end;\n/", said(Effect.CREATE, "PROCEDURE", None, "P")),
        (
            "create package body o.p is procedure x is begin null; end; end;\n/",
            said(Effect.CREATE, "PACKAGE BODY", "O", "P"),
        ),
        ("create type t as object (a number)\n/", said(Effect.CREATE, "TYPE", None, "T")),
        (
            "create trigger g before insert on t begin null; end;\n/",
            said(Effect.CREATE, "TRIGGER", None, "G"),
        ),
        ("drop table t cascade constraints purge", said(Effect.DROP, "TABLE", None, "T")),
        ("drop table if exists o.t", said(Effect.DROP, "TABLE", "O", "T")),
        ("drop package body p", said(Effect.DROP, "PACKAGE BODY", None, "P")),
        (
            "drop materialized view m preserve table",
            said(Effect.DROP, "MATERIALIZED VIEW", None, "M"),
        ),
        ("drop public synonym s", said(Effect.DROP, "SYNONYM", "PUBLIC", "S")),
        ("rename a to b", said(Effect.RENAME, "", None, "A", None, "B")),
        ("alter table o.a rename to b", said(Effect.RENAME, "TABLE", "O", "A", None, "B")),
        ("alter index i rename to j", said(Effect.RENAME, "INDEX", None, "I", None, "J")),
        ("alter table t add c number(10, 2)", said(Effect.ADD_COLUMN, "TABLE", None, "T", "C")),
        (
            "alter table if exists t add (c number(10, 2) default 0 not null enable)",
            said(Effect.ADD_COLUMN, "TABLE", None, "T", "C"),
        ),
        (
            "alter table t add (c date check (c > date '2020-01-01'))",
            said(Effect.ADD_COLUMN, "TABLE", None, "T", "C"),
        ),
        ("alter table t drop column c", said(Effect.DROP_COLUMN, "TABLE", None, "T", "C")),
        (
            "alter table t drop (c) cascade constraints",
            said(Effect.DROP_COLUMN, "TABLE", None, "T", "C"),
        ),
        (
            "alter table t rename column c to d",
            said(Effect.RENAME_COLUMN, "TABLE", None, "T", "C", "D"),
        ),
        (
            "alter table t add constraint k primary key (a, b) using index",
            said(Effect.ADD_CONSTRAINT, "TABLE", None, "T", "K"),
        ),
        (
            "alter table t add (constraint k foreign key (a, b) references u on delete cascade)",
            said(Effect.ADD_CONSTRAINT, "TABLE", None, "T", "K"),
        ),
        (
            "alter table t drop constraint k cascade drop index",
            said(Effect.DROP_CONSTRAINT, "TABLE", None, "T", "K"),
        ),
        (
            "alter table t rename constraint k to l",
            said(Effect.RENAME_CONSTRAINT, "TABLE", None, "T", "K", "L"),
        ),
        ("truncate table o.t drop all storage", said(Effect.TRUNCATE, "TABLE", "O", "T")),
    ],
)
def test_one_change_of_one_thing(text: str, expected: DdlStatement) -> None:
    """Type, owner, name, part and new name are those of the catalogue."""
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "create or replace view v as select 1 a from x",
        "create or replace package body p is end;\n/",
        "create table if not exists t (a number)",
        "comment on table t is 'x'",
        "grant select on t to u",
        "analyze table t validate structure",
        "alter package p compile body",
        "alter trigger g disable",
        "alter materialized view m compile",
        "alter index i rebuild parallel 4",
        "alter index i unusable",
        "alter table t nologging",
        "alter table t parallel 8",
        "alter table t enable novalidate constraint k",
        "alter table t disable constraint k cascade",
        "alter table t disable all triggers",
    ],
)
def test_what_may_run_twice(text: str) -> None:
    """The same result however often it runs, and it says which clause makes it so."""
    found = read(text)

    assert found.effect is Effect.REPEATABLE and not found.is_compared
    assert "the same result" in found.because


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("revoke select on t from u", "what REVOKE does is not looked up"),
        ("flashback table t to before drop", "what FLASHBACK does is not looked up"),
        ("analyze table t validate structure into u", "what ANALYZE does"),
        ("analyze table t list chained rows into u", "what ANALYZE does"),
        ("create index i on t (a) online", "several transactions"),
        ("create index i on t (a) indextype is ctxsys.context", "a domain index"),
        ("create materialized view log on t", "CREATE MATERIALIZED VIEW is not looked up"),
        ("create user u identified by x", "CREATE USER is not looked up"),
        ("create sharded table t (a number)", "CREATE SHARDED is not looked up"),
        ("drop user u cascade", "DROP USER is not looked up"),
        ("drop index i online", "several transactions"),
        ("truncate table t cascade", "CASCADE empties other tables, too"),
        ("truncate cluster c", "TRUNCATE CLUSTER is not looked up"),
        ("alter table t add (a number, b number)", "more than one thing"),
        ("alter table t add a number add b number", "more than one thing"),
        ("alter table t add (a number) modify (b number)", "more than one thing"),
        ("alter table t add constraint k check (a > 0) enable row movement", "more than one thing"),
        ("alter table t add check (a > 0)", "without a name"),
        ("alter table t add (primary key (a))", "without a name"),
        ("alter table t add partition p values less than (5)", "ADD PARTITION"),
        ("alter table t drop (a, b)", "more than one thing"),
        ("alter table t drop column a checkpoint 1000", "with CHECKPOINT"),
        ("alter table t drop columns continue", "DROP COLUMNS"),
        ("alter table t drop partition p", "DROP PARTITION"),
        ("alter table t drop primary key", "DROP PRIMARY"),
        ("alter table t drop constraint k online", "with ONLINE"),
        ("alter table t modify (a number(5))", "ALTER TABLE … MODIFY"),
        ("alter table t move online", "ALTER TABLE … MOVE"),
        ("alter table t exchange partition p with table u", "ALTER TABLE … EXCHANGE"),
        ("alter table t enable constraint k disable constraint l", "ALTER TABLE … ENABLE"),
        ("alter table t rename partition p to q", "RENAME PARTITION"),
        ("alter table t set unused (a)", "ALTER TABLE … SET"),
        ("alter index i rebuild online", "several transactions"),
        ("alter index i coalesce", "ALTER INDEX … COALESCE"),
        ("alter sequence s increment by 5", "ALTER SEQUENCE"),
        ("alter view v add constraint k unique (a)", "ALTER VIEW"),
        ("drop table t@far", "beyond this database"),
        ("drop table größe", "a name in ASCII"),
    ],
)
def test_what_cannot_be_decided(text: str, because: str) -> None:
    """It says which word makes it so."""
    found = read(text)

    assert found.effect is Effect.UNDECIDED and not found.is_compared
    assert because in found.because


_TEXT = (
    'create alter drop truncate rename table index view t "Xy" o . ( ) , add column constraint '
    "online to number 5 purge cascade @ as select 'it''s' /* -- */ if not exists"
)
_WORDS = st.sampled_from(_TEXT.split())


@given(st.lists(_WORDS, max_size=14))
def test_any_words_are_read(words: list[str]) -> None:
    """Whatever stands there is one of the classes, and what is compared has a name."""
    from dataclasses import replace

    (piece,) = parse_script("drop table t;", name="s.sql").pieces

    found = read_ddl(replace(piece, text=" ".join(words)))

    assert found.is_compared == bool(found.name)
    assert bool(found.because) != found.is_compared
