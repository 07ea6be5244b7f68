"""Transaction and session control: COMMIT to ALTER SESSION. None of them is DDL."""

# ruff: noqa: ARG005 - the functions of a table share one signature

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import dotted
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_errors import oracle_error, unimplemented
from airflow_oracle_dag.sandbox.engine_link import Command, ServerError, Simple
from airflow_oracle_dag.sandbox.engine_nls import nls_setting
from airflow_oracle_dag.sandbox.engine_system import alter_system
from airflow_oracle_dag.sandbox.engine_transaction import CONSTRAINTS
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

Run = Callable[["EngineSession"], None]

_WITHOUT_EFFECT = frozenset(
    [
        "OPTIMIZER_MODE",
        "STATISTICS_LEVEL",
        "SQL_TRACE",
        "CURSOR_SHARING",
        "WORKAREA_SIZE_POLICY",
        "SORT_AREA_SIZE",
        "HASH_AREA_SIZE",
        "RESULT_CACHE_MODE",
        "TRACEFILE_IDENTIFIER",
        "TIMED_STATISTICS",
        "PLSQL_OPTIMIZE_LEVEL",
        "PLSQL_WARNINGS",
        "PLSQL_CODE_TYPE",
        "PLSCOPE_SETTINGS",
        "PARALLEL_DEGREE_POLICY",
        "PARALLEL_FORCE_LOCAL",
        "OPTIMIZER_DYNAMIC_SAMPLING",
        "DB_FILE_MULTIBLOCK_READ_COUNT",
        "OPTIMIZER_FEATURES_ENABLE",
        "OPTIMIZER_INDEX_COST_ADJ",
        "RECYCLEBIN",
        "EVENTS",
        "MAX_DUMP_FILE_SIZE",
        "APPROX_FOR_COUNT_DISTINCT",
        "COMMIT_WAIT",
        "COMMIT_LOGGING",
        "COMMIT_WRITE",
    ]
)
_IGNORED_CLAUSES = (
    "PARALLEL DML", "PARALLEL QUERY", "PARALLEL DDL", "RESUMABLE", "GUARD", "SHARD DML",
)  # fmt: skip


def parse_control(cursor: TokenCursor) -> Run | None:
    """Parse a control statement; None when it is none."""
    if cursor.at_any("COMMIT", "ROLLBACK", "SAVEPOINT"):
        return transaction_control(cursor)
    if cursor.take("SET"):
        return _set(cursor)
    if cursor.take("LOCK", "TABLE"):
        return _lock(cursor)
    if cursor.take("ALTER", "SESSION"):
        return _alter_session(cursor)
    if cursor.take("ALTER", "SYSTEM"):
        return alter_system(cursor)
    return None


def transaction_control(cursor: TokenCursor) -> Run:
    """Take COMMIT, ROLLBACK or SAVEPOINT; PL/SQL uses it, too."""
    if cursor.take("COMMIT"):
        cursor.take("WORK")
        if cursor.take("COMMENT"):
            cursor.next()
        if cursor.take("WRITE"):
            while cursor.at_any("IMMEDIATE", "BATCH", "WAIT", "NOWAIT"):
                cursor.next()
        _end(cursor)
        return commit
    if cursor.take("SAVEPOINT"):
        name = cursor.name()
        _end(cursor)
        return lambda session: session.transaction.savepoint(name)
    cursor.expect("ROLLBACK")
    cursor.take("WORK")
    if cursor.take("TO"):
        cursor.take("SAVEPOINT")
        target = cursor.name()
        _end(cursor)
        return lambda session: session.transaction.rollback_to(target)
    _end(cursor)
    return roll_back


def commit(session: EngineSession) -> None:
    """Run COMMIT as a statement, which a session may forbid its PL/SQL."""
    _check_procedure(session, "COMMIT")
    session.check("COMMIT")
    session.transaction.commit()


def roll_back(session: EngineSession) -> None:
    """Run ROLLBACK as a statement."""
    _check_procedure(session, "ROLLBACK")
    session.transaction.rollback()


