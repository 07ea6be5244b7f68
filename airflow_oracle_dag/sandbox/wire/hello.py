"""Take the opening exchange apart: connect descriptor, user name, session parameters."""

from __future__ import annotations

import re

_KEYWORD = r"\(\s*{}\s*=\s*([^()]*?)\s*\)"


def descriptor_value(data: str, keyword: str) -> str | None:
    """Return the first value of a keyword such as SERVICE_NAME in a connect descriptor."""
    match = re.search(_KEYWORD.format(keyword), data, re.IGNORECASE)
    return match.group(1) if match else None


def offers_service(data: str, service_name: str) -> bool:
    """Tell whether a descriptor asks for this service (by name, or by SID of the same name)."""
    asked = descriptor_value(data, "SERVICE_NAME") or descriptor_value(data, "SID")
    return asked is not None and asked.upper() == service_name.upper()


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
