"""FOR, WHILE and plain loops."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Loops")

_LOOPS = Manual("PL/SQL Language Reference", "LOOP Statements")

CASES = (
    Case(
        "REVERSE, and bounds that are the wrong way round",
        run="""begin
                 for i in reverse 1 .. 3 loop dbms_output.put_line(i); end loop;
                 for i in 3 .. 1 loop dbms_output.put_line('never'); end loop;
               end;""",
        expect=output("3", "2", "1"),
        evidence=Manual("PL/SQL Language Reference", "FOR LOOP Statement"),
    ),
    Case(
        "bounds are read once, and the index is the loop's own",
        run="""declare n number := 2; i number := 7;
               begin
                 for i in 1 .. n loop n := 5; dbms_output.put_line(i); end loop;
                 dbms_output.put_line(i);
               end;""",
        expect=output("1", "2", "7"),
        evidence=Manual("PL/SQL Language Reference", "FOR LOOP Index"),
    ),
    Case(
        "the index cannot be assigned to",
        run="begin for i in 1 .. 2 loop i := 5; end loop; end;",
        expect=raises(6550, "PLS-00363"),
        evidence=Manual("PL/SQL Language Reference", "FOR LOOP Index"),
    ),
    Case(
        "WHILE and a plain LOOP",
        run="""declare n number := 3;
               begin
                 while n > 1 loop n := n - 1; end loop;
                 loop n := n * 2; exit when n > 5; end loop;
                 dbms_output.put_line(n);
               end;""",
        expect=output("8"),
        evidence=_LOOPS,
    ),
    Case(
        "EXIT WHEN and CONTINUE WHEN of a FOR loop",
        run="""begin
                 for i in 1 .. 9 loop
                   continue when mod(i, 2) = 0;
                   exit when i > 6;
                   dbms_output.put_line(i);
                 end loop;
               end;""",
        expect=output("1", "3", "5"),
        evidence=Manual("PL/SQL Language Reference", "CONTINUE WHEN Statement"),
    ),
    Case(
        "the index is gone behind the loop",
        run="begin for i in 1 .. 2 loop null; end loop; dbms_output.put_line(i); end;",
        expect=raises(6550, "PLS-00201"),
        evidence=Manual("PL/SQL Language Reference", "FOR LOOP Index"),
    ),
    Case(
        "a WHILE loop whose condition is NULL does not run",
        run="""declare b boolean;
               begin
                 while b loop dbms_output.put_line('never'); exit; end loop;
                 dbms_output.put_line('behind');
               end;""",
        expect=output("behind"),
        evidence=Manual("PL/SQL Language Reference", "WHILE LOOP Statement"),
    ),
    Case(
        "an index of an outer loop is told by the loop's label",
        run="""begin
                 <<around>>
                 for i in 1 .. 2 loop
                   for i in 3 .. 3 loop dbms_output.put_line(around.i || i); end loop;
                 end loop;
               end;""",
        expect=output("13", "23"),
        evidence=Manual("PL/SQL Language Reference", "FOR LOOP Index"),
    ),
)
