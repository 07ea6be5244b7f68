"""BULK COLLECT in SELECT, FETCH, RETURNING and EXECUTE IMMEDIATE."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "BULK COLLECT")

CASES = (
    Case(
        "SELECT fills one collection per column",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of t.id%type;
  type names is table of t.v%type;
  i ids;
  n names;
begin
  select id, v bulk collect into i, n from t where id > 3 order by id;
  dbms_output.put_line(i.count || ' ' || i(1) || n(2) || ' ' || sql%rowcount);
end;""",
        expect=output("2 4v5 2"),
        evidence=Manual(
            "PL/SQL Language Reference", "SELECT INTO Statement with BULK COLLECT Clause"
        ),
    ),
    Case(
        "no rows give empty collections, not NO_DATA_FOUND",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""declare
  type ids is table of t.id%type;
  i ids := ids(1, 2);
begin
  select id bulk collect into i from t;
  dbms_output.put_line(i.count);
end;""",
        expect=output("0"),
        evidence=Manual("PL/SQL Language Reference", "BULK COLLECT Clause"),
    ),
    Case(
        "SELECT fills a collection of records",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type rows_type is table of t%rowtype;
  r rows_type;
begin
  select * bulk collect into r from t order by id desc;
  dbms_output.put_line(r.count || r(1).v || r(5).v);
end;""",
        expect=output("5v5v1"),
        evidence=Manual(
            "PL/SQL Language Reference", "SELECT INTO Statement with BULK COLLECT Clause"
        ),
    ),
    Case(
        "LIMIT fetches so many rows at a time",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number index by pls_integer;
  i ids;
  cursor c is select id from t order by id;
begin
  open c;
  loop
    fetch c bulk collect into i limit 2;
    exit when i.count = 0;
    dbms_output.put_line(i.count || ' from ' || i(1));
  end loop;
  close c;
end;""",
        expect=output("2 from 1", "2 from 3", "1 from 5"),
        evidence=Manual("PL/SQL Language Reference", "Row Limits for Bulk FETCH Operations"),
    ),
    Case(
        "%NOTFOUND is true when fewer rows than LIMIT came",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number;
  i ids;
  cursor c is select id from t order by id;
begin
  open c;
  loop
    fetch c bulk collect into i limit 3;
    dbms_output.put_line(i.count);
    exit when c%notfound;
  end loop;
  close c;
end;""",
        expect=output("3", "2"),
        evidence=Manual("PL/SQL Language Reference", "Row Limits for Bulk FETCH Operations"),
    ),
    Case(
        "RETURNING gives all changed rows",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type ids is table of number;
  type names is table of varchar2(10);
  i ids;
  n names;
begin
  delete from t where id < 3 returning id, v bulk collect into i, n;
  dbms_output.put_line(sql%rowcount || ' ' || i.count || ' ' || n.count);
end;""",
        expect=output("2 2 2"),
        evidence=Manual(
            "PL/SQL Language Reference", "RETURNING INTO Clause with BULK COLLECT Clause"
        ),
    ),
    Case(
        "EXECUTE IMMEDIATE gives all rows",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type names is table of varchar2(10);
  n names;
begin
  execute immediate 'select v from t where id > :low order by id' bulk collect into n using 3;
  dbms_output.put_line(n.count || n(1));
end;""",
        expect=output("2v4"),
        evidence=Manual("PL/SQL Language Reference", "EXECUTE IMMEDIATE Statement"),
    ),
    Case(
        "a cursor variable is fetched in bulk",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type names is table of varchar2(10);
  n names;
  c sys_refcursor;
begin
  open c for select v from t order by id;
  fetch c bulk collect into n;
  close c;
  dbms_output.put_line(n.count || n(5));
end;""",
        expect=output("5v5"),
        evidence=Manual("PL/SQL Language Reference", "FETCH Statement with BULK COLLECT Clause"),
    ),
    Case(
        "an array indexed by text is no target",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""declare
  type names is table of varchar2(10) index by varchar2(10);
  n names;
begin
  select v bulk collect into n from t;
end;""",
        expect=raises(6550),
        evidence=Manual(
            "PL/SQL Language Reference", "SELECT INTO Statement with BULK COLLECT Clause"
        ),
    ),
)
