"""What a script's variables held after the steps that are done, and where nobody knows it.

A step that its own attempt ended says it in its row. One that a probe or a person declared done
does not: its VARIABLE lines can still be read in the script, but if a statement of it may have set
a variable that is needed later, the run cannot go on by itself.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Dict, FrozenSet, Iterable, Mapping, Optional, Sequence, Set

from airflow_oracle_dag.core.crossing import used_variables
from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.script import StatementClass as Is

#: Of what is kept with a step.
MOST_BYTES = 4000
#: Stands for all that queries set and there was no room for.
_REST = "&"
_NO_ROOM = "its value was too long to be kept"
#: DML sets a variable by RETURNING only; the word may stand in a string, too.
_RETURNS = re.compile(r"\bRETURN(?:ING)?\b", re.IGNORECASE)


def first_to_run(plan: Plan, rows: Sequence[StepRow]) -> int:
    """Return the number of the first step that is not done and is no @always; 0: there is none."""
    done = {row.step_no for row in rows if row.is_done}
    for step in plan.steps:
        if step.no not in done and step.step_class is not StepClass.ALWAYS:
            return step.no
    return 0


def kept_before(plan: Plan, rows: Sequence[StepRow], no: int) -> Optional[Mapping[str, Any]]:
    """Return what the variables held before a step, by name, as it is written in its row.

    :return: None when no ordinary step before it is done; a value may be unknown, see
        `unknown_because`.
    """
    ordinary = {step.no: step for step in plan.steps if step.step_class is not StepClass.ALWAYS}
    found: Dict[str, Any] = {}
    for row in sorted(rows, key=lambda each: -each.step_no):
        if row.step_no >= no or row.step_no not in ordinary or not row.is_done:
            continue
        if row.variables is not None:
            return {**json.loads(row.variables), **found}
        found = {**_left_by(ordinary[row.step_no]), **found}
    return found or None


def last_done(plan: Plan, rows: Sequence[StepRow], no: int) -> int:
    """Return the number of the ordinary step before a step that was done last, 0: there is none."""
    always = {step.no for step in plan.steps if step.step_class is StepClass.ALWAYS}
    done = [row.step_no for row in rows if row.is_done and row.step_no not in always]
    return max((number for number in done if number < no), default=0)


def as_kept(content: Mapping[str, Any]) -> str:
    """Write what is kept with a step; of what queries set, the shortest that there is room for.

    :return: longer than `MOST_BYTES` only by what is no query's.
    """
    text = _written(content)
    queried = {name: value for name, value in content.items() if name.startswith("&")}
    if len(text) <= MOST_BYTES or not queried:
        return text
    kept = {name: value for name, value in content.items() if name not in queried}
    kept[_REST] = {"unknown": _NO_ROOM}
    room = MOST_BYTES - len(_written(kept))
    for size, name in sorted((len(_written({name: queried[name]})), name) for name in queried):
        room -= size  # its braces are as long as what stands between
        if room < 0:
            break
        kept[name] = queried[name]
    return _written(kept)


def _written(content: Mapping[str, Any]) -> str:
    # In ASCII, so that no character set of the database changes an NVARCHAR2 value.
    return json.dumps(content, separators=(",", ":"))


def known_of(kept: Mapping[str, Any], queried: Iterable[str]) -> Dict[str, Any]:
    """Give what was kept by name, with all that is not known of what queries set.

    :param queried: names of what they set, ``&name``.
    """
    found = dict(kept)
    rest = found.pop(_REST, None)
    if rest is not None:
        found.update({name: rest for name in queried if name not in kept})
    return found


def set_by_queries(plan: Plan) -> FrozenSet[str]:
    """Return what queries of a script set, ``&name``."""
    units = [unit for step in plan.steps for unit in step.units]
    return frozenset(setter.key for unit in units for setter in unit.piece.setters)


def _left_by(step: Step) -> Dict[str, Any]:
    """Return what is known of the variables after a step that its own attempt did not end."""
    why = f"step {step.name} may have set it, and was not ended by its own attempt"
    left: Dict[str, Any] = {}
    for unit in step.units:
        left.update(_declared(unit.before))
        if unit.piece.statement is Is.PLSQL or _RETURNS.search(unit.piece.text):
            left.update({variable.name: {"unknown": why} for variable in unit.piece.variables})
        left.update({setter.key: {"unknown": why} for setter in unit.piece.setters})
    left.update(_declared(step.after))
    return left


def _declared(lines: Sequence[Piece]) -> Dict[str, Any]:
    """Return the values that VARIABLE lines give, as a row would have them."""
    return {
        one.name: {"number": str(one.first)} if isinstance(one.first, Decimal) else one.first
        for line in lines
        if line.verb == "VARIABLE"
        for one in line.variables
        if not one.is_of_a_session
    }


def unknown_because(value: Any) -> str:
    """Say why a kept value is not known, "" when it is."""
    return str(value["unknown"]) if isinstance(value, dict) and "unknown" in value else ""


def called(name: str) -> str:
    """Return what an error calls a variable: ``:name``, or ``&name`` of a substitution variable."""
    return name if name.startswith("&") else f":{name}"


def refuse_unknown(plan: Plan, rows: Sequence[StepRow]) -> None:
    """Refuse to go on with a variable whose value nobody knows.

    :param rows: as a takeover leaves them.
    :raises StateError: naming the variable, why it is not known and how to mend it.
    """
    first = first_to_run(plan, rows)
    kept = known_of(kept_before(plan, rows, first) or {}, set_by_queries(plan))
    unknown = {name: unknown_because(value) for name, value in kept.items()}
    needed: Set[str] = set()
    renewed: Set[str] = set()  # by a query that is still to run; whether it is, the run will see
    for step in plan.steps:
        if step.no < first or step.is_skipped:
            continue
        needed |= {variable.name for variable in used_variables(step.units, step.after)}
        for unit in step.units:
            needed |= {f"&{name}" for name in unit.piece.holes} - renewed
            renewed |= {setter.key for setter in unit.piece.setters}
    for name in sorted(needed):
        if unknown.get(name):
            raise StateError(
                f"{plan.script.name}: the value of {called(name)} is not known: {unknown[name]}. "
                "To mend it: say `oracle-dag restart-from` with the step that sets it"
            )
