"""Hierarchical queries: CONNECT BY as a recursive query over numbered rows.

SQL Language Reference, "Hierarchical Queries": joins come first, then CONNECT BY, then what WHERE
says beside them. The rows of the joined tables are numbered, in the order of the siblings; the
numbers from the root to a row are its path, and ordered by their paths rows stand as Oracle gives
them. Each table's row travels as one value and is spread again under its own name at the end, so
that no column needs to be known here.
"""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect.functions import PgRaw, PgText, call, named, quoted
from airflow_oracle_dag.sandbox.dialect.sources import (
    Names,
    all_of,
    carriers,
    conjuncts,
    escaped,
    named_sources,
    spread,
)
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

_PSEUDO = {
    "LEVEL": '"$H"."$LEVEL"',
    "CONNECT_BY_ISLEAF": 'CASE WHEN "$H"."$NEXT" > "$H"."$LEVEL" THEN 0. ELSE 1. END',
    "CONNECT_BY_ISCYCLE": '"$H"."$CYCLE"',
}


def hierarchies(tree: exp.Expression) -> None:
    """Rewrite every hierarchical query of a statement."""
    for select in list(tree.find_all(exp.Select)):
        connect = select.args.get("connect")
        if connect is not None and not _generator(select, connect):
            _Hierarchy(select, connect).rewrite()


def _generator(select: exp.Select, connect: exp.Connect) -> bool:
    """Turn ``FROM dual CONNECT BY LEVEL <= n`` into a series, which is much faster."""
    source, condition = select.args.get("from_"), connect.args.get("connect")
    plain = (
        source is not None
        and condition is not None
        and isinstance(source.this, exp.Table)
        and source.this.name == "DUAL"
        and not select.args.get("joins")
        and connect.args.get("start") is None
        and isinstance(condition, (exp.LTE, exp.LT))
        and isinstance(condition.this, exp.Column)
        and condition.this.name in ("LEVEL", "ROWNUM")
        and not any(_is_hierarchical(node) for node in select.walk())
    )
    if not plain or condition is None:
        return False
    last, last_row = condition.expression, "floor"
    if isinstance(condition, exp.LT):
        last, last_row = exp.Paren(this=last), "-1 + ceil"
    count = PgText(this=f"greatest(1, {last_row}(CAST({{0}} AS numeric)))::int", expressions=[last])
    series = exp.Table(
        this=call("oracle.levels", count),
        alias=exp.TableAlias(this=quoted("DUAL$LEVEL"), columns=[quoted("LEVEL")]),
    )
    select.set("connect", None)
    select.set("from_", exp.From(this=series))
    for column in list(select.find_all(exp.Column)):
        if column.name == "ROWNUM" and not column.table and column.parent_select is select:
            column.set("this", quoted("LEVEL"))
    return True


def _is_hierarchical(node: exp.Expr) -> bool:
    if isinstance(node, (exp.Prior, exp.ConnectByRoot)):
        return True
    if isinstance(node, exp.Anonymous) and node.name == "SYS_CONNECT_BY_PATH":
        return True
    return isinstance(node, exp.Column) and node.name.startswith("CONNECT_BY_IS")


