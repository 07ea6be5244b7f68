"""Put into a plan what a look behind its calls proved, and say whether a proof still holds.

A step whose calls were proven clean is a BLOCK. The proof is noted when the step starts and holds
for the code as it was: whoever judges the step later compares, and takes it for OPAQUE when
anything that was read has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import AbstractSet, Dict, FrozenSet, Iterable, Mapping, NamedTuple, Optional, Tuple

from airflow_oracle_dag.core.plan import Plan, Step, StepClass
from airflow_oracle_dag.core.script import StatementClass

_SCHEMA = re.compile(r'\bCURRENT_SCHEMA\s*=\s*("[^"]+"|[\w$#]+)', re.IGNORECASE)
_KEY = "code"


class Member(NamedTuple):
    """One thing that a proof rests on.

    :param changed: its LAST_DDL_TIME as text; "" for a name that nothing had.
    """

    owner: str
    name: str
    kind: str
    changed: str


@dataclass(frozen=True)
class Proof:
    """What the calls of a step were found to be.

    :param calls_hash: of the calls and the schema that they were looked up in.
    :param doubt: why they may commit, "" when they cannot.
    :param stamp: of everything that was read, see `stamp_of`.
    """

    calls_hash: str
    doubt: str
    stamp: str


def calls_hash(step: Step, place: str) -> str:
    """Hash what a step calls, and where its names are looked up: schema and edition."""
    return _digest([place, *sorted({call.parts for call in step.calls})])


def stamp_of(members: Iterable[Member]) -> str:
    """Hash the state of what a proof rests on."""
    return _digest(sorted(set(members)))


def schemas(plan: Plan, at_login: str) -> Dict[int, str]:
    """Say in which schema the names of each step are looked up, by the script's ALTER SESSION."""
    found, schema = {}, at_login
    for step in plan.steps:
        for unit in step.units:
            if unit.piece.statement is StatementClass.ALTER_SESSION:
                for name in _SCHEMA.findall(unit.piece.text):
                    schema = name[1:-1] if name.startswith('"') else name.upper()
        found[step.no] = schema
    return found


def behind_set_role(plan: Plan) -> FrozenSet[int]:
    """Say which steps stand behind a SET ROLE: another schema may then show them other code.

    So it is behind an ALTER SESSION that has a query's value in it.
    """
    found, is_behind = set(), False
    for step in plan.steps:
        statements = [unit.piece.statement for unit in step.units]
        queried = any(
            unit.piece.holes and unit.piece.statement is StatementClass.ALTER_SESSION
            for unit in step.units
        )
        is_behind = is_behind or queried or StatementClass.SET_ROLE in statements
        if is_behind:
            found.add(step.no)
    return frozenset(found)


def refined(
    plan: Plan,
    proofs: Mapping[int, Proof],
    places: Mapping[int, str],
    committers: AbstractSet[str],
) -> Plan:
    """Return the plan with the classes that the proofs give.

    :param proofs: by the steps' numbers.
    :param places: schema and edition in which the calls of each step are looked up.
    :param committers: hashes of texts that ended their transaction in an earlier run: they are not
        believed any more, whatever a proof says.
    """
    steps = []
    for step in plan.steps:
        made = step
        if step.step_class is not StepClass.OPAQUE and step.text_hash in committers:
            made = _distrusted(step)
        elif step.no in proofs:
            made = _proven(step, proofs[step.no], places[step.no], committers)
        steps.append(made)
    return replace(plan, steps=tuple(steps))


def _distrusted(step: Step) -> Step:
    if step.step_class not in (StepClass.BLOCK, StepClass.TRANSACTIONAL):
        return step
    because = f"line {step.first_line}: this text ended its transaction in an earlier run"
    return replace(step, step_class=StepClass.OPAQUE, opaque_because=because)


def _proven(step: Step, proof: Proof, place: str, committers: AbstractSet[str]) -> Step:
    if proof.doubt:
        because = f"line {step.first_line}: {proof.doubt}"
        return replace(step, opaque_because=because)
    if step.text_hash in committers:
        because = (
            f"line {step.first_line}: this text ended its transaction in an earlier run, "
            "though nothing that it calls can be seen to"
        )
        return replace(step, opaque_because=because)
    return replace(
        step,
        step_class=StepClass.BLOCK,
        opaque_because="",
        code_place=place,
        evidence=json.dumps({_KEY: [proof.calls_hash, proof.stamp]}, separators=(",", ":")),
    )


def noted(evidence: Optional[str]) -> Optional[Tuple[str, str]]:
    """Read what a step's start noted: the hash of its calls and the stamp of the code."""
    if not evidence:
        return None
    found = json.loads(evidence).get(_KEY)
    return None if found is None else (str(found[0]), str(found[1]))


def _digest(content: object) -> str:
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
