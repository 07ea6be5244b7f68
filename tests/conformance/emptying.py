"""Leave a schema as it was found: empty."""

from __future__ import annotations

import oracledb

#: In the order in which they are dropped: what depends on others comes first.
KINDS = {
    "JOB": "begin dbms_scheduler.drop_job('\"{0}\"', force => true); end;",
    "MATERIALIZED VIEW": 'drop materialized view "{0}"',
    "TRIGGER": 'drop trigger "{0}"',
    "VIEW": 'drop view "{0}" cascade constraints',
    "TABLE": 'drop table "{0}" cascade constraints purge',
    "SEQUENCE": 'drop sequence "{0}"',
    "SYNONYM": 'drop synonym "{0}"',
    "PROCEDURE": 'drop procedure "{0}"',
    "FUNCTION": 'drop function "{0}"',
    "PACKAGE BODY": 'drop package body "{0}"',
    "PACKAGE": 'drop package "{0}"',
    "TYPE": 'drop type "{0}" force',
}
_FOUND = (
    "select object_type, object_name from user_objects"
    " union select 'JOB', job_name from user_scheduler_jobs"
)


def owned(connection: oracledb.Connection) -> list[tuple[str, str]]:
    """Return type and name of what a schema holds, its jobs included."""
    with connection.cursor() as cursor:
        return cursor.execute(_FOUND).fetchall()


def empty(connection: oracledb.Connection) -> None:
    """Drop everything that the session's user owns.

    :raises AssertionError: for what could not be dropped.
    """
    names = owned(connection)
    if not names:
        return
    with connection.cursor() as cursor:
        for wanted, statement in KINDS.items():
            for kind, name in names:
                # What belongs to an identity column goes with its table.
                if kind == wanted and not name.startswith("ISEQ$$"):
                    _drop(cursor, statement.format(name))
    assert owned(connection) == [], "a case has left something behind"


def _drop(cursor: oracledb.Cursor, statement: str) -> None:
    try:
        cursor.execute(statement)
    except oracledb.DatabaseError as error:
        # It went with what was dropped before it: a trigger with its view, a job by itself.
        if error.args[0].code not in {942, 1418, 2289, 4043, 4080, 12003, 27475}:
            raise
