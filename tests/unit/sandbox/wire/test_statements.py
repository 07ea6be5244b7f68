"""The unmodified driver runs statements, binds values and fetches rows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import oracledb
import pytest

from airflow_oracle_dag.sandbox.session import (
    BindType,
    Column,
    Direction,
    OracleError,
    OracleType,
    Result,
    StatementKind,
)
from tests.unit.sandbox.wire.conftest import PASSWORD
from tests.unit.sandbox.wire.fake_session import query

NUMBER = Column("N", OracleType.NUMBER, precision=9, scale=0)
TEXT = Column("T", OracleType.VARCHAR2, size=40)
UTC_PLUS_2 = timezone(timedelta(hours=2))


def count_rows(session, types, rows):
    """Change one row per iteration and leave a transaction open."""
    session.in_transaction = True
    return Result(StatementKind.DML, row_count=len(rows))


@pytest.mark.parametrize("arraysize", [1, 7, 100, 1000])
@pytest.mark.parametrize("prefetch", [0, 2, 1001])
@pytest.mark.parametrize("total", [0, 1, 1000])
def test_rows_arrive_whole_and_in_order(connection, database, arraysize, prefetch, total):
    """Whatever the array and prefetch sizes are, every row arrives once, also the second time."""
    rows = [(i, f"row {i}") for i in range(total)]
    database.script["from t"] = query([NUMBER, TEXT], rows)
    cursor = connection.cursor()
    cursor.arraysize, cursor.prefetchrows = arraysize, prefetch
    for _ in range(2):
        cursor.execute("select n, t from t")
        assert cursor.fetchall() == rows


def test_many_and_wide_rows(connection, database):
    """Rows that fill packets many times over arrive."""
    rows = [(i, "é" * (i % 2000)) for i in range(3000)]
    database.script["from t"] = query([NUMBER, Column("T", OracleType.VARCHAR2, size=4000)], rows)
    cursor = connection.cursor()
    cursor.arraysize = 500
    expected = [(n, t or None) for n, t in rows]
    assert cursor.execute("select n, t from t").fetchall() == expected


def test_columns_are_described(connection, database):
    """The description tells name, type, size, precision, scale and whether NULL may come."""
    database.script["from t"] = query(
        [
            Column("ID", OracleType.NUMBER, precision=10, scale=2, nullable=False),
            Column("Any number", OracleType.NUMBER),
            Column("NAME", OracleType.VARCHAR2, size=30),
            Column("CODE", OracleType.CHAR, size=3),
            Column("DAY", OracleType.DATE),
            Column("AT", OracleType.TIMESTAMP),
            Column("ATZ", OracleType.TIMESTAMP_TZ),
            Column("ATL", OracleType.TIMESTAMP_LTZ),
            Column("SPAN", OracleType.INTERVAL_DS),
            Column("F", OracleType.BINARY_FLOAT),
            Column("D", OracleType.BINARY_DOUBLE),
            Column("R", OracleType.RAW, size=16),
            Column("RID", OracleType.ROWID),
            Column("L", OracleType.LONG),
            Column("B", OracleType.BOOLEAN),
        ],
        [],
    )
    cursor = connection.cursor()
    cursor.execute("select * from t")
    described = [(d.name, d.type_code, d.null_ok) for d in cursor.description]
    assert described[0] == ("ID", oracledb.DB_TYPE_NUMBER, False)
    assert [d[1] for d in described[1:]] == [
        oracledb.DB_TYPE_NUMBER,
        oracledb.DB_TYPE_VARCHAR,
        oracledb.DB_TYPE_CHAR,
        oracledb.DB_TYPE_DATE,
        oracledb.DB_TYPE_TIMESTAMP,
        oracledb.DB_TYPE_TIMESTAMP_TZ,
        oracledb.DB_TYPE_TIMESTAMP_LTZ,
        oracledb.DB_TYPE_INTERVAL_DS,
        oracledb.DB_TYPE_BINARY_FLOAT,
        oracledb.DB_TYPE_BINARY_DOUBLE,
        oracledb.DB_TYPE_RAW,
        oracledb.DB_TYPE_ROWID,
        oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_BOOLEAN,
    ]
    assert (cursor.description[0].precision, cursor.description[0].scale) == (10, 2)
    assert cursor.description[1].name == "Any number"
    assert cursor.description[1].scale in (-127, None)
    assert cursor.description[2].internal_size == 30


ALL_TYPES = [
    (Column("A", OracleType.NUMBER), [0, -1, 123456789012345678901234567890]),
    (Column("B", OracleType.VARCHAR2, size=4000), ["x", "snö ☃ 𝄞", "y" * 4000]),
    (Column("C", OracleType.CHAR, size=3), ["a  ", "b  ", "c  "]),
    (Column("D", OracleType.LONG), ["long " * 20_000, "", "x"]),
    (Column("E", OracleType.RAW, size=2000), [b"\x00\xff", b"\x01" * 2000, b"z"]),
    (Column("F", OracleType.DATE), [datetime(2026, 2, 28, 23, 59, 59)] * 3),
    (Column("G", OracleType.TIMESTAMP), [datetime(2026, 2, 28, 1, 2, 3, 456789)] * 3),
    (Column("H", OracleType.INTERVAL_DS), [timedelta(days=-3, seconds=5)] * 3),
    (Column("I", OracleType.BINARY_DOUBLE), [1.5, -1e300, float("inf")]),
    (Column("J", OracleType.BINARY_FLOAT), [1.5, -2.25, 0.0]),
    (Column("K", OracleType.ROWID), ["AAAR3sAAEAAAACXAAA", "AAAR3sAAEAAAACXAAB", None]),
    (Column("L", OracleType.BOOLEAN), [True, False, None]),
]


def test_every_type_is_fetched(connection, database):
    """A value of each type arrives as it was, and NULL as None in each."""
    columns = [column for column, _ in ALL_TYPES]
    rows = [tuple(values[i] for _, values in ALL_TYPES) for i in range(3)]
    rows.append((None,) * len(columns))
    database.script["from t"] = query(columns, rows)
    fetched = connection.cursor().execute("select * from t").fetchall()
    assert fetched == [tuple(None if v == "" else v for v in row) for row in rows]


def test_a_time_zone_is_applied_as_the_driver_does(connection, database):
    """The driver shows a TIMESTAMP WITH TIME ZONE as naive local time of its zone."""
    at = datetime(2026, 1, 1, 12, 30, 0, 250000, tzinfo=UTC_PLUS_2)
    database.script["from t"] = query([Column("T", OracleType.TIMESTAMP_TZ)], [(at,)])
    (value,) = connection.cursor().execute("select t from t").fetchone()
    assert value == at.replace(tzinfo=None)


def test_fractions_and_decimals_are_fetched(connection, database):
    """A NUMBER with a fraction arrives as a float, or exactly as a Decimal when asked for."""
    database.script["from t"] = query([Column("N", OracleType.NUMBER)], [(Decimal("-1234.5678"),)])
    cursor = connection.cursor()
    assert cursor.execute("select n from t").fetchone() == (-1234.5678,)
    cursor = connection.cursor()
    cursor.outputtypehandler = lambda c, m: c.var(Decimal, arraysize=c.arraysize)
    assert cursor.execute("select n from t").fetchone() == (Decimal("-1234.5678"),)


def test_every_type_is_bound(connection, database, session):
    """A value of each type reaches the session as it was, with the type that was declared."""
    database.script["insert"] = count_rows
    values = {
        "i": 42,
        "d": Decimal("-0.001"),
        "f": 2.5,
        "s": "snö",
        "r": b"\x00\x01",
        "at": datetime(2026, 3, 4, 5, 6, 7),
        "ts": datetime(2026, 3, 4, 5, 6, 7, 890000),
        "span": timedelta(days=1, microseconds=5),
        "dbl": -1.25,
        "flt": 0.5,
        "nc": "ñandú",
        "b": True,
        "nothing": None,
    }
    cursor = connection.cursor()
    cursor.setinputsizes(
        ts=oracledb.DB_TYPE_TIMESTAMP,
        dbl=oracledb.DB_TYPE_BINARY_DOUBLE,
        flt=oracledb.DB_TYPE_BINARY_FLOAT,
        nc=oracledb.DB_TYPE_NVARCHAR,
        b=oracledb.DB_TYPE_BOOLEAN,
    )
    names = list(values)
    cursor.execute(f"insert into t values ({', '.join(':' + n for n in names)})", values)
    _, types, rows = session.executed[-1]
    assert dict(zip(names, rows[0], strict=True)) == values
    found = dict(zip(names, (t.type for t in types), strict=True))
    assert found["i"] is OracleType.NUMBER
    assert found["s"] is OracleType.VARCHAR2
    assert found["ts"] is OracleType.TIMESTAMP
    assert found["span"] is OracleType.INTERVAL_DS
    assert found["dbl"] is OracleType.BINARY_DOUBLE
    assert found["b"] is OracleType.BOOLEAN


def test_a_bound_time_with_zone_is_aware(connection, database, session):
    """A TIMESTAMP WITH TIME ZONE bind crosses the seam with its zone; the driver sends UTC."""
    database.script["insert"] = count_rows
    cursor = connection.cursor()
    cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP_TZ)
    cursor.execute("insert into t values (:1)", [datetime(2026, 1, 2, 3, 4, 5)])
    assert session.executed[-1][2] == [[datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]]


@pytest.mark.parametrize("size", [253, 4000, 4001, 32767, 32768, 100_000, 3_000_000])
def test_long_strings_are_bound(connection, database, session, size):
    """Strings beyond 4,000 and beyond 32,767 bytes arrive, wherever they stand."""
    database.script["insert"] = count_rows
    text = "é" + "x" * (size - 2)
    connection.cursor().execute("insert into t values (:a, :b)", a=text, b=7)
    assert session.executed[-1][2] == [[text, 7]]
    cursor = connection.cursor()
    cursor.setinputsizes(oracledb.DB_TYPE_LONG, None)
    cursor.execute("insert into t values (:a, :b)", [text, 7])
    _, types, rows = session.executed[-1]
    assert rows == [[text, 7]]
    assert types[0].type is OracleType.LONG


def test_many_rows_are_bound_in_one_call(connection, database, session, server):
    """2,998 rows travel in one request."""
    database.script["insert"] = count_rows
    data = [(i, f"name {i}" * (i % 9), None if i % 3 else 1.5) for i in range(2998)]
    cursor = connection.cursor()
    cursor.executemany("insert into t values (:1, :2, :3)", data)
    assert cursor.rowcount == 2998
    assert session.executed[-1][2] == [[a, b or None, c] for a, b, c in data]
    assert server.requests(session.sid) == {"execute": 1}
    assert connection.transaction_in_progress


@pytest.mark.parametrize("sdu", [512, 8192, 65535, 2_000_000])
def test_any_packet_size_works(connect, database, sdu):
    """Requests and answers of any length fit whatever packet size the client asks for."""
    database.script["insert"] = count_rows
    database.script["from t"] = query([TEXT], [("x" * 1000,)] * 50)
    cursor = connect(sdu=sdu).cursor()
    for size in (*range(480, 520), sdu - 60, sdu - 10, sdu, 70_000):
        text = "y" * size
        cursor.execute("insert into t values (:1)", [text])
        assert database.opened[-1].executed[-1][2] == [[text]]
    assert cursor.execute("select t from t").fetchall() == [("x" * 1000,)] * 50


def test_a_number_beyond_a_number_is_an_overflow(connection, database):
    """A value that no NUMBER can hold is ORA-01426."""
    database.script["from t"] = query([NUMBER], [(10**130,)])
    with pytest.raises(oracledb.DatabaseError, match="ORA-01426"):
        connection.cursor().execute("select n from t")


def test_positional_and_repeated_named_binds(connection, database, session):
    """In SQL every occurrence of a placeholder is a bind of its own."""
    database.script["update"] = count_rows
    cursor = connection.cursor()
    cursor.execute("update t set a = :x, b = :y where c = :x", x=1, y="two")
    assert session.executed[-1][2] == [[1, "two", 1]]
    cursor.execute("update t set a = :1 where c = :2", [5, 6])
    assert session.executed[-1][2] == [[5, 6]]


def test_a_cached_statement_runs_again_with_other_types(connection, database, session, server):
    """The statement cache re-executes by cursor; new types of binds are declared again."""
    database.script["update"] = count_rows
    cursor = connection.cursor()
    for value in (1, 2, "three", "f" * 9000, None, Decimal("5.5"), 6):
        cursor.execute("update t set a = :v", v=value)
        assert session.executed[-1][2] == [[value]]
    assert session.log.count("parse") == 2  # the log-in's and this one
    assert server.requests(session.sid)["reexecute"] >= 1


def test_closed_cursors_are_released(connection, database):
    """More statements than the client caches leave no cursor behind that cannot be used again."""
    database.script["from t"] = query([NUMBER], [(1,)])
    for i in [*range(200), 0, 199]:
        assert len(connection.cursor().execute(f"select {i} from t").description) == 1


def test_row_counts_above_16_bits(connection, database):
    """A row count needs more than 16 bits for a big table."""
    database.script["delete"] = lambda *_: Result(StatementKind.DML, row_count=5_000_000_000)
    cursor = connection.cursor()
    cursor.execute("delete from t")
    assert cursor.rowcount == 5_000_000_000


def test_errors_have_number_text_and_offset(connection, session):
    """A parse error tells where; a table that is not there has its number."""
    cursor = connection.cursor()
    with pytest.raises(oracledb.DatabaseError, match="ORA-00900: invalid SQL") as caught:
        cursor.execute("select syntax error")
    assert caught.value.args[0].code == 900
    assert caught.value.args[0].offset == 7
    with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
        cursor.execute("select * from nowhere")
    connection.ping()


def test_a_failed_statement_runs_again(connection, database):
    """A statement that failed can be executed again, with a constraint's error as well."""
    errors = iter([OracleError(1, "unique constraint violated"), OracleError(942, "gone"), None])

    def handler(session, types, rows):
        error = next(errors)
        if error:
            raise error
        return count_rows(session, types, rows)

    database.script["insert"] = handler
    cursor = connection.cursor()
    with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
        cursor.execute("insert into t values (:1)", [1])
    with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
        cursor.execute("insert into t values (:1)", [1])
    cursor.execute("insert into t values (:1)", [1])
    assert cursor.rowcount == 1


