"""Data definition and the dictionary."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest


def test_table_and_dictionary(client):
    """CREATE TABLE takes physical attributes, and the dictionary shows what was made."""
    client.run(
        "CREATE TABLE t (id NUMBER(6) GENERATED ALWAYS AS IDENTITY, v VARCHAR2(5 CHAR) DEFAULT 'x' NOT NULL,"
        " CONSTRAINT t_pk PRIMARY KEY (id) USING INDEX TABLESPACE users, CONSTRAINT t_ck CHECK (v <> 'no'))"
        " PCTFREE 90 INITRANS 16 TABLESPACE users NOLOGGING COMPRESS"
    )
    client.run("INSERT INTO t (v) VALUES ('a')")
    assert client.rows("SELECT id, v FROM t") == [(1, "a")]
    assert client.fails("INSERT INTO t (v) VALUES ('no')") == 2290
    assert client.rows("SELECT table_name, temporary FROM user_tables") == [("T", "N")]
    assert client.rows(
        "SELECT column_name, data_type, nullable FROM user_tab_columns ORDER BY column_id"
    ) == [
        ("ID", "NUMBER", "N"),
        ("V", "VARCHAR2", "N"),
    ]
    assert ("T_CK", "C") in client.rows(
        "SELECT constraint_name, constraint_type FROM user_constraints"
    )
    assert (
        client.one(
            "SELECT COUNT(*) FROM user_objects WHERE object_name = 'T' AND created <= SYSDATE"
        )
        == 1
    )


def test_truncate_changes_the_segment(client):
    """TRUNCATE gives a new data_object_id and keeps object_id."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("INSERT INTO t VALUES (1)")
    sql = "SELECT object_id, data_object_id FROM user_objects WHERE object_name = 'T'"
    before = client.rows(sql)[0]
    client.run("TRUNCATE TABLE t DROP STORAGE")
    after = client.rows(sql)[0]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)
    assert client.one("SELECT COUNT(*) FROM t") == 0


def segment(client, name):
    """Return OBJECT_ID and DATA_OBJECT_ID."""
    ((object_id, segment_id),) = client.rows(
        "SELECT object_id, data_object_id FROM user_objects WHERE object_name = :1", name
    )
    return object_id, segment_id


def test_truncate_keeps_a_segment_that_was_never_filled(client):
    """DATA_OBJECT_ID stays as it was, and is OBJECT_ID at first; the index has its own."""
    client.run("CREATE TABLE t (a NUMBER CONSTRAINT t_pk PRIMARY KEY)")
    new = segment(client, "T")
    assert new[0] == new[1]
    client.run("TRUNCATE TABLE t")
    assert segment(client, "T") == new
    client.run("INSERT INTO t VALUES (1)")
    index = segment(client, "T_PK")
    client.run("TRUNCATE TABLE t")
    filled = segment(client, "T")
    assert (filled[0], filled[1] == new[1]) == (new[0], False)
    assert segment(client, "T_PK")[1] != index[1]
    client.run("TRUNCATE TABLE t")
    assert segment(client, "T") == filled


def test_a_column_with_a_default_keeps_the_segment(client):
    """Only TRUNCATE gives a new DATA_OBJECT_ID, whatever PostgreSQL writes anew."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("INSERT INTO t VALUES (1)")
    before = segment(client, "T")
    client.run(
        "ALTER TABLE t ADD (made DATE DEFAULT SYSDATE, n NUMBER GENERATED ALWAYS AS IDENTITY)"
    )
    assert segment(client, "T") == before


def test_the_dictionary_is_that_of_sys(client):
    """A view can be named with its owner, and another schema's name does not reach it."""
    client.run("CREATE TABLE t (a NUMBER)")
    sql = "SELECT COUNT(*) FROM sys.{0} o WHERE o.{1}_name = 'T' AND o.owner = 'DEMO'"
    assert client.one(sql.format("all_objects", "object")) == 1
    assert client.one(sql.format("all_tables", "table")) == 1
    assert client.fails("SELECT COUNT(*) FROM other.all_objects") == 942


def test_an_index_is_renamed_and_rebuilt(client):
    """RENAME keeps OBJECT_ID; one that is not there has an error of its own."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("CREATE INDEX t_ix ON t (a)")
    before = segment(client, "T_IX")
    client.run("ALTER INDEX t_ix RENAME TO t_iy")
    client.run("ALTER INDEX t_iy REBUILD NOLOGGING")
    assert segment(client, "T_IY") == before
    assert client.fails("ALTER INDEX t_ix RENAME TO t_iz") == 1418
    assert client.fails("ALTER INDEX t_iy COALESCE") == 3001


def test_a_synonym_has_an_id_and_is_made_once(client):
    """It stands in USER_OBJECTS with its moment, and only OR REPLACE makes it anew."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("CREATE SYNONYM s FOR t")
    assert segment(client, "S")[1] is None
    assert (
        client.one(
            "SELECT COUNT(*) FROM user_objects WHERE created <= SYSDATE AND object_name = 'S'"
        )
        == 1
    )
    assert client.fails("CREATE SYNONYM s FOR t") == 955
    client.run("CREATE OR REPLACE SYNONYM s FOR dual")


