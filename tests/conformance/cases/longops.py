"""V$SESSION_LONGOPS, and DBMS_APPLICATION_INFO.SET_SESSION_LONGOPS."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "V$SESSION_LONGOPS")

_VIEW = Manual("Database Reference", "V$SESSION_LONGOPS")
_SET = Manual(
    "PL/SQL Packages and Types Reference",
    "DBMS_APPLICATION_INFO.SET_SESSION_LONGOPS Procedure",
)
_BLOCK = """declare
  place binary_integer := dbms_application_info.set_session_longops_nohint;
  slot binary_integer;
begin
  for done in 1 .. :done loop
    dbms_application_info.set_session_longops(
      rindex => place, slno => slot, op_name => :name, sofar => done, totalwork => 4,
      target_desc => 'orders', units => 'files');
  end loop;
end;"""


def _told(bench: Bench, columns: str, done: int = 3) -> list[object]:
    name = f"loading {bench.connection.session_id} {bench.connection.serial_num}"
    bench.run(_BLOCK, done=done, name=name)
    return bench.rows(f"select {columns} from v$session_longops where opname = :1", name)


def _two(bench: Bench) -> int:
    _told(bench, "sofar")
    return len(_told(bench, "sofar"))


def _after_rollback(bench: Bench) -> object:
    name = f"loading {bench.connection.session_id} {bench.connection.serial_num}"
    _told(bench, "sofar")
    bench.connection.rollback()
    return bench.rows("select sofar from v$session_longops where opname = :1", name)


def _seen_by_another(bench: Bench) -> object:
    name = f"loading {bench.connection.session_id} {bench.connection.serial_num}"
    _told(bench, "sofar")
    ask = "select sofar from v$session_longops where opname = :1"
    return bench.user("conform_two").rows(ask, name)


CASES = (
    Case(
        "one row follows the work",
        run=lambda bench: _told(bench, "sofar, totalwork, units"),
        expect=returns([(3, 4, "files")]),
        evidence=_SET,
    ),
    Case(
        "the session's own place",
        run=lambda bench: _told(bench, "sid") == [(bench.connection.session_id,)],
        expect=returns(True),
        evidence=_VIEW,
    ),
    Case(
        "the message is made of the others",
        run=lambda bench: "3 out of 4 files done" in str(_told(bench, "message")[0][0]),
        expect=returns(True),
        evidence=_VIEW,
    ),
    Case(
        "NOHINT begins another row",
        run=_two,
        expect=returns(2),
        evidence=_SET,
    ),
    Case(
        "a rollback does not undo it",
        run=_after_rollback,
        expect=returns([(3,)]),
        evidence=_SET,
    ),
    Case(
        "everybody may read it",
        run=_seen_by_another,
        expect=returns([(3,)]),
        evidence=_VIEW,
    ),
    Case(
        "nothing is left to do at the end",
        run=lambda bench: _told(bench, "totalwork - sofar, time_remaining", done=4),
        expect=returns([(0, 0)]),
        evidence=_VIEW,
    ),
)
