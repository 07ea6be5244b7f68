"""``oracle-dag``: the verbs, their exit codes, and errors as one clear message."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

from airflow_oracle_dag import __version__
from airflow_oracle_dag.cli.arguments import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_oracle_dag.cli.argument import Verb

EPILOG = """exit codes: 0 succeeded, 1 a step failed, 2 bad script, row or usage (also: no
connection, no tables), 3 in doubt: a person must say whether a step is done, 4 held by another
attempt, 130 stopped by Ctrl-C or SIGTERM"""


_VERBS = {
    "init": "repair:init",
    "doctor": "doctor:doctor",
    "run": "run:run",
    "plan": "show:plan",
    "lint": "lint:lint",
    "split": "split:split",
    "status": "show:status",
    "history": "history:history",
    "resume": "run:resume",
    "mark-done": "repair:mark_done",
    "mark-pending": "repair:mark_pending",
    "stop": "repair:stop",
    "unlock": "repair:unlock",
    "restart-from": "repair:restart_from",
    "purge": "repair:purge",
    "glue deploy": "glue:deploy_job",
    "sandbox": "sandbox:serve",
    "jobs list": "jobs:list_jobs",
    "jobs show": "jobs:show",
    "jobs set": "jobs:set_fields",
    "jobs skip": "jobs:skip",
    "jobs unskip": "jobs:unskip",
    "jobs explain": "jobs:explain",
    "jobs import": "jobs_files:import_jobs",
    "jobs export": "jobs_files:export_jobs",
    "jobs init": "jobs_files:init",
    "jobs lint": "jobs_lint:lint",
}


def parser() -> argparse.ArgumentParser:
    """Build the parser of all verbs."""
    top = argparse.ArgumentParser(
        prog="oracle-dag",
        description="Run Oracle scripts step by step and resume them where they failed.",
        epilog=EPILOG,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    _add(top, VERBS, "")
    return top


def _add(to: argparse.ArgumentParser, verbs: Sequence[Verb], before: str) -> None:
    """Add verbs, and those below them, by their full names."""
    below = to.add_subparsers(metavar="VERB", required=True)
    for verb in verbs:
        one = below.add_parser(verb.name, help=verb.help, description=verb.help, epilog=EPILOG)
        for argument in verb.arguments:
            one.add_argument(*argument.flags, **argument.options)
        if verb.verbs:
            _add(one, verb.verbs, f"{before}{verb.name} ")
        else:
            one.set_defaults(verb=f"{before}{verb.name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    parsed = parser().parse_args(arguments)
    return call(parsed.verb, parsed)


def call(verb: str, parsed: argparse.Namespace) -> int:
    """Run a verb; say an error in one message and return its exit code.

    :param verb: its full name, such as ``jobs list``.
    :param parsed: its arguments.
    """
    from airflow_oracle_dag.cli.console import prepare, say
    from airflow_oracle_dag.cli.exits import EXPECTED, STOPPED, exit_code

    prepare()
    if getattr(parsed, "conn_id", None) and not verb.startswith("jobs "):
        from airflow_oracle_dag.cli.connect import follow_airflow

        follow_airflow(parsed)
    try:
        return _verb(verb)(parsed)
    except EXPECTED as error:
        say(f"oracle-dag: {error}", sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        say("oracle-dag: stopped; a step that was running is rolled back", sys.stderr)
        return STOPPED


def _verb(name: str) -> Callable[[argparse.Namespace], int]:
    """Import what a verb needs and nothing more: ``plan`` works without a driver."""
    module, _, function = _VERBS[name].partition(":")
    found = import_module(f"airflow_oracle_dag.cli.{module}")
    return cast("Callable[[argparse.Namespace], int]", getattr(found, function))


if __name__ == "__main__":
    sys.exit(main())
