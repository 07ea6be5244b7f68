"""Procedures and functions in the schema, called from blocks, CALL and each other."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, output, raises, returns, rows

FEATURE = Feature(1, "Stored procedures and functions")

_PARAMETERS = Manual("PL/SQL Language Reference", "Subprogram Parameter Modes")
_NOTATION = Manual(
    "PL/SQL Language Reference",
    "Positional, Named, and Mixed Notation for Actual Parameters",
)
_AREA = """create or replace function area(width number, height number default 2) return number is
begin return width * height; end;"""
_SWAP = """create or replace procedure swap(a in out number, b in out number) is
kept number := a;
begin a := b; b := kept; end;"""


def _called_by_the_driver(bench: Bench) -> list[object]:
    with bench.connection.cursor() as cursor:
        made = cursor.callfunc("area", int, [3, 5])
        a, b = cursor.var(int), cursor.var(int)
        a.setvalue(0, 1)
        b.setvalue(0, 2)
        cursor.callproc("swap", [a, b])
        return [made, a.getvalue(), b.getvalue()]


CASES = (
    Case(
        "IN OUT parameters carry values both ways",
        setup=(_SWAP,),
        run="""declare x number := 1; y number := 2;
               begin swap(x, y); dbms_output.put_line(x || ' ' || y); end;""",
        expect=output("2 1"),
        evidence=_PARAMETERS,
    ),
    Case(
        "an OUT parameter begins as NULL",
        setup=(
            """create or replace procedure shows(v out number) is
               begin dbms_output.put_line(nvl(to_char(v), 'null')); v := 7; end;""",
        ),
        run="""declare x number := 5;
               begin shows(x); dbms_output.put_line(x); end;""",
        expect=output("null", "7"),
        evidence=_PARAMETERS,
    ),
    Case(
        "an IN parameter cannot be assigned to",
        setup=("create or replace procedure p(v in number) is begin v := 1; end;",),
        run="select text from user_errors where name = 'P' and sequence = 1",
        expect=rows(("PLS-00363: expression 'V' cannot be used as an assignment target",)),
        evidence=Manual("Database Error Messages", "PLS-00363"),
    ),
    Case(
        "named and mixed notation, and defaults",
        setup=(_AREA,),
        run="""begin
                 dbms_output.put_line(area(height => 3, width => 4));
                 dbms_output.put_line(area(5, height => 4));
                 dbms_output.put_line(area(5));
               end;""",
        expect=output("12", "20", "10"),
        evidence=_NOTATION,
    ),
    Case(
        "a function that ends without RETURN",
        setup=("create or replace function f return number is begin null; end;",),
        run="declare n number; begin n := f; end;",
        expect=raises(6503),
        evidence=Manual("PL/SQL Language Reference", "RETURN Statement"),
    ),
    Case(
        "too many arguments do not compile",
        setup=(_AREA,),
        run="declare n number; begin n := area(1, 2, 3); end;",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("Database Error Messages", "PLS-00306"),
    ),
    Case(
        "the driver calls both",
        setup=(_AREA, _SWAP),
        run=_called_by_the_driver,
        expect=returns([15, 2, 1]),
        evidence=Manual("python-oracledb documentation", "Executing PL/SQL"),
    ),
    Case(
        "an error names each unit that it has left",
        setup=(
            "create or replace procedure inner_one is begin\n raise no_data_found; end;",
            "create or replace procedure outer_one is begin\n\n inner_one; end;",
        ),
        run=lambda bench: bench.run("begin outer_one; end;"),
        expect=raises(1403, "OUTER_ONE"),
        evidence=Manual("PL/SQL Language Reference", "Exception Propagation"),
    ),
    Case(
        "CREATE without OR REPLACE of one that is there",
        setup=(_AREA,),
        run=_AREA.replace(" or replace", ""),
        expect=raises(955),
        evidence=Manual("SQL Language Reference", "CREATE FUNCTION"),
    ),
    Case(
        "DROP of one that is not there",
        run="drop procedure nowhere",
        expect=raises(4043),
        evidence=Manual("Database Error Messages", "ORA-04043"),
    ),
)
