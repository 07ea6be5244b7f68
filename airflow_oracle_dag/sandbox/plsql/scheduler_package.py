"""DBMS_SCHEDULER, as far as jobs go that run once: no programs, schedules, chains or calendars.

PL/SQL Packages and Types Reference, DBMS_SCHEDULER. CREATE_JOB, DROP_JOB, ENABLE and the others
commit the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.engine_job import Job
from airflow_oracle_dag.sandbox.plsql.errors import value_error
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.operators import as_text
from airflow_oracle_dag.sandbox.plsql.types import TEXT, to_number
from airflow_oracle_dag.sandbox.session import OracleError

_NAME = re.compile(r'(?:(?:"([^"]+)"|([A-Za-z][\w$#]*))\s*\.\s*)?(?:"([^"]+)"|([A-Za-z][\w$#]*))')
_LONGEST = 261  # bytes of owner and name, with quotes and a dot
_ACTION = 4000  # bytes of JOB_ACTION
_KINDS = ("PLSQL_BLOCK", "STORED_PROCEDURE")
_FLAGS = (
    "RESTARTABLE", "RESTART_ON_RECOVERY", "RESTART_ON_FAILURE", "STORE_OUTPUT",
    "STOP_ON_WINDOW_CLOSE", "INSTANCE_STICKINESS", "ALLOW_RUNS_IN_RESTRICTED_MODE",
)  # fmt: skip
_OTHERS = (
    "MAX_RUN_DURATION", "JOB_CLASS", "JOB_PRIORITY", "MAX_RUNS", "MAX_FAILURES", "SCHEDULE_LIMIT",
    "INSTANCE_ID", "RAISE_EVENTS", "JOB_WEIGHT",
)  # fmt: skip
_LOGGING = {"LOGGING_OFF": 32, "LOGGING_RUNS": 64, "LOGGING_FAILED_RUNS": 128, "LOGGING_FULL": 256}
_LEVELS = {32: "OFF", 64: "RUNS", 128: "FAILED RUNS", 256: "FULL"}


def _place(frame: Frame, name: Any) -> tuple[str, str]:
    text = (as_text(name, frame, None) or "").strip()
    found = _NAME.fullmatch(text)
    if found is None or len(text.encode()) > _LONGEST:
        raise OracleError(27452, f'"{text}" is an invalid name for a database object.')
    quoted_owner, plain_owner, quoted, plain = found.groups()
    owner = quoted_owner or (plain_owner or frame.session.user).upper()
    return owner, quoted or plain.upper()


def _allowed(frame: Frame, owner: str) -> None:
    session = frame.session
    needed = "CREATE JOB" if owner == session.acting else "CREATE ANY JOB"
    if not session.database.users.has(session.acting, needed, roles=session.roles):
        raise OracleError(27486, "insufficient privileges")


def _create(
    frame: Frame,
    name: Any,
    kind: Any,
    action: Any,
    arguments: Any = None,
    start: Any = None,
    interval: Any = None,
    end: Any = None,
    job_class: Any = None,
    enabled: Any = None,
    auto_drop: Any = None,
    comments: Any = None,
    *rest: Any,
) -> None:
    owner, job_name = _place(frame, name)
    frame.session.transaction.commit()  # whatever comes of it
    _allowed(frame, owner)
    kind = (as_text(kind, frame, None) or "").upper()
    if kind not in _KINDS:
        raise unimplemented(f"DBMS_SCHEDULER: JOB_TYPE {kind}")
    for what, value in (("REPEAT_INTERVAL", interval), ("END_DATE", end), *(("", v) for v in rest)):
        if value is not None:
            raise unimplemented(f"DBMS_SCHEDULER.CREATE_JOB: {what or 'CREDENTIAL_NAME'}")
    if arguments is not None and to_number(arguments):
        raise unimplemented("DBMS_SCHEDULER: arguments of a job")
    if frame.session.database.has_object(owner, job_name):
        raise OracleError(27477, f'"{owner}"."{job_name}" already exists')
    job = Job(
        owner=owner,
        name=job_name,
        kind=kind,
        action=_action(frame, action),
        creator=frame.session.user,
        start=_moment(start),
        enabled=bool(enabled),
        auto_drop=auto_drop is None or bool(auto_drop),
        comments=as_text(comments, frame, None) or None,
        formats=frame.session.channels.formats(),
    )
    if job_class is not None:
        job.attributes["JOB_CLASS"] = _class(frame, job_class)
    frame.session.database.jobs.create(job)


def _action(frame: Frame, action: Any) -> str:
    text = as_text(action, frame, None) or ""
    if len(text.encode()) > _ACTION:
        raise value_error("character string buffer too small")
    return text


def _class(frame: Frame, name: Any) -> str:
    database = frame.session.database
    return database.jobs.classes.check(
        as_text(name, frame, None), frame.session.user, database.users
    )


def _manage(frame: Frame) -> None:
    frame.session.transaction.commit()
    if not frame.session.database.users.has(frame.session.user, "MANAGE SCHEDULER"):
        raise OracleError(27486, "insufficient privileges")


def _create_class(
    frame: Frame, name: Any, group: Any = None, service: Any = None, *_rest: Any
) -> None:
    _manage(frame)
    if group is not None:
        raise unimplemented("DBMS_SCHEDULER.CREATE_JOB_CLASS: RESOURCE_CONSUMER_GROUP")
    _, plain = _place(frame, name)
    frame.session.database.jobs.create_class(plain, as_text(service, frame, None) or "")


def _drop_class(frame: Frame, name: Any, force: Any = False) -> None:  # noqa: FBT002 - Oracle's default
    _manage(frame)
    frame.session.database.jobs.drop_class(_place(frame, name)[1], force=bool(force))


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dt.datetime):
        raise OracleError(27465, f"invalid value {value} for attribute START_DATE")
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).isoformat()


def _job(frame: Frame, name: Any) -> Job:
    owner, job_name = _place(frame, name)
    frame.session.transaction.commit()
    job = frame.session.database.jobs.find(owner, job_name)
    _allowed(frame, owner)
    return job


def _only_plain(frame: Frame, defer: Any, semantics: Any) -> None:
    if defer:
        raise unimplemented("DBMS_SCHEDULER.DROP_JOB: DEFER")
    if semantics is not None and as_text(semantics, frame, None) != "STOP_ON_FIRST_ERROR":
        raise unimplemented("DBMS_SCHEDULER: COMMIT_SEMANTICS other than STOP_ON_FIRST_ERROR")


def _named(frame: Frame, names: Any) -> list[str]:
    return [part for part in (as_text(names, frame, None) or "").split(",") if part.strip()]


def _run(frame: Frame, name: Any, here: Any = True) -> None:  # noqa: FBT002 - Oracle's default
    job = _job(frame, name)
    if here:
        frame.session.database.jobs.run_here(job, frame.session)
    else:
        frame.session.database.jobs.run_now(job)


def _stop(frame: Frame, names: Any, force: Any = False, semantics: Any = None) -> None:  # noqa: FBT002 - above
    _only_plain(frame, None, semantics)
    users, user = frame.session.database.users, frame.session.user
    if force and not users.has(user, "MANAGE SCHEDULER"):
        raise OracleError(27486, "insufficient privileges")
    for name in _named(frame, names):
        frame.session.database.jobs.stop(_job(frame, name), force=bool(force), by=user)


def _drop(
    frame: Frame,
    names: Any,
    force: Any = False,  # noqa: FBT002 - above
    defer: Any = None,
    semantics: Any = None,
) -> None:
    _only_plain(frame, defer, semantics)
    for name in _named(frame, names):
        job = _job(frame, name)
        frame.session.database.jobs.drop(job, force=bool(force), by=frame.session.user)


def _enable(frame: Frame, names: Any, semantics: Any = None) -> None:
    _only_plain(frame, None, semantics)
    for name in _named(frame, names):
        frame.session.database.jobs.enable(_job(frame, name))


def _disable(frame: Frame, names: Any, force: Any = False, semantics: Any = None) -> None:  # noqa: FBT002 - above
    _only_plain(frame, None, semantics)
    for name in _named(frame, names):
        frame.session.database.jobs.disable(_job(frame, name), force=bool(force))


def _set(frame: Frame, name: Any, attribute: Any, value: Any = None, *_rest: Any) -> None:
    job = _job(frame, name)
    what = (as_text(attribute, frame, None) or "").upper()
    if what == "JOB_CLASS":
        value = _class(frame, value)

    def change(job: Job) -> None:
        if what in _FLAGS:
            job.attributes[what] = _flag(what, value)
        elif what == "AUTO_DROP":
            job.auto_drop = _flag(what, value)
        elif what == "COMMENTS":
            job.comments = as_text(value, frame, None)
        elif what == "START_DATE":
            job.start = _moment(value)
        elif what == "JOB_ACTION":
            job.action = _action(frame, value)
        elif what == "LOGGING_LEVEL":
            job.attributes[what] = _LEVELS.get(int(to_number(value)), "OFF")
        elif what in _OTHERS:
            job.attributes[what] = _plain(value, frame)
        else:
            raise OracleError(27469, f"{what} is not a valid job attribute")

    frame.session.database.jobs.change(job, change)


def _flag(attribute: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise OracleError(27465, f"invalid value {value} for attribute {attribute}")
    return value


def _plain(value: Any, frame: Frame) -> Any:
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds()} seconds"
    return as_text(value, frame, None)


def _constant(value: int) -> Member:
    return Member(lambda _frame: value, returns=TEXT)


_CREATE = (
    "JOB_NAME", "JOB_TYPE", "JOB_ACTION", "NUMBER_OF_ARGUMENTS", "START_DATE", "REPEAT_INTERVAL",
    "END_DATE", "JOB_CLASS", "ENABLED", "AUTO_DROP", "COMMENTS", "CREDENTIAL_NAME",
    "DESTINATION_NAME",
)  # fmt: skip
SCHEDULER_MEMBERS: dict[str, Member] = {
    "DBMS_SCHEDULER.CREATE_JOB": Member(_create, _CREATE, required=3),
    "DBMS_SCHEDULER.RUN_JOB": Member(_run, ("JOB_NAME", "USE_CURRENT_SESSION"), required=1),
    "DBMS_SCHEDULER.STOP_JOB": Member(_stop, ("JOB_NAME", "FORCE", "COMMIT_SEMANTICS"), required=1),
    "DBMS_SCHEDULER.DROP_JOB": Member(
        _drop, ("JOB_NAME", "FORCE", "DEFER", "COMMIT_SEMANTICS"), required=1
    ),
    "DBMS_SCHEDULER.ENABLE": Member(_enable, ("NAME", "COMMIT_SEMANTICS"), required=1),
    "DBMS_SCHEDULER.DISABLE": Member(_disable, ("NAME", "FORCE", "COMMIT_SEMANTICS"), required=1),
    "DBMS_SCHEDULER.SET_ATTRIBUTE": Member(
        _set, ("NAME", "ATTRIBUTE", "VALUE", "VALUE2"), required=3
    ),
    "DBMS_SCHEDULER.CREATE_JOB_CLASS": Member(
        _create_class,
        (
            "JOB_CLASS_NAME",
            "RESOURCE_CONSUMER_GROUP",
            "SERVICE",
            "LOGGING_LEVEL",
            "LOG_HISTORY",
            "COMMENTS",
        ),
        required=1,
    ),
    "DBMS_SCHEDULER.DROP_JOB_CLASS": Member(_drop_class, ("JOB_CLASS_NAME", "FORCE"), required=1),
    "DBMS_SCHEDULER.SET_ATTRIBUTE_NULL": Member(_set, ("NAME", "ATTRIBUTE"), required=2),
    **{f"DBMS_SCHEDULER.{name}": _constant(value) for name, value in _LOGGING.items()},
}
