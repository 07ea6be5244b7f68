"""Cut the pieces of a script into steps, before anything is known about each of them.

One walk over the pieces; a draft is closed wherever a transaction of the script ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Sequence, Set, Tuple

from airflow_oracle_dag.core.compiled import SHOW_ERRORS
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.refusals import refuse_statement
from airflow_oracle_dag.core.script import Annotation, Piece, PieceKind, Script
from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.settings import read_exit
from airflow_oracle_dag.core.tolerance import Expectation, read_expectation


@dataclass(frozen=True)
class Check:
    """A SELECT whose one row must be true in all columns, or the step fails."""

    name: str
    line: int
    file: str = ""


@dataclass(frozen=True)
class Unit:
    """One statement of a step.

    :param discard: a ROLLBACK at top level: what the step did so far is thrown away.
    :param before: VARIABLE, PRINT and PROMPT lines that stand before it.
    """

    piece: Piece
    check: Optional[Check] = None
    discard: bool = False
    before: Tuple[Piece, ...] = ()

    @property
    def tolerated(self) -> Tuple[str, ...]:
        """Return the codes of the errors after which the script goes on by its @on_error."""
        said = (each for each in self.piece.annotations if each.name == "on_error")
        return tuple(code for each in said for code in each.value.split())

    @property
    def expected(self) -> Optional[Expectation]:
        """Return how many rows its @expect asks for."""
        for each in self.piece.annotations:
            if each.name == "expect":
                return replace(read_expectation(each.value), line=each.line, file=each.file)
        return None


@dataclass
class Draft:
    """A step in the making.

    :param session_only: made by ALTER SESSION or SET ROLE; ends before anything else.
    :param is_open: its transaction is ended by nothing but the end of the script.
    :param after_commit: one check, which reads what the step before it committed.
    :param part: 2 and more: the same named step after its transaction ended.
    :param skipped: stands behind an EXIT.
    :param after: VARIABLE, PRINT and PROMPT lines behind its last statement.
    """

    name: Optional[str] = None
    always: bool = False
    options: Dict[str, str] = field(default_factory=dict)
    units: List[Unit] = field(default_factory=list)
    probe: Optional[Annotation] = None
    session_only: bool = False
    is_open: bool = False
    after_commit: bool = False
    part: int = 1
    skipped: bool = False
    after: Tuple[Piece, ...] = ()

    @property
    def runs(self) -> bool:
        """Tell whether it is a step to run."""
        return not self.skipped

    def next_part(self) -> Draft:
        """Go on with the same named step in the next transaction."""
        always = self.always and not self.session_only
        return Draft(self.name, always, self.options, part=self.part + (1 if self.units else 0))


def is_read_only(piece: Piece) -> bool:
    """Tell whether a statement begins a READ ONLY transaction."""
    words = piece.text.upper().split()
    return piece.statement is Is.SET_TRANSACTION and words[2:4] == ["READ", "ONLY"]


def draft_steps(script: Script) -> List[Draft]:
    """Return the steps of a script as drafts, none of them empty.

    :raises ScriptError: an annotation or a statement out of place.
    """
    at = script.exit_at
    drafts = _Drafter(script).run(script.pieces[:at])
    if at < len(script.pieces):
        _roll_back_at_exit(drafts, script.pieces[at])
        skipped = _Drafter(script).run(script.pieces[at + 1 :])
        drafts += [replace(draft, skipped=True) for draft in skipped]
    return drafts


def nothing_to_run(script: Script) -> ScriptError:
    """Say that a script, or each of several, has no statement."""
    if not script.source.decode(script.encoding).strip("\ufeff \t\r\n"):
        rule, why = "empty", "the script is empty"
    else:
        rule, why = "nothing-to-run", "the script has no statement to run"
    why = "none of the scripts has a statement to run" if script.parts else why
    cure = f"write at least one statement into {'one of them' if script.parts else 'it'}"
    if any(one.exit_at < len(one.pieces) for one in script.parts or (script,)):
        cure = f"{cure}, before its EXIT"
    return ScriptError(why, file=script.name, rule=rule, cure=f"{cure}, ended by ; or /.")


def _roll_back_at_exit(drafts: List[Draft], piece: Piece) -> None:
    """Undo the open transaction where EXIT ROLLBACK says so; COMMIT is what a step's end does."""
    if drafts and drafts[-1].is_open and read_exit(piece.text).rollback:
        rollback = replace(piece, text="ROLLBACK", statement=Is.ROLLBACK, verb="ROLLBACK")
        drafts[-1].units.append(Unit(rollback, discard=True))


