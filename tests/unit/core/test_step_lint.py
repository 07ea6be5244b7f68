"""Warnings about direct-path loads are found at once, however many statements a step has."""

from __future__ import annotations

import time
from typing import List, Tuple

import pytest

from airflow_oracle_dag.core.lint import lint_script
from airflow_oracle_dag.core.script import ParseSettings


def warnings(text: str) -> List[Tuple[str, int, int]]:
    """Return rule, line and column of what is said of a script."""
    problems = lint_script(text, "a.sql", ParseSettings())
    return [(problem.rule, problem.line, problem.column) for problem in problems]


def test_many_loads_in_one_step() -> None:
    """The names in a statement are looked up, not each table that was loaded in each statement."""
    load = "insert /*+ append */ into t{0} select 1 from dual;\n"
    text = "".join(load.format(number) for number in range(800))
    began = time.process_time()
    assert warnings(text) == []
    assert warnings(text + "select 1 from x, T7;\n") == [("read-after-append", 801, 18)]
    assert time.process_time() - began < 8


def test_many_marks_of_a_hint_that_are_none() -> None:
    """Only the comment behind the first word is a hint."""
    text = f"select '{'insert --+' * 8800}' from dual;\n"
    began = time.process_time()
    assert warnings(f"-- a\n{text}") == []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "hint",
    [
        "/*+ parallel(t) append */",
        "--+ x append\n",
        "/*+\n append_values */",
        "-- no\n --+append\n",
    ],
)
def test_what_is_a_hint(hint: str) -> None:
    """The comment right behind INSERT, of either kind, with the word anywhere in it."""
    text = f"insert {hint} into t select 1 from dual;\nselect 1 from t;\n"
    found = [rule for rule, _, _ in warnings(text)]
    assert found == ([] if "no" in hint else ["read-after-append"])
