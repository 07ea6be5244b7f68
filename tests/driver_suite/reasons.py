"""Why tests of the driver's suite fail here: what the sandbox lacks, or does differently.

What says ORA-03001 gives its own reason. Any other is a name and a pattern of the failure's
message; the first that fits counts. A failure that fits none is to be looked into: it is a defect,
or a difference that nobody has named yet.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REASONS: tuple[tuple[str, str], ...] = (
    ("VECTOR is missing", r"VECTOR"),
    ("JSON columns, IS JSON and OSON are missing", r"JSON|OSON"),
    ("XMLTYPE is missing", r"XMLTYPE|XMLELEMENT|TESTTEMPXML|TESTXML"),
    ("BFILE is missing", r"BFILE"),
    (
        "object types and columns of them are missing",
        (
            r"TESTALLTYPES|TESTOBJECTS|TESTBUILDINGS|NESTEDCOLLECTION|UDT_|PKG_TESTBINDOBJECT"
            r"|PKG_NESTEDTABLE|PKG_TESTRECORDS|PKG_TESTNESTEDRECORDS"
        ),
    ),
    ("editions are missing", r"EDITION"),
    ("domains and annotations are missing", r"DOMAIN"),
    ("application contexts of the log-in are ignored", r"assert None == 'VALUE1'"),
    ("a LOB column that was LONG is a LOB", r"oracledb\.l|lob\.\w*LOB|'LOB' has no len"),
    ("an empty LOB that is bound is NULL", r"ORA-01400.*(?:CLOBCOL|BLOBCOL)"),
    ("NCLOB is CLOB", r"DB_TYPE_NCLOB"),
    ("no DBMS_DEBUG_JDWP", r"DBMS_DEBUG_JDWP"),
    ("UTL_RAW and DBMS_LOB are not called from SQL", r"CAST_TO_|GETLENGTH"),
    ("CAST to TIMESTAMP WITH LOCAL TIME ZONE is missing", r"TIMESTAMPLTZ"),
    ("TIMESTAMP WITH TIME ZONE keeps the moment, not the offset", r"datetime\(2022, 6, "),
    ("a ROWID is PostgreSQL's and not taken as a value", r"tid = text|not a ROWID"),
    ("cursor.lastrowid is None", r"assert '\w{18}' == None"),
    ("BOOLEAN is not made of numbers and text", r"BOOLEANCOL"),
    ("V$SESSION has no TERMINAL", r"\"TERMINAL\""),
    ("names that Oracle reserves are taken for binds", r"ORA-01745|DPY-4002"),
    ("an array DML that fails tells no row counts", r"DPY-4006"),
    ("the client is not told the current schema", r"current_schema"),
    ("errors of a batch are found row by row, not column by column", r"ORA-01438"),
    ("PL/SQL calls are checked when they run", r"ORA-06550"),
    ("the offset of an error in an array DML is no row", r"_Error object at \w+>\.offset"),
    (
        "numbers of a pipeline are fetched as the cached statement did",
        r"isinstance\(\d+, <class 'decimal",
    ),
    ("descriptions differ in sizes and digits", r"assert \[\('(?:INTCOL|STRINGVALU)"),
    ("INTERVAL YEAR TO MONTH in PL/SQL", r"ORA-06502: PL/SQL: numeric or value error\n"),
    ("BOOLEAN is not made of numbers and text", r"must be type boolean"),
    ("what is not parsed has another number than ORA-03001", r"ORA-009(?:07|36)|'ORA-03001' =="),
    ("a ROWID is PostgreSQL's and not taken as a value", r'"ORA-00932" was not raised'),
    ("RAW that has become a BLOB is a LONG RAW", r"DB_TYPE_LONG_RAW"),
    ("OUT binds that are also read want a value", r"ORA-01008"),
    ("RETURNING gives no cursors", r"ORA-01001"),
    ("an internal error, to be mended", r"ORA-00600"),
    ("passwords that the suite changes stay as they are", r"ORA-01017"),
)
_MISSING = re.compile(r"unimplemented feature \(sandbox\): ([^\n]{1,60})")
_COMPILED = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in REASONS)


class Outcome(NamedTuple):
    """Hold how one test ended."""

    test: str
    kind: str  # passed, failed or skipped
    message: str = ""


def outcomes(report: Path) -> Iterator[Outcome]:
    """Read a JUnit report; an error of a fixture is a failure of its test."""
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - the same
        name = f"{case.get('classname')}.{case.get('name')}"
        kind, message = "passed", ""
        for child in case:
            if child.tag in ("failure", "error"):
                kind, message = "failed", f"{child.get('message') or ''}\n{child.text or ''}"
            elif child.tag == "skipped":
                kind = "skipped"
        yield Outcome(name, kind, message)


def reason_of(message: str) -> str | None:
    """Return the name of the reason, None when nobody has named it."""
    if missing := _MISSING.search(message):
        return f"ORA-03001: {missing.group(1).strip()}"
    return next((name for name, pattern in _COMPILED if pattern.search(message)), None)
