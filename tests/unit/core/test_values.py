"""What binds are looked up in, and how values are fingerprinted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from airflow_oracle_dag.core.fingerprint import text_hash, values_hash
from airflow_oracle_dag.core.values import Absent, ScriptValues, Timestamp, interval_values

NOON = datetime(2026, 3, 1, 12, 0, 5, 250, tzinfo=timezone.utc)
BERLIN = timezone(timedelta(hours=1))


def test_moments_are_dates_in_the_zone_and_timestamps_in_utc() -> None:
    """The DATE has no fraction of a second, the twin has."""
    values = interval_values(
        logical_date=NOON,
        data_interval_start=NOON,
        data_interval_end=NOON + timedelta(days=1),
        run_id="r",
        zone=BERLIN,
    )

    assert values["logical_date"] == datetime(2026, 3, 1, 13, 0, 5)
    assert values["data_interval_end"] == datetime(2026, 3, 2, 13, 0, 5)
    assert values["logical_date_utc"] == Timestamp(datetime(2026, 3, 1, 12, 0, 5, 250))
    assert values["run_id"] == "r"


def test_an_empty_interval_is_absent_with_its_reason() -> None:
    """A script that loads from start to end would load nothing and succeed."""
    values = interval_values(
        logical_date=NOON, data_interval_start=NOON, data_interval_end=NOON, run_id="r"
    )

    assert isinstance(values["data_interval_start"], Absent)
    assert "CronDataIntervalTimetable" in values["data_interval_end_utc"].reason
    assert values["logical_date"] == datetime(2026, 3, 1, 12, 0, 5)


def test_a_manual_run_has_no_interval() -> None:
    """The reason says what kind of run it was."""
    values = interval_values(
        logical_date=None, data_interval_start=None, data_interval_end=None, run_id="manual"
    )

    assert "manual" in values["data_interval_start"].reason
    assert "logical date" in values["logical_date"].reason


def test_names_are_folded_and_parameters_win() -> None:
    """Binds are case-insensitive in Oracle."""
    values = ScriptValues({"Run_ID": "mine"}, {"run_id": "theirs", "Other": 1})

    assert values.lookup("run_id") == "mine"
    assert values.lookup("other") == 1
    with pytest.raises(KeyError):
        values.lookup("none")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (Decimal("1.50"), 1.5, True),
        (1, "1", False),
        (None, "", False),
        (True, 1, False),
        (datetime(2026, 1, 1), datetime(2026, 1, 1), True),
        (datetime(2026, 1, 1), Timestamp(datetime(2026, 1, 1)), False),
        (b"a", "a", False),
        (10**29 + 1, 10**29 + 2, False),
        (Decimal("0.0"), 0, True),
    ],
)
def test_fingerprints_of_values(one: object, other: object, same: bool) -> None:
    """Equal numbers are equal however they are written; types are not mixed up."""
    assert (values_hash(["x"], {"x": one}) == values_hash(["x"], {"x": other})) is same


def test_only_the_binds_of_the_step_count() -> None:
    """A value that the step does not use does not change its fingerprint."""
    assert values_hash(["a"], {"a": 1, "b": 2}) == values_hash(["a", "a"], {"a": 1, "b": 3})


def test_fingerprints_of_texts() -> None:
    """Borders between statements count."""
    assert text_hash(["ab", "c"]) != text_hash(["a", "bc"])
    assert text_hash(["a"]) == text_hash(["a"])
