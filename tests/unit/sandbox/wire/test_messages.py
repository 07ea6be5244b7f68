"""Requests are understood however their bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.sandbox.wire import packets
from airflow_oracle_dag.sandbox.wire.buffer import byte_string, integer
from airflow_oracle_dag.sandbox.wire.connection import (
    Connect,
    Goodbye,
    Marker,
    Rejected,
    Request,
    ServerConnection,
)
from airflow_oracle_dag.sandbox.wire.constants import MarkerType, PacketType
from airflow_oracle_dag.sandbox.wire.errors import Malformed
from airflow_oracle_dag.sandbox.wire.placeholders import returning_positions
from airflow_oracle_dag.sandbox.wire.requests import Shape, Simple
from airflow_oracle_dag.sandbox.wire.types import DataType, WireType

SHAPE = Shape((WireType(DataType.NUMBER, 22), WireType(DataType.VARCHAR, 4000)))


def accepted(shape: Shape = SHAPE) -> ServerConnection:
    """Give a connection that is past its CONNECT."""
    connection = ServerConnection(lambda _cursor_id: shape)
    connection.accept()
    return connection


def reexecution(rows):
    """Build a re-execute call with rows of a number and a text."""
    body = [bytes((3, 4, 1)), integer(9), integer(len(rows)), integer(0), integer(0)]
    for count, text in rows:
        body += [b"\x07", byte_string(bytes((193, count + 1))), byte_string(text.encode())]
    return b"".join(body)


rows = st.lists(
    st.tuples(st.integers(1, 9), st.text(max_size=40) | st.just("long " * 2000)), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(rows, st.lists(st.integers(1, 5000), min_size=1, max_size=50))
def test_rows_of_binds_arrive_in_any_pieces(values, cuts):
    """A request gives the same rows however packets and reads cut it."""
    connection = accepted()
    stream = packets.data_packets(reexecution(values), 8192)
    events = []
    while stream:
        size = cuts[len(stream) % len(cuts)]
        connection.receive(stream[:size])
        stream = stream[size:]
        if event := connection.next_event():
            events.append(event)
    assert len(events) == 1
    assert events[0].call.rows == [[count, text or None] for count, text in values]


def test_binds_longer_than_a_varchar2_come_last():
    """In SQL the client sends LONG binds after the others; the rows are in bind order again."""
    shape = Shape((WireType(DataType.LONG, 40_000), WireType(DataType.NUMBER, 22)))
    body = bytes((3, 4, 1)) + integer(9) + integer(1) + b"\x00\x00"
    body += b"\x07" + byte_string(bytes((193, 8))) + byte_string(b"x" * 40_000)
    connection = accepted(shape)
    connection.receive(packets.data_packets(body, 8192))
    assert connection.next_event().call.rows == [["x" * 40_000, 7]]


def test_a_request_that_is_not_understood_is_drained():
    """An unknown call of several packets is rejected once, and the next request is read."""
    connection = accepted()
    connection.receive(packets.data_packets(bytes((3, 121, 1)) + bytes(20_000), 8192))
    connection.receive(packets.data_packets(bytes((3, 14, 2)), 8192))
    event = connection.next_event()
    assert isinstance(event, Rejected)
    assert event.error.code == 3001
    following = connection.next_event()
    assert isinstance(following, Request)
    assert isinstance(following.call, Simple)


def test_markers_are_seen_among_requests():
    """An interrupt is an event of its own and `breaks` tells of it."""
    connection = accepted()
    assert not connection.breaks
    connection.receive(packets.marker(MarkerType.INTERRUPT))
    assert connection.breaks
    assert connection.next_event() == Marker(MarkerType.INTERRUPT)


def test_nonsense_is_malformed():
    """A field that makes no sense is reported as Malformed, whatever it was."""
    with pytest.raises(Malformed):
        accepted().receive(packets.packet(PacketType.MARKER, b"\x01\x00\x09"))
    with pytest.raises(Malformed):
        accepted().receive(packets.data_packets(b"\x11\x98\x01\x01\x01\x02\x02\xff\xfe", 8192))


def test_the_last_packet_of_a_client_says_goodbye():
    """A DATA packet with the end-of-file flag ends the conversation."""
    connection = accepted()
    connection.receive(packets.packet(PacketType.DATA, b"\x00\x40"))
    assert connection.next_event() == Goodbye()


def test_connect_data_may_follow_in_a_packet_of_its_own():
    """A descriptor that is too long for CONNECT is taken from the DATA packet after it."""
    text = "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))" + " " * 300
    head = bytearray(66)
    head[6:8] = (8192).to_bytes(2, "big")
    head[16:18] = len(text).to_bytes(2, "big")
    head[18:20] = (74).to_bytes(2, "big")
    connection = ServerConnection(lambda _cursor_id: Shape())
    connection.receive(packets.packet(PacketType.CONNECT, bytes(head), large=False))
    assert connection.next_event() is None
    connection.receive(packets.packet(PacketType.DATA, b"\x00\x00" + text.encode(), large=False))
    assert connection.next_event() == Connect(text)


def test_returning_placeholders_are_those_after_into():
    """Only placeholders behind RETURNING ... INTO take values back."""
    assert returning_positions("insert into t values (:a, :b) returning id, x into :c, :d") == {
        2,
        3,
    }
    assert returning_positions("update t set returning_flag = :a where b = ':into'") == frozenset()
    assert returning_positions("delete from t where a = :1 RETURNING a INTO :2") == {1}
    assert returning_positions("begin insert into t returning a into :x; end;") == frozenset()
    assert returning_positions("insert into t /* returning */ select 1 into :a") == frozenset()
