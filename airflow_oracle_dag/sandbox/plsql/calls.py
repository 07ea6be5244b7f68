"""Calls of local subprograms and of the SYS packages."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql.assigning import takes
from airflow_oracle_dag.sandbox.plsql.errors import CompileError, noted
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.packages import MEMBERS
from airflow_oracle_dag.sandbox.plsql.scope import Home, Overloads, Parameter, Subprogram
from airflow_oracle_dag.sandbox.plsql.shapes import (
    Collection,
    RecordType,
    Typed,
    initial,
    settle,
)
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import Direction, OracleError, OracleType

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
    if any(one.name and not two.name for one, two in itertools.pairwise(arguments)):
        detail = "PLS-00312: a positional parameter association may not follow a named association"
        raise CompileError(parser.text, offset, detail)
    for index, argument in enumerate(arguments):
        if argument.name not in ("", *names) or index >= len(names):
            raise _wrong(parser, called, offset)
        place = names.index(argument.name) if argument.name else index
        if placed[place] is not None:
            raise CompileError(
                parser.text,
                offset,
                f"PLS-00703: multiple instances of named argument in list of '{called}'",
            )
        placed[place] = argument
    return placed


def _renamed(argument: Argument, member: Member) -> Argument:
    return replace(argument, name=member.aliases.get(argument.name, argument.name))


def _default(member: Member, place: int) -> Callable[[Frame], Any]:
    """Return the default of a parameter that is left out in front of others."""
    parameters = list(inspect.signature(member.run).parameters.values())[1 + member.typed :]
    default = parameters[place].default if place < len(parameters) else None
    value = None if default is inspect.Parameter.empty else default
    return lambda _frame: value


def _no_lob(kind: PlType | None) -> bool:
    return kind is not None and kind.kind not in (OracleType.CLOB, OracleType.BLOB)


def call_member(parser: PlsqlParser | Any, name: str, offset: int) -> Expression:
    """Compile a call of a package member."""
    member = MEMBERS[name]
    parser.packages.setdefault(name.partition(".")[0], offset)
    parser.handles = member.cursors
    arguments = [_renamed(argument, member) for argument in parser.arguments()]
    parser.handles = False
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
        (nth, parser.store_at(placed[i]))
        for nth, i in enumerate(member.out)
        if i < len(placed) and placed[i] is not None
    ]
    values = [_default(member, i) if a is None else a.value.run for i, a in enumerate(placed)]
    types = [None if a is None else a.value.type for a in placed]
    if any(_no_lob(types[i]) for i in member.lobs):
        raise _wrong(parser, name.rsplit(".", maxsplit=1)[-1], offset)
    first: list[Any] = [types] if member.typed else []
    call = member.run

    def run(frame: Frame) -> Any:
        frame.session.check()
        found = call(frame, *first, *[value(frame) for value in values])
        for nth, store in stores:
            store(frame, found[nth])
        return None if stores else found

    return Expression(run, member.returns)


@dataclass(frozen=True)
class _Call:
    """Be a compiled call: where its arguments' values come from and where results go.

    :param values: one per parameter; None for an OUT parameter or one that keeps its default.
    :param defaults: places of the parameters that keep their default.
    :param stores: place of the parameter and what takes its value at the end.
    """

    target: Subprogram
    home: Home | None
    values: list[Callable[[Frame], Any] | None]
    defaults: frozenset[int]
    stores: list[tuple[int, Store]]

    def run(self, frame: Frame) -> Any:
        frame.session.check(self.target.name)
        actual = [None if v is None else v(frame) for v in self.values]
        home, target = self.home, self.target
        if home is None:
            outputs, returned = self._inside(frame, actual)
        else:
            callee = home.enter(frame)
            try:
                outputs, returned = self._inside(callee, actual)
            finally:
                home.leave(callee, frame)
        for (_, store), value in zip(self.stores, outputs, strict=True):
            store(frame, value)
        if not target.function:
            return None
        return settle(returned[0], target.returns, frame)

    def _inside(self, frame: Frame, actual: list[Any]) -> tuple[list[Any], Any]:
        target = self.target
        first, last = target.first_slot, target.last_slot
        slots, line = frame.slots, frame.line
        saved = slots[first:last]
        slots[first:last] = [None] * (last - first)
        frame.returned = None
        try:
            for place, (parameter, value) in enumerate(zip(target.parameters, actual, strict=True)):
                if place in self.defaults and parameter.default is not None:
                    value = parameter.default.run(frame)  # noqa: PLW2901 - the same argument
                slots[parameter.variable.slot] = _handed(parameter, value, frame)
            _body(target)(frame)
            _check_return(target, frame)
            outputs = [slots[target.parameters[place].variable.slot] for place, _ in self.stores]
        except OracleError as error:
            noted(error, frame.label, frame.line)
            raise
        finally:
            slots[first:last] = saved
            frame.line = line
        return outputs, frame.returned


def _body(target: Subprogram) -> Callable[[Frame], None]:
    """Return the body, unless a package's body declares it and does not define it."""
    if target.body is None:
        raise OracleError(6508, "PL/SQL: could not find program unit being called")
    return target.body


def _check_return(target: Subprogram, frame: Frame) -> None:
    if target.function and not isinstance(frame.returned, tuple):
        raise OracleError(6503, "PL/SQL: Function returned without value")


