"""What identifies a run: the same task of the same run, on whatever machine, in whatever try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional
from urllib.parse import quote

from airflow_oracle_dag.core.fingerprint import run_hash

_LONGEST_KEY = 1200
_LONGEST_NAMESPACE = 128


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
        parts = (self.dag_id, self.task_id, self.map_key, self.run_id)
        return "/".join(quote(part, safe=":+ ") for part in parts)

    @property
    def digest(self) -> str:
        """Return the hash under which the tables know the run."""
        return run_hash(self.namespace, self.key)
