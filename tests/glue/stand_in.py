"""A small AWS that really runs Glue's Python shell jobs: what tests talk to with the real boto3.

It speaks Glue's, CloudWatch Logs' and Secrets Manager's JSON, as much of S3 as it takes to keep an
object, and STS' AssumeRole. A run of a job is a process of its own. It can be told to misbehave:
see `Fault`.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.glue.runs import OVER, Launch, Run

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/airflow"
_CODES = {
    "throttle": (400, "ThrottlingException", "Rate exceeded"),
    "expire": (400, "ExpiredTokenException", "The security token included is expired"),
    "deny": (400, "AccessDeniedException", "User is not authorized to perform this"),
    "crowd": (400, "ConcurrentRunsExceededException", "Concurrent runs exceeded for the job"),
    "break": (500, "InternalServiceException", "Internal service error"),
}


class Refusal(Exception):
    """An error that the service answers with."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Fault:
    """What goes wrong with the next calls of an operation.

    :param operation: ``StartJobRun``, or whatever else; "": of any.
    :param kind: ``throttle``, ``expire``, ``deny``, ``crowd``, ``break``; ``lose``: what is asked
        for is done, and the reply is lost; ``cut``: it is not done either.
    :param times: how often.
    """

    operation: str
    kind: str
    times: int = 1


@dataclass
class Job:
    """A job's definition, as far as a run needs it."""

    name: str
    launch: Launch
    concurrent: int = 10
    fields: dict[str, Any] = field(default_factory=dict)


