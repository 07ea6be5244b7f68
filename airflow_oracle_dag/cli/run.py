"""The verbs that work: ``run`` and ``resume``."""

from __future__ import annotations

import json
import signal
import sys
from secrets import token_hex
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli import report
from airflow_oracle_dag.cli.binds import script_values
from airflow_oracle_dag.cli.connect import connector, identity, who
from airflow_oracle_dag.cli.console import say
from airflow_oracle_dag.cli.exits import SUCCEEDED
from airflow_oracle_dag.cli.live import audience
from airflow_oracle_dag.cli.script import load_script, parse_settings
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.joined import read_kept
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.rows import is_purged
from airflow_oracle_dag.runtime.errors import UnknownRun
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.work_thread import WorkThread

if TYPE_CHECKING:
    import argparse

    from airflow_oracle_dag.core.script import Script
    from airflow_oracle_dag.runtime.connector import Connector


def run(parsed: argparse.Namespace) -> int:
    """Run a script from a file, or resume it."""
    script = load_script(parsed, parsed.file)
    return _run(parsed, script, connector(parsed, parsed.run_key))


def resume(parsed: argparse.Namespace) -> int:
    """Resume a run that exists, with the script that is kept with it or with a repaired one."""
    database = connector(parsed, parsed.run_key)
    kept = _kept_script(parsed, database)
    if parsed.file:
        parsed.more = parsed.file[1:]
    script = load_script(parsed, parsed.file[0]) if parsed.file else kept
    if script is None:
        stream = sys.stderr if parsed.json else sys.stdout
        say(f"nothing to run: run {parsed.run_key} was finished before, and purged", stream)
        if parsed.json:
            _print_json(parsed, database, None)
        return SUCCEEDED
    return _run(parsed, script, database)


def _run(parsed: argparse.Namespace, script: Script, database: Connector) -> int:
    key = identity(parsed)
    # stdout belongs to the JSON document when there is one
    stream = sys.stderr if parsed.json else sys.stdout

    options = RunOptions(
        schema=parsed.schema,
        orphan=parsed.orphan,
        orphan_timeout=parsed.orphan_timeout,
        step_timeout=parsed.step_timeout,
        show_rows=parsed.show_rows,
        on_done=parsed.on_done,
        on_drift=parsed.on_drift,
        token=token_hex(32),  # each call is a run of its own
        who=who(),
        run_on=parsed.run_on,
        start_timeout=parsed.start_timeout,
    )
    values = script_values(parsed.bind, key.key)
    try:
        with audience(stream, plain=parsed.plain or parsed.json) as listener:
            work = WorkThread(listener.tell, listener.follow)
            runner = ScriptRunner(database, script, key, values, options, observe=work.tell)
            _stop_on_signals(work)
            work.run(runner)
    except OracleDagError as error:
        if parsed.json:
            _print_json(parsed, database, str(error))
        raise
    if parsed.json:
        _print_json(parsed, database, None)
    return SUCCEEDED


def _stop_on_signals(work: WorkThread) -> None:
    """End in order when somebody ends the process, or closes its terminal without ``nohup``."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda got, _: work.stop(signal.Signals(got).name))


def _print_json(parsed: argparse.Namespace, database: Connector, error: str | None) -> None:
    """Print the run as its tables have it; after an error with as much as there is."""
    try:
        found = report.read(database, parsed.schema, identity(parsed).digest)
    except OracleDagError:
        if error is None:
            raise
        found = None  # the first error is the one that counts, and it is in the document
    shown = report.document(*found) if found else report.nothing(identity(parsed))
    say(json.dumps({**shown, "error": error}, indent=2))


def _kept_script(parsed: argparse.Namespace, database: Connector) -> Script | None:
    """Read the script that is kept with a run; None when only a tombstone is."""
    key = identity(parsed)
    session = database.open()
    try:
        reader = CheckpointReader(session, parsed.schema)
        found = reader.run(key.digest)
        if found is None:
            raise UnknownRun(
                f"no run {key.key!r} in namespace {key.namespace!r}: begin it with `oracle-dag run`"
            )
        if is_purged(found, reader.steps(key.digest, found.generation)):
            return None
        text = reader.script_text(key.digest, found.generation)
        name = found.script_name
        return read_kept(
            text,
            name,
            lambda one, file: parse_script(one, name=file, settings=parse_settings(parsed, file)),
        )
    finally:
        session.close()