def test_commit_rollback_and_ping(connection, database, session, server):
    """Each is one request; the transaction flag follows the session."""
    database.script["insert"] = count_rows
    cursor = connection.cursor()
    cursor.execute("insert into t values (1)")
    assert connection.transaction_in_progress
    connection.commit()
    assert not connection.transaction_in_progress
    connection.rollback()
    connection.ping()
    assert session.log[-2:] == ["commit", "rollback"]
    expected = {"execute": 1, "commit": 1, "rollback": 1, "ping": 1}
    assert server.requests(session.sid) == expected
    assert server.total_requests(session.sid) == 4


def test_autocommit_rides_on_the_execute(connection, database, session, server):
    """Autocommit costs no request of its own, on the first execution and on later ones."""
    database.script["insert"] = count_rows
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in range(2):
        cursor.execute("insert into t values (1)")
    assert session.log.count("commit") == 2
    assert not connection.transaction_in_progress
    assert server.total_requests(session.sid) == 2


def test_tags_and_schema_ride_with_the_next_call(connection, session, server):
    """Module, action, client identifier and schema are piggybacks, not requests."""
    connection.module = "dag.task"
    connection.action = "step"
    connection.client_identifier = "run"
    connection.clientinfo = "night"
    connection.current_schema = "OTHER"
    connection.ping()
    assert session.attributes == {
        "module": "dag.task",
        "action": "step",
        "client_identifier": "run",
        "client_info": "night",
        "current_schema": "OTHER",
    }
    assert server.requests(session.sid) == {"ping": 1}
    connection.module = ""
    connection.ping()
    assert session.attributes["module"] == ""
    connection.module, connection.client_identifier = "again", ""
    connection.ping()
    assert session.attributes["client_identifier"] == ""


