"""Read JSON strictly: what is missing, unknown or of another type is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_oracle_dag.core.errors import OracleDagError


class HandOffError(OracleDagError):
    """Report a hand-off that cannot be read, or cannot be made.

    :param field: which of its fields is meant, with those around it; "" for the whole.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Fields:
    """The fields of one JSON object, each read once.

    :param where: what errors call the object, "" for the outermost.
    """

    def __init__(self, document: Any, where: str = "") -> None:
        if not isinstance(document, Mapping):
            raise wrong(where, f"is {_kind(document)} and has to be an object")
        self._document = document
        self._where = where
        self._read: list[str] = []

    def text(self, name: str) -> str:
        """Return a text that is there and is not empty."""
        found = self.any_text(name)
        if not found:
            raise wrong(self._name(name), "is empty")
        return found

    def any_text(self, name: str) -> str:
        """Return a text, which may be empty."""
        return str(self._typed(name, str, "a text"))

    def optional_text(self, name: str) -> str | None:
        """Return a text, None for null."""
        return None if self._value(name) is None else self.any_text(name)

    def whole(self, name: str, least: int = 0) -> int:
        """Return a whole number."""
        found = self._typed(name, int, "a whole number")
        if found < least:
            raise wrong(self._name(name), f"is {found} and has to be at least {least}")
        return int(found)

    def flag(self, name: str) -> bool:
        """Return true or false."""
        found = self._value(name)
        if not isinstance(found, bool):
            raise wrong(self._name(name), f"is {_kind(found)} and has to be true or false")
        return found

    def has(self, name: str) -> bool:
        """Tell whether a field is there."""
        return name in self._document

    def optional_number(self, name: str) -> float | None:
        """Return a number, None for null."""
        found = self._value(name)
        return None if found is None else float(self._typed(name, (int, float), "a number"))

    def among(self, name: str, words: tuple[str, ...]) -> str:
        """Return one of the words that are known."""
        found = self.text(name)
        if found not in words:
            raise wrong(self._name(name), f"is {found!r} and has to be one of {', '.join(words)}")
        return found

    def object(self, name: str) -> Fields:
        """Return the fields of an object."""
        return Fields(self._value(name), self._name(name))

    def objects(self, name: str) -> Iterator[Fields]:
        """Give the fields of each object of a list."""
        for number, one in enumerate(self._typed(name, list, "a list"), 1):
            yield Fields(one, f"{self._name(name)}[{number}]")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self._typed(name, list, "a list")
        for number, one in enumerate(found, 1):
            if not isinstance(one, str):
                raise wrong(f"{self._name(name)}[{number}]", f"is {_kind(one)} and not a text")
        return tuple(found)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object whose fields may have any name."""
        return dict(self._typed(name, Mapping, "an object"))

    def end(self) -> None:
        """Refuse what was not asked for."""
        unknown = [str(name) for name in self._document if name not in self._read]
        if unknown:
            known = ", ".join(self._read)
            raise wrong(self._name(unknown[0]), f"is not known; what is known: {known}")

    def _typed(self, name: str, kinds: Any, said: str) -> Any:
        found = self._value(name)
        if not isinstance(found, kinds) or isinstance(found, bool):
            raise wrong(self._name(name), f"is {_kind(found)} and has to be {said}")
        return found

    def _value(self, name: str) -> Any:
        if name not in self._read:
            self._read.append(name)
        if name not in self._document:
            raise wrong(self._name(name), "is missing")
        return self._document[name]

    def _name(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name


def wrong(field: str, what: str) -> HandOffError:
    """Return the error for one field; its value is named only where it cannot be a user's."""
    return HandOffError(f"the hand-off's field {field or 'at the top'} {what}", field=field)


def _kind(value: Any) -> str:
    kinds = {"NoneType": "null", "dict": "an object", "list": "a list", "str": "a text"}
    name = type(value).__name__
    return kinds.get(name, f"a {name}")
