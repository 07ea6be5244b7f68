"""EXECUTE IMMEDIATE with INTO, USING, RETURNING and BULK COLLECT."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "EXECUTE IMMEDIATE with INTO, USING and RETURNING")

_EXECUTE = Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement")
_TABLE = (
    "create table t (n number, m number)",
    "insert into t select level, level * 10 from dual connect by level <= 3",
)

CASES = (
    Case(
        "a query of one row with binds by place",
        setup=_TABLE,
        run="""declare a number; b number;
               begin
                 execute immediate 'select n, m from t where n = :x and m = :y'
                   into a, b using 2, 20;
                 dbms_output.put_line(a || ' ' || b);
               end;""",
        expect=output("2 20"),
        evidence=_EXECUTE,
    ),
    Case(
        "no row, and too many",
        setup=_TABLE,
        run="""declare a number;
               begin
                 begin
                   execute immediate 'select n from t where n > 5' into a;
                 exception when no_data_found then dbms_output.put_line('none');
                 end;
                 execute immediate 'select n from t' into a;
               exception when too_many_rows then dbms_output.put_line('many');
               end;""",
        expect=output("none", "many"),
        evidence=_EXECUTE,
    ),
    Case(
        "DML leaves SQL%ROWCOUNT",
        setup=_TABLE,
        run="""begin
                 execute immediate 'delete from t where n >= :low' using 2;
                 dbms_output.put_line(sql%rowcount);
               end;""",
        expect=output("2"),
        evidence=Manual("PL/SQL Language Reference", "SQL%ROWCOUNT Attribute"),
    ),
    Case(
        "RETURNING INTO",
        setup=_TABLE,
        run="""declare got number;
               begin
                 execute immediate 'update t set m = m + 1 where n = :n returning m into :m'
                   using 1 returning into got;
                 dbms_output.put_line(got);
               end;""",
        expect=output("11"),
        evidence=_EXECUTE,
    ),
    Case(
        "BULK COLLECT INTO",
        setup=_TABLE,
        run="""declare type list is table of number; a list;
               begin
                 execute immediate 'select n from t order by n desc' bulk collect into a;
                 dbms_output.put_line(a.count || ' ' || a(1));
               end;""",
        expect=output("3 3"),
        evidence=_EXECUTE,
    ),
    Case(
        "a block takes each name once, and gives values back",
        run="""declare n number := 5;
               begin
                 execute immediate 'begin :x := :x + :y; end;' using in out n, 3;
                 dbms_output.put_line(n);
               end;""",
        expect=output("8"),
        evidence=Manual(
            "PL/SQL Language Reference", "Repeated Placeholder Names in Dynamic SQL Statements"
        ),
    ),
    Case(
        "too few values",
        setup=_TABLE,
        run="begin execute immediate 'delete from t where n = :a and m = :b' using 1; end;",
        expect=raises(1008),
        evidence=Manual("Database Error Messages", "ORA-01008"),
    ),
    Case(
        "too many values",
        setup=_TABLE,
        run="begin execute immediate 'delete from t where n = :a' using 1, 2; end;",
        expect=raises(1006),
        evidence=Manual("Database Error Messages", "ORA-01006"),
    ),
    Case(
        "a DDL statement runs at once and commits",
        setup=("create table t (n number)", "insert into t values (1)"),
        run="begin execute immediate 'create table u (n number)'; rollback; end;",
        then="select n from t",
        expect=rows((1,)),
        evidence=Manual("PL/SQL Language Reference", "Native Dynamic SQL"),
    ),
    Case(
        "what is wrong is found when it runs",
        run="begin execute immediate 'selekt 1 from dual'; end;",
        expect=raises(900),
        evidence=Manual("Database Error Messages", "ORA-00900"),
    ),
)
