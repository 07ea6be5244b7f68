"""``glue/job.py`` in a process of Python 3.9, against the sandbox and AWS as moto serves it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_oracle_dag.core.handed import JobState
from airflow_oracle_dag.core.values import Secret, Timestamp
from airflow_oracle_dag.glue.contract import ATTEMPT_ARGUMENT, HAND_OFF_ARGUMENT, HandOff
from airflow_oracle_dag.glue.job import main
from airflow_oracle_dag.glue.log_lines import LogLines
from airflow_oracle_dag.glue.parts import InS3, SecretPlace
from airflow_oracle_dag.runtime.errors import OracleDagError, StepFailed
from tests.glue.aws import REGION, client, served
from tests.glue.job_runs import JobRuns
from tests.glue.python39 import python39
from tests.integration.conftest import Bench, bench, target  # noqa: F401 - fixtures

MIXED = """\
-- @step first
insert into t_ledger values ('first', 1);
-- @step second run_on=glue
insert into t_ledger values ('second', 1);
-- @step third run_on=glue
begin insert into t_ledger values ('third', 1); end;
/
-- @step fourth
insert into t_ledger values ('fourth', 1);
"""
EVERYTHING = {"first": 1, "second": 1, "third": 1, "fourth": 1}


@pytest.fixture(scope="module")
def url(target: Any) -> Iterator[str]:  # noqa: F811 - pytest's way to name a fixture
    """Give the address of AWS, with a bucket and the secret of the database."""
    with served() as address:
        secret = {"username": target.user, "password": target.password, "dsn": target.dsn}
        _put_secret(address, "prod/db", secret)
        client("s3", address).create_bucket(
            Bucket="jobs", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield address


@pytest.fixture
def runs(url: str, tmp_path: Path) -> Iterator[JobRuns]:
    """Give a carrier into processes."""
    made = JobRuns(url, python39(), tmp_path)
    yield made
    made.close()


def _put_secret(url: str, name: str, secret: dict[str, Any]) -> None:
    client("secretsmanager", url).create_secret(Name=name, SecretString=json.dumps(secret))


def _is_json(run: Any) -> None:
    assert run.other == []
    assert run.lines
    for line in run.lines:
        assert {"time", "level", "version", "run", "attempt", "kind", "message"} <= set(line)


def test_steps_between_two_of_the_worker_run_in_a_process_of_their_own(bench, runs):  # noqa: F811
    """Each once, with the driver that Glue has; its lines tell what it did."""
    result = bench.run(MIXED, carriers={"glue": runs})
    assert bench.ledger() == EVERYTHING
    assert [step.state.value for step in result.steps] == ["SUCCEEDED"] * 4
    (run,) = runs.runs
    assert run.end() == 0
    _is_json(run)
    assert any("oracledb 4.0.2, Python 3.9." in one for one in run.messages)
    assert {line.get("step") for line in run.lines} >= {"second", "third"}
    assert "steps done: 2, rows changed" in run.messages[-1]
    assert not any("first" in one or "fourth" in one for one in run.messages)


def test_values_and_a_script_in_s3_arrive(bench, runs, url):  # noqa: F811
    """The binds with their types and what the session sets, but no secret of the worker's."""
    script = """\
alter session set nls_date_format = 'YYYY-MM-DD HH24:MI:SS';
-- @step here
insert into t_ledger select :hidden, 1 from dual where 1 = 0;
-- @step there run_on=glue
insert into t_ledger
select to_char(:day) || '|' || :word || '|' || to_char(:moment, 'FF6') || '|' || :nothing, :amount
  from dual;
"""
    values = {
        "day": datetime(2026, 11, 20, 1, 2, 3),
        "word": "na\u00efve ' \U0001f600",
        "moment": Timestamp(datetime(2026, 11, 20, 1, 2, 3, 456789)),
        "nothing": None,
        "amount": Decimal("1.25"),
        "hidden": Secret("hush-of-the-worker"),
    }

    def placed(handed: HandOff) -> HandOff:
        assert "hush" not in handed.to_json()
        body = handed.script_document()
        client("s3", url).put_object(Bucket="jobs", Key="scripts/one.json", Body=body)
        return handed.in_s3("s3://jobs/scripts/one.json")

    runs.change = placed
    bench.run(script, parameters=values, carriers={"glue": runs})
    ((entry, amount),) = bench.sql("select entry, amount from t_ledger")
    assert entry == "2026-11-20 01:02:03|na\u00efve ' \U0001f600|456789|"
    assert amount == 1.25
    assert runs.runs[0].end() == 0


def test_a_statement_that_fails_there_fails_here_and_a_retry_resumes(bench, runs):  # noqa: F811
    """The exit code tells Glue; the error and its line tell everybody else."""
    with pytest.raises(StepFailed, match="ORA-00942") as failed:
        bench.run(
            MIXED.replace("t_ledger values ('second'", "t_missing values ('second'"),
            carriers={"glue": runs},
        )
    assert (failed.value.step, failed.value.line) == ("second", 4)
    assert runs.runs[0].end() == 1
    assert runs.runs[0].lines[-1]["level"] == "ERROR"
    assert bench.ledger() == {"first": 1}
    bench.run(MIXED, carriers={"glue": runs})
    assert bench.ledger() == EVERYTHING


