"""sqlglot's Oracle parser and PostgreSQL generator, bent to keep Oracle's functions as written."""

# ruff: noqa: ARG005 - the functions of a table share one signature

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import TokenType, exp
from sqlglot.dialects.oracle import Oracle
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.oracle import OracleParser

from airflow_oracle_dag.sandbox.dialect.functions import PgCast, PgRaw, PgText
from airflow_oracle_dag.sandbox.session import OracleError

_INTEGER_PLACES = (
    exp.Ordered,
    exp.Limit,
    exp.Fetch,
    exp.Offset,
    exp.WindowSpec,
    exp.DataTypeParam,
    PgCast,
)


class OracleReader(Oracle):
    """Parse every function as a plain call, so that `functions.py` alone decides."""

    class Parser(OracleParser):
        """Know no function but those with a syntax of their own."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        #: || is as strong as + and -: SQL Language Reference, "Operator Precedence".
        TERM: ClassVar[dict[Any, Any]] = {**OracleParser.TERM, TokenType.DPIPE: exp.DPipe}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: OracleParser.NO_PAREN_FUNCTION_PARSERS[name]
            for name in ("ANY", "CASE", "CONNECT_BY_ROOT")
            if name in OracleParser.NO_PAREN_FUNCTION_PARSERS
        } | {"PRIOR": lambda self: self.expression(exp.Prior(this=self._parse_unary()))}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: OracleParser.FUNCTION_PARSERS[name] for name in ("CAST", "EXTRACT", "TRIM")
        }

        def _parse_connect_with_prior(self) -> exp.Expression | None:
            """Read a condition; PRIOR is known everywhere, by the table above."""
            return self._parse_disjunction()  # type: ignore[return-value]  # a condition is an expression


class PostgresWriter(Postgres):
    """Write text literals typed and whole numbers as NUMBER."""

    class Generator(PostgresGenerator):
        """Leave names as they are; the translator has qualified them."""

        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **PostgresGenerator.TRANSFORMS,
            PgCast: lambda self, e: f"CAST({self.sql(e, 'this')} AS {e.args['to']})",
            PgRaw: lambda self, e: str(e.args["this"]),
            PgText: lambda self, e: str(e.this).format(*[self.sql(x) for x in e.expressions]),
        }

        def literal_sql(self, expression: exp.Literal) -> str:
            """Write a literal; 1 becomes ``1.``, which PostgreSQL reads as numeric."""
            if expression.is_string:
                return "CAST('{}' AS text)".format(expression.name.replace("'", "''"))
            text = str(expression.this)
            place = expression.parent
            ranged = isinstance(place, exp.WindowSpec) and place.args.get("kind") == "RANGE"
            if text.isdigit() and (ranged or not isinstance(place, _INTEGER_PLACES)):
                return text + "."
            return text

        def placeholder_sql(self, expression: exp.Placeholder) -> str:
            """Write ``:b3`` as ``$3``."""
            return "$" + str(expression.this)[1:]

        def is_sql(self, expression: exp.Is) -> str:
            """Write ``IS``; IS JSON looks at the text that a LOB holds."""
            if isinstance(expression.expression, exp.JSON):
                value = self.sql(expression, "this")
                return f"oracle.json_text({value}) IS {self.sql(expression, 'expression')}"
            return super().is_sql(expression)

        def anonymous_sql(self, expression: exp.Anonymous) -> str:
            """Write a call with its name as it stands."""
            return f"{expression.this}({self.expressions(expression, flat=True)})"


def parse(text: str) -> exp.Expression | None:
    """Parse one prepared statement; None for an empty one."""
    return OracleReader().parse(text)[0]  # type: ignore[return-value]  # no other kind of tree comes


def parsed(text: str, sql: str) -> exp.Expression:
    """Parse one prepared statement of a client.

    :param sql: what the client has written, for the place of an error.
    :raises OracleError: for a syntax error.
    """
    try:
        tree = parse(text)
    except ParseError as error:
        raise _syntax_error(error, text, sql) from error
    except SqlglotError as error:
        raise OracleError(900, f"invalid SQL statement: {error}") from error
    if tree is None:
        raise OracleError(900, "invalid SQL statement")
    return tree


def _syntax_error(error: ParseError, text: str, sql: str) -> OracleError:
    """Choose the number that Oracle gives for the commonest mistakes."""
    what = error.errors[0] if error.errors else {}
    token = str(what.get("highlight") or "")
    offset = max(sql.upper().find(token.upper()), 0) if token else len(sql)
    message = str(what.get("description") or error)
    words = text.split()
    first = words[0].upper() if words else ""
    if first in ("SELECT", "WITH") and token.upper() in ("FROM", "") and "Expected" not in message:
        return OracleError(936, "missing expression", offset)
    if first == "SELECT" and " FROM " not in f" {text.upper()} ":
        return OracleError(923, "FROM keyword not found where expected", offset)
    if "Expecting )" in message:
        return OracleError(907, "missing right parenthesis", offset)
    if "Required" in message or "expected" in message.lower():
        return OracleError(936, "missing expression", offset)
    return OracleError(933, f"SQL command not properly ended (near {token!r})", offset)


def generate(tree: exp.Expression) -> str:
    """Write a translated tree for PostgreSQL."""
    return PostgresWriter().generate(tree, normalize_functions=False, comments=False)
