"""GRANT, REVOKE, and CREATE, ALTER and DROP USER (SQL Language Reference, of those names)."""

# ruff: noqa: S608 - SQL is composed from quoted names and literals

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_common import Plan, ident, text
from airflow_oracle_dag.sandbox.dialect.lexer import Kind
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_users import (
    CONNECT_THROUGH,
    GUARDED_PACKAGES,
    ROLES,
    WITHHELD,
    is_dynamic_view,
    is_package,
)
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

Apply = Callable[["EngineSession", Callable[["EngineSession", Plan], None]], None]
_VERBS = (
    "CREATE ", "ALTER ", "DROP ", "SELECT ANY ", "READ ANY ", "INSERT ANY ", "UPDATE ANY ",
    "DELETE ANY ", "EXECUTE ANY ",
)  # fmt: skip
_OTHERS = frozenset(
    {"UNLIMITED TABLESPACE", "MANAGE SCHEDULER", "DEBUG CONNECT SESSION", "SET CONTAINER",
     "ON COMMIT REFRESH", "QUERY REWRITE", "GLOBAL QUERY REWRITE", "FLASHBACK ANY TABLE",
     "LOCK ANY TABLE", "COMMENT ANY TABLE", "ANALYZE ANY", "GRANT ANY PRIVILEGE",
     "GRANT ANY ROLE", "GRANT ANY OBJECT PRIVILEGE", "RESTRICTED SESSION", "FORCE TRANSACTION",
     "FORCE ANY TRANSACTION", "UNDER ANY VIEW", "MERGE ANY VIEW", "ALL PRIVILEGES",
     "INHERIT ANY PRIVILEGES", "BECOME USER", "EXPORT FULL DATABASE", "IMPORT FULL DATABASE"}
)  # fmt: skip


def parse_account(cursor: TokenCursor) -> Apply | None:
    """Parse a statement about users or privileges; None when it is none."""
    if cursor.at_any("GRANT", "REVOKE"):
        return _grant(cursor, cursor.next().value)
    if cursor.take("CREATE", "USER"):
        return _create_user(cursor)
    if cursor.take("ALTER", "USER"):
        return _alter_user(cursor)
    if cursor.take("DROP", "USER"):
        return _drop_user(cursor)
    return None


def _grant(cursor: TokenCursor, verb: str) -> Apply:
    link = "TO" if verb == "GRANT" else "FROM"
    privileges = _privileges(cursor, link)
    target: tuple[str | None, str] | None = None
    special = False
    if cursor.take("ON"):
        special = cursor.at_any("DIRECTORY", "USER", "EDITION", "MINING", "SQL")
        if special:
            cursor.next()
        target = cursor.qualified()
    if not cursor.take(link):
        raise cursor.error(f"missing {link} keyword", 994)
    users = [cursor.name()]
    while cursor.take(","):
        users.append(cursor.name())
    _skip_tail(cursor)
    if target is not None:
        return _object_privileges(verb, privileges, target, users, special=special)
    for name in privileges:
        _known(name)
    return _apply(verb, privileges, users)


def _privileges(cursor: TokenCursor, link: str) -> list[str]:
    listed: list[str] = []
    while not listed or cursor.take(","):
        listed.append(" ".join(cursor.until(",", "ON", link).upper().split()))
    if not all(listed):
        raise cursor.error("missing or invalid privilege", 990)
    return listed


def _skip_tail(cursor: TokenCursor) -> None:
    if cursor.at("IDENTIFIED"):
        raise unimplemented("GRANT … IDENTIFIED BY; use CREATE USER")
    for option in ("ADMIN", "GRANT", "DELEGATE", "HIERARCHY"):
        cursor.take("WITH", option, "OPTION")
    cursor.take("CASCADE", "CONSTRAINTS") or cursor.take("FORCE")
    cursor.finish()


def _known(name: str) -> None:
    if name in ROLES or name in _OTHERS or name.startswith(_VERBS):
        return
    if " " in name:
        raise OracleError(990, "missing or invalid privilege")
    raise OracleError(1919, f"role '{name}' does not exist")


