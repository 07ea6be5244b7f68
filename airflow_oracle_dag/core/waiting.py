"""The annotations that wait for their statement while a script is parsed."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional, Tuple

from airflow_oracle_dag.core.annotations import (
    annotation_word,
    checked_probe,
    continued_probe,
    read_annotation,
)
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import Annotation, StatementClass
from airflow_oracle_dag.core.source import Source

_UNIT = ("step", "always")


class Waiting:
    """Collect annotation lines until the statement comes that they belong to."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pending: List[Annotation] = []
        self._names: Dict[str, Annotation] = {}
        self._places: Dict[Tuple[str, int], int] = {}  # offsets of annotations
        self._probe: Optional[int] = None  # offset of the probe that may still go on
        self._probe_lines: List[str] = []

    def read(self, start: int, line: str) -> str:
        """Take a comment line.

        :returns: what its reader should know of it, "" for nothing.
        :raises ScriptError: an annotation that is wrong or out of place.
        """
        if self._probe is not None:
            more = continued_probe(line)
            if more is not None:
                self._probe_lines.append(more)
                return ""
            self.end_probe()
        annotation = read_annotation(self._source, start, line)
        if annotation is None:
            word = annotation_word(line)
            return "" if word is None else f"@{word} is no annotation: taken for a comment"
        self._places[annotation.file, annotation.line] = start
        self._refuse_second(annotation)
        self._pending.append(annotation)
        if annotation.name == "probe":
            self._probe = start
            self._probe_lines = [annotation.value]
        return ""

    def end_probe(self) -> None:
        """Take the probe that was being read for complete: something else follows.

        :raises ScriptError: it is no SELECT.
        """
        if self._probe is not None:
            probe = replace(self._pending[-1], value="\n".join(self._probe_lines))
            self._pending[-1] = checked_probe(self._source, self._probe, probe)
            self._probe = None

    def take(self) -> Tuple[Annotation, ...]:
        """Give those that wait to the statement that is there now."""
        taken = tuple(self._pending)
        self._pending.clear()
        return taken

    def forget(self) -> None:
        """Let go of those that wait: nothing more is read."""
        self._pending.clear()
        self._probe = None

    def refuse_dangling(self, *names: str) -> None:
        """Refuse those that wait in vain.

        :param names: the annotations that may not; all, when none is named.
        """
        for annotation in self._pending:
            if not names or annotation.name in names:
                raise self._error(
                    annotation,
                    f"@{annotation.name} has no statement after it",
                    "dangling-annotation",
                    "write the statement under it, or delete it.",
                )

    def refuse_check(self, statement: StatementClass, verb: str) -> None:
        """Refuse a @check whose statement is no SELECT."""
        for annotation in self._pending if statement is not StatementClass.SELECT else ():
            if annotation.name == "check":
                raise self._error(
                    annotation,
                    f"@check {annotation.value} is followed by {verb}, not by a SELECT",
                    "check-without-select",
                    "write the SELECT whose one row must be true right after it.",
                )

    def _refuse_second(self, annotation: Annotation) -> None:
        """Refuse a name given twice in the file, and two of a kind before one statement."""
        for earlier in self._pending:
            same = earlier.name == annotation.name
            if same or (earlier.name in _UNIT and annotation.name in _UNIT):
                raise self._error(
                    annotation,
                    f"@{earlier.name} of line {earlier.line} has no statement before this",
                    "empty-step" if earlier.name in _UNIT else "second-annotation",
                    "delete one of the two, or write the statement between them.",
                )
        if annotation.name in _UNIT and annotation.value:
            first = self._names.setdefault(annotation.value, annotation)
            if first is not annotation:
                of = f" of {first.file}" if first.file else ""
                raise self._error(
                    annotation,
                    f"line {first.line}{of} already has a step called {annotation.value}",
                    "duplicate-step-name",
                    "give each step a name of its own.",
                )

    def _error(self, annotation: Annotation, message: str, rule: str, cure: str) -> ScriptError:
        at = self._places[annotation.file, annotation.line]
        return self._source.error(message, at, rule=rule, cure=cure)
