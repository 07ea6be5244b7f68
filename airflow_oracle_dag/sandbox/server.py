"""Listen for clients and serve each in a thread of its own.

    with SandboxServer(database) as server:
        oracledb.connect(dsn=server.address + "/FREEPDB1", ...)

The sandbox is for trying, developing and testing: its traffic is not encrypted, so it refuses to
listen beyond loopback unless told to.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from airflow_oracle_dag.sandbox.conversation import Conversation, Office
from airflow_oracle_dag.sandbox.faults import FaultPlan
from airflow_oracle_dag.sandbox.login import House
from airflow_oracle_dag.sandbox.session import Database, OracleError
from airflow_oracle_dag.sandbox.watcher import Watcher

log = logging.getLogger(__name__)

_BACKLOG = 128
_CLOSE_SECONDS = 10.0


class ListenError(OSError):
    """Report that the listener could not take its port."""


@dataclass(frozen=True)
class LiveSession:
    """Describe a session that is connected.

    :param busy: whether a call is running right now.
    """

    sid: int
    serial: int
    user: str
    program: str
    busy: bool


class SandboxServer:
    """Serve a database to Oracle Net clients.

    :param port: 0 takes any free port, see `port` after `start`.
    :param faults: the plan of failures; `faults` gives it back to be programmed.
    :param allow_remote: permit a host that is not loopback.
    :param services: further services by which clients may come, beside the database's own.
    :param max_connections: one more client is refused with ORA-12520.
    :raises ValueError: for a host beyond loopback without `allow_remote`.
    """

    def __init__(
        self,
        database: Database,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: FaultPlan | None = None,
        *,
        allow_remote: bool = False,
        services: Sequence[str] = (),
        max_connections: int = 200,
    ) -> None:
        if not allow_remote and not is_loopback(host):
            raise ValueError(
                f"refusing to listen on {host}: the sandbox's traffic is not encrypted; "
                "use 127.0.0.1, or allow_remote=True if you mean it"
            )
        self.host = host
        self.port = port
        self.faults = faults if faults is not None else FaultPlan()
        self._database = database
        self._office: Office | None = None
        self._lock = threading.Lock()
        self._conversations: dict[Conversation, threading.Thread] = {}
        self._requests: dict[int, Counter[str]] = {}
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._house = House((database.service_name, *services), self._crowded)
        self._max = max_connections

    @property
    def address(self) -> str:
        """Return host and port as a connect string begins: ``127.0.0.1:1521``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def start(self) -> Self:
        """Take the port and begin to serve.

        :raises ListenError: when the port is taken or may not be used.
        """
        self._listener = _listen(self.host, self.port)
        self.port = self._listener.getsockname()[1]
        self._office = Office(
            self._database, Watcher(), self.faults, self._house, self._opened, self._closed
        )
        self._thread = threading.Thread(
            target=self._accept,
            args=(self._listener, self._office),
            name="sandbox-listener",
            daemon=True,
        )
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, end all sessions (what runs is interrupted) and wait for them."""
        if self._listener is None or self._office is None or self._thread is None or self._closing:
            return
        self._closing = True
        _wake(self._listener)
        self._thread.join(_CLOSE_SECONDS)
        self._listener.close()
        with self._lock:
            conversations = list(self._conversations.items())
        for conversation, _ in conversations:
            conversation.stop()
        for _, thread in conversations:
            thread.join(_CLOSE_SECONDS)
        self._office.watcher.stop()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the server."""
        self.close()

    def requests(self, sid: int) -> Counter[str]:
        """Return how many requests a session has made, by the name of the call.

        One request is one round trip; piggybacks ride along and are not counted, nor is the
        log-in. Names: execute, reexecute, define, parse, fetch, lob, commit, rollback, ping,
        logoff.
        """
        with self._lock:
            return Counter(self._requests.get(sid, ()))

    def total_requests(self, sid: int) -> int:
        """Return how many round trips a session has made."""
        return self.requests(sid).total()

    def sessions(self) -> list[LiveSession]:
        """Return the sessions that are connected."""
        return [
            LiveSession(session.sid, session.serial, who.user, who.program, conversation.busy)
            for conversation in self._live()
            if (session := conversation.session) is not None
            and (who := conversation.who) is not None
        ]

    def kill(self, sid: int) -> None:
        """Kill a session: its running call, else its next one, meets ORA-00028.

        :raises OracleError: ORA-00030 when there is no such session.
        """
        for conversation in self._live():
            if conversation.session is not None and conversation.session.sid == sid:
                conversation.kill()
                return
        raise OracleError(30, "User session ID does not exist.")

    def cut(self, sid: int) -> None:
        """Cut a session's connection now; a call that runs goes on to its end.

        :raises OracleError: ORA-00030 when there is no such session.
        """
        for conversation in self._live():
            if conversation.session is not None and conversation.session.sid == sid:
                conversation.shut()
                return
        raise OracleError(30, "User session ID does not exist.")

    def end_sessions(self, user: str) -> None:
        """End all sessions of a user (what runs is interrupted) and wait for them."""
        with self._lock:
            theirs = [
                (conversation, thread)
                for conversation, thread in self._conversations.items()
                if conversation.who is not None and conversation.who.user == user
            ]
        for conversation, _ in theirs:
            conversation.stop()
        for _, thread in theirs:
            thread.join(_CLOSE_SECONDS)

    def _live(self) -> list[Conversation]:
        with self._lock:
            return list(self._conversations)

    def _accept(self, listener: socket.socket, office: Office) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError as error:
                if not self._closing:
                    log.warning("listener stopped: %s", error)
                return
            if self._closing:
                sock.close()
                return
            if self._overrun():
                sock.close()
                continue
            conversation = Conversation(office, sock)
            thread = threading.Thread(target=conversation.run, name="sandbox-client", daemon=True)
            with self._lock:
                self._conversations[conversation] = thread
            thread.start()

    def _crowded(self) -> bool:
        with self._lock:
            return len(self._conversations) > self._max

    def _overrun(self) -> bool:
        # More are waiting to be refused than could be served: they get no thread any more.
        with self._lock:
            return len(self._conversations) >= 2 * self._max + 20

    def _opened(self, conversation: Conversation) -> None:
        if conversation.session is not None:
            with self._lock:
                self._requests[conversation.session.sid] = conversation.requests

    def _closed(self, conversation: Conversation) -> None:
        with self._lock:
            self._conversations.pop(conversation, None)


def probe(host: str, port: int) -> None:
    """Find out early whether a port can be had.

    :raises ListenError: it is taken or may not be used.
    """
    _listen(host, port).close()


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(
            error.errno, f"cannot listen on {host}:{port}: {error.strerror}; is the port taken?"
        ) from error
    return listener


def _wake(listener: socket.socket) -> None:
    # Closing a socket does not wake a thread in accept(); a connection does.
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError as error:
        log.debug("listener did not answer: %s", error)