def _object_privileges(
    verb: str,
    privileges: list[str],
    target: tuple[str | None, str],
    users: list[str],
    *,
    special: bool,
) -> Apply:
    name = target[1]
    if is_dynamic_view(name) and "_$" not in name:
        raise OracleError(2030, "can only select from fixed tables/views")
    if is_package(name) and target[0] in (None, "SYS"):
        return _package_privileges(verb, privileges, name, users)
    if not is_dynamic_view(name):
        return _table_privileges(verb, privileges, target, users, check=not special)
    plain = name.replace("_$", "$", 1)
    return _apply(verb, [f"{privilege} ON {plain}" for privilege in privileges], users)


def _package_privileges(verb: str, privileges: list[str], name: str, users: list[str]) -> Apply:
    """Grant EXECUTE on a SYS package, or take it from PUBLIC, as hardening guides say."""
    if privileges != ["EXECUTE"]:
        raise OracleError(2225, "only EXECUTE and DEBUG privileges are valid for procedures")
    if users != ["PUBLIC"] or name in GUARDED_PACKAGES:
        return _apply(verb, [f"EXECUTE ON {name}"], users)
    return _apply("REVOKE" if verb == "GRANT" else "GRANT", [f"{WITHHELD} ON {name}"], users)


def _table_privileges(
    verb: str,
    privileges: list[str],
    target: tuple[str | None, str],
    users: list[str],
    *,
    check: bool,
) -> Apply:
    """Keep what ALL_TAB_PRIVS shows; every user reaches every object anyway."""

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        owner = target[0] or session.schema
        if check:
            _must_be_there(session, privileges, owner, target[1])
        listed = [f"{privilege} ON {owner}.{target[1]}" for privilege in privileges]
        _apply(verb, listed, users, owner)(session, run)

    return apply


def _must_be_there(session: EngineSession, privileges: list[str], owner: str, name: str) -> None:
    database = session.database
    if database.has_object(owner, name) or database.columns_of(owner, name) is not None:
        return
    if owner == "SYS" and name in database.jobs.classes:
        return
    if "EXECUTE" in privileges:
        raise OracleError(4042, "procedure, function, package, or package body does not exist")
    raise OracleError(942, f'table or view "{owner}"."{name}" does not exist')


def _apply(verb: str, privileges: list[str], users: list[str], owner: str = "") -> Apply:
    """Grant or revoke.

    :param owner: of the object, who may do it without being DBA.
    """

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        known = session.database.users
        if session.user != owner:
            known.require(session.user, "DBA")
        for user in users:
            if user != "PUBLIC" and not session.database.has_schema(user):
                raise OracleError(1917, f"user or role '{user}' does not exist")
        statements = []
        for user in users:
            for privilege in privileges:
                row = f"({text(user)}, {text(privilege)})"
                if verb == "GRANT":
                    statements.append(
                        f"INSERT INTO oracle.privileges VALUES {row} ON CONFLICT DO NOTHING"
                    )
                    continue
                if privilege not in known.granted(user):
                    raise _not_granted(user, privilege)
                statements.append(
                    f"DELETE FROM oracle.privileges WHERE (grantee, privilege) = {row}"
                )
        run(session, Plan(statements))

    return apply


def _not_granted(user: str, privilege: str) -> OracleError:
    if " ON " in privilege:
        return OracleError(1927, "cannot REVOKE privileges you did not grant")
    if privilege in ROLES:
        return OracleError(1951, f"ROLE '{privilege}' not granted to '{user}'")
    return OracleError(1952, f"system privileges not granted to '{user}'")


def _password(cursor: TokenCursor) -> str | None:
    """Take ``IDENTIFIED BY …``; a password keeps its case, quoted or not."""
    if not cursor.take("IDENTIFIED"):
        return None
    if not cursor.take("BY"):
        raise unimplemented(f"IDENTIFIED {cursor.token.value}")
    token = cursor.next()
    if token.kind not in (Kind.WORD, Kind.QUOTED):
        raise OracleError(988, "missing or invalid password(s)", token.start)
    return token.value if token.kind is Kind.QUOTED else cursor.text[token.start : token.end]


