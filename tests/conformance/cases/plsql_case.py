"""CASE statements and CASE expressions."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "CASE")

_CASE = Manual("PL/SQL Language Reference", "CASE Statement")

CASES = (
    Case(
        "a CASE statement without a branch that fits",
        run="declare n number := 5; begin case n when 1 then null; end case; end;",
        expect=raises(6592),
        evidence=_CASE,
    ),
    Case(
        "a CASE expression without one is NULL",
        run="""declare n number := 5;
               begin dbms_output.put_line(nvl(case n when 1 then 'one' end, 'null')); end;""",
        expect=output("null"),
        evidence=Manual("PL/SQL Language Reference", "CASE Expressions"),
    ),
    Case(
        "a searched CASE takes the first that is true, and NULL is not",
        run="""declare n number;
               begin
                 case when n > 0 then dbms_output.put_line('plus');
                      when n is null then dbms_output.put_line('nothing');
                      else dbms_output.put_line('else');
                 end case;
               end;""",
        expect=output("nothing"),
        evidence=_CASE,
    ),
    Case(
        "a simple CASE statement runs the first branch whose value fits, and no other",
        run="""declare grade char(1) := 'B';
               begin
                 case grade
                   when 'A' then dbms_output.put_line('excellent');
                   when 'B' then dbms_output.put_line('very good');
                   when 'B' then dbms_output.put_line('never');
                   else dbms_output.put_line('no such grade');
                 end case;
               end;""",
        expect=output("very good"),
        evidence=_CASE,
    ),
    Case(
        "no WHEN NULL fits a selector that is NULL",
        run="""declare grade char(1);
               begin
                 case grade
                   when null then dbms_output.put_line('null');
                   else dbms_output.put_line('else');
                 end case;
               end;""",
        expect=output("else"),
        evidence=Manual("PL/SQL Language Reference", "Simple CASE Expression"),
    ),
    Case(
        "CASE_NOT_FOUND is handled by its name",
        run="""declare n number := 5;
               begin
                 case when n < 5 then null; when n > 5 then null; end case;
               exception when case_not_found then dbms_output.put_line(sqlcode);
               end;""",
        expect=output("-6592"),
        evidence=_CASE,
    ),
    Case(
        "a searched CASE expression in an argument",
        run="""declare n number := 7;
               begin
                 dbms_output.put_line(case when n < 5 then 'low' when n < 10 then 'mid'
                                           else 'high' end);
               end;""",
        expect=output("mid"),
        evidence=Manual("PL/SQL Language Reference", "Searched CASE Expression"),
    ),
)
