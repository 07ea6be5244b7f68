"""DBMS_LOCK."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(1, "DBMS_LOCK")

_REQUEST = Manual("PL/SQL Packages and Types Reference", "DBMS_LOCK.REQUEST Function")
_ID = 4711
_ASK = "begin :o := dbms_lock.request({0}, {1}, 0, {2}); end;"


def _ready(bench: Bench) -> Bench:
    bench.dba().run(f"grant execute on dbms_lock to {bench.place.user}")
    return bench


def _request(bench: Bench, mode: int = 6, *, until_commit: bool = False, lock: int = _ID) -> int:
    return bench.out(_ASK.format(lock, mode, str(until_commit).lower()), int)


def _release(bench: Bench) -> int:
    return bench.out(f"begin :o := dbms_lock.release({_ID}); end;", int)


def _exclusive(bench: Bench) -> list[int]:
    other = _ready(bench).another()
    return [_request(bench), _request(other), _release(bench), _request(other)]


def _shared(bench: Bench) -> list[int]:
    other = _ready(bench).another()
    return [_request(bench, 4), _request(other, 4), _request(bench.another(), 6)]


def _twice(bench: Bench) -> list[int]:
    _ready(bench)
    return [_request(bench), _request(bench)]


def _not_held(bench: Bench) -> list[int]:
    _ready(bench)
    return [_release(bench), _request(bench, 9)]


def _until_commit(bench: Bench) -> list[int]:
    other = _ready(bench).another()
    first = _request(bench, until_commit=True)
    bench.run("commit")
    return [first, _request(other)]


def _until_the_end(bench: Bench) -> list[int]:
    other = _ready(bench).another()
    first = _request(other)
    other.run("rollback")
    held = _request(bench)
    other.connection.close()
    return [first, held, _request(bench)]


def _converted(bench: Bench) -> list[int]:
    other = _ready(bench).another()
    return [
        _request(bench, 6),
        bench.out(f"begin :o := dbms_lock.convert({_ID}, 4, 0); end;", int),
        _request(other, 4),
        bench.out(f"begin :o := dbms_lock.convert({_ID}, 6, 0); end;", int),
    ]


CASES = (
    Case(
        "an exclusive lock keeps others out until it is released",
        run=_exclusive,
        expect=returns([0, 1, 0, 0]),
        evidence=_REQUEST,
    ),
    Case(
        "shared locks are held together, and keep an exclusive one out",
        run=_shared,
        expect=returns([0, 0, 1]),
        evidence=_REQUEST,
    ),
    Case("who has it has it already", run=_twice, expect=returns([0, 4]), evidence=_REQUEST),
    Case(
        "a lock that is not held, and a mode that there is not",
        run=_not_held,
        expect=returns([4, 3]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_LOCK.RELEASE Function"),
    ),
    Case(
        "RELEASE_ON_COMMIT gives it back at the COMMIT",
        run=_until_commit,
        expect=returns([0, 0]),
        evidence=_REQUEST,
    ),
    Case(
        "otherwise it lasts as long as the session",
        run=_until_the_end,
        expect=returns([0, 1, 0]),
        evidence=_REQUEST,
    ),
    Case(
        "a lock is converted when the others allow it",
        run=_converted,
        expect=returns([0, 0, 0, 1]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_LOCK.CONVERT Function"),
    ),
)
