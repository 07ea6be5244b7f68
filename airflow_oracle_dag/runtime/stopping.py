"""Stop an attempt for real: what it runs in the database ends, whoever began it, and why is kept.

The wish is written into ODAG_SIGNAL first, on a connection of its own. Then come, the gentler first
and each only if the one before did not help: the Scheduler's STOP_JOB for what runs as a job; then
a cancel of what the session runs, and the end of the session, in the ways of `session_ends`. It is
looked whether the attempt is over before each of them. All of it is bounded in time: who asks may
be about to die itself. What cannot be stopped is named, with the grant that is missing.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Callable, List, Optional, Union

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.handover import DATABASE, GLUE
from airflow_oracle_dag.core.liveness import Liveness, liveness_of
from airflow_oracle_dag.core.orphans import Means
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.runtime.connector import Connector, Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.handover import place_of
from airflow_oracle_dag.runtime.orphans import doubt_that_it_is_ours, shown
from airflow_oracle_dag.runtime.session_ends import ask, look, name_of
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes

#: Seconds that stopping an attempt takes at most.
SECONDS = 8.0
BY_ITSELF, BY_SCHEDULER, NEVER_BEGAN = "by itself", "DBMS_SCHEDULER.STOP_JOB", "it had not begun"
_FOR_JOB = 3.5  # seconds that STOP_JOB may take: it waits until the job has answered
_UNTIL_NEXT = 1.0  # seconds that a statement has to end before the next means is tried
_UNTIL_HEARD = 4.5  # seconds in which a process in AWS Glue hears of a wish, see `pulse`
_BETWEEN_LOOKS = 0.1
_NO_JOB, _NOT_RUNNING, _HAS_BEGUN = ("ORA-27475", "ORA-27476"), "ORA-27366", "ORA-27478"


@dataclass(frozen=True)
class Stopped:
    """What became of a wish to stop an attempt.

    :param over: nothing of it is at work in the database any more, as far as that could be seen.
    :param way: in which way that was brought about, "" when it was not.
    :param text: one line for the log; of what was not stopped it names the session that is left.
    :param obstacle: what stood in the way, "" when nothing did.
    """

    over: bool
    way: str
    text: str
    obstacle: str = ""


def _never() -> bool:
    return False


def stop_attempt(
    connector: Connector,
    schema: Optional[str],
    run_hash: str,
    attempt: int,
    who: str,
    why: str,
    *,
    held: Optional[str] = None,
    ended: Callable[[], bool] = _never,
    patience: float = 0.0,
    seconds: float = SECONDS,
) -> Stopped:
    """Stop an attempt, wherever it works, if it still holds its run.

    Who holds the run, in which session and as which job, is read from the tables now.

    :param schema: owner of the tables, None for the user that connects.
    :param who: asks for it: a person, or the try of a task.
    :param held: UNIQUE_SESSION_ID of a session whose connection the caller itself still has, so
        that there is no doubt whose it is.
    :param ended: tells whether the caller knows that the attempt is over.
    :param patience: seconds that the attempt has to end by itself, because it was asked already.
    :param seconds: that all of it takes at most.
    :return: in any case, within that time.
    """
    work = _Stopping(connector, schema, run_hash, attempt, who, why)
    work.held, work.ended, work.patience = held, ended, patience
    work.until = time.monotonic() + seconds
    return work.within(seconds)


class _Stopping:
    """One wish to stop one attempt."""

    held: Optional[str] = None
    ended: Callable[[], bool] = staticmethod(_never)
    patience = 0.0
    until = 0.0

    def __init__(
        self,
        connector: Connector,
        schema: Optional[str],
        run_hash: str,
        attempt: int,
        who: str,
        why: str,
    ) -> None:
        self._connector = connector
        self._schema = schema
        self._run_hash = run_hash
        self._attempt = attempt
        self._who = who
        self._why = why
        self._what = f"attempt {attempt}"
        self._tried: List[str] = []
        self._obstacles: List[str] = []
        self._session: Optional[Session] = None

    def within(self, seconds: float) -> Stopped:
        """Do it in a thread of its own: to open a connection may take longer than there is time."""
        answers: SimpleQueue[Union[Stopped, Exception]] = SimpleQueue()
        threading.Thread(
            target=lambda: answers.put(self._answer()), name="oracle-stop", daemon=True
        ).start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            return self._left(f"the database did not answer within {seconds:g} s")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _answer(self) -> Union[Stopped, Exception]:
        try:
            return self._stop()
        except OracleDagError as error:
            return self._left(str(error).split("\n", 1)[0])
        except Exception as error:  # noqa: BLE001 - raised where somebody hears it
            return error
        finally:
            self._close()

    def _stop(self) -> Stopped:
        self._signal()
        run = self._own_run()
        if run is None:
            return self._over(BY_ITSELF)
        self._what = self._named(self._store(), run)
        # Whoever would begin a Glue run's attempt now finds the wish.
        in_glue = place_of(run) == GLUE
        never_began = in_glue and run.session_id is None
        patience = max(self.patience, _UNTIL_HEARD) if in_glue else self.patience
        if never_began or self._waited(run, None, patience):
            return self._over(NEVER_BEGAN if never_began else BY_ITSELF)
        job = self._job()
        if job is not None:
            way = self._stop_job(run, job)
            if way:
                return self._over(way)
            run = self._own_run()  # it may have begun in between
            if run is None:
                return self._over(BY_ITSELF)
        for means in Means:
            way = self._end(run, job, means)
            if way:
                return self._over(way)
        return self._left("; ".join(dict.fromkeys(self._obstacles)) or "it goes on")

    def _own_run(self) -> Optional[RunRow]:
        """Return the run while the attempt holds it, None when it does not any more."""
        run = self._store().run(self._run_hash)
        if run is None or run.attempt != self._attempt or run.attempt_ended_at is not None:
            return None
        return run

    # -- the connection -------------------------------------------------------------------------

    def _store(self) -> CheckpointStore:
        """Return the tables by a session that answers; each call of it is bounded."""
        if self._session is None:
            self._session = self._connector.open()
        self._session.limit(max(0.1, self.until - time.monotonic()))
        return CheckpointStore(self._session, self._schema)

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _signal(self) -> None:
        """Keep the wish; that it cannot be kept is told, and keeps nobody from stopping."""
        try:
            write_wish(self._store(), self._run_hash, self._attempt, self._who, self._why)
        except DatabaseError as error:
            self._obstacles.append(f"who stopped it could not be kept: {_first_line(error)}")
            if isinstance(error, ConnectionLost):
                self._close()

    # -- is it over? ----------------------------------------------------------------------------

    def _waited(self, run: RunRow, job: Optional[str], seconds: float) -> bool:
        """Look again and again whether it is over, for some seconds."""
        until = min(time.monotonic() + seconds, self.until - 0.3)
        while not self._is_over(run, job):
            if time.monotonic() >= until:
                return False
            time.sleep(_BETWEEN_LOOKS)
        return True

    def _is_over(self, run: RunRow, job: Optional[str]) -> bool:
        if self.ended():
            return True
        try:
            return self._seems_over(run, job)
        except ConnectionLost:
            self._close()
            return False

    def _seems_over(self, run: RunRow, job: Optional[str]) -> bool:
        store = self._store()
        now = store.run(self._run_hash)
        if now is None or now.attempt != run.attempt or now.attempt_ended_at is not None:
            return True
        if job is not None:
            rows = store.session.query(sql.block("job_state"), {"job_name": job})
            return not rows or rows[0][0] not in ("RUNNING", "SCHEDULED", "RETRY SCHEDULED")
        return self._session_is_over(store, run)

    def _session_is_over(self, store: CheckpointStore, run: RunRow) -> bool:
        """Tell whether the session is gone; one whose client lives is over when it is idle."""
        if run.session_id is None:
            return False
        signs = store.signs_of_life(run)
        if liveness_of(signs) is Liveness.DEAD:
            return True
        name = name_of(run)
        if name is None:
            return False
        readable, seen = look(store.session, name)
        if not readable:
            return False
        return seen is None or seen.status == "KILLED"

    # -- the means ------------------------------------------------------------------------------

    def _job(self) -> Optional[str]:
        """Return the job that the attempt was handed to, None when it is a client's.

        A job of another user is not seen and not stopped: what is left is to end its session.
        """
        store = self._store()
        rows = store.session.query(
            sql.statement("read_handed_job", store.schema),
            {"run_hash": self._run_hash, "attempt": self._attempt},
        )
        if not rows:
            return None
        name, owner, place = rows[0]
        if place != DATABASE:
            return None
        if owner != store.session.identity.schema:
            self._obstacles.append(f"job {name} belongs to {owner}, who may stop it")
            return None
        return str(name)

    def _stop_job(self, run: RunRow, job: str) -> str:
        """Stop a job that runs, or withdraw one that waits; return the way, "" when it goes on."""
        for statement, way, other in (
            ("stop_job", BY_SCHEDULER, _NOT_RUNNING),
            ("withdraw_job", NEVER_BEGAN, _HAS_BEGUN),
            ("stop_job", BY_SCHEDULER, _NOT_RUNNING),
        ):
            session = self._store().session
            session.limit(max(0.1, min(_FOR_JOB, self.until - time.monotonic())))
            try:
                session.call(sql.block(statement), {"job_label": f'"{job}"'}, {})
            except DatabaseError as error:
                if isinstance(error, ConnectionLost):
                    self._close()
                if error.code in _NO_JOB:
                    return BY_ITSELF
                if error.code == other:
                    continue
                self._tried.append(way)
                self._obstacles.append(f"{way}: {_first_line(error)}")
            return way if self._waited(run, job, _UNTIL_NEXT) else ""
        return ""

    def _end(self, run: RunRow, job: Optional[str], means: Means) -> str:
        """Try one of the means against the session; return the way, "" when it did not help."""
        name = name_of(run)
        if name is None:
            self._obstacles.append("its SERIAL# is not known, so it cannot be ended")
            return ""
        doubt = self._doubt(run, job)
        if doubt:
            self._obstacles.append(doubt)
            return ""
        ended = ask(self._store().session, means, name)
        if not ended.way:
            self._obstacles += ended.obstacles
            self._close()  # it may have cost the connection
            return ""
        self._tried.append(f"{means.value} by {ended.way}")
        if self._waited(run, job, _UNTIL_NEXT):
            return self._tried[-1]
        return ""

    def _doubt(self, run: RunRow, job: Optional[str]) -> Optional[str]:
        """Say why it is not sure that a session is the attempt's, None when it is."""
        if self.held is not None and self.held == run.session_id:
            return None
        session = self._store().session
        if job is not None:
            rows = session.query(sql.block("job_session"), {"job_name": job})
            if (run.sid, run.instance) in [(sid, instance) for sid, instance in rows]:
                return None
        return doubt_that_it_is_ours(self._store(), run)

    # -- what is told ---------------------------------------------------------------------------

    def _named(self, store: CheckpointStore, run: RunRow) -> str:
        text = f"attempt {run.attempt} of run {run.run_key} ({run.client})"
        if run.sid is None:
            return text
        session = f"session {run.sid},{run.serial} on instance {run.instance}"
        return f"{text}, {session}{shown(store, run)}"

    def _over(self, way: str) -> Stopped:
        but = "".join(f"; {one}" for one in dict.fromkeys(self._obstacles))
        text = f"{self._what}: stopped for {self._who}: {self._why} ({way}{but})"
        return Stopped(True, way, text)

    def _left(self, why: str) -> Stopped:
        tried = f"; tried: {', '.join(self._tried)}" if self._tried else ""
        return Stopped(
            False,
            "",
            f"{self._what}: {self._who} wanted it to stop ({self._why}), but it may still be at "
            f"work: {why}{tried}. A DBA can end that session",
            why,
        )


def write_wish(store: CheckpointStore, run_hash: str, attempt: int, who: str, why: str) -> None:
    """Write down who wants an attempt to stop and why, and commit; the first wish counts.

    :param store: by a session without a transaction.
    """
    binds: Any = {
        "run_hash": run_hash,
        "attempt": attempt,
        "stop_by": cut_bytes(who, 255),
        "stop_why": cut_bytes(why, 1000),
    }
    store.session.call(sql.statement("ask_to_stop", store.schema), binds, {})


def _first_line(error: DatabaseError) -> str:
    return error.message.split("\n", 1)[0]
