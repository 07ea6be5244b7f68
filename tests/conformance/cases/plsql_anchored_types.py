"""Types that follow a variable or a table: %TYPE, %ROWTYPE, SUBTYPE."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "%TYPE, %ROWTYPE and SUBTYPE")

CASES = (
    Case(
        "a variable has the type and size of its column",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""declare
  x t.v%type;
begin
  x := 'longer than ten';
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "%TYPE Attribute"),
    ),
    Case(
        "%TYPE of a variable takes over its NOT NULL",
        run="""declare
  a number not null := 1;
  b a%type;
begin
  null;
end;""",
        expect=raises(6550, "PLS-00218"),
        evidence=Manual("PL/SQL Language Reference", "%TYPE Attribute"),
    ),
    Case(
        "%TYPE of a column does not take over its NOT NULL",
        setup=("create table n (a number not null)",),
        run="""declare
  x n.a%type;
begin
  dbms_output.put_line(nvl(to_char(x), 'null'));
end;""",
        expect=output("null"),
        evidence=Manual("PL/SQL Language Reference", "%TYPE Attribute"),
    ),
    Case(
        "a %ROWTYPE has the columns of its table as fields",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  r t%rowtype;
begin
  select * into r from t where id = 3;
  dbms_output.put_line(r.id || r.v);
end;""",
        expect=output("3v3"),
        evidence=Manual("PL/SQL Language Reference", "%ROWTYPE Attribute"),
    ),
    Case(
        "a %ROWTYPE of a cursor has its columns, expressions by their alias",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  cursor c is select id * 2 as twice, v from t order by id;
  r c%rowtype;
begin
  open c;
  fetch c into r;
  close c;
  dbms_output.put_line(r.twice || r.v);
end;""",
        expect=output("2v1"),
        evidence=Manual("PL/SQL Language Reference", "%ROWTYPE Attribute"),
    ),
    Case(
        "a column that is not there is a compilation error",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""declare
  x t.w%type;
begin
  null;
end;""",
        expect=raises(6550, "PLS-00302"),
        evidence=Manual("PL/SQL Language Reference", "%TYPE Attribute"),
    ),
    Case(
        "a subtype may have a range",
        run="""declare
  subtype digit is pls_integer range 0 .. 9;
  d digit := 9;
begin
  d := 10;
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Constrained Subtypes"),
    ),
    Case(
        "a subtype without constraints may be constrained later",
        run="""declare
  subtype word is varchar2;
  w word(3);
begin
  w := 'abcd';
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Unconstrained Subtypes"),
    ),
    Case(
        "a NATURALN needs an initial value and refuses less than 0",
        run="""declare
  n naturaln := 1;
begin
  n := -1;
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Predefined Subtypes of PLS_INTEGER"),
    ),
    Case(
        "a PLS_INTEGER overflows",
        run="""declare
  p pls_integer := 2147483647;
begin
  p := p + 1;
end;""",
        expect=raises(1426),
        evidence=Manual("PL/SQL Language Reference", "PLS_INTEGER and BINARY_INTEGER Data Types"),
    ),
)
