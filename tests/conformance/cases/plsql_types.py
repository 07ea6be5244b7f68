"""%TYPE and %ROWTYPE: types that follow a column, a variable, a table, a cursor."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, output, raises, returns

FEATURE = Feature(2, "%TYPE and %ROWTYPE")

_TYPE = Manual("PL/SQL Language Reference", "%TYPE Attribute")
_ROWTYPE = Manual("PL/SQL Language Reference", "%ROWTYPE Attribute")
_TABLE = (
    "create table t (n number(3), name varchar2(4) not null)",
    "insert into t values (1, 'one')",
)


def _follows_the_column(bench: Bench) -> list[int]:
    bench.run("create procedure p is v t.name%type; begin v := 'longer'; end;")
    before = bench.code("begin p; end;")
    bench.run("alter table t modify (name varchar2(10))")
    return [before, bench.code("begin p; end;")]


CASES = (
    Case(
        "a variable has the length of its column",
        setup=_TABLE,
        run="declare v t.name%type; begin v := 'five5'; end;",
        expect=raises(6502),
        evidence=_TYPE,
    ),
    Case(
        "a variable rounds as its column does",
        setup=_TABLE,
        run="declare v t.n%type; begin v := 12.6; dbms_output.put_line(v); end;",
        expect=output("13"),
        evidence=_TYPE,
    ),
    Case(
        "the column's NOT NULL is not inherited",
        setup=_TABLE,
        run="""declare v t.name%type := null;
               begin dbms_output.put_line(nvl(v, 'null')); end;""",
        expect=output("null"),
        evidence=_TYPE,
    ),
    Case(
        "the type of another variable",
        run="""declare a varchar2(3) := 'abc'; b a%type; begin b := 'abcd'; end;""",
        expect=raises(6502),
        evidence=_TYPE,
    ),
    Case(
        "a record of a table's row takes a whole row, and is inserted as one",
        setup=_TABLE,
        run="""declare r t%rowtype;
               begin
                 select * into r from t where n = 1;
                 r.n := 2; r.name := 'two';
                 insert into t values r;
                 for each in (select n, name from t order by n) loop
                   dbms_output.put_line(each.n || ' ' || each.name);
                 end loop;
               end;""",
        expect=output("1 one", "2 two"),
        evidence=_ROWTYPE,
    ),
    Case(
        "UPDATE … SET ROW writes a whole row",
        setup=_TABLE,
        run="""declare r t%rowtype; s t%rowtype;
               begin
                 r.n := 5; r.name := 'five';
                 update t set row = r where n = 1;
                 select * into s from t;
                 dbms_output.put_line(s.n || s.name);
               end;""",
        expect=output("5five"),
        evidence=Manual("PL/SQL Language Reference", "UPDATE Statement Extensions"),
    ),
    Case(
        "a record of a cursor's row has the names of its columns and aliases",
        setup=_TABLE,
        run="""declare
                 cursor c is select n * 2 as twice, name from t;
                 r c%rowtype;
               begin
                 open c; fetch c into r; close c;
                 dbms_output.put_line(r.twice || r.name);
               end;""",
        expect=output("2one"),
        evidence=_ROWTYPE,
    ),
    Case(
        "stored code follows a column that was changed",
        setup=_TABLE,
        run=_follows_the_column,
        expect=returns([6502, 0]),
        evidence=_TYPE,
    ),
    Case(
        "a column that there is not",
        setup=_TABLE,
        run="declare v t.nothing%type; begin null; end;",
        expect=raises(6550, "PLS-00302"),
        evidence=Manual("Database Error Messages", "PLS-00302"),
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
)
