"""Run the statements of one step, inside the transaction that its mark opened."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any, Dict, Optional, Sequence

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.compiled import SHOW_ERRORS
from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.drafts import Check, Unit
from airflow_oracle_dag.core.plan import Step, StepClass
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.tolerance import Expectation
from airflow_oracle_dag.runtime import block, codes, compilation
from airflow_oracle_dag.runtime.connector import SEEN_ROWS, Outcome, Session
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.progress import Progress
from airflow_oracle_dag.runtime.results import Event


class CheckNotTrue(DatabaseError):
    """Say that a @check's SELECT did not give one row that is true in all columns."""


class NotAsExpected(CheckNotTrue):
    """Say that a statement changed or gave another number of rows than its @expect asks for."""


class TimeIsUp(DatabaseError):
    """Say that a step may not go on."""


class StepWork:
    """Run one step; its block comes afterwards."""

    def __init__(
        self, session: Session, progress: Progress, step: Step, interrupt: Interrupt
    ) -> None:
        self.session = session
        self.progress = progress
        self.step = step
        self.interrupt = interrupt
        self._deadline = time.monotonic() + step.timeout if step.timeout else None
        progress.deadline = self._deadline

    def run(self) -> block.Finished:
        """Run every statement in order and return what the block needs.

        :raises DatabaseError: of the statement that failed; nothing was rolled back yet.
        """
        self.session.tag(self.step.name)
        self.progress.variables.begin(self.step)
        rows = self._strictly() if self.step.strict else self._units()
        self.progress.answered = True
        started = self.progress.started_at
        if started is None:
            raise DatabaseError("the step was not started by its block")
        self._obey(self.step.after)
        kept = self.progress.variables.kept()
        return block.Finished(self.step, started, rows, self._marked_with(), kept)

    def _obey(self, lines: Sequence[Piece]) -> None:
        for line in lines:
            if line.verb == SHOW_ERRORS:
                script = self.progress.plan.script
                with self.interrupt.calling(self.session):
                    shown = compilation.shown_errors(self.session, script, line)
            else:
                shown = self.progress.variables.obey(line)
            for text in shown:
                self.progress.observe(Event("output", text))

    def _look_at_compiler(self, piece: Piece, warning: str) -> None:
        script = self.progress.plan.script
        for text in compilation.refuse_uncompiled(self.session, script, piece, warning):
            self.progress.observe(Event("notice", text))

    def _units(self) -> int:
        rows = 0
        for count, unit in enumerate(self.step.units, 1):
            self.progress.unit = unit
            if unit.discard:
                rows = 0
            rows += self._unit(unit)
            if self.step.is_marked and count == self.step.mark_after:
                self._mark(discard=False)
        return rows

    def _strictly(self) -> int:
        """Run the statements with COMMIT and ROLLBACK switched off in the code that they call.

        They are switched on again before any block of ours, which commits in PL/SQL, too. A session
        that is lost, or is about to be closed, has no such setting any more.
        """
        self._switch("disable_commit")
        try:
            rows = self._units()
        except DatabaseError as error:
            if not isinstance(error, ConnectionLost):
                self._switch("enable_commit")
            raise
        self._switch("enable_commit")
        return rows

    def _switch(self, name: str) -> None:
        self.session.limit(None)
        with self.interrupt.protected(self.session):
            self.session.execute(sql.block(name), {})

    def _marked_with(self) -> Optional[str]:
        if not self.step.is_marked or self.step.step_class is StepClass.DDL:
            return None
        return self.progress.transaction_id

    def _unit(self, unit: Unit) -> int:
        self._limit()
        self._obey(unit.before)
        if unit.discard:
            self._discard()
            return 0
        values = self.progress.plan.values
        binds: Dict[str, Any] = {name: values.lookup(name) for name in given_binds(unit.piece)}
        binds.update(self.progress.variables.binds(unit.piece))
        piece = self.progress.variables.filled(unit.piece)
        try:
            with self.interrupt.calling(self.session):
                outcome = self.session.execute(piece.text, binds)
                self._look_at_compiler(piece, outcome.warning)
        except DatabaseError as error:
            if not self._goes_on(unit, error):
                raise
            self.progress.passed_over(error)
            return 0
        self.progress.variables.take(piece, outcome.outs)
        self.progress.variables.take_rows(piece, outcome)
        shown = self.progress.variables.discreet(piece, outcome)
        if unit.check is not None:
            _refuse_untrue(unit.check, outcome, shown)
        else:
            self.progress.queries.show(self.step, unit.piece, shown)
        if unit.expected is not None:
            _refuse_unexpected(unit.expected, unit.piece, outcome)
        return outcome.row_count

    def _goes_on(self, unit: Unit, error: DatabaseError) -> bool:
        """Tell whether the script asked to go on after an error like this one."""
        asked = unit.piece.goes_on or error.code in unit.tolerated
        if not asked or unit.check is not None or self.interrupt.requested:
            return False
        return not isinstance(error, ConnectionLost) and codes.ends_statement_only(error.code)

    def _discard(self) -> None:
        if self.step.is_marked and not self.step.strict:
            self._mark(discard=True)
            return
        with self.interrupt.calling(self.session):
            self.session.rollback()  # not in a block, where atomic=strict forbids it
        if self.step.is_marked:
            self._mark(discard=False)

    def _mark(self, *, discard: bool) -> None:
        with self.interrupt.protected(self.session):
            self.progress.transaction_id = block.mark(
                self.session, self.progress.hold, self.step, discard=discard
            )

    def _limit(self) -> None:
        """Leave the next call what the step has left of its time.

        Unverified: a call that takes longer is interrupted, and is DPY-4024 only when the server
        has acknowledged that; else the session is closed (python-oracledb User Guide, Database
        Call Timeouts).
        """
        left: Optional[float] = None
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeIsUp(f"the step took longer than {self.step.timeout:g} s", "DPY-4024")
        self.session.limit(left)


def _refuse_untrue(check: Check, outcome: Outcome, shown: Outcome) -> None:
    if len(outcome.rows) != 1:
        count = "no row" if not outcome.rows else "more than one row"
        raise CheckNotTrue(f"@check {check.name} gave {count} instead of one")
    untrue = [
        f"{column} = {'NULL' if said is None else said}"
        for column, value, said in zip(outcome.columns, outcome.rows[0], shown.rows[0])
        if not is_true(value)
    ]
    if untrue:
        raise CheckNotTrue(f"@check {check.name} is not true: {', '.join(untrue)}")


def _refuse_unexpected(expected: Expectation, piece: Piece, outcome: Outcome) -> None:
    """Hold the rows of a statement against its @expect; of a query the first ones are counted."""
    is_query = bool(outcome.columns)
    rows = len(outcome.rows) if is_query else outcome.row_count
    if expected.holds(rows):
        return
    count = "no rows" if not rows else "1 row" if rows == 1 else f"{rows} rows"
    if is_query and rows == SEEN_ROWS:
        count += " or more"
    did = "gave" if is_query else "changed"
    raise NotAsExpected(f"@expect {expected}: {piece.verb} {did} {count}")


def is_true(value: Any) -> bool:
    """Tell whether a column of a @check says yes.

    A number is true unless it is 0, a text when it is one of Y, YES, T, TRUE or 1 in any case.
    NULL is never true.
    """
    if isinstance(value, (bool, int, float, Decimal)):
        return bool(value)
    if isinstance(value, str):
        return value.strip().upper() in ("Y", "YES", "T", "TRUE", "1")
    return False
