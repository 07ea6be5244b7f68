"""Encode and decode DATE, the TIMESTAMP types and the INTERVAL types.

A DATE is century and year plus 100, month, day, and hour, minute, second plus one; a TIMESTAMP
adds nanoseconds; WITH TIME ZONE adds the offset's hours plus 20 and minutes plus 60, the fields
before it being UTC. Source: Oracle Call Interface Programmer's Guide, "DATE" external data type.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from airflow_oracle_dag.sandbox.session import Months

_INTERVAL_MIDDLE = 0x80000000
_INTERVAL_OFFSET = 60
_SECONDS_A_DAY = 86400


def encode_date(value: date) -> bytes:
    """Encode a date or the whole seconds of a datetime in 7 bytes."""
    century, year = divmod(value.year, 100)
    if isinstance(value, datetime):
        clock = (value.hour + 1, value.minute + 1, value.second + 1)
    else:
        clock = (1, 1, 1)
    return bytes((century + 100, year + 100, value.month, value.day, *clock))


def encode_timestamp(value: date) -> bytes:
    """Encode a datetime in 11 bytes, in 7 when it has no fraction of a second."""
    micros = value.microsecond if isinstance(value, datetime) else 0
    if not micros:
        return encode_date(value)
    return encode_date(value) + (micros * 1000).to_bytes(4, "big")


def encode_timestamp_tz(value: datetime) -> bytes:
    """Encode a datetime with its offset in 13 bytes; a naive one counts as UTC."""
    offset = value.utcoffset() or timedelta(0)
    utc = value.replace(tzinfo=None) - offset
    minutes = int(offset.total_seconds()) // 60
    sign = -1 if minutes < 0 else 1
    hours, rest = divmod(abs(minutes), 60)
    tail = bytes((sign * hours + 20, sign * rest + 60))
    return encode_date(utc) + (utc.microsecond * 1000).to_bytes(4, "big") + tail


def decode_datetime(data: bytes) -> datetime:
    """Decode DATE, TIMESTAMP and TIMESTAMP WITH LOCAL TIME ZONE as a naive datetime."""
    micros = int.from_bytes(data[7:11], "big") // 1000 if len(data) >= 11 else 0
    year = (data[0] - 100) * 100 + data[1] - 100
    clock = (data[4] - 1, data[5] - 1, data[6] - 1, micros)
    return datetime(year, data[2], data[3], *clock)


def decode_timestamp_tz(data: bytes) -> datetime:
    """Decode TIMESTAMP WITH TIME ZONE as an aware datetime."""
    utc = decode_datetime(data)
    minutes = (data[11] - 20) * 60 + data[12] - 60 if len(data) >= 13 else 0
    offset = timedelta(minutes=minutes)
    return (utc + offset).replace(tzinfo=timezone(offset))


def encode_interval(value: timedelta) -> bytes:
    """Encode an interval in 11 bytes; all fields of a negative one are negative."""
    sign = -1 if value < timedelta(0) else 1
    span = abs(value)
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fields = bytes(sign * part + _INTERVAL_OFFSET for part in (hours, minutes, seconds))
    days = sign * span.days + _INTERVAL_MIDDLE
    nanos = sign * span.microseconds * 1000 + _INTERVAL_MIDDLE
    return days.to_bytes(4, "big") + fields + nanos.to_bytes(4, "big")


def encode_months(value: Months) -> bytes:
    """Encode years and months in 5 bytes; both fields of a negative interval are negative."""
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    return (sign * years + _INTERVAL_MIDDLE).to_bytes(4, "big") + bytes(
        [sign * months + _INTERVAL_OFFSET]
    )


def decode_months(data: bytes) -> Months:
    """Decode years and months."""
    years = int.from_bytes(data[:4], "big") - _INTERVAL_MIDDLE
    return Months(years * 12 + data[4] - _INTERVAL_OFFSET)


def decode_interval(data: bytes) -> timedelta:
    """Decode an interval, to microseconds."""
    hours, minutes, seconds = (byte - _INTERVAL_OFFSET for byte in data[4:7])
    nanos = int.from_bytes(data[7:11], "big") - _INTERVAL_MIDDLE
    micros = abs(nanos) // 1000 * (-1 if nanos < 0 else 1)
    days = int.from_bytes(data[:4], "big") - _INTERVAL_MIDDLE
    whole = days * _SECONDS_A_DAY + hours * 3600 + minutes * 60 + seconds
    return timedelta(seconds=whole, microseconds=micros)
