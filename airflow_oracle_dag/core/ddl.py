"""Read a DDL statement into what it does, as far as that can be looked up afterwards.

A DDL statement commits by itself, so no checkpoint can be one with it. What it makes, removes or
names can be looked up in the catalogue, though, before it starts and after its attempt has died.
Here a statement is read into such a question; `airflow_oracle_dag.core.ddl_decision` answers it.
What is not certainly one change of one thing is `Effect.UNDECIDED`, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Callable, Dict, List, Optional, Tuple

from airflow_oracle_dag.core.script import Piece
from airflow_oracle_dag.core.tokens import WORD, Unclosed, code_pattern, scan


class Effect(str, Enum):
    """What a statement does to the catalogue."""

    CREATE = "create"
    DROP = "drop"
    RENAME = "rename"
    ADD_COLUMN = "add a column"
    DROP_COLUMN = "drop a column"
    RENAME_COLUMN = "rename a column"
    ADD_CONSTRAINT = "add a constraint"
    DROP_CONSTRAINT = "drop a constraint"
    RENAME_CONSTRAINT = "rename a constraint"
    TRUNCATE = "truncate"
    REPEATABLE = "repeatable"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class DdlStatement:
    """One change of one thing, by the names under which Oracle stores it.

    :param object_type: as in ALL_OBJECTS, "" when the statement does not say it (RENAME).
    :param owner: None for the schema that is current when the statement runs.
    :param part: the column or constraint.
    :param new_name: of the object or the part, after a RENAME.
    :param because: why it may run again, or why nobody can say afterwards whether it was done.
    """

    effect: Effect
    object_type: str = ""
    owner: Optional[str] = None
    name: str = ""
    part: Optional[str] = None
    new_name: Optional[str] = None
    because: str = ""

    @property
    def is_compared(self) -> bool:
        """Tell whether what is there must be noted when it starts."""
        return self.effect not in (Effect.REPEATABLE, Effect.UNDECIDED)


def read_ddl(piece: Piece) -> DdlStatement:
    """Read the statement of a DDL step."""
    if piece.holes:
        because = f"a query decides a part of it (&{piece.holes[0]})"
        return DdlStatement(Effect.UNDECIDED, because=because)
    try:
        return _Reader(_words(piece.text)).read()
    except _Unclear as unclear:
        return DdlStatement(Effect.UNDECIDED, because=str(unclear))
    except Unclosed:
        return DdlStatement(Effect.UNDECIDED, because="it cannot be read")


def looked_at(statement: DdlStatement, owner: Optional[str]) -> Dict[str, Optional[str]]:
    """Return the names that the catalogue is asked for, by the binds of ``ddl_snapshot``.

    :param owner: None for the schema that is current.
    """
    in_table = statement.part is not None
    return {
        "ddl_owner": owner,
        "ddl_name": statement.name,
        "ddl_new_name": None if in_table else statement.new_name,
        "ddl_part": statement.part,
        "ddl_new_part": statement.new_name if in_table else None,
    }


def doubtful_because(piece: Piece) -> str:
    """Say why nobody can tell afterwards whether a DDL statement was done, "" when one can."""
    statement = read_ddl(piece)
    return statement.because if statement.effect is Effect.UNDECIDED else ""


class _Unclear(Exception):
    """Say why a statement cannot be decided, a clause for a reason."""


_TOKENS = code_pattern(WORD, r"[0-9]+", r"\S")
_MOST_TOKENS = 20000  # of a long body nothing more is looked at
_TYPES = frozenset(
    [
        *("TABLE", "INDEX", "VIEW", "SEQUENCE", "SYNONYM", "MATERIALIZED VIEW", "TRIGGER", "TYPE"),
        *("PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TYPE BODY"),
    ]
)
_TWO_WORDS = ("MATERIALIZED VIEW", "PACKAGE BODY", "TYPE BODY")
_CODE = frozenset(["TRIGGER", "TYPE", "PROCEDURE", "FUNCTION", "PACKAGE", "VIEW", "SYNONYM"])
# Where more than one thing is changed, or nobody sees when it is over.
_MORE_CLAUSES = frozenset(
    [
        *("ADD", "MODIFY", "DROP", "RENAME", "MOVE", "SPLIT", "MERGE", "EXCHANGE", "TRUNCATE"),
        *("COALESCE", "SHRINK", "ONLINE", "MOVEMENT", "UNUSED", "UPGRADE", "OVERFLOW"),
    ]
)
_MODIFIERS = (
    *(("EDITIONABLE",), ("NONEDITIONABLE",), ("EDITIONING",), ("FORCE",), ("NO", "FORCE")),
    *(("NOFORCE",), ("GLOBAL", "TEMPORARY"), ("UNIQUE",), ("BITMAP",), ("IMMUTABLE",)),
    ("BLOCKCHAIN",),
)
_UNNAMED = ("PRIMARY", "UNIQUE", "FOREIGN", "CHECK")
_NOT_A_COLUMN = ("PARTITION", "SUBPARTITION", "SUPPLEMENTAL", "OVERFLOW", "PERIOD", "COLUMN", "REF")
_INDEX_STATES = frozenset(
    [
        *("REBUILD", "UNUSABLE", "COMPILE", "LOGGING", "NOLOGGING", "PARALLEL", "NOPARALLEL"),
        *("VISIBLE", "INVISIBLE", "ENABLE", "DISABLE"),
    ]
)
_TABLE_STATES = frozenset(["LOGGING", "NOLOGGING", "PARALLEL", "NOPARALLEL"])
_SAME_AGAIN = "it has the same result however often it runs"
_VERBS: Dict[str, str] = {
    "COMMENT": _SAME_AGAIN,
    "GRANT": _SAME_AGAIN,
    "ANALYZE": _SAME_AGAIN,
}


def _words(text: str) -> List[str]:
    """Give the words of a statement: upper case, quoted names as they are."""
    words: List[str] = []
    for token in scan(text, _TOKENS, 0, len(text), names=True):
        words.append(token.text if token.text[0] == '"' else token.text.upper())
        if len(words) == _MOST_TOKENS:
            break
    return words


class _Reader:
    """Read the words of a statement from left to right."""

    def __init__(self, words: List[str]) -> None:
        self.words = words
        self.at = 0

    def read(self) -> DdlStatement:
        verb = self.next()
        fills_a_table = verb == "ANALYZE" and not {"LIST", "INTO"}.isdisjoint(self.words)
        if verb in _VERBS and not fills_a_table:
            return DdlStatement(Effect.REPEATABLE, because=f"{verb}: {_VERBS[verb]}")
        readers: Dict[str, Callable[[], DdlStatement]] = {
            "CREATE": self._create,
            "DROP": self._drop,
            "ALTER": self._alter,
            "TRUNCATE": self._truncate,
            "RENAME": self._rename,
        }
        if verb not in readers:
            raise _Unclear(f"what {verb} does is not looked up")
        return readers[verb]()

    def next(self) -> str:
        """Take a word, "" behind the last one."""
        word = self.peek()
        self.at += 1
        return word

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at] if at < len(self.words) else ""

    def take(self, *wanted: str) -> bool:
        """Take words if they come next."""
        found = tuple(self.words[self.at : self.at + len(wanted)]) == wanted
        if found:
            self.at += len(wanted)
        return found

    @property
    def rest(self) -> List[str]:
        return self.words[self.at :]

    def name(self) -> str:
        """Take a name as the catalogue has it."""
        word = self.next()
        if word[:1] == '"' and len(word) > 2:
            return word[1:-1]
        if not word[:1].isalpha() or not word.isascii():
            raise _Unclear(f"{word or 'its end'} stands where a name in ASCII was expected")
        return word

    def qualified(self) -> Tuple[Optional[str], str]:
        """Take a name that may have an owner."""
        owner, name = None, self.name()
        if self.take("."):
            owner, name = name, self.name()
        if self.peek() in (".", "@"):
            raise _Unclear("its name goes beyond this database")
        return owner, name

    def _object_type(self, verb: str) -> str:
        two = f"{self.peek()} {self.peek(1)}"
        if two in _TWO_WORDS:
            self.at += 2
            kind = two
        else:
            kind = self.next()
        if kind not in _TYPES or (kind == "MATERIALIZED VIEW" and self.peek() == "LOG"):
            raise _Unclear(f"{verb} {kind or '?'} is not looked up")
        return kind

    def _create(self) -> DdlStatement:
        if self.take("OR", "REPLACE"):
            return DdlStatement(Effect.REPEATABLE, because=f"CREATE OR REPLACE: {_SAME_AGAIN}")
        public = self.take("PUBLIC")
        while any(self.take(*words) for words in _MODIFIERS):
            continue
        kind = self._object_type("CREATE")
        if self.take("IF", "NOT", "EXISTS"):
            said = f"CREATE {kind} IF NOT EXISTS: {_SAME_AGAIN}"
            return DdlStatement(Effect.REPEATABLE, because=said)
        owner, name = self.qualified()
        if kind == "INDEX" and "ONLINE" in self.rest:
            raise _Unclear("what runs ONLINE is made in several transactions")
        if kind == "INDEX" and "INDEXTYPE" in self.rest:
            raise _Unclear("a domain index may be there and not be finished")
        return DdlStatement(Effect.CREATE, kind, "PUBLIC" if public else owner, name)

    def _drop(self) -> DdlStatement:
        public = self.take("PUBLIC")
        kind = self._object_type("DROP")
        self.take("IF", "EXISTS")
        owner, name = self.qualified()
        if "ONLINE" in self.rest:
            raise _Unclear("what runs ONLINE is dropped in several transactions")
        return DdlStatement(Effect.DROP, kind, "PUBLIC" if public else owner, name)

    def _rename(self) -> DdlStatement:
        name = self.name()
        return DdlStatement(Effect.RENAME, name=name, new_name=self._new_name())

    def _truncate(self) -> DdlStatement:
        if not self.take("TABLE"):
            raise _Unclear(f"TRUNCATE {self.peek()} is not looked up")
        owner, name = self.qualified()
        if "CASCADE" in self.rest:
            raise _Unclear("CASCADE empties other tables, too")
        return DdlStatement(Effect.TRUNCATE, "TABLE", owner, name)

    def _alter(self) -> DdlStatement:
        kind = self.next()
        if f"{kind} {self.peek()}" == "MATERIALIZED VIEW":
            kind = f"{kind} {self.next()}"
        self.take("IF", "EXISTS")
        if kind == "TABLE":
            return self._alter_table(*self.qualified())
        if kind == "INDEX":
            return self._alter_index(*self.qualified())
        if kind in _CODE or kind == "MATERIALIZED VIEW":
            self.qualified()
            while any(self.take(*words) for words in _MODIFIERS[:2]):
                continue
            clause = self.next()
            if clause == "COMPILE" or (kind == "TRIGGER" and clause in ("ENABLE", "DISABLE")):
                said = f"ALTER {kind} … {clause}: {_SAME_AGAIN}"
                return DdlStatement(Effect.REPEATABLE, because=said)
        raise _Unclear(f"what ALTER {kind} changes is not looked up")

    def _alter_index(self, owner: Optional[str], name: str) -> DdlStatement:
        if "ONLINE" in self.rest:
            raise _Unclear("what runs ONLINE is changed in several transactions")
        if self.take("RENAME"):
            return DdlStatement(Effect.RENAME, "INDEX", owner, name, None, self._new_name())
        clause = self.next()
        if clause in _INDEX_STATES and not _MORE_CLAUSES & set(self.rest):
            said = f"ALTER INDEX … {clause}: {_SAME_AGAIN}"
            return DdlStatement(Effect.REPEATABLE, because=said)
        raise _Unclear(f"what ALTER INDEX … {clause} changes is not looked up")

    def _alter_table(self, owner: Optional[str], name: str) -> DdlStatement:
        made: Tuple[Effect, str, Optional[str]]
        clause = self.next()
        if clause == "ADD":
            made = (*self._add(), None)
        elif clause == "DROP":
            made = (*self._drop_part(), None)
        elif clause == "RENAME":
            return self._rename_in_table(owner, name)
        elif clause in _TABLE_STATES or clause in ("ENABLE", "DISABLE"):
            return self._table_state(clause)
        else:
            raise _Unclear(f"what ALTER TABLE … {clause} changes is not looked up")
        effect, part, new_name = made
        return DdlStatement(effect, "TABLE", owner, name, part, new_name)

    def _table_state(self, clause: str) -> DdlStatement:
        if clause in _TABLE_STATES:
            is_one = len(self.rest) <= 1 and all(word.isdigit() for word in self.rest)
        else:
            self.take("VALIDATE") or self.take("NOVALIDATE")
            if self.take("CONSTRAINT"):
                self.name()
                self.take("CASCADE")
            else:
                self.take("ALL", "TRIGGERS")
            is_one = not self.rest
        if not is_one:
            raise _Unclear(f"what ALTER TABLE … {clause} changes is not looked up")
        return DdlStatement(Effect.REPEATABLE, because=f"ALTER TABLE … {clause}: {_SAME_AGAIN}")

    def _add(self) -> Tuple[Effect, str]:
        inner = self.take("(")
        if self.take("CONSTRAINT"):
            effect = Effect.ADD_CONSTRAINT
        elif self.peek() in _UNNAMED:
            raise _Unclear("a constraint without a name cannot be looked up")
        elif self.peek() in _NOT_A_COLUMN:
            raise _Unclear(f"what ALTER TABLE … ADD {self.peek()} changes is not looked up")
        else:
            effect = Effect.ADD_COLUMN
        part = self.name()
        depth = 1 if inner else 0
        for word in self.rest:
            depth += (word == "(") - (word == ")")
            if word in _MORE_CLAUSES or (word == "," and depth <= int(inner)):
                raise _Unclear("it changes more than one thing")
        return effect, part

    def _drop_part(self) -> Tuple[Effect, str]:
        if self.take("CONSTRAINT"):
            effect, part = Effect.DROP_CONSTRAINT, self.name()
            self.take("CASCADE")
            self.take("KEEP", "INDEX") or self.take("DROP", "INDEX")
        elif self.take("("):
            effect, part = Effect.DROP_COLUMN, self.name()
            if not self.take(")"):
                raise _Unclear("it changes more than one thing")
        elif self.take("COLUMN"):
            effect, part = Effect.DROP_COLUMN, self.name()
        else:
            raise _Unclear(f"what ALTER TABLE … DROP {self.peek()} changes is not looked up")
        while self.take("CASCADE", "CONSTRAINTS") or self.take("INVALIDATE"):
            continue
        if self.rest:
            raise _Unclear(f"with {self.peek()} it is not one change in one transaction")
        return effect, part

    def _rename_in_table(self, owner: Optional[str], name: str) -> DdlStatement:
        if self.take("COLUMN"):
            effect, part = Effect.RENAME_COLUMN, self.name()
        elif self.take("CONSTRAINT"):
            effect, part = Effect.RENAME_CONSTRAINT, self.name()
        elif self.peek() == "TO":
            return DdlStatement(Effect.RENAME, "TABLE", owner, name, None, self._new_name())
        else:
            raise _Unclear(f"what ALTER TABLE … RENAME {self.peek()} changes is not looked up")
        return DdlStatement(effect, "TABLE", owner, name, part, self._new_name())

    def _new_name(self) -> str:
        if not self.take("TO"):
            raise _Unclear("it has no new name")
        new_name = self.name()
        if self.rest:
            raise _Unclear("it changes more than one thing")
        return new_name
