"""CREATE, ALTER … COMPILE and DROP of stored PL/SQL.

SQL Language Reference and PL/SQL Language Reference, CREATE PROCEDURE to DROP PACKAGE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.engine_code import SchemaNames
from airflow_oracle_dag.sandbox.engine_code_store import Compilation, Store, signature
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import ServerError
from airflow_oracle_dag.sandbox.engine_schema import SchemaView
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.units import AnyUnit, Package, Routine, Text, Unit
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

Act = Callable[["EngineSession"], None]
CODE = ("PROCEDURE", "FUNCTION", "PACKAGE")


@dataclass(frozen=True)
class _Named:
    """Be what a statement is about; without an owner it is the current schema's."""

    kind: str
    owner: str | None
    name: str


def _named(cursor: TokenCursor) -> _Named:
    kind = cursor.next().value
    if kind == "PACKAGE" and cursor.take("BODY"):
        kind = "PACKAGE BODY"
    return _Named(kind, None, "")


def create_code(cursor: TokenCursor, *, replace: bool) -> Act:
    """Read behind CREATE [OR REPLACE]: ``PROCEDURE …``."""
    start = cursor.token.start
    kind = _named(cursor).kind
    quiet = cursor.take("IF", "NOT", "EXISTS")
    if quiet and replace:
        raise OracleError(11541, "cannot use OR REPLACE with IF NOT EXISTS")
    head = kind + " " + cursor.text[cursor.token.start :] if quiet else cursor.text[start:]
    owner, name = cursor.qualified()
    named = _Named(kind, owner, name)
    return lambda session: _create(session, named, head, replace=replace, quiet=quiet)


def _create(
    session: EngineSession, named: _Named, source: str, *, replace: bool, quiet: bool
) -> None:
    session.transaction.commit()
    owner = named.owner or session.schema
    if not session.database.has_schema(owner):
        raise OracleError(1918, f"user '{owner}' does not exist")
    ours = "CREATE PROCEDURE" if owner == session.acting else "CREATE ANY PROCEDURE"
    session.require(ours)
    store = Store(session)
    there = session.database.code.entries(owner, named.name)
    if quiet and named.kind in there:
        return
    if named.kind in there and not replace:
        raise OracleError(955, "name is already used by an existing object")
    others = {kind for kind in there if kind != named.kind} - {"PACKAGE", "PACKAGE BODY"}
    if named.kind in ("PACKAGE", "PACKAGE BODY"):
        taken = bool(others)
    else:
        taken = bool(set(there) - {named.kind})
    if taken or store.relation(owner, named.name):
        raise OracleError(955, "name is already used by an existing object")
    _compile_and_store(session, store, owner, named, source)


def _compile_and_store(
    session: EngineSession, store: Store, owner: str, named: _Named, source: str
) -> None:
    made = compile_source(session, owner, named.name, Text(named.kind, source))
    try:
        store.save(owner, named.name, named.kind, source, made)
    except ServerError as error:
        raise oracle_error(error) from error
    session.packages.pop((owner, named.name), None)
    session.database.reload()
    session.warned = bool(made.errors)


def compile_source(session: EngineSession, owner: str, name: str, text: Text) -> Compilation:
    """Compile a source that is not stored yet.

    :raises OracleError: ORA-03001 for what the sandbox cannot do; nothing is stored then.
    """
    library = session.database.code
    view = SchemaView(session.database, owner, owner, roles=False)
    names = SchemaNames(library, view, (owner, name))
    found = Compilation(signature(text), names.references)
    unit = _draft(session, owner, name, text)
    if unit is None:
        detail = f"PLS-00304: cannot compile body of '{name}' without its specification"
        found.errors.append((0, 0, detail))
        return found
    with library.drafting(unit):
        try:
            parser = _parse(unit, text, names, view)
        except CompileError as error:
            found.add(error)
            return found
        except OracleError as error:
            if error.code == 3001:
                raise
            detail = f"PL/SQL: ORA-{error.code:05d}: {error.message}"
            found.add(CompileError(text.source, error.offset, detail))
            return found
        found.describe(unit, text.kind)
        found.verify(parser.sql_statements, view, library.verifier(view))
    if text.kind == "PACKAGE BODY":
        names.references.add(("PACKAGE", owner, name))
    return found


