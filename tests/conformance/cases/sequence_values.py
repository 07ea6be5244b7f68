"""Sequences: NEXTVAL and CURRVAL, options, and errors."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Sequence values in statements, options")

_USE = Manual("SQL Language Reference", "Sequence Pseudocolumns, How to Use Sequence Values")
_CREATE = Manual("SQL Language Reference", "CREATE SEQUENCE")
_S = ("create sequence s start with 10 increment by 5 nocache",)
_T = (*_S, "create table t (b number, a number)")

CASES = (
    Case(
        "the first value is that of START WITH",
        setup=_S,
        run="select s.nextval from dual",
        expect=rows((10,)),
        evidence=_CREATE,
    ),
    Case(
        "each row draws a value",
        setup=_S,
        run="select s.nextval from dual connect by level <= 3",
        expect=rows((10,), (15,), (20,)),
        evidence=_USE,
    ),
    Case(
        "all references in a row have the same value",
        setup=_S,
        run="select s.nextval, s.currval, s.nextval from dual",
        expect=rows((10, 10, 10)),
        evidence=_USE,
    ),
    Case(
        "in the values of an INSERT, too, in any order",
        setup=_T,
        run="insert into t (a, b) values (s.currval, s.nextval)",
        then="select a, b from t",
        expect=rows((10, 10)),
        evidence=_USE,
    ),
    Case(
        "CURRVAL before NEXTVAL",
        setup=_S,
        run="select s.currval from dual",
        expect=raises(8002),
        evidence=Manual("Database Error Messages", "ORA-08002"),
    ),
    Case(
        "a sequence that there is not",
        run="select nowhere.nextval from dual",
        expect=raises(2289),
        evidence=Manual("Database Error Messages", "ORA-02289"),
    ),
    Case(
        "the end of a sequence",
        setup=("create sequence s start with 2 maxvalue 2 nocache", "select s.nextval from dual"),
        run="select s.nextval from dual",
        expect=raises(8004),
        evidence=Manual("Database Error Messages", "ORA-08004"),
    ),
    Case(
        "a limit below the beginning",
        run="create sequence s start with 5 maxvalue 3",
        expect=raises(4008),
        evidence=Manual("Database Error Messages", "ORA-04008"),
    ),
    Case(
        "CYCLE begins again at MINVALUE",
        setup=(
            "create sequence s minvalue 1 maxvalue 2 cycle nocache",
            "select s.nextval from dual connect by level <= 2",
        ),
        run="select s.nextval from dual",
        expect=rows((1,)),
        evidence=_CREATE,
    ),
    Case(
        "a rollback gives no value back",
        setup=(*_T, "insert into t (a) values (s.nextval)", "rollback"),
        run="select s.nextval from dual",
        expect=rows((15,)),
        evidence=_USE,
    ),
    Case(
        "the default of a column",
        setup=(*_S, "create table d (id number default s.nextval, v number)"),
        run="insert into d (v) values (1)",
        then="select id from d",
        expect=rows((10,)),
        evidence=Manual("SQL Language Reference", "CREATE TABLE, DEFAULT"),
    ),
    Case(
        "ALTER SEQUENCE changes the step",
        setup=(*_S, "select s.nextval from dual", "alter sequence s increment by 100"),
        run="select s.nextval from dual",
        expect=rows((110,)),
        evidence=Manual("SQL Language Reference", "ALTER SEQUENCE"),
    ),
)
