"""Statements that are neither query nor DML nor PL/SQL: what they are and how they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import (
    QUERY,
    REVIVE,
    SYSTEM_NAME,
    Plan,
)
from airflow_oracle_dag.sandbox.dialect.ddl_other import (
    alter_index,
    comment,
    create_index,
    create_synonym,
    create_view,
    drop,
    rename,
    sequence,
    truncate,
)
from airflow_oracle_dag.sandbox.dialect.ddl_private import create_private
from airflow_oracle_dag.sandbox.dialect.ddl_table import alter_table, create_table
from airflow_oracle_dag.sandbox.dialect.lexer import Kind, Token
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_code_ddl import CODE, alter_code, create_code, drop_code
from airflow_oracle_dag.sandbox.engine_code_trigger import (
    all_triggers,
    alter_trigger,
    create_trigger,
    drop_trigger,
)
from airflow_oracle_dag.sandbox.engine_control import parse_control
from airflow_oracle_dag.sandbox.engine_errors import definition_error, unimplemented
from airflow_oracle_dag.sandbox.engine_grants import parse_account
from airflow_oracle_dag.sandbox.engine_link import Command, ServerError, Simple
from airflow_oracle_dag.sandbox.engine_temporary import localise
from airflow_oracle_dag.sandbox.engine_view_calls import calling_view
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


@dataclass
class Action:
    """Be a statement that runs by a function.

    :param bind_names: binds that occur, which Oracle refuses (ORA-01027).
    """

    run: Callable[[EngineSession], None]
    bind_names: Sequence[str] = field(default_factory=tuple)


Planner = Callable[[TokenCursor, str], Plan]
#: Milliseconds that count as no waiting: a worker of PostgreSQL's autovacuum gives its lock away to
#: who has waited for `deadlock_timeout`.
_AT_ONCE = 300


def _ddl(text: str, tokens: list[Token], skip: int, planner: Planner) -> Action:
    """Parse now, for the syntax; plan again at each run, for the schema that is current then."""

    def plan(schema: str) -> Plan:
        cursor = TokenCursor(text, tokens)
        cursor.index = skip
        made = planner(cursor, schema)
        if not cursor.at_end() and not text[cursor.token.start :].upper().startswith(
            ("SELECT", "WITH", "(")
        ):
            cursor.finish()
        return made

    plan("\0")
    binds = tuple(t.value for t in tokens if t.kind is Kind.BIND)
    return Action(lambda session: run_ddl(session, plan(session.schema)), binds)


def _creation(text: str, tokens: list[Token], cursor: TokenCursor) -> Action:
    skip, planner = _create(cursor)
    try:
        return _ddl(text, tokens, skip, planner)
    except OracleError as error:
        if error.code != 904 or not tokens[skip].value.endswith(("VIEW", "EDITIONABLE")):
            raise
        return _calling_view(text, tokens, skip, error)


def _calling_view(text: str, tokens: list[Token], skip: int, error: OracleError) -> Action:
    """Let the schema say whether it knows the functions of a view."""
    replace = tokens[1].value == "OR"

    def plan(session: EngineSession, read: Callable[[str], Translation]) -> Plan:
        cursor = TokenCursor(text, tokens)
        cursor.index = skip
        return create_view(cursor, session.schema, replace=replace, read=read)

    return Action(
        lambda session: run_ddl(
            session, calling_view(session, lambda read: plan(session, read), error)
        )
    )


def run_ddl(session: EngineSession, plan: Plan) -> None:
    """Commit, run a data definition statement, commit.

    The first COMMIT stays when the statement fails (SQL Language Reference, COMMIT).
    """
    if not plan.commits:
        _run_inside(session, plan)
        return
    session.transaction.commit()
    _check(session, plan)
    commands: list[Command] = []
    seconds = int(session.settings.get("ddl_lock_timeout", "0"))
    commands.append(Simple(f"SET LOCAL lock_timeout = {seconds * 1000 or _AT_ONCE}".encode()))
    statements = _with_query(session, plan)
    commands.extend(Simple(_with_names(session, sql).encode()) for sql in statements)
    commands.extend(
        Simple(f"SELECT oracle.touch('{_escape(owner)}', '{_escape(name)}')".encode())
        for owner, name in plan.touched
    )
    if len(commands) == 1:
        return
    if session.database.views_invalid and REVIVE not in plan.statements:
        commands.append(Simple(REVIVE.encode()))
    if not session.database.code.empty:
        commands.append(Simple(b"SELECT oracle.invalidate_code()"))
    try:
        session.transaction.run(commands, changes=True)
        session.transaction.commit()
    except ServerError as error:
        found = definition_error(error)
        if found.code == 942 and plan.missing is not None:
            found = plan.missing
        raise found from error
    session.database.reload()


def _check(session: EngineSession, plan: Plan) -> None:
    if plan.privilege:
        session.require(plan.privilege)
    session.database.users.check_tables(session.acting, plan.sources, roles=session.roles)
    if any(s.startswith("CREATE") for s in plan.statements):
        session.database.require_room("CREATE")
    if any(s.startswith("CREATE") and " INDEX " not in s[:20] for s in plan.statements):
        for owner, name in plan.touched:  # one namespace with procedures, functions and packages
            if session.database.code.entries(owner, name):
                raise OracleError(955, f'name is already used by an existing object "{name}"')


def _run_inside(session: EngineSession, plan: Plan) -> None:
    """Run a data definition statement that is a part of the transaction."""
    _check(session, plan)
    try:
        session.transaction.run(
            [Simple(sql.encode()) for sql in _with_query(session, plan)], changes=True
        )
    except ServerError as error:
        raise definition_error(error) from error
    session.database.reload()


def _with_query(session: EngineSession, plan: Plan) -> list[str]:
    """Let the query of a view or a CREATE TABLE AS find what synonyms and the session mean."""
    if plan.query is None:
        return plan.statements
    if not plan.stays and session.database.view_calls.read_by(session, plan.query):
        raise unimplemented("CREATE TABLE AS SELECT of a view that calls stored functions")
    query = localise(session, plan.query, kept=plan.stays)
    return [statement.replace(QUERY, query.sql) for statement in plan.statements]


def _with_names(session: EngineSession, statement: str) -> str:
    """Name the constraints that were given no name."""
    while SYSTEM_NAME in statement:
        statement = statement.replace(SYSTEM_NAME, session.database.system_name(), 1)
    return statement


def _escape(text: str) -> str:
    return text.replace("'", "''")


def _create(cursor: TokenCursor) -> tuple[int, Planner]:
    replace = cursor.take("OR", "REPLACE")
    here = cursor.index
    if cursor.at("TABLE") or cursor.at("GLOBAL"):
        return here, create_table
    if cursor.at("INDEX") or cursor.at("UNIQUE") or cursor.at("BITMAP"):
        return here, create_index
    if cursor.at("SEQUENCE"):
        return here + 1, lambda c, s: sequence(c, s, "CREATE")
    if cursor.at_any("VIEW", "FORCE", "NOFORCE", "EDITIONABLE", "NONEDITIONABLE"):
        return here, lambda c, s: create_view(c, s, replace=replace)
    if cursor.at("SYNONYM") or cursor.at("PUBLIC", "SYNONYM"):
        return here, lambda c, s: create_synonym(c, s, replace=replace)
    if cursor.at("PRIVATE", "TEMPORARY"):
        return here, create_private
    if cursor.at_end():
        raise OracleError(901, "invalid CREATE command", cursor.token.start)
    raise unimplemented(f"CREATE {cursor.token.value}")


def _alter(cursor: TokenCursor) -> tuple[int, Planner]:
    if cursor.at("TABLE"):
        return cursor.index + 1, alter_table
    if cursor.at("INDEX"):
        return cursor.index + 1, alter_index
    if cursor.at("SEQUENCE"):
        return cursor.index + 1, lambda c, s: sequence(c, s, "ALTER")
    if cursor.at_end():
        raise OracleError(940, "invalid ALTER command", cursor.token.start)
    raise unimplemented(f"ALTER {cursor.token.value}")


_PLAIN: dict[str, Planner] = {
    "DROP": drop,
    "TRUNCATE": truncate,
    "COMMENT": comment,
    "RENAME": rename,
}
_UNKNOWN = (
    "ANALYZE",
    "AUDIT",
    "NOAUDIT",
    "FLASHBACK",
    "PURGE",
    "EXPLAIN",
    "ASSOCIATE",
    "DISASSOCIATE",
    "ADMINISTER",
)


def _code(cursor: TokenCursor) -> Callable[[EngineSession], None] | None:
    """Read CREATE, ALTER or DROP of stored PL/SQL; None when it is something else."""
    start = cursor.index
    found = None
    if cursor.take("CREATE"):
        replace = cursor.take("OR", "REPLACE")
        cursor.take("EDITIONABLE") or cursor.take("NONEDITIONABLE")
        if cursor.at_any(*CODE):
            found = create_code(cursor, replace=replace)
        elif cursor.at("TRIGGER"):
            found = create_trigger(cursor, replace=replace)
    elif cursor.take("ALTER"):
        if cursor.at_any(*CODE):
            found = alter_code(cursor)
        else:
            found = alter_trigger(cursor) if cursor.at("TRIGGER") else all_triggers(cursor)
    elif cursor.take("DROP"):
        if cursor.at_any(*CODE):
            found = drop_code(cursor)
        elif cursor.at("TRIGGER"):
            found = drop_trigger(cursor)
    if found is None:
        cursor.index = start
    return found


def parse_action(text: str, tokens: list[Token]) -> Action:
    """Parse a data definition or control statement.

    :raises OracleError: ORA-00900 when it is no statement at all.
    """
    cursor = TokenCursor(text, tokens)
    control = parse_control(cursor)
    if control is not None:
        return Action(control)
    cursor.index = 0
    code = _code(cursor)
    if code is not None:
        return Action(code)
    account = parse_account(cursor)
    if account is not None:
        return Action(lambda session: account(session, run_ddl))
    cursor.index = 0
    if cursor.take("CREATE"):
        return _creation(text, tokens, cursor)
    if cursor.take("ALTER"):
        skip, planner = _alter(cursor)
        return _ddl(text, tokens, skip, planner)
    first = cursor.next().value
    if first in _PLAIN:
        return _ddl(text, tokens, 1, _PLAIN[first])
    if first in _UNKNOWN:
        raise unimplemented(first)
    raise OracleError(900, "invalid SQL statement")
