"""What no test may find anywhere: the secrets that tests plant all begin with one word.

Logs and output of each test are searched for it, tables and files when the suite is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

PLANTED = "hush-"


def in_tables(connection: Any, secrets: Iterable[str] = (PLANTED,)) -> list[str]:
    """Return where this package's tables hold a secret, masked.

    :param connection: of the driver.
    """
    found, wanted = [], list(secrets)
    with connection.cursor() as cursor:
        cursor.execute("select table_name from user_tables where table_name like 'ODAG%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select * from "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                for position, value in enumerate(row):
                    text = value.read() if hasattr(value, "read") else str(value)
                    if any(secret in text for secret in wanted):
                        found.append(f"{table}.{names[position]}: {_masked(text, wanted)}")
    return found


def in_files(folder: Path, secrets: Iterable[str] = (PLANTED,)) -> list[str]:
    """Return the files below a folder that hold a secret, as text or in a database's pages."""
    wanted = [secret.encode() for secret in secrets]
    return [
        str(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(secret in path.read_bytes() for secret in wanted)
    ]


def _masked(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "(secret)")
    return text[:200]
