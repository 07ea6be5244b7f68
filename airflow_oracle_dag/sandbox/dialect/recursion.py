"""Recursive subquery factoring: WITH that names itself, SEARCH and CYCLE.

SQL Language Reference, SELECT, "subquery_factoring_clause". PostgreSQL wants the word RECURSIVE and
the same type in both branches; Oracle finds cycles by itself (ORA-32044).
"""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgRaw, PgText, call, quoted
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

_PATH = "$PATH"


def recursive_queries(tree: exp.Expression) -> None:
    """Rewrite every WITH clause that has a recursive member."""
    for clause in list(tree.find_all(exp.With)):
        recursive = [cte for cte in clause.expressions if _refers(cte.this, cte.alias)]
        search, cycle = clause.args.get("search"), clause.args.get("cycle")
        if search is not None and search.args.get("kind") == "CYCLE":
            search, cycle = None, search
        clause.set("search", None)
        clause.set("cycle", None)
        if (search is not None or cycle is not None) and (
            not recursive or recursive[-1] is not clause.expressions[-1]
        ):
            raise unimplemented("SEARCH or CYCLE in a WITH clause of several queries")
        for cte in recursive:
            last = cte is clause.expressions[-1]
            _rewrite(cte, search if last else None, cycle if last else None)


def _refers(query: exp.Expression, name: str) -> bool:
    return any(t.name == name and not t.db for t in query.find_all(exp.Table))


def _rewrite(cte: exp.CTE, search: exp.Expression | None, cycle: exp.Expression | None) -> None:
    name, listed = cte.alias, cte.args["alias"].args.get("columns") or []
    if not listed:
        raise OracleError(32039, "recursive WITH clause must have column alias list", 0)
    columns = [column.name for column in listed]
    union = cte.this
    if not isinstance(union, exp.Union) or union.args.get("distinct"):
        raise OracleError(32040, "recursive WITH clause must use a UNION ALL operation")
    root, child = union.this, union.expression
    if not isinstance(child, exp.Select) or _refers(root, name):
        raise unimplemented("a recursive WITH clause of more than one recursive branch")
    guarded = cycle is None
    for branch in _branches(root):
        _plain(branch, columns)
        if guarded:
            _add(branch, f"ARRAY[{_row(branch)}::text]", list(branch.expressions))
    _plain(child, columns)
    if guarded:
        alias = next(
            t.alias or t.name for t in child.find_all(exp.Table) if t.name == name and not t.db
        )
        path = f'oracle.next_path("{alias}"."{_PATH}", {_row(child)}::text)'
        _add(child, path, list(child.expressions))
    _wrap(cte, columns, search, cycle)


def _branches(query: exp.Expression) -> list[exp.Select]:
    if isinstance(query, exp.Select):
        return [query]
    if isinstance(query, exp.Subquery):
        return _branches(query.this)
    if isinstance(query, exp.Union):
        return [*_branches(query.this), *_branches(query.expression)]
    raise unimplemented("this anchor of a recursive WITH clause")


def _plain(branch: exp.Select, columns: list[str]) -> None:
    """Give both branches one type: that of the value, without its column's length."""
    if any(isinstance(e, exp.Star) or isinstance(e.this, exp.Star) for e in branch.expressions):
        raise unimplemented("* in a recursive WITH clause")
    if len(branch.expressions) != len(columns):
        raise OracleError(32038, "number of WITH clause column names does not match")
    values = [call("oracle.plain", item.unalias().copy()) for item in branch.expressions]
    for value in values:
        if isinstance(value.expressions[0], exp.Null):
            value.set("expressions", [PgRaw(this="NULL::text")])
    branch.set("expressions", values)


def _row(branch: exp.Select) -> str:
    return "ROW(" + ", ".join(f"{{{n}}}" for n in range(len(branch.expressions))) + ")"


def _add(branch: exp.Select, text: str, parts: list[exp.Expression]) -> None:
    value = PgText(this=text, expressions=[part.copy() for part in parts])
    branch.set("expressions", [*branch.expressions, value])


def _wrap(
    cte: exp.CTE,
    columns: list[str],
    search: exp.Expression | None,
    cycle: exp.Expression | None,
) -> None:
    """Put the recursion inside: what it carries along is no column of the query."""
    name = cte.alias
    inner = ", ".join(_q(c) for c in [*columns, *([_PATH] if cycle is None else [])])
    shown = ", ".join(_q(c) for c in columns)
    outer = list(columns)
    tail = ""
    if search is not None:
        order = search.this.name
        tail += f' SEARCH {search.args["kind"]} FIRST BY {_q(order)} SET "$ORDER"'
        shown += ', (row_number() OVER (ORDER BY "$ORDER"))::numeric'
        outer.append(search.expression.name)
    if cycle is not None:
        mark, off = cycle.args["to"], cycle.args["default"]
        if not isinstance(mark, exp.Literal) or not isinstance(off, exp.Literal):
            raise unimplemented("CYCLE with marks that are no literals")
        tail += f" CYCLE {_q(cycle.this.name)} SET \"$CYCLE\" TO '1' DEFAULT '0' USING \"$PATH\""
        texts = [m.name.replace("'", "''") for m in (mark, off)]
        shown += f", CASE \"$CYCLE\" WHEN '1' THEN '{texts[0]}' ELSE '{texts[1]}' END"
        outer.append(cycle.expression.name)
    text = f"WITH RECURSIVE {_q(name)} ({inner}) AS ({{0}}){tail} SELECT {shown} FROM {_q(name)}"
    cte.set("this", PgText(this=text, expressions=[cte.this.copy()]))
    cte.args["alias"].set("columns", [quoted(column) for column in outer])


def _q(name: str) -> str:
    return '"' + name.replace('"', '""').replace("{", "{{").replace("}", "}}") + '"'
