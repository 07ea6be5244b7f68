"""Explicit cursors, their attributes, and WHERE CURRENT OF."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "Explicit cursors")

_EXPLICIT = Manual("PL/SQL Language Reference", "Explicit Cursors")
_TABLE = (
    "create table t (n number)",
    "insert into t select level from dual connect by level <= 4",
)

CASES = (
    Case(
        "%FOUND, %NOTFOUND, %ROWCOUNT and %ISOPEN",
        setup=_TABLE,
        run="""declare
                 cursor c is select n from t where n < 2;
                 v number;
                 procedure show(what varchar2, is_so boolean) is
                 begin
                   dbms_output.put_line(what || case when is_so then '+'
                     when not is_so then '-' else '?' end);
                 end;
               begin
                 show('open', c%isopen);
                 open c;
                 show('found', c%found);
                 fetch c into v; show('found', c%found);
                 fetch c into v; show('notfound', c%notfound);
                 dbms_output.put_line(c%rowcount || ' ' || v);
                 close c;
                 show('open', c%isopen);
               end;""",
        expect=output("open-", "found?", "found+", "notfound+", "1 1", "open-"),
        evidence=Manual("PL/SQL Language Reference", "Explicit Cursor Attributes"),
    ),
    Case(
        "a cursor that is not open cannot be fetched from",
        run="declare cursor c is select 1 n from dual; v number; begin fetch c into v; end;",
        expect=raises(1001),
        evidence=_EXPLICIT,
    ),
    Case(
        "a cursor that is open cannot be opened",
        run="declare cursor c is select 1 n from dual; begin open c; open c; end;",
        expect=raises(6511),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "the values that a query uses are those of OPEN",
        setup=_TABLE,
        run="""declare
                 v number := 2; got number;
                 cursor c is select n * v from t where n = 1;
               begin
                 open c; v := 100; fetch c into got; close c;
                 dbms_output.put_line(got);
               end;""",
        expect=output("2"),
        evidence=Manual("PL/SQL Language Reference", "Variables in Explicit Cursor Queries"),
    ),
    Case(
        "WHERE CURRENT OF changes the row that was fetched",
        setup=_TABLE,
        run="""declare cursor c is select n from t for update;
               begin
                 for r in c loop
                   if r.n > 2 then update t set n = n * 10 where current of c; end if;
                 end loop;
               end;""",
        then="select n from t order by n",
        expect=rows((1,), (2,), (30,), (40,)),
        evidence=Manual("PL/SQL Language Reference", "UPDATE Statement Extensions"),
    ),
    Case(
        "a record that was fetched keeps its last row behind the end",
        setup=_TABLE,
        run="""declare cursor c is select n from t order by n; r c%rowtype;
               begin
                 open c;
                 loop fetch c into r; exit when c%notfound; end loop;
                 close c;
                 dbms_output.put_line(r.n);
               end;""",
        expect=output("4"),
        evidence=Manual("PL/SQL Language Reference", "FETCH Statement"),
    ),
)
