"""Say how long a step takes as a rule, and tell once when it takes longer.

The author says it (``expected_minutes=``), or it is learned. Durations spread by factors, not by
seconds: a step of ten minutes that once took an hour has had one bad day. So what is learned is the
median of their logarithms and the median distance from it (MAD; scaled by 1.4826 it is the standard
deviation of a normal distribution), which a few outliers do not move: Leys and others, "Detecting
outliers: Do not use standard deviation around the mean, use absolute deviation around the median",
Journal of Experimental Social Psychology 49 (2013).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from airflow_oracle_dag.core.watch import duration

#: Successful runs below which nothing is learned.
FEWEST = 8
_DEVIATIONS = 3.0
_SCALE = 1.4826
_LEAST_SPREAD = math.log(1.25)  # runs that are all alike do not make half a second too much
_LEAST = 60.0  # seconds: what is learned warns of nothing before


@dataclass(frozen=True)
class Expectation:
    """How long something takes at most, as a rule.

    :param source: where that is from, in words.
    """

    seconds: float
    source: str


@dataclass(frozen=True)
class Overdue:
    """Something takes longer than expected, and is not over.

    :param step: its name; None: the run as a whole.
    :param seconds: that it has taken so far.
    """

    run_key: str
    step: Optional[str]
    attempt: int
    seconds: float
    expectation: Expectation

    @property
    def text(self) -> str:
        """Return it as one line."""
        what = f"step {self.step} of run {self.run_key}" if self.step else f"run {self.run_key}"
        return (
            f"{what} takes longer than expected: {duration(self.seconds)} so far, expected at most "
            f"{duration(self.expectation.seconds)} ({self.expectation.source}); it goes on"
        )

    @property
    def facts(self) -> Dict[str, Any]:
        """Return it as JSON can keep it."""
        return {
            "run_key": self.run_key,
            "step": self.step,
            "attempt": self.attempt,
            "seconds": round(self.seconds, 3),
            "expected_seconds": round(self.expectation.seconds, 3),
            "source": self.expectation.source,
        }


def declared(seconds: float, where: str = "expected_minutes of the step") -> Expectation:
    """Return what somebody said."""
    return Expectation(seconds, where)


def learned(durations: Sequence[float]) -> Optional[Expectation]:
    """Learn from runs that succeeded; None when there are too few.

    :param durations: in seconds.
    """
    logs = [math.log(max(seconds, 0.001)) for seconds in durations]
    if len(logs) < FEWEST:
        return None
    middle = median(logs)
    spread = max(_SCALE * median(abs(one - middle) for one in logs), _LEAST_SPREAD)
    usual = math.exp(middle)
    most = max(math.exp(middle + _DEVIATIONS * spread), _LEAST)
    return Expectation(most, f"learned from {len(logs)} runs, {duration(usual)} as a rule")


class Reminder:
    """Tell of each step, and of the run, once.

    :param expectations: by the step's name; None: of the run as a whole.
    :param told: names of what was told already, "" for the run.
    """

    def __init__(
        self,
        run_key: str,
        attempt: int,
        expectations: Mapping[Optional[str], Expectation],
        told: Iterable[str] = (),
    ) -> None:
        self.run_key = run_key
        self.attempt = attempt
        self.expectations = dict(expectations)
        self.told: List[Optional[str]] = [name or None for name in told]

    @property
    def left(self) -> Dict[Optional[str], Expectation]:
        """Return the expectations of which nothing was told."""
        return {name: one for name, one in self.expectations.items() if name not in self.told}

    def check(self, step: Optional[str], seconds: float) -> Optional[Overdue]:
        """Return what is to be told now, None when nothing is.

        :param seconds: that it has taken so far.
        """
        expectation = self.expectations.get(step)
        if expectation is None or step in self.told or seconds <= expectation.seconds:
            return None
        self.told.append(step)
        return Overdue(self.run_key, step, self.attempt, seconds, expectation)
