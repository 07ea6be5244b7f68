"""Let no secret out of a session: what the database says is told and kept without it.

A script may bind a `Secret`. Oracle repeats values in what it answers: in errors (those that a
script raises itself, since 23ai also ORA-00001 and ORA-01722), in DBMS_OUTPUT and in the rows of a
query, JSON values among them. All of that comes through the session: it is masked there, once,
before it is told or kept.

A secret is recognised where it stands as it is, where a line ends within it (errors and output are
cut by bytes), and line by line where it has several. Another spelling of it, or a number made of
it, is not.

Unverified: an error repeats a value as it was bound; since 23ai ORA-00001 and ORA-01722 do, too
(Database Error Messages Reference, ORA-00001, ORA-01722).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from airflow_oracle_dag.core.values import ScriptValues, Secret
from airflow_oracle_dag.runtime.connector import (
    PREFETCHED_ROWS,
    Connector,
    Outcome,
    Session,
    SessionIdentity,
)
from airflow_oracle_dag.runtime.errors import DatabaseError

MASK = "***"
#: A line of a longer secret is a secret of its own from this length on.
_LINE = 8
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
        lines = {line.strip() for secret in secrets for line in secret.splitlines()}
        every = {*secrets, *(line for line in lines if len(line) >= _LINE)}
        self._secrets = sorted(every, key=len, reverse=True)

    @property
    def identity(self) -> SessionIdentity:
        """Say who the session is."""
        return self._session.identity

    def execute(self, text: str, binds: Mapping[str, Any]) -> Outcome:
        """Run a statement of a script; its rows come masked."""
        done = self._masked(lambda: self._session.execute(text, binds))
        rows = tuple(tuple(self._mask(value) for value in row) for row in done.rows)
        return replace(done, warning=self._mask(done.warning), rows=rows)

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

    def sever(self) -> bool:
        """Cut the connection from another thread."""
        return self._session.sever()

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
            return self._masked_text(value)
        if isinstance(value, bytes):
            for secret in self._secrets:
                value = value.replace(secret.encode(), MASK.encode())
        elif isinstance(value, dict):
            return {self._mask(name): self._mask(item) for name, item in value.items()}
        elif isinstance(value, (list, tuple)):
            return type(value)(self._mask(item) for item in value)
        return value

    def _masked_text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for secret in self._secrets:
            if secret[: Secret.SHORTEST] in text:
                text = "\n".join(_without_begun(line, secret) for line in text.split("\n"))
        return text


def _without_begun(line: str, secret: str) -> str:
    """Mask a secret that a line ends within; what is shorter than any secret stays."""
    begin = line.find(secret[: Secret.SHORTEST], max(len(line) - len(secret), 0))
    while begin >= 0:
        if secret.startswith(line[begin:]):
            return line[:begin] + MASK
        begin = line.find(secret[: Secret.SHORTEST], begin + 1)
    return line
