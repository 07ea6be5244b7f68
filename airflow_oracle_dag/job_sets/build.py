"""From a job set to a DAG. Nothing connects anywhere: operators only keep what they are told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.providers.common.compat.sdk import DAG

from airflow_oracle_dag.job_sets.fields import WHEN, has_interval
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.retry import OracleRetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_oracle_dag.job_sets.model import (
        Job,
        JobCallbacks,
        JobSet,
        SetCallbacks,
        Settings,
        Timing,
    )
    from airflow_oracle_dag.job_sets.problems import Path

_SECONDS = ("step_timeout", "orphan_timeout", "start_timeout", "ask_timeout")
_MINUTES = ("glue_timeout",)
#: Callbacks that only tasks with a script know, by the name of their argument.
_OF_SCRIPTS = ("on_overdue",)
#: Fields of a job that become no argument of its operator by themselves.
_APART = frozenset(
    {"after", "when", "category", "run_condition", "calendar", "callbacks", "retry_policy", "doc"}
)
_RENAMED = {"checkpoint_schema": "schema"}


class BuildError(Exception):
    """Report what only shows when the DAG is built.

    :param path: the field that is meant.
    """

    def __init__(self, path: Path, message: str, cure: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.cure = cure


def build(job_set: JobSet, dag_id: str, searchpath: Iterable[str] = ()) -> DAG:
    """Build the DAG of a set.

    :param searchpath: folders where its scripts are looked for, beside the DAG file's own.
    :raises BuildError: when a callback cannot be imported.
    """
    dag = empty_dag(job_set, dag_id, searchpath=list(searchpath), **_dag_arguments(job_set))
    ends: dict[str, Any] = {}
    begins: dict[str, Any] = {}
    alike = _alike(job_set)
    for name, job in job_set.jobs.items():
        begins[name], ends[name] = _Builder(dag, name, job, alike).build()
    for name, job in job_set.jobs.items():
        if job.after:
            begins[name].set_upstream([ends[other] for other in job.after])
    # What Airflow refuses only later, it holds against the whole DAG file.
    dag.validate()  # type: ignore[no-untyped-call]  # Airflow's
    return dag


def empty_dag(timing: Timing, dag_id: str, *, searchpath: list[str], **arguments: Any) -> DAG:
    """Make the DAG that is due when a set is, without tasks.

    :param arguments: of `DAG`, beside those that say when it runs.
    """
    zone = pendulum.timezone(timing.timezone)
    return DAG(
        dag_id,
        schedule=_schedule(timing, zone),
        start_date=_moment(timing.start, zone, time()),
        end_date=_moment(timing.end, zone, time.max),
        catchup=timing.catchup,
        template_searchpath=searchpath or None,
        # Airflow finds it in the DAG file's globals; one that fails half way must not be found.
        auto_register=False,
        **arguments,
    )


def _dag_arguments(job_set: JobSet) -> dict[str, Any]:
    given = {
        "description": job_set.description,
        "doc_md": job_set.doc,
        "max_active_runs": job_set.max_active_runs,
        "max_active_tasks": job_set.max_active_tasks,
        "dagrun_timeout": job_set.timeout,
    }
    arguments: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if job_set.schedule == "@continuous":
        arguments.setdefault("max_active_runs", 1)  # Airflow knows no other
    arguments.update(_callbacks(job_set.callbacks, ("callbacks",)))
    defaults: dict[str, Any] = {}
    if job_set.owner is not None:
        defaults["owner"] = job_set.owner
    if "timezone" in job_set.model_fields_set:
        defaults["timezone"] = job_set.timezone
    if job_set.defaults is not None:
        defaults.update(_arguments(job_set.defaults))
    return {
        **arguments,
        "tags": job_set.tags,
        "params": job_set.params or None,
        "default_args": defaults,
    }


def _alike(job_set: JobSet) -> dict[str, Any]:
    """Return what each task is told in person, because ``default_args`` must not hold it.

    Airflow keeps the source of the functions there, and refuses those that have none.
    """
    if job_set.defaults is None:
        return {}
    return _callbacks(job_set.defaults.callbacks, ("defaults", "callbacks"))


class _Builder:
    """Make the tasks of one job."""

    def __init__(self, dag: DAG, name: str, job: Job, alike: dict[str, Any]) -> None:
        self._dag = dag
        self._name = name
        self._job = job
        self._alike = alike
        self._rule: dict[str, Any] = (
            {"trigger_rule": WHEN[job.when]} if job.when != "success" else {}
        )

    def build(self) -> tuple[Any, Any]:
        """Return what comes first and what comes last of the job."""
        job = self._job
        arguments = {**self._alike, **_arguments(job)}
        arguments.update(_callbacks(job.callbacks, ("jobs", self._name, "callbacks")))
        if job.doc is not None:
            arguments["doc_md"] = job.doc
        if job.category is not None:
            return self._category(job.category, arguments)
        if job.run_condition is not None:
            if job.script is None:
                gate = self._gate(self._name, _without_scripts(arguments))
                return gate, gate
            gate = self._gate(f"{self._name}.condition", _without_scripts(self._alike))
            task = self._task(arguments)
            task.set_upstream(gate)
            return gate, task
        task = self._task({**arguments, **self._rule})
        return task, task

    def _task(self, arguments: dict[str, Any]) -> OracleScriptOperator:
        return OracleScriptOperator(task_id=self._name, dag=self._dag, **arguments)

    def _gate(self, task_id: str, arguments: dict[str, Any]) -> Any:
        from airflow_oracle_dag.operators.run_condition import (  # noqa: PLC0415 - rarely needed
            RunConditionOperator,
        )

        job = self._job
        about = ("calendar", "due", "timezone", "control_conn_id", "environment")
        given = {name: getattr(job, name) for name in about}
        return RunConditionOperator(
            task_id=task_id,
            dag=self._dag,
            condition=job.run_condition,
            # Only what follows at once is skipped; the rest says itself what that means (when:).
            ignore_downstream_trigger_rules=False,
            **arguments,
            **{name: given[name] for name in given.keys() - arguments if given[name] is not None},
            **self._rule,
        )

    def _category(self, category: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
        from airflow_oracle_dag.groups.job_category import (  # noqa: PLC0415 - rarely needed
            job_category_group,
        )

        # The group has defaults of its own, which would win over those of the DAG.
        common = {
            name: value
            for name, value in self._dag.default_args.items()
            if name not in ("pool", "pool_slots")
        }
        with self._dag:
            group = job_category_group(category, group_id=self._name, **{**common, **arguments})
        if not self._rule:
            return group, group
        from airflow.providers.standard.operators.empty import (  # noqa: PLC0415 - rarely needed
            EmptyOperator,
        )

        # A trigger rule belongs to a task: this one stands for the beginning of the group.
        gate = EmptyOperator(task_id=f"{self._name}.begin", dag=self._dag, **self._rule)
        group.set_upstream(gate)
        return gate, group


def _arguments(settings: Settings) -> dict[str, Any]:
    """Return what the file says about a job as arguments of its operator."""
    arguments: dict[str, Any] = {}
    for name, value in settings.__dict__.items():  # in the order of the model, so in a stable one
        if value is None or name in _APART or value == {}:
            continue
        if name in _SECONDS and isinstance(value, timedelta):
            arguments[name] = value.total_seconds()
        elif name in _MINUTES and isinstance(value, timedelta):
            arguments[name] = value // timedelta(minutes=1)
        else:
            arguments[_RENAMED.get(name, name)] = value
    if settings.retry_policy is not None:
        arguments["retry_policy"] = _POLICY if settings.retry_policy == "oracle" else None
    return arguments


_POLICY = OracleRetryPolicy()


def _callbacks(named: JobCallbacks | SetCallbacks | None, path: Path) -> dict[str, Any]:
    if named is None:
        return {}
    return {
        event if event in _OF_SCRIPTS else f"{event}_callback": _function(
            getattr(named, event), (*path, event)
        )
        for event in type(named).model_fields
        if getattr(named, event) is not None
    }


def _without_scripts(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task that has no script."""
    return {name: value for name, value in arguments.items() if name not in _OF_SCRIPTS}


def _function(name: str, path: Path) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # whatever the module does when it is imported
        raise BuildError(
            path,
            f"{name} cannot be imported: {type(error).__name__}: {error}",
            "correct the name, or install the module where Airflow reads DAGs and runs tasks",
        ) from error
    if not callable(found):
        raise BuildError(path, f"{name} is no function", "name a function")
    result: Callable[..., Any] = found
    return result


def _schedule(timing: Timing, zone: Any) -> Any:
    if timing.schedule == "none":
        return None
    if not has_interval(timing.schedule):
        return timing.schedule
    if timing.interval:
        from airflow.timetables.interval import (  # noqa: PLC0415 - one of the two is needed
            CronDataIntervalTimetable,
        )

        return CronDataIntervalTimetable(timing.schedule, timezone=zone)
    from airflow.timetables.trigger import (  # noqa: PLC0415 - one of the two is needed
        CronTriggerTimetable,
    )

    return CronTriggerTimetable(timing.schedule, timezone=zone)


def _moment(value: date | None, zone: Any, at: time) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, at)
    return value if value.tzinfo is not None else pendulum.instance(value, tz=zone)
