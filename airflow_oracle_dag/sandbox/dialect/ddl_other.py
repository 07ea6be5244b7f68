"""Every data definition statement but CREATE and ALTER TABLE."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

from collections.abc import Callable

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_columns import column_list
from airflow_oracle_dag.sandbox.dialect.ddl_common import (
    QUERY,
    REVIVE,
    Plan,
    dotted,
    ident,
    result_columns,
    skip_physical,
    text,
    value_sql,
    views_aside,
)
from airflow_oracle_dag.sandbox.dialect.ddl_partitions import skip_index_partitions
from airflow_oracle_dag.sandbox.dialect.ddl_private import is_private, private_place
from airflow_oracle_dag.sandbox.dialect.ddl_sequences import sequence_options
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.dialect.translate import Translation, translate
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.session import OracleError


def create_index(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind CREATE: ``[UNIQUE] INDEX …``."""
    unique = "UNIQUE " if cursor.take("UNIQUE") else ""
    if cursor.at("BITMAP"):
        cursor.next()
    cursor.expect("INDEX")
    cursor.take("IF", "NOT", "EXISTS")
    owner, name = cursor.qualified()
    cursor.expect("ON")
    table_owner, table = cursor.qualified()
    table_owner = table_owner or schema
    if owner is not None and owner != table_owner:
        raise unimplemented("an index in another schema than its table's")
    if not cursor.take("("):
        raise cursor.error("missing left parenthesis", 906)
    parts: list[str] = []
    while True:
        if cursor.peek().value in (",", ")", "ASC", "DESC"):
            part = ident(cursor.name())
        else:
            part = f"({value_sql(cursor.until(',', ')', 'ASC', 'DESC'))})"
        if cursor.at_any("ASC", "DESC"):
            part += " " + cursor.next().value
        parts.append(part)
        if cursor.take(")"):
            break
        if not cursor.take(","):
            raise cursor.error("missing right parenthesis", 907)
    if cursor.at("INDEXTYPE"):
        raise unimplemented("domain indexes (INDEXTYPE IS …)")
    skip_physical(cursor)
    skip_index_partitions(cursor)
    skip_physical(cursor)
    cursor.finish()
    sql = f"CREATE {unique}INDEX {ident(name)} ON {dotted(table_owner, table)} ({', '.join(parts)})"
    return Plan([sql], [(table_owner, name)])


def sequence(cursor: TokenCursor, schema: str, verb: str) -> Plan:
    """Read behind CREATE SEQUENCE or ALTER SEQUENCE."""
    quiet = " IF NOT EXISTS" if cursor.take("IF", "NOT", "EXISTS") else ""
    owner, name = cursor.qualified()
    owner = owner or schema
    options = sequence_options(cursor)
    cursor.finish()
    sql = " ".join(
        [f"{verb} SEQUENCE{quiet if verb == 'CREATE' else ''} {dotted(owner, name)}", *options]
    )
    missing = OracleError(2289, "sequence does not exist")
    privilege = "CREATE SEQUENCE" if verb == "CREATE" else ""
    return Plan([sql], [(owner, name)], missing, privilege)


def create_view(
    cursor: TokenCursor,
    schema: str,
    *,
    replace: bool,
    read: Callable[[str], Translation] = translate,
) -> Plan:
    """Read behind CREATE [OR REPLACE]: ``[FORCE] VIEW …``.

    :param read: translates the query.
    """
    if cursor.at("FORCE"):
        raise unimplemented("CREATE FORCE VIEW")
    cursor.take("NOFORCE")
    cursor.take("EDITIONABLE") or cursor.take("NONEDITIONABLE")
    cursor.expect("VIEW")
    owner, name = cursor.qualified()
    owner = owner or schema
    names = column_list(cursor) if cursor.at("(") else ""
    cursor.expect("AS")
    body = cursor.text[cursor.token.start :]
    check, read_only = "", "false"
    end = len(cursor.tokens) - 1
    tail = [t.value for t in cursor.tokens[end - 3 : end]]
    if tail == ["WITH", "CHECK", "OPTION"]:
        body, check = (
            cursor.text[cursor.token.start : cursor.tokens[end - 3].start],
            " WITH CHECK OPTION",
        )
    elif tail == ["WITH", "READ", "ONLY"]:
        body, read_only = cursor.text[cursor.token.start : cursor.tokens[end - 3].start], "true"
    query = read(body)
    if query.binds:
        raise OracleError(1027, "bind variables not allowed for data definition operations")
    names = names or result_columns(query)
    target = dotted(owner, name)
    return Plan(
        [
            *([f"SELECT oracle.replace_view({text(target)})"] if replace else []),
            f"CREATE VIEW {target} {names} AS {QUERY}{check}",
            f"SELECT oracle.view_made({text(target)}, {text(body.strip())}, {read_only})",
            REVIVE,
        ],
        [(owner, name)],
        privilege="CREATE VIEW",
        sources=query.tables,
        query=query,
        stays=True,
    )


