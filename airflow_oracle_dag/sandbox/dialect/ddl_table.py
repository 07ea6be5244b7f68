"""CREATE TABLE and ALTER TABLE."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names
# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_columns import (
    LENGTH_PREFIX,
    ColumnDef,
    column_definition,
    column_list,
    length_check,
    table_constraint,
)
from airflow_oracle_dag.sandbox.dialect.ddl_common import (
    QUERY,
    REVIVE,
    Plan,
    dotted,
    ident,
    result_columns,
    skip_physical,
    text,
    views_aside,
)
from airflow_oracle_dag.sandbox.dialect.ddl_constraints import (
    add_constraint,
    enable_or_disable,
    modify_constraint,
)
from airflow_oracle_dag.sandbox.dialect.ddl_partitions import alter_partitions, partition_by
from airflow_oracle_dag.sandbox.dialect.deferrable import DeferrableCheck
from airflow_oracle_dag.sandbox.dialect.translate import Translation, translate
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError

#: Changes after which a view that reads the table is another one.
_MOVING = (" DROP COLUMN ", " TYPE ", " RENAME TO ", " RENAME COLUMN ")


def _identity_sequence(owner: str, table: str, column: ColumnDef) -> tuple[str, list[str]]:
    """Oracle's identity is a sequence and a default; PostgreSQL's wants an integer type."""
    name = dotted(owner, f"ISEQ$$_{table}_{column.name}"[:63])
    column.default = f"oracle.nextval({text(name)})"
    kind, column.identity = column.identity, ""
    return (
        " ".join([f"CREATE SEQUENCE {name}", *column.generator]),
        [
            f"ALTER SEQUENCE {name} OWNED BY {dotted(owner, table)}.{ident(column.name)}",
            f"COMMENT ON SEQUENCE {name} IS {text(kind)}",
        ],
    )


_MOST_COLUMNS = 1000  # Database Reference, "Logical Database Limits"


def create_table(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind CREATE: ``[GLOBAL TEMPORARY] TABLE …``."""
    temporary = cursor.take("GLOBAL", "TEMPORARY")
    cursor.expect("TABLE")
    quiet = " IF NOT EXISTS" if cursor.take("IF", "NOT", "EXISTS") else ""
    owner, name = cursor.qualified()
    owner = owner or schema
    items: list[str] = []
    before: list[str] = []
    after: list[str] = []
    plain_names: list[str] = []
    query: Translation | None = None
    if cursor.take("("):
        number = _elements(cursor, owner, name, items, before, after, plain_names)
        if number > _MOST_COLUMNS:
            raise OracleError(1792, "maximum number of columns in a table or view is 1000")
    target = dotted(owner, name)
    preserve, partitions = _options(cursor, target)
    if cursor.take("AS"):
        query = translate(cursor.text[cursor.token.start :])
        if query.binds:
            raise OracleError(1027, "bind variables not allowed for data definition operations")
        listed = f" ({', '.join(plain_names)})" if plain_names else ""
        columns = listed or result_columns(query)
        statements = [f"CREATE TABLE{quiet} {target}{columns} AS {QUERY}"]
    else:
        cursor.finish()
        if not items:
            raise cursor.error("missing left parenthesis", 906)
        statements = [*before, f"CREATE TABLE{quiet} {target} ({', '.join(items)})", *after]
    statements += partitions
    if temporary:
        if partitions:
            raise OracleError(14451, "unsupported feature with temporary table")
        if any("CONSTRAINT TRIGGER" in statement for statement in after):
            raise unimplemented("a deferrable CHECK on a temporary table")
        flag = "true" if preserve else "false"
        statements.append(
            f"INSERT INTO oracle.temporary_tables VALUES ({text(target)}::regclass, {flag})"
            " ON CONFLICT DO NOTHING"
        )
    sources = () if query is None else query.tables
    return Plan(statements, [(owner, name)], privilege="CREATE TABLE", sources=sources, query=query)


