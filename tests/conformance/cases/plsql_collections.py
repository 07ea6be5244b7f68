"""Collections: associative arrays, nested tables, varrays, and their methods."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Collections and their methods")

_METHODS = Manual("PL/SQL Language Reference", "Collection Methods")
_ARRAYS = Manual("PL/SQL Language Reference", "Associative Arrays")
_NESTED = Manual("PL/SQL Language Reference", "Nested Tables")
_VARRAYS = Manual("PL/SQL Language Reference", "Varrays (Variable-Size Arrays)")
_TABLE = "type list is table of number;"

CASES = (
    Case(
        "an associative array by text walks in the order of its keys",
        run="""declare
                 type ages is table of number index by varchar2(10);
                 a ages; k varchar2(10);
               begin
                 a('pat') := 3; a('ann') := 1; a('bob') := 2;
                 k := a.first;
                 while k is not null loop
                   dbms_output.put_line(k || a(k)); k := a.next(k);
                 end loop;
               end;""",
        expect=output("ann1", "bob2", "pat3"),
        evidence=_ARRAYS,
    ),
    Case(
        "an element that is not there is ORA-01403",
        run="""declare type l is table of number index by pls_integer; a l; n number;
               begin n := a(5); end;""",
        expect=raises(1403),
        evidence=_ARRAYS,
    ),
    Case(
        "COUNT, FIRST, LAST, EXISTS and DELETE of one that has holes",
        run=f"""declare {_TABLE} a list := list(10, 20, 30, 40);
                begin
                  a.delete(2);
                  dbms_output.put_line(a.count || a.first || a.last || a.next(1) || a.prior(3));
                  if not a.exists(2) and a.exists(3) then dbms_output.put_line('hole'); end if;
                  a.delete;
                  dbms_output.put_line(a.count);
                end;""",
        expect=output("31431", "hole", "0"),
        evidence=_METHODS,
    ),
    Case(
        "EXTEND adds NULLs or copies, TRIM takes from the end",
        run=f"""declare {_TABLE} a list := list(7);
                begin
                  a.extend; a.extend(2, 1);
                  dbms_output.put_line(a.count || nvl(to_char(a(2)), '-') || a(3) || a(4));
                  a.trim(3);
                  dbms_output.put_line(a.count);
                end;""",
        expect=output("4-77", "1"),
        evidence=_METHODS,
    ),
    Case(
        "a nested table that was never made is NULL, one that is empty is not",
        run=f"""declare {_TABLE} a list; b list := list();
                begin
                  if a is null and b is not null then dbms_output.put_line(b.count); end if;
                  dbms_output.put_line(a.count);
                end;""",
        expect=raises(6531),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "an index behind the end",
        run=f"declare {_TABLE} a list := list(1); begin a(2) := 5; end;",
        expect=raises(6533),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "a varray has a limit",
        run="""declare type few is varray(2) of number; a few := few(1, 2);
               begin
                 dbms_output.put_line(a.limit || a.count);
                 a.extend;
               end;""",
        expect=raises(6532),
        evidence=_VARRAYS,
    ),
    Case(
        "a collection of collections",
        run=f"""declare {_TABLE} type grid is table of list index by pls_integer; g grid;
                begin
                  g(1) := list(1, 2); g(2) := list(3);
                  g(1)(2) := 9;
                  dbms_output.put_line(g(1)(2) || g(2)(1) || g.count);
                end;""",
        expect=output("932"),
        evidence=Manual("PL/SQL Language Reference", "Multidimensional Collections"),
    ),
    Case(
        "a table of records",
        run="""declare
                 type person is record (name varchar2(9), age number);
                 type people is table of person index by pls_integer;
                 p people;
               begin
                 p(3).name := 'ann'; p(3).age := 30; p(3).age := p(3).age + 1;
                 dbms_output.put_line(p(3).name || p(3).age || p.first);
               end;""",
        expect=output("ann313"),
        evidence=Manual("PL/SQL Language Reference", "Record Variables"),
    ),
    Case(
        "nested tables are equal when they have the same elements",
        run=f"""declare {_TABLE} a list := list(1, 2); b list := list(2, 1);
                begin
                  dbms_output.put_line(case when a = b then 'same' else 'other' end);
                end;""",
        expect=output("same"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables for Equality and Inequality"
        ),
    ),
    Case(
        "MULTISET UNION and MEMBER OF",
        run=f"""declare {_TABLE} a list := list(1, 2); b list;
                begin
                  b := a multiset union list(2, 3);
                  dbms_output.put_line(b.count);
                  if 3 member of b then dbms_output.put_line('member'); end if;
                end;""",
        expect=output("4", "member"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
)
