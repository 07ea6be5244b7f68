"""Begin an attempt: claim a run key that nobody has, take over one that somebody left.

A run that is finished is reported, not run; only a scheduler that recorded the success and then
asks again for the same run gets a new generation.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from datetime import timezone
from typing import Any, Dict, Optional, Tuple

from airflow_oracle_dag.core.kept_variables import refuse_unknown
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.resume import new_rows, refuse_other_steps
from airflow_oracle_dag.core.rows import RunRow, StepRow, is_purged
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.errors import RunConflict
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import Event, RunOptions, RunResult, StepResult
from airflow_oracle_dag.runtime.settlement import Changed, write_takeover
from airflow_oracle_dag.runtime.store import CheckpointStore, cut_bytes
from airflow_oracle_dag.runtime.takeover import Own, Takeover


@dataclass(frozen=True)
class Beginning:
    """A run that this attempt holds, or that turned out to be finished.

    :param steps: all of them, as recorded.
    :param resume_step: number of the first step that is not done; None: nothing is left to run.
    :param resumed: whether an earlier attempt had begun the run.
    """

    hold: Hold
    steps: Tuple[StepRow, ...]
    resume_step: Optional[int]
    resumed: bool

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

    def begin(self, options: RunOptions, own: Optional[Own]) -> Beginning:
        """Claim the run or take it over.

        :param own: when the runner recovers a run that it holds.
        :raises RunConflict: another script or another database under the same run key.
        """
        if own is None and self._claim():
            self._say(f"begins with {len(self.plan.steps)} steps: run {self.identity.key} is new")
            return Beginning(self._hold(1, 1), tuple(new_rows(self.plan, 1)), 1, False)
        while True:
            settled = self.takeover.settle(own)
            run = settled.situation.run
            self._refuse_other(run)
            if run.state is State.SUCCEEDED:
                return self._finished(run, settled.situation.steps, options)
            refuse_unknown(self.plan, settled.steps)
            try:
                attempt, steps, resume_step = write_takeover(
                    self.store, settled, self.plan, self.script_hash
                )
            except Changed:
                continue
            self._say(self._resumption_line(run, attempt, steps, resume_step))
            return Beginning(self._hold(run.generation, attempt), steps, resume_step, True)

    def _claim(self) -> bool:
        """Insert canary, run and steps in one transaction; False when somebody was first.

        A run that is there is seen by reading it: an INSERT could have to wait for whoever holds
        its row.
        """
        if self.store.run(self.identity.digest) is not None:
            return False
        if not self.store.insert_canary(self.identity.digest, 1):
            self.store.session.rollback()
            return False
        self.store.insert_generation(self._run_columns(1, 1), new_rows(self.plan, 1))
        self.store.session.commit()
        return True

    def _finished(self, run: RunRow, steps: Tuple[StepRow, ...], options: RunOptions) -> Beginning:
        if not self._is_cleared(run, options):
            self.store.session.rollback()
            purged = is_purged(run, steps)
            if not purged:
                refuse_other_steps(steps, self.plan)
            said = "finished before, and purged" if purged else "finished before"
            self._say(f"nothing to run: run {run.run_key} was {said}")
            return Beginning(self._hold(run.generation, run.attempt), steps, None, True)
        attempt, generation = run.attempt + 1, run.generation + 1
        rows = new_rows(self.plan, attempt)
        self.store.insert_generation(self._run_columns(generation, attempt), rows)
        self.store.release_canary(run.run_hash, attempt)
        self.store.session.commit()
        self._say(
            f"begins anew as generation {generation}: run {run.run_key} was finished, its success "
            "was recorded, and it was started again"
        )
        return Beginning(self._hold(generation, attempt), tuple(rows), 1, False)

    def _is_cleared(self, run: RunRow, options: RunOptions) -> bool:
        """Tell whether this attempt began after the scheduler had recorded the run's success."""
        me = self.identity
        same = (run.dag_id or "", run.task_id or "", run.map_key or "", run.run_id or "") == (
            cut_bytes(me.dag_id, 250),
            cut_bytes(me.task_id, 250),
            cut_bytes(me.map_key, 250),
            cut_bytes(me.run_id, 250),
        )
        if options.began_at is None or run.acknowledged_at is None or not same:
            return False
        began = options.began_at.astimezone(timezone.utc).replace(tzinfo=None)
        return began > run.acknowledged_at

    def _refuse_other(self, run: RunRow) -> None:
        mine, theirs = self.plan.script.name, run.script_name
        if posixpath.basename(mine) != posixpath.basename(theirs):
            self.store.session.rollback()
            raise RunConflict(
                f"run {run.run_key} belongs to the script {theirs}, not to {mine}: use another run "
                "key; a script that was repaired keeps the name of its file"
            )
        here = self.store.session.identity
        if (here.db_name, here.con_name) != (run.db_name, run.con_name):
            self.store.session.rollback()
            raise RunConflict(
                f"run {run.run_key} was begun in database {run.db_name} ({run.con_name}), and this "
                f"is {here.db_name} ({here.con_name}): a clone, or the wrong side of a failover. "
                "Connect to the right database, or use another run key"
            )

    def _resumption_line(
        self, run: RunRow, attempt: int, steps: Tuple[StepRow, ...], resume_step: Optional[int]
    ) -> str:
        who = f"attempt {attempt} goes on after attempt {run.attempt} of run {run.run_key}"
        if resume_step is None:
            return f"nothing to run, every step is done: {who}"
        done = sum(row.is_done for row in steps)
        row = next(row for row in steps if row.step_no == resume_step)
        return f"resumes at step {row.name}, {done} of {len(steps)} steps are done: {who}"

    def _run_columns(self, generation: int, attempt: int) -> Dict[str, Any]:
        me, here = self.identity, self.store.session.identity
        script = self.plan.script
        return {
            **self.store.session_columns(),
            "run_hash": me.digest,
            "generation": generation,
            "namespace": me.namespace,
            "run_key": me.key,
            "dag_id": cut_bytes(me.dag_id, 250) or None,
            "task_id": cut_bytes(me.task_id, 250) or None,
            "map_key": cut_bytes(me.map_key, 250) or None,
            "run_id": cut_bytes(me.run_id, 250) or None,
            "script_name": cut_bytes(script.name, 1000),
            "script_hash": self.script_hash,
            "script_text": script.source.decode(script.encoding),
            "db_name": here.db_name,
            "con_name": here.con_name,
            "attempt": attempt,
        }

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
