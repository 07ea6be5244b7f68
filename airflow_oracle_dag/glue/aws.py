"""The two questions that a Glue run asks AWS: for its secret, and for a script that is in S3.

They are asked with botocore: a Python Shell job has it whatever library set it is given, and boto3
only under ``analytics`` (AWS Glue Developer Guide, Supported libraries for Python shell jobs).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow_oracle_dag.core.errors import OracleDagError

#: Argument with the address of a service, where the job's network has its own; its name follows.
ENDPOINT_ARGUMENT = "--odag_endpoint_"
_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
_SERVICES = {"secretsmanager": "SECRETS_MANAGER", "s3": "S3"}
_CURES = {
    "AccessDenied": "give the job's role the policy that docs/glue.md lists",
    "AccessDeniedException": "give the job's role the policy that docs/glue.md lists",
    "ResourceNotFoundException": "check glue_secret_id of the task, and the region of the secret",
    "DecryptionFailure": "let the job's role say kms:Decrypt with the key of the secret",
    "InvalidRequestException": "restore the secret, or name another one",
    "NoSuchKey": "clear the task, which writes the script anew; let no rule of the bucket delete it"
    " within days",
    "NoSuchBucket": "check glue_bucket of the task",
    "403": "give the job's role the policy that docs/glue.md lists",
    "PermanentRedirect": "check the region of the bucket",
}
_NETWORK = (
    "a job with a connection reaches AWS only through endpoints of its VPC: let there be one for "
    "{service}, with private DNS names, or a NAT gateway"
)
_SECONDS = 10


class AwsUnavailable(OracleDagError):
    """Report that AWS did not give what the run needs; nothing was begun.

    :param code: of AWS, "" when it did not answer.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Aws:
    """AWS, as a run of a job sees it.

    :param region: of the run; None: what the environment says, which botocore does not ask all of.
    :param endpoints: addresses by the service's name, where they are not AWS's own.
    """

    def __init__(
        self, region: str | None = None, endpoints: Mapping[str, str] | None = None
    ) -> None:
        self._region = region or next(filter(None, map(os.environ.get, _REGION)), None)
        self._endpoints = dict(endpoints or {})

    def secret(self, secret_id: str, region: str | None = None) -> str:
        """Return the text of a secret's current version.

        :raises AwsUnavailable: there is none, or it may not be read.
        """
        region = _region_of(secret_id) or region or self._region
        where = f"secret {secret_id}" + (f" in {region}" if region else "")
        with _explained(where, "secretsmanager"):
            answer = self._client("secretsmanager", region).get_secret_value(SecretId=secret_id)
        text = answer.get("SecretString")
        if text is None:
            raise AwsUnavailable(
                f"secret {secret_id}: it holds bytes\n  To mend it: store it as a text, which is "
                "JSON"
            )
        return str(text)

    def read(self, bucket: str, key: str) -> bytes:
        """Return a file.

        :raises AwsUnavailable: it is not there, or may not be read.
        """
        with _explained(f"the script in s3://{bucket}/{key}", "s3"):
            answer = self._client("s3").get_object(Bucket=bucket, Key=key)
            return bytes(answer["Body"].read())

    def _client(self, service: str, region: str | None = None) -> Any:
        from botocore.config import Config  # type: ignore[import-untyped] # noqa: PLC0415 - only here, so that the rest needs no botocore; it ships no types
        from botocore.session import (  # type: ignore[import-untyped] # noqa: PLC0415 - the same
            get_session,
        )

        return get_session().create_client(
            service,
            region_name=region or self._region,
            endpoint_url=self._endpoints.get(service) or _endpoint(service),
            config=Config(
                connect_timeout=_SECONDS,
                read_timeout=2 * _SECONDS,
                retries={"max_attempts": 3, "mode": "standard"},
            ),
        )


def _endpoint(service: str) -> str | None:
    """Return the address that the environment names; older versions of botocore do not look."""
    variables = (f"AWS_ENDPOINT_URL_{_SERVICES[service]}", "AWS_ENDPOINT_URL")
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


def _region_of(secret_id: str) -> str | None:
    """Return the region in an ARN, such as arn:aws:secretsmanager:eu-west-1:1:secret:name."""
    parts = secret_id.split(":")
    return parts[3] or None if parts[0] == "arn" and len(parts) > 5 else None


@contextmanager
def _explained(what: str, service: str) -> Iterator[None]:
    """Turn what botocore reports into an error with a cure."""
    from botocore.exceptions import (  # type: ignore[import-untyped] # noqa: PLC0415 - see above
        BotoCoreError,
        ClientError,
        HTTPClientError,
        NoCredentialsError,
        NoRegionError,
    )
    from botocore.exceptions import (  # noqa: PLC0415 - see above
        ConnectionError as BotoConnectionError,
    )

    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"].get("Code", ""))
        said = str(error.response["Error"].get("Message") or code)
        cure = _CURES.get(code)
        refused = AwsUnavailable(
            f"{what}: {code}: {said}" + (f"\n  To mend it: {cure}" if cure else ""), code
        )
    except (HTTPClientError, BotoConnectionError) as error:
        cure = _NETWORK.format(service=service)
        refused = AwsUnavailable(f"{what}: AWS does not answer: {error}\n  To mend it: {cure}")
    except NoRegionError:
        refused = AwsUnavailable(
            f"{what}: no region is known\n  To mend it: name it, glue_secret_id as an ARN or "
            "region_name of the task"
        )
    except NoCredentialsError:
        refused = AwsUnavailable(
            f"{what}: there are no credentials\n  To mend it: give the job a role"
        )
    except BotoCoreError as error:
        refused = AwsUnavailable(f"{what}: {error}")
    else:
        return
    raise refused
