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
from airflow_oracle_dag.core.tolerance import SEEN_OF_A_QUERY, read_expectation

_UNIT = ("step", "always")
_COUNTED = (StatementClass.SELECT, StatementClass.DML)
# What a step ends with or begins anew with: the runner does it in its own way.
_NOT_SENT = (StatementClass.COMMIT, StatementClass.ROLLBACK)


class Waiting:
    """Collect annotation lines until the statement comes that they belong to."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pending: List[Annotation] = []
        self._names: Dict[str, Annotation] = {}
        self._places: Dict[Tuple[str, int], int] = {}  # offsets of annotations
        self._probe: Optional[int] = None  # offset of the probe that may still go on
        self._probe_lines: List[str] = []
        self._has_begun = False  # a statement was there

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
        if annotation.name == "reading":  # obeyed before anything was split: `chosen`
            self._refuse_late(annotation)
            return ""
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
        self._has_begun = True
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

    def refuse_misplaced(self, statement: StatementClass, verb: str) -> None:
        """Refuse annotations that mean nothing for the statement that is there now."""
        names = {annotation.name for annotation in self._pending}
        for annotation in self._pending:
            if annotation.name == "check" and statement is not StatementClass.SELECT:
                raise self._error(
                    annotation,
                    f"@check {annotation.value} is followed by {verb}, not by a SELECT",
                    "check-without-select",
                    "write the SELECT whose one row must be true right after it.",
                )
            if annotation.name == "expect":
                self._refuse_uncounted(annotation, statement, verb)
            if annotation.name == "on_error" and (statement in _NOT_SENT or "check" in names):
                what = "a @check" if "check" in names else verb
                raise self._error(
                    annotation,
                    f"@on_error before {what}, whose errors always stop the script",
                    "on-error-misplaced",
                    "write it right before the statement whose error may be passed over.",
                )

    def _refuse_uncounted(
        self, annotation: Annotation, statement: StatementClass, verb: str
    ) -> None:
        """Refuse an @expect before what has no rows, or of more than are looked at."""
        if statement not in _COUNTED or verb == "EXPLAIN":
            raise self._error(
                annotation,
                f"@expect is followed by {verb}, of which no rows are counted",
                "expect-misplaced",
                "write it right before a SELECT, INSERT, UPDATE, DELETE or MERGE; of a block use "
                "a @check, or RAISE_APPLICATION_ERROR in it.",
            )
        most = SEEN_OF_A_QUERY - 1
        if statement is StatementClass.SELECT and read_expectation(annotation.value).figure > most:
            raise self._error(
                annotation,
                f"@expect {annotation.value}: of a query no more than {most} rows are counted",
                "expect-too-many",
                "let the query count, SELECT COUNT(*) > ..., under a @check.",
            )

    def _refuse_late(self, annotation: Annotation) -> None:
        if self._has_begun or annotation.file:
            where = f"in {annotation.file}" if annotation.file else "behind a statement"
            raise self._error(
                annotation,
                f"@reading stands {where}, and a script is read in one way from its first line on",
                "late-reading",
                "write it above the first statement of the script itself.",
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
