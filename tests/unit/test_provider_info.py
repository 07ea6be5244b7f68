"""What Airflow learns of this provider."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import airflow
import jsonschema

from airflow_oracle_dag.get_provider_info import get_provider_info


def test_the_description_follows_airflow_s_schema():
    """Every section has the form that Airflow demands of a provider."""
    schema = Path(airflow.__file__).parent / "provider_info.schema.json"
    jsonschema.validate(get_provider_info(), json.loads(schema.read_text()))


def test_everything_that_is_named_exists():
    """Modules, classes and functions that the description names can be imported."""
    info = get_provider_info()
    for section in ("hooks", "operators", "sensors", "triggers"):
        for entry in info[section]:
            for module in entry["python-modules"]:
                importlib.import_module(module)
    paths = [one["class-name"] for one in info["task-decorators"]] + info["cli"]
    for path in paths:
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_entry_points_lead_to_the_package():
    """Airflow finds the provider and the plugin by their entry points."""
    providers = entry_points(group="apache_airflow_provider")
    (plugin,) = entry_points(group="airflow.plugins", name="oracle_dag")
    assert get_provider_info in [
        one.load() for one in providers if one.module.startswith("airflow_oracle_dag.")
    ]
    assert plugin.load().name == "oracle_dag"


def test_the_description_imports_nothing_heavy():
    """Reading the description and the commands leaves Airflow and the driver unimported."""
    code = (
        "import sys; import airflow_oracle_dag.get_provider_info as g; g.get_provider_info();"
        "import airflow_oracle_dag.cli.airflow_commands;"
        "print([m for m in ('airflow', 'oracledb', 'sqlglot', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
