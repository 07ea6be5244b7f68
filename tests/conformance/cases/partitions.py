"""Partitioned tables: where rows go, and what ALTER TABLE does with partitions."""

from tests.conformance.record import (
    Case,
    Feature,
    Manual,
    count,
    differs,
    missing,
    raises,
    returns,
    rows,
)

FEATURE = Feature(3, "Partitioned tables")

_CREATE = Manual("SQL Language Reference", "CREATE TABLE, table_partitioning_clauses")
_ALTER = Manual("SQL Language Reference", "ALTER TABLE, alter_table_partitioning")
_EXCHANGE = Manual("VLDB and Partitioning Guide", "Exchanging Partitions")
_EXTENDED = Manual("SQL Language Reference", "References to Partitioned Tables and Indexes")
_SALES = (
    (
        "create table sales (id number, day date, n number) partition by range (day) ("
        " partition jan values less than (date '2024-02-01'),"
        " partition feb values less than (to_date('2024-03-01', 'YYYY-MM-DD')))"
    ),
    "insert into sales values (1, date '2024-01-15', 10)",
    "insert into sales values (2, date '2024-02-15', 20)",
    "insert into sales values (3, date '2024-02-01', 30)",
)
_STAGE = (
    *_SALES,
    "create table stage (id number, day date, n number)",
    "insert into stage values (9, date '2024-02-09', 90)",
)
_KINDS = (
    (
        "create table kinds (k varchar2(5), n number) partition by list (k) ("
        " partition ab values ('A', 'B'), partition none values (null),"
        " partition other values (default))"
    ),
    "insert into kinds values ('A', 1)",
    "insert into kinds values ('X', 2)",
    "insert into kinds values (null, 3)",
)
_MONTHS = (
    (
        "create table months (day date) partition by range (day)"
        " interval (numtoyminterval(1, 'MONTH'))"
        " (partition old values less than (date '2024-01-01'))"
    ),
    "insert into months values (date '2023-06-01')",
    "insert into months values (date '2024-03-31')",
    "insert into months values (date '2024-03-01')",
)


def _error(code: int) -> Manual:
    return Manual("Database Error Messages", f"ORA-{code:05d}")


