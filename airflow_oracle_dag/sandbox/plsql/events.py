"""INSERTING, UPDATING and DELETING.

PL/SQL Language Reference, "Conditional Predicates for Detecting Triggering DML Statement".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.types import BOOLEAN

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

CONDITIONS = {"INSERTING": "INSERT", "UPDATING": "UPDATE", "DELETING": "DELETE"}


def condition(parser: ExpressionParser) -> Expression:
    """Parse one of them; UPDATING may name a column."""
    event = CONDITIONS[parser.next().value]
    column: Expression | None = None
    if event == "UPDATE" and parser.take("("):
        column = parser.expression()
        parser.must(")")

    def run(frame: Frame) -> Any:
        firing = frame.session.firing[-1] if frame.session.firing else None
        if firing is None or firing.event != event:
            return False
        return column is None or str(column.run(frame)).upper() in firing.columns

    return Expression(run, BOOLEAN)
