"""FORMAT_ERROR_BACKTRACE, FORMAT_ERROR_STACK and the ORA-06512 of an error."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "FORMAT_ERROR_BACKTRACE and FORMAT_ERROR_STACK")

_BACKTRACE = Manual(
    "PL/SQL Packages and Types Reference", "DBMS_UTILITY.FORMAT_ERROR_BACKTRACE Function"
)
_STACK = Manual("PL/SQL Packages and Types Reference", "DBMS_UTILITY.FORMAT_ERROR_STACK Function")
_FAILS = "create or replace procedure fails is\nbegin\n  raise no_data_found;\nend;"
_LINE = "regexp_substr(dbms_utility.format_error_backtrace, 'line \\d+')"

CASES = (
    Case(
        "the line of a block",
        run=f"""begin

                  raise zero_divide;
                exception when others then dbms_output.put_line({_LINE});
                end;""",
        expect=output("line 3"),
        evidence=_BACKTRACE,
    ),
    Case(
        "the unit and line where it began, first",
        setup=(_FAILS,),
        run=f"""begin
                  fails;
                exception when others then
                  dbms_output.put_line({_LINE});
                  if dbms_utility.format_error_backtrace like '%.FAILS"%line 2%' then
                    dbms_output.put_line('both');
                  end if;
                end;""",
        expect=output("line 3", "both"),
        evidence=_BACKTRACE,
    ),
    Case(
        "it is NULL when nothing is handled",
        run="""begin
                 dbms_output.put_line(nvl(dbms_utility.format_error_backtrace, 'null'));
               end;""",
        expect=output("null"),
        evidence=_BACKTRACE,
    ),
    Case(
        "the stack has the error",
        run="""begin
                 raise_application_error(-20001, 'first');
               exception when others then
                 dbms_output.put_line(substr(dbms_utility.format_error_stack, 1, 16));
               end;""",
        expect=output("ORA-20001: first"),
        evidence=_STACK,
    ),
    Case(
        "an application's error keeps the stack beneath it",
        run="""begin
                 begin
                   raise no_data_found;
                 exception when others then raise_application_error(-20001, 'mine', true);
                 end;
               exception when others then
                 if dbms_utility.format_error_stack like 'ORA-20001: mine%ORA-01403%' then
                   dbms_output.put_line('both');
                 end if;
               end;""",
        expect=output("both"),
        evidence=Manual("PL/SQL Language Reference", "RAISE_APPLICATION_ERROR Procedure"),
    ),
    Case(
        "who is not handled is told the line to the client",
        setup=(_FAILS,),
        run="begin\n  null;\n  fails;\nend;",
        expect=raises(1403, "ORA-06512: at line 3"),
        evidence=Manual("Database Error Messages", "ORA-06512"),
    ),
)
