"""Watch the sockets of clients whose call is running.

A conversation reads its own socket between calls. While a call runs, one watcher thread for the
whole server looks after the socket, so that a cancel or a client's death is noticed without a
second thread per client and without a hand-over per call.
"""

from __future__ import annotations

import logging
import select
import selectors
import socket
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Queue:
    """Be what `select.epoll` is, where the system has something else, such as kqueue."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, number: int, events: int) -> None:
        """Watch a file from any thread."""
        self._selector.register(number, events)

    def unregister(self, number: int) -> None:
        """Watch a file no longer."""
        self._selector.unregister(number)

    def poll(self) -> list[tuple[int, int]]:
        """Wait for files that are readable."""
        return [(key.fd, events) for key, events in self._selector.select()]

    def close(self) -> None:
        """Let the system forget all this."""
        self._selector.close()


_QUEUE: Callable[[], Queue | select.epoll] = getattr(select, "epoll", Queue)


class Watcher:
    """Call back when a watched socket becomes readable."""

    def __init__(self, queue: Callable[[], Queue | select.epoll] = _QUEUE) -> None:
        self._queue = queue()
        self._readable: dict[int, Callable[[], None]] = {}
        self._wake, self._waker = socket.socketpair()
        self._queue.register(self._wake.fileno(), selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stopping = True
        self._waker.send(b"x")
        self._thread.join()
        self._queue.close()
        self._wake.close()
        self._waker.close()

    def watch(self, sock: socket.socket, readable: Callable[[], None]) -> None:
        """Watch a socket until `forget`; epoll and kqueue take this from any thread."""
        number = sock.fileno()
        self._readable[number] = readable
        self._queue.register(number, selectors.EVENT_READ)

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket, if it is watched; a call back may be under way."""
        number = sock.fileno()
        if self._readable.pop(number, None) is not None:
            self._queue.unregister(number)

    def _run(self) -> None:
        while not self._stopping:
            for number, _ in self._queue.poll():
                readable = self._readable.get(number)
                if readable is not None:
                    self._call(readable)

    @staticmethod
    def _call(readable: Callable[[], None]) -> None:
        try:
            readable()
        except Exception:  # one client's trouble must not end the watch over all others
            log.exception("internal error of the sandbox while a call was running")
