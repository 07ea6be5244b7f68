"""Questions about sessions: who lives, and when the locks of a dead client are free."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable

from tests.probes.asking import NO_ERROR, TABLE, Asking, CannotBeAsked, Probe, session_id

#: Seconds that a killed client's call goes on in the database, and that its lock is waited for.
CALL, PATIENCE = 3, 60
#: Sessions that are opened in the hope for one on another instance.
SESSIONS = 8
_INSTANCE = "select sys_context('USERENV', 'INSTANCE') from dual"
_HOLD_A_LOCK = f"""
import os, sys, oracledb
connection = oracledb.connect(user=os.environ["ORACLE_USER"], dsn=os.environ["ORACLE_DSN"],
                              password=os.environ["ORACLE_PASSWORD"])
connection.cursor().execute("update {TABLE} set n = 2")
print("locked", flush=True)
connection.cursor().execute(sys.argv[1]) if sys.argv[1:] else sys.stdin.read()
"""
#: Work that cannot be cut short: a query of many rows, again and again for `CALL` seconds.
_BUSY = f"""
declare
  until number := dbms_utility.get_time + {CALL * 100};
begin
  while dbms_utility.get_time < until loop
    update {TABLE} set n = (select count(*) from (select level from dual connect by level < 10000));
  end loop;
end;
"""


def _alive(asking: Asking) -> str:
    other = session_id(asking.other)
    here = asking.alive(other)
    asking.other.close()
    return f"{here}, after its log-off {asking.alive(other)}"


def _killed(asking: Asking) -> str:
    other = session_id(asking.other)
    asking.other.cursor().execute(f"update {TABLE} set n = 2")
    number, serial = asking.other.session_id, asking.other.serial_num
    code = asking.code(f"alter system kill session '{number},{serial}'")
    if code == "ORA-01031":
        raise CannotBeAsked("it needs ALTER SYSTEM")
    lock = asking.code(f"select n from {TABLE} for update nowait")
    first = asking.alive(other)
    told = asking.code("select 1 from dual", asking.other)
    return (
        f"{code}, {first}, its lock: {lock}; after the client's next call ({told}) "
        f"{asking.alive(other)}"
    )


def _other_instance(asking: Asking) -> str:
    here = asking.value(_INSTANCE)
    with contextlib.ExitStack() as stack:
        for _ in range(SESSIONS):
            there = stack.enter_context(asking.place.connect())
            (instance,) = there.cursor().execute(_INSTANCE).fetchone()
            if instance != here:
                other = session_id(there)
                before = asking.alive(other)
                there.close()
                return f"{before}, after its log-off {asking.alive(other)}"
    raise CannotBeAsked(f"{SESSIONS} sessions were all on instance {here}; it needs RAC")


def _killed_client(call: str = "") -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        place = asking.place
        named = {
            "ORACLE_DSN": place.dsn,
            "ORACLE_USER": place.user,
            "ORACLE_PASSWORD": place.password,
        }
        with subprocess.Popen(
            [sys.executable, "-c", _HOLD_A_LOCK, *([call] if call else [])],
            env={**os.environ, **named},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as client:
            if client.stdout is None or not client.stdout.readline():
                raise CannotBeAsked("the client that was to be killed could not lock the row")
            if call:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    client.wait(1)  # nothing tells that its call has begun
                    raise CannotBeAsked("the call of the client that was to be killed has failed")
            client.kill()
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            if asking.code(f"select n from {TABLE} for update nowait") == NO_ERROR:
                return f"free after {time.monotonic() - began:.0f} s"
            time.sleep(0.2)
        return f"not free after {PATIENCE} s"

    return ask


PROBES = (
    Probe(3, "a session's life", _alive, "alive, after its log-off dead"),
    Probe(3, "the life of an idle session that was killed", _killed),
    Probe(2, "a session's life, asked from another instance", _other_instance),
    Probe(8, "the lock of an idle client that was killed", _killed_client()),
    Probe(
        8,
        f"the lock of a client that was killed while it slept for {CALL} s",
        _killed_client(f"begin dbms_session.sleep({CALL}); end;"),
    ),
    Probe(
        8,
        f"the lock of a client that was killed while it worked for {CALL} s",
        _killed_client(_BUSY),
    ),
)
