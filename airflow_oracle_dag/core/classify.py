"""Say what a statement does by its first words: class, verb, object type and name.

SQL Language Reference, "Types of SQL Statements"; which of them commit is stated there and at
COMMIT. ALTER SESSION, SET ROLE (session control) and ALTER SYSTEM (system control) do not.

Unverified: what is DDL here commits before and after itself, and nothing else that is sent as one
SQL statement does (SQL Language Reference, COMMIT, Types of SQL Statements).

Unverified: a trigger that DML fires cannot commit (ORA-04092) unless it is autonomous, and then
leaves the statement's transaction alone (PL/SQL Language Reference, Trigger Restrictions).
"""

from __future__ import annotations

import re
from typing import Dict, NamedTuple, Sequence, Tuple

from airflow_oracle_dag.core.script import StatementClass as Is
from airflow_oracle_dag.core.tokens import WORD, Head, Token, read_head

_HEAD_LENGTH = 24  # the longest head of DDL with modifiers and a qualified name
_USUAL_HEAD = 8
_SHORT_HEAD = 3
_FIRST = re.compile(WORD)
_SIMPLE: Dict[str, Is] = {
    "SELECT": Is.SELECT,
    "WITH": Is.SELECT,
    "(": Is.SELECT,
    "INSERT": Is.DML,
    "UPDATE": Is.DML,
    "DELETE": Is.DML,
    "MERGE": Is.DML,
    "EXPLAIN": Is.DML,
    "COMMIT": Is.COMMIT,
    "SAVEPOINT": Is.SAVEPOINT,
    "LOCK": Is.LOCK_TABLE,
    "CALL": Is.PLSQL,
    "BEGIN": Is.PLSQL,
    "DECLARE": Is.PLSQL,
    "<<": Is.PLSQL,
}
_SETS = {
    "ROLE": Is.SET_ROLE,
    "TRANSACTION": Is.SET_TRANSACTION,
    "CONSTRAINT": Is.SET_CONSTRAINTS,
    "CONSTRAINTS": Is.SET_CONSTRAINTS,
}
_ALTERS = {"SESSION": Is.ALTER_SESSION, "SYSTEM": Is.ALTER_SYSTEM}
# What may stand between the verb and the object type, and says nothing of the type.
_MODIFIERS = frozenset(
    [
        "OR",
        "REPLACE",
        "AND",
        "RESOLVE",
        "COMPILE",
        "EDITIONABLE",
        "NONEDITIONABLE",
        "EDITIONING",
        "FORCE",
        "NO",
        "NOFORCE",
        "GLOBAL",
        "PRIVATE",
        "TEMPORARY",
        "SHARDED",
        "DUPLICATED",
        "IMMUTABLE",
        "BLOCKCHAIN",
        "HYBRID",
        "UNIQUE",
        "BITMAP",
        "MULTIVALUE",
        "VECTOR",
        "PUBLIC",
        "SHARED",
        "BIGFILE",
        "SMALLFILE",
        "UNDO",
    ]
)
_TWO_WORDS = frozenset(
    [
        "PACKAGE BODY",
        "TYPE BODY",
        "MATERIALIZED VIEW",
        "MATERIALIZED ZONEMAP",
        "DATABASE LINK",
        "ROLLBACK SEGMENT",
        "PLUGGABLE DATABASE",
        "RESTORE POINT",
        "AUDIT POLICY",
        "FLASHBACK ARCHIVE",
        "ANALYTIC VIEW",
        "ATTRIBUTE DIMENSION",
        "LOCKDOWN PROFILE",
        "PROPERTY GRAPH",
        "MLE MODULE",
        "MLE ENV",
        "JAVA SOURCE",
        "JAVA CLASS",
        "JAVA RESOURCE",
        "MINING MODEL",
        "DATABASE DICTIONARY",
        "INMEMORY JOIN",
        "RESOURCE COST",
        "KEY MANAGEMENT",
        "TABLESPACE SET",
    ]
)
_SMALL_WORDS = frozenset(("IF", "NOT", "EXISTS", "NAMED", "ON"))
_NAMELESS = frozenset(("SCHEMA", "CONTROLFILE", "SPFILE", "PFILE", "DATABASE DICTIONARY"))
_TEMPORARY_PREFIX = "ORA$PTT_"


class Classified(NamedTuple):
    """What the first words of a statement say; see `script.Piece` for the fields."""

    statement: Is
    verb: str
    object_type: str = ""
    object_at: Tuple[int, int] = (0, 0)


