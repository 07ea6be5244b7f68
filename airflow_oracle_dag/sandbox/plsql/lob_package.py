"""DBMS_LOB: LOBs are read and written piece by piece.

PL/SQL Packages and Types Reference, DBMS_LOB.
"""

# ruff: noqa: ARG001 - the functions of a table share one signature

from __future__ import annotations

from dataclasses import replace
from typing import Any

from airflow_oracle_dag.sandbox.engine_errors import unimplemented
from airflow_oracle_dag.sandbox.plsql import lobs
from airflow_oracle_dag.sandbox.plsql.errors import named, value_error
from airflow_oracle_dag.sandbox.plsql.frame import Frame
from airflow_oracle_dag.sandbox.plsql.lobs import About, Origin, readable, written
from airflow_oracle_dag.sandbox.plsql.member import Member
from airflow_oracle_dag.sandbox.plsql.types import INTEGER, NUMBER, TEXT, to_number
from airflow_oracle_dag.sandbox.session import OracleError, OracleType

_BUFFER = 32767
_LARGEST = 18446744073709551615
_UTF8 = (0, 871, 873)  # DEFAULT_CSID, UTF8, AL32UTF8
_MISSING = (
    "FILECLOSE", "FILECLOSEALL", "FILEEXISTS", "FILEGETNAME", "FILEISOPEN", "FILEOPEN",
    "GETCHUNKSIZE", "GET_STORAGE_LIMIT", "LOADBLOBFROMFILE", "LOADCLOBFROMFILE", "LOADFROMFILE",
)  # fmt: skip


def _invalid(place: int) -> OracleError:
    """Make DBMS_LOB.INVALID_ARGVAL."""
    return OracleError(21560, f"argument {place} is null, invalid, or out of range")


def _whole(value: Any, place: int, most: int = _LARGEST, least: int = 1) -> int:
    """Return an amount or an offset.

    :raises OracleError: ORA-06502 for NULL, ORA-21560 outside its bounds.
    """
    if value is None:
        raise value_error()
    number = int(to_number(value))
    if not least <= number <= most:
        raise _invalid(place)
    return number


def _asked(value: Any, most: int = _LARGEST) -> int | None:
    """Return an amount or an offset of a function, None where it makes the function NULL."""
    number = None if value is None else int(to_number(value))
    return number if number is not None and 1 <= number <= most else None


def _piece(lob: Any, content: Any, frame: Frame) -> Any:
    """Return what is written in the type of the LOB."""
    if isinstance(lob, bytes) and isinstance(content, str):
        content = frame.convert(content, OracleType.RAW)
    elif isinstance(lob, str) and not isinstance(content, str):
        content = frame.convert(content, OracleType.VARCHAR2)
    return content


def _put(lob: Any, start: int, piece: Any) -> Any:
    """Return the content with a piece at a place; what lies between is filled."""
    fill = b"\0" if isinstance(lob, bytes) else " "
    lead = lob[:start]
    return lead + fill * (start - len(lead)) + piece + lob[start + len(piece) :]


# -- reading ----------------------------------------------------------------------------------


def _length(frame: Frame, lob: Any) -> int | None:
    return None if lob is None else len(readable(lob))


def _substr(frame: Frame, lob: Any, amount: Any = _BUFFER, offset: Any = 1) -> Any:
    size, start = _asked(amount, _BUFFER), _asked(offset)
    if lob is None or size is None or start is None:
        return None
    return readable(lob)[start - 1 : start - 1 + size] or None


def _instr(frame: Frame, lob: Any, pattern: Any, offset: Any = 1, nth: Any = 1) -> int | None:
    start, times = _asked(offset), _asked(nth)
    if lob is None or pattern is None or start is None or times is None:
        return None
    wanted = _piece(readable(lob), pattern, frame)
    place = start - 2
    for _ in range(times):
        place = lob.find(wanted, place + 1)
        if place < 0:
            return 0
    return place + 1


def _compare(
    frame: Frame, one: Any, other: Any, amount: Any = _LARGEST, first: Any = 1, second: Any = 1
) -> int | None:
    size, left, right = _asked(amount), _asked(first), _asked(second)
    if one is None or other is None or size is None or left is None or right is None:
        return None
    a = readable(one)[left - 1 : left - 1 + size]
    b = readable(other)[right - 1 : right - 1 + size]
    return int(a > b) - int(a < b)


def _read(frame: Frame, lob: Any, amount: Any, offset: Any, buffer: Any = None) -> tuple[int, Any]:
    size, start = _whole(amount, 2, _BUFFER), _whole(offset, 3)
    piece = readable(lob)[start - 1 : start - 1 + size]
    if not piece:
        raise named(1403)
    return len(piece), piece


