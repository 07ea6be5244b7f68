"""Watch the sockets of clients whose call is running.

A conversation reads its own socket between calls. While a call runs, one watcher thread for the
whole server looks after the socket, so that a cancel or a client's death is noticed without a
second thread per client and without a hand-over per call.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Watcher:
    """Call back when a watched socket becomes readable."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stopping = True
        self._waker.send(b"x")
        self._thread.join()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def watch(self, sock: socket.socket, readable: Callable[[], None]) -> None:
        """Watch a socket until `forget`; epoll and kqueue take this from any thread."""
        self._selector.register(sock, selectors.EVENT_READ, readable)

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket, if it is watched; a call back may be under way."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.data is not None:
                    self._call(key.data)

    @staticmethod
    def _call(readable: Callable[[], None]) -> None:
        try:
            readable()
        except Exception:  # one client's trouble must not end the watch over all others
            log.exception("internal error of the sandbox while a call was running")
