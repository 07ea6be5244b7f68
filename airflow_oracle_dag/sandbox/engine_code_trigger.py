"""CREATE, ALTER and DROP TRIGGER, and ALTER TABLE … { ENABLE | DISABLE } ALL TRIGGERS.

PL/SQL Language Reference, CREATE TRIGGER, ALTER TRIGGER, DROP TRIGGER.
"""

# ruff: noqa: S608 - SQL is composed from constants; values are quoted

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import ident, text
from airflow_oracle_dag.sandbox.dialect.lexer import tokenize
from airflow_oracle_dag.sandbox.engine_code import SchemaNames
from airflow_oracle_dag.sandbox.engine_code_store import Compilation, Store
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import ServerError, Simple
from airflow_oracle_dag.sandbox.engine_schema import SchemaView
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.triggers import Trigger, TriggerHead, read_head
from airflow_oracle_dag.sandbox.plsql.units import Text, Unit
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

Act = Callable[["EngineSession"], None]
_ID = "(SELECT object_id FROM oracle.code WHERE kind = 'TRIGGER' AND owner = {} AND name = {})"
_REFUSED = (4082, 4084, 4085, 942, 904)  # such a CREATE makes nothing


def create_trigger(cursor: TokenCursor, *, replace: bool) -> Act:
    """Read behind CREATE [OR REPLACE]: ``TRIGGER …``."""
    source = cursor.text[cursor.token.start :]
    cursor.next()
    quiet = cursor.take("IF", "NOT", "EXISTS")
    owner, name = cursor.qualified()
    head = read_head(cursor)
    return lambda session: _create(session, owner, name, head, source, replace=replace, quiet=quiet)


def _create(
    session: EngineSession,
    owner: str | None,
    name: str,
    head: TriggerHead,
    source: str,
    *,
    replace: bool,
    quiet: bool,
) -> None:
    session.transaction.commit()
    owner = owner or session.schema
    if not session.database.has_schema(owner):
        raise OracleError(1918, f"user '{owner}' does not exist")
    session.require("CREATE TRIGGER" if owner == session.acting else "CREATE ANY TRIGGER")
    relation = _relation(session, head)
    known = session.database.code.trigger_entry(owner, name)
    if known is not None and quiet:
        return
    if known is not None and not replace:
        raise OracleError(4081, f"trigger '{name}' already exists")
    if known is not None and _value(session, _relation_of(owner, name)) != relation:
        text_ = f"trigger '{name}' already exists on another table, cannot replace it"
        raise OracleError(4095, text_)
    _store(session, owner, name, source, relation)


def _value(session: EngineSession, sql: str) -> str | None:
    result = session.transaction.run([Simple(sql.encode())], changes=False)[0]
    found = result.get_value(0, 0) if result.ntuples else None
    return found.decode() if found is not None else None


def _relation_of(owner: str, name: str) -> str:
    where = _ID.format(text(owner), text(name))
    return f"SELECT relation::text FROM oracle.triggers WHERE object_id = {where}"


def _relation(session: EngineSession, head: TriggerHead) -> str:
    """Return the OID of the table or view."""
    place = (head.owner or session.schema, head.table)
    place = session.database.synonyms.get(place, place)
    if place in session.database.temporary:
        raise unimplemented("triggers on temporary tables")
    found = _value(
        session,
        "SELECT c.oid::text || ' ' || c.relkind::text FROM pg_class c JOIN pg_namespace n"
        f" ON n.oid = c.relnamespace WHERE n.nspname = {text(place[0])}"
        f" AND c.relname = {text(place[1])} AND c.relkind IN ('r', 'p', 'v', 'm')",
    )
    if found is None:
        raise OracleError(942, f'table or view "{place[0]}"."{place[1]}" does not exist')
    number, kind = found.split()
    if kind == "v" and head.timing != "INSTEAD OF":
        raise OracleError(25001, "cannot create this trigger type on this type of view")
    if kind != "v" and head.timing == "INSTEAD OF":
        raise OracleError(25002, "cannot create INSTEAD OF triggers on tables")
    return number


def _nothing_to_do(unit: Unit) -> None:
    """Stand for what compiles a unit before it runs: a draft does not run."""
    assert not unit.defined  # noqa: S101 - only the library defines units


def _compiled(
    session: EngineSession, owner: str, name: str, source: str
) -> tuple[Trigger, Compilation]:
    library = session.database.code
    view = SchemaView(session.database, owner, owner, roles=False)
    names = SchemaNames(library, view, (owner, name))
    found = Compilation("", names.references)
    unit = Trigger(owner, name, _nothing_to_do, text=Text("TRIGGER", source))
    try:
        parser = unit.define(names, view)
    except CompileError as error:
        found.add(error)
        return unit, found
    except OracleError as error:
        if error.code == 3001 or error.code in _REFUSED:
            raise
        detail = f"PL/SQL: ORA-{error.code:05d}: {error.message}"
        found.add(CompileError(source, error.offset, detail))
        return unit, found
    names.refer("TABLE", unit.head.owner, unit.head.table)
    found.verify(parser.sql_statements, view, library.verifier(view))
    return unit, found


