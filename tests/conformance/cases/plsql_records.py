"""Records: declared types, records in records, assignment and comparison."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Records")

_RECORDS = Manual("PL/SQL Language Reference", "Record Variables")
_ASSIGN = Manual("PL/SQL Language Reference", "Assigning Values to Record Variables")
_TYPE = "type point is record (x number := 1, y number not null default 2);"

CASES = (
    Case(
        "fields begin with their defaults",
        run=f"""declare {_TYPE} p point;
                begin dbms_output.put_line(p.x || ' ' || p.y); end;""",
        expect=output("1 2"),
        evidence=_RECORDS,
    ),
    Case(
        "an assignment copies every field",
        run=f"""declare {_TYPE} p point; q point;
                begin
                  p.x := 10; q := p; p.x := 20;
                  dbms_output.put_line(q.x || ' ' || p.x);
                end;""",
        expect=output("10 20"),
        evidence=_ASSIGN,
    ),
    Case(
        "a field that is NOT NULL takes no NULL",
        run=f"declare {_TYPE} p point; n number; begin p.y := n; end;",
        expect=raises(6502),
        evidence=_RECORDS,
    ),
    Case(
        "a record in a record",
        run=f"""declare {_TYPE}
                  type line is record (a point, b point, name varchar2(9));
                  l line;
                begin
                  l.b.x := 7; l.name := 'first';
                  dbms_output.put_line(l.a.x || l.b.x || l.name);
                end;""",
        expect=output("17first"),
        evidence=_RECORDS,
    ),
    Case(
        "SELECT INTO fills one",
        run="""declare type pair is record (a number, b varchar2(9)); p pair;
               begin
                 select 4, 'four' into p from dual;
                 dbms_output.put_line(p.a || p.b);
               end;""",
        expect=output("4four"),
        evidence=_ASSIGN,
    ),
    Case(
        "records of two types do not go together, though their fields are alike",
        run="""declare type a is record (n number); type b is record (n number); x a; y b;
               begin x := y; end;""",
        expect=raises(6550, "PLS-00382"),
        evidence=_ASSIGN,
    ),
    Case(
        "records cannot be compared",
        run=f"""declare {_TYPE} p point; q point;
                begin if p = q then null; end if; end;""",
        expect=raises(6550, "PLS-00306"),
        evidence=Manual("PL/SQL Language Reference", "Record Comparisons"),
    ),
    Case(
        "a parameter and a result",
        run=f"""declare {_TYPE} p point;
                  function moved(v point, by_x number) return point is
                    r point := v;
                  begin r.x := r.x + by_x; return r; end;
                begin p := moved(p, 5); dbms_output.put_line(p.x || ' ' || moved(p, 1).x); end;""",
        expect=output("6 7"),
        evidence=Manual("PL/SQL Language Reference", "Record Variables"),
    ),
)
