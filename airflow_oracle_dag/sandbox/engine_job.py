"""One job of DBMS_SCHEDULER: what it runs, when, and how it is left.

PL/SQL Packages and Types Reference, DBMS_SCHEDULER: CREATE_JOB and SET_ATTRIBUTE.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, str]  # owner and name
_QUOTE = "'"
_RETRIES = 6  # of a restartable job that fails, each ten times later than the one before
# What a block may know of its job (CREATE_JOB Procedure, Event Message and Job Metadata).
_BLOCKS = {
    "PLSQL_BLOCK": "DECLARE job_name VARCHAR2(128) := {name}; job_owner VARCHAR2(128) := {owner};"
    " job_subname VARCHAR2(128); job_start TIMESTAMP WITH TIME ZONE := SYSTIMESTAMP;"
    " job_scheduled_start TIMESTAMP WITH TIME ZONE := SYSTIMESTAMP; BEGIN {action}\nEND;",
    "STORED_PROCEDURE": "BEGIN {action}; END;",
}


@dataclass
class Job:
    """One job, as the views show it.

    :param state: DISABLED, SCHEDULED, RETRY SCHEDULED, RUNNING, SUCCEEDED, FAILED or STOPPED.
    :param retries: how often it was begun again since it was enabled.
    :param formats: NLS settings of the session that created it.
    :param attributes: those that SET_ATTRIBUTE sets, by name in upper case.
    """

    owner: str
    name: str
    kind: str
    action: str
    creator: str
    start: str | None = None
    enabled: bool = False
    auto_drop: bool = True
    state: str = "DISABLED"
    comments: str | None = None
    runs: int = 0
    failures: int = 0
    enabled_at: str | None = None
    last_start: str | None = None
    session: int | None = None
    slave: int | None = None
    pid: str | None = None
    retries: int = 0
    retry_at: str | None = None
    formats: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Return owner and name."""
        return self.owner, self.name

    @property
    def label(self) -> str:
        """Name it as messages do."""
        return f'"{self.owner}"."{self.name}"'

    @property
    def waits(self) -> bool:
        """Tell whether it is to begin at some time."""
        return self.enabled and self.state in ("SCHEDULED", "RETRY SCHEDULED")

    @property
    def due(self) -> dt.datetime:
        """Return when it is to begin."""
        return dt.datetime.fromisoformat(self.retry_at or self.start or self.enabled_at or moment())

    def survives(self) -> bool:
        """Tell whether the end of the database while it ran lets it begin again.

        That RESTART_ON_RECOVERY is TRUE unless it was set is unverified.
        """
        attributes = self.attributes
        return bool(attributes.get("RESTARTABLE") or attributes.get("RESTART_ON_RECOVERY", True))

    def retry(self) -> bool:
        """Prepare to begin again after a failure; False: it may not, or not any more."""
        attributes = self.attributes
        restarts = attributes.get("RESTARTABLE") or attributes.get("RESTART_ON_FAILURE")
        if not restarts or self.retries >= _RETRIES:
            return False
        later = dt.timedelta(seconds=10**self.retries)
        self.retry_at = (dt.datetime.now(dt.UTC) + later).isoformat()
        self.retries += 1
        self.state = "RETRY SCHEDULED"
        return True

    @property
    def block(self) -> str:
        """Return the block that runs it."""
        name, owner = (f"'{text.replace(_QUOTE, _QUOTE * 2)}'" for text in (self.name, self.owner))
        return _BLOCKS[self.kind].format(action=self.action, name=name, owner=owner)


def moment() -> str:
    """Return now as the tables keep it."""
    return dt.datetime.now(dt.UTC).isoformat()
