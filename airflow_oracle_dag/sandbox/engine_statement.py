"""Parsed statements: what the wire keeps under a cursor id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token, tokenize
from airflow_oracle_dag.sandbox.dialect.pivot import ShapeNeeded
from airflow_oracle_dag.sandbox.dialect.translate import Translation, translate
from airflow_oracle_dag.sandbox.engine_calling import CallingSql
from airflow_oracle_dag.sandbox.engine_ddl import Action, parse_action
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.block import Block, compile_block
from airflow_oracle_dag.sandbox.plsql.cursors import with_place
from airflow_oracle_dag.sandbox.session import (
    BindType,
    Column,
    OracleError,
    Result,
    StatementKind,
    Value,
)

if TYPE_CHECKING:
    from psycopg.pq import abc as pq_abc

    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.plsql.frame import Frame

_LONGEST = 2_000_000
_MOST_BINDS = 65_535
_REMEMBERED = 65_536  # characters: what is longer is hardly sent twice
_QUERY = frozenset({"SELECT", "WITH", "("})
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_PLSQL = frozenset({"BEGIN", "DECLARE", "<<", "CALL"})


@dataclass
class EngineStatement:
    """Hold one parsed statement; exactly one of the last four is set.

    :param placed: of a query FOR UPDATE: the same with a last column that says where a row is.
    """

    sql: str
    kind: StatementKind
    bind_names: Sequence[str] = ()
    columns: Sequence[Column] = field(default_factory=list)
    placed: Translation | None = None
    translation: Translation | None = None
    block: Block | None = None
    action: Action | None = None
    calls: CallingSql | ShapedSql | None = None


class ShapedSql:
    """Be a statement whose translation depends on tables: PIVOT and UNPIVOT of a table."""

    def __init__(self, sql: str, tokens: list[Token]) -> None:
        self.kind = StatementKind.QUERY if tokens[0].value in _QUERY else StatementKind.DML
        self.bind_names = tuple(t.value for t in tokens if t.kind is Kind.BIND)
        self._sql = sql

    def translation(self, session: EngineSession) -> Translation:
        """Translate for a session, with the columns that the tables have now.

        :raises OracleError: ORA-00942 for a table that is not there.
        """
        database = session.database
        shapes: dict[tuple[str | None, str], Sequence[str]] = {}
        while True:
            try:
                return translate(self._sql, shapes=shapes)
            except ShapeNeeded as needed:
                owner, name = needed.table
                columns = database.columns_of(owner or session.schema, name)
                columns = columns or database.columns_of("PUBLIC", name)
                if columns is None:
                    raise OracleError(942, f'table or view "{name}" does not exist') from None
                shapes[needed.table] = tuple(columns)

    def run_inside(
        self, outer: Frame, values: Sequence[Value], types: Sequence[BindType | None]
    ) -> pq_abc.PGresult:
        """Run once, as dynamic SQL of a block."""
        return outer.session.run(self.translation(outer.session), values, types)

    def execute(
        self,
        session: EngineSession,
        bind_types: Sequence[BindType],
        iterations: Sequence[Sequence[Value]],
    ) -> Result:
        """Run once per row of binds."""
        made = self.translation(session)
        statement = EngineStatement(self._sql, self.kind, self.bind_names, translation=made)
        return session.runner.execute(statement, bind_types, iterations, describe_only=False)


def _parse(sql: str) -> EngineStatement:
    if "\0" in sql:  # PostgreSQL would take what is before it for the whole
        raise unimplemented("character 0 in a statement")
    tokens = tokenize(sql)
    if sum(token.kind is Kind.BIND for token in tokens) > _MOST_BINDS:
        raise unimplemented(f"a statement of more than {_MOST_BINDS} binds")
    first = tokens[0]
    if first.kind is Kind.END:
        raise OracleError(900, "invalid SQL statement")
    if first.value in _PLSQL:
        block = compile_block(sql, tokens)
        return EngineStatement(sql, StatementKind.PLSQL, block.bind_names, block=block)
    if first.value in _QUERY or first.value in _DML:
        try:
            translation = translate(sql)
        except ShapeNeeded:
            shaped = ShapedSql(sql, tokens)
            return EngineStatement(sql, shaped.kind, shaped.bind_names, calls=shaped)
        except OracleError as error:
            if error.code != 904:
                raise
            calls = CallingSql(sql, tokens, error)  # the schema may know the function
            return EngineStatement(sql, calls.kind, calls.bind_names, calls=calls)
        kind = StatementKind.QUERY if translation.verb == "SELECT" else StatementKind.DML
        names = (*translation.binds, *translation.into)
        placed = (
            _placed(sql) if kind is StatementKind.QUERY and translation.lock is not None else None
        )
        return EngineStatement(sql, kind, names, placed=placed, translation=translation)
    if first.kind is not Kind.WORD:
        raise OracleError(900, "invalid SQL statement")
    return EngineStatement(sql, StatementKind.DDL, action=parse_action(sql, tokens))


def _placed(sql: str) -> Translation | None:
    text = with_place(sql)
    try:
        return translate(text) if text is not None else None
    except OracleError:
        return None


_remembered = lru_cache(maxsize=2000)(_parse)


def parse_statement(sql: str) -> EngineStatement:
    """Parse any statement; the outcome is shared by all sessions and never changed.

    :raises OracleError: ORA-03001 for one so long that parsing it would hold others up.
    """
    if len(sql) > _LONGEST:
        raise unimplemented(f"a statement of more than {_LONGEST} characters")
    return _remembered(sql) if len(sql) <= _REMEMBERED else _parse(sql)
