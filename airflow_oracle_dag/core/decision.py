"""Decide whether a job runs for a due moment, from its row alone, and say why.

Order: SkipFlag, what cannot be read, StartDate and EndDate, RunCondition. Nothing of it looks at a
clock: the moment is given, so that a backfill decides as the day itself would have.

Time zones, calendars and cron need data and libraries; `Surroundings` brings them. It remembers
what it was told and what it found, so that ten thousand rows with twenty conditions cost twenty
evaluations; make a new one for every run, so that a calendar changed since is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple, TypeVar, Union

from airflow_oracle_dag.core.conditions import (
    NO_CALENDAR,
    Calendar,
    CronDays,
    RunCondition,
    parse_condition,
)
from airflow_oracle_dag.core.conditions.words import WEEK
from airflow_oracle_dag.core.errors import ConditionError, FieldError
from airflow_oracle_dag.core.jobs import Decision, Job

_DAY_NAMES = tuple(name.capitalize() for name in WEEK)
_MOST_REMEMBERED = 100_000
_LONGEST_SHOWN = 200

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class _Verdict(NamedTuple):
    """What a condition says about a day, for every job that has it.

    :param sentence: the day, the zone and the condition.
    :param wrong: what cannot be read, else None.
    """

    matches: bool
    sentence: str
    wrong: Optional[FieldError] = None


class _Reading(NamedTuple):
    """A condition as it was read, with what is asked of it for every day."""

    condition: RunCondition
    shown: str
    calendar_word: str


@dataclass(frozen=True)
class _Memory:
    days: Dict[Tuple[datetime, str], Union[date, FieldError]] = field(default_factory=dict)
    zones: Dict[str, Union[tzinfo, FieldError]] = field(default_factory=dict)
    calendars: Dict[str, Union[Calendar, FieldError]] = field(default_factory=dict)
    readings: Dict[str, Union[_Reading, FieldError]] = field(default_factory=dict)
    verdicts: Dict[Tuple[date, str, str, str], _Verdict] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What a decision needs beside the row and the moment. Not shared between threads.

    :param zones: finds a time zone by its name, or raises `FieldError`.
    :param calendars: finds a calendar by its name, or raises `FieldError`.
    :param default_zone: for rows without Timezone.
    :param cron: knows the days of ``CRON(...)``; None makes them errors.
    """

    zones: Callable[[str], tzinfo]
    calendars: Callable[[str], Calendar]
    default_zone: str = "UTC"
    cron: Optional[CronDays] = None
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    def zone(self, name: str) -> tzinfo:
        """Return a time zone; "" is the default one.

        :raises FieldError: when there is none of that name.
        """
        name = name or self.default_zone
        return _remembered(self._memory.zones, name, self.zones)

    def calendar(self, name: str) -> Calendar:
        """Return a calendar; "" is the one without holidays.

        :raises FieldError: when there is none of that name.
        """
        if not name:
            return NO_CALENDAR
        return _remembered(self._memory.calendars, name, self.calendars)

    def condition(self, text: str) -> RunCondition:
        """Return the meaning of a RunCondition.

        :raises FieldError: when it has none.
        """
        return self._reading(text).condition

    def local_day(self, due: datetime, zone_name: str) -> date:
        """Return the day that a moment belongs to in a zone; "" is the default one.

        :param due: aware.
        :raises FieldError: when there is no such zone.
        :raises ValueError: when the moment has no zone, or its day no date there.
        """
        if due.tzinfo is None:
            raise ValueError(f"the due moment {due} has no time zone, so no day either")
        # In UTC: two moments of one zone in the hour that a clock shows twice are equal keys.
        moment = due.astimezone(timezone.utc)
        return _remembered(
            self._memory.days, (moment, zone_name), lambda _: _day_in(moment, self.zone(zone_name))
        )

    def verdict(self, job: Job, day: date) -> _Verdict:
        """Return what the job's condition says about a day, in its zone and by its calendar."""
        key = (day, job.timezone, job.calendar, job.run_condition)
        verdicts = self._memory.verdicts
        found = verdicts.get(key)
        if found is None:
            if len(verdicts) >= _MOST_REMEMBERED:
                verdicts.clear()
            found = verdicts[key] = self._judged(job, day)
        return found

    def _judged(self, job: Job, day: date) -> _Verdict:
        try:
            calendar, (condition, shown, calendar_word) = self._understood(job)
            matches = condition.matches(day, calendar)
            known = _known_to(calendar, day) if calendar_word else ""
        except FieldError as error:
            return _Verdict(matches=False, sentence="", wrong=error)
        zone_name = job.timezone or self.default_zone
        name = _DAY_NAMES[day.weekday()]
        sentence = f"{day} is a {name} in {zone_name}{known}; condition {shown}"
        return _Verdict(matches, sentence)

    def _understood(self, job: Job) -> Tuple[Calendar, _Reading]:
        self.zone(job.timezone)
        calendar = self.calendar(job.calendar)
        reading = self._reading(job.run_condition)
        if reading.calendar_word and not job.calendar:
            raise _no_calendar(reading.calendar_word)
        return calendar, reading

    def _reading(self, text: str) -> _Reading:
        return _remembered(self._memory.readings, text, self._read)

    def _read(self, text: str) -> _Reading:
        try:
            condition = parse_condition(text, self.cron)
        except ConditionError as error:
            what = f"{error.message}, at position {error.position + 1}"
            raise FieldError(
                what, job="", field="RunCondition", value=text, cure=error.cure
            ) from None
        words = condition.calendar_words
        return _Reading(condition, _shown(str(condition)), words[0] if words else "")


