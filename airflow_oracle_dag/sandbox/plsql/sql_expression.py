"""Expressions that are left to SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_rows import decode_rows
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.sql import StaticSql
from airflow_oracle_dag.sandbox.session import Direction

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser


class SqlExpression:
    """Be an expression whose syntax only SQL's parser knows (CAST, EXTRACT, TRIM)."""

    def __init__(self, parser: ExpressionParser, start: int, end: int) -> None:
        for token in parser.tokens:
            if token.kind is Kind.BIND and start <= token.start < end:
                parser.binds.use(token.value, Direction.IN)
        self._sql = StaticSql(parser, parser.text[start:end], start, expression=True)

    def compiled(self) -> Expression:
        """Return it as an expression."""

        def run(frame: Frame) -> Any:
            result = self._sql.run(frame)
            return decode_rows(result, frame.session.database.types, 0, 1)[0][0]

        return Expression(run)
