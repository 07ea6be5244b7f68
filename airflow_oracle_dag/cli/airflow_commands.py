"""The same verbs as ``airflow oracle-dag ...``; every command of Airflow imports this module."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.cli.arguments import VERBS

if TYPE_CHECKING:
    import argparse

    from airflow.cli.cli_config import GroupCommand


def get_cli_commands() -> list[GroupCommand]:
    """Return the command group for Airflow's parser."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

    def command(verb: Any) -> ActionCommand:
        return ActionCommand(
            name=verb.name,
            help=verb.help,
            func=partial(_call, verb.name),
            args=tuple(
                Arg(argument.flags, **argument.options)  # type: ignore[no-untyped-call]  # Airflow's
                for argument in verb.arguments
            ),
        )

    return [
        GroupCommand(
            name="oracle-dag",
            help="Run, resume and inspect checkpointed Oracle scripts",
            subcommands=tuple(command(verb) for verb in VERBS),
        )
    ]


def _call(verb: str, parsed: argparse.Namespace) -> None:
    from airflow_oracle_dag.cli.main import call

    sys.exit(call(verb, parsed))
