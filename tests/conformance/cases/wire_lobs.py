"""LOBs through their locators: reading, writing, temporary ones, and as plain values."""

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, missing, returns, rows

FEATURE = Feature(4, "LOB locators: read, write, temporary")

_TABLE = (
    "create table t (n number primary key, c clob, b blob)",
    "insert into t values (1, 'Grüße', hextoraw('00ff10'))",
    "insert into t values (2, null, null)",
    "commit",
)
_READ = Manual("python-oracledb documentation", "Streaming LOBs (Read)")
_WRITE = Manual("python-oracledb documentation", "Streaming LOBs (Write)")
_DIRECT = Manual("python-oracledb documentation", "Simple Insertion of LOBs")
_TEMPORARY = Manual("python-oracledb documentation", "Temporary LOBs")
_GUIDE = "Database SecureFiles and Large Objects Developer's Guide"
_LOCKED = Manual(_GUIDE, "Selecting and Accessing LOB Data")


def _lob(bench: Bench, query: str) -> oracledb.LOB:
    with bench.connection.cursor() as cursor:
        ((lob,),) = cursor.execute(query).fetchall()
        return lob


def _code(action: object) -> int:
    try:
        action()
    except oracledb.Error as error:
        return error.args[0].code
    return 0


def _read_in_parts(bench: Bench) -> list[object]:
    lob = _lob(bench, "select c from t where n = 1")
    return [lob.size(), lob.read(), lob.read(3), lob.read(2, 2), lob.read(6)]


def _read_bytes(bench: Bench) -> list[object]:
    lob = _lob(bench, "select b from t where n = 1")
    return [lob.size(), lob.read(), lob.read(2, 1)]


def _null(bench: Bench) -> list[object]:
    return [_lob(bench, "select c from t where n = 2"), _lob(bench, "select b from t where n = 2")]


def _beyond_the_basic_plane(bench: Bench) -> list[object]:
    bench.run("update t set c = :1 where n = 1", "a😀b")
    lob = _lob(bench, "select c from t where n = 1")
    return [lob.size(), lob.read()]


def _write(bench: Bench) -> list[tuple[object, ...]]:
    _lob(bench, "select c from t where n = 1 for update").write("XY", 2)
    _lob(bench, "select b from t where n = 1 for update").write(b"\x01\x02", 4)
    bench.connection.commit()
    return bench.another().rows("select c, b from t where n = 1")


def _write_behind_the_end(bench: Bench) -> list[tuple[object, ...]]:
    _lob(bench, "select c from t where n = 1 for update").write("!", 8)
    _lob(bench, "select b from t where n = 1 for update").write(b"\x01", 5)
    return bench.rows("select c, b from t where n = 1")


def _trim(bench: Bench) -> list[object]:
    lob = _lob(bench, "select c from t where n = 1 for update")
    lob.trim(2)
    return [lob.size(), bench.one("select c from t where n = 1"), _code(lambda: lob.trim(9))]


def _two_of_one_row(bench: Bench) -> list[tuple[object, ...]]:
    with bench.connection.cursor() as cursor:
        cursor.execute("select c, b from t where n = 1 for update")
        text, data = cursor.fetchone()
    for number in (1, 2):
        text.write(str(number), text.size() + 1)
        data.write(bytes((number,)), data.size() + 1)
    return bench.rows("select c, b from t where n = 1")


def _empty_then_filled(bench: Bench) -> str:
    bench.run("insert into t values (3, empty_clob(), empty_blob())")
    lob = _lob(bench, "select c from t where n = 3 for update")
    for part in ("first ", "second ", "third"):
        lob.write(part, lob.size() + 1)
    return bench.one("select c from t where n = 3")


def _without_a_lock(bench: Bench) -> int:
    lob = _lob(bench, "select c from t where n = 1")
    return _code(lambda: lob.write("x", 1))


def _after_the_commit(bench: Bench) -> int:
    lob = _lob(bench, "select c from t where n = 1 for update")
    bench.connection.commit()
    return _code(lambda: lob.write("x", 1))


def _rolled_back(bench: Bench) -> str:
    _lob(bench, "select c from t where n = 1 for update").write("x", 1)
    bench.connection.rollback()
    return bench.one("select c from t where n = 1")


def _opened(bench: Bench) -> list[object]:
    lob = _lob(bench, "select c from t where n = 1")
    before = lob.isopen()
    lob.open()
    opened = [before, lob.isopen(), _code(lob.open)]
    lob.close()
    return [*opened, lob.isopen(), _code(lob.close)]


def _temporary(bench: Bench) -> list[tuple[object, ...]]:
    made = bench.connection.createlob(oracledb.DB_TYPE_CLOB, "made")
    made.write(" here", made.size() + 1)
    bench.run("insert into t (n, c) values (5, :1)", made)
    made.write("lost", 1)
    return bench.rows("select c from t where n = 5")


def _temporary_into_a_block(bench: Bench) -> int:
    made = bench.connection.createlob(oracledb.DB_TYPE_BLOB, b"\x00" * 70_000)
    return bench.out("begin :o := dbms_lob.getlength(:b); end;", int, b=made)


def _temporary_is_empty(bench: Bench) -> list[object]:
    bench.run(
        "insert into t (n, c) values (6, :1)",
        bench.connection.createlob(oracledb.DB_TYPE_CLOB),
    )
    return [bench.one("select nvl2(c, 'not null', 'null') from t where n = 6")]


