"""Options of the whole suite: which database the integration tests talk to."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--db``: the sandbox is started by the tests, a real Oracle is named by environment."""
    parser.addoption(
        "--db",
        choices=("sandbox", "oracle"),
        default="sandbox",
        help="sandbox (default), or oracle from ORACLE_DSN, ORACLE_USER and ORACLE_PASSWORD",
    )