def test_an_error_of_a_piggyback_is_the_calls_error(connection):
    """A schema that does not exist fails the call it rode with."""
    connection.current_schema = "NOBODY"
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435"):
        connection.ping()


def test_describing_without_executing(connection, database, session):
    """Parsing a query describes its columns and runs nothing."""
    database.script["from t"] = query([NUMBER, TEXT], [(1, "x")])
    cursor = connection.cursor()
    cursor.parse("select n, t from t")
    assert [d.name for d in cursor.description] == ["N", "T"]


def test_plsql_binds_go_both_ways(connection, database, session):
    """IN, OUT and IN OUT binds of a block carry numbers, texts, dates, timestamps and booleans."""
    moment = datetime(2026, 5, 6, 7, 8, 9)
    out = [None, 12.5, "o" * 32767, moment, moment.replace(microsecond=5), "in and out", True]
    directions = [Direction.IN] + [Direction.OUT] * 4 + [Direction.IN_OUT, Direction.OUT]

    def block(session, types, rows):
        result = Result(StatementKind.PLSQL, directions=directions)
        result.out = {i: [out[i]] * len(rows) for i in range(1, 7)}
        return result

    database.script["begin"] = block
    cursor = connection.cursor()
    for number in (1, 2, 3):
        binds = [
            number,
            cursor.var(oracledb.DB_TYPE_NUMBER),
            cursor.var(oracledb.DB_TYPE_VARCHAR, 32767),
            cursor.var(oracledb.DB_TYPE_DATE),
            cursor.var(oracledb.DB_TYPE_TIMESTAMP),
            cursor.var(str, 100),
            cursor.var(oracledb.DB_TYPE_BOOLEAN),
        ]
        binds[5].setvalue(0, "given")
        cursor.execute("begin p(:1, :2, :3, :4, :5, :6, :7); end;", binds)
        assert [v.getvalue() for v in binds[1:]] == out[1:]
        assert session.executed[-1][2] == [[number, None, None, None, None, "given", None]]
    assert session.executed[-1][1][2] == BindType(OracleType.VARCHAR2, 4 * 32767)


