"""A password that was written into a script is in the script, and in nothing that is said of it."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import OracleDagError

PASSWORD = "tiger-written-4711"
#: One line each that refuses the script.
REFUSED = {
    "CONNECT": f"connect scott/{PASSWORD}@db",
    "CONN as a command": f"CONN scott/{PASSWORD}",
    "COPY": f"copy from scott/{PASSWORD}@db to x create t using select 1 from dual",
    "PASSWORD": f"password {PASSWORD}",
    "HOST": f"host sqlplus scott/{PASSWORD}",
    "an unended text": f"alter user x identified by 'no {PASSWORD}\n",
    "an unknown option of a link": f'create database link l identified by "{PASSWORD}" &missing;',
}
#: Statements that the database refuses, with the password in them.
FAILING = {
    "a link": f'create database link l connect to x identified by "{PASSWORD}" using;',
    "a user": f"create user someone identified by {PASSWORD} frobnicate yes;",
    "a password of one's own": f"alter user demo identified by {PASSWORD} replace;",
}


def told(bench: Any, caught: BaseException, log: str) -> str:
    """Return everything that a run said."""
    shown = [event.text for event in bench.events] + [log]
    return "".join(shown + traceback.format_exception(type(caught), caught, caught.__traceback__))


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Take the lowest level of every logger."""
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("line", [*REFUSED, *FAILING])
def test_no_error_shows_a_written_password(bench: Any, caplog: Any, line: str) -> None:
    """Neither the refusal before the first step, nor what the database says."""
    text = {**REFUSED, **FAILING}[line]

    with pytest.raises(OracleDagError) as caught:
        bench.run(f"insert into t_ledger values ('x', 1);\ncommit;\n{text}\n")

    assert PASSWORD not in told(bench, caught.value, caplog.text)


def test_no_diff_shows_a_written_password(bench: Any, caplog: Any) -> None:
    """A step that is done and was changed is shown then and now, both without it."""
    script = (
        "-- @step link\nbegin null; -- {what} identified by {password}\nend;\n/\n"
        "-- @step fails\ninsert into t_not_there values (1);\n"
    )
    with pytest.raises(OracleDagError):
        bench.run(script.format(what="then", password=PASSWORD))

    with pytest.raises(OracleDagError) as caught:
        bench.run(script.format(what="now", password=PASSWORD + "-new"))

    shown = told(bench, caught.value, caplog.text)
    assert "identified by ..." in shown
    assert PASSWORD not in shown
