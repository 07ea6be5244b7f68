"""Read the ``-- @word`` lines: the directions for a runner that SQL*Plus takes for comments.

::

    -- @step name [timeout=2h] [run_on=database] [atomic=strict] [repeatable] [expected_minutes=90]
    -- @always [name]
    -- @probe select ...      goes on in the next comment lines that are indented by three or more
    -- @check name [after=commit]
    -- @on_error continue ORA-00942, ORA-01418
    -- @expect rows > 0
    -- @reading sqlplus | lexical      of the whole file: before its first statement
"""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import Dict, NamedTuple, NoReturn, Optional, Sequence

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import Annotation
from airflow_oracle_dag.core.source import Source
from airflow_oracle_dag.core.tokens import Unclosed, code_pattern, read_head, scan
from airflow_oracle_dag.core.tolerance import BadTolerance, read_expectation, read_tolerated

_LINE = re.compile(r"--[ \t]*@([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_.@])[ \t]*([^\n]*)")
_CONTINUATION = re.compile(r"--(?: {3,}| *\t[ \t]*)(\S[^\n]*)", re.ASCII)
_STEP_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_DURATION = re.compile(r"0*[1-9][0-9]{0,8}[smhd]")
_MINUTES = re.compile(r"(?=[0.]*[1-9])[0-9]{1,6}(?:\.[0-9]{1,4})?", re.ASCII)
_LONGEST_NAME = 60
_NEAR = 0.7
_SEMICOLON = code_pattern(r";")


class _Grammar(NamedTuple):
    """What an annotation may hold: a name (``required``, ``optional``) and options."""

    name: str
    options: Sequence[str] = ()


_KNOWN: Dict[str, _Grammar] = {
    "step": _Grammar("required", ("timeout", "run_on", "atomic", "repeatable", "expected_minutes")),
    "always": _Grammar("optional"),
    "probe": _Grammar(""),
    "check": _Grammar("required", ("after",)),
    "on_error": _Grammar(""),
    "expect": _Grammar(""),
    "reading": _Grammar(""),
}
READINGS = ("sqlplus", "lexical")
_PLACES = ("worker", "database", "glue")


def annotation_word(line: str) -> Optional[str]:
    """Give the word behind the @ of a comment line in lower case, None when it has none."""
    match = _LINE.match(line)
    return None if match is None else match.group(1).lower()


def continued_probe(line: str) -> Optional[str]:
    """Give the text of a comment line that continues a probe, None when it does not."""
    match = _CONTINUATION.match(line)
    return None if match is None else match.group(1).rstrip()


def read_annotation(source: Source, start: int, line: str) -> Optional[Annotation]:
    """Read a comment line with an @.

    :param line: the decoded line, from its ``--``.
    :returns: None when it resembles no annotation: a plain comment.
    :raises ScriptError: a near miss, or an argument that is not allowed.
    """
    match = _LINE.match(line)
    if match is None:
        return None
    word, rest = match.group(1).lower(), match.group(2).strip()
    reader = _Reader(source, start, line)
    grammar = _KNOWN.get(word)
    if grammar is None:
        _refuse_near_miss(reader, word)
        return None
    number, file = source.line_of(start), source.file_of(start)
    if not grammar.name:
        return Annotation(word, reader.text(word, rest), {}, number, file)
    words = rest.split()
    name = ""
    if words and "=" not in words[0]:
        name = reader.step_name(words.pop(0))
    elif grammar.name == "required":
        reader.refuse(f"@{word} needs a name", f"write -- @{word} name.", "@")
    return Annotation(word, name, reader.options(word, words, grammar.options), number, file)


def _refuse_near_miss(reader: _Reader, word: str) -> None:
    near = difflib.get_close_matches(_cut(word), list(_KNOWN), n=1, cutoff=_NEAR)
    if near:
        reader.refuse(
            f"@{word} is no annotation",
            f"did you mean @{near[0]}? A plain comment does not begin with it.",
            "@",
            rule="unknown-annotation",
        )


def checked_probe(source: Source, start: int, annotation: Annotation) -> Annotation:
    """Give the finished probe, without its ``;``, when it is one SELECT.

    :raises ScriptError: it is not.
    """
    text = annotation.value.rstrip().rstrip(";").rstrip()
    verb = read_head(text, 0, len(text), 1).words
    reader = _Reader(source, start, "")
    if verb not in (("SELECT",), ("WITH",)):
        reader.refuse("@probe needs a SELECT", "write -- @probe select 1 from ...", "")
    try:
        several = any(True for _ in scan(text, _SEMICOLON, 0, len(text)))
    except Unclosed as unclosed:
        reader.refuse(
            f"the probe's {unclosed.kind} is not ended",
            "end it; a probe goes on in comment lines that are indented by three or more.",
            "",
        )
    if several:
        reader.refuse("@probe takes one SELECT", "delete what stands behind its ;.", "")
    return replace(annotation, value=text)


