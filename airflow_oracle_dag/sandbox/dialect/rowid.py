"""ROWID: a value made of table and place, and conditions on it that go straight to the row.

SQL Language Reference, "ROWID Pseudocolumn". An inline view has the ROWIDs that it selects.
"""

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgRaw, PgText, call, named
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

_NAME = "ROWID"
_LATE = ("distinct", "group", "having")


def _is_rowid(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Column) and node.name == _NAME


def rowids(tree: exp.Expression) -> exp.Expression:
    """Replace ROWID wherever a row of a table is meant."""
    found = [column for column in tree.find_all(exp.Column) if _is_rowid(column)]
    if not found:
        return tree
    ctes = {cte.alias: cte for cte in tree.find_all(exp.CTE)}
    meant = [column for column in found if _of_table(column, ctes)]
    made = {id(column) for column in meant}
    for column in sorted(meant, key=_compared):  # values first: they may stand in a comparison
        place = column.parent
        if isinstance(place, exp.Select) and column.arg_key == "expressions":
            column.replace(named(_value(column), _NAME))
        elif isinstance(place, exp.EQ) and id(_other(column)) not in made:
            place.replace(_at(column, _other(column)))
        elif isinstance(place, exp.In) and column.arg_key == "this" and place.expressions:
            rows = [_at(column, value) for value in place.expressions]
            place.replace(exp.paren(exp.or_(*rows, copy=False), copy=False))
        else:
            column.replace(_value(column))
    return tree


def _compared(column: exp.Column) -> bool:
    return isinstance(column.parent, (exp.EQ, exp.In))


def _other(column: exp.Column) -> exp.Expression:
    """Return what a ROWID is compared with."""
    sides = column.parent
    assert isinstance(sides, exp.EQ)  # noqa: S101 - tells the type checker what the caller knows
    other: exp.Expression = sides.expression if sides.this is column else sides.this
    return other


def _mark(column: exp.Column) -> str:
    return f'"{column.table}".' if column.table else ""


def _value(column: exp.Column) -> exp.Expression:
    mark = _mark(column)
    return PgRaw(this=f"oracle.rowid_of({mark}tableoid, {mark}ctid)")


def _at(column: exp.Column, value: exp.Expression) -> exp.Expression:
    """Compare with one ROWID, in words that lead PostgreSQL to the row at once."""
    mark = _mark(column).replace("{", "{{").replace("}", "}}")
    text = (
        f"({mark}ctid = oracle.rowid_place({{0}}) AND {mark}tableoid = oracle.rowid_table({{0}}))"
    )
    return PgText(this=text, expressions=[call("oracle.s", value.copy())])


def _of_table(column: exp.Column, ctes: dict[str, exp.CTE]) -> bool:
    """Tell whether it is a table's row, not a column of an inline view.

    :raises OracleError: ORA-00918 for several tables, ORA-01446 for a view whose rows are groups.
    """
    select = column.parent_select
    if select is None or select.args.get("from_") is None:
        return True  # of the table that is changed, or of a query around this one
    sources = [select.args["from_"].this]
    sources += [join.this for join in select.args.get("joins") or ()]
    if column.table:
        sources = [s for s in sources if (s.alias or s.name) == column.table]
    elif len(sources) > 1:
        raise OracleError(918, f'"{_NAME}": column ambiguously specified')
    if not sources:
        return True
    source = sources[0]
    if isinstance(source, exp.Table):
        inner = None if source.db else ctes.get(source.name)
        return inner is None or _shown(inner.this)
    if isinstance(source, exp.Subquery):
        return _shown(source.this)
    return True


def _shown(query: exp.Expression) -> bool:
    """Refuse a view that does not select ROWIDs."""
    inner = query
    while isinstance(inner, exp.Subquery):
        inner = inner.this
    if isinstance(inner, exp.Select) and any(
        item.alias_or_name == _NAME for item in inner.expressions
    ):
        return False
    if not isinstance(inner, exp.Select) or any(inner.args.get(part) for part in _LATE):
        raise OracleError(
            1446, "cannot select ROWID from, or sample, a view with DISTINCT, GROUP BY, etc."
        )
    raise unimplemented("ROWID of an inline view that does not select it")
