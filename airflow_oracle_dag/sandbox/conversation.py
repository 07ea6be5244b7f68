"""Talk with one client: read its requests, have them carried out, send the answers.

One thread per client does all of that. While a call runs, the server's watcher reads the socket in
its place: an interrupt is answered with a break marker at once and cancels the call; a vanished
client is only noted, because Oracle's server process, too, works on to the end of its call before
it finds out and rolls back.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from airflow_oracle_dag.sandbox.calls import Calls
from airflow_oracle_dag.sandbox.faults import Action, Effect, FaultPlan
from airflow_oracle_dag.sandbox.faults import Call as FaultCall
from airflow_oracle_dag.sandbox.login import House, Who, log_in
from airflow_oracle_dag.sandbox.session import Database, Disconnected, OracleError, Session
from airflow_oracle_dag.sandbox.watcher import Watcher
from airflow_oracle_dag.sandbox.wire import packets, replies
from airflow_oracle_dag.sandbox.wire.connection import (
    MOST,
    Event,
    Goodbye,
    Marker,
    Rejected,
    Request,
    ServerConnection,
)
from airflow_oracle_dag.sandbox.wire.constants import Function, MarkerType
from airflow_oracle_dag.sandbox.wire.errors import Malformed, WireError
from airflow_oracle_dag.sandbox.wire.replies import Ending
from airflow_oracle_dag.sandbox.wire.requests import Shape, Simple

log = logging.getLogger(__name__)

_READ_SIZE = 262144
_LOGIN_SECONDS = 60.0  # as Oracle's INBOUND_CONNECT_TIMEOUT
_SEND_LIMIT = struct.pack("ll", 600, 0)  # seconds and microseconds
_CANCELLED = OracleError(1013, "user requested cancel of current operation")
_KILLED = OracleError(28, "your session has been killed")
_INTERNAL = OracleError(600, "internal error of the sandbox; its log has the traceback")
_FATAL = frozenset({28, 1012, 1092, 3113, 3114, 3135})  # the connection does not outlive these


class Left(Exception):
    """Say that the client is gone, or that it was cut off."""


@dataclass
class Office:
    """Hold what all conversations of a server share."""

    database: Database
    watcher: Watcher
    faults: FaultPlan
    house: House
    opened: Callable[[Conversation], None]
    closed: Callable[[Conversation], None]


@dataclass
class _Call:
    """Hold what happened to the call that is running."""

    interrupted: bool = False
    gone: bool = False


class Conversation:
    """Serve one client from its CONNECT to its end."""

    def __init__(self, office: Office, sock: socket.socket) -> None:
        self.who: Who | None = None
        self.requests: Counter[str] = Counter()
        self.session: Session | None = None
        self._office = office
        self._socket = sock
        self._wire = ServerConnection(self._shape_of)
        self._calls: Calls | None = None
        self._lock = threading.Lock()  # between this thread and the watcher
        self._running: _Call | None = None
        self._interruption = threading.Event()  # of the running call
        self._killed = False
        self._cut = threading.Event()

    # -- for other threads -------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Tell whether a call is running."""
        return self._running is not None

    def kill(self) -> None:
        """Kill the session: its running call, else its next one, meets ORA-00028."""
        self._killed = True
        if self.session is not None:
            self.session.kill()

    def shut(self) -> None:
        """Cut the connection; what runs goes on to its end."""
        self._cut.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """End the conversation now: interrupt what runs and cut the connection."""
        if self.session is not None and self.busy:
            self.session.kill()
        self.shut()

    # -- the client's thread -----------------------------------------------------------------

    def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(_LOGIN_SECONDS)
            if self._log_in():
                self._settle()
                self._work()
        except (Left, OSError, WireError) as error:
            log.debug("client left: %r", error)
        except Exception:  # whatever a client sends, it costs nobody but that client
            log.exception("internal error of the sandbox in a conversation")
        finally:
            self._end()

    def _settle(self) -> None:
        # A client may be silent for days; one that does not read what it asked for may not.
        self._wire.limit = MOST
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_LIMIT)

    def _log_in(self) -> bool:
        logged_in = log_in(self, self._wire, self._office.database, self._office.house)
        if logged_in is None:
            return False
        self.session, self.who = logged_in.session, logged_in.who
        self._calls = Calls(logged_in.session)
        self._office.opened(self)
        self.send(logged_in.answer)
        return True

    def _end(self) -> None:
        self._office.watcher.forget(self._socket)
        try:
            self._close_session()
        except OracleError as error:
            log.debug("session ended with %s", error)
        finally:
            self.shut()
            self._socket.close()
            self._office.closed(self)

    def _close_session(self) -> None:
        # Once: at the log-off, or when the client is gone without one.
        calls, self._calls = self._calls, None
        if self.session is not None and calls is not None:
            try:
                calls.close()
            finally:
                self.session.close()

    def _shape_of(self, cursor_id: int) -> Shape:
        return self._calls.shape_of(cursor_id) if self._calls is not None else Shape()

    def next_event(self) -> Event:
        """Wait for the client's next event.

        :raises Left: when the client has closed the connection.
        """
        while True:
            event = self._wire.next_event()
            if event is not None:
                return event
            data = self._socket.recv(_READ_SIZE)
            if not data:
                raise Left
            self._wire.receive(data)

    def admit(self, user: str) -> None:
        """Refuse a user's log-in where a fault wants it.

        :raises OracleError: then.
        """
        self._office.faults.admit(user)

    def send(self, message: bytes) -> None:
        """Send one message."""
        self._socket.sendall(packets.data_packets(message, self._wire.sdu))

    def send_packet(self, packet: bytes) -> None:
        """Send a packet that is complete already."""
        self._socket.sendall(packet)

    def _work(self) -> None:
        while True:
            event = self.next_event()
            if isinstance(event, Request):
                if not self._serve(event):
                    return
            elif isinstance(event, Goodbye):
                return
            elif isinstance(event, Rejected):
                self.send(_failed(OracleError(event.error.code, event.error.message)))
            elif isinstance(event, Marker) and event.kind != MarkerType.RESET:
                self.send_packet(packets.marker(MarkerType.BREAK))
                self._reset(_failed(_CANCELLED, in_transaction=self._in_transaction()))

    def _logged_in(self) -> tuple[Session, Calls]:
        if self.session is None or self._calls is None:
            raise Malformed("a call before the log-in")
        return self.session, self._calls

    def _in_transaction(self) -> bool:
        return self.session is not None and self.session.in_transaction

    def _reset(self, answer: bytes) -> None:
        # The client answers a break with a reset; what it sent before that is void.
        while True:
            event = self.next_event()
            if isinstance(event, Marker) and event.kind == MarkerType.RESET:
                break
            if isinstance(event, Goodbye):
                raise Left
        self._wire.discard()
        self.send_packet(packets.marker(MarkerType.RESET))
        self.send(answer)

    def _serve(self, request: Request) -> bool:
        # Carry one request out and answer it; False ends the conversation.
        session, calls = self._logged_in()
        name, sql = calls.identify(request.call)
        self.requests[name] += 1
        faults = self._office.faults
        actions = faults.decide(FaultCall(session.sid, name, sql)) if faults.armed else []
        if isinstance(request.call, Simple) and request.call.function == Function.LOGOFF:
            self._close_session()
            self.send(replies.status(in_transaction=False))
            return True  # the client still says goodbye
        effects = {action.effect for action in actions}
        if Effect.SILENT_BEFORE in effects:
            self._lose_all()
        call = self._begin()
        try:
            answer, fatal = self._outcome(request, actions)
            for action in actions:
                if action.effect is Effect.DELAY:
                    self._interruption.wait(action.seconds)
        finally:
            self._finish()
        if Effect.SILENT_AFTER in effects:
            self._lose_all()
        if call.gone:
            raise Left
        if Effect.CUT_AMID in effects:
            self._send_half(answer)
        if call.interrupted:
            self._reset(_failed(_CANCELLED, in_transaction=self._in_transaction()))
        else:
            self.send(answer)
        return not fatal

    def _send_half(self, answer: bytes) -> None:
        packet = packets.data_packets(answer, self._wire.sdu)
        self.send_packet(packet[: len(packet) // 2])
        self.shut()
        raise Left

    def _lose_all(self) -> None:
        # The socket stays open and unread: the client gets neither an answer nor an end.
        self._cut.wait()
        raise Left

    def _outcome(self, request: Request, actions: list[Action]) -> tuple[bytes, bool]:
        # Return the answer, and whether it is the last one.
        _, calls = self._logged_in()
        effects = {action.effect: action for action in actions}
        if Effect.CUT_BEFORE in effects:
            self.shut()
            raise Left
        if Effect.KILL in effects:
            self.kill()
        if Effect.CUT_DURING in effects:
            self.shut()
        try:
            self._stumble(effects)
            calls.ride(request.piggybacks)
            answer = calls.answer(request.call)
            fatal = False
        except Disconnected as error:
            self.shut()
            raise Left from error
        except OracleError as error:
            fatal = error.code in _FATAL
            answer = calls.failure(error, request.call)
        except Exception:  # a bug here or in the engine must not look like a lost connection
            log.exception("internal error of the sandbox")
            answer, fatal = calls.failure(_INTERNAL, request.call), True
        if Effect.CUT_DURING in effects or Effect.CUT_AFTER in effects:
            self.shut()
            raise Left
        return answer, fatal

    def _stumble(self, effects: dict[Effect, Action]) -> None:
        # Raise what the call meets instead of being carried out.
        if self._killed:
            raise _KILLED
        if Effect.RAISE in effects:
            raise OracleError(effects[Effect.RAISE].code, effects[Effect.RAISE].message)

    # -- while a call runs -------------------------------------------------------------------

    def _begin(self) -> _Call:
        if self._interruption.is_set():
            self._interruption.clear()
        call = _Call()
        with self._lock:
            self._running = call
        self._office.watcher.watch(self._socket, self._readable)
        return call

    def _finish(self) -> None:
        self._office.watcher.forget(self._socket)
        with self._lock:  # waits for a call back that is under way
            self._running = None

    def _readable(self) -> None:
        # Runs in the watcher's thread.
        with self._lock:
            call = self._running
            if call is None:
                return
            try:
                data = self._socket.recv(_READ_SIZE, socket.MSG_DONTWAIT)
                if data:
                    self._wire.receive(data)
            except BlockingIOError:
                return  # the call before this one has read it
            except (OSError, WireError):
                data = b""
            if not data:
                self._office.watcher.forget(self._socket)
                call.gone = True
                self._interruption.set()
            elif self._wire.breaks and not call.interrupted:
                call.interrupted = True
                self._interruption.set()
                self._interrupt()

    def _interrupt(self) -> None:
        with contextlib.suppress(OSError):
            self.send_packet(packets.marker(MarkerType.BREAK))
        if self.session is not None:
            self.session.cancel()


def _failed(error: OracleError, *, in_transaction: bool = False) -> bytes:
    return replies.ending(Ending(in_transaction=in_transaction, error=error))