def classify(text: str, start: int, end: int) -> Classified:
    """Classify the statement between two offsets.

    :returns: ``object_at`` are the offsets of the object's name, equal when it has none.
    """
    word = _FIRST.match(text, start, end)
    if word is not None and word.group().upper() in _SIMPLE:
        verb = word.group().upper()
        return Classified(_SIMPLE[verb], verb)
    words = read_head(text, start, end, _SHORT_HEAD).words
    verb = words[0] if words else ""
    second = words[1] if len(words) > 1 else ""
    if verb in ("(", "<<"):
        words = read_head(text, start, end, _HEAD_LENGTH).words
    if verb in _SIMPLE:
        return Classified(_SIMPLE[verb], _verb(words))
    if verb == "ROLLBACK":
        back_to = words[1:2] == ("TO",) or words[1:3] == ("WORK", "TO")
        return Classified(Is.ROLLBACK_TO if back_to else Is.ROLLBACK, verb)
    if verb == "SET":
        return Classified(_SETS.get(second, Is.SET_ROLE), verb)
    if verb == "ALTER" and second in _ALTERS:
        return Classified(_ALTERS[second], verb)
    first = read_head(text, start, end, _USUAL_HEAD)
    said = _ddl(first, verb)
    is_cut = len(first.tokens) == _USUAL_HEAD and not 0 < said.object_at[1] < first.tokens[-2].end
    return _ddl(read_head(text, start, end, _HEAD_LENGTH), verb) if is_cut else said


def _verb(words: Sequence[str]) -> str:
    """Give the keyword behind opening parentheses and labels."""
    for word in words:
        if word in _SIMPLE and word not in ("(", "<<"):
            return word
    return words[0]


def _ddl(first: Head, verb: str) -> Classified:
    words = first.words
    at = 1
    if verb == "COMMENT" and words[1:2] == ("ON",):
        at = 2
    if verb in ("GRANT", "REVOKE", "AUDIT", "NOAUDIT", "ADMINISTER"):
        return Classified(Is.DDL, verb)
    if verb == "RENAME":
        return Classified(Is.DDL, verb, "", _name(first.tokens, at))
    if verb in ("ASSOCIATE", "DISASSOCIATE"):
        return Classified(Is.DDL, verb, "STATISTICS")
    while at < len(words) and words[at] in _MODIFIERS:
        at += 1
    object_type, after = _object_type(words, at)
    object_at = (0, 0) if object_type in _NAMELESS else _name(first.tokens, after)
    statement = Is.DDL
    if object_type == "TABLE" and _is_private_temporary(first, words, object_at):
        statement = Is.PRIVATE_TEMP
    return Classified(statement, verb, object_type, object_at)


def _object_type(words: Sequence[str], at: int) -> Tuple[str, int]:
    if at >= len(words):
        return "", at
    found, after = words[at], at + 1
    if found == "JSON" and words[after : after + 3] == ("RELATIONAL", "DUALITY", "VIEW"):
        return "JSON RELATIONAL DUALITY VIEW", after + 3
    if after < len(words) and f"{found} {words[after]}" in _TWO_WORDS:
        found, after = f"{found} {words[after]}", after + 1
    if found == "MATERIALIZED VIEW" and words[after : after + 1] == ("LOG",):
        found, after = "MATERIALIZED VIEW LOG", after + 1
    if found == "INMEMORY JOIN" and words[after : after + 1] == ("GROUP",):
        found, after = "INMEMORY JOIN GROUP", after + 1
    while after < len(words) and words[after] in _SMALL_WORDS:
        after += 1
    return found, after


def _name(tokens: Sequence[Token], at: int) -> Tuple[int, int]:
    """Give where ``schema.name`` stands: names joined by dots."""
    if at >= len(tokens) or not _is_name(tokens[at].text):
        return (0, 0)
    last = at
    while (
        last + 2 < len(tokens) and tokens[last + 1].text == "." and _is_name(tokens[last + 2].text)
    ):
        last += 2
    return (tokens[at].start, tokens[last].end)


def _is_name(text: str) -> bool:
    return text[0] == '"' or text[0] == "_" or text[0].isalpha() or text[0] >= "\x80"


def _is_private_temporary(first: Head, words: Sequence[str], object_at: Tuple[int, int]) -> bool:
    if words[0] == "CREATE":
        return words[1:3] == ("PRIVATE", "TEMPORARY")
    if words[0] != "DROP":
        return False
    last = next((each.text for each in first.tokens if each.end == object_at[1]), "")
    return last.upper().startswith(_TEMPORARY_PREFIX)
