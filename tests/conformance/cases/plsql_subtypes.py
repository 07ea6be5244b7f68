"""SUBTYPE, and the predefined subtypes of PLS_INTEGER."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "SUBTYPE and PLS_INTEGER")

CASES = (
    Case(
        "a subtype may have a range",
        run="""declare
  subtype digit is pls_integer range 0 .. 9;
  d digit := 9;
begin
  d := 10;
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Constrained Subtypes"),
    ),
    Case(
        "a subtype without constraints may be constrained later",
        run="""declare
  subtype word is varchar2;
  w word(3);
begin
  w := 'abcd';
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Unconstrained Subtypes"),
    ),
    Case(
        "a NATURALN refuses less than 0",
        run="""declare
  n naturaln := 1;
begin
  n := -1;
end;""",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Predefined PLS_INTEGER Subtypes"),
    ),
    Case(
        "a PLS_INTEGER overflows",
        run="""declare
  p pls_integer := 2147483647;
begin
  p := p + 1;
end;""",
        expect=raises(1426),
        evidence=Manual("PL/SQL Language Reference", "PLS_INTEGER and BINARY_INTEGER Data Types"),
    ),
    Case(
        "a NATURALN needs an initial value",
        run="declare n naturaln; begin null; end;",
        expect=raises(6550, "PLS-00218"),
        evidence=Manual("PL/SQL Language Reference", "Predefined PLS_INTEGER Subtypes"),
    ),
    Case(
        "a POSITIVE refuses 0 and takes NULL",
        run="""declare
  p positive := null;
begin
  p := 0;
exception
  when value_error then dbms_output.put_line(nvl(to_char(p), 'null'));
end;""",
        expect=output("null"),
        evidence=Manual("PL/SQL Language Reference", "Predefined PLS_INTEGER Subtypes"),
    ),
    Case(
        "a SIGNTYPE is -1, 0 or 1",
        run="declare s signtype := -1; begin s := 2; end;",
        expect=raises(6502),
        evidence=Manual("PL/SQL Language Reference", "Predefined PLS_INTEGER Subtypes"),
    ),
    Case(
        "a subtype's values can be assigned to its base type and back",
        run="""declare
  subtype balance is number(8, 2);
  checking balance := 2000.255;
  n number := checking;
begin
  checking := n + 1;
  dbms_output.put_line(checking);
end;""",
        expect=output("2001.26"),
        evidence=Manual("PL/SQL Language Reference", "Constrained Subtypes"),
    ),
)
