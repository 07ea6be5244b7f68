"""Whatever a client sends, or does not send or read, costs nobody but that client."""

from __future__ import annotations

import contextlib
import gc
import itertools
import random
import socket
import struct
import threading

import oracledb
import pytest

from airflow_oracle_dag.sandbox import conversation
from airflow_oracle_dag.sandbox.server import SandboxServer
from airflow_oracle_dag.sandbox.session import Column, OracleType, Result, StatementKind
from airflow_oracle_dag.sandbox.wire import packets
from airflow_oracle_dag.sandbox.wire.connection import Rejected, ServerConnection
from airflow_oracle_dag.sandbox.wire.errors import Malformed, WireError
from airflow_oracle_dag.sandbox.wire.requests import MOST_ROWS, RowReader, Shape
from tests.fuzz import sandbox_wire
from tests.unit.sandbox.wire.conftest import PASSWORD
from tests.unit.sandbox.wire.fake_session import query

TEXT = Column("T", OracleType.VARCHAR2, size=4000)


# The driver leaves the socket of a connection that was reset to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_broken_conversation_is_refused_and_leaks_nothing():
    """Bytes changed, left out, doubled or cut off: the server goes on, every session is closed."""
    reports = list(sandbox_wire.rounds(2.0, random.Random(8)))  # noqa: S311 - dice
    gc.collect()
    assert "none leaked" in reports[-1]


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_are_no_requests(seed):
    """Noise is refused at once, before and after the CONNECT."""
    dice = random.Random(seed)  # noqa: S311 - dice
    for accepted in (False, True):
        wire = ServerConnection(lambda _cursor_id: Shape())
        if accepted:
            wire.accept()
        with pytest.raises(WireError):
            _feed_all(wire, [dice.randbytes(1000) for _ in range(100)])


@pytest.mark.parametrize(
    "body",
    [
        bytes((3, 94, 1)) + b"\x01\x21" + b"\x81\x05" * 3,
        bytes((17, 105, 1, 1)) + b"\x88" + b"\xff" * 8,
        bytes((3, 96, 1, 1)) + b"\x81\x09" + bytes(30),
        bytes((3, 94, 1)) + b"\xff" * 40,
        bytes((17, 152, 1, 1)) + b"\x01\x05\xfe\x81\x02" + bytes(9),
    ],
)
def test_sizes_that_cannot_be_are_refused(body):
    """A negative or an endless size is malformed, it neither turns back nor runs on."""
    wire = ServerConnection(lambda _cursor_id: Shape())
    wire.accept()
    try:
        wire.receive(packets.data_packets(body, 8192))
    except Malformed:
        return
    event = wire.next_event()
    assert event is None or isinstance(event, Rejected)


def test_too_many_executions_are_refused():
    """A count of executions that no memory holds is refused before it is tried."""
    reader = RowReader(Shape(), MOST_ROWS + 1)
    with pytest.raises(WireError, match="executions at once"):
        reader.read(sandbox_wire.ServerConnection)  # nothing is read for it


def test_a_request_that_is_too_long_is_refused_and_the_next_one_is_read():
    """What exceeds the limit is passed over up to its end."""
    wire = ServerConnection(lambda _cursor_id: Shape())
    wire.accept()
    wire.limit = 50_000
    wire.receive(packets.data_packets(bytes((3, 94, 1)) + bytes(100_000), 8192))
    refusal = wire.next_event()
    assert isinstance(refusal, Rejected) and "over 50000 bytes" in refusal.error.message
    wire.receive(packets.data_packets(bytes((3, 147, 1)), 8192))
    assert wire.next_event() is not None


def test_a_packet_that_is_too_long_ends_the_connection(server, connection):
    """A packet length beyond every limit closes that connection; others do not notice."""
    with socket.create_connection((server.host, server.port)) as client:
        client.sendall(b"\xff\xff\x00\x00\x0b" + bytes(40))
        assert client.recv(10) == b""
    connection.ping()


def test_a_client_that_says_nothing_is_sent_away(database, monkeypatch):
    """Who does not log in within the time is cut off."""
    monkeypatch.setattr(conversation, "_LOGIN_SECONDS", 0.05)
    with (
        SandboxServer(database) as server,
        socket.create_connection((server.host, server.port)) as client,
    ):
        client.settimeout(10)
        assert client.recv(10) == b""