class _Hierarchy:
    """Work on one query block.

    :ivar base: expressions that are computed once for each numbered row, by column name.
    """

    def __init__(self, select: exp.Select, connect: exp.Connect) -> None:
        self.select = select
        self.start = connect.args.get("start")
        self.nocycle = bool(connect.args.get("nocycle"))
        self.condition: exp.Expression = connect.args["connect"]
        self.base: dict[str, exp.Expression] = {}
        self.carried: list[tuple[str, str, str]] = []  # name, of a root, of a child
        self.aliases: list[str] = []
        self.names: Names = ()

    def rewrite(self) -> None:
        """Put the recursive query into FROM, and its columns into the places of LEVEL and such."""
        select = self.select
        if any(
            c.name == "ROWID" and c.parent_select is select for c in select.find_all(exp.Column)
        ):
            raise unimplemented("ROWID in a hierarchical query")
        self.names = named_sources(select)
        self.aliases = [alias for alias, _ in self.names]
        joins, rest = self._split_where()
        priors = any(self.condition.find_all(exp.Prior))
        condition = self._inner(self.condition)
        start = self._inner(self.start) if self.start is not None else None
        flagged = any(c.name == "CONNECT_BY_ISCYCLE" for c in select.find_all(exp.Column))
        select.set("connect", None)
        source, joined = select.args["from_"], select.args.get("joins")
        for item in select.expressions:
            self._outer(item)
        order = self._siblings()
        for key in ("group", "having", "order", "distinct"):
            if select.args.get(key) is not None:
                self._outer(select.args[key])
        if rest:
            select.set("where", exp.Where(this=all_of(rest)))
            self._outer(select.args["where"])
        else:
            select.set("where", None)
        base = self._base(source, joined, joins, order)
        select.set("joins", None)
        recursion = self._recursion(base, start, condition, priors=priors, flagged=flagged)
        select.set("from_", exp.From(this=recursion))
        self._stars()

    def _split_where(self) -> tuple[list[exp.Expression], list[exp.Expression]]:
        """Tell what joins tables, and so comes before CONNECT BY, from what filters its rows."""
        joins: list[exp.Expression] = []
        rest: list[exp.Expression] = []
        where = self.select.args.get("where")
        for part in conjuncts(where.this) if where is not None else ():
            tables = {c.table for c in part.find_all(exp.Column) if c.table in self.aliases}
            sides = (part.this, part.expression) if isinstance(part, exp.EQ) else ()
            blind = bool(sides) and all(isinstance(s, exp.Column) and not s.table for s in sides)
            several = len(self.aliases) > 1
            (joins if several and (len(tables) > 1 or blind) else rest).append(part)
        return joins, rest

    def _computed(self, prefix: str, value: exp.Expression, function: str) -> str:
        """Compute something for every numbered row; return its column."""
        text = value.sql(dialect="oracle")
        for name, known in self.base.items():
            if name.startswith(prefix) and known.args["written"] == text:
                return name
        name = f"{prefix}{len(self.base)}"
        made = call(function, value.copy())
        made.set("written", text)
        self.base[name] = made
        return name

    def _inner(self, condition: exp.Expression) -> exp.Expression:
        """Rewrite CONNECT BY or START WITH: PRIOR is the row above, LEVEL the level below it."""
        holder = exp.Paren(this=condition.copy())
        for node in list(holder.find_all(exp.Prior, exp.Column)):
            if isinstance(node, exp.Prior):
                column = self._computed("$P", node.this, "oracle.plain")
                self._carry(column, f'b."{column}"', f'b."{column}"')
                node.replace(PgRaw(this=f'h."{column}"'))
            elif node.name == "LEVEL" and not node.args.get("table"):
                node.replace(PgRaw(this='(h."$LEVEL" + 1.)'))
            elif node.name == "ROWNUM" and not node.args.get("table"):
                raise unimplemented("ROWNUM in CONNECT BY")
        return holder

    def _carry(self, name: str, root: str, child: str) -> None:
        if all(name != known for known, _, _ in self.carried):
            self.carried.append((name, root, child))

    def _outer(self, place: exp.Expression) -> None:
        """Rewrite the operators and pseudo columns of the query itself."""
        for node in list(place.find_all(exp.Expression)):
            if node.parent_select is not self.select:
                continue
            written = ""
            if isinstance(node, exp.Prior):
                column = self._computed("$P", node.this, "oracle.plain")
                written = f"$Q{column}"
                self._carry(column, f'b."{column}"', f'b."{column}"')
                self._carry(written, f'nullif(b."{column}", b."{column}")', f'h."{column}"')
            elif isinstance(node, exp.ConnectByRoot):
                column = self._computed("$P", node.this, "oracle.plain")
                written = f"$T{column}"
                self._carry(written, f'b."{column}"', f'h."{written}"')
            elif isinstance(node, exp.Anonymous) and node.name == "SYS_CONNECT_BY_PATH":
                written = self._path(node)
            if written:
                node.replace(PgRaw(this=f'"$H"."{written}"'))
            elif isinstance(node, exp.Column) and not node.table and node.name in _PSEUDO:
                node.replace(PgRaw(this=_PSEUDO[node.name]))

    def _path(self, node: exp.Anonymous) -> str:
        value, mark = node.expressions
        if not isinstance(mark, exp.Literal) or not mark.is_string:
            raise OracleError(30003, "illegal parameter in SYS_CONNECT_BY_PATH function")
        column = self._computed("$V", value, "oracle.s")
        text = "'" + mark.name.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"
        name = f"{column}|{mark.name}"
        part = f'oracle.path_part(b."{column}", {text})'
        written = name.replace('"', "").replace("{", "").replace("}", "")
        self._carry(written, part, f'h."{written}" || {part}')
        return written

    def _siblings(self) -> list[exp.Expression]:
        order = self.select.args.get("order")
        if order is None or not order.args.get("siblings"):
            return []
        self.select.set("order", None)
        names = {i.alias: i.this for i in self.select.expressions if isinstance(i, exp.Alias)}
        for item in order.expressions:
            shown = item.this
            if isinstance(shown, exp.Literal) and shown.is_int:
                chosen = self.select.expressions[int(shown.name) - 1]
                item.set("this", chosen.unalias().copy())
            elif isinstance(shown, exp.Column) and not shown.table and shown.name in names:
                item.set("this", names[shown.name].copy())
            if any(isinstance(n, (PgRaw, exp.Prior)) for n in item.walk()) or "LEVEL" in {
                c.name for c in item.find_all(exp.Column)
            }:
                raise unimplemented("ORDER SIBLINGS BY what the hierarchy gives")
        return list(order.expressions)

    def _base(
        self,
        source: exp.From,
        joined: list[exp.Join] | None,
        joins: list[exp.Expression],
        order: list[exp.Expression],
    ) -> exp.Select:
        """Write the query that numbers the rows, siblings in their order."""
        window = f"ORDER BY {', '.join(f'{{{i}}}' for i in range(len(order)))}" if order else ""
        number = PgText(this=f"row_number() OVER ({window})", expressions=order)
        columns: list[exp.Expression] = [named(number, "$ID")]
        columns += carriers(self.names)
        columns += [named(value, name) for name, value in self.base.items()]
        base = exp.Select(expressions=columns, from_=source.copy())
        base.set("joins", [join.copy() for join in joined or ()] or None)
        if joins:
            base.set("where", exp.Where(this=all_of(joins)))
        return base

    def _rows(self, row: str) -> str:
        return spread(self.names, row)

    def _recursion(
        self,
        base: exp.Select,
        start: exp.Expression | None,
        condition: exp.Expression,
        *,
        priors: bool,
        flagged: bool,
    ) -> exp.Expression:
        parts: list[exp.Expression] = [base, condition]
        first = "".join(f', {root} AS "{name}"' for name, root, _ in self.carried)
        further = "".join(f", {child}" for _, _, child in self.carried)
        where = ""
        if start is not None:
            level_one = start.copy()
            for raw in list(level_one.find_all(PgRaw)):
                if raw.this == '(h."$LEVEL" + 1.)':
                    raw.replace(PgRaw(this="1."))
            parts.append(level_one)
            where = " WHERE {2}"
        seen = 'b."$ID" = ANY (h."$PATH")'
        loop = ""
        volatile = any("SYS_GUID" in value.args["written"] for value in self.base.values())
        if priors and not volatile:
            loop = f" AND NOT ({seen})" if self.nocycle else f" AND NOT ({seen} AND oracle.loops())"
        cycle = "0."
        if flagged:
            if not self.nocycle:
                raise OracleError(30930, "NOCYCLE keyword is required with CONNECT_BY_ISCYCLE")
            cycle = (
                f'CASE WHEN EXISTS (SELECT FROM "$B" b{self._rows("b")} WHERE {seen} AND {{1}})'
                " THEN 1. ELSE 0. END"
            )
        rows = "".join(f', b."{column.alias}"' for column in carriers(self.names))
        text = (
            '(WITH RECURSIVE "$B" AS MATERIALIZED ({0}), "$W" AS ('
            f'SELECT b."$ID", 1. AS "$LEVEL", ARRAY[b."$ID"] AS "$PATH"{first}'
            f' FROM "$B" b{self._rows("b")}{where} UNION ALL'
            f' SELECT b."$ID", h."$LEVEL" + 1., h."$PATH" || b."$ID"{further}'
            f' FROM "$W" h CROSS JOIN "$B" b{self._rows("b")} WHERE {{1}}{loop})'
            f' SELECT h.*, lead(h."$LEVEL") OVER (ORDER BY h."$PATH") AS "$NEXT",'
            f' {cycle} AS "$CYCLE"{rows} FROM "$W" h JOIN "$B" b USING ("$ID")'
            f' ORDER BY h."$PATH") AS "$H"{self._rows(chr(34) + "$H" + chr(34))}'
        )
        return PgText(this=text, expressions=parts)

    def _stars(self) -> None:
        for item in list(self.select.expressions):
            if isinstance(item, exp.Star):
                shown = ", ".join(f'"{escaped(alias)}".*' for alias in self.aliases)
                item.replace(PgRaw(this=shown))
