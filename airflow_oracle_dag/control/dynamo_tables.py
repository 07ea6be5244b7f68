"""Make the tables of a control table in DynamoDB; safe to repeat."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # ships no types

from airflow_oracle_dag.control.dynamo_client import translated
from airflow_oracle_dag.control.dynamo_items import DynamoNames
from airflow_oracle_dag.control.table import ControlNames


def create_tables(
    resource: Any,
    names: ControlNames = ControlNames(),  # noqa: B008 - frozen
) -> list[str]:
    """Make the tables that are missing, paid by request, and wait until they can be used.

    The index by category is a local one: only such an index can be read consistently, and only
    with its table can it be made.

    :return: names of the tables that were made by this call.
    """
    named = DynamoNames.of(names)
    key = [
        named.attributes[field] for field in ("Environment", "JobName") if field in named.attributes
    ]
    category = named.attributes.get("JobCategory")
    with_index = category is not None and "Environment" in named.attributes
    made = []
    for table, keys in (
        (named.job, key),
        (named.run, ["JobKey", "IntervalKey"]),
        (named.audit, ["JobKey", "ChangedAt"]),
        (named.calendar, ["Calendar", "Day"]),
    ):
        request = {"TableName": table, "KeySchema": _schema(keys), "BillingMode": "PAY_PER_REQUEST"}
        listed = list(keys)
        if table == named.job and with_index:
            index = {"IndexName": f"{category}-index", "Projection": {"ProjectionType": "ALL"}}
            schema = _schema([key[0], str(category)])
            request["LocalSecondaryIndexes"] = [{**index, "KeySchema": schema}]
            listed.append(str(category))
        request["AttributeDefinitions"] = [
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in listed
        ]
        if _create(resource, request):
            made.append(table)
    return made


def _schema(keys: list[str]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": attribute, "KeyType": kind}
        for attribute, kind in zip(keys, kinds, strict=False)
    ]


def _create(resource: Any, request: dict[str, Any]) -> bool:
    with translated(request["TableName"]):
        try:
            resource.meta.client.create_table(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            return False
        resource.meta.client.get_waiter("table_exists").wait(TableName=request["TableName"])
    return True
