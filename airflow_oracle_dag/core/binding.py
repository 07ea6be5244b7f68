"""Hold a script's binds against the values there are, before its first step."""

from __future__ import annotations

import difflib
from typing import Dict, Iterable, Iterator, Optional, Set, Tuple

from airflow_oracle_dag.core.binds import RESERVED, bind_offsets, find_binds
from airflow_oracle_dag.core.errors import BindError, excerpt
from airflow_oracle_dag.core.places import Place, line_text, place_of
from airflow_oracle_dag.core.script import Annotation, Piece, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.source import without_passwords
from airflow_oracle_dag.core.values import Absent, ScriptValues


def check_binds(script: Script, values: ScriptValues) -> None:
    """Raise for the first bind that cannot be given, and for parameters that nothing uses.

    :raises BindError: naming line, bind and cure.
    """
    for mistake in bind_mistakes(script, values):
        raise mistake


def bind_mistakes(
    script: Script, values: ScriptValues, *, unused: bool = True
) -> Iterator[BindError]:
    """Give what is wrong with the binds of a script, each that has no value where it stands first.

    :param unused: whether a parameter that the script does not use is a mistake.
    """
    yield from _given_variables(script, values)
    judge = _Judge(script, values)
    exit_at = script.exit_at  # what stands behind it never runs and needs no value
    for index, piece in enumerate(script.pieces):
        if index < exit_at:
            yield from judge.mistakes(piece)
    if unused:
        yield from _unused(script, values)


def refuse_unused(script: Script, values: ScriptValues) -> None:
    """Raise for parameters that nothing uses.

    :raises BindError: naming them.
    """
    for mistake in _unused(script, values):
        raise mistake


def _unused(script: Script, values: ScriptValues) -> Iterator[BindError]:
    used = used_binds(script)
    without = [name for name in values.parameters if name not in used]
    if without:
        known = sorted(used - set(values.parameters))
        yield BindError(
            f"the script uses no bind called {', '.join(':' + name for name in without)}",
            file=script.name,
            rule="unused-bind",
            cure="remove the parameter" + _nearest(without[0], known),
        )


def bind_names(script: Script) -> Set[str]:
    """Give all binds of a script, those of its probes too."""
    probes = (one for piece in script.pieces for one in _probes(piece))
    found = {name for piece in script.pieces for name in piece.binds}
    return found.union(*(find_binds(probe.value) for probe in probes))


def used_binds(script: Script) -> Set[str]:
    """Give the binds whose values a script is given, not those that it declares itself."""
    found: Set[str] = set()
    for piece in script.pieces:
        own = {variable.name for variable in piece.variables}
        found.update(name for name in piece.binds if name not in own)
        for probe in _probes(piece):
            found.update(find_binds(probe.value))
    return found


def _probes(piece: Piece) -> Iterator[Annotation]:
    return (one for one in piece.annotations if one.name == "probe")


def _given_variables(script: Script, values: ScriptValues) -> Iterator[BindError]:
    """Refuse a parameter that the script would overwrite."""
    for piece in script.pieces:
        for variable in piece.variables if piece.verb == "VARIABLE" else ():
            if variable.name in values.parameters:
                yield BindError(
                    f"the script declares :{variable.name} itself, so a parameter of that name "
                    "would never be seen",
                    file=piece.file or script.name,
                    line=piece.first_line,
                    text=piece.first_text,
                    rule="parameter-is-variable",
                    cure="remove the VARIABLE line or the parameter",
                )


