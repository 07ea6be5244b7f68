"""EXECUTE IMMEDIATE: INTO, USING, RETURNING."""

# ruff: noqa: E501 - a block reads best as it would be typed

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "EXECUTE IMMEDIATE")

_NUMBERS = (
    "create table t (n number, m number)",
    "insert into t select level, level * 10 from dual connect by level <= 3",
)

CASES = (
    Case(
        "INTO a record",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  r t%rowtype;
begin
  execute immediate 'select * from t where id = :1' into r using 2;
  dbms_output.put_line(r.id || r.v);
end;""",
        expect=output("2v2"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "binds of a block go by name, once each",
        run="""declare
  a number := 4;
  b number := 7;
  o number;
begin
  execute immediate 'begin :o := :x * :x + :y; end;' using out o, a, b;
  dbms_output.put_line(o);
end;""",
        expect=output("23"),
        evidence=Manual(
            "PL/SQL Language Reference", "Repeated Placeholder Names in Dynamic SQL Statements"
        ),
    ),
    Case(
        "binds of SQL go by place",
        run="""declare
  n number;
begin
  execute immediate 'select :x * 10 + :x from dual' into n using 1, 2;
  dbms_output.put_line(n);
end;""",
        expect=output("12"),
        evidence=Manual(
            "PL/SQL Language Reference", "Repeated Placeholder Names in Dynamic SQL Statements"
        ),
    ),
    Case(
        "RETURNING INTO",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  w varchar2(10);
begin
  execute immediate 'update t set v = :1 where id = :2 returning v into :3' using 'new', 1 returning into w;
  dbms_output.put_line(w);
end;""",
        expect=output("new"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "IN OUT arguments of a procedure",
        setup=(
            """create procedure inc(n in out number) is
begin
  n := n + 1;
end;""",
        ),
        run="""declare
  n number := 5;
begin
  execute immediate 'begin inc(:n); end;' using in out n;
  dbms_output.put_line(n);
end;""",
        expect=output("6"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "DDL commits",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""begin
  insert into t values (1, 'x');
  execute immediate 'create table made (n number)';
  rollback;
end;""",
        then="select count(*) from t",
        expect=rows((1,)),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "a literal NULL is no argument",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""begin
  execute immediate 'insert into t values (1, :1)' using null;
end;""",
        expect=raises(6550, "PLS-00457"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "an error of the statement can be handled",
        run="""begin
  execute immediate 'select nothing from nowhere';
exception
  when others then dbms_output.put_line(sqlcode);
end;""",
        expect=output("-942"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "a query of one row with binds by place",
        setup=_NUMBERS,
        run="""declare a number; b number;
               begin
                 execute immediate 'select n, m from t where n = :x and m = :y'
                   into a, b using 2, 20;
                 dbms_output.put_line(a || ' ' || b);
               end;""",
        expect=output("2 20"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "no row, and too many",
        setup=_NUMBERS,
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
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "DML leaves SQL%ROWCOUNT",
        setup=_NUMBERS,
        run="""begin
                 execute immediate 'delete from t where n >= :low' using 2;
                 dbms_output.put_line(sql%rowcount);
               end;""",
        expect=output("2"),
        evidence=Manual(
            "PL/SQL Language Reference", "SQL%ROWCOUNT Attribute: How Many Rows Were Affected?"
        ),
    ),
    Case(
        "too few values",
        setup=_NUMBERS,
        run="begin execute immediate 'delete from t where n = :a and m = :b' using 1; end;",
        expect=raises(1008),
        evidence=Manual("Database Error Messages", "ORA-01008"),
    ),
    Case(
        "too many values",
        setup=_NUMBERS,
        run="begin execute immediate 'delete from t where n = :a' using 1, 2; end;",
        expect=raises(1006),
        evidence=Manual("Database Error Messages", "ORA-01006"),
    ),
    Case(
        "what is wrong is found when it runs",
        run="begin execute immediate 'selekt 1 from dual'; end;",
        expect=raises(900),
        evidence=Manual("Database Error Messages", "ORA-00900"),
    ),
)
