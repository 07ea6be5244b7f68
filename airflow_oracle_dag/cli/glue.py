"""The verb ``glue deploy``: the job that runs steps in AWS Glue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, UsageError
from airflow_oracle_dag.glue.deploy import Deployment, DeploymentError, deploy, keep_logs
from airflow_oracle_dag.glue.wheel import Wheel, pack, pins

if TYPE_CHECKING:
    import argparse

_CONNECT_SECONDS, _READ_SECONDS = 10, 60
#: Where the wheels have to run. cryptography refuses 3.9.0 and 3.9.1, which "3.9" would be.
_TARGET = (
    *("--python-version", "3.9.10", "--implementation", "cp"),
    *("--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64"),
)


def deploy_job(parsed: argparse.Namespace) -> int:
    """Create or update the job, or print what it would be."""
    try:
        wanted = Deployment(
            bucket=parsed.bucket,
            role=parsed.role,
            job_name=parsed.job_name,
            prefix=parsed.prefix,
            connections=tuple(parsed.connection),
            timeout=parsed.timeout,
            max_capacity=parsed.max_capacity,
            max_concurrent_runs=parsed.max_concurrent_runs,
            security_configuration=parsed.security_configuration,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    if parsed.print:
        say(json.dumps({"Name": wanted.job_name, **wanted.definition}, indent=2))
        return SUCCEEDED
    client = _clients(parsed)
    deploy(wanted, client("s3"), client("glue"), lambda: _wheel(parsed.wheels), say)
    if parsed.log_retention:
        keep_logs(client("logs"), parsed.log_retention, say)
    return SUCCEEDED


def _clients(parsed: argparse.Namespace) -> Any:
    """Return what makes clients: of an Airflow connection, or with boto3's own credentials."""
    if parsed.aws_conn_id:
        return _of_connection(parsed)
    try:
        import boto3  # type: ignore[import-untyped]  # ships no type information
        from botocore.config import Config  # type: ignore[import-untyped]  # the same
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # the same
    except ImportError as error:
        raise UsageError(
            f"glue deploy needs boto3 ({error}): pip install 'airflow-oracle-dag[glue]'"
        ) from None
    config = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)

    def client(service: str) -> Any:
        try:
            session = boto3.session.Session(region_name=parsed.region)
            return session.client(service, endpoint_url=parsed.endpoint_url, config=config)
        except (BotoCoreError, ValueError) as error:
            raise UsageError(f"AWS cannot be reached: {error}: check --region") from None

    return client


def _of_connection(parsed: argparse.Namespace) -> Any:
    if parsed.endpoint_url:
        raise UsageError("--aws-conn-id says where AWS is, and so does --endpoint-url: give one")
    # Outside of a task Airflow looks connections up only on this word, see `connect`.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    try:
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
    except ImportError as error:
        raise UsageError(f"--aws-conn-id needs Airflow and its Amazon provider: {error}") from None
    from airflow.providers.common.compat.sdk import AirflowException

    def client(service: str) -> Any:
        hook: Any = AwsBaseHook(
            aws_conn_id=parsed.aws_conn_id, region_name=parsed.region, client_type=service
        )
        try:
            hook.get_connection(parsed.aws_conn_id)  # the hook itself would go on without it
            return hook.get_client_type(region_name=hook.region_name)
        except (AirflowException, ValueError) as error:
            raise UsageError(f"--aws-conn-id {parsed.aws_conn_id}: {error}") from None

    return client


def _wheel(folder: str | None) -> Wheel:
    """Pack the wheel of files from a folder, or from a package index."""
    if folder is not None:
        return pack(sorted(Path(folder).glob("*.whl")))
    with tempfile.TemporaryDirectory() as made:
        _download(made)
        return pack(sorted(Path(made).glob("*.whl")))


def _download(folder: str) -> None:
    wanted = Path(folder) / "wheels.txt"
    lines = (f"{pin} --hash=sha256:{pin.sha256}" for pin in pins())
    wanted.write_text("\n".join(lines), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--require-hashes", *_TARGET),
        *("--dest", folder, "--requirement", str(wanted)),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        said = (answer.stderr.strip() or "pip said nothing").splitlines()[-1]
        raise DeploymentError(
            f"pip cannot download the wheels that the job needs: {said}\n  To mend it: let this "
            "machine reach a package index, or download them elsewhere and say --wheels FOLDER"
        )
