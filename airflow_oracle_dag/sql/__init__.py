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
from typing import Dict, List, NamedTuple

_FILES = ("session.sql", "checkpoint.sql", "run.sql")
_NAME_LINE = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$#]{0,127}")

MIGRATIONS = ("0001_checkpoint_tables",)


class Migration(NamedTuple):
    """A numbered change of the tables."""

    version: int
    name: str
    text: str


class UnknownSchemaName(ValueError):
    """The name of the schema is not a plain Oracle identifier."""


def quoted(identifier: str) -> str:
    """Validate an identifier and quote it in the case in which Oracle stores it.

    :param identifier: a nonquoted identifier of up to 128 characters: letters, digits, ``_ $ #``
        (SQL Language Reference, Database Object Naming Rules).
    :raises UnknownSchemaName: for anything else.
    """
    if not _PLAIN_NAME.fullmatch(identifier):
        raise UnknownSchemaName(
            f"{identifier!r} is not a plain Oracle name: use letters, digits, _, $ or #, "
            "beginning with a letter"
        )
    return f'"{identifier.upper()}"'


def _read(*path: str) -> str:
    found = files(__name__)
    for part in path:
        found = found.joinpath(part)
    return found.read_text(encoding="utf-8")


@cache
def _templates() -> Dict[str, str]:
    found: Dict[str, str] = {}
    for file in _FILES:
        parts = _NAME_LINE.split(_read(file))
        for name, body in zip(parts[1::2], parts[2::2]):
            found[name] = _without_leading_comments(body)
    return found


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
    return _templates()[name].replace("{schema}", quoted(schema))


def block(name: str) -> str:
    """Return a named statement that touches no table of this package."""
    return _templates()[name]


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
