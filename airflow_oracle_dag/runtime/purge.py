"""Remove what is kept of runs that are over for good, and leave a tombstone of each.

The tombstone is the newest generation's row, without steps: whoever comes late with its run key
finds that the run was finished, and runs nothing. Each run is purged in a transaction of its own,
under the lock that takeovers take: nobody begins a new generation of it meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import List, Optional

from airflow_oracle_dag.core.rows import RunRow, is_purged
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.connector import Connector
from airflow_oracle_dag.runtime.errors import UnknownRun
from airflow_oracle_dag.runtime.results import Event, Observer
from airflow_oracle_dag.runtime.store import CheckpointStore


def purge(
    connector: Connector,
    namespace: str,
    older_than: timedelta,
    *,
    who: str,
    why: str,
    observe: Observer,
    schema: Optional[str] = None,
    dry_run: bool = False,
) -> List[RunRow]:
    """Purge the runs of a namespace that were finished and acknowledged that long ago.

    :param older_than: by the database's clock; both the end and the acknowledgement are older.
    :param why: kept in ODAG_AUDIT; must not be empty.
    :param observe: is told of a run that somebody holds, which is left alone.
    :param dry_run: change nothing.
    :return: the runs that were purged, or would be.
    """
    if not why.strip():
        raise ValueError("say why: it is kept in the audit")
    session = connector.open()
    try:
        store = CheckpointStore(session, schema)
        before = store.clock() - older_than
        purged = []
        for run_hash in store.purgeable(namespace, before):
            run = _locked(store, run_hash, before, observe)
            if run is not None:
                purged.append(run)
                if not dry_run:
                    removed = store.purge(run)
                    detail = ", ".join(f"{count} {what}" for what, count in removed.items())
                    store.insert_audit(run, None, "purge", who, why, f"removed {detail}")
                    session.commit()
            session.rollback()
        return purged
    finally:
        session.close()


def _locked(
    store: CheckpointStore, run_hash: str, before: datetime, observe: Observer
) -> Optional[RunRow]:
    """Lock a run and return it if it still is one to purge."""
    try:
        canary = store.lock_canary(run_hash)
    except UnknownRun:
        return None
    run = store.run(run_hash)
    if run is None:
        return None
    if canary is None:
        observe(Event("notice", f"run {run.run_key} is held: left alone"))
        return None
    over = run.state is State.SUCCEEDED and run.ended_at is not None and run.ended_at < before
    known = run.acknowledged_at is not None and run.acknowledged_at < before
    if not (over and known) or is_purged(run, store.steps(run_hash, run.generation)):
        return None
    return run
