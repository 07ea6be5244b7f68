"""Feed broken bytes to the sandbox: to the message parser alone, and to a whole server.

    python -m tests.fuzz.sandbox_wire [--seconds 60] [--seed 1]

A conversation of the real driver is recorded first; what is fed is that conversation with bytes
changed, left out, doubled or cut off. The parser may refuse (`WireError`) and nothing else; a
server goes on serving, and every session that was opened is closed. The unit tests do the same for
a moment.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Iterator

import oracledb

from airflow_oracle_dag.sandbox.server import SandboxServer
from airflow_oracle_dag.sandbox.session import Column, Direction, OracleType, Result, StatementKind
from airflow_oracle_dag.sandbox.wire.connection import Request, ServerConnection
from airflow_oracle_dag.sandbox.wire.constants import DataType
from airflow_oracle_dag.sandbox.wire.errors import WireError
from airflow_oracle_dag.sandbox.wire.requests import Shape
from airflow_oracle_dag.sandbox.wire.types import WireType
from tests.unit.sandbox.wire.fake_session import FakeDatabase, query

PASSWORD = "secret-Pässword"
SILENCE = 0.05  # seconds without a byte after which a broken conversation is given up
SLOW = 2.0  # seconds that no message may take
TYPES = (DataType.NUMBER, DataType.VARCHAR, DataType.DATE, DataType.TIMESTAMP_TZ, DataType.CLOB,
         DataType.CURSOR, DataType.BINARY_DOUBLE, DataType.INTERVAL_DS)  # fmt: skip


def scripted() -> FakeDatabase:
    """Give a database that answers a little of everything."""
    database = FakeDatabase()
    columns = [Column("N", OracleType.NUMBER), Column("T", OracleType.VARCHAR2, size=40)]
    rows = [(n, f"row {n}") for n in range(500)]
    database.script["from t"] = query(columns, rows)
    database.script["from l"] = query([Column("C", OracleType.CLOB)], [("content" * 500,)])
    database.script["insert"] = lambda _s, _t, rows: Result(StatementKind.DML, row_count=len(rows))
    database.script["begin"] = lambda *_: Result(
        StatementKind.PLSQL, directions=[Direction.OUT], out={0: [7]}
    )
    return database


def converse(dsn: str) -> None:
    """Use the driver for a little of everything; errors are what a broken line gives."""
    with oracledb.connect(user="demo", password=PASSWORD, dsn=dsn) as connection:
        cursor = connection.cursor()
        cursor.execute("select n, t from t where n > :1", [1]).fetchall()
        rows = [(n, "x" * (n * 70), 0.5) for n in range(120)]
        cursor.executemany("insert into t values (:1, :2, :3)", rows)
        cursor.execute("begin :1 := 7; end;", [cursor.var(int)])
        ((lob,),) = cursor.execute("select c from l").fetchall()
        lob.read()
        temporary = connection.createlob(oracledb.DB_TYPE_CLOB)
        temporary.write("written")
        cursor.execute("insert into l values (:1)", [temporary])
        connection.module = "fuzz"
        connection.commit()
        connection.ping()


class Line:
    """Stand between a client and the server, and break what the client sends.

    :param change: takes a chunk of the client's bytes, gives what the server is to get.
    """

    def __init__(self, server: SandboxServer, change: Changer | None = None) -> None:
        self.sent: list[bytes] = []
        self.stopped = threading.Event()  # set: the server's bytes are left where they are
        self._released = threading.Event()
        self._change = change
        self._target = (server.host, server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = f"127.0.0.1:{self._listener.getsockname()[1]}/FREEPDB1"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the conversation to end."""
        self._released.set()
        self._listener.close()
        self._thread.join(20)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            with client, socket.create_connection(self._target) as server:
                back = threading.Thread(target=self._back, args=(server, client), daemon=True)
                back.start()
                self._forth(client, server)
                with contextlib.suppress(OSError):
                    server.shutdown(socket.SHUT_RDWR)
                back.join(20)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            self.sent.append(data)
            if self._change is not None:
                data = self._change(data)
                if self._change.struck:
                    client.settimeout(SILENCE)
            server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not self.stopped.is_set() and (data := server.recv(65536)):
                client.sendall(data)
            if self.stopped.is_set():
                self._released.wait(30)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


