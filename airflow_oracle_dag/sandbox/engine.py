"""Open a sandbox database: Oracle's semantics over an embedded PostgreSQL.

`open_database` is all that the listener needs; `sandbox.session` says what it gets.
"""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

import atexit
import itertools
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from airflow_oracle_dag.sandbox.dialect.ddl_common import ident, text
from airflow_oracle_dag.sandbox.engine_code import CodeLibrary
from airflow_oracle_dag.sandbox.engine_errors import not_connected, out_of_room
from airflow_oracle_dag.sandbox.engine_jobs import Scheduler
from airflow_oracle_dag.sandbox.engine_link import Link, LinkLost, Prepare, Run
from airflow_oracle_dag.sandbox.engine_live import Client, LiveSessions
from airflow_oracle_dag.sandbox.engine_locks import UserLocks
from airflow_oracle_dag.sandbox.engine_longops import LongOps
from airflow_oracle_dag.sandbox.engine_server import RESERVE, EmbeddedPostgres
from airflow_oracle_dag.sandbox.engine_session import EngineSession
from airflow_oracle_dag.sandbox.engine_standing import StandingLink
from airflow_oracle_dag.sandbox.engine_types import TEXT, TypeMap
from airflow_oracle_dag.sandbox.engine_users import Users
from airflow_oracle_dag.sandbox.engine_view_calls import ViewCalls
from airflow_oracle_dag.sandbox.session import INSTANCE_NAME, Database, OracleError, Session

_CUSTOM_TYPES = (
    "SELECT typname, t.oid FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace"
    " WHERE nspname = 'oracle' AND typtype = 'b'"
)

_COLUMNS = """
SELECT a.attname, oracle.type_name(a.atttypid, a.atttypmod)
       || CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 0
               THEN format('(%s,%s)', ((a.atttypmod - 4) >> 16) & 65535,
                           (((a.atttypmod - 4) & 2047) # 1024) - 1024)
               WHEN oracle.type_name(a.atttypid, a.atttypmod) IN ('VARCHAR2', 'CHAR', 'RAW')
               THEN CASE WHEN a.atttypmod > 1000000 THEN format('(%s CHAR)', a.atttypmod - 1000004)
                         WHEN a.atttypmod > 0 THEN format('(%s)', a.atttypmod - 4) ELSE '(4000)' END
               ELSE '' END
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_NOT_NULL = "SELECT attnum FROM pg_attribute WHERE attrelid = {} AND attnotnull AND attnum > 0"
_BLOCKS = b"SELECT pg_blocking_pids($1::int) && string_to_array($2, ',')::int[]"
_ALWAYS = """
SELECT n.nspname, t.relname, a.attname FROM pg_description c JOIN pg_depend d ON d.objid = c.objoid
  JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
 WHERE c.description = 'ALWAYS' AND c.classoid = 'pg_class'::regclass AND c.objsubid = 0
   AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
