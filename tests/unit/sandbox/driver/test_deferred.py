"""Deferrable constraints (SQL Language Reference: constraint, SET CONSTRAINT[S], COMMIT)."""

from __future__ import annotations

import pytest

_TABLES = {
    "unique": (
        "create table d (a number constraint d_c unique deferrable initially deferred)",
        ["insert into d values (1)", "insert into d values (1)"],
        "ORA-00001: unique constraint (DEMO.D_C) violated",
    ),
    "primary key": (
        "create table d (a number, constraint d_c primary key (a) initially deferred deferrable)",
        ["insert into d values (1)", "insert into d values (1)"],
        "ORA-00001: unique constraint (DEMO.D_C) violated",
    ),
    "check": (
        "create table d (a number constraint d_c check (a > 0) deferrable initially deferred)",
        ["insert into d values (1)", "update d set a = -1"],
        "ORA-02290: check constraint (DEMO.D_C) violated",
    ),
    "check of two columns": (
        "create table d (a number, b number, constraint d_c check (a < b) initially deferred)",
        ["insert into d values (2, 1)"],
        "ORA-02290: check constraint (DEMO.D_C) violated",
    ),
    "not null": (
        "create table d (a number constraint d_c not null deferrable initially deferred, b number)",
        ["insert into d (b) values (1)"],
        "ORA-02290: check constraint (DEMO.D_C) violated",
    ),
    "foreign key": (
        "create table d (a number constraint d_c references p deferrable initially deferred)",
        ["insert into d values (7)"],
        "ORA-02291: integrity constraint (DEMO.D_C) violated - parent key not found",
    ),
    "foreign key of a parent": (
        "create table d (a number constraint d_c references p deferrable initially deferred)",
        ["insert into d values (1)", "commit", "delete from p"],
        "ORA-02292: integrity constraint (DEMO.D_C) violated - child record found",
    ),
}


@pytest.fixture
def parent(demo):
    """Make a table to refer to."""
    demo.run("create table p (id number primary key)")
    demo.run("insert into p values (1)")
    demo.connection.commit()
    return demo


@pytest.mark.parametrize("kind", _TABLES)
def test_a_violation_fails_the_commit_and_nothing_stays(parent, kind):
    """COMMIT is ORA-02091 with the violation beneath it; the transaction is rolled back."""
    create, statements, message = _TABLES[kind]
    parent.run(create)
    for statement in statements:
        parent.run(statement)
    assert parent.commit_error().splitlines()[:2] == ["ORA-02091: transaction rolled back", message]
    assert parent.one("select count(*) from d") == ("commit" in statements)
    assert not parent.connection.transaction_in_progress


@pytest.mark.parametrize("kind", _TABLES)
def test_a_commit_in_a_block_fails_alike(parent, kind):
    """A block's COMMIT raises the same stack, with the line; nothing stays."""
    create, statements, message = _TABLES[kind]
    parent.run(create)
    for statement in statements:
        parent.run(statement)
    lines = parent.error("begin\n  null;\n  commit;\nend;").splitlines()
    assert lines[:3] == ["ORA-02091: transaction rolled back", message, "ORA-06512: at line 3"]
    assert parent.one("select count(*) from d") == ("commit" in statements)


def test_a_block_that_catches_it_goes_on_without_the_transaction(parent):
    """A handler sees SQLCODE -2091; what it does then is a transaction of its own."""
    parent.run(_TABLES["check"][0])
    code = parent.call(
        "begin insert into d values (-1);"
        " begin commit; exception when others then :o := sqlcode; end;"
        " insert into d values (5); commit; end;"
    )
    assert code == -2091
    assert parent.rows("select a from d") == [(5,)]


def test_what_is_mended_before_the_commit_is_none(parent):
    """Only the state at COMMIT counts: a value that was wrong in between is no violation."""
    parent.run(_TABLES["check"][0])
    parent.run("insert into d values (-1)")
    parent.run("update d set a = 1")
    parent.run("insert into d values (-2)")
    parent.run("delete from d where a = -2")
    parent.run("savepoint s")
    parent.run("insert into d values (-3)")
    parent.run("rollback to s")
    parent.connection.commit()
    assert parent.rows("select a from d") == [(1,)]


def test_a_failed_ddl_commit(parent):
    """A DDL commits first, so it is the DDL that meets ORA-02091, and it is not done."""
    parent.run(_TABLES["check"][0])
    parent.run("insert into d values (-1)")
    assert parent.fails("create table e (a number)") == 2091
    assert parent.fails("select * from e") == 942


@pytest.mark.parametrize("words", ["deferrable", "deferrable initially immediate"])
def test_immediate_until_it_is_deferred(parent, words):
    """An INITIALLY IMMEDIATE constraint fails the statement, until SET CONSTRAINTS defers it."""
    parent.run(f"create table d (a number constraint d_c check (a > 0) {words})")
    assert parent.fails("insert into d values (0)") == 2290
    parent.run("set constraints d_c deferred")
    parent.run("insert into d values (0)")
    assert "ORA-02290" in parent.commit_error()
    assert parent.fails("insert into d values (0)") == 2290


def test_set_constraints_immediate_looks_at_once(parent):
    """SET CONSTRAINTS … IMMEDIATE raises the violation itself; the transaction stays as it was."""
    parent.run(_TABLES["unique"][0])
    parent.run("insert into d values (1)")
    parent.run("insert into d values (1)")
    assert parent.fails("set constraints all immediate") == 1
    assert parent.one("select count(*) from d") == 2
    parent.run("insert into d values (1)")
    parent.run("delete from d where rownum <= 2")
    parent.run("set constraint demo.d_c immediate")
    assert parent.fails("insert into d values (1)") == 1
    parent.connection.commit()
    assert parent.one("select count(*) from d") == 1


def test_alter_session_holds_for_every_transaction(parent):
    """ALTER SESSION SET CONSTRAINTS decides for the session until DEFAULT."""
    parent.run("create table d (a number constraint d_c unique deferrable)")
    parent.run("alter session set constraints = deferred")
    for _ in range(2):
        parent.run("insert into d values (1)")
        parent.run("insert into d values (1)")
        assert "ORA-00001" in parent.commit_error()
    parent.run("alter session set constraints = default")
    parent.run("insert into d values (1)")
    assert parent.fails("insert into d values (1)") == 1


def test_what_may_not_be_deferred(parent):
    """ORA-02447 for a constraint that is not deferrable, ORA-02448 for one that is not there."""
    parent.run("create table d (a number constraint d_c unique)")
    assert parent.fails("set constraint d_c deferred") == 2447
    assert parent.fails("set constraint nope deferred") == 2448
    assert parent.fails("set constraints all later") == 922
    assert parent.fails("alter session set constraints = later") == 2248


def test_added_and_dropped(parent):
    """ALTER TABLE adds them after a look at the rows (ORA-02293) and drops them again."""
    parent.run("create table d (a number)")
    parent.run("insert into d values (-1)")
    add = "alter table d add constraint d_c check (a > 0) deferrable initially deferred"
    assert parent.error(add).startswith("ORA-02293: cannot validate (DEMO.D_C)")
    parent.run("delete from d")
    parent.run(add)
    parent.run("insert into d values (-1)")
    assert "D_C" in parent.commit_error()
    parent.run("alter table d drop constraint d_c")
    parent.run("insert into d values (-1)")
    parent.connection.commit()
    assert parent.fails("alter table d drop constraint d_c") == 2443
