"""The command line as data: every verb and its arguments, once for argparse and once for Airflow.

Airflow reads this at the start of each of its commands, so nothing is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Argument:
    """One argument in argparse's words.

    :param flags: ``("--dsn",)`` or a positional's name.
    :param options: keyword arguments of ``add_argument``.
    """

    flags: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verb:
    """One verb of the command line."""

    name: str
    help: str
    arguments: tuple[Argument, ...]


def _argument(*flags: str, **options: Any) -> Argument:
    return Argument(flags, options)


def _seconds(text: str) -> float:
    """Read a length of time; argparse says what was wrong."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _port(text: str) -> int:
    """Read a port number; argparse says what was wrong."""
    port = int(text)
    if port not in range(65536):
        raise ValueError(text)
    return port


_CONNECTION = (
    _argument("--dsn", metavar="HOST:PORT/SERVICE", help="where the database is; else ORACLE_DSN"),
    _argument(
        "--user", help="who connects; else ORACLE_USER. The password: ORACLE_PASSWORD or a prompt"
    ),
    _argument("--conn-id", help="an Airflow connection instead of --dsn and --user"),
    _argument("--schema", help="owner of the checkpoint tables; the user that connects if absent"),
)
_NAMESPACE = _argument(
    "--namespace", help="first part of the run key; else ORACLE_DAG_NAMESPACE, else 'default'"
)
_KEY = _argument("--run-key", required=True, metavar="KEY", help="what owns the checkpoints")
_JSON = _argument("--json", action="store_true", help="print one JSON document, see docs/cli.md")
_STEP = _argument("--step", required=True, help="name of the step")
_WHY = _argument("--why", required=True, help="the reason; it is written to the audit table")
_BINDS = _argument(
    "--bind",
    action="append",
    default=[],
    metavar="NAME[:TYPE]=VALUE",
    help="a bind of the script; TYPE is text (default), number, date or timestamp; repeatable",
)
_RUNNING = (
    _BINDS,
    _argument(
        "--step-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="for a step that says nothing itself (default: no limit)",
    ),
    _argument(
        "--orphan",
        choices=("auto", "wait", "fail"),
        default="auto",
        help="what to do while another attempt holds the run (default: auto, which waits)",
    ),
    _argument(
        "--orphan-timeout",
        type=_seconds,
        default=86400.0,
        metavar="SECONDS",
        help="how long to wait for it (default: a day)",
    ),
    _JSON,
)

VERBS = (
    Verb(
        "init",
        "make the checkpoint tables; safe to repeat",
        (
            *_CONNECTION,
            _argument(
                "--print",
                action="store_true",
                dest="print_only",
                help="print the statements for a DBA and run nothing",
            ),
        ),
    ),
    Verb(
        "run",
        "run a script, or resume it where it stopped",
        (
            _argument("file", help="the script"),
            *_CONNECTION,
            _NAMESPACE,
            _KEY,
            *_RUNNING,
        ),
    ),
    Verb(
        "plan",
        "show the steps of a script without a database",
        (_argument("file", help="the script"), _BINDS, _JSON),
    ),
    Verb(
        "status",
        "show the steps of a run",
        (*_CONNECTION, _NAMESPACE, _KEY, _JSON),
    ),
    Verb(
        "resume",
        "resume a run that exists, with the script that is kept with it",
        (
            _argument("--file", help="the repaired script, if it was edited"),
            *_CONNECTION,
            _NAMESPACE,
            _KEY,
            *_RUNNING,
        ),
    ),
    Verb(
        "mark-done",
        "declare a step done, so that a resume passes over it",
        (*_CONNECTION, _NAMESPACE, _KEY, _STEP, _WHY),
    ),
    Verb(
        "mark-pending",
        "declare a step not done, so that a resume runs it again",
        (*_CONNECTION, _NAMESPACE, _KEY, _STEP, _WHY),
    ),
    Verb(
        "sandbox",
        "serve an Oracle-speaking sandbox for trying and tests; not for production",
        (
            _argument("--host", default="127.0.0.1", help="(default: 127.0.0.1)"),
            _argument(
                "--port", type=_port, default=1521, help="0 for any free one (default: 1521)"
            ),
            _argument("--data", metavar="DIR", help="keep the data here; else it goes at the end"),
            _argument("--user", default="demo", help="who may connect (default: demo)"),
            _argument(
                "--reply-delay",
                type=float,
                default=0.0,
                metavar="MILLISECONDS",
                help="added to every reply, as a longer network would",
            ),
            _argument(
                "--allow-remote",
                action="store_true",
                help="listen on an address that others can reach",
            ),
        ),
    ),
)
