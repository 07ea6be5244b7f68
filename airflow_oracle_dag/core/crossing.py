"""Which variables a step uses, and which of them may live on in the next step.

The value of a REFCURSOR or a LOB belongs to the session: a resumed run has another one. Such a
variable is refused unless all that uses it stands in one step.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Sequence, Tuple

from airflow_oracle_dag.core.drafts import Draft, Unit
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.variables import Variable


def given_binds(piece: Piece) -> List[str]:
    """Return the binds of a statement whose values the run is given, not those of variables."""
    own = {variable.name for variable in piece.variables}
    return [name for name in piece.binds if name not in own]


def declarations(draft: Draft) -> Iterator[str]:
    """Give what a step's own VARIABLE lines say, as a part of its text."""
    lines = [line for unit in draft.units for line in unit.before]
    for line in (*lines, *draft.after):
        for variable in line.variables if line.verb == "VARIABLE" else ():
            yield f"VARIABLE {variable.name} {variable.kind} {variable.size} {variable.first}"


def new_values(pieces: Sequence[Piece]) -> Iterator[str]:
    """Give what of a step's text depends on other lines: COLUMN of its queries, SET DEFINE."""
    for no, piece in enumerate(pieces, 1):
        said = {f"COLUMN {one.column} NEW_VALUE {one.name}" for one in piece.setters}
        asked = {f"&{name} from a query" for name in piece.holes}
        yield from (f"{no} {line}" for line in (*sorted(said), *sorted(asked)))


def values_put_in(pieces: Sequence[Piece]) -> Dict[str, str]:
    """Give the values that each substitution variable had in a step, one a line."""
    found: Dict[str, Dict[str, None]] = {}
    for piece in pieces:
        before = ((one.key, one.before) for one in piece.setters if one.before is not None)
        for name, value in (*piece.substitutions, *before):
            found.setdefault(name, {})[value] = None
    return {name: "\n".join(values) for name, values in found.items()}


def used_variables(units: Sequence[Unit], after: Sequence[Piece] = ()) -> Iterator[Variable]:
    """Give the variables that a step's statements bind or its PRINT lines show."""
    for unit in units:
        for line in unit.before:
            if line.verb == "PRINT":
                yield from line.variables
        yield from unit.piece.variables
    for line in after:
        if line.verb == "PRINT":
            yield from line.variables


def refuse_two_natures(script: Script) -> None:
    """Refuse a name that is declared both for what is kept with a step and for what cannot be.

    Which of the two a kept value was would not be known when the run is resumed.

    :raises ScriptError: naming the variable and both lines.
    """
    known: Dict[str, Variable] = {}
    for piece in script.pieces:
        for variable in piece.variables if piece.verb == "VARIABLE" else ():
            first = known.setdefault(variable.name, variable)
            if first.is_of_a_session != variable.is_of_a_session:
                raise ScriptError(
                    f"VARIABLE {variable.name} {variable.kind} was declared as {first.kind} "
                    "before, and only one of them can be kept for a resumed run",
                    file=piece.file or script.name,
                    line=piece.first_line,
                    cure="give one of them another name",
                    rule="variable-of-two-natures",
                )


def refuse_crossing(
    script: Script, steps: Sequence[Tuple[str, Sequence[Unit], Sequence[Piece]]]
) -> None:
    """Refuse a REFCURSOR or LOB variable that more than one step uses.

    :param steps: name, units and last lines of each.
    :raises ScriptError: naming the variable and both steps.
    """
    users: Dict[Variable, str] = {}
    for name, units, after in steps:
        for variable in used_variables(units, after):
            first = users.setdefault(variable, name)
            if variable.is_of_a_session and first != name:
                raise ScriptError(
                    f"VARIABLE {variable.name} {variable.kind} is used in step {first} and in step "
                    f"{name}, but its value is lost with the session when the run is resumed "
                    "between them",
                    file=variable.file or script.name,
                    line=variable.line,
                    cure="use it in one step, without COMMIT in between, or keep the value in a "
                    "table",
                    rule="variable-crosses-step",
                    step=name,
                )
