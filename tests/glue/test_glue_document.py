"""docs/glue.md: its policies are such, and say what the code asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from airflow_oracle_dag.cli.glue_arguments import GLUE
from airflow_oracle_dag.glue.contract import MOST_INLINE
from airflow_oracle_dag.glue.job import FAILED, IN_DOUBT, STOPPED, SUCCEEDED, UNUSABLE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "glue.md").read_text(encoding="utf-8")
POLICIES = {
    name: json.loads(text)
    for name, text in re.findall(r"<!-- policy: (\w+) -->\n```json\n(.*?)```", TEXT, re.DOTALL)
}
LOADER = Loader()  # it keeps what it has read
#: Actions that are no operation of their service's API by the same name.
_OTHERWISE = {"s3", "iam", "sts", "ec2"}


def _actions(name: str) -> set[str]:
    found: set[str] = set()
    for statement in POLICIES[name]["Statement"]:
        actions: Any = statement["Action"]
        found.update([actions] if isinstance(actions, str) else actions)
    return found


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_each_action_is_one_of_its_service(name):
    """By the service's own model."""
    for action in _actions(name):
        service, _, operation = action.partition(":")
        if service not in _OTHERWISE:
            assert operation in LOADER.load_service_model(service, "service-2")["operations"]


def test_what_is_asked_of_aws_is_what_the_policies_give():
    """Nothing is missing in them, and nothing is too much."""
    code = {
        "airflow": "airflow_oracle_dag/hooks/glue_runs.py",
        "deployer": "airflow_oracle_dag/glue/deploy.py",
        "job": "airflow_oracle_dag/glue/aws.py",
    }
    # What Glue itself does for a job under its role, and what passing a role is.
    beside = {
        "job": {"CreateLogGroup", "CreateLogStream", "PutLogEvents"},
        "deployer": {"PassRole"},
    }
    for name, file in code.items():
        source = (ROOT / file).read_text(encoding="utf-8")
        asked = set(
            re.findall(r"[\"'.]((?:get|put|start|batch|create|update)_[a-z_]+)[\"'(]", source)
        )
        asked = {"".join(part.title() for part in one.split("_")) for one in asked}
        given = {action.partition(":")[2] for action in _actions(name)} - beside.get(name, set())
        assert given - {"GetObject"} <= asked, name
        operations = asked & _operations()
        assert operations <= given, name


def _operations() -> set[str]:
    services = ("glue", "logs", "s3", "secretsmanager")
    return {
        each
        for one in services
        for each in LOADER.load_service_model(one, "service-2")["operations"]
    }


def test_arguments_exit_codes_and_limits_are_the_codes():
    """Each argument of the verb is in the table, and no other."""
    flags = {one.flags[0] for one in GLUE[0].arguments}
    table = TEXT.partition("| Argument |")[2].partition("\n\n")[0]
    named = set(re.findall(r"--[a-z][a-z-]+", table))
    assert named | {"--print"} == flags
    codes = re.findall(r"^\| (\d+) \| (?:SUCC|FAIL)", TEXT, re.MULTILINE)
    assert [int(code) for code in codes] == [SUCCEEDED, FAILED, UNUSABLE, IN_DOUBT, STOPPED]
    assert f"more than {MOST_INLINE:,} characters" in TEXT
