"""Run what comes downstream, or not, by a run condition."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.python import ShortCircuitOperator

from airflow_oracle_dag.compat import interval_of, keep_supported, zone_name
from airflow_oracle_dag.core.decision import decide
from airflow_oracle_dag.core.errors import Undecidable
from airflow_oracle_dag.core.jobs import Decision, Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.hooks.control_table import ControlTableHook


class RunConditionOperator(ShortCircuitOperator):
    """Skip what comes downstream unless a condition is true for the run's due date.

    The decision is the task's XCom: JobName, RunCondition, SkipFlag, ShouldRunToday, Reason.

    :param condition: a run condition, such as ``MONDAY, WEDNESDAY and not HOLIDAYS``. (templated)
    :param job_name: JobName of a row of the control table that decides, instead of a condition:
        SkipFlag, StartDate, EndDate and RunCondition. (templated)
    :param timezone: whose day counts where the row names no zone; the DAG's unless given.
    :param calendar: name of the condition's calendar, such as ``DE-BY``; a row has its own.
    :param due: which moment of the run decides: ``end`` of the data interval (else run_after),
        ``start`` or ``logical_date``.
    :param ignore_downstream_trigger_rules: skip everything downstream, whatever its trigger rule;
        else only what follows at once, and the rules of the rest decide.
    :param control_conn_id: id of the control table's connection; ``[oracle_dag] control_conn_id``,
        else ``oracle_default``. (templated)
    :param environment: whose row is meant; ``[oracle_dag] environment`` unless given. (templated)
    """

    template_fields: Sequence[str] = ("condition", "job_name", "control_conn_id", "environment")
    ui_color = "#f0e9d2"

    def __init__(
        self,
        *,
        condition: str | None = None,
        job_name: str | None = None,
        timezone: str | None = None,
        calendar: str | None = None,
        due: str = "end",
        control_conn_id: str | None = None,
        environment: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            python_callable=_not_called,
            show_return_value_in_logs=False,
            **keep_supported(kwargs),
        )
        if (condition is None) == (job_name is None):
            raise ValueError(f"task {self.task_id} decides by one of both: condition or job_name")
        self.condition = condition
        self.job_name = job_name
        self.timezone = timezone
        self.calendar = calendar
        self.due = due
        self.control_conn_id = control_conn_id
        self.environment = environment
        self._runs = False

    def execute(self, context: Context) -> dict[str, Any]:
        """Decide, and skip what comes downstream if need be; return the decision.

        :raises Undecidable: when condition or row are wrong: nothing is skipped and nothing runs.
        """
        decision = self._decision(context)
        if decision.error:
            raise Undecidable(decision.error, job=decision.job_name)
        self._runs = decision.should_run
        fields = decision.as_fields()
        self.log.info("%s: %s", "runs" if self._runs else "skips", decision.reason)
        context["ti"].xcom_push(key="return_value", value=fields)  # skipping leaves by an exception
        super().execute(context)
        return fields

    def execute_callable(self) -> bool:
        """Tell the short circuit what was decided."""
        return self._runs

    def _decision(self, context: Context) -> Decision:
        # What a control table needs takes its time to import, and DAG files are parsed often.
        from airflow_oracle_dag.hooks.control_table import ControlTableHook  # noqa: PLC0415 - above

        hook = ControlTableHook(self.control_conn_id, self.environment)
        zone = self.timezone or zone_name(context)
        due = interval_of(context).due(self.due)
        if self.condition is None:
            return self._by_row(hook, zone, due)
        job = Job(
            name=self.task_id,
            run_condition=self.condition.strip(),
            calendar=self.calendar or "",
        )
        if not hook.is_configured or not self.calendar:
            return decide(job, due, hook.surroundings(zone))
        with closing(hook.get_table()) as table:  # it may keep a calendar of that name
            return decide(job, due, hook.surroundings(zone, table))

    def _by_row(self, hook: ControlTableHook, zone: str, due: Any) -> Decision:
        with closing(hook.get_table()) as table:
            job = table.job(hook.environment, str(self.job_name))
            return decide(job, due, hook.surroundings(zone, table))


def _not_called() -> None:
    """Stand in for the function of a ShortCircuitOperator."""
