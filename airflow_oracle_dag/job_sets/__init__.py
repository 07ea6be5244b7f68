"""DAGs from a folder of YAML or TOML files, one DAG for each file.

    from airflow_oracle_dag.job_sets import load_job_sets

    load_job_sets("job_sets", globals())

Reading and checking a file needs no Airflow, so ``oracle-dag jobs lint`` is quick; only `build`
and `load` import it. Nothing here connects anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_oracle_dag.job_sets.load import load_job_sets

__all__ = ["load_job_sets"]


def __getattr__(name: str) -> Any:
    """Import what needs Airflow when it is asked for."""
    if name == "load_job_sets":
        from airflow_oracle_dag.job_sets.load import load_job_sets  # noqa: PLC0415 - see above

        return load_job_sets
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
