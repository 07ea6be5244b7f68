"""What a Glue run asks of AWS, and what it says when AWS says no."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_oracle_dag.glue.aws import Aws, AwsUnavailable
from tests.glue.aws import REGION, client, served


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Give the address of AWS."""
    with served() as address:
        yield address


@pytest.fixture
def aws(url: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Give AWS as a run sees it: its role is in the environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return Aws()


def test_a_secret_is_read_by_its_name_and_by_its_arn(aws, url, monkeypatch):
    """An ARN names the region, too."""
    made = client("secretsmanager", url).create_secret(Name="prod/db", SecretString="hush-text")
    assert aws.secret("prod/db") == "hush-text"
    with pytest.raises(AwsUnavailable, match=r"secret prod/db in us-east-1: ResourceNotFound"):
        aws.secret("prod/db", "us-east-1")
    assert aws.secret(made["ARN"], "us-east-1") == "hush-text"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert Aws().secret("prod/db", REGION) == "hush-text"
    with pytest.raises(AwsUnavailable, match="secret prod/db: no region is known"):
        Aws().secret("prod/db")
    monkeypatch.setenv("AWS_REGION", REGION)
    assert Aws().secret("prod/db") == "hush-text"


def test_a_secret_that_cannot_be_had_is_named(aws, url):
    """With the cure: there is none, it holds bytes, or it is being deleted."""
    with pytest.raises(AwsUnavailable, match="ResourceNotFoundException") as missing:
        aws.secret("not-there")
    assert "check glue_secret_id of the task" in str(missing.value)
    secrets = client("secretsmanager", url)
    secrets.create_secret(Name="bytes", SecretBinary=b"hush")
    with pytest.raises(AwsUnavailable, match="secret bytes: it holds bytes"):
        aws.secret("bytes")
    secrets.create_secret(Name="gone", SecretString="hush")
    secrets.delete_secret(SecretId="gone")
    with pytest.raises(AwsUnavailable, match="restore the secret, or name another one"):
        aws.secret("gone")


def test_a_script_is_read_from_s3(aws, url):
    """One that is not there any more is named, and what may have deleted it."""
    s3 = client("s3", url)
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="kept", Key="scripts/a.json", Body=b"{}")
    assert aws.read("kept", "scripts/a.json") == b"{}"
    with pytest.raises(AwsUnavailable, match=r"the script in s3://kept/gone: NoSuchKey") as gone:
        aws.read("kept", "gone")
    assert "let no rule of the bucket delete it" in str(gone.value)
    with pytest.raises(AwsUnavailable, match="check glue_bucket of the task"):
        aws.read("no-such-bucket", "a")


def test_a_network_without_a_way_to_aws_is_explained(aws):
    """A job in a VPC needs an endpoint for each service."""
    lost = Aws(REGION, {"secretsmanager": "http://127.0.0.1:9"})
    with pytest.raises(AwsUnavailable, match="AWS does not answer") as refused:
        lost.secret("prod/db")
    assert "let there be one for secretsmanager" in str(refused.value)


def test_without_a_role_that_is_said(url, monkeypatch, tmp_path):
    """Nothing on this machine may stand in for it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AwsUnavailable, match="give the job a role"):
        Aws(REGION, {"s3": url}).read("kept", "a")
