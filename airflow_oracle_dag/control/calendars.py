"""Time zones, holidays and cron for decisions: what `airflow_oracle_dag.core.decision` is handed.

A calendar is looked for in three places, and the first that has its name is taken: the control
table's own calendars, a file NAME.csv in the calendar folder, the `holidays` package. So a team's
own DE wins over the public one.

A year of which an own calendar has no day is unknown, not free of holidays: nobody has entered it
yet. A decision that needs it is an error, never a guess.
"""

from __future__ import annotations

import csv
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import holidays
from holidays.registry import COUNTRIES, FINANCIAL

from airflow_oracle_dag.control.cron import CroniterDays
from airflow_oracle_dag.control.table import ControlTable
from airflow_oracle_dag.core.conditions import Calendar
from airflow_oracle_dag.core.conditions.words import WEEK, find_word, names_between
from airflow_oracle_dag.core.decision import Surroundings
from airflow_oracle_dag.core.errors import FieldError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", re.ASCII)
#: Zones that mean something else on every machine, or nothing.
_NO_ZONES = {"localtime", "posixrules", "Factory"}
_CENTURY = range(2001, 2101)


def surroundings(
    default_zone: str = "UTC",
    table: ControlTable | None = None,
    calendar_folder: Path | None = None,
) -> Surroundings:
    """Return what decisions need; make a new one for every run.

    :param default_zone: for rows without Timezone.
    :param table: may keep own calendars; it is asked only when a row names a calendar.
    :param calendar_folder: may have NAME.csv, each line a day and what it is called.
    :raises FieldError: when the default zone does not exist.
    """
    found = Surroundings(
        zones=find_zone,
        calendars=lambda name: find_calendar(name, table, calendar_folder),
        default_zone=default_zone,
        cron=CroniterDays(),
    )
    found.zone(default_zone)
    return found


def find_zone(name: str) -> tzinfo:
    """Return a time zone of the IANA database.

    :raises FieldError: when there is none of that name.
    """
    known = _zone_names()
    if name in known:
        return zoneinfo.ZoneInfo(name)
    cure = f"write {_nearest(name, known)}" if _nearest(name, known) else _ZONE_CURE
    raise FieldError("not a known time zone", job="", field="Timezone", value=name, cure=cure)


_ZONE_CURE = "write a name of the IANA time zone database, such as Europe/Berlin or UTC"


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)


def find_calendar(
    name: str, table: ControlTable | None = None, folder: Path | None = None
) -> Calendar:
    """Return a calendar: the table's, else the folder's, else the public one of that name.

    :raises FieldError: when there is none of that name, or it cannot be read.
    """
    if not _NAME.fullmatch(name):
        _refuse(name, "not a name of a calendar", "write letters, digits and _ . - only")
    days = table.calendar_days(name) if table is not None else None
    if days is not None:
        return own_calendar(name, days.items())
    file = folder / f"{name}.csv" if folder is not None else None
    if file is not None and file.is_file():
        return own_calendar(name, _lines(name, file))
    return public_calendar(name)


def own_calendar(name: str, rows: Iterable[tuple[Any, str]]) -> OwnCalendar:
    """Make a calendar of days and labels.

    :param rows: a day as date or YYYY-MM-DD with its label; or ``weekend`` with the days of its
        weekend, such as ``FRI-SAT``, where these are not Saturday and Sunday.
    :raises FieldError: when a row is neither.
    """
    labels: dict[date, str] = {}
    weekend = frozenset({5, 6})
    for day, label in rows:
        if isinstance(day, str) and day.strip().lower() == "weekend":
            weekend = _weekend(name, label or "")
        else:
            labels[_day(name, day)] = (label or "").strip() or name
    return OwnCalendar(name, labels, weekend)


@dataclass(frozen=True)
class OwnCalendar:
    """A team's own calendar.

    :param days: every holiday and what it is called.
    :param weekend: 0 for Monday to 6 for Sunday.
    """

    name: str
    days: Mapping[date, str]
    weekend: frozenset[int] = frozenset({5, 6})

    @property
    def years(self) -> Sequence[int]:
        """Return the years that it has days of."""
        return tuple(sorted({day.year for day in self.days}))

    def is_weekend(self, day: date) -> bool:
        """Tell whether the day is one of its weekend."""
        return day.weekday() in self.weekend

    def holiday(self, day: date) -> str | None:
        """Return what the holiday is called.

        :raises FieldError: when it has no day of that year.
        """
        label = self.days.get(day)
        if label is None and day.year not in self.years:
            last = f"its last day is {max(self.days)}" if self.days else "it has no days at all"
            _refuse(
                self.name,
                f"it says nothing about {day.year}; {last}",
                f"enter the holidays of {day.year}",
            )
        return label

    def is_business_day(self, day: date) -> bool:
        """Tell whether the day is neither of the weekend nor a holiday."""
        return self.holiday(day) is None and not self.is_weekend(day)


