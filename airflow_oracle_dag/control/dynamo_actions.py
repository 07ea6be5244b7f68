"""What one transaction of DynamoDB does to a job and its run."""

from __future__ import annotations

from datetime import datetime

from airflow_oracle_dag.control.dynamo_items import (
    STATUS_DUE,
    DynamoNames,
    Expression,
    Item,
    item_of,
    moment,
    run_of,
    text_of,
)
from airflow_oracle_dag.control.dynamo_reader import DynamoReader
from airflow_oracle_dag.core.jobs import STATUS_FLAGS, JobRun


def put_run(names: DynamoNames, run: JobRun, before: Item | None) -> Item:
    """Write a run, unless another attempt or another state of it has come in between."""
    wanted = Expression()
    if before is None:
        condition = f"attribute_not_exists({wanted.name('JobKey')})"
    else:
        condition = (
            f"{wanted.name('Attempt')} = {wanted.value(before['Attempt'])} AND "
            f"{wanted.name('State')} = {wanted.value(before['State'])}"
        )
    request = wanted.request(TableName=names.run, Item=item_of(run), ConditionExpression=condition)
    return {"Put": request}


def move_flag(
    reader: DynamoReader,
    names: DynamoNames,
    job: Item,
    run: JobRun,
    began: datetime | None = None,
) -> list[Item]:
    """Move StatusFlag, unless a later interval has a run already."""
    shown = job.get(STATUS_DUE)
    latest = moment(shown)
    if latest is None:  # a row that has not run yet, or that somebody put there anew
        others = reader.runs_of_job(run.environment, run.job_name)
        latest = max((run_of(item).due_at for item in others), default=None)
    if latest is not None and latest > run.due_at:
        return []
    wanted = Expression()
    attributes = names.attributes
    new: Item = {STATUS_DUE: text_of(run.due_at)}
    if "StatusFlag" in attributes:
        new[attributes["StatusFlag"]] = STATUS_FLAGS[run.state]
    if began is not None and "LastRunTimestamp" in attributes:
        new[attributes["LastRunTimestamp"]] = text_of(began)
    changes = ", ".join(
        f"{wanted.name(attribute)} = {wanted.value(value)}" for attribute, value in new.items()
    )
    there = f"attribute_exists({wanted.name(attributes['JobName'])})"
    request = wanted.request(
        TableName=names.job,
        Key=names.key_of(job),
        UpdateExpression=f"SET {changes}",
        ConditionExpression=f"{there} AND {wanted.equals(STATUS_DUE, shown)}",
    )
    return [{"Update": request}]


def still_there(names: DynamoNames, job: Item) -> Item:
    """Refuse the transaction when a job's row is gone."""
    wanted = Expression()
    there = f"attribute_exists({wanted.name(names.attributes['JobName'])})"
    request = wanted.request(TableName=names.job, Key=names.key_of(job), ConditionExpression=there)
    return {"ConditionCheck": request}
