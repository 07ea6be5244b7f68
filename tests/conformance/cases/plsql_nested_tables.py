"""Nested tables."""

from tests.conformance.record import Case, Feature, Manual, missing, output, raises

FEATURE = Feature(2, "Nested tables")

CASES = (
    Case(
        "a constructor gives dense elements from 1",
        run="""declare
  type nt is table of number;
  x nt := nt(10, 20, 30);
begin
  dbms_output.put_line(x.count || x.first || x.last || x(2));
end;""",
        expect=output("31320"),
        evidence=Manual("PL/SQL Language Reference", "Collection Constructors"),
    ),
    Case(
        "one that was never initialised is NULL",
        run="""declare
  type nt is table of number;
  x nt;
begin
  if x is null then
    dbms_output.put_line('null');
  end if;
  dbms_output.put_line(x.count);
end;""",
        expect=raises(6531),
        evidence=Manual("PL/SQL Language Reference", "Nested Tables"),
    ),
    Case(
        "EXISTS is the one method of a null collection",
        run="""declare
  type nt is table of number;
  x nt;
begin
  if not x.exists(1) then
    dbms_output.put_line('no');
  end if;
end;""",
        expect=output("no"),
        evidence=Manual("PL/SQL Language Reference", "EXISTS Collection Method"),
    ),
    Case(
        "an index beyond COUNT is SUBSCRIPT_BEYOND_COUNT",
        run="""declare
  type nt is table of number;
  x nt := nt(1);
begin
  x(2) := 5;
exception
  when subscript_beyond_count then dbms_output.put_line(sqlcode);
end;""",
        expect=output("-6533"),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "index 0 is SUBSCRIPT_OUTSIDE_LIMIT",
        run="""declare
  type nt is table of number;
  x nt := nt(1);
begin
  x(0) := 5;
exception
  when subscript_outside_limit then dbms_output.put_line(sqlcode);
end;""",
        expect=output("-6532"),
        evidence=Manual("PL/SQL Language Reference", "Predefined Exceptions"),
    ),
    Case(
        "EXTEND appends nulls, or copies of an element",
        run="""declare
  type nt is table of number;
  x nt := nt(11, 22, 33);
begin
  x.extend(2, 1);
  x.extend;
  dbms_output.put_line(x.count || ' ' || x(5) || ' ' || nvl(to_char(x(6)), 'null'));
end;""",
        expect=output("6 11 null"),
        evidence=Manual("PL/SQL Language Reference", "EXTEND Collection Method"),
    ),
    Case(
        "TRIM counts deleted elements, too",
        run="""declare
  type nt is table of number;
  x nt := nt(1, 2, 3, 4);
begin
  x.delete(4);
  x.trim(2);
  dbms_output.put_line(x.count || x.last);
end;""",
        expect=output("22"),
        evidence=Manual("PL/SQL Language Reference", "TRIM Collection Method"),
    ),
    Case(
        "TRIM of more elements than there are",
        run="""declare
  type nt is table of number;
  x nt := nt(1);
begin
  x.trim(2);
end;""",
        expect=raises(6533),
        evidence=Manual("PL/SQL Language Reference", "TRIM Collection Method"),
    ),
    Case(
        "a deleted element can be assigned to again",
        run="""declare
  type nt is table of number;
  x nt := nt(1, 2, 3);
begin
  x.delete(2);
  if not x.exists(2) then
    x(2) := 20;
  end if;
  dbms_output.put_line(x.count || x(2));
end;""",
        expect=output("320"),
        evidence=Manual("PL/SQL Language Reference", "DELETE Collection Method"),
    ),
    Case(
        "EXTEND does not use the places of deleted elements",
        run="""declare
  type nt is table of number;
  x nt := nt(1, 2, 3);
begin
  x.delete(3);
  x.extend;
  x(4) := 4;
  dbms_output.put_line(x.count || x.last);
end;""",
        expect=output("34"),
        evidence=Manual("PL/SQL Language Reference", "EXTEND Collection Method"),
    ),
    Case(
        "two types of the same elements are two types",
        run="""declare
  type nt is table of number;
  type other is table of number;
  x nt;
  y other := other(1);
begin
  x := y;
end;""",
        expect=raises(6550, "PLS-00382"),
        evidence=Manual("PL/SQL Language Reference", "Assigning Values to Collection Variables"),
    ),
    Case(
        "LIMIT of a nested table is NULL",
        run="""declare
  type nt is table of number;
  x nt := nt();
begin
  dbms_output.put_line(nvl(to_char(x.limit), 'null'));
end;""",
        expect=output("null"),
        evidence=Manual("PL/SQL Language Reference", "LIMIT Collection Method"),
    ),
    Case(
        "COUNT, FIRST, LAST, EXISTS and DELETE of one that has holes",
        run="""declare type list is table of number; a list := list(10, 20, 30, 40);
                begin
                  a.delete(2);
                  dbms_output.put_line(a.count || a.first || a.last || a.next(1) || a.prior(3));
                  if not a.exists(2) and a.exists(3) then dbms_output.put_line('hole'); end if;
                  a.delete;
                  dbms_output.put_line(a.count);
                end;""",
        expect=output("31431", "hole", "0"),
        evidence=Manual("PL/SQL Language Reference", "Collection Methods"),
    ),
    Case(
        "a query of its elements",
        setup=("create package pk is type t is table of number; end;",),
        run="""
            declare x pk.t := pk.t(3, 1, 2); n number;
            begin select sum(column_value) into n from table(x); dbms_output.put_line(n); end;""",
        expect=output("6"),
        evidence=Manual("PL/SQL Language Reference", "Querying a Collection"),
        sandbox=missing("collections in SQL"),
    ),
)
