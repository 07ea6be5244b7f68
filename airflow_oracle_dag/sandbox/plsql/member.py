"""What a member of a SYS package is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_oracle_dag.sandbox.plsql.types import PlType


@dataclass(frozen=True)
class Member:
    """Be a procedure or function of a package.

    :param parameters: their names, for the named notation.
    :param aliases: other names, of overloads that differ only in the type of a parameter.
    :param typed: `run` takes the types of the arguments first.
    :param cursors: an argument may be a cursor variable; `run` gets a `CursorHandle`.
    :param lobs: positions of the arguments that must be LOBs.
    :param out: positions that are OUT; `run` then returns their values as a tuple.
    """

    run: Callable[..., Any]
    parameters: tuple[str, ...] = ()
    out: tuple[int, ...] = ()
    returns: PlType | None = None
    required: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)
    typed: bool = False
    cursors: bool = False
    lobs: tuple[int, ...] = ()
