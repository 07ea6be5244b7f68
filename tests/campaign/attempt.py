"""One attempt of a round: a runner in a thread or in a process, and the blows that it meets."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import oracledb

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.errors import RunHeld
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.sandbox.faults import Action, Effect
from airflow_oracle_dag.sandbox.session import OracleError
from tests.campaign.cases import ENDINGS, INSTANT, Blow
from tests.campaign.ground import Ground
from tests.campaign.process import SAID_WHY, work

_INSIDE = 0.15  # seconds after the arrival of a statement that stays 0.5 s in its middle
_LONG = 0.4  # seconds that an answer comes too late
_ACTIONS = {
    "cut-before": Action(Effect.CUT_BEFORE),
    "cut-during": Action(Effect.CUT_DURING),
    "cut-after": Action(Effect.CUT_AFTER),
    "dba-kill": Action(Effect.KILL),
    "timeout": Action(Effect.DELAY, seconds=_LONG),
    "error": Action(Effect.RAISE, code=1652, message="unable to extend temp segment"),
}
#: What the protocol must refuse to an attempt that was taken over.
FENCED = frozenset({"block", "mark", "discard"})
_INVASIONS = ("second", "impatient", "displace", "unlock")
_NEVER_ARRIVES = frozenset({"kill-lost", "cut-before", "dba-kill", "error", "stop", "sql-cancel"})
_WAITS_FOR_JOB = 0.3  # seconds: who comes to a job that lives waits, and is waited for no longer
_UNTIL_STOPPED = 3.0  # seconds that a job may live which is being stopped

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.campaign.process"])


class Actor:
    """Who sends statements of a run, as the judge sees it: a client's attempt, or a job.

    :ivar superseded: it was taken over; :ivar stopped: and then asked the protocol, which ends it.
    """

    def __init__(self) -> None:
        self.releasing = self.superseded = self.stopped = False


class Attempt(Actor):
    """One attempt at the run, whoever makes it.

    :param number: by which its blows name it, None for one that nobody disturbs.
    :param arrived: is told the label of each of its calls that will be carried out, before it is.
    :param register: is told the id of each of its sessions.
    """

    def __init__(
        self,
        ground: Ground,
        key: str,
        script: str,
        blows: tuple[Blow, ...],
        *,
        number: int | None = None,
        arrived: Callable[[Attempt, str], None],
        register: Callable[[int, Attempt], None],
    ) -> None:
        super().__init__()
        self.ground = ground
        self.key = key
        self.script = script
        self.blows = blows
        self.number = number
        self.seen: Counter[str] = Counter()
        self.calls: list[str] = []
        self.struck: list[Blow] = []
        self.said: list[str] = []
        self.error: BaseException | None = None
        self.others: list[Attempt] = []
        self._arrived = arrived
        self._register = register
        self._threads: list[threading.Thread] = []
        self._process: Any = None
        self._runner: ScriptRunner | None = None
        self._sid = 0
        self._opened: list[oracledb.Connection] = []

    # ------------------------------------------------------------------------------- life

    def play(self, **options: Any) -> None:
        """Run the script to its end, good or bad, and wait for everybody who took part."""
        seconds = [ENDINGS[blow.ending].seconds for blow in self.blows]
        limit = min((found for found in seconds if found), default=None)
        if any(ENDINGS[blow.ending].process for blow in self.blows):
            self._in_process(limit)
        else:
            self._in_thread(limit, **options)
        while self._threads:
            self._threads.pop().join(60)
        if self._runner is None and self._process is None:
            raise TimeoutError("the attempt did not begin")

    def run_verb(self, verb: Callable[..., Any], *words: Any) -> None:
        """Use a person's verb in place of a run."""
        self._caught(
            lambda: verb(
                OracleConnector(self._connect),
                RunIdentity(run_key=self.key),
                *words,
                who="a person",
                why="looked at the ledger",
                options=RunOptions(orphan_timeout=self.ground.patience),
                observe=lambda event: self.said.append(event.text),
            )
        )

    def _in_thread(self, limit: float | None, **options: Any) -> None:
        options = {"orphan_timeout": self.ground.patience, "step_timeout": limit, **options}
        self._runner = ScriptRunner(
            OracleConnector(self._connect),
            parse_script(self.script, name="case.sql"),
            RunIdentity(run_key=self.key),
            ScriptValues({}),
            RunOptions(**options),
            lambda event: self.said.append(event.text),
        )
        self._caught(self._runner.run)

    def _caught(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except OracleDagError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - whatever it is, the judge calls it wrong
            self.error = error
        finally:
            self._exit()

    def _in_process(self, limit: float | None) -> None:
        self._process = PROCESSES.Process(
            target=work, args=(*self.ground.credentials, self.key, self.script, limit)
        )
        self._process.start()
        self._process.join(60)
        if self._process.exitcode is None:
            self._process.kill()
            self.error = TimeoutError("the worker did not end")
        elif self._process.exitcode not in (SAID_WHY, 0) and self._process.exitcode > 0:
            self.error = OracleDagError(f"the worker ended with {self._process.exitcode}")

    def _connect(self) -> oracledb.Connection:
        connection = self.ground.connect()
        self._register(connection.session_id, self)
        self._opened.append(connection)
        return connection

    def _exit(self) -> None:
        """Close what is open, as the end of a process does."""
        for connection in self._opened:
            with contextlib.suppress(oracledb.Error, OSError):
                connection.close()

    # ------------------------------------------------------------------------------- blows

    def meets(self, sid: int, label: str) -> Action | None:
        """Say what a call of this attempt meets."""
        self._sid = sid
        if not self.calls:
            self._set_clock()
        blow = self._blow(label)
        if blow is None:
            self._arrived(self, label)
            return None
        if blow.ending not in _NEVER_ARRIVES:
            self._arrived(self, label)
        if ENDINGS[blow.ending].inside:
            self._later(self.ground.let_go, _INSIDE + 0.35)
            self._later(lambda: self._strike(blow.ending.removesuffix("-inside"), inside=True))
            return None
        action = self._strike(blow.ending, inside=False)
        if self.superseded and label in FENCED:  # while it was held back
            self.stopped = True
        return action

    def _blow(self, label: str) -> Blow | None:
        """Count what is come to, and return the blow that strikes there."""
        self.seen[label] += 1
        self.calls.append(label)
        for blow in self.blows:
            if (blow.label, blow.nth) == (label, self.seen[label]) and blow not in self.struck:
                self.struck.append(blow)
                return blow
        return None

    def meets_in_job(self, session: Any, label: str, arrive: Callable[[], None]) -> None:
        """Strike what comes next in a job, or the client that looks after it meanwhile.

        :param session: of the job, in whose thread this is.
        :raises OracleError: the job is to meet it.
        """
        blow = self._blow(label)
        if blow is None or blow.ending not in _NEVER_ARRIVES:
            arrive()
        if blow is None:
            return
        if ENDINGS[blow.ending].inside:
            ending = blow.ending.removesuffix("-inside")
            self._later(self.ground.let_go, _INSIDE + 0.35)
            if ending != "error":
                self._later(lambda: self._strike_job(session, ending))
            return
        self._strike_job(session, blow.ending)

    def _strike_job(self, session: Any, ending: str) -> None:
        if ending == "kill":
            self._kill()
        elif ending.startswith("cut"):
            with contextlib.suppress(OracleError):  # it is over already
                self.ground.server.cut(self._sid)
        elif ending == "error":
            raise OracleError(_ACTIONS["error"].code, _ACTIONS["error"].message)
        elif ending == "dba-kill":
            session.kill()
        elif ending == "sql-cancel":
            session.cancel()
        elif ending in _INVASIONS:
            self._invade(ending, _WAITS_FOR_JOB)
        else:
            if ending == "stop":
                self._later(lambda: self.ground.stop_job(session.sid), 0.0)
            elif ending == "cancel" and self._runner is not None:
                self._later(lambda: self._runner.cancel("on_kill"), 0.0)
            session.cancelled.wait(_UNTIL_STOPPED)

    def _set_clock(self) -> None:
        for blow in self.blows:
            if blow.label == INSTANT:
                self.struck.append(blow)
                self._later(self._kill, blow.nth / 1000)

    def _strike(self, ending: str, *, inside: bool) -> Action | None:
        if ending in ("kill", "kill-lost"):
            self._kill()
            return _ACTIONS["cut-before"] if ending == "kill-lost" else None
        if ending in ("cancel", "cancel-early") and self._runner is not None:
            self._later(lambda: self._runner.cancel("on_kill"), 0.0)
            if ending == "cancel-early":
                time.sleep(0.02)
            return Action(Effect.DELAY, seconds=0.2) if ending == "cancel" else None
        if ending in _INVASIONS:
            self._invade(ending)
            return None
        if not inside:
            return _ACTIONS[ending]
        with contextlib.suppress(OracleError):  # its session is over already
            if ending == "cut":
                self.ground.server.cut(self._sid)
            elif ending == "dba-kill":
                self.ground.server.kill(self._sid)
        return None

    def _kill(self) -> None:
        while self._process.pid is None:
            time.sleep(0.001)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)

    def _later(self, act: Callable[[], Any], seconds: float = _INSIDE) -> None:
        def wait_and_act() -> None:
            time.sleep(seconds)
            act()

        self._thread(wait_and_act)

    def _thread(self, act: Callable[[], Any]) -> threading.Thread:
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def _invade(self, ending: str, longest: float = 4.0) -> None:
        """Let another runner arrive while this attempt's call is held back.

        :param longest: seconds that are waited for it.
        """
        other = Attempt(
            self.ground,
            self.key,
            self.script,
            (),
            arrived=self._arrived,
            register=self._register,
        )
        self.others.append(other)
        if ending == "second":
            self._thread(other.play)
            time.sleep(0.03)
            return
        if ending == "unlock":
            declaring = self._thread(lambda: other.run_verb(unlock_at_once))
            declaring.join(1.0)
        orphan = "cancel" if ending == "displace" else "auto"
        invading = self._thread(lambda: other.play(orphan=orphan, orphan_timeout=0.1))
        invading.join(min(longest, 4.0 if ending == "displace" else 1.5))


def unlock_at_once(connector: Any, identity: RunIdentity, **how: Any) -> None:
    """Declare an attempt dead, without waiting; that it cannot be done is an answer, too."""
    try:
        verbs.unlock(connector, identity, **{**how, "options": RunOptions(orphan="fail")})
    except RunHeld:
        return
