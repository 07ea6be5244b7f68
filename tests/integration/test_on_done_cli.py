"""The command line says what becomes of a run that is finished, or whose steps were edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from airflow_oracle_dag.cli.main import main

Call = Callable[..., tuple[int, str, str]]
TEXT = "-- @step one\ninsert into t_ledger values ('one', 1);\n"


@pytest.fixture
def call(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a text and returns exit code, output and errors."""
    for name in ("dsn", "user", "password"):
        monkeypatch.setenv(f"ORACLE_{name.upper()}", getattr(bench.target, name))
    monkeypatch.delenv("ORACLE_DAG_NAMESPACE", raising=False)

    def run(text: str, *arguments: str) -> tuple[int, str, str]:
        file = tmp_path / "work.sql"
        file.write_text(text)
        code = main(["run", str(file), "--run-key", bench.key, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("word", "code", "said", "times"),
    [
        ("success", 0, "finished at", 1),
        ("skip", 0, "finished at", 1),
        ("restart", 0, "begins anew as generation 2", 2),
        ("fail", 2, "from the command line", 1),
    ],
)
def test_a_finished_run(
    bench: Any, call: Call, word: str, code: int, said: str, times: int
) -> None:
    """Each call is a run of its own, so each of them is asked for."""
    assert call(TEXT)[0] == 0
    ended, out, err = call(TEXT, "--on-done", word)
    assert (ended, said in out + err) == (code, True), out + err
    assert bench.ledger() == {"one": times}


@pytest.mark.parametrize(
    ("word", "code", "said", "times"),
    [
        ("fail", 2, "+insert into t_ledger values ('one', 2);", 1),
        ("accept", 0, "goes on although step one is done", 1),
        ("rerun", 0, "begins anew as generation 2", 2),
    ],
)
def test_an_edited_run(bench: Any, call: Call, word: str, code: int, said: str, times: int) -> None:
    """The error shows the difference and the way out; the audit gets who typed."""
    assert call(TEXT)[0] == 0
    ended, out, err = call(TEXT.replace(", 1)", ", 2)"), "--on-drift", word, "--json")
    assert (ended, said in out + err) == (code, True), out + err
    assert json.loads(out)["run_key"] == bench.key
    assert bench.ledger() == {"one": times}
    if word == "rerun":
        ((verb, who),) = bench.sql(
            "select verb, who from odag_audit where run_hash = :h", h=bench.identity().digest
        )
        assert verb == "rerun-drift" and "@" in who
