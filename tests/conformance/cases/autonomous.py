"""PRAGMA AUTONOMOUS_TRANSACTION: work that ends by itself, beside the caller's."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(1, "PRAGMA AUTONOMOUS_TRANSACTION")

_AUTONOMOUS = Manual("PL/SQL Language Reference", "Autonomous Transactions")
_TABLE = "create table log (text varchar2(20))"
_NOTE = """create or replace procedure note(what varchar2) is
  pragma autonomous_transaction;
begin insert into log values (what); commit; end;"""

CASES = (
    Case(
        "its work stays when the caller rolls back",
        setup=(_TABLE, _NOTE),
        run="begin insert into log values ('caller'); note('own'); rollback; end;",
        then="select text from log",
        expect=rows(("own",)),
        evidence=_AUTONOMOUS,
    ),
    Case(
        "it does not see what the caller has not committed",
        setup=(
            _TABLE,
            """create or replace function seen return number is
                 pragma autonomous_transaction;
                 n number;
               begin select count(*) into n from log; commit; return n; end;""",
        ),
        run="begin insert into log values ('x'); dbms_output.put_line(seen); end;",
        expect=output("0"),
        evidence=_AUTONOMOUS,
    ),
    Case(
        "one that is left open is rolled back with an error",
        setup=(
            _TABLE,
            """create or replace procedure forgets is pragma autonomous_transaction;
               begin insert into log values ('x'); end;""",
        ),
        run="begin forgets; end;",
        expect=raises(6519),
        evidence=Manual("Database Error Messages", "ORA-06519"),
    ),
    Case(
        "one that waits for its caller's row is a deadlock",
        setup=(
            _TABLE,
            "insert into log values ('x')",
            "commit",
            """create or replace procedure changes is pragma autonomous_transaction;
               begin update log set text = 'inner'; commit; end;""",
        ),
        run="begin update log set text = 'outer'; changes; end;",
        expect=raises(60),
        evidence=Manual(
            "PL/SQL Language Reference", "Avoiding Errors with Autonomous Transactions"
        ),
    ),
    Case(
        "an anonymous block may be one, its ROLLBACK its own",
        setup=(_TABLE, "insert into log values ('outer')"),
        run="""declare pragma autonomous_transaction;
               begin insert into log values ('inner'); rollback; end;""",
        then="select text from log",
        expect=rows(("outer",)),
        evidence=_AUTONOMOUS,
    ),
    Case(
        "a nested block cannot be one",
        run="begin declare pragma autonomous_transaction; begin null; end; end;",
        expect=raises(6550, "PLS-00710"),
        evidence=Manual("Database Error Messages", "PLS-00710"),
    ),
)
