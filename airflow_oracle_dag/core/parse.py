"""Split a script into pieces, as SQL*Plus does, and say what each of them is.

    script = parse_script(Path("load.sql").read_bytes(), name="load.sql")
    for piece in script.pieces: ...

`split` finds the pieces; here each is judged in its turn: what is ignored leaves a notice, what
cannot be honoured yet is refused, what runs gets its text, class and binds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Tuple, Union

from airflow_oracle_dag.core import refused
from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.chosen import opened
from airflow_oracle_dag.core.classify import classify
from airflow_oracle_dag.core.compiled import SHOW_ERRORS, StoredUnit, last_made, read_show_errors
from airflow_oracle_dag.core.directives import DIRECTIVES
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.execute import executed_text
from airflow_oracle_dag.core.expansion import INCLUDES
from airflow_oracle_dag.core.filling import is_new_value, refuse_misplaced
from airflow_oracle_dag.core.origin import Recording
from airflow_oracle_dag.core.queried import told_apart
from airflow_oracle_dag.core.script import (
    EXITS,
    Annotation,
    Notice,
    ParseSettings,
    Piece,
    PieceKind,
    Script,
    StatementClass,
)
from airflow_oracle_dag.core.settings import clears_buffer, read_exit, read_set, read_whenever
from airflow_oracle_dag.core.source import BLANKS, Source, as_sent, joined_lines
from airflow_oracle_dag.core.split import Chunk, split
from airflow_oracle_dag.core.variables import BadVariable, Variable, read_print, read_variable
from airflow_oracle_dag.core.waiting import Waiting

_INNER_ANNOTATION = re.compile(
    r"(?im)^[ \t]*--[ \t]*@(step|always|probe|check|on_error|expect|reading)\b"
)

# Once more they give the same, do nothing, or fail.
_RERUN = {"SELECT", "DDL", "COMMIT", "ROLLBACK", "ALTER_SESSION", "SET_ROLE"}
_SHOWS = StatementClass.DIRECTIVE
_RUNS = (PieceKind.SQL, PieceKind.PLSQL, PieceKind.RERUN)
# "… each successful INSERT, UPDATE, or DELETE, or PL/SQL block": SPUG, "SET AUTOCOMMIT"
_AUTOCOMMITTED = (StatementClass.DML, StatementClass.PLSQL)
# Directives that were obeyed before the script was split.
_EXPANDED = ("DEFINE", "UNDEFINE", "ACCEPT")


def parse_script(
    source: Union[bytes, str],
    *,
    name: str = "<script>",
    settings: ParseSettings = ParseSettings(),  # noqa: B008  # frozen, so it can be shared
) -> Script:
    """Split a script and judge its pieces.

    :param source: bytes as they are in the file, or text.
    :param name: what errors call it.
    :raises ScriptError: not text, ambiguous, or not honoured yet; with line, rule and cure.
    """
    recording = Recording(settings)
    read, settings = opened(source, name, recording.watched)
    parser = Parser(read, settings)
    try:
        for chunk in split(read, settings.reading):
            parser.add(chunk)
    except ScriptError as error:
        parser.stop(error)
    return replace(parser.finish(), origin=recording.origin())


class Parser:
    """Judge the chunks in order; remember what the next ones depend on."""

    def __init__(self, source: Source, settings: ParseSettings) -> None:
        self._source = source
        self._settings = settings
        self._ignored: Dict[str, Tuple[int, int]] = {}  # where first, and how often
        self._pieces: List[Piece] = []
        self._notices: List[Notice] = []
        self._waiting = Waiting(source)
        self._goes_on = self._autocommits = False
        self._variables: Dict[str, Variable] = {}
        self._exit: Optional[int] = None  # line of the EXIT that ended the script
        self._held: Dict[int, Piece] = {}  # statements that wait for the / that runs them
        self._waits = False
        self._compiled: Optional[StoredUnit] = None  # what SHOW ERRORS means without a name

    def add(self, chunk: Chunk) -> None:
        """Judge one chunk.

        :raises ScriptError: it is refused.
        """
        if chunk.kind is PieceKind.COMMENT:
            self._comment(chunk)
            return
        self._waiting.end_probe()
        if chunk.kind is PieceKind.DIRECTIVE:
            self._directive(chunk)
        elif chunk.kind is PieceKind.RERUN:
            self._rerun(chunk)
        else:
            self._statement(chunk)
        if chunk.is_held:
            held, self._waits = self._pieces.pop(), True
            self._held[len(self._pieces)] = held
            self._add(chunk, held.text, StatementClass.NONE, verb=held.verb)

    @property
    def is_over(self) -> bool:
        """Tell whether an EXIT was read: nothing behind it counts."""
        return self._exit is not None

    def pass_over(self, chunk: Chunk) -> None:
        """Keep the place of a chunk that was refused, and its text where it is text.

        :raises ScriptError: the annotation before it is wrong.
        """
        self._waiting.end_probe()
        try:
            text = as_sent(self._source.decode(chunk.start, chunk.body))
        except ScriptError:
            text = ""
        self._add(chunk, text, StatementClass.NONE)

    def give_up(self) -> None:
        """Forget what waits for a statement."""
        self._waiting.forget()

    def stop(self, error: ScriptError) -> None:
        """Leave the rest of the file unread, as SQL*Plus does after EXIT.

        :raises ScriptError: the error, when no EXIT stands before it.
        """
        if self._exit is None:
            raise error
        self._waiting.forget()
        text = f"not read from here on: line {self._exit} ends the script ({error.message})"
        file = "" if error.file == self._source.name else error.file
        self._notices.append(Notice(error.line, text, file))

    def finish(self) -> Script:
        """Give the script.

        :raises ScriptError: an annotation waits for a statement that does not come.
        """
        self._waiting.end_probe()
        if self._exit is None:
            self._waiting.refuse_dangling("probe", "check", "on_error", "expect")
        return Script(
            name=self._source.name,
            source=self._source.main.data,
            encoding=self._source.encoding,
            pieces=tuple(self._pieces),
            notices=tuple(
                sorted((*self._notices, *self._counted()), key=lambda each: (each.file, each.line))
            ),
            trailing=self._waiting.take(),
        )

    # -- statements ---------------------------------------------------------------------------

    def _statement(self, chunk: Chunk) -> None:
        source = self._source
        if chunk.word == "EXECUTE":
            text = executed_text(source.decode(chunk.start, chunk.body))
            self._waiting.refuse_misplaced(StatementClass.PLSQL, chunk.word)
            binds = find_binds(text)
            self._add(chunk, text, StatementClass.PLSQL, verb=chunk.word, binds=binds)
            return
        text = as_sent(source.decode(chunk.start, chunk.body))
        if chunk.is_joined:
            text = joined_lines(text)
        said = classify(source.text, chunk.start, chunk.body)
        if chunk.kind is PieceKind.PLSQL and said.statement is StatementClass.SELECT:
            text = text.rstrip(";" + BLANKS + "\n")
        stored = chunk.kind is PieceKind.PLSQL and said.statement is StatementClass.DDL
        self._waiting.refuse_misplaced(said.statement, said.verb)
        self._add(
            chunk,
            text,
            said.statement,
            verb=said.verb,
            object_type=said.object_type,
            object_name=source.decode(*said.object_at),
            binds=() if stored else find_binds(text),
        )
        self._compiled = last_made(self._pieces[-1], self._compiled)
        self._notice_inner_annotations(chunk)

    def _rerun(self, chunk: Chunk) -> None:
        """Take the statement that the buffer holds once more, where that is harmless or allowed.

        One that waited for it runs for the first time, which is always allowed.
        """
        source, at = self._source, chunk.repeats
        is_first, self._waits = self._waits, False
        held = None if at is None else self._held.get(at, self._pieces[at])
        if held is None or held.written or held.statement is StatementClass.NONE:
            raise refused.rerun(source, chunk.start, held)
        if held.statement.value not in _RERUN and self._settings.rerun != "allow" and not is_first:
            raise refused.rerun(source, chunk.start, held)
        self._waiting.refuse_misplaced(held.statement, held.verb)
        self._add(
            chunk,
            held.text,
            held.statement,
            verb=held.verb,
            object_type=held.object_type,
            object_name=held.object_name,
            binds=held.binds,
            annotations=held.annotations if is_first else (),
        )

    def _notice_inner_annotations(self, chunk: Chunk) -> None:
        source = self._source
        if source.text.find("@", chunk.start, chunk.body) < 0:
            return
        for match in _INNER_ANNOTATION.finditer(source.text, chunk.start, chunk.body):
            self._notice(match.start(1), f"@{match.group(1)} inside a statement is a comment")

    # -- directives ---------------------------------------------------------------------------

    def _directive(self, chunk: Chunk) -> None:
        source, name = self._source, chunk.word
        line = source.decode(chunk.start, chunk.body).rstrip(BLANKS)
        if name in EXITS:
            self._exit_line(chunk, line)
            return
        if name in ("VARIABLE", "PRINT"):
            self._variable_line(chunk, line)
            return
        unit = read_show_errors(line, self._compiled) if name == "SHOW" else None
        if unit is not None:
            kind, named = unit.kind, unit.quoted
            self._add(chunk, line, _SHOWS, verb=SHOW_ERRORS, object_type=kind, object_name=named)
            return
        if name in ("SET", "WHENEVER"):
            obeyed = self._set_line if name == "SET" else self._whenever_line
            if obeyed(chunk, line):
                self._add(chunk, line.replace("\r\n", "\n"), StatementClass.DIRECTIVE, verb=name)
                return
        elif name == "PROMPT" or (name == "COLUMN" and is_new_value(source, chunk.start, line)):
            self._add(chunk, joined_lines(line.replace("\r\n", "\n")), _SHOWS, verb=name)
            return
        elif name in _EXPANDED or (name in INCLUDES and self._settings.include is not None):
            self._add(chunk, name, StatementClass.DIRECTIVE, verb=name)  # obeyed by `expand`
            return
        elif not self._is_ignored(name, line):
            raise refused.directive(source, chunk.start, name)
        first, count = self._ignored.get(name, (chunk.start, 0))
        self._ignored[name] = (first, count + 1)
        self._add(chunk, line.replace("\r\n", "\n"), StatementClass.DIRECTIVE, verb=name)

    def _is_ignored(self, name: str, line: str) -> bool:
        if name == "SPOOL":
            return self._settings.spool == "ignore"
        return not DIRECTIVES[name].cure and not (name == "CLEAR" and clears_buffer(line))

    def _set_line(self, chunk: Chunk, line: str) -> bool:
        """Tell whether a SET line was obeyed; most of them are ignored."""
        outcome = read_set(line)
        if outcome.refused:
            raise self._refused(chunk, f"SET {outcome.refused}")
        for name, value in outcome.obeyed:
            if name == "AUTOCOMMIT":
                self._autocommits = value != "OFF"
        return bool(outcome.obeyed)

    def _whenever_line(self, chunk: Chunk, line: str) -> bool:
        """Tell whether a WHENEVER line was obeyed; those about the operating system are ignored."""
        outcome = read_whenever(line)
        if outcome.refused:
            raise self._refused(chunk, outcome.refused)
        if outcome.goes_on is None:
            return False
        if outcome.goes_on:
            self._notice(chunk.start, "errors are passed over from here on, and counted")
        self._goes_on = outcome.goes_on
        return True

    def _variable_line(self, chunk: Chunk, line: str) -> None:
        line = line.replace("-\r\n", " ").replace("-\n", " ").replace("\r\n", "\n")
        source = self._source
        try:
            if chunk.word == "PRINT":
                shown = read_print(line, self._variables)
            else:
                where = source.line_of(chunk.start), source.file_of(chunk.start)
                declared = read_variable(line, self._variables, where)
                shown = () if declared is None else (declared,)
                self._variables.update({variable.name: variable for variable in shown})
        except BadVariable as bad:
            raise source.error(bad.why, chunk.start, rule="variable", cure=bad.cure) from None
        self._add(chunk, line, StatementClass.DIRECTIVE, verb=chunk.word, variables=shown)

    def _exit_line(self, chunk: Chunk, line: str) -> None:
        outcome = read_exit(line)
        if outcome.refused:
            raise self._refused(chunk, outcome.refused)
        if self._exit is None:
            self._waiting.refuse_dangling()
            self._exit = self._source.line_of(chunk.start)
        self._add(chunk, line.replace("\r\n", "\n"), StatementClass.DIRECTIVE, verb=chunk.word)

    def _refused(self, chunk: Chunk, what: str) -> ScriptError:
        """Say what of a line is refused, unless a value in it could be a secret."""
        hidden = self._source.substituted(chunk.start, chunk.end)
        return refused.directive(self._source, chunk.start, chunk.word, "" if hidden else what)

    # -- comments and annotations -------------------------------------------------------------

    def _comment(self, chunk: Chunk) -> None:
        line = self._source.decode(chunk.start, chunk.end)
        if chunk.word == "--":
            remark = self._waiting.read(chunk.start, line)
            if remark:
                self._notice(chunk.start, remark)
        else:
            self._waiting.end_probe()
        self._add(chunk, line.replace("\r\n", "\n"), StatementClass.NONE)

    # -- what they share ----------------------------------------------------------------------

    def _add(
        self,
        chunk: Chunk,
        text: str,
        statement: StatementClass,
        *,
        verb: str = "",
        object_type: str = "",
        object_name: str = "",
        binds: Tuple[str, ...] = (),
        variables: Tuple[Variable, ...] = (),
        annotations: Tuple[Annotation, ...] = (),
    ) -> None:
        declared = [self._variables[name] for name in binds if name in self._variables]
        if chunk.kind in _RUNS:
            annotations = (*annotations, *self._waiting.take())
        source = self._source
        start, end = source.original(chunk.start, chunk.end)
        values = source.substituted(chunk.start, chunk.body)
        substitutions, holes = told_apart(values)
        if values:
            origin, _ = source.origin(chunk.start)
            written = as_sent(origin.decode(*source.original(chunk.start, chunk.body)))
        piece = Piece(
            kind=chunk.kind,
            start=start,
            end=end,
            first_line=source.line_of(chunk.start),
            last_line=source.line_of(max(chunk.start, chunk.end - 1)),
            terminator=chunk.terminator,
            text=text,
            statement=statement,
            verb=verb,
            object_type=object_type,
            object_name=object_name,
            binds=binds,
            annotations=annotations,
            repeats=chunk.repeats,
            file=source.file_of(chunk.start),
            written=written if values else "",
            substitutions=substitutions,
            goes_on=self._goes_on and chunk.kind in _RUNS,
            autocommits=self._autocommits and statement in _AUTOCOMMITTED,
            variables=variables or tuple(declared),
            holes=holes,
            setters=source.setters(chunk.start),
        )
        if piece.holes and statement is not StatementClass.NONE and chunk.kind in _RUNS:
            refuse_misplaced(source, piece, chunk.start)
        self._pieces.append(piece)

    def _counted(self) -> Iterator[Notice]:
        """Say of each kind of directive that was ignored, where first and how often."""
        for name, (offset, count) in self._ignored.items():
            line, file = self._source.line_of(offset), self._source.file_of(offset)
            times = f" ({count} times)" if count > 1 else ""
            instead = DIRECTIVES[name].instead
            text = f"{name} ignored{times}" + (f": {instead}" if instead else "")
            yield Notice(line, text, file)

    def _notice(self, offset: int, text: str) -> None:
        source = self._source
        self._notices.append(Notice(source.line_of(offset), text, source.file_of(offset)))