class StandIn:
    """The services, as long as the server runs; they remember everything that was asked.

    :param minute: seconds that Glue's minutes take here: of the time that a run may take.
    :ivar asked: how often each operation was called.
    """

    def __init__(self, minute: float = 60.0) -> None:
        self.jobs: dict[str, Job] = {}
        self.runs: list[Run] = []
        self.faults: list[Fault] = []
        self.asked: Counter[str] = Counter()
        self.secrets: dict[str, str] = {}
        self.objects: dict[str, bytes] = {}
        self.keys: set[str] = set()  # that AssumeRole gave and that have not expired
        self.assumable = True
        self.minute = minute
        self.lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Return the address of all services."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End every run, and the server."""
        for run in self.runs:
            run.kill()
        for run in self.runs:
            if run.process is not None:
                run.ended.wait(10)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def connection(self, *, role: bool = False) -> str:
        """Return an Airflow connection to it.

        :param role: work under a role, whose keys AssumeRole gives.
        """
        services = {"sts": {"endpoint_url": self.url}}
        extra: dict[str, Any] = {"region_name": REGION, "endpoint_url": self.url}
        if role:
            extra |= {"role_arn": ROLE, "service_config": services}
        return json.dumps(
            {"conn_type": "aws", "login": "AKIDSTANDIN", "password": "made-up", "extra": extra}
        )

    def environment(self) -> dict[str, str]:
        """Return how a process finds it, as a run of a job does."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIDJOB",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": REGION,
        }

    def fail(self, operation: str, kind: str, times: int = 1) -> None:
        """Let the next calls of an operation go wrong."""
        with self.lock:
            self.faults.append(Fault(operation, kind, times))

    def expire(self) -> None:
        """Let all keys that were given to roles expire."""
        with self.lock:
            self.keys.clear()

    def run(self, run_id: str) -> Run:
        """Return a run.

        :raises Refusal: there is none.
        """
        found = [run for run in self.runs if run.id == run_id]
        if not found:
            raise Refusal("EntityNotFoundException", f"Job run not found: {run_id}")
        return found[0]

    def fault(self, operation: str) -> str:
        """Return what goes wrong with this call, "" for nothing."""
        with self.lock:
            self.asked[operation] += 1
            for fault in self.faults:
                if fault.times > 0 and fault.operation in ("", operation):
                    fault.times -= 1
                    return fault.kind
        return ""

    # -- Glue -----------------------------------------------------------------------------------

    def get_job(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer GetJob."""
        job = self._job(asked["JobName"])
        return {
            "Job": {
                "Name": job.name,
                "Command": {"Name": "pythonshell", "PythonVersion": "3.9"},
                "ExecutionProperty": {"MaxConcurrentRuns": job.concurrent},
                **job.fields,
            }
        }

    def start_job_run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer StartJobRun."""
        with self.lock:
            job = self._job(asked["JobName"])
            at_work = sum(run.job == job.name and run.state not in OVER for run in self.runs)
            if at_work >= job.concurrent:
                raise Refusal(*_CODES["crowd"][1:])
            run = Run(f"jr_{secrets.token_hex(32)}", job.name, asked, self.minute)
            self.runs.insert(0, run)
            run.start(job.launch)
        return {"JobRunId": run.id}

    def get_job_run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer GetJobRun."""
        self._job(asked["JobName"])
        return {"JobRun": self.run(asked["RunId"]).document()}

    def get_job_runs(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer GetJobRuns: the newest first."""
        self._job(asked["JobName"])
        runs = [run for run in self.runs if run.job == asked["JobName"]]
        first, most = int(asked.get("NextToken") or 0), asked.get("MaxResults", 200)
        answer: dict[str, Any] = {"JobRuns": [run.document() for run in runs[first : first + most]]}
        if first + most < len(runs):
            answer["NextToken"] = str(first + most)
        return answer

    def batch_stop_job_run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer BatchStopJobRun."""
        answer: dict[str, list[Any]] = {"SuccessfulSubmissions": [], "Errors": []}
        for run_id in asked["JobRunIds"]:
            about = {"JobName": asked["JobName"], "JobRunId": run_id}
            try:
                stopped = self.run(run_id).stop()
                code, message = "JobRunNotInTerminalStateException", "it is over"
            except Refusal as refusal:
                stopped, code, message = False, refusal.code, refusal.message
            if stopped:
                answer["SuccessfulSubmissions"].append(about)
            else:
                detail = {"ErrorCode": code, "ErrorMessage": message}
                answer["Errors"].append({**about, "ErrorDetail": detail})
        return answer

    # -- the others -----------------------------------------------------------------------------

    def get_log_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer GetLogEvents, from the head."""
        group, kind = asked["logGroupName"].rsplit("/", 1)
        found = [run for run in self.runs if run.id == asked["logStreamName"]]
        if not found or group != found[0].log_group or not found[0].lines[kind]:
            raise Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
        lines = [
            one for one in found[0].lines[kind] if one["timestamp"] >= asked.get("startTime", 0)
        ]
        first = int((asked.get("nextToken") or "f/0")[2:])
        events = lines[first : first + asked.get("limit", 10_000)]
        token = f"f/{first + len(events)}"
        return {"events": events, "nextForwardToken": token, "nextBackwardToken": f"b/{first}"}

    def get_secret_value(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer GetSecretValue."""
        name = asked["SecretId"]
        if name not in self.secrets:
            raise Refusal(
                "ResourceNotFoundException", "Secrets Manager can't find the specified secret."
            )
        arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:{name}-abcdef"
        return {"ARN": arn, "Name": name, "SecretString": self.secrets[name]}

    def assume_role(self) -> str:
        """Answer AssumeRole, in XML."""
        if not self.assumable:
            raise Refusal(
                "AccessDenied", f"User is not authorized to perform: sts:AssumeRole on {ROLE}", 403
            )
        key = f"ASIA{secrets.token_hex(8).upper()}"
        with self.lock:
            self.keys.add(key)
        until = datetime.now(UTC) + timedelta(hours=1)
        return (
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>{key}</AccessKeyId><SecretAccessKey>made-up</SecretAccessKey>"
            f"<SessionToken>made-up</SessionToken><Expiration>{until:%Y-%m-%dT%H:%M:%SZ}"
            "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )

    def _job(self, name: str) -> Job:
        if name not in self.jobs:
            raise Refusal("EntityNotFoundException", f"Job {name} not found.")
        return self.jobs[name]


def _handler(services: StandIn) -> type[BaseHTTPRequestHandler]:
    """Make the class that answers requests for the services."""

    class Handler(_Handler):
        aws = services

    return Handler


class _Handler(BaseHTTPRequestHandler):
    """One connection: JSON by its target, STS by its form, S3 by its method."""

    aws: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the base
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer a call by its target."""
        body = self._body()
        target = self.headers.get("X-Amz-Target", "")
        if target:
            operation = target.rpartition(".")[2]
            snake = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
            self._reply(operation, lambda: getattr(self.aws, snake)(json.loads(body)))
            return
        operation = parse_qs(body.decode())["Action"][0]
        self._reply(operation, self.aws.assume_role)

    def do_PUT(self) -> None:
        """Keep an object."""
        body = self._body()
        self._reply("PutObject", lambda: self.aws.objects.__setitem__(self._object(), body))

    def do_GET(self) -> None:
        """Give an object."""

        def read() -> bytes:
            if self._object() not in self.aws.objects:
                raise Refusal("NoSuchKey", "The specified key does not exist.", 404)
            return self.aws.objects[self._object()]

        self._reply("GetObject", read)

    def _object(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/")

    def _body(self) -> bytes:
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "chunked" in self.headers.get("Content-Encoding", ""):
            return _unchunked(body)
        return body

    def _reply(self, operation: str, act: Any) -> None:
        fault = self.aws.fault(operation)
        if fault == "cut":
            self._hang_up()
            return
        try:
            self._refuse_first(fault)
            answer = act()
        except Refusal as refusal:
            self._refuse(operation, refusal)
            return
        if fault == "lose":
            self._hang_up()
            return
        if isinstance(answer, dict):
            answer = json.dumps(answer)
        self._send(200, answer.encode() if isinstance(answer, str) else answer or b"")

    def _refuse_first(self, fault: str) -> None:
        if fault in _CODES:
            status, code, message = _CODES[fault]
            raise Refusal(code, message, status)
        found = re.search(r"Credential=(ASIA\w+)/", self.headers.get("Authorization", ""))
        if found and found.group(1) not in self.aws.keys:
            raise Refusal(*_CODES["expire"][1:])

    def _refuse(self, operation: str, refusal: Refusal) -> None:
        said: Any = {"__type": refusal.code, "message": refusal.message}
        text = json.dumps(said)
        inner = f"<Code>{refusal.code}</Code><Message>{refusal.message}</Message>"
        if operation in ("GetObject", "PutObject"):
            text = f"<Error>{inner}</Error>"
        elif operation == "AssumeRole":
            text = f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"
        self._send(refusal.status, text.encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", secrets.token_hex(8))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True


def _unchunked(body: bytes) -> bytes:
    """Take an upload out of the chunks that the SDK signs or sums up one by one."""
    found, rest = b"", body
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.partition(b";")[0] or b"0", 16)
        if not size:
            break
        found, rest = found + rest[:size], rest[size + 2 :]
    return found


def until(condition: Any, seconds: float = 30.0) -> bool:
    """Wait for something that another process does; tell whether it came."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
