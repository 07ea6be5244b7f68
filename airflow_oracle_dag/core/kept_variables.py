"""What a script's variables held after the steps that are done, and where nobody knows it.

A step that its own attempt ended says it in its row. One that a probe or a person declared done
does not: its VARIABLE lines can still be read in the script, but if a statement of it may have set
a variable that is needed later, the run cannot go on by itself.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Dict, FrozenSet, Iterable, Iterator, Mapping, Optional, Sequence

from airflow_oracle_dag.core.errors import StateError
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.script import StatementClass as Is

#: Stands for all that queries set and there was no room for; as short as can be.
_REST = "&"
_IS_LEFT_OUT = 0
_NO_ROOM = "its value was too long to be kept"
#: Of what is kept with a step.
_MOST_BYTES = 4000
#: Of that, what VARIABLEs may take: there is always room to say that the rest was left out.
MOST_BYTES = _MOST_BYTES - len(f',"{_REST}":{_IS_LEFT_OUT}')
#: DML sets a variable by RETURNING only; the word may stand in a string, too.
_RETURNS = re.compile(r"\bRETURN(?:ING)?\b", re.IGNORECASE)
#: A block that begins by setting a variable, and the word with which it could go on without.
_SETS = re.compile(r"\s*BEGIN\s+:\s*([A-Z][A-Z0-9_$#]*)\s*:=", re.IGNORECASE)
_HANDLES = re.compile(r"\bEXCEPTION\b", re.IGNORECASE)


def first_to_run(plan: Plan, rows: Sequence[StepRow]) -> int:
    """Return the number of the first step that is not done and is no @always.

    :return: one more than the last step's when there is none.
    """
    done = {row.step_no for row in rows if row.is_done}
    for step in plan.steps:
        if step.no not in done and step.step_class is not StepClass.ALWAYS:
            return step.no
    return len(plan.steps) + 1


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
        found = {**_left_by(ordinary[row.step_no], row), **found}
    return found or None


def last_done(plan: Plan, rows: Sequence[StepRow], no: int) -> int:
    """Return the number of the ordinary step before a step that was done last, 0: there is none."""
    always = {step.no for step in plan.steps if step.step_class is StepClass.ALWAYS}
    done = [row.step_no for row in rows if row.is_done and row.step_no not in always]
    return max((number for number in done if number < no), default=0)


def bytes_of_variables(content: Mapping[str, Any]) -> int:
    """Count what the VARIABLEs take of what is kept with a step."""
    own = {name: value for name, value in content.items() if not name.startswith("&")}
    return len(_written(own))


def as_kept(content: Mapping[str, Any]) -> str:
    """Write what is kept with a step; of what queries set, the shortest that there is room for.

    :param content: with VARIABLEs that take at most `MOST_BYTES`.
    """
    text = _written(content)
    if len(text) <= _MOST_BYTES:
        return text
    queried = {name: value for name, value in content.items() if name.startswith("&")}
    kept = {name: value for name, value in content.items() if name not in queried}
    kept[_REST] = _IS_LEFT_OUT
    room = _MOST_BYTES - len(_written(kept))
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
    if found.pop(_REST, None) is not None:
        found.update({name: {"unknown": _NO_ROOM} for name in queried if name not in kept})
    return found


def set_by_queries(plan: Plan) -> FrozenSet[str]:
    """Return what queries of a script set, ``&name``."""
    units = [unit for step in plan.steps for unit in step.units]
    return frozenset(setter.key for unit in units for setter in unit.piece.setters)


def _left_by(step: Step, row: StepRow) -> Dict[str, Any]:
    """Return what is known of the variables after a step with which nothing was kept.

    Its own attempt did not end it, or had no variables then; only its own attempt counts its rows.
    """
    why = f"step {step.name} may have set it, and was not ended by its own attempt"
    if row.row_count is not None:
        why = f"step {step.name} may set it, but nothing was kept of it when that ran"
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


def sets_first(piece: Piece, name: str) -> bool:
    """Tell whether a block surely sets a variable, and does so before it could read it.

    Only what begins with the assignment, names the variable once and handles no error.
    """
    begin = _SETS.match(piece.text)
    if begin is None or begin.group(1).lower() != name or _HANDLES.search(piece.text):
        return False
    named = re.findall(rf":\s*\"?{re.escape(name)}(?![\w$#])", piece.text, re.IGNORECASE)
    return len(named) == 1


def refuse_unknown(plan: Plan, rows: Sequence[StepRow]) -> None:
    """Refuse to go on with a variable whose value nobody knows.

    An @always step runs again, with what the variables held before it.

    :param rows: as a takeover leaves them.
    :raises StateError: naming the variable, why it is not known and how to mend it.
    """
    if all(row.is_done for row in rows):
        return
    first, restored = first_to_run(plan, rows), 0
    unknown: Dict[str, str] = {}
    for step in plan.steps:
        is_always = step.step_class is StepClass.ALWAYS
        if step.is_skipped or (step.no < first and not is_always):
            continue
        last = last_done(plan, rows, step.no) if step.no <= first else restored
        if last != restored:
            kept = known_of(kept_before(plan, rows, step.no) or {}, set_by_queries(plan))
            unknown.update({name: unknown_because(value) for name, value in kept.items()})
            restored = last
        for name in _needed(step, unknown):
            raise StateError(
                f"{plan.script.name}: the value of {called(name)} is not known: {unknown[name]}. "
                "To mend it: say `oracle-dag restart-from` with the step that sets it"
            )


def _needed(step: Step, unknown: Dict[str, str]) -> Iterator[str]:
    """Give the variables that a step needs and that are not known; forget what it makes known.

    Whether a query that is still to run gives a value, or an error keeps a block from setting one,
    the run will see. What an @always step prints was printed before.
    """
    always = step.step_class is StepClass.ALWAYS
    for unit in step.units:
        yield from _needed_by_lines(unit.before, unknown, always=always)
        for variable in unit.piece.variables:
            if unknown.get(variable.name) and not sets_first(unit.piece, variable.name):
                yield variable.name
            unknown.pop(variable.name, None)
        yield from (f"&{name}" for name in unit.piece.holes if unknown.get(f"&{name}"))
        for setter in unit.piece.setters:
            unknown.pop(setter.key, None)
    yield from _needed_by_lines(step.after, unknown, always=always)


def _needed_by_lines(
    lines: Sequence[Piece], unknown: Dict[str, str], *, always: bool
) -> Iterator[str]:
    for line in lines:
        for variable in line.variables:
            if line.verb == "VARIABLE":
                unknown.pop(variable.name, None)
            elif line.verb == "PRINT" and not always and unknown.get(variable.name):
                yield variable.name
