"""MERGE, with DELETE and conditions."""

from tests.conformance.record import Case, Feature, Manual, count, raises, rows

FEATURE = Feature(3, "MERGE")

_MERGE = Manual("SQL Language Reference", "MERGE")
_UPDATE = Manual("SQL Language Reference", "MERGE, merge_update_clause")
_TABLES = (
    "create table t (id number primary key, v number)",
    "insert into t values (1, 10)",
    "insert into t values (2, 20)",
    "create table s (id number, v number)",
    "insert into s values (2, 200)",
    "insert into s values (3, 300)",
)
_BOTH = """merge into t using s on (t.id = s.id)
  when matched then update set t.v = s.v
  when not matched then insert (id, v) values (s.id, s.v)"""

CASES = (
    Case(
        "rows that match are updated, others inserted",
        setup=_TABLES,
        run=_BOTH,
        then="select id, v from t order by id",
        expect=rows((1, 10), (2, 200), (3, 300)),
        evidence=_MERGE,
    ),
    Case("it counts both", setup=_TABLES, run=_BOTH, expect=count(2), evidence=_MERGE),
    Case(
        "DELETE WHERE takes rows that were updated and fit afterwards",
        setup=(*_TABLES, "insert into s values (1, 1)"),
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = t.v + s.v delete where t.v > 100""",
        then="select id, v from t order by id",
        expect=rows((1, 11)),
        evidence=_MERGE,
    ),
    Case(
        "conditions of both branches",
        setup=_TABLES,
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = s.v where s.v > 1000
               when not matched then insert (id, v) values (s.id, s.v) where s.v < 1000""",
        then="select id, v from t order by id",
        expect=rows((1, 10), (2, 20), (3, 300)),
        evidence=_MERGE,
    ),
    Case(
        "a row that two rows of the source match",
        setup=(*_TABLES, "insert into s values (2, 201)"),
        run="merge into t using s on (t.id = s.id) when matched then update set t.v = s.v",
        expect=raises(30926),
        evidence=Manual("Database Error Messages", "ORA-30926"),
    ),
    Case(
        "a column of the ON condition cannot be updated",
        setup=_TABLES,
        run="merge into t using s on (t.id = s.id) when matched then update set t.id = s.v",
        expect=raises(38104),
        evidence=Manual("Database Error Messages", "ORA-38104"),
    ),
    Case(
        "a source that is a query of dual, with binds",
        setup=_TABLES,
        run="""merge into t using (select :id as id, :v as v from dual) s on (t.id = s.id)
               when matched then update set t.v = s.v
               when not matched then insert (id, v) values (s.id, s.v)""",
        binds={"id": 5, "v": 50},
        then="select v from t where id = 5",
        expect=rows((50,)),
        evidence=_MERGE,
    ),
    Case(
        "DELETE WHERE does not look at the values before the update",
        setup=_TABLES,
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = s.v delete where t.v = 20""",
        then="select id, v from t order by id",
        expect=rows((1, 10), (2, 200)),
        evidence=_UPDATE,
    ),
    Case(
        "DELETE WHERE touches rows only that were updated",
        setup=_TABLES,
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = s.v where s.v > 1000 delete where 1 = 1""",
        then="select id, v from t order by id",
        expect=rows((1, 10), (2, 20)),
        evidence=_UPDATE,
    ),
    Case(
        "DELETE WHERE may ask for a column of the source",
        setup=_TABLES,
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = s.v delete where s.v = 200""",
        then="select id, v from t order by id",
        expect=rows((1, 10)),
        evidence=_UPDATE,
    ),
    Case(
        "an inserted row is not deleted",
        setup=_TABLES,
        run="""merge into t using s on (t.id = s.id)
               when matched then update set t.v = s.v delete where t.v > 0
               when not matched then insert (id, v) values (s.id, s.v)""",
        then="select id, v from t order by id",
        expect=rows((1, 10), (3, 300)),
        evidence=_UPDATE,
    ),
)
