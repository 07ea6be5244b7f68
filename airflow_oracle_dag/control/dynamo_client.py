"""Requests to DynamoDB: whole answers or an error of the control table, never a part of one."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (  # type: ignore[import-untyped]  # ships no type information
    BotoCoreError,
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from airflow_oracle_dag.control.dynamo_items import Item
from airflow_oracle_dag.control.table import ControlTableError, StoreUnavailable

#: Error codes after which another try may help (Developer Guide, Error Handling).
_PASSING = {
    "InternalServerError",
    "InternalFailure",
    "ItemCollectionSizeLimitExceededException",
    "LimitExceededException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
#: Why a transaction was refused although nothing is wrong with it: somebody was quicker.
_RACES = {"ConditionalCheckFailed", "TransactionConflict"}
_CURES = {
    "AccessDeniedException": "ask for the grants that docs/control-table.md lists",
    "ExpiredTokenException": "renew the credentials",
    "UnrecognizedClientException": "check the credentials and the region",
    "InvalidSignatureException": "check the credentials and this machine's clock",
}
#: Keys of one BatchGetItem and actions of one transaction (Developer Guide, Quotas).
KEYS_AT_ONCE = ACTIONS_AT_ONCE = 100
#: Tries before a request that races with others is given up.
TRIES = 12


class NoSuchTable(ControlTableError):
    """Report a table that is not there."""


class DynamoClient:
    """Send requests for the tables of a control table.

    :param resource: a DynamoDB service resource of boto3; its client speaks in Python's types.
    """

    def __init__(self, resource: Any) -> None:
        self._client = resource.meta.client

    def items(self, action: str, **request: Any) -> list[Item]:
        """Run ``query`` or ``scan`` to its last page, reading consistently."""
        with translated(request["TableName"]):
            found: list[Item] = []
            while True:
                page = getattr(self._client, action)(**request, ConsistentRead=True)
                found += page["Items"]
                if "LastEvaluatedKey" not in page:
                    return found
                request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def get(self, keys: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
        """Read items by their keys, consistently; those that are not there are missing.

        :param keys: by table.
        """
        found: dict[str, list[Item]] = {table: [] for table in keys}
        listed = [(table, key) for table, some in keys.items() for key in some]
        with translated(*keys):
            for start in range(0, len(listed), KEYS_AT_ONCE):
                for table, items in self._get(listed[start : start + KEYS_AT_ONCE]):
                    found[table] += items
        return found

    def _get(self, listed: Sequence[tuple[str, Item]]) -> Iterator[tuple[str, list[Item]]]:
        request: dict[str, Any] = {}
        for table, key in listed:
            request.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
        for again in range(TRIES):
            pause(again)
            answer = self._client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].items()
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
        raise StoreUnavailable(f"DynamoDB does not keep up with reading {', '.join(request)}")

    def write(self, actions: Sequence[Item]) -> bool:
        """Do all of it or nothing; False when a condition does not hold, or others are writing."""
        if not actions:
            return True
        tables = {next(iter(action.values()))["TableName"] for action in actions}
        with translated(*sorted(tables)):
            try:
                self._client.transact_write_items(TransactItems=list(actions))
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
                if error.response["Error"]["Code"] == "TransactionConflictException":
                    return False
                if codes and codes <= _RACES:
                    return False
                raise
        return True

    def describe(self, table: str) -> Item:
        """Describe a table; without the grant for it, nothing is known."""
        try:
            with translated(table):
                found: Item = self._client.describe_table(TableName=table)["Table"]
                return found
        except ControlTableError as error:
            if _code(error.__cause__) == "AccessDeniedException":
                return {}
            raise


@contextmanager
def translated(*tables: str) -> Iterator[None]:
    """Turn what boto3 reports into an error of the control table."""
    try:
        yield
    except ClientError as error:
        raise _explained(error, ", ".join(tables)) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise StoreUnavailable(
            f"DynamoDB cannot be reached: {error}\n  To mend it: check the region, the endpoint "
            "and the network."
        ) from error
    except BotoCoreError as error:
        raise ControlTableError(
            f"DynamoDB cannot be asked: {error}\n  To mend it: check region and credentials."
        ) from error


def pause(again: int) -> None:
    """Wait before another try, each time longer and never as long as somebody else."""
    if again:
        time.sleep(secrets.randbelow(2 ** min(again, 8)) * 0.005)


def _code(error: BaseException | None) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _explained(error: ClientError, tables: str) -> ControlTableError:
    code = _code(error)
    reasons = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    said = "; ".join(
        [str(error.response["Error"].get("Message") or code)]
        + [str(reason["Message"]) for reason in reasons if reason.get("Message")]
    )
    where = f"control table in DynamoDB, {tables}: "
    if code == "ResourceNotFoundException":
        return NoSuchTable(
            f"{where}there is no such table or index ({said})\n  To mend it: check the names in "
            "control_names and the region, or make the tables with "
            "`oracle-dag jobs init --dynamodb`."
        )
    if code in _PASSING or (codes and codes <= _PASSING | _RACES):
        return StoreUnavailable(f"{where}{code}: {said}")
    if code == "ValidationException":
        return ControlTableError(
            f"{where}{said}\n  To mend it: check the keys of the tables: Environment and JobName "
            "for jobs, or what control_names calls them, JobKey and IntervalKey for runs."
        )
    cure = _CURES.get(code)
    return ControlTableError(
        f"{where}{code}: {said}" + (f"\n  To mend it: {cure}." if cure else "")
    )
