"""Varrays."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Varrays")

CASES = (
    Case(
        "LIMIT is the largest size, COUNT the present one",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va := va('a', 'b');
begin
  dbms_output.put_line(x.limit || x.count || x.last);
end;""",
        expect=output("322"),
        evidence=Manual("PL/SQL Language Reference", "LIMIT Collection Method"),
    ),
    Case(
        "EXTEND beyond LIMIT",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va := va('a', 'b', 'c');
begin
  x.extend;
end;""",
        expect=raises(6532),
        evidence=Manual("PL/SQL Language Reference", "Varrays (Variable-Size Arrays)"),
    ),
    Case(
        "a constructor with too many elements",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va;
begin
  x := va('a', 'b', 'c', 'd');
end;""",
        expect=raises(6532),
        evidence=Manual("PL/SQL Language Reference", "Collection Constructors"),
    ),
    Case(
        "single elements cannot be deleted",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va := va('a');
begin
  x.delete(1);
end;""",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("PL/SQL Language Reference", "DELETE Collection Method"),
    ),
    Case(
        "DELETE without parameters empties it",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va := va('a', 'b');
begin
  x.delete;
  dbms_output.put_line(x.count);
end;""",
        expect=output("0"),
        evidence=Manual("PL/SQL Language Reference", "DELETE Collection Method"),
    ),
    Case(
        "an element must fit the element's type",
        run="""declare
  type va is varray(3) of varchar2(5);
  x va := va('a');
begin
  x(1) := 'too long';
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Assigning Values to Collection Variables"),
    ),
    Case(
        "a varray as a field of a record",
        run="""declare
  type va is varray(3) of varchar2(5);
  type r is record (list va);
  x r;
begin
  x.list := va('p');
  x.list.extend;
  x.list(2) := 'q';
  dbms_output.put_line(x.list.count || x.list(2));
end;""",
        expect=output("2q"),
        evidence=Manual("PL/SQL Language Reference", "Varrays (Variable-Size Arrays)"),
    ),
    Case(
        "a varray of varrays",
        run="""declare
  type t1 is varray(10) of integer;
  type nt1 is varray(10) of t1;
  va t1 := t1(2, 3, 5);
  nva nt1 := nt1(va, t1(55, 6, 73), t1(2, 4), va);
begin
  nva.extend;
  nva(5) := t1(56, 32);
  nva(4).extend;
  nva(4)(4) := 1;
  dbms_output.put_line(nva(2)(3) || ' ' || nva(4)(4) || ' ' || nva.count || va.count);
end;""",
        expect=output("73 1 53"),
        evidence=Manual("PL/SQL Language Reference", "Multidimensional Collections"),
    ),
)
