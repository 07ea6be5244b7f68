"""`plan` with a run key says what a run would do, and why; it writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.runtime import connector as connector_module

Call = Callable[..., tuple[int, dict[str, Any]]]
TEXT = """-- @step one
insert into t_ledger values ('one', 1);
-- @step two
insert into t_ledger values ('two', {0});
-- @step three
insert into t_ledger values ('three', :x);
"""
GOOD, BAD = TEXT.format("1"), TEXT.format("1/0")


@pytest.fixture
def call(bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> Call:
    """Return a function that calls a verb with a script and returns exit code and document.

    Of `plan` each commit, and each row that is changed, is an error.
    """
    for name in ("user", "password"):
        monkeypatch.setenv(f"ORACLE_{name.upper()}", getattr(bench.target, name))
    monkeypatch.delenv("ORACLE_DAG_NAMESPACE", raising=False)
    session = connector_module.OracleSession
    wrote: list[str] = []
    real_change, real_commit = session.change, session.commit

    def change(self: Any, *arguments: Any) -> int:
        wrote.append("change")
        return real_change(self, *arguments)

    def commit(self: Any) -> None:
        wrote.append("commit")
        real_commit(self)

    monkeypatch.setattr(session, "change", change)
    monkeypatch.setattr(session, "commit", commit)

    def run(verb: str, text: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "work.sql"
        file.write_text(text)
        wrote.clear()
        key = ("--run-key", bench.key, "--dsn", bench.target.dsn, "--json")
        code = main([verb, str(file), *key, *arguments])
        said = capsys.readouterr()
        if verb == "plan":
            assert wrote == []
        return code, json.loads(said.out) if said.out else {"error": said.err}

    return run


def outlook(document: dict[str, Any]) -> tuple[str, Any]:
    """Return what a run would do, and where."""
    return document["run"]["then"], document["run"]["resume_at"]


def test_a_new_run_begins(call: Call) -> None:
    """With all its steps; what it binds need not be given."""
    code, document = call("plan", GOOD)
    assert (code, outlook(document)) == (0, ("begins", "one"))
    assert [step["state"] for step in document["steps"]] == [None, None, None]
    assert {step["place"] for step in document["steps"]} == {"worker"}


def test_a_failed_run_resumes_where_it_failed(call: Call, bench: Any) -> None:
    """The reason has the database's words; a repaired step is no drift, a changed done one is."""
    assert call("run", BAD, "--bind", "x=1")[0] == 1
    before = bench.states()
    code, document = call("plan", GOOD)
    assert (code, outlook(document)) == (0, ("resumes", "two"))
    assert document["run"]["reason"].startswith("1 of 3 steps are done; step two failed in")
    assert "ORA-01476" in document["run"]["reason"]
    assert [step["state"] for step in document["steps"]] == ["SUCCEEDED", "FAILED", "PENDING"]
    code, document = call("plan", GOOD.replace("'one', 1", "'one', 2"))
    assert (code, outlook(document)) == (2, ("refused", None))
    assert "+insert into t_ledger values ('one', 2);" in document["run"]["reason"]
    assert bench.states() == before


def test_a_finished_run_is_reported(call: Call) -> None:
    """Values that were not given again are no drift; others are."""
    assert call("run", GOOD, "--bind", "x=1")[0] == 0
    code, document = call("plan", GOOD)
    assert (code, outlook(document)) == (0, ("finished", None))
    assert call("plan", GOOD, "--bind", "x=1")[0] == 0
    code, document = call("plan", GOOD, "--bind", "x=2")
    assert (code, outlook(document)[0]) == (2, "refused")
    assert "with other values of :x" in document["run"]["reason"]


def test_what_the_plan_says_is_what_the_run_does(call: Call, bench: Any) -> None:
    """The step that was foreseen is the one at which the run goes on."""
    call("run", BAD, "--bind", "x=1")
    _, document = call("plan", GOOD)
    _, ran = call("run", GOOD, "--bind", "x=1")
    assert ran["resumed_at"] == document["run"]["resume_at"]
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}


