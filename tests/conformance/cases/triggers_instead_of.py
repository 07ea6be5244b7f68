"""INSTEAD OF triggers on views."""

from tests.conformance.record import Case, Feature, Manual, count, raises, rows, rows_in_any_order

FEATURE = Feature(1, "INSTEAD OF triggers")

CASES = (
    Case(
        "takes the place of an INSERT",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create view w as select id, upper(v) as big from t",
            """create trigger tr instead of insert on w
begin
  insert into t values (:new.id, lower(:new.big));
end;""",
        ),
        run="insert into w values (1, 'ABC')",
        then="select * from t",
        expect=rows((1, "abc")),
        evidence=Manual("PL/SQL Language Reference", "INSTEAD OF DML Triggers"),
    ),
    Case(
        "runs for each row of an UPDATE",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            "insert into t select level, 'v' || level from dual connect by level <= 3",
            "create view w as select id, upper(v) as big from t",
            """create trigger tr instead of update on w
begin
  insert into au (what) values (:old.big || '>' || :new.big);
end;""",
        ),
        run="update w set big = 'N' || id where id < 3",
        then="select what from au",
        expect=rows_in_any_order(("V1>N1",), ("V2>N2",)),
        evidence=Manual("PL/SQL Language Reference", "INSTEAD OF DML Triggers"),
    ),
    Case(
        "counts the rows that it stands for",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
            "create view w as select id, upper(v) as big from t",
            """create trigger tr instead of delete on w
begin
  null;
end;""",
        ),
        run="delete from w where id > 2",
        expect=count(3),
        evidence=Manual("PL/SQL Language Reference", "INSTEAD OF DML Triggers"),
    ),
    Case(
        "is for views only",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="create trigger tr instead of insert on t begin null; end;",
        expect=raises(25002),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "a view takes no BEFORE trigger",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create view w as select * from t",
        ),
        run="create trigger tr before insert on w begin null; end;",
        expect=raises(25001),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "goes with its view",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create view w as select * from t",
            """create trigger tr instead of insert on w
begin
  null;
end;""",
        ),
        run="drop view w",
        then="select count(*) from user_triggers",
        expect=rows((0,)),
        evidence=Manual("PL/SQL Language Reference", "INSTEAD OF DML Triggers"),
    ),
)