class _Judge:
    """Judge the binds of one script's pieces in order."""

    def __init__(self, script: Script, values: ScriptValues) -> None:
        self._script = script
        self._values = values
        self._known = values.names()
        self._declared = {one.name for piece in script.pieces for one in piece.variables}
        self._said: Set[str] = set()

    def mistakes(self, piece: Piece) -> Iterator[BindError]:
        """Give what is wrong with the binds of a piece and of the probe before it."""
        own = {variable.name for variable in piece.variables}
        offsets: Dict[str, int] = {}
        for name in piece.binds:
            wrong = self._wrong(name, piece, own)
            if wrong is not None:
                offsets = offsets or bind_offsets(_as_written(self._script, piece))
                place = _place(self._script, piece, offsets.get(name, -1))
                yield _error(place, *wrong)
        for probe in _probes(piece):
            for name in find_binds(probe.value):
                wrong = self._wrong(name, None, set())
                if wrong is not None:
                    yield _error(_probe_place(self._script, probe, name), *wrong)

    def _wrong(
        self, name: str, piece: Optional[Piece], own: Set[str]
    ) -> Optional[Tuple[str, str, str]]:
        """Give message, rule and cure; of what has no value once.

        :param piece: None: it stands in a probe.
        """
        forbidden = _forbidden(name, piece) if piece is not None else None
        if forbidden is not None:
            return forbidden
        if name in own or name in self._said:
            return None
        if name in self._declared:
            return (
                f":{name} is a VARIABLE of the script, and has no value here",
                "variable-out-of-place",
                _OUT_OF_PLACE,
            )
        if name not in self._known:
            self._said.add(name)
            json = _JSON if piece is not None and "json" in piece.text.lower() else ""
            return (
                f"there is no value for :{name}",
                "missing-bind",
                "pass it as a parameter (--bind on the command line)"
                + _nearest(name, self._known)
                + json,
            )
        value = self._values.lookup(name)
        if isinstance(value, Absent):
            self._said.add(name)
            return (
                f":{name} has no value in this run: {value.reason}",
                "absent-value",
                f"{_ABSENT} (--bind {name}:date=2026-11-20 on the command line)",
            )
        return None


def _forbidden(name: str, piece: Piece) -> Optional[Tuple[str, str, str]]:
    """Say what no value could mend, None: a bind of that name may stand there."""
    if piece.statement is Is.DDL:
        return (
            f"a DDL statement cannot have a bind (:{name}; ORA-01027)",
            "bind-in-ddl",
            "write the value into the statement, or template the script",
        )
    if piece.statement in (Is.SELECT, Is.DML) and name.upper() in RESERVED:
        return (
            f":{name} cannot be the name of a bind: {name.upper()} is reserved (ORA-01745)",
            "reserved-bind",
            "give it another name, here and where its value comes from",
        )
    return None


_OUT_OF_PLACE = (
    "declare it above; a @probe cannot use one, because whoever asks it does not know the value"
)
_ABSENT = "run it for an interval, or pass a parameter of that name"
_JSON = "; where the colon stands between a key and its value, write KEY k VALUE v"


def _error(place: Place, message: str, rule: str, cure: str) -> BindError:
    return BindError(
        message,
        file=place.file,
        line=place.line,
        column=place.column,
        text=place.text,
        caret=place.caret,
        cure=cure,
        rule=rule,
    )


def _as_written(script: Script, piece: Piece) -> str:
    """Give a piece as its author wrote it, with its terminator; of an included file, as it runs."""
    if piece.file or piece.repeats is not None:
        return piece.text
    return script.source[piece.start : piece.end].decode(script.encoding, "replace")


def _place(script: Script, piece: Piece, at: int) -> Place:
    """Say where something stands in a piece.

    :param at: offset in `_as_written`, -1: it came with the value of a variable.
    """
    text = _as_written(script, piece)
    line = text.count("\n", 0, max(at, 0)) + 1
    begin = text.rfind("\n", 0, max(at, 0)) + 1
    column = at - begin + 1 if at >= 0 else 0
    if piece.file or piece.repeats is not None:
        return place_of(script, piece, line, column)
    end = text.find("\n", begin)
    shown = text[begin : end if end >= 0 else len(text)]
    if begin == 0:
        before = script.source[script.source.rfind(b"\n", 0, piece.start) + 1 : piece.start]
        indent = before.decode(script.encoding, "replace").lstrip("\ufeff")
        shown, column = indent + shown, column + len(indent) if column else 0
    part, caret = excerpt(without_passwords(shown.rstrip()), column)
    return Place(script.name, piece.first_line + line - 1, column, part, caret)


def _probe_place(script: Script, probe: Annotation, name: str) -> Place:
    """Say where a bind stands in a probe, as far as it stands in its first line."""
    if probe.file:
        return Place(probe.file, probe.line, 0, "", 0)
    shown = line_text(script, script.name, probe.line)
    column = shown.lower().find(f":{name}") + 1
    return Place(script.name, probe.line, column, shown, column)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean :{close[0]}?" if close else ""
