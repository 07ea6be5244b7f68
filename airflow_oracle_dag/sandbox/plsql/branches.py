"""IF, CASE, loops, EXIT and CONTINUE.

PL/SQL Language Reference, "PL/SQL Control Statements".
"""

from __future__ import annotations

from typing import Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.plsql import control
from airflow_oracle_dag.sandbox.plsql.control import ExitLoop
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.forall import ForallParser
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.scope import CursorDef, Scope
from airflow_oracle_dag.sandbox.plsql.shapes import Typed
from airflow_oracle_dag.sandbox.session import OracleError


class BranchParser(ForallParser):
    """Parse what chooses among statements or repeats them."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loops: list[tuple[str, ...]] = []  # labels of the loops around, innermost last

    def _do_if(self) -> Execute:
        self.must("IF")
        arms: list[tuple[Expression, Execute]] = []
        while True:
            condition = self.expression()
            self.must("THEN")
            arms.append((condition, self.statements()))
            if not self.take("ELSIF"):
                break
        otherwise = self.statements() if self.take("ELSE") else None
        self.must("END", "IF", ";")
        return control.choose(arms, otherwise)

    def _do_case(self) -> Execute:
        self.must("CASE")
        subject = None if self.at("WHEN") else self.expression()
        arms: list[tuple[Expression, Execute]] = []
        while self.take("WHEN"):
            condition = self.expression()
            if subject is not None:
                condition = control.equals(subject, condition)
            self.must("THEN")
            arms.append((condition, self.statements()))
        otherwise = self.statements() if self.take("ELSE") else control.no_case
        self.must("END", "CASE", ";")
        return control.choose(arms, otherwise)

    def _do_exit(self) -> Execute:
        return self._leave("EXIT", ExitLoop)

    def _do_continue(self) -> Execute:
        return self._leave("CONTINUE", control.ContinueLoop)

    def _leave(self, word: str, kind: type[control.LoopSignal]) -> Execute:
        offset = self.token.start
        self.must(word)
        if not self.loops:
            detail = "PLS-00376: illegal EXIT/CONTINUE statement; it must appear inside a loop"
            raise CompileError(self.text, offset, detail)
        offset = self.token.start
        label = self.identifier() if self.token.kind is Kind.WORD and not self.at("WHEN") else ""
        if label and not any(label in labels for labels in self.loops):
            raise CompileError(
                self.text, offset, f"PLS-00201: identifier '{label}' must be declared"
            )
        condition = self.expression() if self.take("WHEN") else None
        self.must(";")

        def run(frame: Frame) -> None:
            if condition is None or condition.run(frame):
                raise kind(label)

        return run

    # -- loops --------------------------------------------------------------------------------

    def loop_body(self) -> Execute:
        """Parse LOOP … END LOOP."""
        self.must("LOOP")
        self.loops.append(self.scope.labels)
        body = self.statements()
        self.loops.pop()
        self.must("END", "LOOP")
        if self.token.kind is Kind.WORD:
            self.next()
        self.must(";")
        return body

    def _do_loop(self, labels: tuple[str, ...]) -> Execute:
        return control.loop(None, self._labelled_body(labels), labels)

    def _do_while(self, labels: tuple[str, ...]) -> Execute:
        self.must("WHILE")
        condition = self.expression()
        return control.loop(condition, self._labelled_body(labels), labels)

    def _labelled_body(self, labels: tuple[str, ...]) -> Execute:
        outer, self.scope = self.scope, Scope(self.scope, labels=labels)
        body = self.loop_body()
        self.scope = outer
        return body

    def _do_for(self, labels: tuple[str, ...]) -> Execute:
        self.must("FOR")
        name = self.identifier()
        self.must("IN")
        outer = self.scope
        self.scope = Scope(outer, labels=labels)
        try:
            if self.at("(") and self._query_ahead():
                return self.query_loop(name, labels)
            found, _, _ = self.known_item()
            if isinstance(found, CursorDef):
                return self.cursor_loop(name, found, labels)
            down = self.take("REVERSE")
            low = self.expression()
            self.must("..")
            high = self.expression()
            variable = self.add_variable(name, Typed(control.INDEX))
            variable.constant = True
            return control.count(variable.slot, low, high, down, self.loop_body(), labels)
        finally:
            self.scope = outer

    def _query_ahead(self) -> bool:
        ahead = 1
        while self.peek(ahead).value == "(":
            ahead += 1
        return self.peek(ahead).value in ("SELECT", "WITH")

    def statements(self) -> Execute:
        """Compile statements up to what ends them."""
        raise OracleError(600, "internal error: no statement parser")