_LOCKS = re.compile(r"(?i)\bfor\s+update\b")
_SESSION = (Is.ALTER_SESSION, Is.SET_ROLE)
_OF_A_TRANSACTION = (Is.SET_TRANSACTION, Is.SET_CONSTRAINTS, Is.LOCK_TABLE, Is.SAVEPOINT)


class _Drafter:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.closed: List[Draft] = []
        self.draft = Draft()
        self.announced: Optional[Annotation] = None  # a @step or @always still without statement
        self.probe: Optional[Annotation] = None  # waits for the statement that it belongs to
        self.waited: Set[int] = set()  # indices of statements that a later / ran first
        self.lines: List[Piece] = []  # VARIABLE, PRINT and PROMPT, for the next statement

    def run(self, pieces: Sequence[Piece]) -> List[Draft]:
        for piece in pieces:
            if piece.kind not in (PieceKind.COMMENT, PieceKind.DIRECTIVE):
                if piece.statement is not Is.NONE:  # else it waits for the / that runs it
                    self._add(piece)
            elif piece.verb in ("VARIABLE", "PRINT", "PROMPT"):
                self.lines.append(piece)
            elif piece.verb == SHOW_ERRORS:
                self._show_errors(piece)
        self.draft.is_open = not self.draft.session_only and not self._reads_only()
        self._close()
        self._refuse_empty_step()
        if self.closed:
            self.closed[-1].after += self._take_lines()
        return self.closed

    def _show_errors(self, piece: Piece) -> None:
        """Leave the line with what was made before it, which a resumed run passes over with it."""
        if self.draft.units or not self.closed:
            self.lines.append(piece)
        else:
            self.closed[-1].after += (piece,)

    def _add(self, piece: Piece) -> None:
        refuse_statement(self.script, piece)
        check = self._annotate(piece)
        if self.draft.session_only and piece.statement not in _SESSION:
            self._close()
        if piece.statement is Is.COMMIT or (piece.statement is Is.ROLLBACK and self._reads_only()):
            self._close()  # a READ ONLY transaction has nothing to roll back: both only end it
        elif piece.statement is Is.DDL:
            self._ddl(piece)
        elif piece.statement in _SESSION and not self.draft.always:
            self._session_statement(piece)
        elif check is not None and check.options.get("after") == "commit":
            self._check_after_commit(piece, check)
        else:
            self._refuse_misplaced(piece)
            is_alone = self._runs_again(piece) and self._has_only_read()
            if is_alone:
                self._close()
            self._append(piece, check)
            if piece.autocommits or is_alone:
                self._close()

    def _annotate(self, piece: Piece) -> Optional[Annotation]:
        check = None
        for annotation in piece.annotations:
            if annotation.name in ("step", "always"):
                self._close()
                self._refuse_empty_step()
                self.announced = annotation
                name = annotation.value.lower() or None
                self.draft = Draft(name, annotation.name == "always", dict(annotation.options))
            elif annotation.name == "probe":
                self._take_probe(annotation)
            elif annotation.name == "check":
                check = annotation
        return check

    def _take_probe(self, annotation: Annotation) -> None:
        if self.probe is not None or self.draft.probe is not None:
            raise ScriptError(
                "a step can have one @probe",
                file=annotation.file or self.script.name,
                line=annotation.line,
                cure="join the two SELECTs, or end the step between them with COMMIT",
                rule="second-probe",
                step=self.draft.name,
            )
        self.probe = annotation

    def _runs_again(self, piece: Piece) -> bool:
        """Tell whether a ``/`` runs what has run before, and not what waited for it."""
        if piece.repeats is None or piece.repeats in self.waited:
            return piece.repeats is not None
        is_first = self.script.pieces[piece.repeats].statement is Is.NONE
        self.waited.update({piece.repeats} if is_first else ())
        return not is_first

    def _has_only_read(self) -> bool:
        """Tell whether nothing before this belongs to an open transaction."""
        pieces = [unit.piece for unit in self.draft.units]
        read = all(each.statement is Is.SELECT and not _LOCKS.search(each.text) for each in pieces)
        return read and not self.draft.always and not any(each.holes for each in pieces)

    def _reads_only(self) -> bool:
        return bool(self.draft.units) and is_read_only(self.draft.units[0].piece)

    def _append(self, piece: Piece, check: Optional[Annotation] = None) -> None:
        self.announced = None
        if self.probe is not None:
            self.draft.probe, self.probe = self.probe, None
        made = Check(check.value, check.line, check.file) if check else None
        discard = piece.statement is Is.ROLLBACK
        self.draft.units.append(Unit(piece, made, discard, self._take_lines()))

    def _take_lines(self) -> Tuple[Piece, ...]:
        taken, self.lines = tuple(self.lines), []
        return taken

    def _session_statement(self, piece: Piece) -> None:
        if self.draft.units and not self.draft.session_only:
            raise self._error(
                piece,
                f"{piece.verb} in the middle of a transaction would be lost when the run is "
                "resumed after it",
                "put it before the first statement of the transaction, or under -- @always",
                "session-statement-in-transaction",
            )
        self.announced = None
        self.draft.always = self.draft.session_only = True
        self.draft.units.append(Unit(piece))

    def _ddl(self, piece: Piece) -> None:
        if self.draft.always:
            raise self._error(
                piece,
                "a DDL statement cannot run under @always: it would be repeated in every session",
                "give it a -- @step of its own",
                "ddl-under-always",
            )
        self._close()
        self._append(piece)
        self._close()

    def _check_after_commit(self, piece: Piece, check: Annotation) -> None:
        name = f"{self.draft.name}.{check.value}" if self.draft.name else check.value
        self._close()
        self.announced = None
        unit = Unit(piece, Check(check.value, check.line, check.file))
        place = {key: self.draft.options[key] for key in ("run_on",) if key in self.draft.options}
        self.closed.append(Draft(name, options=place, units=[unit], after_commit=True))

    def _refuse_misplaced(self, piece: Piece) -> None:
        if self.draft.always and piece.statement in _OF_A_TRANSACTION:
            raise self._error(
                piece,
                f"{piece.verb} under @always has no effect: it ends with its transaction",
                "put it at the beginning of the step that it is meant for",
                "transaction-statement-under-always",
            )
        if piece.statement is Is.SET_TRANSACTION and self.draft.units:
            raise self._error(
                piece,
                "SET TRANSACTION must be the first statement of a transaction (ORA-01453)",
                "put COMMIT; before it, or move it up",
                "set-transaction-not-first",
            )

    def _refuse_empty_step(self) -> None:
        if self.announced is not None:
            raise ScriptError(
                f"@{self.announced.name} {self.announced.value}".rstrip() + " has no statement",
                file=self.announced.file or self.script.name,
                line=self.announced.line,
                rule="empty-step",
                cure="remove the annotation, or write the statement under it",
            )

    def _close(self) -> None:
        following = self.draft.next_part()
        if self.draft.units:
            self.draft.after += self._take_lines()
            self.closed.append(self.draft)
        self.draft = following

    def _error(self, piece: Piece, message: str, cure: str, rule: str) -> ScriptError:
        return ScriptError(
            message,
            file=piece.file or self.script.name,
            line=piece.first_line,
            text=piece.first_text,
            cure=cure,
            rule=rule,
            step=self.draft.name,
        )
