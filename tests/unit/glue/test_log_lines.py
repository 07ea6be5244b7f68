"""Lines for CloudWatch: one JSON object each, bounded, without secrets."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.glue.log_lines import LogLines
from airflow_oracle_dag.runtime.results import Event, StepResult


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields() -> None:
    """Whatever its text has in it."""
    stream = io.StringIO()
    log = LogLines(stream)
    log.always(run="key", attempt=3)
    step = StepResult(1, "load", State.SUCCEEDED, 3, 1)
    log.tell(Event("step", 'two\nlines "quoted"', step))
    log.tell(Event("failure", "ORA-00001"))
    first, second = _lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first.pop("time"))
    assert first == {
        "level": "INFO",
        "run": "key",
        "attempt": 3,
        "step": "load",
        "kind": "step",
        "message": 'two\nlines "quoted"',
    }
    assert (second["level"], second["kind"], "step" in second) == ("ERROR", "failure", False)


def test_a_long_text_is_cut_and_says_so() -> None:
    """CloudWatch would refuse the line."""
    stream = io.StringIO()
    LogLines(stream).say("output", "\u00e9" * 100_000)
    assert len(stream.getvalue()) < 262_144
    assert _lines(stream)[0]["message"].endswith("(68000 further characters)")


def test_a_secret_is_masked() -> None:
    """Once it is known."""
    stream = io.StringIO()
    log = LogLines(stream)
    log.mask("hush-password", "")
    log.say("failure", "it was hush-password, and hush-password")
    assert _lines(stream)[0]["message"] == "it was ***, and ***"
