"""The statements of `control.sql` for the tables and columns of a team."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence

from airflow_oracle_dag.sql.identifiers import UnknownSchemaName, quoted, quoted_table

#: Columns of ODAG_JOB by field.
COLUMNS: Dict[str, str] = {
    "Environment": "ENVIRONMENT",
    "JobName": "JOB_NAME",
    "JobCategory": "JOB_CATEGORY",
    "RunCondition": "RUN_CONDITION",
    "SkipFlag": "SKIP_FLAG",
    "StatusFlag": "STATUS_FLAG",
    "LastRunTimestamp": "LAST_RUN_TIMESTAMP",
    "Script": "SCRIPT",
    "DependsOn": "DEPENDS_ON",
    "OnUpstreamSkip": "ON_UPSTREAM_SKIP",
    "Priority": "PRIORITY",
    "RunOn": "RUN_ON",
    "ExpectedMinutes": "EXPECTED_MINUTES",
    "Timezone": "TIMEZONE",
    "Calendar": "CALENDAR",
    "StartDate": "START_DATE",
    "EndDate": "END_DATE",
    "Owner": "OWNER",
    "Parameters": "PARAMETERS",
}
#: What only runs write.
_BY_RUNS = ("StatusFlag", "LastRunTimestamp")
_OPTIONAL = re.compile(r"\[\[(\w+) ((?:(?!\[\[|\]\]).)*)\]\]", re.DOTALL)
_PLACE = re.compile(r"\{(\w+)\}")


class ControlTables(NamedTuple):
    """Where a control table is: qualified and quoted tables, quoted columns by field.

    :param columns: without the fields for which the table has none.
    """

    job: str
    run: str
    audit: str
    calendar: str
    columns: Dict[str, str]

    @property
    def shown(self) -> str:
        """Return the table of jobs as messages name it."""
        return self.job.replace('"', "")


def control_tables(
    schema: str,
    job: Optional[str] = None,
    run: Optional[str] = None,
    audit: Optional[str] = None,
    columns: Optional[Mapping[str, Optional[str]]] = None,
) -> ControlTables:
    """Validate and quote what a control table is called.

    :param schema: owner of tables that name none.
    :param columns: by field, None for a field that has no column; others have their default.
    :raises UnknownSchemaName: when a name is not a plain identifier, or two fields share a column.
    """
    named = {**COLUMNS, **(columns or {})}
    kept = {field: quoted(column) for field, column in named.items() if column is not None}
    for column in kept.values():
        same = [other for other, name in kept.items() if name == column]
        if len(same) > 1:
            raise UnknownSchemaName(f"{' and '.join(same)} have the same column {column}")
    return ControlTables(
        job=quoted_table(job, "ODAG_JOB", schema),
        run=quoted_table(run, "ODAG_JOB_RUN", schema),
        audit=quoted_table(audit, "ODAG_JOB_AUDIT", schema),
        calendar=quoted_table(None, "ODAG_CALENDAR_DAY", schema),
        columns=kept,
    )


def bind_name(field: str) -> str:
    """Return the bind that carries the new value of a field."""
    return f"new_{COLUMNS[field].lower()}"


def written_fields(tables: ControlTables) -> List[str]:
    """List the fields of a table that people write."""
    return [field for field in tables.columns if field not in _BY_RUNS]


def fill(
    template: str, tables: ControlTables, changed: Optional[Sequence[str]] = None, names: int = 1
) -> str:
    """Return a statement for the tables of a team.

    :param changed: fields that `change_job` changes, None for all.
    :param names: number of jobs that `read_job_runs` asks for.
    """
    written = written_fields(tables)
    assigned = [field for field in written if field not in ("JobName", "Environment")]
    assigned = assigned if changed is None else list(changed)
    parts = {
        **tables.columns,
        "job_table": tables.job,
        "run_table": tables.run,
        "audit_table": tables.audit,
        "calendar_table": tables.calendar,
        "job_columns": ", ".join(f"j.{column}" for column in tables.columns.values()),
        "changes": ", ".join(f"j.{tables.columns[f]} = :{bind_name(f)}" for f in assigned),
        "written_columns": ", ".join(tables.columns[field] for field in written),
        "written_binds": ", ".join(f":{bind_name(field)}" for field in written),
        "some_names": ", ".join(f":name_{number}" for number in range(names)),
    }
    return _PLACE.sub(lambda place: parts[place.group(1)], _kept(template, tables.columns))


def _kept(template: str, columns: Mapping[str, str]) -> str:
    """Decide what is optional, from the inside to the outside."""
    text, found = template, 1
    while found:
        text, found = _OPTIONAL.subn(lambda part: part[2] if part[1] in columns else "", text)
    return text
