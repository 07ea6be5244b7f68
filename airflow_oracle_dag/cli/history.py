"""The verb ``history``: every try of every step over all generations, and who did what by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.connect import connector, identity
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED
from airflow_oracle_dag.cli.report import because, iso
from airflow_oracle_dag.cli.show import unknown
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.store import CheckpointReader

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from datetime import datetime

    from airflow_oracle_dag.core.rows import AttemptRow, AuditRow, RunRow, StepRow
    from airflow_oracle_dag.runtime.connector import Connector


@dataclass(frozen=True)
class Generation:
    """One complete execution of a script, as far as it went.

    :param running: the step that an attempt started and nobody ended yet, if there is one.
    """

    run: RunRow
    tries: list[AttemptRow]
    running: StepRow | None
    by_hand: list[AuditRow]


def history(parsed: argparse.Namespace) -> int:
    """Show what happened to a run."""
    run = identity(parsed)
    found = read(connector(parsed), parsed.schema, run.digest)
    if not found:
        raise unknown(run)
    if parsed.json:
        said = {"run_key": run.key, "namespace": run.namespace}
        shown = {**said, "generations": [_document(one) for one in found]}
        say(json.dumps(shown, indent=2))
        return SUCCEEDED
    for one in found:
        for line in _lines(one):
            say(line)
    return SUCCEEDED


def read(connector: Connector, schema: str | None, run_hash: str) -> list[Generation]:
    """Read all generations in a session of its own; empty when there is no such run."""
    session = connector.open()
    try:
        reader = CheckpointReader(session, schema)
        audit = reader.audit(run_hash)
        found = []
        for run in reader.generations(run_hash):
            steps = reader.steps(run_hash, run.generation)
            running = next((step for step in steps if step.state is State.RUNNING), None)
            by_hand = [row for row in audit if row.generation <= run.generation]
            audit = [row for row in audit if row.generation > run.generation]
            tries = reader.attempts(run_hash, run.generation)
            found.append(Generation(run, tries, running, by_hand))
        return found
    finally:
        session.close()


def _document(one: Generation) -> dict[str, Any]:
    run = one.run
    tries = [
        _try(row.step_no, row.name, row.state, row.attempt)
        | {
            "started_at": iso(row.started_at),
            "ended_at": iso(row.ended_at),
            "rows": row.row_count,
            "error": row.error_text,
            "reason": row.reason,
            "commits_inside": row.commits_inside == 1,
            "who": row.client,
        }
        for row in one.tries
    ]
    if one.running is not None:
        row = one.running
        empty = dict.fromkeys(("ended_at", "rows", "error", "reason", "commits_inside"))
        now = {"started_at": iso(row.started_at), **empty, "who": run.client}
        tries.append(_try(row.step_no, row.name, row.state, row.attempt) | now)
    return {
        "generation": run.generation,
        "state": run.state.value,
        "script": run.script_name,
        "started_at": iso(run.started_at),
        "ended_at": iso(run.ended_at),
        "acknowledged_at": iso(run.acknowledged_at),
        "tries": tries,
        "by_hand": [
            {
                "at": iso(row.happened_at),
                "verb": row.verb,
                "no": row.step_no,
                "who": row.who,
                "why": row.why,
                "changed": row.detail,
            }
            for row in one.by_hand
        ],
    }


def _try(step_no: int, name: str, state: State, attempt: int) -> dict[str, Any]:
    return {"no": step_no, "name": name, "attempt": attempt, "state": state.value}


def _lines(one: Generation) -> Iterator[str]:
    """Write a generation as a table, tries and verbs in the order in which they ended."""
    run = one.run
    yield (
        f"generation {run.generation}: {run.state.value}, {run.script_name}, begun "
        f"{_moment(run.started_at)}"
        + (f", acknowledged {_moment(run.acknowledged_at)}" if run.acknowledged_at else "")
    )
    names = [row.name for row in one.tries] + ([one.running.name] if one.running else [])
    width = max([4, *map(len, names)])
    yield (
        f"{'ended (UTC)':<23}  {'try':>3}  {'no':>3}  {'step':<{width}}  {'state':<9}  "
        f"{'seconds':>8}  who"
    )
    told = [(row.ended_at, _try_line(row, width)) for row in one.tries]
    told += [(row.happened_at, _hand_line(row)) for row in one.by_hand]
    for _, line in sorted(told, key=lambda pair: pair[0]):
        yield line
    if one.running is not None:
        row = one.running
        yield (
            f"{'':<23}  {row.attempt:>3}  {row.step_no:>3}  {row.name:<{width}}  "
            f"{row.state.value:<9}  {'':>8}  {run.client or ''}  since {_moment(row.started_at)}"
        )


def _try_line(row: AttemptRow, width: int) -> str:
    took = f"{(row.ended_at - row.started_at).total_seconds():.2f}" if row.started_at else ""
    said = because(row.error_text, row.reason, row.commits_inside)
    return (
        f"{_moment(row.ended_at)}  {row.attempt:>3}  {row.step_no:>3}  {row.name:<{width}}  "
        f"{row.state.value:<9}  {took:>8}  {row.client or ''}" + (f"  {said}" if said else "")
    )


def _hand_line(row: AuditRow) -> str:
    step = "" if row.step_no is None else f" of step {row.step_no}"
    changed = f" ({row.detail})" if row.detail else ""
    why = " ".join(row.why.split())  # a line each, whatever was said
    return f"{_moment(row.happened_at)}  {row.verb}{step} by {row.who}{changed}: {why}"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(" ", "milliseconds")
