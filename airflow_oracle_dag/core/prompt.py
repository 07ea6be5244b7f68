"""What a line at SQL*Plus's prompt is: decided by its first words, as SQL*Plus does.

"SQL*Plus does not have a SQL or PL/SQL command parser. It scans the first few keywords of each
new statement" (SQL*Plus User's Guide and Reference, "Placing Comments in Scripts").
"""

from __future__ import annotations

import re
from typing import Callable, Dict, NamedTuple, Optional

from airflow_oracle_dag.core.source import BLANK, Source
from airflow_oracle_dag.core.tokens import WORD, Head, read_head

# SQL*Plus User's Guide and Reference, "Disabling SQL*Plus, SQL, and PL/SQL Commands"; and WITH,
# ADMINISTER and UNDROP, which it runs too.
SQL_VERBS = frozenset(
    [
        "ADMINISTER",
        "ALTER",
        "ANALYZE",
        "ASSOCIATE",
        "AUDIT",
        "CALL",
        "COMMENT",
        "COMMIT",
        "CREATE",
        "DELETE",
        "DISASSOCIATE",
        "DROP",
        "EXPLAIN",
        "FLASHBACK",
        "GRANT",
        "INSERT",
        "LOCK",
        "MERGE",
        "NOAUDIT",
        "PURGE",
        "RENAME",
        "REVOKE",
        "ROLLBACK",
        "SAVEPOINT",
        "SELECT",
        "TRUNCATE",
        "UNDROP",
        "UPDATE",
        "VALIDATE",
        "WITH",
    ]
)
PLSQL_VERBS = frozenset(("BEGIN", "DECLARE"))
SQL_SETS = frozenset(("ROLE", "TRANSACTION", "CONSTRAINT", "CONSTRAINTS"))
_STORED = frozenset(
    [
        "FUNCTION",
        "LIBRARY",
        "PACKAGE",
        "PROCEDURE",
        "TRIGGER",
        "TYPE",
        "JAVA",
        "MLE",
    ]  # ended by / only
)
_BEFORE_STORED = (
    "OR",
    "REPLACE",
    "AND",
    "RESOLVE",
    "COMPILE",
    "EDITIONABLE",
    "NONEDITIONABLE",
)
# Most heads have no comment, and their next word decides.
_SET_WORD = re.compile(rf"(?i:set){BLANK}+({WORD})")
_CREATED = re.compile(rf"(?i:create)\s+(?:(?i:{'|'.join(_BEFORE_STORED)})\s+)*({WORD})", re.ASCII)
_HEAD_LENGTH = 14  # CREATE OR REPLACE EDITIONABLE PACKAGE BODY IF NOT EXISTS a.b WRAPPED


class Opening(NamedTuple):
    """How a statement is to be read.

    :param plsql: ended by ``/`` only.
    :param inside: what its inside is: see `readings.plsql_end`.
    """

    plsql: bool
    inside: str


def opening(
    source: Source, start: int, word: str, reading: Optional[str] = None
) -> Optional[Opening]:
    """Say how the statement that begins with a word is read, None when it begins none.

    :param word: the line's first word or mark in upper case.
    :param reading: see `ParseSettings`: whether such a comment counts.
    :raises ScriptError: a comment hides the words that decide.
    """
    if word in PLSQL_VERBS or word == "<<":
        return Opening(plsql=True, inside="plsql")
    reader = _READERS.get(word)
    if reader is not None:
        return reader(source, start, reading)
    return _SQL if word in SQL_VERBS or word == "(" else None


def reads_head(word: str) -> bool:
    """Tell whether more than the first word decides what begins with it."""
    return word in _READERS


_SQL = Opening(plsql=False, inside="")


def _set(source: Source, start: int, _: Optional[str]) -> Optional[Opening]:
    plain = _SET_WORD.match(source.text, start)
    if plain is not None:
        return _SQL if plain.group(1).upper() in SQL_SETS else None
    head = read_head(source.text, start, len(source.text), 2)
    if len(head.tokens) < 2 or head.words[1] not in SQL_SETS:
        return None
    return _SQL if source.text.find("\n", start, head.tokens[1].start) < 0 else None


def _creation(source: Source, start: int, reading: Optional[str]) -> Opening:
    plain = _CREATED.match(source.text, start)
    if plain is not None and plain.group(1).upper() not in _DECIDING:
        return _SQL
    first = read_head(source.text, start, len(source.text), _HEAD_LENGTH)
    words = first.words
    at = 1
    while at < len(words) and words[at] in _BEFORE_STORED:
        at += 1
    if at >= len(words) or words[at] not in _STORED:
        return _SQL
    if _is_hidden(source, first, at, reading):
        return _SQL
    if words[at] in ("JAVA", "MLE") or "WRAPPED" in words[at + 2 :]:
        return Opening(plsql=True, inside="foreign")
    return Opening(plsql=True, inside="plsql")


def _with(source: Source, start: int, reading: Optional[str]) -> Opening:
    first = read_head(source.text, start, len(source.text), 3)
    words = first.words
    # WITH function AS (...) is a query of that name, WITH FUNCTION name a function.
    function = words[1:2] in (("FUNCTION",), ("PROCEDURE",)) and words[2:] not in (("AS",), ("(",))
    if function and len(words) == 3 and not _is_hidden(source, first, 1, reading):
        return Opening(plsql=True, inside="with")
    return _SQL


def _is_hidden(source: Source, first: Head, last: int, reading: Optional[str]) -> bool:
    """Tell whether a comment hides the words that decide from SQL*Plus, and its reading counts."""
    hidden = 0 <= first.commented <= last
    if hidden and reading is None:
        raise source.error(
            f"a comment before {first.tokens[last].text} hides it: SQL*Plus takes this for SQL "
            "and ends it at the first ;, a reader takes it for PL/SQL",
            first.tokens[0].start,
            rule="comment-in-head",
            cure="move the comment above the statement.",
        )
    return hidden and reading == "sqlplus"


_DECIDING = _STORED.union(_BEFORE_STORED)
_READERS: Dict[str, Callable[[Source, int, Optional[str]], Optional[Opening]]] = {
    "SET": _set,
    "CREATE": _creation,
    "WITH": _with,
}
