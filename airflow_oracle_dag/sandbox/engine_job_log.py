"""What the scheduler keeps in the database: its jobs, and the log of their runs.

A run may end while the disk is full or PostgreSQL begins anew. What cannot be written then waits
and is written before anything else.
"""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_errors import oracle_error
from airflow_oracle_dag.sandbox.engine_job import Job, moment
from airflow_oracle_dag.sandbox.engine_link import LinkLost, Prepare, Run, ServerError
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine import EngineDatabase
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.engine_standing import StandingLink

log = logging.getLogger(__name__)

_STATEMENTS = {
    b"job_put": "INSERT INTO oracle.scheduler_jobs VALUES ($1, $2, $3::jsonb)"
    " ON CONFLICT (owner, name) DO UPDATE SET document = EXCLUDED.document",
    b"job_drop": "DELETE FROM oracle.scheduler_jobs WHERE owner = $1 AND name = $2",
    # One that may have been written before its connection was lost is not written twice.
    b"job_log": "INSERT INTO oracle.scheduler_runs (owner, name, document)"
    " SELECT $1, $2, $3::jsonb WHERE NOT EXISTS (SELECT FROM oracle.scheduler_runs"
    " WHERE owner = $1 AND name = $2 AND document = $3::jsonb)",
}
_PLACE = re.compile(r"\$\d")
_READ = "SELECT owner, name, document::text FROM oracle.scheduler_jobs ORDER BY owner, name"


class JobLog:
    """Write for the scheduler, whose lock guards it."""

    def __init__(self, database: EngineDatabase, link: StandingLink) -> None:
        self._database = database
        self._link = link
        self._late: deque[Run] = deque()
        link.send(
            [
                Prepare(name, text.encode(), (TEXT,) * len(set(_PLACE.findall(text))))
                for name, text in _STATEMENTS.items()
            ]
        )

    @property
    def behind(self) -> bool:
        """Tell whether something waits to be written."""
        return bool(self._late)

    def jobs(self) -> Iterator[Job]:
        """Iterate over the jobs that were kept."""
        result = self._link.send_text(_READ)
        for row in range(result.ntuples):
            yield Job(**json.loads((result.get_value(row, 2) or b"{}").decode()))

    def require(self) -> None:
        """Refuse what a client asks for if it could not be kept.

        :raises OracleError: ORA-01653 when the disk is full, ORA-01034 without PostgreSQL.
        """
        self._database.require_room("INSERT")
        try:
            self._catch_up()
        except ServerError as error:
            raise oracle_error(error) from error

    def put(self, job: Job) -> None:
        """Keep a job as it is now."""
        self._write(Run(b"job_put", _bytes(*job.place, json.dumps(asdict(job)))))

    def drop(self, job: Job) -> None:
        """Keep a job no longer."""
        self._write(Run(b"job_drop", _bytes(*job.place)))

    def add(
        self,
        job: Job,
        started: str,
        status: str,
        code: int,
        output: str,
        information: str = "",
        *,
        session: EngineSession | None = None,
        errors: str = "",
    ) -> None:
        """Log a run."""
        document = {
            "status": status,
            "error": code,
            "requested": job.start or job.enabled_at or started,
            "started": started,
            "ended": moment(),
            "session": f"{session.sid},{session.serial}" if session else None,
            "pid": str(session.pid) if session else None,
            "information": information or (errors if status == "FAILED" else None),
            "errors": _cut(errors) or None,
            "output": _cut(output) or None,
        }
        self._write(Run(b"job_log", _bytes(*job.place, json.dumps(document))))

    def _write(self, command: Run) -> None:
        self._late.append(command)
        self.catch_up()

    def catch_up(self) -> None:
        """Write what waits, as far as that goes."""
        try:
            self._catch_up()
        except (ServerError, LinkLost, OracleError) as error:
            log.warning("%d entries of the scheduler wait to be kept: %s", len(self._late), error)

    def _catch_up(self) -> None:
        while self._late:
            self._link.send([self._late[0]])
            self._late.popleft()


def _cut(text: str) -> str:
    return text.encode()[:4000].decode(errors="ignore")


def _bytes(*values: str) -> tuple[bytes, ...]:
    return tuple(value.encode() for value in values)
