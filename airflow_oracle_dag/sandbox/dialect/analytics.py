"""Aggregates and analytic functions that PostgreSQL lacks, from those that it has.

SQL Language Reference, "Analytic Functions" and the functions' own sections. What looks at the
values of a whole group takes them as an array; the functions over arrays are in ``queries.sql``.
"""

# ruff: noqa: PLR0911 - a grammar's alternatives read best in one place

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgRaw, PgText, call
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_BEFORE = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
_AFTER = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
_KEPT = {"MAX", "MIN", "SUM", "AVG", "COUNT", "STDDEV", "VARIANCE"}
_SPREADS = {"STDDEV": "STDDEV_SAMP", "VARIANCE": "VAR_SAMP"}
_FLOATS = frozenset(
    {"CORR", "COVAR_POP", "COVAR_SAMP", "REGR_SLOPE", "REGR_INTERCEPT", "REGR_R2", "REGR_COUNT"}
)


def text(template: str, *parts: exp.Expression) -> PgText:
    """Compose an expression."""
    return PgText(this=template, expressions=list(parts))


def analytics(tree: exp.Expression) -> None:
    """Rewrite every analytic function and aggregate that needs it, innermost first."""
    for node in reversed(list(tree.walk())):
        if isinstance(node, exp.Window):
            made = _window(node)
        elif isinstance(node, exp.WithinGroup):
            made = None if isinstance(node.parent, exp.Window) else _within_group(node)
        elif isinstance(node, exp.Anonymous):
            made = _aggregate(node)
        else:
            continue
        if made is not None:
            node.replace(made)


def _over(
    function: str,
    arguments: list[exp.Expression],
    window: exp.Window,
    *,
    order: list[exp.Expression] | None = None,
    frame: str = "",
) -> PgText:
    """Write ``function OVER (…)``.

    :param function: with ``{0}`` … for its arguments.
    :param order: instead of the window's own.
    """
    parts = [a.copy() for a in arguments]
    clauses: list[str] = []
    for word, listed in (
        ("PARTITION BY", window.args.get("partition_by") or []),
        ("ORDER BY", _order(window) if order is None else order),
    ):
        if listed:
            places = range(len(parts), len(parts) + len(listed))
            clauses.append(f"{word} {', '.join(f'{{{place}}}' for place in places)}")
            parts += [item.copy() for item in listed]
    if frame:
        clauses.append(frame)
    return text(f"{function} OVER ({' '.join(clauses)})", *parts)


def _order(window: exp.Expression) -> list[exp.Expression]:
    order = window.args.get("order")
    return [] if order is None else list(order.expressions)


def _window(node: exp.Window) -> exp.Expression | None:
    inner = node.this
    if str(node.args.get("over") or "") == "KEEP":
        return None if isinstance(node.parent, exp.Window) else _keep(node, None)
    if isinstance(inner, exp.Window):
        return _keep(inner, node)
    if isinstance(inner, exp.WithinGroup):
        return _within_group_over(inner, node)
    if isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls)):
        called = inner.this
        if isinstance(inner, exp.RespectNulls):
            node.set("this", called)
            return None
        return _ignoring(called, list(called.expressions), node)
    if not isinstance(inner, exp.Anonymous):
        return None
    name, arguments = inner.name.upper(), list(inner.expressions)
    if arguments and isinstance(arguments[0], exp.RespectNulls):
        inner.set("expressions", [arguments[0].this, *arguments[1:]])
    if arguments and isinstance(arguments[0], exp.IgnoreNulls):
        return _ignoring(inner, [arguments[0].this, *arguments[1:]], node)
    if arguments and isinstance(arguments[0], exp.Distinct):
        return _distinct_over(name, arguments[0], node)
    return _computed(name, arguments, node)


