"""Which steps are handed to one job, and what the job does for each of them.

A job runs the steps that a worker would run, in the same order of things: what
`airflow_oracle_dag.runtime.steps` and `airflow_oracle_dag.runtime.block` do call by call is written
here as a list of operations, which `airflow_oracle_dag.sql.handover_body` turns into one block of
PL/SQL. Statements and values are kept in rows and named by number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from airflow_oracle_dag.core.binds import bind_sequence
from airflow_oracle_dag.core.compiled import (
    SHOW_ERRORS,
    StoredUnit,
    leaves_what_is_there,
    shown_unit,
    unit_of,
)
from airflow_oracle_dag.core.ddl import looked_at, read_ddl
from airflow_oracle_dag.core.drafts import Unit
from airflow_oracle_dag.core.handed_values import Value, Values
from airflow_oracle_dag.core.plan import Step, StepClass
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.tolerance import NEVER
from airflow_oracle_dag.core.values import ScriptValues

WORKER, DATABASE, GLUE = "worker", "database", "glue"
#: What the numbers of an operation mean stands beside its name in `handover_body.Composer`.
Operation = Tuple[str, Tuple[int, ...]]

_NONE = -1
_COUNTED = ("INSERT", "UPDATE", "DELETE", "MERGE")
_OPERATORS = ("=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Segment:
    """Steps that run behind one another in one place.

    :param carried: @always steps before them that other segments run; a session of its own needs
        them again.
    """

    place: str
    steps: Tuple[Step, ...]
    carried: Tuple[Step, ...] = ()

    @property
    def handed(self) -> Tuple[Step, ...]:
        """Return all steps that a job runs which is handed this segment."""
        return (*self.carried, *self.steps)


@dataclass(frozen=True)
class Given:
    """What a step's statements are run with.

    :param binds: of each unit, the values by name.
    :param variables: JSON of what the script's variables hold after it, None when it has none.
    """

    binds: Tuple[Mapping[str, Any], ...]
    variables: Optional[str] = None


@dataclass(frozen=True)
class Job:
    """What a job's session is like, and what its end means.

    :param session_lock: number of the lock that it is to hold while it lives.
    :param keep_output: whether DBMS_OUTPUT may be kept with its steps.
    :param is_end: its last step is the last one that the run has.
    """

    session_lock: int
    module: str
    client_identifier: str
    keep_output: bool
    is_end: bool


@dataclass(frozen=True)
class Prepared:
    """A segment as it is handed over.

    :param units: the statements, numbered from 1.
    """

    operations: Tuple[Operation, ...]
    units: Tuple[str, ...]
    values: Tuple[Value, ...]

    @property
    def kinds(self) -> Tuple[str, ...]:
        """Return the kinds of the values, in their order."""
        return tuple(value.kind for value in self.values)


def segments(steps: Sequence[Step]) -> List[Segment]:
    """Cut the steps that are to run where their place changes.

    @always steps belong to what follows them, behind the last step to what is before.
    """
    found: List[Tuple[str, List[Step]]] = []
    waiting: List[Step] = []
    for step in steps:
        waiting.append(step)
        if step.step_class is StepClass.ALWAYS:
            continue
        if found and found[-1][0] == step.place:
            found[-1][1].extend(waiting)
        else:
            found.append((step.place, waiting))
        waiting = []
    if waiting:
        found = found or [(WORKER, [])]
        found[-1][1].extend(waiting)
    cut: List[Segment] = []
    carried: List[Step] = []
    for place, own in found:
        cut.append(Segment(place, tuple(own), tuple(carried)))
        carried += [step for step in own if step.step_class is StepClass.ALWAYS]
    return cut


def given(step: Step, values: ScriptValues) -> Given:
    """Return what a step is run with whose binds are all the run's."""
    return Given(
        tuple({name: values.lookup(name) for name in unit.piece.binds} for unit in step.units)
    )


def prepare(steps: Sequence[Step], run_with: Sequence[Given], job: Job) -> Prepared:
    """Prepare steps for a job.

    :param steps: that the job is to run, in order: `Segment.handed`.
    :param run_with: for each of them.
    :raises CannotBeHanded: by a value; the plan has refused the script before.
    """
    writer = _Writer(job)
    writer.advance(None, None, steps[0])
    following: List[Optional[Step]] = [*steps[1:], None]
    for step, run, then in zip(steps, run_with, following):
        writer.step(step, run)
        writer.advance(step, run, then)
    return Prepared(tuple(writer.operations), tuple(writer.units), tuple(writer.values.all))


