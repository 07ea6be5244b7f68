"""The parts of a hand-off, and how each is written and read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.core.carried_values import Unreadable, read_carried, write_carried
from airflow_oracle_dag.core.handed_values import CannotBeHanded
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.glue.fields import Fields, HandOffError, wrong
from airflow_oracle_dag.glue.packed_script import digest, document, unpack
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import PLACES, RunOptions

_URI = re.compile(r"s3://([^/]+)/(.+)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Inline:
    """A script that travels with the hand-off.

    :param packed: of `airflow_oracle_dag.glue.packed_script.pack`.
    """

    packed: Mapping[str, Any] = field(repr=False)

    @property
    def document(self) -> bytes:
        """Return it as a file."""
        return document(dict(self.packed))

    def script(self) -> Script:
        """Read it.

        :raises HandOffError: see `unpack`.
        """
        return unpack(Fields(self.packed, "script"))


@dataclass(frozen=True)
class InS3:
    """Where the script is.

    :param uri: ``s3://bucket/key``.
    :param sha256: of the file.
    """

    uri: str
    sha256: str

    @property
    def place(self) -> tuple[str, str]:
        """Return bucket and key."""
        match = _URI.fullmatch(self.uri)
        if match is None:
            raise wrong("script.uri", f"is {self.uri!r} and has to be s3://bucket/key")
        return match.group(1), match.group(2)

    def fetched(self, data: bytes) -> Inline:
        """Return the script that was read from there.

        :raises HandOffError: it is another file, or none that can be read.
        """
        found = digest(data)
        if found != self.sha256:
            raise HandOffError(
                f"the script in {self.uri} is not the one that was handed over: its SHA-256 is "
                f"{found}, and {self.sha256} was expected\n  To mend it: clear the task, which "
                "writes it there anew, and let nothing else write into that prefix",
                field="script.sha256",
            )
        return Inline(read_json(data.decode("ascii"), f"the script in {self.uri}"))


@dataclass(frozen=True)
class Settings:
    """What of `RunOptions` and beside them a run needs to have the same plan.

    :param schema: owner of the checkpoint tables, None for the user that connects.
    """

    schema: str | None = None
    step_timeout: float | None = None
    run_on: str = "worker"
    show_rows: int = 20
    who: str = ""

    @classmethod
    def of(cls, options: RunOptions) -> Settings:
        """Take them from the options of the runner that hands over."""
        return cls(
            options.schema, options.step_timeout, options.run_on, options.show_rows, options.who
        )

    def options(self) -> RunOptions:
        """Return the options of the runner that goes on."""
        return RunOptions(
            schema=self.schema,
            step_timeout=self.step_timeout,
            run_on=self.run_on,
            show_rows=self.show_rows,
            who=self.who,
        )


@dataclass(frozen=True)
class SecretPlace:
    """Where the run finds out how to connect.

    :param secret_id: name or ARN of a secret of AWS Secrets Manager.
    :param region: of it; None: the run's own.
    """

    secret_id: str
    region: str | None = None


def read_identity(fields: Fields) -> RunIdentity:
    """Read which run it is."""
    parts = {
        name: fields.any_text(name)
        for name in ("namespace", "dag_id", "task_id", "map_key", "run_id")
    }
    run_key = fields.optional_text("run_key")
    fields.end()
    try:
        return RunIdentity(**parts, run_key=run_key)
    except ValueError as error:
        raise wrong("run", f"identifies no run: {error}") from None


def read_script(fields: Fields) -> Inline | InS3:
    """Read the script, or where it is."""
    found: Inline | InS3
    if fields.has("inline"):
        found = Inline(fields.mapping("inline"))
    else:
        found = InS3(fields.text("uri"), fields.text("sha256"))
        found.place  # noqa: B018 - asked for its error, where the field is read
        if _SHA256.fullmatch(found.sha256) is None:
            raise wrong("script.sha256", "has to be 64 hexadecimal digits in lower case")
    fields.end()
    return found


def read_settings(fields: Fields) -> Settings:
    """Read the settings."""
    found = Settings(
        schema=fields.optional_text("schema"),
        step_timeout=fields.optional_number("step_timeout"),
        run_on=fields.among("run_on", PLACES),
        show_rows=fields.whole("show_rows"),
        who=fields.any_text("who"),
    )
    fields.end()
    return found


def read_secret(fields: Fields) -> SecretPlace:
    """Read where the secret is."""
    found = SecretPlace(fields.text("secret_id"), fields.optional_text("region"))
    fields.end()
    return found


def write_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write the values of binds.

    :raises HandOffError: one cannot be carried to another machine.
    """
    found = {}
    for name, value in values.items():
        try:
            found[name] = write_carried(value)
        except CannotBeHanded as why:
            raise HandOffError(
                f"the value of :{name} {why}\n  To mend it: pass it as a text, or run the steps in "
                "the worker (run_on=worker)",
                field=f"parameters.{name}",
            ) from None
    return found


def read_values(fields: Fields, name: str) -> dict[str, Any]:
    """Read the values of binds."""
    found = {}
    for bind, carried in fields.mapping(name).items():
        try:
            found[bind] = read_carried(carried)
        except Unreadable as why:
            raise wrong(f"{name}.{bind}", str(why)) from None
    return found


def read_json(text: str, what: str) -> Any:
    """Read JSON.

    :param what: what errors call it.
    """
    try:
        return json.loads(text)
    except ValueError:
        raise HandOffError(f"{what} is no JSON: it was cut or changed on its way") from None
