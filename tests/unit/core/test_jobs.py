"""A job keeps what its row says; each value is read when it is asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import FIELDS, STATUS_FLAGS, Decision, Interval, Job
from airflow_oracle_dag.core.states import State

UTC = timezone.utc


def test_a_row_is_read_whatever_types_its_store_has():
    """A row is read whatever types its store has."""
    job = Job.from_fields(
        {
            "JobName": "LOAD_ORDERS   ",
            "Environment": None,
            "SkipFlag": True,
            "Priority": Decimal(10),
            "DependsOn": {"B", "A"},
            "Parameters": {"region": "NORTH"},
            "StartDate": datetime(2026, 1, 2, 3, 4),
            "EndDate": date(2026, 12, 31),
            "LastRunTimestamp": datetime(2026, 1, 2),
            "a column of the team's own": "ignored",
        }
    )
    assert (job.name, job.environment) == ("LOAD_ORDERS", "default")
    assert job.is_skipped and job.priority_number == 10
    assert job.upstream == ("A", "B")
    assert job.parameter_values == {"region": "NORTH"}
    assert (job.first_day, job.last_day) == (date(2026, 1, 2), date(2026, 12, 31))
    assert job.last_run_timestamp == datetime(2026, 1, 2)


def test_a_row_survives_being_written_and_read():
    """A row survives being written and read."""
    job = Job("A", "PROD", depends_on="B, C", parameters='{"x": [1, 2]}', priority="-3")
    assert Job.from_fields(job.as_fields()) == job
    assert set(job.as_fields()) == set(FIELDS)


def test_a_row_without_a_name_is_an_error():
    """A row without a name is an error."""
    with pytest.raises(FieldError, match="a row without a name"):
        Job.from_fields({"JobName": "  "})


@pytest.mark.parametrize(
    ("word", "skipped"),
    [
        *((word, True) for word in ("YES", "yes", "Y", "true", "TRUE", "1")),
        *((word, False) for word in ("", "NO", "No", "n", "false", "0")),
    ],
)
def test_a_skip_flag_is_yes_or_no(word, skipped):
    """A skip flag is yes or no."""
    assert Job("A", skip_flag=word).is_skipped is skipped


@pytest.mark.parametrize(
    ("fields", "ask", "said"),
    [
        ({"skip_flag": "MAYBE"}, "is_skipped", "job A, SkipFlag 'MAYBE': neither yes nor no"),
        ({"skip_flag": "'; DROP TABLE x"}, "is_skipped", "write YES or NO"),
        ({"on_upstream_skip": "JUMP"}, "runs_after_skipped_upstream", "write RUN or BLOCK"),
        ({"priority": "1.5"}, "priority_number", "not a whole number"),
        ({"start_date": "20.11.2026"}, "first_day", "StartDate '20.11.2026': not a date"),
        ({"end_date": "2026-02-30"}, "last_day", "no such day"),
        ({"end_date": "2026-11-20garbage"}, "last_day", "write it as YYYY-MM-DD"),
        ({"end_date": "20261120"}, "last_day", "write it as YYYY-MM-DD"),
        ({"parameters": "{'a': 1}"}, "parameter_values", "not JSON"),
        ({"parameters": "[1]"}, "parameter_values", "not a JSON object"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_row_field_and_cure(fields, ask, said):
    """A value that cannot be read names its row field and cure."""
    with pytest.raises(FieldError) as error:
        getattr(Job("A", **fields), ask)
    assert said in str(error.value) and "To mend it" in str(error.value)
    assert error.value.job == "A"


def test_an_empty_row_asks_for_nothing():
    """An empty row asks for nothing."""
    job = Job("A")
    assert job.upstream == () and job.parameter_values == {} and job.priority_number == 0
    assert job.runs_after_skipped_upstream and job.first_day is None and job.last_day is None


def test_names_in_depends_on_count_once_and_keep_their_order():
    """Names in depends on count once and keep their order."""
    assert Job("A", depends_on=" C ,B,, C").upstream == ("C", "B")


def test_an_interval_has_one_key_in_whatever_zone_it_is_written():
    """An interval has one key in whatever zone it is written."""
    there = timezone(timedelta(hours=2))
    start, end = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    here = Interval(start, end)
    assert here.key == "2026-11-20T00:00:00Z/2026-11-21T00:00:00Z"
    assert Interval(start.astimezone(there), end.astimezone(there)).key == here.key


def test_a_run_without_an_interval_is_due_when_it_may_begin():
    """A run without an interval is due when it may begin."""
    moment = datetime(2026, 11, 20, 5, 6, 7, 89, tzinfo=UTC)
    run = Interval(run_after=moment)
    assert run.due() == moment
    assert run.key == "2026-11-20T05:06:07.000089Z"


def test_the_due_moment_can_be_chosen_and_a_missing_one_is_an_error():
    """The due moment can be chosen and a missing one is an error."""
    start, end = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    run = Interval(start, end, run_after=end, logical_date=start)
    assert (run.due(), run.due("start"), run.due("logical_date")) == (end, start, start)
    with pytest.raises(ValueError, match="no logical_date to decide by"):
        Interval(run_after=end).due("logical_date")
    with pytest.raises(ValueError, match="write end, start or logical_date"):
        run.due("now")
    with pytest.raises(ValueError, match="no end to decide by"):
        assert Interval().key


def test_every_state_but_pending_has_a_word_in_status_flag():
    """Every state but pending has a word in status flag."""
    assert set(STATUS_FLAGS) == set(State) - {State.PENDING}
    assert set(STATUS_FLAGS.values()) == {"running", "success", "failure", "skipped"}


def test_a_decision_is_told_in_the_names_of_the_field():
    """A decision is told in the names of the field."""
    decision = Decision("A", "MONDAY", "NO", should_run=False, reason="it is a Friday")
    assert decision.as_fields() == {
        "JobName": "A",
        "RunCondition": "MONDAY",
        "SkipFlag": "NO",
        "ShouldRunToday": False,
        "Reason": "it is a Friday",
    }
    assert Decision("A", "?", "", False, "", error="bad row").as_fields()["Reason"] == "bad row"
