"""Say what is wrong with a script, and what may go wrong, without a database and all at once.

An error is what a run would refuse. A warning is what a run would accept and a person may have to
answer for: a step of which nobody can tell, once its attempt died in it, whether it is done, and
what a database will not do as it is written. `airflow_oracle_dag.core.step_lint` judges the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import FrozenSet, List, Optional, Sequence, Tuple, Union

from airflow_oracle_dag.core.binding import bind_mistakes, bind_names, used_binds
from airflow_oracle_dag.core.errors import BindError, ScriptError
from airflow_oracle_dag.core.handed_refusals import handed_mistakes
from airflow_oracle_dag.core.mistakes import find_mistakes
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.problems import Problem, Severity
from airflow_oracle_dag.core.script import ParseSettings, Script
from airflow_oracle_dag.core.step_lint import unused_variables, warnings_of
from airflow_oracle_dag.core.values import ScriptValues

__all__ = ["Examined", "Problem", "Severity", "examine", "lint_script"]

#: Mistakes of one script that are said; of more only how many there are.
_MOST = 100


@dataclass(frozen=True)
class Examined:
    """What was found in a script.

    :param binds: whose values it is given; of a script that cannot be read, none are known.
    """

    problems: Tuple[Problem, ...]
    binds: Optional[FrozenSet[str]] = None


def lint_script(
    source: Union[bytes, str], name: str, settings: ParseSettings
) -> Tuple[Problem, ...]:
    """Give the problems of a script, in the order of its lines; its binds may have any values.

    :param source: as for `parse_script`; :param name: what the problems call it.
    """
    return examine(source, name, settings).problems


def examine(
    source: Union[bytes, str],
    name: str,
    settings: ParseSettings,
    values: Optional[ScriptValues] = None,
) -> Examined:
    """Give the problems of a script, in the order of its lines.

    :param values: what its binds are looked up in, None: whatever they need is there. A parameter
        that it does not use is no problem here: another script may.
    """
    script, mistakes = find_mistakes(source, name=name, settings=settings)
    problems = [_error(mistake) for mistake in mistakes]
    if script is None:
        return Examined(_sorted(name, problems))
    assumed = dict.fromkeys(bind_names(script), "")
    wrong = bind_mistakes(script, values or ScriptValues({}, assumed), unused=False)
    problems += [_error(mistake) for mistake in islice(wrong, _MOST)]
    problems += _of_plan(script, ScriptValues({}, assumed))
    return Examined(_sorted(name, problems), frozenset(used_binds(script)))


def _of_plan(script: Script, values: ScriptValues) -> List[Problem]:
    try:
        plan = build_plan(script, values, refuses=False)
    except BindError:
        return []  # said already, with all others
    except ScriptError as error:
        return [_error(error)]
    notes = [
        Problem(Severity.NOTE, "notice", notice.file or script.name, notice.line, 0, notice.text)
        for notice in plan.notices
    ]
    unplaced = [_error(each) for each in islice(handed_mistakes(script, plan.steps, values), _MOST)]
    return [*notes, *unplaced, *warnings_of(plan), *unused_variables(script)]


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


def _sorted(name: str, problems: Sequence[Problem]) -> Tuple[Problem, ...]:
    """Put them in order; of very many, say the first and how many are left."""
    ordered = sorted(problems, key=lambda each: (each.file != name, each.file, each.line))
    if len(ordered) <= _MOST:
        return tuple(ordered)
    rest = ordered[_MOST:]
    worst = next(kind for kind in Severity if any(each.severity is kind for each in rest))
    more = Problem(worst, "more", name, 0, 0, f"at least {len(rest)} more are not shown")
    return (*ordered[:_MOST], more)
