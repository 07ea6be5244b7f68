"""The jobs of DBMS_SCHEDULER: each runs in a session of its own and needs no client.

PL/SQL Packages and Types Reference, DBMS_SCHEDULER; Administrator's Guide, "Scheduling Jobs with
Oracle Scheduler". Jobs and the log of their runs survive a restart of the sandbox; a job that was
running then begins again unless RESTART_ON_RECOVERY is FALSE.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_job import Job, Place, moment
from airflow_oracle_dag.sandbox.engine_job_classes import JobClasses
from airflow_oracle_dag.sandbox.engine_job_log import JobLog
from airflow_oracle_dag.sandbox.engine_standing import StandingLink
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine import EngineDatabase
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_MOST = 20  # JOB_QUEUE_PROCESSES of a small database
_ENDED = (28, 3113)  # what a session meets that somebody has killed
_SHUT = 'REASON="ORACLE shutdown in progress"'
_AWAY = (1033, 1034, 1092)  # PostgreSQL has ended, or just begins
_PAUSE = 5.0  # seconds after which is tried again what could not be begun or kept
_PATIENCE = 5.0  # seconds that STOP_JOB waits for a job that it asked to stop


class Scheduler:
    """Keep the jobs of a database and run those that are due.

    :ivar processes: JOB_QUEUE_PROCESSES: how many may run at once; 0: none is begun.
    :ivar watcher: is told, in a job's thread, its session and what its block comes to next, see
        `EngineSession.check`: it may wait, end the session, or raise the error that is met there.
    """

    def __init__(self, database: EngineDatabase) -> None:
        self._database = database
        self._link = StandingLink(database.connect)
        self._log = JobLog(database, self._link)
        self._changed = threading.Condition(threading.RLock())
        self.classes = JobClasses(self._link, database.service_name)
        self._jobs: dict[Place, Job] = {}
        self._sessions: dict[Place, EngineSession] = {}
        self._stopped_by: dict[Place, str] = {}
        self._threads: set[threading.Thread] = set()
        self._dispatcher: threading.Thread | None = None
        self._slaves = 0
        self._closed = False
        self.processes = _MOST
        self.watcher: Callable[[EngineSession, str], None] | None = None
        with self._changed:
            self._load()

    def _load(self) -> None:
        for job in self._log.jobs():
            self._jobs[job.place] = job
            if job.state == "RUNNING":
                self._log.add(job, moment(), "STOPPED", 1014, "", _SHUT)
                self._recover(job)
        if any(job.enabled for job in self._jobs.values()):
            self._wake()

    def _recover(self, job: Job) -> None:
        if job.survives():
            job.session = job.slave = job.pid = None
            job.state, job.enabled = "SCHEDULED", True
            self._log.put(job)
        else:
            self._end(job, "STOPPED")

    # -- what the package asks for --------------------------------------------------------------

    def find(self, owner: str, name: str) -> Job:
        """Return a job.

        :raises OracleError: ORA-27475 when there is none.
        """
        with self._changed:
            job = self._jobs.get((owner, name))
        if job is None:
            raise OracleError(27475, f'unknown job "{owner}"."{name}"')
        return job

    def create(self, job: Job) -> None:
        """Add a job; one that is enabled may begin at once.

        :raises OracleError: ORA-27477 when the name is taken.
        """
        with self._changed:
            self._log.require()
            if job.place in self._jobs:
                raise OracleError(27477, f"{job.label} already exists")
            self._jobs[job.place] = job
            if job.enabled:
                self._schedule(job)
            else:
                self._log.put(job)

    def enable(self, job: Job) -> None:
        """Let a job run when it is due."""
        with self._changed:
            if not job.enabled:
                self._log.require()
                job.enabled = True
                self._schedule(job)

    def disable(self, job: Job, *, force: bool) -> None:
        """Let a job run no more; a run that has begun goes on.

        :raises OracleError: ORA-27478 while it runs, without force.
        """
        with self._changed:
            if job.state == "RUNNING" and not force:
                raise OracleError(27478, f"job {job.label} is running")
            job.enabled = False
            if job.state != "RUNNING":
                job.state = "DISABLED"
            self._log.put(job)

    def change(self, job: Job, change: Callable[[Job], None]) -> None:
        """Change a job and keep it."""
        with self._changed:
            self._log.require()
            change(job)
            self._log.put(job)
            self._changed.notify_all()

    def drop(self, job: Job, *, force: bool, by: str) -> None:
        """Remove a job.

        :raises OracleError: ORA-27478 while it runs, without force.
        """
        with self._changed:
            if job.state == "RUNNING":
                if not force:
                    raise OracleError(27478, f"job {job.label} is running")
                self.stop(job, force=False, by=by)
            self._forget(job)

    def drop_all(self, owner: str) -> None:
        """Remove the jobs of a user."""
        with self._changed:
            for job in [job for place, job in self._jobs.items() if place[0] == owner]:
                self._forget(job)

    def stop(self, job: Job, *, force: bool, by: str) -> None:
        """End a run that has begun.

        :raises OracleError: ORA-27366 when it does not run, ORA-27365 when it did not end in time.
        """
        with self._changed:
            session = self._sessions.get(job.place)
            if session is None:
                raise OracleError(27366, f"job {job.label} is not running")
            self._stopped_by[job.place] = by
            if force:
                session.kill()
            else:
                session.cancel()
            ended = self._changed.wait_for(
                lambda: self._sessions.get(job.place) is not session, _PATIENCE
            )
        if not ended:
            raise OracleError(
                27365, f"job {job.label} has been notified to stop, but failed to do so immediately"
            )

    def run_here(self, job: Job, session: EngineSession) -> None:
        """Run a job in the session that asks: RUN_JOB with USE_CURRENT_SESSION."""
        started = moment()
        try:
            session.execute(session.parse(job.block), (), [()])
        except OracleError as error:
            with self._changed:
                said = str(error)
                self._log.add(job, started, "FAILED", error.code, "", session=session, errors=said)
            raise
        with self._changed:
            self._log.add(job, started, "SUCCEEDED", 0, "", session=session)

    def run_now(self, job: Job) -> None:
        """Begin a job in a session of its own, whatever its schedule says."""
        with self._changed:
            if job.state == "RUNNING":
                raise OracleError(27478, f"job {job.label} is running")
            self._log.require()
            self._begin(job)

    def create_class(self, name: str, service: str) -> None:
        """Add a job class."""
        with self._changed:
            self.classes.create(name, service)

    def drop_class(self, name: str, *, force: bool) -> None:
        """Remove a job class; by force its jobs are disabled.

        :raises OracleError: ORA-27479 while jobs are of it, without force.
        """
        with self._changed:
            jobs = [j for j in self._jobs.values() if j.attributes.get("JOB_CLASS") == name]
            if jobs and not force:
                raise OracleError(
                    27479, f'Cannot drop "SYS"."{name}" because other objects depend on it'
                )
            self.classes.drop(name)
            for job in jobs:
                del job.attributes["JOB_CLASS"]
                self.disable(job, force=True)

    def set_processes(self, most: int) -> None:
        """Change JOB_QUEUE_PROCESSES."""
        with self._changed:
            self.processes = most
            self._wake()

    def close(self) -> None:
        """End what runs, and begin no more."""
        with self._changed:
            self._closed = True
            sessions = list(self._sessions.values())
            self._changed.notify_all()
        for session in sessions:
            session.kill()
        for thread in [*self._threads, *([self._dispatcher] if self._dispatcher else [])]:
            if thread is not threading.current_thread():
                thread.join(_PATIENCE)
        self._link.close()

    # -- running ----------------------------------------------------------------------------------

    def _schedule(self, job: Job) -> None:
        job.state, job.enabled_at = "SCHEDULED", moment()
        job.retries, job.retry_at = 0, None
        self._log.put(job)
        self._wake()

    def _wake(self) -> None:
        if self._dispatcher is None and not self._closed:
            self._dispatcher = threading.Thread(
                target=self._dispatch, name="sandbox-scheduler", daemon=True
            )
            self._dispatcher.start()
        self._changed.notify_all()

    def _dispatch(self) -> None:
        """Begin each job as it becomes due."""
        with self._changed:
            while not self._closed:
                now = dt.datetime.now(dt.UTC)
                waiting = sorted(
                    (job.due, job.enabled_at or "", job.place, job)
                    for job in self._jobs.values()
                    if job.waits and self.classes.can_begin(job.attributes.get("JOB_CLASS"))
                )
                held = False
                for due, _, _, job in waiting:
                    if due <= now and len(self._sessions) < self.processes:
                        held |= not self._begin(job)
                later = [(due - now).total_seconds() for due, _, _, _ in waiting if due > now]
                if held or self._log.behind:
                    later.append(_PAUSE)
                self._changed.wait(min(later, default=None))
                self._log.catch_up()

    def _begin(self, job: Job) -> bool:
        """Begin a job; False: the database is not there, so that it must wait."""
        self._slaves = self._slaves % 999 + 1
        try:
            session = self._database.open(
                job.owner,
                program=f"oracle@sandbox (J{self._slaves:03d})",
                machine="sandbox",
                os_user="oracle",
                process=str(self._slaves),
            )
        except OracleError as error:
            if error.code in _AWAY:
                return False
            self._log.add(job, moment(), "FAILED", error.code, "", errors=str(error))
            self._end(job, "FAILED")
            return True
        for setting, value in job.formats.items():
            session.set_information(setting, value)
        session.tag("module", "DBMS_SCHEDULER")
        session.tag("action", job.name)
        job.state, job.last_start, job.session = "RUNNING", moment(), session.sid
        job.slave, job.pid = self._slaves, str(session.pid)
        self._sessions[job.place] = session
        self._log.put(job)
        thread = threading.Thread(
            target=self._run, args=(job, session), name=f"sandbox-job-{job.name}", daemon=True
        )
        self._threads.add(thread)
        thread.start()
        return True

    def _run(self, job: Job, session: EngineSession) -> None:
        status, code, errors, started = "SUCCEEDED", 0, "", job.last_start or moment()
        if job.attributes.get("STORE_OUTPUT", True):
            session.output.enable(None)
        if self.watcher is not None:
            session.watcher = partial(self.watcher, session)
        try:
            session.execute(session.parse(job.block), (), [()])
            session.commit()
        except OracleError as error:
            status, code, errors = "FAILED", error.code, str(error)
        except Exception as error:  # noqa: BLE001 - a job has no client: its log must tell
            status, code, errors = "FAILED", 600, f"ORA-00600: internal error: {error!r}"
        output = _drained(session)
        session.close()
        with self._changed:
            by = self._stopped_by.pop(job.place, None)
            said = ""
            if status == "FAILED" and by is not None:
                status, said = "STOPPED", f"REASON=\"Stop job called by user: '{by}'\""
            elif status == "FAILED" and code in _ENDED:
                status, said = "STOPPED", 'REASON="Job slave process was terminated"'
            if not self._closed:
                del self._sessions[job.place]
                if status == "FAILED" and code in _AWAY:  # with the database, as at a restart
                    status, code, said = "STOPPED", 1014, _SHUT
                    self._recover(job)
                    self._wake()
                else:
                    job.runs += 1
                    job.failures += status == "FAILED"
                    self._end(job, status)  # whoever sees the log finds the job as it is left
                self._log.add(
                    job, started, status, code, output, said, session=session, errors=errors
                )
            self._threads.discard(threading.current_thread())
            self._changed.notify_all()

    def _end(self, job: Job, status: str) -> None:
        """Leave a job that has run: it is dropped, disabled, or begins again."""
        job.session = job.slave = job.pid = None
        if status == "FAILED" and self._jobs.get(job.place) is job and job.retry():
            self._log.put(job)
            self._wake()
            return
        job.state, job.enabled = status, False
        if job.auto_drop:
            self._forget(job)
        elif self._jobs.get(job.place) is job:
            self._log.put(job)

    def _forget(self, job: Job) -> None:
        if self._jobs.pop(job.place, None) is not None:
            self._log.drop(job)
            self._changed.notify_all()


def _drained(session: EngineSession) -> str:
    lines: list[str] = []
    while True:
        line, status = session.output.get_line()
        if status:
            return "\n".join(lines)
        lines.append(line or "")
