"""The words for a split script: what `parse_script` returns and the plan is built from.

A script is a sequence of pieces that covers the file in order. A piece is what SQL*Plus would
treat as one command: a statement with its terminator, a block with its ``/``, one directive line,
a comment. Nothing here reads a file or a clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Tuple

from airflow_oracle_dag.core.queried import Setter
from airflow_oracle_dag.core.variables import Variable

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$#]*", re.ASCII)
_VALUE = re.compile(r"[^\x00\r\n\ud800-\udfff]{0,32767}")
#: The directives after which nothing runs; the rest of a script is skipped.
EXITS = ("EXIT", "QUIT")


class PieceKind(str, Enum):
    """What SQL*Plus would take a piece for."""

    SQL = "sql"
    PLSQL = "plsql"
    DIRECTIVE = "directive"
    RERUN = "rerun"
    COMMENT = "comment"


class StatementClass(str, Enum):
    """What a statement does, as far as its first keywords tell."""

    SELECT = "SELECT"
    DML = "DML"  # INSERT UPDATE DELETE MERGE, EXPLAIN PLAN, CALL is PLSQL
    DDL = "DDL"  # commits before and after: SQL Language Reference, Types of SQL Statements
    PRIVATE_TEMP = "PRIVATE_TEMP"  # CREATE / DROP PRIVATE TEMPORARY TABLE: usually no commit
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"  # the whole transaction
    ROLLBACK_TO = "ROLLBACK_TO"
    SAVEPOINT = "SAVEPOINT"
    SET_TRANSACTION = "SET_TRANSACTION"
    SET_CONSTRAINTS = "SET_CONSTRAINTS"
    LOCK_TABLE = "LOCK_TABLE"
    SET_ROLE = "SET_ROLE"
    ALTER_SESSION = "ALTER_SESSION"
    ALTER_SYSTEM = "ALTER_SYSTEM"
    PLSQL = "PLSQL"  # anonymous block or CALL
    DIRECTIVE = "DIRECTIVE"
    NONE = "NONE"  # comments, and a statement that waits for the / that runs it


@dataclass(frozen=True)
class Annotation:
    """One ``-- @word arguments`` line.

    :param name: ``step``, ``always``, ``probe``, ``check``, ``on_error`` or ``expect``.
    :param value: the positional rest: a step's name, a probe's SELECT, a check's name, the codes
        of errors with blanks between them, an `Expectation` as text.
    :param options: ``key=value`` pairs and bare flags (value ``""``), validated.
    :param file: that it stands in, "" for the script's own.
    """

    name: str
    value: str
    options: Mapping[str, str]
    line: int
    file: str = ""


@dataclass(frozen=True)
class Piece:
    r"""One command of the file.

    :param start: byte offset of its first byte in the original bytes; ``end`` is exclusive and
        includes the terminator.
    :param first_line: 1-based; ``last_line`` is inclusive.
    :param terminator: ``";"``, ``"/"``, ``""`` (a directive's end of line, a missing ``/``).
    :param text: what is to be sent: without the terminator and trailing blanks for SQL, with the
        final ``;`` for PL/SQL; LF line ends.
    :param binds: distinct bind names in order of appearance, lower case, without colon.
    :param object_type: of DDL, such as ``TABLE`` or ``PACKAGE BODY``; "" otherwise.
    :param object_name: of DDL as written, such as ``stg.orders``; "" when it has none.
    :param verb: first keyword(s) upper case, such as ``CREATE``, ``INSERT``, ``SET``.
    :param annotations: the annotation lines that stand before this piece, in order.
    :param repeats: of a RERUN, the index of the piece that it runs again, or for the first time
        where that was entered and ended by ``.``.
    :param file: that it stands in, where its offsets and lines count; "" for the script's own.
    :param written: the text as its author wrote it, where values were put into it; else "".
    :param substitutions: the values that were put into it, ``&name`` and value, in order.
    :param goes_on: under WHENEVER SQLERROR CONTINUE: its error does not stop the script.
    :param autocommits: under SET AUTOCOMMIT ON: its transaction ends with it.
    :param variables: those that the script declared itself, among its binds; of VARIABLE the one
        that it declares, of PRINT those that it shows.
    :param holes: the substitution variables whose values only the run knows: see `filling`.
    :param setters: what a query does to substitution variables by COLUMN … NEW_VALUE.
    """

    kind: PieceKind
    start: int
    end: int
    first_line: int
    last_line: int
    terminator: str
    text: str
    statement: StatementClass
    verb: str = ""
    object_type: str = ""
    object_name: str = ""
    binds: Tuple[str, ...] = ()
    annotations: Tuple[Annotation, ...] = ()
    repeats: Optional[int] = None
    file: str = ""
    written: str = ""
    substitutions: Tuple[Tuple[str, str], ...] = field(default=(), repr=False)
    goes_on: bool = False
    autocommits: bool = False
    variables: Tuple[Variable, ...] = ()
    holes: Tuple[str, ...] = ()
    setters: Tuple[Setter, ...] = ()

    @property
    def first_text(self) -> str:
        """Return its first line as it was written, for errors: never with a substituted value."""
        return (self.written or self.text).split("\n", 1)[0]


class IncludeRequest(NamedTuple):
    """A file that a script asks for with ``@``, ``@@`` or START.

    :param file: as it is written there; ``.sql`` is added to a name without a suffix.
    :param including: name of the file that asks.
    :param beside: asked by ``@@``: it is in the folder of the file that asks.
    """

    file: str
    including: str
    beside: bool


class IncludeRefused(Exception):
    """Say why a file that a script asks for may not be read, one clause."""


class Included(NamedTuple):
    """A file that was found.

    :param name: by which errors call it, and a cycle is noticed.
    """

    name: str
    source: bytes


@dataclass(frozen=True)
class ParseSettings:
    """Say how to read what a file does not say itself.

    :param fallback_encoding: of bytes that have no byte order mark and are not UTF-8; any
        encoding that agrees with ASCII, such as ``cp1252`` or ``gbk``.
    :param rerun: ``refuse`` a ``/`` or RUN that runs DML, PL/SQL or the like once more, or
        ``allow`` it. A query or DDL runs once more anyway.
    :param reading: which one counts where two readers would cut a script differently: ``sqlplus``,
        which knows no quotes and comments inside a statement, or ``lexical``, which does; None:
        such a script is refused. What SQL*Plus would not run is refused under its reading, too.
    :param spool: ``ignore`` SPOOL with a notice, or ``refuse`` a script that has one.
    :param defines: values of substitution variables by name; the script's own DEFINE overrides
        them, and they answer its ACCEPT. No error shows a value.
    :param arguments: the values of ``&1``, ``&2`` …
    :param include: reads the files that the script asks for, None when one is not there, or raises
        IncludeRefused; without it such a script is refused.
    """

    fallback_encoding: str = "latin-1"
    spool: str = "ignore"
    rerun: str = "refuse"
    reading: Optional[str] = None
    defines: Mapping[str, str] = field(default_factory=dict, repr=False)
    arguments: Tuple[str, ...] = field(default=(), repr=False)
    include: Optional[Callable[[IncludeRequest], Optional[Included]]] = None

    def __post_init__(self) -> None:
        """Refuse an encoding in which SQL's own characters are other bytes than in ASCII."""
        if self.spool not in ("ignore", "refuse"):
            raise ValueError(f"spool is 'ignore' or 'refuse', not {self.spool!r}")
        if self.reading not in (None, "sqlplus", "lexical"):
            raise ValueError(f"reading is None, 'sqlplus' or 'lexical', not {self.reading!r}")
        if self.rerun not in ("refuse", "allow"):
            raise ValueError(f"rerun is 'refuse' or 'allow', not {self.rerun!r}")
        given: Iterable[Tuple[Any, Any]] = (*self.defines.items(), *enumerate(self.arguments, 1))
        for name, value in given:
            if isinstance(name, str) and _VARIABLE.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name of a substitution variable")
            if not isinstance(value, str) or _VALUE.fullmatch(value) is None:
                raise ValueError(
                    f"the value of &{name} is not one line of at most 32767 characters of text"
                )
        ascii_bytes = bytes(range(0x20, 0x7F)) + b"\t\r\n"
        try:
            agrees = ascii_bytes.decode(self.fallback_encoding) == ascii_bytes.decode("ascii")
        except (LookupError, UnicodeError):
            agrees = False
        if not agrees:
            raise ValueError(
                f"fallback_encoding {self.fallback_encoding!r} is unknown or does not extend ASCII"
            )


@dataclass(frozen=True)
class Origin:
    """What a script was read with; see `airflow_oracle_dag.core.origin`.

    :param settings: without what reads files.
    :param included: the files that it asked for, and what it was given.
    """

    settings: ParseSettings
    included: Tuple[Tuple[IncludeRequest, Included], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Notice:
    """Something that was ignored and that the reader of the log should know."""

    line: int
    text: str
    file: str = ""


@dataclass(frozen=True)
class Script:
    """A script, split.

    :param trailing: annotations after the last piece.
    :param parts: the scripts that it was joined from, see `airflow_oracle_dag.core.joined`; all of
        its pieces then name their file. (): it is a single one.
    :param origin: what it was read with; None: it was joined.
    """

    name: str
    source: bytes = field(repr=False)
    encoding: str
    pieces: Tuple[Piece, ...]
    notices: Tuple[Notice, ...] = ()
    trailing: Tuple[Annotation, ...] = ()
    parts: Tuple[Script, ...] = ()
    origin: Optional[Origin] = field(default=None, repr=False, compare=False)

    @property
    def exit_at(self) -> int:
        """Return the index of the EXIT that ends the script; without one, that of its end."""
        for index, piece in enumerate(self.pieces):
            if piece.kind is PieceKind.DIRECTIVE and piece.verb in EXITS:
                return index
        return len(self.pieces)
