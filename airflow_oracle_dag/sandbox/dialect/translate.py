"""Translate one query or DML statement, with everything the session must know to run it."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect import grammar
from airflow_oracle_dag.sandbox.dialect.assignments import assigned
from airflow_oracle_dag.sandbox.dialect.foreign import refuse_foreign
from airflow_oracle_dag.sandbox.dialect.functions import call, to
from airflow_oracle_dag.sandbox.dialect.multi_insert import generate_multi_insert
from airflow_oracle_dag.sandbox.dialect.pivot import Shapes
from airflow_oracle_dag.sandbox.dialect.prepare import Prepared, prepare
from airflow_oracle_dag.sandbox.dialect.tree import rewrite
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_users import is_dynamic_view
from airflow_oracle_dag.sandbox.session import OracleError

KnownColumns = Callable[[list[tuple[str | None, str]]], frozenset[str]]


@dataclass(frozen=True)
class Variables:
    """Say which names of a PL/SQL block a statement may use.

    :param has: tells whether ``name`` or ``record.field`` is a variable in scope.
    :param known_columns: column names of tables: they win over variables, as in Oracle.
    """

    has: Callable[[str | None, str], bool]
    known_columns: KnownColumns


@dataclass(frozen=True)
class Translation:
    """Hold a statement for PostgreSQL.

    :param verb: SELECT, INSERT, UPDATE, DELETE or MERGE.
    :param sql: with ``$1``, ``$2`` … one per entry of `binds`.
    :param binds: bind names in order of the parameters; variables of a block as ``"record.field"``
        with `variable_from` as the index of the first of them.
    :param into: bind names behind RETURNING … INTO.
    :param names: column names where Oracle's differ from PostgreSQL's, None when unknown.
    :param lock: None for a query without FOR UPDATE.
    :param width: of an INSERT without column list: how many values it gives.
    :param tables: tables that appear, for temporary tables and synonyms.
    :param assigned: columns that an INSERT, UPDATE or MERGE gives a value.
    :param places: of an INSERT without column list: which columns get one.
    :param dynamic: V$ views are among them.
    :param unnamed: a query shows an expression without an alias.
    """

    verb: str
    sql: str
    binds: tuple[str, ...]
    variable_from: int
    into: tuple[str, ...] = ()
    returning: bool = False
    names: tuple[str, ...] | None = None
    lock: str | None = None
    tables: tuple[tuple[str | None, str], ...] = ()
    width: int | None = None
    dynamic: bool = False
    assigned: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    unnamed: bool = False


def _oracle_name(node: exp.Expression) -> str:
    """Name an expression column: its text in upper case without spaces."""
    if isinstance(node, (exp.Alias, exp.Column)):
        named = node.args.get("alias") or node.this
        quoted = isinstance(named, exp.Identifier) and named.args.get("quoted")
        return node.alias_or_name if quoted else node.alias_or_name.upper()
    text = "".join(node.sql(dialect="oracle").split()).upper()
    text = re.sub(r"PSEUDO_(\w+)\(\)", r"\1", text)
    text = re.sub(r"DS_LITERAL\(('[^']*'),'([A-Z]+)'\)", r"INTERVAL\1\2", text)
    text = re.sub(r"T[SZ]_LITERAL\(('[^']*')\)", r"TIMESTAMP\1", text)
    return re.sub(r"DATE_LITERAL\(('[^']*')\)", r"DATE\1", text)


def _column_names(tree: exp.Expression) -> tuple[str, ...] | None:
    select: exp.Expression = tree
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    if not isinstance(select, exp.Select) or any(
        isinstance(item, exp.Star) or isinstance(item.this, exp.Star) for item in select.expressions
    ):
        return None
    return tuple(_oracle_name(item) for item in select.expressions)


def _unnamed(tree: exp.Expression) -> bool:
    select: exp.Expression = tree
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    return isinstance(select, exp.Select) and any(
        not isinstance(item, (exp.Alias, exp.Column, exp.Star)) for item in select.expressions
    )


#: Columns whose values PostgreSQL would give other names.
_PSEUDO = frozenset({"ROWNUM", "LEVEL", "USER", "UID", "NEXTVAL", "CURRVAL"})


def _name_columns(tree: exp.Expression) -> None:
    """Give expressions the column name that Oracle would, as far as PostgreSQL's names reach."""
    select = tree
    while isinstance(select, (exp.SetOperation, exp.Subquery)):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for item in list(select.expressions):
        pseudo = isinstance(item, exp.Column) and item.name.upper() in _PSEUDO
        if isinstance(item, (exp.Alias, exp.Column, exp.Star)) and not pseudo:
            continue
        name = _oracle_name(item).encode()[:63].decode(errors="ignore")
        item.replace(exp.alias_(item.copy(), exp.Identifier(this=name, quoted=True)))


