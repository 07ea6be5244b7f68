"""Triggers that look at something until it is there."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_oracle_dag.core.awaited import Outcome
from airflow_oracle_dag.triggers.watch import (
    JobRunsWatch,
    OracleStateWatch,
    SkipFlagWatch,
    Watch,
    look,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


class WatchTrigger(BaseTrigger):
    """Look at something until it is there, or can no longer come.

    The event is ``{"status": "success" | "failed" | "error", "message", "state"}``: ``failed`` when
    what was waited for went wrong, ``error`` when it cannot be looked at. It never gives up by
    itself: the sensor's timeout does.

    :param watch: the fields of what is looked at.
    :param poke_interval: seconds between two looks.
    """

    kind: ClassVar[Callable[..., Watch]]

    def __init__(self, watch: Mapping[str, Any], poke_interval: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own
        self.watch = dict(watch)
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process makes the same trigger of."""
        kind = type(self)
        return (
            f"{kind.__module__}.{kind.__qualname__}",
            {"watch": self.watch, "poke_interval": self.poke_interval},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, and look again; the driver's calls block, so that each look has a thread."""
        watch = type(self).kind(**self.watch)
        told = ""
        while True:
            try:
                sight = await sync_to_async(look, thread_sensitive=False)(watch)
            except Exception as error:  # whatever it is, the task must hear of it
                self.log.exception("cannot look")
                yield _event("error", f"{type(error).__name__}: {error}")
                return
            if sight.text != told:
                told = sight.text
                self.log.info(told)
            if sight.outcome is not Outcome.WAITING:
                status = "success" if sight.outcome is Outcome.REACHED else "failed"
                yield _event(status, sight.text, sight.state)
                return
            watch = watch.after(sight)
            await asyncio.sleep(self.poke_interval)


class JobRunsTrigger(WatchTrigger):
    """Wait for jobs to end well."""

    kind = JobRunsWatch


class SkipFlagTrigger(WatchTrigger):
    """Wait for a SkipFlag to be cleared."""

    kind = SkipFlagWatch


class OracleStateTrigger(WatchTrigger):
    """Wait for a query's state."""

    kind = OracleStateWatch


def trigger_for(kind: type[WatchTrigger], watch: Any, poke_interval: float) -> WatchTrigger:
    """Make a trigger that looks at a watch."""
    return kind(asdict(watch), poke_interval)


def _event(status: str, message: str, state: str | None = None) -> TriggerEvent:
    payload = {"status": status, "message": message, "state": state}
    return TriggerEvent(payload)  # type: ignore[no-untyped-call]  # Airflow's own