def _elements(
    cursor: TokenCursor,
    owner: str,
    name: str,
    items: list[str],
    before: list[str],
    after: list[str],
    plain_names: list[str],
) -> int:
    """Read columns and constraints; count the columns."""
    number = 0
    while True:
        constraint = table_constraint(cursor, owner)
        if isinstance(constraint, DeferrableCheck):
            after.append(constraint.create(owner, name))
        elif constraint is not None:
            items.append(constraint)
        elif cursor.peek().value in (",", ")"):  # CREATE TABLE t (a, b) AS SELECT
            plain_names.append(ident(cursor.name()))
        else:
            column = column_definition(cursor, owner)
            if column.identity:
                if before:
                    raise OracleError(30669, "table can have only one identity column")
                first, last = _identity_sequence(owner, name, column)
                before.append(first)
                after.extend(last)
            after.extend(column.null_trigger(owner, name))
            items.append(column.sql())
            after.extend(check.create(owner, name) for check in column.checks)
            assert column.type is not None
            check = length_check(owner, name, column.name, column.type)
            if check is not None:
                items.append(check)
            number += 1
        if cursor.take(")"):
            return number
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)


def _options(cursor: TokenCursor, target: str) -> tuple[bool, list[str]]:
    preserve = False
    partitions: list[str] = []
    while True:
        skip_physical(cursor)
        if cursor.at("PARTITION", "BY") and not partitions:
            partitions = partition_by(cursor, target)
            continue
        if cursor.take("ON", "COMMIT"):
            preserve = cursor.take("PRESERVE")
            if not preserve:
                cursor.expect("DELETE")
            cursor.expect("ROWS")
        else:
            return preserve, partitions


