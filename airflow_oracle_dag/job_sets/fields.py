"""The types of single fields: what a person may write, and what the code gets of it.

A refusal is a `PydanticCustomError` whose context holds the cure; `read` puts file, line and field
before it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from airflow_oracle_dag.job_sets.problems import nearest
from airflow_oracle_dag.job_sets.yaml_file import AmbiguousText

#: What `when:` may say, and the trigger rule of Airflow that it stands for.
WHEN = {
    "success": "all_success",
    "failure": "one_failed",
    "always": "all_done",
    "skipped": "all_skipped",
    "all_failed": "all_failed",
    "any_success": "one_success",
    "any_done": "one_done",
    "none_failed": "none_failed",
    "none_failed_any_success": "none_failed_min_one_success",
    "none_skipped": "none_skipped",
}

#: Schedules by a name; all but the last three have intervals.
PRESETS = (
    *("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly"),
    *("@once", "@continuous", "none"),
)
_WITHOUT_INTERVAL = ("@once", "@continuous", "none")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
#: What the id of a DAG may be.
SET_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")
_CALLBACK = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_DURATION = re.compile(r"(\d{1,9})(s|m|h|d)")
#: Glue counts the time of a run in minutes, up to 10,080 (AWS Glue API, StartJobRun, Timeout).
_MINUTE, _LONGEST_RUN = timedelta(minutes=1), timedelta(days=7)
_BIND = re.compile(r"[A-Za-z][A-Za-z0-9_$#]{0,127}")
_DRAWS_LOTS = re.compile(r"(?i)(?<![a-z])[hr](?![a-z])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}.*)?")


def refuse(message: str, cure: str, field: str = "") -> PydanticCustomError:
    """Make the error of a value.

    :param message: what is wrong, without a full stop.
    :param cure: how to mend it, without a full stop.
    :param field: the field that is meant, when the validator looks at several.
    """
    context = {"what": message, "cure": cure, "field": field}
    return PydanticCustomError("job_set", "{what}", context)


def shown(value: Any) -> str:
    """Write a value as a message quotes it."""
    if isinstance(value, (bool, int, float, date)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    text = str(value)
    return repr(text if len(text) <= 80 else text[:80] + "…")


def _set_id(text: str) -> str:
    if not SET_ID.fullmatch(text):
        raise refuse(
            f"{shown(text)} cannot be the id of a DAG",
            "use letters, digits, _, - and ., at most 200",
        )
    return text


def check_name(text: str) -> str:
    """Return the name of a job.

    :raises PydanticCustomError: when it cannot be the id of a task.
    """
    if not _NAME.fullmatch(text):
        raise refuse(
            f"{shown(text)} cannot be the name of a job",
            "use letters, digits, _ and -, at most 100",
        )
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise refuse("it is empty", "write a value or leave the field out")
    return text


def _script(text: str) -> str:
    parts = text.split("/")
    if not text.endswith(".sql") or text != text.strip():
        raise refuse(
            f"{shown(text)} is no path of a .sql file",
            "name the script's file, such as sql/load.sql",
        )
    if "\\" in text or text.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise refuse(
            f"{shown(text)} does not lie beside the folder of job sets",
            "write the path from the folder that holds it, with / and without .. in it",
        )
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        meant = nearest(text, available_timezones())
        cure = meant or "write a name of the IANA database, such as Europe/Berlin"
        raise refuse(f"there is no time zone {shown(text)}", cure) from None
    return text


def _schedule(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse(
            f"{shown(value)} is no schedule", "write a cron expression or a preset in quotes"
        )
    if value in PRESETS:
        return value
    if len(value.split()) != 5:
        meant = nearest(value, PRESETS)
        raise refuse(
            f"{shown(value)} is neither a cron expression of five fields nor a preset",
            meant or f"write one like '0 2 * * *', or {', '.join(PRESETS)}",
        )
    # It takes as long to import as all of this package; Airflow has it imported already.
    from croniter import (  # type: ignore[import-untyped]  # noqa: PLC0415 - see above
        croniter,
    )

    try:
        if _DRAWS_LOTS.search(value):
            raise ValueError("H and R would mean another time at each reading")  # noqa: TRY301 - one answer
        croniter(value)
    except (ValueError, KeyError) as error:
        raise refuse(
            f"{shown(value)} is no cron expression: {error}",
            "write minute, hour, day of month, month and day of week, such as '0 2 * * 1-5'",
        ) from None
    return str(value)


def has_interval(schedule: str) -> bool:
    """Tell whether a schedule can have data intervals."""
    return schedule not in _WITHOUT_INTERVAL


def _moment(value: Any) -> date:
    if isinstance(value, date):  # a datetime is one, too
        return value
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value.upper())
        except ValueError as error:
            raise refuse(f"{shown(value)} is no date: {error}", "correct it") from None
        return found if len(value) > 10 else found.date()
    raise refuse(f"{shown(value)} is no date", "write YYYY-MM-DD or YYYY-MM-DDTHH:MM")


def _duration(value: Any) -> timedelta:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if found:
            return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    raise refuse(
        f"{shown(value)} is no length of time", "write a number and s, m, h or d, such as 30s or 2h"
    )


def _glue_time(value: Any) -> timedelta:
    found = _duration(value)
    if found % _MINUTE or not _MINUTE <= found <= _LONGEST_RUN:
        raise refuse(
            f"{shown(value)} is not how long a run of AWS Glue may take",
            "write 1m to 7d, in whole minutes",
        )
    return found


def _callback(text: str) -> str:
    if not _CALLBACK.fullmatch(text):
        raise refuse(
            f"{shown(text)} does not name a function",
            "write package.module:function, of a module that Airflow can import",
        )
    return text


def _names(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _parameter(value: Any) -> Any:
    if isinstance(value, AmbiguousText):
        raise refuse(
            f"{value} is text to some readers of YAML, a boolean or another number to others",
            f'write "{value}" in quotes if the text is meant',
        )
    if isinstance(value, bool):
        raise refuse(
            f"{shown(value)} is a boolean, which SQL before 23ai has not",
            f"write {'1' if value else '0'}, or a text in quotes such as "
            f"{chr(34)}{'Y' if value else 'N'}{chr(34)}",
        )
    if value is None or isinstance(value, (str, int, float, date)):
        return value
    kind = "a time without a date" if isinstance(value, time) else "a list or a table"
    raise refuse(f"{kind} cannot be bound", "write a text, a number or a date")


def _param(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    given = _parameter(value)
    return given.isoformat() if isinstance(given, date) else given  # they become JSON


def _bind(text: str) -> str:
    if not _BIND.fullmatch(text):
        raise refuse(
            f"{shown(text)} cannot be the name of a bind",
            "begin with a letter, and use letters, digits, _, $ and #",
        )
    return text


def _schema(**keywords: Any) -> WithJsonSchema:
    return WithJsonSchema(keywords)


_ANY_OF_DATES = _schema(type="string", pattern=r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}.*)?$")

SetId = Annotated[
    str, AfterValidator(_set_id), _schema(type="string", pattern=f"^{SET_ID.pattern}$")
]
JobName = Annotated[
    str, AfterValidator(check_name), _schema(type="string", pattern=f"^{_NAME.pattern}$")
]
Text = Annotated[str, AfterValidator(_text), _schema(type="string", minLength=1)]
ScriptPath = Annotated[
    str, AfterValidator(_script), _schema(type="string", pattern=r"^[^/\\].*\.sql$")
]
Zone = Annotated[str, AfterValidator(_zone), _schema(type="string", examples=["Europe/Berlin"])]
Schedule = Annotated[
    str,
    BeforeValidator(_schedule),
    _schema(
        anyOf=[
            {"enum": list(PRESETS)},
            {"type": "string", "pattern": r"^\S+(\s+\S+){4}$", "examples": ["0 2 * * *"]},
        ]
    ),
]
Moment = Annotated[date, PlainValidator(_moment), _ANY_OF_DATES]
Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    _schema(type="string", pattern=f"^{_DURATION.pattern}$", examples=["30s", "5m", "2h"]),
]
GlueTime = Annotated[
    timedelta,
    PlainValidator(_glue_time),
    _schema(type="string", pattern=f"^{_DURATION.pattern}$", examples=["90m", "2d"]),
]
Callback = Annotated[
    str,
    AfterValidator(_callback),
    _schema(type="string", pattern=r"^[\w.]+:[\w.]+$", examples=["company.alerts:page"]),
]
Names = Annotated[
    list[JobName],
    BeforeValidator(_names),
    _schema(
        anyOf=[
            {"type": "string", "pattern": f"^{_NAME.pattern}$"},
            {"type": "array", "items": {"type": "string", "pattern": f"^{_NAME.pattern}$"}},
        ]
    ),
]
Bind = Annotated[str, AfterValidator(_bind), _schema(type="string", pattern=f"^{_BIND.pattern}$")]
BindValue = Annotated[Any, PlainValidator(_parameter), _schema(type=["string", "number", "null"])]
ParamValue = Annotated[
    Any, PlainValidator(_param), _schema(type=["string", "number", "boolean", "null"])
]