def test_a_block_gives_null_and_too_much(connection, database):
    """An OUT value may be NULL; one larger than its variable is ORA-06502."""
    values = iter([[None], ["too long"]])
    database.script["begin"] = lambda *_: Result(
        StatementKind.PLSQL, directions=[Direction.OUT], out={0: next(values)}
    )
    cursor = connection.cursor()
    variable = cursor.var(str, 1)
    cursor.execute("begin :x := null; end;", x=variable)
    assert variable.getvalue() is None
    with pytest.raises(oracledb.DatabaseError, match="ORA-06502"):
        cursor.execute("begin :x := null; end;", x=variable)


def test_blocks_run_once_per_row_of_binds(connection, database, session):
    """A block in executemany gives OUT values per iteration."""

    def double(session, types, rows):
        session.in_transaction = True
        result = Result(StatementKind.PLSQL, directions=[Direction.IN, Direction.OUT])
        result.out = {1: [row[0] * 2 for row in rows]}
        return result

    database.script["begin"] = double
    cursor = connection.cursor()
    variable = cursor.var(int, arraysize=5)
    cursor.setinputsizes(None, variable)
    cursor.executemany("begin :2 := :1 * 2; end;", [(i, None) for i in range(5)])
    assert [variable.getvalue(i) for i in range(5)] == [0, 2, 4, 6, 8]


