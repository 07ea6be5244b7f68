"""What the data definition parsers share: names, expressions, attributes without effect."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: C901, PLR0912 - a grammar's alternatives read best in one place

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from airflow_oracle_dag.sandbox.dialect import grammar
from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.dialect.prepare import prepare
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.dialect.tree import rewrite
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

SYSTEM_NAME = "\0SYSC\0"  # replaced by a new SYS_C… name each time the statement runs

#: Makes the views again that were taken away, or that had errors.
REVIVE = "SELECT oracle.revive_views()"
QUERY = "\0QUERY\0"  # stands where a statement has its query


@dataclass
class Plan:
    """Say what a data definition statement does in PostgreSQL.

    :param statements: in order; `OWNER` in front of an unqualified name is already filled in.
    :param touched: ``(owner, name)`` of what is new or altered, for the dictionary.
    :param missing: the error when the object is not there, None for ORA-00942.
    :param privilege: the system privilege that it takes, "" for none that matters.
    :param sources: tables that a query in it reads.
    :param query: what is to stand at `QUERY`.
    :param stays: that query is kept, and not run at once.
    :param commits: it ends the transaction, as all do but those of private temporary tables.
    """

    statements: list[str] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    missing: OracleError | None = None
    privilege: str = ""
    sources: Sequence[tuple[str | None, str]] = ()
    query: Translation | None = None
    stays: bool = False
    commits: bool = True


def ident(name: str) -> str:
    """Quote an identifier for PostgreSQL."""
    return '"' + name.replace('"', '""') + '"'


def dotted(owner: str, name: str) -> str:
    """Write a qualified name."""
    return f"{ident(owner)}.{ident(name)}"


def text(value: str) -> str:
    """Write a text literal."""
    return "'" + value.replace("'", "''") + "'"


def result_columns(query: Translation) -> str:
    """List the columns that a query gives to what is made of it; expressions need an alias there.

    :raises OracleError: ORA-00998.
    """
    if query.unnamed:
        raise OracleError(998, "must name this expression with a column alias")
    return "" if query.names is None else f" ({', '.join(ident(n) for n in query.names)})"


def views_aside(target: str) -> str:
    """Take away the views that read a table or view which goes or changes; see `REVIVE`."""
    return f"SELECT oracle.set_views_aside({text(target)})"


def value_sql(source: str) -> str:
    """Translate an expression, such as a DEFAULT."""
    tree = grammar.parsed(_prepared(f"SELECT {source} FROM DUAL"), source)
    if not tree.expressions:
        raise OracleError(936, "missing expression")
    return grammar.generate(rewrite(tree).expressions[0])


def condition_sql(source: str) -> str:
    """Translate a condition, such as a CHECK."""
    tree = grammar.parsed(_prepared(f"SELECT 1 FROM DUAL WHERE ({source})"), source)
    return grammar.generate(rewrite(tree).args["where"].this)


def _prepared(sql: str) -> str:
    prepared = prepare(sql)
    if prepared.binds:
        raise OracleError(1027, "bind variables not allowed for data definition operations")
    return prepared.text


_WITH_NUMBER = ("PCTFREE", "PCTUSED", "INITRANS", "MAXTRANS", "PCTTHRESHOLD")
_ALONE = (
    "LOGGING", "NOLOGGING", "NOCOMPRESS", "CACHE", "NOCACHE", "NOPARALLEL", "MONITORING",
    "NOMONITORING", "REVERSE", "ONLINE", "VISIBLE", "NOROWDEPENDENCIES", "ENABLE", "VALIDATE",
    "NOVALIDATE", "RELY", "NORELY",
)  # fmt: skip


def skip_physical(cursor: TokenCursor) -> None:
    """Take storage attributes, which have no meaning here."""
    while not cursor.at_end():
        if cursor.at_any(*_WITH_NUMBER):
            cursor.next()
            cursor.number()
        elif cursor.at("ENABLE", "ROW", "MOVEMENT") or cursor.at("DISABLE", "ROW", "MOVEMENT"):
            return
        elif cursor.at_any(*_ALONE):
            cursor.next()
        elif cursor.take("TABLESPACE"):
            cursor.name()
        elif cursor.take("STORAGE") or cursor.take("RESULT_CACHE"):
            cursor.skip_parenthesised()
        elif cursor.take("SEGMENT", "CREATION"):
            cursor.next()
        elif cursor.take("COMPUTE", "STATISTICS"):
            continue
        elif cursor.take("PARALLEL") or cursor.take("COMPRESS"):
            _optional_argument(cursor)
        elif cursor.take("ROW", "STORE", "COMPRESS") or cursor.take("COLUMN", "STORE", "COMPRESS"):
            cursor.take("BASIC") or cursor.take("ADVANCED")
            cursor.take("FOR", "QUERY") or cursor.take("FOR", "ARCHIVE")
            cursor.take("HIGH") or cursor.take("LOW")
        elif cursor.take("LOB"):
            cursor.skip_parenthesised()
            cursor.expect("STORE", "AS")
            cursor.take("SECUREFILE") or cursor.take("BASICFILE")
            if cursor.token.kind in (Kind.WORD, Kind.QUOTED) and not cursor.at_any(
                *_ALONE, "TABLESPACE"
            ):
                cursor.name()
            if cursor.at("("):
                cursor.skip_parenthesised()
        elif cursor.take("ORGANIZATION", "HEAP") or cursor.take("ORGANIZATION", "INDEX"):
            continue
        elif cursor.at("ORGANIZATION") or cursor.at("CLUSTER"):
            raise unimplemented(f"{cursor.token.value} in CREATE TABLE")
        else:
            return


def _optional_argument(cursor: TokenCursor) -> None:
    if cursor.at("("):
        cursor.skip_parenthesised()
    elif cursor.token.kind is Kind.NUMBER or cursor.at_any("BASIC", "DEFAULT"):
        cursor.next()
    elif cursor.take("FOR"):
        cursor.index += 2
