"""Global temporary tables and synonyms: names that PostgreSQL has to be told per statement.

A global temporary table is a permanent, empty table that serves as the definition; the first
statement of a session that names it makes a temporary table of PostgreSQL from it.
"""

# ruff: noqa: FBT001 - private flags

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_link import Simple

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


def localise(
    session: EngineSession, translation: Translation, *, kept: bool = False
) -> Translation:
    """Point a statement at the session's own temporary tables and behind synonyms.

    :param kept: it is the query of a view, for all sessions.
    """
    database = session.database
    if "oracle.in_partition(" in translation.sql:
        translation = _in_partitions(session, translation)
    if not database.temporary and not database.synonyms:
        return translation
    sql = translation.sql
    if database.synonyms and "val('" in sql:
        sql = _SEQUENCE.sub(lambda found: _sequence(session, found), sql)
    for owner, name in translation.tables:
        place = (owner or session.schema, name)
        target = database.synonyms.get(place) or database.synonyms.get(("PUBLIC", name))
        written = f'"{owner}"."{name}"' if owner else f'"{name}"'
        if target is not None:
            sql = _replace(sql, written, f'"{target[0]}"."{target[1]}"', name)
            place = target
            written = f'"{target[0]}"."{target[1]}"'
        if place in database.temporary:
            if kept:
                raise unimplemented("a view of a temporary table")
            if session.channels.autonomous_depth:
                raise unimplemented("a temporary table in an autonomous transaction")
            local = f'pg_temp."{place[0]}${place[1]}"'
            _make(session, place, database.temporary[place])
            sql = _replace(sql, written, local, name)
    return translation if sql == translation.sql else dataclasses.replace(translation, sql=sql)


_PARTITION = re.compile(r"oracle\.in_partition\('([^']*)', '([^']*)', '([^']*)'\)")


_SEQUENCE = re.compile(r"""oracle\.(nextval|currval)\('(?:"([^"']*)"\.)?"([^"']*)"'\)""")


def _sequence(session: EngineSession, found: re.Match[str]) -> str:
    """Look behind a synonym of a sequence."""
    function, owner, name = found.groups()
    synonyms = session.database.synonyms
    target = synonyms.get((owner or session.schema, name)) or synonyms.get(("PUBLIC", name))
    if target is None:
        return found.group()
    return f'oracle.{function}(\'"{target[0]}"."{target[1]}"\')'


def _in_partitions(session: EngineSession, translation: Translation) -> Translation:
    """Write the conditions of the partitions that are named."""

    def condition(found: re.Match[str]) -> str:
        owner, table, name = found.groups()
        return session.database.partition(owner or session.schema, table, name)

    return dataclasses.replace(translation, sql=_PARTITION.sub(condition, translation.sql))


def _replace(sql: str, written: str, target: str, name: str) -> str:
    """Replace a table's name where a table is meant; columns keep their qualifier by an alias."""
    for word in ("FROM ", "JOIN ", "INTO ", "UPDATE ", "USING ", ", "):
        for follow in (" AS ", "", None):
            if follow == " AS ":
                sql = sql.replace(f"{word}{written} AS ", f"{word}{target} AS ")
            elif follow is None and word != ", ":
                if word == "INTO ":
                    sql = sql.replace(f"{word}{written}", f"{word}{target}")
                else:
                    sql = sql.replace(f"{word}{written}", f'{word}{target} AS "{name}"')
    return sql


def _make(session: EngineSession, place: tuple[str, str], preserve: bool) -> None:
    local = f"{place[0]}${place[1]}"
    session.transaction.run(
        [
            Simple(
                f'CREATE TEMPORARY TABLE IF NOT EXISTS pg_temp."{local}"'
                f' (LIKE "{place[0]}"."{place[1]}" INCLUDING ALL)'
                f" ON COMMIT {'PRESERVE' if preserve else 'DELETE'} ROWS".encode()
            )
        ],
        changes=False,
    )
