"""The pieces of a condition, each with its place. Every character is a piece or an error."""

from __future__ import annotations

import re
import unicodedata
from typing import List, NamedTuple

from airflow_oracle_dag.core.errors import ConditionError

#: No condition that a person can check is longer.
MAX_LENGTH = 2000

_BLANKS = " \t\r\n"
_TOKEN = re.compile(
    r"(?P<cron>CRON[ \t\r\n]*\((?P<fields>[^()]*)(?P<closed>\))?)"
    r"|(?P<word>[A-Z][A-Z0-9_]*)"
    r"|(?P<number>[0-9]+)"
    r"|(?P<sign>[,()-])",
    re.IGNORECASE | re.ASCII,
)
_ORDINAL = re.compile(r"([0-9]+)(st|nd|rd|th)\b", re.IGNORECASE | re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?![0-9])|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]*", re.ASCII
)
_CURES = {
    **dict.fromkeys("'\"`", "leave the quotes out"),
    **dict.fromkeys(";/|+&", "join days of one kind by a comma, and kinds by and, or"),
    **dict.fromkeys("[]{}<>", "write ( and )"),
    "!": "write not",
    ".": "write names and numbers without a full stop",
    ":": "write a range with -, such as MON-FRI; a condition has no times of day",
    "*": "write ALL_DAYS, or the day fields of cron as CRON(1-7 * MON)",
    "_": "write names without a _ before them",
}


class Token(NamedTuple):
    """A piece of a condition.

    :param kind: ``word``, ``number``, ``cron``, ``end``, or the sign itself.
    :param text: words in capitals; of ``cron`` what stands between its parentheses.
    :param position: 0-based; of ``cron`` where its fields begin.
    """

    kind: str
    text: str
    position: int
    end: int


def read_tokens(text: str) -> List[Token]:
    """Cut a condition into its pieces; the last one is ``end``.

    :raises ConditionError: at the first character that is part of none.
    """
    _refuse_strange_characters(text)
    tokens: List[Token] = []
    position = 0
    while position < len(text):
        if text[position] in _BLANKS:
            position += 1
            continue
        found = _TOKEN.match(text, position)
        if found is None:
            raise ConditionError(
                f"{text[position]} has no meaning in a condition",
                text=text,
                position=position,
                cure=_CURES.get(text[position], "write names, numbers, commas, - and parentheses"),
            )
        token = _token(text, found)
        tokens.append(token)
        position = token.end
    return [*tokens, Token("end", "", len(text), len(text))]


def _refuse_strange_characters(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ConditionError(
            f"the condition has more than {MAX_LENGTH} characters",
            text=text,
            position=MAX_LENGTH,
            cure="name the days of a long list in a calendar of your own, and write HOLIDAYS",
        )
    for position, character in enumerate(text):
        if " " <= character <= "~" or character in _BLANKS:
            continue
        name = unicodedata.name(character, "a control character")
        if unicodedata.category(character) == "Zs":
            cure = "write an ordinary blank"
        elif unicodedata.category(character) == "Pd" or "MINUS" in name:
            cure = "write an ordinary -"
        elif unicodedata.category(character)[0] in "LN":
            cure = "write names in English, in plain letters and digits"
        else:
            cure = "delete it"
        raise ConditionError(
            f"U+{ord(character):04X} ({name}) has no meaning in a condition",
            text=text,
            position=position,
            cure=cure,
        )


def _token(text: str, found: re.Match[str]) -> Token:
    begin, end = found.span()
    if found.group("cron"):
        if not found.group("closed"):
            raise ConditionError(
                "CRON( is not closed by the next parenthesis",
                text=text,
                position=begin,
                cure="write its three day fields in parentheses, such as CRON(1-7 * MON)",
            )
        return Token("cron", found.group("fields"), found.start("fields"), end)
    if found.group("sign"):
        return Token(found.group(), found.group(), begin, end)
    if found.group("word"):
        return Token("word", found.group().upper(), begin, end)
    _refuse_other_numbers(text, begin, end)
    return Token("number", str(int(found.group())), begin, end)


def _refuse_other_numbers(text: str, begin: int, end: int) -> None:
    """Refuse what begins with digits and is no day of a month."""
    written, after = text[begin:end], text[end : end + 1]
    ordinal, day = _ORDINAL.match(text, begin), _DATE.match(text, begin)
    if day:
        message = f"{day.group()} is a date, and conditions have none"
        cure = "keep single dates in a calendar of your own, or set StartDate and EndDate"
    elif ordinal:
        message = f"{ordinal.group()} is written as a number"
        cure = f"write {ordinal.group(1)}"
    elif after.isalpha() or after == "_":
        message = f"{written} runs into the letters after it"
        cure = "put a blank or a comma between them"
    elif len(written) > 2 or not 1 <= int(written) <= 31:
        shown = written if len(written) <= 20 else written[:20] + "..."
        message = f"no month has a day {shown}"
        cure = "write 1 to 31, or LAST_DAY for the last day of each month"
    else:
        return
    raise ConditionError(message, text=text, position=begin, cure=cure)
