"""What the compiler asks the dictionary: SYS packages, the SQL of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser


def check_names(parser: PlsqlParser, view: SchemaView) -> None:
    """Look whether the SYS packages that are named may be used.

    :raises Undeclared: PLS-00201.
    """
    for package, offset in parser.packages.items():
        if not view.database.users.may_execute(view.user, package, roles=view.roles):
            raise parser.undeclared(package, offset)


def check_sql(parser: PlsqlParser, view: SchemaView) -> None:
    """Translate all SQL of a text.

    :raises CompileError: what Oracle would find when it compiles the text.
    """
    for statement in parser.sql_statements:
        statement.bind(view)
