"""What the sensors of this package have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    BaseSensorOperator,
    conf,
)

from airflow_oracle_dag.compat import keep_supported
from airflow_oracle_dag.core.awaited import Outcome, Sight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.triggers.waiting import WatchTrigger
    from airflow_oracle_dag.triggers.watch import Watch


class WatchSensor(BaseSensorOperator):
    """Look at something until it is there: in a worker, now and then, or in the triggerer.

    What does not answer for a while is looked at again until the sensor's ``timeout``.

    :param deferrable: wait in the triggerer, without a worker; ``[operators] default_deferrable``
        unless given.
    """

    ui_color = "#e3ecdc"
    #: Name of the trigger in `airflow_oracle_dag.triggers.waiting`.
    trigger_name: ClassVar[str]

    def __init__(self, *, deferrable: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**keep_supported(kwargs))
        if deferrable is None:
            deferrable = conf.getboolean("operators", "default_deferrable", fallback=False)
        self.deferrable = deferrable

    def watch(self, context: Context) -> Watch:
        """Return what to look at."""
        raise NotImplementedError

    def execute(self, context: Context) -> Any:
        """Wait; return the state that was reached, if it has one."""
        if not self.deferrable:
            return super().execute(context)
        watch = self.watch(context)
        sight = self._look(watch)
        if sight.outcome is not Outcome.REACHED:
            self.defer(
                trigger=self._trigger(watch.after(sight)),
                method_name="execute_complete",
                timeout=timedelta(seconds=self.timeout),
            )
        return sight.state

    def poke(self, context: Context) -> Any:
        """Look once."""
        # Airflow 2 and 3 keep this class in different places.
        from airflow.providers.common.compat.sdk import PokeReturnValue  # noqa: PLC0415 - above

        sight = self._look(self.watch(context))
        return PokeReturnValue(sight.outcome is Outcome.REACHED, sight.state)

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:  # noqa: ARG002 - named by Airflow
        """Take what the trigger saw.

        :param event: ``{"status", "message", "state"}``.
        """
        self.log.info(event["message"])
        if event["status"] == "success":
            return event.get("state")
        if event["status"] == "failed":
            raise self._gone_wrong(event["message"])
        raise AirflowException(event["message"])

    def _look(self, watch: Watch) -> Sight:
        from airflow_oracle_dag.triggers.watch import look  # noqa: PLC0415 - imports the driver

        sight = look(watch)
        self.log.info(sight.text)
        if sight.outcome is Outcome.FAILED:
            raise self._gone_wrong(sight.text)
        return sight

    def _gone_wrong(self, text: str) -> AirflowException:
        """Return the error of something that cannot come any more: no retry brings it."""
        if self.soft_fail or getattr(self, "never_fail", False):
            return AirflowSkipException(text)
        return AirflowFailException(text)

    def _trigger(self, watch: Watch) -> WatchTrigger:
        from airflow_oracle_dag.triggers import waiting  # noqa: PLC0415 - imports the driver

        kind: type[WatchTrigger] = getattr(waiting, self.trigger_name)
        return waiting.trigger_for(kind, watch, self.poke_interval)