def _check_procedure(session: EngineSession, verb: str) -> None:
    """Obey ALTER SESSION DISABLE COMMIT IN PROCEDURE (SQL Language Reference, ALTER SESSION).

    Whether Oracle also refuses the COMMIT that stands in the anonymous block itself is unverified;
    that it lets ROLLBACK TO SAVEPOINT and a DDL pass is, too. DBMS_STATS is known to pass.
    """
    if session.transaction.in_block and session.settings.get("commit_in_procedure") == "DISABLE":
        raise OracleError(34, f"cannot {verb} in current PL/SQL session")


def _end(cursor: TokenCursor) -> None:
    if not cursor.at(";"):  # inside a block the statement ends there
        cursor.finish()


def _set(cursor: TokenCursor) -> Run:
    if cursor.take("TRANSACTION"):
        return set_transaction(cursor)
    if cursor.take("ROLE"):
        while not cursor.at_end():
            cursor.next()
        return lambda session: None
    if cursor.take("CONSTRAINTS") or cursor.take("CONSTRAINT"):
        names: list[str] = []
        if not cursor.take("ALL"):
            while True:
                owner, name = cursor.qualified()
                names.append(dotted(owner, name) if owner else f'"{name}"')
                if not cursor.take(","):
                    break
        mode = cursor.next().value
        _end(cursor)
        if mode not in ("IMMEDIATE", "DEFERRED"):
            raise cursor.error("missing or invalid option", 922)
        sql = f"SET CONSTRAINTS {', '.join(names) or 'ALL'} {mode}"
        return lambda session: _set_constraints(session, sql)
    raise cursor.error("missing or invalid option", 922)


def _set_constraints(session: EngineSession, sql: str) -> None:
    """IMMEDIATE looks at what was deferred; a violation leaves the mode as it was.

    SQL Language Reference, SET CONSTRAINT[S].
    """
    try:
        session.transaction.run([Simple(sql.encode())], changes=True)
    except ServerError as error:
        if error.sqlstate == "42809":
            raise OracleError(2447, "cannot defer a constraint that is not deferrable") from error
        if error.sqlstate == "42704":
            raise OracleError(2448, "constraint does not exist") from error
        raise oracle_error(error) from error


def set_transaction(cursor: TokenCursor) -> Run:
    """Read behind SET TRANSACTION."""
    level = "READ COMMITTED"
    if cursor.take("READ", "ONLY"):
        level = "READ ONLY"
    elif cursor.take("READ", "WRITE"):
        pass
    elif cursor.take("ISOLATION", "LEVEL"):
        level = _isolation_level(cursor)
    elif cursor.take("USE", "ROLLBACK", "SEGMENT"):
        cursor.name()
    elif not cursor.at("NAME"):
        raise cursor.error("missing or invalid option", 922)
    if cursor.take("NAME"):
        cursor.next()
    _end(cursor)
    return lambda session: session.transaction.begin(level)


def _isolation_level(cursor: TokenCursor) -> str:
    if cursor.take("SERIALIZABLE"):
        return "SERIALIZABLE"
    if cursor.take("READ", "COMMITTED"):
        return "READ COMMITTED"
    raise cursor.error("valid options: ISOLATION LEVEL { SERIALIZABLE | READ COMMITTED }", 2179)


_MODES = {
    "ROW SHARE": "ROW SHARE",
    "SHARE UPDATE": "ROW SHARE",
    "ROW EXCLUSIVE": "ROW EXCLUSIVE",
    "SHARE": "SHARE",
    "SHARE ROW EXCLUSIVE": "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE": "EXCLUSIVE",
}


def _lock(cursor: TokenCursor) -> Run:
    names = [cursor.qualified()]
    while cursor.take(","):
        names.append(cursor.qualified())
    cursor.expect("IN")
    words: list[str] = []
    while not cursor.take("MODE"):
        if cursor.at_end():
            raise cursor.error("missing MODE keyword", 932)
        words.append(cursor.next().value)
    mode = _MODES.get(" ".join(words))
    if mode is None:
        raise cursor.error("missing or invalid lock mode", 1737)
    nowait = " NOWAIT" if cursor.take("NOWAIT") else ""
    wait = cursor.number() if cursor.take("WAIT") else None
    _end(cursor)

    def run(session: EngineSession) -> None:
        targets = ", ".join(dotted(owner or session.schema, name) for owner, name in names)
        commands: list[Command] = [Simple(f"LOCK TABLE {targets} IN {mode} MODE{nowait}".encode())]
        if wait is not None:
            commands.insert(0, Simple(f"SET LOCAL lock_timeout = {max(wait * 1000, 1)}".encode()))
            commands.append(Simple(b"SET LOCAL lock_timeout = 0"))
        _run(session, commands, waited=wait is not None)

    return run


