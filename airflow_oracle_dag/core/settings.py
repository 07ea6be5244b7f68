"""The SET, WHENEVER, COLUMN, CLEAR and EXIT lines: which of them change what runs.

SQL*Plus User's Guide and Reference, "SET System Variable Summary", "WHENEVER SQLERROR", "COLUMN",
"EXIT".
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s'\"]+|['\"]", re.ASCII)

# The capitals are the shortest abbreviation. These change how output looks, or nothing here.
_COSMETIC = (
    "APPInfo ARRAYsize AUTOPrint COLINVISible COLSEP COPYTYPECHECK DESCRIBE DOCument ECHO "
    "EDITFile EMBedded ERRORDetails ESCCHAR FEEDback FLAGGER FLUsh HEAding HEADSep HISTory "
    "JSONPRINT LINesize LOBOFfset LOBPREFetch LONG LONGChunksize MARKup MAXDATA NEWPage NULL "
    "NUMFormat NUMwidth PAGESize PAUse RECSEP RECSEPCHAR ROWLIMIT ROWPREFetch SECUREDCOL "
    "SERVEROUTput SHIFTinout SHOWmode SPAce SQLCOntinue SQLFORMAT SQLNumber SQLPrompt "
    "STATEMENTCache SUFfix TAB TERMout TIme TIMIng TRIMout TRIMSpool TRUncate UNDerline VERify "
    "WRAp XMLOPTimizationcheck AUTORECOVERY FULLCOLNAME LOGSource STATUSBAR"
)
# These change what runs, except with the values named: SQL*Plus's defaults.
_DECISIVE = {
    "AUTOcommit": "OFF ON IMM IMMEDIATE",
    "AUTOTrace": "OFF",
    "BLOckterminator": "OFF ON",
    "CMDSep": "OFF ON",
    "COMPatibility": "NATIVE",
    "COPYCommit": "0",
    "ERRORLogging": "OFF",
    "ESCape": "OFF",
    "EXITCommit": "ON",
    "INSTANCE": "",
    "SCAN": "OFF ON",
    "DEFine": "OFF ON",
    "CONcat": "OFF ON",
    "SQLBLanklines": "OFF ON",
    "SQLCase": "MIXED MIX",
    "SQLPLUSCOMPATibility": "",
    "SQLPREfix": "",
    "SQLTerminator": "OFF ON",
    "XQUERY": "",
}
_MARKS = ("DEFINE", "CONCAT")  # which may be any mark
# Marks that end statements; the others would also be quotes, comments or begin of a command.
_ENDS = ("SQLTERMINATOR", "BLOCKTERMINATOR", "SQLPREFIX")
_END = re.compile(r"[!#$%.:;?^`{|}~]")
_SEPARATOR = re.compile(r"[!#$%+.:;?^`{|}~]")
_OBEYED = ("SCAN", "AUTOCOMMIT", "SQLBLANKLINES", "CMDSEP", *_MARKS, *_ENDS)
_MARK = re.compile(r"[!-/:-@\[-^`{-~]")
_SINCE_9 = re.compile(r"(?:9|[1-9][0-9])(?:\.[0-9]+)*\Z")
_SIZES = ("SIZE", "FORMAT", "FOR", "FORM", "FORMA")
_DESCRIBED = ("DEPTH", "LINENUM", "INDENT", "ANNOTATION")
_TAILS = {"SQL_ID": 1, **dict.fromkeys((*_SIZES, *_DESCRIBED), 2)}


class SetOutcome(NamedTuple):
    """What a SET line means.

    :param refused: the first setting in it that changes what runs, "" when none does.
    :param obeyed: what it says of settings that are honoured, by their full names, in order.
    """

    refused: str
    obeyed: Tuple[Tuple[str, str], ...] = ()


def read_set(line: str) -> SetOutcome:
    """Judge a SET line; several settings may stand in one."""
    tokens = _tokens(line)[1:]
    obeyed: List[Tuple[str, str]] = []
    at = 0
    while at < len(tokens):
        known = _VARIABLES.get(tokens[at].upper())
        if known is None:
            return SetOutcome(tokens[at])
        name, defaults = known
        if name == "MARKUP":
            break
        value = tokens[at + 1].strip("'\"").upper() if at + 1 < len(tokens) else ""
        if defaults is not None and value not in defaults and not _is_mark(name, value):
            return SetOutcome(f"{name} {value}".strip())
        if name in _OBEYED:
            obeyed.append((name, value))
        at += 1 if name == "DESCRIBE" else 2
        while at < len(tokens) and tokens[at].upper() in _TAILS:
            at += _TAILS[tokens[at].upper()]
    return SetOutcome("" if tokens else "SET", tuple(obeyed))


def _is_mark(name: str, value: str) -> bool:
    """Tell whether a value is a mark, or a version, that a setting can have."""
    if name == "SQLPLUSCOMPATIBILITY":  # before 9, other things ended a statement
        return _SINCE_9.match(value) is not None
    allowed = _MARK if name in _MARKS else _END if name in _ENDS else _SEPARATOR
    return name in (*_MARKS, *_ENDS, "CMDSEP") and allowed.fullmatch(value) is not None


class WheneverOutcome(NamedTuple):
    """What a WHENEVER line means.

    :param refused: why it cannot be honoured, "" when it can.
    :param goes_on: whether the script goes on after an error of SQL; None: it says nothing of that.
    """

    refused: str
    goes_on: Optional[bool] = None


def read_whenever(line: str) -> WheneverOutcome:
    """Judge ``WHENEVER {SQLERROR | OSERROR} {EXIT code [COMMIT | ROLLBACK] | CONTINUE [...]}``.

    An EXIT asks for what happens anyway: stop, roll the step back, fail. Nothing here asks the
    operating system for anything, so what to do about its errors does not matter.
    """
    words = [word.upper() for word in _tokens(line)]
    subject, action, rest = words[1:2], words[2:3], words[3:]
    said = " ".join(words)
    if subject not in (["SQLERROR"], ["OSERROR"]) or action not in (["EXIT"], ["CONTINUE"]):
        return WheneverOutcome(said)
    if subject == ["OSERROR"]:
        return WheneverOutcome("")
    goes_on, why = action == ["CONTINUE"], ""
    if "COMMIT" in rest:
        why = "keeps a part of a step that failed"
    elif goes_on and rest not in ([], ["NONE"]):
        why = "goes on without what the step did before"
    elif not goes_on and {"SUCCESS", "0"} & set(rest):
        why = "calls a failure a success"
    return WheneverOutcome(f"{said}, which {why}," if why else "", goes_on)


class ExitOutcome(NamedTuple):
    """What an EXIT or QUIT line means.

    :param refused: why it cannot be honoured, "" when it can.
    :param rollback: whether it undoes the open transaction; EXIT commits by itself.
    """

    refused: str
    rollback: bool


def read_exit(line: str) -> ExitOutcome:
    """Judge ``EXIT [SUCCESS | FAILURE | WARNING | n | variable] [COMMIT | ROLLBACK]``.

    SQL.SQLCODE is 0 wherever an EXIT is reached, because an error stops the script before it.
    """
    words = [word.upper() for word in _tokens(line)[1:]]
    rollback = words[-1:] == ["ROLLBACK"]
    if words[-1:] in (["ROLLBACK"], ["COMMIT"]):
        words.pop()
    if not words or words in (["SUCCESS"], ["SQL.SQLCODE"]) or set("".join(words)) == {"0"}:
        return ExitOutcome("", rollback)
    if len(words) > 1:
        return ExitOutcome(f"EXIT {' '.join(words)}", rollback)
    return ExitOutcome(f"EXIT {words[0]}, which keeps the work and reports a failure,", rollback)


def clears_buffer(line: str) -> bool:
    """Tell whether a CLEAR line empties the buffer, which a later / would run."""
    return any(word.upper() in ("BUFF", "BUFFE", "BUFFER", "SQL") for word in _tokens(line)[1:])


def _tokens(line: str) -> List[str]:
    return _TOKEN.findall(line.rstrip().rstrip(";").replace("-\n", " "))


def _variables() -> Dict[str, Tuple[str, Optional[Tuple[str, ...]]]]:
    found: Dict[str, Tuple[str, Optional[Tuple[str, ...]]]] = {}
    described: List[Tuple[str, Optional[Tuple[str, ...]]]] = [
        *((name, tuple(defaults.split())) for name, defaults in _DECISIVE.items()),
        *((name, None) for name in _COSMETIC.split()),
    ]
    for name, defaults in described:
        full = name.upper()
        shortest = len(name.rstrip("abcdefghijklmnopqrstuvwxyz"))
        for length in range(shortest, len(full) + 1):
            found.setdefault(full[:length], (full, defaults))
    return found


_VARIABLES = _variables()
