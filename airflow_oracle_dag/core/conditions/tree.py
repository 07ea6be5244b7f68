"""Conditions as values: what they mean, and how they are written.

`str` prints a condition in its one spelling, with the parentheses that it needs and no others, so
that reading what was printed gives an equal condition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Optional, Tuple

from airflow_oracle_dag.core.conditions.calendar import Calendar, CronDays
from airflow_oracle_dag.core.conditions.words import WORDS, Kind, names_between


class RunCondition:
    """A condition: on which days a job runs."""

    #: How tightly it is written: what is looser than its surroundings stands in parentheses.
    tightness: ClassVar[int] = 3

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether the day is meant; weekends and holidays are the calendar's."""
        raise NotImplementedError

    @property
    def calendar_words(self) -> Tuple[str, ...]:
        """Return the names in it that only a calendar can answer."""
        return ()

    def written(self, inside: int) -> str:
        """Print it as a part of a looser or tighter condition."""
        return f"({self})" if self.tightness <= inside else str(self)


@dataclass(frozen=True)
class Constant(RunCondition):
    """ALL_DAYS or NEVER."""

    value: bool

    def matches(self, day: date, calendar: Calendar) -> bool:  # noqa: ARG002 - the same every day
        """Return the value."""
        return self.value

    def __str__(self) -> str:
        return "ALL_DAYS" if self.value else "NEVER"


ALL_DAYS = Constant(value=True)
NEVER = Constant(value=False)


@dataclass(frozen=True)
class Term:
    """A name, or a range of names of one ring.

    :param first: in its one spelling.
    :param last: "" when it is no range.
    """

    first: str
    last: str = ""

    @property
    def kind(self) -> Kind:
        """Return the kind of its days."""
        return WORDS[self.first].kind

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether the day is meant."""
        if not self.last:
            return WORDS[self.first].test(day, calendar)
        names = names_between(self.first, self.last)
        return any(WORDS[name].test(day, calendar) for name in names)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" if self.last else self.first


@dataclass(frozen=True)
class Listed(RunCondition):
    """Terms of one kind: a day that any of them means.

    :raises ValueError: when they are of several kinds, or none.
    """

    terms: Tuple[Term, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        if len({term.kind for term in self.terms}) != 1:
            raise ValueError("a list has terms, and all of one kind")

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether any term means the day."""
        return any(term.matches(day, calendar) for term in self.terms)

    @property
    def calendar_words(self) -> Tuple[str, ...]:
        """Return the names that ask for a calendar; ranges have none."""
        return tuple(term.first for term in self.terms if WORDS[term.first].asks_calendar)

    def __str__(self) -> str:
        return ", ".join(map(str, self.terms))


@dataclass(frozen=True)
class Cron(RunCondition):
    """The day fields of a cron expression, as cron means them.

    :param expression: day of month, month, day of week; in capitals, single blanks between.
    """

    expression: str
    days: Optional[CronDays] = field(default=None, compare=False, repr=False)

    def matches(self, day: date, calendar: Calendar) -> bool:  # noqa: ARG002 - cron has no holidays
        """Ask the matcher that was handed in."""
        if self.days is None:
            raise ValueError(f"nothing was handed in that knows {self}")
        return self.days.matches(self.expression, day)

    def __str__(self) -> str:
        return f"CRON({self.expression})"


@dataclass(frozen=True)
class Not(RunCondition):
    """The days that another condition does not mean."""

    operand: RunCondition
    tightness: ClassVar[int] = 2

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether the operand does not match."""
        return not self.operand.matches(day, calendar)

    @property
    def calendar_words(self) -> Tuple[str, ...]:
        """Return those of its operand."""
        return self.operand.calendar_words

    def __str__(self) -> str:
        return f"not {self.operand.written(inside=1)}"


@dataclass(frozen=True)
class _Joined(RunCondition):
    """Two conditions or more, joined by a word."""

    operands: Tuple[RunCondition, ...]
    word: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        if len(self.operands) < 2:
            raise ValueError(f"{self.word!r} joins two conditions or more")

    @property
    def calendar_words(self) -> Tuple[str, ...]:
        """Return those of its operands."""
        return tuple(word for operand in self.operands for word in operand.calendar_words)

    def __str__(self) -> str:
        parts = (operand.written(inside=self.tightness) for operand in self.operands)
        return f" {self.word} ".join(parts)


@dataclass(frozen=True)
class AllOf(_Joined):
    """The days that every operand means."""

    tightness: ClassVar[int] = 1
    word: ClassVar[str] = "and"

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether all operands match."""
        return all(operand.matches(day, calendar) for operand in self.operands)


@dataclass(frozen=True)
class AnyOf(_Joined):
    """The days that at least one operand means."""

    tightness: ClassVar[int] = 0
    word: ClassVar[str] = "or"

    def matches(self, day: date, calendar: Calendar) -> bool:
        """Tell whether any operand matches."""
        return any(operand.matches(day, calendar) for operand in self.operands)
