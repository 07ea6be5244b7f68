"""What a statement costs in things that can be counted: round trips to PostgreSQL, Python calls.

Times depend on the machine; these numbers do not, and grow with the first question too many.
"""

from __future__ import annotations

import gc
import sys

import pytest

from airflow_oracle_dag.sandbox.calls import Calls
from airflow_oracle_dag.sandbox.wire.connection import Request, ServerConnection
from airflow_oracle_dag.sandbox.wire.constants import DataType, ExecuteOption
from airflow_oracle_dag.sandbox.wire.requests import Execute, Shape
from airflow_oracle_dag.sandbox.wire.types import WireType

KEYED = "select name, amount from given where n = :1"
# One DATA packet as the driver sends it: cursor 1, two rows wanted, one row of binds: 2.
AGAIN = bytes.fromhex("00000018 06000000 0000 034e01 0101 0102 0120 00 07 02c103")
RUN = ExecuteOption.EXECUTE | ExecuteOption.FETCH


@pytest.fixture
def given(client):
    """Make a table of three rows."""
    client.run("create table given (n number(9) primary key, name varchar2(40), amount number)")
    for n in (1, 2, 3):
        client.run("insert into given values (:1, :2, :3)", (n, f"name {n}", n))
    client.session.commit()
    return client


def trips(client, work):
    """Return how many round trips something takes."""
    link = client.session._link
    before = link.round_trips
    work()
    return link.round_trips - before


def calls(work):
    """Return how many functions written in Python are called."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    gc.disable()  # what it calls back is none of the work
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def test_a_query_by_key(given):
    """A query by key takes one round trip, and fetching its rows takes none."""
    given.rows(KEYED, 1)
    assert trips(given, lambda: given.rows(KEYED, 2)) == 1
    assert given.rows(KEYED, 2) == [("name 2", 2)]


def test_savepoints(given):
    """A statement within a transaction takes one round trip together with its savepoint."""
    for _ in range(2):
        assert trips(given, lambda: given.run("update given set amount = amount + 1")) == 1
        assert trips(given, lambda: given.rows(KEYED, 2)) == 1
    assert trips(given, given.session.commit) == 1


def test_a_new_statement(given):
    """A statement that was not prepared yet is so on its way."""
    assert trips(given, lambda: given.rows("select max(amount) from given")) == 1


def test_array_dml(given):
    """Array DML takes one round trip for many rows."""
    rows = [(n, f"name {n}", n) for n in range(10, 200)]
    assert trips(given, lambda: given.run("insert into given values (:1, :2, :3)", *rows)) == 1
    assert given.one("select count(*) from given") == 193


def test_a_failure(given):
    """What fails takes one round trip more, which undoes it."""
    given.run("delete from given where n = 3")
    insert = "insert into given values (1, 'twice', 1)"
    assert trips(given, lambda: given.fails(insert)) == 2
    assert given.one("select count(*) from given") == 2


def test_nothing(given):
    """A ping, and a COMMIT or ROLLBACK without a transaction, take no round trip."""
    session = given.session
    assert trips(given, lambda: (session.ping(), session.commit(), session.rollback())) == 0


def test_calls(given):
    """A repeated query by key takes few calls from its packet to its answer."""
    client = Calls(given.session)
    shape = Shape((WireType(DataType.NUMBER, 22),))
    client.answer(Execute(RUN, 0, KEYED, 2, True, shape, (), [[1]], True))
    wire = ServerConnection(client.shape_of)
    wire.accept()
    answers = []

    def serve():
        wire.receive(AGAIN)
        request = wire.next_event()
        assert isinstance(request, Request)
        answers.append(client.answer(request.call))

    serve()
    assert calls(serve) <= 80
    assert b"name 2" in answers[-1]
