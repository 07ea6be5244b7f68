"""The values of a script's own variables, as they are while an attempt runs.

VARIABLE declares them, the script's statements set them, PRINT shows them. After each step they
are kept with its checkpoint, so that whoever resumes goes on with what an uninterrupted run would
have. What a secret went into is neither kept nor shown; a LOB or cursor never lives longer than its
step.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set

import oracledb

from airflow_oracle_dag.core.crossing import given_binds
from airflow_oracle_dag.core.filling import filled
from airflow_oracle_dag.core.kept_variables import (
    MOST_BYTES,
    as_kept,
    bytes_of_variables,
    called,
    first_to_run,
    kept_before,
    known_of,
    last_done,
    set_by_queries,
    sets_first,
    unknown_because,
)
from airflow_oracle_dag.core.plan import Plan, Step
from airflow_oracle_dag.core.queried import BadValue, as_text, put_in
from airflow_oracle_dag.core.rows import StepRow
from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.core.variable_report import BECAUSE_SECRET
from airflow_oracle_dag.core.variables import Variable
from airflow_oracle_dag.runtime.connector import SEEN_ROWS, InOut, Outcome
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.secrecy import MASK

_SECRET = {"unknown": BECAUSE_SECRET}
_KINDS: Dict[str, Any] = {
    "NUMBER": Decimal,
    "BINARY_FLOAT": oracledb.DB_TYPE_BINARY_FLOAT,
    "BINARY_DOUBLE": oracledb.DB_TYPE_BINARY_DOUBLE,
    "BOOLEAN": oracledb.DB_TYPE_BOOLEAN,
    "CHAR": oracledb.DB_TYPE_CHAR,
    "NCHAR": oracledb.DB_TYPE_NCHAR,
    "VARCHAR2": oracledb.DB_TYPE_VARCHAR,
    "NVARCHAR2": oracledb.DB_TYPE_NVARCHAR,
    "CLOB": oracledb.DB_TYPE_CLOB,
    "NCLOB": oracledb.DB_TYPE_NCLOB,
    "BLOB": oracledb.DB_TYPE_BLOB,
    "REFCURSOR": oracledb.DB_TYPE_CURSOR,
}


class Variables:
    """What the variables of a script hold now.

    :param rows: all steps as they were when the attempt began; those that are done say what the
        variables held after them.
    """

    def __init__(self, plan: Plan, rows: Sequence[StepRow]) -> None:
        self._plan = plan
        self._rows = rows
        self._values: Dict[str, Any] = {}
        self._unknown: Dict[str, str] = {}
        self._secretive: Set[str] = set()  # VARIABLEs that a secret went into
        self._known = _all_variables(plan)
        self._queried = set_by_queries(plan)
        self._first = first_to_run(plan, rows)
        self._restored = 0

    def begin(self, step: Step) -> None:
        """Give the variables what they held before a step that an earlier attempt was to run.

        Once for each step that is done: what an @always step behind that makes of them counts.
        """
        if not (self._known or self._queried) or step.no > self._first:
            return
        last = last_done(self._plan, self._rows, step.no)
        kept = kept_before(self._plan, self._rows, step.no) if last != self._restored else None
        self._restored = last
        if kept is not None:
            self._restore(kept)

    def obey(self, line: Piece) -> List[str]:
        """Carry out a VARIABLE, PRINT or PROMPT line and return what it shows."""
        if line.verb == "PROMPT":
            _, _, text = line.text.partition(" ")
            known = {name: str(self._values.get(f"&{name}", f"&{name}")) for name in line.holes}
            text = put_in(text.strip(), known)
            return [MASK if self._tells(text) else text] if text else []
        if line.verb == "PRINT":
            return [text for variable in line.variables for text in self._shown(variable)]
        for variable in line.variables:
            self._values[variable.name] = variable.first
            self._unknown.pop(variable.name, None)
            self._secretive.discard(variable.name)
        return []

    def binds(self, piece: Piece) -> Dict[str, InOut]:
        """Return the binds of a statement that are variables.

        :raises DatabaseError: it may read one whose value is not known.
        """
        for variable in piece.variables:
            if variable.name in self._unknown and not sets_first(piece, variable.name):
                raise self._not_known(variable.name)
        return {
            variable.name: InOut(
                _KINDS[variable.kind], variable.size, self._values.get(variable.name)
            )
            for variable in piece.variables
        }

    def holds_secret(self, name: str) -> bool:
        """Tell whether a variable holds what a secret may have gone into."""
        return name in self._secretive or self._tells(str(self._values.get(name)))

    def take(self, piece: Piece, found: Mapping[str, Any]) -> None:
        """Take what a statement left in its binds."""
        is_secretive = self._has_secret(piece)
        for name, given in found.items():
            value = _single(name, given)
            is_same = value == self._values.get(name) and not self._known[name].is_of_a_session
            if is_secretive and not is_same:
                self._secretive.add(name)
            elif not is_secretive and sets_first(piece, name):
                self._secretive.discard(name)
            self._values[name] = value
            self._unknown.pop(name, None)

    def _has_secret(self, piece: Piece) -> bool:
        """Tell whether what a statement gives may be made of a secret, however changed."""
        values = self._plan.values
        return any(isinstance(values.lookup(name), Secret) for name in given_binds(piece)) or any(
            variable.name in self._secretive and not sets_first(piece, variable.name)
            for variable in piece.variables
        )

    def discreet(self, piece: Piece, outcome: Outcome) -> Outcome:
        """Give what a statement gave as it may be shown: nothing that may be made of a secret."""
        if not outcome.rows or not self._has_secret(piece):
            return outcome
        return replace(outcome, rows=tuple((MASK,) * len(row) for row in outcome.rows))

    def filled(self, piece: Piece) -> Piece:
        """Give a statement with the values of its substitution variables, as it is to be sent.

        :raises DatabaseError: a value is not there, or would make another statement of it.
        """
        for setter in piece.setters:  # before the query: what DEFINE said last
            if not setter.is_open:
                self._values.pop(setter.key, None)
                self._unknown.pop(setter.key, None)
                if setter.before is not None:
                    self._values[setter.key] = setter.before
        if not piece.holes:
            return piece
        values = {name: self._value_of(f"&{name}") for name in piece.holes}
        try:
            return filled(self._plan.script, piece, values)
        except BadValue as bad:
            names = ", ".join(f"&{name}" for name in piece.holes)
            raise DatabaseError(
                f"the value that a query gave {names} cannot stand here: {bad}. Bind it instead "
                "(VARIABLE, SELECT ... INTO :name), or mend what the query gives"
            ) from None

    def _value_of(self, key: str) -> str:
        if key in self._unknown:
            raise self._not_known(key)
        if key not in self._values:
            raise DatabaseError(
                f"the substitution variable {key} has no value: no query before this gave the "
                "column that COLUMN ... NEW_VALUE names"
            )
        return str(self._values[key])

    def _not_known(self, name: str) -> DatabaseError:
        return DatabaseError(f"the value of {called(name)} is not known: {self._unknown[name]}")

    def take_rows(self, piece: Piece, outcome: Outcome) -> None:
        """Take what a query gave for the variables that COLUMN … NEW_VALUE names."""
        columns = [name.upper() for name in outcome.columns]
        is_secretive = bool(piece.setters) and self._has_secret(piece)
        for setter in piece.setters:
            key = setter.key
            if setter.column not in columns:
                continue
            if not outcome.rows:
                if key not in self._unknown:
                    self._values.setdefault(key, "")
                continue
            self._unknown.pop(key, None)
            self._values.pop(key, None)
            try:
                value = as_text(outcome.rows[-1][columns.index(setter.column)])
            except BadValue as bad:
                self._unknown[key] = str(bad)
                continue
            if len(outcome.rows) >= SEEN_ROWS:
                self._unknown[key] = f"its query gave {SEEN_ROWS} rows or more: let it give one"
            elif is_secretive or (MASK in value and self._plan.values.secrets):
                self._unknown[key] = _SECRET["unknown"]
            else:
                self._values[key] = value

    def kept(self) -> Optional[str]:
        """Return what is kept with the step that is done; None for a script without variables.

        :raises DatabaseError: when it is too long.
        """
        if not (self._known or self._queried):
            return None
        content: Dict[str, Any] = {name: {"unknown": why} for name, why in self._unknown.items()}
        for name, value in self._values.items():
            own = self._known.get(name)
            if name in self._queried or (own is not None and not own.is_of_a_session):
                is_secret = name in self._secretive or self._tells(str(value))
                content[name] = _SECRET if is_secret else _written(value)
        taken = bytes_of_variables(content)
        if taken > MOST_BYTES:
            raise DatabaseError(
                f"the values of the script's variables take {taken} bytes, and "
                f"{MOST_BYTES} can be kept with a step. Keep long values in a table"
            )
        return as_kept(content)

    def _restore(self, kept: Mapping[str, Any]) -> None:
        for name, value in known_of(kept, self._queried).items():
            self._unknown.pop(name, None)
            self._values.pop(name, None)
            self._secretive.discard(name)
            why = unknown_because(value)
            if why:
                self._unknown[name] = why
            else:
                self._values[name] = _read(value)

    def _shown(self, variable: Variable) -> Iterator[str]:
        value = self._values.get(variable.name)
        if variable.name in self._secretive or variable.name in self._unknown:
            shown = MASK if variable.name in self._secretive else "(not known)"
            yield f":{variable.name} = {shown}"
            return
        if variable.kind == "REFCURSOR" and value is not None:
            for row in value.fetchmany(100):
                yield self._discreet(f":{variable.name} " + ", ".join(map(_plain, row)))
            return
        if value is not None and hasattr(value, "read"):
            value = value.read(1, 4000)
        yield self._discreet(f":{variable.name} = {_plain(value)}")

    def _discreet(self, text: str) -> str:
        return f"{text.split(maxsplit=1)[0]} = {MASK}" if self._tells(text) else text

    def _tells(self, text: str) -> bool:
        return any(secret in text for secret in self._plan.values.secrets)


def _all_variables(plan: Plan) -> Dict[str, Variable]:
    return {one.name: one for piece in plan.script.pieces for one in piece.variables}


def _single(name: str, value: Any) -> Any:
    """Take the one value of a RETURNING clause, which the driver gives as a list."""
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise DatabaseError(f"the statement returned {len(value)} rows into :{name}, which has one")
    return value[0] if value else None


def _written(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return {"float": repr(value)}
    return {"number": str(value)}


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return float(value["float"]) if "float" in value else Decimal(value["number"])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
