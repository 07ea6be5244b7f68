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
        "hooks": _modules("airflow_oracle_dag.hooks.oracle_script"),
        "operators": _modules("airflow_oracle_dag.operators.oracle_script"),
        "task-decorators": [
            {
                "name": "oracle_script",
                "class-name": "airflow_oracle_dag.decorators.oracle_script.oracle_script_task",
            }
        ],
        "cli": ["airflow_oracle_dag.cli.airflow_commands.get_cli_commands"],
        "config": {
            "oracle_dag": {
                "description": "Checkpointed Oracle scripts.",
                "options": {
                    "namespace": {
                        "description": (
                            "First part of every run key. Two Airflow installations that share "
                            "checkpoint tables need different ones."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "production",
                        "default": "default",
                    },
                    "schema": {
                        "description": (
                            "Owner of the checkpoint tables. Empty: the user of the connection."
                        ),
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "ODAG",
                        "default": "",
                    },
                },
            }
        },
    }


def _modules(*names: str) -> list[dict[str, Any]]:
    return [{"integration-name": INTEGRATION, "python-modules": list(names)}]
