"""Read a script as SQL*Plus does before it runs anything: with values and files put in.

One walk, line by line where something is put in: a value can end a statement, and whether a line
is a DEFINE depends on whether a statement is open. SQL*Plus User's Guide and Reference, "Using
Substitution Variables", "@", "@@", "START". No file is opened here: `ParseSettings.include` does.
"""

from __future__ import annotations

import difflib
import re
from functools import partial
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.directives import DIRECTIVES, directive_name
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.expanded import ExpandedText, TooLarge
from airflow_oracle_dag.core.marks import Marks
from airflow_oracle_dag.core.prompt import opening, reads_head
from airflow_oracle_dag.core.queried import only_formats
from airflow_oracle_dag.core.readings import REST_BLANK
from airflow_oracle_dag.core.script import EXITS, IncludeRefused, IncludeRequest, ParseSettings
from airflow_oracle_dag.core.settings import read_set
from airflow_oracle_dag.core.source import BLANK, BLANKS, Source, read_source
from airflow_oracle_dag.core.split import FIRST, directive_end, separator_at
from airflow_oracle_dag.core.substitution import (
    BadDefinition,
    Reference,
    Undefined,
    Variables,
    arguments_of,
)

INCLUDES = ("@", "@@", "START")
_QUERIES = ("SELECT", "WITH", "(")
# Directives that may show a value which only the run knows: they are ignored, or run as a block.
_HOLLOW = (
    *("PROMPT", "SPOOL", "EXECUTE", "TTITLE", "BTITLE", "REPHEADER", "REPFOOTER", "TIMING"),
    *("DESCRIBE", "BREAK", "COMPUTE", "ATTRIBUTE"),
)
_DEEPEST = 20  # SQL*Plus's own limit of nested scripts
_HYPHEN = re.compile(rf"-{BLANK}*\n")
_HEAD = 2000  # characters behind a first line that may say what the statement is
_CONCERNED = re.compile(
    rf"\n{BLANK}*(?:@|[aA][cC][cC]|[sS](?:[tT][aA]|[eE][tT]{BLANK}[^\n]*(?i:def|scan)))"
)


def expand(source: Source, settings: ParseSettings) -> Source:
    """Put values and files in; a script without them is given back as it is.

    :raises ScriptError: a variable without a value, a file that is not there, a cycle of files.
    """
    text = source.text
    if "&" not in text and not (
        "new_v" in text.lower() or _CONCERNED.search("\n" + text[source.first :])
    ):
        return source
    expander = _Expander(settings)
    expander.file(source, ())
    return expander.out.source(source)


