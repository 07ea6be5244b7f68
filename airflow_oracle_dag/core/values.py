"""The values that a script's binds can have.

A script sees two kinds: what the caller passes as parameters, all of which it must use, and what
every run offers (the data interval and the run's id), of which it uses what it likes. A value that
a run cannot offer, such as the interval of a manual run, is `Absent` with its reason, so that a
script that needs it is refused with that reason before its first step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone, tzinfo
from typing import Any, Dict, Mapping, Optional, Tuple, Union

#: The bind that every run offers under which it is known to the scheduler.
RUN_ID = "run_id"


@dataclass(frozen=True)
class Absent:
    """Say why a value is not there."""

    reason: str


@dataclass(frozen=True)
class Timestamp:
    """Mark a value that is bound as TIMESTAMP instead of DATE.

    :param value: naive, in UTC.
    """

    value: datetime


class Secret(str):
    """A text that is bound as it is, and neither told, kept nor fingerprinted.

    :raises ValueError: for a text so short that masking it would mask anything.
    """

    __slots__ = ()
    SHORTEST = 4

    def __init__(self, text: str) -> None:
        super().__init__()
        if len(text) < self.SHORTEST:
            raise ValueError(f"a secret has at least {self.SHORTEST} characters")

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Secret('***')"


@dataclass(frozen=True)
class ScriptValues:
    """What a script's binds are looked up in.

    :param parameters: the caller's; each must be used by the script. Keys in lower case, or quoted.
    :param offered: what the run offers; unused ones are fine. A parameter of the same name wins.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    offered: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Fold names to lower case, as Oracle folds binds; one in quotes keeps its case."""
        object.__setattr__(self, "parameters", _folded(self.parameters))
        object.__setattr__(self, "offered", _folded(self.offered))

    def lookup(self, name: str) -> Any:
        """Return the value of a bind.

        :raises KeyError: when there is none of that name.
        """
        if name in self.parameters:
            return self.parameters[name]
        return self.offered[name]

    @property
    def secrets(self) -> Tuple[str, ...]:
        """Return the texts that must not be shown."""
        values = (*self.parameters.values(), *self.offered.values())
        return tuple(str(value) for value in values if isinstance(value, Secret))

    def names(self) -> Dict[str, None]:
        """Return all names in order, without repetition."""
        return dict.fromkeys([*self.parameters, *self.offered])


def _folded(values: Mapping[str, Any]) -> Dict[str, Any]:
    return {folded(name): value for name, value in values.items()}


def folded(name: str) -> str:
    """Give the name of a bind as `find_binds` does."""
    return name if name.startswith('"') else name.lower()


def interval_values(
    *,
    logical_date: Optional[datetime],
    data_interval_start: Optional[datetime],
    data_interval_end: Optional[datetime],
    run_id: str,
    zone: tzinfo = timezone.utc,
) -> Dict[str, Any]:
    """Return the binds that every run offers.

    ``:logical_date``, ``:data_interval_start`` and ``:data_interval_end`` are DATEs in `zone`;
    their ``_utc`` twins are TIMESTAMPs in UTC. An interval whose ends are equal selects nothing:
    its ends count as absent, because a script that loads ``>= start and < end`` would succeed
    without loading anything.

    :param zone: the time zone that the script's DATE columns are in.
    """
    values: Dict[str, Any] = {RUN_ID: run_id}
    values.update(
        _moment("logical_date", logical_date, zone, "the run was started without a logical date")
    )
    equal = data_interval_start is not None and data_interval_start == data_interval_end
    reason = (
        "the run's data interval is empty (its start equals its end): use a schedule with "
        "intervals, such as CronDataIntervalTimetable, or pass the dates as parameters"
        if equal
        else "the run has no data interval (a manual or an asset-triggered run): pass the dates as "
        "parameters"
    )
    start = None if equal else data_interval_start
    end = None if equal else data_interval_end
    values.update(_moment("data_interval_start", start, zone, reason))
    values.update(_moment("data_interval_end", end, zone, reason))
    return values


def _moment(
    name: str, moment: Optional[datetime], zone: tzinfo, reason: str
) -> Dict[str, Union[datetime, Timestamp, Absent]]:
    if moment is None:
        return {name: Absent(reason), f"{name}_utc": Absent(reason)}
    local = moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
    in_utc = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return {name: local, f"{name}_utc": Timestamp(in_utc)}