def _cut(word: str) -> str:
    """Keep messages and comparisons short, whatever stands there."""
    return word if len(word) <= _LONGEST_NAME else word[:_LONGEST_NAME] + "..."


class _Reader:
    """Read the arguments of one annotation line and point into it."""

    def __init__(self, source: Source, start: int, line: str) -> None:
        self._source = source
        self._start = start
        self._line = line

    def refuse(self, message: str, cure: str, at: str, rule: str = "annotation") -> NoReturn:
        """Raise for the first place of ``at`` in the line."""
        found = max(0, self._line.find(at)) if at else 0
        encoding = self._source.origin(self._start)[0].encoding
        offset = self._start + len(self._line[:found].encode(encoding))
        error: ScriptError = self._source.error(message, offset, rule=rule, cure=cure)
        raise error

    def text(self, word: str, rest: str) -> str:
        """Give what stands behind the word of an annotation without name, validated."""
        try:
            if word == "on_error":
                return " ".join(read_tolerated(rest))
            if word == "expect":
                return str(read_expectation(rest))
        except BadTolerance as bad:
            self.refuse(bad.why, bad.cure, bad.at or "@", rule=f"bad-{word.replace('_', '-')}")
        if word == "reading" and rest.lower() not in READINGS:
            near = difflib.get_close_matches(_cut(rest.lower()), READINGS, n=1)
            cure = f"write -- @reading {' or '.join(READINGS)}."
            cure = f"did you mean {near[0]}?" if near else cure
            self.refuse(f"{_cut(rest)!r} is no reading", cure, rest or "@", rule="option-value")
        return rest if word == "probe" else rest.lower()

    def step_name(self, text: str) -> str:
        """Give a name in lower case."""
        name = text.lower()
        if _STEP_NAME.fullmatch(name) is None:
            self.refuse(
                f"{_cut(text)!r} is not a name",
                "a name has letters, digits and underscores and begins with no digit.",
                text,
                rule="annotation-name",
            )
        if len(name) > _LONGEST_NAME:
            self.refuse(
                f"the name has {len(name)} characters",
                f"use at most {_LONGEST_NAME}.",
                text,
                rule="annotation-name",
            )
        return name

    def options(
        self, word: str, arguments: Sequence[str], allowed: Sequence[str]
    ) -> Dict[str, str]:
        """Give the options, validated."""
        found: Dict[str, str] = {}
        for argument in arguments:
            key, equals, value = argument.partition("=")
            key = key.lower()
            if key not in allowed:
                self._unknown_option(word, argument, key, allowed)
            if key in found:
                self._bad_option(argument, f"{key} is given twice", "delete one.")
            if bool(equals) == (key == "repeatable"):
                how = "repeatable takes no value" if equals else f"{key} needs a value"
                self._bad_option(argument, how, _USES[key])
            self._check_value(argument, key, value.lower())
            found[key] = value.lower()
        return found

    def _unknown_option(self, word: str, argument: str, key: str, allowed: Sequence[str]) -> None:
        near = difflib.get_close_matches(_cut(key), allowed, n=1)
        cure = (
            f"did you mean {near[0]}?"
            if near
            else f"@{word} knows " + (", ".join(allowed) or "no options") + "."
        )
        self.refuse(f"@{word} has no option {_cut(key)!r}", cure, argument, rule="unknown-option")

    def _check_value(self, argument: str, key: str, value: str) -> None:
        if key == "timeout" and _DURATION.fullmatch(value) is None:
            self._bad_option(argument, f"{_cut(value)!r} is not a duration", _USES[key])
        if key == "expected_minutes" and _MINUTES.fullmatch(value) is None:
            self._bad_option(argument, f"{_cut(value)!r} is no number of minutes", _USES[key])
        if key == "run_on" and value not in _PLACES:
            near = difflib.get_close_matches(_cut(value), _PLACES, n=1)
            cure = f"did you mean {near[0]}?" if near else _USES[key]
            self._bad_option(argument, f"{_cut(value)!r} is no place to run", cure)
        if key == "atomic" and value != "strict":
            near = difflib.get_close_matches(_cut(value), ("strict",), n=1)
            cure = f"did you mean {near[0]}?" if near else _USES[key]
            self._bad_option(argument, f"{_cut(value)!r} is not a value of atomic", cure)
        if key == "after" and value != "commit":
            self._bad_option(argument, f"{_cut(value)!r} is no time to check", _USES[key])

    def _bad_option(self, argument: str, message: str, cure: str) -> NoReturn:
        self.refuse(message, cure, argument, rule="option-value")


_USES = {
    "timeout": "write timeout=90s, 30m, 2h or 1d.",
    "run_on": "write run_on=worker, run_on=database or run_on=glue.",
    "atomic": "write atomic=strict.",
    "repeatable": "write repeatable alone.",
    "after": "write after=commit.",
    "expected_minutes": "write expected_minutes=90, or 0.5.",
}
