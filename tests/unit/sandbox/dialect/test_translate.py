"""Translation of queries and DML, by table."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest

from airflow_oracle_dag.sandbox.dialect.translate import Variables, translate
from airflow_oracle_dag.sandbox.session import OracleError


@pytest.mark.parametrize(
    ("oracle", "postgres"),
    [
        ("select a from t where b = 1", 'SELECT "A" FROM "T" WHERE "B" = 1.'),
        ('select "a" from "t"', 'SELECT "a" FROM "t"'),
        ("select 'x' a from dual", "SELECT CAST('x' AS text) AS \"A\""),
        ("select '' a from dual", 'SELECT NULL AS "A"'),
        ("select a from t order by 1", 'SELECT "A" FROM "T" ORDER BY 1'),
        ("select a from t where rownum <= 5", 'SELECT "A" FROM "T" LIMIT greatest(floor((5.)::numeric), 0)::bigint'),
        ("delete t where a = 1", 'DELETE FROM "T" WHERE "A" = 1.'),
        ("update own.t x set x.a = :v where x.b = :1", 'UPDATE "OWN"."T" AS "X" SET "A" = $1 WHERE "X"."B" = $2'),
        ("select a from t for update nowait", 'SELECT "A" FROM "T" FOR UPDATE NOWAIT'),
        ("select x.a from t x, u for update of x.a skip locked", 'SELECT "X"."A" FROM "T" AS "X", "U" FOR UPDATE OF "X" SKIP LOCKED'),
        ("select /*+ full(t) */ a from t -- end", 'SELECT "A" FROM "T"'),
        ("select seq.nextval n from dual", "SELECT oracle.nextval('\"SEQ\"') AS \"N\""),
        ("select a from t where (a, b) not in ((:v, 1), (:w, :x))", 'SELECT "A" FROM "T" WHERE NOT (("A" = $1 AND "B" = 1.) OR ("A" = $2 AND "B" = $3))'),
        ("select a from t minus select b from u", 'SELECT "A" FROM "T" EXCEPT SELECT "B" FROM "U"'),
    ],
)  # fmt: skip
def test_statement(oracle, postgres):
    """A statement becomes the PostgreSQL that means the same."""
    assert translate(oracle).sql == postgres


def test_binds_are_counted_by_occurrence():
    """Every occurrence of a bind is a parameter, in the order of the text."""
    found = translate("update t set a = :x, b = :2 where c = :x returning a, b into :o1, :o2")
    assert (found.binds, found.into) == (("X", "2", "X"), ("O1", "O2"))


def test_column_names_are_oracles():
    """Expressions are named by their text, columns by their upper-case name."""
    assert translate('select a, count(*), b + 1, c as "d" from t').names == (
        "A",
        "COUNT(*)",
        "B+1",
        "d",
    )


def test_variables_yield_to_columns():
    """A name is a variable only where no table in sight has a column of that name."""
    variables = Variables(lambda record, name: name in ("V", "A"), lambda tables: frozenset({"A"}))
    found = translate("select a from t where b = v", variables)
    assert (found.sql, found.binds) == ('SELECT "A" FROM "T" WHERE "B" = $1', ("V",))


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update (select a from t) set a = 1", 3001),
        ("insert into t values (1) returning a", 925),
        (
            "merge into t using u on (t.a = u.a) when matched then update set b = 1 delete where b = :x",
            3001,
        ),
        ("select a from t where b = 'x", 1756),
    ],
)
def test_refusals(statement, code):
    """What has no exact translation is refused, never approximated."""
    with pytest.raises(OracleError) as caught:
        translate(statement)
    assert caught.value.code == code
