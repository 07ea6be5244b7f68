"""What a statement is by its first words, and its binds."""

from __future__ import annotations

from typing import Tuple

import pytest

from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import StatementClass as Is

CLASSES = [
    ("select 1 from dual", Is.SELECT, "SELECT"),
    ("with a as (select 1 from dual) select 1 from a", Is.SELECT, "WITH"),
    ("(select 1 from dual)", Is.SELECT, "SELECT"),
    ("((select 1 from dual))", Is.SELECT, "SELECT"),
    ("insert into t values (1)", Is.DML, "INSERT"),
    ("insert /* a */ into t values (1)", Is.DML, "INSERT"),
    ("update t set a = 1", Is.DML, "UPDATE"),
    ("delete t", Is.DML, "DELETE"),
    ("merge into t using u on (1 = 1) when matched then delete", Is.DML, "MERGE"),
    ("explain plan for select 1 from dual", Is.DML, "EXPLAIN"),
    ("commit", Is.COMMIT, "COMMIT"),
    ("commit write immediate wait", Is.COMMIT, "COMMIT"),
    ("rollback", Is.ROLLBACK, "ROLLBACK"),
    ("rollback work", Is.ROLLBACK, "ROLLBACK"),
    ("rollback to a", Is.ROLLBACK_TO, "ROLLBACK"),
    ("rollback work to savepoint a", Is.ROLLBACK_TO, "ROLLBACK"),
    ("savepoint a", Is.SAVEPOINT, "SAVEPOINT"),
    ("set transaction read only", Is.SET_TRANSACTION, "SET"),
    ("set constraints all deferred", Is.SET_CONSTRAINTS, "SET"),
    ("set constraint a immediate", Is.SET_CONSTRAINTS, "SET"),
    ("set role all", Is.SET_ROLE, "SET"),
    ("lock table t in exclusive mode", Is.LOCK_TABLE, "LOCK"),
    ("alter session set nls_date_format = 'YYYY'", Is.ALTER_SESSION, "ALTER"),
    ("alter system flush shared_pool", Is.ALTER_SYSTEM, "ALTER"),
    ("call p(1)", Is.PLSQL, "CALL"),
    ("create private temporary table ora$ptt_a (a int)", Is.PRIVATE_TEMP, "CREATE"),
    ("drop table ora$ptt_a", Is.PRIVATE_TEMP, "DROP"),
    ("grant select on t to u", Is.DDL, "GRANT"),
    ("revoke select on t from u", Is.DDL, "REVOKE"),
    ("audit select on t", Is.DDL, "AUDIT"),
    ("noaudit select on t", Is.DDL, "NOAUDIT"),
    ("associate statistics with functions f using s", Is.DDL, "ASSOCIATE"),
    ("disassociate statistics from functions f", Is.DDL, "DISASSOCIATE"),
    ("administer key management set keystore open", Is.DDL, "ADMINISTER"),
]


@pytest.mark.parametrize(("text", "statement", "verb"), CLASSES)
def test_class(text: str, statement: Is, verb: str) -> None:
    """The first words give class and verb."""
    (piece,) = parse_script(f"{text};\n").pieces
    assert (piece.statement, piece.verb) == (statement, verb)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("begin null; end;", "BEGIN"),
        ("declare a int; begin null; end;", "DECLARE"),
        ("<<l>> begin null; end;", "BEGIN"),
    ],
)
def test_anonymous_block(text: str, verb: str) -> None:
    """A block is PL/SQL, called by its first keyword."""
    (piece,) = parse_script(f"{text}\n/\n").pieces
    assert (piece.statement, piece.verb) == (Is.PLSQL, verb)


def test_with_function_is_a_select() -> None:
    """WITH FUNCTION is ended as PL/SQL is, and is a query."""
    (piece,) = parse_script(
        "with function f return int is begin return 1; end; select f from dual\n/\n"
    ).pieces
    assert piece.statement is Is.SELECT


