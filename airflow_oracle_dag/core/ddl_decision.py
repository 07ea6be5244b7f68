"""Decide whether a DDL statement was done, from what was there before it and what is there now.

Never by "a thing of that name exists": a statement is done only when everything that changed is
what it changes, not done only when nothing changed; whatever else is found is unknown. What a user
may not see is missing from the catalogue's views, so nothing is concluded from an absence outside
of the session's own schema.

Unverified: a DDL statement changes the catalogue in one transaction, which is rolled back when its
session dies, so that a CREATE TABLE … AS SELECT, a CREATE INDEX or a DROP COLUMN without CHECKPOINT
is there as a whole or not at all (Database Concepts, Data Definition Language Statements; SQL
Language Reference, CREATE TABLE, ALTER TABLE).

Unverified: ALL_OBJECTS shows every object of the session's own schema, of others only what the
session may use; OBJECT_ID is never given twice, and kept by RENAME and TRUNCATE (Database
Reference, ALL_OBJECTS).

Unverified: TRUNCATE TABLE with the name of a synonym may empty the table behind it (SQL Language
Reference, TRUNCATE TABLE, CREATE SYNONYM).

Unverified: a constraint that is added with ENABLE VALIDATE may be seen before it is validated (SQL
Language Reference, constraint).

Unverified: DROP TABLE … PURGE of a partitioned table commits between partitions, and keeps the
table until the last of them (VLDB and Partitioning Guide, Dropping Partitioned Tables).

Unverified: TRUNCATE of a segment that was never filled leaves DATA_OBJECT_ID as it was, of any
other it gives a new one; so does MOVE, which keeps the rows (Database Reference, ALL_OBJECTS).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from airflow_oracle_dag.core.ddl import DdlStatement, Effect


class ObjectFacts(NamedTuple):
    """What ALL_OBJECTS says of one object, or of all partitions of one kind together.

    :param created: seconds by the database's own clock; :param last_ddl: the same.
    """

    how_many: int
    object_id: Optional[int]
    data_object_id: Optional[int]
    created: Optional[int]
    last_ddl: Optional[int]

    @property
    def identity(self) -> Tuple[Any, ...]:
        """Return what stays the same while only its definition changes."""
        return self[:-1]


Key = Tuple[int, str]  # 0: the name that the statement has, 1: the new name; and the object's type


@dataclass(frozen=True)
class Snapshot:
    """What was there, by the names that a statement has.

    :param user: whose session looked; :param owner: where it looked.
    :param at: when, in seconds by the database's own clock.
    :param columns: number by 0 (the name in the statement) and 1 (the new name).
    :param constraints: type, 1 if of that table, status, validated, by 0 and 1.
    :param is_empty: of a table to be truncated; None when it was not asked or cannot be known.
    """

    user: str
    owner: str
    edition: str
    at: int
    objects: Mapping[Key, ObjectFacts]
    columns: Mapping[int, Optional[int]]
    constraints: Mapping[int, Tuple[Any, ...]]
    is_empty: Optional[bool] = None

    @property
    def is_own(self) -> bool:
        """Tell whether nothing that is there can be hidden from the session."""
        return self.user == self.owner

    def of(self, statement: DdlStatement) -> Tuple[Any, ...]:
        """Return what a statement of that kind may change."""
        return dict(self.objects), dict(self.parts(statement))

    def parts(self, statement: DdlStatement) -> Mapping[int, Any]:
        """Return the columns or constraints that a statement names."""
        if statement.effect in _COLUMN_EFFECTS:
            return self.columns
        return self.constraints if statement.effect in _CONSTRAINT_EFFECTS else {}


class UnreadableSnapshot(ValueError):
    """Say that what was noted with a step is no snapshot."""


def read_snapshot(text: str) -> Snapshot:
    """Read what the block or the query `ddl_snapshot` wrote.

    :raises UnreadableSnapshot: it was written by another version, or could not be taken.
    """
    try:
        found = json.loads(text)
        if "error" not in found:
            return _snapshot(found)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableSnapshot(f"{type(error).__name__}: {error}") from None
    raise UnreadableSnapshot(f"the catalogue could not be read: {found['error']}")


def _snapshot(found: Dict[str, Any]) -> Snapshot:
    return Snapshot(
        found["user"],
        found["owner"],
        found["edition"],
        found["at"],
        {(which, kind): ObjectFacts(*facts) for which, kind, *facts in found["objects"]},
        dict(found["columns"]),
        {which: tuple(facts) for which, *facts in found["constraints"]},
    )


@dataclass(frozen=True)
class Answer:
    """Say whether a statement was done.

    :param done: None when nobody can say.
    :param reason: what was compared and found.
    """

    done: Optional[bool]
    reason: str


def decide_ddl(
    statement: DdlStatement, before: Optional[Snapshot], now: Optional[Snapshot]
) -> Answer:
    """Say whether a statement was done between two looks at the catalogue."""
    if statement.effect is Effect.REPEATABLE:
        return Answer(False, statement.because)
    if statement.effect is Effect.UNDECIDED:
        return Answer(None, statement.because)
    if before is None or now is None:
        return Answer(None, "what was there when it started is not known")
    if before.owner != now.owner:
        return Answer(None, f"it was started in {before.owner}, and {now.owner} was looked at")
    if before.edition != now.edition:
        return Answer(None, f"it was started in edition {before.edition}, this is {now.edition}")
    return RULES[statement.effect].decide(statement, before, now)


def _create(statement: DdlStatement, before: Snapshot, now: Snapshot) -> Answer:
    key = (0, statement.object_type)
    what = _what(statement, before)
    made = now.objects.get(key)
    if key in before.objects or made is None:
        return _unless_unchanged(statement, before, now, f"{what} was not made since it started")
    earliest = before.at + (not before.is_own)  # it may have been there before, hidden
    if made.created is None or made.created < earliest:
        return Answer(None, f"{what} is there, and may be older than the step")
    for each in {*before.objects, *now.objects} - {key}:
        then, present = before.objects.get(each), now.objects.get(each)
        fresh = present is not None and then is None and (present.created or 0) >= earliest
        if then != present and not (fresh and _belongs(each[1], statement.object_type)):
            return Answer(None, f"{what} was made, and {each[1]} of that name changed, too")
    return Answer(True, f"{what} was made after the step started")


def _drop(statement: DdlStatement, before: Snapshot, now: Snapshot) -> Answer:
    key = (0, statement.object_type)
    what = _what(statement, before)
    if key not in before.objects or key in now.objects:
        return _unless_unchanged(statement, before, now, f"{what} is as it was")
    if not now.is_own:
        return Answer(None, f"{what}: it is not there, or {now.user} may not see it")
    for each in {*before.objects, *now.objects} - {key}:
        gone = each not in now.objects and _belongs(each[1], statement.object_type)
        if before.objects.get(each) != now.objects.get(each) and not gone:
            return Answer(None, f"{what} is gone, and {each[1]} of that name changed, too")
    return Answer(True, f"{what}, there when the step started, is gone")


def _rename(statement: DdlStatement, before: Snapshot, now: Snapshot) -> Answer:
    what = _what(statement, before)
    if not statement.object_type and not before.is_own:
        return Answer(None, f"RENAME names what {before.user} owns, not {before.owner}")
    moved = [key for key in before.objects if key[0] == 0 and key not in now.objects]
    expected = {
        (1, kind) if (which, kind) in moved else (which, kind): facts
        for (which, kind), facts in before.objects.items()
    }
    named = not statement.object_type or (0, statement.object_type) in moved
    found = {key: facts.identity for key, facts in now.objects.items()}
    if moved and named and found == {key: facts.identity for key, facts in expected.items()}:
        return Answer(True, f"{what} has its new name {statement.new_name} now")
    return _unless_unchanged(statement, before, now, f"{what} still has its old name")


def _part(statement: DdlStatement, before: Snapshot, now: Snapshot) -> Answer:
    """Decide what is added to a table, dropped from it or renamed in it."""
    table = f"table {before.owner}.{statement.name}"
    then, present = before.parts(statement), now.parts(statement)
    key = (0, "TABLE")
    same_table = _identities(before) == _identities(now)
    if key in before.objects and same_table and _as_expected(statement, then, present):
        changed = now.objects[key].last_ddl
        if changed is not None and changed >= before.at:
            part = statement.new_name or statement.part
            verb = "is gone from" if statement.effect in _DROPS else "is new in"
            return Answer(True, f"{part} {verb} {table}")
    return _unless_unchanged(statement, before, now, f"{table} is as it was")


def _as_expected(
    statement: DdlStatement, then: Mapping[int, Any], present: Mapping[int, Any]
) -> bool:
    of_table = statement.effect not in _CONSTRAINT_EFFECTS or all(
        facts[1] == 1 for facts in (*then.values(), *present.values())
    )
    if statement.effect in _DROPS:
        return of_table and set(then) == {0} and not present
    if statement.effect is Effect.ADD_CONSTRAINT and 0 in present:
        # One that is not validated may be disabled by its statement, or be half made.
        of_table = of_table and tuple(present[0][2:]) == ("ENABLED", "VALIDATED")
    if statement.new_name is None:
        return of_table and not then and set(present) == {0}
    return of_table and set(then) == {0} and set(present) == {1} and then[0] == present[1]


def _truncate(statement: DdlStatement, before: Snapshot, now: Snapshot) -> Answer:
    """Say done of an empty table, whoever emptied it, and never that it may be truncated again.

    Rows may be older than the step, or loaded after it was done: DATA_OBJECT_ID tells neither,
    since an empty segment keeps it and MOVE changes it. What was judged "not done" could also be
    repeated much later, when the next rows have been loaded.
    """
    key = (0, "TABLE")
    what = _what(statement, before)
    then, present = before.objects.get(key), now.objects.get(key)
    if then is None:
        return Answer(None, f"{what} was not there when it started, but perhaps a synonym was")
    if present is None:
        return Answer(None, f"{what}, there when the step started, is gone")
    if (then.object_id, then.created) != (present.object_id, present.created):
        return Answer(None, f"{what} is another one than when the step started")
    if now.is_empty is None:
        return Answer(None, f"whether {what} is empty cannot be seen")
    if not now.is_empty:
        return Answer(None, f"{what} has rows: older ones, or such that were loaded afterwards")
    return Answer(True, f"{what} is empty")


def _unless_unchanged(
    statement: DdlStatement, before: Snapshot, now: Snapshot, said: str
) -> Answer:
    """Say not done when everything is as it was and nothing can be hidden."""
    what = _what(statement, before)
    if before.of(statement) != now.of(statement):
        return Answer(None, f"{what}, or what has its name, is not what it was, in another way")
    seen = any(which == 0 for which, _ in now.objects)
    if statement.effect is Effect.CREATE:
        seen = (0, statement.object_type) in now.objects
    if not seen and not (before.is_own and now.is_own):
        return Answer(None, f"{now.user} sees no {what}; it may be there nevertheless")
    return Answer(False, said)


def _what(statement: DdlStatement, before: Snapshot) -> str:
    kind = statement.object_type.lower() or "object"
    return f"{kind} {before.owner}.{statement.name}"


def _identities(snapshot: Snapshot) -> Dict[Key, Tuple[Any, ...]]:
    return {key: facts.identity for key, facts in snapshot.objects.items()}


def _belongs(kind: str, to: str) -> bool:
    """Tell whether objects of a type come and go with one of that name."""
    if kind.startswith(f"{to} "):  # TABLE PARTITION, INDEX SUBPARTITION, PACKAGE BODY
        return True
    if to == "MATERIALIZED VIEW":
        return kind.startswith(("TABLE", "INDEX"))
    return to == "TABLE" and kind.startswith(("INDEX", "LOB"))


_COLUMN_EFFECTS = (Effect.ADD_COLUMN, Effect.DROP_COLUMN, Effect.RENAME_COLUMN)
_CONSTRAINT_EFFECTS = (Effect.ADD_CONSTRAINT, Effect.DROP_CONSTRAINT, Effect.RENAME_CONSTRAINT)
_DROPS = (Effect.DROP_COLUMN, Effect.DROP_CONSTRAINT)


class Rule(NamedTuple):
    """How statements of one effect are judged.

    :param statements: which they are; :param done: what makes one done, for readers.
    """

    statements: str
    done: str
    decide: Callable[[DdlStatement, Snapshot, Snapshot], Answer]


RULES: Dict[Effect, Rule] = {
    Effect.CREATE: Rule(
        "CREATE of a table (AS SELECT, too), index, view, sequence, synonym, materialized view, "
        "procedure, function, package, trigger or type",
        "it was not there, and was made after the step started; code that does not compile counts "
        "as not done",
        _create,
    ),
    Effect.DROP: Rule("DROP of one of these", "it was there and is gone", _drop),
    Effect.RENAME: Rule(
        "RENAME, of a table or an index", "the same object has the new name", _rename
    ),
    Effect.ADD_COLUMN: Rule(
        "ALTER TABLE … ADD one column", "the same table has it now and had it not", _part
    ),
    Effect.DROP_COLUMN: Rule(
        "ALTER TABLE … DROP one column, without CHECKPOINT", "the same table had it", _part
    ),
    Effect.RENAME_COLUMN: Rule(
        "ALTER TABLE … RENAME COLUMN", "the same column has the new name", _part
    ),
    Effect.ADD_CONSTRAINT: Rule(
        "ALTER TABLE … ADD CONSTRAINT with a name",
        "the same table has it now, validated, and had it not",
        _part,
    ),
    Effect.DROP_CONSTRAINT: Rule("ALTER TABLE … DROP CONSTRAINT", "the same table had it", _part),
    Effect.RENAME_CONSTRAINT: Rule(
        "ALTER TABLE … RENAME CONSTRAINT", "the same table has it by the new name", _part
    ),
    Effect.TRUNCATE: Rule(
        "TRUNCATE TABLE without CASCADE",
        "the same table is empty; one with rows is in doubt: they may have been loaded since",
        _truncate,
    ),
}