class _Writer:
    def __init__(self, job: Job) -> None:
        self.operations: List[Operation] = []
        self.units: List[str] = []
        self.values = Values()
        self._job = job
        for head in (job.session_lock, job.module, job.client_identifier, int(job.keep_output)):
            self.values.add(head)

    def advance(self, done: Optional[Step], run: Optional[Given], then: Optional[Step]) -> None:
        """End a step and start the next one."""
        if then is not None and then.units[0].piece.statement is Is.SET_TRANSACTION:
            # A query of ours in front of it could begin the transaction, as under SERIALIZABLE.
            self._do("fetch", len(self.units) + 1)
        believed = done is not None and done.is_believed
        noted = _looked_at(then)
        self._do(
            "advance",
            done.no if done else _NONE,
            self._text(done.name if done else None),
            self._text(done.step_class.value if done else None),
            self._text(done.text_hash if done and believed else None),
            self._text(run.variables if run else None),
            int(done is not None and _is_compared(done)),
            int(done is not None and done.read_only),
            then.no if then else _NONE,
            self._text(then.code_place if then else None),
            self._text(then.evidence if then and not noted else None),
            int(then is not None and then.marked_by_block),
            int(then is None and not self._job.is_end),
            *(self._text(name) for name in noted),
        )

    def step(self, step: Step, run: Given) -> None:
        """Do what a step does, from its mark to the block that ends it."""
        is_marked = int(step.marked_by_block)
        name = self.values.number(step.name)
        self._do("begin", step.no, name, int(step.may_end_transaction), is_marked)
        if step.strict:
            self._do("forbid_commit")
        for no, unit in enumerate(step.units, 1):
            self._lines(unit.before)
            self._unit(step, no, unit, run.binds[no - 1])
            if step.is_marked and no == step.mark_after:
                self._do("mark")
        if step.strict:
            self._do("allow_commit")
        self._lines(step.after)

    def _unit(self, step: Step, no: int, unit: Unit, binds: Mapping[str, Any]) -> None:
        piece = unit.piece
        if unit.discard:
            self._do("discard", no, int(step.is_marked), int(step.strict))
            return
        commits = step.strict and piece.statement is Is.ROLLBACK_TO
        if commits:
            self._do("allow_commit")
        goes_on = unit.check is None and bool(piece.goes_on or unit.tolerated)
        is_block = int(piece.statement is Is.PLSQL)
        if goes_on:
            self._do("try", is_block)
        self._send(no, unit, binds)
        if leaves_what_is_there(piece):
            self._do("compiled", *self._stored(unit_of(piece)))
        if goes_on:
            how, codes = ("pass_all_but", tuple(NEVER)) if piece.goes_on else ("pass_some", ())
            listed = sorted(int(code[4:]) for code in codes or unit.tolerated)
            self._do(how, piece.first_line, is_block, int(step.strict), *listed)
        if commits:
            self._do("forbid_commit")
        if unit.expected is not None:
            told = self.values.number(f"@expect {unit.expected}: {piece.verb}")
            operator = _OPERATORS.index(unit.expected.operator)
            is_query = int(piece.statement is Is.SELECT)
            self._do("expect", told, operator, unit.expected.figure, is_query)

    def _send(self, no: int, unit: Unit, binds: Mapping[str, Any]) -> None:
        piece = unit.piece
        self.units.append(piece.text)
        text = len(self.units)
        # A block and CALL take a value for each name, SQL for each place (PL/SQL Language
        # Reference, EXECUTE IMMEDIATE Statement).
        names = piece.binds if piece.statement is Is.PLSQL else bind_sequence(piece.text)
        used = [self.values.number(binds[name]) for name in names]
        if unit.check is not None:
            told = self.values.number(f"@check {unit.check.name}")
            self._do("check", no, text, told, *used)
        elif piece.statement is Is.SELECT:
            self._do("query", no, text, *used)
        else:
            how = "block" if piece.statement is Is.PLSQL else "statement"
            self._do("dml" if piece.verb in _COUNTED else how, no, text, *used)

    def _lines(self, lines: Sequence[Piece]) -> None:
        for line in lines:
            if line.verb == "PROMPT":
                _, _, text = line.text.partition(" ")
                self._do("say", self.values.number(text.strip()))
            elif line.verb == SHOW_ERRORS:
                unit = shown_unit(line)
                if unit is not None:
                    self._do("show_errors", *self._stored(unit))

    def _stored(self, unit: Optional[StoredUnit]) -> Tuple[int, ...]:
        if unit is None:
            return ()
        names = (unit.owner, unit.name, unit.kinds[0], unit.kinds[-1])
        return tuple(self._text(name) for name in names)

    def _text(self, text: Optional[str]) -> int:
        return _NONE if text is None else self.values.number(text)

    def _do(self, name: str, *numbers: int) -> None:
        self.operations.append((name, numbers))


def _is_compared(step: Step) -> bool:
    """Tell whether a step ends in the transaction that was marked, unless it ended that itself."""
    return step.is_marked and step.step_class is not StepClass.DDL


def _looked_at(step: Optional[Step]) -> Tuple[Optional[str], ...]:
    """Return the names that the block looks up which starts a step, () when it looks at nothing."""
    if step is None or step.step_class is not StepClass.DDL:
        return ()
    statement = read_ddl(step.units[0].piece)
    found: Dict[str, Optional[str]] = looked_at(statement, statement.owner)
    return tuple(found.values()) if statement.is_compared else ()
