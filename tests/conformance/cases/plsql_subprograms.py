"""Nested blocks and subprograms."""

from tests.conformance.record import Case, Feature, Manual, output, raises

FEATURE = Feature(2, "Nested blocks and subprograms")

_NESTED = Manual("PL/SQL Language Reference", "Nested, Package, and Standalone Subprograms")

CASES = (
    Case(
        "a function calls itself",
        run="""declare
                 function f(n number) return number is
                 begin return case when n < 2 then 1 else n * f(n - 1) end; end;
               begin dbms_output.put_line(f(10)); end;""",
        expect=output("3628800"),
        evidence=Manual("PL/SQL Language Reference", "Recursive Subprograms"),
    ),
    Case(
        "two that call each other want a declaration first",
        run="""declare
                 function odd(n number) return boolean;
                 function even(n number) return boolean is
                 begin return case when n = 0 then true else odd(n - 1) end; end;
                 function odd(n number) return boolean is
                 begin return case when n = 0 then false else even(n - 1) end; end;
               begin
                 if even(10) then dbms_output.put_line('even'); end if;
               end;""",
        expect=output("even"),
        evidence=Manual("PL/SQL Language Reference", "Forward Declaration"),
    ),
    Case(
        "it sees and changes what stands around it",
        run="""declare
                 n number := 1;
                 procedure twice is begin n := n * 2; end;
               begin twice; twice; dbms_output.put_line(n); end;""",
        expect=output("4"),
        evidence=Manual("PL/SQL Language Reference", "Scope and Visibility of Identifiers"),
    ),
    Case(
        "each call has variables of its own",
        run="""declare
                 procedure down(n number) is
                   kept number := n;
                 begin
                   if n > 1 then down(n - 1); end if;
                   dbms_output.put_line(kept);
                 end;
               begin down(3); end;""",
        expect=output("1", "2", "3"),
        evidence=_NESTED,
    ),
    Case(
        "what an inner block declares is gone behind it",
        run="begin declare n number := 1; begin null; end; dbms_output.put_line(n); end;",
        expect=raises(6550, "PLS-00201"),
        evidence=Manual("PL/SQL Language Reference", "Scope and Visibility of Identifiers"),
    ),
    Case(
        "subprograms of one name in one block",
        run="""declare
                 procedure show(v number) is begin dbms_output.put_line('number'); end;
                 procedure show(v varchar2) is begin dbms_output.put_line('text'); end;
               begin show(1); show('1'); end;""",
        expect=output("number", "text"),
        evidence=Manual("PL/SQL Language Reference", "Overloaded Subprograms"),
    ),
    Case(
        "OUT is not given back when it ends with an error",
        run="""declare
                 n number := 1;
                 procedure fails(v out number) is begin v := 2; raise no_data_found; end;
               begin
                 fails(n);
               exception when no_data_found then dbms_output.put_line(n);
               end;""",
        expect=output("1"),
        evidence=Manual("PL/SQL Language Reference", "Subprogram Parameter Passing Methods"),
    ),
    Case(
        "no positional argument behind a named one",
        setup=("create procedure p (a number, b number) is begin null; end;",),
        run="begin p(a => 1, 2); end;",
        expect=raises(6550, "PLS-00312"),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Positional, Named, and Mixed Notation for Actual Parameters",
        ),
    ),
)
