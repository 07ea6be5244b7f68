"""The tables of a query block as values: how their rows travel through a subquery.

A rewritten query often has to work on the joined rows first and go on with them under the names
that the query knows. A table's row travels as one value; a subquery's columns travel one by one,
since PostgreSQL does not look into a row without a type of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import named, quoted
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

Names = Sequence[tuple[str, Sequence[str]]]  # alias, and the columns of a subquery


def conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    """Give the conditions that AND joins."""
    if isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And):
        yield from conjuncts(node.this)
    else:
        yield node


def all_of(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """Join conditions by AND."""
    joined: exp.Expression = exp.Paren(this=conditions[0].copy())
    for condition in conditions[1:]:
        joined = exp.And(this=joined, expression=exp.Paren(this=condition.copy()))
    return joined


def named_sources(select: exp.Select) -> Names:
    """Return what FROM reads, by the names that it has there; give one to what has none."""
    if select.args.get("from_") is None:
        raise OracleError(923, "FROM keyword not found where expected")
    sources = [select.args["from_"].this]
    sources += [join.this for join in select.args.get("joins") or []]
    ctes = {cte.alias: cte for cte in select.root().find_all(exp.CTE)}
    names: list[tuple[str, Sequence[str]]] = []
    for number, source in enumerate(sources):
        if isinstance(source, exp.Subquery) and not source.alias:
            source.set("alias", exp.TableAlias(this=quoted(f"$S{number}")))
        elif not isinstance(source, (exp.Table, exp.Subquery)):
            raise unimplemented("this source of a query that is taken apart")
        names.append((source.alias or source.name, _fields_of(source, ctes)))
    aliases = {alias for alias, _ in names}
    for column in select.find_all(exp.Column):
        if column.db and column.table in aliases:
            column.set("db", None)
    return names


def carriers(names: Names) -> list[exp.Expression]:
    """Return the columns in which the rows travel."""
    columns: list[exp.Expression] = []
    for place, (alias, fields) in enumerate(names):
        if not fields:
            columns.append(named(exp.Column(this=quoted(alias)), f"$R{place}"))
        columns += [
            named(exp.Column(this=quoted(field), table=quoted(alias)), f"$R{place}.{number}")
            for number, field in enumerate(fields)
        ]
    return columns


def carried(select: exp.Select) -> tuple[list[exp.Expression], Names]:
    """Return the columns in which the rows of a query travel, and what they were called."""
    names = named_sources(select)
    return carriers(names), names


def spread(names: Names, row: str) -> str:
    """Write joins that give the rows their names back.

    :param row: what has the columns of `carriers`.
    """
    return "".join(
        f' CROSS JOIN LATERAL (SELECT {_columns(place, fields, row)}) AS "{escaped(alias)}"'
        for place, (alias, fields) in enumerate(names)
    )


def _columns(place: int, fields: Sequence[str], row: str) -> str:
    if not fields:
        return f'({row}."$R{place}").*'
    return ", ".join(
        f'{row}."$R{place}.{number}" AS "{escaped(field)}"' for number, field in enumerate(fields)
    )


def _fields_of(source: exp.Expression, ctes: dict[str, exp.CTE]) -> list[str]:
    if isinstance(source, exp.Table):
        named = None if source.db else ctes.get(source.name)
        return [] if named is None else _fields(named)
    return _fields(source)


def _fields(source: exp.Expression) -> list[str]:
    """Return the columns of a subquery or a common table expression."""
    alias = source.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return [column.name for column in alias.args["columns"]]
    query: exp.Expression = source.this
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    shown = list(query.expressions) if isinstance(query, exp.Select) else []
    if len(shown) == 1 and isinstance(shown[0], exp.Star) and not query.args.get("joins"):
        inner = query.args["from_"].this
        if isinstance(inner, exp.Subquery):
            return _fields(inner)
    names = [item.alias_or_name for item in shown]
    if not all(names) or "*" in names:
        raise unimplemented("a query taken apart over a subquery whose columns have no names")
    return names


def escaped(name: str) -> str:
    """Write a name within a template."""
    return name.replace('"', '""').replace("{", "{{").replace("}", "}}")
