"""Which items of DynamoDB are read for a question; each read is consistent and complete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from airflow_oracle_dag.control.dynamo_client import DynamoClient, NoSuchTable
from airflow_oracle_dag.control.dynamo_items import (
    DynamoNames,
    Expression,
    Item,
    partition,
    run_key,
)
from airflow_oracle_dag.core.jobs import JobRun


class DynamoReader:
    """Read the items of a control table."""

    def __init__(self, client: DynamoClient, names: DynamoNames) -> None:
        self._client = client
        self._names = names
        self._described: Item | None = None

    def all_jobs(self, environment: str) -> list[Item]:
        """Read all jobs of an environment."""
        key = self._names.attributes.get("Environment")
        if key is None:  # one set of jobs for every environment
            return self._client.items("scan", TableName=self._names.job)
        wanted = Expression()
        condition = f"{wanted.name(key)} = {wanted.value(environment)}"
        return self._client.items(
            "query", **wanted.request(TableName=self._names.job, KeyConditionExpression=condition)
        )

    def jobs_of_category(self, environment: str, category: str) -> list[Item]:
        """Read the jobs of a category, and perhaps others."""
        index = self._category_index()
        if index is None:
            return self.all_jobs(environment)
        wanted = Expression()
        attributes = self._names.attributes
        condition = (
            f"{wanted.name(attributes['Environment'])} = {wanted.value(environment)} AND "
            f"begins_with({wanted.name(attributes['JobCategory'])}, {wanted.value(category)})"
        )
        return self._client.items(
            "query",
            **wanted.request(
                TableName=self._names.job,
                IndexName=index,
                KeyConditionExpression=condition,
                Select="ALL_ATTRIBUTES",
            ),
        )

    def _category_index(self) -> str | None:
        """Find a local index by category; a global one cannot be read consistently."""
        if "Environment" not in self._names.attributes:
            return None
        if self._described is None:
            self._described = self._client.describe(self._names.job)
        wanted = [self._names.attributes[field] for field in ("Environment", "JobCategory")]
        for index in self._described.get("LocalSecondaryIndexes", ()):
            if [part["AttributeName"] for part in index["KeySchema"]] == wanted:
                return str(index["IndexName"])
        return None

    def runs_of_job(self, environment: str, name: str) -> list[Item]:
        """Read all runs of a job."""
        wanted = Expression()
        condition = f"{wanted.name('JobKey')} = {wanted.value(partition(environment, name))}"
        return self._client.items(
            "query", **wanted.request(TableName=self._names.run, KeyConditionExpression=condition)
        )

    def jobs_by_name(self, environment: str, names: Sequence[str]) -> dict[str, Item]:
        """Read jobs by their names; one whose key has blanks around it is looked for, too."""
        keys = [self._names.job_key(environment, name) for name in names]
        items = self._client.get({self._names.job: keys})[self._names.job]
        return self._with_padded(environment, names, items)

    def _with_padded(
        self, environment: str, names: Sequence[str], items: Sequence[Item]
    ) -> dict[str, Item]:
        found = {self._names.job_of(environment, item).name: item for item in items}
        if set(names) - set(found):
            for item in self.all_jobs(environment):
                name = str(item[self._names.attributes["JobName"]]).strip()
                if name in names:
                    found.setdefault(name, item)
        return found

    def jobs_and_runs(self, runs: Sequence[JobRun]) -> list[tuple[Item | None, Item | None]]:
        """Read the row and the run of each, None for what is not there."""
        names = self._names
        listed: dict[str, list[Item]] = {names.job: [], names.run: []}
        for run in runs:
            job_key = names.job_key(run.environment, run.job_name)
            if job_key not in listed[names.job]:
                listed[names.job].append(job_key)
            listed[names.run].append(run_key(run.environment, run.job_name, run.interval_key))
        found = self._client.get(listed)
        jobs: dict[tuple[str, str], Item] = {}
        for environment in {run.environment for run in runs}:
            mine = [run.job_name for run in runs if run.environment == environment]
            key = names.attributes.get("Environment")
            items = [item for item in found[names.job] if not key or item[key] == environment]
            padded = self._with_padded(environment, mine, items)
            jobs |= {(environment, name): item for name, item in padded.items()}
        kept = {(item["JobKey"], item["IntervalKey"]): item for item in found[names.run]}
        return [
            (
                jobs.get((run.environment, run.job_name)),
                kept.get((partition(run.environment, run.job_name), run.interval_key)),
            )
            for run in runs
        ]

    def runs(self, environment: str, interval_key: str, names: Sequence[str]) -> list[Item]:
        """Read the runs of some jobs for an interval."""
        keys = [run_key(environment, name, interval_key) for name in sorted(set(names))]
        return self._client.get({self._names.run: keys})[self._names.run] if keys else []

    def calendar(self, name: str) -> dict[date, str]:
        """Read the days of an own calendar; a table that is not there has none."""
        wanted = Expression()
        condition = f"{wanted.name('Calendar')} = {wanted.value(name)}"
        request = wanted.request(TableName=self._names.calendar, KeyConditionExpression=condition)
        try:
            items = self._client.items("query", **request)
        except NoSuchTable:
            return {}
        return {date.fromisoformat(item["Day"]): str(item.get("Label") or "") for item in items}
