"""USER_SOURCE and ALL_SOURCE."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, returns, rows

FEATURE = Feature(1, "USER_SOURCE and ALL_SOURCE")

_SOURCE = Manual("Database Reference", "ALL_SOURCE")


def _of_another(bench: Bench) -> list[object]:
    other = bench.user("conform_two", "create procedure")
    other.run("create package p is n number; end;")
    other.run("create package body p is m number; end;")
    ask = "select type from all_source where owner = 'CONFORM_TWO' order by type"
    before = bench.rows(ask)
    other.run(f"grant execute on p to {bench.place.user}")
    return [before, bench.rows(ask)]


CASES = (
    Case(
        "line by line, each with its end of line",
        setup=("create procedure p is\nbegin\n  null;\nend;",),
        run="select line, text from user_source where name = 'P' order by line",
        expect=rows((1, "procedure p is\n"), (2, "begin\n"), (3, "  null;\n"), (4, "end;")),
        evidence=_SOURCE,
    ),
    Case(
        "OR REPLACE and the blanks behind CREATE are not kept",
        setup=("create or replace   function f return number is begin return 1; end;",),
        run="select text from user_source where name = 'F'",
        expect=rows(("function f return number is begin return 1; end;",)),
        evidence=_SOURCE,
    ),
    Case(
        "specification and body are two",
        setup=(
            "create package p is n number; end;",
            "create package body p is m number; end;",
        ),
        run="select type, line from user_source where name = 'P' order by type",
        expect=rows(("PACKAGE", 1), ("PACKAGE BODY", 1)),
        evidence=_SOURCE,
    ),
    Case(
        "what does not compile is there, too",
        setup=("create procedure p is begin nothing; end;",),
        run="select text from user_source where name = 'P'",
        expect=rows(("procedure p is begin nothing; end;",)),
        evidence=_SOURCE,
    ),
    Case(
        "it goes with the unit",
        setup=("create procedure p is begin null; end;", "drop procedure p"),
        run="select count(*) from user_source",
        expect=rows((0,)),
        evidence=_SOURCE,
    ),
    Case(
        "of another user's package the granted see the specification only",
        run=_of_another,
        expect=returns([[], [("PACKAGE",)]]),
        sandbox=differs(
            "EXECUTE on code is not asked for: all see all specifications",
            returns([[("PACKAGE",)], [("PACKAGE",)]]),
        ),
        evidence=_SOURCE,
    ),
)