def _nothing_to_do(unit: Unit) -> None:
    """Stand for what compiles a unit before it runs: a draft does not run."""
    assert not unit.defined  # noqa: S101 - only the library defines units


def _draft(session: EngineSession, owner: str, name: str, text: Text) -> AnyUnit | None:
    if text.kind == "PACKAGE":
        return Package(owner, name, _nothing_to_do, text=text)
    if text.kind != "PACKAGE BODY":
        return Routine(owner, name, _nothing_to_do, text=text)
    library = session.database.code
    entry = library.entries(owner, name).get("PACKAGE")
    if entry is None:
        return None
    return Package(owner, name, _nothing_to_do, text=library.text(entry), body=text)


def _parse(unit: AnyUnit, text: Text, names: SchemaNames, view: SchemaView) -> PlsqlParser:
    if isinstance(unit, Routine):
        return unit.define(names, view)
    if text.kind == "PACKAGE":
        return unit.define_specification(names, view)
    try:
        unit.declare(SchemaNames(view.database.code, view, (unit.owner, unit.name)), view)
    except CompileError as error:
        detail = f"PLS-00905: object {unit.owner}.{unit.name} is invalid"
        raise CompileError(text.source, 0, detail) from error
    return unit.define_body(names, view)


def alter_code(cursor: TokenCursor) -> Act:
    """Read behind ALTER: ``PROCEDURE p COMPILE …``."""
    kind = cursor.next().value
    owner, name = cursor.qualified()
    if cursor.at_any("EDITIONABLE", "NONEDITIONABLE"):
        raise unimplemented(f"ALTER {kind} … {cursor.token.value}")
    cursor.expect("COMPILE")
    cursor.take("DEBUG")
    kinds = [kind]
    if kind == "PACKAGE":
        kinds = ["PACKAGE", "PACKAGE BODY"]
        if cursor.take("BODY"):
            kinds = ["PACKAGE BODY"]
        elif cursor.take("SPECIFICATION"):
            kinds = ["PACKAGE"]
        elif cursor.take("PACKAGE"):
            kinds = ["PACKAGE", "PACKAGE BODY"]
    while cursor.peek().value == "=":  # PLSQL_… = …
        cursor.index += 3
    cursor.take("REUSE", "SETTINGS")
    cursor.finish()
    return lambda session: _compile(session, owner or session.schema, name, kinds)


def _compile(session: EngineSession, owner: str, name: str, kinds: list[str]) -> None:
    session.transaction.commit()
    library = session.database.code
    there = library.entries(owner, name)
    wanted = [kind for kind in kinds if kind in there]
    if not wanted:
        raise OracleError(4043, f"object {name} does not exist")
    warned = False
    for kind in wanted:
        source = library.text(there[kind]).source
        _compile_and_store(session, Store(session), owner, _Named(kind, owner, name), source)
        warned = warned or session.warned
    session.warned = warned


def drop_code(cursor: TokenCursor) -> Act:
    """Read behind DROP: ``PROCEDURE p``."""
    kind = _named(cursor).kind
    quiet = cursor.take("IF", "EXISTS")
    owner, name = cursor.qualified()
    cursor.finish()
    return lambda session: _drop(session, kind, owner or session.schema, name, quiet=quiet)


def _drop(session: EngineSession, kind: str, owner: str, name: str, *, quiet: bool) -> None:
    session.transaction.commit()
    if kind not in session.database.code.entries(owner, name):
        if quiet:
            return
        raise OracleError(4043, f"object {name} does not exist")
    Store(session).drop(owner, name, kind)
    session.packages.pop((owner, name), None)
    session.database.reload()
