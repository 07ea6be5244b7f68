"""Row triggers: :NEW, :OLD, WHEN, and what they may change."""

# ruff: noqa: E501 - a block reads best as it would be typed

from tests.conformance.record import Case, Feature, Manual, output, raises, rows, rows_in_any_order

FEATURE = Feature(1, "Row triggers")

CASES = (
    Case(
        "a BEFORE trigger changes the new values",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert or update on t for each row
begin
  :new.v := upper(:new.v);
end;""",
        ),
        run="insert into t values (1, 'abc')",
        then="select * from t",
        expect=rows((1, "ABC")),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        "an AFTER trigger sees old and new values",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr after update on t for each row
begin
  insert into au (what) values (:old.v || '>' || :new.v);
end;""",
            "insert into t values (1, 'a')",
        ),
        run="update t set v = 'b'",
        then="select what from au order by n",
        expect=rows(("a>b",)),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        ":OLD is NULL for INSERT, :NEW for DELETE",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr after insert or delete on t for each row
begin
  insert into au (what) values (nvl(:old.v, '-') || nvl(:new.v, '-'));
end;""",
            "insert into t values (1, 'a')",
        ),
        run="delete from t",
        then="select what from au order by n",
        expect=rows(("-a",), ("a-",)),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        "WHEN chooses the rows",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr after insert on t for each row when (new.id > 1)
begin
  insert into au (what) values (:new.v);
end;""",
        ),
        run="insert into t select level, 'v' || level from dual connect by level <= 3",
        then="select what from au order by n",
        expect=rows(("v2",), ("v3",)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "UPDATE OF a column fires for that column only",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr before update of v on t for each row
begin
  insert into au (what) values ('v');
end;""",
            "insert into t values (1, 'a')",
            "update t set id = 2",
        ),
        run="update t set id = 3, v = 'b'",
        then="select count(*) from au",
        expect=rows((1,)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "INSERTING, UPDATING and DELETING",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tr before insert or update or delete on t for each row
begin
  case
    when inserting then note('i');
    when updating('V') then note('u of v');
    when updating then note('u');
    when deleting then note('d');
  end case;
end;""",
        ),
        run="""begin
  insert into t values (1, 'a');
  update t set v = 'b';
  update t set id = 2;
  delete from t;
end;""",
        then="select what from au order by n",
        expect=rows(("i",), ("u of v",), ("u",), ("d",)),
        evidence=Manual(
            "PL/SQL Language Reference",
            "Conditional Predicates for Detecting Triggering DML Statement",
        ),
    ),
    Case(
        "REFERENCING names the rows",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert on t referencing new as fresh for each row
begin
  :fresh.id := 7;
end;""",
        ),
        run="insert into t (v) values ('x')",
        then="select * from t",
        expect=rows((7, "x")),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        "a key from a sequence",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create sequence s start with 41",
            """create trigger tr before insert on t for each row when (new.id is null)
begin
  :new.id := s.nextval;
end;""",
        ),
        run="""declare
  n number;
begin
  insert into t (v) values ('x') returning id into n;
  dbms_output.put_line(n);
end;""",
        expect=output("41"),
        evidence=Manual("PL/SQL Language Reference", "CURRVAL and NEXTVAL in PL/SQL"),
    ),
    Case(
        "an error of the trigger undoes the statement",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert on t for each row
begin
  if :new.id = 3 then
    raise_application_error(-20001, 'no three');
  end if;
end;""",
            "insert into t values (9, 'stays')",
        ),
        run="""begin
  insert into t select level, 'x' from dual connect by level <= 3;
exception
  when others then dbms_output.put_line(sqlcode);
end;""",
        then="select id from t",
        expect=rows((9,)),
        evidence=Manual("PL/SQL Language Reference", "Exception Handling in Triggers"),
    ),
    Case(
        "the error names the trigger",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert on t for each row
begin
  raise_application_error(-20001, 'never');
end;""",
        ),
        run="insert into t values (1, 'a')",
        expect=raises(20001, "ORA-04088: error during execution of trigger"),
        evidence=Manual("PL/SQL Language Reference", "Exception Handling in Triggers"),
    ),
    Case(
        "a BEFORE trigger fires before constraints are checked",
        setup=(
            "create table c (a number not null check (a > 0))",
            """create trigger tr before insert on c for each row
begin
  :new.a := abs(nvl(:new.a, 1));
end;""",
        ),
        run="""begin
  insert into c values (null);
  insert into c values (-5);
end;""",
        then="select a from c order by a",
        expect=rows((1,), (5,)),
        evidence=Manual("PL/SQL Language Reference", "Order in Which Triggers Fire"),
    ),
    Case(
        "MERGE fires the triggers of what it does to each row",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create procedure note(w varchar2) is
begin
  insert into au (what) values (w);
end;""",
            """create trigger tr before insert or update on t for each row
begin
  if inserting then
    note('i' || :new.id);
  else
    note('u' || :new.id);
  end if;
end;""",
            "insert into t values (1, 'a')",
        ),
        run="""merge into t using (select level as id from dual connect by level <= 2) s on (t.id = s.id) when matched then update set v = 'm' when not matched then insert (id) values (s.id)""",
        then="select what from au",
        expect=rows_in_any_order(("i1",), ("i2",), ("u1",)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
)
