"""Everything that differs between the versions of Airflow, in one place.

What Airflow 3.3 brought steps aside on an older one: a retry policy decides nothing there, a run
leaves no summary in the task state store, and nobody can be asked. Each says so once, in one line
of the log. Steps leave no spans there, either.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from airflow_oracle_dag.core.jobs import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION
    from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
    from airflow.sdk.exceptions import TaskAwaitingInput
else:
    try:
        from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy
    except ImportError:  # before Airflow 3.3

        class RetryPolicy:
            """Stand in for the base class of retry policies."""

        RetryDecision = None

    try:
        from airflow.sdk.exceptions import TaskAwaitingInput
    except ImportError:  # before Airflow 3.3
        TaskAwaitingInput = None

    if AIRFLOW_V_3_0_PLUS:
        from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION
    else:
        from airflow.utils.types import NOTSET as SET_DURING_EXECUTION

__all__ = [
    "SET_DURING_EXECUTION",
    "RetryDecision",
    "RetryPolicy",
    "airflow_says_success",
    "answer_awaited",
    "ask_person",
    "can_ask",
    "decided_by",
    "interval_of",
    "keep_summary",
    "keep_supported",
    "metrics",
    "skip_tasks",
    "states_of_tasks",
    "tracer",
    "zone_name",
]

log = logging.getLogger(__name__)


@cache
def _say_once(text: str) -> None:
    log.warning(text)


def keep_supported(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return an operator's arguments without those that this version of Airflow does not know.

    :param arguments: keyword arguments meant for ``BaseOperator``.
    """
    if RetryDecision is not None or "retry_policy" not in arguments:
        return arguments
    _say_once("retry_policy needs Airflow 3.3 and is ignored: retries and retry_delay decide")
    return {name: value for name, value in arguments.items() if name != "retry_policy"}


def airflow_says_success(task_instance: Any) -> bool:
    """Tell whether Airflow itself counts this task instance as a success.

    The success listener also runs in a process whose supervisor died and whose success nobody took
    note of; so the state is asked for where Airflow keeps it. Airflow 3 answers through the
    supervisor (``GetTaskStates``), Airflow 2 from its own database.
    """
    if not AIRFLOW_V_3_0_PLUS:
        return str(task_instance.current_state()) == "success"
    mapped = task_instance.map_index is not None and task_instance.map_index >= 0
    found = task_instance.get_task_states(
        dag_id=task_instance.dag_id,
        task_ids=[task_instance.task_id],
        run_ids=[task_instance.run_id],
        map_index=task_instance.map_index if mapped else None,
    )
    name = task_instance.task_id
    if mapped:
        name = f"{name}_{task_instance.map_index}"
    return str(found.get(task_instance.run_id, {}).get(name)) == "success"


def can_ask() -> bool:
    """Tell whether a task of this version of Airflow can wait for a person's answer."""
    if TaskAwaitingInput is not None:
        return True
    _say_once("on_doubt='ask' needs Airflow 3.3: the task fails and says how to answer")
    return False


def ask_person(
    context: Mapping[str, Any],
    question: Mapping[str, Any],
    fields: Mapping[str, tuple[str, str | None]],
) -> dict[str, Any]:
    """Put a question to whoever looks at Airflow's required actions; return what they are shown.

    A task instance that asks again shows its first question until Airflow gives it a new text
    (apache/airflow pull request 73235): what is shown may be an older one.

    :param context: the task's context.
    :param question: ``subject``, ``body`` (Markdown) and ``options``, one of which is the answer.
    :param fields: of the form beside it, by name: a description, and what it is filled with.
    :return: what the fields are filled with.
    """
    from airflow.sdk import Param  # noqa: PLC0415 - this and the next are there from Airflow 3.1
    from airflow.sdk.execution_time import task_runner  # noqa: PLC0415 - as above
    from airflow.sdk.execution_time.comms import CreateHITLDetailPayload  # noqa: PLC0415 - as above

    form = {
        name: Param(filled, description=description, type=["null", "string"]).serialize()
        for name, (description, filled) in fields.items()
    }
    # As `upsert_hitl_detail` of the SDK does, which keeps the answer for itself.
    shown = task_runner.SUPERVISOR_COMMS.send(
        CreateHITLDetailPayload(ti_id=context["ti"].id, params=form, assigned_users=[], **question)
    )
    stored = getattr(shown, "params", None) or form
    return {name: one["value"] if isinstance(one, dict) else one for name, one in stored.items()}


