"""Which PL/SQL may commit by itself."""

from __future__ import annotations

from typing import Optional

import pytest

from airflow_oracle_dag.core.opacity import opaque_reason
from airflow_oracle_dag.core.parse import parse_script


def reason(text: str, *, end: str = "\n/\n") -> Optional[str]:
    """Parse one statement and ask."""
    (piece,) = parse_script(text + end).pieces
    return opaque_reason(piece)


CLEAN = [
    "begin null; end;",
    "begin insert into t (a, b) values (f(1), pkg.g(2)); end;",
    "begin insert into t (a) select f(x) from u where y = :z; end;",
    "begin update t set a = f(a) where b in (select pkg.g from dual); end;",
    "begin merge into t using u on (t.a = u.a) when matched then update set t.b = 1; end;",
    "declare n number; begin select count(*) into n from t; if n > 1 then delete t; end if; end;",
    "declare n number := nvl(to_number('1'), 0); begin n := round(n, 2) + mod(n, 2); end;",
    "declare procedure p(a number) is begin null; end; begin p(1); p(a => 2); end;",
    (
        "declare function f(a int default 1) return int is begin return a; end; x "
        "int; begin x := f; end;"
    ),
    (
        "declare procedure b; procedure a is begin b; end; procedure b is begin "
        "null; end; begin a; end;"
    ),
    (
        "declare cursor c(p int) is select f(x) a from t where b = p; r c%rowtype; "
        "begin open c(1); "
        "fetch c into r; close c; end;"
    ),
    (
        "declare type t is table of number index by pls_integer; a t; begin a(1) "
        ":= 2; a.delete(1); end;"
    ),
    "declare type r is record (a int, b t.c%type := 1); v r; begin v.a := v.b; end;",
    "declare l sys.odcinumberlist := sys.odcinumberlist(1, 2); begin l.extend; l(3) := 4; end;",
    (
        "begin for r in (select a, f(b) c from t) loop dbms_output.put_line(r.a || "
        "r.c); end loop; end;"
    ),
    "begin for i in 1 .. 3 loop continue when i = 2; exit when i = 3; end loop; end;",
    "begin for i in reverse 1 .. 3 loop null; end loop; end;",
    "declare i int := 0; begin while i < 3 loop i := i + 1; end loop; loop exit; end loop; end;",
    (
        "declare type t is table of int; a t; begin select x bulk collect into a "
        "from u; forall i in 1 .. "
        "a.count save exceptions update v set w = a(i); end;"
    ),
    "begin :x := case when 1 = 1 then 'a' else null end; end;",
    "begin case :x when 1 then null; else null; end case; end;",
    "begin raise_application_error(-20001, 'a' || sqlerrm); end;",
    (
        "begin null; exception when no_data_found or too_many_rows then null; when "
        "others then raise; end;"
    ),
    (
        "declare e exception; pragma exception_init(e, -1); begin raise e; "
        "exception when e then null; end;"
    ),
    "begin dbms_session.sleep(1); dbms_application_info.set_module('a', 'b'); end;",
    "begin sys.dbms_output.put_line(dbms_utility.format_error_backtrace); end;",
    "declare n varchar2(10) := dbms_transaction.local_transaction_id; begin null; end;",
    "declare d date := sysdate; t timestamp with time zone := systimestamp; begin d := d + 1; end;",
    "declare n interval day to second := interval '5' day(3) to second(2); begin null; end;",
    "declare n int; begin n := extract(year from sysdate) + extract(hour from systimestamp); end;",
    "begin :x := trim(leading '0' from :y) || trim(both from :z); end;",
    "begin if :x like 'a!_%' escape '!' or :y not like :z escape :w then null; end if; end;",
    (
        "declare type t is table of int; a t; begin if a is not empty and 1 member of a then null; "
        "elsif 2 not member of a then a := a multiset except distinct a; end if; end;"
    ),
    "begin :x := cast(:y as timestamp with local time zone) at time zone 'UTC'; end;",
    "begin :x := systimestamp at local; if :y is not nan then null; end if; end;",
    "begin :x := cast(:y as double precision) + cast(:z as number(5)); end;",
    (
        "declare c sys_refcursor; type t is table of int; a t; begin fetch c bulk collect into a "
        "limit 100; forall i in indices of a save exceptions delete t where b = a(i); end;"
    ),
    "declare type t is table of u%rowtype index by u.id%type; a t; begin a(1).b := a(2).c; end;",
    "declare type r is record (l sys.odcinumberlist); v r; begin :n := v.l.count; end;",
    "declare höhe int; begin HÖHE := 1; end;",
    "begin insert into l values ($$plsql_unit, sysdate); end;",
    "begin delete (select * from t) where a = 1; end;",
    "begin <<rows>> for i in 1 .. 2 loop null; end loop rows; end;",
    "begin savepoint a; delete t; rollback to a; end;",
    "begin lock table t in exclusive mode; end;",
    "<<main>> declare a int; begin main.a := 1; end;",
    "begin begin begin null; end; end; end;",
    "declare r t%rowtype; begin select * into r from t; r.a := 1; insert into t values r; end;",
    (
        "declare c sys_refcursor; n int; begin open c for select 1 from t; fetch c "
        "into n; close c; end;"
    ),
    "begin if sql%rowcount = 0 then null; end if; end;",
    "begin null; /* commit; */ -- rollback\n end;",
    "begin insert into t values ('commit; execute immediate'); end;",
    "declare s varchar2(9) := q'[it's]' || n'x' || nq'!y!'; begin null; end;",
    "begin goto l; <<l>> null; end;",
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean(text: str) -> None:
    """Own code, Oracle's functions and embedded SQL leave the transaction alone."""
    assert reason(text) is None


OPAQUE = [
    ("COMMIT", "begin commit; end;"),
    ("COMMIT", "begin if :a = 1 then commit work; end if; end;"),
    ("COMMIT", "begin null; exception when others then commit; end;"),
    ("COMMIT", "declare procedure p is begin commit; end; begin p; end;"),
    ("ROLLBACK", "begin rollback; end;"),
    ("ROLLBACK", "begin rollback to a; end;"),
    ("SET TRANSACTION", "begin set transaction read only; end;"),
    ("dynamic SQL", "begin execute immediate 'truncate table t'; end;"),
    ("dynamic SQL", "declare c sys_refcursor; begin open c for 'select 1 from dual'; end;"),
    ("dynamic SQL", "declare c sys_refcursor; s varchar2(9); begin open c for s; end;"),
    (
        "dynamic SQL",
        "declare type t is table of int; a t; begin forall i in 1..2 execute immediate 'x'; end;",
    ),
    ("AUTONOMOUS", "declare pragma autonomous_transaction; begin null; end;"),
    (
        "AUTONOMOUS",
        "declare procedure p is pragma autonomous_transaction; begin null; end; begin p; end;",
    ),
    ("LOAD_ORDERS", "begin load_orders; end;"),
    ("LOAD_ORDERS", "begin load_orders(1); end;"),
    ("PKG.RUN", "begin pkg.run; end;"),
    ("S.PKG.RUN", "begin s.pkg.run(1); end;"),
    ("DBMS_STATS", "begin dbms_stats.gather_table_stats(user, 'T'); end;"),
    ("DBMS_SCHEDULER", "begin dbms_scheduler.run_job('J'); end;"),
    ("DBMS_SQL", "declare c integer := dbms_sql.open_cursor; begin null; end;"),
    ("EXEC_DDL", "begin dbms_utility.exec_ddl_statement('x'); end;"),
    (
        "DBMS_LOCK.ALLOCATE_UNIQUE",
        "declare h varchar2(9); begin dbms_lock.allocate_unique('a', h); end;",
    ),
    ("GET_RATE", "declare n number := get_rate; begin null; end;"),
    ("GET_RATE", "declare n number; begin n := 1 + get_rate(2); end;"),
    ("GET_RATE", "begin if get_rate(1) > 1 then null; end if; end;"),
    ("PKG.C", "declare n number := pkg.c; begin null; end;"),
    ("PKG.V", "begin pkg.v := 1; end;"),
    ("PKG.T", "declare v pkg.t; begin null; end;"),
    ("MY_TYPE", "declare v my_type; begin null; end;"),
    ("YEAR", "declare n number; begin n := year(sysdate); end;"),
    ("CLOSE", "begin close(1); end;"),
    ("LOCK", "begin lock; end;"),
    ("Q.NEXTVAL", "declare n int := q.nextval(1); begin null; end;"),
    ("Q.NEXTVAL", "declare n int := q.nextval; begin null; end;"),
    ("MINUTE", "declare n int; begin n := minute; end;"),
    ("LIMIT", "declare n int; begin n := 1 + limit; end;"),
    ("ESCAPE", "begin if :x like escape then null; end if; end;"),
    ("OBJECT", "begin if not object then null; end if; end;"),
    ("LOCAL", "begin :x := local; end;"),
    ("DAY", "begin :x := case when :y = 1 then day end; end;"),
    ("LIMIT", "begin :x := -- don't\n limit; end;"),
    ("DELETE", "begin delete(5); end;"),
    ("DELETE", "begin delete; end;"),
    ("DELETE", "declare delete int; begin delete := f; end;"),
    ("MERGE", "declare merge int; begin merge := f; end;"),
    ("PRAGMA", "declare pragma int; begin pragma := f; end;"),
    ("PKG.SAVE_IT", "begin <<pkg>> for i in 1 .. 2 loop null; end loop; pkg.save_it; end;"),
    ("PKG", "begin <<pkg>> begin null; end; pkg; end;"),
    ("PKG.CUR", "begin if pkg.cur%isopen then null; end if; end;"),
    ("method", "declare type l is table of t.o%type; v l; begin v(1).save; end;"),
    ("method", "declare v t.list%type; begin v(1).save(2); end;"),
    ("method", "declare r t%rowtype; begin r.list(1).save; end;"),
    ("method", "begin for r in (select o from t) loop r.o.delete; end loop; end;"),
    ("STRAßE", "declare strasse int; begin straße; end;"),
    ("read at $", "begin update t set a = 1 $if $$x $then ; commit $end ; end;"),
    ("LOG_IT", "begin null; exception when others then log_it(sqlerrm); end;"),
    ("P over a database link", "declare p int; begin p@link(1); end;"),
    ("SCOPE", "begin declare scope int; begin null; end; scope; end;"),
    ("P", 'declare p int; begin "p"(1); end;'),
    ("method", "declare v t.o%type; begin v.save; end;"),
    ("method", "begin for r in (select o from t) loop r.o.save; end loop; end;"),
    ("read at $", "begin if 1 = $$debug then null; end if; end;"),
    ("read", "begin if; end;"),
    ("read", "begin loop end; end;"),
]


@pytest.mark.parametrize(("word", "text"), OPAQUE)
def test_opaque(word: str, text: str) -> None:
    """What may commit, or cannot be read, is opaque, and the reason names it."""
    found = reason(text)
    assert found is not None
    assert word.lower() in found.lower()


def test_sql_is_never_opaque() -> None:
    """A function in plain SQL cannot commit (ORA-14552)."""
    assert reason("insert into t values (pkg.f(1))", end=";\n") is None
    assert reason("create procedure p is begin commit; end;") is None


def test_call() -> None:
    """CALL is judged as a block is."""
    assert reason("call dbms_application_info.set_module('a', :b)", end=";\n") is None
    assert (
        reason("call load_orders(1)", end=";\n")
        == "calls or reads LOAD_ORDERS, which is not its own"
    )


def test_deep_nesting_is_opaque() -> None:
    """Code too deep to be read is opaque instead of an error."""
    assert reason("begin " * 500 + "null; " + "end; " * 500) == "is nested too deeply to be read"
