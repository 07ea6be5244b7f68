"""The unmodified driver logs in, or learns why not."""

from __future__ import annotations

import asyncio
import os
import socket

import oracledb
import pytest

from airflow_oracle_dag.sandbox.server import ListenError, SandboxServer
from airflow_oracle_dag.sandbox.session import OracleError
from tests.unit.sandbox.wire.conftest import PASSWORD
from tests.unit.sandbox.wire.fake_session import FakeDatabase


def test_a_client_logs_in(connection, session, server):
    """Log-in gives the session's number, the database's version and the service's name."""
    assert connection.session_id == session.sid
    assert connection.serial_num == session.serial
    assert connection.version.startswith("23.9")
    assert connection.service_name == "FREEPDB1"
    assert session.user == "DEMO"
    assert session.executed[0][0].startswith("ALTER SESSION SET TIME_ZONE")
    assert [live.sid for live in server.sessions()] == [session.sid]


def test_a_client_logs_in_by_asyncio(server, database):
    """The asynchronous client speaks the same protocol."""

    async def log_in():
        connection = await oracledb.connect_async(
            user="demo", password=PASSWORD, dsn=f"{server.address}/freepdb1"
        )
        await connection.ping()
        await connection.close()

    asyncio.run(log_in())
    assert database.opened[0].closed.wait(5)


@pytest.mark.parametrize("user", ["demo", "nobody"])
def test_a_wrong_password_is_refused(connect, database, user):
    """A wrong password and an unknown user are the same ORA-01017."""
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        connect(user=user, password="wrong")
    assert database.opened == []


def test_nobody_logs_in_as_sysdba(connect, database):
    """He would be let in as if that were an ordinary log-in."""
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001: .*AS SYSDBA"):
        connect(mode=oracledb.AUTH_MODE_SYSDBA)
    assert database.opened == []


def test_a_call_that_is_not_known_is_named(connection):
    """By what people call it."""
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001: .*two-phase commit"):
        connection.tpc_begin(connection.xid(1, "global", "branch"))


def test_an_unknown_service_is_refused(connect, server):
    """A service that is not served is refused as ORA-12514."""
    with pytest.raises(oracledb.DatabaseError, match="ORA-12514"):
        connect(dsn=f"{server.address}/OTHER")


def test_a_long_descriptor_is_understood(connect, server):
    """A connect descriptor of more than 230 bytes travels in a packet of its own."""
    host, port = server.address.split(":")
    dsn = (
        f"(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST={host})(PORT={port}))"
        f"(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)(SERVER=DEDICATED))"
        f"(SECURITY=(SSL_SERVER_CERT_DN={'x' * 300})))"
    )
    connection = connect(dsn=dsn)
    connection.ping()
    assert connection.is_healthy()
    assert [live.sid for live in server.sessions()] == [connection.session_id]


def test_an_error_within_the_log_in_is_told(connect, database):
    """A session that refuses the client's time zone refuses the log-in, and is closed."""

    def refuse(*_):
        raise OracleError(1882, "timezone region not found")

    database.script["TIME_ZONE"] = refuse
    with pytest.raises(oracledb.DatabaseError, match="ORA-01882"):
        connect()
    assert database.opened[0].closed.wait(5)


def test_an_idle_client_that_vanishes_ends_its_session(connection, session):
    """Closing ends the session at once; the server does not wait for anything."""
    connection.close()
    assert session.closed.wait(5)
    assert session.log[-1] == "close"


def test_bytes_that_are_no_oracle_net_end_the_connection(server):
    """A stranger is cut off, and others are still served."""
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n")
        assert stranger.recv(100) == b""


def test_a_host_beyond_loopback_is_refused():
    """The listener binds to loopback unless it is told otherwise."""
    with pytest.raises(ValueError, match="refusing to listen"):
        SandboxServer(FakeDatabase(), host="192.0.2.1")
    SandboxServer(FakeDatabase(), host="192.0.2.1", allow_remote=True)


def test_a_taken_port_is_a_clear_error(server):
    """A second listener on the same port says what is wrong."""
    with pytest.raises(ListenError, match="taken"):
        SandboxServer(FakeDatabase(), port=server.port).start()


def test_closing_the_server_ends_every_session(database):
    """A server that closes leaves no session, no client thread and a free port."""
    with SandboxServer(database) as server:
        connection = oracledb.connect(
            user="demo", password=PASSWORD, dsn=f"{server.address}/FREEPDB1"
        )
        connection.ping()
    assert database.opened[0].closed.is_set()
    assert server.sessions() == []
    with SandboxServer(database, port=server.port):
        pass
    with pytest.raises(oracledb.Error):
        connection.ping()


def test_what_the_client_tells_of_itself_reaches_the_session(database, server, connect):
    """Program, machine, user and process come with the log-in."""
    told = {}
    open_session = database.open

    def note(user, **who):
        told.update(who)
        return open_session(user, **who)

    database.open = note
    connect(program="my-program")
    assert told["program"] == "my-program"
    assert told["process"] == str(os.getpid())
