"""Look behind the calls of a script: which steps call code that cannot end their transaction.

A script that calls no stored code costs nothing. Else one query says what was found in an earlier
run and whether the code is still the same; only for what is new the dictionary is read, level by
level, and then the sources at once. `airflow_oracle_dag.core.stored_code` judges them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.proven import (
    Member,
    Proof,
    behind_set_role,
    calls_hash,
    noted,
    refined,
    schemas,
    stamp_of,
)
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.stored_code import (
    CODE,
    DATA,
    Doubt,
    Library,
    Place,
    StoredObject,
    doubt_of,
)
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import Event, Observer
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.table_rows import cut_bytes

_AT_ONCE = 10  # names for each query, as in sql/code.sql
_MOST_UNITS = 400
_FOLLOWED = (*CODE, "SYNONYM")
_TICKS = 30
_TICK = 0.1  # seconds
_NOTHING = "NONE"
_BASE = "ORA$BASE"  # the edition of a database that nobody gave another one


class SourceScan:
    """Give the steps of a plan the classes that their calls deserve.

    :param reader: of the checkpoint tables, on a session without an open transaction.
    :param keeps: whether what is found is kept for the next run; else nothing is written.
    """

    def __init__(
        self,
        reader: CheckpointReader,
        interrupt: Interrupt,
        observe: Observer,
        *,
        keeps: bool = True,
    ) -> None:
        self._reader = reader
        self._keeps = keeps
        self._session = reader.session
        self._interrupt = interrupt
        self._observe = observe
        self._committers: Set[str] = set()

    def refine(self, plan: Plan) -> Plan:
        """Return the plan with what is known of the code that it calls.

        An error of the database leaves the steps OPAQUE, which is safe, and is told.

        :raises ConnectionLost: and nothing else of the database but that tables are missing.
        """
        asked = [step for step in plan.steps if step.calls and not step.is_skipped]
        if not asked:
            return plan
        try:
            return self._refined(plan, asked, self._session.identity.schema)
        except ConnectionLost:
            raise
        except DatabaseError as error:
            said = error.message.splitlines()[0]
            self._observe(Event("notice", f"the code that it calls could not be read: {said}"))
            return plan

    def _refined(self, plan: Plan, asked: List[Step], at_login: str, edition: str = _BASE) -> Plan:
        found = schemas(plan, at_login)
        places = {no: f"{schema}/{edition}" for no, schema in found.items()}
        hashes = {step.no: calls_hash(step, places[step.no]) for step in asked}
        known, here = self._known(set(hashes.values()), {step.text_hash for step in asked})
        if here != (at_login, edition):
            return self._refined(plan, asked, *here)
        user, in_role = self._session.identity.schema, behind_set_role(plan)
        proofs: Dict[int, Proof] = {}
        for step in asked:
            schema, key = found[step.no], hashes[step.no]
            if schema != user and step.no in in_role:
                said = f"what {schema} shows after SET ROLE is not known before"
                proofs[step.no] = Proof(key, f"{step.calls[0].said}; {said}", "")
                continue
            if key not in known:
                known[key] = self._look(step, schema, key)
            proofs[step.no] = known[key]
        return refined(plan, proofs, places, self._committers)

    def _known(self, hashes: Set[str], texts: Set[str]) -> Tuple[Dict[str, Proof], Tuple[str, str]]:
        """Return what was found before and still holds, by the calls' hashes, and the place."""
        found: Dict[str, Proof] = {}
        here = ("", "")
        keys, names = sorted(hashes), sorted(texts)
        for start in range(0, max(len(keys), len(names)), _AT_ONCE):
            rows = _read(
                self._reader, keys[start : start + _AT_ONCE], names[start : start + _AT_ONCE]
            )
            here = next((row[1], row[2] or "") for row in rows if row[0] == "PLACE")
            self._committers |= {row[1] for row in rows if row[0] == "COMMITTER"}
            for proof in _holding(rows):
                found[proof.calls_hash] = proof
        return found, here

    def _look(self, step: Step, schema: str, key: str) -> Proof:
        library, free = self._named(step, schema)
        members: List[Member] = []
        doubt: Optional[Doubt] = self._follow(library)
        if doubt is None:
            doubt, members = self._read_units(library)
        if doubt is None:
            doubt = doubt_of(step.calls, library)
        members += [Member(*place, _NOTHING, "") for place in free]
        members += [Member(*one, "") for one in _meant(library) if one.kind in DATA]
        reason = cut_bytes(doubt.reason, 1000) if doubt else ""
        proof = Proof(key, reason, stamp_of(members))
        if self._keeps and (doubt is None or doubt.lasts):
            self._keep(proof, members)
        return proof

    def _named(self, step: Step, schema: str) -> Tuple[Library, List[Place]]:
        """Ask what the calls may mean, and which names of the schema are free."""
        library = Library(self._session.identity.schema)
        firsts = sorted({call.parts[0] for call in step.calls})
        pairs = sorted({call.parts[:2] for call in step.calls if len(call.parts) > 1})
        found: Set[StoredObject] = set()
        lists = [pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE)]
        names = [firsts[at : at + _AT_ONCE] for at in range(0, len(firsts), _AT_ONCE)]
        for at in range(max(len(lists), len(names))):
            some = names[at] if at < len(names) else []
            listed = lists[at] if at < len(lists) else []
            binds = {"current_schema": schema, **_padded("s", some), **_pairs(listed)}
            found |= {StoredObject(*row) for row in self._ask("read_names", binds)}
        ours = {one.name for one in found if one.owner == schema}
        library.named = sorted(
            one for one in found if not (one.owner == "PUBLIC" and one.name in ours)
        )
        return library, [(schema, name) for name in firsts if name not in ours]

    def _follow(self, library: Library) -> Optional[Doubt]:
        """Read what depends on what, from the calls on."""
        level = {one.place for one in library.named if one.kind in _FOLLOWED}
        seen: Set[Place] = set()
        while level:
            seen |= level
            if len(seen) > _MOST_UNITS:
                return Doubt(f"reaches more than {_MOST_UNITS} stored units", lasts=False)
            following: Set[Place] = set()
            for binds in _chunks(level):
                for owner, name, used_owner, used_name, kind in self._ask("read_uses", binds):
                    used = StoredObject(used_owner, used_name, kind)
                    listed = library.uses.setdefault((owner, name), [])
                    if used.place != (owner, name) or kind == "SYNONYM":
                        listed.append(used)
                    if kind in _FOLLOWED and used_owner != "SYS":
                        following.add(used.place)
            level = following - seen
        library.places = seen
        return None

    def _read_units(self, library: Library) -> Tuple[Optional[Doubt], List[Member]]:
        """Read the units' times and then their sources.

        LAST_DDL_TIME has whole seconds: what was compiled in this one could be compiled again
        without a trace, so it is waited for.
        """
        members, now = self._members(library)
        for _ in range(_TICKS):
            if all(member.changed < now for member in members):
                break
            self._interrupt.sleep(_TICK)
            members, now = self._members(library)
        else:
            return Doubt("reaches code that was compiled just now", lasts=False), members
        lines: Dict[StoredObject, List[str]] = defaultdict(list)
        for binds in _chunks(library.places):
            for owner, name, kind, text in self._ask("read_sources", binds):
                lines[StoredObject(owner, name, kind)].append(_line(text))
        library.sources = {one: "".join(texts) for one, texts in lines.items()}
        return None, members

    def _members(self, library: Library) -> Tuple[List[Member], str]:
        members, now = [], ""
        library.invalid = set()
        for binds in _chunks(library.places):
            for owner, name, kind, changed, status, moment in self._ask("read_units", binds):
                now = moment
                members.append(Member(owner, name, kind, changed or ""))
                if status != "VALID":
                    library.invalid.add(StoredObject(owner, name, kind))
        return members, now

    def _keep(self, proof: Proof, members: Sequence[Member]) -> None:
        """Keep what was found, so that the next run need not look; it does without, too."""
        rows = [
            {
                "calls_hash": proof.calls_hash,
                "stamp": proof.stamp,
                "owner": member.owner,
                "name": member.name,
                "kind": member.kind,
                "changed": member.changed or None,
                "doubt": proof.doubt or None,
            }
            for member in sorted(set(members))
        ]
        if not rows:
            return
        try:
            self._session.change(sql.statement("insert_code", self._reader.schema), rows)
            self._session.commit()
        except ConnectionLost:
            raise
        except DatabaseError as error:
            self._session.rollback()
            said = error.message.splitlines()[0]
            self._observe(Event("notice", f"what it calls could not be kept: {said}"))

    def _ask(self, name: str, binds: Dict[str, Any]) -> List[Tuple[Any, ...]]:
        return self._session.query(sql.block(name), binds, at_once=1000)


