"""Cursor FOR loops."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Cursor FOR loops")

CASES = (
    Case(
        "over a query",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""begin
  for r in (select id, v from t where id < 3 order by id) loop
    dbms_output.put_line(r.id || r.v);
  end loop;
end;""",
        expect=output("1v1", "2v2"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "over a cursor with parameters",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  cursor c(low number) is select id from t where id > low order by id;
begin
  for r in c(3) loop
    dbms_output.put_line(r.id || ' ' || c%rowcount);
  end loop;
end;""",
        expect=output("4 1", "5 2"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "expressions need an alias, by which they are read",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""begin
  for r in (select id * 10 as ten from t where id = 5) loop
    dbms_output.put_line(r.ten);
  end loop;
end;""",
        expect=output("50"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "the cursor is closed however the loop ends",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  cursor c is select id from t;
begin
  begin
    for r in c loop
      raise program_error;
    end loop;
  exception
    when program_error then null;
  end;
  for r in c loop
    exit;
  end loop;
  dbms_output.put_line(case when c%isopen then 'open' else 'closed' end);
end;""",
        expect=output("closed"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "an open cursor cannot be looped over",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  cursor c is select id from t;
begin
  open c;
  for r in c loop
    null;
  end loop;
end;""",
        expect=raises(6511),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "no rows: the body does not run",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""begin
  for r in (select id from t) loop
    raise program_error;
  end loop;
  dbms_output.put_line('none');
end;""",
        expect=output("none"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Processing Query Result Sets With Cursor FOR LOOP Statements",
        ),
    ),
    Case(
        "CONTINUE WHEN and EXIT WHEN",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""begin
  for r in (select id from t order by id) loop
    continue when r.id = 2;
    exit when r.id = 4;
    dbms_output.put_line(r.id);
  end loop;
end;""",
        expect=output("1", "3"),
        evidence=Manual("PL/SQL Language Reference", "CONTINUE WHEN Statement"),
    ),
)