def _run(session: EngineSession, commands: list[Command], *, waited: bool = False) -> None:
    try:
        session.transaction.run(commands, changes=True)
    except ServerError as error:
        raise oracle_error(error, waited=waited) from error


def _alter_session(cursor: TokenCursor) -> Run:
    if cursor.at_any("ENABLE", "DISABLE", "FORCE"):
        return _switch(cursor)
    if cursor.take("ADVISE") or cursor.take("CLOSE"):
        raise unimplemented("ALTER SESSION for database links")
    cursor.expect("SET")
    settings: list[tuple[str, str]] = []
    while not cursor.at_end():
        name = cursor.name()
        while cursor.take("."):
            name += "." + cursor.name()
        cursor.expect("=")
        if name == "ISOLATION_LEVEL":
            settings.append((name, _isolation_level(cursor)))
            continue
        token = cursor.next()
        value = token.value
        if token.kind is Kind.OP and value in "+-":
            value += cursor.next().value
        settings.append((name, value))
        cursor.take(",")
    checked = [_setting(name, value) for name, value in settings]

    def apply(session: EngineSession) -> None:
        for run in checked:
            run(session)

    return apply


def _switch(cursor: TokenCursor) -> Run:
    verb = cursor.next().value
    clause = cursor.text[cursor.token.start :].upper()
    known = " ".join(clause.split())
    if any(known.startswith(c) for c in _IGNORED_CLAUSES):
        return lambda session: _parallel_dml(session, known)
    if known.startswith("COMMIT IN PROCEDURE"):
        return lambda session: session.settings.update(commit_in_procedure=verb)
    raise cursor.error("missing or invalid option", 922)


def _parallel_dml(session: EngineSession, clause: str) -> None:
    if clause.startswith("PARALLEL DML") and session.transaction.open:
        raise OracleError(12841, "Cannot alter the session parallel DML state within a transaction")


def _setting(name: str, value: str) -> Run:
    if name in _SETTINGS:
        return _SETTINGS[name](value)
    national = nls_setting(name, value)
    if national is not None:
        return national
    if name in ("CONTAINER", "EDITION", "ROW ARCHIVAL"):
        raise unimplemented(f"ALTER SESSION SET {name}")
    if name in _WITHOUT_EFFECT or name.startswith("_"):
        return lambda session: None
    raise OracleError(2248, "invalid option for ALTER SESSION")


def _time_zone(value: str) -> Run:
    zone = value if value.upper() not in ("LOCAL", "DBTIMEZONE") else "UTC"
    if zone[:1] in "+-":
        zone = f"<{zone}>{'-' if zone[0] == '+' else '+'}{zone[1:]}"
    escaped = zone.replace("'", "''")
    return lambda session: _session_setting(session, f"SET timezone = '{escaped}'")


def _constraints(value: str) -> Run:
    if value not in CONSTRAINTS:
        raise OracleError(2248, "invalid option for ALTER SESSION")
    return lambda session: _defer(session, value)


def _defer(session: EngineSession, mode: str) -> None:
    try:
        session.transaction.defer(mode)
    except ServerError as error:
        raise oracle_error(error) from error


def _session_setting(session: EngineSession, sql: str) -> None:
    try:
        session.keep("timezone", Simple(sql.encode()))
    except ServerError as error:
        raise oracle_error(error) from error


_SETTINGS: dict[str, Callable[[str], Run]] = {
    "CURRENT_SCHEMA": lambda value: lambda session: session.use_schema(value),
    "TIME_ZONE": _time_zone,
    "ISOLATION_LEVEL": lambda value: lambda session: session.transaction.isolate(value),
    "DDL_LOCK_TIMEOUT": lambda value: (
        lambda session: session.settings.update(ddl_lock_timeout=value)
    ),
    "CONSTRAINT": _constraints,
    "CONSTRAINTS": _constraints,
}
