"""Values that are carried to another machine come back as they were."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from airflow_oracle_dag.core.carried_values import (
    WITHHELD,
    Unreadable,
    read_carried,
    write_carried,
)
from airflow_oracle_dag.core.fingerprint import value_hashes
from airflow_oracle_dag.core.handed_values import CannotBeHanded
from airflow_oracle_dag.core.values import Absent, Secret, Timestamp

_EAST = timezone(timedelta(hours=5, minutes=30))
CARRIED = [
    None,
    True,
    False,
    0,
    -(10**40),
    Decimal("1.10"),
    Decimal("1E+3"),
    1.1,
    -0.0,
    1e-300,
    "",
    "line\nquote ' \" \\ é \U0001f600 \x00",
    datetime(2026, 11, 20, 1, 2, 3),
    datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=_EAST),
    date(2026, 11, 20),
    Timestamp(datetime(2026, 11, 20, 1, 2, 3, 456789)),
    timedelta(days=-3, microseconds=1),
    b"\x00\xff",
    Absent("the run has no data interval"),
]


@pytest.mark.parametrize("value", CARRIED, ids=repr)
def test_a_value_comes_back_with_its_type_and_its_fingerprint(value: Any) -> None:
    """So nothing has drifted when the other side looks."""
    document = json.loads(json.dumps(write_carried(value)))
    found = read_carried(document)
    assert (type(found), found) == (type(value), value)
    assert value_hashes(["v"], {"v": found}) == value_hashes(["v"], {"v": value})


def test_a_subclass_is_carried_as_what_it_is_bound_as() -> None:
    """Airflow renders moments and texts of its own classes."""

    class Moment(datetime):
        def isoformat(self, *args: Any, **kwargs: Any) -> str:
            return "no moment"

    class Word(str):
        __slots__ = ()

    moment = read_carried(write_carried(Moment(2026, 11, 20)))
    assert (type(moment), moment) == (datetime, datetime(2026, 11, 20))
    assert type(read_carried(write_carried(Word("a")))) is str


def test_a_secret_stays_where_it_is_and_something_as_secret_takes_its_place() -> None:
    """A plan that is made with it has the same fingerprint."""
    document = write_carried(Secret("hush-carried"))
    assert document == {"type": "secret"}
    found = read_carried(document)
    assert isinstance(found, Secret)
    assert value_hashes(["v"], {"v": found}) == value_hashes(["v"], {"v": Secret("hush-carried")})
    assert found == WITHHELD


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "is no finite number"),
        (Decimal("Infinity"), "is no finite number"),
        ([1], "is a list, which is not carried to another machine"),
        ("\ud800", "has half a character in it (a lone surrogate)"),
    ],
    ids=["nan", "infinity", "list", "surrogate"],
)
def test_what_no_other_process_could_have_is_refused(value: Any, why: str) -> None:
    """One clause says why."""
    with pytest.raises(CannotBeHanded) as refused:
        write_carried(value)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("a", "is no object with a type and a value"),
        ({"type": "clob", "value": "x"}, "has the type 'clob', which is none of null, secret,"),
        ({"type": ["text"], "value": "x"}, "has the type ['text'], which is none of"),
        ({"type": "text"}, "has the fields type, and a text has others"),
        ({"type": "null", "value": "x"}, "has the fields type, value, and a null has others"),
        ({"type": "integer", "value": 1}, "has the type integer and a value that is a int"),
        ({"type": "boolean", "value": "true"}, "has the type boolean and a value that is a str"),
        ({"type": "integer", "value": "hush-one"}, "has the type integer and is none"),
        ({"type": "number", "value": "hush-one"}, "has the type number and is none"),
        ({"type": "bytes", "value": "hush"[:3]}, "has the type bytes and is none"),
        ({"type": "interval", "value": "9" * 40}, "has the type interval and is none"),
    ],
    ids=str,
)
def test_what_is_no_carried_value_is_named_without_the_value(document: Any, why: str) -> None:
    """It may be somebody's."""
    with pytest.raises(Unreadable) as refused:
        read_carried(document)
    assert str(refused.value).startswith(why)
    assert "hush" not in str(refused.value)
