"""`airflow oracle-dag ...`: the same verbs by the real Airflow's command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_oracle_dag.cli.arguments import VERBS

AIRFLOW = Path(sys.executable).with_name("airflow")
SCRIPT = """
-- @step one
INSERT INTO shared_work (run_key) VALUES (:run_id);
-- @step two
INSERT INTO shared_late (run_key) VALUES (:run_id);
"""
#: Build Airflow's own parser and say which of our verbs each command line leads to.
PARSE = """
import json, sys
from airflow.cli.cli_parser import get_parser
parser = get_parser()
print(json.dumps([
    parser.parse_args(["oracle-dag", *words]).func.args[0] for words in json.loads(sys.argv[1])
]))
"""
#: What a verb cannot do without, beside what it has in common with others.
NEEDS = {"file": ["x.sql"], "paths": ["x.sql"], "step": ["one"], "job": ["j"], "jobs": ["j"]}


@pytest.fixture(scope="module")
def environment(database, tmp_path_factory):
    """Return the environment of an Airflow that knows the database by a connection."""
    database.change("CREATE TABLE shared_work (run_key VARCHAR2(100))")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("ORACLE_")},
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__ORACLE_DAG__NAMESPACE": "configured",
        "AIRFLOW_CONN_WAREHOUSE": json.dumps(database.airflow_connection()),
    }


@pytest.fixture(scope="module")
def call(environment):
    """Return a function that runs a verb by Airflow's command line."""

    def run(*arguments):
        return subprocess.run(
            [AIRFLOW, "oracle-dag", *arguments, "--conn-id", "warehouse"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run


def lines_of(verbs, before=()):
    """Return the shortest command line of each verb."""
    for verb in verbs:
        words = [*before, verb.name]
        if verb.verbs:
            yield from lines_of(verb.verbs, words)
            continue
        for one in verb.arguments:
            if one.options.get("required"):
                kind = one.options.get("type")
                words += [one.flags[0], "1d" if kind and kind.__name__ == "age" else "2026-11-20"]
            elif not one.flags[0].startswith("-") and one.options.get("nargs") != "?":
                words += NEEDS.get(one.flags[0], ["x"])
        yield words


@pytest.mark.timeout(120)
def test_every_verb_is_in_airflow_s_parser(environment):
    """Each leads to the verb of its name, with the arguments that it has without Airflow."""
    wanted = list(lines_of(VERBS))
    done = subprocess.run(
        [sys.executable, "-c", PARSE, json.dumps(wanted)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    led = json.loads(done.stdout.splitlines()[-1])
    for words, verb in zip(wanted, led, strict=True):
        assert " ".join(words).startswith(verb)


@pytest.mark.timeout(300)
def test_a_run_is_begun_repaired_and_looked_at(call, database, tmp_path):
    """One verb that works, one that changes and one that reads, with their exit codes."""
    file = tmp_path / "shared.sql"
    file.write_text(SCRIPT)
    failed = call("run", str(file), "--run-key", "shared")
    assert failed.returncode == 1, failed.stderr
    assert "ORA-00942" in failed.stderr and "To mend it" in failed.stderr
    marked = call("mark-done", "--run-key", "shared", "--step", "two", "--why", "not needed today")
    assert marked.returncode == 0, marked.stderr
    shown = call("history", "--run-key", "shared", "--json")
    assert shown.returncode == 0, shown.stderr
    found = json.loads(shown.stdout[shown.stdout.index("{") :])
    assert found["namespace"] == "configured"
    (generation,) = found["generations"]
    assert generation["state"] == "SUCCEEDED"
    assert generation["by_hand"][0]["why"] == "not needed today"
    assert database.query("SELECT run_key FROM shared_work") == [("shared",)]
