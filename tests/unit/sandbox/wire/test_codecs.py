"""What is encoded is decoded to the same value."""

from __future__ import annotations

import math
import struct
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.sandbox.wire import number, scalars, temporal
from airflow_oracle_dag.sandbox.wire.buffer import Reader, byte_string, integer, sized_string
from airflow_oracle_dag.sandbox.wire.errors import NeedMore

naive = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.integers(-(2**64) + 1, 2**64 - 1))
def test_integers_round_trip(value):
    """An integer of up to 64 bits and its sign survive."""
    assert Reader(integer(value)).integer() == value


@given(st.binary(max_size=70_000) | st.sampled_from([252, 253, 32767, 32768, 65534]).map(bytes))
def test_byte_strings_round_trip(value):
    """Bytes of any length survive, in the short and in the chunked form; none at all is NULL."""
    for encoded, read in (
        (byte_string(value), Reader.byte_string),
        (sized_string(value), Reader.sized_string),
    ):
        reader = Reader(encoded)
        assert read(reader) == (value or None)
        assert reader.position == len(encoded)


@given(st.binary(min_size=1, max_size=600), st.data())
def test_a_part_of_a_byte_string_asks_for_more(value, data):
    """A byte string that is cut off anywhere raises NeedMore."""
    encoded = byte_string(value)
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(NeedMore):
        Reader(encoded[:cut]).byte_string()


@given(st.integers(-(10**38), 10**38))
def test_whole_numbers_round_trip(value):
    """A whole number of up to 38 digits survives as an int."""
    decoded = number.decode_number(number.encode_number(value))
    assert decoded == value
    assert isinstance(decoded, int)


@given(st.decimals(-(10**20), 10**20, places=15))
def test_decimal_numbers_round_trip(value):
    """A decimal number within 38 digits survives exactly."""
    assert number.decode_number(number.encode_number(value)) == value


@given(st.integers(1, 10**40 - 1), st.integers(-120, 80), st.booleans())
def test_number_bytes_sort_as_numbers(mantissa, exponent, negative):
    """Encoded numbers compare as their values do, which is how Oracle indexes them."""
    value = Decimal((int(negative), (1,), exponent))
    other = value * mantissa
    low, high = sorted((value, other))
    assert number.encode_number(low) <= number.encode_number(high)


def test_a_number_of_too_many_digits_is_rounded():
    """More digits than a NUMBER holds are rounded half up, not cut."""
    decoded = number.decode_number(number.encode_number(Decimal("0." + "6" * 45)))
    assert decoded == Decimal("0." + "6" * 39 + "7")


@pytest.mark.parametrize("value", [10**126, Decimal("NaN"), Decimal("Infinity")])
def test_what_no_number_holds_is_refused(value):
    """A value beyond a NUMBER's range raises instead of becoming another number."""
    with pytest.raises(OverflowError):
        number.encode_number(value)


def test_known_numbers_have_the_documented_bytes():
    """The examples of the NUMBER format give their documented bytes."""
    assert number.encode_number(0) == bytes([128])
    assert number.encode_number(1) == bytes([193, 2])
    assert number.encode_number(-1) == bytes([62, 100, 102])
    assert number.encode_number(Decimal("123.45")) == bytes([194, 2, 24, 46])


@given(naive)
def test_timestamps_round_trip(value):
    """A TIMESTAMP survives to the microsecond."""
    assert temporal.decode_datetime(temporal.encode_timestamp(value)) == value


@given(naive)
def test_dates_round_trip(value):
    """A DATE survives to the second."""
    whole = value.replace(microsecond=0)
    assert temporal.decode_datetime(temporal.encode_date(value)) == whole


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=offsets))
def test_timestamps_with_time_zone_round_trip(value):
    """A TIMESTAMP WITH TIME ZONE keeps its instant and its offset."""
    decoded = temporal.decode_timestamp_tz(temporal.encode_timestamp_tz(value))
    assert decoded == value
    assert decoded.utcoffset() == value.utcoffset()


@given(st.timedeltas())
def test_intervals_round_trip(value):
    """An interval of either sign survives to the microsecond."""
    assert temporal.decode_interval(temporal.encode_interval(value)) == value


@given(st.floats(allow_nan=False))
def test_doubles_round_trip(value):
    """A BINARY_DOUBLE survives exactly, infinities and signed zero too."""
    decoded = scalars.decode_double(scalars.encode_double(value))
    assert struct.pack(">d", decoded) == struct.pack(">d", value)


@given(st.floats(width=32, allow_nan=False))
def test_floats_round_trip(value):
    """A BINARY_FLOAT survives exactly."""
    assert scalars.decode_float(scalars.encode_float(value)) == value


def test_a_float_beyond_its_range_is_infinite():
    """A value too large for BINARY_FLOAT becomes infinity."""
    assert math.isinf(scalars.decode_float(scalars.encode_float(1e300)))


@given(st.booleans())
def test_booleans_round_trip(value):
    """A BOOLEAN survives."""
    assert scalars.decode_boolean(scalars.encode_boolean(value)) is value
