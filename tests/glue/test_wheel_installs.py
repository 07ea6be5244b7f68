"""The job's wheel as pip of Python 3.9 takes it, and the job's script, which needs only that."""

from __future__ import annotations

import json
import subprocess

from airflow_oracle_dag.glue import deploy
from airflow_oracle_dag.glue.wheel import pack
from tests.glue.python39 import python39


def test_pip_installs_it_without_an_index_and_the_script_finds_it(tmp_path):
    """As Glue does: into a folder of its own. The driver is this Python's, whose wheel is big."""
    wheel = pack([], [])
    file, script, folder = tmp_path / wheel.name, tmp_path / "job.py", tmp_path / "installed"
    file.write_bytes(wheel.data)
    script.write_bytes(deploy._SCRIPT)
    pip = [
        python39(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--no-index",
        f"--target={folder}",
        file,
    ]
    subprocess.run(pip, check=True)
    command = [python39(), script, "--scriptLocation", "s3://jobs/job.py"]
    run = subprocess.run(
        command, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (2, "")
    assert "runs of this job are started by the operator" in json.loads(run.stdout)["message"]
