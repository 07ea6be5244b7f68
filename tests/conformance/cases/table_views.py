"""USER_ and ALL_ TABLES and TAB_COLUMNS."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(1, "USER_ / ALL_ TABLES and TAB_COLUMNS")

_TABLES = Manual("Database Reference", "ALL_TABLES")
_COLUMNS = Manual("Database Reference", "ALL_TAB_COLUMNS")

CASES = (
    Case(
        "tables, and no views",
        setup=("create table a (n number)", "create view b as select n from a"),
        run="select table_name, temporary from user_tables",
        expect=rows(("A", "N")),
        evidence=_TABLES,
    ),
    Case(
        "what becomes of a temporary table's rows",
        setup=(
            "create global temporary table a (n number) on commit delete rows",
            "create global temporary table b (n number) on commit preserve rows",
        ),
        run="select table_name, temporary, duration from user_tables order by table_name",
        expect=rows(("A", "Y", "SYS$TRANSACTION"), ("B", "Y", "SYS$SESSION")),
        evidence=_TABLES,
    ),
    Case(
        "types with length, precision and scale",
        setup=(
            """create table a (
                 b number, c number(5), d number(7, 2), e varchar2(20), f char(3), g date,
                 h timestamp(3), i raw(16), j clob)""",
        ),
        run="""select column_name, data_type, data_length, data_precision, data_scale
               from user_tab_columns where table_name = 'A' and data_type <> 'CLOB'
               order by column_id""",
        expect=rows(
            ("B", "NUMBER", 22, None, None),
            ("C", "NUMBER", 22, 5, 0),
            ("D", "NUMBER", 22, 7, 2),
            ("E", "VARCHAR2", 20, None, None),
            ("F", "CHAR", 3, None, None),
            ("G", "DATE", 7, None, None),
            ("H", "TIMESTAMP(3)", 11, None, 3),
            ("I", "RAW", 16, None, None),
        ),
        evidence=_COLUMNS,
    ),
    Case(
        "NOT NULL and the primary key's columns are not nullable",
        setup=("create table a (b number primary key, c number not null, d number)",),
        run="""select column_name, nullable from user_tab_columns
               where table_name = 'A' order by column_id""",
        expect=rows(("B", "N"), ("C", "N"), ("D", "Y")),
        evidence=_COLUMNS,
    ),
    Case(
        "lengths in characters",
        setup=("create table a (b varchar2(5 char), c varchar2(5 byte))",),
        run="""select column_name, char_length, char_used from user_tab_columns
               where table_name = 'A' order by column_id""",
        expect=rows(("B", 5, "C"), ("C", 5, "B")),
        evidence=_COLUMNS,
    ),
    Case(
        "a view's columns, too",
        setup=("create view b as select 1 n, 'x' t from dual",),
        run="select column_name from user_tab_columns where table_name = 'B' order by column_id",
        expect=rows(("N",), ("T",)),
        evidence=_COLUMNS,
    ),
    Case(
        "a column that was added is the last, one that was dropped is gone",
        setup=(
            "create table a (b number, c number)",
            "alter table a add (d date)",
            "alter table a drop column b",
        ),
        run="""select column_name, column_id from user_tab_columns
               where table_name = 'A' order by column_id""",
        expect=rows(("C", 1), ("D", 2)),
        evidence=_COLUMNS,
    ),
    Case(
        "ALL_TABLES has the owner",
        setup=("create table a (n number)",),
        run="select count(*) from all_tables where owner = user and table_name = 'A'",
        expect=rows((1,)),
        evidence=_TABLES,
    ),
    Case(
        "whether a table is read only",
        setup=("create table a (n number)",),
        run="select table_name, read_only from user_tables",
        expect=rows(("A", "NO")),
        evidence=_TABLES,
        sandbox=missing("the column READ_ONLY of USER_TABLES"),
    ),
    Case(
        "the links to other databases",
        run="select db_link from user_db_links",
        expect=rows(),
        evidence=Manual("Database Reference", "USER_DB_LINKS"),
        sandbox=missing("the view USER_DB_LINKS"),
    ),
    Case(
        "a column that no such view has",
        run="select colour from user_tables",
        expect=raises(904),
        evidence=_TABLES,
    ),
    Case(
        "the DBA_ views are not there for others",
        run="select table_name from dba_tables",
        expect=raises(942),
        evidence=Manual("Database Reference", "About Static Data Dictionary Views"),
    ),
)