class _Expander:
    def __init__(self, settings: ParseSettings) -> None:
        self.out = ExpandedText()
        self._settings = settings
        self._variables = known = Variables(settings)
        self._obeyed: Dict[str, Callable[[str], None]] = {
            "SET": self._set,
            "DEFINE": known.define,
            "UNDEFINE": known.undefine,
            "ACCEPT": known.accept,
            "COLUMN": known.column,
            "CLEAR": known.clear,
        }
        self._marks = Marks()
        self._is_over = False  # an EXIT was read: nothing behind it is
        self._unended: Optional[int] = None  # where the file's last statement begins
        self._is_ended = True
        self._is_run = True  # the file's last statement: it is not only held in the buffer
        self._held: Optional[Tuple[int, str]] = None  # the query in the buffer, and its begin
        self._stops: Dict[bool, Tuple[Source, int, int, bool, bool]] = {}

    def file(self, origin: Source, within: Tuple[str, ...]) -> None:
        """Walk through one file, command by command."""
        at, text = origin.first, origin.text
        while True:
            match = FIRST.match(text, at)
            if match is None or self._is_over:
                self.out.copy(origin, at, len(text))
                break
            self.out.copy(origin, at, match.start(1))
            try:
                at = self._command(origin, match.start(1), match.group(1), within)
            except TooLarge:
                raise origin.error(
                    "with its values and files put in, the script is larger than 64 MB",
                    match.start(1),
                    rule="too-large",
                    cure="make several scripts of it.",
                ) from None
        if within and self._unended is not None and not self._is_over:
            raise origin.error(
                "this statement has no end: the file ends first, and SQL*Plus goes on with the "
                "lines of the file that includes it",
                self._unended,
                rule="unended-at-eof",
                cure="end SQL with ; or /, and PL/SQL with a / on a line of its own.",
            )
        if within and not text.endswith("\n"):
            self.out.put(origin, len(text), len(text), "", "\n")

    def _command(self, origin: Source, start: int, first: str, within: Tuple[str, ...]) -> int:
        """Emit the command that begins at an offset, and give the offset after it."""
        text, line_end = origin.text, _after_line(origin.text, start)
        name = directive_name(first)
        if first == "--" or name == "REMARK":
            self.out.copy(origin, start, line_end)
            return line_end
        if name == "DOCUMENT":
            end = directive_end(origin, start, name)
            self.out.copy(origin, start, end)
            return end
        if first == "/*":
            end = text.find("*/", start) + 2
            self._emit(origin, start, end if end > 1 else len(text))
            return end if end > 1 else len(text)
        if first == self._variables.mark:
            raise origin.error(
                "SQL*Plus puts no value in the place of a line's first word",
                start,
                rule="variable-first",
                cure="write the command out; SET DEFINE OFF if it is plain text.",
            )
        plsql = self._opened(origin, start, line_end, first)
        begin = self.out.size
        if plsql is not None:
            end = self._statement(origin, start, plsql=plsql)
            self._held = None
            if first.upper() in _QUERIES and self._variables.are_queried:
                self._held = begin, self.out.since(begin)
            runs = self._is_run
        else:
            end = self._directive(origin, start, name or "", within)
            runs = first == "/" or name == "RUN"
        if runs and self._held is not None:
            held, query = self._held
            setters = self._variables.after_query(query)
            self.out.note(begin, setters)
            if not self._is_run:  # where only a / follows, it is one command with what it runs
                self.out.note(held, setters)
                self._is_run = True
        return end

    # -- statements ---------------------------------------------------------------------------

    def _opened(self, origin: Source, start: int, line_end: int, first: str) -> Optional[bool]:
        """Tell whether a statement begins, and whether it is PL/SQL, from its expanded head."""
        head, at, word = origin, start, first.upper()
        if reads_head(word):
            line = self._line(origin, start, line_end, self._references(origin, start, line_end))
            rest = origin.text[line_end : line_end + _HEAD]
            head, at = Source("", (line + rest).encode("latin-1"), "latin-1", 0), 0
        try:
            opened = opening(head, at, word, self._settings.reading)
        except ScriptError:
            return True  # refused where it is split
        return None if opened is None else opened.plsql

    def _statement(self, origin: Source, start: int, *, plsql: bool) -> int:
        text, mark, marks = origin.text, self._variables.mark, self._marks
        end = self._stop(origin, start, plsql=plsql)
        if not mark or text.find(mark, start, end) < 0:
            self.out.copy(origin, start, end)
            self._unended = None if self._is_ended else start
            return end
        at, self._unended, self._is_run = start, start, True
        while at < len(text):
            line_end = _after_line(text, at)
            shown = self._emit(origin, at, line_end).strip(BLANKS + "\n")
            is_first, at = at == start, line_end
            if self._ends(shown, plsql=plsql, is_first=is_first):
                self._unended = None
                self._is_run = shown not in ("", marks.block)
                break
        return at

    def _ends(self, line: str, *, plsql: bool, is_first: bool) -> bool:
        """Tell whether a line with its values ends the statement, run or not."""
        marks = self._marks
        if not plsql and marks.sql and line.endswith(marks.sql):
            return True
        is_blank = not line and not plsql and not marks.blank_lines
        return not is_first and (is_blank or line in ("/", marks.block or "/"))

    def _stop(self, origin: Source, start: int, *, plsql: bool) -> int:
        """Give the end of the line that ends a statement without values.

        It is remembered: where values end statements earlier, the next one stops there as well.
        """
        known = self._stops.get(plsql)
        if known is not None and known[0] is origin and known[1] <= start < known[2]:
            _, _, _, self._is_ended, self._is_run = known
            return known[2]
        text = origin.text
        match = (self._marks.plsql_stop if plsql else self._marks.sql_stop).search(text, start)
        end = len(text) if match is None else _after_line(text, match.end())
        ended = match is not None and (match.group().strip() or REST_BLANK.match(text, end) is None)
        self._is_ended = bool(ended)
        self._is_run = match is None or match.group().strip() not in ("", self._marks.block)
        self._stops[plsql] = (origin, start, end, self._is_ended, self._is_run)
        return end

    # -- directives ---------------------------------------------------------------------------

    def _directive(self, origin: Source, start: int, name: str, within: Tuple[str, ...]) -> int:
        end = directive_end(origin, start, name, self._settings.reading)
        at = separator_at(origin, start, end, name, self._marks)
        end = end if at < 0 else at
        secret = name in DIRECTIVES and DIRECTIVES[name].secret
        hidden = f"{name} ..." if secret else None
        written = self._emit(origin, start, end, hidden=hidden)
        if name not in _HOLLOW and not (name == "COLUMN" and only_formats(_joined(written))):
            self._refuse_queried(origin, start, end, hidden)
        after = _after_line(origin.text, end) if at < 0 else at + 1
        self.out.copy(origin, end, after)
        line = _joined(written).rstrip(";" + BLANKS)
        try:
            if name in self._obeyed:
                self._obeyed[name](line)
            elif name in EXITS:
                self._is_over = True
            elif name in INCLUDES and self._settings.include is not None:
                if not origin.text.endswith("\n", start, after):
                    self.out.put(origin, end, end, "", "\n")
                self._include(origin, start, name, line, within)
        except BadDefinition as error:
            raise origin.error(
                error.why, start, rule="definition", cure=error.cure, shown=hidden
            ) from None
        return after

    def _refuse_queried(self, origin: Source, start: int, end: int, hidden: Optional[str]) -> None:
        """Refuse a value that only the run knows where the plan has to know it."""
        for reference in self._references(origin, start, end, hidden):
            if reference.name in self._variables.open:
                raise origin.error(
                    f"&{reference.name} has its value from a query (COLUMN ... NEW_VALUE), and "
                    "this line must be known before anything runs",
                    start if hidden else reference.start,
                    rule="queried-value",
                    cure="use such a variable in statements only; pass what decides files, "
                    "settings and other variables as a value (defines), or DEFINE it.",
                    shown=hidden,
                )

    def _set(self, line: str) -> None:
        outcome = read_set(line)
        if outcome.refused:
            return  # refused where it is split
        marks = self._marks.obey(outcome.obeyed)
        if marks != self._marks:
            self._marks = marks
            self._stops.clear()
        for name, value in outcome.obeyed:
            if name == "DEFINE":
                self._variables.set_define(value)
            elif name == "SCAN":
                self._variables.set_scan(value)
            elif name == "CONCAT":
                self._variables.set_concat(value)

    def _include(
        self, origin: Source, start: int, name: str, line: str, within: Tuple[str, ...]
    ) -> None:
        wanted, arguments = arguments_of(line)
        shown = f"{name} ..." if arguments else None  # one of them may be a password
        refused = partial(_refused, origin, start, shown)
        if "." not in wanted.replace("\\", "/").rsplit("/", 1)[-1]:
            wanted += ".sql"  # SET SUFFIX
        including = (*within, origin.name)
        request = IncludeRequest(wanted, origin.name, beside=name == "@@")
        read = self._settings.include
        try:
            found = None if read is None or "://" in wanted else read(request)
        except IncludeRefused as why:
            raise refused(f"{wanted} {why}", "include-outside") from None
        if found is None:
            where = f"beside {origin.name}" if request.beside else "on the search path"
            missing = f"there is no file {wanted} {where}"
            if "://" in wanted:
                missing = f"{wanted} is an address on the network: nothing is fetched from there"
            raise refused(missing, "include-missing")
        if found.name in including:
            circle = " -> ".join((*including[including.index(found.name) :], found.name))
            raise refused(f"files include each other: {circle}", "include-cycle")
        if len(including) >= _DEEPEST:
            message = f"files include each other more than {_DEEPEST} deep"
            raise refused(message, "include-depth")
        self._variables.pass_arguments(arguments)
        if found.source.strip():
            self.file(read_source(found.source, found.name, self._settings), including)

    # -- what they share ----------------------------------------------------------------------

    def _emit(self, origin: Source, start: int, end: int, *, hidden: Optional[str] = None) -> str:
        """Emit a part of a file with values in it, and give it as text."""
        references = self._references(origin, start, end, hidden)
        at, shown = start, []
        for reference in references:
            value = self._variables.text_of(reference.name)
            self.out.copy(origin, at, reference.start)
            self.out.put(origin, reference.start, reference.end, f"&{reference.name}", value)
            shown += [origin.decode(at, reference.start), value]
            at = reference.end
        self.out.copy(origin, at, end)
        shown.append(origin.decode(at, end))
        return "".join(shown)

    def _line(self, origin: Source, start: int, end: int, references: Sequence[Reference]) -> str:
        at, shown = start, []
        for reference in references:
            value = self._variables.text_of(reference.name).encode("utf-8").decode("latin-1")
            shown += [origin.text[at : reference.start], value]
            at = reference.end
        return "".join((*shown, origin.text[at:end]))

    def _references(
        self, origin: Source, start: int, end: int, hidden: Optional[str] = None
    ) -> List[Reference]:
        try:
            return self._variables.references(origin.text, start, end)
        except Undefined as missing:
            at = start if hidden else missing.at
            raise self._undefined(origin, at, missing, hidden) from None

    def _undefined(
        self, origin: Source, at: int, missing: Undefined, hidden: Optional[str]
    ) -> ScriptError:
        if missing.unclear:
            return origin.error(
                f"where the name of &{missing.name} ends is not certain",
                at,
                rule="variable-name",
                cure=f"write &{missing.name}. before the text that follows it.",
                shown=hidden,
            )
        name = missing.name.encode("latin-1").decode("utf-8", "replace")
        near = difflib.get_close_matches(name.lower(), list(self._variables.values), n=1)
        return origin.error(
            f"the substitution variable &{name} has no value here",
            at,
            rule="undefined-variable",
            cure="SET DEFINE OFF at the top of the file if the & is plain text; else DEFINE it "
            "before this line, pass a value for it, or use a bind (:name)"
            + (f". Did you mean &{near[0]}?" if near else "."),
            shown=hidden,
        )


def _refused(
    origin: Source, start: int, shown: Optional[str], message: str, rule: str
) -> ScriptError:
    cure = "take one of the includes out."
    if rule == "include-missing":
        cure = "name a file that is there, or put its statements here."
    elif rule == "include-outside":
        cure = "name a file of one of these folders, or put its statements here."
    return origin.error(message, start, rule=rule, cure=cure, shown=shown)


def _after_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _joined(line: str) -> str:
    """Put a blank in the place of a hyphen and its line end, as SQL*Plus does."""
    return _HYPHEN.sub(" ", line)
