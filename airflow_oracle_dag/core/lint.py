"""Say what is wrong with a script, and what may go wrong, without a database and all at once.

An error is what a run would refuse. A warning is what a run would accept and a person may have to
answer for: a step of which nobody can tell, once its attempt died in it, whether it is done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Iterator, List, Tuple, Union

from airflow_oracle_dag.core.binding import bind_names
from airflow_oracle_dag.core.ddl import doubtful_because
from airflow_oracle_dag.core.errors import ScriptError, drawn
from airflow_oracle_dag.core.parse import find_mistakes
from airflow_oracle_dag.core.plan import Plan, Step, StepClass, build_plan
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.values import ScriptValues

_COMMITS = re.compile(r"\b(?:COMMIT|ROLLBACK)\b", re.IGNORECASE)
_ASK = (
    "write a -- @probe that gives a row once it is done, or repeatable if running it twice is safe"
)
_LOOK = (
    "see what it calls with `oracle-dag plan FILE --dsn …`: a run looks, too, and nobody is asked "
    f"where that cannot commit. Else say atomic=strict, {_ASK}"
)


class Severity(str, Enum):
    """How bad it is."""

    ERROR = "error"  # a run refuses the script
    WARNING = "warning"  # a run may need a person
    NOTE = "note"  # what a run says in its log


@dataclass(frozen=True)
class Problem:
    """One thing to know about a script.

    :param rule: a stable name for this kind of problem, such as ``missing-slash``.
    :param line: 1-based, 0 when the whole file is meant; :param column: the same.
    :param text: the line, with the column at ``caret``; "" where the line is not shown.
    """

    severity: Severity
    rule: str
    file: str
    line: int
    column: int
    message: str
    cure: str = ""
    text: str = ""
    caret: int = 0

    def __str__(self) -> str:
        """Write it as a compiler would: where, what, the line with a caret, the cure."""
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        lines = [f"{where}: {self.severity.value}: {self.message} [{self.rule}]"]
        lines += drawn(self.text, self.caret)
        if self.cure:
            lines.append(f"  To mend it: {self.cure}")
        return "\n".join(lines)


def lint_script(
    source: Union[bytes, str], name: str, settings: ParseSettings
) -> Tuple[Problem, ...]:
    """Give the problems of a script, in the order of its lines.

    :param source: as for `parse_script`; :param name: what the problems call it.
    """
    script, mistakes = find_mistakes(source, name=name, settings=settings)
    problems = [_error(mistake) for mistake in mistakes]
    if script is not None:
        try:
            plan = build_plan(script, ScriptValues({}, dict.fromkeys(bind_names(script), "")))
        except ScriptError as error:
            problems.append(_error(error))
        else:
            problems += _of_plan(plan)
    return tuple(sorted(problems, key=lambda each: (each.file != name, each.file, each.line)))


def _error(error: ScriptError) -> Problem:
    step = f" (step {error.step})" if error.step else ""
    return Problem(
        Severity.ERROR,
        error.rule or "script",
        error.file,
        error.line,
        error.column,
        error.message + step,
        error.cure,
        error.text,
        error.caret,
    )


def _of_plan(plan: Plan) -> List[Problem]:
    name = plan.script.name
    notes = [
        Problem(Severity.NOTE, "notice", notice.file or name, notice.line, 0, notice.text)
        for notice in plan.notices
    ]
    return [*notes, *(found for step in plan.steps for found in _of_step(name, step))]


def _of_step(name: str, step: Step) -> Iterator[Problem]:
    if step.is_skipped or step.probe is not None or step.repeatable:
        return
    cure = _ASK
    if step.step_class is StepClass.OPAQUE:
        commits = _COMMITS.search(step.opaque_because) is not None
        rule = "commit-in-plsql" if commits else "opaque-block"
        message = f"step {step.name} may commit by itself ({step.opaque_because})"
        if step.calls:
            cure = _LOOK
    elif step.step_class is StepClass.DDL:
        because = doubtful_because(step.units[0].piece)
        if not because:
            return
        rule = "ddl-without-probe"
        message = f"step {step.name} is DDL that cannot be looked up ({because})"
    else:
        return
    yield Problem(
        Severity.WARNING,
        rule,
        step.file or name,
        step.first_line,
        0,
        f"{message}: if its attempt dies while it runs, a person must say whether it is done",
        f"{cure}.",
    )