class Changer:
    """Break one chunk of a conversation."""

    def __init__(self, dice: random.Random) -> None:
        self.struck = False
        self._dice = dice
        self._left = dice.randrange(14)

    def __call__(self, data: bytes) -> bytes:
        self._left -= 1
        if self.struck or self._left >= 0:
            return data
        self.struck = True
        return broken(data, self._dice)


def broken(data: bytes, dice: random.Random) -> bytes:
    """Break bytes in one of several ways."""
    raw = bytearray(data)
    at = dice.randrange(len(raw)) if raw else 0
    way = dice.randrange(6)
    if way == 0:
        return bytes(raw[:at])
    if way == 1:
        return bytes(raw[:at] + raw[at + dice.randrange(1, 9) :])
    if way == 2:
        return bytes(raw[:at] + dice.randbytes(dice.randrange(1, 40)) + raw[at:])
    if way == 3:
        return dice.randbytes(len(raw))
    for _ in range(dice.randrange(1, 6)):
        if raw:
            place = min(dice.randrange(10, 80) if way == 4 else at, len(raw) - 1)
            raw[place] = dice.choice((0, 1, 0x7F, 0x80, 0x88, 0xFE, 0xFF, dice.randrange(256)))
    return bytes(raw)


def recorded(server: SandboxServer) -> list[bytes]:
    """Record what the driver sends, chunk by chunk."""
    line = Line(server)
    converse(line.dsn)
    line.close()
    return line.sent


def shape_of(cursor_id: int) -> Shape:
    """Make up the binds of any cursor."""
    dice = random.Random(cursor_id)  # noqa: S311 - dice
    chosen = (dice.choice(TYPES) for _ in range(dice.randrange(5)))
    return Shape(tuple(WireType(kind, 40, array=dice.random() < 0.2) for kind in chosen))


def feed(chunks: list[bytes], dice: random.Random) -> int:
    """Feed a broken conversation to the parser; return how many requests it understood.

    :raises AssertionError: for a message that took too long.
    """
    wire = ServerConnection(shape_of)
    wire.limit = 1 << 20
    strikes = {dice.randrange(len(chunks)) for _ in range(dice.randrange(1, 4))}
    understood = 0
    begin = time.monotonic()
    with contextlib.suppress(WireError):
        for index, chunk in enumerate(chunks):
            wire.receive(broken(chunk, dice) if index in strikes else chunk)
            while event := wire.next_event():
                understood += isinstance(event, Request)
            if index == 0:
                wire.accept()
    assert time.monotonic() - begin < SLOW
    return understood


def strike(server: SandboxServer, dice: random.Random) -> None:
    """Let the driver talk to a server over a broken line."""
    line = Line(server, Changer(dice))
    with contextlib.suppress(oracledb.Error, OSError, ValueError, IndexError, UnicodeError):
        converse(line.dsn)
    line.close()


def rounds(seconds: float, dice: random.Random) -> Iterator[str]:
    """Feed and strike for a while; tell what was done, now and then."""
    database = scripted()
    end = time.monotonic() + seconds
    fed = understood = struck = 0
    with SandboxServer(database) as server:
        chunks = recorded(server)
        while time.monotonic() < end:
            for _ in range(200):
                understood += feed(chunks, dice)
                fed += 1
            strike(server, dice)
            struck += 1
            if struck % 100 == 0:
                yield f"{fed} conversations fed, {understood} requests; {struck} lines broken"
        converse(f"{server.address}/FREEPDB1")
    assert all(session.closed.wait(5) for session in database.opened), "a session was leaked"
    yield f"{fed} conversations fed, {understood} requests; {struck} lines broken; none leaked"


def main() -> None:
    """Feed and strike until the time is over; the seed is told, so that it can be repeated."""
    parser = argparse.ArgumentParser(description="broken bytes for the sandbox's wire")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % (1 << 32))
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    print(f"seed {chosen.seed}")
    dice = random.Random(chosen.seed)  # noqa: S311 - dice
    for line in rounds(chosen.seconds, dice):
        print(line, flush=True)


if __name__ == "__main__":
    main()