def believed(
    reader: CheckpointReader, steps: Sequence[StepRow], observe: Observer
) -> Tuple[StepRow, ...]:
    """Return the rows with the class that a step which is not ended may be believed to have."""
    found = []
    for row in steps:
        made = row
        if row.state in (State.RUNNING, State.IN_DOUBT):
            made = replace(row, step_class=_class_now(reader, row))
        if made.step_class is not row.step_class:
            said = "the code that it calls was changed since, or cannot be compared"
            observe(Event("notice", f"step {row.name} counts as {made.step_class.value}: {said}"))
        found.append(made)
    return tuple(found)


def remember(reader: CheckpointReader, row: StepRow) -> None:
    """Remember the text of a step that ended its transaction; part of the caller's transaction."""
    key = {"text_hash": row.text_hash}
    reader.session.change(sql.statement("insert_committer", reader.schema), [key])


def _class_now(reader: CheckpointReader, row: StepRow) -> StepClass:
    """Return the class of a step that ran, as the code that it called is known now.

    What was proven clean when it started is OPAQUE when anything was changed since, or when nobody
    can say whether it was. One query, and only for a step whose start noted a proof.
    """
    proven = noted(row.evidence) if row.step_class is StepClass.BLOCK else None
    if proven is None:
        return row.step_class
    try:
        rows = _read(reader, [proven[0]], [])
    except ConnectionLost:
        raise
    except DatabaseError as error:
        if error.code == "ORA-01013":
            raise  # somebody wants an end: that says nothing of the code
        return StepClass.OPAQUE
    holds = any(proof.stamp == proven[1] and not proof.doubt for proof in _holding(rows))
    return StepClass.BLOCK if holds else StepClass.OPAQUE