def _computed(
    name: str, arguments: list[exp.Expression], node: exp.Window
) -> exp.Expression | None:
    if name == "RATIO_TO_REPORT":
        total = _over("sum({0})", arguments, node)
        return text("oracle.div({0}, nullif({1}, 0))", arguments[0].copy(), total)
    if name in ("MEDIAN", "LISTAGG"):
        if name == "LISTAGG":
            return _listagg_over(arguments, [], node)
        return text("oracle.array_cont({0}, 0.5)", _over("array_agg({0})", arguments, node))
    if name in _SPREADS:
        spread = _over(_SPREADS[name].lower() + "({0})", arguments, _framed(node))
        one = _over("count({0})", arguments, _framed(node))
        return text("coalesce({0}, CASE WHEN {1} = 1 THEN 0. END)", spread, one)
    if name == "CUME_DIST":
        rows = _over("count(*)", [], node, order=[])
        return text("oracle.div({0}::numeric, {1}::numeric)", _over("count(*)", [], node), rows)
    if name == "PERCENT_RANK":
        rows = _over("count(*)", [], node, order=[])
        rank = _over("rank()", [], node)
        return text(
            "CASE {0} WHEN 1 THEN 0. ELSE oracle.div({1}::numeric - 1, {0}::numeric - 1) END",
            rows,
            rank,
        )
    return None


def _framed(node: exp.Window) -> exp.Window:
    if node.args.get("spec") is not None:
        raise unimplemented("STDDEV or VARIANCE over a window with a frame")
    return node


def _ignoring(
    function: exp.Expression, arguments: list[exp.Expression], node: exp.Window
) -> exp.Expression:
    """FIRST_VALUE, LAST_VALUE, NTH_VALUE, LAG and LEAD that skip NULLs."""
    name = function.name.upper()
    value = arguments[0]
    spec = node.args.get("spec")
    frame = "" if spec is None else "{spec}"
    if name in ("FIRST_VALUE", "LAST_VALUE"):
        made = node.copy()
        made.set("this", call(f"oracle.{name.split('_')[0].lower()}_known", value.copy()))
        return made
    known = "array_agg({0}) FILTER (WHERE {0} IS NOT NULL)"
    if name == "NTH_VALUE":
        if frame:
            raise unimplemented("NTH_VALUE … IGNORE NULLS over a window with a frame")
        found = _over(known, [value], node)
        return text("({0})[CAST({1} AS int)]", found, arguments[1].copy())
    if name not in ("LAG", "LEAD"):
        raise unimplemented(f"IGNORE NULLS of {name}")
    offset = arguments[1].copy() if len(arguments) > 1 else PgRaw(this="1")
    found = _over(known, [value], node, frame=_BEFORE if name == "LAG" else _AFTER)
    place = "cardinality({0}) - CAST({1} AS int) + 1" if name == "LAG" else "CAST({1} AS int)"
    result = text(f"({{0}})[{place}]", found, offset)
    if len(arguments) > 2:
        return text("coalesce({0}, {1})", result, arguments[2].copy())
    return result


def _distinct_over(name: str, distinct: exp.Distinct, node: exp.Window) -> exp.Expression:
    if node.args.get("order") is not None or name not in ("COUNT", "SUM", "AVG", "MAX", "MIN"):
        raise unimplemented(f"{name} (DISTINCT …) OVER this window")
    values = _over("array_agg({0})", [distinct.expressions[0]], node)
    return text(f"oracle.kept_{name.lower()}(oracle.array_distinct({{0}}))", values)


def _reversed(item: exp.Expression) -> exp.Expression:
    """Turn the order of an ORDER BY item round."""
    other: exp.Expression = item.copy()
    other.set("desc", not item.args.get("desc"))
    other.set("nulls_first", not item.args.get("nulls_first"))
    return other


def _keep(kept: exp.Window, window: exp.Window | None) -> exp.Expression:
    """``agg(x) KEEP (DENSE_RANK FIRST ORDER BY k)``: of the rows that tie for the first place."""
    function = kept.this
    name = function.name.upper()
    if name not in _KEPT or not function.expressions:
        raise unimplemented(f"{name} (…) KEEP")
    order = _order(kept)
    if not kept.args.get("first"):
        order = [_reversed(item) for item in order]
    value: exp.Expression = function.expressions[0]
    if isinstance(value, exp.Star):
        value = PgRaw(this="1.")
    keys = [item.this for item in order]
    places = ", ".join(f"{{{n}}}" for n in range(len(keys)))
    if window is not None:
        values = _over("array_agg({0})", [value], window, order=order, frame=_WHOLE)
        row = _over(f"array_agg(ROW({places})::text)", keys, window, order=order, frame=_WHOLE)
    else:
        listed = ", ".join(f"{{{n + 1}}}" for n in range(len(order)))
        values = text(f"array_agg({{0}} ORDER BY {listed})", value.copy(), *_copies(order))
        after = ", ".join(f"{{{n + len(keys)}}}" for n in range(len(order)))
        row = text(
            f"array_agg(ROW({places})::text ORDER BY {after})", *_copies(keys), *_copies(order)
        )
    return text(f"oracle.kept_{name.lower()}(({{0}})[1:oracle.run({{1}})])", values, row)


