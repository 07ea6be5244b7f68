"""One small script for each rule of SQL*Plus, and what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from tests.unit.core.golden_cases import Case, all_cases, outcome, settings_of

CASES = all_cases()
REFUSED = {name: case for name, case in CASES.items() if case.expected[0].startswith("refused ")}
LEAST = 300
MANUALS = ("SPUG ", "SQL Language Reference, ", "PL/SQL Language Reference, ")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_golden(case: Case) -> None:
    """Each rule gives the pieces, or the hazard and its line, that are written down for it."""
    assert outcome(case) == case.expected


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_refusal_can_be_acted_on(case: Case) -> None:
    """Each refusal says which file and line it means, and how to mend it."""
    with pytest.raises(ScriptError) as caught:
        parse_script(case.source, name="a.sql", settings=settings_of(case))
    assert caught.value.cure
    assert str(caught.value).startswith(f"a.sql:{caught.value.line}:")


def test_the_rules_are_covered() -> None:
    """Each rule has its case, each case its section of the manual, and there are many of them."""
    rules = {rule for case in CASES.values() for rule in case.rule.split()}
    assert {f"R{number}" for number in range(1, 24)} <= rules
    assert [case.name for case in CASES.values() if not case.section.startswith(MANUALS)] == []
    assert len(CASES) >= LEAST


def test_the_hazards_are_described() -> None:
    """Each hazard of splitting that the manual names has its case."""
    manual = (Path(__file__).parents[3] / "docs" / "scripts.md").read_text(encoding="utf-8")
    table = manual.partition("### Hazards")[2].partition("\n## ")[0]
    named = set()
    for row in re.findall(r"^\| (`.*?) \| ", table, flags=re.MULTILINE):
        first, *others = re.findall(r"`([a-z-]+)`", row)
        family = first.rpartition("-in-")[0] or first.partition("-")[0]
        named |= {first, *(family + each if each[0] == "-" else each for each in others)}
    hazards = {case.expected[0].split()[1] for case in REFUSED.values()}
    assert len(named) >= 27
    assert named <= hazards


def test_the_hazards_are_covered() -> None:
    """The stable name of each hazard of splitting has its case."""
    hazards = {case.expected[0].split()[1] for case in REFUSED.values()}
    assert hazards >= set(
        re.findall(
            r"\S+",
            """
            blank-line-in-sql block-terminator command-separator comment-in-head
            comment-without-space definition
            directive-not-supported empty-execute function-in-sql hyphen-continuation
            include-in-statement missing-slash prefix-in-statement rerun rerun-dml rerun-plsql
            semicolon-in-sql
            semicolon-then-comment terminator-in-comment terminator-in-name terminator-in-plsql
            terminator-in-string two-statements-on-a-line undefined-variable unended-at-eof
            unknown-line unterminated-comment unterminated-name unterminated-string variable
            variable-first
            """,
        )
    )