DDL = [
    ("create table t (a int)", "TABLE", "t"),
    ('create table stg."My T" (a int)', "TABLE", 'stg."My T"'),
    ("create global temporary table g (a int)", "TABLE", "g"),
    ("create table if not exists t (a int)", "TABLE", "t"),
    ("create unique index s.i on t (a)", "INDEX", "s.i"),
    ("create bitmap index i on t (a)", "INDEX", "i"),
    ("create or replace force view v as select 1 a from dual", "VIEW", "v"),
    ("create or replace /* a */ view v as select 1 a from dual", "VIEW", "v"),
    ("create materialized view m as select 1 a from dual", "MATERIALIZED VIEW", "m"),
    ("create materialized view log on t", "MATERIALIZED VIEW LOG", "t"),
    ("create or replace public synonym s for t", "SYNONYM", "s"),
    ("create public database link l using 'x'", "DATABASE LINK", "l"),
    ("create sequence q", "SEQUENCE", "q"),
    ("create user u identified by x", "USER", "u"),
    ("create bigfile tablespace b datafile 'x' size 1m", "TABLESPACE", "b"),
    ("drop table if exists a.t purge", "TABLE", "a.t"),
    ("drop package body p", "PACKAGE BODY", "p"),
    ("drop materialized view m", "MATERIALIZED VIEW", "m"),
    ("alter table t add (a int)", "TABLE", "t"),
    ("alter index i rebuild", "INDEX", "i"),
    ("alter package p compile body", "PACKAGE", "p"),
    ("truncate table t", "TABLE", "t"),
    ("analyze table t compute statistics", "TABLE", "t"),
    ("comment on table t is 'a'", "TABLE", "t"),
    ("comment on column s.t.a is 'a'", "COLUMN", "s.t.a"),
    ("purge table t", "TABLE", "t"),
    ("purge recyclebin", "RECYCLEBIN", ""),
    ("flashback table t to before drop", "TABLE", "t"),
    ("rename a to b", "", "a"),
    ("create table gr\u00f6\u00dfe (a int)", "TABLE", "gr\u00f6\u00dfe"),
]


@pytest.mark.parametrize(("text", "object_type", "object_name"), DDL)
def test_ddl(text: str, object_type: str, object_name: str) -> None:
    """DDL knows the type of its object, and the name as it is written."""
    (piece,) = parse_script(f"{text};\n").pieces
    assert piece.statement is Is.DDL
    assert (piece.object_type, piece.object_name) == (object_type, object_name)


@pytest.mark.parametrize(
    ("text", "object_type", "object_name"),
    [
        ("create or replace package body s.p as end;", "PACKAGE BODY", "s.p"),
        ("create or replace editionable procedure p as begin null; end;", "PROCEDURE", "p"),
        ("create type body t as end;", "TYPE BODY", "t"),
        ("create trigger g before insert on t begin null; end;", "TRIGGER", "g"),
        ('create or replace and compile java source named "A" as class A {}', "JAVA SOURCE", '"A"'),
    ],
)
def test_stored_code_is_ddl(text: str, object_type: str, object_name: str) -> None:
    """CREATE of stored code is DDL and has no binds."""
    (piece,) = parse_script(f"{text}\n/\n").pieces
    assert (piece.statement, piece.object_type, piece.object_name, piece.binds) == (
        Is.DDL,
        object_type,
        object_name,
        (),
    )


BINDS = [
    ("select :a, :B, :a from dual", ("a", "b")),
    ("select :1, :2 from dual", ("1", "2")),
    ("select ':a' from dual", ()),
    ("select 'it''s :a' from dual", ()),
    ("select q'[it's :a]' from dual", ()),
    ("select 1 -- :a\n, :b from dual", ("b",)),
    ("select /* :a */ :b from dual", ("b",)),
    ('select 1 ":a" from dual', ()),
    ("select timestamp '2026-01-01 10:30:00' from dual", ()),
    ("select to_date('10:30', 'HH24:MI') from dual", ()),
    ("select json_value(a, '$.b:c') from t where d=:e", ("e",)),
    ("select a from t where b in (:x,:y)", ("x", "y")),
    ('select :"Mixed", :"PLAIN", :"a b" from dual', ('"Mixed"', "plain", '"a b"')),
    ("select :größe from dual", ("größe",)),
    ("select :a$b#c_1 from dual", ("a$b#c_1",)),
    ("begin x := 1; end;", ()),
    ("begin x:=:a; :b:=2; end;", ("a", "b")),
    ("select : a, :\n b from dual", ("a", "b")),
    ("select json_object('a':b, 'c' : d, 'e' : :f, 'g'\n:h, 'i'::j) from t", ("f", "j")),
    ("select json {'a':b, q'[c]':d, 'e':'f' || :g} from t", ("g",)),
    ("select 'a' -- it's'\n :b, 'c' /* d */ :e from t", ("b", "e")),
    ("select :1, :2a, :_b from t", ("1", "2")),
    ("select xmltable(':a' passing :b) from t", ("b",)),
    ("create view v as select json_object('a':b, k : c) d from t", ()),
    ("create table t as select :a, b=:c from u", ("a", "c")),
    ("create table t (a int) organization external (x position(1:20), y (a) :1)", ("1",)),
    ("create json relational duality view v as t @insert { _id:id, n : m }", ()),
]


@pytest.mark.parametrize(("text", "binds"), BINDS)
def test_binds(text: str, binds: Tuple[str, ...]) -> None:
    """Binds are found in code only, once each, in order, in lower case."""
    assert find_binds(text) == binds


def test_binds_of_pieces() -> None:
    """A statement and a block have their binds; a trigger's :NEW is none."""
    script = parse_script(
        "select :a from dual;\nbegin\n  p(:b);\nend;\n/\ncall p(:c);\n"
        "create trigger t before insert on x for each row begin :new.a := :old.b; end;\n/\n"
    )
    assert [piece.binds for piece in script.pieces] == [("a",), ("b",), ("c",), ()]