def test_no_table_has_a_policy(client):
    """ALL_POLICIES can be asked, and the edition has its name."""
    assert (
        client.one(
            "SELECT COUNT(*) FROM all_policies WHERE object_owner = 'DEMO' AND enable = 'YES'"
        )
        == 0
    )
    assert (
        client.one("SELECT SYS_CONTEXT('USERENV', 'CURRENT_EDITION_NAME') FROM DUAL") == "ORA$BASE"
    )


def test_alter_table(client):
    """ADD, MODIFY, RENAME and DROP change a table, and errors keep their numbers."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("INSERT INTO t VALUES (NULL)")
    client.run("ALTER TABLE t ADD (v VARCHAR2(3), n NUMBER DEFAULT 7 NOT NULL)")
    client.run("ALTER TABLE t RENAME COLUMN v TO w")
    error = client.error("UPDATE t SET w = 'long'")
    assert (error.code, '"T"."W"' in error.message) == (12899, True)
    client.run("ALTER TABLE t MODIFY (w VARCHAR2(10))")
    client.run("UPDATE t SET w = 'long'")
    assert client.fails("ALTER TABLE t MODIFY a NOT NULL") == 2296
    client.run("ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)")
    assert client.fails("UPDATE t SET n = 0") == 2290
    client.run("ALTER TABLE t DROP CONSTRAINT c")
    assert client.fails("ALTER TABLE t DROP CONSTRAINT c") == 2443
    client.run("ALTER TABLE t DROP COLUMN n")
    assert client.rows("SELECT * FROM t") == [(None, "long")]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("CREATE TABLE t (b NUMBER)", 955),
        ("CREATE TABLE x (a NUMBER, a NUMBER)", 957),
        ("ALTER TABLE t ADD (a NUMBER)", 1430),
        ("CREATE TABLE x (a NOSUCH)", 902),
        ("CREATE TABLE x (a NUMBER", 907),
        ("DROP SEQUENCE nope", 2289),
        ("DROP INDEX nope", 1418),
        ("CREATE UNIQUE INDEX i ON t (a)", 1452),
        ("CREATE TABLE x (a NUMBER) PARTITION BY REFERENCE (a)", 3001),
        ("INSERT INTO c VALUES (5)", 2291),
        ("DELETE p", 2292),
        ("DROP TABLE p", 2449),
    ],
)
def test_errors(client, statement, code):
    """Definition errors and foreign keys have Oracle's numbers."""
    client.run("CREATE TABLE t (a NUMBER)")
    client.run("INSERT INTO t VALUES (:1)", (1,), (1,))
    client.run("CREATE TABLE p (id NUMBER PRIMARY KEY)")
    client.run("CREATE TABLE c (pid NUMBER CONSTRAINT c_fk REFERENCES p (id))")
    client.run("INSERT INTO p VALUES (1)")
    client.run("INSERT INTO c VALUES (1)")
    assert client.fails(statement) == code


def test_ctas_view_sequence_synonym(client):
    """CTAS, views, sequences and synonyms work."""
    client.run("CREATE TABLE t AS SELECT LEVEL id, 'x' || LEVEL v FROM dual CONNECT BY LEVEL <= 3")
    client.run("CREATE OR REPLACE VIEW vw AS SELECT id * 2 AS twice FROM t")
    client.run("CREATE OR REPLACE VIEW vw AS SELECT v FROM t")
    client.run("CREATE SEQUENCE sq START WITH 5 INCREMENT BY 2 NOCACHE")
    client.run("CREATE SYNONYM sy FOR t")
    assert client.one("SELECT COUNT(*) FROM vw") == 3
    assert [client.one("SELECT sq.NEXTVAL FROM dual") for _ in range(2)] == [5, 7]
    assert client.one("SELECT COUNT(*) FROM sy") == 3
    client.run("DROP SYNONYM sy")
    assert client.fails("SELECT * FROM sy") == 942
    client.run("RENAME t TO u")
    assert client.one("SELECT COUNT(*) FROM u") == 3


def test_global_temporary_table(client, second):
    """A global temporary table is shared, its rows are not, and COMMIT empties it."""
    client.run("CREATE GLOBAL TEMPORARY TABLE g (a NUMBER) ON COMMIT DELETE ROWS")
    client.run("INSERT INTO g VALUES (1)")
    second.run("INSERT INTO g SELECT LEVEL FROM dual CONNECT BY LEVEL <= 2")
    assert client.rows("SELECT x.a FROM g x") == [(1,)]
    assert second.one("SELECT COUNT(*) FROM g") == 2
    client.session.commit()
    assert client.one("SELECT COUNT(*) FROM g") == 0
    second.session.rollback()


def test_bind_in_ddl(client):
    """A bind in a DDL is ORA-01027."""
    assert client.fails("CREATE TABLE t (a NUMBER DEFAULT :1)", 1) == 1027


def test_an_identity_goes_on_behind_the_rows_that_are_there(client):
    """START WITH LIMIT VALUE (SQL Language Reference, ALTER TABLE, identity_options)."""
    client.run("create table t (id number generated by default on null as identity, n number)")
    client.run("insert into t (id, n) values (70, 1)")
    again = "alter table t modify {} generated by default on null as identity ({})"
    client.run(again.format("id", "start with limit value"))
    client.run("insert into t (n) values (2)")

    assert client.rows("select id from t order by id") == [(70,), (71,)]
    assert client.fails(again.format("n", "start with limit value")) == 30673
    assert client.fails(again.format("id", "start with 5")) == 3001
