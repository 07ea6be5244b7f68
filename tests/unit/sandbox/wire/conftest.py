"""Fixtures that drive the real client against a scripted database."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.sandbox.server import SandboxServer
from tests.unit.sandbox.wire.fake_session import FakeDatabase, FakeSession

PASSWORD = "secret-Pässword"


@pytest.fixture
def database() -> FakeDatabase:
    """Give an empty script."""
    return FakeDatabase()


@pytest.fixture
def server(database: FakeDatabase) -> Iterator[SandboxServer]:
    """Listen on a free port."""
    with SandboxServer(database) as server:
        yield server


@pytest.fixture
def connect(server: SandboxServer) -> Iterator[Callable[..., oracledb.Connection]]:
    """Open connections that are closed at the end."""
    opened: list[oracledb.Connection] = []

    def open_one(**parameters: Any) -> oracledb.Connection:
        values = {"user": "demo", "password": PASSWORD, "dsn": f"{server.address}/FREEPDB1"}
        opened.append(oracledb.connect(**(values | parameters)))
        return opened[-1]

    yield open_one
    for connection in opened:
        with contextlib.suppress(oracledb.Error):  # the test may have cut it
            connection.close()


@pytest.fixture
def connection(connect: Callable[..., oracledb.Connection]) -> oracledb.Connection:
    """Give one connection."""
    return connect()


@pytest.fixture
def session(connection: oracledb.Connection, database: FakeDatabase) -> FakeSession:
    """Give the session behind `connection`."""
    return database.opened[-1]
