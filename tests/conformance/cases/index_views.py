"""USER_ and ALL_ INDEXES and IND_COLUMNS."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(1, "USER_ / ALL_ INDEXES and IND_COLUMNS")

_INDEXES = Manual("Database Reference", "ALL_INDEXES")
_COLUMNS = Manual("Database Reference", "ALL_IND_COLUMNS")
_TABLE = "create table a (id number constraint a_pk primary key, m number, n number)"

CASES = (
    Case(
        "unique and not",
        setup=(_TABLE, "create index a_m on a (m)", "create unique index a_n on a (n)"),
        run="select index_name, uniqueness from user_indexes order by index_name",
        expect=rows(("A_M", "NONUNIQUE"), ("A_N", "UNIQUE"), ("A_PK", "UNIQUE")),
        evidence=_INDEXES,
    ),
    Case(
        "columns in their order",
        setup=(_TABLE, "create index a_x on a (n, m)"),
        run="""select column_name, column_position, descend from user_ind_columns
               where index_name = 'A_X' order by column_position""",
        expect=rows(("N", 1, "ASC"), ("M", 2, "ASC")),
        evidence=_COLUMNS,
    ),
    Case(
        "an index of an expression",
        setup=("create table a (t varchar2(9))", "create index a_x on a (upper(t))"),
        run="select index_type from user_indexes where index_name = 'A_X'",
        expect=rows(("FUNCTION-BASED NORMAL",)),
        evidence=_INDEXES,
    ),
    Case(
        "the index of a constraint cannot be dropped",
        setup=(_TABLE,),
        run="drop index a_pk",
        expect=raises(2429),
        evidence=Manual("Database Error Messages", "ORA-02429"),
    ),
    Case(
        "an index has the table's name beside it, and its status",
        setup=(_TABLE,),
        run="select table_name, status, index_type from user_indexes where index_name = 'A_PK'",
        expect=rows(("A", "VALID", "NORMAL")),
        evidence=_INDEXES,
    ),
    Case(
        "an index that was renamed",
        setup=(_TABLE, "create index a_m on a (m)", "alter index a_m rename to a_mm"),
        run="select index_name from user_indexes where table_name = 'A' order by index_name",
        expect=rows(("A_MM",), ("A_PK",)),
        evidence=Manual("SQL Language Reference", "ALTER INDEX"),
    ),
    Case(
        "a domain index",
        setup=("create table a (t varchar2(9))",),
        run="create index a_t on a (t) indextype is ctxsys.context",
        then="select index_type from user_indexes where index_name = 'A_T'",
        expect=rows(("DOMAIN",)),
        evidence=_INDEXES,
        sandbox=missing("domain indexes"),
    ),
)
