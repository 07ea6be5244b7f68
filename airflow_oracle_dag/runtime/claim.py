"""Begin an attempt: claim a run key that nobody has, take over one that somebody left.

A run that is finished is reported, not run; only a scheduler that recorded the success and then
asks again for the same run gets a new generation, or whoever says that he wants one.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from airflow_oracle_dag.core.drift import Drift, Fitted, Kind, fit
from airflow_oracle_dag.core.drift_report import Kept, drift_error, sentence
from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.finished import Then, decide_finished, finished_by, is_anothers
from airflow_oracle_dag.core.kept_variables import refuse_unknown
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.resume import new_rows, regenerated
from airflow_oracle_dag.core.rows import RunRow, StepRow, is_purged
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.variable_report import variables_after
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.connector import Session
from airflow_oracle_dag.runtime.errors import AlreadyFinished, RunConflict
from airflow_oracle_dag.runtime.generations import Generations
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, RunOptions, RunResult, StepResult
from airflow_oracle_dag.runtime.settlement import ByHand, Changed, write_takeover
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes
from airflow_oracle_dag.runtime.takeover import Own, Settled, Takeover


@dataclass(frozen=True)
class Beginning:
    """A run that this attempt holds, or that turned out to be finished.

    :param steps: all of them, as recorded.
    :param resume_step: number of the first step that is not done; None: nothing is left to run.
    :param resumed: whether an earlier attempt had begun the run.
    :param finished_by: see `RunResult`.
    """

    hold: Hold
    steps: Tuple[StepRow, ...]
    resume_step: Optional[int]
    resumed: bool
    finished_by: str = ""

    @property
    def steps_to_run(self) -> bool:
        """Tell whether anything is left to run."""
        return self.resume_step is not None

    def result(self) -> RunResult:
        """Report a run that has nothing left to run."""
        return RunResult(
            run_key=self.hold.run_key,
            generation=self.hold.generation,
            attempt=self.hold.attempt,
            steps=tuple(step_result(row) for row in self.steps),
            resumed_at=None,
            rows=sum(row.row_count or 0 for row in self.steps),
            finished_before=True,
            finished_by=self.finished_by,
            variables=variables_after(self.steps),
        )


def step_result(row: StepRow) -> StepResult:
    """Return what a step's row says, for people."""
    return StepResult(
        no=row.step_no,
        name=row.name,
        state=row.state,
        attempt=row.attempt,
        tries=row.tries,
        rows=row.row_count,
        started_at=row.started_at,
        ended_at=row.ended_at,
        error=row.error_text,
        reason=row.reason,
        dpu_seconds=row.dpu_seconds,
    )


