"""DBMS_SQL.RETURN_RESULT: results without a bind."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, raises, returns

FEATURE = Feature(4, "Implicit results")

_SETUP = (
    "create table t (n number, s varchar2(10))",
    "insert into t select level, 'row ' || level from dual connect by level <= 3",
    """create or replace procedure told (top number) as
         c sys_refcursor;
       begin
         open c for select n from t where n <= top order by n;
         dbms_sql.return_result(c);
         open c for select s from t where n <= top order by n;
         dbms_sql.return_result(c);
       end;""",
)
_RETURN = Manual("PL/SQL Packages and Types Reference", "DBMS_SQL.RETURN_RESULT Procedures")
_CLIENT = Manual("python-oracledb documentation", "Implicit Results")
_BLOCK = "declare c sys_refcursor; begin {} end;"


def _results(bench: Bench, block: str) -> list[list[tuple[object]]]:
    with bench.connection.cursor() as cursor:
        cursor.execute(block)
        return [found.fetchall() for found in cursor.getimplicitresults()]


def _both(bench: Bench) -> list[list[tuple[object]]]:
    return _results(bench, "begin told(2); end;")


def _empty(bench: Bench) -> list[list[tuple[object]]]:
    return _results(bench, "begin told(0); end;")


def _only_of_the_last_call(bench: Bench) -> int:
    _both(bench)
    return len(_results(bench, "declare c sys_refcursor; begin open c for select 1 from dual;"
                               " dbms_sql.return_result(c); end;"))  # fmt: skip


def _interleaved(bench: Bench) -> list[object]:
    with bench.connection.cursor() as cursor:
        cursor.execute("begin told(3); end;")
        first, second = cursor.getimplicitresults()
        first.arraysize = second.arraysize = 1
        return [first.fetchone(), second.fetchone(), first.fetchall(), second.fetchall()]


def _closed_to_the_program(bench: Bench) -> None:
    bench.run(_BLOCK.format("open c for select 1 from dual; dbms_sql.return_result(c); close c;"))


def _by_number(bench: Bench) -> list[list[tuple[object]]]:
    return _results(
        bench,
        """declare c integer := dbms_sql.open_cursor; d integer; begin
        dbms_sql.parse(c, 'select n from t where n = 1', dbms_sql.native);
        d := dbms_sql.execute(c); dbms_sql.return_result(c); end;""",
    )


CASES = (
    Case("each result is fetched, in order", setup=_SETUP, run=_both,
         expect=returns([[(1,), (2,)], [("row 1",), ("row 2",)]]), evidence=_RETURN),
    Case("a result without rows is a result", setup=_SETUP, run=_empty,
         expect=returns([[], []]), evidence=_RETURN),
    Case("a call's results are its own", setup=_SETUP, run=_only_of_the_last_call,
         expect=returns(1), evidence=_CLIENT),
    Case("results are fetched in turn", setup=_SETUP, run=_interleaved,
         expect=returns([(1,), ("row 1",), [(2,), (3,)], [("row 2",), ("row 3",)]]),
         evidence=_CLIENT),
    Case("a returned cursor variable is closed to the program", setup=_SETUP,
         run=_closed_to_the_program, expect=raises(1001), evidence=_RETURN),
    Case("a cursor of DBMS_SQL is returned by its number", setup=_SETUP, run=_by_number,
         expect=returns([[(1,)]]), evidence=_RETURN, sandbox=missing()),
)  # fmt: skip
