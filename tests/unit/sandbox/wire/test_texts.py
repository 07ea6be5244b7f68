"""Whole columns of text become the same bytes as single values do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.sandbox.session import OracleError, OracleType
from airflow_oracle_dag.sandbox.wire import texts
from airflow_oracle_dag.sandbox.wire.buffer import byte_string
from airflow_oracle_dag.sandbox.wire.number import encode_number
from airflow_oracle_dag.sandbox.wire.temporal import encode_date, encode_timestamp


@given(st.from_regex(r"-?[0-9]{1,45}(\.[0-9]{1,40})?", fullmatch=True))
def test_digits_are_encoded_as_numbers_are(text):
    """A number's text gives the bytes of the number, whatever zeros stand at its ends."""
    assert texts.number(text.encode()) == byte_string(encode_number(Decimal(text)))


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_dates_and_timestamps_are_encoded_as_datetimes_are(value):
    """A date's text gives the bytes of the date, a timestamp's with as few digits as it needs."""
    text = value.isoformat(" ")
    trimmed = text.rstrip("0") if "." in text else text
    assert texts.date(trimmed.encode()) == byte_string(encode_date(value))
    assert texts.timestamp(trimmed.encode()) == byte_string(encode_timestamp(value))


def test_columns_keep_nulls_and_long_texts():
    """NULL is NULL in every type, an empty text, too; a long text comes in chunks."""
    long = "é" * 40_000
    assert texts.COLUMN_FIELDS[OracleType.VARCHAR2]([None, b"", b"x", long.encode()]) == [
        b"\0", b"\0", b"\x01x", byte_string(long.encode()),
    ]  # fmt: skip
    for kind in (OracleType.NUMBER, OracleType.DATE, OracleType.TIMESTAMP):
        assert texts.COLUMN_FIELDS[kind]([None, None]) == [b"\0", b"\0"]


@pytest.mark.parametrize(
    ("encode", "text", "code"),
    [
        (texts.number, b"NaN", 1722),
        (texts.number, b"1" + b"0" * 130, 1426),
        (texts.date, b"0044-03-15 00:00:00 BC", 1841),
        (texts.date, b"infinity", 1841),
        (texts.timestamp, b"10000-01-01 00:00:00", 1841),
    ],
)
def test_what_oracle_cannot_hold_is_an_error(encode, text, code):
    """PostgreSQL's NaN, infinities and other eras have no form in Oracle."""
    with pytest.raises(OracleError) as caught:
        encode(text)
    assert caught.value.code == code
