"""What triggers may not do, their states and their views."""

# ruff: noqa: E501 - a block reads best as it would be typed

from tests.conformance.record import Case, Feature, Manual, count, missing, raises, rows

FEATURE = Feature(1, "Triggers: restrictions, states, views")

CASES = (
    Case(
        "a row trigger may not read the table that is changed",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "insert into t select level, 'v' || level from dual connect by level <= 5",
            """create trigger tr before delete on t for each row
declare
  n number;
begin
  select count(*) into n from t;
end;""",
        ),
        run="delete from t where id = 1",
        expect=raises(4091),
        evidence=Manual("PL/SQL Language Reference", "Mutating-Table Restriction"),
    ),
    Case(
        "no COMMIT in a trigger",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert on t
begin
  commit;
end;""",
        ),
        run="insert into t values (1, 'x')",
        expect=raises(4092),
        evidence=Manual("PL/SQL Language Reference", "Trigger Restrictions"),
    ),
    Case(
        "an autonomous trigger may commit",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create table au (n number generated always as identity, what varchar2(60))",
            """create trigger tr before insert on t for each row
declare
  pragma autonomous_transaction;
begin
  insert into au (what) values (:new.v);
  commit;
end;""",
            "insert into t values (1, 'x')",
        ),
        run="rollback",
        then="select what from au order by n",
        expect=rows(("x",)),
        evidence=Manual("PL/SQL Language Reference", "Trigger Restrictions"),
    ),
    Case(
        ":NEW in a statement trigger",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="create trigger tr before insert on t begin :new.v := 'x'; end;",
        expect=raises(4082),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        "an AFTER trigger may not change :NEW",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="create trigger tr after insert on t for each row begin :new.v := 'x'; end;",
        expect=raises(4084),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        ":OLD may not be changed",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="create trigger tr before update on t for each row begin :old.v := 'x'; end;",
        expect=raises(4085),
        evidence=Manual("PL/SQL Language Reference", "Correlation Names and Pseudorecords"),
    ),
    Case(
        "one that does not compile stops the statement",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create trigger tr before insert on t begin nonsense; end;",
        ),
        run="insert into t values (1, 'x')",
        expect=raises(4098),
        evidence=Manual(
            "PL/SQL Language Reference", "Trigger Compilation, Invalidation, and Recompilation"
        ),
    ),
    Case(
        "a disabled one does not fire",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger tr before insert on t
begin
  raise program_error;
end;""",
            "alter trigger tr disable",
        ),
        run="insert into t values (1, 'x')",
        expect=count(1),
        evidence=Manual("PL/SQL Language Reference", "Trigger Enabling and Disabling"),
    ),
    Case(
        "ALL TRIGGERS of a table at once",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            """create trigger t1 before insert on t
begin
  raise program_error;
end;""",
            """create trigger t2 before insert on t for each row
begin
  raise program_error;
end;""",
            "alter table t disable all triggers",
        ),
        run="insert into t values (1, 'x')",
        then="select status, count(*) from user_triggers group by status",
        expect=rows(("DISABLED", 2)),
        evidence=Manual("PL/SQL Language Reference", "Trigger Enabling and Disabling"),
    ),
    Case(
        "USER_TRIGGERS",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""create trigger tr before insert or update on t for each row when (new.id > 0) begin null; end;""",
        then="""select trigger_name, trigger_type, triggering_event, table_name, status, when_clause from user_triggers""",
        expect=rows(("TR", "BEFORE EACH ROW", "INSERT OR UPDATE", "T", "ENABLED", "new.id > 0")),
        evidence=Manual("PL/SQL Language Reference", "Views for Information About Triggers"),
    ),
    Case(
        "a trigger's name is apart from a table's",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="create trigger t before insert on t begin null; end;",
        then="select object_type from user_objects where object_name = 'T' order by 1",
        expect=rows(("TABLE",), ("TRIGGER",)),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "the same name twice",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create trigger tr before insert on t begin null; end;",
        ),
        run="create trigger tr before insert on t begin null; end;",
        expect=raises(4081),
        evidence=Manual("PL/SQL Language Reference", "CREATE TRIGGER Statement"),
    ),
    Case(
        "DROP TRIGGER of one that is not there",
        run="drop trigger nobody",
        expect=raises(4080),
        evidence=Manual("PL/SQL Language Reference", "DROP TRIGGER Statement"),
    ),
    Case(
        "a table goes with its triggers",
        setup=(
            "create table t (id number primary key, v varchar2(10))",
            "create trigger tr before insert on t begin null; end;",
        ),
        run="drop table t",
        then="select count(*) from user_triggers",
        expect=rows((0,)),
        evidence=Manual("PL/SQL Language Reference", "DROP TRIGGER Statement"),
    ),
    Case(
        "a compound trigger",
        setup=("create table t (id number primary key, v varchar2(10))",),
        run="""create trigger tr for insert on t compound trigger before statement is begin null; end before statement; end;""",
        then="select trigger_type from user_triggers",
        expect=rows(("COMPOUND",)),
        evidence=Manual("PL/SQL Language Reference", "Compound DML Triggers"),
        sandbox=missing("compound triggers"),
    ),
)
