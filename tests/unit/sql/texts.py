"""Every SQL text of the package by name, those of the migrations and of the schema included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.handover import Job, given, prepare, segments
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import PieceKind
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.sql.control_package import MANAGED, control_script

_PLSQL = re.compile(r"(BEGIN|DECLARE|CREATE OR REPLACE PACKAGE)\b")
_LITERAL = r"'(?:[^']|'')*'"
#: What a block runs dynamically: literals, and between them names that are put in.
_DYNAMIC = re.compile(
    rf"EXECUTE IMMEDIATE\s+({_LITERAL}(?:\s*\|\|.*?\|\|\s*{_LITERAL})*)", re.DOTALL
)


def _said(part: str) -> str:
    return part[1:-1].replace("''", "'") if part.startswith("'") else "NAME"


def _texts() -> Iterator[tuple[str, str]]:
    for name in sql.names():
        text = sql.statement(name, "own")
        yield name, text
        for number, found in enumerate(_DYNAMIC.findall(text), 1):
            yield f"{name} dynamic {number}", "".join(map(_said, re.split(r"\s*\|\|\s*", found)))
    scripts = {f"migration {one.name}": one.text for one in sql.migrations("own")}
    scripts["schema"] = sql.schema_script("own")
    for name, text in scripts.items():
        for piece in parse_script(text, name=f"{name}.sql").pieces:
            if piece.kind in (PieceKind.SQL, PieceKind.PLSQL):
                yield f"{name} line {piece.first_line}", piece.text
    for managed in ("", *MANAGED):
        for piece in parse_script(control_script(["etl"], managed=managed)).pieces:
            if piece.kind is PieceKind.PLSQL:
                yield f"control package {managed} line {piece.first_line}", piece.text


#: Has whatever a body can be made of.
_HANDED = """
alter session set nls_date_format = 'YYYY-MM-DD';
-- @step load
insert into t_mine (entry) values (:entry);
-- @on_error continue ORA-00001
insert into t_mine (entry) values (:entry || :entry || :flag || :n || :d);
-- @expect rows > 0
update t_mine set entry = 'secret_word';
-- @expect rows < 9
select * from t_mine;
-- @check loaded
select count(*) as ok from t_mine;
rollback;
commit;
create or replace procedure if not exists p is begin null; end;
/
show errors
create table t_mine2 (n number);
-- @step blocks atomic=strict
begin p(:entry); end;
/
savepoint here;
whenever sqlerror continue
begin p(:entry); end;
/
rollback to here;
rollback;
-- @step reads
set transaction read only;
prompt reading
select * from t_mine where n < :n;
commit;
-- @step one_by_one
set transaction isolation level serializable;
begin p(:entry); end;
/
"""


def _body() -> str:
    given_values = {"entry": "O'Brien", "flag": True, "n": 5, "d": date(2026, 1, 2)}
    values = ScriptValues(given_values)
    plan = build_plan(parse_script(_HANDED, name="s.sql"), values, run_on="database")
    (segment,) = segments(plan.steps)
    job = Job(17, "module", "key", keep_output=True, is_end=True)
    run_with = [given(step, values) for step in segment.handed]
    found = prepare(segment.handed, run_with, job)
    return sql.handed_body(found.operations, found.kinds, "own")


BODY = _body()
BODY_PARTS = re.findall(r"^  PROCEDURE (\w+) IS", BODY, re.MULTILINE)
#: Its procedures, which are texts of their own beside; of one what is around that, too.
_PROCEDURES = re.compile(
    r"^(  PROCEDURE (?!mark )\w+ IS\n  BEGIN\n).*?(?=\n  END;\n(?:  PROCEDURE|BEGIN))",
    re.DOTALL | re.MULTILINE,
)
TEXTS = {**dict(_texts()), "composed body": _PROCEDURES.sub(r"\1    NULL;", BODY)}
BLOCKS = sorted(name for name, text in TEXTS.items() if _PLSQL.match(text))
STATEMENTS = sorted(set(TEXTS) - set(BLOCKS))
