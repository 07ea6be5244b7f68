"""Which column or variable a name means in a statement of a block."""

from tests.conformance.record import Case, Feature, Manual, output, rows

FEATURE = Feature(2, "Names in static SQL")

_DOTS = Manual("PL/SQL Language Reference", "Qualified Names and Dot Notation")
_STATIC = Manual("PL/SQL Language Reference", "Resolution of Names in Static SQL Statements")
_CAPTURE = Manual(
    "PL/SQL Language Reference", "Avoiding Inner Capture in SELECT and DML Statements"
)
_TABLE = (
    "create table t (n number, s varchar2(10))",
    "insert into t select level, 'row ' || level from dual connect by level <= 3",
)

CASES = (
    Case(
        "a parameter behind its procedure's name",
        setup=(
            *_TABLE,
            """create procedure p (n number, s varchar2) as
               begin update t set s = p.s where t.n = p.n; end;""",
        ),
        run="begin p(2, 'new'); end;",
        then="select n, s from t order by n",
        expect=rows((1, "row 1"), (2, "new"), (3, "row 3")),
        evidence=_DOTS,
    ),
    Case(
        "a variable behind the name of a package's procedure",
        setup=(
            *_TABLE,
            "create package k as procedure p; end;",
            """create package body k as
                 procedure p as
                   n number := 3;
                   found number;
                 begin
                   select count(*) into found from t where t.n < p.n;
                   dbms_output.put_line(found);
                 end;
               end;""",
        ),
        run="begin k.p; end;",
        expect=output("2"),
        evidence=_DOTS,
    ),
    Case(
        "a variable behind its block's label",
        setup=_TABLE,
        run="""<<mine>>
               declare n number := 3;
               begin
                 delete from t where n = mine.n;
                 dbms_output.put_line(sql%rowcount);
               end;""",
        expect=output("1"),
        evidence=_CAPTURE,
    ),
    Case(
        "an alias of the statement comes before a subprogram's name",
        setup=(
            *_TABLE,
            """create procedure p (n number) as
                 found number;
               begin
                 select count(*) into found from t p where p.n = p.n;
                 dbms_output.put_line(found);
               end;""",
        ),
        run="begin p(2); end;",
        expect=output("3"),
        evidence=_STATIC,
    ),
    Case(
        "VALUES sees no column of the table, RETURNING does",
        setup=_TABLE,
        run="""declare
                 n number := 4;
                 s varchar2(10) := 'four';
                 given varchar2(10);
               begin
                 insert into t (n, s) values (n, upper(s)) returning s into given;
                 dbms_output.put_line(given || ' ' || s);
               end;""",
        expect=output("FOUR four"),
        evidence=_STATIC,
    ),
    Case(
        "a query that is inserted sees the columns that it reads",
        setup=(
            *_TABLE,
            "create table u (s varchar2(10), m number)",
            "insert into u values ('u', 9)",
        ),
        run="""declare
                 n number := 5;
                 s varchar2(10) := 'mine';
               begin
                 insert into t (n, s) select n, s from u;
                 insert into t (n, s) select n + 1, s from dual;
               end;""",
        then="select n, s from t where n > 3 order by n",
        expect=rows((5, "u"), (6, "mine")),
        evidence=_STATIC,
    ),
)
