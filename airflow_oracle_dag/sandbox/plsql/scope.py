"""Names of a block while it is compiled: variables, cursors, exceptions, subprograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from airflow_oracle_dag.sandbox.plsql.errors import UserException
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.shapes import (
    CollectionType,
    CursorType,
    RecordType,
    Shape,
    Typed,
)
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


@dataclass
class Variable:
    """Be a variable.

    :param slot: its place in the frame.
    :param type: of a scalar whose type is known.
    :param shape: of a record, a collection or a cursor variable.
    :param home: the package whose state holds it, None for the running frame itself.
    """

    name: str
    slot: int
    type: PlType | None = None
    shape: Shape | None = None
    constant: bool = False
    not_null: bool = False
    home: Home | None = None

    @property
    def record(self) -> bool:
        """Tell whether it is a record."""
        return isinstance(self.shape, RecordType)

    @property
    def fields(self) -> dict[str, Typed] | None:
        """A record's fields where they are known."""
        return self.shape.fields if isinstance(self.shape, RecordType) else None

    @property
    def typed(self) -> Typed:
        """What an assignment must fit."""
        return Typed(self.type, self.shape, self.not_null)

    def slots(self, frame: Frame) -> list[Any]:
        """Return the slots that hold its value."""
        return frame.slots if self.home is None else self.home.state(frame.session).slots


class Home(Protocol):
    """A stored unit: where its code runs, where its state is."""

    def state(self, session: EngineSession) -> Frame:
        """Return the frame that keeps a package's variables for a session."""

    def enter(self, frame: Frame) -> Frame:
        """Begin a call from a frame and return the frame that it runs in."""

    def leave(self, callee: Frame, caller: Frame) -> None:
        """End a call."""


@dataclass
class Parameter:
    """Be a parameter of a subprogram or a cursor."""

    variable: Variable
    mode: Direction = Direction.IN
    default: Expression | None = None


@dataclass
class Subprogram:
    """Be a local procedure or function; `body` is set when it has been compiled."""

    name: str
    parameters: list[Parameter]
    result: Variable | None = None  # only its type counts
    function: bool = False
    body: Callable[[Frame], None] | None = None
    first_slot: int = 0
    last_slot: int = 0

    @property
    def returns(self) -> Typed:
        """The type of a function's value."""
        return self.result.typed if self.result is not None else Typed()


@dataclass
class Overloads:
    """Be several subprograms of one name."""

    name: str
    listed: list[Subprogram]


@dataclass
class CursorDef:
    """Be a declared cursor; its state lives in the frame's slot.

    :param query: a StaticSql; None until a package's body defines it.
    :param row: what RETURN declares.
    :param updates: its rows are locked, so that WHERE CURRENT OF may name it.
    """

    name: str
    slot: int
    parameters: list[Parameter] = field(default_factory=list)
    query: Any = None
    row: RecordType | None = None
    updates: bool = False
    home: Home | None = None
    origin: CursorDef | None = None  # of a package's: as the package has it

    @property
    def definition(self) -> CursorDef:
        """The cursor with the query that a package's body may have given it since."""
        return self.origin or self

    def frame(self, running: Frame) -> Frame:
        """Return the frame that keeps its state."""
        return running if self.home is None else self.home.state(running.session)


@dataclass(frozen=True)
class CursorHandle:
    """Be a cursor variable that is handed to a SYS package."""

    variable: Variable

    def take(self, frame: Frame) -> Any:
        """Return the open cursor and leave the variable without one.

        :raises OracleError: ORA-01001 when it has none.
        """
        held = self.variable.slots(frame)[self.variable.slot]
        if held is None or held.opened is None:
            raise OracleError(1001, "invalid cursor")
        opened, held.opened = held.opened, None
        return opened


@dataclass
class Subtype:
    """Be a SUBTYPE."""

    typed: Typed


Item = (
    Variable
    | Subprogram
    | Overloads
    | CursorDef
    | UserException
    | RecordType
    | CollectionType
    | CursorType
    | Subtype
)


@dataclass(frozen=True)
class Found:
    """Be what a dotted name means outside the text.

    :param used: how many of its parts name the item; the rest are fields.
    """

    item: Item
    home: Home | None
    used: int


class NameProblem(Exception):
    """Say why a name that is known cannot be used.

    :param detail: such as ``PLS-00905: …``.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Names(Protocol):
    """What a schema knows: the procedures, functions and packages that code may call."""

    own: tuple[str, str] | None  # owner and name of the unit that is compiled

    def find(self, parts: Sequence[str]) -> Found | None:
        """Look a dotted name up.

        :raises NameProblem: PLS-00905 for a unit that does not compile.
        """

    def refer(self, kind: str, owner: str | None, name: str) -> None:
        """Note what the compiled text depends on."""

    def columns(self, owner: str | None, table: str) -> dict[str, str] | None:
        """Return the columns of a table or view with their types; None when there is none."""


@dataclass
class Scope:
    """Be one level of declarations."""

    parent: Scope | None = None
    items: dict[str, Item] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    routine: bool = False  # the declare section of a subprogram or of a top-level block
    autonomous: bool = False

    def find(self, name: str) -> Item | None:
        """Look a name up from here outwards."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.items.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def labelled(self, label: str, name: str) -> Item | None:
        """Look up ``label.name``: what a block, a loop or a subprogram around declares."""
        scope: Scope | None = self
        while scope is not None:
            if label in scope.labels and name in scope.items:
                return scope.items[name]
            scope = scope.parent
        return None

    def variable(self, record: str | None, name: str) -> Variable | None:
        """Look up what a SQL statement may use as a value: ``name`` or ``record.name``."""
        found = self.find(record or name)
        if record is not None and not isinstance(found, Variable):
            inner = self.labelled(record, name)
            return inner if isinstance(inner, Variable) and inner.shape is None else None
        if not isinstance(found, Variable):
            return None
        if record is None:
            return None if found.shape is not None else found
        if not found.record or (found.fields is not None and name not in found.fields):
            return None
        return found