def _read(
    reader: CheckpointReader, hashes: Sequence[str], texts: Sequence[str]
) -> List[Tuple[Any, ...]]:
    binds = {**_padded("c", hashes), **_padded("t", texts)}
    return reader.session.query(sql.statement("read_code", reader.schema), binds, at_once=1000)


def _holding(rows: Iterable[Tuple[Any, ...]]) -> Iterator[Proof]:
    """Give the findings of which nothing has changed since."""
    found: Dict[Tuple[str, str, str], Set[Member]] = defaultdict(set)
    changed: Set[Tuple[str, str, str]] = set()
    for what, key, stamp, doubt, owner, name, kind, before, now, status in rows:
        if what != "PROOF":
            continue
        one = (key, stamp, doubt or "")
        found[one].add(Member(owner, name, kind, before or ""))
        if kind == _NOTHING:
            is_same = status is None
        elif kind in DATA:
            is_same = status is not None  # what it is like has no meaning for a call
        else:
            is_same = status == "VALID" and (before or "") == (now or "")
        if not is_same:
            changed.add(one)
    for one, members in found.items():
        if one not in changed and stamp_of(members) == one[1]:
            yield Proof(one[0], one[2], one[1])


def _meant(library: Library) -> Iterator[StoredObject]:
    """Give what the calls of a block may mean, also behind synonyms."""
    for one in library.named:
        yield one
        if one.kind == "SYNONYM":
            yield from library.uses.get(one.place, ())


def _line(text: Optional[str]) -> str:
    """End a line of a source, so that a comment in it does not go on in the next one."""
    text = text or ""
    return text if text.endswith("\n") else f"{text}\n"


def _padded(prefix: str, values: Sequence[str]) -> Dict[str, Optional[str]]:
    return {f"{prefix}{at}": values[at] if at < len(values) else None for at in range(_AT_ONCE)}


def _pairs(places: Sequence[Tuple[str, ...]]) -> Dict[str, Optional[str]]:
    return {
        **_padded("n", [place[0] for place in places]),
        **_padded("m", [place[1] for place in places]),
    }


def _chunks(places: Iterable[Place]) -> Iterator[Dict[str, Optional[str]]]:
    listed = sorted(places)
    for at in range(0, len(listed), _AT_ONCE):
        yield _pairs(listed[at : at + _AT_ONCE])