def test_another_script_is_refused(call: Call, tmp_path: Path) -> None:
    """As a run would refuse it."""
    assert call("run", GOOD, "--bind", "x=1")[0] == 0
    (tmp_path / "work.sql").rename(tmp_path / "old.sql")
    code, document = call("plan", "commit;\nselect 1 from dual;\n")
    assert (code, outlook(document)[0]) == (2, "refused")


def test_a_key_without_a_database(bench: Any, tmp_path: Path, capsys: Any) -> None:
    """It is a mistake: nobody else knows the run."""
    (tmp_path / "a.sql").write_text("commit;\nselect 1 from dual;\n")
    assert main(["plan", str(tmp_path / "a.sql"), "--run-key", "k"]) == 2
    assert "name it with --dsn" in capsys.readouterr().err


COMMITS = """{0}-- @step load{1}
begin
  insert into t_ledger values ('inside', 1);
  commit;
  insert into t_ledger values ('open', 1);
end;
/
-- @step after
insert into t_ledger values ('after', 1);
"""
PROBE = "\n-- @probe select 1 from t_ledger where entry = '{0}'"
SETTING = "alter session set nls_date_format = 'YYYY'"


@pytest.mark.parametrize(
    ("before", "probed", "code", "then"),
    [
        ("", "", 3, ("in doubt", None)),
        ("", PROBE.format("inside"), 0, ("resumes", "after")),
        ("", PROBE.format("never"), 0, ("resumes", "load")),
        (f"{SETTING};\n", PROBE.format("inside"), 0, ("resumes", "after")),
        ("-- @always s\nbegin null; end;\n/\n", PROBE.format("inside"), 0, ("depends", None)),
        ("", "\n-- @probe select 1/0 from dual", 2, ("refused", None)),
    ],
)
def test_a_step_of_which_nobody_knows(
    call: Call, bench: Any, faults: Any, before: str, probed: str, code: int, then: Any
) -> None:
    """A probe is asked where that only reads; where it would not, the reason says so."""
    faults.cut("during", sql="'inside'", times=None)
    assert call("run", COMMITS.format(before, ""))[0] == 3
    faults.clear()
    states = bench.states()
    found, document = call("plan", COMMITS.format(before, probed))
    assert (found, outlook(document)) == (code, then), document["run"]["reason"]
    assert bench.states() == states


def test_an_attempt_that_lives_is_waited_for(call: Call, bench: Any) -> None:
    """It is said who it is; nobody is ended and nothing is waited for."""
    asked = []

    def plan() -> None:
        asked.append(call("plan", GOOD))

    runner = bench.runner(GOOD, name="work.sql", parameters={"x": 1})
    runner.between_steps = plan
    runner.run()
    (_, document), *_ = asked
    assert outlook(document) == ("waits", None)
    assert "attempt 1 of run" in document["run"]["reason"]
    assert bench.states() == dict.fromkeys(("one", "two", "three"), "SUCCEEDED")


def test_what_is_said_to_people(call: Call, bench: Any, capsys: Any, tmp_path: Path) -> None:
    """A line for each step with its state, and one for the run."""
    call("run", BAD, "--bind", "x=1")
    (tmp_path / "work.sql").write_text(GOOD)
    key = ("--run-key", bench.key, "--dsn", bench.target.dsn)
    assert main(["plan", str(tmp_path / "work.sql"), *key]) == 0
    *steps, run = capsys.readouterr().out.splitlines()
    assert [line.split()[:5] for line in steps] == [
        ["1", "one", "TRANSACTIONAL", "worker", "SUCCEEDED"],
        ["2", "two", "TRANSACTIONAL", "worker", "FAILED"],
        ["3", "three", "TRANSACTIONAL", "worker", "PENDING"],
    ]
    assert run.startswith(f"run {bench.key}: would resume at step two: 1 of 3 steps are done;")
