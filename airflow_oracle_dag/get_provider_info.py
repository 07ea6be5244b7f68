"""What Airflow asks of every provider: read at the start of each command, so it imports nothing."""

from __future__ import annotations

from typing import Any

INTEGRATION = "Oracle DAG"


def get_provider_info() -> dict[str, Any]:
    """Describe this provider in the words of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-oracle-dag",
        "name": INTEGRATION,
        "description": "Durable execution for Oracle SQL scripts.",
        "integrations": [
            {
                "integration-name": INTEGRATION,
                "tags": ["software"],
            }
        ],
        "hooks": _modules(
            "airflow_oracle_dag.hooks.oracle_script",
            "airflow_oracle_dag.hooks.control_table",
        ),
        "operators": _modules(
            "airflow_oracle_dag.operators.oracle_script",
            "airflow_oracle_dag.operators.glue_oracle_script",
            "airflow_oracle_dag.operators.run_condition",
        ),
        "sensors": _modules(
            "airflow_oracle_dag.sensors.control_table",
            "airflow_oracle_dag.sensors.oracle_state",
        ),
        "triggers": _modules("airflow_oracle_dag.triggers.waiting"),
        "extra-links": ["airflow_oracle_dag.operators.glue_link.GlueRunLink"],
        "task-decorators": [
            {
                "name": "oracle_script",
                "class-name": "airflow_oracle_dag.decorators.oracle_script.oracle_script_task",
            }
        ],
        "cli": ["airflow_oracle_dag.cli.airflow_commands.get_cli_commands"],
        "config": {
            "oracle_dag": {
                "description": "Checkpointed Oracle scripts and their control table.",
                "options": _options(),
            }
        },
    }


def _modules(*names: str) -> list[dict[str, Any]]:
    return [{"integration-name": INTEGRATION, "python-modules": list(names)}]


def _options() -> dict[str, Any]:
    return {
        "namespace": _option(
            "First part of every run key. Two Airflow installations that share checkpoint tables "
            "need different ones.",
            example="production",
            default="default",
        ),
        "schema": _option(
            "Owner of the checkpoint and control tables. Empty: the user of the connection.",
            example="ODAG",
        ),
        "environment": _option(
            "Whose rows of the control table this Airflow reads and writes.",
            example="production",
            default="default",
        ),
        "control_conn_id": _option(
            "Connection of the control table, of type oracle or aws. Empty: the connection of the "
            "task's script, else oracle_default.",
            example="control",
        ),
        "control_names": _option(
            "Names of the control table's tables and columns, as a JSON object. Empty: their own "
            "names.",
            example='{"job_table": "ETL.JOBS", "columns": {"JobName": "JOB_NM", "Owner": null}}',
        ),
        "calendar_folder": _option(
            "Folder of own calendars, one file NAME.csv each, with a day and a label in each line. "
            "Empty: only the calendars that the control table has, and public holidays.",
            example="/opt/airflow/calendars",
        ),
    }


def _option(description: str, *, example: str, default: str = "") -> dict[str, Any]:
    return {
        "description": description,
        "version_added": "0.1.0",
        "type": "string",
        "example": example,
        "default": default,
    }
