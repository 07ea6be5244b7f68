"""Say in plain words what pydantic found, with the field that was probably meant."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from airflow_oracle_dag.job_sets.fields import shown
from airflow_oracle_dag.job_sets.model import Job, JobCallbacks, JobSet, SetCallbacks, Settings
from airflow_oracle_dag.job_sets.problems import Path, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_KINDS = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
    type(None): "empty",
    str: "text",
}


def explain(error: ValidationError) -> Iterator[tuple[Path, str, str]]:
    """Give path, message and cure of each mistake."""
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if part != "[key]")
        if one["type"] == "job_set":
            context = one["ctx"]
            field = context["field"]
            yield ((*path, field) if field else path), context["what"], context["cure"]
        else:
            yield (path, *_words(one, path))


def _words(one: ErrorDetails, path: Path) -> tuple[str, str]:
    say = _SAYINGS.get(one["type"])
    return say(one, path) if say else (one["msg"], "")


def _text(one: ErrorDetails, _path: Path) -> tuple[str, str]:
    value = one["input"]
    scalar = isinstance(value, (bool, int, float, date))
    cure = f'write "{shown(value)}" in quotes' if scalar else "write text"
    return f"{_described(value)}, text is meant", cure


def _literal(one: ErrorDetails, _path: Path) -> tuple[str, str]:
    expected = one["ctx"]["expected"].replace("'", "")
    meant = nearest(str(one["input"]), expected.replace(" or ", ", ").split(", "))
    return f"{shown(one['input'])} is not known", meant or f"write {expected}"


def _meant(what: str, cure: str) -> Callable[[ErrorDetails, Path], tuple[str, str]]:
    return lambda one, _path: (f"{_described(one['input'])}, {what}", cure)


def _unknown(_one: ErrorDetails, whole: Path) -> tuple[str, str]:
    name, path = str(whole[-1]), whole[:-1]
    message = f"there is no field {shown(name)} here"
    if name == "<<":
        return message, "merge keys are not read: write what jobs have in common under defaults:"
    known = fields_at(path)
    cure = nearest(name, known)
    if not cure and not path and nearest(name, fields_at(("defaults",))):
        cure = nearest(name, fields_at(("defaults",))).replace("?", " under defaults:?")
    return message, cure or f"the fields are {', '.join(sorted(known))}"


def fields_at(path: Path) -> list[str]:
    """Return the names that may stand at a place of a file."""
    model: type[BaseModel] = JobSet
    if path:
        if path[-1] == "callbacks":
            model = SetCallbacks if len(path) == 1 else JobCallbacks
        else:
            model = Settings if path[0] == "defaults" else Job
    return [field.alias or name for name, field in model.model_fields.items()]


def _described(value: Any) -> str:
    kind = _KINDS.get(type(value), "a date" if not isinstance(value, str) else "text")
    if value is None or isinstance(value, (list, dict)):
        return f"it is {kind}"
    return f"{shown(value)} is {kind}"


_FIELDS_ARE_MEANT = _meant("fields are meant", "write its fields beneath it, indented")
_SAYINGS: dict[str, Callable[[ErrorDetails, Path], tuple[str, str]]] = {
    "extra_forbidden": _unknown,
    "missing": lambda _one, path: (f"{path[-1]} is missing", f"add {path[-1]}:"),
    "string_type": _text,
    "bool_type": _meant("not true or false", "write true or false, without quotes"),
    "int_type": _meant("a whole number is meant", "write digits only, without quotes"),
    "literal_error": _literal,
    "dict_type": _FIELDS_ARE_MEANT,
    "model_type": _FIELDS_ARE_MEANT,
    "model_attributes_type": _FIELDS_ARE_MEANT,
    "list_type": _meant("a list is meant", "write [a, b]"),
    "greater_than_equal": lambda one, _path: (
        f"{one['input']} is too small",
        f"write {one['ctx']['ge']} or more",
    ),
    "too_short": lambda _one, _path: ("there are no jobs", "write at least one beneath jobs:"),
}
