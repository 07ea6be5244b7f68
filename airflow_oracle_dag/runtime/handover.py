"""Hand steps to whoever carries them elsewhere, and see how that stands.

`reserve` writes everything that is needed in one transaction, before anything is begun; `submit`
begins it, however often it is called. Between the two nothing can be lost: whoever finds the row
and nothing begun begins it again. What carries the steps is behind
`airflow_oracle_dag.runtime.carriers.Carrier`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.handed import HandoverRow, JobState
from airflow_oracle_dag.core.handover import DATABASE, GLUE, Given, Segment
from airflow_oracle_dag.core.liveness import Liveness, Signs, liveness_of
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.rows import RunRow
from airflow_oracle_dag.runtime.block import Hold
from airflow_oracle_dag.runtime.carriers import Carrier, Packed, Parcel
from airflow_oracle_dag.runtime.errors import CarrierBusy, CarrierRefused
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.scheduler_jobs import SchedulerJobs, is_own
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.table_rows import cut_bytes

#: What ODAG_RUN.client begins with while an attempt holds a run that was handed over.
_CLIENTS = {DATABASE: "job ", GLUE: "glue "}
_WIDTH = 255  # bytes of that column
#: What may be going on where nobody can be asked now.
_NOT_ASKED = JobState(running=True)


@dataclass(frozen=True)
class Sight:
    """How what was handed over stands.

    :param now: by the clock of the database.
    :param trouble: why its carrier could not be asked, "" when it was.
    """

    row: HandoverRow
    job: JobState
    now: datetime
    trouble: str = ""


def place_of(run: RunRow) -> Optional[str]:
    """Return where the attempt is that holds a run or held it last, None when at a client."""
    client = run.client or ""
    return next((place for place, word in _CLIENTS.items() if client.startswith(word)), None)


def job_of(run: RunRow) -> Optional[str]:
    """Return the name of the job that holds a run and has not ended, None when it is none.

    Of a run of AWS Glue it is the name of the Glue job.
    """
    place = place_of(run)
    if run.attempt_ended_at is not None or place is None:
        return None
    return (run.client or "")[len(_CLIENTS[place]) :]


def with_job(store: CheckpointStore, run: RunRow, signs: Signs) -> Signs:
    """Add what the Scheduler says of a job that ran on another instance; see `core.liveness`.

    That a run of AWS Glue is over says nothing of its session: a statement that was sent goes on.
    """
    if signs.same_instance or job_of(run) is None:
        return replace(signs, job_runs=None)
    row = Handover(store).read(run)
    mine = row is not None and is_own(store.session, row)
    return replace(
        signs, job_runs=SchedulerJobs(store).state(row).running if row and mine else None
    )


class Handover:
    """What one run's steps are handed to, as one session sees it.

    :param carriers: by their places, besides the database's own.
    """

    def __init__(
        self, store: CheckpointStore, carriers: Optional[Mapping[str, Carrier]] = None
    ) -> None:
        self._store = store
        self.session = store.session
        self._carriers: Dict[str, Carrier] = {DATABASE: SchedulerJobs(store), **(carriers or {})}

    def reserve(
        self,
        hold: Hold,
        plan: Plan,
        segment: Segment,
        run_with: Sequence[Given],
        identity: RunIdentity,
        *,
        unfinished: int,
        keep_output: bool,
        is_end: bool,
    ) -> Optional[int]:
        """Make another attempt the owner of the run, and keep what it is to do; one transaction.

        :param run_with: for each step of `Segment.handed`.
        :param unfinished: how many steps are not done, or run again in a session of their own.
        :param is_end: the run has no further step.
        :return: the attempt; None when the run is not `hold`'s any more.
        """
        attempt = hold.attempt + 1
        parcel = Parcel(
            plan=plan,
            segment=segment,
            run_with=run_with,
            identity=identity,
            run_key=hold.run_key,
            run_hash=hold.run_hash,
            generation=hold.generation,
            attempt=attempt,
            schema=self._store.schema,
            keep_output=keep_output,
            is_end=is_end,
        )
        packed = self._carriers[segment.place].pack(parcel)
        name = f"ODAG_{hold.run_hash[:24].upper()}_{attempt}"
        client = f"{_CLIENTS[segment.place]}{packed.external_job or name}"
        if not self._take(hold, attempt, client, segment.steps[0].no, unfinished):
            self.session.rollback()
            return None
        self._keep(parcel, packed, name)
        self.session.commit()
        return attempt

    def _take(
        self, hold: Hold, attempt: int, client: str, first_step: int, unfinished: int
    ) -> bool:
        fence = {"run_hash": hold.run_hash, "attempt": hold.attempt, "job_attempt": attempt}
        generation = {**fence, "generation": hold.generation}
        change = self._change
        client = cut_bytes(client, _WIDTH)
        return (
            change("reserve_canary", [fence]) == 1
            and change("reserve_steps", [{**generation, "first_step": first_step}]) == unfinished
            and change("reserve_run", [{**generation, "client": client}]) == 1
        )

    def _keep(self, parcel: Parcel, packed: Packed, name: str) -> None:
        key = {"run_hash": parcel.run_hash, "attempt": parcel.attempt}
        self._change(
            "insert_handover",
            [
                {
                    **key,
                    "generation": parcel.generation,
                    "job_name": name,
                    "job_owner": self.session.identity.schema,
                    "place": parcel.segment.place,
                    "first_step": parcel.segment.handed[0].no,
                    "last_step": parcel.segment.handed[-1].no,
                    "body": packed.body,
                    "external_job": packed.external_job,
                }
            ],
        )
        units = [{**key, "unit_no": no, "text": text} for no, text in enumerate(packed.units, 1)]
        if units:
            self._change("insert_handover_unit", units)
        values = [{**key, "value_no": value.no, **value.columns} for value in packed.values]
        if values:
            self._change("insert_handover_value", values, ["timestamp_value"])

    def submit(self, row: HandoverRow, *, again: bool = False) -> None:
        """Let what was reserved begin; what has begun already is left as it is.

        :param again: another call, or another client, was to do so before.
        :raises CarrierBusy: it cannot begin for now; also CarrierRefused. What was reserved stays.
        """
        carrier = self.carrier(row)
        if carrier is None:
            raise CarrierRefused(
                f"{row.called} of attempt {row.attempt} has not begun, and nobody here can let it "
                "begin: run the task again that handed it over"
            )
        body = "" if row.place == DATABASE else self._body(row)
        external = carrier.submit(row, body, again=again)
        if external is None:
            return
        key = {"run_hash": row.run_hash, "attempt": row.attempt}
        found = {"external_id": external.run_id, "external_region": external.region}
        self._change("note_external", [{**key, **found}])
        if again and external.is_new:
            self._change("resubmit_handover", [key])
        self.session.commit()

    def carrier(self, row: HandoverRow) -> Optional[Carrier]:
        """Return who carries it and may be asked, None: nobody is known here."""
        if row.place == DATABASE and not is_own(self.session, row):
            return None
        return self._carriers.get(row.place)

    def drop(self, row: HandoverRow) -> Optional[str]:
        """Keep what has not begun from beginning; return what stood in the way.

        What has begun finds that the run is not its own, and ends by itself.
        """
        carrier = self._carriers.get(row.place)
        try:
            return None if carrier is None else carrier.drop(row)
        except (CarrierBusy, CarrierRefused) as error:
            return str(error).split("\n", 1)[0]

    def withdraw(self, run: RunRow) -> Optional[str]:
        """Remove the job of an attempt that was taken over before it began; see `drop`."""
        row = self.read(run) if job_of(run) is not None and run.session_id is None else None
        return None if row is None else self.drop(row)

    def look(self, run: RunRow) -> Optional[Sight]:
        """Say how that stands which holds a run; None: a client does, or nobody."""
        if job_of(run) is None:
            return None
        row = self.read(run)
        if row is None:
            return None
        job, trouble = self._state(run, row)
        now = self._store.clock()
        row = self.read(run)  # after what its carrier says, see `core.handed`
        return None if row is None else Sight(row, job, now, trouble)

    def read(self, run: RunRow) -> Optional[HandoverRow]:
        """Return the row of what a run's attempt was handed to; None: it was not."""
        text = sql.statement("read_handover", self._store.schema)
        key = {"run_hash": run.run_hash, "attempt": run.attempt}
        rows = self.session.query(text, key)
        row = HandoverRow(*rows[0]) if rows else None
        if row is None or row.place == DATABASE or row.claimed_at is not None:
            return row
        text = sql.statement("count_wishes", self._store.schema)
        return replace(row, stop_wishes=self.session.query(text, key)[0][0])

    def _state(self, run: RunRow, row: HandoverRow) -> Tuple[JobState, str]:
        """Ask how it stands, and say why nobody could be asked, if so."""
        carrier = self.carrier(row)
        if carrier is None:
            return self._from_outside(run, row), ""
        if row.ended_at is not None and row.place != DATABASE:
            return JobState(), ""  # what counts is written down
        try:
            return carrier.state(row), ""
        except CarrierBusy as busy:
            return _NOT_ASKED, str(busy)

    def _from_outside(self, run: RunRow, row: HandoverRow) -> JobState:
        """Say what can be known where nobody can be asked: whether its session lives."""
        if row.claimed_at is None:
            return JobState("SCHEDULED", enabled=True)
        over = (Liveness.DEAD, Liveness.ENDED)
        return JobState(running=liveness_of(self._store.signs_of_life(run)) not in over)

    def _body(self, row: HandoverRow) -> str:
        text = sql.statement("read_handed_body", self._store.schema)
        return str(
            self.session.query(text, {"run_hash": row.run_hash, "attempt": row.attempt})[0][0]
        )

    def _change(
        self, name: str, rows: Sequence[Dict[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        return self.session.change(sql.statement(name, self._store.schema), rows, timestamps)
