"""Requests to stop cancel statements at once and wait a moment for blocks."""

from __future__ import annotations

import threading
import time

import pytest

from airflow_oracle_dag.runtime.errors import RunStopped
from airflow_oracle_dag.runtime.interrupt import Interrupt


class Cancelled:
    """A session of which only `cancel` is called."""

    def __init__(self) -> None:
        self.at = 0.0

    def cancel(self) -> None:
        """Note when."""
        self.at = time.monotonic()


def test_a_statement_is_cancelled_at_once() -> None:
    """The request reaches the session while the call runs."""
    interrupt, session = Interrupt(), Cancelled()
    with interrupt.calling(session):  # type: ignore[arg-type]  # only cancel is needed
        interrupt.request("stop")

    assert session.at > 0
    with pytest.raises(RunStopped, match="stop"):
        interrupt.check()


def test_a_block_is_given_time_to_end() -> None:
    """A block that ends within a second is not cancelled."""
    interrupt, session = Interrupt(), Cancelled()
    inside = threading.Event()

    def block() -> None:
        with interrupt.protected(session):  # type: ignore[arg-type]  # only cancel is needed
            inside.set()
            asked.wait(5)

    asked = threading.Event()
    runner = threading.Thread(target=block)
    runner.start()
    inside.wait(5)
    threading.Timer(0.1, asked.set).start()
    interrupt.request("stop")
    runner.join(5)

    assert session.at == 0


def test_a_block_that_does_not_end_is_cancelled() -> None:
    """Patience ends after a second."""
    interrupt, session = Interrupt(), Cancelled()
    with interrupt.protected(session):  # type: ignore[arg-type]  # only cancel is needed
        began = time.monotonic()
        interrupt.request("stop")

    assert 0.9 < session.at - began < 3


def test_nothing_new_begins_after_a_request() -> None:
    """Neither statement nor block nor pause."""
    interrupt, session = Interrupt(), Cancelled()
    interrupt.request("stop")

    with pytest.raises(RunStopped), interrupt.calling(session):  # type: ignore[arg-type]  # only cancel is needed
        pass
    with pytest.raises(RunStopped), interrupt.protected(session):  # type: ignore[arg-type]  # only cancel is needed
        pass
    with pytest.raises(RunStopped):
        interrupt.sleep(10)


def test_a_break_that_does_not_go_out_keeps_nobody() -> None:
    """As a client library may do on a network that is gone: the request returns all the same."""
    interrupt, never = Interrupt(), threading.Event()

    class Stuck:
        """A session whose `cancel` waits."""

        def cancel(self) -> None:
            """Wait until the test is over."""
            never.wait(30)

    began = time.monotonic()
    with interrupt.calling(Stuck()):  # type: ignore[arg-type]  # only cancel is needed
        interrupt.request("stop")
    never.set()

    assert time.monotonic() - began < 3
    assert interrupt.requested
