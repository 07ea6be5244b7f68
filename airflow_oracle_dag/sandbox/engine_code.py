"""The stored PL/SQL of a database: its catalogue, and the compiled units that sessions share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_code_fire import Listed
from airflow_oracle_dag.sandbox.engine_errors import oracle_error
from airflow_oracle_dag.sandbox.engine_link import Prepare, Run, ServerError, Simple
from airflow_oracle_dag.sandbox.engine_schema import SchemaView
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.parser import PlsqlParser
from airflow_oracle_dag.sandbox.plsql.scope import Found, NameProblem
from airflow_oracle_dag.sandbox.plsql.sql import Verify
from airflow_oracle_dag.sandbox.plsql.triggers import Trigger
from airflow_oracle_dag.sandbox.plsql.units import AnyUnit, Package, Routine, Text, Unit
from airflow_oracle_dag.sandbox.session import BindType, OracleError

if TYPE_CHECKING:
    from threading import RLock as Lock

    from airflow_oracle_dag.sandbox.engine import EngineDatabase
    from airflow_oracle_dag.sandbox.engine_standing import StandingLink

_LIST = "SELECT owner, name, kind, object_id, stamp, status FROM oracle.code"
_SOURCE = b"SELECT source FROM oracle.code WHERE object_id = $1::bigint"
_VALIDATE = b"""
UPDATE oracle.code SET status = 'VALID', stamp = nextval('oracle.code_ids'),
       compiled = date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')
 WHERE object_id = $1::bigint AND stamp = $2::bigint RETURNING stamp
"""
_TRIGGERS = """
SELECT c.owner, c.name, n.nspname, r.relname, t.relation, t.timing, t.by_row, t.events, t.columns,
       t.follows
  FROM oracle.triggers t JOIN oracle.code c USING (object_id) JOIN pg_class r ON r.oid = t.relation
  JOIN pg_namespace n ON n.oid = r.relnamespace WHERE t.enabled ORDER BY c.object_id
"""
_GENERATED = b"""
SELECT attname FROM pg_attribute
 WHERE attrelid = format('%I.%I', $1, $2)::regclass AND attnum > 0 AND attgenerated <> ''
