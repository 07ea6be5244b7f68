"""What cannot be handed to a job of the database, said before anything starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Optional, Sequence, Tuple

from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_values import MOST_BYTES, CannotBeHanded, read_value
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.values import ScriptValues

if TYPE_CHECKING:
    from airflow_oracle_dag.core.plan import Step

_RETURNS = re.compile(r"\bRETURN(?:ING)?\b", re.IGNORECASE)
_EDITION = re.compile(r"\s*ALTER\s+SESSION\s+SET\s+EDITION\b", re.IGNORECASE)
#: Kinds of VARIABLEs whose values a job has as the worker would bind them.
_KINDS = ("NUMBER", "VARCHAR2")


def refuse_handed(script: Script, steps: Sequence[Step], values: ScriptValues) -> None:
    """Raise for the first statement of a step that cannot run in a job.

    :param steps: all of a script.
    :raises ScriptError: with line and cure.
    """
    for mistake in handed_mistakes(script, steps, values):
        raise mistake


def handed_mistakes(
    script: Script, steps: Sequence[Step], values: ScriptValues
) -> Iterator[ScriptError]:
    """Give what of the steps that are handed over cannot run in a job, each with line and cure."""
    for step in _handed(steps):
        for piece, message in _reasons(step, values):
            yield ScriptError(
                message,
                file=piece.file or script.name,
                line=piece.first_line,
                text=piece.first_text,
                cure=_cure(step),
                rule="cannot-be-handed",
                step=step.name,
            )


def _cure(step: Step) -> str:
    if step.step_class.value == "ALWAYS":
        return "give the steps behind it run_on=worker, or put it behind them"
    return "give the step run_on=worker"


def _handed(steps: Sequence[Step]) -> Iterator[Step]:
    """Give the steps that a job runs: those of that place, and what is run again before them."""
    runs = [step for step in steps if not step.is_skipped]
    own = [step.no for step in runs if _is_own(step)]
    others = [step.no for step in runs if step.step_class.value != "ALWAYS"]
    last = max(own, default=0)
    if last == max(others, default=0):
        last = runs[-1].no if own else 0  # what is at the end goes with it
    for step in runs:
        if step.no in own or (step.step_class.value == "ALWAYS" and step.no <= last):
            yield step


def _is_own(step: Step) -> bool:
    return step.place == "database" and step.step_class.value != "ALWAYS"


def _reasons(step: Step, values: ScriptValues) -> Iterator[Tuple[Piece, str]]:
    for line in (*(line for unit in step.units for line in unit.before), *step.after):
        if line.verb == "PRINT":
            yield line, "PRINT shows a value to the client, and a job in the database has none"
        elif line.holes:
            yield line, _queried(line)
        elif line.verb == "PROMPT" and not _can_be_kept(line.text):
            yield line, f"the text of PROMPT has more than {MOST_BYTES} bytes"
    for unit in step.units:
        reason = _reason(unit.piece, values)
        if reason is not None:
            yield unit.piece, reason


def _can_be_kept(text: str) -> bool:
    return len(text.encode("utf-8", "surrogatepass")) <= MOST_BYTES


def _queried(piece: Piece) -> str:
    return f"a query gives &{piece.holes[0]} its value, and a job in the database does not see it"


def _reason(piece: Piece, values: ScriptValues) -> Optional[str]:
    if piece.holes:
        return _queried(piece)
    if piece.setters:
        return (
            f"COLUMN {piece.setters[0].column} NEW_VALUE takes a value from this query, which a "
            "job in the database does not hand back"
        )
    if _EDITION.match(piece.text):
        return "a session changes its edition by a call of its own only, never in a job's block"
    reason = _variable(piece)
    if reason is not None:
        return reason
    for name in given_binds(piece):
        try:
            read_value(values.lookup(name))
        except CannotBeHanded as why:
            return f":{name} {why}"
    return None


def _variable(piece: Piece) -> Optional[str]:
    for variable in piece.variables:
        if piece.statement is Is.PLSQL or _RETURNS.search(piece.text):
            return (
                f"this statement may set the VARIABLE {variable.name}, and a job in the database "
                "does not hand its value back"
            )
        if variable.kind not in _KINDS:
            return f"VARIABLE {variable.name} {variable.kind} cannot be given to a job"
    return None
