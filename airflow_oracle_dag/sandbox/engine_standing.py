"""A connection of the database's own, which comes back after PostgreSQL has ended.

PostgreSQL ends all connections when it runs out of room for its log, and begins anew. Sessions end
with it; what serves them all must not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from psycopg.pq import abc as pq_abc

from airflow_oracle_dag.sandbox.engine_link import Command, Link, LinkLost, Prepare, Simple


class StandingLink:
    """Drive one connection after another, each prepared like the first; for any thread.

    A batch that was lost on its way is not repeated: it may have been carried out.

    :param connect: opens a connection, or raises OracleError.
    """

    def __init__(self, connect: Callable[[], Link]) -> None:
        self._connect = connect
        self._prepared: dict[bytes, Prepare] = {}
        self._lock = threading.RLock()
        self._link: Link | None = connect()

    def script(self, sql: str) -> None:
        """Run a text of several statements."""
        with self._lock:
            self._living().script(sql)

    def send_text(self, sql: str) -> pq_abc.PGresult:
        """Run one statement and return its result."""
        return self.send([Simple(sql.encode())])[0]

    def send(self, commands: Sequence[Command]) -> list[pq_abc.PGresult]:
        """Run a batch in one round trip and return one result each.

        :raises ServerError: of the first command that failed; those behind it did not run.
        :raises OracleError: when PostgreSQL is not to be had.
        """
        with self._lock:
            results = self._living().send(commands)
            self._prepared.update(
                {c.name: c for c in commands if isinstance(c, Prepare) and c.name}
            )
            return results

    def _living(self) -> Link:
        if self._link is not None and self._link.dead():
            self._link.close()
            self._link = None
        if self._link is None:
            link = self._connect()
            try:
                link.send(list(self._prepared.values()))
            except LinkLost:
                link.close()
                raise
            self._link = link
        return self._link

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            if self._link is not None:
                self._link.close()
                self._link = None
