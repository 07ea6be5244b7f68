"""Read the declarations of a PL/SQL block: names, types, cursors, local subprograms."""

from __future__ import annotations

from airflow_oracle_dag.core.builtins import TYPES, is_supplied_member
from airflow_oracle_dag.core.plsql_names import Names
from airflow_oracle_dag.core.plsql_traits import Traits

_VALUE_OR_END = frozenset((":=", "DEFAULT", ";", ",", ")"))
_ITEM_END = frozenset((";", ",", ")"))
_HEADING_END = frozenset((";", "IS", "AS"))
_BEGIN = frozenset(("BEGIN",))
_PRAGMAS = frozenset(
    (
        *("COVERAGE", "DEPRECATE", "EXCEPTION_INIT", "INLINE", "RESTRICT_REFERENCES"),
        *("SERIALLY_REUSABLE", "SUPPRESSES_WARNING_6009", "UDF"),
    )
)
# What stands in a heading behind the parameters and the type, and names nothing.
_CLAUSES = frozenset(
    (
        *("PIPELINED", "RELIES_ON", "AUTHID", "CURRENT_USER", "DEFINER", "ACCESSIBLE"),
        *("SQL_MACRO", "AGGREGATE", "USING", "DEFAULT", "COLLATION", "USING_NLS_COMP"),
    )
)
_FOREIGN_CODE = {
    "LANGUAGE": frozenset(("JAVA", "C", "JAVASCRIPT")),
    "EXTERNAL": frozenset(("NAME", "LIBRARY", "LANGUAGE", ";")),
    "MLE": frozenset(("MODULE", "LANGUAGE")),
}


class Declarations(Names):
    """Read declarations; statements are the subclass's."""

    def subprogram_body(self) -> None:
        """Read the inside of a local procedure or function: of the subclass."""
        raise self.unread("has a local subprogram")

    def declarations(self, ends: frozenset[str] = _BEGIN) -> None:
        """Read up to BEGIN, or to what else ends them."""
        while self.now() not in ends:
            word = self.now()
            if word in ("PROCEDURE", "FUNCTION"):
                self._subprogram()
            elif word == "PRAGMA":
                self.pragma()
            elif word in ("TYPE", "SUBTYPE") and self.now(2) == "IS":
                self._type_declaration()
            elif word == "CURSOR":
                self._cursor()
            else:
                self._variable()
            self.accept(";")

    def pragma(self) -> None:
        """Read a PRAGMA up to its ``;``."""
        self.take("PRAGMA")
        if self.now() == "AUTONOMOUS_TRANSACTION":
            self.traits.is_autonomous = True
            if not self.is_stored:
                self.remark("has PRAGMA AUTONOMOUS_TRANSACTION")
        elif self.now() not in _PRAGMAS:
            raise self.unread(f"could not be read at PRAGMA {self.now()}")
        self.skip_sql()

    def _variable(self) -> None:
        name = self.skip()
        anchored = self._type(_VALUE_OR_END)
        self._default()
        self.declare(name, anchored=anchored)
        if self.now() != ";":
            raise self.unread(f"could not be read at {name}")

    def _type_declaration(self) -> None:
        self.skip()
        name = self.skip()
        self.take("IS")
        self.declare(name)
        if self.now() == "RECORD":
            self.skip()
            self.take("(")
            while True:
                self.skip()
                self._type(_VALUE_OR_END)
                self._default()
                if not self.accept(","):
                    break
            self.take(")")
        elif self.now() == "(":
            self.skip_parentheses()  # an enumeration of literals
        else:
            self.declare(name, anchored=self._type(_VALUE_OR_END))

    def _cursor(self) -> None:
        self.skip()
        name = self.skip()
        self.declare(name)
        self.enter()
        self._parameters()
        self.leave()
        if self.accept("RETURN"):
            self._type(_HEADING_END)
        if self.accept("IS"):
            self.skip_sql()

    def _subprogram(self) -> None:
        self.skip()
        name = self.skip()
        self.declare(name)
        self.subprogram(name.strip('"'))

    def subprogram(self, name: str) -> None:
        """Read a procedure or function from behind its name."""
        at_unit_level = len(self._scopes) == 1
        self.enter()
        self._parameters()
        if self.accept("RETURN"):
            self._type(_HEADING_END)
        self._type(_HEADING_END)  # clauses such as DETERMINISTIC
        if self.accept("IS") or self.accept("AS"):
            outer, self.traits = self.traits, Traits()
            if self.now(1) in _FOREIGN_CODE.get(self.now(), ()):
                self.remark("is written in another language")
                self.skip_sql()
            else:
                self.subprogram_body()
            inner, self.traits = self.traits, outer
            if at_unit_level and self.is_stored:
                self.routine(name, inner)
            elif not (inner.is_autonomous and self.is_stored):
                outer.take(inner)
        elif self.now() != ";":
            raise self.unread(f"could not be read at {self.now()}")
        self.leave()

    def routine(self, name: str, traits: Traits) -> None:
        """Take a subprogram of a stored unit: of the subclass that reads those."""
        raise self.unread(f"has {name}, {len(traits.calls)} calls")

    def _parameters(self) -> None:
        if not self.accept("("):
            return
        while True:
            name = self.skip()
            anchored = self._type(_VALUE_OR_END)
            self._default()
            self.declare(name, anchored=anchored)
            if not self.accept(","):
                break
        self.take(")")

    def _default(self) -> None:
        if self.accept(":=") or self.accept("DEFAULT"):
            self.expression(_ITEM_END)

    def _type(self, ends: frozenset[str]) -> bool:
        """Read a type; tell whether it is ``%TYPE``, which may be an object's."""
        anchored = is_key = False
        while self.now() not in ends:
            if not self.now():
                raise self.unread("ends in a declaration")
            if self.now() == "(":
                self.skip_parentheses()
                continue
            if not self.is_name():
                raise self.unread(f"could not be read at {self.now()}")
            is_key = is_key or self.now() == "INDEX"  # BY: what follows is no element's type
            anchored = (self._type_name() and not is_key) or anchored
        return anchored

    def _type_name(self) -> bool:
        line = self.line()
        parts = self.chain()
        if self.accept("%"):
            return self.skip() != "ROWTYPE"
        if len(parts) == 1 and self.is_local(parts[0]):
            return self.is_anchored(parts[0].strip('"'))
        if len(parts) == 1 and (parts[0] in TYPES or parts[0] in _CLAUSES):
            return False
        known = parts[1:] if parts[0] == "SYS" and len(parts) > 2 else parts
        if len(known) == 2 and is_supplied_member(*known):
            return False
        if self.is_local(parts[0]):
            return False  # of the same package, named with it
        self.type_call(parts, line)
        return False
