"""What INSERT, UPDATE and MERGE assign: identity columns, DEFAULT, and one NEXTVAL for each row."""

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgRaw, PgText
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError


def _name(column: exp.Expr) -> str:
    named = column.this if isinstance(column, (exp.Column, exp.Paren)) else column
    if not isinstance(named, exp.Expr):
        raise OracleError(1747, "invalid user.table.column, table.column, or column specification")
    return named.name if named.args.get("quoted") else named.name.upper()


def _is_default(value: exp.Expr) -> bool:
    plain = isinstance(value, (exp.Var, exp.Column)) and not value.args.get("table")
    return plain and value.name.upper() == "DEFAULT"


def _given(names: list[str], values: exp.Expr | None) -> list[str]:
    """Leave out the columns that get DEFAULT."""
    listed = values.expressions if isinstance(values, exp.Tuple) else []
    if len(listed) != len(names):
        return names
    return [name for name, value in zip(names, listed, strict=True) if not _is_default(value)]


def assigned(tree: exp.Expr) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the columns that get a value: by name, and of an INSERT without a list by place."""
    if isinstance(tree, exp.Update):
        targets = [e.this for e in tree.expressions if not _is_default(e.expression)]
        parts = [p for t in targets for p in (t.expressions if isinstance(t, exp.Tuple) else [t])]
        return tuple(_name(part) for part in parts), ()
    if isinstance(tree, exp.Merge):
        names: list[str] = []
        for when in tree.args["whens"].expressions:
            then = when.args["then"]
            if isinstance(then, exp.Update):
                names += assigned(then)[0]
            elif isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
                listed = [_name(column) for column in then.this.expressions]
                names += _given(listed, then.args.get("expression"))
        return tuple(names), ()
    if not isinstance(tree, exp.Insert):
        return (), ()
    source = tree.args.get("expression")
    row = source.expressions[0] if isinstance(source, exp.Values) else None
    if isinstance(tree.this, exp.Schema):
        return tuple(_given([_name(c) for c in tree.this.expressions], row)), ()
    if row is None:
        return (), tuple(range(1000)) if isinstance(source, exp.Query) else ()
    values = row.expressions if isinstance(row, exp.Tuple) else [row]
    return (), tuple(place for place, value in enumerate(values) if not _is_default(value))


def defaults(tree: exp.Expr) -> None:
    """Keep DEFAULT of an UPDATE a word."""
    for update in tree.find_all(exp.Update):
        for assignment in update.expressions:
            if _is_default(assignment.expression):
                assignment.set("expression", exp.Var(this="DEFAULT"))


def _sequences(tree: exp.Expr) -> dict[str, list[exp.Column]]:
    found: dict[str, list[exp.Column]] = {}
    for column in tree.find_all(exp.Column, bfs=False):
        if column.name in ("NEXTVAL", "CURRVAL") and column.table:
            written = f'"{column.db}"."{column.table}"' if column.db else f'"{column.table}"'
            found.setdefault(written, []).append(column)
    return found


def _misplaced(column: exp.Column, tree: exp.Expr) -> bool:
    """Tell whether a sequence stands where Oracle refuses it."""
    select = column.parent_select
    where = column.find_ancestor(exp.Where)
    if where is not None and where.parent_select is select:
        return True
    if select is None:
        return False
    late = any(select.args.get(key) is not None for key in ("distinct", "group", "having", "order"))
    inserted = isinstance(tree, exp.Insert) and tree.args.get("expression") is select
    nested = select is not tree and not inserted and not isinstance(tree, exp.MultitableInserts)
    return late or (nested and not isinstance(tree, exp.Merge))


def sequences(tree: exp.Expr) -> None:
    """Give one row one value of a sequence, however often the row asks for it.

    SQL Language Reference, "How to Use Sequence Values": all references in a row have the same
    value. In a query's select list the first one draws it; the values of an INSERT get it from a
    subquery, since PostgreSQL works in the order of the table's columns.
    """
    for name, columns in _sequences(tree).items():
        if any(_misplaced(column, tree) for column in columns):
            raise OracleError(2287, "sequence number not allowed here")
        drawn = any(column.name == "NEXTVAL" for column in columns)
        if len(columns) > 1 and drawn:
            if isinstance(tree, exp.Insert) and isinstance(tree.args.get("expression"), exp.Values):
                _from_subquery(tree, name, columns)
                continue
            owner = columns[0].parent_select
            if owner is not tree or any(c.parent_select is not owner for c in columns):
                raise unimplemented("one sequence several times in this statement")
            for place, column in enumerate(columns):
                column.replace(_draw(name, "nextval" if place == 0 else "currval"))
            continue
        for column in columns:
            column.replace(_draw(name, column.name.lower()))


def _draw(name: str, function: str) -> exp.Expression:
    return PgRaw(this=f"oracle.{function}('{name}')")


def _from_subquery(tree: exp.Insert, name: str, columns: list[exp.Column]) -> None:
    values = tree.args["expression"]
    if len(values.expressions) != 1 or any(_is_default(v) for v in values.find_all(exp.Var)):
        raise unimplemented("one sequence several times in this INSERT")
    for column in columns:
        column.replace(PgRaw(this='"$SEQ"."$N"'))
    row = values.expressions[0]
    listed = list(row.expressions) if isinstance(row, exp.Tuple) else [row]
    source = PgText(this=f'(SELECT oracle.nextval(\'{name}\') AS "$N" OFFSET 0) AS "$SEQ"')
    select = exp.Select(expressions=[v.copy() for v in listed], from_=exp.From(this=source))
    tree.set("expression", select)
