"""The lines that a Glue run writes into CloudWatch, as far as a task's log takes them.

A run may write more in an hour than anybody wants to read in Airflow. So much is shown for each
look, and so much in all; what is left out is counted, and it is said where it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.runtime.errors import CarrierBusy, CarrierRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_oracle_dag.hooks.glue_runs import GlueRun, GlueRuns

#: Lines of one look, lines in all, and characters of a line that are shown.
MOST_AT_ONCE, MOST, WIDEST = 100, 2000, 500
#: Lines that one look reads of each log: what is beyond it is for the next one.
_READ = 1000
#: The logs of a run: what follows the name of its group (AWS Glue Developer Guide, Python shell).
_KINDS = ("output", "error")


@dataclass
class LogTail:
    """How far the log of one run was read and shown.

    :param since: milliseconds; earlier lines were shown to another triggerer's log, or to this
        task's before it went on.
    :param shown: how many were.
    """

    since: int = 0
    shown: int = 0
    left_out: int = 0
    _tokens: dict[str, str] = field(default_factory=dict)
    _newest: int = 0
    _told: bool = False

    def read(self, runs: GlueRuns, run: GlueRun) -> list[str]:
        """Return what is to be shown now; calls AWS, once for each of the run's logs.

        A log that cannot be read is no reason not to wait: it is said once.
        """
        lines: list[tuple[int, str]] = []
        try:
            for kind in _KINDS:
                group = f"{run.log_group}/{kind}"
                token = self._tokens.get(kind)
                found, then = runs.events(group, run.id, self.since, token, _READ)
                if then is not None:
                    self._tokens[kind] = then
                lines += found
        except CarrierBusy:
            pass  # the tokens say where to go on
        except CarrierRefused as error:
            if self._tokens:  # they last for a day (CloudWatch Logs API, GetLogEvents)
                self._tokens.clear()
                self.since = max(self.since, self._newest + 1)
            elif not self._told:
                self._told = True
                return [*self._chosen(lines, run), f"the run's log cannot be read: {error}"]
        return self._chosen(lines, run)

    def last_words(self, run: GlueRun) -> str:
        """Return what is to be said when nothing more comes, "" for nothing."""
        if not self.left_out:
            return ""
        return f"{self.left_out} lines of the run's log are not shown here: {_place(run)}"

    def as_fields(self) -> dict[str, int]:
        """Return how far it is, for whoever goes on with it."""
        after = self._newest + 1 if self._newest else self.since
        return {"since": after, "shown": self.shown}

    @classmethod
    def of(cls, fields: Mapping[str, Any] | None) -> LogTail:
        """Go on where another one was, see `as_fields`."""
        given = fields or {}
        return cls(since=given.get("since", 0), shown=given.get("shown", 0))

    def _chosen(self, lines: list[tuple[int, str]], run: GlueRun) -> list[str]:
        room = max(0, min(MOST_AT_ONCE, MOST - self.shown))
        lines.sort(key=lambda line: line[0])
        self._newest = max([self._newest, *(moment for moment, _ in lines)])
        chosen = [_shown(text) for _, text in lines[:room]]
        rest = len(lines) - len(chosen)
        if rest:
            if not self.left_out:
                chosen.append(f"the run writes more than is shown here; all of it: {_place(run)}")
            self.left_out += rest
        self.shown += min(room, len(lines))
        return chosen


def _place(run: GlueRun) -> str:
    kinds = " and ".join(f"{run.log_group}/{kind}" for kind in _KINDS)
    return f"CloudWatch, log groups {kinds}, stream {run.id}"


def _shown(text: str) -> str:
    """Return a line for a person: of a structured one its message."""
    text = text.rstrip()
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except ValueError:
            fields = {}
        if isinstance(fields.get("message"), str):
            text = fields["message"]
    return text if len(text) <= WIDEST else text[:WIDEST] + " …"
