"""REF CURSOR: strong, weak, SYS_REFCURSOR as parameter and result."""

from tests.conformance.record import Case, Feature, Manual, differs, output, raises

FEATURE = Feature(2, "REF CURSOR")

_VARIABLES = Manual("PL/SQL Language Reference", "Cursor Variables")
_TABLE = ("create table t (n number)", "insert into t select level from dual connect by level <= 3")
_OPENS = """create function opens(low number) return sys_refcursor is
  c sys_refcursor;
begin open c for select n from t where n >= low order by n; return c; end;"""


CASES = (
    Case(
        "a function gives one back",
        setup=(*_TABLE, _OPENS),
        run="""declare c sys_refcursor := opens(2); v number;
               begin
                 loop fetch c into v; exit when c%notfound; dbms_output.put_line(v); end loop;
                 close c;
               end;""",
        expect=output("2", "3"),
        evidence=_VARIABLES,
    ),
    Case(
        "two variables are one cursor",
        setup=_TABLE,
        run="""declare a sys_refcursor; b sys_refcursor; v number;
               begin
                 open a for select n from t order by n;
                 b := a;
                 fetch a into v; fetch b into v;
                 dbms_output.put_line(v || ' ' || a%rowcount);
                 close b;
                 dbms_output.put_line(case when a%isopen then 'open' else 'closed' end);
               end;""",
        expect=output("2 2", "closed"),
        evidence=_VARIABLES,
    ),
    Case(
        "a strong one does not take another type of row",
        setup=_TABLE,
        run="""declare type strong is ref cursor return t%rowtype; c strong;
               begin open c for select 'text' x, 1 y from dual; end;""",
        expect=raises(6550, "PLS-00382"),
        sandbox=differs("it is found out when it is opened", raises(6504)),
        evidence=_VARIABLES,
    ),
    Case(
        "an OUT parameter opened from a text",
        setup=_TABLE,
        run="""declare
                 c sys_refcursor; v number;
                 procedure opened(c out sys_refcursor, low number) is
                 begin open c for 'select max(n) from t where n > :low' using low; end;
               begin
                 opened(c, 1); fetch c into v; close c;
                 dbms_output.put_line(v);
               end;""",
        expect=output("3"),
        evidence=Manual("PL/SQL Language Reference", "OPEN FOR Statement"),
    ),
    Case(
        "one that is not open",
        run="declare c sys_refcursor; v number; begin fetch c into v; end;",
        expect=raises(1001),
        evidence=Manual("PL/SQL Language Reference", "FETCH Statement"),
    ),
    Case(
        "columns and variables that do not go together",
        setup=_TABLE,
        run="""declare c sys_refcursor; v number; w number;
               begin open c for 'select n from t'; fetch c into v, w; end;""",
        expect=raises(6504),
        evidence=Manual("Database Error Messages", "ORA-06504"),
    ),
    Case(
        "BULK COLLECT from one",
        setup=(*_TABLE, _OPENS),
        run="""declare type list is table of number; a list; c sys_refcursor := opens(1);
               begin
                 fetch c bulk collect into a; close c;
                 dbms_output.put_line(a.count || a(3));
               end;""",
        expect=output("33"),
        evidence=Manual("PL/SQL Language Reference", "FETCH Statement"),
    ),
)
