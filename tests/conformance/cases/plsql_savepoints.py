"""SAVEPOINT and ROLLBACK TO in blocks and stored code."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "SAVEPOINT in PL/SQL")

_TABLE = (
    "create table t (n number)",
    "insert into t select level from dual connect by level <= 3",
)

CASES = (
    Case(
        "a savepoint in a block, and back to it in a handler",
        setup=_TABLE,
        run="""begin
                 delete from t where n = 1;
                 savepoint here;
                 delete from t;
                 raise zero_divide;
               exception when others then rollback to here;
               end;""",
        then="select n from t order by n",
        expect=rows((2,), (3,)),
        evidence=Manual("PL/SQL Language Reference", "SAVEPOINT Statement"),
    ),
    Case(
        "a savepoint of the same name moves",
        setup=_TABLE,
        run="""begin
                 savepoint here;
                 delete from t where n = 1;
                 savepoint here;
                 delete from t where n = 2;
                 rollback to here;
               end;""",
        then="select n from t order by n",
        expect=rows((2,), (3,)),
        evidence=Manual("PL/SQL Language Reference", "SAVEPOINT Statement"),
    ),
    Case(
        "a procedure goes back to its caller's savepoint",
        setup=(
            *_TABLE,
            "create procedure back is begin delete from t; rollback to before_it; end;",
        ),
        run="""begin
                 delete from t where n = 1;
                 savepoint before_it;
                 delete from t where n = 2;
                 back;
               end;""",
        then="select n from t order by n",
        expect=rows((2,), (3,)),
        evidence=Manual("PL/SQL Language Reference", "SAVEPOINT Statement"),
    ),
    Case(
        "a row of a loop that fails is undone, the others stay",
        setup=("create table u (n number, m number check (m < 3))", *_TABLE),
        run="""begin
                 for r in (select n from t order by n) loop
                   savepoint one_row;
                   begin
                     insert into u values (r.n, 0);
                     insert into u values (r.n, r.n);
                   exception when others then rollback to one_row;
                   end;
                 end loop;
               end;""",
        then="select n, m from u order by n, m",
        expect=rows((1, 0), (1, 1), (2, 0), (2, 2)),
        evidence=Manual("PL/SQL Language Reference", "SAVEPOINT Statement"),
    ),
    Case(
        "going back erases the savepoints after it, and keeps it",
        setup=_TABLE,
        run="""begin
                 savepoint a;
                 delete from t where n = 1;
                 savepoint b;
                 rollback to a;
                 delete from t;
                 rollback to a;
                 rollback to b;
               end;""",
        expect=raises(1086),
        evidence=Manual("PL/SQL Language Reference", "SAVEPOINT Statement"),
    ),
    Case(
        "a COMMIT erases all savepoints",
        run="""begin
                 savepoint a;
                 commit;
                 rollback to a;
               exception when others then dbms_output.put_line(sqlcode);
               end;""",
        expect=output("-1086"),
        evidence=Manual("PL/SQL Language Reference", "COMMIT Statement"),
    ),
)
