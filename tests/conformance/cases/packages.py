"""Packages: their state per session, their initialisation, overloads, and what makes it stale."""

from tests.conformance.bench import Bench
from tests.conformance.record import (
    Case,
    Feature,
    Manual,
    missing,
    output,
    raises,
    returns,
    rows,
)

FEATURE = Feature(1, "Packages")

_STATE = Manual("PL/SQL Language Reference", "Package State")
_SPEC = """create or replace package counter is
  start_at constant pls_integer := 10;
  function next_one return number;
  function next_one(step number) return number;
end;"""
_BODY = """create or replace package body counter is
  n number;
  function next_one return number is begin return next_one(1); end;
  function next_one(step number) return number is begin n := n + step; return n; end;
begin
  n := start_at;
end;"""
_NEXT = "begin :o := counter.next_one; end;"


def _two_sessions(bench: Bench) -> list[int]:
    other = bench.another()
    return [
        bench.out(_NEXT, int),
        bench.out(_NEXT, int),
        other.out(_NEXT, int),
        bench.out(_NEXT, int),
    ]


def _replaced(bench: Bench) -> list[int]:
    other = bench.another()
    first = other.out(_NEXT, int)
    bench.run(_BODY.replace("n := start_at", "n := 100"))
    code = other.code("declare n number; begin n := counter.next_one; end;")
    return [first, code, other.out(_NEXT, int)]


def _reset(bench: Bench) -> list[int]:
    first = bench.out(_NEXT, int)
    bench.run("begin dbms_session.reset_package; end;")
    return [first, bench.out(_NEXT, int)]


CASES = (
    Case(
        "each session has its own variables, which last from call to call",
        setup=(_SPEC, _BODY),
        run=_two_sessions,
        expect=returns([11, 12, 11, 13]),
        evidence=_STATE,
    ),
    Case(
        "subprograms of one name are told apart by their parameters",
        setup=(_SPEC, _BODY),
        run="""begin
                 dbms_output.put_line(counter.next_one);
                 dbms_output.put_line(counter.next_one(step => 5));
               end;""",
        expect=output("11", "16"),
        evidence=Manual("PL/SQL Language Reference", "Overloaded Subprograms"),
    ),
    Case(
        "a body that was replaced takes the state with it, once",
        setup=(_SPEC, _BODY),
        run=_replaced,
        expect=returns([11, 4068, 101]),
        evidence=_STATE,
    ),
    Case(
        "what only the body declares cannot be seen from outside",
        setup=(_SPEC, _BODY),
        run="begin dbms_output.put_line(counter.n); end;",
        expect=raises(6550, "PLS-00302: component 'N' must be declared"),
        evidence=Manual("PL/SQL Language Reference", "Package Body"),
    ),
    Case(
        "a constant of the specification",
        setup=(_SPEC, _BODY),
        run="begin dbms_output.put_line(counter.start_at); end;",
        expect=output("10"),
        evidence=Manual("PL/SQL Language Reference", "Package Specification"),
    ),
    Case(
        "a package without the body that it needs",
        setup=(_SPEC,),
        run="declare n number; begin n := counter.next_one; end;",
        expect=raises(4067),
        evidence=Manual("Database Error Messages", "ORA-04067"),
    ),
    Case(
        "a body without its specification does not compile",
        setup=("create or replace package body alone is n number; end;",),
        run="select object_type, status from user_objects where object_name = 'ALONE'",
        expect=rows(("PACKAGE BODY", "INVALID")),
        evidence=Manual("PL/SQL Language Reference", "CREATE PACKAGE BODY Statement"),
    ),
    Case(
        "RESET_PACKAGE begins anew",
        setup=(_SPEC, _BODY),
        run=_reset,
        expect=returns([11, 11]),
        evidence=Manual(
            "PL/SQL Packages and Types Reference", "DBMS_SESSION.RESET_PACKAGE Procedure"
        ),
        sandbox=missing("DBMS_SESSION.RESET_PACKAGE"),
    ),
)
