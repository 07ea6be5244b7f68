"""Control flow of PL/SQL at run time: blocks with handlers, branches, loops."""

# ruff: noqa: ARG001 - the functions of a table share one signature
# ruff: noqa: FBT001 - private flags

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from airflow_oracle_dag.sandbox.engine_rows import decode_rows
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
from airflow_oracle_dag.sandbox.plsql.sql import StaticSql, names_of
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, PlType, fit, to_number
from airflow_oracle_dag.sandbox.session import Disconnected, OracleError

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


def sequence(statements: Sequence[tuple[int, Execute]]) -> Execute:
    """Run statements one after the other, noting the line."""
    fixed = tuple(statements)

    def run(frame: Frame) -> None:
        for line, execute in fixed:
            frame.line = line
            execute(frame)

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
    frame.trace = "\n".join(error.backtrace) + "\n"
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
    query: StaticSql, slot: int, body: Execute, labels: tuple[str, ...], settings: list[Execute]
) -> Execute:
    """Run FOR r IN (query) or a cursor."""

    def run(frame: Frame) -> None:
        for setting in settings:
            setting(frame)
        result = query.run(frame)
        names = names_of(result, frame)
        types = frame.session.database.types
        for number in range(result.ntuples):
            row = decode_rows(result, types, number, number + 1)[0]
            frame.slots[slot] = dict(zip(names, row, strict=True))
            if not _once(frame, body, labels):
                return

    return run


def store_bind(index: int) -> Callable[[Frame, Any], None]:
    """Assign to a placeholder, in the type that the client declared for it."""

    def store(frame: Frame, value: Any) -> None:
        declared = frame.bind_types[index] if index < len(frame.bind_types) else None
        if declared is None or value is None:
            frame.binds[index] = value if value != "" else None
            return
        kind = PlType(declared.type, size=declared.size, in_bytes=True)
        frame.binds[index] = fit(value, kind, frame.convert)

    return store
