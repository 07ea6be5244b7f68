"""PARTITION BY of CREATE TABLE, and what ALTER TABLE does with partitions.

SQL Language Reference, CREATE TABLE, table_partitioning_clauses; ALTER TABLE,
alter_table_partitioning. The work is done by ``partitions.sql``.
"""

from __future__ import annotations

from collections.abc import Callable

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import (
    Plan,
    dotted,
    skip_physical,
    text,
    value_sql,
)
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_WORDS = ("MAXVALUE", "DEFAULT", "NULL")


def _array(values: list[str]) -> str:
    return f"ARRAY[{', '.join(text(value) for value in values)}]::text[]"


def _or_null(value: str | None) -> str:
    return "NULL" if value is None else text(value)


def _values(cursor: TokenCursor) -> list[str]:
    """Take ``(value, …)`` and translate each."""
    if not cursor.take("("):
        raise cursor.error("missing left parenthesis", 906)
    found: list[str] = []
    while True:
        written = cursor.until(",", ")")
        found.append(written.upper() if written.upper() in _WORDS else value_sql(written))
        if cursor.take(")"):
            return found
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)


def _names(cursor: TokenCursor) -> list[str]:
    if not cursor.take("("):
        raise cursor.error("missing left parenthesis", 906)
    names = [cursor.name()]
    while cursor.take(","):
        names.append(cursor.name())
    if not cursor.take(")"):
        raise cursor.error("missing right parenthesis", 907)
    return names


def _bounds(cursor: TokenCursor) -> list[str]:
    """Take what follows a partition's name."""
    if cursor.take("VALUES", "LESS", "THAN") or cursor.take("VALUES"):
        bounds = _values(cursor)
    else:
        bounds = []
    skip_physical(cursor)
    if cursor.at("("):
        raise unimplemented("subpartitions")
    return bounds


def partition_by(cursor: TokenCursor, target: str) -> list[str]:
    """Take ``PARTITION BY …`` and return the statements that follow the table's creation."""
    cursor.expect("PARTITION", "BY")
    kind = cursor.next().value
    if kind not in ("RANGE", "LIST", "HASH"):
        raise unimplemented(f"PARTITION BY {kind}")
    keys = _names(cursor)
    if kind == "LIST" and len(keys) > 1:
        raise unimplemented("a list of partitions by several columns")
    step = "NULL"
    if kind == "RANGE" and cursor.take("INTERVAL"):
        step = text(value_sql(cursor.parenthesised()))
        if cursor.take("STORE", "IN"):
            cursor.skip_parenthesised()
    if cursor.at("AUTOMATIC") or cursor.at("SUBPARTITION"):
        raise unimplemented(f"{cursor.token.value} of partitions")
    parts = _hash_parts(cursor) if kind == "HASH" and cursor.at("PARTITIONS") else _parts(cursor)
    skip_physical(cursor)
    movement = "false"
    if cursor.take("ENABLE", "ROW", "MOVEMENT"):
        movement = "true"
    first = (
        f"SELECT oracle.partition_table({text(target)}, {text(kind)}, {_array(keys)}, {step},"
        f" {movement})"
    )
    added = [
        f"SELECT oracle.add_partition({text(target)}, {_or_null(name)}, {_array(bounds)}, false)"
        for name, bounds in parts
    ]
    return [first, *added, f"SELECT oracle.enforce_partitions({text(target)})"]


def _hash_parts(cursor: TokenCursor) -> list[tuple[str | None, list[str]]]:
    cursor.next()
    number = cursor.number()
    if cursor.take("STORE", "IN"):
        cursor.skip_parenthesised()
    return [(None, [])] * number


def _parts(cursor: TokenCursor) -> list[tuple[str | None, list[str]]]:
    if not cursor.take("("):
        raise cursor.error("missing left parenthesis", 906)
    parts: list[tuple[str | None, list[str]]] = []
    while True:
        cursor.expect("PARTITION")
        name = None if cursor.at_any("VALUES", ",", ")") else cursor.name()
        parts.append((name, _bounds(cursor)))
        if cursor.take(")"):
            return parts
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)


def skip_index_partitions(cursor: TokenCursor) -> None:
    """Take LOCAL or GLOBAL of an index, which mean nothing here."""
    if cursor.take("LOCAL"):
        if cursor.at("("):
            cursor.skip_parenthesised()
    elif cursor.take("GLOBAL") and cursor.at("PARTITION"):
        raise unimplemented("an index with partitions of its own")


def _one(cursor: TokenCursor) -> str:
    """Take a partition's name, or ``FOR (value, …)``; write both as arguments."""
    if cursor.at("FOR", "("):
        cursor.next()
        return f"NULL, {_array(_values(cursor))}"
    return f"{text(cursor.name())}, NULL"


