"""What a session tells while it works (Database Reference, V$SESSION, V$SESSION_LONGOPS)."""

from __future__ import annotations

from tests.unit.sandbox.driver.test_scheduler import create, eventually

_SHOWN = (
    "select opname, target_desc, sofar, totalwork, units, message, username"
    " from v$session_longops where sid = :1 and serial# = :2 order by start_time, opname"
)
_SAY = """
declare
  place binary_integer := dbms_application_info.set_session_longops_nohint;
  slot binary_integer;
begin
  for i in 0 .. 2 loop
    dbms_application_info.set_session_longops(
      place, slot, op_name => 'LOAD', sofar => i * 1.5, totalwork => 3, target_desc => 'SALES',
      units => 'rows');
  end loop;
  :o := place;
end;"""


def test_everybody_reads_long_operations(demo, second):
    """A row is begun by the hint, changed by what the call gave back, and kept."""
    numbers = (demo.connection.session_id, demo.connection.serial_num)
    assert demo.call(_SAY) == 0
    assert demo.call(_SAY) == 1
    row = ("LOAD", "SALES", 3, 3, "rows", "LOAD: SALES: 3 out of 3 rows done", "DEMO")
    assert second.rows(_SHOWN, *numbers) == [row, row]
    more = "select elapsed_seconds, time_remaining from v$session_longops where sid = :1"
    assert second.rows(more, numbers[0]) == [(0, 0), (0, 0)]
    times = "last_update_time >= start_time and start_time > sysdate - 1"
    assert second.one(f"select count(*) from sys.v_$session_longops where {times}") >= 2
    demo.connection.close()
    assert second.rows(_SHOWN, *numbers) == [row, row]
    assert second.fails("select 1 from gv$session_longops") == 942


def test_an_unknown_total_leaves_the_rest_open(demo):
    """Before anything is done nothing can be said of the time that remains."""
    demo.run(
        "declare r number := -1; s number; begin"
        " dbms_application_info.set_session_longops(r, s, 'WAIT', totalwork => 10); end;"
    )
    sid = demo.connection.session_id
    asked = "select time_remaining, message from v$session_longops where sid = :1"
    assert demo.rows(asked, sid) == [(None, "WAIT: unknown target: 0 out of 10  done")]


def test_tags_of_a_job_are_seen_while_it_runs(demo, log_in):
    """V$SESSION has module, action, identifier, status and since when its SQL runs."""
    system = log_in("system")
    action = (
        "declare m varchar2(64); a varchar2(64); begin"
        " dbms_application_info.set_module('odag', 'first');"
        " dbms_application_info.set_action('step 2'); dbms_session.set_identifier('run 7');"
        " dbms_application_info.read_module(m, a); dbms_application_info.set_client_info(m || a);"
        " dbms_session.sleep(60); end;"
    )
    create(demo, "TAGGED", action)
    seen = (
        "select username, action, client_identifier, client_info, status, last_call_et,"
        " sql_exec_start from v$session where module = 'odag' and action = 'step 2'"
        " and client_info is not null"
    )
    ((who, *tags, elapsed, began),) = eventually(system, seen)
    assert (who, *tags) == ("DEMO", "step 2", "run 7", "odagstep 2", "ACTIVE")
    assert elapsed >= 0
    assert began is not None
    demo.run("begin dbms_scheduler.stop_job('TAGGED'); end;")