def _skip_options(cursor: TokenCursor) -> None:
    """Take what has no meaning here: tablespaces, quotas, profiles."""
    while not cursor.at_end():
        if cursor.take("DEFAULT", "TABLESPACE") or cursor.take("TEMPORARY", "TABLESPACE"):
            cursor.name()
        elif cursor.take("QUOTA"):
            while not cursor.take("ON"):
                if cursor.at_end():
                    raise cursor.error("missing or invalid option", 922)
                cursor.next()
            cursor.name()
        elif cursor.take("PROFILE"):
            cursor.name()
        elif not (cursor.take("ACCOUNT", "UNLOCK") or cursor.take("CONTAINER", "=", "CURRENT")):
            raise unimplemented(f"{cursor.token.value} of a user")


def _create_user(cursor: TokenCursor) -> Apply:
    user = cursor.name()
    schema_only = cursor.take("NO", "AUTHENTICATION")
    password = None if schema_only else _password(cursor)
    if password is None and not schema_only:
        raise cursor.error("missing or invalid option", 922)
    _skip_options(cursor)

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        users = session.database.users
        users.require(session.user, "DBA")
        if session.database.has_schema(user):
            raise OracleError(1920, f"user name '{user}' conflicts with another user or role name")
        run(
            session,
            Plan(
                [
                    f"CREATE SCHEMA {ident(user)}",
                    f"INSERT INTO oracle.privileges VALUES ({text(user)}, 'USER')",
                ]
            ),
        )
        users.set_password(user, password)

    return apply


def _connect_through(target: str, verb: str, cursor: TokenCursor) -> Apply:
    """Take the proxy clause of ALTER USER: who may connect as it by a password of its own."""
    proxy = cursor.name()
    cursor.finish()
    change = _apply(verb, [f"{CONNECT_THROUGH} ON {target}"], [proxy])

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        session.database.users.require(session.user, "DBA")
        _must_exist(session, target)
        change(session, run)

    return apply


def _alter_user(cursor: TokenCursor) -> Apply:
    user = cursor.name()
    for verb in ("GRANT", "REVOKE"):
        if cursor.take(verb, "CONNECT", "THROUGH"):
            return _connect_through(user, verb, cursor)
    password = _password(cursor)
    if password is not None and cursor.take("REPLACE"):
        cursor.next()
    _skip_options(cursor)

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        users = session.database.users
        if user != session.user or password is None:
            users.require(session.user, "DBA")
        _must_exist(session, user)
        run(session, Plan())
        if password is not None:
            users.set_password(user, password)

    return apply


def _drop_user(cursor: TokenCursor) -> Apply:
    user = cursor.name()
    cascade = cursor.take("CASCADE")
    cursor.finish()

    def apply(session: EngineSession, run: Callable[[EngineSession, Plan], None]) -> None:
        users = session.database.users
        users.require(session.user, "DBA")
        _must_exist(session, user)
        if any(other.user == user for other in session.database.live.all()):
            raise OracleError(1940, "cannot drop a user that is currently connected")
        if not cascade and session.database.owns_objects(user):
            raise OracleError(1922, f"CASCADE must be specified to drop '{user}'")
        session.database.jobs.drop_all(user)
        run(session, Plan(_without(user)))
        users.set_password(user, None)

    return apply


def _without(user: str) -> list[str]:
    """Return what takes a user and all that it owns out of the catalogue."""
    owned = f"owner = {text(user)}"
    granted = f"strpos(privilege || '.', {text(f' ON {user}.')}) > 0"
    return [
        f"DROP SCHEMA {ident(user)} CASCADE",
        f"SELECT oracle.invalidate_users(owner, name, kind) FROM oracle.code WHERE {owned}",
        f"DELETE FROM oracle.code WHERE {owned}",
        f"DELETE FROM oracle.synonyms WHERE {owned}",
        f"DELETE FROM oracle.privileges WHERE grantee = {text(user)} OR {granted}",
    ]


def _must_exist(session: EngineSession, user: str) -> None:
    if not session.database.has_schema(user):
        raise OracleError(1918, f"user '{user}' does not exist")
