"""Private temporary tables: of one session, and without a COMMIT around what makes them.

SQL Language Reference, CREATE TABLE, "PRIVATE TEMPORARY". PostgreSQL finds its own temporary
tables before those of the schema, so statements need no other name.
"""

from __future__ import annotations

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_columns import (
    column_definition,
    length_check,
    table_constraint,
)
from airflow_oracle_dag.sandbox.dialect.ddl_common import QUERY, Plan, ident, result_columns
from airflow_oracle_dag.sandbox.dialect.translate import Translation, translate
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

PREFIX = "ORA$PTT_"


def is_private(name: str) -> bool:
    """Tell a private temporary table by its name."""
    return name.startswith(PREFIX)


def private_place(name: str) -> str:
    """Write the name of a private temporary table for PostgreSQL."""
    return f"pg_temp.{ident(name)}"


def create_private(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind CREATE: ``PRIVATE TEMPORARY TABLE …``."""
    cursor.expect("PRIVATE", "TEMPORARY", "TABLE")
    if cursor.at("IF", "NOT", "EXISTS"):
        raise unimplemented("IF NOT EXISTS with a private temporary table")
    owner, name = cursor.qualified()
    if not is_private(name):
        raise OracleError(903, "invalid table name", cursor.token.start)
    items = _columns(cursor, owner or schema, name) if cursor.take("(") else []
    end = " ON COMMIT DROP"
    if cursor.take("ON", "COMMIT"):
        end = "" if cursor.take("PRESERVE") else end
        if end:
            cursor.expect("DROP")
        cursor.expect("DEFINITION")
    made = f"CREATE TEMPORARY TABLE {private_place(name)}"
    query: Translation | None = None
    if cursor.take("AS"):
        query = translate(cursor.text[cursor.token.start :])
        if query.binds:
            raise OracleError(1027, "bind variables not allowed for data definition operations")
        if items:
            raise unimplemented("a private temporary table with columns and a query")
        sql = f"{made}{result_columns(query)}{end} AS {QUERY}"
    else:
        cursor.finish()
        if not items:
            raise cursor.error("missing left parenthesis", 906)
        sql = f"{made} ({', '.join(items)}){end}"
    sources = () if query is None else query.tables
    return Plan([sql], privilege="CREATE TABLE", sources=sources, query=query, commits=False)


def _columns(cursor: TokenCursor, owner: str, name: str) -> list[str]:
    items: list[str] = []
    while True:
        if table_constraint(cursor, owner) is not None:
            raise OracleError(14451, "unsupported feature with temporary table")
        column = column_definition(cursor, owner)
        bare = not column.identity and column.default is None and not column.not_null
        if not bare or column.constraints or column.checks or column.type is None:
            raise OracleError(14451, "unsupported feature with temporary table")
        items.append(column.sql())
        check = length_check(owner, name, column.name, column.type)
        if check is not None:
            items.append(check)
        if cursor.take(")"):
            return items
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)
