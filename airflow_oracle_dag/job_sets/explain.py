"""Say in plain words what pydantic found, with the field that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from airflow_oracle_dag.job_sets.fields import shown
from airflow_oracle_dag.job_sets.model import Job, JobCallbacks, JobSet, SetCallbacks, Settings
from airflow_oracle_dag.job_sets.problems import Path, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    kind, value, context = one["type"], one["input"], one.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]), path[:-1])
    if kind == "missing":
        return f"{path[-1]} is missing", f"add {path[-1]}:"
    if kind == "string_type":
        if value is None:
            return "it is empty, text is meant", "write a value, or leave the field out"
        quoted = shown(value) if isinstance(value, (bool, int, float)) else "the text"
        return f"{_described(value)}, text is meant", f"write {quoted} in quotes"
    if kind == "bool_type":
        return f"{_described(value)}, not true or false", "write true or false, without quotes"
    if kind == "int_type":
        return f"{_described(value)}, a whole number is meant", "write digits only, without quotes"
    if kind == "literal_error":
        expected = context["expected"].replace("'", "")
        meant = nearest(str(value), expected.replace(" or ", ", ").split(", "))
        return f"{shown(value)} is not known", meant or f"write {expected}"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"{_described(value)}, fields are meant", "write its fields beneath it, indented"
    if kind == "list_type":
        return f"{_described(value)}, a list is meant", "write [a, b]"
    if kind == "greater_than_equal":
        return f"{value} is too small", f"write {context['ge']} or more"
    if kind == "too_short":
        return "there are no jobs", "write at least one beneath jobs:"
    return one["msg"], ""


def _unknown(name: str, path: Path) -> tuple[str, str]:
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
