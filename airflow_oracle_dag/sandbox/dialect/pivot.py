"""PIVOT and UNPIVOT as plain subqueries.

SQL Language Reference, SELECT, "pivot_clause" and "unpivot_clause": PIVOT groups by every column
that it does not name, so the columns of what it reads must be known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgText, named, quoted
from airflow_oracle_dag.sandbox.dialect.sources import escaped
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

Shapes = Mapping[tuple[str | None, str], Sequence[str]]  # the columns of tables
_AGGREGATES = frozenset({"SUM", "AVG", "MIN", "MAX", "COUNT", "LISTAGG", "STDDEV", "VARIANCE"})


class ShapeNeeded(OracleError):
    """Ask for the columns of a table; ORA-03001 where they cannot be looked up.

    :ivar table: owner, None for the current schema, and name.
    """

    def __init__(self, table: tuple[str | None, str]) -> None:
        text = "PIVOT or UNPIVOT of a table here; select its columns in an inline view"
        super().__init__(3001, unimplemented(text).message)
        self.table = table


def pivots(tree: exp.Expression, shapes: Shapes) -> None:
    """Replace PIVOT and UNPIVOT.

    :raises ShapeNeeded: for a table that `shapes` does not know.
    """
    ctes = {cte.alias: cte for cte in tree.find_all(exp.CTE)}
    while (found := list(tree.find_all(exp.Pivot))) != []:
        source = found[-1].parent
        if not isinstance(source, (exp.Table, exp.Subquery)):
            raise unimplemented("PIVOT here")
        pivot, *others = source.args["pivots"]
        alias = pivot.alias or source.alias or source.name
        inner = source.copy()
        inner.set("pivots", None)
        inner.set("alias", exp.TableAlias(this=quoted("$P")))
        fields = _Fields(shapes, ctes).of(source)
        select = (_unpivoted if pivot.args.get("unpivot") else _pivoted)(pivot, inner, fields)
        made = exp.Subquery(this=select, pivots=[other.copy() for other in others])
        if alias and not others:
            made.set("alias", exp.TableAlias(this=quoted(alias)))
        source.replace(made)


class _Fields:
    """Find the columns of what FROM reads."""

    def __init__(self, shapes: Shapes, ctes: Mapping[str, exp.CTE]) -> None:
        self._shapes = shapes
        self._ctes = ctes

    def of(self, source: exp.Expression) -> list[str]:
        alias = source.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            return [column.name for column in alias.args["columns"]]
        if isinstance(source, (exp.Subquery, exp.CTE)):
            return self._of_query(source.this)
        assert isinstance(source, exp.Table)  # noqa: S101 - what else has columns was refused
        if not source.db and source.name in self._ctes:
            return self.of(self._ctes[source.name])
        place = source.db or None, source.name
        if place not in self._shapes:
            raise ShapeNeeded(place)
        return list(self._shapes[place])

    def _of_query(self, query: exp.Expression) -> list[str]:
        while isinstance(query, (exp.SetOperation, exp.Subquery)):
            query = query.this
        names: list[str] = []
        for item in query.expressions:
            star = item if isinstance(item, exp.Star) else item.this
            if not isinstance(star, exp.Star):
                names.append(item.alias_or_name)
                continue
            sources = [query.args["from_"].this]
            sources += [join.this for join in query.args.get("joins") or ()]
            for source in sources:
                if not isinstance(source, (exp.Table, exp.Subquery)):
                    raise unimplemented("PIVOT of this query")
                if item is star or item.table == (source.alias or source.name):
                    names += self.of(source)
        if not all(names):
            raise unimplemented("PIVOT of a query with an expression that has no alias")
        return names


def _column(name: str) -> exp.Column:
    return exp.Column(this=quoted(name), table=quoted("$P"))


def _names(node: exp.Expression) -> list[str]:
    """Return the names of one column or of several in parentheses."""
    listed = node.expressions if isinstance(node, exp.Tuple) else [node.unnest()]
    return [item.name for item in listed]


def _pivoted(pivot: exp.Pivot, inner: exp.Expression, fields: Sequence[str]) -> exp.Select:
    if len(pivot.args["fields"]) != 1:
        raise unimplemented("this PIVOT")
    chosen = pivot.args["fields"][0]
    keys = _names(chosen.this)
    used = {c.name for e in pivot.expressions for c in e.find_all(exp.Column)} | set(keys)
    groups = [name for name in fields if name not in used]
    shown: list[exp.Expression] = [_column(name) for name in groups]
    for value in chosen.expressions:
        aliased = isinstance(value, exp.PivotAlias)
        constants = (value.this if aliased else value).unnest()
        listed = constants.expressions if isinstance(constants, exp.Tuple) else [constants]
        if len(listed) != len(keys):
            raise OracleError(56900, "bind variable or wrong number of values in pivot operation")
        if any(part.find(exp.Column, exp.Query) for part in listed):
            raise OracleError(
                56901, "non-constant expression is not allowed for pivot|unpivot values"
            )
        name = value.args["alias"].name if aliased else "_".join(_shown(p) for p in listed)
        met = [
            exp.EQ(this=_column(key), expression=part.copy())
            for key, part in zip(keys, listed, strict=True)
        ]
        for aggregate in pivot.expressions:
            suffix = f"_{aggregate.alias}" if isinstance(aggregate, exp.Alias) else ""
            shown.append(named(_where(aggregate, exp.and_(*met, copy=False)), name + suffix))
    select = exp.Select(expressions=shown, from_=exp.From(this=inner))
    if groups:
        select.set("group", exp.Group(expressions=[_column(name) for name in groups]))
    return select


def _shown(value: exp.Expression) -> str:
    """Write a constant as the heading of its column."""
    return value.sql(dialect="oracle")


def _where(aggregate: exp.Expression, condition: exp.Expr) -> exp.Expression:
    """Let an aggregate function look at some rows only."""
    made = (aggregate.this if isinstance(aggregate, exp.Alias) else aggregate).copy()
    inner = made.this if isinstance(made, exp.WithinGroup) else made
    if not isinstance(inner, exp.Anonymous) or str(inner.this).upper() not in _AGGREGATES:
        raise OracleError(56902, "expect aggregate function inside pivot operation")
    argument = inner.expressions[0]
    if isinstance(argument, exp.Distinct):
        argument = argument.expressions[0]
    value = exp.Literal.number(1) if isinstance(argument, exp.Star) else argument.copy()
    argument.replace(exp.Case(ifs=[exp.If(this=condition.copy(), true=value)]))
    return made


def _unpivoted(pivot: exp.Pivot, inner: exp.Expression, fields: Sequence[str]) -> exp.Select:
    values = _names(pivot.expressions[0])
    chosen = pivot.args["fields"][0]
    label = chosen.this.name
    taken: set[str] = set()
    rows: list[str] = []
    parts: list[exp.Expression] = [inner]
    for item in chosen.expressions:
        aliased = isinstance(item, exp.PivotAlias)
        names = _names(item.this if aliased else item)
        if len(names) != len(values):
            raise OracleError(913, "too many values" if len(names) > len(values) else "few values")
        taken.update(names)
        text = item.args["alias"] if aliased else exp.Literal.string("_".join(names))
        if not isinstance(text, exp.Literal):
            raise OracleError(
                56901, "non-constant expression is not allowed for pivot|unpivot values"
            )
        start = len(parts)
        parts += [text.copy(), *(_column(name) for name in names)]
        rows.append("(" + ", ".join(f"{{{n}}}" for n in range(start, len(parts))) + ")")
    made = ", ".join(f'"{escaped(name)}"' for name in (label, *values))
    source = f'{{0}} CROSS JOIN LATERAL (VALUES {", ".join(rows)}) AS "$U" ({made})'
    shown: list[exp.Expression] = [_column(name) for name in fields if name not in taken]
    shown += [exp.Column(this=quoted(name), table=quoted("$U")) for name in (label, *values)]
    select = exp.Select(
        expressions=shown, from_=exp.From(this=PgText(this=source, expressions=parts))
    )
    if not pivot.args.get("include_nulls"):
        known = [
            exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null()))
            for column in shown[-len(values) :]
        ]
        select.set("where", exp.Where(this=exp.or_(*known, copy=False)))
    return select
