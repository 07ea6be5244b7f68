"""Whether the work was done once: in the ledger, in the history, and in the totals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from demo.expected import totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from airflow_oracle_dag.core.rows import AttemptRow, RunRow, StepRow
    from demo.database import Database

LEDGER = {
    ("fetch", "clear_day"),
    ("fetch", "order_lines"),
    ("clean", "clear_day"),
    ("clean", "returns"),
    ("clean", "repeats"),
    ("transform", "clear_day"),
    ("transform", "priced_lines"),
    ("load", "clear_day"),
    ("load", "merge_facts"),
    ("load", "value_facts"),
    ("report", "clear_day"),
    ("report", "regions"),
}


def table(found: Mapping[str, tuple[RunRow, list[StepRow], list[AttemptRow]]]) -> Iterator[str]:
    """Write the steps of all tasks, one line each."""
    yield f"{'task':<10} {'step':<14} {'state':<10} {'attempts':>8} {'rows':>8} {'seconds':>8}"
    for task, (run, steps, _) in found.items():
        for step in steps:
            seconds = ""
            if step.started_at and step.ended_at:
                seconds = f"{(step.ended_at - step.started_at).total_seconds():.2f}"
            resumed = "  resumed here" if step.step_no == run.resumed_step else ""
            yield (
                f"{task:<10} {step.name:<14} {step.state.value:<10} {step.tries:>8} "
                f"{'' if step.row_count is None else step.row_count:>8} {seconds:>8}{resumed}"
            )


def ledger_faults(database: Database, day: datetime, run_id: str, times: int = 1) -> list[str]:
    """Return what the ledger shows other than each statement's work `times` times."""
    rows = database.query(
        "SELECT script, step FROM sales_ledger WHERE sales_day = :day AND run_id = :run_id",
        day=day,
        run_id=run_id,
    )
    counted = Counter(rows)
    faults = [
        f"{script}.{step} was done {counted[script, step]} times, not {times}"
        for script, step in sorted(LEDGER)
        if counted[script, step] != times
    ]
    return faults + [f"the ledger knows {key}, no script does" for key in counted.keys() - LEDGER]


def total_faults(database: Database, day: datetime) -> list[str]:
    """Return where the report differs from the sum that Python made by itself."""
    rows = database.query(
        "SELECT region, order_count, reported_cents FROM sales_report WHERE sales_day = :day",
        day=day,
    )
    reported = {region: (orders, cents) for region, orders, cents in rows}
    return [
        f"{region}: the report says {reported.get(region)}, expected "
        f"{(total.orders, total.reported_cents)}"
        for region, total in totals(day.date()).items()
        if reported.get(region) != (total.orders, total.reported_cents)
    ]
