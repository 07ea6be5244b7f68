"""From pieces to steps: the transaction units that the author wrote.

A step ends at COMMIT, before and after a DDL statement (which is a step alone), before ``@step``
and ``@always``, and at the end of the script. Statements that change the session (ALTER SESSION,
SET ROLE) and stand before any work of their transaction become an ``always`` step of their own,
because a resumed run begins in a new session that would otherwise lack them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from airflow_oracle_dag.core import fingerprint
from airflow_oracle_dag.core.binding import check_binds, refuse_unused, used_binds
from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.crossing import (
    declarations,
    given_binds,
    new_values,
    refuse_crossing,
    refuse_two_natures,
    values_put_in,
)
from airflow_oracle_dag.core.drafts import Draft, Unit, draft_steps, is_read_only, nothing_to_run
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_refusals import refuse_handed
from airflow_oracle_dag.core.joined import lines_in_file, prefixes, unit_in_file
from airflow_oracle_dag.core.opacity import Opacity, opacity_of
from airflow_oracle_dag.core.places import shown_at_its_line
from airflow_oracle_dag.core.plsql_traits import Call
from airflow_oracle_dag.core.script import Annotation, Notice, Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.values import RUN_ID, ScriptValues


class StepClass(str, Enum):
    """What a takeover may conclude about a step that was running."""

    TRANSACTIONAL = "TRANSACTIONAL"  # plain SQL: all of it is in our transaction
    BLOCK = "BLOCK"  # with PL/SQL that is known not to commit
    OPAQUE = "OPAQUE"  # with PL/SQL that may commit by itself
    DDL = "DDL"  # one DDL statement: commits before and after itself
    ALWAYS = "ALWAYS"  # runs again in every new session, leaves nothing permanent
    READ_ONLY = "READ_ONLY"  # a READ ONLY transaction or a check after the commit: changes nothing


@dataclass(frozen=True)
class Probe:
    """A SELECT that says, by giving a row, that the step's work is done."""

    sql: str
    line: int
    binds: Tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A unit of checkpoint.

    :param no: 1, 2, … in the order of the script.
    :param values_hash: of the values that its binds and variables have, but for the run's own id:
        where several runs share a key, it is another one in each.
    :param value_hashes: see `fingerprint.value_hashes`.
    :param is_named: its author gave it the name; else the name is only its number.
    :param mark_after: how many of its units run before the step is marked, because they want a
        clean transaction (SET TRANSACTION, ORA-01453); 0: marked by the block that starts it.
    :param read_only: its transaction is READ ONLY: it carries no mark, and must be ended before
        our tables can be written (ORA-01456).
    :param opaque_because: for an OPAQUE step, what makes it so.
    :param strict: COMMIT and ROLLBACK are switched off in the code that it calls.
    :param calls: for an OPAQUE step, the calls that alone make it so; of one that was proven clean,
        the calls that were looked behind.
    :param code_place: schema and edition in which its calls were looked up; elsewhere they mean
        others.
    :param evidence: what is noted when it starts, see `airflow_oracle_dag.core.proven`.
    :param timeout: seconds, None for no limit.
    :param expected: seconds that its author says it takes; None: nothing is said.
    :param is_skipped: stands behind an EXIT: it is shown and never run.
    :param place: where it runs: ``worker``, or ``database``, in a job of its own session.
    :param file: in which it begins, "" for the script's own.
    :param after: VARIABLE and PRINT lines behind its last statement.
    """

    no: int
    name: str
    step_class: StepClass
    units: Tuple[Unit, ...]
    first_line: int
    last_line: int
    text_hash: str
    values_hash: str
    value_hashes: str = ""
    is_named: bool = False
    mark_after: int = 0
    read_only: bool = False
    probe: Optional[Probe] = None
    repeatable: bool = False
    timeout: Optional[float] = None
    opaque_because: str = ""
    is_skipped: bool = False
    file: str = ""
    after: Tuple[Piece, ...] = ()
    strict: bool = False
    calls: Tuple[Call, ...] = ()
    code_place: Optional[str] = None
    evidence: Optional[str] = None
    expected: Optional[float] = None
    place: str = "worker"

    @property
    def queried(self) -> Tuple[str, ...]:
        """Return the substitution variables in it whose values queries give as it runs."""
        return tuple(dict.fromkeys(name for unit in self.units for name in unit.piece.holes))

    @property
    def may_end_transaction(self) -> bool:
        """Tell whether its transaction is to be compared with the marked one after an error."""
        return self.strict or bool(self.calls) or self.step_class is StepClass.OPAQUE

    @property
    def is_believed(self) -> bool:
        """Tell whether nothing in its own text says that it ends its transaction."""
        return bool(self.calls) or self.step_class is not StepClass.OPAQUE

    @property
    def is_marked(self) -> bool:
        """Tell whether its transaction carries the canary's mark at all."""
        return not self.read_only and self.step_class is not StepClass.ALWAYS

    @property
    def marked_by_block(self) -> bool:
        """Tell whether the block that starts it also marks it."""
        return self.is_marked and self.mark_after == 0


