"""What a file of a job set may say.

The models are strict: a number where text is meant is an error, never a conversion, and a field
that is not here is an error, too. ``schema.json`` says the same to editors; the text beneath a
field becomes its description there.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from airflow_oracle_dag.job_sets.fields import (
    WHEN,
    Bind,
    BindValue,
    Callback,
    Duration,
    GlueTime,
    JobName,
    Moment,
    Names,
    ParamValue,
    Schedule,
    ScriptPath,
    SetId,
    Text,
    Zone,
    has_interval,
    refuse,
)

if TYPE_CHECKING:
    from pydantic import ValidationInfo

Count = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
Minutes = Annotated[float, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class SetCallbacks(_Model):
    """Functions that Airflow calls when a run of the DAG ends."""

    on_success: Callback | None = None
    """Called when the run succeeded."""
    on_failure: Callback | None = None
    """Called when the run failed."""


class JobCallbacks(_Model):
    """Functions that Airflow calls for a single job."""

    on_success: Callback | None = None
    """Called when the job succeeded."""
    on_failure: Callback | None = None
    """Called when the job failed for good."""
    on_retry: Callback | None = None
    """Called when the job failed and will be tried again."""
    on_overdue: Callback | None = None
    """Called while the job, or a step of its script, takes longer than expected."""


class Settings(_Model):
    """What a job has, and what ``defaults`` gives to each job that says nothing itself."""

    oracle_conn_id: Text | None = None
    """Airflow connection that the scripts run on; oracle_default unless given."""
    control_conn_id: Text | None = None
    """Airflow connection of the control table; oracle_conn_id unless given."""
    environment: Text | None = None
    """Environment of the rows in the control table."""
    checkpoint_schema: Text | None = Field(default=None, alias="schema")
    """Owner of the checkpoint tables."""
    timezone: Zone | None = None
    """Time zone of the DATE binds; the set's unless given."""
    orphan: Literal["auto", "wait", "cancel", "fail"] | None = None
    """What to do while an earlier attempt is alive."""
    orphan_timeout: Duration | None = None
    """How long to wait for it."""
    step_timeout: Duration | None = None
    """How long one statement of a step may take."""
    run_on: Literal["worker", "database", "glue"] | None = None
    """Where steps run that say nothing themselves; a row's RunOn goes before it."""
    start_timeout: Duration | None = None
    """How long a job of the database may be queued."""
    glue_job_name: Text | None = None
    """Job of AWS Glue that runs steps with run_on=glue."""
    glue_secret_id: Text | None = None
    """Name or ARN of the secret that tells that job how to connect."""
    aws_conn_id: Text | None = None
    """Airflow connection to AWS; aws_default unless given."""
    region_name: Text | None = None
    """Where the Glue job is; the connection's region unless given."""
    glue_timeout: GlueTime | None = None
    """How long a run of it may take, in whole minutes; two days unless given."""
    glue_bucket: Text | None = None
    """Bucket for scripts that are too long for an argument of a run."""
    glue_prefix: Text | None = None
    """What their names there begin with."""
    glue_run_args: dict[Text, Any] | None = None
    """What else StartJobRun takes, such as MaxCapacity."""
    expected_minutes: Minutes | None = None
    """How long the script takes as a rule; a row's ExpectedMinutes unless given."""
    on_doubt: Literal["fail", "ask"] | None = None
    """What to do when a step is in doubt: fail, or ask a person in Airflow."""
    ask_timeout: Duration | None = None
    """How long to wait for the answer."""
    skip_between_steps: bool | None = None
    """Whether a skip flag that is set during the run takes effect at the next step."""
    owner: Text | None = None
    """Who is responsible."""
    pool: Text | None = None
    """Pool of Airflow."""
    pool_slots: Count | None = None
    """Slots of the pool that a job takes."""
    priority_weight: int | None = None
    """Higher begins earlier when slots are short."""
    queue: Text | None = None
    """Queue of the workers."""
    retries: Natural | None = None
    """How often a failed job is tried again."""
    retry_delay: Duration | None = None
    """How long to wait before that."""
    retry_policy: Literal["oracle", "none"] | None = None
    """oracle: an error that cannot pass is not tried again, judged by its ORA- code."""
    execution_timeout: Duration | None = None
    """How long one try may take."""
    depends_on_past: bool | None = None
    """Whether the same job of the run before must have succeeded."""
    callbacks: JobCallbacks | None = None


