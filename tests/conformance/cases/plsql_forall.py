"""FORALL, SAVE EXCEPTIONS and what it leaves behind."""

# ruff: noqa: E501 - a block reads best as it would be typed

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "FORALL")

CASES = (
    Case(
        "one statement for all elements",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(3, 5);
begin
  forall x in 1 .. i.count
    insert into k values (i(x), 'n' || i(x));
end;""",
        then="select n, v from k order by n",
        expect=rows((3, "n3"), (5, "n5")),
        evidence=Manual("PL/SQL Language Reference", "FORALL Statement"),
    ),
    Case(
        "an error leaves what was done before it, if it is handled",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 3, 1, 4);
begin
  forall x in 1 .. 4
    insert into k (n) values (i(x));
exception
  when dup_val_on_index then null;
end;""",
        then="select n from k order by n",
        expect=rows((1,), (3,)),
        evidence=Manual("PL/SQL Language Reference", "Handling FORALL Exceptions Immediately"),
    ),
    Case(
        "an error that is not handled undoes all",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run=lambda bench: bench.code("""declare
  type ids is table of number;
  i ids := ids(1, 3, 1, 4);
begin
  forall x in 1 .. 4
    insert into k (n) values (i(x));
end;"""),
        then="select count(*) from k",
        expect=rows((0,)),
        evidence=Manual("PL/SQL Language Reference", "Unhandled Exceptions in FORALL Statements"),
    ),
    Case(
        "SAVE EXCEPTIONS goes on and raises ORA-24381 at the end",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 3, 1, 4);
begin
  forall x in 1 .. 4 save exceptions
    insert into k (n) values (i(x));
exception
  when others then dbms_output.put_line(sqlcode);
end;""",
        expect=output("-24381"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Handling FORALL Exceptions After FORALL Statement Completes",
        ),
    ),
    Case(
        "SQL%BULK_EXCEPTIONS tells which and why",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 200, 1, 4);
  failed exception;
  pragma exception_init(failed, -24381);
begin
  forall x in 1 .. 4 save exceptions
    insert into k (n) values (i(x));
exception
  when failed then
    for e in 1 .. sql%bulk_exceptions.count loop
      dbms_output.put_line(sql%bulk_exceptions(e).error_index || ' ' || sql%bulk_exceptions(e).error_code);
    end loop;
end;""",
        expect=output("2 2290", "3 1"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Handling FORALL Exceptions After FORALL Statement Completes",
        ),
    ),
    Case(
        "the rows of the others stay",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 3, 1, 4);
  failed exception;
  pragma exception_init(failed, -24381);
begin
  forall x in 1 .. 4 save exceptions
    insert into k (n) values (i(x));
exception
  when failed then null;
end;""",
        then="select n from k order by n",
        expect=rows((1,), (3,), (4,)),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Handling FORALL Exceptions After FORALL Statement Completes",
        ),
    ),
    Case(
        "SQL%BULK_ROWCOUNT has the rows of each element",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number;
  i ids := ids(2, 9, 4);
begin
  forall x in 1 .. 3
    delete from t where id <= i(x);
  for x in 1 .. 3 loop
    dbms_output.put_line(sql%bulk_rowcount(x));
  end loop;
  dbms_output.put_line(sql%rowcount);
end;""",
        expect=output("2", "3", "0", "5"),
        evidence=Manual(
            "PL/SQL Language Reference", "Getting Number of Rows Affected by FORALL Statement"
        ),
    ),
    Case(
        "an element that is missing",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 3, 1, 4);
begin
  i.delete(2);
  forall x in 1 .. 4
    insert into k (n) values (i(x));
end;""",
        expect=raises(22160),
        evidence=Manual(
            "PL/SQL Language Reference", "Using FORALL Statements for Sparse Collections"
        ),
    ),
    Case(
        "INDICES OF takes the elements that there are",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 2, 3, 4);
begin
  i.delete(2);
  forall x in indices of i
    insert into k (n) values (i(x));
end;""",
        then="select n from k order by n",
        expect=rows((1,), (3,), (4,)),
        evidence=Manual(
            "PL/SQL Language Reference", "Using FORALL Statements for Sparse Collections"
        ),
    ),
    Case(
        "VALUES OF takes the indexes from another collection",
        setup=("create table k (n number primary key check (n < 100), v varchar2(10))",),
        run="""declare
  type ids is table of number;
  type places is table of pls_integer;
  i ids := ids(10, 20, 30);
  p places := places(3, 1);
begin
  forall x in values of p
    insert into k (n) values (i(x));
end;""",
        then="select n from k order by n",
        expect=rows((10,), (30,)),
        evidence=Manual(
            "PL/SQL Language Reference", "Using FORALL Statements for Sparse Collections"
        ),
    ),
    Case(
        "RETURNING BULK COLLECT gathers the rows of all",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number;
  type names is table of varchar2(10);
  i ids := ids(4, 2);
  n names;
begin
  forall x in 1 .. 2
    delete from t where id = i(x) returning v bulk collect into n;
  dbms_output.put_line(n.count || n(1) || n(2));
end;""",
        expect=output("2v4v2"),
        evidence=Manual(
            "PL/SQL Language Reference", "Using FORALL Statement and BULK COLLECT Clause Together"
        ),
    ),
    Case(
        "whole records are inserted",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
            "create table t2 as select * from t where 1 = 0",
        ),
        run="""declare
  type rows_type is table of t%rowtype;
  r rows_type;
begin
  select * bulk collect into r from t where id < 3;
  forall x in 1 .. r.count
    insert into t2 values r(x);
end;""",
        then="select * from t2 order by 1",
        expect=rows((1, "v1"), (2, "v2")),
        evidence=Manual("PL/SQL Language Reference", "FORALL Statement"),
    ),
    Case(
        "EXECUTE IMMEDIATE in a FORALL",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number;
  i ids := ids(1, 5);
begin
  forall x in 1 .. 2
    execute immediate 'delete from t where id = :1' using i(x);
  dbms_output.put_line(sql%rowcount);
end;""",
        expect=output("2"),
        evidence=Manual("PL/SQL Language Reference", "FORALL Statement"),
    ),
    Case(
        "DML and nothing else",
        run="""begin
  forall x in 1 .. 2
    null;
end;""",
        expect=raises(6550, "PLS-00103"),
        evidence=Manual("PL/SQL Language Reference", "FORALL Statement"),
    ),
)