CASES = (
    Case(
        "a row lies in the first partition whose bound is higher",
        setup=_SALES,
        run="select id from sales partition (feb) order by id",
        expect=rows((2,), (3,)),
        evidence=_CREATE,
    ),
    Case(
        "a row that fits no partition",
        setup=_SALES,
        run="insert into sales values (4, date '2024-03-01', 40)",
        expect=raises(14400),
        evidence=_error(14400),
    ),
    Case(
        "a change of the key that would move the row",
        setup=_SALES,
        run="update sales set day = date '2024-02-02' where id = 1",
        expect=raises(14402),
        evidence=_error(14402),
    ),
    Case(
        "row movement lets it move",
        setup=(*_SALES, "alter table sales enable row movement"),
        run="update sales set day = date '2024-02-02' where id = 1",
        then="select count(*) from sales partition (feb)",
        expect=rows((3,)),
        evidence=Manual("SQL Language Reference", "CREATE TABLE, row_movement_clause"),
    ),
    Case(
        "DELETE of one partition",
        setup=_SALES,
        run="delete from sales partition (feb) where n > 20",
        expect=count(1),
        evidence=_EXTENDED,
    ),
    Case(
        "a partition that there is not",
        setup=_SALES,
        run="select id from sales partition (mar)",
        expect=raises(2149),
        evidence=_error(2149),
    ),
    Case(
        "TRUNCATE PARTITION empties one",
        setup=_SALES,
        run="alter table sales truncate partition feb update indexes",
        then="select id from sales",
        expect=rows((1,)),
        evidence=_ALTER,
    ),
    Case(
        "DROP PARTITION takes its rows along",
        setup=_SALES,
        run="alter table sales drop partition jan",
        then="select id, (select count(*) from user_tab_partitions where table_name = 'SALES')"
        " from sales order by id",
        expect=rows((2, 1), (3, 1)),
        evidence=_ALTER,
    ),
    Case(
        "the rows below a dropped partition go into the next one",
        setup=(*_SALES, "alter table sales drop partition jan"),
        run="insert into sales values (5, date '2020-01-01', 0)",
        then="select count(*) from sales partition (feb)",
        expect=rows((3,)),
        evidence=_ALTER,
    ),
    Case(
        "the only partition stays",
        setup=(*_SALES, "alter table sales drop partition jan"),
        run="alter table sales drop partition feb",
        expect=raises(14083),
        evidence=_error(14083),
    ),
    Case(
        "ADD PARTITION above the last one",
        setup=(*_SALES, "alter table sales add partition mar values less than (maxvalue)"),
        run="insert into sales values (4, date '2030-01-01', 40)",
        then="select id from sales partition (mar)",
        expect=rows((4,)),
        evidence=_ALTER,
    ),
    Case(
        "ADD PARTITION below the last one",
        setup=_SALES,
        run="alter table sales add partition dec values less than (date '2024-01-01')",
        expect=raises(14074),
        evidence=_error(14074),
    ),
    Case(
        "EXCHANGE PARTITION gives each the other's rows",
        setup=_STAGE,
        run="alter table sales exchange partition feb with table stage",
        then="select 'sales', id from sales partition (feb) union all"
        " select 'stage', id from stage order by 1, 2",
        expect=rows(("sales", 9), ("stage", 2), ("stage", 3)),
        evidence=_EXCHANGE,
    ),
    Case(
        "EXCHANGE of rows that belong elsewhere",
        setup=_STAGE,
        run="alter table sales exchange partition jan with table stage",
        expect=raises(14099),
        evidence=_error(14099),
    ),
    Case(
        "EXCHANGE with a table of other columns",
        setup=(*_SALES, "create table stage (id number, day date)"),
        run="alter table sales exchange partition jan with table stage",
        expect=raises(14096),
        evidence=_error(14096),
    ),
    Case(
        "SPLIT PARTITION at a value",
        setup=(
            *_SALES,
            (
                "alter table sales split partition feb at (date '2024-02-10')"
                " into (partition early, partition late)"
            ),
        ),
        run="select (select max(id) from sales partition (early)),"
        " (select max(id) from sales partition (late)) from dual",
        expect=rows((3, 2)),
        evidence=_ALTER,
    ),
    Case(
        "MERGE PARTITIONS",
        setup=(*_SALES, "alter table sales merge partitions jan, feb into partition both"),
        run="select count(*) from sales partition (both)",
        expect=rows((3,)),
        evidence=_ALTER,
    ),
    Case(
        "a list, NULL and all others",
        setup=_KINDS,
        run="select (select n from kinds partition (ab)), (select n from kinds partition (none)),"
        " (select n from kinds partition (other)) from dual",
        expect=rows((1, 3, 2)),
        evidence=_CREATE,
    ),
    Case(
        "INTERVAL makes a partition for each month that rows come for",
        setup=_MONTHS,
        run="select count(*), sum(case when interval = 'YES' then 1 end) from user_tab_partitions"
        " where table_name = 'MONTHS'",
        expect=rows((2, 1)),
        evidence=Manual("VLDB and Partitioning Guide", "Interval Partitioning"),
    ),
    Case(
        "a partition by a value that lies in it",
        setup=_MONTHS,
        run="alter table months drop partition for (date '2024-03-15')",
        then="select count(*) from months",
        expect=rows((1,)),
        evidence=_EXTENDED,
    ),
    Case(
        "hash partitions hold all rows, each once",
        setup=(
            "create table h (n number) partition by hash (n) (partition a, partition b)",
            "insert into h select level from dual connect by level <= 20",
        ),
        run="select (select count(*) from h partition (a)) + (select count(*) from h partition (b))"
        " from dual",
        expect=rows((20,)),
        evidence=_CREATE,
    ),
    Case(
        "a table without partitions",
        setup=("create table t (n number)",),
        run="alter table t drop partition p",
        expect=raises(14501),
        evidence=_error(14501),
    ),
    Case(
        "EXCHANGE wants the same primary key on both sides",
        setup=(*_STAGE, "alter table stage add primary key (id)"),
        run=lambda bench: (
            bench.code("alter table sales exchange partition feb with table stage")
            in {14097, 14290}
        ),
        expect=returns(value=True),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, exchange_partition_subpart"),
    ),
    Case(
        "EXCHANGE with an empty table takes the rows out",
        setup=(*_SALES, "create table stage as select * from sales where 1 = 0"),
        run="alter table sales exchange partition feb with table stage",
        then="select (select count(*) from sales), (select count(*) from stage) from dual",
        expect=rows((1, 2)),
        evidence=_EXCHANGE,
    ),
    Case(
        "EXCHANGE WITHOUT VALIDATION looks at no row",
        setup=_STAGE,
        run="alter table sales exchange partition jan with table stage without validation",
        then="select id from sales partition (jan)",
        expect=rows((9,)),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, exchange_partition_subpart"),
        sandbox=missing("EXCHANGE of rows that do not belong into the partition"),
    ),
    Case(
        "TRUNCATE PARTITION commits",
        setup=(*_SALES, "alter table sales truncate partition jan", "rollback"),
        run="select id from sales order by id",
        expect=rows((2,), (3,)),
        evidence=Manual("Database Concepts", "Data Definition Language (DDL) Statements"),
    ),
    Case(
        "a key of all partitions is unusable once one with rows is dropped",
        setup=(
            *_SALES,
            "alter table sales add constraint sales_pk primary key (id)",
            "alter table sales drop partition jan",
        ),
        run="insert into sales values (7, date '2024-02-20', 0)",
        expect=raises(1502),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, update_index_clauses"),
        sandbox=differs("its index stays usable", count(1)),
    ),
    Case(
        "UPDATE INDEXES keeps it usable",
        setup=(
            *_SALES,
            "alter table sales add constraint sales_pk primary key (id)",
            "alter table sales drop partition jan update indexes",
        ),
        run="insert into sales values (7, date '2024-02-20', 0)",
        expect=count(1),
        evidence=Manual("SQL Language Reference", "ALTER TABLE, update_index_clauses"),
    ),
)