def test_index_by_tables_are_lists(connection, database, session):
    """A PL/SQL table bind crosses the seam as a list, both ways."""
    database.script["begin"] = lambda *_: Result(
        StatementKind.PLSQL,
        directions=[Direction.OUT, Direction.IN_OUT],
        out={0: [["one", None, "three"]], 1: [3]},
    )
    cursor = connection.cursor()
    lines = cursor.arrayvar(str, 10, 100)
    count = cursor.var(int)
    count.setvalue(0, 10)
    cursor.callproc("dbms_output.get_lines", [lines, count])
    assert lines.getvalue() == ["one", None, "three"]
    assert count.getvalue() == 3
    assert session.executed[-1][2] == [[[], 10]]


def test_dml_returns_values(connection, database, session):
    """RETURNING INTO gives a list per iteration, also when a statement changed no row."""

    def insert(session, types, rows):
        counts = [row[0] for row in rows]
        ids = [i for count in counts for i in range(count)]
        result = Result(StatementKind.DML, row_count=sum(counts), returned=counts)
        result.out = {1: ids, 2: [f"id {i}" for i in ids]}
        return result

    database.script["update"] = insert
    sql = "update t set a = 1 where b = :n returning id, name into :i, :s"
    cursor = connection.cursor()
    for given in (2, 0, 3):
        ids, names = cursor.var(int), cursor.var(str, 30)
        cursor.execute(sql, n=given, i=ids, s=names)
        assert ids.getvalue() == list(range(given))
        assert names.getvalue() == [f"id {i}" for i in range(given)]
    ids, names = cursor.var(int, arraysize=3), cursor.var(str, 30, arraysize=3)
    cursor.setinputsizes(None, ids, names)
    cursor.executemany(sql, [(1,), (0,), (2,)])
    assert ids.values == [[0], [], [0, 1]]
    assert cursor.rowcount == 3


