"""Make the pool of a job category before its first task needs it.

A task cannot make a pool: since Airflow 3 it has no way to the metadata database. The scheduler
has, and it tells its listeners when a run of a DAG begins; there the pool is made, in the
scheduler's own transaction. A pool that exists is left as it is: its size may be somebody's wish.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

_DECIDES = "DecideJobsOperator"
_told: set[tuple[str, int, int, bool]] = set()


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:  # noqa: ARG001 - named by Airflow
    """Make the pools of the DAG's job categories; a failure is logged and stops nothing.

    :param dag_run: as the scheduler has it, in its session.
    """
    try:
        wanted = dict(_wanted(getattr(dag_run, "dag", None)))
        if wanted:
            _make(dag_run, wanted)
    except Exception:  # whatever it is, scheduling must go on
        log.exception("the pools of %s could not be made", getattr(dag_run, "dag_id", "a DAG"))


def _wanted(dag: Any) -> Iterator[tuple[str, int]]:
    """Return pools and their slots, as the serialized tasks that decide name them."""
    for task in getattr(dag, "tasks", None) or ():
        if getattr(task, "task_type", "") != _DECIDES:
            continue
        pool, slots = getattr(task, "jobs_pool", None), getattr(task, "max_concurrency", None)
        if pool and slots:
            yield str(pool), int(slots)


def _make(dag_run: Any, wanted: dict[str, int]) -> None:
    # Only the scheduler comes here, and only for a DAG that has job categories.
    from airflow.models.pool import Pool  # noqa: PLC0415 - above
    from sqlalchemy import select  # noqa: PLC0415 - above
    from sqlalchemy.orm import object_session  # noqa: PLC0415 - above

    session = object_session(dag_run)
    if session is None:
        log.warning("the run %s has no session: its pools were not looked at", dag_run)
        return
    query = select(Pool.pool, Pool.slots, Pool.include_deferred).where(Pool.pool.in_(wanted))
    there = {pool: (slots, deferred) for pool, slots, deferred in session.execute(query)}
    for name, slots in wanted.items():
        if name not in there:
            _insert(session, name, slots, f"jobs of {dag_run.dag_id}")
        elif there[name] != (slots, True):
            _tell_difference(name, slots, *there[name])


def _insert(session: Session, name: str, slots: int, description: str) -> None:
    """Add a pool. A savepoint keeps the scheduler's transaction alive if another one was first.

    The savepoint is the connection's: one of the session would look like a commit to the guard that
    the scheduler works under.
    """
    from airflow.models.pool import Pool  # noqa: PLC0415 - as in _make
    from sqlalchemy import insert  # noqa: PLC0415 - as in _make
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415 - as in _make

    values = {"pool": name, "slots": slots, "description": description, "include_deferred": True}
    connection = session.connection()
    try:
        with connection.begin_nested():
            connection.execute(insert(Pool).values(**values))
    except IntegrityError:
        log.info("pool %s was made by another scheduler meanwhile", name)
        return
    log.info("pool %s was missing and was made with %d slots", name, slots)


def _tell_difference(name: str, slots: int, there: int, include_deferred: bool) -> None:  # noqa: FBT001 - a column
    """Say once that a pool is not as its DAG would have made it."""
    if (name, slots, there, include_deferred) in _told:
        return
    _told.add((name, slots, there, include_deferred))
    log.warning(
        "pool %s has %d slots%s, and the DAG says max_concurrency=%d: the pool decides; change it "
        "with: airflow pools set %s %d '' --include-deferred",
        name,
        there,
        "" if include_deferred else " and does not count deferred tasks",
        slots,
        name,
        slots,
    )
