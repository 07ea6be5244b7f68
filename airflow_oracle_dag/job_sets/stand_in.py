"""What stands in Airflow for a file that cannot be built.

Airflow knows import errors only for a whole DAG file, and one of them takes all its DAGs off the
schedule. So a broken file becomes a DAG of its own: it has the id of the set, it is due when the
set is, if that much can be read, and its one task fails with the list of mistakes. Nobody can take
that for a night without work, and the other sets go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import DAG, AirflowFailException, BaseOperator

from airflow_oracle_dag.job_sets.build import empty_dag
from airflow_oracle_dag.job_sets.model import Timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

TASK_ID = "the_file_has_mistakes"
TAG = "broken-job-set"


class BrokenJobSetOperator(BaseOperator):
    """Fail with what is wrong with the file of a job set; a retry would not help.

    :param report: every mistake with file, line, field and cure.
    """

    ui_color = "#f2b8b5"

    def __init__(self, *, report: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.report = report

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Fail."""
        raise AirflowFailException(
            f"the file of this job set has mistakes, so none of its jobs ran:\n{self.report}\n"
            "After they are mended, clear this run: it then runs the jobs."
        )


def stand_in(dag_id: str, timing: Timing | None, problems: Sequence[object]) -> DAG:
    """Build the DAG that stands for a broken file.

    :param timing: when the set is due, as far as it could be read.
    """
    report = "\n".join(str(problem) for problem in problems)
    # Missed runs are not made up for: one failed run says as much as a hundred.
    known = (timing or Timing()).model_copy(update={"catchup": False})
    dag = empty_dag(
        known,
        dag_id,
        searchpath=[],
        max_active_runs=1,
        tags=[TAG],
        description="The file of this job set has mistakes",
        doc_md=f"The file of this job set has mistakes:\n\n```\n{report}\n```\n",
    )
    BrokenJobSetOperator(task_id=TASK_ID, report=report, dag=dag)
    return dag
