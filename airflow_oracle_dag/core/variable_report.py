"""What the variables of a script hold at the end of a run, in what JSON knows.

It is read from what is kept with the steps, so that a resumed run and one that was finished before
report what an uninterrupted one would have.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Dict, Optional, Sequence, Union

from airflow_oracle_dag.core.plan import StepClass
from airflow_oracle_dag.core.rows import StepRow

#: Why a value that a secret went into is not kept.
BECAUSE_SECRET = "a secret went into it, which is not kept"  # noqa: S105 - no secret itself
_MASK = "***"
_SAFE_INTEGER = 2**53  # beyond it JSON's readers round

Value = Union[None, bool, int, float, str]


def variables_after(rows: Sequence[StepRow]) -> Dict[str, Value]:
    """Return what the variables held after the last step that is done."""
    kept = [
        row.variables
        for row in sorted(rows, key=lambda row: row.step_no)
        if row.is_done and row.step_class is not StepClass.ALWAYS
    ]
    return reported(kept[-1] if kept else None)


def reported(kept: Optional[str]) -> Dict[str, Value]:
    """Return the values by name: None where nobody knows one, ``***`` where a secret went in.

    :param kept: as it is kept with a step.
    """
    found = json.loads(kept) if kept else {}
    return {name: _value(value) for name, value in found.items() if not name.startswith("&")}


def _value(value: Any) -> Value:
    """Give a number as one where JSON keeps each digit of it, else as a text."""
    if isinstance(value, dict):
        if "number" in value:
            return _number(Decimal(value["number"]))
        if "float" in value:
            number = float(value["float"])
            return number if number - number == 0 else value["float"]
        return _MASK if value["unknown"] == BECAUSE_SECRET else None
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value  # PostgreSQL: no NUL


def _number(number: Decimal) -> Value:
    if number == number.to_integral_value():
        return int(number) if abs(number) < _SAFE_INTEGER else format(number, "f")
    return float(number) if Decimal(repr(float(number))) == number else format(number, "f")