def _handed(parameter: Parameter, value: Any, frame: Frame) -> Any:
    """Return what a parameter begins with; IN passes a composite value as it is."""
    typed = parameter.variable.typed
    if parameter.mode is Direction.OUT and typed.shape is not None:
        return initial(typed, frame)
    if parameter.mode is Direction.IN and typed.shape is not None and value is not None:
        same = isinstance(value, Collection) or (isinstance(value, dict) and _alike(typed, value))
        return value if same else settle(value, typed, frame)
    return settle(value, typed, frame)


def _alike(typed: Typed, record: dict[str, Any]) -> bool:
    fields = typed.shape.fields if isinstance(typed.shape, RecordType) else None
    return fields is None or list(fields) == list(record)


def _fits(target: Subprogram, arguments: list[Argument]) -> bool:
    """Tell whether arguments can be those of a subprogram, as far as names and numbers go."""
    names = [p.variable.name for p in target.parameters]
    if len(arguments) > len(names):
        return False
    given = {a.name or names[i] for i, a in enumerate(arguments)}
    if len(given) < len(arguments) or not given <= set(names):
        return False
    return all(p.default is not None or p.variable.name in given for p in target.parameters)


def _takes_all(target: Subprogram, arguments: list[Argument]) -> bool:
    named = {p.variable.name: p.variable for p in target.parameters}
    return all(
        takes(named[a.name or target.parameters[place].variable.name].typed, a.value)
        for place, a in enumerate(arguments)
    )


_FAMILIES = {
    OracleType.CHAR: OracleType.VARCHAR2,
    OracleType.CLOB: OracleType.VARCHAR2,
    OracleType.BINARY_DOUBLE: OracleType.NUMBER,
    OracleType.BINARY_FLOAT: OracleType.NUMBER,
}


def _distance(target: Subprogram, arguments: list[Argument]) -> int | None:
    """Count the arguments whose type is of another family; None when one is not known."""
    named = {p.variable.name: p.variable for p in target.parameters}
    count = 0
    for place, argument in enumerate(arguments):
        wanted = named[argument.name or target.parameters[place].variable.name]
        actual = argument.value.type
        if wanted.shape is not None:
            continue
        if wanted.type is None or actual is None:
            return None
        kinds = [_FAMILIES.get(t.kind, t.kind) for t in (wanted.type, actual)]
        count += kinds[0] is not kinds[1]
    return count


def _chosen(
    parser: Any,
    several: Overloads,
    arguments: list[Argument],
    offset: int,
    *,
    function: bool | None,
) -> Subprogram:
    """Choose among overloaded subprograms (PL/SQL Language Reference, Overloaded Subprograms)."""
    right = [s for s in several.listed if function in (None, s.function)]
    if not right:
        detail = (
            f"PLS-00222: no function with name '{several.name}' exists in this scope"
            if function
            else f"PLS-00221: '{several.name}' is not a procedure or is undefined"
        )
        raise CompileError(parser.text, offset, detail)
    fitting = [s for s in right if _fits(s, arguments)]
    if len(fitting) > 1:
        fitting = [s for s in fitting if _takes_all(s, arguments)] or fitting
    if not fitting:
        raise _wrong(parser, several.name, offset)
    if len(fitting) == 1:
        return fitting[0]
    distances = [_distance(s, arguments) for s in fitting]
    known = [d for d in distances if d is not None]
    if len(known) < len(fitting):
        raise unimplemented(f"{several.name} is overloaded, and an argument's type is not declared")
    nearest = min(known)
    if known.count(nearest) > 1:
        raise CompileError(
            parser.text,
            offset,
            f"PLS-00307: too many declarations of '{several.name}' match this call",
        )
    return fitting[known.index(nearest)]


def call_subprogram(
    parser: PlsqlParser | Any,
    found: Subprogram | Overloads,
    home: Home | None,
    offset: int,
    *,
    function: bool | None = None,
) -> Expression:
    """Compile a call of a procedure or function.

    :param home: the stored unit that it belongs to, None for one of the same text.
    :param function: what the place wants; None for CALL, which takes both.
    """
    arguments = parser.arguments()
    several = found if isinstance(found, Overloads) else Overloads(found.name, [found])
    target = _chosen(parser, several, arguments, offset, function=function)
    names = [p.variable.name for p in target.parameters]
    placed = _place(parser, arguments, names, target.name, offset)
    stores: list[tuple[int, Store]] = []
    values: list[Callable[[Frame], Any] | None] = []
    for place, (parameter, argument) in enumerate(zip(target.parameters, placed, strict=True)):
        if argument is None:
            if parameter.default is None:
                raise _wrong(parser, target.name, offset)
            values.append(None)
            continue
        if not takes(parameter.variable.typed, argument.value):
            raise _wrong(parser, target.name, offset)
        if parameter.mode is not Direction.IN:
            stores.append((place, parser.store_at(argument)))
        values.append(None if parameter.mode is Direction.OUT else argument.value.run)
    defaults = frozenset(i for i, argument in enumerate(placed) if argument is None)
    result = target.returns
    run = _Call(target, home, values, defaults, stores).run
    return Expression(run, result.type, result.shape)
