"""No secret is kept or told: not by a success, not by a failure, not by a takeover."""

from __future__ import annotations

import contextlib
import logging
import traceback
from typing import Any

import pytest

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.results import RunOptions

TOKEN = "hush-Öl-'4711'-hush"
PACKAGE_TABLES = ("odag_run", "odag_step", "odag_step_attempt", "odag_canary", "odag_audit")

WORKS = """\
-- @step load
insert into t_ledger values (substr(:token, 1, 4), length(:token));
-- @step talk
begin dbms_output.put_line('token ' || :token || ' used'); end;
/
-- @step look
select :token as token, 1 as one from dual;
"""
FAILS = {
    "raised": "begin raise_application_error(-20001, 'refused: ' || :token); end;\n/\n",
    "said before it failed": (
        "begin dbms_output.put_line(:token); raise_application_error(-20001, 'no'); end;\n/\n"
    ),
    "not true": "-- @check fits\nselect :token as token from dual;\n",
    "passed over, then raised": (
        "whenever sqlerror continue\n"
        "begin raise_application_error(-20002, :token); end;\n/\n"
        "whenever sqlerror exit\n"
        "begin raise_application_error(-20001, :token); end;\n/\n"
    ),
    "asked by a probe": (
        "-- @probe select to_number(:token) from dual\n"
        "begin insert into t_ledger values ('x', 1); commit; "
        "raise_application_error(-20001, 'late ' || :token); end;\n/\n"
    ),
}


def kept(bench: Any) -> str:
    """Return everything that the package's tables hold."""
    found = []
    for table in PACKAGE_TABLES:
        with bench.connection.cursor() as cursor:
            cursor.execute(f"select * from {table}")
            for row in cursor:
                found += [v.read() if hasattr(v, "read") else str(v) for v in row]
    bench.connection.commit()
    return "\n".join(found)


def told(bench: Any, caught: BaseException | None, log: str) -> str:
    """Return everything that a run said, its result and its error with all that led to it."""
    parts = [f"{event.kind} {event.text} {event.step!r}" for event in bench.events]
    if caught is not None:
        parts += traceback.format_exception(type(caught), caught, caught.__traceback__)
        while caught is not None:  # also what a traceback would not print
            parts.append(f"{caught!r} {caught}")
            caught = caught.__cause__ or caught.__context__
    return "\n".join([*parts, log])


def found_in(text: str, secret: str) -> list[str]:
    """Return the lines that show a secret, or the beginning of it."""
    return [line for line in text.splitlines() if secret in line or secret[:8] in line]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Take the lowest level of every logger."""
    caplog.set_level(logging.DEBUG)


def test_a_success_tells_and_keeps_no_secret(bench: Any, caplog: Any) -> None:
    """The value reaches the database; DBMS_OUTPUT and rows come back masked."""
    result = bench.run(WORKS, parameters={"token": Secret(TOKEN)})

    assert bench.sql("select entry, amount from t_ledger") == [("hush", len(TOKEN))]
    assert result.steps[1].output == ("token *** used",)
    assert not found_in(told(bench, None, caplog.text) + repr(result), TOKEN)
    assert not found_in(kept(bench), TOKEN)


@pytest.mark.parametrize("how", FAILS)
def test_a_failure_tells_and_keeps_no_secret(bench: Any, caplog: Any, how: str) -> None:
    """Neither its error, nor what led to it, nor the tables, at the first try and the next."""
    for _ in range(2):
        with pytest.raises(OracleDagError) as caught:
            bench.run(FAILS[how], parameters={"token": Secret(TOKEN)})

        assert not found_in(told(bench, caught.value, caplog.text), TOKEN)
        assert not found_in(kept(bench), TOKEN)
    # ORA-01722, which the probe gets, names no value before 23ai.
    assert "***" in told(bench, caught.value, caplog.text) or how == "asked by a probe"


def test_without_the_word_secret_a_value_is_shown(bench: Any, caplog: Any) -> None:
    """The tests here can fail: a plain text stands in the error and in the tables."""
    with pytest.raises(OracleDagError) as caught:
        bench.run(FAILS["raised"], parameters={"token": "no secret"})

    assert found_in(told(bench, caught.value, caplog.text), "no secret")
    assert found_in(kept(bench), "no secret")


def test_a_takeover_tells_and_keeps_no_secret(bench: Any, faults: Any, caplog: Any) -> None:
    """A lost connection, a doubt, a person's word and the resumption behind it."""
    script = (
        "-- @step load\nbegin insert into t_ledger values (:token, 1); commit; end;\n/\n"
        "-- @step after\nbegin raise_application_error(-20001, :token); end;\n/\n"
    )
    faults.cut("during", sql="t_ledger values", times=None)
    with pytest.raises(OracleDagError) as caught:
        bench.run(script, parameters={"token": Secret(TOKEN)})
    faults.clear()
    shown = told(bench, caught.value, caplog.text)
    verbs.mark_done(
        bench.target.connector(),
        bench.identity(),
        "load",
        who="alice",
        why="looked",
        options=RunOptions(),
        observe=bench.events.append,
    )
    with pytest.raises(OracleDagError) as caught:
        bench.run(script, parameters={"token": Secret(TOKEN)})

    assert not found_in(shown + told(bench, caught.value, caplog.text), TOKEN)
    assert not found_in(kept(bench), TOKEN)


def test_a_secret_that_was_changed_is_no_drift(bench: Any) -> None:
    """The password was renewed between two tries: the steps that are done stay done."""
    script = WORKS + "-- @step last\ninsert into t_numbers values (1);\n"
    bench.sql("insert into t_numbers values (1)")
    with pytest.raises(OracleDagError):
        bench.run(script, parameters={"token": Secret(TOKEN)})
    bench.sql("delete from t_numbers")

    result = bench.run(script, parameters={"token": Secret("another one")})

    assert result.resumed_at == "last"


def test_the_password_is_neither_told_nor_kept(bench: Any, caplog: Any) -> None:
    """Of the connection that works, and of those that are refused."""
    password, shown = bench.target.password, ""
    bench.run("select 1 from dual;")
    for dsn in (bench.target.dsn, f"demo/{password}@{bench.target.dsn}", "host:1/no such/thing"):
        connector = bench.runner("select 1 from dual;", connect=lambda dsn=dsn: _connect(dsn))
        with pytest.raises(OracleDagError) as caught:
            connector.run()
        shown += told(bench, caught.value, caplog.text)

    assert not found_in(shown + kept(bench), password)


def _connect(dsn: str) -> Any:
    import oracledb

    return oracledb.connect(user="demo", password="wrong-password", dsn=dsn)


def test_a_closed_session_keeps_quiet(bench: Any, faults: Any, caplog: Any) -> None:
    """An answer that is lost is no way out either."""
    faults.cut("after", sql="t_ledger values", times=1)
    with contextlib.suppress(OracleDagError):
        bench.run(WORKS, parameters={"token": Secret(TOKEN)})

    assert not found_in(told(bench, None, caplog.text) + kept(bench), TOKEN)
