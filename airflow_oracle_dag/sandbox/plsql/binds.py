"""Placeholders of a block: each name once, with the directions in which it is used."""

from __future__ import annotations

from airflow_oracle_dag.sandbox.session import Direction


class BindTable:
    """Collect binds in the order of their first appearance in the text.

    :param names: in that order.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._read = [False] * len(names)
        self._written = [False] * len(names)

    def use(self, name: str, direction: Direction) -> int:
        """Note a use and return the bind's index."""
        index = self.names.index(name)
        if direction is not Direction.OUT:
            self._read[index] = True
        if direction is not Direction.IN:
            self._written[index] = True
        return index

    def directions(self) -> list[Direction]:
        """Say for each bind what it is."""
        return [
            Direction.IN_OUT if r and w else Direction.OUT if w else Direction.IN
            for r, w in zip(self._read, self._written, strict=True)
        ]
