"""Wait for a query's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout

from airflow_oracle_dag.compat import decided_by
from airflow_oracle_dag.core.awaited import Outcome, Sight
from airflow_oracle_dag.sensors.watch import WatchSensor

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.triggers.watch import OracleStateWatch, Watch

_KEY = "oracle_dag_first_state"


class OracleStateSensor(WatchSensor):
    """Wait until the one row of a query becomes what it should, or becomes another.

    Without ``becomes`` any change from the state that was seen first ends the waiting. That first
    state outlives a reschedule and a retry in Airflow's task state store, and waits with the
    trigger in the triggerer. Where there is no such store (before Airflow 3.3) ``reschedule``
    without ``becomes`` is refused, because a change between two looks could not be seen.

    The query is a SELECT of one row or none, run in a transaction that can only read.

    :param sql: the query. (templated)
    :param parameters: values for its binds. (templated)
    :param becomes: the value, or the values, of its only column to wait for.
    :param fails_on: the value, or the values, of its only column that fail the sensor.
    :param oracle_conn_id: id of the Oracle connection. (templated)
    """

    template_fields: Sequence[str] = ("sql", "parameters", "oracle_conn_id")
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers: ClassVar[dict[str, str]] = {"sql": "sql", "parameters": "json"}
    trigger_name = "OracleStateTrigger"

    def __init__(
        self,
        *,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        becomes: Any = None,
        fails_on: Any = None,
        oracle_conn_id: str = "oracle_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sql = sql
        self.parameters = parameters
        self.becomes = becomes
        self.fails_on = fails_on
        self.oracle_conn_id = oracle_conn_id
        self._first: str | None = None
        self._context: Context | None = None

    def execute(self, context: Context) -> Any:
        """Wait; return the state that was reached."""
        self._context = context
        if self.becomes is None:
            self._first = self._kept_state()
        try:
            state = super().execute(context)
        except AirflowSensorTimeout:
            self._keep(None)
            raise
        self._keep(None)
        return state

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Take what the trigger saw."""
        self._context = context
        self._keep(None)
        return super().execute_complete(context, event)

    def watch(self, context: Context) -> OracleStateWatch:  # noqa: ARG002 - of the base class
        """Look at the query's row."""
        from airflow_oracle_dag.triggers.watch import OracleStateWatch  # noqa: PLC0415 - imports the driver

        return OracleStateWatch(
            conn_id=self.oracle_conn_id,
            sql=self.sql,
            parameters=dict(self.parameters or {}),
            becomes=_listed(self.becomes),
            fails_on=_listed(self.fails_on) or (),
            first=self._first,
        )

    def _look(self, watch: Watch) -> Sight:
        sight = super()._look(watch)
        if self.becomes is None and self._first is None and sight.outcome is Outcome.WAITING:
            self._first = sight.state
            self._keep(sight.state)
        return sight

    def _kept_state(self) -> str | None:
        """Return the state that an earlier look of this run kept."""
        store = self._store()
        if store is None:
            if self.reschedule and not self.deferrable:
                raise AirflowFailException(
                    f"task {self.task_id} would forget the first state with each reschedule: this "
                    "version of Airflow has no task state store. Use mode='poke', deferrable=True "
                    "or becomes="
                )
            return None
        kept = store.get(_KEY, None) or {}
        return kept.get("state") if kept.get("run") == decided_by(self._given()) else None

    def _keep(self, state: str | None) -> None:
        store = self._store()
        if store is None or self.becomes is not None:
            return
        if state is None:
            store.delete(_KEY)
        else:
            store.set(_KEY, {"state": state, "run": decided_by(self._given())})

    def _store(self) -> Any:
        return self._given().get("task_state_store")

    def _given(self) -> Any:
        return self._context or {}


def _listed(values: Any) -> Sequence[Any] | None:
    if values is None:
        return None
    if isinstance(values, str) or not isinstance(values, (Sequence, set, frozenset)):
        return [values]
    return list(values)
