"""Control flow of PL/SQL at run time: blocks with handlers, branches, loops."""

# ruff: noqa: ARG001 - the functions of a table share one signature
# ruff: noqa: FBT001 - private flags

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql import operators
from airflow_oracle_dag.sandbox.plsql.errors import (
    CompileError,
    Raised,
    UserException,
    named,
    noted,
    value_error,
)
from airflow_oracle_dag.sandbox.plsql.frame import Execute, Expression, Frame
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, to_number
from airflow_oracle_dag.sandbox.session import Disconnected, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.cursors import OpenCursor

INDEX = INTEGER
NO_NAME = "PLS-00367: a RAISE statement with no exception name must be inside an exception handler"
_KILLED = 28


class LoopSignal(Exception):
    """Leave or go on with a loop.

    :param label: the loop that is meant; "" for the innermost.
    """

    def __init__(self, label: str = "") -> None:
        super().__init__(label)
        self.label = label


class ExitLoop(LoopSignal):
    """EXIT."""


class ContinueLoop(LoopSignal):
    """CONTINUE."""


class Return(Exception):
    """RETURN."""


class Goto(Exception):
    """GOTO.

    :param label: of a statement in the same sequence or in one around it.
    """

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass(frozen=True)
class Handler:
    """Be one WHEN of an exception section."""

    caught: tuple[UserException, ...]
    others: bool
    body: Execute

    def takes(self, error: OracleError) -> bool:
        """Tell whether it handles an error."""
        if self.others:
            return True
        identity = error.identity if isinstance(error, Raised) else None
        return any(e is identity or (e.code != 0 and e.code == error.code) for e in self.caught)


def sequence(statements: Sequence[tuple[int, Execute]], places: dict[str, int]) -> Execute:
    """Run statements one after the other, noting the line.

    :param places: of the statements that a GOTO means, by label.
    """
    fixed = tuple(statements)
    if places:
        return _with_labels(fixed, places)

    def run(frame: Frame) -> None:
        for line, execute in fixed:
            frame.line = line
            execute(frame)

    return run


def _with_labels(fixed: tuple[tuple[int, Execute], ...], places: dict[str, int]) -> Execute:
    def run(frame: Frame) -> None:
        place = 0
        while place < len(fixed):
            try:
                frame.line, execute = fixed[place]
                execute(frame)
            except Goto as jump:
                if jump.label not in places:
                    raise
                place = places[jump.label]
            else:
                place += 1

    return run


def block(initial: list[Execute], body: Execute, handlers: list[Handler]) -> Execute:
    """Run declarations, then the body under its handlers."""

    def plain(frame: Frame) -> None:
        for start in initial:
            start(frame)
        body(frame)

    if not handlers:
        return plain

    def run(frame: Frame) -> None:
        for start in initial:  # an error here goes to the enclosing block
            start(frame)
        frame.handlers += 1
        try:
            body(frame)
        except OracleError as error:
            caught = error
        else:
            return
        finally:
            frame.handlers -= 1
        _handle(frame, handlers, caught)

    return run


def _handle(frame: Frame, handlers: list[Handler], error: OracleError) -> None:
    if error.code == _KILLED or isinstance(error, (CompileError, Disconnected)):
        raise error
    for handler in handlers:
        if handler.takes(error):
            break
    else:
        raise error
    if error.code == 1013:
        frame.session.cancelled.clear()
    outer, frame.error = (frame.error, frame.trace), error
    noted(error, frame.label, frame.line)
    frame.trace = "\n".join([*error.inner, *error.backtrace]) + "\n"
    try:
        handler.body(frame)
    finally:
        frame.error, frame.trace = outer


def reraise(frame: Frame) -> None:
    """Run RAISE without a name."""
    if frame.error is None:
        raise OracleError(6550, NO_NAME)
    frame.error.backtrace.clear()
    raise frame.error


def autonomous(body: Execute, end: int) -> Execute:
    """Run a routine in a transaction of its own (PL/SQL Language Reference, "Autonomous …").

    :param end: line of the routine's END, where ORA-06519 is raised.
    """

    def run(frame: Frame) -> None:
        handlers, frame.handlers = frame.handlers, 0  # an error that leaves rolls all back
        try:
            with frame.session.autonomous():
                signal = _signal(frame, body)
                if frame.session.in_transaction:
                    frame.line = end
                    raise OracleError(
                        6519, "active autonomous transaction detected and rolled back"
                    )
        finally:
            frame.handlers = handlers
        if signal is not None:
            raise signal

    return run


def _signal(frame: Frame, body: Execute) -> Return | None:
    try:
        body(frame)
    except Return as signal:
        return signal
    return None


def no_case(frame: Frame) -> None:
    """Run a CASE statement in which nothing matched."""
    raise named(6592)


def subprogram(body: Execute) -> Execute:
    """Run a subprogram's body up to its RETURN."""

    def run(frame: Frame) -> None:
        try:
            body(frame)
        except Return:
            return

    return run


def equals(subject: Expression, value: Expression) -> Expression:
    """Compare a CASE's subject."""
    return operators.compare("=", subject, value)


def choose(arms: Sequence[tuple[Expression, Execute]], otherwise: Execute | None) -> Execute:
    """Run the first arm whose condition is true; NULL counts as false."""
    fixed = tuple((condition.run, body) for condition, body in arms)

    def run(frame: Frame) -> None:
        for condition, body in fixed:
            if condition(frame):
                body(frame)
                return
        if otherwise is not None:
            otherwise(frame)

    return run


def _once(frame: Frame, body: Execute, labels: tuple[str, ...]) -> bool:
    """Run a loop's body once; False: the loop is left."""
    frame.session.check()
    try:
        body(frame)
    except ContinueLoop as signal:
        if signal.label and signal.label not in labels:
            raise
    except ExitLoop as signal:
        if signal.label and signal.label not in labels:
            raise
        return False
    return True


def loop(condition: Expression | None, body: Execute, labels: tuple[str, ...]) -> Execute:
    """Run LOOP and WHILE."""

    def run(frame: Frame) -> None:
        while condition is None or condition.run(frame):
            if not _once(frame, body, labels):
                return

    return run


def count(
    slot: int, low: Expression, high: Expression, down: bool, body: Execute, labels: tuple[str, ...]
) -> Execute:
    """Run FOR i IN a .. b."""

    def whole(value: Any) -> int:
        if value is None:
            raise value_error()
        return int(Decimal(to_number(value)).to_integral_value(ROUND_HALF_UP))

    def run(frame: Frame) -> None:
        first, last = whole(low.run(frame)), whole(high.run(frame))
        numbers = range(last, first - 1, -1) if down else range(first, last + 1)
        for number in numbers:
            frame.slots[slot] = number
            if not _once(frame, body, labels):
                return

    return run


def rows(
    opening: Callable[[Frame], OpenCursor], slot: int, body: Execute, labels: tuple[str, ...]
) -> Execute:
    """Run FOR r IN (query) or a cursor.

    :param opening: opens it.
    """

    def run(frame: Frame) -> None:
        cursor = opening(frame)
        while (row := cursor.next_row()) is not None:
            frame.slots[slot] = dict(zip(cursor.names, row, strict=True))
            if not _once(frame, body, labels):
                return

    return run


def holding(loop_of_cursor: Execute, close: Execute) -> Execute:
    """Run a FOR loop over a declared cursor, which is closed however the loop ends."""

    def run(frame: Frame) -> None:
        try:
            loop_of_cursor(frame)
        finally:
            close(frame)

    return run