def _tail(cursor: TokenCursor) -> None:
    """Take what says how: storage, indexes, locks."""
    while cursor.at_any(
        "DROP", "REUSE", "ALL", "STORAGE", "UPDATE", "INVALIDATE", "GLOBAL", "INDEXES", "CASCADE",
        "ONLINE", "PARALLEL", "NOPARALLEL", "COMPRESS", "NOCOMPRESS", "PURGE",
    ):  # fmt: skip
        cursor.next()
        if cursor.token.kind is Kind.NUMBER:
            cursor.next()


def alter_partitions(cursor: TokenCursor, owner: str, name: str, plan: Plan) -> bool:
    """Take what ALTER TABLE says of partitions; False when it is something else."""
    for words, work in _VERBS:
        if cursor.take(*words):
            plan.statements.append(work(cursor, text(dotted(owner, name)), owner))
            _tail(cursor)
            return True
    if (
        cursor.at("SET", "INTERVAL")
        or cursor.at_any("COALESCE", "MOVE")
        or (cursor.at("MODIFY", "PARTITION"))
    ):
        raise unimplemented(f"ALTER TABLE … {cursor.token.value} {cursor.peek().value}")
    return False


def _add(cursor: TokenCursor, target: str, _owner: str) -> str:
    name = None if cursor.at("VALUES") else cursor.name()
    return (
        f"SELECT oracle.add_partition({target}, {_or_null(name)}, {_array(_bounds(cursor))}, true)"
    )


def _drop(cursor: TokenCursor, target: str, _owner: str) -> str:
    return f"SELECT oracle.drop_partition({target}, {_one(cursor)})"


def _truncate(cursor: TokenCursor, target: str, _owner: str) -> str:
    return f"SELECT oracle.truncate_partition({target}, {_one(cursor)})"


def _rename(cursor: TokenCursor, target: str, _owner: str) -> str:
    old = cursor.name()
    cursor.expect("TO")
    return f"SELECT oracle.rename_partition({target}, {text(old)}, {text(cursor.name())})"


def _split(cursor: TokenCursor, target: str, _owner: str) -> str:
    name = cursor.name()
    if not cursor.take("AT"):
        cursor.expect("VALUES")
    values = _array(_values(cursor))
    new: list[str | None] = [None, None]
    if cursor.take("INTO", "("):
        for place in (0, 1):
            cursor.expect("PARTITION")
            new[place] = None if cursor.at_any(",", ")") else cursor.name()
            skip_physical(cursor)
            cursor.expect("," if place == 0 else ")")
    return (
        f"SELECT oracle.split_partition({target}, {text(name)}, {values},"
        f" {_or_null(new[0])}, {_or_null(new[1])})"
    )


def _merge(cursor: TokenCursor, target: str, _owner: str) -> str:
    first = cursor.name()
    if not cursor.take(",") and not cursor.take("TO"):
        raise cursor.error("missing comma", 917)
    second = cursor.name()
    new = None
    if cursor.take("INTO", "PARTITION"):
        new = cursor.name()
        skip_physical(cursor)
    names = ", ".join((text(first), text(second), _or_null(new)))
    return f"SELECT oracle.merge_partitions({target}, {names})"


def _exchange(cursor: TokenCursor, target: str, owner: str) -> str:
    part = _one(cursor)
    cursor.expect("WITH", "TABLE")
    other_owner, other = cursor.qualified()
    validated = "true"
    while cursor.at_any("INCLUDING", "EXCLUDING", "WITH", "WITHOUT"):
        if cursor.take("WITHOUT", "VALIDATION"):
            validated = "false"
        elif not cursor.take("WITH", "VALIDATION"):
            cursor.next()
            cursor.expect("INDEXES")
    other_table = text(dotted(other_owner or owner, other))
    return f"SELECT oracle.exchange_partition({target}, {part}, {other_table}, {validated})"


def _movement(enabled: str) -> Callable[[TokenCursor, str, str], str]:
    return lambda _cursor, target, _owner: f"SELECT oracle.row_movement({target}, {enabled})"


_VERBS: tuple[tuple[tuple[str, ...], Callable[[TokenCursor, str, str], str]], ...] = (
    (("ADD", "PARTITION"), _add),
    (("DROP", "PARTITION"), _drop),
    (("TRUNCATE", "PARTITION"), _truncate),
    (("RENAME", "PARTITION"), _rename),
    (("SPLIT", "PARTITION"), _split),
    (("MERGE", "PARTITIONS"), _merge),
    (("EXCHANGE", "PARTITION"), _exchange),
    (("ENABLE", "ROW", "MOVEMENT"), _movement("true")),
    (("DISABLE", "ROW", "MOVEMENT"), _movement("false")),
)