def drop(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind DROP."""
    public = cursor.take("PUBLIC")
    kind = cursor.next().value
    if kind not in ("TABLE", "VIEW", "SEQUENCE", "INDEX", "SYNONYM"):
        raise unimplemented(f"DROP {kind}")
    quiet = " IF EXISTS" if cursor.take("IF", "EXISTS") else ""
    owner, name = cursor.qualified()
    owner = owner or schema
    cascade = " CASCADE" if cursor.take("CASCADE", "CONSTRAINTS") else ""
    cursor.take("PURGE") or cursor.take("ONLINE")
    cursor.finish()
    if kind == "SYNONYM":
        values = f"{text('PUBLIC' if public else owner)}, {text(name)}"
        privilege = "DROP PUBLIC SYNONYM" if public else ""
        return Plan([f"SELECT oracle.drop_synonym({values})"], privilege=privilege)
    if kind == "TABLE" and is_private(name):
        return Plan([f"DROP TABLE{quiet} {private_place(name)}"], commits=False)
    missing = {
        "SEQUENCE": OracleError(2289, "sequence does not exist"),
        "INDEX": OracleError(1418, "specified index does not exist"),
    }.get(kind)
    target = dotted(owner, name)
    beneath = [views_aside(target)] if kind in ("TABLE", "VIEW") else []
    statements = [*beneath, f"DROP {kind}{quiet} {target}{cascade}"]
    if kind == "TABLE":
        statements.append(
            "DELETE FROM oracle.temporary_tables g"
            " WHERE NOT EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = g.object_id)"
        )
        statements.append("SELECT oracle.forget_partitions()")
    return Plan([*statements, *([REVIVE] if beneath else [])], [], missing)


def truncate(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind TRUNCATE."""
    cursor.expect("TABLE")
    owner, name = cursor.qualified()
    cascade = False
    while cursor.at_any(
        "DROP",
        "REUSE",
        "STORAGE",
        "ALL",
        "CASCADE",
        "PURGE",
        "PRESERVE",
        "MATERIALIZED",
        "VIEW",
        "LOG",
    ):
        cascade = cascade or cursor.at("CASCADE")
        cursor.next()
    cursor.finish()
    if is_private(name):
        return Plan([f"TRUNCATE {private_place(name)}"])
    owner = owner or schema
    sql = f"SELECT oracle.truncate({text(dotted(owner, name))}, '{' CASCADE' if cascade else ''}')"
    return Plan([sql], [(owner, name)])


def comment(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind COMMENT."""
    cursor.expect("ON")
    kind = cursor.next().value
    if kind not in ("TABLE", "COLUMN"):
        raise unimplemented(f"COMMENT ON {kind}")
    names = [cursor.name()]
    while cursor.take("."):
        names.append(cursor.name())
    cursor.expect("IS")
    if cursor.token.kind is not Kind.STRING:
        raise cursor.error("missing or invalid comment", 1780)
    value = text(cursor.next().value)
    cursor.finish()
    if len(names) == (1 if kind == "TABLE" else 2):
        names.insert(0, schema)
    target = ".".join(ident(n) for n in names)
    if kind == "TABLE":
        return Plan([f"SELECT oracle.comment_on({text(target)}, {value})"])
    return Plan([f"COMMENT ON COLUMN {target} IS {value}"])


def rename(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind RENAME."""
    old = cursor.name()
    cursor.expect("TO")
    new = cursor.name()
    cursor.finish()
    target = dotted(schema, old)
    sql = f"ALTER TABLE {target} RENAME TO {ident(new)}"
    return Plan([views_aside(target), sql, REVIVE], [(schema, new)])


def alter_index(cursor: TokenCursor, schema: str) -> Plan:
    """Read behind ALTER INDEX: RENAME and REBUILD."""
    owner, name = cursor.qualified()
    owner = owner or schema
    missing = OracleError(1418, "specified index does not exist")
    if cursor.take("RENAME", "TO"):
        new = cursor.name()
        cursor.finish()
        sql = f"ALTER INDEX {dotted(owner, name)} RENAME TO {ident(new)}"
        return Plan([sql], [(owner, new)], missing)
    if not cursor.take("REBUILD"):
        raise unimplemented(f"ALTER INDEX … {cursor.token.value}")
    while cursor.at_any("ONLINE", "NOLOGGING", "LOGGING", "NOPARALLEL", "COMPUTE", "STATISTICS"):
        cursor.next()
    cursor.finish()
    return Plan([f"REINDEX INDEX {dotted(owner, name)}"], [(owner, name)], missing)


def create_synonym(cursor: TokenCursor, schema: str, *, replace: bool) -> Plan:
    """Read behind CREATE [OR REPLACE]: ``[PUBLIC] SYNONYM …``."""
    public = cursor.take("PUBLIC")
    cursor.expect("SYNONYM")
    owner, name = cursor.qualified()
    cursor.expect("FOR")
    target_owner, target = cursor.qualified()
    cursor.finish()
    owner = "PUBLIC" if public else owner or schema
    target_owner = target_owner or schema
    if (owner, name) == (target_owner, target):
        raise OracleError(1471, "cannot create a synonym with same name as object")
    values = ", ".join(text(v) for v in (owner, name, target_owner, target))
    check = f"SELECT oracle.check_synonym({text(owner)}, {text(name)})"
    sql = f"INSERT INTO oracle.synonyms VALUES ({values})"
    if replace:
        sql += (
            " ON CONFLICT (owner, name) DO UPDATE SET target_owner = excluded.target_owner,"
            " target = excluded.target, created = excluded.created"
        )
    return Plan([check, sql], privilege="CREATE PUBLIC SYNONYM" if public else "CREATE SYNONYM")