def test_a_client_that_does_not_read_is_given_up(database, monkeypatch):
    """Who asks for rows and does not take them loses the session, and others go on meanwhile."""
    monkeypatch.setattr(conversation, "_SEND_LIMIT", struct.pack("ll", 0, 200_000))
    endless = (("x" * 4000,) for _ in itertools.count())
    database.script["from t"] = query([TEXT], endless)
    database.script["from u"] = query([TEXT], [("there",)])
    with SandboxServer(database) as server:
        line = sandbox_wire.Line(server)
        cursor = _log_in_at(line.dsn).cursor()
        cursor.arraysize = cursor.prefetchrows = 2_000
        line.stopped.set()
        asking = threading.Thread(target=_fails, args=(cursor, "select t from t"))
        asking.start()
        other = _log_in(server)
        assert other.cursor().execute("select t from u").fetchall() == [("there",)]
        other.close()
        assert database.opened[0].closed.wait(10)
        line.close()
        asking.join(10)


def test_one_client_too_many_is_refused(database):
    """Beyond the limit the listener says ORA-12520; when one has left, the next is let in."""
    with SandboxServer(database, max_connections=2) as server:
        first, second = _log_in(server), _log_in(server)
        with pytest.raises(oracledb.DatabaseError, match="12520"):
            _log_in(server)
        second.close()
        assert database.opened[1].closed.wait(10)
        _await_room(server)
        _log_in(server).close()
        first.ping()
        first.close()


def test_a_statement_that_no_parser_stands_costs_only_itself(connection, database, monkeypatch):
    """A parser that breaks down says ORA-03001, and so does one that is out of its depth."""
    session = database.opened[-1]
    for error in (RecursionError(), KeyError("surprise")):
        monkeypatch.setattr(session, "parse", _raises(error))
        with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
            connection.cursor().execute("select t from t")
    monkeypatch.undo()
    database.script["insert"] = lambda *_: Result(StatementKind.DML, row_count=1)
    connection.cursor().execute("insert into t values (1)")


def test_a_statement_of_ten_megabytes_arrives(connection, database, session):
    """A long statement is read whole."""
    database.script["from t"] = query([TEXT], [("there",)])
    sql = "select t from t /* " + "é" * 5_000_000 + " */"
    assert connection.cursor().execute(sql).fetchall() == [("there",)]
    assert session.executed[-1][0] == sql


def test_services_and_the_sid_lead_to_the_database(database):
    """Each service is offered; a SID is the instance's; others are ORA-12514 and ORA-12505."""
    with SandboxServer(database, services=("ETL", "reports")) as server:
        for service in ("freepdb1", "etl", "Reports"):
            _log_in(server, service).close()
        assert [who["service"] for who in database.came] == ["FREEPDB1", "ETL", "reports"]
        for sid, error in (("SANDBOX", None), ("FREEPDB1", None), ("NOBODY", "12505|DPY-6003")):
            dsn = oracledb.makedsn(server.host, server.port, sid=sid)
            if error is None:
                oracledb.connect(user="demo", password=PASSWORD, dsn=dsn).close()
                continue
            with pytest.raises(oracledb.DatabaseError, match=error):
                oracledb.connect(user="demo", password=PASSWORD, dsn=dsn)


def _log_in(server: SandboxServer, service: str = "FREEPDB1") -> oracledb.Connection:
    return _log_in_at(f"{server.address}/{service}")


def _log_in_at(dsn: str) -> oracledb.Connection:
    return oracledb.connect(user="demo", password=PASSWORD, dsn=dsn)


def _fails(cursor: oracledb.Cursor, sql: str) -> None:
    with contextlib.suppress(oracledb.Error):
        cursor.execute(sql)


def _feed_all(wire: ServerConnection, chunks: list[bytes]) -> None:
    for chunk in chunks:
        wire.receive(chunk)


def _await_room(server: SandboxServer) -> None:
    # The thread of a client that has left ends a moment after its session.
    for thread in list(server._conversations.values()):
        if len(server._conversations) > 1:
            thread.join(0.2)


def _raises(error: Exception):
    def parse(_sql):
        raise error

    return parse