def _copies(nodes: list[exp.Expression]) -> list[exp.Expression]:
    return [node.copy() for node in nodes]


def _listagg_over(
    arguments: list[exp.Expression], order: list[exp.Expression], node: exp.Window
) -> exp.Expression:
    if isinstance(arguments[0], exp.Distinct):
        raise unimplemented("LISTAGG (DISTINCT …) OVER")
    separator = arguments[1] if len(arguments) > 1 else PgRaw(this="''")
    listed = _over(
        "string_agg(oracle.s({0}), {1})", [arguments[0], separator], node, order=order, frame=_WHOLE
    )
    return text("oracle.listed({0})", listed)


def _within_group_over(inner: exp.WithinGroup, node: exp.Window) -> exp.Expression:
    function = inner.this
    order = list(inner.expression.expressions)
    name = function.name.upper()
    if name == "LISTAGG":
        return _listagg_over(list(function.expressions), order, node)
    if name == "PERCENTILE_CONT":
        return _percentile(function, order, lambda value: _over("array_agg({0})", [value], node))
    raise unimplemented(f"{name} … WITHIN GROUP … OVER")


def _percentile(
    function: exp.Expression,
    order: list[exp.Expression],
    gather: Callable[[exp.Expression], exp.Expression],
) -> exp.Expression:
    item = order[0]
    share: exp.Expression = function.expressions[0].copy()
    if item.args.get("desc"):
        share = text("(1 - {0})", share)
    return text("oracle.array_cont({0}, {1})", gather(item.this), share)


def _within_group(node: exp.WithinGroup) -> exp.Expression | None:
    function = node.this
    if not isinstance(function, exp.Anonymous):
        return None
    name, order = function.name.upper(), list(node.expression.expressions)
    if name == "LISTAGG" and isinstance(function.expressions[0], exp.Distinct):
        distinct = function.expressions[0].expressions
        value = distinct[0]
        if len(order) != 1 or order[0].this != value:
            raise unimplemented("LISTAGG (DISTINCT …) in the order of something else")
        mark = distinct[1] if len(distinct) > 1 else PgRaw(this="''")
        return text(
            "oracle.listed(oracle.joined(array_agg(DISTINCT {0} ORDER BY {1}), {2}))",
            value.copy(), order[0].copy(), mark.copy(),
        )  # fmt: skip
    if name == "PERCENTILE_CONT":
        return _percentile(function, order, lambda value: text("array_agg({0})", value.copy()))
    if name in ("RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST"):
        listed = ", ".join(f"{{{n}}}" for n in range(len(function.expressions)))
        orders = ", ".join(f"{{{n + len(function.expressions)}}}" for n in range(len(order)))
        return text(
            f"({name.lower()}({listed}) WITHIN GROUP (ORDER BY {orders}))::numeric",
            *_copies(list(function.expressions)), *_copies(order),
        )  # fmt: skip
    return None


def _aggregate(node: exp.Anonymous) -> exp.Expression | None:
    """Rewrite an aggregate that is no window function here."""
    if isinstance(node.parent, (exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        return None
    name, arguments = node.name, list(node.expressions)
    if not name.isupper() or not arguments:
        return None
    if name in _SPREADS:
        function = _SPREADS[name].lower()
        template = f"coalesce({function}({{0}}), CASE WHEN count({{0}}) = 1 THEN 0. END)"
        return text(template, arguments[0].copy())
    if name == "MEDIAN":
        return text("oracle.array_cont(array_agg({0}), 0.5)", arguments[0].copy())
    if name == "APPROX_COUNT_DISTINCT":
        return text("count(DISTINCT {0})::numeric", arguments[0].copy())
    if name in _FLOATS:
        made = exp.Anonymous(this=name.lower(), expressions=_copies(arguments))
        return text("{0}::numeric", made)
    return None