class Job(Settings):
    """A script, a row of the control table, a category of such rows, or a run condition alone."""

    script: ScriptPath | None = None
    """A .sql file; the path begins at the folder that holds the folder of job sets."""
    job_name: Text | None = None
    """Row of the control table that decides whether the job runs, and names its script."""
    category: Text | None = None
    """JobCategory in the control table: all its rows, as a task group."""
    run_condition: Text | None = None
    """On which days the job runs, such as MONDAY, WEDNESDAY; else it is skipped."""
    calendar: Text | None = None
    """Holidays for run_condition, such as DE-BY."""
    due: Literal["end", "start", "logical_date"] | None = None
    """Which moment of the run decides about the day; end unless given."""
    after: Names = Field(default_factory=list)
    """Jobs that come before this one."""
    when: Literal[tuple(WHEN)] = "success"  # type: ignore[valid-type]  # one list for all uses
    """What must have become of the jobs in after."""
    parameters: dict[Bind, BindValue] = Field(default_factory=dict)
    """Values for the binds of the script, which must use all of them; templates are rendered."""
    run_key: Text | None = None
    """What owns the checkpoints instead of the run; a template."""
    max_concurrency: Count | None = None
    """How many jobs of the category run at once."""
    max_waves: Count | None = None
    """How many jobs of the category may depend on each other in a row."""
    max_batches: Count | None = None
    """How many batches a wave of the category may have."""
    may_be_empty: bool | None = None
    """Whether the category may have no rows."""
    doc: Text | None = None
    """Shown with the task; Markdown."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Job:
        given = self.model_fields_set
        kind = self._kind()
        if not kind:
            what = "name a script, a job_name, a category or a run_condition"
            raise refuse("it says nothing to run", what, "script")
        for field in _NOT_OF[kind]:
            if field in given:
                written = type(self).model_fields[field].alias or field
                raise refuse(f"{written} does not belong to {kind}", "remove it", written)
        if kind == "a script" and self.run_condition is None:
            for field in ("calendar", "due"):
                if field in given:
                    raise refuse(f"{field} needs a run_condition", "add one, or remove it", field)
        if "when" in given and not self.after:
            raise refuse("it says when, but not after what", "add after, or remove when", "when")
        return self

    def _kind(self) -> str:
        if self.category is not None:
            return "a category"
        if self.job_name is not None:
            return "a row of the control table"
        if self.script is not None:
            return "a script"
        return "a condition alone" if self.run_condition is not None else ""


_OF_SCRIPT = (
    *("parameters", "run_key", "checkpoint_schema", "step_timeout", "orphan"),
    *("run_on", "start_timeout", "expected_minutes", "on_doubt", "ask_timeout"),
    *("orphan_timeout", "oracle_conn_id", "aws_conn_id", "region_name"),
    *("glue_job_name", "glue_secret_id", "glue_timeout"),
    *("glue_bucket", "glue_prefix", "glue_run_args"),
)
_OF_CATEGORY = ("max_concurrency", "max_waves", "max_batches", "may_be_empty")
_OF_ROW = ("run_condition", "calendar")
_NOT_OF = {
    "a category": ("script", "job_name", *_OF_ROW, "parameters", "run_key", "doc"),
    "a row of the control table": (*_OF_ROW, *_OF_CATEGORY),
    "a script": ("skip_between_steps", *_OF_CATEGORY),
    "a condition alone": ("skip_between_steps", *_OF_CATEGORY, *_OF_SCRIPT),
}


class Timing(_Model):
    """When a set runs; of a file with mistakes elsewhere, this much may still be known."""

    model_config = ConfigDict(defer_build=True)  # alone it is only needed for such a file

    enabled: bool = True
    """false: no DAG is built."""
    schedule: Schedule = "none"
    """A cron expression, a preset, or none."""
    interval: bool = False
    """Whether a run is for the interval that ends when it begins; binds such as
    :data_interval_start need it."""
    timezone: Zone = "UTC"
    """Time zone of the schedule, of start and end, and of the DATE binds."""
    start: Moment | None = None
    """First moment to schedule; a date begins at midnight in the time zone."""
    end: Moment | None = None
    """Last moment to schedule; a date lasts to its end."""
    catchup: bool = False
    """Whether runs since start that were missed are made up for."""

    @field_validator("interval")
    @classmethod
    def _has_one(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's
        schedule = info.data.get("schedule")
        if value and schedule is not None and not has_interval(schedule):
            raise refuse(
                f"the schedule {schedule} has no intervals",
                "write a cron expression or a preset such as '@daily', or interval: false",
            )
        return value

    @field_validator("end")
    @classmethod
    def _is_later(cls, value: Any, info: ValidationInfo) -> Any:
        start = info.data.get("start")
        if value is not None and start is not None and _comparable(value) < _comparable(start):
            raise refuse(f"it is before start, {start}", "exchange them or correct one")
        return value


class JobSet(Timing):
    """A DAG: when it runs, what its jobs have in common, and its jobs."""

    model_config = ConfigDict(defer_build=False)

    id: SetId | None = None
    """Id of the DAG; the file's name without its ending unless given."""
    description: Text | None = None
    """One line for the list of DAGs."""
    doc: Text | None = None
    """Shown with the DAG; Markdown."""
    tags: list[Text] = Field(default_factory=list)
    """Labels for the list of DAGs."""
    owner: Text | None = None
    """Who is responsible."""
    max_active_runs: Count | None = None
    """How many runs may go on at once."""
    max_active_tasks: Count | None = None
    """How many jobs may go on at once, over all runs."""
    timeout: Duration | None = None
    """How long a run may take."""
    params: dict[Text, ParamValue] = Field(default_factory=dict)
    """What a person is asked for at a manual run, with defaults; used as {{ params.name }}."""
    callbacks: SetCallbacks | None = None
    defaults: Settings | None = None
    """What each job has unless it says otherwise."""
    jobs: Annotated[dict[JobName, Job], Field(min_length=1)]
    """The jobs by their names."""


def _comparable(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment.replace(tzinfo=None)
