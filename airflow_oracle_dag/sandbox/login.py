"""Lead a client through the log-in: service, protocol, user and password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from airflow_oracle_dag.sandbox.session import INSTANCE_NAME, Database, OracleError, Session
from airflow_oracle_dag.sandbox.wire import hello, packets, replies
from airflow_oracle_dag.sandbox.wire.connection import (
    Connect,
    Event,
    Negotiate,
    Rejected,
    Request,
    ServerConnection,
)
from airflow_oracle_dag.sandbox.wire.constants import ADMINISTRATIVE, Function, MessageType
from airflow_oracle_dag.sandbox.wire.errors import Malformed
from airflow_oracle_dag.sandbox.wire.logon import Challenge
from airflow_oracle_dag.sandbox.wire.replies import Ending
from airflow_oracle_dag.sandbox.wire.requests import Auth

_MAX_OPEN_CURSORS = 1000
_NO_HANDLER = 12520  # the listener has no handler left for this kind of connection
_DENIED = OracleError(1017, "invalid username/password; logon denied")


class Peer(Protocol):
    """What the log-in asks of a conversation."""

    def next_event(self) -> Event:
        """Wait for the client's next event."""

    def admit(self, user: str) -> None:
        """Raise OracleError for a user who is not let in, whatever the password."""

    def send(self, message: bytes) -> None:
        """Send one message."""

    def send_packet(self, packet: bytes) -> None:
        """Send a packet that is complete already."""


@dataclass(frozen=True)
class House:
    """Hold what a listener offers.

    :param services: their names, first the database's own.
    :param crowded: tells whether there are more clients than it takes.
    """

    services: Sequence[str]
    crowded: Callable[[], bool]


@dataclass(frozen=True)
class Who:
    """Hold what a client told about itself."""

    user: str
    program: str
    machine: str
    os_user: str
    process: str


@dataclass(frozen=True)
class LoggedIn:
    """Hold a log-in that succeeded.

    :param answer: the message that tells the client so, not sent yet: first the session is made
        known to the server.
    """

    session: Session
    who: Who
    answer: bytes


def log_in(peer: Peer, wire: ServerConnection, database: Database, house: House) -> LoggedIn | None:
    """Answer until the client is known; None when it was turned away."""
    event = peer.next_event()
    if not isinstance(event, Connect):
        raise Malformed("CONNECT expected")
    service = hello.chosen_service(event.data, house.services, INSTANCE_NAME)
    if house.crowded():
        service = _NO_HANDLER
    if isinstance(service, int):
        peer.send_packet(packets.refuse(service))
        return None
    peer.send_packet(wire.accept())
    try:
        return _authenticate(peer, database, service)
    except OracleError as error:
        peer.send(replies.ending(Ending(error=error)))
        return None


def _authenticate(peer: Peer, database: Database, service: str) -> LoggedIn:
    hello_part = _next_auth(peer, Function.AUTH_PHASE_ONE)
    if hello_part.mode & ADMINISTRATIVE:
        raise OracleError(
            3001, "unimplemented feature (sandbox): a log-in AS SYSDBA or the like; SYSTEM is a DBA"
        )
    user = hello.user_name(hello_part.user)
    peer.admit(user)
    challenge = Challenge(database.password_of(user))
    peer.send(
        replies.auth_challenge(
            challenge.session_key, challenge.verifier, challenge.csk_salt, challenge.rounds
        )
    )
    said = _next_auth(peer, Function.AUTH_PHASE_TWO).pairs
    proof = challenge.answer(said.get("AUTH_SESSKEY", ""), said.get("AUTH_PASSWORD", ""))
    if proof is None:
        raise _DENIED
    target = hello.user_name(said.get("PROXY_CLIENT_NAME", ""))
    who = _who(target or user, hello_part.pairs)
    session = database.open(
        target or user,
        proxy=user if target else "",
        program=who.program,
        machine=who.machine,
        os_user=who.os_user,
        process=who.process,
        service=service,
    )
    try:
        _alter(session, said.get("AUTH_ALTER_SESSION", ""))
    except BaseException:
        session.close()
        raise
    answer = replies.session_parameters(_parameters(session, database, service, proof))
    return LoggedIn(session, who, answer)


def _who(user: str, said: dict[str, str]) -> Who:
    return Who(
        user=user,
        program=said.get("AUTH_PROGRAM_NM", ""),
        machine=said.get("AUTH_MACHINE", ""),
        os_user=said.get("AUTH_SID", ""),
        process=said.get("AUTH_PID", ""),
    )


def _next_auth(peer: Peer, function: Function) -> Auth:
    # Answer what may come before: the protocol and the data types message.
    while True:
        event = peer.next_event()
        if isinstance(event, Negotiate):
            is_protocol = event.message_type == MessageType.PROTOCOL
            peer.send(replies.protocol() if is_protocol else replies.data_types())
        elif isinstance(event, Rejected):
            raise OracleError(event.error.code, event.error.message)
        elif isinstance(event, Request) and isinstance(event.call, Auth):
            if event.call.function != function:
                raise OracleError(
                    3001, "unimplemented feature (sandbox): log-in without a user name"
                )
            return event.call
        else:
            raise Malformed("log-in expected")


def _alter(session: Session, statement: str) -> None:
    # A client sets its time zone within the log-in.
    text = statement.rstrip("\x00").strip()
    if text:
        session.execute(session.parse(text), [], [[]])


def _parameters(session: Session, database: Database, service: str, proof: str) -> dict[str, str]:
    name = database.service_name
    return {
        "AUTH_SVR_RESPONSE": proof,
        "AUTH_SESSION_ID": str(session.sid),
        "AUTH_SERIAL_NUM": str(session.serial & 0xFFFF),
        "AUTH_VERSION_NO": str(hello.version_number(database.version)),
        "AUTH_VERSION_STRING": "Oracle Net sandbox",
        "AUTH_MAX_OPEN_CURSORS": str(_MAX_OPEN_CURSORS),
        "AUTH_MAX_IDEN_LENGTH": "128",
        "AUTH_SC_DBUNIQUE_NAME": name,
        "AUTH_SC_REAL_DBUNIQUE_NAME": name,
        "AUTH_SC_SERVICE_NAME": service,
        "AUTH_SC_DB_DOMAIN": "",
        "AUTH_INSTANCENAME": INSTANCE_NAME,
    }
