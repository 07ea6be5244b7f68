"""Hold a script's binds against the values there are, before its first step."""

from __future__ import annotations

import difflib
from typing import Iterable, Iterator, Set, Tuple

from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.errors import BindError
from airflow_oracle_dag.core.script import Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.values import Absent, ScriptValues


def check_binds(script: Script, values: ScriptValues) -> None:
    """Raise for the first bind that cannot be given, and for parameters that nothing uses.

    :raises BindError: naming line, bind and cure.
    """
    used: Set[str] = set()
    _refuse_given_variables(script, values)
    exit_at = script.exit_at  # what stands behind it never runs and needs no value
    for index, piece in enumerate(script.pieces):
        own = {variable.name for variable in piece.variables}
        for line, names in _uses(piece):
            if index < exit_at:
                for name in names:
                    _check(script, line, name, piece, values, own)
            used.update(name for name in names if name not in own)
    unused = [name for name in values.parameters if name not in used]
    if unused:
        known = sorted(used - set(values.offered))
        raise BindError(
            f"the script uses no bind called {', '.join(':' + name for name in unused)}",
            file=script.name,
            rule="unused-bind",
            cure="remove the parameter" + _nearest(unused[0], known),
        )


def bind_names(script: Script) -> Set[str]:
    """Give all binds of a script, those of its probes too."""
    return {name for piece in script.pieces for _, names in _uses(piece) for name in names}


def _uses(piece: Piece) -> Iterator[Tuple[int, Tuple[str, ...]]]:
    yield piece.first_line, piece.binds
    for annotation in piece.annotations:
        if annotation.name == "probe":
            yield annotation.line, find_binds(annotation.value)


def _refuse_given_variables(script: Script, values: ScriptValues) -> None:
    """Refuse a parameter that the script would overwrite."""
    for piece in script.pieces:
        for variable in piece.variables if piece.verb == "VARIABLE" else ():
            if variable.name in values.parameters:
                raise BindError(
                    f"the script declares :{variable.name} itself, so a parameter of that name "
                    "would never be seen",
                    file=piece.file or script.name,
                    line=piece.first_line,
                    text=piece.first_text,
                    rule="parameter-is-variable",
                    cure="remove the VARIABLE line or the parameter",
                )


def _check(
    script: Script, line: int, name: str, piece: Piece, values: ScriptValues, own: Set[str]
) -> None:
    def refusal(message: str, rule: str, cure: str) -> BindError:
        file, text = piece.file or script.name, piece.first_text
        return BindError(message, file=file, line=line, text=text, rule=rule, cure=cure)

    if piece.statement is Is.DDL and name in piece.binds:
        raise refusal(
            f"a DDL statement cannot have a bind (:{name}; ORA-01027)",
            "bind-in-ddl",
            "write the value into the statement, or template the script",
        )
    if name in own and line == piece.first_line:
        return
    if any(name == one.name for other in script.pieces for one in other.variables):
        raise refusal(
            f":{name} is a VARIABLE of the script, and has no value here",
            "variable-out-of-place",
            "declare it above; a @probe cannot use one, because whoever asks it does not know the "
            "value",
        )
    if name not in values.names():
        raise refusal(
            f"there is no value for :{name}",
            "missing-bind",
            "pass it as a parameter (--bind on the command line)" + _nearest(name, values.names()),
        )
    value = values.lookup(name)
    if isinstance(value, Absent):
        raise refusal(
            f":{name} has no value in this run: {value.reason}",
            "absent-value",
            "run it for an interval, or pass a parameter of that name "
            f"(--bind {name}:date=2026-11-20 on the command line)",
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean :{close[0]}?" if close else ""
