"""Find which placeholders of a DML statement take RETURNING values.

The client sends no value for them, and decides by its own reading of the text which they are: in
INSERT, UPDATE, DELETE and MERGE, all placeholders after the INTO that follows RETURNING. The wire
has to decide alike, or it could not tell where a row of binds ends.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""
      --[^\n]*                         # comment to the end of the line
    | /\*.*?\*/                        # comment
    | [qQ]'\[.*?\]' | [qQ]'\{.*?\}' | [qQ]'<.*?>' | [qQ]'\(.*?\)' | [qQ]'(?P<q>.).*?(?P=q)'
    | '[^']*'                          # literal
    | :\s*(?:"[^"]*"|\d+|[^\W\d_][\w$\#]*)   # placeholder
    | "[^"]*"                          # quoted name
    | [^\W\d_]+[\w$\#]*                # word
    """,
    re.VERBOSE | re.DOTALL,
)
_DML = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


@lru_cache(maxsize=1024)
def returning_positions(sql: str) -> frozenset[int]:
    """Return the positions (from 0) of the placeholders after RETURNING ... INTO."""
    if "returning" not in sql.lower():
        return frozenset()
    position = 0
    first = True
    returning = into = False
    found = set()
    for match in _TOKEN.finditer(sql):
        token = match.group()
        if token[0] == ":":
            if into:
                found.add(position)
            position += 1
            continue
        if not token[0].isalpha() or "'" in token:
            continue
        word = token.upper()
        if first and word not in _DML:
            return frozenset()
        first = False
        returning = returning or word == "RETURNING"
        into = into or (returning and word == "INTO")
    return frozenset(found)
