"""Changes by hand in DynamoDB: the row and its audit in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from airflow_oracle_dag.control.dynamo_items import (
    DynamoNames,
    Expression,
    Item,
    partition,
    text_of,
)
from airflow_oracle_dag.control.rules import BY_HAND, changeable, differences
from airflow_oracle_dag.control.table import Audit
from airflow_oracle_dag.core.jobs import Job


def change(
    names: DynamoNames, item: Item, before: Job, changes: Mapping[str, str | None], audit: Audit
) -> list[Item]:
    """Return the transaction that changes fields of a row; none when nothing changes."""
    changeable(changes, names.attributes, names.job)
    texts = before.as_fields()
    new = {field: text or "" for field, text in changes.items() if texts[field] != (text or "")}
    return [_update(names, item, new), *_audits(names, before, new, texts, audit)] if new else []


def put(names: DynamoNames, item: Item | None, job: Job, audit: Audit) -> tuple[str, list[Item]]:
    """Return what becomes of a row, "added" or "changed", and its transaction."""
    fields = job.as_fields()
    if item is None:
        new = {f: fields[f] for f in BY_HAND if f in names.attributes and fields[f]}
        listed = {"JobName": job.name, **new}
        return "added", [_add(names, job, new), *_audits(names, job, listed, {}, audit)]
    before = names.job_of(job.environment, item)
    new = differences(before, job, names.attributes)
    if not new:
        return "changed", []
    audits = _audits(names, before, new, before.as_fields(), audit)
    return "changed", [_update(names, item, new), *audits]


def _add(names: DynamoNames, job: Job, new: Mapping[str, str]) -> Item:
    wanted = Expression()
    absent = f"attribute_not_exists({wanted.name(names.attributes['JobName'])})"
    item = {names.attributes[field]: text for field, text in new.items()}
    request = wanted.request(
        TableName=names.job,
        Item={**names.job_key(job.environment, job.name), **item},
        ConditionExpression=absent,
    )
    return {"Put": request}


def _update(names: DynamoNames, item: Item, new: Mapping[str, str]) -> Item:
    """Change a row whose fields are still what was read; an empty text takes the field away."""
    wanted = Expression()
    there = [f"attribute_exists({wanted.name(names.attributes['JobName'])})"]
    changed: dict[str, list[str]] = {"SET": [], "REMOVE": []}
    for field, text in new.items():
        attribute = names.attributes[field]
        place = wanted.name(attribute)
        there.append(wanted.equals(attribute, item.get(attribute)))
        if text:
            changed["SET"].append(f"{place} = {wanted.value(text)}")
        else:
            changed["REMOVE"].append(place)
    parts = [f"{verb} {', '.join(some)}" for verb, some in changed.items() if some]
    request = wanted.request(
        TableName=names.job,
        Key=names.key_of(item),
        UpdateExpression=" ".join(parts),
        ConditionExpression=" AND ".join(there),
    )
    return {"Update": request}


def _audits(
    names: DynamoNames,
    job: Job,
    new: Mapping[str, str],
    old: Mapping[str, str],
    audit: Audit,
) -> Sequence[Item]:
    now = text_of(datetime.now(UTC).replace(tzinfo=None))
    return [
        {
            "Put": {
                "TableName": names.audit,
                "Item": {
                    "JobKey": partition(job.environment, job.name),
                    "ChangedAt": f"{now}#{field}",
                    "Field": field,
                    "OldValue": old.get(field) or None,
                    "NewValue": text or None,
                    "Who": audit.who,
                    "Why": audit.why,
                },
            }
        }
        for field, text in new.items()
    ]
