"""Lint agrees with the parser on any text: it finds a mistake exactly where a run would refuse."""

from __future__ import annotations

from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.lint import Severity, lint_script
from airflow_oracle_dag.core.mistakes import find_mistakes
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import ParseSettings

LINES = st.lists(
    st.sampled_from(
        [
            "select 1 from dual;", "select 'a", "';", "", "/", ".", "begin", "end;", "null;",
            "pause", "exit", "exit failure", "-- @step a", "-- @step", "-- @check c", "update t",
            "set a = 1;", "set escape on", "/* x", "*/", "create table t (a number);", "&x",
            "host x", "exec p", "commit;", "define x = 1", "whenever sqlerror continue", "rem -",
            "@file", "set sqlt off", "set sqlt !", "!",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(LINES)
def test_the_first_mistake_is_the_one_that_a_run_names(lines: List[str]) -> None:
    """Strict and lenient reading agree on whether there is a mistake, and on the first one."""
    text = "\n".join(lines)
    settings = ParseSettings()
    script, mistakes = find_mistakes(text, name="a.sql", settings=settings)
    if not mistakes:
        assert script == parse_script(text, name="a.sql", settings=settings)
        return
    assert script is None
    with pytest.raises(ScriptError) as refused:
        parse_script(text, name="a.sql", settings=settings)
    assert str(refused.value) == str(mistakes[0])
    found = lint_script(text, "a.sql", settings)
    assert any(each.severity is Severity.ERROR for each in found)
