"""CONNECT BY: order, LEVEL, PRIOR, loops, and what comes before and after it."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "CONNECT BY")

_QUERIES = Manual("SQL Language Reference", "Hierarchical Queries")
_PSEUDO = Manual("SQL Language Reference", "Hierarchical Query Pseudocolumns")
_OPERATORS = Manual("SQL Language Reference", "Hierarchical Query Operators")
_PATH = Manual("SQL Language Reference", "SYS_CONNECT_BY_PATH")
_STAFF = (
    "create table staff (id number primary key, name varchar2(10), boss number, dept number)",
    "insert into staff values (1, 'KING', null, 10)",
    "insert into staff values (2, 'BLAKE', 1, 30)",
    "insert into staff values (3, 'JONES', 1, 20)",
    "insert into staff values (4, 'WARD', 2, 30)",
    "insert into staff values (5, 'ALLEN', 2, 30)",
    "insert into staff values (6, 'SCOTT', 3, 20)",
)
_DEPTS = (
    *_STAFF,
    "create table depts (dept number, title varchar2(10))",
    "insert into depts values (10, 'BOARD')",
    "insert into depts values (30, 'SALES')",
)
_LOOP = (*_STAFF, "update staff set boss = 5 where id = 1")
_TREE = "from staff start with boss is null connect by prior id = boss"

CASES = (
    Case(
        "siblings stand in their order, children below their parents",
        setup=_STAFF,
        run=f"select level, name {_TREE} order siblings by name",
        expect=rows(
            (1, "KING"), (2, "BLAKE"), (3, "ALLEN"), (3, "WARD"), (2, "JONES"), (3, "SCOTT")
        ),
        evidence=_QUERIES,
    ),
    Case(
        "PRIOR in the select list is the parent's value",
        setup=_STAFF,
        run=f"select name, prior name {_TREE} and level < 3 order siblings by name",
        expect=rows(("KING", None), ("BLAKE", "KING"), ("JONES", "KING")),
        evidence=_OPERATORS,
    ),
    Case(
        "CONNECT_BY_ROOT is the root's value",
        setup=_STAFF,
        run="select connect_by_root name top, count(*) from staff"
        " connect by prior id = boss group by connect_by_root name having count(*) > 1 order by 1",
        expect=rows(("BLAKE", 3), ("JONES", 2), ("KING", 6)),
        evidence=_OPERATORS,
    ),
    Case(
        "SYS_CONNECT_BY_PATH joins the values from the root",
        setup=_STAFF,
        run=f"select sys_connect_by_path(name, '/') {_TREE} order siblings by name desc",
        expect=rows(
            ("/KING",),
            ("/KING/JONES",),
            ("/KING/JONES/SCOTT",),
            ("/KING/BLAKE",),
            ("/KING/BLAKE/WARD",),
            ("/KING/BLAKE/ALLEN",),
        ),
        evidence=_PATH,
    ),
    Case(
        "a value that holds the separator of its path",
        setup=_STAFF,
        run=f"select sys_connect_by_path(name, 'A') {_TREE}",
        expect=raises(30004),
        evidence=Manual("Database Error Messages", "ORA-30004"),
    ),
    Case(
        "CONNECT_BY_ISLEAF tells the rows without children",
        setup=_STAFF,
        run="select name from staff where connect_by_isleaf = 1 start with boss is null"
        " connect by prior id = boss order siblings by name",
        expect=rows(("ALLEN",), ("WARD",), ("SCOTT",)),
        evidence=_PSEUDO,
    ),
    Case(
        "WHERE filters the rows of the finished hierarchy",
        setup=_STAFF,
        run=f"select name from staff where name <> 'BLAKE' {_TREE[11:]} order siblings by name",
        expect=rows(("KING",), ("ALLEN",), ("WARD",), ("JONES",), ("SCOTT",)),
        evidence=_QUERIES,
    ),
    Case(
        "a join comes before CONNECT BY",
        setup=_DEPTS,
        run="select s.name, d.title, level from staff s, depts d where s.dept = d.dept"
        " start with s.boss is null connect by prior s.id = s.boss order siblings by s.name",
        expect=rows(
            ("KING", "BOARD", 1), ("BLAKE", "SALES", 2), ("ALLEN", "SALES", 3), ("WARD", "SALES", 3)
        ),
        evidence=_QUERIES,
    ),
    Case(
        "a loop in the data",
        setup=_LOOP,
        run="select name from staff start with id = 1 connect by prior id = boss",
        expect=raises(1436),
        evidence=Manual("Database Error Messages", "ORA-01436"),
    ),
    Case(
        "NOCYCLE stops before the loop, and CONNECT_BY_ISCYCLE tells where",
        setup=_LOOP,
        run="select name, connect_by_iscycle from staff start with id = 1"
        " connect by nocycle prior id = boss order siblings by name",
        expect=rows(
            ("KING", 0), ("BLAKE", 0), ("ALLEN", 1), ("WARD", 0), ("JONES", 0), ("SCOTT", 0)
        ),
        evidence=_PSEUDO,
    ),
    Case(
        "CONNECT_BY_ISCYCLE without NOCYCLE",
        setup=_STAFF,
        run=f"select connect_by_iscycle {_TREE}",
        expect=raises(30930),
        evidence=Manual("Database Error Messages", "ORA-30930"),
    ),
    Case(
        "without START WITH every row is a root",
        setup=_STAFF,
        run="select count(*) from staff connect by prior id = boss",
        expect=rows((14,)),
        evidence=_QUERIES,
    ),
    Case(
        "a condition on LEVEL alone makes rows out of one",
        run="select level * 10 from dual connect by level <= 3",
        expect=rows((10,), (20,), (30,)),
        evidence=_PSEUDO,
    ),
)
