"""Let no secret out of a session: what the database says is told and kept without it.

A script may bind a `Secret`. Oracle repeats values in what it answers: in errors (those that a
script raises itself, since 23ai also ORA-00001 and ORA-01722), in DBMS_OUTPUT and in the rows of a
query. All of that comes through the session: it is masked there, once, before it is told or kept.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.connector import (
    PREFETCHED_ROWS,
    Connector,
    Outcome,
    Session,
    SessionIdentity,
)
from airflow_oracle_dag.runtime.errors import DatabaseError

MASK = "***"
_T = TypeVar("_T")


def discreet(connector: Connector, values: ScriptValues) -> Connector:
    """Return a connector whose sessions repeat no secret among the values."""
    return _DiscreetConnector(connector, values.secrets) if values.secrets else connector


class _DiscreetConnector:
    def __init__(self, connector: Connector, secrets: Sequence[str]) -> None:
        self._connector = connector
        self._secrets = secrets

    def open(self) -> Session:
        """Open a session and identify it."""
        return DiscreetSession(self._connector.open(), self._secrets)


class DiscreetSession:
    """A session of somebody else's making, masked.

    :param secrets: texts to mask where they stand as they are; a longer one goes before a part of
        it.
    """

    def __init__(self, session: Session, secrets: Sequence[str]) -> None:
        self._session = session
        self._secrets = sorted(set(secrets), key=len, reverse=True)

    @property
    def identity(self) -> SessionIdentity:
        """Say who the session is."""
        return self._session.identity

    def execute(self, text: str, binds: Mapping[str, Any]) -> Outcome:
        """Run a statement of a script; its rows come masked."""
        done = self._masked(lambda: self._session.execute(text, binds))
        rows = tuple(tuple(self._mask(value) for value in row) for row in done.rows)
        return Outcome(done.row_count, self._mask(done.warning), done.columns, rows)

    def change(
        self, text: str, rows: Sequence[Mapping[str, Any]], timestamps: Sequence[str] = ()
    ) -> int:
        """Run DML of this package."""
        return self._masked(lambda: self._session.change(text, rows, timestamps))

    def query(
        self, text: str, binds: Mapping[str, Any], at_once: int = PREFETCHED_ROWS
    ) -> List[Tuple[Any, ...]]:
        """Run a SELECT of this package; what its tables hold was masked before."""
        return self._masked(lambda: self._session.query(text, binds, at_once))

    def call(self, text: str, ins: Mapping[str, Any], outs: Mapping[str, Any]) -> Dict[str, Any]:
        """Run a block of this package; DBMS_OUTPUT, which it reads, comes masked."""
        found = self._masked(lambda: self._session.call(text, ins, outs))
        return {name: self._mask(value) for name, value in found.items()}

    def commit(self) -> None:
        """Commit."""
        self._masked(self._session.commit)

    def rollback(self) -> None:
        """Roll back."""
        self._masked(self._session.rollback)

    def tag(self, action: str) -> None:
        """Name the step that the next calls belong to."""
        self._session.tag(action)

    def limit(self, seconds: Optional[float]) -> None:
        """Let no further call take longer than this."""
        self._session.limit(seconds)

    def cancel(self) -> None:
        """Interrupt the running call from another thread."""
        self._session.cancel()

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _masked(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except DatabaseError as error:
            shown = type(error)(self._mask(error.message), error.code)
        raise shown  # here, because inside the handler it would carry the driver's own text along

    def _mask(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, MASK)
        return value
