"""Associative arrays as binds of a client."""

from typing import Any

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns

FEATURE = Feature(2, "Associative arrays as binds")

_GUIDE = Manual("python-oracledb documentation", "Binding PL/SQL Collections and Records")
_SPEC = """create package p is
  type numbers is table of number index by pls_integer;
  type names is table of varchar2(20) index by pls_integer;
  function total(x numbers) return number;
  procedure twice(x in out numbers, y out names);
  procedure gap(y out names);
end;"""
_BODY = """create package body p is
  function total(x numbers) return number is
    s number := 0;
  begin
    for i in 1 .. x.count loop
      s := s + x(i);
    end loop;
    return s;
  end;
  procedure twice(x in out numbers, y out names) is
  begin
    for i in 1 .. x.count loop
      x(i) := x(i) * 2;
      y(i) := 'n' || x(i);
    end loop;
  end;
  procedure gap(y out names) is
  begin
    y(1) := 'a';
    y(3) := 'c';
  end;
end;"""


def _total(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        return cursor.callfunc("p.total", int, [cursor.arrayvar(int, [1, 2, 39])])


def _empty(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        return cursor.callfunc("p.total", int, [cursor.arrayvar(int, [], 5)])


def _twice(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        numbers, names = cursor.arrayvar(int, [4, 5], 10), cursor.arrayvar(str, 10)
        cursor.callproc("p.twice", [numbers, names])
        return [numbers.getvalue(), names.getvalue()]


def _gap(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        names = cursor.arrayvar(str, 10)
        cursor.callproc("p.gap", [names])
        return names.getvalue()


def _block(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        numbers, o = cursor.arrayvar(int, [7, 8], 10), cursor.var(int)
        cursor.execute(
            "declare n p.numbers; begin n := :a; :o := n.count * 10 + n(2); end;", a=numbers, o=o
        )
        return o.getvalue()


def _lines(bench: Bench) -> Any:
    bench.run("begin dbms_output.enable; end;")
    bench.run("begin dbms_output.put_line('one'); dbms_output.put_line('two'); end;")
    with bench.connection.cursor() as cursor:
        lines, count = cursor.arrayvar(str, 10), cursor.var(int)
        count.setvalue(0, 10)
        cursor.callproc("dbms_output.get_lines", (lines, count))
        return [lines.getvalue(), count.getvalue()]


def _cursor(bench: Bench) -> Any:
    with bench.connection.cursor() as cursor:
        return cursor.callfunc("f", oracledb.DB_TYPE_CURSOR).fetchall()


CASES = (
    Case(
        "an array as argument",
        setup=(_SPEC, _BODY),
        run=_total,
        expect=returns(42),
        evidence=_GUIDE,
    ),
    Case(
        "an empty array",
        setup=(_SPEC, _BODY),
        run=_empty,
        expect=returns(0),
        evidence=_GUIDE,
    ),
    Case(
        "arrays that come back",
        setup=(_SPEC, _BODY),
        run=_twice,
        expect=returns([[8, 10], ["n8", "n10"]]),
        evidence=_GUIDE,
    ),
    Case(
        "one with a gap cannot",
        setup=(_SPEC, _BODY),
        run=_gap,
        expect=raises(6513),
        evidence=Manual("Database Error Messages", "ORA-06513"),
    ),
    Case(
        "assigned to a variable of a block",
        setup=(_SPEC, _BODY),
        run=_block,
        expect=returns(28),
        evidence=_GUIDE,
    ),
    Case(
        "the lines of DBMS_OUTPUT at once",
        run=_lines,
        expect=returns([["one", "two"], 2]),
        evidence=Manual("PL/SQL Packages and Types Reference", "GET_LINES Procedure"),
    ),
    Case(
        "a function gives a cursor to the client",
        setup=(
            "create table t (n number)",
            "insert into t values (5)",
            """create function f return sys_refcursor is
                 c sys_refcursor;
               begin
                 open c for select n from t;
                 return c;
               end;""",
        ),
        run=_cursor,
        expect=returns([(5,)]),
        evidence=Manual("python-oracledb documentation", "REF CURSOR Variables"),
    ),
)
