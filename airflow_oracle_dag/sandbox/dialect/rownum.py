"""ROWNUM: conditions on it become LIMIT, its value becomes a row number.

SQL Language Reference, "ROWNUM Pseudocolumn": the first row that is looked at has number 1, and a
row that is not taken leaves its number to the next. So a condition on ROWNUM alone takes the rows
up to the first number that it does not hold for, and none if it does not hold for 1.
"""

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import (
    AGGREGATES,
    PgRaw,
    PgText,
    quoted,
    to,
)
from airflow_oracle_dag.sandbox.dialect.sources import all_of, carried, conjuncts, spread
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
#: How many rows a condition lets pass, NULL for all; {0} is what ROWNUM is compared with.
_LIMITS: dict[type[exp.Expr], str] = {
    exp.LTE: "greatest(floor({0}::numeric), 0)::bigint",
    exp.LT: "greatest(ceil({0}::numeric) - 1, 0)::bigint",
    exp.EQ: "CASE WHEN {0}::numeric = 1 THEN 1 ELSE 0 END",
    exp.GT: "CASE WHEN {0}::numeric < 1 THEN NULL ELSE 0 END",
    exp.GTE: "CASE WHEN {0}::numeric <= 1 THEN NULL ELSE 0 END",
    exp.NEQ: "CASE WHEN {0}::numeric < 1 OR {0}::numeric % 1 <> 0 THEN NULL"
    " ELSE {0}::numeric - 1 END::bigint",
}


def _is_rownum(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name == "ROWNUM" and not node.table


def _rownum_limit(node: exp.Expr) -> exp.Expression | None:
    """Return the row count that a condition on ROWNUM allows, None for any other condition."""
    if isinstance(node, exp.Between) and _is_rownum(node.this):
        low, high = node.args["low"], node.args["high"]
        text = (
            "CASE WHEN {0}::numeric <= 1 THEN greatest(floor({1}::numeric), 0) ELSE 0 END::bigint"
        )
        return PgText(this=text, expressions=[exp.Paren(this=low), exp.Paren(this=high)])
    kind: type[exp.Expr] = type(node)
    if kind not in _LIMITS:
        return None
    bound = node.args["expression"]
    if _is_rownum(bound):
        kind, bound = _MIRRORED.get(kind, kind), node.this
    elif not _is_rownum(node.this):
        return None
    if any(_is_rownum(n) for n in bound.walk()):
        return None
    return PgText(this=_LIMITS[kind], expressions=[exp.Paren(this=bound.copy())])


def _split_rownum(owner: exp.Expression) -> exp.Expression | None:
    """Take the conditions on ROWNUM out of a WHERE and return their limit."""
    where = owner.args.get("where")
    if where is None:
        return None
    limits: list[exp.Expression] = []
    rest: list[exp.Expression] = []
    for part in conjuncts(where.this):
        found = _rownum_limit(part.unnest())
        if found is None:
            rest.append(part)
        else:
            limits.append(found)
    if not limits:
        return None
    owner.set("where", exp.Where(this=all_of(rest)) if rest else None)
    if len(limits) == 1:
        return limits[0]
    places = ", ".join(f"{{{n}}}" for n in range(len(limits)))
    return PgText(this=f"least({places})", expressions=limits)


def rownum(tree: exp.Expression) -> None:
    """Turn conditions into LIMIT, and the value into a row number.

    Oracle counts rows before ORDER BY, GROUP BY and DISTINCT, so with these the limited rows go
    into a subquery.
    """
    for select in list(tree.find_all(exp.Select)):
        limit = _split_rownum(select)
        if limit is None:
            continue
        late = [n for n in ("order", "group", "distinct", "having", "limit") if select.args.get(n)]
        if not late and not _aggregates(select):
            select.set("limit", exp.Limit(expression=limit))
        elif select.args.get("from_") is not None:
            _limit_first(select, limit)
    _dml(tree)
    _row_numbers(tree)


def _aggregates(select: exp.Select) -> bool:
    return any(
        str(e.this) in AGGREGATES | {"COUNT", "LISTAGG", "MEDIAN"} and e.parent_select is select
        for item in select.expressions
        for e in item.find_all(exp.Anonymous)
    )


def _limit_first(select: exp.Select, limit: exp.Expression) -> None:
    """Take the rows in a subquery, and go on with them under the names that they have."""
    source = select.args["from_"].this
    if not select.args.get("joins") and isinstance(source, (exp.Table, exp.Subquery)):
        name = source.alias or source.name or "ROWNUM$"
        inner = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=source.copy()),
            where=select.args.get("where"),
            limit=exp.Limit(expression=limit),
        )
        outer: exp.Expression = exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted(name)))
    else:
        columns, names = carried(select)
        inner = exp.Select(
            expressions=columns,
            from_=select.args["from_"].copy(),
            joins=[join.copy() for join in select.args.get("joins") or ()],
            where=select.args.get("where"),
            limit=exp.Limit(expression=limit),
        )
        outer = PgText(
            this=f'({{0}}) AS "$H"{spread(names, chr(34) + "$H" + chr(34))}', expressions=[inner]
        )
        select.set("joins", None)
        for item in list(select.expressions):
            if isinstance(item, exp.Star):
                shown = ", ".join('"' + alias.replace('"', '""') + '".*' for alias, _ in names)
                item.replace(PgRaw(this=shown))
    select.set("where", None)
    select.set("from_", exp.From(this=outer))


def _dml(tree: exp.Expression) -> None:
    """Let DELETE and UPDATE take the first rows found, and SET number them."""
    for dml in list(tree.find_all(exp.Update, exp.Delete)):
        limit = _split_rownum(dml)
        numbers = [
            c for e in dml.expressions for c in e.find_all(exp.Column)
            if _is_rownum(c) and c.parent_select is None
        ]  # fmt: skip
        if limit is None and not numbers:
            continue
        inner = exp.Select(
            expressions=[
                PgRaw(this="ctid" if not numbers else 'ctid AS "$C", row_number() OVER () AS "$N"')
            ],
            from_=exp.From(this=dml.this.copy()),
            where=dml.args.get("where"),
            limit=None if limit is None else exp.Limit(expression=limit),
        )
        if not numbers:
            query = exp.In(this=PgRaw(this="ctid"), query=exp.Subquery(this=inner))
            dml.set("where", exp.Where(this=query))
            continue
        for column in numbers:
            column.replace(PgRaw(this='"$U"."$N"::numeric'))
        dml.set("from_", exp.From(this=PgText(this='({0}) AS "$U"', expressions=[inner])))
        target = dml.this.alias or dml.this.name
        dml.set("where", exp.Where(this=PgRaw(this=f'"{target}".ctid = "$U"."$C"')))


def _row_numbers(tree: exp.Expression) -> None:
    """Put row numbers where ROWNUM is a value."""
    for column in list(tree.find_all(exp.Column)):
        if not _is_rownum(column):
            continue
        where = column.find_ancestor(exp.Where)
        owner = column.find_ancestor(exp.Select)
        if where is not None and where.find_ancestor(exp.Select) is owner:
            raise unimplemented("this condition on ROWNUM")
        if owner is None or owner.args.get("group") is not None:
            raise unimplemented("ROWNUM here")
        column.replace(to(PgRaw(this="row_number() OVER ()"), "numeric"))
