"""DBMS_LOB in PL/SQL: temporary LOBs, LOBs in rows, pieces of both."""

# ruff: noqa: E501 - a case of a list reads best on one line

from tests.conformance.record import Case, Feature, Manual, missing, output, raises, rows

FEATURE = Feature(2, "DBMS_LOB in PL/SQL")

_T = (
    "create table t (id number primary key, c clob, b blob)",
    "insert into t values (1, 'first', hextoraw('0102'))",
    "commit",
)


def _package(subprogram: str) -> Manual:
    return Manual("PL/SQL Packages and Types Reference", f"DBMS_LOB: {subprogram}")


def _guide(section: str) -> Manual:
    return Manual("Database SecureFiles and Large Objects Developer's Guide", section)


def _temporary(statements: str, declared: str = "") -> str:
    return f"declare l clob; {declared} begin dbms_lob.createtemporary(l, true); {statements} end;"


_ERASES = """
declare l clob := 'abcdef'; n integer := 9;
begin dbms_lob.erase(l, n, 5); dbms_output.put_line('[' || l || ']' || n); end;
"""
_READS = """
declare l clob := 'abcdefg'; n integer := 3; at integer := 1; piece varchar2(3);
begin
  loop dbms_lob.read(l, n, at, piece); dbms_output.put_line(piece || n); at := at + n; end loop;
exception when no_data_found then dbms_output.put_line('end at ' || at);
end;
"""
_RETURNED = """
declare l clob;
begin
  insert into t values (2, empty_clob(), null) returning c into l;
  for i in 1 .. 3 loop dbms_lob.writeappend(l, 2, i || ';'); end loop;
end;
"""
_LOCKED = """
declare l clob; b blob;
begin
  select c, b into l, b from t where id = 1 for update;
  dbms_lob.append(l, ' and more'); dbms_lob.writeappend(b, 1, hextoraw('03')); dbms_lob.write(l, 1, 1, 'F');
end;
"""
_CURSOR = """
declare cursor k is select id, c from t for update;
begin
  for r in k loop dbms_lob.append(r.c, ' ' || r.id); update t set id = id + 10 where current of k; end loop;
end;
"""
_CONVERTS = """
declare
  l clob := 'grün'; b blob; back clob; d integer := 1; s integer := 1; x integer := 0; w integer;
begin
  dbms_lob.createtemporary(b, true); dbms_lob.createtemporary(back, true);
  dbms_lob.converttoblob(b, l, dbms_lob.lobmaxsize, d, s, dbms_lob.default_csid, x, w);
  dbms_output.put_line(d || ' ' || s || ' ' || w);
  d := 1; s := 1;
  dbms_lob.converttoclob(back, b, dbms_lob.lobmaxsize, d, s, dbms_lob.default_csid, x, w);
  dbms_output.put_line(back || ' ' || d || ' ' || s);
end;
"""
_OPEN = """
declare l clob := 'x';
begin
  dbms_output.put_line(dbms_lob.isopen(l)); dbms_lob.open(l, dbms_lob.lob_readwrite);
  dbms_lob.append(l, 'y'); dbms_output.put_line(dbms_lob.isopen(l)); dbms_lob.close(l);
  dbms_output.put_line(dbms_lob.isopen(l) || l);
end;
"""
_PROCEDURE = "create procedure add_line (log in out nocopy clob, line varchar2) is begin dbms_lob.writeappend(log, length(line) + 1, line || chr(10)); end;"
_SAY = "dbms_output.put_line('[' || l || ']');"
_TRIGGER = (
    "create trigger tr before update on t for each row begin dbms_lob.append(:new.c, 'x'); end;"
)
_NULL = "case when l is null then 'null' else 'not null' end"

