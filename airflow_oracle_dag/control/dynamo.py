"""The control table in DynamoDB.

Every read is a strongly consistent one, of the tables themselves or of a local secondary index: a
global one answers with what was true a moment ago, so it is never asked. What belongs together is
written in one transaction, under the condition that nobody has changed what it rests on; whoever
was too slow reads again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from airflow_oracle_dag.control import dynamo_changes
from airflow_oracle_dag.control.dynamo_actions import move_flag, put_run, still_there
from airflow_oracle_dag.control.dynamo_client import ACTIONS_AT_ONCE, TRIES, DynamoClient, pause
from airflow_oracle_dag.control.dynamo_items import DynamoNames, Item, run_of
from airflow_oracle_dag.control.dynamo_reader import DynamoReader
from airflow_oracle_dag.control.rules import given_once, named, only, unknown_job
from airflow_oracle_dag.control.table import (
    Audit,
    ControlNames,
    ControlTableError,
    StoreUnavailable,
)
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State

#: What `skip` leaves as it is.
_LEFT_ALONE = (State.RUNNING, State.IN_DOUBT, State.SUCCEEDED)
#: Actions of a job that is skipped: its run and its row.
_SKIPPED_AT_ONCE = ACTIONS_AT_ONCE // 2


class DynamoControlTable:
    """Keep jobs and their runs in DynamoDB.

    Times are those of this machine's clock, in UTC: the store has none of its own.

    :param resource: a DynamoDB service resource of boto3, whoever made it.
    :param names: what a team's own tables and attributes are called.
    :raises UnknownNames: when a name cannot be one.
    """

    def __init__(
        self,
        resource: Any,
        names: ControlNames = ControlNames(),  # noqa: B008 - frozen
    ) -> None:
        self._names = DynamoNames.of(names)
        self._client = DynamoClient(resource)
        self._reader = DynamoReader(self._client, self._names)

    def __enter__(self) -> Self:
        """Return the table."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back what was opened: nothing, the resource is its maker's."""

    def close(self) -> None:
        """Give back what was opened: nothing, the resource is its maker's."""

    # -- reading ------------------------------------------------------------------------------

    def job(self, environment: str, name: str) -> Job:
        """Read one row."""
        found = self._reader.jobs_by_name(environment, [name])
        jobs = [self._names.job_of(environment, item) for item in found.values()]
        return only(jobs, environment, name, self._names.job)

    def jobs(self, environment: str, category: str | None = None) -> list[Job]:
        """Read all rows of an environment, or of one category, in the order of their names."""
        if category is None:
            items = self._reader.all_jobs(environment)
        elif "JobCategory" not in self._names.attributes:
            raise ControlTableError(
                f"category {category} cannot be read: control_names gives {self._names.job} no "
                "attribute for JobCategory\n  To mend it: name it, or ask for all jobs."
            )
        else:
            items = self._reader.jobs_of_category(environment, category)
        found = named(items, lambda item: self._names.job_of(environment, item), self._names.job)
        return [job for job in found if category is None or job.category == category]

    def job_runs(
        self, environment: str, interval_key: str, names: Sequence[str] | None = None
    ) -> dict[str, JobRun]:
        """Read what became of jobs for an interval, by name; jobs without a run are missing."""
        wanted = [job.name for job in self.jobs(environment)] if names is None else names
        runs = (run_of(item) for item in self._reader.runs(environment, interval_key, wanted))
        return {run.job_name: run for run in runs}

    def history(self, environment: str, name: str, limit: int = 30) -> list[JobRun]:
        """Read the newest runs of a job, latest interval first."""
        runs = [run_of(item) for item in self._reader.runs_of_job(environment, name)]
        newest = sorted(runs, key=lambda run: (run.due_at, run.interval_key), reverse=True)
        return newest[:limit]

    def calendar_days(self, name: str) -> Mapping[Any, str] | None:
        """Return the holidays of an own calendar; None when it, or the table, is not there."""
        return self._reader.calendar(name) or None

    # -- runs ---------------------------------------------------------------------------------

    def begin(self, run: JobRun) -> JobRun:
        """Write down that a job begins for an interval; return it with its attempt."""
        for again in range(TRIES):
            pause(again)
            job, before = self._reader.jobs_and_runs([run])[0]
            if job is None:
                raise unknown_job(run.job_name, run.environment, self._names.job)
            begun = replace(
                run,
                state=State.RUNNING,
                attempt=int(before["Attempt"]) + 1 if before else 1,
                started_at=_now(),
                ended_at=None,
            )
            actions = [
                put_run(self._names, begun, before),
                *self._flag(job, begun, begun.started_at),
            ]
            if len(actions) == 1:
                actions.append(still_there(self._names, job))
            if self._client.write(actions):
                return begun
        raise _too_busy(f"job {run.job_name}")

    def finish(self, run: JobRun, state: State, reason: str = "") -> bool:
        """Write down how the attempt ended; False when it no longer is the newest one."""
        for again in range(TRIES):
            pause(again)
            job, before = self._reader.jobs_and_runs([run])[0]
            if before is None or int(before["Attempt"]) != run.attempt:
                return False
            ended = replace(
                run_of(before),
                state=state,
                reason=reason or run_of(before).reason,
                ended_at=_now(),
            )
            actions = [put_run(self._names, ended, before), *self._flag(job, ended)]
            if self._client.write(actions):
                return True
        raise _too_busy(f"job {run.job_name}")

    def skip(self, runs: Sequence[JobRun]) -> None:
        """Write down jobs that do not run for an interval, each with its reason.

        A job's run and flag are written at once or not at all, up to 50 jobs in one transaction.
        """
        some: dict[tuple[str, str], JobRun] = {}
        for run in runs:
            key = (run.environment, run.job_name)
            if key in some or len(some) == _SKIPPED_AT_ONCE:  # no row twice in one transaction
                self._skip(list(some.values()))
                some = {}
            some[key] = run
        self._skip(list(some.values()))

    def _skip(self, runs: Sequence[JobRun]) -> None:
        if not runs:
            return
        for again in range(TRIES):
            pause(again)
            actions: list[Item] = []
            for run, (job, before) in zip(runs, self._reader.jobs_and_runs(runs), strict=True):
                if before and State(before["State"]) in _LEFT_ALONE:
                    continue
                attempt = int(before["Attempt"]) if before else 0
                if before and before["State"] != State.SKIPPED.value:
                    attempt += 1  # whoever held the run until now can end it no more
                skipped = replace(
                    run, state=State.SKIPPED, attempt=attempt, started_at=None, ended_at=_now()
                )
                actions += [put_run(self._names, skipped, before)]
                actions += self._flag(job, skipped)
            if not actions or self._client.write(actions):
                return
        raise _too_busy(f"{len(runs)} jobs")

    # -- changes by hand ----------------------------------------------------------------------

    def change(
        self, environment: str, name: str, changes: Mapping[str, str | None], audit: Audit
    ) -> Job:
        """Change fields of a row and keep who did it and why; return the row as it was."""
        for again in range(TRIES):
            pause(again)
            found = list(self._reader.jobs_by_name(environment, [name]).values())
            jobs = [self._names.job_of(environment, item) for item in found]
            before = only(jobs, environment, name, self._names.job)
            actions = dynamo_changes.change(self._names, found[0], before, changes, audit)
            if not actions or self._client.write(actions):
                return before
        raise _too_busy(f"job {name}")

    def put(self, jobs: Sequence[Job], audit: Audit) -> dict[str, str]:
        """Add rows, or replace what people write in them; return "added" or "changed" by name.

        Each row is written with its audit at once or not at all.
        """
        given_once(jobs)
        done: dict[str, str] = {}
        for environment in sorted({job.environment for job in jobs}):
            mine = [job for job in jobs if job.environment == environment]
            done |= self._put(environment, mine, audit)
        return done

    def _put(self, environment: str, jobs: Sequence[Job], audit: Audit) -> dict[str, str]:
        names = self._names
        items = self._reader.all_jobs(environment)
        there = {names.job_of(environment, item).name: item for item in items}
        done: dict[str, str] = {}
        together: list[tuple[Job, str, list[Item]]] = []
        for job in jobs:
            word, actions = dynamo_changes.put(names, there.get(job.name), job, audit)
            if sum(len(some) for *_, some in together) + len(actions) > ACTIONS_AT_ONCE:
                done |= self._write_jobs(together, audit)
                together = []
            if actions:
                together.append((job, word, actions))
        return done | self._write_jobs(together, audit)

    def _write_jobs(
        self, together: Sequence[tuple[Job, str, list[Item]]], audit: Audit
    ) -> dict[str, str]:
        """Write some rows in one transaction, or each by itself where others are writing too."""
        if self._client.write([action for *_, actions in together for action in actions]):
            return {job.name: word for job, word, _ in together}
        return {job.name: word for job, *_ in together if (word := self._write_job(job, audit))}

    def _write_job(self, job: Job, audit: Audit) -> str:
        for again in range(1, TRIES):
            pause(again)
            found = self._reader.jobs_by_name(job.environment, [job.name])
            word, actions = dynamo_changes.put(self._names, found.get(job.name), job, audit)
            if not actions:
                return ""
            if self._client.write(actions):
                return word
        raise _too_busy(f"job {job.name}")

    def _flag(self, job: Item | None, run: JobRun, began: datetime | None = None) -> list[Item]:
        return [] if job is None else move_flag(self._reader, self._names, job, run, began)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _too_busy(what: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"control table in DynamoDB, {what}: others changed it {TRIES} times while it was written"
    )
