"""BULK COLLECT and FORALL."""

from tests.conformance.record import Case, Feature, Manual, output, raises, rows

FEATURE = Feature(2, "BULK COLLECT and FORALL")

_COLLECT = Manual("PL/SQL Language Reference", "BULK COLLECT Clause")
_FORALL = Manual("PL/SQL Language Reference", "FORALL Statement")
_TABLE = (
    "create table t (n number check (n > 0), m number)",
    "insert into t select level, level * 10 from dual connect by level <= 5",
)
_LIST = "type list is table of number;"

CASES = (
    Case(
        "SELECT BULK COLLECT INTO fills collections from 1 on",
        setup=_TABLE,
        run=f"""declare {_LIST} a list; b list;
                begin
                  select n, m bulk collect into a, b from t order by n;
                  dbms_output.put_line(a.count || ' ' || a(1) || ' ' || b(5));
                end;""",
        expect=output("5 1 50"),
        evidence=_COLLECT,
    ),
    Case(
        "no row is no error, the collection is empty",
        setup=_TABLE,
        run=f"""declare {_LIST} a list;
                begin
                  select n bulk collect into a from t where n > 100;
                  dbms_output.put_line(a.count);
                end;""",
        expect=output("0"),
        evidence=_COLLECT,
    ),
    Case(
        "FETCH with LIMIT takes so many at a time",
        setup=_TABLE,
        run=f"""declare {_LIST} a list; cursor c is select n from t order by n;
                begin
                  open c;
                  loop
                    fetch c bulk collect into a limit 2;
                    exit when a.count = 0;
                    dbms_output.put_line(a.count || ' ' || a(1));
                  end loop;
                  close c;
                end;""",
        expect=output("2 1", "2 3", "1 5"),
        evidence=Manual("PL/SQL Language Reference", "Row Limits for Bulk FETCH Operations"),
    ),
    Case(
        "a table of rows",
        setup=_TABLE,
        run="""declare type all_rows is table of t%rowtype; a all_rows;
               begin
                 select * bulk collect into a from t order by n desc;
                 dbms_output.put_line(a(1).n || ' ' || a(1).m);
               end;""",
        expect=output("5 50"),
        evidence=_COLLECT,
    ),
    Case(
        "FORALL counts the rows of each element",
        setup=_TABLE,
        run=f"""declare {_LIST} a list := list(1, 100, 2);
                begin
                  forall i in 1 .. a.count update t set m = 0 where n <= a(i);
                  dbms_output.put_line(sql%rowcount);
                  for i in 1 .. a.count loop
                    dbms_output.put_line(sql%bulk_rowcount(i));
                  end loop;
                end;""",
        expect=output("8", "1", "5", "2"),
        evidence=Manual(
            "PL/SQL Language Reference", "Getting Number of Rows Affected by FORALL Statement"
        ),
    ),
    Case(
        "an element that fails undoes its own statement only",
        setup=_TABLE,
        run=f"""declare {_LIST} a list := list(6, -1, 7);
                begin
                  forall i in 1 .. a.count insert into t values (a(i), 0);
                exception when others then dbms_output.put_line(sqlcode);
                end;""",
        then="select max(n) from t",
        expect=rows((6,)),
        evidence=Manual("PL/SQL Language Reference", "Handling FORALL Exceptions Immediately"),
    ),
    Case(
        "SAVE EXCEPTIONS goes on, and says which have failed",
        setup=_TABLE,
        run=f"""declare {_LIST} a list := list(6, -1, 7, -2);
                begin
                  forall i in 1 .. a.count save exceptions insert into t values (a(i), 0);
                exception when others then
                  dbms_output.put_line(sqlcode);
                  for i in 1 .. sql%bulk_exceptions.count loop
                    dbms_output.put_line(sql%bulk_exceptions(i).error_index || ' '
                                         || sql%bulk_exceptions(i).error_code);
                  end loop;
                  select count(*) into a(1) from t;
                  dbms_output.put_line(a(1));
                end;""",
        expect=output("-24381", "2 2290", "4 2290", "7"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Handling FORALL Exceptions After FORALL Statement Completes",
        ),
    ),
    Case(
        "INDICES OF steps over holes",
        setup=_TABLE,
        run=f"""declare {_LIST} a list := list(11, 12, 13);
                begin
                  a.delete(2);
                  forall i in indices of a insert into t values (a(i), 0);
                end;""",
        then="select n from t where n > 10 order by n",
        expect=rows((11,), (13,)),
        evidence=_FORALL,
    ),
    Case(
        "VALUES OF takes the indices from another collection",
        setup=_TABLE,
        run=f"""declare {_LIST}
                  type places is table of pls_integer;
                  a list := list(11, 12, 13); b places := places(3, 1);
                begin
                  forall i in values of b insert into t values (a(i), 0);
                end;""",
        then="select n from t where n > 10 order by n",
        expect=rows((11,), (13,)),
        evidence=_FORALL,
    ),
    Case(
        "a hole is an error otherwise",
        setup=_TABLE,
        run=f"""declare {_LIST} a list := list(11, 12, 13);
                begin
                  a.delete(2);
                  forall i in 1 .. 3 insert into t values (a(i), 0);
                end;""",
        expect=raises(22160),
        evidence=Manual("Database Error Messages", "ORA-22160"),
    ),
    Case(
        "RETURNING BULK COLLECT gives what was changed",
        setup=_TABLE,
        run=f"""declare {_LIST} a list;
                begin
                  update t set m = m + 1 where n <= 2 returning m bulk collect into a;
                  dbms_output.put_line(a.count || ' ' || (a(1) + a(2)));
                end;""",
        expect=output("2 32"),
        evidence=Manual("PL/SQL Language Reference", "RETURNING INTO Clause"),
    ),
)