def test_a_second_run_for_the_same_attempt_does_nothing(bench, runs):  # noqa: F811
    """As a lost answer to StartJobRun may leave one."""
    handed: list[HandOff] = []
    runs.change = lambda given: handed.append(given) or given
    bench.run(MIXED, carriers={"glue": runs})
    again = runs.begin(handed[0])
    assert again.end() == 0
    assert any("nothing to do: " in one for one in again.messages)
    assert bench.ledger() == EVERYTHING


def test_a_run_that_is_stopped_rolls_back_and_a_retry_resumes(bench, runs):  # noqa: F811
    """Within the time that Glue leaves it."""
    bench.sql("insert into t_numbers values (60)")
    slow = MIXED.replace(
        "begin insert into t_ledger values ('third', 1); end;",
        "declare s number; begin insert into t_ledger values ('third', 1);"
        " select max(n) into s from t_numbers; dbms_session.sleep(s); end;",
    )
    runner = bench.runner(slow, carriers={"glue": runs}, wait_for_jobs=False)
    waiting = runner.run().waiting
    assert waiting is not None
    runs.runs[0].wait_for("second")
    deadline = time.monotonic() + 30
    while bench.states()["third"] != "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    runs.runs[0].process.terminate()
    assert runs.runs[0].end() == 130
    assert time.monotonic() - began < 10
    assert bench.ledger() == {"first": 1, "second": 1}
    bench.sql("update t_numbers set n = 0")
    bench.run(slow, carriers={"glue": runs})
    assert bench.ledger() == EVERYTHING


def test_a_secret_that_is_missing_is_told_and_a_retry_resumes(bench, runs, target, url):  # noqa: F811
    """Nothing was begun there, and nothing is lost."""
    runs.secret_id = "prod/mended"
    with pytest.raises(OracleDagError):
        bench.run(MIXED, carriers={"glue": runs})
    assert runs.runs[0].end() == 2
    assert "check glue_secret_id of the task" in runs.runs[0].messages[-1]
    secret = {"username": target.user, "password": target.password, "dsn": target.dsn}
    _put_secret(url, "prod/mended", secret)
    bench.run(MIXED, carriers={"glue": runs})
    assert bench.ledger() == EVERYTHING


# -- what is wrong before anything begins; the process plays no part in it -----------------------


@pytest.fixture
def handed(bench, url, tmp_path, monkeypatch) -> HandOff:  # noqa: F811
    """Give the hand-off of an attempt that nobody has begun."""
    runs, given = JobRuns(url, "no interpreter", tmp_path), []
    at_work = JobState("RUNNING", enabled=True, running=True)
    monkeypatch.setattr(runs, "begin", given.append)
    monkeypatch.setattr(runs, "state", lambda row: at_work if given else JobState())
    for name, value in runs.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    bench.run(MIXED, carriers={"glue": runs}, wait_for_jobs=False)
    return given[0]


def _said(handed: HandOff, *more: str, token: str = "") -> tuple[int, str]:
    """Return how a process would end, and its last line."""
    stream = io.StringIO()
    own = [HAND_OFF_ARGUMENT, handed.to_argument(), f"{ATTEMPT_ARGUMENT}={token or handed.token}"]
    code = main([*own, *more], LogLines(stream))
    line = json.loads(stream.getvalue().splitlines()[-1])
    assert line["level"] == "ERROR"
    return code, line["message"]


def test_what_is_wrong_is_told_with_its_cure(handed, bench, target, url):  # noqa: F811
    """The versions, the arguments, the script in S3, the secret, and where it leads."""
    code, said = _said(replace(handed, version="9.9"))
    assert code == 2
    assert "the operator has airflow-oracle-dag 9.9, and the Glue job has 0." in said
    code, said = _said(handed, token="other:1")
    assert code == 2
    assert "the arguments of two runs were mixed" in said
    code, said = _said(replace(handed, script=InS3("s3://jobs/not-there", "0" * 64)))
    assert code == 2
    assert "the script in s3://jobs/not-there: NoSuchKey" in said
    _put_secret(url, "prod/fields", {"username": "u", "dsn": "h/s"})
    code, said = _said(replace(handed, secret=SecretPlace("prod/fields")))
    assert code == 2
    assert "secret prod/fields: its field password is missing" in said
    code, said = _said(replace(handed, settings=replace(handed.settings, schema="NOBODY")))
    assert code == 2
    assert "oracle-dag init" in said
    other = replace(handed, identity=replace(handed.identity, run_key="nobody's"))
    code, said = _said(other)
    assert code == 2
    assert "and there is no run nobody's" in said
    assert bench.states()["second"] == "PENDING"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "hush-wrong"}, "check the user name and the password"),
        ({"dsn": "127.0.0.1:1/nowhere"}, "only with a Glue connection of that network"),
    ],
    ids=["password", "network"],
)
def test_a_database_that_cannot_be_reached_is_told(handed, target, url, change, said):  # noqa: F811
    """The password is not in it."""
    secret = {"username": target.user, "password": target.password, "dsn": target.dsn, **change}
    name = f"prod/{next(iter(change))}"
    _put_secret(url, name, secret)
    code, told = _said(replace(handed, secret=SecretPlace(name)))
    assert code == 2
    assert told.startswith(f"secret {name}: cannot connect: ")
    assert said in told
    assert "hush" not in told


def test_a_run_that_somebody_starts_by_hand_is_told_that(capsys):
    """Glue gives a run arguments of its own, and none of these."""
    assert main(["--scriptLocation", "s3://jobs/job.py"]) == 2
    line = json.loads(capsys.readouterr().out)
    assert "the argument --odag_handoff is missing" in line["message"]
