"""How the time of something grows with its size, by the CPU's clock."""

from __future__ import annotations

import time
from typing import Callable, Tuple

_LEAST, _MOST = 3, 12


def best_of(
    work: Callable[[int], object], small: int, large: int, ratio: float
) -> Tuple[float, float]:
    """Give the best times of two sizes, measured in turn: what disturbs one disturbs both.

    :param ratio: of the two; more rounds are made as long as it is not kept.
    :returns: seconds of CPU; what is too short to be measured counts as 4 ms.
    """
    best = {small: float("inf"), large: float("inf")}
    for number in range(_MOST):
        for size in (small, large):
            began = time.process_time()
            work(size)
            best[size] = min(best[size], time.process_time() - began)
        if number + 1 >= _LEAST and best[large] < ratio * max(best[small], 0.004):
            break
    return max(best[small], 0.004), best[large]


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Hold four times the size to less than nine times the time."""
    once, more = best_of(work, size, 4 * size, 9)
    assert more < 9 * once, f"{once:.4f} s, then {more:.4f} s for four times as much"
