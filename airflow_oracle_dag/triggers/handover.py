"""The trigger of a task whose steps run in a job of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_oracle_dag.runtime.connector import Tags
from airflow_oracle_dag.runtime.stopping import stop_attempt
from airflow_oracle_dag.triggers.alarms import Limits, next_alarm
from airflow_oracle_dag.triggers.poller import Sight, Watcher, poller_of
from airflow_oracle_dag.triggers.waiting_session import MODULE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from airflow_oracle_dag.runtime.stopping import Stopped
    from airflow_oracle_dag.triggers.alarms import Alarm
    from airflow_oracle_dag.triggers.poller import Poller


class HandoverTrigger(BaseTrigger):
    """Wait until a job of the database is over, or has taken longer than it may.

    The event is ``{"status": "success" | "error", "run_key", "message", "reason", "attempt",
    "step", "told", "ends_at"}``, and it only wakes: the task runs the script again, which finds out
    from the checkpoint tables how things stand. Reasons are ``ended``, ``gone`` (no end, and no job
    any more), ``start``, ``step`` and ``execution`` (longer than the time for that), ``overdue``
    (longer than expected) and ``away`` (the database does not answer).

    All triggers of one connection share one session, see `airflow_oracle_dag.triggers.poller`.

    :param conn_id: id of the Oracle connection.
    :param schema: owner of the checkpoint tables, None for the user that connects.
    :param waiting: fields of `Waiting`; moments as ISO texts.
    :param start_timeout: seconds that the job may be queued.
    :param poll_interval: seconds between two looks.
    :param ends_at: when the task is to end at the latest, as an ISO text with a zone; None: never.
    """

    def __init__(
        self,
        conn_id: str,
        schema: str | None,
        waiting: Mapping[str, Any],
        start_timeout: float,
        poll_interval: float,
        ends_at: str | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own
        self.conn_id = conn_id
        self.schema = schema
        self.waiting = dict(waiting)
        self.start_timeout = start_timeout
        self.poll_interval = poll_interval
        self.ends_at = ends_at

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process makes the same trigger of."""
        kind = type(self)
        return (
            f"{kind.__module__}.{kind.__qualname__}",
            {
                "conn_id": self.conn_id,
                "schema": self.schema,
                "waiting": self.waiting,
                "start_timeout": self.start_timeout,
                "poll_interval": self.poll_interval,
                "ends_at": self.ends_at,
            },
        )

    @property
    def called(self) -> str:
        """Name what is waited for, for people."""
        return f"job {self.waiting['job_name']}"

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; whatever ends the waiting, the job itself goes on."""
        watcher = Watcher(
            self.waiting["run_hash"],
            self.waiting["attempt"],
            datetime.fromisoformat(self.waiting["submitted_at"]),
            self.poll_interval,
        )
        poller = poller_of(self.conn_id, self.schema)
        poller.join(watcher)
        self.log.info("waits for %s", self.called)
        try:
            yield await self._event(poller, watcher)
        finally:
            poller.leave(watcher)

    async def on_kill(self) -> None:
        """Stop the job: somebody marked the task, or cleared it; this comes for nothing else.

        All of it is done in one thread: Airflow cancels this coroutine, too, as soon as it sees a
        second later that the trigger is not over yet (3.3.2, TriggerRunner.cancel_triggers).
        """
        await sync_to_async(self._kill, thread_sensitive=False)()

    def _kill(self) -> None:
        """Stop what it does in the database, and tell what became of that."""
        stopped = self._stop()
        self.log.info(stopped.text) if stopped.over else self.log.warning(stopped.text)

    def _stop(self) -> Stopped:
        # The Oracle provider's hooks take their time to import.
        from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook  # noqa: PLC0415 - above

        key = self.waiting["run_key"]
        hook = OracleScriptHook(oracle_conn_id=self.conn_id)
        return stop_attempt(
            hook.session_opener(Tags(MODULE, key)),
            self.schema,
            self.waiting["run_hash"],
            self.waiting["attempt"],
            "Airflow",
            "the task was marked as ended, or cleared, while it waited for the job",
        )

    async def _event(self, poller: Poller, watcher: Watcher) -> TriggerEvent:
        limits = self._limits()
        told: tuple[Sight | None, str] = (None, "")
        while True:
            self._tell(watcher, told)
            told = watcher.sight, watcher.trouble
            if word := self._last_word(watcher):
                return await self._ending(watcher, *word)
            seen_at, now = poller.looked_at(), datetime.now(UTC)
            alarm = next_alarm(limits, watcher.sight, seen_at, now)
            if alarm is not None and alarm.seconds <= 0:
                return await self._ending(watcher, alarm.reason, alarm.message)
            await watcher.news(self._patience(alarm))

    def _patience(self, alarm: Alarm | None) -> float | None:
        """Return for how many seconds no news is good news; None: for ever."""
        # No sooner than a look can have been: the time of a step is up by looks alone.
        return None if alarm is None else max(alarm.seconds, self.poll_interval / 2)

    async def _ending(self, watcher: Watcher, reason: str, message: str) -> TriggerEvent:
        """Do what is still to be done, and return the event."""
        return self._event_of(watcher, reason, message)

    def _limits(self) -> Limits:
        return Limits(
            submitted_at=datetime.fromisoformat(self.waiting["submitted_at"]),
            start_timeout=self.start_timeout,
            deadlines={int(no): float(one) for no, one in self.waiting["deadlines"].items()},
            ends_at=None if self.ends_at is None else datetime.fromisoformat(self.ends_at),
            expected=self.waiting.get("expected", {}),
        )

    def _last_word(self, watcher: Watcher) -> tuple[str, str] | None:
        """Return what ends the waiting, apart from time."""
        sight = watcher.sight
        if watcher.given_up:
            return "away", f"nobody can look after {self.called}: {watcher.given_up}"
        if sight is not None and sight.gone:
            return "gone", f"{self.called} is gone and has written down no end"
        if sight is not None and sight.ended_at is not None:
            return "ended", f"{self.called} ended at {_clock(sight.ended_at)}"
        return None

    def _event_of(self, watcher: Watcher, reason: str, message: str) -> TriggerEvent:
        self.log.info(message)
        payload = {
            "status": "success" if reason in ("ended", "overdue", "again") else "error",
            "run_key": self.waiting["run_key"],
            "message": message,
            "reason": reason,
            "attempt": self.waiting["attempt"],
            "told": list(self.waiting.get("told", ())),
            "reported": self.waiting.get("reported", 0),
            "step": None if watcher.sight is None else watcher.sight.step,
            "ends_at": self.ends_at,
            "start_timeout": self.start_timeout,
            **self._more(),
        }
        return TriggerEvent(payload)  # type: ignore[no-untyped-call]  # Airflow's own

    def _more(self) -> dict[str, Any]:
        """Return what else the event has."""
        return {}

    def _tell(self, watcher: Watcher, before: tuple[Sight | None, str]) -> None:
        """Write into the task's log what is new."""
        sight, trouble = watcher.sight, watcher.trouble
        seen, heard = before
        if trouble and not heard:
            self.log.warning("could not look, and will look again: %s", trouble)
        if heard and not trouble:
            self.log.info("the database answers again")
        if sight is None or sight == seen:
            return
        if sight.claimed_at and not (seen and seen.claimed_at):
            self.log.info("the job began at %s", _clock(sight.claimed_at))
        if sight.step_no is not None and sight.step_no != (seen and seen.step_no):
            self.log.info(
                "step %d %s runs since %s", sight.step_no, sight.step, _clock(sight.since)
            )


def _clock(moment: datetime | None) -> str:
    return "?" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
