"""Say of each step what a run would accept and a person may have to answer for.

Unverified: after a direct-path INSERT nothing behind a database link can be read in the same
transaction (ORA-12840), nor before 23ai the table itself (ORA-12838), until it is committed (SQL
Language Reference, INSERT; Error Messages Reference).
"""

from __future__ import annotations

import re
from typing import Container, Dict, Iterator, List, NamedTuple, Optional, Tuple

from airflow_oracle_dag.core.ddl import doubtful_because
from airflow_oracle_dag.core.opacity import traits_of
from airflow_oracle_dag.core.places import Place, place_of
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.problems import Problem, Severity
from airflow_oracle_dag.core.script import Piece, Script, StatementClass
from airflow_oracle_dag.core.tokens import Token, Unclosed, code_pattern, read_head, scan

_COMMITS = re.compile(r"\b(?:COMMIT|ROLLBACK)\b", re.IGNORECASE)
_LAST_WORD = re.compile(r"([\w$#]+)\W*\Z")
_HINT = re.compile(r"\s*(?:/\*\+(.*?)(?:\*/|\Z)|--\+([^\n]*))", re.DOTALL)
_APPEND = re.compile(r"\bAPPEND(?:_VALUES)?\b", re.IGNORECASE)
_TARGET = re.compile(r'\bINTO\s+(?:[\w$#"]+\s*\.\s*)?"?([\w$#]+)', re.IGNORECASE)
_TABLE = code_pattern(
    r"(?:(?i:\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+)|,\s*)(?:[\w$#]+\s*\.\s*)?[\w$#]+(?![\w$#.(])"
)
_TABLE_NAME = re.compile(r"[\w$#]+\Z")
_LINK = code_pattern(r'@(?=\s*["A-Za-z])')
_WORDS = (StatementClass.SELECT, StatementClass.DML)

_ASK = (
    "write a -- @probe that gives a row once it is done, or repeatable if running it twice is safe"
)
_LOOK = (
    "see what it calls with `oracle-dag plan FILE --dsn …`: a run looks, too, and nobody is asked "
    f"where that cannot commit. Else say atomic=strict, {_ASK}"
)
_UNKNOWN = "if its attempt dies while it runs, a person must say whether it is done"
_STAGE = (
    "fetch what is behind the link in a step of its own, into a table here, and load from there"
)


def warnings_of(plan: Plan) -> Iterator[Problem]:
    """Give the warnings about a plan's steps."""
    for step in plan.steps:
        if not step.is_skipped:
            yield from _in_doubt(plan.script, step)
            yield from _direct_path(plan.script, step)


def unused_variables(script: Script) -> Iterator[Problem]:
    """Warn of variables that a script declares and neither binds nor prints."""
    used = {
        variable.name
        for piece in script.pieces
        for variable in piece.variables
        if piece.verb != "VARIABLE"
    }
    for piece in script.pieces:
        for variable in piece.variables if piece.verb == "VARIABLE" else ():
            if variable.name not in used:
                yield _problem(
                    place_of(script, piece, 1, 1),
                    "unused-variable",
                    f"nothing uses the variable :{variable.name}",
                    "delete the line, or bind it",
                )


class _Cause(NamedTuple):
    """What makes a step opaque, and where it stands."""

    said: str
    place: Place
    commits: bool


def _in_doubt(script: Script, step: Step) -> Iterator[Problem]:
    """Warn of a step of which nobody can tell whether it is done; a probe answers for it."""
    answered = step.probe is not None or step.repeatable
    if step.step_class is StepClass.OPAQUE:
        cause = _cause(script, step)
        rule = "commit-in-plsql" if cause.commits else "opaque-block"
        message = f"step {step.name} may commit by itself ({cause.said})"
        if not answered:
            cure = _LOOK if step.calls else _ASK
            yield _problem(cause.place, rule, f"{message}: {_UNKNOWN}", f"{cure}.")
        elif cause.commits:
            said = "its probe is asked" if step.probe is not None else "it is declared repeatable"
            yield _problem(cause.place, rule, f"{message}; {said}", "", Severity.NOTE)
    elif step.step_class is StepClass.DDL and not answered:
        piece = step.units[0].piece
        because = doubtful_because(piece)
        if because:
            message = f"step {step.name} is DDL that cannot be looked up ({because}): {_UNKNOWN}"
            yield _problem(place_of(script, piece, 1, 1), "ddl-without-probe", message, f"{_ASK}.")


