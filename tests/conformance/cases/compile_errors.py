"""USER_ERRORS: stored code that does not compile."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, output, raises, returns, rows

FEATURE = Feature(1, "Compile errors in USER_ERRORS and ALL_ERRORS")

_ERRORS = Manual("Database Reference", "ALL_ERRORS")
_BAD = "create or replace procedure bad is\nbegin\n  nothing_there;\nend;"


def _warning(bench: Bench) -> list[object]:
    with bench.connection.cursor() as cursor:
        cursor.execute(_BAD)
        warned = cursor.warning is not None
        cursor.execute(_BAD.replace("nothing_there", "null"))
        return [warned, cursor.warning is None]


CASES = (
    Case(
        "a line and a column for what is not declared",
        setup=(_BAD,),
        run="select line, position, text from user_errors where name = 'BAD' order by sequence",
        expect=rows(
            (3, 3, "PLS-00201: identifier 'NOTHING_THERE' must be declared"),
            (3, 3, "PL/SQL: Statement ignored"),
        ),
        evidence=_ERRORS,
    ),
    Case(
        "a table that is not there, at its own place",
        setup=("create or replace procedure bad is begin\n  delete from nowhere;\nend;",),
        run="""select line, position, substr(text, 1, 17) from user_errors where name = 'BAD'
               order by sequence""",
        expect=rows((2, 15, "PL/SQL: ORA-00942"), (2, 3, "PL/SQL: SQL State")),
        evidence=_ERRORS,
        sandbox=differs(
            "the place is that of the statement",
            rows((2, 3, "PL/SQL: ORA-00942"), (2, 3, "PL/SQL: SQL State")),
        ),
    ),
    Case(
        "the statement succeeds with a warning",
        run=_warning,
        expect=returns([True, True]),
        evidence=Manual("python-oracledb documentation", "Creating Stored Procedures and Packages"),
    ),
    Case(
        "inside EXECUTE IMMEDIATE it is an error",
        run="""begin
                 execute immediate 'create procedure bad is begin nothing; end;';
               exception when others then dbms_output.put_line(sqlcode);
               end;""",
        expect=output("-24344"),
        evidence=Manual("Database Error Messages", "ORA-24344"),
    ),
    Case(
        "the object is INVALID, and a call of it fails",
        setup=(_BAD,),
        run="begin bad; end;",
        expect=raises(6550, "PLS-00905"),
        evidence=Manual("Database Error Messages", "PLS-00905"),
    ),
    Case(
        "it has no errors any more once it compiles",
        setup=(_BAD, _BAD.replace("nothing_there", "null")),
        run="select count(*) from user_errors",
        expect=rows((0,)),
        evidence=_ERRORS,
    ),
    Case(
        "ALTER … COMPILE finds what was created meanwhile",
        setup=(
            _BAD,
            "create procedure nothing_there is begin null; end;",
            "alter procedure bad compile",
        ),
        run="""select object_name, status from user_objects
               where object_name = 'BAD' union all select name, text from user_errors""",
        expect=rows(("BAD", "VALID")),
        evidence=Manual("PL/SQL Language Reference", "ALTER PROCEDURE Statement"),
    ),
)
