"""The same verbs as ``airflow oracle-dag ...``; every command of Airflow imports this module."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from airflow_oracle_dag.cli.arguments import VERBS

if TYPE_CHECKING:
    import argparse

    from airflow.cli.cli_config import ActionCommand, GroupCommand

    from airflow_oracle_dag.cli.argument import Verb


def get_cli_commands() -> list[GroupCommand]:
    """Return the command group for Airflow's parser."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

    def command(verb: Verb, before: str) -> ActionCommand | GroupCommand:
        name = f"{before}{verb.name}"
        if verb.verbs:
            below = tuple(command(one, f"{name} ") for one in verb.verbs)
            return GroupCommand(name=verb.name, help=verb.help, subcommands=below)
        return ActionCommand(
            name=verb.name,
            help=verb.help,
            func=partial(_call, name),
            args=tuple(
                Arg(argument.flags, **argument.options)  # type: ignore[no-untyped-call]  # Airflow's
                for argument in verb.arguments
            ),
        )

    return [
        GroupCommand(
            name="oracle-dag",
            help="Run, resume and inspect checkpointed Oracle scripts",
            subcommands=tuple(command(verb, "") for verb in VERBS),
        )
    ]


def _call(verb: str, parsed: argparse.Namespace) -> None:
    from airflow_oracle_dag.cli.main import call

    sys.exit(call(verb, parsed))