def public_calendar(name: str) -> PublicCalendar:
    """Return a calendar of the `holidays` package.

    :param name: of a country (DE), of a part of one (DE-BY), or of a stock exchange (NYSE).
    :raises FieldError: when it has none of that name.
    """
    entity, dash, part = name.partition("-")
    known = _public_names()
    if entity not in known:
        near = _code_of(entity, known)
        others = "such as DE, DE-BY or NYSE, or enter the days of an own calendar of this name"
        written = f"{near}{dash}{part.upper()}"
        cure = f"write {written}, or enter the days" if near else f"write a name {others}"
        _refuse(name, "no calendar of this name", cure)
    kind = getattr(holidays, entity)
    parts = tuple(kind.subdivisions)
    if dash and part not in parts:
        near = _nearest(part, parts) or ", ".join(parts) or "nothing: it has no parts"
        _refuse(name, f"{entity} has no part {part}", f"write after {entity}-: {near}")
    found = kind(subdiv=part or None, language="en_US")
    return PublicCalendar(name, found)


@dataclass(frozen=True)
class PublicCalendar:
    """Public holidays of a country or a stock exchange, by the `holidays` package."""

    name: str
    days: holidays.HolidayBase

    @property
    def years(self) -> Sequence[int]:
        """Return the years of this century that the package knows."""
        return range(
            max(_CENTURY.start, self.days.start_year), min(_CENTURY.stop, self.days.end_year + 1)
        )

    def is_weekend(self, day: date) -> bool:
        """Tell whether the day is one of the weekend there, at that time."""
        return self.days.is_weekend(day)

    def holiday(self, day: date) -> str | None:
        """Return what the holiday is called.

        :raises FieldError: for a year that the package does not know.
        """
        if not self.days.start_year <= day.year <= self.days.end_year:
            known = f"{self.days.start_year} to {self.days.end_year}"
            _refuse(self.name, f"it says nothing about {day.year}", f"decide days of {known}")
        return self.days.get(day)

    def is_business_day(self, day: date) -> bool:
        """Tell whether people work, weekends with extra work included."""
        return self.holiday(day) is None and self.days.is_working_day(day)


@lru_cache(maxsize=1)
def _public_names() -> frozenset[str]:
    entities = [*COUNTRIES.values(), *FINANCIAL.values()]
    return frozenset(code for names in entities for code in names[1:] if code.isupper())


def _code_of(entity: str, known: Iterable[str]) -> str:
    """Return the code that was surely meant: in small letters, or the country's English name.

    Codes are so short that each is near to others: a guess would name another country's holidays.
    """
    if entity.upper() in known:
        return entity.upper()
    by_name = {names[0].upper(): names[1] for names in COUNTRIES.values()}
    found = get_close_matches(entity[:80].upper().replace(" ", ""), by_name, n=1, cutoff=0.85)
    return by_name[found[0]] if found else ""


def _lines(name: str, file: Path) -> list[tuple[Any, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        _refuse(name, f"{file.name} cannot be read: {error}", "save it as CSV in UTF-8")
    if rows and rows[0][0].strip().lower() == "day":
        del rows[0]
    return [(row[0], ",".join(row[1:])) for row in rows if not row[0].startswith("#")]


def _day(name: str, value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone here
    except ValueError:
        what = f"it has a day {text[:40]!r}, which is not a date"
        _refuse(name, what, "write it as YYYY-MM-DD")


def _weekend(name: str, text: str) -> frozenset[int]:
    numbers: set[int] = set()
    try:
        for part in text.upper().replace(",", " ").split():
            first, _, last = part.partition("-")
            ends = find_word(first).name, find_word(last or first).name
            numbers.update(WEEK.index(day) for day in names_between(*ends))
    except (KeyError, ValueError):
        _refuse(name, f"its weekend is {text[:40]!r}", "write it as FRI-SAT or SUN")
    return frozenset(numbers)


def _refuse(name: str, what: str, cure: str) -> NoReturn:
    raise FieldError(what, job="", field="Calendar", value=name, cure=cure)


def _nearest(name: str, known: Iterable[str]) -> str:
    by_capitals = {text.upper(): text for text in sorted(known)}
    found = get_close_matches(name[:80].upper(), by_capitals, n=1, cutoff=0.6)
    return by_capitals[found[0]] if found else ""
