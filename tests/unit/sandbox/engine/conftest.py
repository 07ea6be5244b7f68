"""One real database for the session, one Oracle session per test."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from airflow_oracle_dag.sandbox.engine import open_database
from airflow_oracle_dag.sandbox.session import BindType, OracleError, OracleType

_TYPES = {
    int: OracleType.NUMBER,
    float: OracleType.NUMBER,
    Decimal: OracleType.NUMBER,
    dt.datetime: OracleType.DATE,
    bytes: OracleType.RAW,
}


class Client:
    """Run statements as a driver would, through the seam."""

    def __init__(self, database, user="DEMO"):
        self.session = database.open(user, program="t", machine="m", os_user="o", process="1")

    def run(self, sql, *rows, types=None):
        """Execute once per row of binds and return the Result."""
        statement = self.session.parse(sql)
        listed = [tuple(row) for row in rows] or [()]
        kinds = types or [
            BindType(_TYPES.get(type(v), OracleType.VARCHAR2), 4000) for v in listed[0]
        ]
        return self.session.execute(statement, kinds, listed)

    def rows(self, sql, *binds):
        """Return all rows of a query."""
        return self.run(sql, binds).rows.fetch(10_000)

    def one(self, sql, *binds):
        """Return the only value of a query."""
        ((value,),) = self.rows(sql, *binds)
        return value

    def block(self, sql, **binds):
        """Run a block and return its OUT values by name."""
        statement = self.session.parse(sql)
        values = tuple(binds.get(name.lower()) for name in statement.bind_names)
        result = self.session.execute(statement, (), [values])
        return {statement.bind_names[i].lower(): v[0] for i, v in result.out.items()}

    def fails(self, sql, *binds):
        """Return the ORA- number that a statement raises."""
        return self.error(sql, *binds).code

    def error(self, sql, *binds):
        """Return the error that a statement raises."""
        with pytest.raises(OracleError) as caught:
            self.run(sql, binds)
        return caught.value


@pytest.fixture(scope="session")
def database():
    """Keep one temporary database for all tests."""
    opened = open_database(None, {"demo": "secret", "other": "secret"})
    yield opened
    opened.close()


@pytest.fixture
def client(database):
    """Open a session; its tables are dropped afterwards."""
    opened = Client(database)
    yield opened
    opened.session.close()
    _drop_all(Client(database))


def _drop_all(opened):
    """Leave the schema empty, whatever became of the test's session."""
    if opened.session:
        for kind in ("VIEW", "TABLE", "SEQUENCE", "SYNONYM"):
            names = opened.rows("SELECT object_name FROM user_objects WHERE object_type = :1", kind)
            for (name,) in names:
                if not name.startswith("ISEQ$$"):
                    cascade = " CASCADE CONSTRAINTS" if kind == "TABLE" else ""
                    opened.run(f'DROP {kind} "{name}"{cascade}')
        opened.session.close()


@pytest.fixture
def second(database):
    """Open another session."""
    opened = Client(database)
    yield opened
    opened.session.close()
