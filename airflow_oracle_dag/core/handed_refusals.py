"""What cannot be handed to a job of the database, or to AWS Glue, said before anything starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Collection, Iterator, Optional, Sequence, Tuple

from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.handed_values import MOST_BYTES, CannotBeHanded, read_value
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.values import ScriptValues, Secret

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
    """Give what of the steps that are handed over cannot run there, each with line and cure."""
    places = (("database", _reasons), ("glue", _secrets))
    handed = [(step, reasons) for place, reasons in places for step in _handed(steps, place)]
    for step, reasons in sorted(handed, key=lambda one: one[0].no):
        for piece, message in reasons(step, values):
            yield ScriptError(
                message,
                file=piece.file or script.name,
                line=piece.first_line,
                text=piece.first_text,
                cure=_cure(step),
                rule="cannot-be-handed",
                step=step.name,
            )


def refuse_uncarried(script: Script, steps: Sequence[Step], places: Collection[str]) -> None:
    """Raise for the first step of a place that nobody carries it to.

    :param places: that steps can be carried to, besides the database.
    :raises ScriptError: with line and cure.
    """
    for step in steps:
        is_here = step.place in ("worker", "database", *places)
        if is_here or step.is_skipped or step.step_class.value == "ALWAYS":
            continue
        raise ScriptError(
            "this step runs in AWS Glue (run_on=glue), and nobody here hands it over",
            file=step.file or script.name,
            line=step.first_line,
            text=step.units[0].piece.first_text,
            cure="give the OracleScriptOperator glue_job_name, which knows how to, or let it run "
            "in the worker or the database (run_on=worker, run_on=database)",
            rule="nobody-carries",
            step=step.name,
        )


def _cure(step: Step) -> str:
    if step.step_class.value == "ALWAYS":
        return "give the steps behind it run_on=worker, or put it behind them"
    return "give the step run_on=worker"


def _handed(steps: Sequence[Step], place: str) -> Iterator[Step]:
    """Give the steps that a job runs: those of that place, and what is run again before them."""
    runs = [step for step in steps if not step.is_skipped]
    own = [step.no for step in runs if _is_own(step, place)]
    others = [step.no for step in runs if step.step_class.value != "ALWAYS"]
    last = max(own, default=0)
    if last == max(others, default=0):
        last = runs[-1].no if own else 0  # what is at the end goes with it
    for step in runs:
        if step.no in own or (step.step_class.value == "ALWAYS" and step.no <= last):
            yield step


def _is_own(step: Step, place: str) -> bool:
    return step.place == place and step.step_class.value != "ALWAYS"


def _secrets(step: Step, values: ScriptValues) -> Iterator[Tuple[Piece, str]]:
    """Give what binds a secret: the runner elsewhere has the values of all other binds."""
    for unit in step.units:
        for name in given_binds(unit.piece):
            if isinstance(values.lookup(name), Secret):
                yield unit.piece, f":{name} is a secret, and none is ever handed to AWS Glue"


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
