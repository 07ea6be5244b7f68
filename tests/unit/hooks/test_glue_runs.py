"""Runs of a Glue job as AWS shows them: the stand-in for what goes wrong, moto for the shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from airflow_oracle_dag.core.handed import HandoverRow
from airflow_oracle_dag.hooks.glue_carrier import GlueCarrier, GlueSettings
from airflow_oracle_dag.hooks.glue_errors import GlueBusy, GlueMissing, GlueRefused
from airflow_oracle_dag.hooks.glue_runs import GlueRuns, Place
from airflow_oracle_dag.operators.glue_link import url_of
from airflow_oracle_dag.runtime.results import RunOptions
from tests.glue.aws import REGION, client, served
from tests.glue.stand_in import Job, StandIn

PLACE = Place("aws_default", None, "steps")
HASH = "ab" * 32
NOW = datetime(2026, 11, 21, 12)


def _no_process(arguments):
    """Start a run that does nothing."""


@pytest.fixture(scope="module")
def services():
    """Serve AWS."""
    with StandIn() as aws:
        yield aws


@pytest.fixture
def aws(services, monkeypatch):
    """Give AWS with a job and without runs."""
    services.jobs = {"steps": Job("steps", _no_process, concurrent=1000)}
    services.runs.clear()
    services.faults.clear()
    services.asked.clear()
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", services.connection())
    return services


def started(aws, attempt=2):
    """Start a run of an attempt."""
    asked = {"JobName": "steps", "Arguments": {"--odag_attempt": f"{HASH}:{attempt}"}}
    return aws.run(aws.start_job_run(asked)["JobRunId"])


def row(**changes):
    """Return a row of an attempt that was handed over just now."""
    now = datetime.now(UTC).replace(tzinfo=None)
    fields = dict.fromkeys(HandoverRow.__dataclass_fields__)
    given = {"run_hash": HASH, "attempt": 2, "submitted_at": now, "external_job": "steps"}
    return HandoverRow(**{**fields, **given, **changes})


def carrier():
    """Return what carries steps to the job."""
    return GlueCarrier(GlueSettings(PLACE, "prod/db"), RunOptions())


def test_a_run_is_found_by_its_argument_however_many_came_after_it(aws):
    """All pages are read, but none of runs that are older than it can be."""
    run = started(aws)
    for _ in range(450):
        aws.start_job_run({"JobName": "steps"})
    found = GlueRuns(PLACE).find(f"{HASH}:2", datetime.now(UTC))
    assert found.id == run.id
    assert aws.asked["GetJobRuns"] == 3
    for one in aws.runs:
        one.started_on -= 7200
    assert GlueRuns(PLACE).find(f"{HASH}:3", datetime.now(UTC)) is None
    assert aws.asked["GetJobRuns"] == 4


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("STARTING", (True, 0)),
        ("RUNNING", (True, 0)),
        ("STOPPING", (True, 0)),
        ("WAITING", (False, 0)),
        ("SUCCEEDED", (False, 1)),
        ("FAILED", (False, 1)),
        ("STOPPED", (False, 1)),
        ("TIMEOUT", (False, 1)),
        ("ERROR", (False, 1)),
        ("EXPIRED", (False, 1)),
    ],
)
def test_each_state_of_a_run_has_its_meaning(aws, state, shown):
    """It is being run, queued, or over."""
    run = started(aws)
    run.state = state
    seen = carrier().state(row(external_id=run.id))
    assert (seen.running, seen.runs) == shown
    assert (seen.state is None) == bool(shown[1])
    assert not shown[1] or state in seen.said


def test_of_two_runs_the_one_at_work_counts(aws):
    """Both were started for one attempt; the one that was noted had nothing to do and is over."""
    noted, other = started(aws), started(aws)
    noted.end("SUCCEEDED")
    claimed = row(external_id=noted.id, claimed_at=NOW)
    assert carrier().state(claimed).running
    assert carrier().stop(claimed) is None
    assert other.state == "STOPPED"
    assert carrier().state(claimed).runs == 1


def test_what_is_nowhere_is_no_run(aws):
    """Of that id, of that argument, or of that job."""
    assert carrier().state(row(external_id="jr_none")) == carrier().state(row())
    aws.jobs.clear()
    assert carrier().state(row()).runs == 0
    with pytest.raises(GlueMissing, match="oracle-dag glue deploy"):
        GlueRuns(PLACE).start({}, 60)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("throttle", GlueBusy),
        ("break", GlueBusy),
        ("crowd", GlueBusy),
        ("cut", GlueBusy),
        ("lose", GlueBusy),
        ("deny", GlueRefused),
    ],
)
def test_each_error_says_whether_to_try_again(aws, kind, error):
    """A call is one request: a run that was started is never started once more by the SDK."""
    aws.fail("StartJobRun", kind)
    with pytest.raises(error, match="Glue job steps"):
        GlueRuns(PLACE).start({}, 60)
    assert aws.asked["StartJobRun"] == 1
    assert len(aws.runs) == (kind == "lose")


def test_a_cost_is_time_by_capacity_once_it_is_over(aws):
    """AWS itself says it of Spark jobs only."""
    run = started(aws)
    run.asked["MaxCapacity"] = 0.0625
    assert GlueRuns(PLACE).get(run.id).dpu_seconds is None
    run.end("SUCCEEDED")
    run.completed_on = run.started_on + 1599
    assert carrier().cost(row(external_id=run.id)) == 100.0


def test_no_region_is_said_with_its_cure(aws, monkeypatch):
    """Neither the task nor the connection names one."""
    given = json.loads(aws.connection())
    del given["extra"]["region_name"]
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(given))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(GlueRefused, match="give the task region_name"):
        GlueRuns(PLACE).get("jr_x")


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-central-1", "aws.amazon.com"),
        ("cn-north-1", "amazonaws.cn"),
        ("us-gov-west-1", "amazonaws-us-gov.com"),
    ],
)
def test_the_link_leads_to_the_console_of_the_partition(region, domain):
    """With a name that may have any character."""
    where = f"https://console.{domain}/gluestudio/home?region={region}#/job/a%2Fb%20c/run/jr_1"
    assert url_of(region, "a/b c", "jr_1") == where


def test_the_shapes_are_those_of_aws(monkeypatch):
    """Moto answers from the service's own model: a run is started, seen and found."""
    with served() as url:
        extra = {"region_name": REGION, "endpoint_url": url}
        connection = {"conn_type": "aws", "login": "t", "password": "t", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
        client("glue", url).create_job(
            Name="steps",
            Role="arn:aws:iam::123456789012:role/job",
            Command={"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://b/j"},
        )
        runs = GlueRuns(PLACE)
        run_id = runs.start({"--odag_attempt": f"{HASH}:2"}, 60)
        assert runs.get(run_id).id == run_id
        since = datetime.now(UTC) - timedelta(hours=1)
        assert runs.find(f"{HASH}:2", since).id == run_id
        assert runs.region == REGION
        assert runs.events("/aws-glue/python-jobs/output", run_id, 0, None, 10) == ([], None)
