"""Read a PL/SQL block far enough to know all that it runs besides SQL.

One pass over the tokens with the scopes of PL/SQL: a name must be declared before it is used, so a
name that is not in a scope is stored code or Oracle's. Declarations are read by
`plsql_declarations`, names and expressions by `plsql_names`. What is found is noted in `Traits`;
whatever is not understood raises `OpaqueCode`.
"""

from __future__ import annotations

from airflow_oracle_dag.core.plsql_declarations import Declarations
from airflow_oracle_dag.core.plsql_names import SQL_VERBS
from airflow_oracle_dag.core.plsql_traits import Traits

_DEEPEST = 60
# Keywords that a stored procedure or a variable may be called, too, and what stands behind it then.
_NOT_RESERVED = frozenset(
    ("OPEN", "FETCH", "CLOSE", "PIPE", "MERGE", "LOCK", "SAVEPOINT", "DELETE", "PRAGMA")
)
_BEHIND_NAME = frozenset(("(", ".", ";", ":=", "%"))
_LOOP = frozenset(("LOOP",))
_THEN = frozenset(("THEN",))
_END = frozenset((";",))
_SECTION_ENDS = frozenset(("END", "EXCEPTION", "ELSE", "ELSIF", "WHEN"))


def read_block(text: str) -> Traits:
    """Read an anonymous block.

    :raises OpaqueCode: it has what is not understood.
    """
    reader = Statements(text)
    reader.labels()
    reader.block()
    reader.expect_end()
    return reader.traits


def read_call(text: str) -> Traits:
    """Read a CALL statement.

    :raises OpaqueCode: it has what is not understood.
    """
    reader = Statements(text)
    reader.take("CALL")
    reader.expression(frozenset())
    return reader.traits


