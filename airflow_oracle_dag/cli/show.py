"""The verbs that only look: ``plan`` and ``status``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli import report
from airflow_oracle_dag.cli.binds import script_values
from airflow_oracle_dag.cli.connect import connector, identity, namespace
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED
from airflow_oracle_dag.cli.script import load_script
from airflow_oracle_dag.core.binding import bind_names
from airflow_oracle_dag.core.ddl import doubtful_because
from airflow_oracle_dag.core.plan import StepClass, build_plan
from airflow_oracle_dag.runtime.errors import UnknownRun
from airflow_oracle_dag.runtime.source_scan import look
from airflow_oracle_dag.runtime.store import CheckpointReader

if TYPE_CHECKING:
    import argparse

    from airflow_oracle_dag.core.plan import Step
    from airflow_oracle_dag.runtime.identity import RunIdentity


def plan(parsed: argparse.Namespace) -> int:
    """Show the steps of a script; binds that are not given are assumed to be there.

    A database is asked only where it is named in an argument: the environment is not enough.
    """
    script = load_script(parsed, parsed.file)
    values = script_values(parsed.bind, "plan")
    wanted = bind_names(script)
    assumed = {name: "" for name in wanted if name not in values.parameters}
    made = build_plan(script, type(values)(values.parameters, assumed))
    if parsed.dsn or parsed.conn_id:
        made = look(
            connector(parsed), parsed.schema, made, lambda event: say(event.text, sys.stderr)
        )
    steps = made.steps
    if parsed.json:
        shown = {
            "script": parsed.file,
            "binds": sorted(wanted),
            "notices": [
                {"file": notice.file or None, "line": notice.line, "text": notice.text}
                for notice in made.notices
            ],
            "steps": [_document(step) for step in steps],
        }
        say(json.dumps(shown, indent=2))
        return SUCCEEDED
    width = max(len(step.name) for step in steps)
    for step in steps:
        because = f"  {said}" if (said := _because(step)) else ""
        of = f" of {step.file}" if step.file else ""
        say(
            f"{step.no:>4}  {step.name:<{width}}  {step.step_class.value:<13}  "
            f"lines {step.first_line}-{step.last_line}{of}{because}"
        )
    for notice in made.notices:
        say(f"{notice.file or parsed.file}:{notice.line}: {notice.text}")
    return SUCCEEDED


def _because(step: Step) -> str:
    """Say why a step may have to be judged by a person, "" when none has to."""
    if step.step_class is not StepClass.DDL or step.probe is not None or step.repeatable:
        return step.opaque_because
    because = doubtful_because(step.units[0].piece)
    return f"in doubt if its attempt dies: {because}" if because else ""


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


def _document(step: Step) -> dict[str, Any]:
    return {
        "no": step.no,
        "name": step.name,
        "class": step.step_class.value,
        "first_line": step.first_line,
        "last_line": step.last_line,
        "file": step.file or None,
        "opaque_because": step.opaque_because or None,
        "doubtful_because": _because(step) or None,
        "skipped": step.is_skipped,
    }
