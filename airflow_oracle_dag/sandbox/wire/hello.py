"""Take the opening exchange apart: connect descriptor, user name, session parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

_KEYWORD = r"\(\s*{}\s*=\s*([^()]*?)\s*\)"


def descriptor_value(data: str, keyword: str) -> str | None:
    """Return the first value of a keyword such as SERVICE_NAME in a connect descriptor."""
    match = re.search(_KEYWORD.format(keyword), data, re.IGNORECASE)
    return match.group(1) if match else None


UNKNOWN_SID, UNKNOWN_SERVICE = 12505, 12514


def chosen_service(data: str, services: Sequence[str], instance: str) -> str | int:
    """Return the service that a descriptor asks for, or the number of the refusal.

    :param services: all that are offered, first the database's own, which a SID leads to.
    :param instance: the SID; the own service's name is taken for one, too.
    """
    asked = (descriptor_value(data, "SERVICE_NAME") or "").upper()
    if asked:
        found = next((name for name in services if name.upper() == asked), None)
        return found if found is not None else UNKNOWN_SERVICE
    sid = descriptor_value(data, "SID")
    if sid is None:
        return UNKNOWN_SERVICE
    known = {instance.upper(), services[0].upper()}
    return services[0] if sid.upper() in known else UNKNOWN_SID


def user_name(text: str) -> str:
    """Return a user as the dictionary has it: upper case unless quoted."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return text.upper()


def version_number(version: tuple[int, int, int, int, int]) -> int:
    """Pack a version as clients below field version 11 unpack it; parts too large are cut."""
    major, minor, patch, component, port = version
    parts = (min(minor, 15) << 20, min(patch, 15) << 12, min(component, 15) << 8, min(port, 15))
    return (major << 24) | sum(parts)
