"""VARIABLE and PRINT: values that a script's own statements set and read, and that outlive a step.

SQL*Plus User's Guide and Reference, "VARIABLE", "PRINT". A variable is bound as ``:name`` wherever
it was declared before; what its steps made of it is kept with each of them, so that a resumed run
goes on with the value that it would have had.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Dict, Optional, Tuple, Union

_NAME = r"[A-Za-z][A-Za-z0-9_$#]*"
_VARIABLE = re.compile(
    rf"\s*(?P<name>{_NAME})\s*"
    r"(?:(?P<type>[A-Za-z][A-Za-z0-9_]*)\s*(?:\(\s*(?P<size>[0-9]+)\s*(?:CHAR|BYTE)?\s*\))?)?\s*"
    r"(?:=(?P<value>.*))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_NUMBERS = ("NUMBER", "BINARY_FLOAT", "BINARY_DOUBLE")
_TEXTS = ("CHAR", "NCHAR", "VARCHAR2", "NVARCHAR2")
#: Types whose values live in the session and are lost with it.
OF_A_SESSION = ("CLOB", "NCLOB", "BLOB", "REFCURSOR")
_LONGEST = 32767


class BadVariable(Exception):
    """Say why a VARIABLE or PRINT line cannot be honoured.

    :param why: one clause; :param cure: what to write instead.
    """

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.why = why
        self.cure = cure


@dataclass(frozen=True)
class Variable:
    """A variable as it is declared.

    :param name: in lower case, without colon.
    :param kind: SQL*Plus's word, such as ``NUMBER`` or ``VARCHAR2``.
    :param size: of a text, in the unit that the database counts in; 0 for other types.
    :param first: the value that the declaration gives it.
    :param line: where it is declared, which tells two declarations of one name apart.
    """

    name: str
    kind: str
    size: int = 0
    first: Optional[Union[str, Decimal]] = None
    line: int = 0
    file: str = ""

    @property
    def is_of_a_session(self) -> bool:
        """Tell whether its value cannot be kept with a step."""
        return self.kind in OF_A_SESSION


def read_variable(
    line: str, known: Dict[str, Variable], where: Tuple[int, str]
) -> Optional[Variable]:
    """Read ``VARIABLE [name [type] [= value]]``.

    :param line: the whole line, with values in it.
    :param known: what was declared before, by name.
    :param where: line and file of it.
    :return: the declaration; None where the line only lists what there is.
    :raises BadVariable: it cannot be read, or not be honoured.
    """
    _, _, rest = line.strip().rstrip(";").partition(" ")
    if not rest.strip():
        return None
    match = _VARIABLE.fullmatch(rest)
    if match is None:
        raise BadVariable(
            "this VARIABLE line cannot be read",
            "write VARIABLE name type, such as VARIABLE total NUMBER, or VARCHAR2(30) for a text.",
        )
    name, value = match.group("name").lower(), match.group("value")
    if match.group("type") is None:
        if value is None:
            return None
        before = known.get(name)
        if before is None:
            raise BadVariable(f":{name} was not declared before", f"write VARIABLE {name} type.")
        kind, size = before.kind, before.size
    else:
        kind, size = _kind(name, match.group("type").upper(), match.group("size"))
    first = None if value is None else _first(name, kind, value.strip())
    return Variable(name, kind, size, first, *where)


def _kind(name: str, kind: str, size: Optional[str]) -> Tuple[str, int]:
    if kind in _TEXTS:
        length = int(size) if size else 1
        if not 1 <= length <= _LONGEST:
            raise BadVariable(
                f"VARIABLE {name} {kind}({length}) is not between 1 and {_LONGEST} long",
                "give it a length that the database allows.",
            )
        return kind, length
    if size is not None:
        raise BadVariable(f"VARIABLE {name} {kind} has no length", f"write VARIABLE {name} {kind}.")
    if kind in (*_NUMBERS, *OF_A_SESSION, "BOOLEAN"):
        return kind, 0
    known = ", ".join((*_NUMBERS, *_TEXTS, *OF_A_SESSION, "BOOLEAN"))
    raise BadVariable(f"VARIABLE {name} {kind} is not supported", f"take one of {known}.")


def _first(name: str, kind: str, value: str) -> Union[str, Decimal]:
    for quote in ("'", '"'):
        if len(value) > 1 and value.startswith(quote) and value.endswith(quote):
            value = value[1:-1].replace(quote * 2, quote)
            break
    if kind in _TEXTS:
        return value
    if kind in _NUMBERS:
        try:
            return Decimal(value)
        except InvalidOperation:
            raise BadVariable(
                f"the first value of VARIABLE {name} is not a number", "write it like 12 or -1.5."
            ) from None
    raise BadVariable(
        f"VARIABLE {name} {kind} cannot have a first value here",
        f"set it in a block: EXECUTE :{name} := ...",
    )


def read_print(line: str, known: Dict[str, Variable]) -> Tuple[Variable, ...]:
    """Read ``PRINT [name ...]``; without a name all that were declared are meant.

    :raises BadVariable: a name that was not declared before.
    """
    names = [word.lstrip(":").lower() for word in line.strip().rstrip(";").split()[1:]]
    for name in names:
        if name not in known:
            raise BadVariable(
                f":{name} was not declared before", f"write VARIABLE {name} type above it."
            )
    return tuple(known[name] for name in names) or tuple(known.values())
