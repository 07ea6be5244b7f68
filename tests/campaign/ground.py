"""Where the kill matrix is played: one sandbox, its tables, and an eye on what is committed."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable
from typing import Any

import oracledb

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from tests.campaign.cases import IN_JOB
from tests.campaign.kinds import EVERY, STORED, Kind, Part

_TABLES = (
    "create table k_ledger (entry varchar2(30), amount number)",
    "create table k_account (id number primary key, balance number)",
    "create table k_number (n number primary key, part number)",
    "create table k_log (n number)",
    "create table k_trip (at varchar2(10), what varchar2(10))",
)
_LONGEST = 24  # characters of a label
_THERE = "ORA-00955"
_GONE = ("ORA-00942", "ORA-01418", "ORA-02289", "ORA-04043", "ORA-01434")


class Ground:
    """One sandbox to play on.

    :param server: the sandbox's listener in this process.
    :param scheduler: of the jobs of its database.
    :param granted: the user may ask of other sessions, and end them.
    :param patience: seconds that an attempt waits for another one.
    """

    def __init__(
        self,
        server: Any,
        scheduler: Any,
        dsn: str,
        user: str,
        password: str,
        *,
        patience: float = 10.0,
        granted: bool = False,
    ) -> None:
        self.server = server
        self.scheduler = scheduler
        self.patience = patience
        self.granted = granted
        self.credentials = (dsn, user, password)
        self._names = {sql.statement(name, user): name for name in sql.names()}
        self._guard = threading.RLock()
        self._eye = self.connect()
        self._locker = self.connect()
        self._stopper = self.connect()
        self.own = {one.session_id for one in (self._eye, self._locker, self._stopper)}
        self._prepare()

    def connect(self) -> oracledb.Connection:
        """Open a connection of the driver."""
        dsn, user, password = self.credentials
        return oracledb.connect(user=user, password=password, dsn=dsn)

    def connector(self) -> OracleConnector:
        """Return what nobody disturbs."""
        return OracleConnector(self.connect)

    def close(self) -> None:
        """Close the eye."""
        self._eye.close()
        self._locker.close()
        self._stopper.close()

    # ------------------------------------------------------------------------------- what is there

    def reset(self, kind: Kind) -> None:
        """Make everything as it is before a run of a kind."""
        self.free()
        if kind.is_handed:
            self._drop_jobs()
        for text in (
            "delete from k_ledger",
            "delete from k_account",
            "delete from k_number",
            "insert into k_account (id, balance) values (1, 100)",
            "insert into k_account (id, balance) values (2, 50)",
            *kind.setup,
        ):
            self.sql(text, passing=_GONE)

    def clean(self, part: Part) -> None:
        """Undo what a part left half done, as a person would."""
        for entry in part.entries:
            self.sql("delete from k_ledger where entry = :1", entry)

    def facts(self, parts: Iterable[Part]) -> dict[str, list[float]]:
        """Return what is committed of each part."""
        found: dict[str, list[float]] = {}
        for part in parts:
            found[part.step] = [float(self.sql(fact)[0][0]) for fact in part.facts]
        return found

    def states(self, key: str) -> dict[str, str]:
        """Return the recorded state of each step of the newest generation."""
        digest = RunIdentity(run_key=key).digest
        rows = self.sql(
            "select name, state from odag_step s where run_hash = :1 and generation ="
            " (select max(generation) from odag_step where run_hash = :2) order by step_no",
            digest,
            digest,
        )
        return dict(rows)

    def sql(self, text: str, *binds: Any, passing: tuple[str, ...] = ()) -> Any:
        """Run a statement in the eye's session and commit; return the rows of a query."""
        with self._guard, self._eye.cursor() as cursor:
            try:
                cursor.execute(text, binds)
                rows = cursor.fetchall() if cursor.description else None
            except oracledb.DatabaseError as error:
                if not str(error).startswith(passing or "-"):
                    raise
                rows = None
            self._eye.commit()
            return rows

    # ------------------------------------------------------------------------------- in the middle

    def hold(self, what: str) -> None:
        """Let the next statement that has a middle stay there: it sleeps, or waits for a row."""
        self.sql("insert into k_trip values ('mid', :1)", what)
        if what == "sleep":
            with self._locker.cursor() as cursor:
                cursor.execute("update k_account set balance = balance where id = 1")

    def let_go(self) -> None:
        """Let a statement that waits for a row go on."""
        with self._guard:
            self._locker.rollback()

    def free(self) -> None:
        """Let every statement go through."""
        self.let_go()
        self.sql("delete from k_trip")

    # ------------------------------------------------------------------------------- calls

    def labels(self, kind: Kind) -> dict[str, str]:
        """Return the labels of a kind's own statements: ``step.1``, ``step.probe``."""
        plan = build_plan(parse_script(kind.script, name="case.sql"), ScriptValues({}))
        found = {}
        for step in plan.steps:
            for number, unit in enumerate(step.units, 1):
                found[unit.piece.text] = f"{step.name}.{number}"
            if step.probe is not None:
                found[step.probe.sql] = f"{step.name}.probe"
        return found

    def label(self, known: dict[str, str], name: str, text: str) -> str:
        """Name a call: by the package's statement, by the script's, or as the driver calls it."""
        if text in known:
            return known[text]
        found = self._names.get(text)
        if found is not None:
            return "block" if found.startswith("advance") else found
        if name in ("execute", "reexecute"):
            return re.sub(r"\W+", "_", " ".join(text.split()[:4]))
        return name

    def job_label(self, known: dict[str, str], text: str) -> str:
        """Name what a job comes to: a piece of its body, or a statement of the script."""
        words = re.sub(r"\W+", "_", " ".join(text.split()[:4])).lower()[:_LONGEST]
        found = known.get(text, "block" if words.startswith("advance") else words)
        return f"{IN_JOB}{found}"

    def stop_job(self, sid: int) -> None:
        """Say STOP_JOB; that it is over by then is an answer, too."""
        running = "select job_name from user_scheduler_running_jobs where session_id = :1"
        with contextlib.suppress(oracledb.DatabaseError), self._stopper.cursor() as cursor:
            for (name,) in cursor.execute(running, [sid]).fetchall():
                cursor.execute("begin dbms_scheduler.stop_job(:1); end;", [name])

    def jobs(self) -> list[str]:
        """Return the jobs that there are."""
        return [name for (name,) in self.sql("select job_name from user_scheduler_jobs")]

    def _drop_jobs(self) -> None:
        for name in self.jobs():
            text = f"begin dbms_scheduler.drop_job('{name}', force => true); end;"
            self.sql(text, passing=("ORA-27475",))

    def until_gone(self, *, jobs: bool = False) -> None:
        """Wait until no session but the ground's own is left.

        :param jobs: and no job that runs or is to begin.
        """
        enabled = "select count(*) from user_scheduler_jobs where enabled = 'TRUE'"
        deadline = time.monotonic() + 30
        while any(live.sid not in self.own for live in self.server.sessions()) or (
            jobs and self.sql(enabled)[0][0]
        ):
            if time.monotonic() > deadline:
                raise TimeoutError("a session of an attempt that is over does not end")
            time.sleep(0.002)

    def _prepare(self) -> None:
        schema.init(self.connector())
        for text in (*_TABLES, *STORED):
            self.sql(text, passing=(_THERE,))
        for kind in EVERY.values():
            self.labels(kind)
