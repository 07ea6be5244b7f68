"""Labels: EXIT and CONTINUE by name, GOTO, names of blocks."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Labels, EXIT, CONTINUE and GOTO")

CASES = (
    Case(
        "GOTO a statement further down",
        run="""declare
  p varchar2(30);
  n pls_integer := 37;
begin
  for j in 2 .. round(sqrt(n)) loop
    if n mod j = 0 then
      p := ' is not a prime number';
      goto print_now;
    end if;
  end loop;
  p := ' is a prime number';
  <<print_now>>
  dbms_output.put_line(n || p);
end;""",
        expect=output("37 is a prime number"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "GOTO a statement further up",
        run="""declare
  n number := 0;
begin
  <<again>>
  n := n + 1;
  if n < 4 then
    goto again;
  end if;
  dbms_output.put_line(n);
end;""",
        expect=output("4"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "GOTO from a handler into the enclosing block",
        run="""declare
  n number := 0;
begin
  <<retry>>
  begin
    n := n + 1;
    if n < 3 then
      raise no_data_found;
    end if;
  exception
    when no_data_found then goto retry;
  end;
  dbms_output.put_line(n);
end;""",
        expect=output("3"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "GOTO into an IF is refused",
        run="""begin
  goto inside;
  if true then
    <<inside>>
    null;
  end if;
end;""",
        expect=raises(6550, "PLS-00375"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "a label must have a statement behind it",
        run="""begin
  goto done;
  <<done>>
end;""",
        expect=raises(6550, "PLS-00103"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "EXIT outside of a loop",
        run="""begin
  exit;
end;""",
        expect=raises(6550, "PLS-00376"),
        evidence=Manual("PL/SQL Language Reference", "EXIT Statement"),
    ),
    Case(
        "EXIT of a loop that is not around",
        run="""begin
  <<one>>
  loop
    exit two;
  end loop;
end;""",
        expect=raises(6550, "PLS-00201"),
        evidence=Manual("PL/SQL Language Reference", "EXIT Statement"),
    ),
    Case(
        "a label names what its block declares",
        run="""<<outer>>
declare
  n number := 1;
begin
  declare
    n number := 2;
  begin
    dbms_output.put_line(outer.n || n);
  end;
end;""",
        expect=output("12"),
        evidence=Manual("PL/SQL Language Reference", "Scope and Visibility of Identifiers"),
    ),
    Case(
        "EXIT and CONTINUE WHEN name the loop that they mean",
        run="""begin
                 <<outer_loop>>
                 for i in 1 .. 3 loop
                   for j in 1 .. 3 loop
                     continue outer_loop when j > i;
                     exit outer_loop when i = 3;
                     dbms_output.put_line(i || j);
                   end loop;
                 end loop outer_loop;
               end;""",
        expect=output("11", "21", "22"),
        evidence=Manual("PL/SQL Language Reference", "CONTINUE WHEN Statement"),
    ),
    Case(
        "CONTINUE outside of a loop",
        run="begin continue; end;",
        expect=raises(6550, "PLS-00376"),
        evidence=Manual("PL/SQL Language Reference", "CONTINUE Statement"),
    ),
)
