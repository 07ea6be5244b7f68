"""Prove that stored code leaves its caller's transaction alone, or say which line may not.

Everything that can be reached from a block's calls is followed, subprogram by subprogram, along the
names in the sources; a name must stand among what its unit depends on, as the compiler wrote it
down. What cannot be seen, read or found is not clean. An autonomous routine is: what it and those
that it calls commit is a transaction of their own, and its author's business. Embedded SQL is not
followed: functions and triggers that it fires cannot commit (ORA-14552, ORA-04092).

Unverified: ALL_DEPENDENCIES has a row for each stored unit, synonym and type that a unit names
statically, also behind a synonym, and rows of the synonyms themselves (Database Reference,
ALL_DEPENDENCIES; Development Guide, Schema Object Dependency).

Unverified: of another user's package body ALL_SOURCE shows the lines to who has DEBUG on it
(Database Reference, ALL_SOURCE; Database Security Guide, privileges).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from airflow_oracle_dag.core.builtins import is_package, is_supplied_member
from airflow_oracle_dag.core.plsql_traits import Call, Traits
from airflow_oracle_dag.core.stored_units import (
    INITIALISATION,
    ReadUnit,
    UnreadUnit,
    has_methods,
    read_package,
    read_routine,
)

CODE = ("PROCEDURE", "FUNCTION", "PACKAGE", "TYPE")
#: What is no code: calls that mean it are clean while it has the name.
DATA = ("TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE")
#: What PL/SQL cannot mean by a name, though it may have the same one; a body comes with its unit.
_OTHER_NAMES = (
    *("INDEX", "TRIGGER", "CLUSTER", "DIMENSION", "LOB", "CONTEXT", "DIRECTORY", "DATABASE LINK"),
    *("PACKAGE BODY", "TYPE BODY", "NON-EXISTENT"),
)
_NESTED_SYNONYMS = 8


class StoredObject(NamedTuple):
    """What the dictionary knows by a name."""

    owner: str
    name: str
    kind: str

    @property
    def place(self) -> Place:
        """Give owner and name, which a package shares with its body."""
        return self.owner, self.name


Place = Tuple[str, str]


@dataclass
class Library:
    """What was read of the dictionary.

    :param user: who reads: of his own schema he sees everything.
    :param named: what the calls of the block may mean.
    :param uses: what each unit, with its body, depends on, without what is behind a link.
    :param places: all units and synonyms that can be reached.
    """

    user: str
    named: List[StoredObject] = field(default_factory=list)
    uses: Dict[Place, List[StoredObject]] = field(default_factory=dict)
    places: Set[Place] = field(default_factory=set)
    sources: Dict[StoredObject, str] = field(default_factory=dict)
    invalid: Set[StoredObject] = field(default_factory=set)


class Doubt(NamedTuple):
    """Why code is not proven clean.

    :param lasts: until something that was read is changed; false: a grant may be enough.
    """

    reason: str
    lasts: bool = True


class _NotClean(Exception):
    def __init__(self, reason: str, *, lasts: bool = True) -> None:
        super().__init__(reason)
        self.doubt = Doubt(reason, lasts)


def doubt_of(calls: Sequence[Call], library: Library) -> Optional[Doubt]:
    """Say what may end the transaction behind the calls of a block, None: nothing does."""
    try:
        _Search(library).run(calls)
    except _NotClean as found:
        return found.doubt
    return None


class _Search:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._read: Dict[Place, ReadUnit] = {}
        self._seen: Set[Tuple[str, str, str]] = set()
        self._queue: List[Tuple[StoredObject, str]] = []

    def run(self, calls: Sequence[Call]) -> None:
        for call in calls:
            if call.is_supplied:
                raise _NotClean(call.said)
            self._follow(call.parts, self._library.named, f"calls {call.name}")
        while self._queue:
            target, member = self._queue.pop()
            self._visit(target, member)

    def _follow(self, parts: Tuple[str, ...], among: Sequence[StoredObject], said: str) -> None:
        """Queue all that a name may mean."""
        found = False
        for used in among:
            rest = _rest(parts, used)
            if rest is None or used.kind in _OTHER_NAMES or "PARTITION" in used.kind:
                continue
            targets = self._behind_synonyms(used)
            for target in targets:
                self._reach(target, rest, said)
            found = bool(targets)
            if not found:
                break
        if not found:
            raise _NotClean(
                f"{said}, which is not there, behind a database link, or not visible to "
                f"{self._library.user}",
                lasts=False,
            )

    def _behind_synonyms(self, used: StoredObject) -> List[StoredObject]:
        found, synonyms = [used], []
        for _ in range(_NESTED_SYNONYMS):
            synonyms = [one for one in found if one.kind == "SYNONYM"]
            if not synonyms:
                break
            found = [one for one in found if one.kind != "SYNONYM"]
            for one in synonyms:
                found += self._library.uses.get(one.place, [])
        return [] if synonyms else found

    def _reach(self, target: StoredObject, rest: Tuple[str, ...], said: str) -> None:
        if target.kind in DATA:
            return
        if target.owner == "SYS":
            known = is_supplied_member(target.name, rest[0] if rest else "")
            if not known and not is_supplied_member("SYS", target.name):
                raise _NotClean(
                    f"{said}, which is SYS.{'.'.join((target.name, *rest))}: it may commit"
                )
            return
        if target.kind not in CODE:
            raise _NotClean(f"{said}, a {target.kind}, which is not followed")
        self._push(target, rest[0] if rest and target.kind == "PACKAGE" else "")

    def _push(self, target: StoredObject, member: str) -> None:
        key = (*target.place, member)
        if key not in self._seen:
            self._seen.add(key)
            self._queue.append((target, member))

    def _visit(self, target: StoredObject, member: str) -> None:
        if target.kind.startswith("TYPE"):
            self._visit_type(target)
            return
        unit = self._unit(target)
        self._check_types(target)
        self._check_names(target)
        routines = [INITIALISATION]
        if target.kind in ("PROCEDURE", "FUNCTION"):
            routines.append(target.name)
        elif member:
            routines.append(member)
        for routine in routines:
            for traits in unit.routines.get(routine, ()):
                self._judge(target, routine, unit, traits)

    def _judge(self, target: StoredObject, routine: str, unit: ReadUnit, traits: Traits) -> None:
        if traits.is_autonomous:
            return
        kind = unit.kinds[id(traits)]
        name = f"{target.owner}.{target.name}"
        if routine and target.kind == "PACKAGE":
            name += f".{routine}"
        if traits.remarks:
            text, line = traits.remarks[0]
            raise _NotClean(f"reaches {name}, which {text}{_where(kind, line)}")
        for call in traits.calls:
            said = f"reaches {name}, which {call.said}{_where(kind, call.line)}"
            if call.is_supplied:
                raise _NotClean(said)
            if call.is_own:
                # Behind the package's name its member, which may have the same name itself.
                members = call.parts[: 1 + (call.parts[0] == target.name)]
                for member in members if target.kind == "PACKAGE" else ():
                    self._push(target, member)
                continue
            if call.parts[: 2 if len(call.parts) > 1 else 1] == target.place:
                self._reach(target, call.parts[2:], said)
                continue
            said = f"reaches {name}, which calls {call.name}{_where(kind, call.line)}"
            self._follow(call.parts, self._library.uses.get(target.place, ()), said)

    def _check_types(self, target: StoredObject) -> None:
        """Look at every type that a unit may use: a method's call looks like any name."""
        for used in self._library.uses.get(target.place, ()):
            if used.kind != "TYPE":
                continue
            if used.owner != "SYS":
                self._push(used, "")
            elif not is_supplied_member("SYS", used.name):
                raise _NotClean(
                    f"reaches {target.owner}.{target.name}, which uses the type SYS.{used.name}: "
                    "its methods are not known"
                )

    def _check_names(self, target: StoredObject) -> None:
        """Refuse a package that has the name of one of Oracle's, which is judged by its name."""
        for used in self._library.uses.get(target.place, ()):
            if used.owner not in ("SYS", "PUBLIC") and is_package(used.name):
                raise _NotClean(
                    f"reaches {target.owner}.{target.name}, which uses {used.owner}.{used.name}, "
                    "not Oracle's"
                )

    def _visit_type(self, target: StoredObject) -> None:
        source = self._source(StoredObject(*target.place, "TYPE"))
        if has_methods(source):
            raise _NotClean(
                f"reaches the type {target.owner}.{target.name}, whose methods are not read"
            )
        self._check_types(target)

    def _unit(self, target: StoredObject) -> ReadUnit:
        if target.place not in self._read:
            try:
                self._read[target.place] = self._read_unit(target)
            except UnreadUnit as unread:
                name = f"{target.owner}.{target.name}"
                where = _where(unread.kind, unread.line)
                raise _NotClean(f"reaches {name}, which {unread}{where}") from None
        return self._read[target.place]

    def _read_unit(self, target: StoredObject) -> ReadUnit:
        if target.kind != "PACKAGE":
            return read_routine(target.name, target.kind, self._source(target))
        header = self._source(target)
        body = StoredObject(*target.place, "PACKAGE BODY")
        if body in self._library.sources:
            return read_package(target.name, header, self._source(body))
        unit = read_package(target.name, header, None)
        if unit.declares_code or target.owner != self._library.user:
            self._source(body)
        return unit

    def _source(self, wanted: StoredObject) -> str:
        source = self._library.sources.get(wanted)
        name = f"{wanted.owner}.{wanted.name}"
        if source is None:
            privilege = "DEBUG" if wanted.kind.endswith("BODY") else "EXECUTE"
            raise _NotClean(
                f"reaches {name}, whose {wanted.kind} {self._library.user} cannot read: "
                f"GRANT {privilege} ON {name} TO {self._library.user}",
                lasts=False,
            )
        if wanted in self._library.invalid:
            raise _NotClean(f"reaches {name}, whose {wanted.kind} is not valid", lasts=False)
        return source


def _rest(parts: Tuple[str, ...], used: StoredObject) -> Optional[Tuple[str, ...]]:
    """Give what is left of a name behind what it may mean, None when it does not mean it."""
    if used.name == parts[0]:
        return parts[1:]
    if len(parts) > 1 and used.place == parts[:2]:
        return parts[2:]
    return None


def _where(kind: str, line: int) -> str:
    return f" ({kind.lower()}, line {line})"