def alter_table(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind ALTER TABLE."""
    owner, name = cursor.qualified()
    owner = owner or schema
    target = dotted(owner, name)
    plan = Plan([], [(owner, name)])
    while not cursor.at_end():
        if alter_partitions(cursor, owner, name, plan):
            continue
        if cursor.take("ADD"):
            _add(cursor, owner, name, plan)
        elif cursor.take("MODIFY"):
            if cursor.at("CONSTRAINT") or cursor.at("PRIMARY") or cursor.at("UNIQUE"):
                modify_constraint(cursor, target, plan)
                continue
            _modify(cursor, owner, name, plan)
        elif cursor.take("DROP"):
            _drop(cursor, target, plan)
        elif cursor.take("RENAME"):
            _rename(cursor, owner, name, plan)
        elif cursor.at_any("ENABLE", "DISABLE") and cursor.peek().value != "ROW":
            enable_or_disable(cursor, target, plan)
        else:
            place = cursor.index
            skip_physical(cursor)
            if cursor.index == place:
                raise unimplemented(f"ALTER TABLE … {cursor.token.value}")
    plan.statements = _with_views(target, plan.statements)
    return plan


def _with_views(target: str, statements: list[str]) -> list[str]:
    if any(change in sql for sql in statements for change in _MOVING):
        return [views_aside(target), *statements, REVIVE]
    return statements


def _add(cursor: TokenCursor, owner: str, name: str, plan: Plan) -> None:
    target = dotted(owner, name)
    listed = cursor.take("(")
    cursor.take("COLUMN")
    while True:
        constraint = table_constraint(cursor, owner)
        if isinstance(constraint, DeferrableCheck):
            _add_checks([constraint], owner, name, plan)
        elif constraint is not None:
            plan.statements.append(add_constraint(target, constraint))
        else:
            column = column_definition(cursor, owner)
            assert column.type is not None
            sequence: tuple[str, list[str]] | None = None
            if column.identity:
                sequence = _identity_sequence(owner, name, column)
                plan.statements.append(sequence[0])
            plan.statements.append(f"ALTER TABLE {target} ADD COLUMN {column.sql()}")
            check = length_check(owner, name, column.name, column.type)
            if check is not None:
                plan.statements.append(f"ALTER TABLE {target} ADD {check}")
            if sequence is not None:
                plan.statements.extend(sequence[1])
            plan.statements.extend(column.null_trigger(owner, name))
            _add_checks(column.checks, owner, name, plan)
        if not listed:
            return
        if cursor.take(")"):
            return
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)


def _add_checks(checks: list[DeferrableCheck], owner: str, name: str, plan: Plan) -> None:
    for check in checks:
        plan.statements += [check.validate(owner, name), check.create(owner, name)]


def _modify(cursor: TokenCursor, owner: str, name: str, plan: Plan) -> None:
    target = dotted(owner, name)
    listed = cursor.take("(")
    while True:
        column = column_definition(cursor, owner, typed=False)
        field = ident(column.name)
        if column.type is not None:
            limit = ident(LENGTH_PREFIX + column.name)
            plan.statements.append(f"ALTER TABLE {target} DROP CONSTRAINT IF EXISTS {limit}")
            plan.statements.append(
                f"ALTER TABLE {target} ALTER COLUMN {field} TYPE {column.type.postgres}"
                f" USING {field}::{column.type.postgres}"
            )
            check = length_check(owner, name, column.name, column.type)
            if check is not None:
                plan.statements.append(f"ALTER TABLE {target} ADD {check}")
        if column.identity:
            values = ", ".join(text(value) for value in (owner, name, column.name))
            plan.statements.append(f"SELECT oracle.restart_identity({values})")
            column.not_null = None
        if column.default is not None:
            plan.statements.append(
                f"ALTER TABLE {target} ALTER COLUMN {field} SET DEFAULT {column.default}"
            )
        if column.not_null is not None:
            verb = "SET" if column.not_null else "DROP"
            plan.statements.append(f"ALTER TABLE {target} ALTER COLUMN {field} {verb} NOT NULL")
        plan.statements.extend(
            f"ALTER TABLE {target} ADD {_outlined(c, field)}" for c in column.constraints
        )
        _add_checks(column.checks, owner, name, plan)
        if not listed:
            return
        if cursor.take(")"):
            return
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)


def _outlined(constraint: str, field: str) -> str:
    """Write an inline constraint as one of the table."""
    for word in ("PRIMARY KEY", "UNIQUE"):
        if f'" {word}' in constraint:
            return constraint.replace(word, f"{word} ({field})", 1)
    return constraint.replace("REFERENCES", f"FOREIGN KEY ({field}) REFERENCES", 1)


def _drop(cursor: TokenCursor, target: str, plan: Plan) -> None:
    if cursor.take("CONSTRAINT"):
        name = cursor.name()
        cascade = " CASCADE" if cursor.take("CASCADE") else ""
        values = ", ".join(text(value) for value in (target, name, cascade))
        plan.statements.append(f"SELECT oracle.drop_constraint({values})")
    elif cursor.at("(") or cursor.take("COLUMN"):
        names = column_list(cursor)[1:-1].split(", ") if cursor.at("(") else [ident(cursor.name())]
        cursor.take("CASCADE", "CONSTRAINTS")
        plan.statements.extend(f"ALTER TABLE {target} DROP COLUMN {name}" for name in names)
    else:
        raise unimplemented(f"ALTER TABLE … DROP {cursor.token.value}")


def _rename(cursor: TokenCursor, owner: str, name: str, plan: Plan) -> None:
    target = dotted(owner, name)
    if cursor.take("TO"):
        new = cursor.name()
        plan.statements.append(f"ALTER TABLE {target} RENAME TO {ident(new)}")
        plan.touched = [(owner, new)]
    elif cursor.take("COLUMN"):
        old = cursor.name()
        cursor.expect("TO")
        new = cursor.name()
        plan.statements.append(f"SELECT oracle.keep_partition_key({text(target)}, {text(old)})")
        plan.statements.append(f"ALTER TABLE {target} RENAME COLUMN {ident(old)} TO {ident(new)}")
        plan.statements.append(
            f"SELECT oracle.rename_length_check({text(target)}, {text(old)}, {text(new)})"
        )
    else:
        cursor.expect("CONSTRAINT")
        old = cursor.name()
        cursor.expect("TO")
        plan.statements.append(
            f"ALTER TABLE {target} RENAME CONSTRAINT {ident(old)} TO {ident(cursor.name())}"
        )