"""
_SYSTEM_NAME = "SELECT nextval('oracle.system_names')"


class EngineDatabase:
    """One database with its users.

    :param users: passwords by user name; kept in memory only.
    :param privileges: see `open_database`.
    """

    version = (23, 26, 0, 0, 0)

    def __init__(
        self,
        server: EmbeddedPostgres,
        users: Mapping[str, str],
        service_name: str,
        privileges: Mapping[str, Collection[str]],
    ) -> None:
        self.service_name = service_name
        self.users = Users(users)
        self.live = LiveSessions()
        self.locks = UserLocks()
        self.longops = LongOps()
        self._server = server
        self._lock = threading.RLock()
        self._sids = itertools.count(101)
        self._serials = itertools.count(int(time.time()))  # no session id comes twice
        self._admin = StandingLink(self.connect)
        self._schemas: set[str] = set()
        self.generation = (
            0  # grows with every DDL; translations that looked at columns depend on it
        )
        self._columns: dict[tuple[str, str], dict[str, str] | None] = {}
        self._required: dict[int, frozenset[int]] = {}
        self.views_invalid = False  # some views have errors
        self.view_calls = ViewCalls(self, self._rows)
        self.temporary: dict[tuple[str, str], bool] = {}  # (owner, name) -> PRESERVE ROWS
        self.synonyms: dict[tuple[str, str], tuple[str, str]] = {}
        self.identities: dict[tuple[str, str], set[str]] = {}  # columns GENERATED ALWAYS
        result = self._admin.send_text(_CUSTOM_TYPES)
        self.types = TypeMap(
            {
                (result.get_value(r, 0) or b"").decode(): int(result.get_value(r, 1) or 0)
                for r in range(result.ntuples)
            }
        )
        self.types.required = self.required
        self._compiler = StandingLink(self.connect)
        self.code = CodeLibrary(self, self._admin, self._compiler, self._lock)
        self._prepare(privileges)
        self.jobs = Scheduler(self)

    def _prepare(self, privileges: Mapping[str, Collection[str]]) -> None:
        for user in [*self.users.names(), "SYS"]:
            self._admin.script(f'CREATE SCHEMA IF NOT EXISTS "{user}"')
        self._read_privileges()
        for user in self.users.names():
            self._first_grants(user, privileges)
        self._admin.send([Prepare(b"kill", b"SELECT pg_terminate_backend($1::int, 3000)", (TEXT,))])
        self._admin.send([Prepare(b"columns", _COLUMNS.encode(), (TEXT, TEXT))])
        self._admin.send([Prepare(b"blocks", _BLOCKS, (TEXT, TEXT))])
        self.reload()

    def _first_grants(self, user: str, privileges: Mapping[str, Collection[str]]) -> None:
        chosen = next((p for name, p in privileges.items() if name.upper() == user), None)
        listed = ["USER", *chosen] if chosen is not None else self.users.first_privileges(user)
        if not listed:
            return
        where = f"grantee = {text(user)}"
        rows = ", ".join(f"({text(user)}, {text(' '.join(p.upper().split()))})" for p in listed)
        self._admin.script(
            f"DELETE FROM oracle.privileges WHERE {where};"
            f" INSERT INTO oracle.privileges VALUES {rows} ON CONFLICT DO NOTHING"
        )

    def _read_privileges(self) -> None:
        listed = self._rows("SELECT grantee, privilege FROM oracle.privileges")
        self.users.load((row[0], row[1]) for row in listed)

    def reload(self) -> None:
        """Read schemas, temporary tables and synonyms; after every DDL."""
        with self._lock:
            self.generation += 1
            self._columns.clear()
            self._required.clear()
            self.types.layouts.forget()
            schemas = self._rows("SELECT nspname FROM pg_namespace")
            self._schemas = {row[0] for row in schemas}
            self._read_privileges()
            self.temporary = {
                (row[0], row[1]): row[2] == "t"
                for row in self._rows(
                    "SELECT n.nspname, c.relname, g.preserve FROM oracle.temporary_tables g"
                    " JOIN pg_class c ON c.oid = g.object_id"
                    " JOIN pg_namespace n ON n.oid = relnamespace"
                )
            }
            self.synonyms = {
                (row[0], row[1]): (row[2], row[3])
                for row in self._rows(
                    "SELECT owner, name, target_owner, target FROM oracle.synonyms"
                )
            }
            self.views_invalid = bool(self._rows("SELECT FROM oracle.invalid_views LIMIT 1"))
            self.identities = self._always_generated()
            self.view_calls.reload()
            self.code.reload()

    def _always_generated(self) -> dict[tuple[str, str], set[str]]:
        """Return the identity columns that take no value, by table."""
        found: dict[tuple[str, str], set[str]] = {}
        for owner, table, column in self._rows(_ALWAYS):
            found.setdefault((owner, table), set()).add(column)
        return found

    def _rows(self, sql: str) -> list[tuple[str, ...]]:
        with self._lock:
            result = self._admin.send_text(sql)
        return [
            tuple((result.get_value(r, c) or b"").decode() for c in range(result.nfields))
            for r in range(result.ntuples)
        ]

    def columns_of(self, owner: str, name: str) -> dict[str, str] | None:
        """Return the columns of a table with their types, None when there is no such table."""
        owner, name = self.synonyms.get((owner, name), (owner, name))
        with self._lock:
            if (owner, name) not in self._columns:
                self._columns[owner, name] = self._read_columns(owner, name)
            return self._columns[owner, name]

    def _read_columns(self, owner: str, name: str) -> dict[str, str] | None:
        for schema in (owner, "oracle"):
            values = (schema.encode(), name.encode())
            result = self._admin.send([Run(b"columns", values)])[0]
            if result.ntuples:
                return {
                    (result.get_value(r, 0) or b"").decode(): (
                        result.get_value(r, 1) or b""
                    ).decode()
                    for r in range(result.ntuples)
                }
        return None

    def partition(self, owner: str, table: str, name: str) -> str:
        """Return the condition that the rows of a partition meet.

        :raises OracleError: ORA-02149.
        """
        place = text(f"{ident(owner)}.{ident(table)}")
        found = f"object_id = to_regclass({place}) AND name = {text(name)}"
        with self._lock:
            rows = self._rows(f"SELECT predicate FROM oracle.partitions WHERE {found}")
        if not rows:
            raise OracleError(2149, "Specified partition does not exist")
        return rows[0][0]

    def required(self, table: int) -> frozenset[int]:
        """Return the numbers of a table's columns that are NOT NULL, by its OID."""
        with self._lock:
            if table not in self._required:
                rows = self._rows(_NOT_NULL.format(table))
                self._required[table] = frozenset(int(row[0]) for row in rows)
            return self._required[table]

    def system_name(self) -> str:
        """Make a name for a constraint that was given none."""
        with self._lock:
            return f"SYS_C{int(self._rows(_SYSTEM_NAME)[0][0]):07d}"

    def connect(self) -> Link:
        """Open another connection; a PostgreSQL that has ended is started again.

        :raises OracleError: ORA-00018 when there are too many, ORA-01034 when PostgreSQL takes
            none, as after a full disk, ORA-01033 when it is just beginning or ending.
        """
        try:
            return Link(self._server.conninfo())
        except LinkLost as error:
            if "No such file" not in str(error) and "refused" not in str(error):
                raise not_connected(error) from error
        self._server.revive()
        try:
            return Link(self._server.conninfo())
        except LinkLost as error:
            raise not_connected(error) from error

    def require_room(self, verb: str) -> None:
        """Refuse what takes room when the disk is almost full.

        :raises OracleError: ORA-01653; ORA-30036 for what in Oracle needs room for undo, ORA-01658
            for what is created.
        """
        room = self._server.room()
        if room < RESERVE:
            raise out_of_room(verb, room >> 20, RESERVE >> 20)

    def blocks(self, waiting: int, holding: Sequence[int]) -> bool:
        """Tell whether one backend waits for one of others."""
        values = (str(waiting).encode(), ",".join(map(str, holding)).encode())
        with self._lock:
            result = self._admin.send([Run(b"blocks", values)])[0]
        return result.get_value(0, 0) == b"t"

    def has_schema(self, name: str) -> bool:
        """Tell whether a user of that name exists."""
        return name in self._schemas

    def password_of(self, user: str) -> str | None:
        """Return a user's password, None when there is no such user."""
        return self.users.password_of(user)

    def owns_objects(self, user: str) -> bool:
        """Tell whether a schema holds anything."""
        objects = f'SELECT FROM oracle."ALL_OBJECTS" WHERE "OWNER" = {text(user)}'
        jobs = f"SELECT FROM oracle.scheduler_jobs WHERE owner = {text(user)}"
        with self._lock:
            return self._rows(f"SELECT EXISTS ({objects} UNION ALL {jobs})")[0][0] == "t"

    def has_object(self, owner: str, name: str) -> bool:
        """Tell whether a schema has an object of that name."""
        wanted = f'"OWNER" = {text(owner)} AND "OBJECT_NAME" = {text(name)}'
        with self._lock:
            found = self._rows(f'SELECT EXISTS (SELECT FROM oracle."ALL_OBJECTS" WHERE {wanted})')
        return found[0][0] == "t"

    def open(
        self,
        user: str,
        *,
        program: str,
        machine: str,
        os_user: str,
        process: str,
        proxy: str = "",
        service: str = "",
    ) -> EngineSession:
        """Open a session for an authenticated user.

        :param proxy: who was authenticated instead, to connect as `user`.
        :param service: by which the client came, '' for the database's own.
        :raises OracleError: ORA-01045 without CREATE SESSION, ORA-00018 when there are too many,
            ORA-28150 for a proxy who may not.
        """
        if proxy:
            self.users.require_proxy(proxy, user)
        self.users.require(user, "CREATE SESSION")
        link = self.connect()
        client = Client(program, machine, os_user, process)
        with self._lock:
            place = next(self._sids), next(self._serials) % 60000 + 1
        session = EngineSession(self, link, user, place, client)
        self.live.add(session)
        try:
            session.start(self._about(session, client, user, proxy, service))
        except BaseException:
            session.close()
            raise
        return session

    def _about(
        self, session: EngineSession, client: Client, user: str, proxy: str, service: str
    ) -> dict[str, str]:
        # What SYS_CONTEXT tells about a new session.
        return {
            "sid": str(session.sid),
            "instance": "1",
            "instance_name": INSTANCE_NAME,
            "db_name": self.service_name,
            "cdb_name": "SANDBOX",
            "con_name": self.service_name,
            "con_id": "3",
            "session_user": user,
            "current_edition_name": "ORA$BASE",
            "session_edition_name": "ORA$BASE",
            "database_role": "PRIMARY",
            "language": "AMERICAN_AMERICA.AL32UTF8",
            "lang": "US",
            "proxy_user": proxy,
            "service_name": service or self.service_name,
            "host": client.machine,
            "os_user": client.os_user,
            "server_host": "sandbox",
            "client_program_name": client.program,
            "isdba": "FALSE",
        }

    def sessions(self) -> Iterator[Session]:
        """Iterate over the sessions that are open."""
        return iter(self.live.all())

    def alive(self, unique_id: str) -> bool:
        """Answer DBMS_SESSION.IS_SESSION_ALIVE."""
        return any(s.unique_id == unique_id and not s.killed for s in self.live.all())

    def terminate(self, pid: int) -> bool:
        """End a backend; its transaction is rolled back when this returns True."""
        with self._lock:
            try:
                (result,) = self._admin.send([Run(b"kill", (str(pid).encode(),))])
            except (LinkLost, OracleError):
                return True  # all of PostgreSQL has ended, and the backend with it
            return result.get_value(0, 0) == b"t"

    def close(self) -> None:
        """End all sessions and stop the database."""
        atexit.unregister(self.close)
        self.jobs.close()
        for session in self.live.all():
            session.kill()
        self._admin.close()
        self._compiler.close()
        self._server.stop()


def open_database(
    data_dir: Path | None,
    users: Mapping[str, str],
    service_name: str = "FREEPDB1",
    *,
    privileges: Mapping[str, Collection[str]] | None = None,
) -> Database:
    """Open a database, making it if the directory holds none.

    :param data_dir: None: a temporary one, removed by `close`.
    :param users: passwords by user; a user is a schema.
    :param privileges: by user, what it has and nothing else: ``{"ETL": ["CONNECT", "CREATE TABLE",
        "SELECT ON V$SESSION"]}``. Others keep what they were granted; new ones have
        DB_DEVELOPER_ROLE (no V$ views, ALTER SYSTEM or DBMS_LOCK), SYSTEM has DBA.
    """
    server = EmbeddedPostgres(data_dir)
    try:
        server.start()
        server.ensure_database()
        database = EngineDatabase(server, users, service_name, privileges or {})
    except BaseException:
        server.stop()
        raise
    atexit.register(database.close)
    return database
