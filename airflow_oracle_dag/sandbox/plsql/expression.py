"""The expression parser of PL/SQL; it compiles to closures over a frame."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: PLR0911 - a grammar's alternatives read best in one place
# ruff: noqa: PLC0415 - the modules of a language that nests in itself need each other
# ruff: noqa: ARG005 - the functions of a table share one signature

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import builtins, collection, operators
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, named
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.lookup import NameParser
from airflow_oracle_dag.sandbox.plsql.scope import (
    CursorDef,
    CursorHandle,
    Names,
    Overloads,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.plsql.types import (
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    TIMESTAMP,
    PlType,
    tidy,
)
from airflow_oracle_dag.sandbox.session import Direction, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.binds import BindTable
    from airflow_oracle_dag.sandbox.plsql.calls import Argument
    from airflow_oracle_dag.sandbox.plsql.sql import StaticSql

_COMPARISONS = ("=", "<>", "!=", "^=", "~=", "<", "<=", ">", ">=")


class ExpressionParser(NameParser):
    """Parse expressions; `PlsqlParser` adds statements and declarations."""

    handles = False  # a cursor variable may stand here

    def __init__(
        self, text: str, tokens: list[Token], binds: BindTable, names: Names | None = None
    ) -> None:
        super().__init__(text, tokens, names)
        self.binds = binds
        self.packages: dict[str, int] = {}  # SYS packages that are called, and where first
        self.sql_statements: list[
            StaticSql
        ] = []  # all SQL of the block, to be checked before it runs

    # -- levels of precedence -----------------------------------------------------------------

    def expression(self) -> Expression:
        """Parse a whole expression."""
        left = self._and()
        while self.take("OR"):
            left = operators.either(left, self._and())
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self.take("AND"):
            left = operators.both(left, self._not())
        return left

    def _not(self) -> Expression:
        if self.take("NOT"):
            return operators.negate(self._not())
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._additive()
        while True:
            if self.take("IS"):
                wanted = not self.take("NOT")
                self.must("NULL")
                left = operators.is_null(left, wanted)
            elif self.at_any(*_COMPARISONS):
                left = operators.compare(self.next().value, left, self._additive())
            elif self.at_any("NOT", "LIKE", "BETWEEN", "IN"):
                negated = self.take("NOT")
                left = self._range(left)
                left = operators.negate(left) if negated else left
            else:
                return left

    def _range(self, left: Expression) -> Expression:
        if self.take("LIKE"):
            pattern = self._additive()
            escape = self._additive() if self.take("ESCAPE") else None
            return operators.like(left, pattern, escape)
        if self.take("BETWEEN"):
            low = self._additive()
            self.must("AND")
            high = self._additive()
            return operators.both(
                operators.compare(">=", left, low), operators.compare("<=", left, high)
            )
        self.must("IN", "(")
        found = operators.compare("=", left, self.expression())
        while self.take(","):
            found = operators.either(found, operators.compare("=", left, self.expression()))
        self.must(")")
        return found

    def _additive(self) -> Expression:
        left = self._multiplicative()
        while self.at_any("+", "-", "||"):
            sign = self.next().value
            right = self._multiplicative()
            left = (
                operators.concatenate(left, right)
                if sign == "||"
                else operators.arithmetic(sign, left, right)
            )
        return left

    def _multiplicative(self) -> Expression:
        left = self._unary()
        while self.at_any("*", "/") or (self.at("MOD") and self.peek().value != "("):
            sign = self.next().value
            right = self._unary()
            left = (
                builtins.call("MOD", [left, right])
                if sign == "MOD"
                else operators.arithmetic(sign, left, right)
            )
        return left

    def _unary(self) -> Expression:
        if self.take("-"):
            return operators.minus(self._unary())
        if self.take("+"):
            return self._unary()
        left = self._primary()
        while self.take("**"):
            left = operators.arithmetic("**", left, self._unary())
        return left

    # -- operands -----------------------------------------------------------------------------

    def _primary(self) -> Expression:
        token = self.token
        if token.kind is Kind.NUMBER:
            self.next()
            number = constant_number(token.value)
            return Expression(lambda frame: number, NUMBER)
        if token.kind is Kind.STRING:
            self.next()
            text = token.value or None
            return Expression(lambda frame: text, TEXT)
        if token.kind is Kind.BIND:
            return self._bind()
        if self.take("("):
            inner = self.expression()
            self.must(")")
            return inner
        if token.kind is Kind.QUOTED:
            return self._name()
        if token.kind is Kind.WORD:
            return self._word()
        raise self.unexpected("an expression")

    def _bind(self) -> Expression:
        index = self.binds.use(self.next().value, Direction.IN)
        return Expression(lambda frame: frame.binds[index])

    def _word(self) -> Expression:
        if self.take("NULL"):
            return Expression(lambda frame: None)
        if self.at_any("TRUE", "FALSE"):
            truth = self.next().value == "TRUE"
            return Expression(lambda frame: truth, BOOLEAN)
        if self.at("CASE"):
            return self._case()
        if self.at("SQL", "%"):
            return self._sql_attribute()
        if self.at_any("DATE", "TIMESTAMP", "INTERVAL") and self.peek().kind is Kind.STRING:
            return self._literal()
        if (
            self.at("CAST", "(")
            or self.at("EXTRACT", "(")
            or (self.at("TRIM", "(") and self._trim_words())
        ):
            return self._asked()
        return self._name()

    def _trim_words(self) -> bool:
        return self.peek(2).value in ("LEADING", "TRAILING", "BOTH") or self.peek(3).value == "FROM"

    def _literal(self) -> Expression:
        word, start = self.token.value, self.index
        self.index += 2
        if word == "INTERVAL":
            while self.at_any("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"):
                self.next()
                if self.at("("):
                    self.skip_parenthesised()
        text = self.text[self.tokens[start].start : self.tokens[self.index - 1].end]
        kind = {"DATE": DATE, "TIMESTAMP": TIMESTAMP}.get(word, PlType(OracleType.INTERVAL_DS))
        return Expression(lambda frame: frame.ask(f"SELECT {text} FROM DUAL", [], []), kind)

    def _asked(self) -> Expression:
        """Hand CAST, EXTRACT and TRIM (… FROM …) to SQL, with their operands' values as binds."""
        from airflow_oracle_dag.sandbox.plsql.sql import (
            SqlExpression,
        )  # it compiles through this class

        start = self.token.start
        self.next()
        self.skip_parenthesised()
        end = self.tokens[self.index - 1].end
        return SqlExpression(self, start, end).compiled()

    def _case(self) -> Expression:
        self.must("CASE")
        subject = None if self.at("WHEN") else self.expression()
        arms: list[tuple[Expression, Expression]] = []
        while self.take("WHEN"):
            condition = self.expression()
            if subject is not None:
                condition = operators.compare("=", subject, condition)
            self.must("THEN")
            arms.append((condition, self.expression()))
        otherwise = self.expression() if self.take("ELSE") else None
        self.must("END")

        def run(frame: Frame) -> Any:
            for condition, value in arms:
                if condition.run(frame):
                    return value.run(frame)
            return otherwise.run(frame) if otherwise is not None else None

        return Expression(run, next((v.type for _, v in arms if v.type is not None), None))

    def _sql_attribute(self) -> Expression:
        self.must("SQL", "%")
        offset = self.token.start
        name = self.identifier()
        if name == "ROWCOUNT":
            return Expression(lambda frame: frame.row_count, NUMBER)
        if name == "FOUND":
            return Expression(
                lambda frame: None if frame.row_count is None else frame.row_count > 0, BOOLEAN
            )
        if name == "NOTFOUND":
            return Expression(
                lambda frame: None if frame.row_count is None else frame.row_count == 0, BOOLEAN
            )
        if name == "ISOPEN":
            return Expression(lambda frame: False, BOOLEAN)
        raise CompileError(
            self.text, offset, f"PLS-00208: identifier '{name}' is not a legal cursor attribute"
        )

    def _name(self) -> Expression:
        from airflow_oracle_dag.sandbox.plsql.calls import (
            call_member,
            call_subprogram,
        )  # they parse arguments with this class

        offset = self.token.start
        name = self.token.value
        if self.scope.find(name) is None:
            member, length = self.member()
            if member:
                self.index += 2 * length - 1
                return call_member(self, member, offset)
            if self.peek().value != "." and self.token.kind is Kind.WORD:
                if name in builtins.PSEUDO and not (name == "SQLERRM" and self.peek().value == "("):
                    self.next()
                    return builtins.PSEUDO[name]
                if builtins.known(name):
                    self.next()
                    return builtins.call(name, [a.value for a in self.arguments()])
        found, home, called = self.take_item()
        if isinstance(found, Variable):
            return self._variable(found)
        if isinstance(found, (Subprogram, Overloads)):
            return call_subprogram(self, found, home, offset, function=True)
        if isinstance(found, CursorDef) and home is not None:
            raise unimplemented("a package's cursor outside of it")
        cursor = self._cursor_value(found) if isinstance(found, CursorDef) else None
        if cursor is None:
            raise self.undeclared(called, offset)
        return cursor

    def arguments(self) -> list[Argument]:
        """Parse ``(a, name => b)``, perhaps nothing."""
        from airflow_oracle_dag.sandbox.plsql.calls import Argument  # see _name

        listed: list[Argument] = []
        if not self.take("("):
            return listed
        if self.take(")"):
            return listed
        while True:
            name = ""
            if self.peek().value == "=>":
                name = self.identifier()
                self.next()
            start = self.index
            value = self.expression()
            listed.append(Argument(value, name, start, self.index))
            if self.take(")"):
                return listed
            self.must(",")

    def _variable(self, variable: Variable) -> Expression:
        slot = variable.slot
        if variable.collection is not None:
            return collection.read(self, variable)
        if variable.home is not None:
            return self._outside(variable)
        if variable.record:
            if not self.take("."):
                return Expression(lambda frame: frame.slots[slot])
            field = self.identifier()
            if variable.fields is not None and field not in variable.fields:
                raise self.undeclared(f"{variable.name}.{field}", self.token.start)
            kind = (variable.fields or {}).get(field)
            return Expression(lambda frame: record_field(frame.slots[slot], field), kind)
        return Expression(lambda frame: frame.slots[slot], variable.type)

    def _outside(self, variable: Variable) -> Expression:
        """Read a variable of a package; its state is made or found when the code runs."""
        slot, slots = variable.slot, variable.slots
        if variable.record and self.take("."):
            field = self.identifier()
            return Expression(
                lambda frame: record_field(slots(frame)[slot], field),
                (variable.fields or {}).get(field),
            )
        return Expression(lambda frame: slots(frame)[slot], variable.type)

    def _cursor_value(self, cursor: CursorDef) -> Expression | None:
        if self.at("%"):
            return self._cursor_attribute(cursor)
        if not self.handles or cursor.query is not None:
            return None
        handle = CursorHandle(cursor.slot)
        return Expression(lambda frame: handle)

    def _cursor_attribute(self, cursor: CursorDef) -> Expression:
        self.must("%")
        name = self.identifier()
        slot = cursor.slot

        def run(frame: Frame) -> Any:
            state = frame.slots[slot]
            if name == "ISOPEN":
                return state is not None
            if state is None:
                raise named(1001)
            return {
                "FOUND": state.found,
                "NOTFOUND": None if state.found is None else not state.found,
                "ROWCOUNT": state.count,
            }[name]

        if name not in ("ISOPEN", "FOUND", "NOTFOUND", "ROWCOUNT"):
            raise unimplemented(f"cursor attribute %{name}")
        return Expression(run, NUMBER if name == "ROWCOUNT" else BOOLEAN)


def record_field(record: Any, field: str) -> Any:
    """Read a field of a record; an unset record has NULL everywhere."""
    return None if record is None else record.get(field)


def constant_number(text: str) -> Any:
    """Read a numeric literal."""
    if text[-1] in "fFdD":
        return float(text[:-1])
    return tidy(Decimal(text))
