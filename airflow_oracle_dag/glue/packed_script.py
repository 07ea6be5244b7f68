"""A script as it travels: its text, the files that it asks for, and how it is read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from airflow_oracle_dag.core.joined import join_scripts
from airflow_oracle_dag.core.origin import read_again
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import (
    Included,
    IncludeRequest,
    Origin,
    ParseSettings,
    Script,
)
from airflow_oracle_dag.glue.fields import Fields, HandOffError, wrong


def pack(script: Script) -> dict[str, Any]:
    """Give what `unpack` makes the same script of.

    :raises HandOffError: nobody remembers what it was read with.
    """
    parts = script.parts or (script,)
    return {
        "name": script.name,
        "joined": bool(script.parts),
        "files": [_packed(part) for part in parts],
    }


def unpack(fields: Fields) -> Script:
    """Read a script once more.

    :param fields: of what `pack` gave.
    :raises HandOffError: they are something else.
    :raises ScriptError: it cannot be read; whoever packed it could.
    """
    name = fields.text("name")
    joined = fields.flag("joined")
    parts = [_unpacked(each) for each in fields.objects("files")]
    fields.end()
    if joined:
        return join_scripts(name, parts)
    if len(parts) != 1:
        raise wrong("script.files", f"has {len(parts)} files and has to have one, or be joined")
    return parts[0]


def document(packed: dict[str, Any]) -> bytes:
    """Give a packed script as the bytes of a file."""
    return json.dumps(packed, separators=(",", ":"), sort_keys=True).encode("ascii")


def digest(data: bytes) -> str:
    """Return the hash by which a file is recognised."""
    return hashlib.sha256(data).hexdigest()


def _packed(script: Script) -> dict[str, Any]:
    origin = script.origin
    if origin is None:
        raise HandOffError(
            f"script {script.name}: it was not read by parse_script, so nobody knows which files "
            "and values belong to it",
            field="script",
        )
    settings = origin.settings
    return {
        "name": script.name,
        "source": _written(script.source),
        "fallback_encoding": settings.fallback_encoding,
        "spool": settings.spool,
        "rerun": settings.rerun,
        "reading": settings.reading,
        "defines": dict(settings.defines),
        "arguments": list(settings.arguments),
        "included": [
            {
                "file": request.file,
                "including": request.including,
                "beside": request.beside,
                "name": found.name,
                "source": _written(found.source),
            }
            for request, found in origin.included
        ],
    }


def _unpacked(fields: Fields) -> Script:
    name, source = fields.text("name"), _read(fields.object("source"))
    defines = {each: str(value) for each, value in fields.mapping("defines").items()}
    try:
        settings = ParseSettings(
            fallback_encoding=fields.text("fallback_encoding"),
            spool=fields.text("spool"),
            rerun=fields.text("rerun"),
            reading=fields.optional_text("reading"),
            defines=defines,
            arguments=fields.texts("arguments"),
        )
    except ValueError as error:
        raise wrong("script.files", f"has settings that no script can have: {error}") from None
    included = tuple(_included(each) for each in fields.objects("included"))
    fields.end()
    return parse_script(source, name=name, settings=read_again(Origin(settings, included)))


def _included(fields: Fields) -> Any:
    request = IncludeRequest(
        fields.text("file"), fields.text("including"), beside=fields.flag("beside")
    )
    found = Included(fields.text("name"), _read(fields.object("source")))
    fields.end()
    return request, found


def _written(data: bytes) -> dict[str, str]:
    """Give bytes as text where that is what they are, so that people can read it."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _read(fields: Fields) -> bytes:
    names: list[str] = [name for name in ("text", "base64") if fields.has(name)]
    if names == ["text"]:
        data = fields.any_text("text").encode("utf-8", "surrogatepass")
    elif names == ["base64"]:
        try:
            data = base64.b64decode(fields.any_text("base64"), validate=True)
        except (ValueError, binascii.Error):
            raise wrong("script.files.source.base64", "is no base64") from None
    else:
        raise wrong("script.files.source", "has to be a text or base64, one of the two")
    fields.end()
    return data
