"""What an author says of one statement: which errors do not stop, how many rows it is to have.

::

    -- @on_error continue ORA-00942, ORA-01418
    -- @expect rows > 0
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Callable, Dict, Tuple

_ROLLED_BACK = "the transaction was rolled back"
_MUST_ROLL_BACK = "the transaction, or a part of it, must be rolled back"
_UNKNOWN = "what became of the transaction is not known"
_SETTLED = "the transaction was settled by somebody else"
_FAILED_OVER = "the session was lost and is another one now"
_UNCERTAIN = "after an internal error nothing is certain"
_LOST = "the session is lost"
#: Errors after which nothing of the step is certain, or it is gone: nobody goes on after those.
#:
#: Unverified: these are all of their families (Error Messages Reference: distributed transactions,
#: resource limits of a profile, two-task interface, fail-over, internal errors).
NEVER: Dict[str, str] = {
    **dict.fromkeys(("ORA-02091", "ORA-02092", "ORA-24761"), _ROLLED_BACK),
    **dict.fromkeys(("ORA-02055", "ORA-02067", "ORA-25402"), _MUST_ROLL_BACK),
    **dict.fromkeys(
        ("ORA-02050", "ORA-02051", "ORA-02052", "ORA-02053", "ORA-02054", "ORA-02056"), _UNKNOWN
    ),
    **dict.fromkeys(("ORA-25405", "ORA-25425"), _UNKNOWN),
    **dict.fromkeys(("ORA-24764", "ORA-24765", "ORA-24766"), _SETTLED),
    **dict.fromkeys(
        ("ORA-25400", "ORA-25401", "ORA-25403", "ORA-25404", "ORA-25406", "ORA-25407"),
        _FAILED_OVER,
    ),
    **dict.fromkeys(("ORA-25408", "ORA-25409"), _FAILED_OVER),
    "ORA-02068": "a database behind a link was lost, with what was changed there",
    **dict.fromkeys(
        ("ORA-00600", "ORA-00601", "ORA-00602", "ORA-00606", "ORA-00607", "ORA-07445"), _UNCERTAIN
    ),
    "ORA-01013": "somebody wants the statement to end",
    "ORA-00028": "the session was killed",
    "ORA-20790": "another attempt holds the run",
    **dict.fromkeys(
        [
            *("ORA-00022", "ORA-00041", "ORA-00603", "ORA-01012", "ORA-01014", "ORA-01041"),
            *("ORA-01089", "ORA-01092", "ORA-02392", "ORA-02394", "ORA-02396", "ORA-02397"),
            *("ORA-02399", "ORA-03106", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-03137"),
            *("ORA-03138", "ORA-12153", "ORA-12537", "ORA-12547", "ORA-12570", "ORA-12571"),
        ],
        _LOST,
    ),
}
#: Of a query so many rows are looked at, and one less is the most that can be asked for.
SEEN_OF_A_QUERY = 100

_CODE = re.compile(r"ORA-([0-9]{1,5})", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(ORA|SP2|PLS|TNS|DPY|DPI|SQL)?[-: ]?)?0*([1-9][0-9]{0,4})", re.IGNORECASE)
_EXPECT = re.compile(r"([A-Za-z_]+)\s*([<>=!]+)\s*([0-9]{1,12})")
_OPERATORS: Dict[str, Callable[[int, int], bool]] = {
    "=": lambda rows, figure: rows == figure,
    "<>": lambda rows, figure: rows != figure,
    "<": lambda rows, figure: rows < figure,
    "<=": lambda rows, figure: rows <= figure,
    ">": lambda rows, figure: rows > figure,
    ">=": lambda rows, figure: rows >= figure,
}
_MEANT = {"==": "=", "!=": "<>", "=<": "<=", "=>": ">=", "><": "<>"}


class BadTolerance(Exception):
    """Say why such a line says nothing.

    :param cure: what to write instead; :param at: the part of the line that is wrong.
    """

    def __init__(self, why: str, cure: str, at: str) -> None:
        super().__init__(why)
        self.why = why
        self.cure = cure
        self.at = at


@dataclass(frozen=True)
class Expectation:
    """How many rows a statement is to change or give.

    :param operator: ``= <> < <= > >=``.
    """

    operator: str
    figure: int
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        """Write it as its author did."""
        return f"rows {self.operator} {self.figure}"

    def holds(self, rows: int) -> bool:
        """Tell whether a number of rows is what was expected."""
        return _OPERATORS[self.operator](rows, self.figure)


def read_expectation(text: str) -> Expectation:
    """Read ``rows > 0``.

    :raises BadTolerance: it is something else.
    """
    cure = "write rows, one of = <> < <= > >=, and a whole number: -- @expect rows > 0."
    match = _EXPECT.fullmatch(text.strip())
    if match is None:
        raise BadTolerance("this @expect cannot be read", cure, text)
    noun, operator, figure = match.groups()
    if noun.lower() != "rows":
        raise BadTolerance(f"{_cut(noun)!r} cannot be expected, only rows", cure, noun)
    if operator not in _OPERATORS:
        meant = _MEANT.get(operator)
        cure = f"did you mean {meant}?" if meant else cure
        raise BadTolerance(f"{operator} compares nothing", cure, operator)
    return Expectation(operator, int(figure))


def read_tolerated(text: str) -> Tuple[str, ...]:
    """Read ``continue ORA-00942, ORA-01418`` and give the codes with their five digits.

    :raises BadTolerance: a word or code that is none, or an error that nobody can go on after.
    """
    word, rest = [*text.split(None, 1), "", ""][:2]
    cure = "write -- @on_error continue ORA-00942, ORA-01418."
    if word.lower() != "continue":
        near = difflib.get_close_matches(word.lower()[:30], ["continue"], n=1)
        found = f"{_cut(word)!r} is nothing to do on an error" if word else "it says nothing to do"
        raise BadTolerance(f"@on_error: {found}", "did you mean continue?" if near else cure, word)
    codes: Dict[str, None] = {}
    for each in rest.replace(",", " ").split():
        code = _code(each)
        if code in NEVER:
            raise BadTolerance(
                f"no script goes on after {code}: {NEVER[code]}", "take the code out.", each
            )
        if code in codes:
            raise BadTolerance(f"{code} is named twice", "delete one of them.", each)
        codes[code] = None
    if not codes:
        raise BadTolerance(
            "@on_error continue names no error",
            f"{cure[:-1]}; WHENEVER SQLERROR CONTINUE goes on after any.",
            "",
        )
    return tuple(codes)


def _code(text: str) -> str:
    match = _CODE.fullmatch(text)
    if match is not None and int(match.group(1)):
        return f"ORA-{int(match.group(1)):05d}"
    near = _NUMBER.fullmatch(text)
    cure = "a code is ORA- and up to five digits, such as ORA-00942."
    if near is not None:
        prefix, number = near.groups()
        if prefix and prefix.upper() in ("DPY", "DPI", "TNS"):
            why = f"{_cut(text)} is not an error of a statement: what became of it is not known"
            raise BadTolerance(why, "name errors of Oracle only, such as ORA-00942.", text)
        cure = f"did you mean ORA-{int(number):05d}?"
    raise BadTolerance(f"{_cut(text)!r} is no code of an error", cure, text)


def _cut(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "..."
