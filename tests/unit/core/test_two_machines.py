"""A script is refused where two naive readers differ, and not for that where they do not."""

from __future__ import annotations

from typing import List, Optional

import pytest
from hypothesis import example, given, settings

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.source import read_source
from airflow_oracle_dag.core.split import split
from tests.unit.core.code_machine import CodeMachine, places
from tests.unit.core.golden_cases import Case, all_cases, settings_of
from tests.unit.core.line_machine import Machine
from tests.unit.core.test_line_machine import LINES, UNITS

# What is said only where the two readers cut differently.
DIFFERENT = (
    "blank-line-in-sql", "terminator-in-string", "terminator-in-name", "terminator-in-comment",
    "semicolon-then-comment", "two-statements-on-a-line", "comment-without-space",
)  # fmt: skip
# Java and wrapped code have other quotes, of which no reader of SQL knows.
FOREIGN = (b"java", b"wrapped", b"mle", b"cmds")
CASES = {
    name: case
    for name, case in all_cases().items()
    if b"&" not in case.source and not any(word in case.source.lower() for word in FOREIGN)
}


def is_cut_alike(text: str) -> bool:
    """Ask both machines."""
    return places(Machine(text).run(), text) == places(CodeMachine(text).run(), text)


def hazard(source: bytes, chosen: ParseSettings) -> Optional[str]:
    """Give the rule by which splitting refuses a script, None: it is split."""
    try:
        list(split(read_source(source, "x.sql", chosen)))
    except ScriptError as error:
        return error.rule
    return None


def assert_right(source: bytes, encoding: str, chosen: ParseSettings) -> None:
    """Compare the hazard with what the machines say."""
    rule = hazard(source, chosen)
    text = source.decode(encoding)
    if rule is None:
        assert is_cut_alike(text)
    elif rule in DIFFERENT:
        assert not is_cut_alike(text)


@settings(max_examples=600)
@given(LINES)
@example(["select q'[it's;]'", "from dual;"])
@example(["select 1 from dual", "", "/"])
def test_any_lines(lines: List[str]) -> None:
    """Whatever lines stand together: split where the readers agree, or refused for the reason."""
    if not any("+" in line for line in lines):  # separates two commands on a line, or is no SET
        assert_right("\n".join(lines).encode(), "utf-8", ParseSettings())


@settings(max_examples=200)
@given(UNITS)
def test_what_every_reader_understands(units: List[str]) -> None:
    """A script without a hazard is cut alike by both."""
    assert is_cut_alike("\n".join([*units, "commit;"]))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_golden_cases(case: Case) -> None:
    """Each golden case is refused for a difference exactly where there is one."""
    assert_right(case.source, case.encoding, settings_of(case))
