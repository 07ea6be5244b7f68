"""Views that call stored functions: PostgreSQL asks for the values when a statement reads one.

The calls in such a view are numbered for the whole database: a hundred times the number of the
view, and the place in it. `column_calls` says how a statement gets the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.dialect.ddl_common import Plan, text
from airflow_oracle_dag.sandbox.dialect.translate import Translation
from airflow_oracle_dag.sandbox.engine_calling import without_parentheses
from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_schema import SchemaView
from airflow_oracle_dag.sandbox.plsql.column_calls import ColumnCall, Rounds, asking
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from psycopg.pq import abc as pq_abc

    from airflow_oracle_dag.sandbox.engine import EngineDatabase
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

MOST = 100  # calls in one view
_CALL = re.compile(r"oracle\.stored\(CAST\('(\d+)' AS text\)")
_CALLING = """
WITH RECURSIVE calling(oid) AS (
  SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
   WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass
     AND d.refobjid = 'oracle.stored(text, text[])'::regprocedure
  UNION
  SELECT r.ev_class FROM calling c JOIN pg_depend d ON d.refobjid = c.oid
    JOIN pg_rewrite r ON r.oid = d.objid
   WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass)
SELECT n.nspname, relname FROM calling JOIN pg_class c USING (oid)
  JOIN pg_namespace n ON n.oid = relnamespace
"""
Rows = Callable[[str], list[tuple[str, ...]]]


class ViewCalls:
    """Know the views that call stored functions.

    :ivar views: they and the views above them.
    """

    def __init__(self, database: EngineDatabase, rows: Rows) -> None:
        self._database = database
        self._rows = rows
        self._sources: dict[int, tuple[str, str]] = {}
        self.views: frozenset[tuple[str, str]] = frozenset()

    def reload(self) -> None:
        """Read them; after every DDL."""
        listed = self._rows("SELECT id, owner, source FROM oracle.view_calls")
        self._sources = {int(row[0]): (row[1], row[2]) for row in listed}
        found = self._rows(_CALLING) if listed else []
        self.views = frozenset((row[0], row[1]) for row in found)

    def __getitem__(self, number: int) -> ColumnCall | None:
        """Return a call by its number."""
        view, place = divmod(number, MOST)
        owner, source = self._sources[view]
        error = OracleError(4063, "view has errors")
        names = SchemaView(self._database, owner, owner)
        try:
            return without_parentheses(source, error).calls(names)[place]
        except (OracleError, IndexError):
            raise error from None  # a function is gone, or is another one

    def next_number(self) -> int:
        """Make a number for a view."""
        return int(self._rows("SELECT nextval('oracle.view_numbers')")[0][0])

    def read_by(self, session: EngineSession, translation: Translation) -> bool:
        """Tell whether a statement reads one."""
        synonyms = self._database.synonyms
        for owner, name in translation.tables:
            place = (owner or session.schema, name)
            place = synonyms.get(place) or synonyms.get(("PUBLIC", name)) or place
            if place in self.views:
                return True
        return False

    def rounds(
        self,
        session: EngineSession,
        translation: Translation,
        run: Callable[[Translation], pq_abc.PGresult],
    ) -> pq_abc.PGresult:
        """Run a statement until it lacks no value."""
        if "oracle.stored(" in translation.sql:
            raise unimplemented("a stored function beside a view that calls one")
        asked = asking(translation)
        ask = None if asked is None else (lambda: run(asked))
        return Rounds(session, self, translation.verb).run(lambda: run(translation), ask)


def calling_view(
    session: EngineSession, make: Callable[[Callable[[str], Translation]], Plan], error: OracleError
) -> Plan:
    """Plan a CREATE VIEW whose query calls stored functions.

    :param make: reads the statement with what translates the query.
    :param error: what it is if the schema has no such function.
    """
    added: list[str] = []

    def read(source: str) -> Translation:
        calling = without_parentheses(source, error)
        translation = calling.translation(session)
        if translation.binds or len(calling.calls(session.view)) > MOST:
            raise unimplemented("a view with a stored function whose arguments are no columns")
        number = session.database.view_calls.next_number()
        sql = _CALL.sub(
            lambda call: f"oracle.stored('{number * MOST + int(call.group(1))}'", translation.sql
        )
        values = f"{number}, {text(session.schema)}, {text(source)}"
        added.append(f"INSERT INTO oracle.view_calls VALUES ({values})")  # noqa: S608 - literals
        return replace(translation, sql=sql)

    plan = make(read)
    plan.statements = [*added, *plan.statements]
    return plan