"""
_WRONG = ("42601", "42701", "42702", "42703", "42803", "42P01")  # whatever its binds may be
_Key = tuple[str, str]


@dataclass
class Entry:
    """Be one row of the catalogue."""

    kind: str
    object_id: str
    stamp: int
    status: str


class CodeLibrary:
    """Find stored units by name.

    :param compiler: a connection on which nothing but the compiler runs.
    :param lock: the database's own; compiling asks the dictionary, which takes it, too.
    """

    def __init__(
        self, database: EngineDatabase, admin: StandingLink, compiler: StandingLink, lock: Lock
    ) -> None:
        self._database = database
        self._admin = admin
        self._compiler = compiler
        self._lock = lock
        self._entries: dict[_Key, dict[str, Entry]] = {}
        self._units: dict[_Key, AnyUnit | None] = {}
        self._draft: tuple[_Key, AnyUnit] | None = None  # what a CREATE is compiling
        self.triggers: dict[_Key, list[Listed]] = {}  # those that are enabled, by table
        self._fired: dict[_Key, Trigger] = {}
        self._generated: dict[_Key, frozenset[str]] = {}
        folder = resources.files("airflow_oracle_dag.sandbox.engine_sql")
        for script in ("stored_code.sql", "triggers.sql", "column_calls.sql"):
            admin.script(folder.joinpath(script).read_text(encoding="utf-8"))
        admin.send(
            [
                Prepare(b"source", _SOURCE, (TEXT,)),
                Prepare(b"validate", _VALIDATE, (TEXT, TEXT)),
                Prepare(b"generated", _GENERATED, (TEXT, TEXT)),
            ]
        )

    @property
    def empty(self) -> bool:
        """Tell whether there is no stored code at all."""
        return not self._entries

    def reload(self) -> None:
        """Read the catalogue; after every DDL."""
        result = self._admin.send_text(_LIST)
        entries: dict[_Key, dict[str, Entry]] = {}
        for row in range(result.ntuples):
            owner, name, kind, number, stamp, status = (
                (result.get_value(row, column) or b"").decode() for column in range(6)
            )
            listed = entries.setdefault((owner, name), {})
            listed[kind] = Entry(kind, number, int(stamp), status)
        some = any("TRIGGER" in listed for listed in entries.values())
        triggers = self._read_triggers() if some else {}
        with self._lock:
            self._entries = entries
            self._units = {}
            self._fired = {}
            self._generated = {}
            self.triggers = triggers

    def _read_triggers(self) -> dict[_Key, list[Listed]]:
        result = self._admin.send_text(_TRIGGERS)
        found: dict[_Key, list[Listed]] = {}
        for row in range(result.ntuples):
            text = [(result.get_value(row, column) or b"").decode() for column in range(10)]
            sets = [frozenset(part.split()) for part in text[7:]]
            listed = found.setdefault((text[2], text[3]), [])
            made = Listed(text[0], text[1], text[4], text[5], text[6] == "t", *sets)
            before = [n for n, other in enumerate(listed) if made.name in other.follows]
            listed.insert(min(before, default=len(listed)), made)
        return found

    def entries(self, owner: str, name: str) -> dict[str, Entry]:
        """Return what is stored under a name, by kind; triggers have names of their own."""
        found = self._entries.get((owner, name), {})
        return {kind: entry for kind, entry in found.items() if kind != "TRIGGER"}

    def trigger_entry(self, owner: str, name: str) -> Entry | None:
        """Return the trigger of a name."""
        return self._entries.get((owner, name), {}).get("TRIGGER")

    def trigger(self, owner: str, name: str) -> Trigger:
        """Return a trigger that is about to fire."""
        key = (owner, name)
        with self._lock:
            if key not in self._fired:
                entry = self._entries[key]["TRIGGER"]
                self._fired[key] = Trigger(owner, name, self._ready, text=self.text(entry))
            return self._fired[key]

    def generated(self, owner: str, name: str) -> frozenset[str]:
        """Return the columns of a table that nobody may give values to."""
        key = (owner, name)
        with self._lock:
            if key not in self._generated:
                result = self._admin.send([Run(b"generated", (owner.encode(), name.encode()))])[0]
                rows = range(result.ntuples)
                names = ((result.get_value(row, 0) or b"").decode() for row in rows)
                self._generated[key] = frozenset(names)
            return self._generated[key]

    def names(self, view: SchemaView) -> SchemaNames:
        """Return what a block may name."""
        return SchemaNames(self, view)

    def text(self, entry: Entry) -> Text:
        """Read a source."""
        with self._lock:
            result = self._admin.send([Run(b"source", (entry.object_id.encode(),))])[0]
        source = (result.get_value(0, 0) or b"").decode() if result.ntuples else ""
        return Text(entry.kind, source, entry.stamp, entry.status == "INVALID")

    def unit(self, owner: str, name: str) -> AnyUnit | None:
        """Return a unit, None when there is none of that name."""
        key = (owner, name)
        with self._lock:
            if self._draft is not None and self._draft[0] == key:
                return self._draft[1]
            if key not in self._units:
                self._units[key] = self._make(owner, name)
            return self._units[key]

    def _make(self, owner: str, name: str) -> AnyUnit | None:
        entries = self.entries(owner, name)
        texts = {kind: self.text(entry) for kind, entry in entries.items()}
        if "PACKAGE" in texts:
            body = texts.get("PACKAGE BODY")
            return Package(owner, name, self._ready, text=texts["PACKAGE"], body=body)
        for text in texts.values():
            if text.kind != "PACKAGE BODY":
                return Routine(owner, name, self._ready, text=text)
        return None

    # -- compiling ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def drafting(self, unit: AnyUnit) -> Iterator[None]:
        """Let names mean a unit that is not stored yet."""
        with self._lock:
            self._draft = ((unit.owner, unit.name), unit)
            try:
                yield
            finally:
                self._draft = None

    def _ready(self, unit: Unit) -> None:
        """Compile before code runs.

        :raises OracleError: ORA-04063.
        """
        if not unit.defined or unit.problem is not None:
            error = self.define(unit)
            if error is not None:
                raise _has_errors(unit) from error

    def define(self, unit: Unit) -> OracleError | None:
        """Compile all of a unit once; return what is wrong with it."""
        assert isinstance(unit, (Routine, Package, Trigger))  # noqa: S101 - there are no others
        with self._lock:
            if not unit.defined:
                unit.defined = True  # it may name itself, or one that names it
                unit.problem = self._define(unit)
            return unit.problem

    def _define(self, unit: AnyUnit | Trigger) -> OracleError | None:
        view = SchemaView(self._database, unit.owner, unit.owner, roles=False)
        names = SchemaNames(self, view, (unit.owner, unit.name))
        try:
            if isinstance(unit, (Routine, Trigger)):
                parsers, texts = [unit.define(names, view)], [unit.text]
            else:
                unit.declare(names, view)
                parsers, texts = [unit.parser] if unit.parser else [], [unit.text]
                if unit.body is not None:
                    parsers.append(unit.define_body(names, view))
                    texts.append(unit.body)
            if any(text.invalid for text in texts):
                self._revalidate(view, unit, parsers, texts)
        except CompileError as error:
            return error
        except OracleError as error:
            if not isinstance(unit, Trigger) or error.code == 3001:
                raise
            return error
        return None

    def _revalidate(
        self,
        view: SchemaView,
        unit: AnyUnit | Trigger,
        parsers: list[PlsqlParser],
        texts: list[Text],
    ) -> None:
        for parser in parsers:
            for statement in parser.sql_statements:
                statement.verify(view, self.verifier(view))
        for text in texts:
            entry = self._entries.get((unit.owner, unit.name), {}).get(text.kind)
            if entry is None or not text.invalid:
                continue
            values = (entry.object_id.encode(), str(entry.stamp).encode())
            result = self._admin.send([Run(b"validate", values)])[0]
            if result.ntuples:
                entry.stamp = text.stamp = int(result.get_value(0, 0) or 0)
            entry.status, text.invalid = "VALID", False

    def verifier(self, view: SchemaView) -> Verify:
        """Return what lets PostgreSQL parse a statement as seen from a schema.

        A statement that names a synonym is not looked at.
        """
        quoted = view.schema.replace('"', '""')
        synonyms, types = self._database.synonyms, self._database.types

        def ask(translation: Translation, kinds: Sequence[BindType | None]) -> None:
            places = [(owner or view.schema, name) for owner, name in translation.tables]
            if any(p in synonyms or ("PUBLIC", p[1]) in synonyms for p in places):
                return
            oids = [types.oid_of(None, kind) for kind in kinds]
            with self._lock:
                try:
                    self._compiler.send(
                        [
                            Simple(f'SET search_path = "{quoted}", oracle'.encode()),
                            Prepare(b"", translation.sql.encode(), oids),
                        ]
                    )
                except ServerError as error:
                    if error.sqlstate in _WRONG:
                        raise oracle_error(error) from error

        return ask


def _has_errors(unit: Unit) -> OracleError:
    if isinstance(unit, Trigger):
        text = f"trigger '{unit.owner}.{unit.name}' is invalid and failed re-validation"
        return OracleError(4098, text)
    body = isinstance(unit, Package) and unit.body is not None
    kind = "package body" if body else unit_kind(unit).lower()
    place = f'"{unit.owner}.{unit.name}"'
    return OracleError(
        4063,
        f"{kind} {place} has errors\n"
        f"ORA-06508: PL/SQL: could not find program unit being called: {place}",
    )


def unit_kind(unit: Unit) -> str:
    """Return PROCEDURE, FUNCTION or PACKAGE."""
    return unit.text.kind if isinstance(unit, (Routine, Package)) else ""


class SchemaNames:
    """Look names up as code of one schema does.

    :param view: of the owner of stored code, of the current schema for a block.
    """

    def __init__(
        self, library: CodeLibrary, view: SchemaView, own: tuple[str, str] | None = None
    ) -> None:
        self._library = library
        self._view = view
        self._schema = view.schema
        self.own = own
        self.references: set[tuple[str, str, str]] = {("PACKAGE", "SYS", "STANDARD")}

    def refer(self, kind: str, owner: str | None, name: str) -> None:
        """Note what the compiled text depends on."""
        synonyms = self._view.database.synonyms
        place = (owner or self._schema, name)
        for written in (place, ("PUBLIC", name)) if owner is None else (place,):
            if kind == "TABLE" and written in synonyms:
                self.references.add(("SYNONYM", *written))
                place = synonyms[written]
                break
        self.references.add((kind, *place))

    def columns(self, owner: str | None, table: str) -> dict[str, str] | None:
        """Return the columns of a table or view with their types; None when there is none."""
        self.refer("TABLE", owner, table)
        return self._view.database.columns_of(owner or self._schema, table)

    def find(self, parts: Sequence[str]) -> Found | None:
        """Look a dotted name up: in the schema, behind synonyms, in the schema it names."""
        for (owner, name), used in self._places(parts):
            unit = self._library.unit(owner, name)
            if unit is not None:
                self._refer_to_synonym(parts, (owner, name))
                return self._found(unit, parts, used)
        return None

    def _refer_to_synonym(self, parts: Sequence[str], target: _Key) -> None:
        """Note the synonym by which a unit was found."""
        synonyms = self._view.database.synonyms
        for place in ((self._schema, parts[0]), ("PUBLIC", parts[0]), tuple(parts[:2])):
            if len(place) > 1 and synonyms.get((place[0], place[1])) == target:
                self.references.add(("SYNONYM", place[0], place[1]))
                return

    def _places(self, parts: Sequence[str]) -> list[tuple[_Key, int]]:
        synonyms = self._view.database.synonyms
        listed: list[tuple[_Key, int]] = [((self._schema, parts[0]), 1)]
        for owner in (self._schema, "PUBLIC"):
            target = synonyms.get((owner, parts[0]))
            if target is not None:
                listed.append((target, 1))
        if len(parts) > 1:
            place = (parts[0], parts[1])
            listed.append((synonyms.get(place, place), 2))
        return listed

    def _found(self, unit: AnyUnit, parts: Sequence[str], used: int) -> Found | None:
        own = (unit.owner, unit.name) == self.own
        if not own:
            self.references.add((unit_kind(unit), unit.owner, unit.name))
        try:
            return self._item(unit, parts, used)
        except CompileError as error:
            raise NameProblem(f"PLS-00905: object {unit.owner}.{unit.name} is invalid") from error

    def _item(self, unit: AnyUnit, parts: Sequence[str], used: int) -> Found | None:
        view = SchemaView(self._view.database, unit.owner, unit.owner, roles=False)
        names = SchemaNames(self._library, view, (unit.owner, unit.name))
        if isinstance(unit, Routine):
            target = unit.declare(names, view)
            if unit.text.invalid:
                self._compiles(unit)
            return Found(target, unit, used)
        scope = unit.declare(names, view)
        if unit.text.invalid:
            self._compiles(unit)
        if len(parts) <= used:
            return None
        item = scope.items.get(parts[used])
        if item is None:
            raise NameProblem(f"PLS-00302: component '{parts[used]}' must be declared")
        return Found(item, unit, used + 1)

    def _compiles(self, unit: AnyUnit) -> None:
        error = self._library.define(unit)
        if error is not None:
            raise error
