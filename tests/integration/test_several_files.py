"""One run over several files: resumed in the middle, with drift file by file."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.core.errors import DriftError
from airflow_oracle_dag.core.joined import join_scripts, read_kept
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import StepFailed
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner

FILES = {
    "n/01.sql": "insert into t_ledger values ('one', 1);\nexit\n",
    "n/02.sql": "\ninsert into t_ledger values ('two', 2);\ninsert into t_numbers values (1);\n",
    "n/03.sql": "insert into t_ledger values ('three', 3);\n",
}


def run(bench, files=FILES, script=None):
    """Run files as one script under the test's key."""
    made = script or join_scripts("n", [parse_script(text, name=n) for n, text in files.items()])
    connector = OracleConnector(bench.target.connect, Tags(module="tests"))
    return ScriptRunner(
        connector, made, bench.identity(), ScriptValues(), RunOptions(), bench.events.append
    ).run()


def test_a_run_over_files_resumes_in_the_file_that_failed(bench):
    """The error names the file and its line, and what other files did is kept."""
    bench.sql("insert into t_numbers values (1)")
    with pytest.raises(StepFailed) as failed:
        run(bench)
    assert str(failed.value).startswith("n/02.sql:3: step 02.step_1")
    bench.sql("delete from t_numbers")
    assert run(bench).resumed_at == "02.step_1"
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}
    assert set(bench.states()) == {"01.step_1", "02.step_1", "03.step_1"}


def test_what_is_kept_with_the_run_resumes_it(bench):
    """`oracle-dag resume` without files reads them from the run."""
    bench.sql("insert into t_numbers values (1)")
    with pytest.raises(StepFailed):
        run(bench)
    bench.sql("delete from t_numbers")
    rows = bench.sql(
        "select script_text from odag_run where run_hash = :h", h=bench.identity().digest
    )
    text = rows[0][0].read() if hasattr(rows[0][0], "read") else rows[0][0]
    kept = read_kept(text, "n", lambda one, name: parse_script(one, name=name))
    run(bench, script=kept)
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}


def test_a_change_is_told_with_its_file_and_a_file_in_between_too(bench):
    """Only the file that changed disagrees, with its own lines; a new last file is no drift."""
    bench.sql("insert into t_numbers values (1)")
    with pytest.raises(StepFailed):
        run(bench)
    changed = {**FILES, "n/01.sql": "-- now\n" + FILES["n/01.sql"].replace("'one'", "'uno'")}
    with pytest.raises(DriftError) as drift:
        run(bench, changed)
    said = str(drift.value)
    assert "n/01.sql:2: step 01.step_1 is done, but its text was changed" in said
    assert "--- n/01.sql as it ran" in said
    assert "-insert into t_ledger values ('one', 1);" in said
    assert "+insert into t_ledger values ('uno', 1);" in said
    gone = {name: text for name, text in FILES.items() if name != "n/01.sql"}
    with pytest.raises(DriftError, match="no longer in the script") as drift:
        run(bench, gone)
    assert "--- n/01.sql as it ran" in str(drift.value)
    bench.sql("delete from t_numbers")
    more = {**FILES, "n/04.sql": "insert into t_ledger values ('four', 4);\n"}
    assert run(bench, more).steps[-1].name == "04.step_1"
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1, "four": 1}


def test_the_command_line_runs_and_plans_several_files(bench, tmp_path, capsys, monkeypatch):
    """Files and folders in the order in which they are given; `status` knows the steps."""
    folder = tmp_path / "n"
    folder.mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "last.sql").write_text("insert into t_ledger values ('last', 9);\n")
    given = [str(folder), str(tmp_path / "last.sql")]
    assert main(["plan", *given]) == 0
    assert "03.step_1" in capsys.readouterr().out
    monkeypatch.setenv("ORACLE_PASSWORD", bench.target.password)
    to = ["--dsn", bench.target.dsn, "--user", bench.target.user, "--run-key", bench.key]
    assert main(["run", *given, *to]) == 0
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1, "last": 1}
    assert list(bench.states()) == ["01.step_1", "02.step_1", "03.step_1", "last.step_1"]


def test_a_repaired_file_is_given_with_the_others(bench, tmp_path, monkeypatch):
    """`resume --file` takes all files of the run, in order."""
    (tmp_path / "n").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "n/02.sql").write_text("insert into t_nowhere values (1);\n")
    monkeypatch.setenv("ORACLE_PASSWORD", bench.target.password)
    to = ["--dsn", bench.target.dsn, "--user", bench.target.user, "--run-key", bench.key]
    given = [str(tmp_path / name) for name in FILES]
    assert main(["run", *given, *to]) != 0
    (tmp_path / "n/02.sql").write_text(FILES["n/02.sql"])
    assert main(["resume", *to]) != 0
    assert main(["resume", *(word for one in given for word in ("--file", one)), *to]) == 0
    assert bench.ledger() == {"one": 1, "two": 1, "three": 1}
