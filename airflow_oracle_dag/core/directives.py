"""SQL*Plus's own commands: which are ignored, which are refused and how to do without them.

Names and abbreviations: SQL*Plus User's Guide and Reference, "SQL*Plus Command Reference".
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional

_FORMAT = ""  # no reason: formatting, ignored


class Directive(NamedTuple):
    """One SQL*Plus command.

    :param cure: what to do instead, "" when the command is ignored.
    :param secret: its line may hold a password and is never shown.
    :param instead: of one that is ignored, where its output is found.
    """

    name: str
    shortest: str
    cure: str
    secret: bool = False
    instead: str = ""


_BUFFER = "delete it: a script runs as it is written, without editing SQL*Plus's buffer."
_INCLUDE = "put the statements of that file here, or make it a script of its own."
_VARIABLE = "delete it and use a bind such as :run_id, given by the operator's parameters."
_SHELL = "delete it and do this in a task of its own."
_ADMIN = "delete it: the connection is the operator's."
_EXIT = "write EXIT; to fail on a condition use @check or RAISE_APPLICATION_ERROR in a block."
_COMPILED = "only SHOW ERRORS is honoured"

_TABLE = (
    Directive("@", "@", _INCLUDE, secret=True),
    Directive("@@", "@@", _INCLUDE, secret=True),
    Directive("START", "STA", _INCLUDE, secret=True),
    Directive("GET", "GET", _BUFFER),
    Directive("ACCEPT", "ACC", _VARIABLE),
    Directive("APPEND", "A", _BUFFER),
    Directive("ARCHIVE", "ARCHIVE", _ADMIN),
    Directive("ATTRIBUTE", "ATTR", _FORMAT),
    Directive("BREAK", "BRE", _FORMAT),
    Directive("BTITLE", "BTI", _FORMAT),
    Directive("CHANGE", "C", _BUFFER),
    Directive("CLEAR", "CL", _FORMAT),
    Directive("COLUMN", "COL", _FORMAT),  # NEW_VALUE is obeyed: `queried`
    Directive("COMPUTE", "COMP", _FORMAT),
    Directive("CONFIG", "CONFIG", _ADMIN),
    Directive("CONNECT", "CONN", "delete it: the connection is the operator's.", secret=True),
    Directive("COPY", "COPY", "use INSERT ... SELECT over a database link.", secret=True),
    Directive("DEFINE", "DEF", _VARIABLE, secret=True),
    Directive("DEL", "DEL", _BUFFER),
    Directive("DESCRIBE", "DESC", _FORMAT, instead="USER_TAB_COLUMNS has the columns"),
    Directive("DISCONNECT", "DISC", _ADMIN),
    Directive("DOCUMENT", "DOC", _FORMAT),  # a comment up to a line with # alone: `split`
    Directive("EDIT", "ED", _BUFFER),
    Directive("EXECUTE", "EXEC", _FORMAT),  # becomes a block: `execute`
    Directive("EXIT", "EXIT", _EXIT),
    Directive("HELP", "HELP", "delete it."),
    Directive("HISTORY", "HIST", "delete it."),
    Directive("HOST", "HO", _SHELL, secret=True),
    Directive("!", "!", _SHELL, secret=True),
    Directive("$", "$", _SHELL, secret=True),
    Directive("INPUT", "I", _BUFFER),
    Directive("LIST", "L", _FORMAT),
    Directive("ORADEBUG", "ORADEBUG", _ADMIN),
    Directive("PASSWORD", "PASSW", _ADMIN, secret=True),
    Directive("PAUSE", "PAU", "delete it: nobody is there to press a key."),
    Directive("PING", "PING", _ADMIN),
    Directive("PRINT", "PRI", _FORMAT),  # obeyed: `variables`
    Directive("PROMPT", "PRO", _FORMAT),
    Directive("QUIT", "QUIT", _EXIT),
    Directive("RECOVER", "RECOVER", _ADMIN),
    Directive("REMARK", "REM", _FORMAT),
    Directive("REPFOOTER", "REPF", _FORMAT),
    Directive("REPHEADER", "REPH", _FORMAT),
    Directive("RUN", "R", _FORMAT),
    Directive("SAVE", "SAV", _BUFFER),
    Directive("SET", "SET", "delete this setting."),
    Directive("SHOW", "SHO", _FORMAT, instead=_COMPILED),
    Directive("SHUTDOWN", "SHUTDOWN", _ADMIN),
    Directive("SPOOL", "SPO", _FORMAT, instead="output and errors are in the run's log"),
    Directive("STARTUP", "STARTUP", _ADMIN),
    Directive("STORE", "STORE", "delete it."),
    Directive("TIMING", "TIMI", _FORMAT),
    Directive("TTITLE", "TTI", _FORMAT),
    Directive("UNDEFINE", "UNDEF", "delete it."),
    Directive("VARIABLE", "VAR", _FORMAT),  # obeyed: `variables`
    Directive(
        "WHENEVER",
        "WHENEVER",
        "delete it: the first error stops the script and rolls the step back.",
    ),
    Directive("XQUERY", "XQUERY", "use XMLQUERY in a SELECT."),
)


# "n text" makes a text the line n of the buffer: SPUG, "Editing Scripts in SQL*Plus Command-Line".
_NUMBER = Directive("a line number", "", _BUFFER)


def _abbreviations() -> Dict[str, Directive]:
    found = {_NUMBER.name: _NUMBER, **dict.fromkeys("0123456789", _NUMBER)}
    for directive in _TABLE:
        for length in range(len(directive.shortest), len(directive.name) + 1):
            found[directive.name[:length]] = directive
    return found


DIRECTIVES = _abbreviations()


def directive_name(word: str) -> Optional[str]:
    """Give the full name of the directive that a word or mark abbreviates, None when it is none."""
    directive = DIRECTIVES.get(word.upper())
    return None if directive is None else directive.name
