"""What sensors look at. Each look opens what it needs and closes it again.

A watch is a frozen value that a trigger can be made of again in another process. A store or a
database that does not answer for a while is looked at again; whatever else goes wrong is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Protocol, Self

from airflow_oracle_dag.control.table import StoreUnavailable
from airflow_oracle_dag.core.awaited import Outcome, Sight, judge_runs, judge_state, state_of
from airflow_oracle_dag.core.errors import CatalogError, OracleDagError, ScriptError
from airflow_oracle_dag.core.tokens import WORD, Unclosed, code_pattern, scan
from airflow_oracle_dag.hooks.control_table import ControlTableHook
from airflow_oracle_dag.runtime.codes import Action, code_of, meaning_of
from airflow_oracle_dag.runtime.connector import Session, Tags
from airflow_oracle_dag.runtime.errors import ConnectFailed, ConnectionLost, DatabaseError

#: Seconds that a query of a sensor may take.
PATIENCE = 120.0


class Watch(Protocol):
    """Something to look at, again and again."""

    def look(self) -> Sight:
        """Look once."""

    def after(self, sight: Sight) -> Self:
        """Return what to look at next."""


def look(watch: Watch) -> Sight:
    """Look once; what does not answer for now counts as not there yet."""
    try:
        return watch.look()
    except (StoreUnavailable, ConnectFailed, DatabaseError) as error:
        if not _may_pass(error):
            raise
        first = str(error).split("\n", 1)[0]
        return Sight(Outcome.WAITING, f"could not look, and will look again: {first}")


def _may_pass(error: OracleDagError) -> bool:
    if isinstance(error, (StoreUnavailable, ConnectionLost)):
        return True
    return meaning_of(code_of(error)).action is Action.RETRY


@dataclass(frozen=True)
class JobRunsWatch:
    """Jobs of the control table that are to end well for an interval.

    :param interval_key: `Interval.key`.
    :param names: JobNames; empty: all of the category.
    """

    conn_id: str
    environment: str
    interval_key: str
    names: Sequence[str] = ()
    category: str | None = None
    fail_on_failure: bool = False
    skipped_is_done: bool = False

    def look(self) -> Sight:
        """Read what became of the jobs.

        :raises UnknownJob: when a job without a run is not in the table either.
        :raises CatalogError: when there is no job in the category.
        """
        hook = ControlTableHook(self.conn_id, self.environment)
        with closing(hook.get_table()) as table:
            names = self.names or [job.name for job in table.jobs(self.environment, self.category)]
            if not names:
                raise CatalogError(
                    f"there is no job of category {self.category!r} in environment "
                    f"{self.environment!r}: correct the category, or add its rows"
                )
            runs = table.job_runs(self.environment, self.interval_key, names)
            for name in self.names:
                if name not in runs:
                    table.job(self.environment, name)
        return judge_runs(
            names,
            runs,
            fail_on_failure=self.fail_on_failure,
            skipped_is_done=self.skipped_is_done,
        )

    def after(self, sight: Sight) -> Self:  # noqa: ARG002 - of the protocol
        """Look at the same again."""
        return self


@dataclass(frozen=True)
class SkipFlagWatch:
    """A job whose SkipFlag is to be cleared."""

    conn_id: str
    environment: str
    job_name: str

    def look(self) -> Sight:
        """Read the flag.

        :raises UnknownJob: when there is no such job.
        :raises FieldError: when the flag is neither yes nor no.
        """
        hook = ControlTableHook(self.conn_id, self.environment)
        with closing(hook.get_table()) as table:
            job = table.job(self.environment, self.job_name)
        outcome = Outcome.WAITING if job.is_skipped else Outcome.REACHED
        return Sight(outcome, f"SkipFlag of job {job.name} is {job.skip_flag or 'empty'}")

    def after(self, sight: Sight) -> Self:  # noqa: ARG002 - of the protocol
        """Look at the same again."""
        return self


@dataclass(frozen=True)
class OracleStateWatch:
    """The one row of a query.

    :param becomes: values to wait for, None for any change.
    :param first: the state that was seen first.
    """

    conn_id: str
    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    becomes: Sequence[Any] | None = None
    fails_on: Sequence[Any] = ()
    first: str | None = None

    def look(self) -> Sight:
        """Run the query in a session of its own that can only read.

        :raises ScriptError: when it is no query, or gives more than one row or column.
        """
        # The Oracle provider's hooks take their time to import.
        from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook  # noqa: PLC0415 - above

        text = query_of(self.sql)
        connector = OracleScriptHook(oracle_conn_id=self.conn_id).session_opener(
            Tags("airflow_oracle_dag.sensor")
        )
        with closing(connector.open()) as session:
            state = self._state(session, text)
        return judge_state(state, self.first, becomes=self.becomes, fails_on=self.fails_on)

    def after(self, sight: Sight) -> Self:
        """Remember the state that was seen first."""
        return replace(self, first=self.first or sight.state)

    def _state(self, session: Session, text: str) -> str:
        session.limit(PATIENCE)
        session.execute("SET TRANSACTION READ ONLY", {})
        outcome = session.execute(text, self.parameters)
        if len(outcome.rows) > 1:
            raise _not_fit(
                self.sql, "gives more than one row", "aggregate, or FETCH FIRST ROW ONLY"
            )
        if (self.becomes is not None or self.fails_on) and len(outcome.columns) != 1:
            raise _not_fit(
                self.sql,
                f"gives {len(outcome.columns)} columns",
                "select the one column that becomes= and fails_on= are about",
            )
        if not outcome.rows:
            return state_of(None)
        return state_of([v.read() if hasattr(v, "read") else v for v in outcome.rows[0]])


_CODE = code_pattern(WORD, r"[;(]")


def query_of(text: str) -> str:
    """Return a query without the semicolon at its end.

    :raises ScriptError: when it is something else than one SELECT.
    """
    try:
        tokens = list(scan(text, _CODE, 0, len(text)))
    except Unclosed as error:
        raise _not_fit(text, f"has a {error.kind} without an end", "close it") from None
    words = [token.text.upper() for token in tokens if token.text != "("]
    end = len(text)
    if words and words[-1] == ";" and not text[tokens[-1].end :].strip():
        end = tokens[-1].start
        words.pop()
    if not words or words[0] not in ("SELECT", "WITH"):
        raise _not_fit(text, "is no SELECT", "a sensor only reads: write SELECT or WITH")
    if ";" in words:
        raise _not_fit(text, "is more than one statement", "write one SELECT")
    if ("FOR", "UPDATE") in pairwise(words):
        raise _not_fit(text, "locks what it reads", "leave FOR UPDATE out: a sensor only reads")
    return text[:end]


def _not_fit(text: str, what: str, cure: str) -> ScriptError:
    shown = " ".join(text.split())
    return ScriptError(f"the query {what}", file="<sensor>", text=shown[:120], cure=cure)
