"""Split a script into pieces, as SQL*Plus does, and say what each of them is.

    script = parse_script(Path("load.sql").read_bytes(), name="load.sql")
    for piece in script.pieces: ...

`split` finds the pieces; here each is judged in its turn: what is ignored leaves a notice, what
cannot be honoured yet is refused, what runs gets its text, class and binds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Callable, Dict, Iterator, List, Optional, Tuple, Union

from airflow_oracle_dag.core import refused
from airflow_oracle_dag.core.annotations import (
    annotation_word,
    checked_probe,
    continued_probe,
    read_annotation,
)
from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.core.classify import classify
from airflow_oracle_dag.core.directives import DIRECTIVES
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.expansion import INCLUDES, expand
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
from airflow_oracle_dag.core.settings import (
    clears_buffer,
    column_sets_variable,
    read_exit,
    read_set,
    read_whenever,
)
from airflow_oracle_dag.core.source import BLANKS, Source, read_source
from airflow_oracle_dag.core.split import Chunk, split

_INNER_ANNOTATION = re.compile(r"(?im)^[ \t]*--[ \t]*@(step|always|probe|check)\b")

# Directives of which some lines only format, and others change what runs.
_HARMLESS: Dict[str, Callable[[str], bool]] = {
    "COLUMN": lambda line: not column_sets_variable(line),
    "CLEAR": lambda line: not clears_buffer(line),
}
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
    read = expand(read_source(source, name, settings), settings)
    parser = _Parser(read, settings)
    try:
        for chunk in split(read):
            parser.add(chunk)
    except ScriptError as error:
        parser.stop(error)
    return parser.finish()


class _Parser:
    """Judge the chunks in order; remember what the next ones depend on."""

    def __init__(self, source: Source, settings: ParseSettings) -> None:
        self._source = source
        self._settings = settings
        self._ignored: Dict[str, Tuple[int, int]] = {}  # where first, and how often
        self._pieces: List[Piece] = []
        self._notices: List[Notice] = []
        self._pending: List[Annotation] = []
        self._names: Dict[str, Annotation] = {}
        self._places: Dict[Tuple[str, int], int] = {}  # offsets of annotations
        self._probe: Optional[int] = None  # offset of the probe that may still go on
        self._probe_lines: List[str] = []
        self._goes_on = False
        self._exit: Optional[int] = None  # line of the EXIT that ended the script

    def add(self, chunk: Chunk) -> None:
        """Judge one chunk.

        :raises ScriptError: it is refused.
        """
        if chunk.kind is PieceKind.COMMENT:
            self._comment(chunk)
            return
        self._end_probe()
        if chunk.kind is PieceKind.DIRECTIVE:
            self._directive(chunk)
        elif chunk.kind is PieceKind.RERUN:
            held = chunk.repeats
            line = 0 if held is None else self._pieces[held].first_line
            raise refused.rerun(self._source, chunk.start, line)
        else:
            self._statement(chunk)

    def stop(self, error: ScriptError) -> None:
        """Leave the rest of the file unread, as SQL*Plus does after EXIT.

        :raises ScriptError: the error, when no EXIT stands before it.
        """
        if self._exit is None:
            raise error
        self._pending.clear()
        self._probe = None
        text = f"not read from here on: line {self._exit} ends the script ({error.message})"
        file = "" if error.file == self._source.name else error.file
        self._notices.append(Notice(error.line, text, file))

    def finish(self) -> Script:
        """Give the script.

        :raises ScriptError: an annotation waits for a statement that does not come.
        """
        self._end_probe()
        for annotation in self._pending:
            if annotation.name in ("probe", "check") and self._exit is None:
                raise self._dangling(annotation)
        return Script(
            name=self._source.name,
            source=self._source.main.data,
            encoding=self._source.encoding,
            pieces=tuple(self._pieces),
            notices=tuple(
                sorted((*self._notices, *self._counted()), key=lambda each: (each.file, each.line))
            ),
            trailing=tuple(self._pending),
        )

    # -- statements ---------------------------------------------------------------------------

    def _statement(self, chunk: Chunk) -> None:
        source = self._source
        said = classify(source.text, chunk.start, chunk.body)
        text = _as_sent(source.decode(chunk.start, chunk.body))
        if chunk.kind is PieceKind.PLSQL and said.statement is StatementClass.SELECT:
            text = text.rstrip(";" + BLANKS + "\n")
        stored = chunk.kind is PieceKind.PLSQL and said.statement is StatementClass.DDL
        self._refuse_check_without_select(said.statement, said.verb)
        self._add(
            chunk,
            text,
            said.statement,
            verb=said.verb,
            object_type=said.object_type,
            object_name=source.decode(*said.object_at),
            binds=() if stored else find_binds(text),
        )
        self._notice_inner_annotations(chunk)

    def _refuse_check_without_select(self, statement: StatementClass, verb: str) -> None:
        if statement is StatementClass.SELECT:
            return
        for annotation in self._pending:
            if annotation.name == "check":
                raise self._at(
                    annotation,
                    f"@check {annotation.value} is followed by {verb}, not by a SELECT",
                    "check-without-select",
                    "write the SELECT whose one row must be true right after it.",
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
        line = source.decode(chunk.start, chunk.end)
        if name in EXITS:
            self._exit_line(chunk, line)
            return
        if name in ("SET", "WHENEVER"):
            obeyed = self._set_line if name == "SET" else self._whenever_line
            if obeyed(chunk, line):
                self._add(chunk, line.replace("\r\n", "\n"), StatementClass.DIRECTIVE, verb=name)
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
        harmless = _HARMLESS.get(name)
        return not DIRECTIVES[name].cure if harmless is None else harmless(line)

    def _set_line(self, chunk: Chunk, line: str) -> bool:
        """Tell whether a SET line was obeyed; most of them are ignored."""
        outcome = read_set(line)
        if outcome.refused:
            raise self._refused(chunk, f"SET {outcome.refused}")
        return bool(outcome.substitution)

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

    def _exit_line(self, chunk: Chunk, line: str) -> None:
        outcome = read_exit(line)
        if outcome.refused:
            raise self._refused(chunk, outcome.refused)
        if self._exit is None:
            for annotation in self._pending:
                raise self._dangling(annotation)
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
            self._comment_line(chunk, line)
        else:
            self._end_probe()
        self._add(chunk, line.replace("\r\n", "\n"), StatementClass.NONE)

    def _comment_line(self, chunk: Chunk, line: str) -> None:
        if self._probe is not None:
            more = continued_probe(line)
            if more is not None:
                self._probe_lines.append(more)
                return
            self._end_probe()
        annotation = read_annotation(self._source, chunk.start, line)
        if annotation is None:
            word = annotation_word(line)
            if word is not None:
                self._notice(chunk.start, f"@{word} is no annotation: taken for a comment")
            return
        self._places[annotation.file, annotation.line] = chunk.start
        self._refuse_second(annotation)
        self._pending.append(annotation)
        if annotation.name == "probe":
            self._probe = chunk.start
            self._probe_lines = [annotation.value]

    def _end_probe(self) -> None:
        if self._probe is not None:
            probe = replace(self._pending[-1], value="\n".join(self._probe_lines))
            self._pending[-1] = checked_probe(self._source, self._probe, probe)
            self._probe = None

    def _refuse_second(self, annotation: Annotation) -> None:
        """Refuse a name given twice in the file, and two of a kind before one statement."""
        unit = ("step", "always")
        for earlier in self._pending:
            same = earlier.name == annotation.name
            if same or (earlier.name in unit and annotation.name in unit):
                raise self._at(
                    annotation,
                    f"@{earlier.name} of line {earlier.line} has no statement before this",
                    "empty-step" if earlier.name in unit else "second-annotation",
                    "delete one of the two, or write the statement between them.",
                )
        if annotation.name in unit and annotation.value:
            first = self._names.setdefault(annotation.value, annotation)
            if first is not annotation:
                of = f" of {first.file}" if first.file else ""
                raise self._at(
                    annotation,
                    f"line {first.line}{of} already has a step called {annotation.value}",
                    "duplicate-step-name",
                    "give each step a name of its own.",
                )

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
    ) -> None:
        annotations: Tuple[Annotation, ...] = ()
        if chunk.kind in (PieceKind.SQL, PieceKind.PLSQL):
            annotations = tuple(self._pending)
            self._pending.clear()
        source = self._source
        start, end = source.original(chunk.start, chunk.end)
        substitutions = source.substituted(chunk.start, chunk.body)
        if substitutions:
            origin, _ = source.origin(chunk.start)
            written = _as_sent(origin.decode(*source.original(chunk.start, chunk.body)))
        self._pieces.append(
            Piece(
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
                written=written if substitutions else "",
                substitutions=substitutions,
                goes_on=self._goes_on and chunk.kind in (PieceKind.SQL, PieceKind.PLSQL),
            )
        )

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

    def _dangling(self, annotation: Annotation) -> Exception:
        return self._at(
            annotation,
            f"@{annotation.name} has no statement after it",
            "dangling-annotation",
            "write the statement under it, or delete it.",
        )

    def _at(self, annotation: Annotation, message: str, rule: str, cure: str) -> Exception:
        at = self._places[annotation.file, annotation.line]
        return self._source.error(message, at, rule=rule, cure=cure)


def _as_sent(text: str) -> str:
    """Give the text that SQL*Plus sends: LF line ends, no white space at the end of a line.

    SQL*Plus User's Guide and Reference, "Entering and Executing Commands".
    """
    text = text.replace("\r\n", "\n").rstrip(BLANKS + "\n")
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(BLANKS) for line in text.split("\n")])
    return text
