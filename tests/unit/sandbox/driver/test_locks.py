"""DBMS_LOCK and DBMS_APPLICATION_INFO (PL/SQL Packages and Types Reference)."""

from __future__ import annotations

import itertools
import time

import pytest

_NUMBERS = itertools.count(100)
_REQUEST = "begin :o := dbms_lock.request({0}); end;"


@pytest.fixture
def system(log_in):
    """Give a session of SYSTEM."""
    return log_in("system")


@pytest.fixture
def granted(system):
    """Grant EXECUTE ON DBMS_LOCK to DEMO for one test."""
    system.run("grant execute on sys.dbms_lock to demo")
    yield
    system.run("revoke execute on dbms_lock from demo")


@pytest.fixture
def number():
    """Give a lock that no other test uses."""
    return next(_NUMBERS)


@pytest.fixture
def a(granted, demo):
    """Give a session that may use DBMS_LOCK."""
    return demo


@pytest.fixture
def b(granted, second):
    """Give another one."""
    return second


def _waits(system, person):
    end = time.monotonic() + 10
    ask = "select blocking_session from v$session where sid = :1"
    while system.one(ask, person.connection.session_id) is None:
        assert time.monotonic() < end
    return system.one(ask, person.connection.session_id)


def test_it_is_not_there_without_the_grant(demo, system):
    """PLS-00201 when the block is compiled; GRANT helps at once, REVOKE ends it."""
    block = "begin dbms_lock.sleep(0); end;"
    message = demo.error(block)
    assert message.startswith("ORA-06550: line 1, column 7:")
    assert "PLS-00201: identifier 'DBMS_LOCK' must be declared" in message
    demo.run("begin dbms_session.sleep(0); end;")
    system.run("grant execute on dbms_lock to demo")
    demo.run(block)
    system.run("revoke execute on dbms_lock from demo")
    assert demo.fails(block) == 6550


def test_request_and_release(a, b, number):
    """0 done, 1 not to be had in time, 4 for what one has already or has not."""
    request = _REQUEST.format(f"{number}, dbms_lock.x_mode, 0")
    release = f"begin :o := dbms_lock.release({number}); end;"
    assert a.call(request) == 0
    assert a.call(request) == 4
    assert b.call(request) == 1
    assert b.call(release) == 4
    assert a.call(release) == 0
    assert b.call(request) == 0


_MODES = ["nl", "ss", "sx", "s", "ssx", "x"]
_TABLE = {
    "nl": "111111",
    "ss": "111110",
    "sx": "111000",
    "s": "110100",
    "ssx": "110000",
    "x": "100000",
}


@pytest.mark.parametrize("held", _MODES)
def test_modes_beside_each_other(a, b, held, number):
    """The table of the manual: which mode is granted beside which."""
    assert a.call(_REQUEST.format(f"{number}, dbms_lock.{held}_mode, 0")) == 0
    for wanted, fits in zip(_MODES, _TABLE[held], strict=True):
        found = b.call(_REQUEST.format(f"{number}, dbms_lock.{wanted}_mode, 0"))
        assert (wanted, found) == (wanted, 0 if fits == "1" else 1)
        if not found:
            b.call(f"begin :o := dbms_lock.release({number}); end;")


def test_waiting_until_it_is_released(system, a, b, number):
    """Who waits is shown with its blocker, and goes on when the lock is given back."""
    a.call(_REQUEST.format(number))
    block = f"declare n number; begin n := dbms_lock.request(id => {number}, timeout => 15); if n <> 0 then raise program_error; end if; end;"  # noqa: E501 - one line
    waiting = b.later(block)
    assert _waits(system, b) == a.connection.session_id
    a.call(f"begin :o := dbms_lock.release({number}); end;")
    assert not isinstance(waiting(), str)


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_release_on_commit(a, b, number, ending):
    """COMMIT and ROLLBACK give back what was so requested, and keep the rest."""
    kept = next(_NUMBERS)
    request = "{0}, dbms_lock.x_mode, 0, release_on_commit => {1}"
    a.call(_REQUEST.format(request.format(number, "true")))
    a.call(_REQUEST.format(request.format(kept, "false")))
    a.run(ending)
    assert b.call(_REQUEST.format(f"{number}, timeout => 0")) == 0
    assert b.call(_REQUEST.format(f"{kept}, timeout => 0")) == 1


