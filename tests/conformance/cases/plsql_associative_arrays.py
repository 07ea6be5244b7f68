"""Associative arrays."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Associative arrays")

CASES = (
    Case(
        "indexes may be sparse and negative",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
begin
  n(-5) := 'a';
  n(100) := 'b';
  dbms_output.put_line(n.count || ' ' || n.first || ' ' || n.last);
end;""",
        expect=output("2 -5 100"),
        evidence=Manual("PL/SQL Language Reference", "Associative Arrays"),
    ),
    Case(
        "an element that is not there is NO_DATA_FOUND",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
begin
  dbms_output.put_line(n(1));
end;""",
        expect=raises(1403),
        evidence=Manual("PL/SQL Language Reference", "Associative Arrays"),
    ),
    Case(
        "an index may be a text, in the order of its characters",
        run="""declare
  type people is table of number index by varchar2(64);
  p people;
  k varchar2(64);
begin
  p('Smallville') := 2;
  p('Midland') := 7;
  p('Megalopolis') := 1;
  k := p.first;
  while k is not null loop
    dbms_output.put_line(k || p(k));
    k := p.next(k);
  end loop;
end;""",
        expect=output("Megalopolis1", "Midland7", "Smallville2"),
        evidence=Manual("PL/SQL Language Reference", "Associative Arrays"),
    ),
    Case(
        "NEXT and PRIOR take an index that is not there",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
begin
  n(1) := 'a';
  n(10) := 'b';
  dbms_output.put_line(n.next(5) || ' ' || n.prior(5) || ' ' || nvl(to_char(n.next(10)), 'none'));
end;""",
        expect=output("10 1 none"),
        evidence=Manual("PL/SQL Language Reference", "PRIOR and NEXT Collection Methods"),
    ),
    Case(
        "DELETE takes one element or a range",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
begin
  for i in 1 .. 6 loop
    n(i) := i;
  end loop;
  n.delete(2);
  n.delete(4, 5);
  dbms_output.put_line(n.count || n.last);
end;""",
        expect=output("36"),
        evidence=Manual("PL/SQL Language Reference", "DELETE Collection Method"),
    ),
    Case(
        "an array of records",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
        ),
        run="""declare
  type rows_type is table of t%rowtype index by pls_integer;
  r rows_type;
begin
  select * into r(7) from t where id = 2;
  r(8).v := 'made';
  dbms_output.put_line(r(7).v || r(8).v || nvl(to_char(r(8).id), '-'));
end;""",
        expect=output("v2made-"),
        evidence=Manual("PL/SQL Language Reference", "Associative Arrays"),
    ),
    Case(
        "an array of arrays",
        run="""declare
  type line is table of number index by pls_integer;
  type grid is table of line index by pls_integer;
  g grid;
begin
  g(1)(2) := 12;
  g(3)(4) := 34;
  dbms_output.put_line(g.count || ' ' || g(1).count || ' ' || g(3)(4));
end;""",
        expect=output("2 1 34"),
        evidence=Manual("PL/SQL Language Reference", "Multidimensional Collections"),
    ),
    Case(
        "an index that is NULL is refused",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
  i pls_integer;
begin
  n(i) := 'a';
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Associative Arrays"),
    ),
    Case(
        "EXTEND is not for associative arrays",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
begin
  n.extend;
end;""",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("PL/SQL Language Reference", "EXTEND Collection Method"),
    ),
    Case(
        "a parameter of an array type is a copy",
        run="""declare
  type names is table of varchar2(10) index by pls_integer;
  n names;
  procedure change(x in out names, fail boolean) is
  begin
    x(1) := 'new';
    if fail then
      raise program_error;
    end if;
  end;
begin
  n(1) := 'old';
  begin
    change(n, true);
  exception
    when program_error then dbms_output.put_line(n(1));
  end;
  change(n, false);
  dbms_output.put_line(n(1));
end;""",
        expect=output("old", "new"),
        evidence=Manual("PL/SQL Language Reference", "Subprogram Parameter Passing Methods"),
    ),
    Case(
        "a collection of collections",
        run="""declare
                  type list is table of number;
                  type grid is table of list index by pls_integer;
                  g grid;
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
)