def decide(job: Job, due: datetime, surroundings: Surroundings) -> Decision:
    """Decide whether a job runs; a row that cannot be read gives a decision with an error.

    :param due: the moment whose day decides, aware; the job's zone says which day that is.
    :raises ValueError: when ``due`` is not aware. Errors of the store that keeps calendars pass
        through: what cannot be asked is not decided.
    """
    try:
        day = surroundings.local_day(due, job.timezone)
    except FieldError as error:
        return _unreadable(job, error)
    return decide_on(job, day, surroundings)


def decide_on(job: Job, day: date, surroundings: Surroundings) -> Decision:
    """Decide as `decide` does, for a day in the job's own zone."""
    try:
        skipped, first, last = _read_fields(job)
        verdict = surroundings.verdict(job, day)
    except FieldError as error:
        return _unreadable(job, error)
    if verdict.wrong is not None:
        return _unreadable(job, verdict.wrong)
    reason, runs = verdict.sentence, verdict.matches
    if skipped:
        reason, runs = f"SkipFlag is {job.skip_flag}; {reason}", False
    elif first is not None and day < first:
        reason, runs = f"StartDate {first} is still to come; {reason}", False
    elif last is not None and day > last:
        reason, runs = f"EndDate {last} is over; {reason}", False
    return Decision(job.name, job.run_condition, job.skip_flag, runs, reason)


def check_row(job: Job, surroundings: Surroundings) -> None:
    """Refuse a row that no day could be decided by; which years its calendar knows is not asked.

    :raises FieldError: for the first value that cannot be read.
    """
    try:
        _read_fields(job)
        surroundings._understood(job)  # noqa: SLF001 - the other half of this module
    except FieldError as error:
        raise _named(job, error) from None


def explain_days(
    job: Job, first: date, last: date, surroundings: Surroundings
) -> List[Tuple[date, Decision]]:
    """Decide for each day from the first to the last, both with it, in the job's own zone."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(day, decide_on(job, day, surroundings)) for day in days]


def _read_fields(job: Job) -> Tuple[bool, Optional[date], Optional[date]]:
    """Read everything of a row that can be wrong by itself, needed today or not.

    :raises FieldError: for the first value that cannot be read.
    """
    skipped, first, last = job.is_skipped, job.first_day, job.last_day
    if first is not None and last is not None and last < first:
        raise FieldError(
            f"before StartDate {first}",
            job=job.name,
            field="EndDate",
            value=job.end_date,
            cure="set SkipFlag to YES, or RunCondition to NEVER, for a job that is not to run",
        )
    _ = job.runs_after_skipped_upstream, job.priority_number, job.parameter_values
    return skipped, first, last


def _named(job: Job, error: FieldError) -> FieldError:
    """Return an error, found for all jobs with that value, as that of one job."""
    return FieldError(
        error.message, job=job.name, field=error.field, value=error.value, cure=error.cure
    )


def _unreadable(job: Job, error: FieldError) -> Decision:
    """Return an error, or a skip when SkipFlag says so: that is how a broken row is parked."""
    decision = Decision(job.name, job.run_condition, job.skip_flag, should_run=False, reason="")
    if error.field != "SkipFlag" and job.is_skipped:
        said = f"SkipFlag is {job.skip_flag}; besides, {error.field}: {error.message}"
        return replace(decision, reason=said)
    return replace(decision, error=str(_named(job, error)))


def _day_in(moment: datetime, zone: tzinfo) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        raise ValueError(f"the due moment {moment} has no date in that time zone") from None


def _no_calendar(word: str) -> FieldError:
    return FieldError(
        f"{word} in RunCondition needs a calendar",
        job="",
        field="Calendar",
        value="",
        cure="set Calendar, such as DE, DE-BY, NYSE or one of your own; WEEKDAYS needs none",
    )


def _known_to(calendar: Calendar, day: date) -> str:
    holiday = calendar.holiday(day)
    if holiday is not None:
        return f", a holiday of {calendar.name} ({_shown(holiday)})"
    kind = "a business day" if calendar.is_business_day(day) else "a day off"
    return f", {kind} of {calendar.name}"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def _remembered(
    memory: Dict[_Key, Union[_Found, FieldError]], key: _Key, find: Callable[[_Key], _Found]
) -> _Found:
    """Return what was found for a key before, or find it; an error is found as well."""
    found = memory.get(key)
    if found is None:
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        try:
            found = find(key)
        except FieldError as error:
            found = error
        memory[key] = found
    if isinstance(found, FieldError):
        raise found.with_traceback(None)  # else it grows with every job
    return found
