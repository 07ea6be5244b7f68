"""Arrays of a client as associative arrays of PL/SQL."""

from datetime import datetime

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns

FEATURE = Feature(4, "PL/SQL arrays as binds")

_SETUP = (
    """create or replace package p as
         type numbers is table of number index by pls_integer;
         type texts is table of varchar2(20) index by pls_integer;
         type dates is table of date index by pls_integer;
         function total (a numbers) return number;
         procedure made (n number, a out texts);
         procedure doubled (a in out numbers);
         procedure later (a in out dates);
       end;""",
    """create or replace package body p as
         function total (a numbers) return number is t number := 0;
         begin for i in 1 .. a.count loop t := t + nvl(a(i), 100); end loop; return t; end;
         procedure made (n number, a out texts) is
         begin for i in 1 .. n loop a(i) := 'text ' || i; end loop; end;
         procedure doubled (a in out numbers) is
         begin for i in 1 .. a.count loop a(i) := a(i) * 2; end loop; end;
         procedure later (a in out dates) is
         begin for i in 1 .. a.count loop a(i) := a(i) + 1; end loop; end;
       end;""",
)
_ARRAYS = Manual("python-oracledb documentation", "Binding PL/SQL Collections")
_INDEX_BY = Manual("PL/SQL Language Reference", "Associative Arrays")


def _call(bench: Bench, kind: object, given: object, block: str) -> list[object]:
    with bench.connection.cursor() as cursor:
        array = cursor.arrayvar(kind, given)
        cursor.execute(block, a=array)
        return array.getvalue()


def _in(bench: Bench) -> list[int]:
    with bench.connection.cursor() as cursor:
        return [
            cursor.callfunc("p.total", int, [cursor.arrayvar(oracledb.NUMBER, given, 5)])
            for given in ([1, 2, 3], [1, None], [])
        ]


def _out(bench: Bench) -> list[object]:
    return _call(bench, oracledb.STRING, 5, "begin p.made(3, :a); end;")


def _in_out(bench: Bench) -> list[object]:
    return _call(bench, oracledb.NUMBER, [1, 2.5, -3], "begin p.doubled(:a); end;")


def _dates(bench: Bench) -> list[object]:
    given = [datetime(2026, 2, 28, 23, 59, 59), datetime(2026, 12, 31)]
    return _call(bench, oracledb.DATETIME, given, "begin p.later(:a); end;")


def _none(bench: Bench) -> list[object]:
    return _call(bench, oracledb.STRING, 5, "begin p.made(0, :a); end;")


def _too_many(bench: Bench) -> None:
    _call(bench, oracledb.STRING, 2, "begin p.made(3, :a); end;")


def _of_a_block(bench: Bench) -> list[object]:
    block = """declare t p.numbers := :a; u p.numbers;
               begin for i in 1 .. t.count loop u(t.count - i + 1) := t(i); end loop;
               :a := u; end;"""
    return _call(bench, oracledb.NUMBER, [1, 2, 3], block)


def _gap(bench: Bench) -> list[object]:
    block = "declare t p.texts; begin t(1) := 'a'; t(3) := 'c'; :a := t; end;"
    return _call(bench, oracledb.STRING, 5, block)


def _below(bench: Bench) -> None:
    _call(bench, oracledb.STRING, 5, "declare t p.texts; begin t(-1) := 'a'; :a := t; end;")


def _lines(bench: Bench) -> list[object]:
    bench.run("begin dbms_output.enable; end;")
    bench.run("begin dbms_output.put_line('one'); dbms_output.put_line('two'); end;")
    with bench.connection.cursor() as cursor:
        lines, count = cursor.arrayvar(str, 10), cursor.var(int)
        count.setvalue(0, 10)
        cursor.callproc("dbms_output.get_lines", (lines, count))
        return [lines.getvalue()[: count.getvalue()], count.getvalue()]


CASES = (
    Case("an array is an argument, with NULL and without elements", setup=_SETUP, run=_in,
         expect=returns([6, 101, 0]), evidence=_ARRAYS),
    Case("an array is filled", setup=_SETUP, run=_out,
         expect=returns(["text 1", "text 2", "text 3"]), evidence=_ARRAYS),
    Case("an array is changed", setup=_SETUP, run=_in_out, expect=returns([2, 5, -6]),
         evidence=_ARRAYS),
    Case("an array of dates", setup=_SETUP, run=_dates,
         expect=returns([datetime(2026, 3, 1, 23, 59, 59),
                         datetime(2027, 1, 1)]), evidence=_ARRAYS),
    Case("nothing was put in", setup=_SETUP, run=_none, expect=returns([]), evidence=_INDEX_BY),
    Case("more elements than the client has room for", setup=_SETUP, run=_too_many,
         expect=raises(6513), evidence=Manual("Database Error Messages", "ORA-06513")),
    Case("a block reads and assigns an array", setup=_SETUP, run=_of_a_block,
         expect=returns([3, 2, 1]), evidence=_INDEX_BY),
    Case(
        "an element that there is not is NULL",
        setup=_SETUP,
        run=_gap,
        expect=returns(["a", None, "c"]),
        evidence=Manual("Database Error Messages", "ORA-06513"),
    ),
    Case(
        "an index below 1 has no place",
        setup=_SETUP,
        run=_below,
        expect=raises(6513),
        evidence=Manual("Database Error Messages", "ORA-06513"),
    ),
    Case(
        "the lines of DBMS_OUTPUT at once",
        run=_lines,
        expect=returns([["one", "two"], 2]),
        evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_OUTPUT.GET_LINES Procedure"),
    ),
)  # fmt: skip
