"""Bulk SQL: BULK COLLECT, FORALL and what it leaves behind.

PL/SQL Language Reference, "Bulk SQL and Bulk Binding".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql.errors import CompileError, Raised, named
from airflow_oracle_dag.sandbox.plsql.frame import BulkOutcome, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.paths import Place
from airflow_oracle_dag.sandbox.plsql.shapes import (
    Collection,
    CollectionType,
    RecordType,
    Sort,
    record_of,
    settle,
)
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, NUMBER, to_number
from airflow_oracle_dag.sandbox.session import Disconnected, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser

Row = Sequence[Any]
_NOT_COUNTED = (28, 1013, 6550)  # errors that end a FORALL in spite of SAVE EXCEPTIONS


@dataclass(frozen=True)
class BulkTarget:
    """Be the collections behind BULK COLLECT INTO: one per column, or one of records."""

    places: Sequence[Place]
    takes_lobs = False  # their rows are not asked where they stand

    def put(self, frame: Frame, rows: Sequence[Row], names: Sequence[str]) -> None:
        """Assign all rows; without any the collections are empty."""
        kinds = [place.typed.shape for place in self.places]
        first = kinds[0]
        if (
            len(kinds) == 1
            and isinstance(first, CollectionType)
            and isinstance(first.element.shape, RecordType)
        ):
            columns = [[_record(first.element.shape, row, names, frame) for row in rows]]
        else:
            if rows and len(rows[0]) != len(kinds):
                few = len(rows[0]) < len(kinds)
                text = "not enough values" if few else "too many values"
                raise OracleError(947 if few else 913, text)
            columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in kinds]
            columns = [
                [settle(value, kind.element, frame) for value in column]
                for column, kind in zip(columns, kinds, strict=True)
                if isinstance(kind, CollectionType)
            ]
        for place, column in zip(self.places, columns, strict=True):
            kind = place.typed.shape
            if isinstance(kind, CollectionType):
                if kind.limit and len(column) > kind.limit:
                    text = f"given index [{kind.limit + 1}] must be in the range of [1] to"
                    raise OracleError(22165, f"{text} [{kind.limit}]")
                holder, key = place.locate(frame)
                made = Collection.of(kind, column)
                if isinstance(holder, Collection):
                    holder.put(key, made)
                else:
                    holder[key] = made


def _record(shape: RecordType, row: Row, names: Sequence[str], frame: Frame) -> dict[str, Any]:
    if shape.fields is None:
        return dict(zip(names, row, strict=True))
    return record_of(shape, row, frame)


def bulk_target(parser: ExpressionParser, places: Sequence[Place], offset: int) -> BulkTarget:
    """Check what stands behind BULK COLLECT INTO."""
    for place in places:
        kind = place.typed.shape
        if not isinstance(kind, CollectionType):
            detail = "PLS-00497: cannot mix between single row and multi-row (BULK) in INTO list"
            raise CompileError(parser.text, offset, detail)
        if kind.sort is Sort.ASSOCIATIVE and kind.index is not None and kind.index.low is None:
            detail = (
                "PLS-00657: Implementation restriction: bulk SQL with associative arrays with"
                " VARCHAR2 key is not supported"
            )
            raise CompileError(parser.text, offset, detail)
    return BulkTarget(places)


# -- FORALL -----------------------------------------------------------------------------------


def span(low: Expression, high: Expression) -> Callable[[Frame], Iterable[int]]:
    """Return what gives the indexes of ``low .. high``."""

    def run(frame: Frame) -> Iterable[int]:
        first, last = low.run(frame), high.run(frame)
        if first is None or last is None:
            raise named(6502)
        return range(int(to_number(first)), int(to_number(last)) + 1)

    return run


def indices(
    held: Expression, low: Expression | None, high: Expression | None
) -> Callable[[Frame], Iterable[int]]:
    """Return what gives the indexes of INDICES OF."""

    def run(frame: Frame) -> Iterable[int]:
        places = held.run(frame).places
        first = low.run(frame) if low is not None else None
        last = high.run(frame) if high is not None else None
        return [p for p in places if (first is None or p >= first) and (last is None or p <= last)]

    return run


def elements(held: Expression) -> Callable[[Frame], Iterable[int]]:
    """Return what gives the indexes of VALUES OF."""
    return lambda frame: list(held.run(frame).values())


class Batch:
    """Run the statement of a FORALL for each index.

    :param run_one: runs it and returns the rows that were changed.
    :param slot: of the index.
    """

    def __init__(self, run_one: Callable[[Frame], int], slot: int, *, save: bool) -> None:
        self._run_one = run_one
        self._slot = slot
        self._save = save

    def run(self, frame: Frame, places: Iterable[int]) -> None:
        """Run all; an error leaves what the iterations before it did.

        :raises OracleError: ORA-24381 at the end, with SAVE EXCEPTIONS.
        """
        outcome = frame.bulk = BulkOutcome()
        total = 0
        frame.handlers += 1  # each iteration is undone alone
        try:
            for number, place in enumerate(places, 1):
                frame.slots[self._slot] = place
                try:
                    frame.session.check()
                    outcome.counts[place] = self._run_one(frame)
                except OracleError as error:
                    outcome.counts[place] = 0
                    if not self._save or ends(error):
                        raise
                    outcome.errors.append((number, error.code))
                total += outcome.counts[place]
        finally:
            frame.handlers -= 1
            frame.row_count = total
        if outcome.errors:
            raise Raised(24381, "error(s) in array DML")


def present(frame: Frame, evaluate: Callable[[Frame], Any], slot: int) -> Any:
    """Evaluate what a FORALL's statement takes of its collections.

    :raises OracleError: ORA-22160 for an element that is not there.
    """
    try:
        return evaluate(frame)
    except OracleError as error:
        if error.code in (1403, 6533):
            text = f"element at index [{frame.slots[slot]}] does not exist"
            raise Raised(22160, text) from error
        raise


def ends(error: OracleError) -> bool:
    """Tell whether an error ends a FORALL whatever it says."""
    return error.code in _NOT_COUNTED or isinstance(error, (CompileError, Disconnected))


def row_count(frame: Frame, index: Any) -> int:
    """Answer SQL%BULK_ROWCOUNT(index)."""
    found = frame.bulk.counts.get(int(to_number(index)))
    if found is None:
        raise OracleError(22160, f"element at index [{index}] does not exist")
    return found


def exceptions(parser: ExpressionParser) -> Expression:
    """Parse behind SQL%BULK_EXCEPTIONS: ``.COUNT`` or ``(i).ERROR_CODE``."""
    if parser.take(".", "COUNT"):
        return Expression(lambda frame: len(frame.bulk.errors), INTEGER)
    parser.must("(")
    index = parser.expression().run
    parser.must(")", ".")
    offset, name = parser.token.start, parser.identifier()
    if name not in ("ERROR_INDEX", "ERROR_CODE"):
        raise CompileError(parser.text, offset, f"PLS-00302: component '{name}' must be declared")
    place = 0 if name == "ERROR_INDEX" else 1

    def run(frame: Frame) -> Any:
        number = int(to_number(index(frame)))
        if not 1 <= number <= len(frame.bulk.errors):
            raise named(6533)
        return frame.bulk.errors[number - 1][place]

    return Expression(run, NUMBER)
