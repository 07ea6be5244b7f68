"""The user locks of DBMS_LOCK (PL/SQL Packages and Types Reference, DBMS_LOCK)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

DONE, TIMEOUT, DEADLOCK, PARAMETER, OWNERSHIP, HANDLE = range(6)
MAXWAIT = 32767
NL, SS, SX, S, SSX, X = range(1, 7)
MODES = {"NL_MODE": NL, "SS_MODE": SS, "SX_MODE": SX, "S_MODE": S, "SSX_MODE": SSX, "X_MODE": X}
# What may be granted while another session holds the mode ("Lock Mode Descriptions").
_BESIDE = {
    NL: frozenset({NL, SS, SX, S, SSX, X}),
    SS: frozenset({NL, SS, SX, S, SSX}),
    SX: frozenset({NL, SS, SX}),
    S: frozenset({NL, SS, S}),
    SSX: frozenset({NL, SS}),
    X: frozenset({NL}),
}
_FIRST_HANDLE, _LAST_HANDLE = 1073741824, 1999999999


class UserLocks:
    """Hold who has which lock; sessions call from their own threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[int, dict[EngineSession, int]] = {}
        self._transactional: dict[EngineSession, set[int]] = {}
        self._handles: dict[str, int] = {}

    def allocate(self, name: str) -> str:
        """Return the handle of a named lock; the same name gives the same lock."""
        with self._changed:
            number = self._handles.setdefault(name, _FIRST_HANDLE + len(self._handles))
        return f"{number}{number}{sum(name.encode()) % 1000:03d}"

    def number_of(self, lock: object) -> int | None:
        """Return the lock that an id or a handle names, None for an illegal handle."""
        if not isinstance(lock, str):
            return int(lock)  # type: ignore[call-overload, no-any-return]  # a NUMBER of PL/SQL
        number = lock[:10]
        if len(lock) != 23 or not lock.isdigit() or int(number) not in self._handles.values():
            return None
        return int(number)

    def request(
        self, session: EngineSession, lock: object, mode: int, seconds: int, *, on_commit: bool
    ) -> int:
        """Take a lock."""
        number = self.number_of(lock)
        if number is None:
            return HANDLE
        if mode not in _BESIDE or not 0 <= number <= _LAST_HANDLE or seconds < 0:
            return PARAMETER
        with self._changed:
            if session in self._held.get(number, ()):
                return OWNERSHIP
            outcome = self._take(session, number, mode, seconds)
            if outcome == DONE and on_commit:
                self._transactional.setdefault(session, set()).add(number)
            return outcome

    def convert(self, session: EngineSession, lock: object, mode: int, seconds: int) -> int:
        """Change the mode of a lock that the session has."""
        number = self.number_of(lock)
        if number is None:
            return HANDLE
        if mode not in _BESIDE or seconds < 0:
            return PARAMETER
        with self._changed:
            if session not in self._held.get(number, ()):
                return OWNERSHIP
            return self._take(session, number, mode, seconds)

    def release(self, session: EngineSession, lock: object) -> int:
        """Give a lock back."""
        number = self.number_of(lock)
        if number is None:
            return HANDLE
        with self._changed:
            if session not in self._held.get(number, ()):
                return OWNERSHIP
            self._drop(session, {number})
            return DONE

    def end_transaction(self, session: EngineSession) -> None:
        """Give back what was requested with release_on_commit."""
        if session in self._transactional:
            with self._changed:
                self._drop(session, self._transactional.pop(session))

    def end_session(self, session: EngineSession) -> None:
        """Give back everything."""
        with self._changed:
            self._transactional.pop(session, None)
            self._drop(session, set(self._held))

    def wake(self) -> None:
        """Let who waits look whether it was cancelled."""
        with self._changed:
            self._changed.notify_all()

    def _drop(self, session: EngineSession, numbers: set[int]) -> None:
        for number in numbers:
            holders = self._held.get(number, {})
            holders.pop(session, None)
            if not holders:
                self._held.pop(number, None)
        self._changed.notify_all()

    def _blocker(self, session: EngineSession, number: int, mode: int) -> EngineSession | None:
        for holder, held in self._held.get(number, {}).items():
            if holder is not session and mode not in _BESIDE[held]:
                return holder
        return None

    def _take(self, session: EngineSession, number: int, mode: int, seconds: int) -> int:
        end = None if seconds >= MAXWAIT else time.monotonic() + seconds
        try:
            while (blocker := self._blocker(session, number, mode)) is not None:
                session.check()
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return TIMEOUT
                session.waits_for = blocker
                if _waits_in_circle(session):
                    return DEADLOCK
                self._changed.wait(left)
        finally:
            session.waits_for = None
        session.check()
        self._held.setdefault(number, {})[session] = mode
        return DONE


def _waits_in_circle(session: EngineSession) -> bool:
    seen = {session}
    other = session.waits_for
    while other is not None:
        if other in seen:
            return other is session
        seen.add(other)
        other = other.waits_for
    return False
