"""How a control table is laid out in DynamoDB, and its items as jobs and job runs.

==========================  ===========================  ==========================================
table                       key                          what
==========================  ===========================  ==========================================
``odag_job``                Environment + JobName        a job by the names of its fields, StatusDue
``<job table>_run``         JobKey + IntervalKey         a job's run; JobKey is Environment#JobName
``<job table>_audit``       JobKey + ChangedAt           who changed a field, when and why
``<job table>_calendar``    Calendar + Day               days of own calendars; need not be there
==========================  ===========================  ==========================================

StatusDue is the due moment of the run that StatusFlag shows: a run that is due earlier leaves both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_oracle_dag.control.rules import shortened
from airflow_oracle_dag.control.table import ControlNames, ControlTableError, UnknownNames
from airflow_oracle_dag.core.jobs import FIELDS, Job, JobRun
from airflow_oracle_dag.core.states import State

Item = dict[str, Any]
STATUS_DUE = "StatusDue"
#: An item holds 400 KB (Developer Guide, Quotas); a reason is cut as in Oracle, for it only tells.
_REASON_BYTES = 4000
#: Naming Rules of the DynamoDB Developer Guide.
_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


@dataclass(frozen=True)
class DynamoNames:
    """Tables, and attributes by field without the fields that the table has not."""

    job: str
    run: str
    audit: str
    calendar: str
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, names: ControlNames) -> DynamoNames:
        """Fill in what a team does not name.

        :raises UnknownNames: when a name cannot be one of a table or an attribute.
        """
        job = names.job_table or "odag_job"
        run = names.run_table or f"{job}_run"
        audit = names.audit_table or f"{job}_audit"
        for table in (job, run, audit):
            if not _TABLE_NAME.fullmatch(table):
                raise UnknownNames(
                    f"control_names: {table!r} cannot be a table of DynamoDB: use 3 to 255 "
                    "letters, digits, _, - or ."
                )
        named = {**{field: field for field in FIELDS}, **names.columns}
        attributes = {field: name for field, name in named.items() if name is not None}
        if "" in attributes.values() or len(set(attributes.values())) < len(attributes):
            raise UnknownNames("control_names: attributes have different names, none of them empty")
        return cls(job, run, audit, f"{job}_calendar", attributes)

    def job_key(self, environment: str, name: str) -> Item:
        """Return the key of a job's item."""
        key = {self.attributes["JobName"]: name}
        if "Environment" in self.attributes:
            key[self.attributes["Environment"]] = environment
        return key

    def key_of(self, item: Mapping[str, Any]) -> Item:
        """Return the key of an item that was read."""
        fields = ("Environment", "JobName")
        found = [self.attributes[field] for field in fields if field in self.attributes]
        return {attribute: item[attribute] for attribute in found}

    def job_of(self, environment: str, item: Mapping[str, Any]) -> Job:
        """Read a job.

        :raises FieldError: for an item without a name.
        """
        fields = {field: _plain(item.get(name)) for field, name in self.attributes.items()}
        fields["Environment"] = environment
        fields["LastRunTimestamp"] = moment(fields.get("LastRunTimestamp"))
        return Job.from_fields(fields)


def _plain(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else value


def run_key(environment: str, name: str, interval_key: str) -> Item:
    """Return the key of a run's item."""
    return {"JobKey": partition(environment, name), "IntervalKey": interval_key}


def partition(environment: str, name: str) -> str:
    """Return the partition that holds the runs of a job.

    :raises ControlTableError: for an environment that would make it ambiguous.
    """
    if "#" in environment:
        raise ControlTableError(
            f"environment {environment!r} cannot be used with DynamoDB: it has a # in it\n"
            "  To mend it: name the environment without one."
        )
    return f"{environment}#{name}"


def item_of(run: JobRun) -> Item:
    """Return a run as it is kept."""
    return {
        **run_key(run.environment, run.job_name, run.interval_key),
        "Environment": run.environment,
        "JobName": run.job_name,
        "DueAt": text_of(run.due_at),
        "State": run.state.value,
        "Attempt": run.attempt,
        "DecidedBy": run.decided_by,
        "RunKey": run.run_key,
        "Reason": shortened(run.reason, _REASON_BYTES),
        "StartedAt": None if run.started_at is None else text_of(run.started_at),
        "EndedAt": None if run.ended_at is None else text_of(run.ended_at),
    }


def run_of(item: Mapping[str, Any]) -> JobRun:
    """Read a run."""
    due_at = moment(item["DueAt"])
    if due_at is None:
        raise ControlTableError(
            f"the run {item['JobKey']}, {item['IntervalKey']} has no due moment"
        )
    return JobRun(
        environment=item["Environment"],
        job_name=item["JobName"],
        interval_key=item["IntervalKey"],
        due_at=due_at,
        state=State(item["State"]),
        attempt=int(item["Attempt"]),
        decided_by=item.get("DecidedBy") or "",
        run_key=item.get("RunKey") or "",
        reason=item.get("Reason") or "",
        started_at=moment(item.get("StartedAt")),
        ended_at=moment(item.get("EndedAt")),
    )


def text_of(when: datetime) -> str:
    """Write a naive UTC moment so that texts sort as moments do."""
    return when.isoformat(timespec="microseconds") + "Z"


def moment(value: Any) -> datetime | None:
    """Read a moment as naive UTC; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


class Expression:
    """Collect the names and values of one request, so that none of them is part of its text."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        """Return what stands for an attribute."""
        for placeholder, known in self._names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self._names)}"
        self._names[placeholder] = attribute
        return placeholder

    def value(self, value: Any) -> str:
        """Return what stands for a value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def equals(self, attribute: str, value: Any) -> str:
        """Write a comparison with what was read: equal, or still absent."""
        if value is None:
            absent = f"attribute_not_exists({self.name(attribute)})"
            return f"({absent} OR {self.name(attribute)} = {self.value(None)})"
        return f"{self.name(attribute)} = {self.value(value)}"

    def request(self, **parts: Any) -> Item:
        """Return the request with what its texts refer to."""
        made = {part: value for part, value in parts.items() if value}
        if self._names:
            made["ExpressionAttributeNames"] = dict(self._names)
        if self._values:
            made["ExpressionAttributeValues"] = dict(self._values)
        return made