def _store(session: EngineSession, owner: str, name: str, source: str, relation: str) -> None:
    unit, made = _compiled(session, owner, name, source)
    head = unit.head
    tokens = tokenize(source)
    start, body = tokens[1].start, tokens[head.body].start
    condition = None
    if head.when is not None:
        condition = source[tokens[head.when[0]].end : tokens[head.when[1] - 1].start]
    values = [
        relation, head.timing, "true" if head.by_row else "false", " ".join(head.events),
        " ".join(head.columns), " ".join(head.follows), "true" if head.enabled else "false",
        f"REFERENCING NEW AS {head.new} OLD AS {head.old}", condition,
        source[start:body].rstrip(), source[body:],
    ]  # fmt: skip
    listed = ", ".join("NULL" if value is None else text(value) for value in values)
    found = _ID.format(text(owner), text(name))
    try:
        Store(session).save(owner, name, "TRIGGER", source, made)
        _run(
            session,
            f"DELETE FROM oracle.triggers WHERE object_id = {found}",
            f"INSERT INTO oracle.triggers VALUES ({found}, {listed})",
            f"SELECT oracle.sync_capture({relation}::oid)",
        )
    except ServerError as error:
        raise oracle_error(error) from error
    session.database.reload()
    session.warned = bool(made.errors)


def _run(session: EngineSession, *statements: str) -> None:
    session.transaction.run([Simple(sql.encode()) for sql in statements], changes=True)
    session.transaction.commit()


def alter_trigger(cursor: TokenCursor) -> Act:
    """Read behind ALTER: ``TRIGGER t { ENABLE | DISABLE | COMPILE }``."""
    cursor.next()
    quiet = cursor.take("IF", "EXISTS")
    owner, name = cursor.qualified()
    if not cursor.at_any("ENABLE", "DISABLE", "COMPILE"):
        raise unimplemented(f"ALTER TRIGGER … {cursor.token.value}")
    word = cursor.next().value
    cursor.take("DEBUG")
    cursor.take("REUSE", "SETTINGS")
    cursor.finish()
    return lambda session: _alter(session, owner or session.schema, name, word, quiet=quiet)


def _alter(session: EngineSession, owner: str, name: str, word: str, *, quiet: bool) -> None:
    session.transaction.commit()
    library = session.database.code
    entry = library.trigger_entry(owner, name)
    if entry is None:
        if quiet:
            return
        raise OracleError(4080, f"trigger '{name}' does not exist")
    relation = _value(session, _relation_of(owner, name)) or "0"
    if word == "COMPILE":
        _store_again(session, owner, name, relation)
        return
    found = _ID.format(text(owner), text(name))
    enabled = "true" if word == "ENABLE" else "false"
    _run(
        session,
        f"UPDATE oracle.triggers SET enabled = {enabled} WHERE object_id = {found}",
        f"SELECT oracle.sync_capture({relation}::oid)",
    )
    session.database.reload()


def _store_again(session: EngineSession, owner: str, name: str, relation: str) -> None:
    found = _ID.format(text(owner), text(name))
    was = _value(session, f"SELECT enabled FROM oracle.triggers WHERE object_id = {found}")
    entry = session.database.code.trigger_entry(owner, name)
    assert entry is not None  # noqa: S101 - the caller has looked
    _store(session, owner, name, session.database.code.text(entry).source, relation)
    warned = session.warned
    if was == "f":
        _alter(session, owner, name, "DISABLE", quiet=False)
    session.warned = warned


def drop_trigger(cursor: TokenCursor) -> Act:
    """Read behind DROP: ``TRIGGER t``."""
    cursor.next()
    quiet = cursor.take("IF", "EXISTS")
    owner, name = cursor.qualified()
    cursor.finish()
    return lambda session: _drop(session, owner or session.schema, name, quiet=quiet)


def _drop(session: EngineSession, owner: str, name: str, *, quiet: bool) -> None:
    session.transaction.commit()
    if session.database.code.trigger_entry(owner, name) is None:
        if quiet:
            return
        raise OracleError(4080, f"trigger '{name}' does not exist")
    relation = _value(session, _relation_of(owner, name)) or "0"
    where = f"owner = {text(owner)} AND name = {text(name)} AND kind = 'TRIGGER'"
    _run(
        session,
        f"DELETE FROM oracle.code WHERE {where}",
        f"SELECT oracle.sync_capture({relation}::oid)",
    )
    session.database.reload()


def all_triggers(cursor: TokenCursor) -> Act | None:
    """Read behind ALTER: ``TABLE t { ENABLE | DISABLE } ALL TRIGGERS``; None for anything else."""
    start = cursor.index
    if cursor.take("TABLE"):
        owner, name = cursor.qualified()
        word = cursor.token.value
        cursor.next()
        if word in ("ENABLE", "DISABLE") and cursor.take("ALL", "TRIGGERS"):
            cursor.finish()
            return lambda session: _switch(session, owner or session.schema, name, word)
    cursor.index = start
    return None


def _switch(session: EngineSession, owner: str, name: str, word: str) -> None:
    session.transaction.commit()
    if session.database.columns_of(owner, name) is None:
        raise OracleError(942, f'table or view "{owner}"."{name}" does not exist')
    place = f"{text(f'{ident(owner)}.{ident(name)}')}::regclass"
    enabled = "true" if word == "ENABLE" else "false"
    _run(
        session,
        f"UPDATE oracle.triggers SET enabled = {enabled} WHERE relation = {place}",
        f"SELECT oracle.sync_capture({place})",
    )
    session.database.reload()