@pytest.mark.parametrize("ending", ["kill", "close"])
def test_the_end_of_a_session_gives_back(system, a, b, number, ending):
    """A session that ends, of itself or not, holds nothing any more."""
    a.call(_REQUEST.format(number))
    if ending == "kill":
        system.run(f"alter system kill session '{a.sid()}'")
    else:
        a.connection.close()
    assert b.call(_REQUEST.format(f"{number}, timeout => 10")) == 0


def test_a_cancel_ends_the_wait(system, a, b, number):
    """ORA-01013 for who waits; the lock was not taken."""
    a.call(_REQUEST.format(number))
    waiting = b.later(f"declare n number; begin n := dbms_lock.request({number}); end;")
    _waits(system, b)
    system.run(f"alter system cancel sql '{b.sid()}'")
    assert str(waiting()).startswith("ORA-01013")
    a.call(f"begin :o := dbms_lock.release({number}); end;")
    assert b.call(f"begin :o := dbms_lock.release({number}); end;") == 4


def test_convert_and_deadlock(system, a, b, number):
    """Two holders of S that both want X: the second is told of the deadlock (2)."""
    for person in (a, b):
        assert person.call(_REQUEST.format(f"{number}, dbms_lock.s_mode, 0")) == 0
    convert = f"dbms_lock.convert({number}, dbms_lock.x_mode, 15)"
    waiting = a.later(f"begin if {convert} <> 0 then raise program_error; end if; end;")
    _waits(system, a)
    assert b.call(f"begin :o := {convert}; end;") == 2
    assert b.call(f"begin :o := dbms_lock.release({number}); end;") == 0
    assert not isinstance(waiting(), str)
    assert b.call(f"begin :o := {convert}; end;") == 4


def test_named_locks(a, b):
    """ALLOCATE_UNIQUE gives one handle for a name and commits; the autonomous one does not."""
    a.run("create table t (v number)")
    a.run("insert into t values (1)")
    handle = a.call("begin dbms_lock.allocate_unique_autonomous('odag', :o); end;", str)
    assert a.connection.transaction_in_progress
    again = b.call(
        "begin dbms_lock.allocate_unique(lockname => 'odag', lockhandle => :o); end;", str
    )
    assert again == handle
    assert (
        a.call("begin :o := dbms_lock.request(lockhandle => :h, timeout => 0); end;", h=handle) == 0
    )
    assert b.call("begin :o := dbms_lock.request(:h, 6, 0); end;", h=handle) == 1
    assert a.call("begin :o := dbms_lock.release(:h); end;", h=handle) == 0
    a.call("begin dbms_lock.allocate_unique('odag', :o); end;", str)
    assert not a.connection.transaction_in_progress


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("dbms_lock.request(1, 9, 0)", 3),
        ("dbms_lock.request(1, 6, -1)", 3),
        ("dbms_lock.request(-1, 6, 0)", 3),
        ("dbms_lock.request('nonsense', 6, 0)", 5),
        ("dbms_lock.convert(77, 6, 0)", 4),
        ("dbms_lock.convert('nonsense', 6, 0)", 5),
        ("dbms_lock.release('nonsense')", 5),
    ],
)
def test_return_codes_of_mistakes(a, call, code):
    """3 parameter error, 4 not owned, 5 illegal handle."""
    assert a.call(f"begin :o := {call}; end;") == code


def test_application_info(system, demo):
    """What is set is read back, by SYS_CONTEXT and in V$SESSION alike."""
    demo.run(
        "begin dbms_application_info.set_module('mod', 'act');"
        " dbms_application_info.set_action('next'); dbms_application_info.set_client_info('info');"
        " dbms_session.set_identifier('me'); end;"
    )
    assert demo.rows(
        "select sys_context('userenv', 'module'), sys_context('userenv', 'action'),"
        " sys_context('userenv', 'client_info'), sys_context('userenv', 'client_identifier'),"
        " to_number(sys_context('userenv', 'sid')) from dual"
    ) == [("mod", "next", "info", "me", demo.connection.session_id)]
    assert system.rows(
        "select module, action, client_info, client_identifier, audsid"
        " from v$session where sid = :1",
        demo.connection.session_id,
    ) == [("mod", "next", "info", "me", demo.connection.session_id)]
    read = "declare m varchar2(64); a varchar2(64); c varchar2(64); begin dbms_application_info.read_module(m, a); dbms_application_info.read_client_info(c); :o := m || '/' || a || '/' || c; end;"  # noqa: E501 - one line
    assert demo.call(read, str) == "mod/next/info"
    demo.run("begin dbms_application_info.set_module(rpad('x', 60, 'x'), null); end;")
    assert demo.call(read, str) == f"{'x' * 48}//info"
