"""What is wrong with binds is said before anything runs, all of it, and where it stands."""

from __future__ import annotations

import time
from typing import Any, List, Optional, Tuple

import pytest

from airflow_oracle_dag.core.binding import bind_mistakes
from airflow_oracle_dag.core.errors import BindError, ScriptError
from airflow_oracle_dag.core.lint import examine
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import Included, ParseSettings
from airflow_oracle_dag.core.values import ScriptValues


def mistakes(text: str, settings: Optional[ParseSettings] = None, **given: Any) -> List[BindError]:
    """Return what is wrong with a script and its parameters."""
    script = parse_script(text, name="a.sql", settings=settings or ParseSettings())
    return list(bind_mistakes(script, ScriptValues(given)))


def places(found: List[BindError]) -> List[Tuple[str, str, int, int]]:
    """Return rule, file, line and column of each."""
    return [(each.rule, each.file, each.line, each.column) for each in found]


def test_all_at_once() -> None:
    """Each where it stands first; a near miss and a DDL bind among them."""
    text = (
        "select ':amount' from dual where d = :amuont\n   and :day = :day;\n"
        "select :day from dual;\ncreate table t (a number default :x);\n"
    )
    found = mistakes(text, amount=1)
    assert places(found) == [
        ("missing-bind", "a.sql", 1, 38),
        ("missing-bind", "a.sql", 2, 8),
        ("bind-in-ddl", "a.sql", 4, 34),
        ("unused-bind", "a.sql", 0, 0),
    ]
    assert "did you mean :amount?" in found[0].cure
    assert "did you mean :amuont?" in found[-1].cure
    assert str(found[1]).split("\n")[1:3] == ["       and :day = :day;", "           ^"]


@pytest.mark.parametrize(
    ("text", "line", "column", "shown"),
    [
        ("exec p(1, :x)\n", 1, 11, "exec p(1, :x)"),
        ("  select '日本', :x from t;\n", 1, 16, "  select '日本', :x from t;"),
        ("/* c */ select :x\n from t;\n", 1, 16, "/* c */ select :x"),
        ("begin\n  p(':x');\n  p(:x);\nend;\n/\n", 3, 5, "  p(:x);"),
        ('select :"x y" from t;\n', 1, 8, 'select :"x y" from t;'),
        ("select\n  &v, :x from t;\n", 2, 7, "  &v, :x from t;"),
        ("select\n  &w from t;\n", 1, 0, "select"),
        ("\ufeffselect :x from t;\n", 1, 8, "select :x from t;"),
    ],
)
def test_the_caret_is_under_the_bind(text: str, line: int, column: int, shown: str) -> None:
    """As its author wrote it: no value of a variable is shown."""
    (found,) = mistakes(text, ParseSettings(defines={"v": "hush-1", "w": ":x"}))
    assert (found.line, found.column, found.text) == (line, column, shown)
    assert not column or found.text[found.caret - 1] == ":"


def test_in_an_included_file() -> None:
    """The file is named; of its first line's column nobody knows how far it is indented."""

    def include(_: Any) -> Included:
        return Included("part.sql", b"commit;\nselect 1,\n       :x from t;\n")

    (found,) = mistakes("@part\n", ParseSettings(include=include))
    assert places([found]) == [("missing-bind", "part.sql", 3, 8)]


def test_in_a_probe() -> None:
    """A probe's binds count, and a VARIABLE has no value there."""
    text = (
        "variable v number\n-- @probe select 1 from t where a = :v and b = :w\n"
        "insert into t values (:v);\n"
    )
    assert places(mistakes(text)) == [
        ("variable-out-of-place", "a.sql", 2, 37),
        ("missing-bind", "a.sql", 2, 48),
    ]


def test_a_colon_of_json_may_be_meant() -> None:
    """The driver takes what follows it for a bind, so the cure is told."""
    (found,) = mistakes("select json_object(k : v) from t;\n")
    assert "write KEY k VALUE v" in found.cure


def test_a_mistake_of_the_plan_shows_its_line() -> None:
    """Not only those of the reader."""
    script = parse_script("update t set a = 1;\n-- @step step_1\n  select 1 from t;\n")
    with pytest.raises(ScriptError) as caught:
        build_plan(script, ScriptValues())
    assert str(caught.value).split("\n")[1] == "      select 1 from t;"


def test_a_reserved_word_names_no_bind() -> None:
    """In SQL; a name that is reserved nowhere else, and one in a block, may be used."""
    text = "select 1 from t where a = :Date and b = :day;\nbegin\n  p(:date);\nend;\n/\n"
    found = mistakes(text, date=1, day=2)
    assert places(found) == [("reserved-bind", "a.sql", 1, 27)]
    assert "ORA-01745" in str(found[0])


def test_very_many_binds_take_no_longer_each() -> None:
    """Twenty thousand in a statement are a matter of a second; were they compared, of minutes."""
    text = "select " + ",\n".join(f":b{no}" for no in range(20_000)) + " from t;\n"
    begun = time.perf_counter()
    found = examine(text, "a.sql", ParseSettings(), ScriptValues({"x": 1}))
    assert time.perf_counter() - begun < 20
    assert len(found.problems) == 100
    assert found.binds is not None
    assert len(found.binds) == 20_000
