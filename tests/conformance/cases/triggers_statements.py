"""Statement triggers, and in which order triggers fire."""

from tests.conformance.record import Case, Feature, Manual, rows

FEATURE = Feature(1, "Statement triggers and their order")

CASES = (
    Case(
        "fires once, however many rows",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tr before insert on t
begin
  note('stmt');
end;""",
        ),
        run="insert into t select level, 'x' from dual connect by level <= 3",
        then="select what from au order by n",
        expect=rows(("stmt",)),
        evidence=Manual("PL/SQL Language Reference", "DML Triggers"),
    ),
    Case(
        "fires for a statement that changes no row",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tr after delete on t
begin
  note('stmt');
end;""",
        ),
        run="delete from t",
        then="select what from au order by n",
        expect=rows(("stmt",)),
        evidence=Manual("PL/SQL Language Reference", "DML Triggers"),
    ),
    Case(
        "before statement, before row, after row, after statement",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger t1 after insert on t
begin
  note('4');
end;""",
            """create trigger t2 after insert on t for each row
begin
  note('3');
end;""",
            """create trigger t3 before insert on t for each row
begin
  note('2');
end;""",
            """create trigger t4 before insert on t
begin
  note('1');
end;""",
        ),
        run="insert into t values (1, 'x')",
        then="select what from au order by n",
        expect=rows(("1",), ("2",), ("3",), ("4",)),
        evidence=Manual("PL/SQL Language Reference", "Order in Which Triggers Fire"),
    ),
    Case(
        "FOLLOWS orders triggers of the same kind",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tb before insert on t
begin
  note('first');
end;""",
            """create trigger ta before insert on t follows tb
begin
  note('second');
end;""",
        ),
        run="insert into t values (1, 'x')",
        then="select what from au order by n",
        expect=rows(("first",), ("second",)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "an AFTER statement trigger may read the table",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr after insert on t
declare
  n number;
begin
  select count(*) into n from t;
  insert into au (what) values (n);
end;""",
        ),
        run="insert into t select level, 'x' from dual connect by level <= 3",
        then="select what from au order by n",
        expect=rows(("3",)),
        evidence=Manual("PL/SQL Language Reference", "Mutating-Table Restriction"),
    ),
    Case(
        "a trigger may call a procedure",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            "create trigger tr before insert on t for each row call note(:new.v)",
        ),
        run="insert into t values (1, 'called')",
        then="select what from au order by n",
        expect=rows(("called",)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "a trigger's DML fires triggers",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            "create table u (id number)",
            """create trigger t1 after insert on t for each row
begin
  insert into u values (:new.id);
end;""",
            """create trigger t2 after insert on u for each row
begin
  insert into au (what) values ('u' || :new.id);
end;""",
        ),
        run="insert into t values (5, 'x')",
        then="select what from au order by n",
        expect=rows(("u5",)),
        evidence=Manual("PL/SQL Language Reference", "DML Triggers"),
    ),
    Case(
        "what a trigger did is rolled back with its statement",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tr before insert on t
begin
  note('lost');
end;""",
            "insert into t values (1, 'x')",
            "delete from au",
        ),
        run="""begin
  insert into t values (1, 'again');
exception
  when dup_val_on_index then null;
end;""",
        then="select count(*) from au",
        expect=rows((0,)),
        evidence=Manual("PL/SQL Language Reference", "Exception Handling in Triggers"),
    ),
)
