"""Calls of local subprograms and of the SYS packages."""

# ruff: noqa: S101 - asserts tell the type checker what the parser has ensured

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.packages import MEMBERS
from airflow_oracle_dag.sandbox.plsql.scope import Subprogram
from airflow_oracle_dag.sandbox.plsql.types import fit
from airflow_oracle_dag.sandbox.session import Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser

Store = Callable[[Frame, Any], None]


@dataclass(frozen=True)
class Argument:
    """Be an actual argument: its value, and where it stands, should it be assigned to."""

    value: Expression
    name: str
    start: int
    end: int


def _wrong(parser: Any, name: str, offset: int) -> CompileError:
    return CompileError(
        parser.text, offset, f"PLS-00306: wrong number or types of arguments in call to '{name}'"
    )


def _place(
    parser: Any, arguments: list[Argument], names: list[str], called: str, offset: int
) -> list[Argument | None]:
    placed: list[Argument | None] = [None] * len(names)
    for index, argument in enumerate(arguments):
        if argument.name not in ("", *names) or index >= len(names):
            raise _wrong(parser, called, offset)
        placed[names.index(argument.name) if argument.name else index] = argument
    return placed


def _renamed(argument: Argument, member: Member) -> Argument:
    return replace(argument, name=member.aliases.get(argument.name, argument.name))


def call_member(parser: PlsqlParser | Any, name: str, offset: int) -> Expression:
    """Compile a call of a package member."""
    member = MEMBERS[name]
    parser.packages.setdefault(name.partition(".")[0], offset)
    arguments = [_renamed(argument, member) for argument in parser.arguments()]
    if len(arguments) > len(member.parameters) and not name.startswith("DBMS_STATS"):
        raise _wrong(parser, name.rsplit(".", maxsplit=1)[-1], offset)
    if name.startswith("DBMS_STATS"):
        placed: list[Argument | None] = []
    else:
        called = name.rsplit(".", maxsplit=1)[-1]
        placed = _place(parser, arguments, list(member.parameters), called, offset)
    if sum(a is not None for a in placed[: member.required]) < member.required:
        raise _wrong(parser, name.rsplit(".", maxsplit=1)[-1], offset)
    while placed and placed[-1] is None:
        placed.pop()
    stores = [
        parser.store_at(placed[i]) for i in member.out if i < len(placed) and placed[i] is not None
    ]
    values = [None if a is None else a.value.run for a in placed]
    call = member.run

    def run(frame: Frame) -> Any:
        frame.session.check()
        found = call(frame, *[None if v is None else v(frame) for v in values])
        if stores:
            for store, value in zip(stores, found, strict=True):
                store(frame, value)
            return None
        return found

    return Expression(run, member.returns)


def call_subprogram(parser: PlsqlParser | Any, target: Subprogram) -> Expression:
    """Compile a call of a local procedure or function."""
    offset = parser.token.start
    arguments = parser.arguments()
    names = [p.variable.name for p in target.parameters]
    placed = _place(parser, arguments, names, target.name, offset)
    stores: list[tuple[int, Store]] = []
    values: list[Callable[[Frame], Any] | None] = []
    for parameter, argument in zip(target.parameters, placed, strict=True):
        if argument is None:
            if parameter.default is None:
                raise _wrong(parser, target.name, offset)
            values.append(parameter.default.run)
            continue
        if parameter.mode is not Direction.IN:
            stores.append((parameter.variable.slot, parser.store_at(argument)))
        values.append(None if parameter.mode is Direction.OUT else argument.value.run)

    def run(frame: Frame) -> Any:
        actual = [None if v is None else v(frame) for v in values]
        first, last = target.first_slot, target.last_slot
        saved = frame.slots[first:last]
        try:
            for parameter, value in zip(target.parameters, actual, strict=True):
                frame.slots[parameter.variable.slot] = fit(
                    value, parameter.variable.type, frame.convert
                )
            frame.returned = None
            assert target.body is not None
            target.body(frame)
            outputs = [frame.slots[slot] for slot, _ in stores]
        finally:
            frame.slots[first:last] = saved
        for (_, store), value in zip(stores, outputs, strict=True):
            store(frame, value)
        if target.function and not isinstance(frame.returned, tuple):
            raise OracleError(6503, "PL/SQL: Function returned without value")
        return fit(frame.returned[0], target.returns, frame.convert) if target.function else None

    return Expression(run, target.returns)
