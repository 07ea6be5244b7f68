"""The expression parser of PL/SQL; it compiles to closures over a frame."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: PLR0911 - a grammar's alternatives read best in one place
# ruff: noqa: PLC0415 - the modules of a language that nests in itself need each other
# ruff: noqa: ARG005 - the functions of a table share one signature

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import (
    builtins,
    bulk,
    constructors,
    events,
    multiset,
    operators,
    paths,
)
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.lookup import NameParser
from airflow_oracle_dag.sandbox.plsql.scope import (
    CursorDef,
    Names,
    Overloads,
    Subprogram,
    Variable,
)
from airflow_oracle_dag.sandbox.plsql.shapes import CollectionType, RecordType
from airflow_oracle_dag.sandbox.plsql.types import (
    BOOLEAN,
    DATE,
    LITERAL,
    NUMBER,
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
                found = multiset.is_condition(self, left)
                if found is not None:
                    left = found if wanted else operators.negate(found)
                    continue
                self.must("NULL")
                left = operators.is_null(left, wanted)
            elif self.at_any(*_COMPARISONS):
                left = multiset.compare(self, self.next().value, left, self._additive())
            elif self.at_any("NOT", "LIKE", "BETWEEN", "IN", "MEMBER", "SUBMULTISET"):
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
        if self.take("MEMBER"):
            return multiset.member(self, left)
        if self.take("SUBMULTISET"):
            return multiset.submultiset(self, left)
        if self.take("BETWEEN"):
            low = self._additive()
            self.must("AND")
            high = self._additive()
            return operators.both(
                operators.compare(">=", left, low), operators.compare("<=", left, high)
            )
        self.must("IN", "(")
        found = multiset.compare(self, "=", left, self.expression())
        while self.take(","):
            found = operators.either(found, multiset.compare(self, "=", left, self.expression()))
        self.must(")")
        return found

    def operand(self) -> Expression:
        """Parse what may stand on one side of a comparison."""
        return self._additive()

    def _additive(self) -> Expression:
        left = self._multiplicative()
        while self.at_any("+", "-", "||", "MULTISET"):
            if self.take("MULTISET"):
                left = multiset.operation(self, left, self._multiplicative)
                continue
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
        if self.at("AT", "TIME") or self.at("AT", "LOCAL"):
            raise unimplemented("AT TIME ZONE in PL/SQL expressions")
        while self.take("**"):
            left = operators.arithmetic("**", left, self._unary())
        return left

    # -- operands -----------------------------------------------------------------------------

    def _primary(self) -> Expression:
        token = self.token
        if token.kind is Kind.NUMBER:
            self.next()
            try:
                number = constant_number(token.value)
            except InvalidOperation:
                detail = f'PLS-00103: Encountered the symbol "{token.value}"'
                raise CompileError(self.text, token.start, detail) from None
            return Expression(lambda frame: number, NUMBER)
        if token.kind is Kind.STRING:
            self.next()
            text = token.value or None
            return Expression(lambda frame: text, LITERAL)
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
        if self.at("CARDINALITY", "(") or self.at("SET", "("):
            return paths.follow(self, multiset.function(self))
        if self.at_any(*events.CONDITIONS) and self.scope.find(self.token.value) is None:
            return events.condition(self)
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
        from airflow_oracle_dag.sandbox.plsql.sql_expression import (
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
        if name == "BULK_ROWCOUNT":
            self.must("(")
            index = self.expression().run
            self.must(")")
            return Expression(lambda frame: bulk.row_count(frame, index(frame)), NUMBER)
        if name == "BULK_EXCEPTIONS":
            return bulk.exceptions(self)
        raise CompileError(
            self.text, offset, f"PLS-00208: identifier '{name}' is not a legal cursor attribute"
        )

    def _name(self) -> Expression:
        from airflow_oracle_dag.sandbox.plsql.calls import (
            call_subprogram,
        )  # it parses arguments with this class

        offset = self.token.start
        predefined = self._predefined(self.token.value, offset)
        if predefined is not None:
            return predefined
        found, home, called = self.take_item()
        if isinstance(found, Variable):
            return paths.read(self, found)
        if isinstance(found, (Subprogram, Overloads)):
            return paths.follow(self, call_subprogram(self, found, home, offset, function=True))
        if isinstance(found, (CollectionType, RecordType)) and self.at("("):
            return paths.follow(self, constructors.constructor(self, found))
        if isinstance(found, CursorDef) and self.at("%"):
            return paths.cursor_attribute(self, paths.cursor_state(found))
        raise self.undeclared(called, offset)

    def _predefined(self, name: str, offset: int) -> Expression | None:
        """Parse what the text has not declared: SYS packages, built-in functions, sequences."""
        from airflow_oracle_dag.sandbox.plsql.calls import call_member  # see _name

        if self.scope.find(name) is not None:
            return None
        member, length = self.member()
        if member:
            self.index += 2 * length - 1
            return call_member(self, member, offset)
        if self.peek().value != "." and self.token.kind is Kind.WORD:
            if name in builtins.PSEUDO and not (name == "SQLERRM" and self.peek().value == "("):
                self.next()
                return builtins.PSEUDO[name]
            if name in builtins.SQL_ONLY:
                detail = (
                    f"PLS-00204: function or pseudo-column '{name}' may be used inside a SQL"
                    " statement only"
                )
                raise CompileError(self.text, offset, detail)
            if builtins.known(name):
                self.next()
                return builtins.call(name, [a.value for a in self.arguments()])
        if self.dotted()[-1] in ("NEXTVAL", "CURRVAL") and self.known_item()[0] is None:
            return self._sequence(offset)
        return None

    def _sequence(self, offset: int) -> Expression:
        """Parse ``sequence.NEXTVAL`` (PL/SQL Language Reference, "Pseudocolumns …")."""
        from airflow_oracle_dag.sandbox.plsql.sql_expression import SqlExpression  # see _asked

        parts = self.dotted()
        if self.names is None:
            raise self.undeclared(".".join(parts), offset)
        self.index += 2 * len(parts) - 1
        end = self.tokens[self.index - 1].end
        return Expression(SqlExpression(self, offset, end).compiled().run, NUMBER)

    def designator(self) -> Expression:
        """Parse a variable, a field or an element as a value."""
        offset = self.token.start
        found, _, name = self.take_item()
        if not isinstance(found, Variable):
            raise self.undeclared(name, offset)
        return paths.read(self, found)

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


def constant_number(text: str) -> Any:
    """Read a numeric literal."""
    if text[-1] in "fFdD":
        return float(text[:-1])
    return tidy(Decimal(text))
