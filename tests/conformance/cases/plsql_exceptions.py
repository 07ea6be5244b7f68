"""Exceptions: predefined, declared, EXCEPTION_INIT, RAISE, SQLCODE and SQLERRM."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Exceptions")

_PREDEFINED = Manual("PL/SQL Language Reference", "Predefined Exceptions")
_PROPAGATION = Manual("PL/SQL Language Reference", "Exception Propagation")

CASES = (
    Case(
        "ZERO_DIVIDE, VALUE_ERROR, NO_DATA_FOUND, DUP_VAL_ON_INDEX",
        setup=("create table t (n number primary key)", "insert into t values (1)"),
        run="""declare n number; v varchar2(1);
               begin
                 begin
                   n := 1 / 0;
                 exception when zero_divide then dbms_output.put_line('zero');
                 end;
                 begin
                   v := 'ab';
                 exception when value_error then dbms_output.put_line('value');
                 end;
                 begin
                   select n into n from t where n = 9;
                 exception when no_data_found then dbms_output.put_line('none');
                 end;
                 insert into t values (1);
               exception when dup_val_on_index then dbms_output.put_line('twice');
               end;""",
        expect=output("zero", "value", "none", "twice"),
        evidence=_PREDEFINED,
    ),
    Case(
        "one that is declared, raised and not handled",
        run="declare mine exception; begin raise mine; end;",
        expect=raises(6510),
        evidence=Manual("Database Error Messages", "ORA-06510"),
    ),
    Case(
        "EXCEPTION_INIT gives a number a name",
        setup=("create table t (n number not null)",),
        run="""declare
                 no_null exception;
                 pragma exception_init(no_null, -1400);
               begin
                 insert into t values (null);
               exception when no_null then dbms_output.put_line(sqlcode);
               end;""",
        expect=output("-1400"),
        evidence=Manual("PL/SQL Language Reference", "EXCEPTION_INIT Pragma"),
    ),
    Case(
        "SQLCODE and SQLERRM of an application's error",
        run="""begin
                 raise_application_error(-20007, 'no such order');
               exception when others then dbms_output.put_line(sqlcode || ' ' || sqlerrm);
               end;""",
        expect=output("-20007 ORA-20007: no such order"),
        evidence=Manual("PL/SQL Language Reference", "Retrieving Error Code and Error Message"),
    ),
    Case(
        "a number out of range for RAISE_APPLICATION_ERROR",
        run="begin raise_application_error(-19999, 'x'); end;",
        expect=raises(21000),
        evidence=Manual("Database Error Messages", "ORA-21000"),
    ),
    Case(
        "RAISE hands on what is being handled",
        run="""begin
                 begin
                   raise too_many_rows;
                 exception when others then dbms_output.put_line('seen'); raise;
                 end;
               exception when too_many_rows then dbms_output.put_line('again');
               end;""",
        expect=output("seen", "again"),
        evidence=Manual(
            "PL/SQL Language Reference", "Reraising Current Exception with RAISE Statement"
        ),
    ),
    Case(
        "an error of a declaration is not handled in its own block",
        run="""begin
                 declare n number(1) := 10;
                 begin null; exception when others then dbms_output.put_line('inner'); end;
               exception when value_error then dbms_output.put_line('outer');
               end;""",
        expect=output("outer"),
        evidence=Manual(
            "PL/SQL Language Reference", "Propagation of Exceptions Raised in Declarations"
        ),
    ),
    Case(
        "an error in a handler goes on to the block around it",
        run="""declare n number;
               begin
                 begin
                   raise no_data_found;
                 exception when no_data_found then n := 1 / 0;
                 end;
               exception when zero_divide then dbms_output.put_line('outer');
               end;""",
        expect=output("outer"),
        evidence=Manual(
            "PL/SQL Language Reference", "Propagation of Exceptions Raised in Exception Handlers"
        ),
    ),
    Case(
        "SQLCODE is 0 outside of a handler, and SQLERRM takes a number",
        run="""begin
                 dbms_output.put_line(sqlcode);
                 dbms_output.put_line(sqlerrm(-1403));
               end;""",
        expect=output("0", "ORA-01403: no data found"),
        evidence=Manual("PL/SQL Language Reference", "SQLERRM Function"),
    ),
    Case(
        "two names for one handler",
        run="""begin
                 raise value_error;
               exception when zero_divide or value_error then dbms_output.put_line('either');
               end;""",
        expect=output("either"),
        evidence=Manual("PL/SQL Language Reference", "Exception Handler"),
    ),
    Case(
        "work before an error stays where it is handled",
        setup=("create table t (n number)",),
        run="""declare n number;
               begin
                 insert into t values (1);
                 n := 1 / 0;
               exception when zero_divide then
                 select count(*) into n from t;
                 dbms_output.put_line(n);
               end;""",
        expect=output("1"),
        evidence=_PROPAGATION,
    ),
    Case(
        "OTHERS must be the last handler",
        run="""begin
  null;
exception
  when others then null;
  when no_data_found then null;
end;""",
        expect=raises(6550, "PLS-00370"),
        evidence=Manual("PL/SQL Language Reference", "Exception Handler"),
    ),
    Case(
        "EXCEPTION_INIT and an application's own number",
        run="""declare
                 no_order exception;
                 pragma exception_init(no_order, -20007);
               begin
                 raise_application_error(-20007, 'no such order');
               exception when no_order then dbms_output.put_line(sqlerrm);
               end;""",
        expect=output("ORA-20007: no such order"),
        evidence=Manual("PL/SQL Language Reference", "RAISE_APPLICATION_ERROR Procedure"),
    ),
    Case(
        "one that EXCEPTION_INIT has named is raised with its number",
        run="""declare
                 deadlock exception;
                 pragma exception_init(deadlock, -60);
               begin
                 raise deadlock;
               end;""",
        expect=raises(60),
        evidence=Manual("PL/SQL Language Reference", "EXCEPTION_INIT Pragma"),
    ),
    Case(
        "an inner declaration of the same name is another exception",
        run="""declare
                 past_due exception;
               begin
                 declare past_due exception;
                 begin raise past_due;
                 end;
               exception
                 when past_due then dbms_output.put_line('outer');
                 when others then dbms_output.put_line('others');
               end;""",
        expect=output("others"),
        evidence=Manual("PL/SQL Language Reference", "Exception Propagation"),
    ),
)