def _is_temporary(frame: Frame, lob: Any) -> int | None:
    return None if lob is None else int(lobs.about(lob).origin is Origin.TEMPORARY)


# -- writing ----------------------------------------------------------------------------------


def _append(frame: Frame, lob: Any, source: Any) -> tuple[Any]:
    piece = _piece(readable(lob), readable(source), frame)
    return (written(lob, lob[:] + piece),)


def _cut(lob: Any, amount: Any, buffer: Any, frame: Frame) -> Any:
    """Return what WRITE and WRITEAPPEND write of their buffer."""
    readable(lob)
    size = _whole(amount, 2, _BUFFER)
    if buffer is None:
        raise value_error()
    piece = _piece(lob, buffer, frame)
    if size > len(piece):
        raise _invalid(2)
    return piece[:size]


def _write(frame: Frame, lob: Any, amount: Any, offset: Any, buffer: Any) -> tuple[Any]:
    piece, start = _cut(lob, amount, buffer, frame), _whole(offset, 3)
    return (written(lob, _put(lob, start - 1, piece)),)


def _write_append(frame: Frame, lob: Any, amount: Any, buffer: Any) -> tuple[Any]:
    piece = _cut(lob, amount, buffer, frame)
    return (written(lob, lob[:] + piece),)


def _copy(
    frame: Frame, lob: Any, source: Any, amount: Any, at: Any = 1, begin: Any = 1
) -> tuple[Any]:
    size, start, first = _whole(amount, 3), _whole(at, 4), _whole(begin, 5)
    taken = readable(source)[first - 1 : first - 1 + size]
    if not taken:
        raise OracleError(22994, "source offset is beyond the end of the source LOB")
    return (written(lob, _put(readable(lob), start - 1, _piece(lob, taken, frame))),)


def _erase(frame: Frame, lob: Any, amount: Any, offset: Any = 1) -> tuple[Any, int]:
    size, start = _whole(amount, 2), _whole(offset, 3)
    erased = min(size, len(readable(lob)) - start + 1)
    if erased < 1:
        raise unimplemented("DBMS_LOB.ERASE beyond the end")
    fill = b"\0" if isinstance(lob, bytes) else " "
    return written(lob, _put(lob, start - 1, fill * erased)), erased


def _trim(frame: Frame, lob: Any, size: Any) -> tuple[Any]:
    length = _whole(size, 2, least=0)
    if length > len(readable(lob)):
        raise OracleError(22926, "specified trim length is greater than current LOB value's length")
    return (written(lob, lob[:length]),)


# -- temporary and open LOBs ------------------------------------------------------------------


def _create(frame: Frame, types: list[Any], lob: Any, *rest: Any) -> tuple[Any]:
    kind = types[0].kind if types[0] is not None else None
    if kind is None:
        raise unimplemented("DBMS_LOB.CREATETEMPORARY of a placeholder")
    return (lobs.temporary(b"" if kind is OracleType.BLOB else ""),)


def _free(frame: Frame, lob: Any) -> tuple[Any]:
    if lobs.about(readable(lob)).origin is not Origin.TEMPORARY:
        raise OracleError(22275, "invalid LOB locator specified")
    return (lobs.lob(lob[:0], About(Origin.FREED)),)


def _open(frame: Frame, lob: Any, mode: Any) -> tuple[Any]:
    known = lobs.about(readable(lob))
    if known.mode is not None:
        raise OracleError(22293, "LOB already opened in the same transaction")
    return (lobs.lob(lob, replace(known, mode=_whole(mode, 2, 1, 0))),)


def _close(frame: Frame, lob: Any) -> tuple[Any]:
    known = lobs.about(readable(lob))
    if known.mode is None:
        text = "cannot perform %s operation on an unopened file or LOB"
        raise OracleError(22289, text % "CLOSE")
    return (lobs.lob(lob, replace(known, mode=None)),)


def _is_open(frame: Frame, lob: Any) -> int:
    return int(lobs.about(readable(lob)).mode is not None)


# -- conversion -------------------------------------------------------------------------------


def _part(source: Any, amount: Any, offset: Any, charset: Any) -> Any:
    """Return the part of a LOB that is converted."""
    size, first = _whole(amount, 3), _whole(offset, 5)
    if charset is None or int(to_number(charset)) not in _UTF8:
        raise unimplemented("LOBs in another character set than AL32UTF8")
    taken = readable(source)[first - 1 : first - 1 + size]
    if not taken:
        raise OracleError(22994, "source offset is beyond the end of the source LOB")
    return taken


def _to_blob(
    frame: Frame, lob: Any, source: Any, amount: Any, at: Any, begin: Any, charset: Any, *rest: Any
) -> tuple[Any, ...]:
    taken, start = _part(source, amount, begin, charset), _whole(at, 4)
    piece = taken.encode()
    made = written(lob, _put(readable(lob), start - 1, piece))
    return made, start + len(piece), int(to_number(begin)) + len(taken), *_context(rest)