@dataclass(frozen=True)
class Plan:
    """The steps of a script, with everything that its binds need."""

    script: Script
    steps: Tuple[Step, ...]
    values: ScriptValues
    notices: Tuple[Notice, ...] = ()


def build_plan(
    script: Script,
    values: ScriptValues,
    *,
    step_timeout: Optional[float] = None,
    run_on: str = "worker",
    refuses: bool = True,
) -> Plan:
    """Make the plan of a script; an error shows the line that it is about.

    :param values: what its binds are looked up in.
    :param step_timeout: seconds for steps that say nothing themselves.
    :param run_on: where steps run that say nothing themselves.
    :param refuses: raise for a step that cannot run there.
    :raises ScriptError: a step without statements, two of one name, a statement out of place.
    :raises BindError: a bind that is missing, unused, absent or not allowed.
    """
    try:
        plan = _planned(script, values, step_timeout, run_on)
        if refuses:
            refuse_handed(script, plan.steps, values)
    except ScriptError as error:
        raise shown_at_its_line(script, error) from None
    return plan


def _joined(
    script: Script, values: ScriptValues, step_timeout: Optional[float], run_on: str
) -> Plan:
    """Make the plan of several scripts, each by itself, and put their steps behind one another."""
    steps: List[Step] = []
    notices: List[Notice] = []
    base = 0
    names = prefixes([part.name for part in script.parts])
    refuse_unused(script, values)
    refuse_two_natures(script)
    for part in script.parts:
        if not any(draft.runs for draft in draft_steps(part)):
            notices += [replace(each, file=each.file or part.name) for each in part.notices]
            notices.append(Notice(1, "nothing is run of this file: it has no statement", part.name))
            base += len(part.pieces)
            continue
        used = used_binds(part)
        own = {name: value for name, value in values.parameters.items() if name in used}
        given = ScriptValues(own, values.offered)
        plan = build_plan(part, given, step_timeout=step_timeout, run_on=run_on, refuses=False)
        notices += [replace(each, file=each.file or part.name) for each in plan.notices]
        for step in plan.steps:
            steps.append(
                replace(
                    step,
                    no=len(steps) + 1,
                    name=f"{names[part.name]}.{step.name}",
                    units=tuple(unit_in_file(unit, part.name, base) for unit in step.units),
                    after=lines_in_file(step.after, part.name, base),
                    file=step.file or part.name,
                )
            )
        base += len(part.pieces)
    if not steps:
        raise nothing_to_run(script)
    return Plan(script, tuple(steps), values, tuple(notices))


def _planned(
    script: Script, values: ScriptValues, step_timeout: Optional[float], run_on: str
) -> Plan:
    if script.parts:
        return _joined(script, values, step_timeout, run_on)
    drafts = draft_steps(script)
    if not any(draft.runs for draft in drafts):
        raise nothing_to_run(script)
    check_binds(script, values)
    refuse_two_natures(script)
    finished = (_finished(draft, no, values, step_timeout) for no, draft in enumerate(drafts, 1))
    steps = tuple(
        replace(step, place=draft.options.get("run_on", run_on))
        for step, draft in zip(finished, drafts)
    )
    _refuse_same_names(script, steps)
    _refuse_opaque_reading(script, steps)
    refuse_crossing(script, [(step.name, step.units, step.after) for step in steps])
    _refuse_strict(script, steps)
    return Plan(script, steps, values, (*script.notices, *_notices(script, steps)))


def _finished(draft: Draft, no: int, values: ScriptValues, step_timeout: Optional[float]) -> Step:
    pieces = [unit.piece for unit in draft.units]
    opacity = opacity_of(pieces)
    step_class, because = _classify(draft, opacity)
    base = draft.name or f"step_{no}"
    timeout, minutes = draft.options.get("timeout"), draft.options.get("expected_minutes")
    probe = _probe(draft.probe)
    binds = [bind for piece in pieces for bind in given_binds(piece)]
    if draft.skipped:
        binds = [bind for bind in binds if bind in values.names()]
    looked_up = {bind: values.lookup(bind) for bind in binds}
    put_in = values_put_in(pieces)
    used = [bind for bind in binds if bind != RUN_ID or RUN_ID in values.parameters]
    used_values = {**looked_up, **put_in}
    return Step(
        no=no,
        name=f"{base}.{draft.part}" if draft.name and draft.part > 1 else base,
        step_class=step_class,
        units=tuple(draft.units),
        first_line=pieces[0].first_line,
        last_line=pieces[-1].last_line,
        text_hash=fingerprint.text_hash(
            [*declarations(draft), *_written(pieces), *new_values(pieces)]
        ),
        values_hash=fingerprint.values_hash((*used, *put_in), used_values),
        value_hashes=fingerprint.value_hashes((*used, *put_in), used_values),
        is_named=bool(draft.name),
        read_only=draft.after_commit or is_read_only(pieces[0]),
        mark_after=1 if pieces[0].statement is Is.SET_TRANSACTION else 0,
        probe=probe,
        repeatable="repeatable" in draft.options,
        timeout=duration_seconds(timeout) if timeout else step_timeout,
        opaque_because=because,
        is_skipped=draft.skipped,
        file=pieces[0].file,
        after=draft.after,
        strict="atomic" in draft.options,
        calls=opacity.calls if step_class is StepClass.OPAQUE else (),
        expected=float(minutes) * 60 if minutes else None,
    )


