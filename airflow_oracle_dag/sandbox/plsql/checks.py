"""What the compiler asks the dictionary: anchored types, tables, the SQL of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.types import parse_type
from airflow_oracle_dag.sandbox.plsql.types import from_sql

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser


def check_names(parser: PlsqlParser, view: SchemaView) -> None:
    """Give ``t.c%TYPE`` its type, and look whether tables and packages are there.

    :raises Undeclared: PLS-00201.
    """
    for package, offset in parser.packages.items():
        if not view.database.users.may_execute(view.user, package, roles=view.roles):
            raise parser.undeclared(package, offset)
    for variable, owner, table, column, offset in parser.columns:
        text = view.column_type(owner, table, column)
        if text is None:
            raise parser.undeclared(f"{table}.{column}", offset)
        variable.type = from_sql(parse_type(text))
    for owner, table, offset in parser.rows:
        if view.database.columns_of(owner or view.schema, table) is None:
            raise parser.undeclared(table, offset)
    if parser.names is not None:
        for _, owner, table, _, _ in parser.columns:
            parser.names.refer("TABLE", owner, table)
        for owner, table, _ in parser.rows:
            parser.names.refer("TABLE", owner, table)


def check_sql(parser: PlsqlParser, view: SchemaView) -> None:
    """Translate all SQL of a text.

    :raises CompileError: what Oracle would find when it compiles the text.
    """
    for statement in parser.sql_statements:
        statement.bind(view)
