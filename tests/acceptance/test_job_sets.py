"""Job sets in a real Airflow: the examples run, every path is taken, a broken file fails alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

pytestmark = pytest.mark.timeout(420)

ENDED = ("success", "failed")


def ended_run(world, dag_id, run_id=None):
    """Wait for the end of a run; return its id, its state and the states of its tasks."""

    def there():
        known = [run for run in world.airflow.runs(dag_id) if run_id in (None, run["dag_run_id"])]
        return bool(known) and known[0]["state"] in ENDED

    world.airflow.wait_for(there, 180, f"a run of {dag_id} to end")
    run = next(run for run in world.airflow.runs(dag_id) if run_id in (None, run["dag_run_id"]))
    tasks = world.airflow.tasks(dag_id, run["dag_run_id"])
    return run, {name: task["state"] for name, task in tasks.items()}


def test_the_examples_run_their_newest_interval(world):
    """The scheduler begins both; the day's lines and their summary are there once."""
    for dag_id in ("orders_daily", "orders_monthly"):
        world.airflow.unpause(dag_id, 90)
    run, states = ended_run(world, "orders_daily")
    day = datetime.fromisoformat(run["data_interval_start"]).replace(tzinfo=None)
    is_weekday = (day + timedelta(days=1)).weekday() < 5
    assert run["state"] == "success"
    assert states == {
        "tables": "success",
        "load": "success",
        "summarise": "success",
        "weekday_report.condition": "success",
        "weekday_report": "success" if is_weekday else "skipped",
        "finish": "success",
        "note_failure": "skipped",
    }
    counted = world.database.query(
        "SELECT COUNT(*), SUM(line_count) FROM set_order_summary WHERE order_day = :day", day=day
    )
    assert counted == [(4, 500)]
    noted = world.database.query(
        "SELECT what FROM set_ledger WHERE order_day = :day AND run_id = :run_id ORDER BY what",
        day=day,
        run_id=run["dag_run_id"],
    )
    done = {"finish", "load", "summarise"} | ({"weekday_report"} if is_weekday else set())
    assert {what for (what,) in noted} == done
    run, states = ended_run(world, "orders_monthly")
    assert (run["state"], states) == ("success", {"tables": "success", "month": "success"})


def test_each_job_takes_its_path(world):
    """Failure, skip and condition lead where the file says; a hopeless error is not tried again."""
    world.airflow.unpause("acceptance_paths", 90)
    run, states = ended_run(world, "acceptance_paths", world.airflow.trigger("acceptance_paths"))
    assert states == {
        "breaks": "failed",
        "mends": "success",
        "waits_in_vain": "upstream_failed",
        "today": "success",
        "always": "success",
        "never.condition": "success",
        "never": "skipped",
        "only_after_it_ran": "skipped",
        "goes_on": "success",
        "because_skipped": "success",
    }
    tasks = world.airflow.tasks("acceptance_paths", run["dag_run_id"])
    assert tasks["breaks"]["try_number"] == 1


def test_a_broken_file_fails_alone(world):
    """It is a DAG that fails; the sets beside it are scheduled as ever (the tests before)."""
    world.airflow.unpause("acceptance_broken", 90)
    run, states = ended_run(world, "acceptance_broken", world.airflow.trigger("acceptance_broken"))
    assert (run["state"], states) == ("failed", {"the_file_has_mistakes": "failed"})
