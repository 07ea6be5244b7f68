"""Judge a call that does not answer, from what another session was shown while it was silent.

Three signs say that no answer will come. The checkpoint that the client waits for is
committed, so the block is over: its reply is all that is missing. The session is not alive. Or the
database shows it as idle, that is, as waiting for its client. The first two need no privilege.

One look proves nothing: a block stays for a moment behind its COMMIT, and a client that was halted
may have the reply in its hands already. So a sign counts when it was there at each look of a time,
and at two at least.

Unverified: V$SESSION.STATUS is INACTIVE only while a session waits for its client's next call, and
LAST_CALL_ET then is the seconds since (Reference, V$SESSION).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple

from airflow_oracle_dag.core.liveness import Liveness


@dataclass(frozen=True)
class Watching:
    """When a call is looked at from beside it.

    :param silent_after: seconds without an answer until a second session is opened.
    :param look_every: seconds between two looks.
    :param beat_every: seconds between two heartbeats.
    :param patience: seconds that an answer may be under way, see `lost_reply`.
    """

    silent_after: float = 5.0
    look_every: float = 10.0
    beat_every: float = 30.0
    patience: float = 15.0


WATCHING = Watching()


@dataclass(frozen=True)
class Look:
    """What was seen of a call from beside it.

    :param at: seconds, by a clock that only goes on.
    :param committed: the checkpoint that the call is to write is there.
    :param idle: seconds that V$SESSION shows the session as INACTIVE; None: it is not, or that
        could not be read.
    """

    at: float
    committed: bool = False
    liveness: Liveness = Liveness.UNKNOWN
    idle: Optional[float] = None


def lost_reply(looks: Sequence[Look], patience: float) -> str:
    """Say why no answer will come, "" while one may.

    :param looks: at one call, in their order.
    :param patience: seconds that an answer may be under way.
    """
    committed = _seen_for(looks, lambda look: look.committed)
    if committed is not None and committed >= patience:
        return f"its checkpoint has been committed for {committed:.0f} s at least"
    if _seen_for(looks, lambda look: look.liveness is Liveness.DEAD) is not None:
        return "its session is not alive any more"
    if _seen_for(looks, lambda look: look.idle is not None and look.idle >= patience) is not None:
        return f"its session has waited for its client for {looks[-1].idle or 0:.0f} s"
    return ""


def _seen_for(looks: Sequence[Look], is_seen: Callable[[Look], bool]) -> Optional[float]:
    """Return for how long each look saw a sign, None when the last two did not."""
    first = len(looks)
    while first and is_seen(looks[first - 1]):
        first -= 1
    seen = looks[first:]
    return seen[-1].at - seen[0].at if len(seen) > 1 else None


@dataclass(frozen=True)
class LongOperation:
    """A row of V$SESSION_LONGOPS.

    :param target: what is worked on, "" when that is not said.
    :param seconds_left: as the database estimates it.
    """

    name: str
    done: float
    total: float
    target: str = ""
    seconds_left: Optional[float] = None

    @property
    def percent(self) -> Optional[int]:
        """Return how much of it is done, 99 at most; None: it is over, or its size is not known."""
        if self.total <= 0 or not 0 <= self.done < self.total:
            return None
        return min(99, int(100 * self.done / self.total))


def progress_of(
    no: int, count: int, operation: Optional[LongOperation]
) -> Tuple[str, Optional[str]]:
    """Say how far a run is.

    :param operation: that the running statement does, None when the database shows none.
    :return: the short form, such as ``step 3/7, 41 %``, and what it is that is so far; None: no
        more is known.
    """
    step = f"step {no}/{count}"
    percent = operation.percent if operation is not None else None
    if operation is None or percent is None:
        return step, None
    of_what = operation.name.strip() + (f" of {operation.target}" if operation.target else "")
    left = operation.seconds_left
    return f"{step}, {percent} %", of_what + (f", about {duration(left)} left" if left else "")


_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Write seconds as people say them, in two units at most: ``2 h 5 min``."""
    left, parts = round(seconds), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        if parts and (len(parts) > 1 or not count):
            break
    return " ".join(parts) or "0 s"
