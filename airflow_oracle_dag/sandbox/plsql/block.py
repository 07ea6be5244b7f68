"""Anonymous blocks: compiled once, run many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.engine_rows import ResultRows
from airflow_oracle_dag.sandbox.plsql.binds import BindTable
from airflow_oracle_dag.sandbox.plsql.checks import check_names, check_sql
from airflow_oracle_dag.sandbox.plsql.control import ExitLoop, Return
from airflow_oracle_dag.sandbox.plsql.cursors import ClientQuery, OpenCursor
from airflow_oracle_dag.sandbox.plsql.errors import Undeclared, noted
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Frame
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.scope import Names
from airflow_oracle_dag.sandbox.plsql.shapes import RefCursor
from airflow_oracle_dag.sandbox.session import BindType, Direction, Disconnected, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_Key = tuple[str, int, str, bool]


class _Compiled:
    """Be a block's code."""

    def __init__(
        self, text: str, tokens: list[Token], binds: list[str], names: Names | None
    ) -> None:
        parser = PlsqlParser(text, tokens, BindTable(binds), names)
        if parser.take("CALL"):
            self.body = parser.call_statement()
        else:
            labels: list[str] = []
            while parser.take("<<"):
                labels.append(parser.identifier())
                parser.must(">>")
            self.body = parser.block(top=True, labels=tuple(labels))
        parser.take("/")
        if not parser.at_end():
            raise parser.unexpected("end-of-file")
        self.parser = parser
        self.slots = parser.slots
        self.directions: Sequence[Direction] = parser.binds.directions()


class Block:
    """Be a block; sessions share it.

    Without stored code it is compiled when it is parsed. A block that names what only the schema
    can know is compiled for the schema, and again after a DDL.

    :param bind_names: each placeholder once, in the order of the text.
    """

    def __init__(self, text: str, tokens: list[Token], names: list[str]) -> None:
        self.bind_names: Sequence[str] = tuple(names)
        self._text = text
        self._tokens = tokens
        self._plain: _Compiled | None = None
        self._checked: tuple[_Key, _Compiled] | None = None
        try:
            self._plain = _Compiled(text, tokens, names, None)
        except Undeclared:
            return  # `prepare` asks the schema

    @property
    def directions(self) -> Sequence[Direction]:
        """The directions of the binds, as far as they are known."""
        code = self._checked[1] if self._checked is not None else self._plain
        return code.directions if code is not None else ()

    def prepare(self, session: EngineSession) -> Sequence[Direction]:
        """Compile for a session and return the directions of the binds.

        :raises CompileError: what Oracle finds at compile time.
        """
        return self._code(session).directions

    def run(
        self, session: EngineSession, values: Sequence[Any], types: Sequence[BindType]
    ) -> list[Any]:
        """Run as a top-level call: an unhandled error undoes what the call did.

        What it committed stays (AskTom on statement-level atomicity; PL/SQL Language Reference).
        """
        code = self._code(session)
        frame = Frame(session, code.slots, self._empty_as_null(values), types)
        session.transaction.begin_block()
        try:
            _execute(code.body, frame)
        except OracleError as error:
            session.transaction.end_block(failed=True)
            raise _located(error, frame.line) from error
        except RecursionError as error:
            session.transaction.end_block(failed=True)
            raise OracleError(6500, "PL/SQL: storage error") from error
        except BaseException:
            session.transaction.end_block(failed=True)
            raise
        session.transaction.end_block(failed=False)
        return [v.opened if isinstance(v, RefCursor) else v for v in frame.binds]

    def run_inside(
        self, outer: Frame, values: Sequence[Any], types: Sequence[BindType | None]
    ) -> list[Any]:
        """Run as dynamic SQL of another block."""
        code = self._code(outer.session)
        frame = Frame(outer.session, code.slots, self._empty_as_null(values), types)
        frame.handlers = outer.handlers
        try:
            _execute(code.body, frame)
        except OracleError as error:
            noted(error, frame.label, frame.line)
            raise
        return frame.binds

    def _empty_as_null(self, values: Sequence[Any]) -> list[Any]:
        return [_entered(value) for value in values]

    def _code(self, session: EngineSession) -> _Compiled:
        """Find what Oracle finds at compile time: missing names, wrong SQL, anchored types."""
        key = (session.schema, session.database.generation, session.acting, session.roles)
        if self._checked is not None and self._checked[0] == key:
            return self._checked[1]
        view = session.view
        code = self._plain
        if code is not None:
            try:
                check_names(code.parser, view)
            except Undeclared:
                code = None  # it may be a package's variable
        if code is None:
            names = session.database.code.names(view)
            code = _Compiled(self._text, self._tokens, list(self.bind_names), names)
            check_names(code.parser, view)
        check_sql(code.parser, view)
        self._checked = (key, code)
        return code


def _entered(value: Any) -> Any:
    """Take a value from a client: an empty text is NULL, a cursor may be assigned and fetched."""
    if isinstance(value, OpenCursor):
        return RefCursor(value)
    if isinstance(value, ResultRows):
        return RefCursor(ClientQuery(value))
    return None if value in ("", b"") else value


def _execute(body: Execute, frame: Frame) -> None:
    try:
        body(frame)
    except Return:
        return
    except ExitLoop as error:
        raise OracleError(6550, "PLS-00376: illegal EXIT/CONTINUE statement") from error


def _located(error: OracleError, line: int) -> OracleError:
    if error.code == 6550 or isinstance(error, Disconnected) or not line:
        return error
    calls = "\n".join([error.message, *error.backtrace, f"ORA-06512: at line {line}"])
    return OracleError(error.code, calls, error.offset)


def compile_block(text: str, tokens: list[Token]) -> Block:
    """Compile an anonymous block or a CALL.

    :raises CompileError: ORA-06550 with line and column.
    """
    names: list[str] = []
    for token in tokens:
        if token.kind is Kind.BIND and token.value not in names:
            names.append(token.value)
    return Block(text, tokens, names)