def _tables(tree: exp.Expression) -> list[tuple[str | None, str]]:
    local = {cte.alias.upper() for cte in tree.find_all(exp.CTE)}
    return [
        (
            table.db.upper() or None,
            table.name.upper() if not table.this.args.get("quoted") else table.name,
        )
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and table.name.upper() not in local
    ]


class _Translator:
    """Work on one statement."""

    def __init__(
        self, sql: str, prepared: Prepared, variables: Variables | None, shapes: Shapes | None
    ) -> None:
        self.sql = sql
        self.shapes = shapes
        self.prepared = prepared
        self.variables = variables
        self.binds = list(prepared.binds)
        self.variable_from = len(self.binds)
        self._columns: frozenset[str] = frozenset()
        self._returned: frozenset[str] = frozenset()
        self._sources: frozenset[str] = frozenset()

    def translate(self) -> Translation:
        tree = grammar.parsed(self.prepared.text, self.sql)
        refuse_foreign(tree, self.sql)
        if any(not select.expressions for select in tree.find_all(exp.Select)):
            raise OracleError(936, "missing expression", len("SELECT "))
        tables = _tables(tree)
        names, unnamed = _column_names(tree), _unnamed(tree)
        columns, places = assigned(tree)
        if self.variables is not None:
            self._columns = self._visible(tree, tables)
            self._sources = frozenset(
                a.name.upper() for t in tree.find_all(exp.TableAlias) if (a := t.this) is not None
            ) | {name for _, name in tables}
        verb = self._verb(tree)
        if verb == "SELECT":
            _name_columns(tree)
        tree = rewrite(tree, self._resolve if self.variables else None, self.shapes)
        if isinstance(tree, exp.MultitableInserts):
            body = generate_multi_insert(tree)
        else:
            body = self._dml(tree) if verb != "SELECT" else grammar.generate(tree)
        body += self._tail(tables)
        return Translation(
            verb=verb,
            sql=body,
            binds=tuple(self.binds),
            variable_from=self.variable_from,
            into=tuple(self.prepared.into),
            returning=self.prepared.returning is not None,
            names=names if verb == "SELECT" else None,
            lock=self.prepared.lock,
            tables=tuple(tables),
            width=_insert_width(tree),
            dynamic=any(is_dynamic_view(name) for _, name in tables),
            assigned=columns,
            places=places,
            unnamed=unnamed,
        )

    def _visible(
        self, tree: exp.Expression, tables: list[tuple[str | None, str]]
    ) -> frozenset[str]:
        """Return the columns that come before variables of their names.

        What is inserted sees none of the table that it goes into; what RETURNING gives does.
        """
        assert self.variables is not None
        known = self.variables.known_columns(tables)  # all must be there
        source = tree.args.get("expression") if isinstance(tree, exp.Insert) else None
        if source is None:
            return known
        self._returned = known
        return self.variables.known_columns(_tables(source))

    def _verb(self, tree: exp.Expression) -> str:
        for kind, verb in (
            (exp.Insert, "INSERT"),
            (exp.MultitableInserts, "INSERT"),
            (exp.Update, "UPDATE"),
            (exp.Delete, "DELETE"),
            (exp.Merge, "MERGE"),
        ):
            if isinstance(tree, kind):
                return verb
        if isinstance(tree, exp.Query):
            return "SELECT"
        raise OracleError(900, "invalid SQL statement")

    def _resolve(self, record: str | None, name: str) -> exp.Expression | None:
        assert self.variables is not None
        if record is None and name in self._columns:
            return None
        if record is not None and record in self._sources:
            return None
        if not self.variables.has(record, name):
            return None
        self.binds.append(f"{record}.{name}" if record else name)
        return exp.Placeholder(this=f"b{len(self.binds)}")

    def _dml(self, tree: exp.Expression) -> str:
        if isinstance(tree, exp.Update):
            _strip_targets(tree.expressions)
        if isinstance(tree, exp.Merge):
            _merge(tree, self._extra(self.prepared.delete_where))
        if isinstance(tree, (exp.Update, exp.Delete)) and isinstance(tree.this, exp.Subquery):
            raise unimplemented("DML on an inline view")
        return grammar.generate(tree)

    def _extra(self, text: str | None) -> exp.Expression | None:
        if text is None:
            return None
        tree = grammar.parsed(f"SELECT {text}", self.sql) if text else None
        return (
            None
            if tree is None
            else rewrite(tree, self._resolve if self.variables else None).expressions[0]
        )

    def _tail(self, tables: list[tuple[str | None, str]]) -> str:
        if self.prepared.returning is not None:
            self._columns = self._returned or self._columns
            listed = grammar.parsed(f"SELECT {self.prepared.returning}", self.sql)
            listed = rewrite(listed, self._resolve if self.variables else None)
            return " RETURNING " + ", ".join(grammar.generate(item) for item in listed.expressions)
        if self.prepared.lock is None:
            return ""
        text = " FOR UPDATE"
        owners = {
            part.split(".")[-2].strip()
            for part in self.prepared.lock_of.split(",")
            if part.count(".") >= 1
        }
        if owners:
            text += " OF " + ", ".join(sorted(owners))
        elif self.prepared.lock_of and len(tables) > 1:
            raise unimplemented("FOR UPDATE OF a column without its table")
        if self.prepared.lock in ("NOWAIT", "SKIP LOCKED"):
            text += " " + self.prepared.lock
        return text