def test_batch_errors_and_row_counts(connection, database):
    """With batcherrors, executemany goes on behind a failed row and tells of all of them."""

    def insert(session, types, rows):
        if rows[0][0] == 2:
            raise OracleError(1, "unique constraint (X) violated")
        return Result(StatementKind.DML, row_count=rows[0][0])

    database.script["insert"] = insert
    cursor = connection.cursor()
    cursor.executemany(
        "insert into t values (:1)",
        [(1,), (2,), (3,), (2,)],
        batcherrors=True,
        arraydmlrowcounts=True,
    )
    errors = cursor.getbatcherrors()
    assert [(e.offset, e.code) for e in errors] == [(1, 1), (3, 1)]
    assert "unique constraint (X) violated" in errors[0].message
    assert cursor.getarraydmlrowcounts() == [1, 0, 3, 0]


def test_what_is_not_supported_says_so(connection, database):
    """A bind of a type that is not there is refused as ORA-03001, and the connection goes on."""
    database.script["begin"] = count_rows
    cursor = connection.cursor()
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001: unimplemented feature \(sandbox"):
        cursor.execute("begin p(:c); end;", c=cursor.var(oracledb.DB_TYPE_JSON))
    connection.ping()
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.tpc_begin(connection.xid(1, "a", "b"))
    connection.ping()


def test_a_bug_behind_the_seam_is_an_internal_error(connection, database):
    """An exception that is no OracleError is ORA-00600, not a lost connection without a word."""
    database.script["from t"] = lambda *_: next(iter(()))
    with pytest.raises(oracledb.DatabaseError, match="ORA-00600"):
        connection.cursor().execute("select 1 from t")


def test_the_asynchronous_client_does_the_same(server, database, session):
    """Binds, many rows, OUT values, errors and commit work by asyncio, too."""
    rows = [(i, "r" * (i % 300)) for i in range(5000)]
    database.script["from t"] = query([NUMBER, TEXT], rows)
    database.script["insert"] = count_rows
    database.script["begin"] = lambda *_: Result(
        StatementKind.PLSQL, directions=[Direction.OUT], out={0: [99]}
    )

    async def work():
        dsn = f"{server.address}/FREEPDB1"
        connection = await oracledb.connect_async(user="demo", password=PASSWORD, dsn=dsn)
        async with connection:
            cursor = connection.cursor()
            cursor.arraysize = 333
            for _ in range(2):
                await cursor.execute("select n, t from t")
                assert len(await cursor.fetchall()) == 5000
            await cursor.executemany("insert into t values (:1)", [(i,) for i in range(2998)])
            assert cursor.rowcount == 2998
            variable = cursor.var(int)
            await cursor.execute("begin :x := 99; end;", x=variable)
            assert variable.getvalue() == 99
            with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
                await cursor.execute("select 1 from nowhere")
            await connection.commit()

    asyncio.run(work())
    assert "commit" in database.opened[-1].log
