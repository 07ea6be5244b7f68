"""What the protocol relies on is asked of the database that the suite runs against."""

from __future__ import annotations

from typing import Any

from tests.probes.asking import Place
from tests.probes.oracle import PROBES, answers

#: What the sandbox cannot be asked; it says so.
NOT_IN_SANDBOX = {
    "SET EDITION in one",
    "SET CONTAINER in one",
    "CLOSE DATABASE LINK in a transaction that used it",
    "the life of an idle session that was killed",
    "a session's life, asked from another instance",
    "a job whose instance is aborted",
    "a commit that is left in doubt",
}
#: What it may or may not be asked: whether there are jobs in it its own tests say.
ABOUT_JOBS = {
    "CREATE_JOB in a transaction",
    "CREATE_JOB of a job that exists",
    "whether a new job would be started again",
}


def test_no_question_about_oracle_is_left_out() -> None:
    """Each of the fifteen is asked, in one way at least, and no line reads like another."""
    assert {probe.number for probe in PROBES} == set(range(1, 16))
    assert len({probe.question for probe in PROBES}) == len(PROBES)


def test_the_database_does_what_the_protocol_relies_on(target: Any) -> None:
    """Every question has an answer, and none is another than expected."""
    found = list(answers(Place(target.dsn, target.user, target.password)))

    assert [probe for probe, *_ in found] == list(PROBES)
    assert [(probe.question, said) for probe, said, how in found if how.isupper()] == []
    assert all(said for _, said, how in found if how == "cannot be asked")
    if target.server is not None:
        unasked = {probe.question for probe, _, how in found if how == "cannot be asked"}
        assert unasked - ABOUT_JOBS == NOT_IN_SANDBOX


def test_another_answer_is_said_loudly(target: Any, monkeypatch: Any) -> None:
    """An answer that is not the expected one cannot be overlooked."""
    from dataclasses import replace

    from tests.probes import oracle

    monkeypatch.setattr(oracle, "PROBES", (replace(PROBES[0], expected="another"),))
    place = Place(target.dsn, target.user, target.password)
    for name, value in zip(("DSN", "USER", "PASSWORD"), (place.dsn, place.user, place.password)):
        monkeypatch.setenv(f"ORACLE_{name}", value)

    assert [how for *_, how in answers(place)] == ["NOT AS RELIED ON"]
    assert oracle.main() == 1