def _long_values(bench: Bench) -> list[int]:
    text, data = "é" * 100_000, bytes(range(256)) * 400
    with bench.connection.cursor() as cursor:
        cursor.setinputsizes(oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB)
        cursor.execute("insert into t values (7, :1, :2)", [text, data])
        cursor.execute("select c, b from t where n = 7", fetch_lobs=False)
        found = cursor.fetchone()
    return [found == (text, data), *map(len, found)]


def _out_of_a_block(bench: Bench) -> str:
    return bench.out("begin select c into :o from t where n = 1; end;", oracledb.DB_TYPE_CLOB)


def _empty_read(bench: Bench) -> list[object]:
    bench.run("insert into t values (8, empty_clob(), null)")
    lob = _lob(bench, "select c from t where n = 8")
    return [lob is not None and lob.size()]


def _returning(bench: Bench) -> str:
    with bench.connection.cursor() as cursor:
        out = cursor.var(oracledb.DB_TYPE_CLOB)
        cursor.execute("insert into t values (9, 'old', null) returning c into :1", [out])
        (lob,) = out.getvalue()
    lob.write("new", 1)
    return bench.one("select c from t where n = 9")


CASES = (
    Case("characters are counted, not bytes", setup=_TABLE, run=_read_in_parts,
         expect=returns([5, "Grüße", "üße", "rü", ""]), evidence=_READ),
    Case("bytes from an offset", setup=_TABLE, run=_read_bytes,
         expect=returns([3, b"\x00\xff\x10", b"\xff"]), evidence=_READ),
    Case("a NULL LOB has no locator", setup=_TABLE, run=_null, expect=returns([None, None]),
         evidence=_READ),
    Case("a character beyond the basic plane counts as two", setup=_TABLE,
         run=_beyond_the_basic_plane, expect=returns([4, "a😀b"]),
         evidence=Manual("python-oracledb documentation", "API: LOB Objects"),
         sandbox=differs("as one character", returns([3, "a😀b"]))),
    Case("what is written to a locked row's LOBs is stored", setup=_TABLE, run=_write,
         expect=rows(("GXYße", b"\x00\xff\x10\x01\x02")), evidence=_WRITE),
    Case("a gap before what is written is filled, with spaces and zeros", setup=_TABLE,
         run=_write_behind_the_end, expect=rows(("Grüße  !", b"\x00\xff\x10\x00\x01")),
         evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_LOB.WRITE Procedures")),
    Case("a LOB is trimmed, not beyond its length", setup=_TABLE, run=_trim,
         expect=returns([2, "Gr", 22926]),
         evidence=Manual("PL/SQL Packages and Types Reference", "DBMS_LOB.TRIM Procedures")),
    Case("two LOBs of one row are written in turn", setup=_TABLE, run=_two_of_one_row,
         expect=rows(("Grüße12", b"\x00\xff\x10\x01\x02")), evidence=_WRITE),
    Case("an empty LOB is filled piece by piece", setup=_TABLE, run=_empty_then_filled,
         expect=returns("first second third"), evidence=_WRITE),
    Case("without a lock on the row nothing is written", setup=_TABLE, run=_without_a_lock,
         expect=returns(22920), evidence=_LOCKED,
         sandbox=differs("ORA-03001, also where the transaction has the lock", returns(3001))),
    Case("the right to write ends with the transaction", setup=_TABLE, run=_after_the_commit,
         expect=returns(22920), evidence=_LOCKED),
    Case("what was written is rolled back", setup=_TABLE, run=_rolled_back,
         expect=returns("Grüße"), evidence=_LOCKED),
    Case("a LOB is opened and closed once", setup=_TABLE, run=_opened,
         expect=returns([False, True, 22293, False, 22289]),
         evidence=Manual(_GUIDE, "Opening and Closing LOBs")),
    Case("a temporary LOB is copied where it is bound", setup=_TABLE, run=_temporary,
         expect=rows(("made here",)), evidence=_TEMPORARY),
    Case("a temporary LOB is an argument", run=_temporary_into_a_block, expect=returns(70_000),
         evidence=_TEMPORARY),
    Case("a temporary LOB that is empty is not NULL", setup=_TABLE, run=_temporary_is_empty,
         expect=returns(["not null"]), evidence=_TEMPORARY,
         sandbox=differs("an empty LOB that is bound is NULL", returns(["null"]))),
    Case("long values are bound and fetched without locators", setup=_TABLE, run=_long_values,
         expect=returns([True, 100_000, 102_400]), evidence=_DIRECT),
    Case("a block gives a LOB", setup=_TABLE, run=_out_of_a_block, expect=returns("Grüße"),
         evidence=_READ),
    Case("an empty LOB that is fetched is not NULL", setup=_TABLE, run=_empty_read,
         expect=returns([0]), evidence=Manual("SQL Language Reference", "EMPTY_BLOB, EMPTY_CLOB"),
         sandbox=differs("it is NULL, unless it is fetched FOR UPDATE", returns([False]))),
    Case("a LOB that RETURNING gives is written", setup=_TABLE,
         run=_returning, expect=returns("new"), evidence=_WRITE,
         sandbox=missing()),
)  # fmt: skip
