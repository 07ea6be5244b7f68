"""Say what a run under a key would do now, and why: a dry run, which only reads.

It judges as a takeover does, from what is committed, but locks nothing: what another attempt does
meanwhile may prove it wrong. Everything is read in a READ ONLY transaction, so that the database
itself would refuse a change, and nothing is committed.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Iterator, Mapping, Optional, Sequence, Tuple, Union

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.drift import Drift, Kind, fit
from airflow_oracle_dag.core.drift_report import Kept, drift_error
from airflow_oracle_dag.core.errors import DriftError, StateError
from airflow_oracle_dag.core.finished import finished_by
from airflow_oracle_dag.core.handed import Attach, Submit, decide_handed
from airflow_oracle_dag.core.kept_variables import refuse_unknown
from airflow_oracle_dag.core.orphans import Cancel, Refuse, Wait
from airflow_oracle_dag.core.plan import Plan, StepClass
from airflow_oracle_dag.core.resume import resumption
from airflow_oracle_dag.core.rows import Canary, RunRow, StepRow, is_purged
from airflow_oracle_dag.core.script import StatementClass
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.takeover import AskProbe
from airflow_oracle_dag.runtime.claim import refuse_other
from airflow_oracle_dag.runtime.connector import (
    Connector,
    Session,
    SessionIdentity,
)
from airflow_oracle_dag.runtime.errors import RunConflict, StepFailed, UnknownRun
from airflow_oracle_dag.runtime.handover import Handover
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.orphans import Patience
from airflow_oracle_dag.runtime.results import Observer, RunOptions
from airflow_oracle_dag.runtime.source_scan import SourceScan
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Settled, Situation, Takeover


class Then(str, Enum):
    """What a run would do first."""

    BEGIN = "begins"  # nobody ran anything under this key
    RESUME = "resumes"
    REPORT = "finished"  # it would say so and run nothing
    WAIT = "waits"  # an earlier attempt lives
    DOUBT = "in doubt"  # a person must say whether a step is done
    REFUSE = "refused"  # drift, another script, another database, a value that nobody knows
    DEPENDS = "depends"  # on a probe that a dry run cannot ask


@dataclass(frozen=True)
class Forecast:
    """What a run would do.

    :param plan: with the classes that the code behind its calls gives its steps.
    :param reason: in a sentence or more.
    :param run: as it is recorded, None: there is none.
    :param steps: as they are recorded and judged; of a run that resumes, as the script has them.
    :param resume_step: number of the first step that would run, None: none would, or not known.
    """

    plan: Plan
    then: Then
    reason: str
    run: Optional[RunRow] = None
    steps: Tuple[StepRow, ...] = ()
    resume_step: Optional[int] = None


def look(connector: Connector, schema: Optional[str], plan: Plan, observe: Observer) -> Plan:
    """Look behind the calls of a plan in a session of its own, and keep nothing of it."""
    if not any(step.calls for step in plan.steps):
        return plan
    with _reading(connector, schema) as store:
        return _refined(store, plan, observe)


def forecast(
    connector: Connector,
    schema: Optional[str],
    identity: RunIdentity,
    plan: Plan,
    observe: Observer,
    assumed: Sequence[str] = (),
) -> Forecast:
    """Say what `ScriptRunner.run` would do with a plan under a run key.

    :param assumed: names of binds whose values in the plan are not those of a run: that they are
        others than a done step had says nothing.
    :raises NotInitialised: there are no tables.
    """
    with _reading(connector, schema) as store:
        made = _refined(store, plan, observe)
        return _Outlook(store, identity, made, observe, assumed).forecast()


@contextmanager
def _reading(connector: Connector, schema: Optional[str]) -> Iterator[CheckpointStore]:
    """Open a session that only reads."""
    session = _OnlyReads(connector.open())
    try:
        session.begin()
        yield _ReadingStore(session, schema)
    finally:
        session.close()


def _refined(store: CheckpointStore, plan: Plan, observe: Observer) -> Plan:
    return SourceScan(store, Interrupt(), observe, keeps=False).refine(plan)


class _OnlyReads:
    """Take the two ways to write from a session; what is left is a `Session`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.query, self.call, self.execute = session.query, session.call, session.execute
        self.tag, self.limit, self.cancel = session.tag, session.limit, session.cancel
        self.rollback, self.sever, self.close = session.rollback, session.sever, session.close

    @property
    def identity(self) -> SessionIdentity:
        """Say who the session is."""
        return self._session.identity

    def begin(self) -> None:
        """Begin to read: all that follows sees one moment."""
        self._session.rollback()
        self._session.call(sql.block("begin_reading"), {}, {})

    def change(
        self, text: str, rows: Sequence[Mapping[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        """Refuse to write.

        :raises StateError: always.
        """
        raise StateError(f"a dry run changes nothing: {text}, {len(rows)} rows, {timestamps}")

    def commit(self) -> None:
        """Refuse to commit.

        :raises StateError: always.
        """
        raise StateError("a dry run commits nothing")


class _ReadingStore(CheckpointStore):
    """The checkpoint tables for one who locks nothing."""

    def lock_canary(self, run_hash: str) -> Optional[Canary]:
        """Read a run key's canary."""
        rows = self._query("read_canary", run_hash=run_hash)
        if not rows:
            raise UnknownRun(f"there is no run {run_hash}")
        owner, mark = rows[0]
        return Canary(int(owner), None if mark is None else int(mark))


class _Lives(Exception):
    """Say that an earlier attempt lives, and who it is."""


class _NotAsked(Exception):
    """Say why a probe cannot be asked by one who only reads."""


class _Onlooker(Takeover):
    """Judge as a takeover does, and neither wait nor end anything."""

    def _handle_living(
        self,
        situation: Optional[Situation],  # noqa: ARG002 - of the one that acts
        decision: Union[Wait, Cancel, Refuse],
        patience: Patience,  # noqa: ARG002 - as above
    ) -> None:
        raise _Lives(f"{decision.reason}: {self.orphans.who(self._seen)}")

    def _make_settings(self, situation: Optional[Situation], asked: AskProbe) -> None:  # noqa: ARG002 - as above
        """Give the session what the @always steps before the probe's step give it."""
        session = self.store.session
        session.rollback()
        for step in self.plan.steps if self.plan is not None else ():
            if step.probe is asked.probe:
                break
            for unit in step.units if step.step_class is StepClass.ALWAYS else ():
                if unit.piece.statement not in _SETTINGS or unit.piece.holes:
                    raise _NotAsked(f"step {step.name}, which its probe needs, does not only read")
                session.execute(unit.piece.text, {})
        session.call(sql.block("begin_reading"), {}, {})
        self._settings_made = True


_SETTINGS = (StatementClass.ALTER_SESSION, StatementClass.SET_ROLE)


class _Outlook:
    """Say what becomes of one run."""

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        plan: Plan,
        observe: Observer,
        assumed: Sequence[str],
    ) -> None:
        self._store = store
        self._identity = identity
        self._plan = plan
        self._observe = observe
        self._assumed = {f":{name}" for name in assumed}
        self._script_hash = hashlib.sha256(plan.script.source).hexdigest()

    def forecast(self) -> Forecast:
        """Say it."""
        plan, run = self._plan, self._store.run(self._identity.digest)
        if run is None:
            first = next(step.no for step in plan.steps if not step.is_skipped)
            return Forecast(plan, Then.BEGIN, "nothing was run under this key", None, (), first)
        steps = tuple(self._store.steps(run.run_hash, run.generation))
        try:
            refuse_other(run, plan, self._script_hash, self._store.session)
            attends = self._attends(run)
            if attends:
                return Forecast(plan, Then.WAIT, attends, run, steps)
            return self._of(self._settled())
        except _Lives as lives:
            return Forecast(plan, Then.WAIT, str(lives), run, steps)
        except _NotAsked as not_asked:
            return Forecast(plan, Then.DEPENDS, str(not_asked), run, steps)
        except (RunConflict, DriftError, StateError, StepFailed) as refused:
            return Forecast(plan, Then.REFUSE, str(refused), run, steps)

    def _attends(self, run: RunRow) -> str:
        """Say for which job a run would wait first, "" when for none."""
        sight = Handover(self._store).look(run)
        if sight is None:
            return ""
        decision = decide_handed(sight.row, sight.job, sight.now, RunOptions().start_timeout)
        if isinstance(decision, Attach):
            how = "runs" if decision.running else "is queued"
            return f"{sight.row.called}, attempt {sight.row.attempt}, {how}"
        if isinstance(decision, Submit):
            return f"{sight.row.called} was reserved and is not there: it would be created"
        return ""

    def _settled(self) -> Settled:
        options = RunOptions(schema=self._store.schema)
        interrupt = Interrupt()
        return _Onlooker(
            self._store, self._identity, self._plan, options, interrupt, self._observe
        ).settle()

    def _of(self, settled: Settled) -> Forecast:
        plan, run, steps = self._plan, settled.situation.run, settled.steps
        doubtful = next((row for row in steps if row.state is State.IN_DOUBT), None)
        if doubtful is not None:
            reason = f"step {doubtful.name}: {doubtful.reason}"
            return Forecast(plan, Then.DOUBT, reason, run, steps)
        if run.state is State.SUCCEEDED:
            if not is_purged(run, steps):
                self._refuse_drift(run, fit(steps, plan, finished=True).drifts)
            return Forecast(plan, Then.REPORT, finished_by(run), run, steps)
        fitted = fit(steps, plan)
        self._refuse_drift(run, fitted.drifts)
        refuse_unknown(plan, fitted.rows)
        made = resumption(
            settled.situation.steps, steps, plan, settled.situation.canary.owner + 1, accept=True
        )
        if made.resume_step is None:
            return Forecast(plan, Then.REPORT, "every step is done", run, fitted.rows)
        reason = self._reason(settled, fitted.rows, made.resume_step)
        return Forecast(plan, Then.RESUME, reason, run, fitted.rows, made.resume_step)

    def _refuse_drift(self, run: RunRow, drifts: Sequence[Drift]) -> None:
        found = [
            drift
            for drift in drifts
            if drift.kind is not Kind.VALUES or not self._assumed.issuperset(drift.names)
        ]
        if found:
            text = self._store.script_text(run.run_hash, run.generation)
            same = run.script_hash == self._script_hash
            raise drift_error(found, self._plan, Kept(text, same, run.splitter))

    def _reason(self, settled: Settled, rows: Sequence[StepRow], no: int) -> str:
        done = sum(row.is_done for row in rows)
        many = f"{done} of {len(rows)} steps are done"
        row = next(row for row in rows if row.step_no == no)
        judged = settled.situation.open_step
        if judged is not None and settled.verdict is not None and settled.verdict.reason:
            return f"{many}; step {judged.name}: {settled.verdict.reason}"
        run = settled.situation.run
        if row.state is State.FAILED:
            said = (row.error_text or "").rpartition(") failed: ")[2].split("\n", 1)[0]
            return f"{many}; step {row.name} failed in attempt {row.attempt}: {said}"
        why = row.reason or f"attempt {run.attempt} ended before it"
        return f"{many}; step {row.name} was not begun: {why}"
