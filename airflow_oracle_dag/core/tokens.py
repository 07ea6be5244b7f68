"""Find code between quotes and comments, as Oracle's own parsers do.

The one place that knows what a string, a quoted name and a comment are (SQL Language Reference,
Literals, Comments; PL/SQL Language Reference, Lexical Units). Everything else asks `scan`.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

_KINDS = {"'": "string", '"': "name", "--": "comment", "/*": "comment"}
_CLOSERS = {"[": "]", "(": ")", "{": "}", "<": ">"}
_NAME = r"A-Za-z0-9_$#\x80-\U0010ffff"  # whatever is not ASCII may stand in a name
_NAME_END = re.compile(rf"[{_NAME}]")
# One character in the Latin-1 view: a valid UTF-8 sequence, or one byte.
_CHARACTER = re.compile(
    r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|.", re.DOTALL
)

WORD = rf"[A-Za-z_\x80-\U0010ffff][{_NAME}]*"
_OPENERS = r"'|\"|--|/\*"


def code_pattern(*alternatives: str) -> re.Pattern[str]:
    """Compile what a consumer looks for, so that `scan` can step over quotes and comments."""
    return re.compile("|".join((_OPENERS, *alternatives)))


# What is not code. Each begins with its own mark, so that the search skips the code at once; a
# string behind a q that is no alternative quoting is left alone.
_IS_ALTERNATIVE = rf"(?:(?<=[^{_NAME}][qQ]')|(?<=[^{_NAME}][nN][qQ]'))"
_NOT_CODE = re.compile(
    r"'(?<![qQ]')[^']*'"
    rf"|'{_IS_ALTERNATIVE}"
    r"(?:\[.*?\]'|\(.*?\)'|\{.*?\}'|<.*?>'|([^ \t\r\n\[({<\x80-\U0010ffff]).*?\1')"
    r'|"[^"]*"|--[^\n]*|/\*.*?\*/',
    re.DOTALL,
)
_ALTERNATIVE = re.compile(rf"'{_IS_ALTERNATIVE}(.)", re.DOTALL)
_LEFT = re.compile(r"'|\"|--|/\*")


class Unclosed(Exception):
    """Say that a quote or comment does not end where the search ends.

    :param kind: ``string``, ``name`` or ``comment``.
    :param at: offset of its first character.
    :param closes: offset after its end further on, -1 when the text ends first.
    """

    def __init__(self, kind: str, at: int, closes: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.at = at
        self.closes = closes


class Token(NamedTuple):
    """A code token: where it stands and its text."""

    text: str
    start: int
    end: int


def scan(
    text: str,
    pattern: re.Pattern[str],
    start: int,
    end: int,
    *,
    names: bool = False,
    strings: bool = False,
) -> Iterator[Token]:
    """Yield what the pattern finds in code between two offsets.

    :param pattern: made by `code_pattern`.
    :param names: whether to yield quoted names, too; :param strings: the same of strings.
    :raises Unclosed: a quote or a comment crosses ``end``.
    """
    search = pattern.search
    at = start
    while True:
        match = search(text, at, end)
        if match is None:
            return
        found = match.group()
        if found in _KINDS:
            at = closing(text, found, match.start())
            if at < 0 or at > end:
                raise Unclosed(_KINDS[found], match.start(), at)
            if (names and found == '"') or (strings and found == "'"):
                yield Token(text[match.start() : at], match.start(), at)
        else:
            at = match.end()
            yield Token(found, match.start(), at)


def plain_code(text: str, start: int, end: int) -> Optional[str]:
    """Give the code between two offsets with a blank for each quote and comment, None: not sure.

    The quick way to learn that nothing of interest is there; whoever finds something, or is given
    None, asks `scan` where it stands.
    """
    found = text[start:end]
    # What does not end would be looked for again and again, and the last line's comment may cross.
    if found.find("--", found.rfind("\n") + 1) >= 0 or found.rfind("/*") > found.rfind("*/"):
        return None
    if "q'" in found or "Q'" in found:
        last = {match.group(1): match.end() for match in _ALTERNATIVE.finditer(found)}
        if any(found.rfind(_CLOSERS.get(mark, mark) + "'") < at for mark, at in last.items()):
            return None
    code = _NOT_CODE.sub(" ", found)
    return None if _LEFT.search(code) else code


def closing(text: str, opener: str, at: int) -> int:
    """Give the offset after the end of the quote or comment that opens at an offset, -1: none.

    A line comment ends before its line end. Comments do not nest.
    """
    if opener == "--":
        found = text.find("\n", at)
        return len(text) if found < 0 else found
    if opener == "/*":
        found = text.find("*/", at + 2)
        return found + 2 if found >= 0 else -1
    if opener == '"':
        found = text.find('"', at + 1)
        return found + 1 if found >= 0 else -1
    closer, begin = _string_closer(text, at)
    found = text.find(closer, begin)
    return found + len(closer) if found >= 0 else -1


def _string_closer(text: str, at: int) -> Tuple[str, int]:
    """Give what closes the string whose quote stands at an offset, and where to look for it.

    ``q'[ ... ]'`` and ``nq'...'`` are alternative quoting when the letters stand by themselves
    and the delimiter is not white space. ``''`` inside a plain string is an end and a beginning.
    """
    if is_alternative(text, at):
        match = _CHARACTER.match(text, at + 1)
        if match is not None and match.group() not in " \t\r\n":
            opener = match.group()
            return _CLOSERS.get(opener, opener) + "'", match.end()
    return "'", at + 1


def is_alternative(text: str, at: int) -> bool:
    """Tell whether the quote at an offset begins a string such as ``q'[ ... ]'``."""
    if at < 1 or text[at - 1] not in "qQ":
        return False
    before = at - 2
    if before >= 0 and text[before] in "nN":
        before -= 1
    return before < 0 or _NAME_END.match(text[before]) is None


class Head(NamedTuple):
    """The first code tokens of a statement.

    :param tokens: words, numbers, quoted names and single marks; a string ends the search, for
        no keyword of interest stands behind one.
    :param commented: number of tokens that stand before the first comment, -1 without a comment.
    """

    tokens: Tuple[Token, ...]
    commented: int

    @property
    def words(self) -> Tuple[str, ...]:
        """Give the tokens in upper case."""
        return tuple([token[0].upper() for token in self.tokens])


def read_head(text: str, start: int, end: int, count: int) -> Head:
    """Read up to ``count`` code tokens."""
    tokens: List[Token] = []
    commented = -1
    at = start
    while len(tokens) < count:
        match = _HEAD.match(text, at, end)
        if match is None:
            break
        found, at = match.group(1), match.end()
        if found == "'":
            break
        if found in _KINDS:
            at = closing(text, found, match.start(1))
            if at < 0 or at > end:
                break
            if found != '"':
                commented = len(tokens) if commented < 0 else commented
                continue
            found = text[match.start(1) : at]
        tokens.append(Token(found, match.start(1), at))
    return Head(tuple(tokens), commented)


_HEAD = re.compile(rf"[ \t\r\f\v\n]*(--|/\*|{WORD}|[0-9]+|<<|>>|.)", re.DOTALL)
