"""One call of a client on its session: running while it lasts, its errors those of Oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_errors import oracle_error
from airflow_oracle_dag.sandbox.engine_link import LinkLost, ServerError
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

_AWAY = (1033, 1034)  # another connection found no PostgreSQL: this one is about to see it
_TERMINATED = "ORACLE instance terminated. Disconnection forced"


class Call:
    """Mark a call as running; turn what is below the seam into ORA- errors."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.entered()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            self._session.left()
        except LinkLost:
            self._session.killed = True
        if isinstance(error, ServerError):
            if self._session.killed:
                raise self._session.ended() from error
            raise oracle_error(error) from error
        away = isinstance(error, OracleError) and error.code in _AWAY
        if isinstance(error, LinkLost) or away:
            if not self._session.killed:  # by nobody: PostgreSQL has ended
                self._session.killed = True
                raise OracleError(1092, _TERMINATED) from error
            raise self._session.ended() from error
