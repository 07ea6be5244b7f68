"""The trigger of a task whose steps run in AWS Glue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.hooks.glue_runs import GlueRuns, Place
from airflow_oracle_dag.runtime.carriers import token
from airflow_oracle_dag.triggers.glue_log import LogTail
from airflow_oracle_dag.triggers.glue_poller import GlueWatcher, glue_poller_of
from airflow_oracle_dag.triggers.handover import HandoverTrigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.triggers.base import TriggerEvent

    from airflow_oracle_dag.triggers.alarms import Alarm, Limits
    from airflow_oracle_dag.triggers.glue_poller import GluePoller
    from airflow_oracle_dag.triggers.poller import Poller, Sight, Watcher

#: Seconds that a run whose work is written down has to end, so that its cost can be told, beside
#: the time until it is looked at again.
LINGER = 60.0


class GlueHandoverTrigger(HandoverTrigger):
    """Wait until a Glue run is over, or has taken longer than it may.

    Two things are watched: the checkpoint rows, as for a job of the database, and the state of the
    run, because one that dies before its first row shows only there. Whichever says that it is over
    wakes the task; nothing else but time does. The lines of the run's log appear in this one.

    The event is that of `HandoverTrigger` with ``glue``: ``state`` and ``run_id`` of the run, how
    far its log was shown (``log``), how often it was tried in vain to begin it (``tries``), and all
    ``runs`` of this try of the task. Its further reason is ``again``: to begin it is to be tried
    once more.

    :param glue: ``conn_id``, ``region`` and ``job_name`` say where the job is; ``run_id``, None:
        no run could be begun, and ``again_at`` (an ISO text with a zone) is when to try again;
        ``log``, ``tries`` and ``runs`` (those before this one) as in the event.
    """

    def __init__(self, glue: Mapping[str, Any], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.glue = dict(glue)
        self._glue: GlueWatcher | None = None
        self._poller: GluePoller | None = None
        self._rows: Poller | None = None
        self._over_since: datetime | None = None
        self._is_over = False
        self._heard = ""
        self._state = ""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process makes the same trigger of."""
        path, arguments = super().serialize()
        return path, {**arguments, "glue": self.glue}

    @property
    def called(self) -> str:
        """Name what is waited for, for people."""
        run = f"run {self.glue['run_id']}" if self.glue.get("run_id") else "the run"
        return f"{run} of Glue job {self.glue['job_name']}"

    def _kill(self) -> None:
        """Stop what it does in the database, and then the run.

        In this order: the run's process hears of the wish and ends its own statement, which needs
        no privilege. One that AWS has killed leaves it at work.
        """
        try:
            super()._kill()
        finally:
            obstacle = self._stop_run()
        if obstacle:
            self.log.warning("%s may still be at work: %s", self.called, obstacle)
        else:
            self.log.info("%s is being stopped", self.called)

    @property
    def _place(self) -> Place:
        return Place(self.glue["conn_id"], self.glue["region"], self.glue["job_name"])

    @property
    def _submitted_at(self) -> datetime:
        return datetime.fromisoformat(self.waiting["submitted_at"]).replace(tzinfo=UTC)

    @property
    def _token(self) -> str:
        return token(self.waiting["run_hash"], self.waiting["attempt"])

    def _stop_run(self) -> str:
        """Stop the run; return why it could not be, "" when it is stopped or was never begun."""
        runs = GlueRuns(self._place)
        try:
            run_id = self.glue.get("run_id")
            if not run_id:
                found = runs.find(self._token, self._submitted_at)
                run_id = found.id if found is not None else ""
            return runs.stop(run_id) if run_id else ""
        except OracleDagError as error:
            return str(error)

    async def _event(self, poller: Poller, watcher: Watcher) -> TriggerEvent:
        run_id = self.glue.get("run_id")
        if not run_id:
            return await super()._event(poller, watcher)
        tail = LogTail.of(self.glue.get("log"))
        self._glue = GlueWatcher(
            self._token, run_id, self._submitted_at, self.poll_interval, tail, watcher.ring
        )
        self._rows = poller
        self._poller = glue_poller_of(self._place)
        self._poller.join(self._glue)
        try:
            return await super()._event(poller, watcher)
        finally:
            self._poller.leave(self._glue)

    def _limits(self) -> Limits:
        limits = super()._limits()
        again_at = self.glue.get("again_at")
        if self.glue.get("run_id") or not again_at:
            return limits
        return replace(limits, again_at=datetime.fromisoformat(again_at))

    def _last_word(self, watcher: Watcher) -> tuple[str, str] | None:
        word = super()._last_word(watcher)
        glue, rows = self._glue, self._rows
        if word or glue is None or rows is None:
            return word
        if glue.given_up:
            return "away", f"nobody can look after {self.called}: {glue.given_up}"
        over = glue.missing or (glue.run.text if glue.run and glue.run.is_over else "")
        if not over:
            return None
        # What it wrote last is seen by a look that began after it was over.
        if not self._is_over:
            self._is_over, self._over_since = True, rows.looked_at()
        if watcher.trouble or rows.looked_at() == self._over_since:
            return None
        return "gone", f"{self.called} is over and has written down no end: {over}"

    def _patience(self, alarm: Alarm | None) -> float | None:
        patience = super()._patience(alarm)
        if not self._is_over:
            return patience
        return self.poll_interval if patience is None else min(patience, self.poll_interval)

    async def _ending(self, watcher: Watcher, reason: str, message: str) -> TriggerEvent:
        glue, poller = self._glue, self._poller
        if glue is not None and poller is not None:
            if reason == "ended":
                await self._linger(glue, watcher)
            await poller.read_log(glue)
            self._tell_log(glue)
            if glue.run is not None and (rest := glue.tail.last_words(glue.run)):
                self.log.info(rest)
        return await super()._ending(watcher, reason, message)

    async def _linger(self, glue: GlueWatcher, watcher: Watcher) -> None:
        """Wait a moment for the run to be over, too: what it has cost is known then."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LINGER + self.poll_interval
        while not (glue.missing or glue.given_up or (glue.run and glue.run.is_over)):
            left = until - loop.time()
            if left <= 0:
                return
            await watcher.news(left)
            self._tell_log(glue)

    def _more(self) -> dict[str, Any]:
        glue, run_id, runs = self._glue, self.glue.get("run_id"), list(self.glue.get("runs", ()))
        seen = glue.run if glue is not None else None
        state = None if seen is None else seen.state
        if run_id:
            cost = None if seen is None else seen.dpu_seconds
            runs.append({"run_id": run_id, "state": state, "dpu_seconds": cost})
        log = None if glue is None else glue.tail.as_fields()
        tries = self.glue.get("tries", 0)
        tells = {"run_id": run_id, "state": state, "log": log, "tries": tries, "runs": runs}
        return {"glue": tells}

    def _tell(self, watcher: Watcher, before: tuple[Sight | None, str]) -> None:
        super()._tell(watcher, before)
        if self._glue is not None:
            self._tell_log(self._glue)

    def _tell_log(self, glue: GlueWatcher) -> None:
        """Write into the task's log what is new of the run, and of its own log."""
        if glue.trouble and not self._heard:
            self.log.warning("could not look at the run, and will look again: %s", glue.trouble)
        if self._heard and not glue.trouble:
            self.log.info("AWS answers again")
        self._heard = glue.trouble
        state = glue.run.text if glue.run is not None else ""
        if state and state != self._state:
            self.log.info("%s: %s", self.called, state)
        self._state = state or self._state
        for line in glue.take_lines():
            self.log.info("[glue] %s", line)
