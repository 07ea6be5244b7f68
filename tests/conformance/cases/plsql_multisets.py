"""Nested tables as sets: MULTISET, MEMBER OF, SUBMULTISET OF, SET, CARDINALITY."""

# ruff: noqa: E501 - a block reads best as it would be typed

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Nested tables as sets")

_SETS = """declare
  type nt is table of number;
  a nt := nt(1, 2, 2);
  b nt := nt(2, 3);
  c nt;
  e nt := nt();
  procedure show(x nt) is
    t varchar2(40);
  begin
    for i in 1 .. x.count loop
      t := t || x(i) || ' ';
    end loop;
    dbms_output.put_line(nvl(rtrim(t), 'none'));
  end;
"""

CASES = (
    Case(
        "MULTISET UNION keeps what is there twice",
        run=_SETS
        + """begin
  show(a multiset union b);
end;""",
        expect=output("1 2 2 2 3"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
    Case(
        "MULTISET UNION DISTINCT does not",
        run=_SETS
        + """begin
  c := a multiset union distinct b;
  dbms_output.put_line(c.count);
end;""",
        expect=output("3"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
    Case(
        "MULTISET INTERSECT",
        run=_SETS
        + """begin
  show(a multiset intersect b);
end;""",
        expect=output("2"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
    Case(
        "MULTISET EXCEPT takes as many as there are",
        run=_SETS
        + """begin
  show(a multiset except b);
end;""",
        expect=output("1 2"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
    Case(
        "SET leaves each element once",
        run=_SETS
        + """begin
  c := set(a);
  dbms_output.put_line(c.count || cardinality(a));
end;""",
        expect=output("23"),
        evidence=Manual(
            "PL/SQL Language Reference", "Assigning Set Operation Results to Nested Table Variables"
        ),
    ),
    Case(
        "MEMBER OF and NOT MEMBER OF",
        run=_SETS
        + """begin
  if 3 member of b and 3 not member of a then
    dbms_output.put_line('yes');
  end if;
end;""",
        expect=output("yes"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables with SQL Multiset Conditions"
        ),
    ),
    Case(
        "SUBMULTISET OF counts",
        run=_SETS
        + """begin
  dbms_output.put_line(case when nt(2, 2) submultiset of a then 'a' end || case when nt(2, 2) submultiset of b then 'b' end);
end;""",
        expect=output("a"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables with SQL Multiset Conditions"
        ),
    ),
    Case(
        "IS EMPTY and IS A SET",
        run=_SETS
        + """begin
  if e is empty and a is not empty and a is not a set and b is a set then
    dbms_output.put_line('yes');
  end if;
end;""",
        expect=output("yes"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables with SQL Multiset Conditions"
        ),
    ),
    Case(
        "equality is NULL with a NULL table",
        run=_SETS
        + """begin
  if a = c then
    dbms_output.put_line('same');
  elsif a <> c then
    dbms_output.put_line('other');
  else
    dbms_output.put_line('unknown');
  end if;
end;""",
        expect=output("unknown"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables for Equality and Inequality"
        ),
    ),
    Case(
        "varrays cannot be compared",
        run="""declare
  type va is varray(2) of number;
  x va := va(1);
  y va := va(1);
begin
  if x = y then
    null;
  end if;
end;""",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("PL/SQL Language Reference", "Collection Comparisons"),
    ),
    Case(
        "nested tables are equal when they have the same elements",
        run="""declare type list is table of number; a list := list(1, 2); b list := list(2, 1);
                begin
                  dbms_output.put_line(case when a = b then 'same' else 'other' end);
                end;""",
        expect=output("same"),
        evidence=Manual(
            "PL/SQL Language Reference", "Comparing Nested Tables for Equality and Inequality"
        ),
    ),
)
