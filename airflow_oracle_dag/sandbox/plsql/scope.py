"""Names of a block while it is compiled: variables, cursors, exceptions, subprograms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from airflow_oracle_dag.sandbox.plsql.errors import UserException
from airflow_oracle_dag.sandbox.plsql.frame import Expression, Frame
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import Direction, OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession


@dataclass(frozen=True)
class CollectionType:
    """Be a TYPE … IS TABLE OF … INDEX BY.

    :param fields: of an element that is a record; empty when its columns are known at run time.
    :param by_text: indexed by VARCHAR2, not by an integer.
    """

    element: PlType | None
    fields: dict[str, PlType | None] | None = None
    by_text: bool = False


@dataclass
class Variable:
    """Be a variable.

    :param slot: its place in the frame.
    :param fields: types of a record's fields, None for a scalar or a row whose columns are only
        known at run time.
    :param home: the package whose state holds it, None for the running frame itself.
    """

    name: str
    slot: int
    type: PlType | None = None
    record: bool = False
    fields: dict[str, PlType | None] | None = None
    constant: bool = False
    not_null: bool = False
    home: Home | None = None
    collection: CollectionType | None = None

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
    def returns(self) -> PlType | None:
        """The type of a function's value where it is a known scalar."""
        return self.result.type if self.result is not None else None


@dataclass
class Overloads:
    """Be several subprograms of one name."""

    name: str
    listed: list[Subprogram]


@dataclass
class CursorDef:
    """Be a declared cursor; its state lives in the frame's slot."""

    name: str
    slot: int
    parameters: list[Parameter] = field(default_factory=list)
    query: Any = None  # a StaticSql; None for a SYS_REFCURSOR variable


@dataclass(frozen=True)
class CursorHandle:
    """Be a cursor variable that is handed to a SYS package."""

    slot: int

    def take(self, frame: Frame) -> Any:
        """Return the open cursor and leave the variable without one.

        :raises OracleError: ORA-01001 when it has none.
        """
        opened = frame.slots[self.slot]
        if opened is None:
            raise OracleError(1001, "invalid cursor")
        frame.slots[self.slot] = None
        return opened


@dataclass
class RecordType:
    """Be a TYPE … IS RECORD."""

    fields: dict[str, PlType | None]


Item = Variable | Subprogram | Overloads | CursorDef | UserException | RecordType | CollectionType


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

    def variable(self, record: str | None, name: str) -> Variable | None:
        """Look up what a SQL statement may use as a value: ``name`` or ``record.name``."""
        found = self.find(record or name)
        if not isinstance(found, Variable) or found.collection is not None:
            return None
        if record is None:
            return None if found.record else found
        if not found.record or (found.fields is not None and name not in found.fields):
            return None
        return found
