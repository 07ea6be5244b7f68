"""USER_OBJECTS and ALL_OBJECTS."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, missing, returns, rows

FEATURE = Feature(1, "USER_OBJECTS and ALL_OBJECTS")

_OBJECTS = Manual("Database Reference", "ALL_OBJECTS")


def _changed(bench: Bench) -> list[bool]:
    ask = "select object_id, data_object_id from user_objects where object_name = 'T'"
    bench.run("create table t (n number)")
    bench.run("insert into t values (1)")
    first = bench.rows(ask)[0]
    bench.run("alter table t add (m number)")
    altered = bench.rows(ask)[0]
    bench.run("truncate table t")
    emptied = bench.rows(ask)[0]
    bench.run("drop table t purge")
    bench.run("create table t (n number)")
    made_anew = bench.rows(ask)[0]
    return [
        altered == first,
        emptied[0] == first[0],
        emptied[1] == first[1],
        made_anew[0] == first[0],
    ]


CASES = (
    Case(
        "each kind by its type",
        setup=(
            "create table a (n number)",
            "create view b as select n from a",
            "create sequence c",
            "create index d on a (n)",
            "create synonym e for a",
            "create procedure f is begin null; end;",
            "create package g is n number; end;",
            "create package body g is m number; end;",
        ),
        run="""select object_name, object_type, status from user_objects
               order by object_name, object_type""",
        expect=rows(
            ("A", "TABLE", "VALID"),
            ("B", "VIEW", "VALID"),
            ("C", "SEQUENCE", "VALID"),
            ("D", "INDEX", "VALID"),
            ("E", "SYNONYM", "VALID"),
            ("F", "PROCEDURE", "VALID"),
            ("G", "PACKAGE", "VALID"),
            ("G", "PACKAGE BODY", "VALID"),
        ),
        evidence=_OBJECTS,
    ),
    Case(
        "names keep the case that they were quoted in",
        setup=('create table "Mixed" (n number)', "create table plain (n number)"),
        run="select object_name from user_objects order by object_name",
        expect=rows(("Mixed",), ("PLAIN",)),
        evidence=Manual("SQL Language Reference", "Database Object Naming Rules"),
    ),
    Case(
        "TRUNCATE gives a table with rows a new segment, ALTER does not, and nothing a new id",
        run=_changed,
        expect=returns([True, True, False, False]),
        evidence=_OBJECTS,
    ),
    Case(
        "only a segment has a DATA_OBJECT_ID",
        setup=("create view b as select 1 n from dual", "create sequence c"),
        run="select count(data_object_id), count(object_id) from user_objects",
        expect=rows((0, 2)),
        evidence=_OBJECTS,
    ),
    Case(
        "code that uses a table is INVALID once the column is gone",
        setup=(
            "create table a (n number, m number)",
            """create procedure f is
                 k number;
               begin select max(m) into k from a; end;""",
            "alter table a drop column m",
        ),
        run="select status from user_objects where object_name = 'F'",
        expect=rows(("INVALID",)),
        evidence=Manual("Database Development Guide", "Overview of Schema Object Dependency"),
    ),
    Case(
        "a temporary table says so",
        setup=(
            "create global temporary table a (n number)",
            "create table b (n number)",
        ),
        run="select object_name, temporary from user_objects order by object_name",
        expect=rows(("A", "Y"), ("B", "N")),
        evidence=_OBJECTS,
    ),
    Case(
        "ALL_OBJECTS has the owner",
        setup=("create table a (n number)",),
        run="select count(*) from all_objects where owner = user and object_name = 'A'",
        expect=rows((1,)),
        evidence=_OBJECTS,
    ),
    Case(
        "whether a name was generated",
        setup=("create table a (n number)",),
        run="select object_name, generated from user_objects",
        expect=rows(("A", "N")),
        evidence=_OBJECTS,
        sandbox=missing("the column GENERATED of USER_OBJECTS"),
    ),
)
