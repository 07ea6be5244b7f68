"""A job as its row in the control table has it, the decision about it, and its run per interval.

Rows are written by people, into tables that this package may not even own. So a `Job` keeps every
text as it stands, only without the blanks around it, and says what is wrong with a value when the
value is asked for: a row that cannot be read stops its own job and no other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any, Dict, Mapping, Optional, Tuple

from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.states import State

#: The fields of a job by their names in the field, and the attribute of `Job` that holds each.
FIELDS: Dict[str, str] = {
    "Environment": "environment",
    "JobName": "name",
    "JobCategory": "category",
    "RunCondition": "run_condition",
    "SkipFlag": "skip_flag",
    "StatusFlag": "status_flag",
    "LastRunTimestamp": "last_run_timestamp",
    "Script": "script",
    "DependsOn": "depends_on",
    "OnUpstreamSkip": "on_upstream_skip",
    "Priority": "priority",
    "RunOn": "run_on",
    "ExpectedMinutes": "expected_minutes",
    "Timezone": "timezone",
    "Calendar": "calendar",
    "StartDate": "start_date",
    "EndDate": "end_date",
    "Owner": "owner",
    "Parameters": "parameters",
}

#: What StatusFlag says for each state; PENDING leaves it alone.
STATUS_FLAGS: Dict[State, str] = {
    State.RUNNING: "running",
    State.SUCCEEDED: "success",
    State.FAILED: "failure",
    State.IN_DOUBT: "failure",
    State.SKIPPED: "skipped",
}

#: A day; a column of type DATE that was copied as text also brings its midnight.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_YES = ("YES", "Y", "TRUE", "1")
_NO = ("", "NO", "N", "FALSE", "0")


@dataclass(frozen=True)
class Job:
    """A row of the control table.

    :param name: JobName, never empty.
    :param run_condition: text of `airflow_oracle_dag.core.conditions`; "" is ALL_DAYS.
    :param depends_on: names of jobs, separated by commas.
    :param last_run_timestamp: UTC, naive.
    :param parameters: a JSON object as text.
    """

    name: str
    environment: str = "default"
    category: str = ""
    run_condition: str = ""
    skip_flag: str = ""
    status_flag: str = ""
    last_run_timestamp: Optional[datetime] = None
    script: str = ""
    depends_on: str = ""
    on_upstream_skip: str = ""
    priority: str = ""
    run_on: str = ""
    expected_minutes: str = ""
    timezone: str = ""
    calendar: str = ""
    start_date: str = ""
    end_date: str = ""
    owner: str = ""
    parameters: str = ""

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Job:
        """Read a row, whatever types its store gives the values.

        :param fields: values by the names of `FIELDS`; what is absent or NULL is empty.
        :raises FieldError: when there is no name.
        """
        values: Dict[str, Any] = {
            attribute: _text(fields.get(field)) for field, attribute in FIELDS.items()
        }
        values["last_run_timestamp"] = fields.get("LastRunTimestamp")
        name = values.pop("name")
        environment = values.pop("environment") or "default"
        if not name:
            raise FieldError("a row without a name", job="", field="JobName", value="")
        return cls(name=name, environment=environment, **values)

    def as_fields(self) -> Dict[str, Any]:
        """Return the row by the names of `FIELDS`."""
        return {field: getattr(self, attribute) for field, attribute in FIELDS.items()}

    @property
    def is_skipped(self) -> bool:
        """Read SkipFlag.

        :raises FieldError: for a word that is neither yes nor no.
        """
        word = self.skip_flag.upper()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise self._wrong("SkipFlag", "neither yes nor no", "write YES or NO")

    @property
    def upstream(self) -> Tuple[str, ...]:
        """Read DependsOn: names in their order, each once."""
        return tuple(dict.fromkeys(filter(None, map(str.strip, self.depends_on.split(",")))))

    @property
    def runs_after_skipped_upstream(self) -> bool:
        """Read OnUpstreamSkip: RUN (the default) or BLOCK.

        :raises FieldError: for another word.
        """
        word = self.on_upstream_skip.upper()
        if word in ("", "RUN"):
            return True
        if word == "BLOCK":
            return False
        raise self._wrong("OnUpstreamSkip", "not a known word", "write RUN or BLOCK")

    @property
    def priority_number(self) -> int:
        """Read Priority: higher begins earlier, 0 when empty.

        :raises FieldError: when it is no whole number.
        """
        try:
            return int(self.priority or 0)
        except ValueError:
            raise self._wrong("Priority", "not a whole number", "write one, such as 10") from None

    @property
    def first_day(self) -> Optional[date]:
        """Read StartDate: the first due date on which the job may run."""
        return self._day("StartDate", self.start_date)

    @property
    def last_day(self) -> Optional[date]:
        """Read EndDate: the last due date on which the job may run."""
        return self._day("EndDate", self.end_date)

    @property
    def parameter_values(self) -> Dict[str, Any]:
        """Read Parameters.

        :raises FieldError: when it is no JSON object.
        """
        if not self.parameters:
            return {}
        try:
            found = json.loads(self.parameters)
        except RecursionError:
            raise self._wrong("Parameters", "nested too deep", "write a JSON object") from None
        except ValueError as error:
            raise self._wrong("Parameters", f"not JSON: {error}", "write a JSON object") from None
        if not isinstance(found, dict):
            raise self._wrong("Parameters", "not a JSON object", 'write {"name": value, ...}')
        return found

    def _day(self, field: str, text: str) -> Optional[date]:
        if not text:
            return None
        if not _DAY.fullmatch(text):
            raise self._wrong(field, "not a date", "write it as YYYY-MM-DD")
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise self._wrong(field, "no such day", "write a day of the calendar") from None

    def _wrong(self, field: str, what: str, cure: str) -> FieldError:
        value = getattr(self, FIELDS[field])
        return FieldError(what, job=self.name, field=field, value=value, cure=cure)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    if isinstance(value, dict):  # DynamoDB keeps JSON, lists and sets as such
        return json.dumps(value, default=str)
    if isinstance(value, (list, set)):
        return ",".join(sorted(map(str, value)) if isinstance(value, set) else map(str, value))
    return str(value).strip()


@dataclass(frozen=True)
class Interval:
    """Which data a run is for, and when it is due. All moments are aware.

    :param start: of the data interval, None for a run without one.
    :param end: of the data interval.
    :param run_after: when the scheduler may begin the run.
    :param logical_date: None for a run without one.
    """

    start: Optional[datetime] = None
    end: Optional[datetime] = None
    run_after: Optional[datetime] = None
    logical_date: Optional[datetime] = None

    @property
    def key(self) -> str:
        """Return the same text for the same interval, whatever run it is part of.

        :raises ValueError: when the run has neither an interval nor a moment.
        """
        if self.start is not None and self.end is not None:
            return f"{_utc_text(self.start)}/{_utc_text(self.end)}"
        return _utc_text(self.due())

    def due(self, by: str = "end") -> datetime:
        """Return the moment whose day decides.

        :param by: ``end`` of the interval (else run_after), ``start``, or ``logical_date``.
        :raises ValueError: when the run has no such moment, or ``by`` is another word.
        """
        choices = {
            "end": (self.end, self.run_after),
            "start": (self.start,),
            "logical_date": (self.logical_date,),
        }
        if by not in choices:
            raise ValueError(f"due={by!r} is not known: write end, start or logical_date")
        for moment in choices[by]:
            if moment is not None:
                return moment
        raise ValueError(f"this run has no {by} to decide by: use due='end', or give it a date")


def _utc_text(moment: datetime) -> str:
    in_utc = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return in_utc.isoformat(timespec="microseconds" if in_utc.microsecond else "seconds") + "Z"


@dataclass(frozen=True)
class Decision:
    """Whether a job runs, and why.

    :param reason: one sentence that names the day, the zone and the condition.
    :param error: what is wrong with the row, "" when nothing is; such a job neither runs nor
        counts as skipped: it fails.
    """

    job_name: str
    run_condition: str
    skip_flag: str
    should_run: bool
    reason: str
    error: str = ""

    def as_fields(self) -> Dict[str, Any]:
        """Return the decision by the names of the field."""
        return {
            "JobName": self.job_name,
            "RunCondition": self.run_condition,
            "SkipFlag": self.skip_flag,
            "ShouldRunToday": self.should_run,
            "Reason": self.error or self.reason,
        }


@dataclass(frozen=True)
class JobRun:
    """What became of a job for one interval: the truth that StatusFlag only summarises.

    :param interval_key: `Interval.key`.
    :param due_at: `Interval.due` in UTC, naive; StatusFlag shows the run with the latest one.
    :param attempt: numbered by the store: begin counts it up, and only it may end the run.
    :param decided_by: which run of which DAG decided: dag id, run id, and how many tries the task
        may have, a number that grows when the task is cleared.
    :param reason: why it ran or did not, or how it failed.
    """

    environment: str
    job_name: str
    interval_key: str
    due_at: datetime
    state: State
    attempt: int = 0
    decided_by: str = ""
    run_key: str = ""
    reason: str = ""
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
