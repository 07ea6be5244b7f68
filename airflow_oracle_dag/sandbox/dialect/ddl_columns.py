"""Column definitions and constraints of CREATE TABLE and ALTER TABLE."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured
# ruff: noqa: C901 - a grammar's alternatives read best in one place

from __future__ import annotations

from dataclasses import dataclass, field

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import (
    SYSTEM_NAME,
    condition_sql,
    dotted,
    ident,
    skip_physical,
    text,
    value_sql,
)
from airflow_oracle_dag.sandbox.dialect.ddl_sequences import sequence_options
from airflow_oracle_dag.sandbox.dialect.deferrable import DeferrableCheck
from airflow_oracle_dag.sandbox.dialect.types import SqlType, read_type
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_STOPS = (
    ",", ")", "NOT", "NULL", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "GENERATED",
    "ENABLE", "DISABLE", "VISIBLE", "INVISIBLE",
)  # fmt: skip
LENGTH_PREFIX = "$12899$"


@dataclass
class ColumnDef:
    """Hold one column definition; parts that were not given are None or empty."""

    name: str
    type: SqlType | None = None
    default: str | None = None
    not_null: bool | None = None
    not_null_name: str = SYSTEM_NAME
    identity: str = ""
    generator: list[str] = field(default_factory=list)  # options of its sequence
    on_null: bool = False  # DEFAULT ON NULL: a NULL becomes the default, too
    virtual: str | None = None
    constraints: list[str] = field(default_factory=list)
    checks: list[DeferrableCheck] = field(default_factory=list)

    def forbid_null(self, name: str, deferral: str) -> None:
        """Note NOT NULL; a deferrable one is a check."""
        if deferral:
            condition = f"{ident(self.name)} IS NOT NULL"
            self.checks.append(DeferrableCheck(name, condition, deferral))
        else:
            self.not_null, self.not_null_name = True, name

    def add_check(self, check: str | DeferrableCheck) -> None:
        """Note CHECK."""
        if isinstance(check, DeferrableCheck):
            self.checks.append(check)
        else:
            self.constraints.append(check)

    def null_trigger(self, owner: str, table: str) -> list[str]:
        """Write what gives the default to a NULL that is inserted."""
        if not self.on_null or self.default is None:
            return []
        trigger, place = ident("$NULL$" + self.name), dotted(owner, table)
        values = f"{text(self.name)}, {text(self.default)}"
        function = f"FOR EACH ROW EXECUTE FUNCTION oracle.default_on_null({values})"
        return [f"CREATE TRIGGER {trigger} BEFORE INSERT ON {place} {function}"]

    def sql(self) -> str:
        """Write it for CREATE TABLE or ADD COLUMN."""
        assert self.type is not None
        parts = [ident(self.name), self.type.postgres]
        if self.virtual is not None:
            parts.append(f"GENERATED ALWAYS AS ({self.virtual}) STORED")
        if self.default is not None:
            parts.append(f"DEFAULT {self.default}")
        if self.identity:
            parts[1] = "numeric(28,0)" if self.type.postgres == "numeric" else self.type.postgres
            parts.append(self.identity)
        if self.not_null:
            parts.append(f"CONSTRAINT {ident(self.not_null_name)} NOT NULL")
        return " ".join([*parts, *self.constraints])


def length_check(owner: str, table: str, column: str, sql_type: SqlType) -> str | None:
    """Write the constraint that raises ORA-12899, None for types without a length."""
    limit = sql_type.bytes_max or sql_type.chars_max
    if not limit:
        return None
    measure = "octet_length" if sql_type.bytes_max else "char_length"
    size = f"{measure}({ident(column)}{'::bytea' if sql_type.name == 'RAW' else '::text'})"
    place = text(f"{ident(owner)}.{ident(table)}.{ident(column)}")
    return (
        f"CONSTRAINT {ident(LENGTH_PREFIX + column)} CHECK"
        f" ({size} <= {limit} OR oracle.too_long({size}, {limit}, {place}))"
    )


def _state(cursor: TokenCursor) -> str:
    """Take what may follow a constraint: deferral, ENABLE, USING INDEX."""
    deferral = ""
    while True:
        if cursor.take("NOT", "DEFERRABLE"):
            deferral = ""
        elif cursor.take("DEFERRABLE"):
            deferral = deferral or " DEFERRABLE"
        elif cursor.take("INITIALLY", "DEFERRED"):
            deferral = " DEFERRABLE INITIALLY DEFERRED"
        elif cursor.take("INITIALLY", "IMMEDIATE"):
            continue
        elif cursor.take("USING", "INDEX"):
            if cursor.at("("):
                cursor.skip_parenthesised()
            elif cursor.token.value not in (
                "TABLESPACE",
                "PCTFREE",
                "INITRANS",
                ",",
                ")",
                "STORAGE",
                "ENABLE",
                "NOLOGGING",
                "LOCAL",
                "",
            ):
                cursor.qualified()
            skip_physical(cursor)
        elif cursor.take("DISABLE"):
            raise unimplemented("disabled constraints")
        elif cursor.at_any("ENABLE", "VALIDATE", "NOVALIDATE", "RELY", "NORELY"):
            cursor.next()
        else:
            return deferral


def column_list(cursor: TokenCursor) -> str:
    """Take ``(a, b)`` and write it."""
    if not cursor.take("("):
        raise cursor.error("missing left parenthesis", 906)
    names = [ident(cursor.name())]
    while cursor.take(","):
        names.append(ident(cursor.name()))
    if not cursor.take(")"):
        raise cursor.error("missing right parenthesis", 907)
    return "(" + ", ".join(names) + ")"


def _references(cursor: TokenCursor, owner: str) -> str:
    target_owner, target = cursor.qualified()
    written = f"REFERENCES {dotted(target_owner or owner, target)}"
    if cursor.at("("):
        written += " " + column_list(cursor)
    if cursor.take("ON", "DELETE"):
        if cursor.take("CASCADE"):
            written += " ON DELETE CASCADE"
        else:
            cursor.expect("SET", "NULL")
            written += " ON DELETE SET NULL"
    return written


def _check(cursor: TokenCursor, name: str) -> str | DeferrableCheck:
    condition = condition_sql(cursor.parenthesised())
    deferral = _state(cursor)
    if deferral:
        return DeferrableCheck(name, condition, deferral)
    return f"CONSTRAINT {ident(name)} CHECK ({condition})"


def table_constraint(cursor: TokenCursor, owner: str) -> str | DeferrableCheck | None:
    """Take an out-of-line constraint; None when none comes."""
    start = cursor.index
    name = SYSTEM_NAME
    if cursor.take("CONSTRAINT"):
        name = cursor.name()
    head = f"CONSTRAINT {ident(name)} "
    if cursor.take("PRIMARY", "KEY"):
        body = "PRIMARY KEY " + column_list(cursor)
    elif cursor.at("UNIQUE", "("):
        cursor.next()
        body = "UNIQUE " + column_list(cursor)
    elif cursor.at("CHECK", "("):
        cursor.next()
        return _check(cursor, name)
    elif cursor.take("FOREIGN", "KEY"):
        body = "FOREIGN KEY " + column_list(cursor)
        cursor.expect("REFERENCES")
        body += " " + _references(cursor, owner)
    else:
        cursor.index = start
        return None
    return head + body + _state(cursor)


def _inline(cursor: TokenCursor, column: ColumnDef, owner: str) -> bool:
    name = SYSTEM_NAME
    named = cursor.take("CONSTRAINT")
    if named:
        name = cursor.name()
    head = f"CONSTRAINT {ident(name)} "
    if cursor.take("NOT", "NULL"):
        column.forbid_null(name, _state(cursor))
    elif cursor.take("NULL"):
        column.not_null = False
    elif cursor.take("PRIMARY", "KEY"):
        column.constraints.append(head + "PRIMARY KEY" + _state(cursor))
    elif cursor.take("UNIQUE"):
        column.constraints.append(head + "UNIQUE" + _state(cursor))
    elif cursor.take("CHECK"):
        column.add_check(_check(cursor, name))
    elif cursor.take("REFERENCES"):
        column.constraints.append(head + _references(cursor, owner) + _state(cursor))
    elif named:
        raise cursor.error("missing or invalid constraint", 904)
    else:
        return False
    return True


def _identity(cursor: TokenCursor, column: ColumnDef) -> str:
    always = True
    if cursor.take("BY", "DEFAULT"):
        always = False
        column.on_null = cursor.take("ON", "NULL")
    else:
        cursor.take("ALWAYS")
    cursor.expect("AS", "IDENTITY")
    listed = cursor.take("(")
    column.generator = sequence_options(cursor)
    if listed and not cursor.take(")"):
        raise cursor.error("missing right parenthesis", 907)
    return "ALWAYS" if always else "DEFAULT"


def _restart(cursor: TokenCursor) -> str:
    """Take ``… AS IDENTITY (START WITH LIMIT VALUE)``, all that an identity can be told later."""
    if not cursor.take("BY", "DEFAULT", "ON", "NULL"):
        cursor.take("BY", "DEFAULT") or cursor.take("ALWAYS")
    cursor.expect("AS", "IDENTITY")
    if not cursor.take("(", "START", "WITH", "LIMIT", "VALUE", ")"):
        raise unimplemented("ALTER TABLE … MODIFY of an identity but START WITH LIMIT VALUE")
    return "RESTART"


def column_definition(cursor: TokenCursor, owner: str, *, typed: bool = True) -> ColumnDef:
    """Take one column definition.

    :param typed: False for MODIFY, where the type may be left out.
    """
    column = ColumnDef(cursor.name())
    if typed or not cursor.at_any(
        "DEFAULT",
        "NOT",
        "NULL",
        "CONSTRAINT",
        ")",
        ",",
        "",
        "CHECK",
        "UNIQUE",
        "PRIMARY",
        "GENERATED",
    ):
        column.type = read_type(cursor)
    while True:
        if cursor.take("DEFAULT"):
            if cursor.take("ON", "NULL"):
                column.on_null = column.not_null = True
                cursor.take("FOR", "INSERT", "ONLY")
            column.default = value_sql(cursor.until(*_STOPS) or "NULL")
            if column.default == "NULL" and cursor.take("NULL"):
                continue
        elif cursor.at("GENERATED", "ALWAYS", "AS", "(") or cursor.at("AS", "("):
            cursor.take("GENERATED", "ALWAYS")
            cursor.expect("AS")
            column.virtual = value_sql(cursor.parenthesised())
            cursor.take("VIRTUAL")
        elif cursor.take("GENERATED"):
            column.identity = (
                _identity(cursor, column) if typed or column.type else _restart(cursor)
            )
            column.not_null = True
        elif cursor.take("VISIBLE") or _inline(cursor, column, owner):
            continue
        elif cursor.at("INVISIBLE"):
            raise unimplemented("invisible columns")
        else:
            return column
