"""The verbs that only look: ``plan`` and ``status``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli import report
from airflow_oracle_dag.cli.binds import script_values
from airflow_oracle_dag.cli.connect import connector, identity, namespace
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED, UsageError
from airflow_oracle_dag.cli.plan_report import FORECAST_CODES, plan_document, plan_lines
from airflow_oracle_dag.cli.refusal import refusal_as_json
from airflow_oracle_dag.cli.script import load_script
from airflow_oracle_dag.core.binding import bind_names
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.values import RUN_ID
from airflow_oracle_dag.runtime.errors import UnknownRun
from airflow_oracle_dag.runtime.forecast import forecast, look
from airflow_oracle_dag.runtime.store import CheckpointReader

if TYPE_CHECKING:
    import argparse

    from airflow_oracle_dag.runtime.forecast import Forecast
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.results import Event


def plan(parsed: argparse.Namespace) -> int:
    """Show the steps of a script; binds that are not given are assumed to be there.

    A database is asked only where it is named in an argument: the environment is not enough. With
    a run key it is also said what a run under it would do, and why: nothing is written.
    """
    asks = bool(parsed.dsn or parsed.conn_id)
    if parsed.run_key and not asks:
        raise UsageError("--run-key says what a database knows of a run: name it with --dsn, too")
    values = script_values(parsed.bind, parsed.run_key or "plan")
    with refusal_as_json(parsed):
        script = load_script(parsed, parsed.file)
        wanted = bind_names(script)
        assumed = {name: "" for name in wanted if name not in values.parameters and name != RUN_ID}
        assumed_values = type(values)(values.parameters, {**values.offered, **assumed})
        made = build_plan(script, assumed_values, run_on=parsed.run_on)
    found: Forecast | None = None
    if asks:
        database = connector(parsed)
        if parsed.run_key:
            key = identity(parsed)
            found = forecast(database, parsed.schema, key, made, _tell, tuple(assumed))
            made = found.plan
        else:
            made = look(database, parsed.schema, made, _tell)
    if parsed.json:
        say(json.dumps(plan_document(parsed, made, wanted, found), indent=2))
    else:
        for line in plan_lines(parsed, made, found):
            say(line)
    return SUCCEEDED if found is None else FORECAST_CODES.get(found.then, SUCCEEDED)


def _tell(event: Event) -> None:
    say(event.text, sys.stderr)


def status(parsed: argparse.Namespace) -> int:
    """Show the steps of a run, or which runs there are."""
    if parsed.run_key is None:
        return _list(parsed)
    run = identity(parsed)
    found = report.read(connector(parsed), parsed.schema, run.digest)
    if found is None:
        raise unknown(run)
    if parsed.json:
        say(json.dumps(report.document(*found), indent=2))
    else:
        for line in report.lines(*found):
            say(line)
    return SUCCEEDED


def unknown(run: RunIdentity) -> UnknownRun:
    """Say that there is no such run, and how to find those that there are."""
    return UnknownRun(
        f"no run {run.key!r} in namespace {run.namespace!r}: `oracle-dag status` without --run-key "
        "lists those that there are, `oracle-dag doctor` the namespaces"
    )


def _list(parsed: argparse.Namespace) -> int:
    """Show the runs of a namespace that were at work last."""
    whose = namespace(parsed)
    session = connector(parsed).open()
    try:
        found = CheckpointReader(session, parsed.schema).recent(whose, parsed.limit)
    finally:
        session.close()
    if parsed.json:
        runs = [report.recent_document(run) for run in found]
        say(json.dumps({"namespace": whose, "runs": runs}, indent=2))
        return SUCCEEDED
    for line in report.recent_lines(found) if found else [f"no runs in namespace {whose}"]:
        say(line)
    return SUCCEEDED
