"""Rewrite an Oracle tree into one that PostgreSQL understands.

Each function does one thing and says which Oracle behaviour it keeps. Order matters only where
`rewrite` says so.
"""

# ruff: noqa: C901, PLR0911 - a grammar's alternatives read best in one place

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.transforms import eliminate_join_marks

from airflow_oracle_dag.sandbox.dialect.analytics import analytics
from airflow_oracle_dag.sandbox.dialect.assignments import defaults, sequences
from airflow_oracle_dag.sandbox.dialect.beyond import BEYOND
from airflow_oracle_dag.sandbox.dialect.functions import (
    AGGREGATES,
    ALIASES,
    BUILDERS,
    COUNTING,
    NAMED,
    PACKAGED,
    PLAIN,
    PSEUDO,
    PgRaw,
    PgText,
    call,
    concat,
    quoted,
    text_of,
    to,
)
from airflow_oracle_dag.sandbox.dialect.hierarchy import hierarchies
from airflow_oracle_dag.sandbox.dialect.pivot import Shapes, pivots
from airflow_oracle_dag.sandbox.dialect.recursion import recursive_queries
from airflow_oracle_dag.sandbox.dialect.rowid import rowids
from airflow_oracle_dag.sandbox.dialect.rownum import rownum
from airflow_oracle_dag.sandbox.dialect.types import parse_type
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_users import is_package
from airflow_oracle_dag.sandbox.session import OracleError

Resolve = Callable[[str | None, str], exp.Expression | None]


_DICTIONARY = ("ALL_", "USER_", "V$", "GV$", "DUAL")


def quote_identifiers(tree: exp.Expression) -> None:
    """Fold unquoted names to upper case, as Oracle does, and quote them all."""
    for node in tree.find_all(exp.Identifier):
        if not node.args.get("quoted"):
            node.set("this", node.this.upper())
            node.set("quoted", True)
    for table in tree.find_all(exp.Table):
        if table.db == "SYS" and table.name.startswith(_DICTIONARY):
            table.set("db", None)  # found behind the current schema


def outer_join_marks(tree: exp.Expression) -> exp.Expression:
    """Turn ``a.x = b.x (+)`` into a LEFT JOIN."""
    marked = [c for c in tree.find_all(exp.Column) if c.args.get("join_mark")]
    if not marked:
        return tree
    for column in marked:
        if not column.table:
            select = column.find_ancestor(exp.Select)
            raise unimplemented(
                f"(+) on a column without its table ({column.name})" if select else "(+) here"
            )
    for column in marked:
        if column.find_ancestor(exp.Or) is not None:
            raise OracleError(1719, "outer join operator (+) not allowed in operand of OR or IN")
        predicate = column.find_ancestor(exp.Predicate)
        sides = predicate.find_all(exp.Column) if predicate is not None else ()
        if len({c.table for c in sides if c.args.get("join_mark")}) > 1:
            raise OracleError(1468, "a predicate may reference only one outer-joined table")
    try:
        joined = eliminate_join_marks(tree)
    except AssertionError as error:  # so sqlglot says that FROM lacks one of the tables
        raise unimplemented("(+) on a table that FROM does not name") from error
    if not isinstance(joined, exp.Expression):
        raise unimplemented("(+) here")
    return joined


def drop_dual(tree: exp.Expression) -> None:
    """Leave out ``FROM dual`` where no column of it is meant."""
    for select in tree.find_all(exp.Select):
        source = select.args.get("from_")
        if source is None or not isinstance(source.this, exp.Table) or select.args.get("joins"):
            continue
        table = source.this
        if table.name != "DUAL" or table.db or table.alias:
            continue
        if not any(select.find_all(exp.Star)) and not any(
            c.name in ("DUMMY", "ROWID", "DUAL") for c in select.find_all(exp.Column)
        ):
            select.set("from_", None)


def columns(tree: exp.Expression, resolve: Resolve | None) -> None:
    """Replace pseudo columns, sequences and, in PL/SQL, variables."""
    for column in list(tree.find_all(exp.Column)):
        name, table = column.name, column.table
        if isinstance(column.this, exp.Star):
            continue
        if resolve is not None and not column.db:
            found = resolve(table or None, name)
            if found is not None:
                column.replace(found)
                continue
        if not table and name in PSEUDO and not column.this.args.get("was_quoted"):
            column.replace(call(PSEUDO[name]))


def packages(tree: exp.Expression) -> None:
    """Call the functions of packages that SQL may use here."""
    for dot in list(tree.find_all(exp.Dot)):
        called = dot.expression
        package = dot.this.name.upper()
        if isinstance(called, exp.Anonymous) and called.name in PACKAGED.get(package, ()):
            name = f"oracle.{package}_{called.name}".lower()
            dot.replace(call(name, *[a.copy() for a in called.expressions]))


def functions(tree: exp.Expression) -> exp.Expression:
    """Translate calls, casts, || and /, innermost first."""
    for node in reversed([n for n in tree.walk() if isinstance(n, exp.Expression)]):
        replacement = _function(node)
        if replacement is not None:
            if node is tree:
                return replacement
            node.replace(replacement)
    return tree


