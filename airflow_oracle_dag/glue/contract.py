"""What is handed to a Glue run: the one type that both sides import.

It is written as JSON into the row of ODAG_HANDOVER when the attempt is reserved, and goes to the
run as one of its arguments, packed; where the script is too long for that, the argument says where
in S3 it is. No secret is in it: the run asks AWS Secrets Manager for the way to the database.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass, replace
from typing import Any

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.glue.fields import Fields, HandOffError, wrong
from airflow_oracle_dag.glue.packed_script import digest, pack
from airflow_oracle_dag.glue.parts import (
    Inline,
    InS3,
    SecretPlace,
    Settings,
    read_identity,
    read_json,
    read_script,
    read_secret,
    read_settings,
    read_values,
    write_values,
)
from airflow_oracle_dag.runtime.carriers import token
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions

#: Arguments of a Glue run. The first is what a run is found again by.
ATTEMPT_ARGUMENT = "--odag_attempt"
HAND_OFF_ARGUMENT = "--odag_handoff"
#: Among the default arguments of a job: the version of this package that it was deployed with.
VERSION_ARGUMENT = "--odag_version"
#: Characters that the packed hand-off may have as an argument.
#:
#: AWS names no limit; the whole request was seen to be refused above some 180,000 bytes
#: (awsdocs/aws-glue-developer-guide#55), and Linux takes 131,072 bytes in each argument of a
#: process (execve(2), MAX_ARG_STRLEN). This leaves room for arguments of a team's own.
MOST_INLINE = 60_000
#: Bytes that a hand-off may have once it is unpacked: far above any script, far below any memory.
_MOST_UNPACKED = 64 * 1024 * 1024


class VersionMismatch(HandOffError):
    """Report that the sender and the job have different versions of this package.

    :param sent: the sender's; :param here: the job's.
    """

    def __init__(self, sent: str, here: str) -> None:
        super().__init__(
            f"the operator has airflow-oracle-dag {sent}, and the Glue job has {here}: they have "
            "to be the same\n  To mend it: deploy the job with the operator's version (oracle-dag "
            "glue deploy), or install the job's version where Airflow runs",
            field="version",
        )
        self.sent = sent
        self.here = here


@dataclass(frozen=True)
class HandOff:
    """Everything that a Glue run has to know.

    :param attempt: that the run is, as it was reserved; :param generation: of the run.
    :param first_step: number of the first step that it runs; :param last_step: of the last one.
        @always steps before them run as in any session.
    :param values: of the script's binds; in the place of secrets stands a text that is as secret.
    :param version: of the package that wrote it.
    """

    identity: RunIdentity
    generation: int
    attempt: int
    first_step: int
    last_step: int
    script: Inline | InS3
    values: ScriptValues
    settings: Settings
    secret: SecretPlace
    version: str = __version__

    @property
    def run_hash(self) -> str:
        """Return the hash under which the tables know the run."""
        return self.identity.digest

    @property
    def token(self) -> str:
        """Return what `ATTEMPT_ARGUMENT` is for this run."""
        return token(self.run_hash, self.attempt)

    def in_s3(self, uri: str) -> HandOff:
        """Return the hand-off whose script is at an address; see `script_document`."""
        return replace(self, script=InS3(uri, digest(self.script_document())))

    def script_document(self) -> bytes:
        """Return the script as the bytes of a file.

        :raises HandOffError: it is in a file already.
        """
        if isinstance(self.script, InS3):
            raise HandOffError(f"the script is in {self.script.uri} already", field="script")
        return self.script.document

    def to_json(self) -> str:
        """Write it; all of it is ASCII.

        :raises HandOffError: a value that no other machine could have.
        """
        return json.dumps(_document(self), separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, version: str = __version__) -> HandOff:
        """Read it.

        :param version: that it has to have.
        :raises VersionMismatch: before anything else of it is looked at.
        :raises HandOffError: naming the field.
        """
        fields = Fields(read_json(text, "the hand-off"))
        sent = fields.text("version")
        if sent != version:
            raise VersionMismatch(sent, version)
        return _hand_off(fields)

    def to_argument(self) -> str:
        """Pack it into characters that every shell and console leaves alone."""
        packed = zlib.compress(self.to_json().encode("ascii"), 9)
        return base64.urlsafe_b64encode(packed).decode("ascii")

    @classmethod
    def from_argument(cls, text: str, version: str = __version__) -> HandOff:
        """Unpack it; see `from_json`."""
        return cls.from_json(_unpacked(text), version)


def hand_off(
    script: Script,
    values: ScriptValues,
    identity: RunIdentity,
    options: RunOptions,
    secret: SecretPlace,
    *,
    generation: int,
    attempt: int,
    first_step: int,
    last_step: int,
) -> HandOff:
    """Make the hand-off of a segment.

    :raises HandOffError: the script or a value cannot be carried.
    """
    return HandOff(
        identity=identity,
        generation=generation,
        attempt=attempt,
        first_step=first_step,
        last_step=last_step,
        script=Inline(pack(script)),
        values=values,
        settings=Settings.of(options),
        secret=secret,
    )


def _document(given: HandOff) -> dict[str, Any]:
    identity, settings, secret = given.identity, given.settings, given.secret
    script = given.script
    return {
        "version": given.version,
        "run_hash": given.run_hash,
        "run": {
            "namespace": identity.namespace,
            "dag_id": identity.dag_id,
            "task_id": identity.task_id,
            "map_key": identity.map_key,
            "run_id": identity.run_id,
            "run_key": identity.run_key,
        },
        "generation": given.generation,
        "attempt": given.attempt,
        "first_step": given.first_step,
        "last_step": given.last_step,
        "script": {"inline": dict(script.packed)}
        if isinstance(script, Inline)
        else {"uri": script.uri, "sha256": script.sha256},
        "parameters": write_values(given.values.parameters),
        "offered": write_values(given.values.offered),
        "settings": {
            "schema": settings.schema,
            "step_timeout": settings.step_timeout,
            "run_on": settings.run_on,
            "show_rows": settings.show_rows,
            "who": settings.who,
        },
        "secret": {"secret_id": secret.secret_id, "region": secret.region},
    }


def _hand_off(fields: Fields) -> HandOff:
    found = HandOff(
        version=fields.text("version"),
        identity=read_identity(fields.object("run")),
        generation=fields.whole("generation", 1),
        attempt=fields.whole("attempt", 1),
        first_step=fields.whole("first_step", 1),
        last_step=fields.whole("last_step", 1),
        script=read_script(fields.object("script")),
        values=ScriptValues(read_values(fields, "parameters"), read_values(fields, "offered")),
        settings=read_settings(fields.object("settings")),
        secret=read_secret(fields.object("secret")),
    )
    if fields.text("run_hash") != found.run_hash:
        raise wrong("run_hash", "is not the one of the run that the hand-off names")
    fields.end()
    if found.last_step < found.first_step:
        raise wrong("last_step", f"is {found.last_step}, before first_step {found.first_step}")
    return found


def _unpacked(text: str) -> str:
    reader = zlib.decompressobj()
    try:
        packed = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        data = reader.decompress(packed, _MOST_UNPACKED)
        if not reader.eof:
            raise HandOffError(_cut_argument())
        return data.decode("ascii")
    except (ValueError, binascii.Error, zlib.error):
        raise HandOffError(_cut_argument()) from None


def _cut_argument() -> str:
    return (
        f"the argument {HAND_OFF_ARGUMENT} cannot be unpacked: it was cut or changed on its way; "
        "a run is started by the operator, not by hand"
    )
