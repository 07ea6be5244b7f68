"""What Airflow is told of a script's steps: metrics, spans, and what takes longer than expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_oracle_dag import compat
from airflow_oracle_dag.core.expected import Expectation, Overdue, declared
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.watch import WATCHING, Watching
from airflow_oracle_dag.runtime.results import OverdueEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_oracle_dag.core.jobs import Job
    from airflow_oracle_dag.runtime.results import Event, RunResult, StepResult

_COUNTED = {
    State.SUCCEEDED: "oracle_dag.step.succeeded",
    State.FAILED: "oracle_dag.step.failed",
    State.IN_DOUBT: "oracle_dag.step.in_doubt",
}


class WatchedOperator(BaseOperator):
    """Watch what takes long, and say what takes longer than expected.

    :param watch_after: seconds without an answer until a second session looks at what the first
        one does; None: never, and nothing is said of what takes longer than expected.
    :param expected_minutes: how long the whole script takes as a rule; of a job its row's
        ExpectedMinutes unless given. What its steps take is in the script, or is learned.
    :param on_overdue: called once for each step, and once for the run, that takes longer than
        expected, while it runs: with ``run_key``, ``step`` (None: the run), ``attempt``,
        ``seconds`` so far, ``expected_seconds`` and ``source``, what that rests on.
    """

    def __init__(
        self,
        *,
        watch_after: float | None = WATCHING.silent_after,
        expected_minutes: float | None = None,
        on_overdue: Callable[[dict[str, Any]], None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.watch_after = watch_after
        self.expected_minutes = expected_minutes
        self.on_overdue = on_overdue
        if watch_after is not None and watch_after <= 0:
            raise ValueError(
                f"task {self.task_id}: watch_after is above 0, or None, not {watch_after}"
            )
        if expected_minutes is not None and expected_minutes <= 0:
            raise ValueError(
                f"task {self.task_id}: expected_minutes is above 0, not {expected_minutes}"
            )
        if on_overdue is not None and not callable(on_overdue):
            raise ValueError(
                f"task {self.task_id}: on_overdue is a function, not {type(on_overdue).__name__}"
            )

    @property
    def watching(self) -> Watching | None:
        """Return how calls are watched, None: not at all."""
        if self.watch_after is None:
            return None
        return replace(WATCHING, silent_after=self.watch_after)

    def expectation(self, job: Job | None = None) -> Expectation | None:
        """Return how long the run takes as a rule, None when nobody said.

        :param job: the row of the control table that is run.
        """
        if self.expected_minutes is not None:
            return declared(60 * self.expected_minutes, "expected_minutes of the task")
        if job is None or not job.expected_minutes:
            return None
        seconds = 60 * float(job.expected_minutes)
        return declared(seconds, f"ExpectedMinutes of job {job.name}") if seconds > 0 else None


class Telemetry:
    """Turn what a runner tells into metrics and spans; nothing of it can fail the task.

    :param task: whose log it goes to, too.
    """

    def __init__(self, task: WatchedOperator) -> None:
        self._log = task.log
        self._tags = {"dag_id": task.dag_id, "task_id": task.task_id}
        self._on_overdue = task.on_overdue
        self._spans: dict[int, Any] = {}
        self._failed = False

    def follow(self, step: StepResult) -> None:
        """Take a step as it begins."""
        if step.state is State.RUNNING and step.no not in self._spans:
            self._quietly(lambda: self._begin(step))

    def tell(self, event: Event) -> None:
        """Take an event of the run."""
        write = self._log.warning if event.kind == "overdue" else self._log.info
        write(event.text)
        step = event.step
        if isinstance(event, OverdueEvent) and event.overdue is not None:
            self.overdue(event.overdue)
        elif step is not None and event.kind in ("step", "failure"):
            self._quietly(lambda: self._end(step))

    def overdue(self, overdue: Overdue) -> None:
        """Count what takes longer than expected, and call who wants to know."""
        tags = {**self._tags, **({"step": overdue.step} if overdue.step else {})}
        what = "step" if overdue.step else "run"
        self._quietly(lambda: compat.metrics().incr(f"oracle_dag.{what}.overdue", tags=tags))
        if self._on_overdue is None:
            return
        try:
            self._on_overdue(overdue.facts)
        except Exception:  # noqa: BLE001 - somebody else's code, and the script goes on
            self._log.exception("on_overdue failed; the script goes on")

    def ran(self, result: RunResult) -> None:
        """Take the result; a step that a job goes on with has a span when it is over."""
        if result.waiting is not None:
            self._spans.clear()

    def close(self) -> None:
        """End the spans of steps of which nobody knows how they ended."""
        while self._spans:
            _, span = self._spans.popitem()
            self._quietly(span.end)

    def _begin(self, step: StepResult) -> None:
        span = self._span(step)
        if span is not None:
            self._spans[step.no] = span

    def _span(self, step: StepResult, began: datetime | None = None) -> Any | None:
        """Begin a span, now or when a step began by the database's clock."""
        tracer = compat.tracer()
        if tracer is None:
            return None
        attributes: dict[str, Any] = {"db.system.name": "oracle.db"}
        attributes.update((f"airflow.{name}", value) for name, value in self._tags.items())
        attributes.update({"oracle_dag.step": step.name, "oracle_dag.attempt": step.attempt})
        at = None if began is None else _nanoseconds(began)
        return tracer.start_span(f"step {step.name}", attributes=attributes, start_time=at)

    def _end(self, step: StepResult) -> None:
        tags = {**self._tags, "step": step.name}
        name = _COUNTED.get(step.state)
        if name is not None:
            compat.metrics().incr(name, tags=tags)
        if step.seconds is not None:
            compat.metrics().timing("oracle_dag.step.duration", 1000 * step.seconds, tags=tags)
        span, ended = self._spans.pop(step.no, None), None
        if span is None and step.started_at is not None and step.ended_at is not None:
            span, ended = self._span(step, step.started_at), _nanoseconds(step.ended_at)
        if span is None:
            return
        span.set_attribute("oracle_dag.state", step.state.value)
        span.set_attribute("oracle_dag.rows", step.rows or 0)
        if step.state is not State.SUCCEEDED:
            span.set_attribute("error.type", step.state.value)
        span.end(ended)

    def _quietly(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - any failure of a courtesy must not fail the task
            if not self._failed:
                self._log.warning("metrics and spans of steps are not all there: %s", error)
            self._failed = True


def _nanoseconds(moment: datetime) -> int:
    """Return a naive UTC moment as OpenTelemetry counts it."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1_000_000) * 1000
