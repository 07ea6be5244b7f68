"""Whether the run conditions of a file have a meaning, and a calendar where they need one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_oracle_dag.core.conditions import RunCondition
    from airflow_oracle_dag.job_sets.problems import Path


def check_conditions(jobs: Any) -> Iterator[tuple[Path, str, str]]:
    """Give path, message and cure of each mistake.

    :param jobs: as it stands in the file, so that other mistakes of the file hide none of these.
    """
    if not isinstance(jobs, dict):
        return
    for name, job in jobs.items():
        text = job.get("run_condition") if isinstance(job, dict) else None
        if isinstance(text, str):
            yield from _check(("jobs", name), text, job.get("calendar"))


def read_condition(text: str) -> RunCondition:
    """Read a condition, with cron.

    :raises ConditionError: when it has no meaning.
    """
    # Few sets have conditions, and DAG files are parsed often.
    from airflow_oracle_dag.control.cron import CroniterDays  # noqa: PLC0415 - see above
    from airflow_oracle_dag.core.conditions import parse_condition  # noqa: PLC0415 - see above

    return parse_condition(text, CroniterDays())


def _check(path: Path, text: str, calendar: Any) -> Iterator[tuple[Path, str, str]]:
    from airflow_oracle_dag.core.errors import ConditionError  # noqa: PLC0415 - as above

    try:
        condition = read_condition(text)
    except ConditionError as error:
        place = f"at position {error.position + 1} of {text!r}"
        yield (*path, "run_condition"), f"{error.message}, {place}", error.cure
        return
    if condition.calendar_words and not calendar:
        word = condition.calendar_words[0]
        cure = "add calendar:, such as DE, DE-BY or one of your own; WEEKDAYS needs none"
        yield (*path, "run_condition"), f"{word} needs a calendar", cure