def _function(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if isinstance(node, exp.DPipe):
        return concat(node.this, node.expression)
    if isinstance(node, (exp.EQ, exp.NEQ)) and _texts(node):
        return _padded(node)
    if isinstance(node, exp.Div):
        return call("oracle.div", node.this, node.expression)
    if isinstance(node, exp.Cast):
        return _cast(node)
    if isinstance(node, exp.Extract):
        return call("oracle.extract_", exp.Literal.string(node.this.name.upper()), node.expression)
    if isinstance(node, exp.Trim):
        return _trim(node)
    if isinstance(node, exp.AtTimeZone):
        return call("oracle.at_zone", node.this, node.args["zone"])
    if isinstance(node, exp.WithinGroup):
        return _within_group(node)
    if isinstance(node, exp.Any) and isinstance(node.this, (exp.Tuple, exp.Paren)):
        return _array("ANY", node.this.expressions or [node.this.this])
    if isinstance(node, exp.Window):
        inner = node.this
        if isinstance(inner, exp.Anonymous) and str(inner.this).upper() in COUNTING:
            return to(node.copy(), "numeric")
    return None


def _call(node: exp.Anonymous) -> exp.Expression | None:
    name = str(node.this)
    arguments = node.expressions
    if not name.isupper():
        return None  # made by this module: the preparation writes Oracle's calls in upper case
    if name in BUILDERS:
        return BUILDERS[name]([a.copy() for a in arguments])
    if name.startswith("PSEUDO_"):
        return call(PSEUDO[name.removeprefix("PSEUDO_")])
    if name == "ALL":
        return _array("ALL", arguments)
    if name in COUNTING:
        if isinstance(node.parent, (exp.Window, exp.Filter)):
            if name == "NTILE":
                node.set("expressions", [to(arguments[0].copy(), "int")])
            return None
        return to(
            exp.Anonymous(
                this=name.replace("GROUPING_ID", "GROUPING"),
                expressions=[a.copy() for a in arguments],
            ),
            "numeric",
        )
    if name in ("LAG", "LEAD", "NTH_VALUE") and len(arguments) > 1:
        node.set("expressions", [arguments[0], to(arguments[1].copy(), "int"), *arguments[2:]])
        return None
    if name == "LISTAGG":
        return None if isinstance(node.parent, exp.WithinGroup) else _listagg(node, None)
    if name in AGGREGATES or name in PLAIN:
        return None
    if name == "NVL" and any(isinstance(a, exp.Null) for a in arguments):
        return call("coalesce", *[a.copy() for a in arguments])
    target = ALIASES.get(name, name.lower())
    if target in NAMED:
        return exp.Anonymous(this=f"oracle.{target}", expressions=[a.copy() for a in arguments])
    raise _unknown(name, node)


def _unknown(name: str, node: exp.Expression) -> OracleError:
    package = node.parent.this.name.upper() if isinstance(node.parent, exp.Dot) else ""
    if is_package(package):
        return unimplemented(f"{package}.{name} in SQL")
    if name == "CURSOR":
        return unimplemented("CURSOR expressions")
    if name == "TABLE" or name.startswith("ODCI"):
        return unimplemented("collections in SQL")
    if name in BEYOND:
        return unimplemented(f"the function {name}")
    return OracleError(904, f'"{name}": invalid identifier')


def _texts(node: exp.Expression) -> bool:
    return all(
        isinstance(side, exp.Literal) and side.is_string
        for side in (node.this, node.args["expression"])
    )


def _padded(node: exp.Expression) -> exp.Expression:
    """Compare two literals: text literals are CHAR, whose trailing blanks do not count."""
    sides = [
        exp.Literal.string(side.name.rstrip(" ")) for side in (node.this, node.args["expression"])
    ]
    sign = "=" if isinstance(node, exp.EQ) else "<>"
    return PgText(this=f"{{0}} {sign} {{1}}", expressions=sides)


def _array(word: str, listed: list[exp.Expression]) -> exp.Expression:
    """Compare with any or all of some values."""
    places = ", ".join(f"{{{n}}}" for n in range(len(listed)))
    return PgText(this=f"{word} (ARRAY[{places}])", expressions=[e.copy() for e in listed])


def _listagg(node: exp.Anonymous, order: exp.Expression | None) -> exp.Expression:
    arguments = node.expressions
    value: exp.Expression = arguments[0].copy()
    if isinstance(value, exp.Distinct):
        value = exp.Distinct(expressions=[text_of(value.expressions[0])])
    else:
        value = text_of(value)
    separator = arguments[1].copy() if len(arguments) > 1 else PgRaw(this="''")
    if order is not None:
        separator = exp.Order(this=separator, expressions=[e.copy() for e in order.expressions])
    return call("oracle.listed", call("string_agg", value, separator))


def _within_group(node: exp.WithinGroup) -> exp.Expression | None:
    inner = node.this
    if not isinstance(inner, exp.Anonymous):
        return None
    name = str(inner.this).upper()
    if name == "LISTAGG":
        return _listagg(inner, node.expression)
    return None


def _trim(node: exp.Trim) -> exp.Expression:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(
        str(node.args.get("position") or "").upper(), "trim"
    )
    arguments = [node.this.copy()]
    if node.expression is not None:
        arguments.append(node.expression.copy())
    return call(f"oracle.{name}", *arguments)


def _cast(node: exp.Cast) -> exp.Expression:
    target = node.args["to"]
    if node.args.get("default") is not None:
        raise unimplemented("CAST … DEFAULT … ON CONVERSION ERROR")
    sql_type = parse_type(target.sql(dialect="oracle"))
    value: exp.Expression = node.this.copy()
    if sql_type.name == "VARCHAR2":
        size = sql_type.bytes_max or sql_type.chars_max
        cut = exp.Collate(
            this=to(text_of(value), f"varchar({size})"), expression=PgRaw(this='"default"')
        )
        return to(cut, sql_type.postgres)  # a relabelled constant would have lost its collation
    if sql_type.name == "DATE":
        return to(value, "oracle.odate")
    return to(value, sql_type.postgres)


def empty_tables(tree: exp.Expression) -> None:
    """Refuse what would otherwise be sent as it stands and mean something else."""
    for kind, what in (
        (exp.TableSample, "SAMPLE"),
        (exp.MatchRecognize, "MATCH_RECOGNIZE"),
    ):
        if tree.find(kind) is not None:
            raise unimplemented(what)


def percentages(tree: exp.Expression) -> None:
    """Turn ``FETCH FIRST p PERCENT ROWS`` into a number of rows."""
    for fetch in list(tree.find_all(exp.Fetch)):
        options, select = fetch.args.get("limit_options"), fetch.parent
        if options is None or not options.args.get("percent") or select is None:
            continue
        if options.args.get("with_ties"):
            raise unimplemented("FETCH … PERCENT ROWS WITH TIES")
        whole = select.copy()
        for part in ("limit", "offset", "order"):
            whole.set(part, None)
        rows = "(SELECT ceil(count(*) * {0} / 100.)::bigint FROM ({1}) c)"
        count = PgText(this=rows, expressions=[fetch.args["count"].copy(), whole])
        select.set("limit", exp.Limit(expression=count))


def partition_names(tree: exp.Expression) -> None:
    """Turn ``t PARTITION (p)`` into a condition; the session knows which (`engine_temporary`)."""
    for table in list(tree.find_all(exp.Table)):
        partition = table.args.get("partition")
        if not isinstance(partition, exp.Partition):
            continue
        named = partition.expressions
        if len(named) != 1 or not isinstance(named[0], exp.Column) or named[0].table:
            raise unimplemented("PARTITION FOR, or SUBPARTITION, in a statement")
        table.set("partition", None)
        names = ", ".join(
            "'" + n.replace("'", "''") + "'" for n in (table.db, table.name, named[0].name)
        )
        condition = PgRaw(this=f"oracle.in_partition({names})")
        owner = table.parent
        if isinstance(owner, (exp.Delete, exp.Update)) and owner.this is table:
            where = owner.args.get("where")
            both: exp.Expression = condition
            if where is not None:
                both = exp.And(this=condition, expression=exp.Paren(this=where.this))
            owner.set("where", exp.Where(this=both))
        elif isinstance(owner, (exp.From, exp.Join)):
            alias = table.alias or table.name
            table.set("alias", None)
            rows = exp.Select(
                expressions=[exp.Star()],
                from_=exp.From(this=table.copy()),
                where=exp.Where(this=condition),
            )
            table.replace(exp.Subquery(this=rows, alias=exp.TableAlias(this=quoted(alias))))
        else:
            raise unimplemented("PARTITION (…) of the table that rows are inserted into")


def lists_of_rows(tree: exp.Expression) -> None:
    """Compare rows with a list of rows column by column.

    A NULL that is bound has no type, and for a row PostgreSQL wants operators of one family.
    """
    for node in list(tree.find_all(exp.In)):
        left = node.this
        rows = [row.unnest() for row in node.expressions]
        if not isinstance(left, exp.Tuple) or not all(isinstance(row, exp.Tuple) for row in rows):
            continue
        if not rows or any(len(row.expressions) != len(left.expressions) for row in rows):
            continue
        same = [
            exp.and_(
                *(
                    exp.EQ(this=mine.copy(), expression=other)
                    for mine, other in zip(left.expressions, row.expressions, strict=True)
                ),
                copy=False,
            )
            for row in rows
        ]
        node.replace(exp.paren(exp.or_(*same, copy=False), copy=False))


def rewrite(
    tree: exp.Expression, resolve: Resolve | None = None, shapes: Shapes | None = None
) -> exp.Expression:
    """Apply everything; names come first since the rest looks at them."""
    quote_identifiers(tree)
    empty_tables(tree)
    pivots(tree, shapes or {})
    tree = outer_join_marks(tree)
    partition_names(tree)
    percentages(tree)
    recursive_queries(tree)
    hierarchies(tree)
    drop_dual(tree)
    rownum(tree)
    defaults(tree)
    sequences(tree)
    lists_of_rows(tree)
    packages(tree)
    tree = rowids(tree)
    columns(tree, resolve)
    analytics(tree)
    return functions(tree)
