"""What identifies a run: the same task of the same run, on whatever machine, in whatever try."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Dict, Optional
from urllib.parse import quote

from airflow_oracle_dag.core.fingerprint import run_hash
from airflow_oracle_dag.core.rows import RunRow

_LONGEST_KEY = 1200
_LONGEST_NAMESPACE = 128
_LONGEST_PART = 250
_HASHED = 32


@dataclass(frozen=True)
class RunIdentity:
    """Identify a run across its tries and generations.

    :param namespace: keeps two installations apart that share one set of tables.
    :param map_key: map index or job name, "" for a task that is not mapped.
    :param run_key: the caller's own key, such as a business date; None: made of the other parts.
    """

    namespace: str = "default"
    dag_id: str = ""
    task_id: str = ""
    map_key: str = ""
    run_id: str = ""
    run_key: Optional[str] = None

    def __post_init__(self) -> None:
        """Refuse a key that identifies nothing or does not fit its column."""
        if not self.key.strip("/ "):
            raise ValueError("a run key must not be empty")
        if not self.key.isprintable() or not self.namespace.isprintable():
            raise ValueError("a run key and a namespace must not have control characters")
        if len(self.key.encode()) > _LONGEST_KEY:
            raise ValueError(f"a run key must not be longer than {_LONGEST_KEY} bytes in UTF-8")
        if not self.namespace or len(self.namespace.encode()) > _LONGEST_NAMESPACE:
            raise ValueError(f"a namespace has 1 to {_LONGEST_NAMESPACE} bytes in UTF-8")

    @property
    def key(self) -> str:
        """Return the readable key: unique within the namespace."""
        if self.run_key is not None:
            return self.run_key
        return _made_key(self.dag_id, self.task_id, self.map_key, self.run_id)

    @property
    def digest(self) -> str:
        """Return the hash under which the tables know the run."""
        return run_hash(self.namespace, self.key)

    @property
    def columns(self) -> Dict[str, Optional[str]]:
        """Return its parts as ODAG_RUN has them: NULL when empty, with a hash when too long."""
        parts = {
            "dag_id": self.dag_id,
            "task_id": self.task_id,
            "map_key": self.map_key,
            "run_id": self.run_id,
        }
        return {name: _fitting(part, _LONGEST_PART) or None for name, part in parts.items()}


def named_key(run: RunRow) -> str:
    """Return the key that the parts of a run make, which need not be the one it has."""
    return _made_key(run.dag_id or "", run.task_id or "", run.map_key or "", run.run_id or "")


def _made_key(*parts: str) -> str:
    """Join parts so that no two lists of parts make the same key.

    A blank or a sign that is not ASCII takes up to twelve bytes in it, so long names may not fit.
    """
    return _fitting("/".join(quote(part, safe=":+ ") for part in parts), _LONGEST_KEY)


def _fitting(text: str, size: int) -> str:
    """Put a hash in the place of the end of a text that is longer than `size` bytes in UTF-8."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= size:
        return text
    end = "~" + hashlib.sha256(data).hexdigest()[:_HASHED]
    return data[: size - len(end)].decode("utf-8", "ignore") + end
