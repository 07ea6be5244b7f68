"""What the catalogue keeps of a compilation, and how it is written: in one transaction."""

# ruff: noqa: S608 - SQL is composed from constants; values are bound

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.engine_link import Command, Prepare, Run
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.scope import Overloads, Subprogram, Variable
from airflow_oracle_dag.sandbox.plsql.shapes import CollectionType, CursorType, Shape, Sort
from airflow_oracle_dag.sandbox.plsql.units import AnyUnit, Routine, Text

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_schema import SchemaView
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.plsql.sql import StaticSql, Verify

_NOW = "date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')"
_SAVE = f"""
INSERT INTO oracle.code (owner, name, kind, object_id, stamp, status, signature, source,
                         created, altered, compiled)
VALUES ($1, $2, $3, nextval('oracle.code_ids'), nextval('oracle.code_ids'), $4, $5, $6,
        {_NOW}, {_NOW}, {_NOW})
ON CONFLICT (owner, name, kind) DO UPDATE
   SET stamp = excluded.stamp, status = excluded.status, signature = excluded.signature,
       source = excluded.source, altered = excluded.altered, compiled = excluded.compiled
"""
_WHERE = "(SELECT object_id FROM oracle.code WHERE owner = $1 AND name = $2 AND kind = $3)"
_FORGET = [
    f"DELETE FROM oracle.{table} WHERE object_id = {_WHERE}"
    for table in ("code_errors", "code_references", "code_members")
]
_ERROR = f"INSERT INTO oracle.code_errors VALUES ({_WHERE}, $4::int, $5::int, $6::int, $7)"
# A name that is not in the schema is one of the dictionary's.
_REFERENCE = f"""
INSERT INTO oracle.code_references (object_id, kind, owner, name, shape)
SELECT {_WHERE}, coalesce(o.kind, CASE WHEN d.relkind = 'v' THEN 'VIEW' ELSE $4 END),
       CASE WHEN o.kind IS NULL AND d.relname IS NOT NULL THEN 'SYS' ELSE $5 END, $6,
       oracle.shape_of($5, $6)
  FROM (SELECT) AS one
  LEFT JOIN oracle.objects o ON o.owner = $5 AND o.name = $6 AND $4 = 'TABLE'
       AND o.kind IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW')
  LEFT JOIN pg_class d ON d.relname = $6 AND d.relnamespace = 'oracle'::regnamespace
       AND $4 = 'TABLE'
ON CONFLICT DO NOTHING
"""
_MEMBER = (
    f"INSERT INTO oracle.code_members VALUES ({_WHERE}, $4::int, $5::int, $6, $7, $8, $9, $10, $11)"
)
_USERS = "SELECT oracle.invalidate_users($1, $2, $3)"
_SAME = f"SELECT 1 FROM {_WHERE} o JOIN oracle.code USING (object_id) WHERE signature = $4"
_CHANGED = f"{_USERS} WHERE NOT EXISTS ({_SAME})"
_DROP = "DELETE FROM oracle.code WHERE owner = $1 AND name = $2 AND kind LIKE $3"
_RELATION = (
    "SELECT 1 FROM oracle.objects WHERE owner = $1 AND name = $2 AND kind <> 'INDEX'"
    " UNION ALL SELECT 1 FROM oracle.synonyms WHERE owner = $1 AND name = $2"
)
Member = tuple[str, str, str | None, str, str | None, str | None, str | None, str]


def signature(text: Text) -> str:
    """Return what callers depend on: a header, a specification, nothing of a body."""
    if text.kind == "PACKAGE BODY":
        return ""
    words: list[str] = []
    for token in tokenize(text.source):
        if token.kind is Kind.WORD and token.value in ("IS", "AS") and text.kind != "PACKAGE":
            break
        words.append(token.value)
    return " ".join(words)