CASES = (
    Case(
        "a temporary LOB is empty, and not NULL",
        _temporary(
            f"dbms_output.put_line(dbms_lob.getlength(l) || {_NULL} || dbms_lob.istemporary(l));"
        ),
        output("0not null1"),
        _package("CREATETEMPORARY Procedures"),
    ),
    Case(
        "WRITEAPPEND writes so much of its buffer",
        _temporary(
            "dbms_lob.writeappend(l, 5, 'hello'); dbms_lob.writeappend(l, 3, ' you and me'); "
            + _SAY
        ),
        output("[hello yo]"),
        _package("WRITEAPPEND Procedures"),
    ),
    Case(
        "WRITE overwrites",
        _temporary("l := 'abcdef'; dbms_lob.write(l, 2, 3, 'XYZ'); " + _SAY),
        output("[abXYef]"),
        _package("WRITE Procedures"),
    ),
    Case(
        "WRITE behind the end fills with blanks",
        _temporary("dbms_lob.write(l, 1, 4, 'x'); " + _SAY),
        output("[   x]"),
        _package("WRITE Procedures"),
    ),
    Case(
        "WRITE behind the end of a BLOB fills with zeros",
        "declare b blob := hextoraw('01'); begin dbms_lob.write(b, 1, 4, hextoraw('FF')); dbms_output.put_line(rawtohex(b)); end;",
        output("010000FF"),
        _package("WRITE Procedures"),
    ),
    Case(
        "an amount of 0 is none",
        _temporary("dbms_lob.writeappend(l, 0, 'x');"),
        raises(21560),
        _package("WRITEAPPEND Procedures"),
    ),
    Case(
        "APPEND adds another LOB",
        _temporary("dbms_lob.append(l, to_clob('one,')); dbms_lob.append(l, 'two'); " + _SAY),
        output("[one,two]"),
        _package("APPEND Procedures"),
    ),
    Case(
        "COPY overwrites with a part of another",
        _temporary("l := 'abcdef'; dbms_lob.copy(l, to_clob('12345'), 2, 3, 4); " + _SAY),
        output("[ab45ef]"),
        _package("COPY Procedures"),
    ),
    Case(
        "COPY takes no more than there is",
        _temporary("l := 'ab'; dbms_lob.copy(l, to_clob('123'), dbms_lob.lobmaxsize, 2); " + _SAY),
        output("[a123]"),
        _package("COPY Procedures"),
    ),
    Case(
        "ERASE leaves blanks and the length, and says how many",
        _ERASES,
        output("[abcd  ]2"),
        _package("ERASE Procedures"),
    ),
    Case(
        "TRIM shortens",
        _temporary(
            "l := 'abcdef'; dbms_lob.trim(l, 2); "
            + _SAY
            + " dbms_lob.trim(l, 0); dbms_output.put_line(dbms_lob.getlength(l));"
        ),
        output("[ab]", "0"),
        _package("TRIM Procedures"),
    ),
    Case(
        "READ reads pieces up to NO_DATA_FOUND",
        _READS,
        output("abc3", "def3", "g1", "end at 8"),
        _package("READ Procedures"),
    ),
    Case(
        "SUBSTR beyond its limits is NULL",
        "declare l clob := 'abc'; begin dbms_output.put_line('[' || dbms_lob.substr(l, 0) || dbms_lob.substr(l, 1, 0) || dbms_lob.substr(l, 2, 2) || ']'); end;",
        output("[bc]"),
        _package("SUBSTR Functions"),
    ),
    Case(
        "INSTR finds bytes",
        "declare b blob := hextoraw('0A0B0C0B'); begin dbms_output.put_line(dbms_lob.instr(b, hextoraw('0B'), 1, 2) || dbms_lob.instr(b, hextoraw('FF'))); end;",
        output("40"),
        _package("INSTR Functions"),
    ),
    Case(
        "COMPARE compares parts",
        "declare a clob := 'xxabc'; b clob := 'abd'; begin dbms_output.put_line(dbms_lob.compare(a, b, 2, 3, 1)); if dbms_lob.compare(a, b, 3, 3, 1) <> 0 then dbms_output.put_line('other'); end if; end;",
        output("0", "other"),
        _package("COMPARE Functions"),
    ),
    Case(
        "text becomes bytes and text again",
        _CONVERTS,
        output("6 5 0", "grün 5 6"),
        _package("CONVERTTOBLOB Procedure"),
    ),
    Case(
        "a LOB that is NULL cannot be written",
        "declare l clob; begin dbms_lob.writeappend(l, 1, 'x'); exception when value_error then dbms_output.put_line('value error'); end;",
        output("value error"),
        _package("WRITEAPPEND Procedures"),
    ),
    Case(
        "what was freed is no locator",
        _temporary("dbms_lob.freetemporary(l); dbms_output.put_line(dbms_lob.getlength(l));"),
        raises(22275),
        _package("FREETEMPORARY Procedures"),
    ),
    Case(
        "a temporary LOB is copied when it is assigned",
        _temporary(
            "l := 'a'; m := l; dbms_lob.append(l, 'b'); dbms_output.put_line(l || m);", "m clob;"
        ),
        output("aba"),
        _guide("PL/SQL Semantics for LOBs"),
    ),
    Case(
        "a procedure writes the LOB of its caller",
        _temporary(
            "add_line(l, 'one'); add_line(l, 'two'); dbms_output.put_line(replace(l, chr(10), '|'));"
        ),
        output("one|two|"),
        _package("Operational Notes"),
        setup=(_PROCEDURE,),
    ),
    Case("OPEN, ISOPEN and CLOSE", _OPEN, output("0", "1", "0xy"), _package("OPEN Procedures")),
    Case(
        "a LOB open for reading is not written",
        _temporary("dbms_lob.open(l, dbms_lob.lob_readonly); dbms_lob.writeappend(l, 1, 'x');"),
        raises(22294),
        Manual("Database Error Messages", "ORA-22294"),
    ),
    Case(
        "one that is open is not opened",
        _temporary("dbms_lob.open(l, 1); dbms_lob.open(l, 1);"),
        raises(22293),
        Manual("Database Error Messages", "ORA-22293"),
    ),
    Case(
        "a VARCHAR2 is no LOB to write to",
        "declare v varchar2(9) := 'a'; begin dbms_lob.writeappend(v, 1, 'x'); end;",
        raises(6550, "PLS-00306"),
        _package("WRITEAPPEND Procedures"),
    ),
    Case(
        "what RETURNING gives is written in its row",
        _RETURNED,
        rows(("1;2;3;",)),
        _guide("LOB Locator and LOB Value"),
        setup=_T,
        then="select c from t where id = 2",
    ),
    Case(
        "what FOR UPDATE gives is written in its row",
        _LOCKED,
        rows(("First and more", b"\1\2\3")),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
        then="select c, b from t",
    ),
    Case(
        "a cursor's rows are written",
        _CURSOR,
        rows((11, "first 1")),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
        then="select id, c from t",
    ),
    Case(
        "a %ROWTYPE's LOB is written",
        "declare r t%rowtype; begin select * into r from t where id = 1 for update; dbms_lob.trim(r.c, 2); end;",
        rows(("fi",)),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
        then="select c from t",
    ),
    Case(
        "behind the transaction the lock is gone",
        "declare l clob; begin select c into l from t where id = 1 for update; commit; dbms_lob.append(l, 'x'); end;",
        raises(22920),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
    ),
    Case(
        "without the lock nothing is written",
        "declare l clob; begin select c into l from t where id = 1; dbms_lob.append(l, 'x'); end;",
        raises(22920),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
        sandbox=missing("not fetched FOR UPDATE"),
    ),
    Case(
        "a rollback undoes it",
        "declare l clob; begin select c into l from t where id = 1 for update; dbms_lob.append(l, 'x'); rollback; end;",
        rows(("first",)),
        _guide("Locking a Row Containing a LOB"),
        setup=_T,
        then="select c from t",
    ),
    Case(
        "a new value is none of the row's",
        "declare l clob; begin select c into l from t where id = 1 for update; l := l || ' own'; dbms_lob.append(l, '!'); dbms_output.put_line(l); end;",
        output("first own!"),
        _guide("PL/SQL Semantics for LOBs"),
        setup=_T,
    ),
    Case(
        "EMPTY_CLOB() is not NULL",
        f"declare l clob := empty_clob(); begin dbms_output.put_line({_NULL} || dbms_lob.getlength(l)); end;",
        output("not null0"),
        Manual("SQL Language Reference", "EMPTY_BLOB, EMPTY_CLOB"),
    ),
    Case(
        "a LOB of :NEW is not written",
        "update t set c = 'y'",
        raises(22275),
        Manual("Database Error Messages", "ORA-22275"),
        setup=(*_T, _TRIGGER),
    ),
)
