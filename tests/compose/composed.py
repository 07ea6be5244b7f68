"""docker-compose.yaml as its tests read it: with its variables filled in, as Compose does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker-compose.yaml"
#: ``$$`` and ``${NAME:-default}``, the two spellings that the file keeps to; any other ``$`` is a
#: slip. Compose file reference, "Interpolation".
_SPELLING = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+):-(?P<default>[^}]*)\}|(?P<slip>.?))")


def document() -> dict[str, Any]:
    """Read the file as it stands, anchors and merges resolved."""
    return dict(yaml.safe_load(FILE.read_text()))


def defaults() -> dict[str, set[str]]:
    """Return the variables of the file, each with all defaults that stand beside it."""
    found: dict[str, set[str]] = {}
    for spelled in _SPELLING.finditer(FILE.read_text()):
        if spelled["name"]:
            found.setdefault(spelled["name"], set()).add(spelled["default"])
    return found


def services(**given: str) -> dict[str, dict[str, Any]]:
    """Return the services with the variables of the file filled in.

    :param given: values of variables; the others have their defaults.
    :raises ValueError: at a ``$`` that is neither ``$$`` nor ``${NAME:-default}``.
    """
    return dict(_filled(document()["services"], given))


def _filled(value: Any, given: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, given) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, given) for one in value]
    if not isinstance(value, str):
        return value

    def fill(spelled: re.Match[str]) -> str:
        if spelled["dollar"]:
            return "$"
        if spelled["name"]:
            return given.get(spelled["name"]) or spelled["default"]
        raise ValueError(
            f"{FILE.name}: {spelled[0]!r} in {value!r}: write $$ or ${{NAME:-default}}"
        )

    return _SPELLING.sub(fill, value)
