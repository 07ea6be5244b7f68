"""USER_DEPENDENCIES and ALL_DEPENDENCIES, and what they do to the status of code."""

from tests.conformance.bench import Bench
from tests.conformance.record import (
    Case,
    Feature,
    Manual,
    differs,
    returns,
    rows,
    rows_in_any_order,
)

FEATURE = Feature(1, "USER_DEPENDENCIES and ALL_DEPENDENCIES")

_DEPENDENCIES = Manual("Database Reference", "ALL_DEPENDENCIES")
_INVALIDATION = Manual("Database Development Guide", "Invalidation of Dependent Objects")
_ASK = """select referenced_name, referenced_type from user_dependencies
          where name = 'P' and referenced_owner = user"""
_STATUS = "select status from user_objects where object_name = 'P'"


def _called_again(bench: Bench) -> list[str]:
    bench.run("create function f return number is begin return 1; end;")
    bench.run("create procedure p is n number; begin n := f; end;")
    bench.run(
        "create or replace function f(x number default 2) return number is begin return x; end;"
    )
    before = bench.one(_STATUS)
    bench.run("begin p; end;")
    return [before, bench.one(_STATUS)]


CASES = (
    Case(
        "tables that its SQL names",
        setup=(
            "create table a (n number)",
            "create table b (n number)",
            """create procedure p is begin
                 insert into a select n from b;
               end;""",
        ),
        run=_ASK,
        expect=rows_in_any_order(("A", "TABLE"), ("B", "TABLE")),
        evidence=_DEPENDENCIES,
    ),
    Case(
        "code that it calls",
        setup=(
            "create function f return number is begin return 1; end;",
            "create package g is procedure run; end;",
            "create procedure p is n number; begin n := f; g.run; end;",
        ),
        run=_ASK,
        expect=rows_in_any_order(("F", "FUNCTION"), ("G", "PACKAGE")),
        evidence=_DEPENDENCIES,
    ),
    Case(
        "a package's body depends on its specification",
        setup=("create package p is n number; end;", "create package body p is m number; end;"),
        run="""select type, referenced_type from user_dependencies
               where name = 'P' and referenced_name = 'P'""",
        expect=rows(("PACKAGE BODY", "PACKAGE")),
        evidence=_DEPENDENCIES,
    ),
    Case(
        "what dynamic SQL names is not known",
        setup=(
            "create table a (n number)",
            "create procedure p is begin execute immediate 'delete from a'; end;",
        ),
        run=_ASK,
        expect=rows(),
        evidence=Manual("Database Development Guide", "Overview of Schema Object Dependency"),
    ),
    Case(
        "a sequence",
        setup=(
            "create sequence s",
            "create procedure p is n number; begin select s.nextval into n from dual; end;",
        ),
        run=_ASK,
        expect=rows(("S", "SEQUENCE")),
        sandbox=differs("sequences are left out", rows()),
        evidence=_DEPENDENCIES,
    ),
    Case(
        "a changed body does not make the caller INVALID",
        setup=(
            "create package g is procedure run; end;",
            "create package body g is procedure run is begin null; end; end;",
            "create procedure p is begin g.run; end;",
            """create or replace package body g is
                 procedure run is n number; begin n := 1; end;
               end;""",
        ),
        run=_STATUS,
        expect=rows(("VALID",)),
        evidence=_INVALIDATION,
    ),
    Case(
        "the next call compiles it again",
        run=_called_again,
        expect=returns(["INVALID", "VALID"]),
        evidence=Manual("Database Development Guide", "Object Revalidation"),
    ),
    Case(
        "a table that is dropped makes it INVALID",
        setup=(
            "create table a (n number)",
            "create procedure p is begin delete from a; end;",
            "drop table a purge",
        ),
        run=_STATUS,
        expect=rows(("INVALID",)),
        evidence=_INVALIDATION,
    ),
)
