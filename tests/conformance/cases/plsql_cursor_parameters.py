"""Cursors with parameters."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Cursors with parameters")

_ACCEPT = Manual("PL/SQL Language Reference", "Explicit Cursors that Accept Parameters")
_TABLE = (
    "create table t (n number)",
    "insert into t select level from dual connect by level <= 4",
)

CASES = (
    Case(
        "a parameter with and without its default",
        setup=_TABLE,
        run="""declare
                 cursor c(low number, high number default 3) is
                   select n from t where n between low and high order by n;
                 v number;
               begin
                 for r in c(2) loop dbms_output.put_line(r.n); end loop;
                 open c(high => 4, low => 4); fetch c into v; close c;
                 dbms_output.put_line(v);
               end;""",
        expect=output("2", "3", "4"),
        evidence=Manual("PL/SQL Language Reference", "Explicit Cursors that Accept Parameters"),
    ),
    Case(
        "one cursor opened with other arguments",
        setup=_TABLE,
        run="""declare
                 cursor c(least_n number) is select count(*) from t where n >= least_n;
                 v number;
               begin
                 for i in 2 .. 3 loop
                   open c(i * 1); fetch c into v; close c;
                   dbms_output.put_line(v);
                 end loop;
               end;""",
        expect=output("3", "2"),
        evidence=_ACCEPT,
    ),
    Case(
        "an argument that is changed after OPEN changes nothing",
        setup=_TABLE,
        run="""declare
                 cursor c(top number) is select n from t where n <= top order by n;
                 x number := 1; v number; rows_seen number := 0;
               begin
                 open c(x);
                 x := 4;
                 loop fetch c into v; exit when c%notfound; rows_seen := c%rowcount; end loop;
                 close c;
                 dbms_output.put_line(rows_seen);
               end;""",
        expect=output("1"),
        evidence=_ACCEPT,
    ),
    Case(
        "an argument that is lacking",
        setup=_TABLE,
        run="declare cursor c(a number) is select n from t where n = a; begin open c; end;",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("Database Error Messages", "PLS-00306"),
    ),
    Case(
        "a parameter is seen in the query only",
        setup=_TABLE,
        run="""declare
                 cursor c(a number) is select n from t where n = a;
               begin
                 for r in c(2) loop dbms_output.put_line(a); end loop;
               end;""",
        expect=raises(6550, "PLS-00201"),
        evidence=Manual("PL/SQL Language Reference", "Explicit Cursor Declaration and Definition"),
    ),
    Case(
        "a parameter's default may be an expression of what was declared before it",
        setup=_TABLE,
        run="""declare
                 base number := 2;
                 cursor c(low number default base + 1) is
                   select n from t where n >= low order by n;
               begin
                 for r in c loop dbms_output.put_line(r.n); end loop;
               end;""",
        expect=output("3", "4"),
        evidence=Manual(
            "PL/SQL Language Reference", "Formal Cursor Parameters with Default Values"
        ),
    ),
)
