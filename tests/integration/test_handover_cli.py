"""The command line and the jobs of the database: it waits for them, and says which they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from airflow_oracle_dag.cli.main import main
from tests.integration.handed_jobs import EVERYTHING, MIXED, begin, handed, held, reserved, until

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> Iterator[Call]:
    """Return a function that says a verb, about a file or a run."""
    for name in ("dsn", "user", "password"):
        monkeypatch.setenv(f"ORACLE_{name.upper()}", getattr(bench.target, name))
    monkeypatch.delenv("ORACLE_DAG_NAMESPACE", raising=False)
    bench.sql("insert into t_numbers values (1)")
    file = tmp_path / "script.sql"
    file.write_text(MIXED)

    def say(verb: str, *arguments: str) -> tuple[int, str, str]:
        named = [str(file)] if verb in ("run", "plan") else []
        code = main([verb, *named, "--run-key", bench.key, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    yield say
    if bench.target.server is not None:
        begin(bench)


def test_run_waits_for_its_jobs(bench: Any, call: Call) -> None:
    """It tells what their steps do as if they ran here; the history names the job."""
    code, out, err = call("run", "--run-on", "database", "--plain")

    assert code == 0, out + err
    assert "handed to job ODAG_" in out
    assert "step 2/4 second   said second" in out
    assert bench.ledger() == EVERYTHING
    history = call("history")[1]
    assert history.count("job ODAG_") == 4


def test_status_and_plan_name_the_job_that_holds_a_run(bench: Any, call: Call) -> None:
    """As long as it does; a dry run says that it would wait."""
    with held(bench, "update t_numbers set n = n"):
        waiting = handed(bench)
        until(lambda: bench.states()["second"] == "RUNNING")

        assert f"attempt 2, not acknowledged, job {waiting.job_name}" in call("status")[1]
        assert json.loads(call("status", "--json")[1])["job"] == waiting.job_name
        assert f"job {waiting.job_name}" in call("history")[1]
        code, out, _ = call("plan", "--dsn", bench.target.dsn, "--user", bench.target.user)
        assert (code, f"would wait: job {waiting.job_name}, attempt 2, runs" in out) == (0, True)

    bench.run(MIXED)
    assert json.loads(call("status", "--json")[1])["job"] is None


def test_a_job_that_is_not_begun_in_time_ends_the_command(bench: Any, call: Call) -> None:
    """With 1, as a failed step does: the same command resumes."""
    reserved(bench)

    code, _, err = call("run", "--start-timeout", "0.3")

    assert (code, "JOB_QUEUE_PROCESSES" in err) == (1, True)
    begin(bench)
    assert call("resume")[0] == 0
    assert bench.ledger() == EVERYTHING
