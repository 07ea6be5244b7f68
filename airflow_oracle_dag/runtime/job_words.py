"""What is told of jobs that were lost."""

from __future__ import annotations

from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.core.handover import DATABASE


def unsaid(row: HandoverRow) -> str:
    """Say what is known of a job that has not recorded an end of its attempt."""
    if row.error_text:
        return f": {row.error_text}"
    if row.place == DATABASE:
        how = "it was stopped or killed, or its instance went down"
    elif row.claimed_at is None:
        how = "look at its log in CloudWatch"
    else:
        how = (
            "it was stopped, took longer than its time-out, or died; its log in CloudWatch may say"
        )
    return f", and it told nobody how it ended: {how}"


def vanishes(row: HandoverRow, times: int) -> str:
    """Say that a job was begun several times and was not there each time."""
    if row.place != DATABASE:
        return (
            f"{row.called} was begun {times} times and was not there each time; let "
            "somebody look at that job in AWS Glue"
        )
    return (
        f"job {row.job_name} was created {times} times and vanished each time before "
        "it began; if its job class logs no runs (LOGGING_LEVEL), nobody can say why"
    )