def _cause(script: Script, step: Step) -> _Cause:
    """Find what makes a step opaque: a COMMIT or ROLLBACK before all else."""
    found: List[Tuple[bool, Piece, str, int, str]] = []
    for unit in step.units:
        traits = traits_of(unit.piece)
        for text, line in traits.remarks:
            last = _LAST_WORD.search(text)
            commits = _COMMITS.search(text) is not None
            found.append((commits, unit.piece, text, line, last.group(1) if last else ""))
        found += [
            (False, unit.piece, call.said, call.line, call.parts[-1]) for call in traits.calls
        ]
    if not found:
        piece = step.units[0].piece
        return _Cause(step.opaque_because, place_of(script, piece, 1, 1), commits=False)
    commits, piece, said, line, word = next((one for one in found if one[0]), found[0])
    return _Cause(said, _at_word(script, piece, line, word), commits)


def _at_word(script: Script, piece: Piece, line: int, word: str) -> Place:
    """Point at a word in a line of a statement; at its first letter where it is not there."""
    lines = piece.text.split("\n")
    text = lines[line - 1] if 1 <= line <= len(lines) else lines[0]
    match = re.search(rf"(?i)(?<![\w$#]){re.escape(word)}(?![\w$#])", text) if word else None
    column = match.start() if match else len(text) - len(text.lstrip())
    return place_of(script, piece, line, column + 1)


def _direct_path(script: Script, step: Step) -> Iterator[Problem]:
    """Warn of what a transaction with a direct-path INSERT cannot do, and of links in others."""
    loaded: Dict[str, str] = {}  # as they are written, by their names in upper case
    linked: Optional[Place] = None
    for unit in step.units:
        piece = unit.piece
        if piece.statement not in _WORDS:
            continue
        link = _link(script, piece)
        appends = _appends(piece.text)
        if link is not None and (appends or loaded):
            yield _problem(link, "append-over-link", _over_link(step, here=appends), f"{_STAGE}.")
        again = _table_at(piece.text, loaded) if loaded else None
        if again is not None:
            name = loaded[again.text.upper()]
            yield _read_after_append(step, name, _place_at(script, piece, again.start))
        target = _TARGET.search(piece.text) if appends else None
        if target is not None:
            loaded.setdefault(target.group(1).upper(), target.group(1))
        if link is not None and piece.statement is StatementClass.DML and linked is None:
            linked = link
    if linked is not None and not loaded:
        message = (
            f"step {step.name} changes data in a transaction with a database link: if its commit "
            "is cut, it is in doubt until the database settles it (ORA-01591), and is waited for"
        )
        yield _problem(linked, "distributed-step", message, "", Severity.NOTE)


def _over_link(step: Step, *, here: bool) -> str:
    what = "reads over a database link" if here else "goes on over a database link"
    return (
        f"step {step.name} loads by APPEND and {what}: what touches the link after the load fails "
        "(ORA-12840), and its commit may be two-phase, in doubt when it is cut"
    )


def _read_after_append(step: Step, name: str, place: Place) -> Problem:
    message = (
        f"step {step.name} loads {name} by APPEND and touches it again in the same transaction: "
        "that fails before 23ai (ORA-12838)"
    )
    cure = "put a COMMIT between the two; a @check says after=commit."
    return _problem(place, "read-after-append", message, cure)


def _appends(text: str) -> bool:
    """Tell whether a statement is an INSERT whose hint asks for a direct path."""
    first = read_head(text, 0, len(text), 1).tokens
    if not first or first[0].text.upper() != "INSERT":
        return False
    hint = _HINT.match(text, first[0].end)
    return hint is not None and _APPEND.search(hint[1] or hint[2] or "") is not None


def _table_at(text: str, names: Container[str]) -> Optional[Token]:
    """Say where a statement names one of some tables, as far as names stand where tables do.

    :param names: in upper case.
    """
    try:
        for token in scan(text, _TABLE, 0, len(text)):
            name = _TABLE_NAME.search(token.text)
            if name is not None and name.group().upper() in names:
                return Token(name.group(), token.end - len(name.group()), token.end)
    except Unclosed:
        return None
    return None


def _link(script: Script, piece: Piece) -> Optional[Place]:
    """Say where a statement names a database link."""
    mark = _first(piece.text, _LINK) if "@" in piece.text else None
    return None if mark is None else _place_at(script, piece, mark.start)


def _first(text: str, pattern: re.Pattern[str]) -> Optional[Token]:
    try:
        return next(scan(text, pattern, 0, len(text)), None)
    except Unclosed:
        return None


def _place_at(script: Script, piece: Piece, at: int) -> Place:
    begin = piece.text.rfind("\n", 0, at) + 1
    return place_of(script, piece, piece.text.count("\n", 0, at) + 1, at - begin + 1)


def _problem(
    place: Place, rule: str, message: str, cure: str, severity: Severity = Severity.WARNING
) -> Problem:
    return Problem(
        severity, rule, place.file, place.line, place.column, message, cure, place.text, place.caret
    )
