"""Anonymous blocks: compiled once, run many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.dialect.types import parse_type
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.control import ExitLoop, Return
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Frame
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.types import from_sql
from airflow_oracle_dag.sandbox.session import BindType, Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


class Block:
    """Be a compiled block; sessions share it.

    :param bind_names: each placeholder once, in the order of the text.
    """

    def __init__(self, parser: PlsqlParser, body: Execute, names: list[str]) -> None:
        self.bind_names: Sequence[str] = tuple(names)
        self.directions: Sequence[Direction] = parser.binds.directions()
        self._body = body
        self._parser = parser
        self._checked: tuple[str, int, str] | None = None

    def run(
        self, session: EngineSession, values: Sequence[Any], types: Sequence[BindType]
    ) -> list[Any]:
        """Run as a top-level call: an unhandled error undoes what the call did.

        What it committed stays (AskTom on statement-level atomicity; PL/SQL Language Reference).
        """
        self._check(session)
        frame = Frame(session, self._parser.slots, self._empty_as_null(values), types)
        session.transaction.begin_block()
        try:
            self._execute(frame)
        except OracleError as error:
            session.transaction.end_block(failed=True)
            raise _located(error, frame.line) from error
        except BaseException:
            session.transaction.end_block(failed=True)
            raise
        session.transaction.end_block(failed=False)
        return frame.binds

    def run_inside(self, outer: Frame, values: Sequence[Any]) -> list[Any]:
        """Run as dynamic SQL of another block."""
        self._check(outer.session)
        frame = Frame(outer.session, self._parser.slots, self._empty_as_null(values), ())
        frame.handlers = outer.handlers
        self._execute(frame)
        return frame.binds

    def _empty_as_null(self, values: Sequence[Any]) -> list[Any]:
        return [None if v in ("", b"") else v for v in values]

    def _execute(self, frame: Frame) -> None:
        try:
            self._body(frame)
        except Return:
            return
        except ExitLoop as error:
            raise OracleError(6550, "PLS-00376: illegal EXIT/CONTINUE statement") from error

    def _check(self, session: EngineSession) -> None:
        """Find what Oracle finds at compile time: missing tables, wrong SQL, anchored types."""
        key = (session.schema, session.database.generation, session.user)
        if self._checked == key:
            return
        self._check_packages(session)
        for variable, owner, table, column in self._parser.columns:
            text = session.column_type(owner, table, column)
            if text is None:
                raise CompileError(
                    self._parser.text,
                    0,
                    f"PLS-00201: identifier '{table}.{column}' must be declared",
                )
            variable.type = from_sql(parse_type(text))
        for statement in self._parser.sql_statements:
            statement.bind(session)
        self._checked = key

    def _check_packages(self, session: EngineSession) -> None:
        for package, offset in self._parser.packages.items():
            if not session.database.users.may_execute(session.user, package):
                detail = f"PLS-00201: identifier '{package}' must be declared"
                raise CompileError(self._parser.text, offset, detail)


def _located(error: OracleError, line: int) -> OracleError:
    if error.code == 6550 or not line:
        return error
    return OracleError(error.code, f"{error.message}\nORA-06512: at line {line}", error.offset)


def compile_block(text: str, tokens: list[Token]) -> Block:
    """Compile an anonymous block or a CALL.

    :raises CompileError: ORA-06550 with line and column.
    """
    names: list[str] = []
    for token in tokens:
        if token.kind is Kind.BIND and token.value not in names:
            names.append(token.value)
    parser = PlsqlParser(text, tokens, BindTable(names))
    if parser.take("CALL"):
        tokens.insert(len(tokens) - 1, Token(Kind.OP, ";", len(text), len(text)))
        body = parser.statement()
    else:
        while parser.take("<<"):
            parser.identifier()
            parser.must(">>")
        body = parser.block()
    parser.take("/")
    if not parser.at_end():
        raise parser.unexpected("end-of-file")
    return Block(parser, body, names)
