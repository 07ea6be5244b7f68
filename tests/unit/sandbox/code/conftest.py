"""One real server for the session, the unmodified driver against it."""

from __future__ import annotations

import oracledb
import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.server import SandboxServer

KINDS = ("PACKAGE BODY", "PACKAGE", "PROCEDURE", "FUNCTION", "VIEW", "TABLE", "SEQUENCE", "SYNONYM")


class Client:
    """Be a connection of the driver that says briefly what it got."""

    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.cursor()

    def run(self, sql, *values, **named):
        """Run a statement; its rows if it has any."""
        self.cursor.execute(sql, named or list(values))
        return self.cursor.fetchall() if self.cursor.description else None

    def one(self, sql, *values):
        """Return the only value of a query."""
        ((value,),) = self.run(sql, *values)
        return value

    def make(self, sql):
        """Create something that has no compilation errors."""
        self.cursor.execute(sql)
        assert self.cursor.warning is None, self.errors()

    def errors(self):
        """Return all of USER_ERRORS."""
        return self.run(
            "SELECT name, line, position, text FROM user_errors ORDER BY name, sequence"
        )

    def ask(self, body, kind=str):
        """Run statements that set ``:x`` and return it."""
        variable = self.cursor.var(kind)
        self.cursor.execute(f"BEGIN {body} END;", x=variable)
        return variable.getvalue()

    def error(self, sql, *values, **named):
        """Return the error that a statement raises."""
        with pytest.raises(oracledb.DatabaseError) as caught:
            self.run(sql, *values, **named)
        return caught.value.args[0]

    def fails(self, sql, *values, **named):
        """Return the ORA- number that a statement raises."""
        return self.error(sql, *values, **named).code

    def status(self, name):
        """Return type and status of what has a name."""
        return self.run(
            "SELECT object_type, status FROM user_objects WHERE object_name = :1 ORDER BY 1", name
        )


@pytest.fixture(scope="session")
def database():
    """Keep one temporary database for all tests."""
    opened = open_database(None, dict.fromkeys(("demo", "other", "system"), "secret"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server(database):
    """Serve it."""
    with SandboxServer(database) as listening:
        yield listening


@pytest.fixture
def connect(server):
    """Open connections; what they made is dropped at the end."""
    opened = []

    def open_one(user="demo"):
        dsn = f"{server.address}/FREEPDB1"
        opened.append(Client(oracledb.connect(user=user, password="secret", dsn=dsn)))
        return opened[-1]

    yield open_one
    for client in opened:
        client.connection.close()
    for user in ("demo", "other"):
        _drop_all(open_one(user))
        opened[-1].connection.close()


def _drop_all(client):
    for other in KINDS:
        names = client.run("SELECT object_name FROM user_objects WHERE object_type = :1", other)
        for (name,) in names:
            cascade = " CASCADE CONSTRAINTS" if other == "TABLE" else ""
            client.run(f'DROP {other} "{name}"{cascade}')


@pytest.fixture
def demo(connect):
    """Give a connection with an empty schema and a table to log into."""
    client = connect()
    client.run("CREATE TABLE log (id NUMBER PRIMARY KEY, text VARCHAR2(100))")
    return client
