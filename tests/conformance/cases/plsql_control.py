"""IF, CASE, loops, labels, EXIT and CONTINUE, GOTO."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "CASE, loops, labels and GOTO")

_CASE = Manual("PL/SQL Language Reference", "CASE Statement")
_LOOPS = Manual("PL/SQL Language Reference", "LOOP Statements")

CASES = (
    Case(
        "a CASE statement without a branch that fits",
        run="declare n number := 5; begin case n when 1 then null; end case; end;",
        expect=raises(6592),
        evidence=_CASE,
    ),
    Case(
        "a CASE expression without one is NULL",
        run="""declare n number := 5;
               begin dbms_output.put_line(nvl(case n when 1 then 'one' end, 'null')); end;""",
        expect=output("null"),
        evidence=Manual("PL/SQL Language Reference", "CASE Expressions"),
    ),
    Case(
        "a searched CASE takes the first that is true, and NULL is not",
        run="""declare n number;
               begin
                 case when n > 0 then dbms_output.put_line('plus');
                      when n is null then dbms_output.put_line('nothing');
                      else dbms_output.put_line('else');
                 end case;
               end;""",
        expect=output("nothing"),
        evidence=_CASE,
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
        "GOTO goes back to a label",
        run="""declare n number := 0;
               begin
                 <<again>>
                 n := n + 1;
                 if n < 3 then goto again; end if;
                 dbms_output.put_line(n);
               end;""",
        expect=output("3"),
        evidence=Manual("PL/SQL Language Reference", "GOTO Statement"),
    ),
    Case(
        "a label of a block tells two variables of one name apart",
        run="""<<outer_block>>
               declare n number := 1;
               begin
                 declare n number := 2;
                 begin dbms_output.put_line(outer_block.n || n); end;
               end;""",
        expect=output("12"),
        evidence=Manual("PL/SQL Language Reference", "Scope and Visibility of Identifiers"),
    ),
)
