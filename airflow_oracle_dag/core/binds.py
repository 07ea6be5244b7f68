"""Find the binds of a statement where Oracle finds them.

Not in strings, comments and quoted names, not ``:=``, and not where a colon follows a string: there
it stands between key and value (``JSON_OBJECT('a' : b)``). Stored code has none (``:NEW`` and
``:OLD`` of a trigger are no binds): the caller does not ask for it.

The driver looks for binds itself; a value for one that it does not see is an error, and so is none
for one that it sees. So the two agree, also in that blanks may follow the colon. In DDL, where the
driver does not look and no bind is allowed, a colon with a blank behind it is taken for JSON's, and
one right behind something for that of a range (``POSITION(1:20)`` of an external table).

Unverified: no bind of SQL can have the name of a word that SQL reserves (ORA-01745; SQL Language
Reference, Oracle SQL Reserved Words).
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, Optional, Tuple

from airflow_oracle_dag.core.tokens import Token, Unclosed, code_pattern, plain_code, scan

_NAME = r'(?:[0-9]+|[^\W\d_][\w$#]*|"[^"]+")'
_BIND = code_pattern(rf":\s*{_NAME}")
_BIND_IN_DDL = code_pattern(rf"(?<![\w$#\"')\]]):{_NAME}")
# What `plain_code` would lose: a quoted name, and that a string stands before a colon.
_NEEDS_SCAN = re.compile(r"'\s*:|:\s*\"")
_PLAIN = re.compile(r"[A-Z][A-Z0-9_$#]*")
_DDL = re.compile(r"(?i)\s*(?:CREATE|ALTER|DROP|GRANT|REVOKE|ANALYZE|AUDIT|COMMENT|TRUNCATE)\b")
# Its fields may be written ``name : column``, with or without blanks (JSON-Relational Duality
# Developer's Guide, Creating Duality Views).
_JSON_VIEW = re.compile(r"(?i)\s*CREATE\b[^;'\"]{0,200}?\bDUALITY\s+VIEW\b")

_RESERVED = """
    ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS
    CONNECT CREATE CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE
    FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER
    INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MLSLABEL MODE MODIFY NOAUDIT NOCOMPRESS
    NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC RAW RENAME
    RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START SUCCESSFUL
    SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR
    VARCHAR2 VIEW WHENEVER WHERE WITH
"""
#: SQL Language Reference, Oracle SQL Reserved Words.
RESERVED = frozenset(_RESERVED.split())


def find_binds(text: str) -> Tuple[str, ...]:
    """Give the distinct bind names in order of appearance, lower case, without colon.

    ``:1`` is called ``1``; a quoted name keeps case and quotes unless it could stand without them.

    :param text: one statement.
    """
    if ":" not in text:
        return ()
    pattern = _pattern(text)
    code = None if _NEEDS_SCAN.search(text) else plain_code(text, 0, len(text))
    if pattern is None:
        return ()
    marks = pattern.findall(code) if code is not None else [one.text for one in _marks(text)]
    return tuple(dict.fromkeys(_name(mark) for mark in dict.fromkeys(marks)))


def bind_offsets(text: str) -> Dict[str, int]:
    """Give the offset of the first bind of each name that `find_binds` finds."""
    found: Dict[str, int] = {}
    for mark in _marks(text):
        found.setdefault(_name(mark.text), mark.start)
    return found


def bind_sequence(text: str) -> Tuple[str, ...]:
    """Give the name of each bind of a statement in order, as often as it stands there."""
    return tuple(_name(mark.text) for mark in _marks(text))


def _pattern(text: str) -> Optional[re.Pattern[str]]:
    """Say what a bind looks like in a statement, None: it has none, whatever it looks like."""
    if _DDL.match(text) is None:
        return _BIND
    return None if _JSON_VIEW.match(text) else _BIND_IN_DDL


def _marks(text: str) -> Iterator[Token]:
    pattern, behind = _pattern(text), -1
    if pattern is None:
        return
    try:
        for token in scan(text, pattern, 0, len(text), strings=True):
            if token.text[0] == "'":
                behind = token.end
            elif behind < 0 or text[behind : token.start].strip():
                yield token
    except Unclosed:  # the statement's own error is reported where it is split
        return


def _name(mark: str) -> str:
    name = mark[1:].lstrip()
    if not name.startswith('"'):
        return name.lower()
    return name[1:-1].lower() if _PLAIN.fullmatch(name[1:-1]) else name