def _insert_width(tree: exp.Expression) -> int | None:
    """Count the values of an INSERT that names no columns; None when that cannot be seen."""
    if not isinstance(tree, exp.Insert) or not isinstance(tree.this, exp.Table):
        return None
    source = tree.args.get("expression")
    if isinstance(source, exp.Values):
        row = source.expressions[0]
        return len(row.expressions) if isinstance(row, exp.Tuple) else 1
    if isinstance(source, exp.Select) and not any(
        isinstance(e, exp.Star) or isinstance(e.this, exp.Star) for e in source.expressions
    ):
        return len(source.expressions)
    return None


def _strip_targets(assignments: list[exp.Expression]) -> None:
    """PostgreSQL wants SET targets without their table."""
    for assignment in assignments:
        target = assignment.this
        parts = target.expressions if isinstance(target, exp.Tuple) else [target]
        for column in parts:
            if isinstance(column, exp.Column):
                column.set("table", None)
                column.set("db", None)


def _merge(tree: exp.Merge, delete_where: exp.Expression | None) -> None:
    """Move WHERE of Oracle's branches into WHEN … AND, and DELETE WHERE into a branch before."""
    whens = tree.args["whens"]
    joined = {
        c.name
        for c in tree.args["on"].find_all(exp.Column)
        if c.table == (tree.this.alias or tree.this.name)
    }
    branches: list[exp.Expression] = []
    for when in whens.expressions:
        then = when.args["then"]
        where = then.args.get("where")
        if where is not None:
            when.set("condition", where.this)
            then.set("where", None)
        if isinstance(then, exp.Update):
            if joined & set(assigned(then)[0]):
                raise OracleError(38104, "Columns referenced in the ON Clause cannot be updated")
            _strip_targets(then.expressions)
            if delete_where is not None:
                target = tree.this.alias or tree.this.name
                branches.append(_delete_branch(when, then, delete_where, target))
        if isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
            for column in then.this.expressions:
                if isinstance(column, exp.Column):
                    column.set("table", None)
        branches.append(when)
    whens.set("expressions", branches)


def _delete_branch(
    when: exp.Expression, then: exp.Update, delete_where: exp.Expression, target: str
) -> exp.Expression:
    """Oracle looks at the row after the update, PostgreSQL before it: use the new values."""
    changed = {e.this.name: e.expression for e in then.expressions}
    holder = exp.Paren(this=delete_where)
    for column in list(holder.find_all(exp.Column)):
        if column.name in changed and column.table in ("", target):
            column.replace(exp.Paren(this=changed[column.name].copy()))
    condition = when.args.get("condition")
    both: exp.Expression = holder
    if condition is not None:
        both = exp.And(this=exp.Paren(this=condition.copy()), expression=holder)
    return exp.When(matched=True, source=False, condition=both, then=exp.Var(this="DELETE"))


def translate(
    sql: str, variables: Variables | None = None, shapes: Shapes | None = None
) -> Translation:
    """Translate a SELECT, INSERT, UPDATE, DELETE or MERGE.

    :param shapes: columns of the tables that PIVOT and UNPIVOT read.
    :raises OracleError: for what is wrong, and ORA-03001 for what the sandbox cannot do.
    """
    return _Translator(sql, prepare(sql), variables, shapes).translate()


def translate_expression(text: str, variables: Variables) -> Translation:
    """Translate a PL/SQL expression that PostgreSQL shall evaluate."""
    return translate(f"SELECT {text} FROM DUAL", variables)


__all__ = ["Translation", "Variables", "call", "to", "translate", "translate_expression"]