def _to_clob(
    frame: Frame, lob: Any, source: Any, amount: Any, at: Any, begin: Any, charset: Any, *rest: Any
) -> tuple[Any, ...]:
    taken, start = _part(source, amount, begin, charset), _whole(at, 4)
    try:
        piece = taken.decode()
    except UnicodeDecodeError as error:
        raise unimplemented("bytes that are no text in AL32UTF8") from error
    made = written(lob, _put(readable(lob), start - 1, piece))
    return made, start + len(piece), int(to_number(begin)) + len(taken), *_context(rest)


def _context(rest: tuple[Any, ...]) -> tuple[Any, int]:
    """Return the language context as it was, and that nothing was lost."""
    return rest[0] if rest else 0, 0


def _missing(name: str) -> Member:
    def run(_frame: Frame, *_values: Any) -> Any:
        raise unimplemented(f"DBMS_LOB.{name}")

    return Member(run, tuple(f"P{n}" for n in range(10)))


def _constant(value: int) -> Member:
    return Member(lambda frame: value, returns=NUMBER)  # noqa: ARG005 - as every member


def _writer(run: Any, *parameters: str, required: int, out: tuple[int, ...] = (0,)) -> Member:
    """Describe a procedure whose first parameter is the LOB that it writes."""
    return Member(run, parameters, out, required=required, lobs=(0,))


_CONVERSION = (
    "AMOUNT", "DEST_OFFSET", "SRC_OFFSET", "BLOB_CSID", "LANG_CONTEXT", "WARNING",
)  # fmt: skip
_CONVERTED = (0, 3, 4, 6, 7)
_LOB = ("LOB_LOC",)
_MEMBERS: dict[str, Member] = {
    "GETLENGTH": Member(_length, _LOB, returns=INTEGER, required=1),
    "SUBSTR": Member(_substr, (*_LOB, "AMOUNT", "OFFSET"), returns=TEXT, required=1),
    "INSTR": Member(_instr, (*_LOB, "PATTERN", "OFFSET", "NTH"), returns=INTEGER, required=2),
    "COMPARE": Member(
        _compare,
        ("LOB_1", "LOB_2", "AMOUNT", "OFFSET_1", "OFFSET_2"),
        returns=INTEGER,
        required=2,
    ),
    "READ": Member(_read, (*_LOB, "AMOUNT", "OFFSET", "BUFFER"), (1, 3), required=4),
    "ISTEMPORARY": Member(_is_temporary, _LOB, returns=INTEGER, required=1),
    "ISOPEN": Member(_is_open, _LOB, returns=INTEGER, required=1),
    "APPEND": _writer(_append, "DEST_LOB", "SRC_LOB", required=2),
    "WRITE": _writer(_write, *_LOB, "AMOUNT", "OFFSET", "BUFFER", required=4),
    "WRITEAPPEND": _writer(_write_append, *_LOB, "AMOUNT", "BUFFER", required=3),
    "COPY": _writer(
        _copy, "DEST_LOB", "SRC_LOB", "AMOUNT", "DEST_OFFSET", "SRC_OFFSET", required=3
    ),
    "ERASE": _writer(_erase, *_LOB, "AMOUNT", "OFFSET", required=2, out=(0, 1)),
    "TRIM": _writer(_trim, *_LOB, "NEWLEN", required=2),
    "CREATETEMPORARY": Member(
        _create, (*_LOB, "CACHE", "DUR"), (0,), required=2, typed=True, lobs=(0,)
    ),
    "FREETEMPORARY": _writer(_free, *_LOB, required=1),
    "OPEN": _writer(_open, *_LOB, "OPEN_MODE", required=2),
    "CLOSE": _writer(_close, *_LOB, required=1),
    "CONVERTTOBLOB": _writer(
        _to_blob, "DEST_LOB", "SRC_CLOB", *_CONVERSION, required=8, out=_CONVERTED
    ),
    "CONVERTTOCLOB": _writer(
        _to_clob, "DEST_LOB", "SRC_BLOB", *_CONVERSION, required=8, out=_CONVERTED
    ),
    "LOB_READONLY": _constant(0),
    "LOB_READWRITE": _constant(1),
    "CALL": _constant(12),
    "SESSION": _constant(10),
    "LOBMAXSIZE": _constant(_LARGEST),
    "DEFAULT_CSID": _constant(0),
    "DEFAULT_LANG_CTX": _constant(0),
    "NO_WARNING": _constant(0),
    "WARN_INCONVERTIBLE_CHAR": _constant(1),
    **{name: _missing(name) for name in _MISSING},
}
LOB_MEMBERS = {f"DBMS_LOB.{name}": member for name, member in _MEMBERS.items()}
