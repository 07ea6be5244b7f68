"""Metrics, spans and words about what takes longer than expected, from what a runner tells."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from airflow.providers.common.compat.sdk import DAG
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from airflow_oracle_dag import compat
from airflow_oracle_dag.core.expected import Overdue, declared
from airflow_oracle_dag.core.jobs import Job
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.watch import WATCHING
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator
from airflow_oracle_dag.operators.watched import Telemetry
from airflow_oracle_dag.runtime.results import (
    Event,
    OverdueEvent,
    RunResult,
    StepResult,
    Waiting,
)

BEGAN = datetime(2026, 11, 21)
RUNNING = StepResult(1, "load", State.RUNNING, attempt=2, tries=2, started_at=BEGAN)
TAGS = {"dag_id": "dag", "task_id": "load"}
STEP_TAGS = {**TAGS, "step": "load"}


def ended(state, rows=None):
    """Return the step as it is after two and a half seconds."""
    return StepResult(1, "load", state, 2, 2, rows, BEGAN, BEGAN + timedelta(seconds=2.5))


@pytest.fixture
def metrics(monkeypatch):
    """Give what was counted and timed."""
    taken = []

    class Taking:
        def incr(self, name, *, tags):
            taken.append((name, tags))

        def timing(self, name, milliseconds, *, tags):
            taken.append((name, milliseconds, tags))

    monkeypatch.setattr(compat, "metrics", Taking)
    return taken


@pytest.fixture
def spans(monkeypatch):
    """Give the spans that were ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(compat, "tracer", lambda: provider.get_tracer("test"))
    return exporter.get_finished_spans


def operator(**arguments):
    """Make an operator."""
    dag = DAG("dag", schedule=None, start_date=BEGAN)
    return OracleScriptOperator(
        task_id="load", dag=dag, script="select 1 from dual;\n", **arguments
    )


def overdue(step="load"):
    """Return word of something that takes too long."""
    told = Overdue("key", step, 2, 61.0, declared(60))
    return OverdueEvent("overdue", told.text, overdue=told)


@pytest.mark.parametrize(
    ("state", "kind", "name"),
    [
        (State.SUCCEEDED, "step", "oracle_dag.step.succeeded"),
        (State.FAILED, "failure", "oracle_dag.step.failed"),
        (State.IN_DOUBT, "failure", "oracle_dag.step.in_doubt"),
    ],
)
def test_a_step_that_ends_is_counted_and_timed(metrics, spans, state, kind, name):
    """By its state, with the DAG, the task and the step as tags."""
    Telemetry(operator()).tell(Event(kind, "step 1/1 load", ended(state)))

    assert metrics == [(name, STEP_TAGS), ("oracle_dag.step.duration", 2500.0, STEP_TAGS)]


def test_other_events_of_a_step_count_nothing(metrics, spans):
    """Its output, for example."""
    telemetry = Telemetry(operator())
    telemetry.tell(Event("output", "a line", ended(State.SUCCEEDED)))
    telemetry.tell(Event("decision", "begins with 1 step"))

    assert metrics == []


def test_a_step_is_a_span(metrics, spans):
    """From its begin to its end, with what became of it."""
    telemetry = Telemetry(operator())
    telemetry.follow(RUNNING)
    assert spans() == ()
    telemetry.tell(Event("step", "done", ended(State.SUCCEEDED, rows=7)))

    (span,) = spans()
    assert span.name == "step load"
    assert dict(span.attributes) == {
        "db.system.name": "oracle.db",
        "airflow.dag_id": "dag",
        "airflow.task_id": "load",
        "oracle_dag.step": "load",
        "oracle_dag.attempt": 2,
        "oracle_dag.state": "SUCCEEDED",
        "oracle_dag.rows": 7,
    }


def test_a_step_that_ran_elsewhere_is_a_span_of_its_own_times(metrics, spans):
    """By the database's clock: its begin was seen by another process, or by none."""
    Telemetry(operator()).tell(Event("failure", "failed", ended(State.FAILED)))

    (span,) = spans()
    began = BEGAN.replace(tzinfo=UTC).timestamp()
    assert (span.start_time, span.end_time) == (began * 1e9, (began + 2.5) * 1e9)
    assert span.attributes["error.type"] == "FAILED"


