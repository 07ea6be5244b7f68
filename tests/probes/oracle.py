"""Ask a database what the protocol relies on, and what no manual answers; one line each.

    ORACLE_DSN=host:1521/service ORACLE_USER=u ORACLE_PASSWORD=p python -m tests.probes.oracle

The user needs CREATE TABLE and a quota. Tables named ODAG_PROBE_… are made and dropped, and the
checkpoint tables are made where they are not there yet. The exit code is 1 when an answer is not
what the protocol relies on; a question that cannot be asked there, and an open one, say so.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import oracledb

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.runtime import codes, schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.runner import ScriptRunner

TABLE = "odag_probe_rows"
NO_ERROR = "no error"
#: Not implemented; a package that is not there or not granted; a privilege that is missing.
_NOT_THERE = ("ORA-03001", "ORA-06550", "ORA-01031")
_HOLD_A_LOCK = f"""
import os, sys, oracledb
connection = oracledb.connect(user=os.environ["ORACLE_USER"], dsn=os.environ["ORACLE_DSN"],
                              password=os.environ["ORACLE_PASSWORD"])
connection.cursor().execute("update {TABLE} set n = 2")
print("locked", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Place:
    """Where the questions are asked."""

    dsn: str
    user: str
    password: str

    def connect(self) -> oracledb.Connection:
        """Open a session."""
        return oracledb.connect(user=self.user, password=self.password, dsn=self.dsn)


class Asking:
    """Two sessions and a table with one row, committed; n is 0."""

    def __init__(self, place: Place, one: oracledb.Connection, other: oracledb.Connection) -> None:
        self.place = place
        self.one = one
        self.other = other

    def do(self, text: str, **binds: Any) -> None:
        """Run a statement in the first session."""
        self.one.cursor().execute(text, binds)

    def code(self, text: str, session: oracledb.Connection | None = None) -> str:
        """Run a statement and return its error's code."""
        try:
            (session or self.one).cursor().execute(text)
        except oracledb.Error as error:
            return codes.code_of(error)
        return NO_ERROR

    def seen(self, text: str = f"select max(n) from {TABLE}") -> str:
        """Return what the other session sees."""
        self.other.rollback()
        (value,) = self.other.cursor().execute(text).fetchone()
        return str(value)

    def call(self, text: str, kind: Any = str, **binds: Any) -> Any:
        """Run a block in the first session and return its :found."""
        with self.one.cursor() as cursor:
            found = cursor.var(kind)
            cursor.execute(text, {**binds, "found": found})
            return found.getvalue()

    def transaction(self) -> str | None:
        """Return the first session's transaction's id."""
        found: str | None = self.call("begin :found := dbms_transaction.local_transaction_id; end;")
        return found

    def script(self, text: str) -> str:
        """Run a script by the protocol and return how it ended."""
        schema.init(OracleConnector(self.place.connect))
        key = RunIdentity(namespace="odag_probe", run_key=f"probe {time.time_ns()}")
        runner = ScriptRunner(
            OracleConnector(self.place.connect), parse_script(text, name="probe.sql"), key
        )
        try:
            runner.run()
        except OracleDagError as error:
            return codes.code_of(error) or type(error).__name__
        return NO_ERROR


@dataclass(frozen=True)
class Probe:
    """A question.

    :param expected: what the protocol relies on; None: an open question.
    """

    question: str
    ask: Callable[[Asking], str]
    expected: str | None = None


def _behind_commit(asking: Asking) -> str:
    error = asking.code(
        f"begin update {TABLE} set n = 1; commit write immediate wait; "
        f"update {TABLE} set n = 2; raise_application_error(-20001, 'x'); end;"
    )
    asking.one.rollback()
    return f"{error}, n = {asking.seen()}"


def _before_commit(asking: Asking) -> str:
    asking.do(f"update {TABLE} set n = 1")
    error = asking.code(
        f"begin update {TABLE} set n = 2; raise_application_error(-20001, 'x'); end;"
    )
    (kept,) = asking.one.cursor().execute(f"select n from {TABLE}").fetchone()
    return f"{error}, n = {kept} and {asking.seen()} outside"


def _ddl(text: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do(f"update {TABLE} set n = 1")
        done = (
            "done" if asking.code(text) == NO_ERROR else "refused"
        )  # each release has its own code
        return f"{done}, {'committed' if asking.seen() == '1' else 'not committed'}"

    return ask


def _locked(asking: Asking) -> str:
    asking.do(f"update {TABLE} set n = 1")
    return asking.code(f"select n from {TABLE} for update nowait", asking.other)


def _read_only(asking: Asking) -> str:
    asking.do("set transaction read only")
    refused = asking.code(f"update {TABLE} set n = 1")
    after = asking.code(f"begin commit; update {TABLE} set n = 1; commit; end;")
    return f"{refused}, after COMMIT {after}, n = {asking.seen()}"


def _transaction_ids(asking: Asking) -> str:
    before = asking.transaction()
    asking.do(f"update {TABLE} set n = 1")
    first = asking.transaction()
    asking.do(
        "declare procedure log is pragma autonomous_transaction; begin commit; end; begin log; end;"
    )
    beside = asking.transaction()
    asking.one.commit()
    asking.do(f"update {TABLE} set n = 2")
    second = asking.transaction()
    words = (
        "none outside" if before is None else "one outside",
        "kept beside an autonomous one" if first == beside else "changed by an autonomous one",
        "another one after COMMIT" if first != second else "the same after COMMIT",
    )
    return ", ".join(words)


def _deferred(asking: Asking) -> str:
    asking.do("create table odag_probe_late (n number unique deferrable initially deferred)")
    asking.do(f"update {TABLE} set n = 1")
    for _ in range(2):
        asking.do("insert into odag_probe_late values (1)")
    error = asking.code("begin commit; end;")
    return f"{error}, n = {asking.seen()}"


def _in_transaction(text: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do(f"update {TABLE} set n = 1")
        return asking.code(text)

    return ask


def _without_commit(text: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do("alter session disable commit in procedure")
        asking.do(f"update {TABLE} set n = 1")
        error = asking.code(text)
        return f"{error}, {'committed' if asking.seen() == '1' else 'not committed'}"

    return ask


def _private_table(clause: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do(f"update {TABLE} set n = 1")
        before = asking.transaction()
        error = asking.code(f"create private temporary table ora$ptt_odag_probe {clause}")
        kept = "kept" if asking.transaction() == before else "ended"
        return f"{error}, the transaction is {kept}"

    return ask


_ALIVE = (
    "begin if dbms_session.is_session_alive(:id) then :found := 'alive'; "
    "else :found := 'dead'; end if; end;"
)


def _alive(asking: Asking) -> str:
    with asking.other.cursor() as cursor:
        found = cursor.var(str)
        cursor.execute("begin :found := dbms_session.unique_session_id; end;", found=found)
    here = asking.call(_ALIVE, id=found.getvalue())
    asking.other.close()
    return f"{here}, after its log-off {asking.call(_ALIVE, id=found.getvalue())}"


def _job_commits(asking: Asking) -> str:
    asking.do(f"update {TABLE} set n = 1")
    error = asking.code(
        "begin dbms_scheduler.create_job(job_name => 'ODAG_PROBE_JOB', "
        "job_type => 'PLSQL_BLOCK', job_action => 'begin null; end;'); end;"
    )
    answer = f"{error}, {'committed' if asking.seen() == '1' else 'not committed'}"
    asking.code("begin dbms_scheduler.drop_job('ODAG_PROBE_JOB'); end;")
    return answer


def _killed_client(asking: Asking) -> str:
    place = asking.place
    named = {
        "ORACLE_DSN": place.dsn,
        "ORACLE_USER": place.user,
        "ORACLE_PASSWORD": place.password,
    }
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_A_LOCK],
        env={**os.environ, **named},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        assert client.stdout is not None
        client.stdout.readline()
        client.kill()
    began = time.monotonic()
    while time.monotonic() - began < 60:
        if asking.code(f"select n from {TABLE} for update nowait") == NO_ERROR:
            return f"free after {time.monotonic() - began:.0f} s"
        time.sleep(0.2)
    return "not free after 60 s"


PROBES = (
    Probe("an error behind COMMIT in a block", _behind_commit, "ORA-20001, n = 1"),
    Probe("an error before COMMIT", _before_commit, "ORA-20001, n = 1 and 0 outside"),
    Probe(
        "a DDL that cannot be parsed",
        _ddl(f"drop table {TABLE} column x"),
        "refused, not committed",
    ),
    Probe("a DDL that fails", _ddl("drop table odag_probe_none"), "refused, committed"),
    Probe("NOWAIT on a row that is locked", _locked, "ORA-00054"),
    Probe("a change under READ ONLY", _read_only, f"ORA-01456, after COMMIT {NO_ERROR}, n = 1"),
    Probe(
        "the transaction's id",
        _transaction_ids,
        "none outside, kept beside an autonomous one, another one after COMMIT",
    ),
    Probe("a deferred constraint in a block's COMMIT", _deferred, "ORA-02091, n = 0"),
    Probe("SET TRANSACTION in one", _in_transaction("set transaction read write"), "ORA-01453"),
    Probe("PARALLEL DML in one", _in_transaction("alter session enable parallel dml"), "ORA-12841"),
    Probe(
        "SET EDITION in one", _in_transaction("alter session set edition = ora$base"), "ORA-38814"
    ),
    Probe("SET ROLE in one", _in_transaction("set role all"), NO_ERROR),
    Probe("a session's life", _alive, "alive, after its log-off dead"),
    Probe(
        "a run under FORCE PARALLEL DML",
        lambda asking: asking.script(
            "-- @always\nalter session force parallel dml parallel 2;\n"
            f"update {TABLE} set n = n + 1;\ncommit;\nupdate {TABLE} set n = n + 1;\n"
        ),
        NO_ERROR,
    ),
    Probe(
        "a run with a direct-path INSERT",
        lambda asking: asking.script(
            f"insert /*+ append */ into {TABLE} select n + 1 from {TABLE};\n"
        ),
        NO_ERROR,
    ),
    Probe("the lock of an idle client that was killed", _killed_client),
    Probe("DISABLE COMMIT IN PROCEDURE: COMMIT in a block", _without_commit("begin commit; end;")),
    Probe(
        "DISABLE COMMIT IN PROCEDURE: a DDL in a block",
        _without_commit("begin execute immediate 'create table odag_probe_made (n number)'; end;"),
    ),
    Probe(
        "DISABLE COMMIT IN PROCEDURE: DBMS_STATS",
        _without_commit(f"begin dbms_stats.gather_table_stats(user, '{TABLE}'); end;"),
    ),
    Probe("a private temporary table", _private_table("(n number)")),
    Probe(
        "one that is kept",
        _private_table("(n number) on commit preserve definition"),
    ),
    Probe(
        "one that is kept, AS SELECT",
        _private_table("on commit preserve definition as select 1 as n from dual"),
    ),
    Probe("CREATE_JOB in a transaction", _job_commits),
)


@contextlib.contextmanager
def asking_at(place: Place) -> Iterator[Asking]:
    """Give a place to ask one question at; nothing of it stays."""
    with contextlib.ExitStack() as stack:
        one, other, tidy = (stack.enter_context(place.connect()) for _ in range(3))
        asking = Asking(place, one, other)
        tables = (TABLE, "odag_probe_late", "odag_probe_made")
        for table in tables:
            asking.code(f"drop table {table}", tidy)
        tidy.cursor().execute(f"create table {TABLE} (n number)")
        tidy.cursor().execute(f"insert into {TABLE} values (0)")
        tidy.commit()
        try:
            yield asking
        finally:
            for session in (one, other):
                with contextlib.suppress(oracledb.Error):
                    session.close()  # rolls back; the tables are free to be dropped
            for table in tables:
                asking.code(f"drop table {table}", tidy)


def answers(place: Place) -> Iterator[tuple[Probe, str, str]]:
    """Ask all questions; give each with its answer and what to make of it.

    The last is ``as relied on``, ``NOT AS RELIED ON``, ``open`` or ``cannot be asked``.
    """
    for probe in PROBES:
        try:
            with asking_at(place) as asking:
                answer = probe.ask(asking)
        except oracledb.Error as error:
            yield probe, str(error).split("\n", 1)[0], "cannot be asked"
            continue
        if answer.startswith(_NOT_THERE):
            yield probe, answer, "cannot be asked"
        elif probe.expected is None:
            yield probe, answer, "open"
        else:
            matches = answer == probe.expected
            yield probe, answer, "as relied on" if matches else "NOT AS RELIED ON"


def main() -> int:
    """Print a line for each question."""
    env = os.environ
    missing = [n for n in ("ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD") if not env.get(n)]
    if missing:
        print(f"probe-oracle: set {', '.join(missing)}", file=sys.stderr)
        return 2
    place = Place(env["ORACLE_DSN"], env["ORACLE_USER"], env["ORACLE_PASSWORD"])
    with place.connect() as connection:
        print(f"Oracle {connection.version} at {place.dsn}")
    wrong = 0
    for probe, answer, judged in answers(place):
        wrong += judged.isupper()
        print(f"{judged:<17} {probe.question}: {answer}", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
