"""Create the checkpoint tables and bring them up to date; safe to repeat, two at once too.

A migration is a script like any other: it is split by this package and its statements run one by
one. What is there already is left alone, so two of these at once end with the same tables.
"""

from __future__ import annotations

from typing import List, Optional

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import DatabaseError

_ALREADY_THERE = (
    "ORA-00955",  # name is already used by an existing object
    "ORA-01430",  # column being added already exists
    "ORA-01408",  # such column list already indexed
    "ORA-02260",  # table can have only one primary key
    "ORA-02275",  # such a referential constraint already exists
)


def init(connector: Connector, schema: Optional[str] = None) -> List[str]:
    """Apply the migrations that are missing.

    :param schema: owner of the tables, None for the user that connects.
    :return: names of the migrations that were applied by this call.
    :raises DatabaseError: when a statement fails, for example for want of CREATE TABLE.
    """
    session = connector.open()
    try:
        owner = schema or session.identity.schema
        applied = []
        known = _known_versions(session, owner)
        missing = [one for one in sql.migrations(owner) if one.version not in known]
        if missing:
            session.execute(sql.statement("wait_for_tables", owner), {})
        for migration in missing:
            _apply(session, migration)
            if _record(session, owner, migration):
                applied.append(migration.name)
        return applied
    finally:
        session.close()


def grant(connector: Connector, user: str, schema: Optional[str] = None) -> List[str]:
    """Let another user run scripts with these tables; safe to repeat.

    :param user: who gets the privileges, no more than `airflow_oracle_dag.sql.grants` lists.
    :param schema: owner of the tables, None for the user that connects.
    :return: the statements that were executed.
    :raises DatabaseError: such as ORA-01917, there is no such user.
    """
    session = connector.open()
    try:
        statements = sql.grants(schema or session.identity.schema, user)
        for statement in statements:
            session.execute(statement, {})
        return statements
    finally:
        session.close()


def missing_migrations(session: Session, schema: str) -> List[str]:
    """Return the names of the migrations that `init` would apply."""
    known = _known_versions(session, schema)
    return [one.name for one in sql.migrations(schema) if one.version not in known]


def _known_versions(session: Session, owner: str) -> List[int]:
    try:
        rows = session.query(sql.statement("read_versions", owner), {})
    except DatabaseError as error:
        if error.code == "ORA-00942":
            return []
        raise
    return [int(row[0]) for row in rows]


def _apply(session: Session, migration: sql.Migration) -> None:
    script = parse_script(migration.text, name=f"{migration.name}.sql")
    for piece in script.pieces:
        if piece.kind not in (PieceKind.SQL, PieceKind.PLSQL):
            continue
        try:
            session.execute(piece.text, {})
        except DatabaseError as error:
            if error.code not in _ALREADY_THERE:
                where = f"{script.name}:{piece.first_line}"
                raise DatabaseError(f"{where}: {error.message}", error.code) from error


def _record(session: Session, owner: str, migration: sql.Migration) -> bool:
    """Write down a migration; False when somebody else just did."""
    binds = {"version": migration.version, "name": migration.name}
    try:
        session.change(sql.statement("insert_version", owner), [binds])
    except DatabaseError as error:
        if error.code == "ORA-00001":
            session.rollback()
            return False
        raise
    session.commit()
    return True