def answer_awaited(method: str, kwargs: Mapping[str, Any], seconds: float | None) -> BaseException:
    """Return what a task raises to wait for the answer; no worker and no triggerer waits with it.

    :param method: of the operator, which goes on: it gets the context, `kwargs` and ``event``.
    :param seconds: to wait at most; the event then says ``error``.
    """
    timeout = None if seconds is None else timedelta(seconds=seconds)
    return TaskAwaitingInput(method_name=method, kwargs=dict(kwargs), timeout=timeout)


def skip_tasks(task: Any, context: Mapping[str, Any], unneeded: Sequence[Any]) -> None:
    """Skip tasks downstream without starting them; it ends the task that asks, as a success.

    Before Airflow 3 nothing is done: the tasks begin and skip themselves.

    :param task: an operator with ``SkipMixin``.
    :param context: the task's context.
    """
    if AIRFLOW_V_3_0_PLUS:
        task.skip(context["ti"], unneeded)


def states_of_tasks(context: Mapping[str, Any], task_ids: Sequence[str]) -> dict[str, str | None]:
    """Ask for the states of other tasks of this run, where Airflow keeps them.

    :param context: the task's context.
    :param task_ids: of those tasks.
    :return: by task id; of mapped tasks by ``task id_map index``.
    """
    task_instance = context["ti"]
    if not task_ids:
        return {}
    if not AIRFLOW_V_3_0_PLUS:
        return {
            one.task_id if one.map_index < 0 else f"{one.task_id}_{one.map_index}": one.state
            for one in context["dag_run"].get_task_instances()
            if one.task_id in task_ids
        }
    found = task_instance.get_task_states(
        dag_id=task_instance.dag_id, task_ids=list(task_ids), run_ids=[task_instance.run_id]
    )
    return {name: state and str(state) for name, state in found.get(context["run_id"], {}).items()}


def interval_of(context: Mapping[str, Any]) -> Interval:
    """Return which data a task's run is for, and when it is due.

    Airflow leaves out of the context what a run does not have; before Airflow 3 there is no
    ``run_after``, but each run has an interval.

    :param context: the task's context.
    """

    def moment(name: str) -> datetime | None:
        return context.get(name)

    return Interval(
        start=moment("data_interval_start"),
        end=moment("data_interval_end"),
        run_after=getattr(context.get("dag_run"), "run_after", None),
        logical_date=moment("logical_date"),
    )


def decided_by(context: Mapping[str, Any]) -> str:
    """Name the run that decides about jobs: the same for its tries, another one after a clear.

    The number at the end is the task's ``max_tries``, which a clear of the task raises and nothing
    else does. The run's own ``clear_number`` would not do: it counts the clears of all its tasks,
    so that a job in the midst of its tries would lose its decision because of another one.

    :param context: the task's context.
    """
    task_instance = context["ti"]
    return f"{task_instance.dag_id}/{context['run_id']}/{task_instance.max_tries}"


def zone_name(context: Mapping[str, Any]) -> str:
    """Name the time zone of a task's DAG.

    :param context: the task's context.
    """
    zone = context["dag"].timezone
    return str(getattr(zone, "name", None) or getattr(zone, "key", None) or "UTC")


def keep_summary(context: Mapping[str, Any], summary: dict[str, Any]) -> None:
    """Show a run's summary in the task state store, where Airflow has one.

    The truth is in the checkpoint tables; this is for the eyes of a person, so a store that does
    not answer costs a line of the log and nothing else.

    :param context: the task's context.
    :param summary: what `json` can write, small.
    """
    store = context.get("task_state_store")
    if store is None:
        _say_once("this version of Airflow has no task state store: no summary is kept there")
        return
    try:
        store.set("oracle_dag", summary)
    except Exception as error:  # noqa: BLE001 - any failure of a courtesy must not fail the task
        log.warning("the summary could not be kept in the task state store: %s", error)


def metrics() -> Any:
    """Return what takes metrics: it has ``incr``, ``timing`` and ``gauge``, each with ``tags=``."""
    try:
        from airflow.sdk.observability import stats  # noqa: PLC0415 - DAG files are parsed often
    except ImportError:  # before Airflow 3.3
        from airflow.stats import Stats  # noqa: PLC0415 - as above

        return Stats
    return stats


def tracer() -> Any | None:
    """Return what makes OpenTelemetry spans beneath the task's own, None before Airflow 3.3."""
    try:
        from airflow.sdk.observability import trace  # noqa: PLC0415 - DAG files are parsed often
    except ImportError:
        return None
    return trace.get_tracer("airflow_oracle_dag")
