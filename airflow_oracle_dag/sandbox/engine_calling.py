"""A query or DML statement that calls stored functions: they run first, then the statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.engine_rows import ResultRows, dml_result
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.sql import StaticSql
from airflow_oracle_dag.sandbox.session import (
    BindType,
    OracleError,
    Result,
    StatementKind,
    Value,
)

if TYPE_CHECKING:
    from psycopg.pq import abc as pq_abc

    from airflow_oracle_dag.sandbox.dialect.translate import Translation
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.plsql.column_calls import ColumnCall


class CallingSql:
    """Be a statement with a function that SQL does not know.

    :param error: what it is if the schema does not know it either.
    """

    def __init__(self, sql: str, tokens: list[Token], error: OracleError) -> None:
        query = tokens[0].value not in ("INSERT", "UPDATE", "DELETE", "MERGE")
        self.kind = StatementKind.QUERY if query else StatementKind.DML
        binds = [token for token in tokens if token.kind is Kind.BIND]
        self.bind_names = tuple(token.value for token in binds)
        self.error = error
        numbered = [f"ODAG$BIND{place}" for place in range(len(binds))]
        text, done = [], 0
        for name, token in zip(numbered, binds, strict=True):  # by place: each has its own value
            text += [sql[done : token.start], f":{name}"]
            done = token.end
        written = "".join(text) + sql[done:]
        parser = PlsqlParser(written, tokenize(written), BindTable(numbered))
        self._sql = StaticSql(parser, written, 0, plain=True)

    def translation(self, session: EngineSession) -> Translation:
        """Translate for a session.

        :raises OracleError: what is wrong with it where the schema has no such function either.
        """
        if session.database.code.empty:
            raise self.error
        return self._sql.bind(session.view).translation

    def calls(self, view: SchemaView) -> Sequence[ColumnCall | None]:
        """Return the calls on columns, as a schema knows them."""
        return self._sql.bind(view).calls

    def run_inside(
        self, outer: Frame, values: Sequence[Value], types: Sequence[BindType | None]
    ) -> pq_abc.PGresult:
        """Run once, as dynamic SQL of a block."""
        frame = Frame(outer.session, 0, list(values), types)
        frame.handlers = outer.handlers
        return self._sql.run(frame)

    def execute(
        self,
        session: EngineSession,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
    ) -> Result:
        """Run once per row of binds; an error undoes what the functions did, too."""
        translation = self.translation(session)
        width = len(self.bind_names) - len(translation.into)
        if any(len(row) < width for row in iterations):
            raise OracleError(1008, "not all variables bound")
        results = []
        session.transaction.begin_block()
        try:
            for row in iterations or [()]:
                values = [None if value in ("", b"") else value for value in row]
                results.append(self._sql.run(Frame(session, 0, values, bind_types)))
        except BaseException:
            session.transaction.end_block(failed=True)
            raise
        session.transaction.end_block(failed=False)
        types = session.database.types
        if self.kind is StatementKind.QUERY:
            return Result(self.kind, rows=ResultRows(results[0], types, translation.names))
        return dml_result(translation.into, width, results, types)


@lru_cache(maxsize=200)
def _calling(sql: str) -> CallingSql:
    return CallingSql(sql, tokenize(sql), OracleError(904, "invalid identifier"))


def without_parentheses(sql: str, error: OracleError) -> CallingSql:
    """Return a statement anew in which a name may be a function without parentheses.

    :param error: what it is if it is none.
    """
    found = _calling(sql)
    found.error = error
    return found
