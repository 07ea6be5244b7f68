"""Read a script to its end in spite of what is wrong with it, and say all of that.

`parse_script` stops at the first mistake. Here the next command is looked for where the wrong one
ends most probably, so that one mistake hides no other and is not said many times.
"""

from __future__ import annotations

import contextlib
from typing import Callable, List, Optional, Set, Tuple, Union

from airflow_oracle_dag.core.chosen import opened, with_reading
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import Parser
from airflow_oracle_dag.core.script import ParseSettings, PieceKind, Script
from airflow_oracle_dag.core.source import Source, read_source
from airflow_oracle_dag.core.split import Chunk, split

_MOST = 100  # hazards of one script: whoever looks for the end of each may look at all of the rest
_LATE = "block-terminator"  # said when the next command shows that nothing runs the one before


def find_mistakes(
    source: Union[bytes, str], *, name: str, settings: ParseSettings
) -> Tuple[Optional[Script], List[ScriptError]]:
    """Give all mistakes of a script, the one that `parse_script` raises first.

    :returns: the script where it has no mistake, else None; the mistakes.
    """
    try:
        script, mistakes = read_anyway(source, name=name, settings=settings)
    except ScriptError as error:
        return None, [error]
    return (None if mistakes else script), mistakes


def read_anyway(
    source: Union[bytes, str], *, name: str, settings: ParseSettings
) -> Tuple[Script, List[ScriptError]]:
    """Give a script's pieces whatever is wrong with them, and its mistakes.

    A piece that is wrong has the class NONE. Where values or files cannot be put in, the file is
    split as it is written, and nothing is said of commands that ask for a value.

    :raises ScriptError: it is not text.
    """
    read = read_source(source, name, settings)
    try:
        read, settings = opened(source, name, settings)
    except ScriptError as error:
        first = error
    else:
        return _Reader(read, settings, lambda _: False).read()
    with contextlib.suppress(ScriptError):  # it is the first mistake
        settings = with_reading(read, settings)
    script, others = _Reader(read, settings, lambda text: "&" in text).read()
    return script, [first, *(each for each in others if each.line != first.line)]


class _Reader:
    def __init__(
        self, source: Source, settings: ParseSettings, is_unclear: Callable[[str], bool]
    ) -> None:
        self._source = source
        self._settings = settings
        self._is_unclear = is_unclear
        self._parser = Parser(source, settings)
        self._mistakes: List[ScriptError] = []
        self._said: List[ScriptError] = []  # of the chunk that comes next
        self._passed: Set[int] = set()
        self._hazards = 0
        self._is_lost = False  # a quote or comment never ends: nobody can say what is code

    def read(self) -> Tuple[Script, List[ScriptError]]:
        """Read to the end, to an EXIT with a mistake behind it, or to the last mistake."""
        parser = self._parser
        try:
            for index, chunk in enumerate(
                split(self._source, self._settings.reading, self._hazard)
            ):
                self._judge(index, chunk)
            self._mistakes += self._said
            return parser.finish(), self._mistakes
        except ScriptError as error:
            last = error
        try:
            parser.stop(last)
        except ScriptError:
            self._mistakes.append(last)
        parser.give_up()
        return parser.finish(), self._mistakes

    def _hazard(self, error: ScriptError) -> None:
        """Keep what splitting met; of a file that has too much of it, nothing more is read."""
        self._hazards += error.rule != "unknown-line"
        if self._hazards > _MOST:
            self._mistakes += self._said
            raise error
        self._say(error)

    def _say(self, error: ScriptError) -> None:
        """Keep a mistake; behind an EXIT nothing is read any more."""
        if self._parser.is_over:
            self._mistakes += self._said
            raise error
        if not self._is_lost:
            self._said.append(error)

    def _judge(self, index: int, chunk: Chunk) -> None:
        is_wrong = not chunk.word or any(each.rule != _LATE for each in self._said)
        if is_wrong or chunk.repeats in self._passed:
            self._pass_over(index, chunk)
        else:
            try:
                self._parser.add(chunk)
            except ScriptError as error:
                self._say(error)
                self._pass_over(index, chunk)
        if not self._is_unclear(self._source.text[chunk.start : chunk.end]):
            self._mistakes += self._said
        if chunk.kind is not PieceKind.DIRECTIVE:
            self._is_lost |= any(each.rule.startswith("unterminated-") for each in self._said)
        self._said.clear()

    def _pass_over(self, index: int, chunk: Chunk) -> None:
        self._passed.add(index)
        try:
            self._parser.pass_over(chunk)
        except ScriptError as error:  # of the annotation that stands before it
            self._say(error)
            self._parser.give_up()
            self._parser.pass_over(chunk)
