"""Questions about what a job's body does inside one block: dynamic SQL, its errors, its cursors."""

from __future__ import annotations

import contextlib
import time

from tests.probes.asking import NO_ERROR, TABLE, Asking, CannotBeAsked, Probe

_JOB = "ODAG_PROBE_NAME"


def _names(asking: Asking) -> str:
    """Let a job write how its own names are called."""
    action = (
        f"begin update {TABLE} set n = case when job_name = ''{_JOB}'' and job_owner = user "
        "then 7 else 8 end; commit; end;"
    )
    asking.do(
        f"begin dbms_scheduler.create_job(job_name => '{_JOB}', job_type => 'PLSQL_BLOCK', "
        f"job_action => '{action}', enabled => true); end;"
    )
    try:
        for _ in range(300):
            if asking.seen() != "0":
                return "as the catalogue has them" if asking.seen() == "7" else "others"
            time.sleep(0.1)
        raise CannotBeAsked("the job was not run within 30 s")
    finally:
        with contextlib.suppress(Exception):
            asking.code(f"begin dbms_scheduler.drop_job('{_JOB}'); end;")


def _switched(asking: Asking) -> str:
    asking.change()
    error = asking.code(
        "begin execute immediate 'alter session disable commit in procedure'; "
        "execute immediate 'alter session enable commit in procedure'; commit; end;"
    )
    return f"{error}, {asking.committed()}"


def _failed(text: str) -> str:
    """Return a block that handles the error of a text that it runs."""
    return f"begin begin execute immediate '{text}'; exception when others then null; end; end;"


def _failed_statement(asking: Asking) -> str:
    asking.change()
    asking.do(_failed(f"insert into {TABLE} select 1 / (2 - level) from dual connect by level < 4"))
    return f"{asking.value(f'select count(*) from {TABLE} where n = 1')} row"


def _failed_block(asking: Asking) -> str:
    asking.do(_failed(f"begin insert into {TABLE} values (2); raise no_data_found; end;"))
    left = asking.value(f"select count(*) from {TABLE} where n = 2")
    return "its changes are left" if left else "its changes are undone"


def _savepoint(asking: Asking) -> str:
    asking.change()
    return asking.code(
        "begin savepoint here; execute immediate 'begin commit; end;'; rollback to here; end;"
    )


def _undefined(asking: Asking) -> str:
    """Fetch rows of which no column was defined."""
    text = (
        "declare rows_of sys_refcursor; handle integer; begin "
        f"open rows_of for 'select to_clob(''x'') from {TABLE}'; "
        "handle := dbms_sql.to_cursor_number(rows_of); "
        ":found := dbms_sql.fetch_rows(handle); dbms_sql.close_cursor(handle); end;"
    )
    return f"{asking.call(text, int)} row"


def _defined_as_text(asking: Asking) -> str:
    text = (
        "declare rows_of sys_refcursor; handle integer; given varchar2(4000); begin "
        f"open rows_of for 'select n from {TABLE}'; "
        "handle := dbms_sql.to_cursor_number(rows_of); "
        "dbms_sql.define_column(handle, 1, given, 4000); "
        "if dbms_sql.fetch_rows(handle) = 1 then dbms_sql.column_value(handle, 1, given); end if; "
        "dbms_sql.close_cursor(handle); :found := given; end;"
    )
    return str(asking.call(text))


def _backtrace(asking: Asking) -> str:
    text = (
        "begin\n\n  execute immediate 'begin' || chr(10) || chr(10) || chr(10) || "
        "'raise no_data_found; end;';\n"
        "exception when others then :found := replace(rtrim(dbms_utility.format_error_backtrace, "
        "chr(10)), chr(10), ', '); end;"
    )
    return str(asking.call(text))


PROBES = (
    Probe(10, "job_name and job_owner in a job's block", _names, "as the catalogue has them"),
    Probe(
        1,
        "DISABLE and ENABLE COMMIT IN PROCEDURE inside a block that commits then",
        _switched,
        f"{NO_ERROR}, committed",
    ),
    Probe(9, "what is left of a dynamic statement that failed", _failed_statement, "1 row"),
    Probe(9, "what is left of a dynamic block that failed", _failed_block),
    Probe(9, "a savepoint behind a COMMIT", _savepoint, "ORA-01086"),
    Probe(9, "a fetch by DBMS_SQL without a defined column", _undefined, "1 row"),
    Probe(9, "a number fetched by DBMS_SQL as a text", _defined_as_text, "0"),
    Probe(
        9,
        "the calls of an error in a dynamic block",
        _backtrace,
        "ORA-06512: at line 4, ORA-06512: at line 3",
    ),
)
