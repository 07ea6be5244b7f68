"""The protocol's document says what the code does."""

from __future__ import annotations

import re

import pytest

from airflow_oracle_dag.core.states import TABLE, Move, State
from tests.documents import protocol

PAGE = protocol.PAGE.read_text(encoding="utf-8")
#: ``step 2: RUNNING → FAILED (fail)``
ARROW = re.compile(r"(\w+) → (\w+) \(([^)]+)\)")


def test_the_document_is_what_the_code_gives() -> None:
    """Written anew by `python -m tests.documents.protocol`."""
    assert protocol.written(PAGE) == PAGE


def test_a_missing_part_is_said() -> None:
    """A part that lost its comments is not left as it was."""
    with pytest.raises(ValueError, match="part 'grants' must stand there once"):
        protocol.written(PAGE.replace("<!-- end of grants -->", ""))


def test_the_sequence_makes_only_moves_that_there_are() -> None:
    """Each arrow of the diagram is a row of the table of states."""
    (diagram,) = re.findall(r"sequenceDiagram.*?```", PAGE, re.DOTALL)
    arrows = ARROW.findall(diagram)

    assert len(arrows) == diagram.count("→")
    for before, after, what in arrows:
        assert TABLE[State(before), Move(what)] is State(after)
    assert {what for *_, what in arrows} == {"start", "finish", "fail", "take back"}


def test_every_step_in_the_sequence_goes_on_from_where_it_was() -> None:
    """A step's arrows make one path, from PENDING to SUCCEEDED."""
    (diagram,) = re.findall(r"sequenceDiagram.*?```", PAGE, re.DOTALL)
    states = {}
    for step, before, after, _ in re.findall(rf"step (\d): {ARROW.pattern}", diagram):
        assert states.setdefault(step, "PENDING") == before
        states[step] = after

    assert states == {"1": "SUCCEEDED", "2": "SUCCEEDED"}


def test_each_unverified_claim_names_its_manual() -> None:
    """Nothing is relied on that no manual says."""
    claims = protocol.unverified().splitlines()

    assert claims
    manual = re.compile(r"\([^()]*(?:Reference|Guide|Exceptions)\b.*\)")
    assert [claim for claim in claims if not manual.search(claim.split(" ([`")[0])] == []
