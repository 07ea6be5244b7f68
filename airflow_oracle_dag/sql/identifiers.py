"""Validate what is pasted into SQL: names of owners, tables and columns, and nothing else."""

from __future__ import annotations

import re
from typing import Optional

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$#]{0,127}")


class UnknownSchemaName(ValueError):
    """The name of a schema, table or column is not a plain Oracle identifier."""


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


def quoted_table(name: Optional[str], default: str, schema: str) -> str:
    """Qualify and quote a table.

    :param name: ``TABLE`` or ``OWNER.TABLE``, None for the default.
    :param schema: owner of a table that names none.
    """
    owner, dot, table = (name or default).rpartition(".")
    return f"{quoted(owner if dot else schema)}.{quoted(table)}"
