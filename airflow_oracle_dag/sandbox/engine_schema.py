"""Names as they are seen from one schema: what the compiler asks the dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_dictionary import not_here
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_users import is_dynamic_view
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine import EngineDatabase


@dataclass(frozen=True)
class SchemaView:
    """Look tables up.

    :param user: whose privileges count.
    """

    database: EngineDatabase
    schema: str
    user: str
    roles: bool = True  # their privileges count, too

    def known_columns(self, tables: Sequence[tuple[str | None, str]]) -> frozenset[str]:
        """Return all column names of tables, for a block's SQL.

        :raises OracleError: ORA-00942 for a table that is not there.
        """
        names: set[str] = set()
        users = self.database.users
        users.check_tables(self.user, tables, roles=self.roles)
        for owner, name in tables:
            columns = self.database.columns_of(owner or self.schema, name)
            if columns is None:
                if is_dynamic_view(name):
                    raise unimplemented(name)
                place = f'"{owner or self.schema}"."{name}"'
                error = OracleError(942, f"table or view {place} does not exist")
                dba = users.has(self.user, "SELECT ANY DICTIONARY", roles=self.roles)
                raise not_here(error, [(owner, name)], dba=dba) or error
            names.update(columns)
        return frozenset(names)

    def column_type(self, owner: str | None, table: str, column: str) -> str | None:
        """Return a column's Oracle type for %TYPE."""
        return (self.database.columns_of(owner or self.schema, table) or {}).get(column)
