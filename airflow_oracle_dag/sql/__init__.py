"""Every statement that this package sends, by name.

The statements stand in the ``.sql`` files beside this module; `session.sql` explains their format.
They are read once, and the owner of the tables is put in where ``{schema}`` stands: always
qualified, because a script may say ALTER SESSION SET CURRENT_SCHEMA. This is the one place where an
identifier is validated and the only thing that is ever pasted into SQL; values are bound.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Sequence

from airflow_oracle_dag.sql.control_tables import ControlTables, control_tables, fill
from airflow_oracle_dag.sql.handover_body import Operation, compose
from airflow_oracle_dag.sql.identifiers import UnknownSchemaName, quoted

__all__ = [
    "MIGRATIONS",
    "Migration",
    "Operation",
    "UnknownSchemaName",
    "alter_system",
    "block",
    "control_statement",
    "grants",
    "handed_body",
    "migrations",
    "names",
    "quoted",
    "schema_script",
    "statement",
]

_CONTROL = "control.sql"
_FILES = (
    "session.sql",
    "checkpoint.sql",
    "run.sql",
    "orphans.sql",
    "stopping.sql",
    "waiting.sql",
    "watching.sql",
    "ddl.sql",
    "code.sql",
    "handover.sql",
    "handover_body.sql",
    "glue.sql",
    _CONTROL,
)
_NOTED = re.compile(r"noted := :evidence;.*")  # `note_ddl` stands there where a DDL step is started
_NAME_LINE = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)

MIGRATIONS = (
    "0001_checkpoint_tables",
    "0002_control_table",
    "0003_evidence",
    "0004_handover",
    "0005_glue",
)


class Migration(NamedTuple):
    """A numbered change of the tables."""

    version: int
    name: str
    text: str


def _read(*path: str) -> str:
    found = files(__name__)
    for part in path:
        found = found.joinpath(part)
    return found.read_text(encoding="utf-8")


@cache
def _templates() -> Dict[str, str]:
    found = {name: body for file in _FILES for name, body in _in_file(file).items()}
    noting = found.pop("note_ddl").replace("{ddl_snapshot}", found["ddl_snapshot"])
    before, after = _NOTED.split(found["advance"])
    found["advance_ddl"] = before + noting.replace("\n", "\n  ") + after
    return found


@cache
def _in_file(file: str) -> Dict[str, str]:
    parts = _NAME_LINE.split(_read(file))
    return {name: _without_leading_comments(body) for name, body in zip(parts[1::2], parts[2::2])}


@cache
def _control_names() -> FrozenSet[str]:
    return frozenset(_in_file(_CONTROL))


def _without_leading_comments(body: str) -> str:
    lines = body.strip().split("\n")
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines)


@cache
def statement(name: str, schema: str) -> str:
    """Return a named statement for the tables of an owner.

    :param name: as in ``-- name:``.
    :param schema: owner of the tables, see `quoted`.
    """
    if name in _control_names():
        return control_statement(name, control_tables(schema))
    return _templates()[name].replace("{schema}", quoted(schema))


def control_statement(
    name: str, tables: ControlTables, changed: Optional[Sequence[str]] = None, names: int = 1
) -> str:
    """Return a named statement for the control table of a team; see `control_tables.fill`."""
    return fill(_templates()[name], tables, changed, names)


def block(name: str) -> str:
    """Return a named statement that touches no table of this package."""
    return _templates()[name]


def handed_body(operations: Sequence[Operation], kinds: Sequence[str], schema: str) -> str:
    """Return the body of a job for the tables of an owner; see `handover_body.compose`."""
    return compose(operations, kinds, lambda name: statement(name, schema))


def alter_system(name: str, sid: int, serial: int, instance: int) -> str:
    """Return a statement that stops or ends a session; the one place where numbers are pasted.

    :param name: ``cancel_sql`` or ``kill_session``.
    :raises ValueError: when one is no whole number above zero.
    """
    for number in (sid, serial, instance):
        if type(number) is not int or number <= 0:
            raise ValueError(f"{number!r} is not part of a session's name")
    return _templates()[name].replace("{session}", f"{sid},{serial},@{instance}")


def names() -> List[str]:
    """List the names of all statements."""
    return sorted(_templates())


def migrations(schema: str) -> List[Migration]:
    """Return all migrations in order, for the tables of an owner."""
    result = []
    for name in MIGRATIONS:
        text = _read("migrations", f"{name}.sql")
        result.append(Migration(int(name[:4]), name, text.replace("{schema}", quoted(schema))))
    return result


def schema_script(schema: str) -> str:
    """Return the whole schema as it is after all migrations, for a DBA to read or run."""
    return _read("schema.sql").replace("{schema}", quoted(schema))


def grants(schema: str, user: str) -> List[str]:
    """Return the statements that let another user run scripts with the tables of an owner."""
    lines = _without_leading_comments(_read("grants.sql")).splitlines()
    owner, grantee = quoted(schema), quoted(user)
    return [
        line.rstrip(";").replace("{schema}", owner).replace("{user}", grantee) for line in lines
    ]
