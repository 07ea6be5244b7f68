"""The unmodified driver gets cursors from blocks, gives them back and reads implicit results."""

from __future__ import annotations

import oracledb
import pytest

from airflow_oracle_dag.sandbox.session import Column, Direction, OracleType, Result, StatementKind
from tests.unit.sandbox.wire.fake_session import FakeRows, query

NUMBER = Column("N", OracleType.NUMBER, precision=9, scale=0)
TEXT = Column("T", OracleType.VARCHAR2, size=40)
ROWS = [(n, f"row {n}") for n in range(250)]


def opened(rows=ROWS):
    """Open a result set."""
    return FakeRows([NUMBER, TEXT], rows)


def answers(*cursors, implicit=()):
    """Make a handler of a block whose binds are all OUT cursors."""
    return lambda *_: Result(
        StatementKind.PLSQL,
        directions=[Direction.OUT] * len(cursors),
        out={place: [rows] for place, rows in enumerate(cursors)},
        implicit=implicit,
    )


def test_a_cursor_variable_is_fetched_to_its_end(connection, database):
    """Two cursors of one block are fetched in turn, each with its own columns."""
    database.script["begin"] = answers(opened(), FakeRows([TEXT], [("only",)]))
    cursor = connection.cursor()
    first, second = cursor.var(oracledb.DB_TYPE_CURSOR), cursor.var(oracledb.DB_TYPE_CURSOR)
    cursor.execute("begin p(:a, :b); end;", [first, second])
    assert second.getvalue().fetchall() == [("only",)]
    assert first.getvalue().fetchall() == ROWS
    assert [column.name for column in first.getvalue().description] == ["N", "T"]


def test_a_cursor_that_is_not_open_cannot_be_fetched(connection, database):
    """A block that opens nothing gives a cursor that says so, and the connection goes on."""
    database.script["begin"] = answers(None)
    cursor = connection.cursor()
    out = cursor.var(oracledb.DB_TYPE_CURSOR)
    cursor.execute("begin p(:a); end;", [out])
    with pytest.raises(oracledb.Error):
        out.getvalue().fetchall()
    connection.ping()


def test_a_cursor_goes_back_where_it_stands(connection, database, session):
    """A client hands a cursor to a block: the block gets the same rows, the rest of them."""
    rows = opened()
    database.script["begin p"] = answers(rows)
    database.script["begin q"] = lambda *_: Result(StatementKind.PLSQL, directions=[Direction.IN])
    cursor = connection.cursor()
    out = cursor.var(oracledb.DB_TYPE_CURSOR)
    cursor.execute("begin p(:a); end;", [out])
    handed = out.getvalue()
    handed.arraysize = handed.prefetchrows = 10
    assert handed.fetchmany(10) == ROWS[:10]
    cursor.execute("begin q(:a); end;", [handed])
    ((given,),) = session.executed[-1][2]
    assert given is rows
    assert given.fetch(1) == [ROWS[10]]


def test_implicit_results_come_in_order(connection, database):
    """Results that a block returns without a bind are read in their order."""
    database.script["begin"] = answers(implicit=[opened(), opened(ROWS[:3]), opened([])])
    cursor = connection.cursor()
    cursor.execute("begin p; end;")
    results = [result.fetchall() for result in cursor.getimplicitresults()]
    assert results == [ROWS, ROWS[:3], []]


def test_a_query_holds_cursors_as_values(connection, database):
    """A column of cursors (CURSOR expressions) is fetched row by row."""
    rows = [(n, opened(ROWS[:n])) for n in range(3)]
    database.script["from t"] = query([NUMBER, Column("C", OracleType.CURSOR)], rows)
    cursor = connection.cursor()
    cursor.execute("select n, cursor(select n, t from u) from t")
    assert [(n, inner.fetchall()) for n, inner in cursor] == [(n, ROWS[:n]) for n in range(3)]