@dataclass
class Compilation:
    """Be the outcome of a compilation.

    :param references: kind, owner and name of what the source names.
    :param errors: line, position and text of what is wrong.
    :param members: number, place, overload, name, argument, type, mode, default of each parameter.
    """

    signature: str
    references: set[tuple[str, str, str]]
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)

    def add(self, error: CompileError, *, sql: bool = False) -> None:
        """Note an error, and that its statement is ignored, as USER_ERRORS has it."""
        self.errors.append((error.line, error.column, error.detail))
        if "PLS-00103" not in error.detail:
            ignored = "PL/SQL: SQL Statement ignored" if sql else "PL/SQL: Statement ignored"
            self.errors.append((error.line, error.column, ignored))

    def verify(self, statements: Iterable[StaticSql], view: SchemaView, ask: Verify) -> None:
        """Let PostgreSQL parse each SQL statement of a unit, and note what is wrong with it."""
        for statement in statements:
            try:
                statement.verify(view, ask)
            except CompileError as error:
                self.add(error, sql=True)

    def describe(self, unit: AnyUnit, kind: str) -> None:
        """Note the subprograms and their parameters."""
        listed: list[tuple[Subprogram, str | None]] = []
        if isinstance(unit, Routine):
            listed = [(unit.target, None)] if unit.target is not None else []
        elif kind == "PACKAGE" and unit.scope is not None:
            for item in unit.scope.items.values():
                if isinstance(item, Subprogram):
                    listed.append((item, None))
                elif isinstance(item, Overloads):
                    listed += [(s, str(n)) for n, s in enumerate(item.listed, 1)]
        for number, (target, overload) in enumerate(listed, 1):
            self._member(number, target, overload)

    def _member(self, number: int, target: Subprogram, overload: str | None) -> None:
        head = (str(number), overload, target.name)

        def row(
            place: int, name: str | None, variable: Variable | None, mode: str | None
        ) -> Member:
            kind = None
            if variable is not None:
                kind = _shape_name(variable.shape)
                kind = variable.type.kind.value if variable.type is not None else kind
            return (head[0], str(place), head[1], head[2], name, kind, mode, "N")

        self.members.append(row(-1, None, None, None))
        if target.result is not None:
            self.members.append(row(0, None, target.result, "OUT"))
        for place, parameter in enumerate(target.parameters, 1):
            mode = {32: "IN", 16: "OUT"}.get(parameter.mode.value, "IN/OUT")
            made = row(place, parameter.variable.name, parameter.variable, mode)
            self.members.append((*made[:-1], "Y" if parameter.default is not None else "N"))


def _shape_name(shape: Shape | None) -> str | None:
    """Name a type as ALL_ARGUMENTS does (Database Reference)."""
    if isinstance(shape, CollectionType):
        return {Sort.NESTED: "TABLE", Sort.VARRAY: "VARRAY"}.get(shape.sort, "PL/SQL TABLE")
    if isinstance(shape, CursorType):
        return "REF CURSOR"
    return "PL/SQL RECORD" if shape is not None else None


class Store:
    """Write the catalogue on a session's own connection."""

    def __init__(self, session: EngineSession) -> None:
        self._transaction = session.transaction
        self._library = session.database.code

    def _run(self, statements: Sequence[tuple[str, Sequence[str | None]]]) -> None:
        """Run statements in one transaction, each prepared once."""
        commands: list[Command] = []
        for sql, group in itertools.groupby(statements, key=lambda pair: pair[0]):
            first = True
            for _, values in group:
                if first:
                    commands.append(Prepare(b"", sql.encode(), (TEXT,) * len(values)))
                    first = False
                encoded = [None if v is None else v.encode() for v in values]
                commands.append(Run(b"", encoded))
        self._transaction.run(commands, changes=True)
        self._transaction.commit()

    def relation(self, owner: str, name: str) -> bool:
        """Tell whether a table, view, sequence or synonym has a name."""
        values = (owner.encode(), name.encode())
        commands: list[Command] = [Prepare(b"", _RELATION.encode(), (TEXT, TEXT)), Run(b"", values)]
        return self._transaction.run(commands, changes=False)[1].ntuples > 0

    def save(self, owner: str, name: str, kind: str, source: str, made: Compilation) -> None:
        """Store a source and what its compilation found; those who use it become invalid."""
        key = (owner, name, kind)
        status = "INVALID" if made.errors else "VALID"
        statements: list[tuple[str, Sequence[str | None]]] = [
            (_CHANGED, (*key, made.signature)),
            (_SAVE, (*key, status, made.signature, source)),
        ]
        statements += [(sql, key) for sql in _FORGET]
        statements += [
            (_ERROR, (*key, str(n), str(line), str(column), text))
            for n, (line, column, text) in enumerate(made.errors, 1)
        ]
        statements += [(_REFERENCE, (*key, *reference)) for reference in sorted(made.references)]
        statements += [(_MEMBER, (*key, *member)) for member in made.members]
        self._run(statements)

    def drop(self, owner: str, name: str, kind: str) -> None:
        """Take a unit out; a package goes with its body."""
        pattern = "PACKAGE%" if kind == "PACKAGE" else kind
        self._run([(_USERS, (owner, name, kind)), (_DROP, (owner, name, pattern))])
