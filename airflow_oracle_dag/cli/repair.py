"""The verbs that change the tables by hand."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_oracle_dag import sql
from airflow_oracle_dag.cli.connect import connector, identity, namespace, who
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import HELD, SUCCEEDED, UsageError
from airflow_oracle_dag.runtime import schema, verbs
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.purge import purge as purge_runs
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.sql.control_package import control_script

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from airflow_oracle_dag.core.rows import StepRow

#: Seconds for which `unlock` waits for a lock: another verb's is gone by then, a session that may
#: be ended has been, a lost client's is not.
_MOMENT = 10.0


def init(parsed: argparse.Namespace) -> int:
    """Make the checkpoint tables, or print how."""
    if parsed.control:
        return _print_control(parsed)
    if parsed.managed:
        raise UsageError("--managed needs --control: tables are the same wherever they are")
    if parsed.print_only:
        if not parsed.schema:
            raise UsageError("--print needs --schema: the owner is part of each statement")
        say(sql.schema_script(parsed.schema).rstrip())
        for statement in sql.grants(parsed.schema, parsed.grant_to) if parsed.grant_to else ():
            say(f"{statement};")
        return SUCCEEDED
    if parsed.grant_to:
        sql.quoted(parsed.grant_to)  # a name that is none is refused before anything is made
    database = connector(parsed)
    with _advising():
        applied = schema.init(database, parsed.schema)
        for line in [f"applied {name}" for name in applied] or ["nothing to do"]:
            say(line)
        if parsed.grant_to:
            for statement in schema.grant(database, parsed.grant_to, parsed.schema):
                say(statement)
    return SUCCEEDED


def _print_control(parsed: argparse.Namespace) -> int:
    if not parsed.grant_to:
        raise UsageError("--control needs --grant-to: the user who runs scripts may call it")
    script = control_script([parsed.grant_to], parsed.control_owner, parsed.managed or "")
    say(script.rstrip())
    return SUCCEEDED


_CURES = {
    "ORA-01031": "let a DBA run what `oracle-dag init --print --schema OWNER` prints",
    "ORA-01536": "let the DBA give the owner a quota on the tablespace",
    "ORA-01749": "leave --grant-to out: who owns the tables needs no grant",
    "ORA-01917": "check the name behind --grant-to; a user has to be there before",
    "ORA-01918": "check the name behind --schema; a user has to be there before",
    "ORA-01950": "let the DBA give the owner a quota on the tablespace",
}


@contextmanager
def _advising() -> Iterator[None]:
    """Say what mends an error of `init`, where that is known."""
    try:
        yield
    except DatabaseError as error:
        cure = _CURES.get(error.code)
        if cure is None:
            raise
        raise UsageError(f"{error.message}\n  To mend it: {cure}.") from error


def mark_done(parsed: argparse.Namespace) -> int:
    """Declare a step done."""
    return _mark(verbs.mark_done, parsed)


def mark_pending(parsed: argparse.Namespace) -> int:
    """Declare a step not done."""
    return _mark(verbs.mark_pending, parsed)


def stop(parsed: argparse.Namespace) -> int:
    """End what an attempt runs in the database; the next one begins with that step."""
    _needs_reason(parsed)
    stopped = verbs.stop(
        connector(parsed), identity(parsed), who=who(), why=parsed.why, schema=parsed.schema
    )
    say(stopped.text)
    return SUCCEEDED if stopped.over else HELD


def unlock(parsed: argparse.Namespace) -> int:
    """Declare the attempt that holds a run dead."""
    _needs_reason(parsed)
    settled = verbs.unlock(
        connector(parsed),
        identity(parsed),
        who=who(),
        why=parsed.why,
        options=RunOptions(schema=parsed.schema, orphan_timeout=_MOMENT),
        observe=lambda event: say(event.text),
    )
    run, judged = settled.situation.run, settled.situation.open_step
    say(f"attempt {run.attempt} of run {run.run_key} is over: nobody waits for it any more")
    if judged is not None:
        after = settled.after(judged)
        say(f"step {after.step_no} {after.name}: {after.state.value}, {after.reason or ''}")
    return SUCCEEDED


def restart_from(parsed: argparse.Namespace) -> int:
    """Begin a new generation at a step."""
    _needs_reason(parsed)
    run = verbs.restart_from(
        connector(parsed),
        identity(parsed),
        parsed.step,
        who=who(),
        why=parsed.why,
        options=RunOptions(schema=parsed.schema, orphan="fail"),
        observe=lambda event: say(event.text),
    )
    say(f"generation {run.generation} of run {run.run_key} begins at step {parsed.step}: resume it")
    return SUCCEEDED


def purge(parsed: argparse.Namespace) -> int:
    """Remove what is kept of runs that are over for good."""
    if not parsed.dry_run:
        _needs_reason(parsed)
    runs = purge_runs(
        connector(parsed),
        namespace(parsed),
        parsed.older_than,
        who=who(),
        why=parsed.why or "dry run",
        observe=lambda event: say(event.text),
        schema=parsed.schema,
        dry_run=parsed.dry_run,
    )
    for run in runs:
        when = f"{run.ended_at:%Y-%m-%d %H:%M} UTC"
        say(f"{run.run_key}: finished {when}, generation {run.generation}")
    only = "" if runs else " (only runs go whose success Airflow has recorded)"
    say(f"{'would purge' if parsed.dry_run else 'purged'}: {len(runs)}{only}")
    return SUCCEEDED


def _needs_reason(parsed: argparse.Namespace) -> None:
    """Refuse a change without a reason before anything is asked of the database."""
    if not (parsed.why or "").strip():
        raise UsageError("--why is missing: say why, it is kept with the run")


def _mark(verb: Callable[..., StepRow], parsed: argparse.Namespace) -> int:
    _needs_reason(parsed)
    row = verb(
        connector(parsed),
        identity(parsed),
        parsed.step,
        who=who(),
        why=parsed.why,
        options=RunOptions(schema=parsed.schema, orphan="fail"),
        observe=lambda event: say(event.text),
    )
    then = "passes over it" if row.is_done else "begins with it, if all before it is done"
    say(f"step {row.step_no} {row.name}: {row.state.value}; the next attempt {then}")
    return SUCCEEDED
