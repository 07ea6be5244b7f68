"""Put the job into AWS Glue: its wheel and its script into S3, then its definition.

Every file has its content's digest in its address, so that a run that is at work keeps what it
began with, and a deployment that changes nothing uploads nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.glue.contract import VERSION_ARGUMENT
from airflow_oracle_dag.glue.wheel import Wheel, wheel_digest, wheel_name

#: Minutes that a run may take (AWS Glue API, UpdateJob, Timeout), and without a wish.
LONGEST, USUAL = 10_080, 2_880
#: DPUs that a Python Shell job can have (AWS Glue Developer Guide, Python shell jobs).
CAPACITIES = (0.0625, 1.0)
_SCRIPT = b"from airflow_oracle_dag.glue.job import script\n\nscript()\n"
_LOG_GROUPS = ("/aws-glue/python-jobs/output", "/aws-glue/python-jobs/error")
_CURES = {
    "AccessDenied": "let the deployer have the policy that docs/glue.md lists",
    "AccessDeniedException": "let the deployer have the policy that docs/glue.md lists: besides "
    "the job itself that is iam:PassRole for the job's role",
    "NoSuchBucket": "check --bucket, or make the bucket in this region",
    "PermanentRedirect": "the bucket is in another region: say --region, or take another bucket",
    "301": "the bucket is in another region: say --region, or take another bucket",
    "InvalidInputException": "check --role: it has to be there, and its trust policy has to let "
    "glue.amazonaws.com assume it",
    "EntityNotFoundException": "check --connection: it has to be in the same account and region",
    "ExpiredToken": "renew the credentials",
    "ExpiredTokenException": "renew the credentials",
    "InvalidClientTokenId": "check the credentials",
    "UnrecognizedClientException": "check the credentials and the region",
}


class DeploymentError(OracleDagError):
    """Report a job that could not be put into AWS Glue.

    :param code: of AWS, "" when it did not answer.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Deployment:
    """What the job is to be like.

    :param role: name or ARN of the role that it works under.
    :param prefix: of its files in the bucket.
    :param connections: names of Glue connections, which give it the network of a VPC.
    :param timeout: minutes that a run may take, unless the operator says otherwise.
    :param security_configuration: name of the one that encrypts its logs, None for none.
    """

    bucket: str
    role: str
    job_name: str = "airflow-oracle-dag"
    prefix: str = "airflow-oracle-dag"
    connections: tuple[str, ...] = ()
    timeout: int = USUAL
    max_capacity: float = CAPACITIES[0]
    max_concurrent_runs: int = 50
    security_configuration: str | None = None

    def __post_init__(self) -> None:
        """Refuse what Glue would refuse, or would not say."""
        if not 1 <= self.timeout <= LONGEST:
            raise ValueError(f"a run may take 1 to {LONGEST} minutes, not {self.timeout}")
        if self.max_capacity not in CAPACITIES:
            some = " or ".join(f"{each:g}" for each in CAPACITIES)
            raise ValueError(f"a Python Shell job has {some} DPU, not {self.max_capacity:g}")
        if self.max_concurrent_runs < 1:
            raise ValueError("at least one run has to be allowed at a time")

    @property
    def wheel_key(self) -> str:
        """Return where the wheel is in the bucket."""
        return f"{self._folder}/{wheel_digest()[:16]}/{wheel_name()}"

    @property
    def script_key(self) -> str:
        """Return where the script is in the bucket."""
        return f"{self._folder}/{hashlib.sha256(_SCRIPT).hexdigest()[:16]}/job.py"

    @property
    def definition(self) -> dict[str, Any]:
        """Return the job in the words of CreateJob and UpdateJob, without its name.

        The library set ``none`` starts quicker, and brings nothing that could be in the way.
        """
        found: dict[str, Any] = {
            "Description": f"Steps of SQL scripts, handed over by airflow-oracle-dag {__version__}",
            "Role": self.role,
            "Command": {
                "Name": "pythonshell",
                "PythonVersion": "3.9",
                "ScriptLocation": f"s3://{self.bucket}/{self.script_key}",
            },
            "DefaultArguments": {
                "--extra-py-files": f"s3://{self.bucket}/{self.wheel_key}",
                "library-set": "none",
                VERSION_ARGUMENT: __version__,
            },
            "ExecutionProperty": {"MaxConcurrentRuns": self.max_concurrent_runs},
            "MaxRetries": 0,  # a run that is tried again by Glue finds its attempt claimed
            "Timeout": self.timeout,
            "MaxCapacity": self.max_capacity,
        }
        if self.connections:
            found["Connections"] = {"Connections": list(self.connections)}
        if self.security_configuration:
            found["SecurityConfiguration"] = self.security_configuration
        return found

    @property
    def _folder(self) -> str:
        return f"{self.prefix.strip('/')}/{__version__}".lstrip("/")


