"""The dictionary's views of tables, columns, constraints, indexes and sequences (Reference)."""

from __future__ import annotations

import pytest

_TABLES = """
create table p (id number(9) constraint p_pk primary key, b varchar2(10) not null,
                c number constraint p_c check (c > 0 and b like 'x%'),
                d number(7, 2) constraint p_d not null, e date default sysdate,
                f number generated always as identity, g varchar2(5 char) default 'z',
                constraint p_u unique (b, c));
create table q (id number constraint q_fk references p on delete cascade, z number,
                constraint q_d check (z in (1, 2)) deferrable initially deferred,
                y number constraint q_n not null deferrable);
create index q_i on q (z desc, id);
create unique index q_f on q (upper(to_char(y)));
create sequence sq start with 5 increment by 2 maxvalue 99 cycle
"""


@pytest.fixture
def tables(demo):
    """Make two tables with something of everything."""
    for statement in _TABLES.split(";"):
        demo.run(statement)
    return demo


def test_tables(tables):
    """USER_TABLES has them; ALL_TABLES with their owner."""
    names = [("P",), ("Q",)]
    assert tables.rows("select table_name from user_tables order by 1") == names
    assert tables.rows("select table_name from all_tables where owner = 'DEMO' order by 1") == names


def test_a_list_of_names_may_end_in_null(tables):
    """NULL equals nothing, with a type or without one."""
    found = tables.rows(
        "select object_name from all_objects where (owner, object_name) in ((:a, :b), (:c, :d))",
        *("DEMO", "P", None, None),
    )
    assert found == [("P",)]


def test_columns(tables):
    """Types, lengths, defaults and identity, in order."""
    assert tables.rows(
        "select column_name, data_type, data_precision, data_scale, char_length, char_used,"
        " nullable, data_default, identity_column from user_tab_columns where table_name = 'P'"
        " order by column_id"
    ) == [
        ("ID", "NUMBER", 9, 0, 0, None, "N", None, "NO"),
        ("B", "VARCHAR2", None, None, 10, "B", "N", None, "NO"),
        ("C", "NUMBER", None, None, 0, None, "Y", None, "NO"),
        ("D", "NUMBER", 7, 2, 0, None, "N", None, "NO"),
        ("E", "DATE", None, None, 0, None, "Y", "sysdate", "NO"),
        ("F", "NUMBER", None, None, 0, None, "N", 'DEMO."ISEQ$$_P_F".nextval', "YES"),
        ("G", "VARCHAR2", None, None, 5, "C", "Y", "'z'", "NO"),
    ]


def test_constraints(tables):
    """Kinds, conditions, what a foreign key refers to, and deferral."""
    assert tables.rows(
        "select constraint_name, constraint_type, search_condition, r_constraint_name, delete_rule,"
        " deferrable, deferred, index_name from user_constraints"
        " where generated = 'USER NAME' order by table_name, constraint_name"
    ) == [
        (
            "P_C",
            "C",
            "((C > 0) AND (B LIKE 'x%'))",
            None,
            None,
            "NOT DEFERRABLE",
            "IMMEDIATE",
            None,
        ),
        ("P_D", "C", '"D" IS NOT NULL', None, None, "NOT DEFERRABLE", "IMMEDIATE", None),
        ("P_PK", "P", None, None, None, "NOT DEFERRABLE", "IMMEDIATE", "P_PK"),
        ("P_U", "U", None, None, None, "NOT DEFERRABLE", "IMMEDIATE", "P_U"),
        ("Q_D", "C", "(Z IN (1, 2))", None, None, "DEFERRABLE", "DEFERRED", None),
        ("Q_FK", "R", None, "P_PK", "CASCADE", "NOT DEFERRABLE", "IMMEDIATE", None),
        ("Q_N", "C", "Y IS NOT NULL", None, None, "DEFERRABLE", "IMMEDIATE", None),
    ]
    assert tables.one("select count(*) from user_constraints where generated <> 'USER NAME'") == 2


def test_columns_of_constraints(tables):
    """Keys have positions, checks have not."""
    assert tables.rows(
        "select constraint_name, column_name, position from user_cons_columns"
        " where constraint_name not like 'SYS%' order by 1, 3, 2"
    ) == [
        ("P_C", "B", None),
        ("P_C", "C", None),
        ("P_D", "D", None),
        ("P_PK", "ID", 1),
        ("P_U", "B", 1),
        ("P_U", "C", 2),
        ("Q_D", "Z", None),
        ("Q_FK", "ID", 1),
        ("Q_N", "Y", None),
    ]


def test_indexes(tables):
    """Keys have theirs; expressions and descending columns are hidden columns."""
    assert tables.rows(
        "select index_name, index_type, table_name, uniqueness, constraint_index"
        " from user_indexes order by 1"
    ) == [
        ("P_PK", "NORMAL", "P", "UNIQUE", "YES"),
        ("P_U", "NORMAL", "P", "UNIQUE", "YES"),
        ("Q_F", "FUNCTION-BASED NORMAL", "Q", "UNIQUE", "NO"),
        ("Q_I", "FUNCTION-BASED NORMAL", "Q", "NONUNIQUE", "NO"),
    ]
    assert tables.rows(
        "select index_name, column_name, column_position, descend from all_ind_columns"
        " where index_owner = 'DEMO' and table_name = 'Q' order by 1, 3"
    ) == [
        ("Q_F", "SYS_NC00004$", 1, "ASC"),
        ("Q_I", "SYS_NC00004$", 1, "DESC"),
        ("Q_I", "ID", 2, "ASC"),
    ]


def test_sequences(tables):
    """LAST_NUMBER is what NEXTVAL gives next."""
    ask = (
        "select min_value, max_value, increment_by, cycle_flag, last_number"
        " from user_sequences where sequence_name = 'SQ'"
    )
    assert tables.rows(ask) == [(1, 99, 2, "Y", 5)]
    tables.one("select sq.nextval from dual")
    assert tables.rows(ask) == [(1, 99, 2, "Y", 7)]
