"""The control table in DynamoDB: keys, indexes, pages, refusals of the service."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airflow_oracle_dag.control.dynamo import DynamoControlTable
from airflow_oracle_dag.control.dynamo_tables import create_tables
from airflow_oracle_dag.control.table import (
    Audit,
    ControlNames,
    ControlTableError,
    StoreUnavailable,
    UnknownNames,
)
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State
from tests.control.conftest import dynamodb

ME = Audit("ops@here", "because")
DUE = datetime(2026, 11, 20)


@pytest.fixture
def calls(resource):
    """Collect the operations that are asked of DynamoDB, with their requests."""
    seen: list[tuple[str, dict[str, Any]]] = []

    def note(params: Any, model: Any, **_: Any) -> None:
        seen.append((model.name, json.loads(params["body"])))

    events = resource.meta.client.meta.events
    events.register("before-call.dynamodb", note, unique_id="calls")
    yield seen
    events.unregister("before-call.dynamodb", unique_id="calls")


def test_begin_and_finish_are_a_read_and_a_transaction(dynamo, calls):
    """The first time a job runs, its runs are looked for once more."""
    dynamo.write(JobName="x")
    table = dynamo.open()
    calls.clear()
    run = JobRun(dynamo.environment, "x", "k", DUE, State.PENDING)
    begun = table.begin(run)
    assert [name for name, _ in calls] == ["BatchGetItem", "Query", "TransactWriteItems"]
    calls.clear()
    assert table.finish(begun, State.SUCCEEDED) is True
    assert [name for name, _ in calls] == ["BatchGetItem", "TransactWriteItems"]


def test_every_read_is_consistent(dynamo, calls):
    """What was written a moment ago is seen."""
    dynamo.write(JobName="x", JobCategory="RAW")
    table = dynamo.open()
    calls.clear()
    table.jobs(dynamo.environment)
    table.jobs(dynamo.environment, "RAW")
    table.job(dynamo.environment, "x")
    table.job_runs(dynamo.environment, "k")
    table.history(dynamo.environment, "x")
    reads = [request for name, request in calls if name in ("Query", "Scan")]
    assert {request["ConsistentRead"] for request in reads} == {True}
    gets = [request for name, request in calls if name == "BatchGetItem"]
    asked = [table for request in gets for table in request["RequestItems"].values()]
    assert {one["ConsistentRead"] for one in asked} == {True}


def test_a_category_is_read_by_its_local_index(dynamo, calls):
    """And by the whole environment where there is none."""
    dynamo.write(JobName="x", JobCategory="RAW")
    table = dynamo.open()
    calls.clear()
    assert [job.name for job in table.jobs(dynamo.environment, "RAW")] == ["x"]
    assert [name for name, _ in calls] == ["DescribeTable", "Query"]
    request = calls[1][1]
    assert request["IndexName"] == "JobCategory-index"
    calls.clear()
    table.jobs(dynamo.environment, "RAW")
    assert len(calls) == 1


def test_a_table_with_a_global_index_is_read_itself(resource):
    """A global index answers with what was true a moment ago."""
    resource.meta.client.create_table(
        TableName="with_global",
        KeySchema=[
            {"AttributeName": "Environment", "KeyType": "HASH"},
            {"AttributeName": "JobName", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("Environment", "JobName", "JobCategory")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "JobCategory-index",
                "KeySchema": [
                    {"AttributeName": "Environment", "KeyType": "HASH"},
                    {"AttributeName": "JobCategory", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    names = ControlNames(job_table="with_global")
    create_tables(resource, names)
    table = DynamoControlTable(resource, names)
    table.put([Job(name="b", category="RAW"), Job(name="a", category=" RAW")], ME)
    assert [job.name for job in table.jobs("default", "RAW")] == ["a", "b"]


def test_all_pages_are_read(dynamo, resource, calls):
    """A page ends after a megabyte; the answer does not."""
    with resource.Table(dynamo.names.job).batch_writer() as batch:
        for number in range(60):
            item = {"Environment": dynamo.environment, "JobName": f"j{number:02}"}
            batch.put_item(Item={**item, "JobCategory": "RAW", "Owner": "x" * 50_000})
    table = dynamo.open()
    calls.clear()
    assert len(table.jobs(dynamo.environment)) == 60
    assert [name for name, _ in calls].count("Query") >= 3
    assert len(table.jobs(dynamo.environment, "RAW")) == 60
    for number in range(60):
        dynamo.delete(f"j{number:02}")


def test_values_of_all_types_are_read(dynamo):
    """Numbers, booleans, lists, sets, maps and null, as a console writes them."""
    dynamo.write(
        JobName="x",
        SkipFlag=True,
        Priority=Decimal(5),
        DependsOn=["a", "b"],
        Parameters={"n": "1"},
        Owner=None,
        Script={"one"},
        LastRunTimestamp="2026-11-20T01:00:00+01:00",
    )
    job = dynamo.open().job(dynamo.environment, "x")
    assert (job.is_skipped, job.priority_number, job.upstream) == (True, 5, ("a", "b"))
    assert (job.parameter_values, job.owner, job.script) == ({"n": "1"}, "", "one")
    assert job.last_run_timestamp == datetime(2026, 11, 20)


def test_a_table_without_environments(resource):
    """Its jobs serve them all; the runs are kept apart."""
    names = ControlNames(job_table="plain_jobs", columns={"Environment": None, "JobName": "Job"})
    create_tables(resource, names)
    table = DynamoControlTable(resource, names)
    assert table.put([Job(name="a", category="RAW"), Job(name="b")], ME) == {
        "a": "added",
        "b": "added",
    }
    for environment in ("one", "two"):
        assert [job.name for job in table.jobs(environment)] == ["a", "b"]
        assert [job.name for job in table.jobs(environment, "RAW")] == ["a"]
    begun = table.begin(JobRun("one", "a", "k", DUE, State.PENDING))
    assert table.job("two", "a").status_flag == "running"
    assert table.job_runs("two", "k") == {}
    assert table.finish(begun, State.SUCCEEDED) is True


def test_an_own_calendar(dynamo, resource):
    """Days and labels; without a day, or without the table, there is none."""
    calendar = resource.Table(dynamo.names.calendar)
    calendar.put_item(Item={"Calendar": "OWN", "Day": "2026-12-24", "Label": "x"})
    calendar.put_item(Item={"Calendar": "OWN", "Day": "2026-12-31"})
    found = dynamo.open().calendar_days("OWN")
    assert {day.isoformat(): label for day, label in found.items()} == {
        "2026-12-24": "x",
        "2026-12-31": "",
    }
    assert dynamo.open().calendar_days("DE") is None
    assert dynamo.open(ControlNames(job_table="elsewhere")).calendar_days("DE") is None


@pytest.mark.parametrize(
    "names",
    [
        {"job_table": "x"},
        {"job_table": "a b c"},
        {"columns": {"Owner": ""}},
        {"columns": {"Owner": "JobName"}},
    ],
)
def test_names_that_cannot_be_used_are_refused(resource, names):
    """Before anything is asked of the service."""
    with pytest.raises(UnknownNames):
        DynamoControlTable(resource, ControlNames(**names))


def test_an_environment_that_would_be_ambiguous_is_refused(dynamo):
    """Its runs could be those of another job."""
    with pytest.raises(ControlTableError, match="#"):
        dynamo.open().history("a#b", "c")


def test_a_table_with_another_key_is_said(resource):
    """With the keys that are wanted."""
    names = ControlNames(job_table="odag_job", run_table="odag_job")
    table = DynamoControlTable(resource, names)
    with pytest.raises(ControlTableError, match="JobKey and IntervalKey"):
        table.begin(JobRun("default", "x", "k", DUE, State.PENDING))


@pytest.fixture
def refusing():
    """Serve an endpoint that answers every request with the same error; count the requests."""
    answers: dict[str, Any] = {"status": 400, "body": {}, "seen": 0}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answers["seen"] += 1
            data = json.dumps(answers["body"]).encode()
            self.send_response(answers["status"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    answers["table"] = DynamoControlTable(dynamodb(f"http://127.0.0.1:{server.server_port}"))
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "passing", "says"),
    [
        (400, "ProvisionedThroughputExceededException", True, "Throughput"),
        (400, "ThrottlingException", True, "Throttling"),
        (400, "RequestLimitExceeded", True, "RequestLimit"),
        (500, "InternalServerError", True, "Internal"),
        (400, "AccessDeniedException", False, "grants"),
        (400, "ExpiredTokenException", False, "renew the credentials"),
        (400, "UnrecognizedClientException", False, "credentials and the region"),
        (400, "ResourceNotFoundException", False, "jobs init"),
        (400, "ValidationException", False, "said so"),
    ],
)
def test_what_the_service_refuses(refusing, status, code, passing, says):
    """Overload is worth another try, a missing grant is not; no jobs are never the answer."""
    refusing |= {"status": status, "body": {"__type": f"x#{code}", "message": "said so"}}
    with pytest.raises(ControlTableError, match=says) as caught:
        refusing["table"].jobs("default")
    assert isinstance(caught.value, StoreUnavailable) is passing
    run = JobRun("default", "x", "k", DUE, State.PENDING)
    with pytest.raises(ControlTableError):
        refusing["table"].begin(run)


def test_keys_that_are_never_served(refusing):
    """What DynamoDB leaves out of an answer is asked again, and given up as overload."""
    key = {"Environment": {"S": "default"}, "JobName": {"S": "x"}}
    unprocessed = {"odag_job": {"Keys": [key], "ConsistentRead": True}}
    refusing |= {"status": 200, "body": {"Responses": {}, "UnprocessedKeys": unprocessed}}
    with pytest.raises(StoreUnavailable, match="odag_job"):
        refusing["table"].job("default", "x")
    assert refusing["seen"] == 12