def deploy(
    wanted: Deployment,
    s3: Any,
    glue: Any,
    wheel: Callable[[], Wheel],
    say: Callable[[str], None],
) -> None:
    """Upload what is not there yet, and create or update the job.

    :param s3: a client of boto3; so is :param glue:.
    :param wheel: packs the wheel; it is not called when that is there already.
    :raises DeploymentError: naming what was refused and how to mend it.
    """
    _refuse_foreign(wanted.job_name, _found(glue, wanted.job_name))
    for name in wanted.connections:
        _refuse_missing(glue, name, say)
    _upload(s3, wanted.bucket, wanted.wheel_key, lambda: wheel().data, say)
    _upload(s3, wanted.bucket, wanted.script_key, lambda: _SCRIPT, say)
    with _explained(f"job {wanted.job_name}"):
        if _found(glue, wanted.job_name) is None:
            glue.create_job(Name=wanted.job_name, **wanted.definition)
            say(f"created job {wanted.job_name}: airflow-oracle-dag {__version__}")
        else:
            glue.update_job(JobName=wanted.job_name, JobUpdate=wanted.definition)
            say(f"updated job {wanted.job_name}: airflow-oracle-dag {__version__}")


def keep_logs(logs: Any, days: int, say: Callable[[str], None]) -> None:
    """Let the log groups of Python Shell jobs be emptied after some days.

    They are shared by all such jobs of the account in a region that have no security configuration.

    :param logs: a client of boto3.
    :raises DeploymentError: naming what was refused.
    """
    for group in _LOG_GROUPS:
        with _explained(f"log group {group}"):
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=group)
            logs.put_retention_policy(logGroupName=group, retentionInDays=days)
        say(f"log group {group}: kept for {days} days")


def _found(glue: Any, name: str) -> dict[str, Any] | None:
    with _explained(f"job {name}"):
        try:
            found: dict[str, Any] = glue.get_job(JobName=name)["Job"]
        except glue.exceptions.EntityNotFoundException:
            return None
        return found


def _refuse_foreign(name: str, job: dict[str, Any] | None) -> None:
    """Refuse to overwrite a job that was not made here: an update replaces all of it."""
    if job is None or VERSION_ARGUMENT in job.get("DefaultArguments", {}):
        return
    raise DeploymentError(
        f"there is a job {name} already, which is not one of airflow-oracle-dag\n  To mend it: "
        "name another one with --job-name, or delete that one"
    )


def _refuse_missing(glue: Any, name: str, say: Callable[[str], None]) -> None:
    """Refuse a connection that is not there: Glue would say so only when a run begins."""
    try:
        with _explained(f"connection {name}"):
            glue.get_connection(Name=name, HidePassword=True)
    except DeploymentError as error:
        if error.code != "AccessDeniedException":
            raise
        say(f"connection {name}: not looked at, which takes glue:GetConnection")


def _upload(
    s3: Any, bucket: str, key: str, content: Callable[[], bytes], say: Callable[[str], None]
) -> None:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped] # noqa: PLC0415 - only a deployment needs it; it ships no types

    with _explained(f"s3://{bucket}/{key}"):
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            # Without s3:ListBucket, 403 is the answer for a file that is not there, too.
            if error.response["Error"]["Code"] not in ("404", "403", "NoSuchKey"):
                raise
        else:
            say(f"there already: s3://{bucket}/{key}")
            return
        data = content()
        s3.put_object(Bucket=bucket, Key=key, Body=data)
    say(f"uploaded {len(data):,} bytes: s3://{bucket}/{key}")


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what boto3 reports into an error with a cure."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"].get("Code", ""))
        said = str(error.response["Error"].get("Message") or code)
        cure = _CURES.get(code)
        text = f"{what}: {code}: {said}" + (f"\n  To mend it: {cure}" if cure else "")
        raise DeploymentError(text, code) from error
    except BotoCoreError as error:
        text = f"{what}: {error}\n  To mend it: check region, credentials and network"
        raise DeploymentError(text) from error
