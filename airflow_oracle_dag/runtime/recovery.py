"""What a runner does after an error that the database itself answered to it.

It asks what the transaction was, rolls back, and has the step judged under the canary's lock like
any takeover; then it writes the end of its own attempt, in a new transaction that is fenced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Optional, TypeVar

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.takeover import CleanError
from airflow_oracle_dag.runtime import block, codes
from airflow_oracle_dag.runtime.compilation import NotCompiled
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.failure import explained
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.results import Event, Observer
from airflow_oracle_dag.runtime.settlement import in_doubt, write_own_end
from airflow_oracle_dag.runtime.takeover import Own, Takeover

#: The driver gave up waiting for an answer: the call took longer than it may.
TIME_IS_UP = "DPY-4024"
_T = TypeVar("_T")


def settle_error(
    error: DatabaseError,
    progress: Progress,
    takeover: Takeover,
    observe: Observer,
    *,
    repeat: bool,
) -> Own:
    """Write down what an error left, and raise it; return only where the attempt may go on.

    :param repeat: whether a step may be run once more after an error that passes.
    :return: what the attempt begins again with: its step is done after all, was never sent, or runs
        once more.
    :raises StepFailed: the step is FAILED.
    :raises InDoubt: something of it may be committed.
    """
    store, session = takeover.store, takeover.store.session
    session.limit(None)
    same = unless_cancelled(lambda: _same_transaction(error, progress, takeover))
    clean = CleanError(
        same,
        certain=error.code != TIME_IS_UP,
        in_block=progress.answered,
        again=codes.passing(error.code) if repeat else "",
        uncompiled=isinstance(error, NotCompiled),
    )
    unless_cancelled(session.rollback)
    own = Own(progress.hold.attempt, clean)
    settled = takeover.settle(own)
    row = settled.situation.open_step
    if row is not None and progress.step is not None and row.step_no != progress.step.no:
        session.rollback()
        said = f"step {row.name} was started, but the answer was lost: {error.message}"
        observe(Event("decision", said))
        return Own(own.attempt, CleanError(sent=False))
    after = settled.after(row) if row is not None else None
    if row is None or after is None or after.state not in (State.FAILED, State.IN_DOUBT):
        session.rollback()
        if row is not None and after is not None:
            first = error.message.split("\n", 1)[0]
            observe(Event("decision", f"step {row.name}: {first}: {after.reason}"))
        return own
    output = block.drain_output(session)
    failure = explained(error, progress.failing(error))
    inside = None if same is None else int(not same)
    write_own_end(store, settled, failure.code, str(failure), output, commits_inside=inside)
    progress.ended_badly(row.step_no, after.state, str(failure), error.message, output)
    if after.state is State.IN_DOUBT:
        known = replace(after, error_code=failure.code, error_text=error.message)
        raise in_doubt(settled.situation.run, known) from error
    raise failure from error


def unless_cancelled(call: Callable[[], _T]) -> _T:
    """Make a call once more when a cancel meant for the call before it hit it.

    A time-out or a cancel that loses the race against the answer reaches the next call.
    """
    try:
        return call()
    except DatabaseError as error:
        if error.code != "ORA-01013":
            raise
    return call()


def _same_transaction(
    error: DatabaseError, progress: Progress, takeover: Takeover
) -> Optional[bool]:
    """Tell whether a step that calls other code is in the transaction that was marked.

    None: nobody asked, or the error itself ended the transaction, so that nothing can be compared.
    """
    step = progress.step
    if step is None or not step.may_end_transaction or progress.transaction_id is None:
        return None
    if codes.ends_transaction(error.code):
        return None
    return block.transaction_id(takeover.store.session) == progress.transaction_id