def _written(pieces: Sequence[Piece]) -> Iterator[str]:
    return (piece.written or piece.text for piece in pieces)


def _classify(draft: Draft, opacity: Opacity) -> Tuple[StepClass, str]:
    pieces = [unit.piece for unit in draft.units]
    if draft.always:
        return StepClass.ALWAYS, ""
    if pieces[0].statement is Is.DDL:
        return StepClass.DDL, ""
    read_only = draft.after_commit or is_read_only(pieces[0])
    if opacity.because and (read_only or "atomic" not in draft.options):
        return StepClass.OPAQUE, opacity.because
    if read_only:
        return StepClass.READ_ONLY, ""
    if any(piece.statement is Is.PLSQL for piece in pieces):
        return StepClass.BLOCK, ""
    return StepClass.TRANSACTIONAL, ""


def _refuse_strict(script: Script, steps: Tuple[Step, ...]) -> None:
    """Refuse what atomic=strict cannot keep: DDL, and what the text itself commits."""
    for step in steps:
        itself = opacity_of([unit.piece for unit in step.units]).itself if step.strict else None
        if itself is not None:
            piece, reason = itself
            raise ScriptError(
                f"atomic=strict, and its own text {reason}: what that does to the transaction "
                "then is not certain",
                file=piece.file or script.name,
                line=piece.first_line,
                cure="delete it there, or delete atomic=strict",
                rule="strict-ends-transaction",
                step=step.name,
            )
        if step.strict and step.step_class is StepClass.DDL:
            raise ScriptError(
                "atomic=strict, and a DDL statement commits by itself",
                file=step.file or script.name,
                line=step.first_line,
                cure="give the DDL statement a -- @step of its own",
                rule="strict-ddl",
                step=step.name,
            )


def _probe(annotation: Optional[Annotation]) -> Optional[Probe]:
    if annotation is None:
        return None
    return Probe(annotation.value, annotation.line, find_binds(annotation.value))


def _notices(script: Script, steps: Tuple[Step, ...]) -> Iterator[Notice]:
    """Say what is allowed and may not be meant."""
    if script.encoding not in ("utf-8", "utf-8-sig", "ascii"):
        yield Notice(1, f"the file is not UTF-8, it was read as {script.encoding}")
    for step in steps:
        if step.is_skipped:
            text = f"step {step.name} is skipped: it stands behind an EXIT"
            yield Notice(step.first_line, text, step.file)
            continue
        for unit in step.units:
            piece = unit.piece
            if step.step_class is StepClass.ALWAYS and piece.statement is Is.DML:
                text = "DML under @always is repeated and committed in every attempt"
                yield Notice(piece.first_line, text, piece.file)
        only = step.units[0]
        if len(step.units) == 1 and only.check is not None and not step.read_only:
            yield Notice(
                only.check.line,
                f"@check {only.check.name} stands in a step of its own and cannot veto what is "
                "committed before it: put it before the COMMIT, or say after=commit",
                only.check.file,
            )


def _refuse_same_names(script: Script, steps: Tuple[Step, ...]) -> None:
    seen: Dict[str, Step] = {}
    for step in steps:
        earlier = seen.setdefault(step.name, step)
        if earlier is not step:
            raise ScriptError(
                f"two steps are called {step.name}: the other one begins in line "
                f"{earlier.first_line}" + (f" of {earlier.file}" if earlier.file else ""),
                file=step.file or script.name,
                line=step.first_line,
                cure="give each step a name of its own",
                rule="duplicate-step-name",
                step=step.name,
            )


def _refuse_opaque_reading(script: Script, steps: Tuple[Step, ...]) -> None:
    """Refuse code that could end a READ ONLY transaction: what it did then would carry no mark."""
    for step in steps:
        if step.read_only and step.step_class is StepClass.OPAQUE:
            raise ScriptError(
                f"this READ ONLY transaction runs code that may commit ({step.opaque_because})",
                file=step.file or script.name,
                line=step.first_line,
                cure="call that code in a step of its own",
                rule="opaque-in-read-only",
                step=step.name,
            )


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_seconds(text: str) -> float:
    """Turn ``90s``, ``30m``, ``2h`` or ``1d`` into seconds.

    :raises ValueError: for anything else.
    """
    value = text.strip().lower()
    if (
        len(value) < 2
        or value[-1] not in _UNITS
        or not value[:-1].isdigit()
        or int(value[:-1]) == 0
    ):
        raise ValueError(f"{text!r} is not a duration: write 90s, 30m, 2h or 1d")
    return float(int(value[:-1]) * _UNITS[value[-1]])
