"""The job classes of DBMS_SCHEDULER: who may use one, and whether its jobs can begin here.

PL/SQL Packages and Types Reference, DBMS_SCHEDULER: CREATE_JOB_CLASS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_link import Prepare, Run
from airflow_oracle_dag.sandbox.engine_standing import StandingLink
from airflow_oracle_dag.sandbox.engine_types import TEXT
from airflow_oracle_dag.sandbox.session import OracleError

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_users import Users

DEFAULT = "DEFAULT_JOB_CLASS"
_STATEMENTS = {
    b"class_put": "INSERT INTO oracle.scheduler_classes VALUES ($1, nullif($2, ''))",
    b"class_drop": "DELETE FROM oracle.scheduler_classes WHERE name = $1",
}
_READ = "SELECT name, coalesce(service, '') FROM oracle.scheduler_classes"


def _label(name: str) -> str:
    return f'"SYS"."{name}"'


class JobClasses:
    """Keep the classes by name; the scheduler's lock guards them.

    :param service: what the database is known as; the jobs of a class of another one wait.
    """

    def __init__(self, link: StandingLink, service: str) -> None:
        self._link = link
        self._service = service
        self._services: dict[str, str] = {DEFAULT: ""}
        link.send(
            [
                Prepare(n, text.encode(), (TEXT,) * text.count("$"))
                for n, text in _STATEMENTS.items()
            ]
        )
        result = link.send_text(_READ)
        for row in range(result.ntuples):
            name, its_service = (result.get_value(row, column) or b"" for column in (0, 1))
            self._services[name.decode()] = its_service.decode()

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a class of a name, without its owner."""
        return name in self._services

    def create(self, name: str, service: str) -> None:
        """Add a class.

        :raises OracleError: ORA-27477 when the name is taken.
        """
        if name in self._services:
            raise OracleError(27477, f"{_label(name)} already exists")
        self._link.send([Run(b"class_put", (name.encode(), service.encode()))])
        self._services[name] = service

    def drop(self, name: str) -> None:
        """Remove a class."""
        self._must_exist(name)
        self._link.send([Run(b"class_drop", (name.encode(),))])
        del self._services[name]

    def _must_exist(self, name: str) -> None:
        if name not in self._services:
            raise OracleError(27476, f"{_label(name)} does not exist")

    def check(self, name: str, user: str, users: Users) -> str:
        """Return the plain name of a class that a user may give to jobs.

        :raises OracleError: ORA-27476 when there is none, ORA-27486 without EXECUTE on it.
        """
        plain = name.upper().replace('"', "").removeprefix("SYS.")
        self._must_exist(plain)
        needed = (f"EXECUTE ON SYS.{plain}", "EXECUTE ANY CLASS", "MANAGE SCHEDULER")
        if plain != DEFAULT and not any(users.has(user, privilege) for privilege in needed):
            raise OracleError(27486, "insufficient privileges")
        return plain

    def can_begin(self, name: str | None) -> bool:
        """Tell whether jobs of a class begin here: its service must be one of this database."""
        return self._services.get(name or DEFAULT, "") in ("", self._service)
