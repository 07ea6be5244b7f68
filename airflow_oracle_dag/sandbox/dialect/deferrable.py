"""Deferrable CHECK and NOT NULL constraints, which PostgreSQL lacks: a constraint trigger each.

Oracle defers every kind of constraint (SQL Language Reference, constraint, "constraint_state");
PostgreSQL defers keys and foreign keys by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_oracle_dag.sandbox.dialect.ddl_common import dotted, ident, text


@dataclass(frozen=True)
class DeferrableCheck:
    """Be a check that is made at the end of the statement or of the transaction.

    :param deferral: ``DEFERRABLE`` and what follows it.
    """

    name: str
    condition: str
    deferral: str

    def create(self, owner: str, table: str) -> str:
        """Write the statement that makes it."""
        return (
            f"CREATE CONSTRAINT TRIGGER {ident(self.name)} AFTER INSERT OR UPDATE ON"
            f" {dotted(owner, table)}{self.deferral} FOR EACH ROW"
            f" EXECUTE FUNCTION oracle.deferrable_check({text(self.condition)})"
        )

    def validate(self, owner: str, table: str) -> str:
        """Write the statement that looks at the rows that are there already."""
        values = (text(dotted(owner, table)), text(self.name), text(self.condition))
        return f"SELECT oracle.check_rows({', '.join(values)})"
