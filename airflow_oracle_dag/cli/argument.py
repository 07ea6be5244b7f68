"""What the command line is made of, in argparse's words."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from dataclasses import dataclass, field
from datetime import timedelta
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
    """One verb of the command line, or a group of them.

    :param verbs: of a group, which has no arguments of its own.
    """

    name: str
    help: str
    arguments: tuple[Argument, ...] = ()
    verbs: tuple[Verb, ...] = ()


def argument(*flags: str, **options: Any) -> Argument:
    """Describe one argument."""
    return Argument(flags, options)


def seconds(text: str) -> float:
    """Read a length of time."""
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not 0 < length < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0, such as 90 or 0.5")
    return length


def age(text: str) -> timedelta:
    """Read an age such as 90d, 12h or 2w."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}[hdw]", text):
        raise ArgumentTypeError(
            f"{text!r} is no age: write 1 to 99999 hours, days or weeks as 12h, 90d or 2w"
        )
    unit = {"h": "hours", "d": "days", "w": "weeks"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def port(text: str) -> int:
    """Read a port number."""
    if not text.isdecimal() or int(text) not in range(65536):
        raise ArgumentTypeError(f"{text!r} is no port: a number from 0 to 65535")
    return int(text)


def services(text: str) -> str:
    """Read names of services, separated by commas."""
    names = [name.strip() for name in text.split(",")]
    if not all(re.fullmatch(r"[A-Za-z][\w.$#-]*", name) for name in names):
        raise ArgumentTypeError(f"{text!r} names no services: NAME, or several with commas")
    return ",".join(names)


def milliseconds(text: str) -> float:
    """Read how many milliseconds to wait."""
    if not re.fullmatch(r"\d+(\.\d*)?", text):
        raise ArgumentTypeError(f"{text!r} is no number of milliseconds")
    return float(text)


def count(text: str) -> int:
    """Read how many of something."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number of at least 1")
    return int(text)


def row_limit(text: str) -> int:
    """Read how many rows of a query are shown."""
    if not text.isdecimal() or int(text) not in range(101):
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 100")
    return int(text)


CONNECTION = (
    argument(
        "--dsn",
        metavar="HOST:PORT/SERVICE",
        help="where the database is, or an alias of tnsnames.ora; else ORACLE_DSN",
    ),
    argument(
        "--user",
        help="who connects, or PROXY[TARGET]; else ORACLE_USER. The password: ORACLE_PASSWORD or "
        "a prompt",
    ),
    argument("--config-dir", metavar="DIR", help="where tnsnames.ora is; else TNS_ADMIN"),
    argument(
        "--wallet-location",
        metavar="DIR",
        help="where the wallet is; else ORACLE_WALLET_LOCATION. Its password: "
        "ORACLE_WALLET_PASSWORD",
    ),
    argument(
        "--thick",
        action="store_true",
        help="use the Oracle client libraries; else ORACLE_THICK=true",
    ),
    argument("--lib-dir", metavar="DIR", help="where they are; else ORACLE_LIB_DIR"),
    argument("--conn-id", help="an Airflow connection instead of --dsn and --user"),
    argument(
        "--schema",
        help="owner of the tables; with --conn-id else Airflow's [oracle_dag] schema, else the "
        "user that connects",
    ),
)
JSON = argument("--json", action="store_true", help="print one JSON document, see docs/cli.md")
