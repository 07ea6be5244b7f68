"""``oracle-dag glue deploy`` against AWS as moto serves it, with the real boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_oracle_dag import __version__
from airflow_oracle_dag.cli import glue as verb
from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.glue.deploy import Deployment, DeploymentError, deploy
from airflow_oracle_dag.glue.wheel import Wheel, wheel_digest, wheel_name
from tests.glue.aws import DENIED, REGION, client, served

ROLE = "arn:aws:iam::123456789012:role/oracle-dag-job"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Give the address of AWS, with a bucket in it."""
    with served() as address:
        client("s3", address).create_bucket(
            Bucket="deployed", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for name in ("vpc-a", "vpc-b"):
            made = {"Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {}}
            client("glue", address).create_connection(ConnectionInput=made)
        yield address


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what calls the verb, with a wheel that nobody has to download."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    packed: list[str | None] = []

    def wheel(folder: str | None) -> Wheel:
        packed.append(folder)
        return Wheel(wheel_name(), wheel_digest(), b"the wheel")

    monkeypatch.setattr(verb, "_wheel", wheel)

    def call(*arguments: str, bucket: str = "deployed") -> int:
        common = ("--bucket", bucket, "--role", ROLE, "--endpoint-url", url, "--region", REGION)
        return main(["glue", "deploy", *common, *arguments])

    call.packed = packed  # type: ignore[attr-defined]
    return call


def test_the_job_is_created_and_updated_as_it_is_asked_for(run, url, capsys):
    """Its wheel and its script are in S3; a second deployment uploads nothing."""
    name = ("--job-name", "first")
    assert run(*name, "--connection", "vpc-a", "--connection", "vpc-b") == 0
    job = client("glue", url).get_job(JobName="first")["Job"]
    assert job["Role"] == ROLE
    assert job["Command"] | {"ScriptLocation": ""} == {
        "Name": "pythonshell",
        "PythonVersion": "3.9",
        "ScriptLocation": "",
    }
    assert (job["MaxRetries"], job["Timeout"], job["MaxCapacity"]) == (0, 2880, 0.0625)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 50}
    assert job["Connections"] == {"Connections": ["vpc-a", "vpc-b"]}
    arguments = job["DefaultArguments"]
    assert arguments["--odag_version"] == __version__
    wheel = arguments["--extra-py-files"]
    assert wheel.startswith(f"s3://deployed/airflow-oracle-dag/{__version__}/")
    assert wheel.endswith(f"/{wheel_name()}")
    s3 = client("s3", url)
    contents = [
        s3.get_object(Bucket="deployed", Key=uri[len("s3://deployed/") :])["Body"].read()
        for uri in (wheel, job["Command"]["ScriptLocation"])
    ]
    assert contents[0] == b"the wheel"
    assert b"from airflow_oracle_dag.glue.job import script" in contents[1]
    assert "created job first" in capsys.readouterr().out

    assert run(*name, "--timeout", "600", "--max-capacity", "1", "--max-concurrent-runs", "3") == 0
    job = client("glue", url).get_job(JobName="first")["Job"]
    assert (job["Timeout"], job["MaxCapacity"]) == (600, 1.0)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    said = capsys.readouterr().out
    assert said.count("there already: s3://deployed/") == 2
    assert "updated job first" in said
    assert run.packed == [None]


def test_printing_it_asks_aws_nothing(run, capsys):
    """What is printed is what CreateJob would be given."""
    assert run("--print", "--job-name", "printed", bucket="no-such-bucket") == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["Name"], shown["Command"]["PythonVersion"]) == ("printed", "3.9")
    assert run.packed == []


def test_a_job_of_somebody_else_is_left_as_it_is(run, url, capsys):
    """An update would replace all of it."""
    theirs = {"Name": "glueetl", "ScriptLocation": "s3://deployed/theirs.py"}
    client("glue", url).create_job(Name="theirs", Role=ROLE, Command=theirs)
    assert run("--job-name", "theirs") != 0
    assert "there is a job theirs already, which is not one of" in capsys.readouterr().err
    assert client("glue", url).get_job(JobName="theirs")["Job"]["Command"]["Name"] == "glueetl"


def test_a_bucket_that_is_not_there_is_named(run, capsys):
    """With the cure; no job is made."""
    assert run("--job-name", "none", bucket="not-there") == 1
    said = capsys.readouterr().err
    assert "s3://not-there/" in said
    assert "NoSuchBucket" in said
    assert "check --bucket" in said


def test_a_connection_that_is_not_there_is_named(run, capsys):
    """Glue itself would say so only when a run begins."""
    assert run("--job-name", "lost", "--connection", "vpc-a", "--connection", "vpc-c") == 1
    said = capsys.readouterr().err
    assert "connection vpc-c: EntityNotFoundException" in said
    assert "in the same account and region" in said
    assert run.packed == []
    assert run("--job-name", "found", "--connection", DENIED) == 0
    assert "not looked at, which takes glue:GetConnection" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--timeout", "10081"), "a run may take 1 to 10080 minutes, not 10081"),
        (("--max-capacity", "2"), "a Python Shell job has 0.0625 or 1 DPU, not 2"),
    ],
)
def test_what_glue_does_not_offer_is_refused(run, capsys, arguments, said):
    """Before anything is uploaded."""
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


def test_logs_are_kept_as_long_as_is_asked(run, url, capsys):
    """Also where the groups are there already."""
    assert run("--job-name", "logs", "--log-retention", "30") == 0
    assert run("--job-name", "logs", "--log-retention", "90") == 0
    groups = client("logs", url).describe_log_groups()["logGroups"]
    kept = {group["logGroupName"]: group["retentionInDays"] for group in groups}
    assert kept == {"/aws-glue/python-jobs/output": 90, "/aws-glue/python-jobs/error": 90}


def test_an_airflow_connection_says_where_aws_is(run, url, monkeypatch, capsys):
    """Its region and its endpoint count."""
    extra = {"region_name": REGION, "endpoint_url": url}
    told = {"conn_type": "aws", "login": "made-up", "password": "made-up", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_DEPLOYS", json.dumps(told))
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    common = ["glue", "deploy", "--bucket", "deployed", "--role", ROLE, "--job-name", "by-conn"]
    assert main([*common, "--aws-conn-id", "deploys"]) == 0
    assert client("glue", url).get_job(JobName="by-conn")["Job"]["Role"] == ROLE
    assert main([*common, "--aws-conn-id", "deploys", "--endpoint-url", url]) == 2
    assert "give one" in capsys.readouterr().err


def test_aws_that_does_not_answer_is_said_to(tmp_path):
    """Region, credentials and network are what can be wrong."""
    wanted = Deployment("deployed", ROLE)
    gone = client("glue", "http://127.0.0.1:9")
    with pytest.raises(DeploymentError, match="check region, credentials and network"):
        deploy(wanted, None, gone, lambda: pytest.fail("packed"), print)