class Statements(Declarations):
    """Read statements; see the base classes for the rest."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._savepoints: set[str] = set()

    def block(self) -> None:
        """Read ``[DECLARE ...] BEGIN ... [EXCEPTION ...] END [label]``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.unread("is nested too deeply to be read")
        self.enter()
        if self.accept("DECLARE"):
            self.declarations()
        self.body()
        self.leave()
        self._depth -= 1

    def body(self) -> None:
        """Read from BEGIN to the label behind END."""
        self.take("BEGIN")
        self._statements()
        if self.accept("EXCEPTION"):
            while self.accept("WHEN"):
                self.expression(_THEN)
                self.take("THEN")
                self._statements()
        self.take("END")
        if self.now() != ";":
            self.skip()

    def subprogram_body(self) -> None:
        """Read the inside of a local procedure or function."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.unread("is nested too deeply to be read")
        self.declarations()
        self.body()
        self._depth -= 1

    def labels(self) -> None:
        """Read ``<<label>>``; it qualifies names in the statement that follows."""
        while self.accept("<<"):
            self._labels.append(self.skip().strip('"'))
            self.take(">>")

    def expect_end(self) -> None:
        """Read the last ``;`` and make sure that nothing stands behind it."""
        self.accept(";")
        if self.now():
            raise self.unread(f"could not be read at {self.now()}")

    def _statements(self) -> None:
        while True:
            known = len(self._labels)
            self.labels()
            if self.now() in _SECTION_ENDS or not self.now():
                return
            self._statement()
            del self._labels[known:]

    def _statement(self) -> None:
        word = self.now()
        is_query = word == "DELETE" and self.now(2) == "SELECT"
        if word in _NOT_RESERVED and self.now(1) in _BEHIND_NAME and not is_query:
            self.call(f"calls {word}, which is not its own")
            self.skip()
            self.expression(_END)
        elif word in SQL_VERBS:
            self.skip_sql()
        elif word in _READERS:
            getattr(self, _READERS[word])()
        else:
            self._assignment_or_call()
        self.take(";")

    def _assignment_or_call(self) -> None:
        name = self.now()
        bare = self.is_name() and self.now(1) != "."
        if bare and name != "RAISE_APPLICATION_ERROR" and not self.is_local(name):
            self.call(f"calls {name}, which is not its own")
            if self.now(1) in (";", "("):
                self.skip()
        self.expression(_END)

    def _nested(self) -> None:
        self.block()

    def _if(self) -> None:
        self._deeper()
        self.skip()
        while True:
            self.expression(_THEN)
            self.take("THEN")
            self._statements()
            if not self.accept("ELSIF"):
                break
        if self.accept("ELSE"):
            self._statements()
        self.take("END")
        self.take("IF")
        self._depth -= 1

    def _case(self) -> None:
        self._deeper()
        self.skip()
        if self.now() != "WHEN":
            self.expression(frozenset(("WHEN",)))
        while self.accept("WHEN"):
            self.expression(_THEN)
            self.take("THEN")
            self._statements()
        if self.accept("ELSE"):
            self._statements()
        self.take("END")
        self.take("CASE")
        self._label()
        self._depth -= 1

    def _loop(self) -> None:
        self._deeper()
        self.take("LOOP")
        self._statements()
        self.take("END")
        self.take("LOOP")
        self._label()
        self._depth -= 1

    def _while(self) -> None:
        self.skip()
        self.expression(_LOOP)
        self._loop()

    def _for(self) -> None:
        self.skip()
        name = self.skip()
        if self.now() != "IN":
            raise self.unread(f"could not be read at FOR {name}")
        self.skip()
        self.expression(_LOOP)
        self.enter()
        self.declare(name)
        self._loop()
        self.leave()

    def _forall(self) -> None:
        self.skip()
        self.skip()
        self.take("IN")
        self.expression(SQL_VERBS | {"EXECUTE"})
        if self.now() == "EXECUTE":
            self._dynamic()
        self.skip_sql()

    def _exit(self) -> None:
        self.skip()
        if self.now() not in ("WHEN", ";"):
            self.skip()
        if self.accept("WHEN"):
            self.expression(_END)

    def _jump(self) -> None:
        self.skip()
        self.skip()

    def _value(self) -> None:
        self.skip()
        self.expression(_END)

    def _open(self) -> None:
        self.skip()
        self.expression(_END | {"FOR"})
        if self.accept("FOR"):
            if self.now() == "(" or self.now() not in ("SELECT", "WITH"):
                self.remark("opens a cursor for dynamic SQL")
            self.skip_sql()

    def _pipe(self) -> None:
        self.skip()
        self.take("ROW")
        self.expression(_END)

    def _pragma(self) -> None:
        self.pragma()

    def _dynamic(self) -> None:
        self.remark("runs dynamic SQL (EXECUTE IMMEDIATE)")
        self.skip_sql()

    def _commit(self) -> None:
        self.remark("has COMMIT")
        self.skip_sql()

    def _savepoint(self) -> None:
        self.skip()
        self._savepoints.add(self.skip())

    def _rollback(self) -> None:
        self.skip()
        self.accept("WORK")
        if self.accept("TO"):
            self.accept("SAVEPOINT")
            if self.skip() in self._savepoints:
                return
            self.remark("has ROLLBACK to a savepoint that it did not set itself")
        else:
            self.remark("has ROLLBACK")
        self.skip_sql()

    def _set(self) -> None:
        self.remark("has SET TRANSACTION")
        self.skip_sql()

    def _label(self) -> None:
        if self.now() != ";":
            self.skip()

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.unread("is nested too deeply to be read")


_READERS = {
    "BEGIN": "_nested",
    "DECLARE": "_nested",
    "IF": "_if",
    "CASE": "_case",
    "LOOP": "_loop",
    "WHILE": "_while",
    "FOR": "_for",
    "FORALL": "_forall",
    "EXIT": "_exit",
    "CONTINUE": "_exit",
    "GOTO": "_jump",
    "RETURN": "_value",
    "RAISE": "_value",
    "FETCH": "_value",
    "CLOSE": "_value",
    "NULL": "_value",
    "OPEN": "_open",
    "PIPE": "_pipe",
    "PRAGMA": "_pragma",
    "EXECUTE": "_dynamic",
    "COMMIT": "_commit",
    "SAVEPOINT": "_savepoint",
    "ROLLBACK": "_rollback",
    "SET": "_set",
}
