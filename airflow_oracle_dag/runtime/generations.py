"""Write generations of a run: the columns of a new one, and for whom an attempt holds one."""

from __future__ import annotations

from datetime import timezone
from typing import Any, Dict, Optional, Sequence

from airflow_oracle_dag.core.fingerprint import SPLITTER_VERSION
from airflow_oracle_dag.core.finished import Asker
from airflow_oracle_dag.core.joined import kept_text
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.runtime.identity import RunIdentity, named_key
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.settlement import ByHand, write_generation
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes
from airflow_oracle_dag.runtime.takeover import Settled


class Generations:
    """Write generations of one run in one session.

    :param script_hash: SHA-256 of the script's bytes.
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: RunIdentity,
        plan: Plan,
        script_hash: str,
        options: RunOptions,
    ) -> None:
        self.store = store
        self.identity = identity
        self.plan = plan
        self.script_hash = script_hash
        self.options = options

    @property
    def asker(self) -> Asker:
        """Return whose attempt this is, in the words of the columns."""
        me, options = self.identity, self.options
        began = options.began_at
        return Asker(
            **me.columns,
            shares_key=me.run_key is not None,
            began_at=began and began.astimezone(timezone.utc).replace(tzinfo=None),
            max_tries=options.max_tries,
            try_number=options.try_number,
        )

    def first(self, rows: Sequence[StepRow]) -> None:
        """Insert the first generation; the caller commits."""
        self.store.insert_generation(self._columns(1, 1, self.options.token), rows)

    def next(
        self, settled: Settled, rows: Sequence[StepRow], word: Optional[ByHand], *, wished: bool
    ) -> None:
        """Begin a new generation with its rows, which have the attempt in them, and commit.

        :param wished: it was asked for, which is remembered: it counts once.
        """
        run = settled.situation.run
        attempt = settled.situation.canary.owner + 1
        token = self.options.token if wished else None
        columns = self._columns(run.generation + 1, attempt, token)
        write_generation(self.store, settled, columns, rows, word)

    def was_wished(self, run: RunRow) -> bool:
        """Tell whether a generation of this run was begun for the same wish before."""
        token = self.options.token
        if token is None or run.restart_token == token:
            return token is not None
        found = self.store.generations(run.run_hash)
        return any(one.restart_token == token for one in found)

    def holder(self, run: Optional[RunRow] = None) -> Dict[str, Any]:
        """Return for whom this attempt holds the run.

        :param run: that was there before. A run that a scheduler's task owns stays that task's when
            it is resumed from the command line.
        """
        here: Dict[str, Any] = {
            **self.identity.columns,
            "splitter": SPLITTER_VERSION,
            "max_tries": self.options.max_tries,
            "try_number": self.options.try_number,
        }
        if run is None or here["run_id"] is not None or named_key(run) != run.run_key:
            return here
        return {**here, **{name: getattr(run, name) for name in self.identity.columns}}

    def _columns(self, generation: int, attempt: int, token: Optional[str]) -> Dict[str, Any]:
        me, here = self.identity, self.store.session.identity
        script = self.plan.script
        return {
            **self.store.session_columns(),
            **self.holder(),
            "run_hash": me.digest,
            "generation": generation,
            "namespace": me.namespace,
            "run_key": me.key,
            "script_name": cut_bytes(script.name, 1000),
            "script_hash": self.script_hash,
            "script_text": kept_text(script),
            "db_name": here.db_name,
            "con_name": here.con_name,
            "attempt": attempt,
            "restart_token": token,
        }
