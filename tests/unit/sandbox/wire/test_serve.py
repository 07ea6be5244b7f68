"""The sandbox as a process: it says when it is ready and leaves nothing behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys

import oracledb
import pytest

from airflow_oracle_dag.cli.main import main as command
from airflow_oracle_dag.cli.main import parser
from airflow_oracle_dag.sandbox.serve import main
from airflow_oracle_dag.sandbox.server import SandboxServer
from tests.unit.sandbox.wire.fake_session import FakeDatabase

PROGRAM = (
    "import sys; from airflow_oracle_dag.sandbox.serve import main; "
    "sys.exit(main(host=sys.argv[1], port=int(sys.argv[2]), reply_delay=1))"
)


def start(host: str, port: int, **environment: str) -> subprocess.Popen[str]:
    """Start the sandbox as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, host, str(port)],
        env={k: v for k, v in os.environ.items() if k != "ORACLE_PASSWORD"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid: int) -> list[str]:
    """Give the processes below one, as ps sees them."""
    listing = subprocess.run(
        ["ps", "-eo", "ppid=,pid=,args="],  # noqa: S607 - ps is where the system has it
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(pid) and "postgres" in row[2]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal(number):
    """It prints a password it made and one line when ready, serves, and ends with 0."""
    with start("127.0.0.1", 0) as process:
        made = process.stdout.readline().split()
        ready = process.stdout.readline().split()
        assert made[:3] == ["password", "of", "demo:"]
        assert ready[0] == "ready"
        connection = oracledb.connect(user="demo", password=made[3], dsn=ready[1])
        assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)
        process.send_signal(number)
        assert process.wait(30) == 0
        assert children(process.pid) == []


def test_the_password_comes_from_the_environment():
    """A password in ORACLE_PASSWORD is used and not printed."""
    with start("127.0.0.1", 0, ORACLE_PASSWORD="given-to-it") as process:
        line = process.stdout.readline()
        assert line.startswith("ready 127.0.0.1:")
        oracledb.connect(user="demo", password="given-to-it", dsn=line.split()[1]).close()
        process.terminate()
        output, errors = process.communicate(timeout=30)
        assert "given-to-it" not in output + errors


def test_a_taken_port_and_a_foreign_host_are_refused():
    """Both end with 2 and a line that says why, instead of a traceback or a hang."""
    with SandboxServer(FakeDatabase()) as server, start("127.0.0.1", server.port) as process:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 2
        assert f"cannot listen on 127.0.0.1:{server.port}" in errors
        assert "Traceback" not in errors
    with start("192.0.2.1", 0) as process:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 2
        assert "not loopback: --allow-remote permits it" in errors


def test_data_that_cannot_be_kept_is_refused(tmp_path, capsys):
    """With the place and the reason."""
    (tmp_path / "file").touch()
    assert main(port=0, data=tmp_path / "file", password="given-to-it") == 2
    assert f"cannot keep the data in {tmp_path / 'file'}: Not a dir" in capsys.readouterr().err


def test_data_that_another_sandbox_has_are_left_alone(tmp_path, capsys):
    """Two would not know of each other's sessions, and each would stop the other's database."""
    with (tmp_path / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert main(port=0, data=tmp_path, password="given-to-it") == 2
    assert f"cannot keep the data in {tmp_path}: another sandbox uses it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", ""], "--data names no folder"),
        (["--reply-delay", "-5"], "'-5' is no number of milliseconds"),
        (["--service", "A,"], "'A,' names no services"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(arguments, said, capsys):
    """A typing error must not cost somebody his data."""
    with contextlib.suppress(SystemExit):
        assert command(["sandbox", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_services_are_given_to_it():
    """Several names, one database."""
    assert parser().parse_args(["sandbox", "--service", "FREEPDB1, etl"]).service == "FREEPDB1,etl"
