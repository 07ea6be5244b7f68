"""Find the binds of a statement where Oracle finds them.

Not in strings, comments and quoted names, not ``:=`` and not ``::``. Stored code has none
(``:NEW`` and ``:OLD`` of a trigger are no binds): the caller does not ask for it.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, Tuple

from airflow_oracle_dag.core.tokens import Unclosed, code_pattern, plain_code, scan

_BIND = code_pattern(r"::+", r":[A-Za-z0-9_\x80-\uffff][A-Za-z0-9_$#\x80-\uffff]*", r':"[^"\n]+"')
_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$#]*")


def find_binds(text: str) -> Tuple[str, ...]:
    """Give the distinct bind names in order of appearance, lower case, without colon.

    ``:1`` is called ``1``; a quoted name keeps its case unless it could stand without quotes.

    :param text: one statement.
    """
    found: Dict[str, None] = {}
    if ":" not in text:
        return ()
    code = None if ':"' in text else plain_code(text, 0, len(text))
    try:
        for mark in _marks(text) if code is None else _BIND.findall(code):
            name = _name(mark)
            if name:
                found[name] = None
    except Unclosed:  # the statement's own error is reported where it is split
        return tuple(found)
    return tuple(found)


def _marks(text: str) -> Iterator[str]:
    return (token.text for token in scan(text, _BIND, 0, len(text)))


def _name(text: str) -> str:
    if text.startswith('"', 1):
        quoted = text[2:-1]
        return quoted.lower() if _PLAIN.fullmatch(quoted) else quoted
    return text[1:].lower() if text[1:2] != ":" else ""
