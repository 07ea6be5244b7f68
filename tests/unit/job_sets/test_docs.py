"""The examples of docs/job-sets.md are what they say they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from airflow_oracle_dag.job_sets.fields import WHEN
from airflow_oracle_dag.job_sets.load import load_job_sets
from airflow_oracle_dag.job_sets.model import Job, JobSet, Settings
from airflow_oracle_dag.job_sets.read import read_file, read_folder
from airflow_oracle_dag.job_sets.schema import schema_text

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/job-sets.md").read_text(encoding="utf-8")


def blocks(kind):
    """Return the code blocks of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def test_the_first_examples_are_good(folder):
    """YAML, TOML and the Python that loads them."""
    folder.write("raw.yaml", blocks("yaml")[0])
    folder.write("toml.toml", blocks("toml")[0])
    namespace = {"__file__": str(folder.dags / "dags.py")}
    exec(blocks("python")[0], namespace)  # noqa: S102 - an example of our own
    assert [one.problems for one in read_folder(folder.path)] == [[], []]
    assert len(namespace["raw"].tasks) == 5
    assert len(namespace["toml"].tasks) == 2


def test_the_example_of_mistakes_gives_the_shown_messages(folder):
    """Word for word."""
    file = folder.write("raw.yaml", blocks("yaml")[1])
    said = "\n".join(str(problem) for problem in read_file(file).problems)
    assert said.replace(str(file), "job_sets/raw.yaml") + "\n" == blocks("text")[0]


def test_every_field_and_word_is_documented():
    """No field of the model and no word of `when` is missing."""
    names = {field.alias or name for name, field in JobSet.model_fields.items()}
    names |= {field.alias or name for name, field in Job.model_fields.items()}
    names |= {field.alias or name for name, field in Settings.model_fields.items()}
    assert {name for name in names if f"`{name}" not in TEXT} == set()
    for when, rule in WHEN.items():
        assert re.search(rf"\| `{when}`.*\| `{rule}` \|", TEXT)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "dags/job_sets").iterdir()), ids=lambda one: one.name
)
def test_the_shipped_sets_are_good(file):
    """The examples in dags/ are read without complaint, by us and by the schema."""
    assert read_file(file).problems == []
    if file.suffix == ".yaml":
        data = json.loads(json.dumps(yaml.safe_load(file.read_text()), default=str))
        jsonschema.validate(data, json.loads(schema_text()))


def test_the_shipped_dag_file_makes_them():
    """Both sets are DAGs."""
    namespace = {"__file__": str(ROOT / "dags/job_sets.py")}
    assert list(load_job_sets("job_sets", namespace, on_error="raise")) == [
        "orders_daily",
        "orders_monthly",
    ]
