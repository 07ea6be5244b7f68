"""RETURNING INTO of INSERT, UPDATE and DELETE, by binds of the client."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, returns

FEATURE = Feature(3, "RETURNING INTO")

_INSERT = Manual("SQL Language Reference", "INSERT, returning_clause")
_UPDATE = Manual("SQL Language Reference", "UPDATE, returning_clause")
_DRIVER = Manual("python-oracledb documentation", "DML RETURNING Bind Variables")
_TABLE = (
    "create table t (id number generated always as identity, n number, name varchar2(9))",
    "insert into t (n) select level from dual connect by level <= 3",
)


def _ask(bench: Bench, text: str, *kinds: type, **binds: object) -> list[object]:
    with bench.connection.cursor() as cursor:
        outs = {f"o{place}": cursor.var(kind) for place, kind in enumerate(kinds, 1)}
        cursor.execute(text, {**binds, **outs})
        return [variable.getvalue() for variable in outs.values()]


def _many(bench: Bench) -> list[object]:
    with bench.connection.cursor() as cursor:
        out = cursor.var(int, arraysize=2)
        cursor.setinputsizes(None, out)
        cursor.executemany("insert into t (n) values (:1) returning n * 10 into :2", [(7,), (8,)])
        return [out.getvalue(0), out.getvalue(1)]


CASES = (
    Case(
        "the number that an identity has made",
        setup=_TABLE,
        run=lambda bench: _ask(
            bench, "insert into t (n) values (:n) returning id into :o1", int, n=9
        ),
        expect=returns([[4]]),
        evidence=_INSERT,
    ),
    Case(
        "a value for each row that was updated",
        setup=_TABLE,
        run=lambda bench: [
            sorted(values)
            for values in _ask(
                bench, "update t set n = n * 2 where n >= :low returning n into :o1", int, low=2
            )
        ],
        expect=returns([[4, 6]]),
        evidence=_UPDATE,
    ),
    Case(
        "several expressions",
        setup=_TABLE,
        run=lambda bench: _ask(
            bench,
            "update t set name = :v where n = 1 returning n + 1, upper(name) into :o1, :o2",
            int,
            str,
            v="one",
        ),
        expect=returns([[2], ["ONE"]]),
        evidence=_UPDATE,
    ),
    Case(
        "what was deleted",
        setup=_TABLE,
        run=lambda bench: _ask(
            bench, "delete from t where n = 3 returning id, n into :o1, :o2", int, int
        ),
        expect=returns([[3], [3]]),
        evidence=Manual("SQL Language Reference", "DELETE, returning_clause"),
    ),
    Case(
        "no row, no value",
        setup=_TABLE,
        run=lambda bench: _ask(bench, "delete from t where n = 30 returning n into :o1", int),
        expect=returns([[]]),
        evidence=_DRIVER,
    ),
    Case(
        "rows of executemany",
        setup=_TABLE,
        run=_many,
        expect=returns([[70], [80]]),
        evidence=_DRIVER,
    ),
)
