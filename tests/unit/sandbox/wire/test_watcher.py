"""A socket is watched while a call runs, and not before or after."""

from __future__ import annotations

import select
import socket
import threading

import pytest

from airflow_oracle_dag.sandbox.watcher import Queue, Watcher

QUEUES = [Queue, *([select.epoll] if hasattr(select, "epoll") else [])]


@pytest.mark.parametrize("queue", QUEUES)
def test_sockets(queue):
    """A watched socket calls back, and a forgotten one does not."""
    watcher = Watcher(queue)
    called: list[str] = []
    heard = threading.Event()
    forgotten, first = socket.socketpair()
    watched, second = socket.socketpair()

    def hear() -> None:
        called.append("watched")
        watcher.forget(watched)
        heard.set()

    with forgotten, first, watched, second:
        watcher.watch(forgotten, lambda: called.append("forgotten"))
        watcher.forget(forgotten)
        watcher.forget(forgotten)
        watcher.watch(watched, hear)
        first.send(b"x")
        second.send(b"x")
        assert heard.wait(30)
        watcher.stop()
    assert called == ["watched"]
