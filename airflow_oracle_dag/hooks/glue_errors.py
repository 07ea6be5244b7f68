"""What AWS can answer about a Glue run, and what follows from it.

::

    OracleDagError             (airflow_oracle_dag.core.errors)
    ├── CarrierRefused         (airflow_oracle_dag.runtime.errors)
    │   └── GlueRefused        AWS said no, and why; it stays so until somebody mends it
    │       └── GlueMissing    no job, or no run, of that name
    └── CarrierBusy            (airflow_oracle_dag.runtime.errors)
        └── GlueBusy           throttled, unreachable, out of order, no room for a further run
            └── GlueExpired    the credentials are too old: new ones may be had
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (  # type: ignore[import-untyped]  # ships no type information
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoRegionError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from airflow_oracle_dag.runtime.errors import CarrierBusy, CarrierRefused

#: Error codes after which another try may help: too many runs are at work, or questions asked (AWS
#: Glue Developer Guide, Glue exceptions; AWS SDKs and Tools Reference Guide, Retry behavior).
_PASSING = {
    "ConcurrentRunsExceededException",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceException",
    "OperationTimeoutException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ResourceNumberLimitExceededException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_DENIED = {"AccessDenied", "AccessDeniedException"}
_CURES = {
    "UnrecognizedClientException": "check the credentials of the connection, and its region",
    "InvalidClientTokenId": "check the credentials of the connection",
    "InvalidSignatureException": "check the credentials and this machine's clock",
    "SignatureDoesNotMatch": "check the credentials and this machine's clock",
    "NoSuchBucket": "check glue_bucket of the task, and its region",
}


class GlueRefused(CarrierRefused):
    """Report what AWS refused.

    :param code: of AWS, "" when it gave none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class GlueMissing(GlueRefused):
    """Report that there is no job, or no run, of that name."""


class GlueBusy(CarrierBusy):
    """Report that AWS does not do it now; later it may.

    :param code: of AWS, "" when it gave none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class GlueExpired(GlueBusy):
    """Report credentials that are too old."""


@contextmanager
def explained(where: str, missing: str = "") -> Iterator[None]:
    """Turn what boto3 reports into an error that says where, what and how to mend it.

    :param where: what was asked, of whom.
    :param missing: how to mend that it is not there.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, where, missing) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise GlueBusy(f"{where}: AWS cannot be reached: {error}") from error
    except NoRegionError as error:
        raise GlueRefused(
            f"{where}: no region is known\n  To mend it: give the task region_name, or the "
            "connection region_name in its extra."
        ) from error
    except BotoCoreError as error:
        raise GlueRefused(
            f"{where}: AWS cannot be asked: {error}\n  To mend it: check the credentials of the "
            "connection, and its region."
        ) from error


def _of_answer(error: ClientError, where: str, missing: str) -> GlueRefused | GlueBusy:
    answer = error.response.get("Error", {})
    code, said = str(answer.get("Code", "")), str(answer.get("Message", ""))
    text = f"{where}: {code}: {said}"
    if code in _PASSING:
        return GlueBusy(text, code)
    if code in _EXPIRED:
        return GlueExpired(text, code)
    if code in ("EntityNotFoundException", "ResourceNotFoundException", "NoSuchKey"):
        return GlueMissing(text + (f"\n  To mend it: {missing}." if missing else ""), code)
    cure = _CURES.get(code, "")
    if code in _DENIED:
        cure = "let the policy of docs/glue.md be given to the connection's user or role"
        if error.operation_name.startswith("AssumeRole"):
            cure = (
                "let the role's trust policy name the connection's user, and let that user call "
                "sts:AssumeRole; or correct role_arn in the connection's extra"
            )
    return GlueRefused(text + (f"\n  To mend it: {cure}." if cure else ""), code)
