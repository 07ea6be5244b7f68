"""The secret values of a script's binds: where they come from, and how they are asked for.

A task names the source of each, never the value. The source is asked at each try, in the task's
process, so a resumption gets what is valid then; the value goes into a bind and nowhere else: not
into a rendered field, an XCom, the checkpoint tables or a log.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook, Variable, mask_secret

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.values import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FORMS = (
    "'variable:NAME' (an Airflow Variable), 'connection:ID' (its password), "
    "'connection:ID.login', 'connection:ID.extra.KEY' or 'env:NAME' (of the worker)"
)
_SOURCE = re.compile(r"(variable|connection|env):([^\s:{}]+)")
_FIELD = re.compile(r"(.+?)\.(password|login|host|schema|extra\.(.+))")


class SecretUnavailable(OracleDagError):
    """Report a secret that its source does not give; the message has no value in it."""


@dataclass(frozen=True)
class SecretSource:
    """Where the value of one bind comes from.

    :param text: as the task names it, see `_FORMS`.
    """

    bind: str
    text: str

    def value(self) -> Secret:
        """Ask the source, and let Airflow mask the answer in its logs.

        :raises SecretUnavailable: when it has no such value, or none that can be kept secret.
        """
        kind, name = self.text.split(":", 1)
        found = _ASK[kind](name, self)
        if not isinstance(found, str):
            raise self._wrong(f"it is of type {type(found).__name__}, not a text", "store a text")
        # Before anything else: from here on no log of this process shows it.
        mask_secret(found)
        try:
            return Secret(found)
        except ValueError:
            pass
        raise self._wrong(
            f"it has fewer than {Secret.SHORTEST} characters, too few to be masked",
            "give a longer one, or pass it as an ordinary parameter",
        )

    def of_variable(self, name: str) -> Any:
        """Read an Airflow Variable."""
        found = Variable.get(name, None)
        if found is None:
            raise self._wrong(f"there is no Variable {name}", "add it, or correct its name")
        return found

    def of_connection(self, name: str) -> Any:
        """Read a field of an Airflow connection."""
        match = _FIELD.fullmatch(name)
        conn_id, field, key = match.groups() if match else (name, "password", None)
        try:
            connection = BaseHook.get_connection(conn_id)
        except Exception as error:  # noqa: BLE001 - Airflow and its backends raise what they like
            problem = f"connection {conn_id} cannot be read ({type(error).__name__})"
            cure = "add it, or correct its id"
        else:
            found = connection.extra_dejson.get(key) if key else getattr(connection, field)
            if found is not None and found != "":
                return found
            problem = f"connection {conn_id} has no {field}"
            cure = "fill it in, or name another field"
        # Behind the handler, so that what a backend says does not come along.
        raise self._wrong(problem, cure)

    def of_environment(self, name: str) -> Any:
        """Read a variable of the worker's environment."""
        if name not in os.environ:
            raise self._wrong(f"the worker has no environment variable {name}", "set it there")
        return os.environ[name]

    def _wrong(self, what: str, cure: str) -> SecretUnavailable:
        return SecretUnavailable(
            f"secret parameter :{self.bind} from {self.text}: {what}\n  To mend it: {cure}"
        )


_ASK: dict[str, Callable[[str, SecretSource], Any]] = {
    "variable": lambda name, source: source.of_variable(name),
    "connection": lambda name, source: source.of_connection(name),
    "env": lambda name, source: source.of_environment(name),
}


def secret_sources(
    task_id: str, given: Mapping[str, Any] | None, parameters: object
) -> tuple[SecretSource, ...]:
    """Read what a task says of its secrets, when its DAG is parsed.

    :param given: the source of each bind's value, by the bind's name.
    :param parameters: of the same task; a name cannot be in both.
    :raises ValueError: for what names no source. What stands there instead may be a secret, so it
        is not repeated.
    """
    plain = {str(name).lower() for name in parameters} if isinstance(parameters, dict) else set()
    sources = []
    for bind, text in (given or {}).items():
        where = f"task {task_id}: secret_parameters[{bind!r}]"
        if not isinstance(text, str) or not _SOURCE.fullmatch(text):
            raise ValueError(f"{where} names no source (it is not shown here); write {_FORMS}")
        if bind.lower() in plain:
            raise ValueError(f"{where} is in parameters, too: keep one of them")
        sources.append(SecretSource(bind, text))
    return tuple(sources)


def with_secrets(
    parameters: Mapping[str, Any] | None, sources: tuple[SecretSource, ...]
) -> dict[str, Any]:
    """Ask all sources and add their values to the others, of which they replace namesakes.

    :raises SecretUnavailable: see `SecretSource.value`.
    """
    secrets = {source.bind: source.value() for source in sources}
    names = {name.lower() for name in secrets}
    plain = {n: v for n, v in (parameters or {}).items() if n.lower() not in names}
    return {**plain, **secrets}
