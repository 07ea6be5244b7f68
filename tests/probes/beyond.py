"""Questions about what goes on outside of the session that asks: jobs and database links."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from tests.probes.asking import MADE, NO_ERROR, TABLE, Asking, CannotBeAsked, Probe

#: The variable that allows the question which leaves a transaction in doubt for a while.
ALLOWED = "ORACLE_PROBE_IN_DOUBT"
PATIENCE = 60
_JOB = "ODAG_PROBE_JOB"
_LINK = "odag_probe_link"
_CREATE = (
    f"begin dbms_scheduler.create_job(job_name => '{_JOB}', job_type => 'PLSQL_BLOCK', "
    "job_action => 'begin null; end;'); end;"
)
#: Heterogeneous Connectivity and Distributed Database guide, "Simulating a distributed transaction
#: failure": 6 crashes the commit point site after its commit.
_CRASH = "ORA-2PC-CRASH-TEST-6"


@contextlib.contextmanager
def _no_job_left(asking: Asking) -> Iterator[None]:
    try:
        yield
    finally:
        asking.one.rollback()
        asking.code(f"begin dbms_scheduler.drop_job('{_JOB}'); end;")


def _job_commits(asking: Asking) -> str:
    with _no_job_left(asking):
        asking.change()
        return f"{asking.code(_CREATE)}, {asking.committed()}"


def _same_job_commits(asking: Asking) -> str:
    with _no_job_left(asking):
        asking.do(_CREATE)
        asking.change()
        return f"{asking.code(_CREATE)}, {asking.committed()}"


def _job_defaults(asking: Asking) -> str:
    names = ("restartable", "restart_on_recovery", "restart_on_failure")
    with _no_job_left(asking):
        asking.do(_CREATE)
        query = f"select {', '.join(names)} from user_scheduler_jobs where job_name = '{_JOB}'"
        values = asking.one.cursor().execute(query).fetchone()
        told = zip(names, values)  # noqa: B905 - Python 3.9 has no strict
        return ", ".join(f"{name} {value}" for name, value in told)


def _aborted_instance(_: Asking) -> str:
    raise CannotBeAsked(
        "it needs a DBA: SHUTDOWN ABORT while a job runs, STARTUP, then look whether "
        "USER_SCHEDULER_JOB_RUN_DETAILS has a second run of it"
    )


@contextlib.contextmanager
def _link(asking: Asking) -> Iterator[None]:
    """Make a link of this database to itself."""
    place = asking.place
    asking.do(
        f'create database link {_LINK} connect to {place.user} identified by "{place.password}" '
        f"using '{place.dsn}'"
    )
    try:
        yield
    finally:
        asking.one.rollback()
        asking.code(f"alter session close database link {_LINK}")
        asking.code(f"drop database link {_LINK}")


def _close_link(asking: Asking) -> str:
    with _link(asking):
        asking.change()
        asking.do(f"select dummy from dual@{_LINK}")
        return asking.code(f"alter session close database link {_LINK}")


def _in_doubt(asking: Asking) -> str:
    if not os.environ.get(ALLOWED):
        raise CannotBeAsked(
            f"it leaves a transaction in doubt until RECO ends it; {ALLOWED}=1 allows it"
        )
    asking.do(f"create table {MADE} (n number)")
    asking.do(f"insert into {MADE} values (0)")
    asking.one.commit()
    with _link(asking):
        asking.change()
        asking.do(f"update {MADE}@{_LINK} set n = 1")
        codes = [
            asking.code(f"commit comment '{_CRASH}'"),
            *(asking.code(f"select n from {table}", asking.other) for table in (TABLE, MADE)),
            *(
                asking.code(f"select n from {table} for update nowait", asking.other)
                for table in (TABLE, MADE)
            ),
        ]
        asking.other.rollback()
        _settle(asking)
    words = ("COMMIT", "reader", "reader behind the link", "NOWAIT", "NOWAIT behind the link")
    told = zip(words, codes)  # noqa: B905 - Python 3.9 has no strict
    return ", ".join(f"{word} {code}" for word, code in told)


def _settle(asking: Asking) -> None:
    """Wait until nothing is in doubt, else end it by force if that is granted."""
    ours = f"select local_tran_id from dba_2pc_pending where tran_comment = '{_CRASH}'"
    deadline = time.monotonic() + PATIENCE
    while any(asking.code(f"select n from {table}") != NO_ERROR for table in (TABLE, MADE)):
        if time.monotonic() > deadline:
            for (transaction,) in asking.other.cursor().execute(ours).fetchall():
                asking.code(f"rollback force '{transaction}'")
            return
        time.sleep(0.5)


PROBES = (
    Probe(10, "CREATE_JOB in a transaction", _job_commits),
    Probe(10, "CREATE_JOB of a job that exists", _same_job_commits),
    Probe(11, "whether a new job would be started again", _job_defaults),
    Probe(11, "a job whose instance is aborted", _aborted_instance),
    Probe(6, "CLOSE DATABASE LINK in a transaction that used it", _close_link),
    Probe(13, "a commit that is left in doubt", _in_doubt),
)