class Claimant:
    """Begin an attempt of one run.

    :param script_hash: SHA-256 of the script's bytes.
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        plan: Plan,
        script_hash: str,
        takeover: Takeover,
    ) -> None:
        self.store = store
        self.identity = identity
        self.plan = plan
        self.script_hash = script_hash
        self.takeover = takeover
        self.options: RunOptions = takeover.options
        self.generations = Generations(store, identity, plan, script_hash, self.options)

    def begin(self, own: Optional[Own], there: Optional[RunRow]) -> Beginning:
        """Claim the run or take it over.

        :param own: when the runner recovers a run that it holds.
        :param there: the run as it was just read, None when there was none; of an own one nobody
            asks.
        :raises RunConflict: another script or another database under the same run key.
        :raises DriftError: a step that is done was changed.
        :raises StateError: a restart that the run's steps do not allow.
        """
        if own is None and there is None and self._claim():
            count = len(self.plan.steps)
            many = "1 step" if count == 1 else f"{count} steps"
            self._say(f"begins with {many}: run {self.identity.key} is new")
            return Beginning(self._hold(1, 1), tuple(new_rows(self.plan, 1)), 1, False)
        while True:
            settled = self.takeover.settle(own)
            try:
                refuse_other(settled.situation.run, self.plan, self.script_hash, self.store.session)
                return self._go_on(settled, own)
            except Changed:
                continue
            except (StateError, RunConflict):
                self.store.session.rollback()
                raise

    def _claim(self) -> bool:
        """Insert canary, run and steps in one transaction; False when somebody was first.

        A run that is there was seen by reading it: an INSERT could have to wait for whoever holds
        its row.
        """
        if self.options.restart is not None and self.options.restart.step is not None:
            raise StateError(
                f"nothing of run {self.identity.key} was ever run, so it cannot begin at step "
                f"{self.options.restart.step} ({self.options.restart.why}): leave that out"
            )
        if not self.store.insert_canary(self.identity.digest, 1):
            self.store.session.rollback()
            return False
        self.generations.first(new_rows(self.plan, 1))
        self.store.session.commit()
        return True

    def _go_on(self, settled: Settled, own: Optional[Own]) -> Beginning:
        run, options = settled.situation.run, self.options
        if any(row.state is State.IN_DOUBT for row in settled.steps):
            write_takeover(self.store, settled, self.plan, self.script_hash)
        if own is None and options.restart and not self.generations.was_wished(run):
            return self._restarted(settled)
        if run.state is State.SUCCEEDED:
            return self._finished(settled, own)
        fitted = fit(settled.steps, self.plan)
        accepted = self._judged(settled, fitted.drifts) if fitted.drifts else None
        if fitted.drifts and accepted is None:
            return self._rerun(settled, fitted, fitted.drifts)
        refuse_unknown(self.plan, fitted.rows)
        attempt, steps, resume_step = write_takeover(
            self.store,
            settled,
            self.plan,
            self.script_hash,
            self.generations.holder(run),
            accepted,
        )
        self._say(self._resumption_line(run, attempt, steps, resume_step))
        return Beginning(self._hold(run.generation, attempt), steps, resume_step, True)

    def _finished(self, settled: Settled, own: Optional[Own]) -> Beginning:
        run, steps = settled.situation.run, settled.situation.steps
        asker, on_done = self.generations.asker, self.options.on_done
        others = own is None and is_anothers(run, asker)
        made = others and on_done == "restart" and self.generations.was_wished(run)
        then = Then.REPORT if own else decide_finished(run, asker, on_done, made=made)
        if then is Then.REFUSE:
            raise AlreadyFinished(
                f"run {run.run_key} was {finished_by(run)}, and on_done is fail: nothing was run. "
                "Use another run key, or say on_done=restart (--on-done restart) to run it anew"
            )
        if then is Then.ANEW:
            word = self._word("restart", "on_done is restart", run) if others else None
            attempt = self._attempt(settled)
            self.generations.next(settled, new_rows(self.plan, attempt), word, wished=others)
            why = f"it was {finished_by(run)}" if others else _CLEARED
            return self._began_anew(run, attempt, new_rows(self.plan, attempt), 1, why)
        purged = is_purged(run, steps)
        if not purged:
            fitted = fit(steps, self.plan, finished=True)
            if fitted.drifts and self._judged(settled, fitted.drifts) is None:
                return self._rerun(settled, fitted, fitted.drifts)
        self.store.session.rollback()
        said = "finished before, and purged" if purged else "finished before"
        if others:
            said = finished_by(run) + (", and purged since" if purged else "")
        self._say(f"nothing to run: run {run.run_key} was {said}")
        hold = self._hold(run.generation, run.attempt)
        return Beginning(hold, steps, None, True, said if others else "")

    def _restarted(self, settled: Settled) -> Beginning:
        """Begin anew because that is wished, at the first step or at the one that is named."""
        run, wish = settled.situation.run, self.options.restart
        step = wish.step if wish is not None else None
        why = wish.why if wish is not None else ""
        if step is None:
            rows = new_rows(self.plan, self._attempt(settled))
            word = self._word("restart", why, run)
            self.generations.next(settled, rows, word, wished=True)
            return self._began_anew(run, self._attempt(settled), rows, 1, why)
        fitted = fit(settled.steps, self.plan)
        first = self._step_no(step, run, settled)
        drifts = fitted.before(first)
        if drifts:
            accepted = self._judged(settled, drifts)
            if accepted is None:
                return self._rerun(settled, fitted, drifts, wished=True)
            why = f"{why}; kept although {accepted.why}"
        return self._regenerated(settled, fitted, first, ("restart", why), wished=True)

    def _rerun(
        self, settled: Settled, fitted: Fitted, drifts: Sequence[Drift], *, wished: bool = False
    ) -> Beginning:
        """Begin anew at the first step that is not what was done."""
        why = "; ".join(sentence(drift) for drift in drifts)
        return self._regenerated(settled, fitted, drifts[0].at, ("rerun-drift", why), wished=wished)

    def _regenerated(
        self,
        settled: Settled,
        fitted: Fitted,
        first: int,
        verb_and_why: Tuple[str, str],
        *,
        wished: bool,
    ) -> Beginning:
        run, attempt = settled.situation.run, self._attempt(settled)
        verb, why = verb_and_why
        taken_over = cut_bytes(f"taken over from generation {run.generation}: {why}", 1000)
        again = cut_bytes(f"{verb}: {why}", 1000)
        rows = regenerated(fitted.rows, self.plan, first, attempt, taken_over, again)
        refuse_unknown(self.plan, rows)
        word = self._word(verb, why, run, first)
        self.generations.next(settled, rows, word, wished=wished)
        return self._began_anew(run, attempt, rows, first, why)

    def _began_anew(
        self, run: RunRow, attempt: int, rows: Sequence[StepRow], first: int, why: str
    ) -> Beginning:
        at = f" at step {self.plan.steps[first - 1].name}" if first > 1 else ""
        self._say(f"begins anew{at} as generation {run.generation + 1}: run {run.run_key}: {why}")
        hold = self._hold(run.generation + 1, attempt)
        begin = min(row.step_no for row in rows if not row.is_done)
        return Beginning(hold, tuple(rows), begin, first > 1)

    def _judged(self, settled: Settled, drifts: Sequence[Drift]) -> Optional[ByHand]:
        """Return what the audit keeps when the drift is accepted, None when it is run again.

        :raises DriftError: it is refused.
        """
        run, policy = settled.situation.run, self.options.on_drift
        new = [drift for drift in drifts if drift.kind in (Kind.INSERTED, Kind.ADDED)]
        again = self.plan.steps[drifts[0].at - 1 :]
        if policy == "rerun" and any(not step.is_skipped for step in again):
            return None
        if policy == "fail" or (policy == "accept" and new):
            text = self.store.script_text(run.run_hash, run.generation)
            self.store.session.rollback()
            same = run.script_hash == self.script_hash
            raise drift_error(drifts, self.plan, Kept(text, same, run.splitter))
        said = "; ".join(sentence(drift) for drift in drifts)
        if run.state is State.SUCCEEDED:
            self._say(f"nothing of it runs, though {said}: on_drift is {policy}")
        else:
            self._say(f"goes on although {said}: on_drift is {policy}")
        return self._word("accept-drift", said, run)

    def _word(self, verb: str, why: str, run: RunRow, step_no: Optional[int] = None) -> ByHand:
        who = self.options.who or self.store.session.identity.client
        changed = f"generation {run.generation} {run.state.value}"
        if verb != "accept-drift":
            changed += f" -> {run.generation + 1}"
        return ByHand(verb, who, why, changed, step_no)

    def _step_no(self, name: str, run: RunRow, settled: Settled) -> int:
        """Return the number of the step of the script at which a restart is wished."""
        if is_purged(run, settled.situation.steps):
            raise StateError(
                f"run {run.run_key} was purged, nothing is kept of its steps: begin it anew"
            )
        for step in self.plan.steps:
            if name.lower() == step.name or name == str(step.no):
                if step.is_skipped:
                    raise StateError(f"step {step.name} is never run: it stands behind an EXIT")
                return step.no
        names = ", ".join(step.name for step in self.plan.steps)
        raise StateError(f"{self.plan.script.name} has no step {name} to begin at; it has {names}")

    def _resumption_line(
        self, run: RunRow, attempt: int, steps: Tuple[StepRow, ...], resume_step: Optional[int]
    ) -> str:
        who = f"attempt {attempt} goes on after attempt {run.attempt} of run {run.run_key}"
        if resume_step is None:
            return f"nothing to run, every step is done: {who}"
        done = sum(row.is_done for row in steps)
        row = next(row for row in steps if row.step_no == resume_step)
        return f"resumes at step {row.name}, {done} of {len(steps)} steps are done: {who}"

    def _attempt(self, settled: Settled) -> int:
        return settled.situation.canary.owner + 1

    def _hold(self, generation: int, attempt: int) -> Hold:
        return Hold(
            run_hash=self.identity.digest,
            run_key=self.identity.key,
            generation=generation,
            attempt=attempt,
            schema=self.store.schema,
            client=self.store.session.identity.client,
        )

    def _say(self, text: str) -> None:
        self.takeover.observe(Event("decision", text))


_CLEARED = "it was finished, its success was recorded, and it was started again"


def refuse_other(run: RunRow, plan: Plan, script_hash: str, session: Session) -> None:
    """Refuse another script, and another database.

    Unverified: a standby that takes over has the DB_NAME and the container name of the primary,
    and only its DB_UNIQUE_NAME is another one; a clone that kept both names cannot be told from
    the original (Data Guard Concepts and Administration, Creating a Physical Standby Database;
    SQL Language Reference, SYS_CONTEXT).

    :raises RunConflict: naming what is there and what is meant.
    """
    mine, theirs = plan.script.name, run.script_name
    if _file_name(mine) != _file_name(theirs) and script_hash != run.script_hash:
        raise RunConflict(
            f"run {run.run_key} belongs to the script {theirs}, not to {mine}: use another run "
            "key; a script that was repaired keeps the name of its file"
        )
    here = session.identity
    if (here.db_name, here.con_name) != (run.db_name, run.con_name):
        raise RunConflict(
            f"run {run.run_key} was begun in database {run.db_name} ({run.con_name}), and this "
            f"is {here.db_name} ({here.con_name}): a clone, or the wrong side of a failover. "
            "Connect to the right database, or use another run key"
        )


def _file_name(script: str) -> str:
    return posixpath.basename(cut_bytes(script, 1000).replace("\\", "/"))
