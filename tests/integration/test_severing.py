"""A connection can be cut from outside while its call runs."""

from __future__ import annotations

import threading
import time
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime.errors import ConnectionLost
from airflow_oracle_dag.runtime.severing import sever


def test_a_call_ends_when_its_connection_is_cut(bench: Any) -> None:
    """At once, as when the network breaks, though the server is still at work."""
    session = bench.target.connector().open()
    answers: list[bool] = []
    cutter = threading.Timer(0.3, lambda: answers.append(session.sever()))
    cutter.start()
    began = time.monotonic()
    with pytest.raises(ConnectionLost):
        session.execute("begin dbms_session.sleep(20); end;", {})
    cutter.join()

    assert answers == [True]
    assert time.monotonic() - began < 5
    session.close()


def test_another_connection_is_left_alone(bench: Any) -> None:
    """The socket that is found is the connection's own."""
    sessions = [bench.target.connector().open() for _ in range(3)]
    assert sessions[1].sever()

    assert sessions[0].query("select 1 from dual", {}) == [(1,)]
    assert sessions[2].query("select 1 from dual", {}) == [(1,)]
    with pytest.raises(ConnectionLost):
        sessions[1].query("select 1 from dual", {})
    for session in sessions:
        session.close()


def test_a_closed_connection_is_not_cut(bench: Any) -> None:
    """There is nothing left of it; cutting twice does no harm either."""
    connection: oracledb.Connection = bench.target.connect()
    assert sever(connection)
    sever(connection)
    connection.close()

    assert not sever(connection)
