"""Tell PL/SQL's own words in an expression from stored functions that are called so.

Only reserved words and the names of package STANDARD cannot be a stored function's; any other
keyword is one only where the grammar has it (PL/SQL Language Reference, PL/SQL Reserved Words and
Keywords).
"""

from __future__ import annotations

from typing import Dict, FrozenSet, NamedTuple

from airflow_oracle_dag.core.builtins import BEFORE_PARENTHESIS, EXCEPTIONS, KEYWORDS, TYPES


class Place(NamedTuple):
    """Where a word stands.

    :param earlier: the token before the one before it; :param before, after: its neighbours.
    :param string_before: a string stands between it and `before`; :param string_after: as well.
    """

    earlier: str
    before: str
    after: str
    string_before: bool
    string_after: bool

    @property
    def is_behind_operand(self) -> bool:
        """Tell whether a value ends before it, so that no other value can begin with it."""
        if self.string_before or self.before == ")" or self.before[:1].isdigit():
            return True
        named = self.before[:1].isalpha() or self.before[:1] in ("_", '"', ":")
        return named and self.before != ":=" and self.before not in _OPERATORS


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


_RESERVED = _names(
    """
    ALL AND ANY AS AT BETWEEN BY CASE CURSOR DISTINCT ELSE END FOR FROM IN INDEX INTERSECT INTO IS
    LIKE NOT NULL OF ON OR OVERLAPS SQL THEN TO UNION VALUES WHEN WITH TRUE FALSE
    """
)
_OPERATORS = KEYWORDS - _names("END NULL TRUE FALSE SQL") | _names("RETURN RAISE IF ELSIF EXIT")
_INFIX = _names("ESCAPE LIKE2 LIKE4 LIKEC LIMIT MULTISET REPEAT SUBMULTISET USING WHILE MEMBER")
_FIELDS = _names("YEAR MONTH DAY HOUR MINUTE SECOND")
_BEHIND: Dict[str, FrozenSet[str]] = {
    "COLLECT": _names("BULK"),
    "EMPTY": _names("IS NOT"),
    "EXCEPT": _names("MULTISET"),
    "EXCEPTIONS": _names("SAVE"),
    "INFINITE": _names("IS NOT"),
    "LOCAL": _names("AT WITH"),
    "NAN": _names("IS NOT"),
    "OTHERS": _names("WHEN OR"),
    "REVERSE": _names("IN"),
    "ZONE": _names("TIME"),
    **{field: _names("INTERVAL TO") for field in _FIELDS},
}
_IN_FRONT: Dict[str, FrozenSet[str]] = {
    "BULK": _names("COLLECT"),
    "INDICES": _names("OF"),
    "INTERVAL": _names("DAY YEAR"),
    "MEMBER": _names("OF"),
    "PAIRS": _names("OF"),
    "SAVE": _names("EXCEPTIONS"),
    "SUBMULTISET": _names("OF"),
    "TIME": _names("ZONE"),
}
_INSIDE: Dict[str, str] = {
    **dict.fromkeys(("LEADING", "TRAILING", "BOTH"), "TRIM"),
    **dict.fromkeys(_FIELDS, "EXTRACT"),
    "ONLY": "OF",
}
_OF_STANDARD = TYPES & _names(
    """
    BFILE BINARY_DOUBLE BINARY_FLOAT BINARY_INTEGER BLOB BOOLEAN CHAR CHARACTER CLOB DATE DEC
    DECIMAL DSINTERVAL_UNCONSTRAINED FLOAT INT INTEGER LONG MLSLABEL NATURAL NATURALN NCHAR NCLOB
    NUMBER NUMERIC NVARCHAR2 PLS_INTEGER POSITIVE POSITIVEN RAW REAL ROWID SIGNTYPE SIMPLE_DOUBLE
    SIMPLE_FLOAT SIMPLE_INTEGER SMALLINT STRING SYS_REFCURSOR TIMESTAMP TIMESTAMP_LTZ_UNCONSTRAINED
    TIMESTAMP_TZ_UNCONSTRAINED TIMESTAMP_UNCONSTRAINED UROWID VARCHAR VARCHAR2
    YMINTERVAL_UNCONSTRAINED
    """
)
_TYPE_WORDS = _names("AS DOUBLE NATIONAL CHARACTER CHAR NCHAR LONG LARGE RETURNING")


def is_own_word(name: str, place: Place) -> bool:
    """Tell whether a bare word in an expression is Oracle's, where it could be a function's."""
    if name in _RESERVED | _OF_STANDARD or (name in _INFIX and place.is_behind_operand):
        return place.after != "(" or name in BEFORE_PARENTHESIS
    if (name in EXCEPTIONS and name != "OTHERS") or _has_its_neighbours(name, place):
        return True
    if place.after == "(":
        return name == "XMLTYPE"
    return name in TYPES and place.before in _TYPE_WORDS


def _has_its_neighbours(name: str, place: Place) -> bool:
    """Tell whether a keyword stands where the grammar has it."""
    return (
        place.before in _BEHIND.get(name, ())
        or place.after in _IN_FRONT.get(name, ())
        or (place.before == "(" and place.earlier == _INSIDE.get(name))
        or (name == "INTERVAL" and place.string_after)
    )
