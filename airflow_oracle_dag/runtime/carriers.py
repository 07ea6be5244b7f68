"""What carries a segment of steps elsewhere: a job of the database, a run of AWS Glue.

Whatever carries it, the run's rows tell the same story: an attempt is reserved in one transaction
(`airflow_oracle_dag.runtime.handover`), it is begun elsewhere, it takes the steps and writes what
becomes of them, and whoever waits for it reads that (`airflow_oracle_dag.runtime.attending`). What
differs is behind one protocol: how it is begun, how it stands, and how it is kept from working.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Protocol, Sequence, Tuple

from airflow_oracle_dag.core.handed import External, HandoverRow, JobState
from airflow_oracle_dag.core.handed_values import Value
from airflow_oracle_dag.core.handover import Given, Segment
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.runtime.identity import RunIdentity


@dataclass(frozen=True)
class Parcel:
    """What is to be carried.

    :param attempt: that is being reserved: `token` tells it from all others.
    :param schema: owner of the checkpoint tables.
    :param run_with: for each step of `Segment.handed`; how a session without a runner runs them.
        One with a runner has the script's values and reads the rest from the rows of its steps.
    :param keep_output: whether DBMS_OUTPUT may be kept with its steps.
    :param is_end: the run has no further step.
    """

    plan: Plan
    segment: Segment
    run_with: Sequence[Given]
    identity: RunIdentity
    run_key: str
    run_hash: str
    generation: int
    attempt: int
    schema: str
    keep_output: bool
    is_end: bool


@dataclass(frozen=True)
class Packed:
    """What is kept of it in ODAG_HANDOVER, in the transaction that reserves the attempt.

    :param body: what is run, or read, elsewhere. Never a secret.
    :param external_job: name of what runs it outside of the database, None: nothing does.
    :param units: statements, numbered from 1; :param values: what they are run with.
    """

    body: str
    external_job: Optional[str] = None
    units: Tuple[str, ...] = ()
    values: Tuple[Value, ...] = ()


class Carrier(Protocol):
    """Carry segments of one place.

    It is called in the thread of whoever looks after a run, between two looks at its rows. Each
    call is bounded in time: a look is repeated after some seconds, for hours.

    Any call may raise `CarrierBusy`: for now it cannot be done or said, and it is tried again, each
    time a little later, for as long as it takes; and `CarrierRefused`: it will not be, until
    somebody mends what the message says. The reservation stays: the next try finds it.
    """

    def pack(self, parcel: Parcel) -> Packed:
        """Say what is to be kept of a parcel; nothing is begun.

        :raises ScriptError: something of it cannot be carried, with line and cure.
        """

    def submit(self, row: HandoverRow, body: str, *, again: bool) -> Optional[External]:
        """Begin it, unless that has happened: then what was begun is left as it is.

        An answer may have been lost before: where `row.external_id` says nothing, what was begun
        is looked for by `token`, among all that was begun since shortly before `row.submitted_at`.

        :param body: as it was packed; "" for a place in the database.
        :param again: somebody else reserved it, or it was begun before and is not there any more.
        :return: where it runs; None: in the database. It is written into the row at once.
        """

    def state(self, row: HandoverRow) -> JobState:
        """Say how it stands.

        Of several runs that bear its `token` one that is at work counts, before one that is over.

        :return: without a state and without runs: nothing of it was begun, or that is lost.
        """

    def drop(self, row: HandoverRow) -> Optional[str]:
        """Keep what has not begun its work from beginning it; it may begin to run all the same.

        :return: what stood in the way, None when it is gone, or ends by itself.
        """

    def stop(self, row: HandoverRow) -> Optional[str]:
        """Stop what is at work; of the database's session nothing need be done here.

        :return: what stood in the way, None when it is over or ends soon.
        """

    def cost(self, row: HandoverRow) -> Optional[float]:
        """Return the DPU-seconds of what is over, None when there are none.

        It is asked once, right after the last step was written down: what is about to end may be
        waited for, some seconds long.
        """


def token(run_hash: str, attempt: int) -> str:
    """Return what tells an attempt that is carried from all others, wherever it is."""
    return f"{run_hash}:{attempt}"
