"""ROWNUM: conditions on it become LIMIT, its value becomes a row number."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import AGGREGATES, PgRaw, call, quoted, to
from airflow_oracle_dag.sandbox.engine_errors import unimplemented


def _rownum_limit(node: exp.Expression) -> exp.Expression | None:
    """Return the row count that ``ROWNUM <= n`` and its like allow, None for anything else."""
    if not isinstance(node, (exp.LTE, exp.LT, exp.EQ)):
        return None
    if not isinstance(node.this, exp.Column) or node.this.name != "ROWNUM" or node.this.table:
        return None
    bound = node.expression
    if isinstance(node, exp.EQ):
        if isinstance(bound, exp.Literal) and bound.this == "1":
            return exp.Literal.number(1)
        raise unimplemented("ROWNUM = n other than 1")
    if isinstance(node, exp.LT):
        bound = exp.Sub(this=exp.Paren(this=bound), expression=exp.Literal.number(1))
        return to(
            call("greatest", to(call("ceil", to(bound, "numeric")), "bigint"), PgRaw(this="0")),
            "bigint",
        )
    return to(call("greatest", call("floor", to(bound, "numeric")), PgRaw(this="0")), "bigint")


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    else:
        yield node


def _split_rownum(owner: exp.Expression) -> exp.Expression | None:
    """Take a ROWNUM condition out of a WHERE and return its limit."""
    where = owner.args.get("where")
    if where is None:
        return None
    limit: exp.Expression | None = None
    rest: list[exp.Expression] = []
    for part in _conjuncts(where.this):
        found = _rownum_limit(part.this if isinstance(part, exp.Paren) else part)
        if found is None:
            rest.append(part)
        elif limit is not None:
            raise unimplemented("two conditions on ROWNUM")
        else:
            limit = found
    if limit is None:
        return None
    if rest:
        condition = rest[0].copy()
        for part in rest[1:]:
            condition = exp.And(this=condition, expression=part.copy())
        where.set("this", condition)
    else:
        owner.set("where", None)
    return limit


def rownum(tree: exp.Expression) -> None:
    """Turn ROWNUM conditions into LIMIT, and ROWNUM as a value into a row number.

    Oracle counts rows before ORDER BY, GROUP BY and DISTINCT, so with these the limited rows go
    into a subquery, which is possible for one table.
    """
    for select in list(tree.find_all(exp.Select)):
        limit = _split_rownum(select)
        if limit is None:
            continue
        late = [name for name in ("order", "group", "distinct", "having") if select.args.get(name)]
        aggregated = any(
            str(e.this) in AGGREGATES | {"COUNT", "LISTAGG"}
            and not isinstance(e.parent, exp.Window)
            for item in select.expressions
            for e in item.find_all(exp.Anonymous)
        )
        if not late and not aggregated:
            select.set("limit", exp.Limit(expression=limit))
            continue
        source = select.args["from_"].this
        if select.args.get("joins") or not isinstance(source, (exp.Table, exp.Subquery)):
            raise unimplemented("ROWNUM with ORDER BY or GROUP BY over several tables")
        name = source.alias or source.name or "ROWNUM$"
        inner = exp.Select(
            expressions=[exp.Star()],
            from_=exp.From(this=source.copy()),
            where=select.args.get("where"),
            limit=exp.Limit(expression=limit),
        )
        select.set("where", None)
        select.set(
            "from_",
            exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted(name)))),
        )
    _limit_dml(tree)
    _row_numbers(tree)


def _limit_dml(tree: exp.Expression) -> None:
    """Let DELETE and UPDATE take the first rows found."""
    for dml in list(tree.find_all(exp.Update, exp.Delete)):
        limit = _split_rownum(dml)
        if limit is not None:
            table = dml.this.copy()
            inner = exp.Select(
                expressions=[PgRaw(this="ctid")],
                from_=exp.From(this=table),
                where=dml.args.get("where"),
                limit=exp.Limit(expression=limit),
            )
            dml.set(
                "where",
                exp.Where(this=exp.In(this=PgRaw(this="ctid"), query=exp.Subquery(this=inner))),
            )


def _row_numbers(tree: exp.Expression) -> None:
    """Put row numbers where ROWNUM is a value."""
    for column in list(tree.find_all(exp.Column)):
        if column.name == "ROWNUM" and not column.table:
            where = column.find_ancestor(exp.Where)
            owner = column.find_ancestor(exp.Select)
            if where is not None and where.find_ancestor(exp.Select) is owner:
                raise unimplemented("this condition on ROWNUM")
            column.replace(to(PgRaw(this="row_number() OVER ()"), "numeric"))
