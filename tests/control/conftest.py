"""Both stores of a control table, each behind the same few words for a test."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import boto3
import oracledb
import pytest
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from airflow_oracle_dag.control.dynamo import DynamoControlTable
from airflow_oracle_dag.control.dynamo_items import DynamoNames
from airflow_oracle_dag.control.dynamo_tables import create_tables
from airflow_oracle_dag.control.oracle import OracleControlTable
from airflow_oracle_dag.control.table import ControlNames, ControlTable
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.sql.control_tables import COLUMNS
from tests.integration.conftest import Target, target  # noqa: F401 - a fixture

_numbers = itertools.count(1)
NOBODY = {
    "region_name": "eu-central-1",
    "aws_access_key_id": "nobody",
    "aws_secret_access_key": "nothing",
}


class Store(Protocol):
    """A store as a person sees it who has the console of its database open."""

    environment: str

    def open(self, names: ControlNames | None = None) -> ControlTable:
        """Open the control table as a program does."""

    def write(self, **fields: Any) -> None:
        """Put a row there as a person does, without a word to the package."""

    def update(self, name: str, field: str, value: Any) -> None:
        """Change a row as a person does."""

    def delete(self, name: str) -> None:
        """Delete a row."""

    def unreachable(self) -> ControlTable:
        """Open a control table that nobody serves."""

    def audit(self, name: str) -> list[tuple[Any, ...]]:
        """Return field, old, new, who and why of each change by hand."""

    def address(self) -> dict[str, Any]:
        """Say how another process opens the store, see `tests.control.doomed`."""


class OracleStore:
    """Tables of the user that connects."""

    def __init__(self, database: Target) -> None:
        self.database = database
        self.environment = f"oracle-{next(_numbers)}"
        self.connection = database.connect()
        self.opened: list[OracleControlTable] = []

    def sql(self, text: str, **binds: Any) -> Any:
        """Run one statement and commit."""
        with self.connection.cursor() as cursor:
            cursor.execute(text, binds)
            rows = cursor.fetchall() if cursor.description else None
        self.connection.commit()
        return rows

    def open(
        self,
        names: ControlNames | None = None,
        connect: Callable[[], oracledb.Connection] | None = None,
    ) -> OracleControlTable:
        connector = OracleConnector(connect or self.database.connect)
        table = OracleControlTable(connector, names=names or ControlNames())
        self.opened.append(table)
        return table

    def write(self, **fields: Any) -> None:
        fields = {"Environment": self.environment, **fields}
        columns = ", ".join(COLUMNS[field] for field in fields)
        binds = ", ".join(f":{field}" for field in fields)
        self.sql(f"insert into odag_job ({columns}) values ({binds})", **fields)

    def update(self, name: str, field: str, value: Any) -> None:
        where = "environment = :e and trim(job_name) = :n"
        self.sql(
            f"update odag_job set {COLUMNS[field]} = :v where {where}",
            v=value,
            e=self.environment,
            n=name,
        )

    def delete(self, name: str) -> None:
        self.sql(
            "delete from odag_job where environment = :e and job_name = :n",
            e=self.environment,
            n=name,
        )

    def unreachable(self) -> OracleControlTable:
        dsn = f"127.0.0.1:1/{self.database.dsn.partition('/')[2]}"
        return self.open(
            connect=lambda: oracledb.connect(
                user=self.database.user, password=self.database.password, dsn=dsn
            )
        )

    def audit(self, name: str) -> list[tuple[Any, ...]]:
        return self.sql(
            "select field, old_value, new_value, who, why from odag_job_audit "
            "where environment = :e and job_name = :n order by field",
            e=self.environment,
            n=name,
        )

    def address(self) -> dict[str, Any]:
        database = self.database
        return {"user": database.user, "password": database.password, "dsn": database.dsn}

    def close(self) -> None:
        for table in self.opened:
            table.close()
        self.connection.close()


class DynamoStore:
    """Tables on moto's server, reached over HTTP."""

    def __init__(self, resource: Any) -> None:
        self.resource = resource
        self.environment = f"dynamo-{next(_numbers)}"
        self.names = DynamoNames.of(ControlNames())

    def open(self, names: ControlNames | None = None) -> DynamoControlTable:
        return DynamoControlTable(self.resource, names or ControlNames())

    def _key(self, name: str) -> dict[str, str]:
        return {"Environment": self.environment, "JobName": name}

    def write(self, **fields: Any) -> None:
        fields = {
            field: value.isoformat() if isinstance(value, datetime) else value
            for field, value in fields.items()
            if not (field == "JobCategory" and value is None)  # a key of the index
        }
        item = {"Environment": self.environment, **fields}
        self.resource.Table(self.names.job).put_item(Item=item)

    def update(self, name: str, field: str, value: Any) -> None:
        self.resource.Table(self.names.job).update_item(
            Key=self._key(name),
            UpdateExpression="SET #f = :v",
            ExpressionAttributeNames={"#f": field},
            ExpressionAttributeValues={":v": value},
        )

    def delete(self, name: str) -> None:
        self.resource.Table(self.names.job).delete_item(Key=self._key(name))

    def unreachable(self) -> DynamoControlTable:
        return DynamoControlTable(dynamodb("http://127.0.0.1:1"))

    def audit(self, name: str) -> list[tuple[Any, ...]]:
        items = self.resource.Table(self.names.audit).scan()["Items"]
        words = ("Field", "OldValue", "NewValue", "Who", "Why")
        mine = [item for item in items if item["JobKey"] == f"{self.environment}#{name}"]
        return sorted(
            (tuple(item[word] for word in words) for item in mine), key=lambda row: row[0]
        )

    def address(self) -> dict[str, Any]:
        return {"endpoint_url": self.resource.meta.client.meta.endpoint_url, **NOBODY}

    def close(self) -> None:
        """Leave the resource to the session."""


def dynamodb(endpoint: str) -> Any:
    """Return a DynamoDB resource with credentials that nobody has."""
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        **NOBODY,
        config=Config(connect_timeout=2, read_timeout=30, retries={"max_attempts": 1}),
    )


class OneAtATime:
    """Let moto answer one request after the other.

    DynamoDB's transactions are serializable; moto's are only while no other request is served.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        with self._lock:
            return list(self._app(environ, start_response))


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """Serve DynamoDB's API on a port of its own."""
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def resource(moto_endpoint: str) -> Any:
    """Give a resource with the tables of a control table."""
    made = dynamodb(moto_endpoint)
    create_tables(made)
    return made


@pytest.fixture
def oracle(target: Target) -> Iterator[OracleStore]:  # noqa: F811 - pytest's way to name a fixture
    """Give the Oracle store with an environment of its own."""
    store = OracleStore(target)
    yield store
    store.close()


@pytest.fixture
def dynamo(resource: Any) -> DynamoStore:
    """Give the DynamoDB store with an environment of its own."""
    return DynamoStore(resource)


@pytest.fixture(params=["oracle", "dynamo"])
def store(request: pytest.FixtureRequest) -> Store:
    """Give each store in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def faults(target: Target) -> Iterator[Any]:  # noqa: F811 - pytest's way to name a fixture
    """Give the sandbox's faults, none of them armed before or after the test."""
    if target.server is None:
        pytest.skip("faults can be injected only into the sandbox")
    target.server.faults.clear()
    yield target.server.faults
    target.server.faults.clear()


def fields_of(row: Any) -> Mapping[str, Any]:
    """Return what is set in a row."""
    return {field: value for field, value in row.as_fields().items() if value}