def test_a_step_that_a_job_goes_on_with_has_no_span_yet(metrics, spans):
    """The task defers, and another process sees its end."""
    waiting = Waiting("h", "k", 1, 2, "JOB", 1, 1, BEGAN)
    with closing(Telemetry(operator())) as telemetry:
        telemetry.follow(RUNNING)
        telemetry.ran(RunResult("k", 1, 2, (), None, 0, waiting=waiting))

    assert spans() == ()


def test_a_step_that_waits_is_no_span(metrics, spans):
    """Only one that runs."""
    with closing(Telemetry(operator())) as telemetry:
        telemetry.follow(StepResult(1, "load", State.PENDING, 0, 0))

    assert spans() == ()


def test_a_step_whose_end_nobody_learned_ends_its_span(metrics, spans):
    """When the task is over, without a state."""
    with closing(Telemetry(operator())) as telemetry:
        telemetry.follow(RUNNING)

    (span,) = spans()
    assert "oracle_dag.state" not in span.attributes


@pytest.mark.parametrize(
    ("step", "name", "tags"),
    [("load", "oracle_dag.step.overdue", STEP_TAGS), (None, "oracle_dag.run.overdue", TAGS)],
)
def test_what_takes_longer_is_counted_and_called(metrics, spans, step, name, tags):
    """Once each, with facts that JSON can keep."""
    called = []
    Telemetry(operator(on_overdue=called.append)).tell(overdue(step))

    assert metrics == [(name, tags)]
    (facts,) = called
    assert json.loads(json.dumps(facts)) == {
        "run_key": "key",
        "step": step,
        "attempt": 2,
        "seconds": 61.0,
        "expected_seconds": 60,
        "source": "expected_minutes of the step",
    }


def test_nothing_of_it_fails_the_task(monkeypatch, capsys, spans):
    """Neither a callback nor a backend that is not there: both are said, the latter once."""

    def broken(*_args, **_tags):
        raise OSError("no such host")

    monkeypatch.setattr(compat, "metrics", broken)
    telemetry = Telemetry(operator(on_overdue=broken))
    telemetry.tell(Event("step", "done", ended(State.SUCCEEDED)))
    telemetry.tell(overdue())

    said = capsys.readouterr().out
    assert said.count("are not all there: no such host") == 1
    assert said.count("on_overdue failed") == 1


def test_the_backends_are_those_of_airflow():
    """Whatever this version of Airflow has."""
    metrics, tracer = compat.metrics(), compat.tracer()

    assert all(callable(getattr(metrics, name)) for name in ("incr", "timing", "gauge"))
    assert callable(tracer.start_span)


@pytest.mark.parametrize(
    ("arguments", "job", "seconds", "source"),
    [
        ({}, None, None, ""),
        ({"expected_minutes": 1.5}, None, 90, "expected_minutes of the task"),
        ({}, Job("daily", expected_minutes="20"), 1200, "ExpectedMinutes of job daily"),
        ({"expected_minutes": 2}, Job("j", expected_minutes="20"), 120, "expected_minutes of the"),
        ({}, Job("daily", expected_minutes="0"), None, ""),
        ({}, Job("daily"), None, ""),
    ],
)
def test_what_a_run_takes_is_the_task_s_or_the_row_s(arguments, job, seconds, source):
    """The task's word goes before the row's; 0 says nothing."""
    found = operator(**arguments).expectation(job)

    assert (found and found.seconds) == seconds
    assert found is None or found.source.startswith(source)


@pytest.mark.parametrize(("watch_after", "silent_after"), [(None, None), (0.5, 0.5), (60, 60)])
def test_the_task_says_when_to_look(watch_after, silent_after):
    """Or that nobody is to look at all."""
    watching = operator(watch_after=watch_after).watching

    assert (watching and watching.silent_after) == silent_after
    assert operator().watching == WATCHING


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"watch_after": 0}, "watch_after is above 0, or None, not 0"),
        ({"expected_minutes": 0}, "expected_minutes is above 0, not 0"),
        ({"on_overdue": "call me"}, "on_overdue is a function, not str"),
    ],
)
def test_wrong_arguments_are_refused_while_the_dag_is_parsed(arguments, message):
    """With the task's name."""
    with pytest.raises(ValueError, match=f"task load: {message}"):
        operator(**arguments)
