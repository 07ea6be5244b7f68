"""Share out what an attempt cost over the steps that it ran."""

from __future__ import annotations

from typing import Dict, Mapping

_PARTS = 1000  # of a DPU-second: what is shared out is whole parts, so that the sum stays


def shares(total: float, seconds: Mapping[int, float]) -> Dict[int, float]:
    """Return what each step cost, by the time that it took; the shares sum up to the total.

    What rounding leaves goes to the step that took longest.

    :param total: DPU-seconds, in whole thousandths at most.
    :param seconds: that steps took, by their numbers; at least one.
    """
    parts = round(total * _PARTS)
    taken = {no: max(0.0, one) for no, one in seconds.items()}
    whole = sum(taken.values())
    if whole <= 0:
        taken, whole = dict.fromkeys(seconds, 1.0), float(len(seconds))
    found = {no: int(parts * one / whole) for no, one in taken.items()}
    longest = max(taken, key=lambda no: taken[no])
    found[longest] += parts - sum(found.values())
    return {no: one / _PARTS for no, one in found.items()}
