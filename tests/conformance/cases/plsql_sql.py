"""SQL in PL/SQL: SQL%ROWCOUNT and SQL%FOUND, SELECT INTO, RETURNING."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "SQL%ROWCOUNT, SQL%FOUND and SELECT INTO")

_ATTRIBUTES = Manual("PL/SQL Language Reference", "Implicit Cursors")
_INTO = Manual("PL/SQL Language Reference", "SELECT INTO Statement")
_TABLE = (
    "create table t (n number)",
    "insert into t select level from dual connect by level <= 3",
)

CASES = (
    Case(
        "how many rows, and whether any",
        setup=_TABLE,
        run="""begin
                 update t set n = n + 10 where n >= 2;
                 dbms_output.put_line(sql%rowcount);
                 delete from t where n = 99;
                 dbms_output.put_line(sql%rowcount
                   || case when sql%notfound then ' none' end
                   || case when sql%isopen then ' open' end);
               end;""",
        expect=output("2", "0 none"),
        evidence=_ATTRIBUTES,
    ),
    Case(
        "they are NULL before any statement",
        run="""begin
                 dbms_output.put_line(nvl(to_char(sql%rowcount), 'null'));
               end;""",
        expect=output("null"),
        evidence=_ATTRIBUTES,
    ),
    Case(
        "SELECT INTO without a row, and with two",
        setup=_TABLE,
        run="""declare v number;
               begin
                 begin
                   select n into v from t where n > 5;
                 exception when no_data_found then dbms_output.put_line(sql%rowcount);
                 end;
                 select n into v from t;
               end;""",
        expect=raises(1422),
        evidence=_INTO,
    ),
    Case(
        "a column comes before a variable of its name",
        setup=_TABLE,
        run="""declare n number := 1; found number;
               begin
                 select count(*) into found from t where n = n;
                 dbms_output.put_line(found);
               end;""",
        expect=output("3"),
        evidence=Manual("PL/SQL Language Reference", "Column Name Precedence"),
    ),
    Case(
        "RETURNING INTO",
        setup=_TABLE,
        run="""declare v number;
               begin
                 insert into t values (7) returning n * 2 into v;
                 dbms_output.put_line(v);
                 delete from t where n = 7 returning n into v;
                 dbms_output.put_line(v);
               end;""",
        expect=output("14", "7"),
        evidence=Manual("PL/SQL Language Reference", "RETURNING INTO Clause"),
    ),
    Case(
        "COMMIT in a loop over a cursor",
        setup=_TABLE,
        run="""begin
                 for r in (select n from t order by n) loop
                   update t set n = n + 100 where n = r.n;
                   commit;
                 end loop;
                 rollback;
               end;""",
        then="select n from t order by n",
        expect=rows((101,), (102,), (103,)),
        evidence=Manual("PL/SQL Language Reference", "COMMIT Statement"),
    ),
    Case(
        "SELECT INTO that finds too many rows counts one",
        setup=_TABLE,
        run="""declare v number;
               begin
                 select n into v from t;
               exception when too_many_rows then dbms_output.put_line(sql%rowcount);
               end;""",
        expect=output("1"),
        evidence=Manual(
            "PL/SQL Language Reference", "SQL%ROWCOUNT Attribute: How Many Rows Were Affected?"
        ),
    ),
)
