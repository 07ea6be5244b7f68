"""The marks that end statements, which SET lines change in the middle of a file.

SQL*Plus User's Guide and Reference, "SET SQLT[ERMINATOR]", "SET BLO[CKTERMINATOR]",
"SET SQLBL[ANKLINES]", "SET SQLPRE[FIX]", "SET CMDS[EP]".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Iterable, Pattern, Tuple

from airflow_oracle_dag.core.source import BLANK
from airflow_oracle_dag.core.tokens import code_pattern

_MAY_CHANGE = re.compile(r"(?i)\b(?:sqlt|sqlbl|sqlpre|blo|cmds)")


@dataclass(frozen=True)
class Marks:
    """What SQL*Plus looks for at the end or the beginning of a line inside a statement.

    :param sql: ends and runs SQL at the end of a line; "": nothing does.
    :param block: alone on a line ends a statement without running it; "": nothing does.
    :param prefix: at the beginning of a line makes it a command of its own.
    :param separator: stands between two SQL*Plus commands on a line; "": nothing does.
    :param blank_lines: a blank line is a part of SQL; else it ends it without running it.
    """

    sql: str = ";"
    block: str = "."
    prefix: str = "#"
    blank_lines: bool = False
    separator: str = ""

    def obey(self, said: Iterable[Tuple[str, str]]) -> Marks:
        """Give the marks after a SET line.

        :param said: `SetOutcome.obeyed`; ON brings the default back, whatever stood before.
        """
        marks = self
        for name, value in said:
            if name == "SQLTERMINATOR":
                marks = replace(marks, sql={"ON": ";", "OFF": ""}.get(value, value))
            elif name == "BLOCKTERMINATOR":
                marks = replace(marks, block={"ON": ".", "OFF": ""}.get(value, value))
            elif name == "SQLBLANKLINES":
                marks = replace(marks, blank_lines=value == "ON")
            elif name == "SQLPREFIX":
                marks = replace(marks, prefix=value)
            elif name == "CMDSEP":
                marks = replace(marks, separator={"ON": ";", "OFF": ""}.get(value, value))
        return marks

    @cached_property
    def sql_stop(self) -> Pattern[str]:
        """What ends SQL."""
        alone = rf"[/{re.escape(self.block)}]{BLANK}*"
        pattern = rf"\n{BLANK}*{alone}$" if self.blank_lines else rf"\n{BLANK}*(?:{alone})?$"
        if self.sql:
            pattern += rf"|{re.escape(self.sql)}{BLANK}*$"
        return re.compile(pattern, re.MULTILINE)

    @cached_property
    def plsql_stop(self) -> Pattern[str]:
        """What ends PL/SQL."""
        return re.compile(rf"\n{BLANK}*[/{re.escape(self.block)}]{BLANK}*$", re.MULTILINE)

    @property
    def alone(self) -> str:
        """What ends any statement on a line of its own, for a search in code: see `lexical`."""
        return rf"\n{BLANK}*[/{re.escape(self.block)}]{BLANK}*(?=\n|\Z)"

    @cached_property
    def code_stop(self) -> Pattern[str]:
        """What ends SQL for a reader of quotes and comments."""
        if self.sql in ("", ";"):
            return code_pattern(self.alone, *self.sql)
        return code_pattern(self.alone, rf"{re.escape(self.sql)}{BLANK}*(?=\n|\Z)")

    @cached_property
    def foreign_line(self) -> Pattern[str]:
        """What begins a line inside a statement that is none of its own."""
        return re.compile(rf"\n{BLANK}*([@{re.escape(self.prefix)}])")

    @cached_property
    def sql_line(self) -> Pattern[str]:
        """The end of a line that ends in the terminator of SQL."""
        return re.compile(rf"{re.escape(self.sql)}{BLANK}*$", re.MULTILINE)


def changes_marks(line: str) -> bool:
    """Tell whether a SET line may change the marks, before it is read."""
    return _MAY_CHANGE.search(line) is not None
