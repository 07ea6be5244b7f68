"""Read YAML as plain values, and remember on which line each of them stands.

Only what has one meaning for every reader is read: the booleans are ``true`` and ``false``, numbers
are decimal, dates are ISO 8601. A plain ``NO``, ``012`` or ``1:30``, which YAML 1.1 takes for a
boolean, an octal and a base-60 number, comes back as `AmbiguousText`: fine where text is meant,
refused where any value may stand. Tags, merge keys and repeated keys are refused, and aliases
cannot multiply a small file into a large one.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]  # it has no types of its own

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_oracle_dag.job_sets.problems import Path

#: Values in one file, each alias counted as often as it is used.
MAX_VALUES = 200_000
MAX_DEPTH = 20

_CORE = "tag:yaml.org,2002:"
_AMBIGUOUS = "!ambiguous"
_SEQUENCE, _MAPPING, _TEXT = f"{_CORE}seq", f"{_CORE}map", f"{_CORE}str"


class AmbiguousText(str):
    """Text that some readers of YAML take for a boolean or for another number."""

    __slots__ = ()


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """Compose nodes by the rules above; nothing is ever constructed by it."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(tag, re.compile(rf"(?:{pattern})\Z"), list(first))


_resolve(f"{_CORE}bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve(f"{_CORE}null", "~|null|Null|NULL", "~nN")
_Loader.add_implicit_resolver(f"{_CORE}null", re.compile(r"\Z"), [""])
_resolve(f"{_CORE}int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789")
_resolve(
    f"{_CORE}float",
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
    "-+.0123456789",
)
_resolve(
    f"{_CORE}timestamp",
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:[Zz]|[-+][0-9]{2}:?[0-9]{2})?)?",
    "0123456789",
)
_resolve(
    _AMBIGUOUS,
    "yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    "|[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\\.[0-9]*)?"
    r"|[-+]?[0-9][0-9_]*_[0-9_]*",
    "yYnNoO-+0123456789",
)


def _moment(text: str) -> date:
    found = datetime.fromisoformat(text.upper())
    return found if len(text) > 10 else found.date()


_SCALARS: dict[str, Callable[[str], Any]] = {
    _TEXT: str,
    f"{_CORE}bool": lambda text: text.lower() == "true",
    f"{_CORE}null": lambda _text: None,
    f"{_CORE}int": int,
    f"{_CORE}float": float,
    f"{_CORE}timestamp": _moment,
    _AMBIGUOUS: AmbiguousText,
}


class YamlFile:
    """A file's values and their lines.

    :ivar data: the values; of a repeated key the first one.
    :ivar problems: path, line, what and cure of each thing that was refused.
    """

    def __init__(self, text: str) -> None:
        self.data: Any = None
        self.problems: list[tuple[Path, int, str, str]] = []
        self._values = 0
        self._text = text
        try:
            root = _compose(text)
        except yaml.YAMLError as error:
            self._refuse_syntax(error)
            return
        if root is not None:
            self.data = self._value(root, ())

    def line_of(self, path: Path) -> int:
        """Return the line of a key, or of what comes nearest to it.

        :param path: from the top of the file.
        """
        node, line = self._root, 0
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        return line

    @cached_property
    def _root(self) -> Any:
        """Compose the text again: nodes are many, and only mistakes need their lines."""
        try:
            return _compose(self._text)
        except yaml.YAMLError:
            return None

    def _value(self, node: Any, path: Path) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or len(path) > MAX_DEPTH:
            if self._values <= MAX_VALUES or self._values == MAX_VALUES + 1:
                self._values = MAX_VALUES + 1  # once is enough, whatever else would be counted
                self._refuse(node, path, "more values than a job set can have", _TOO_MUCH)
            return None
        tag = node.tag
        if tag == _MAPPING and isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if tag == _SEQUENCE and isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, no)) for no, item in enumerate(node.value)]
        convert = _SCALARS.get(tag)
        if convert is None or not isinstance(node, yaml.ScalarNode):
            self._refuse(node, path, f"the tag {_shown(tag)} is not allowed", "remove the tag")
            return None
        try:
            return convert(node.value)
        except ValueError as error:
            self._refuse(node, path, f"{node.value!r}: {error}", "correct it, or quote it as text")
            return None

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag not in (_TEXT, _AMBIGUOUS):
                shown = key if isinstance(key, str) else "a list or a mapping"
                self._refuse(key_node, path, f"the key {shown} is not text", "write it in quotes")
                continue
            if key in found:
                self._refuse(
                    key_node,
                    (*path, key),
                    f"{key} is here twice; the first time on line {lines[key]}",
                    "keep one of them",
                )
                continue
            lines[key] = key_node.start_mark.line + 1
            found[key] = self._value(value_node, (*path, key))
        return found

    def _refuse(self, node: Any, path: Path, message: str, cure: str) -> None:
        self.problems.append((path, node.start_mark.line + 1, message, cure))

    def _refuse_syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None)
        # At the end of the text the parser already sees the line after the last.
        line = 0 if mark is None else min(mark.line + 1, len(self._text.splitlines()) or 1)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        context = getattr(error, "context", None)
        cure = "correct the YAML"
        if "cannot start any token" in what:
            cure = "write the value in quotes, as in schedule: '@daily'"
        elif "another document" in what or context == "expected a single document in the stream":
            cure = "one file is one job set: move what follows --- to a file of its own"
        elif "tab" in what:
            cure = "indent with blanks"
        self.problems.append(((), line, f"not YAML: {what}", cure))


_TOO_MUCH = (
    f"a file has up to {MAX_VALUES} values, {MAX_DEPTH} levels deep, aliases counted as often as "
    "they are used"
)


def _compose(text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _child(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == part:
                return key_node.start_mark.line + 1, value_node
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None


def _shown(tag: str) -> str:
    return tag.replace(_CORE, "!!")
