"""AWS for tests: moto's server, reached over HTTP by the real clients."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGION = "eu-west-1"
#: A Glue connection that nobody may look at.
DENIED = "denied"
_JSON = [("Content-Type", "application/x-amz-json-1.1")]


_accounts = count(200_000_000_001)


class _Account:
    """Serve one account, which others in this process do not see; buckets have one name space.

    UpdateJob, which moto does not know, is answered as what it means: the whole job is replaced.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._id = str(next(_accounts))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._id
        action = environ.get("HTTP_X_AMZ_TARGET", "").removeprefix("AWSGlue.")
        if action not in ("UpdateJob", "GetConnection"):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        asked = json.loads(body)
        if action == "GetConnection" and asked["Name"] != DENIED:
            return self._app(environ, start_response)
        if action == "GetConnection":
            start_response("400 Bad Request", _JSON)
            return [json.dumps({"__type": "AccessDeniedException", "message": "no"}).encode()]
        name = asked["JobName"]
        self._ask(environ, "DeleteJob", {"JobName": name})
        self._ask(environ, "CreateJob", {"Name": name, **asked["JobUpdate"]})
        start_response("200 OK", _JSON)
        return [json.dumps({"JobName": name}).encode()]

    def _ask(self, environ: dict[str, Any], action: str, request: dict[str, Any]) -> None:
        body = json.dumps(request).encode()
        again = {
            **environ,
            "HTTP_X_AMZ_TARGET": f"AWSGlue.{action}",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        said: list[str] = []
        answer = b"".join(self._app(again, lambda status, *_: said.append(status)))
        assert said[0].startswith("200"), answer


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve AWS on a port of its own."""
    app = _Account(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(service: str, url: str) -> Any:
    """Return a client of boto3."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )
