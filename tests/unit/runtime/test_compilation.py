"""What follows from the database's warning, and from what ALL_ERRORS then says."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import pytest

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.runtime.compilation import NotCompiled, refuse_uncompiled, shown_errors
from airflow_oracle_dag.runtime.connector import Outcome
from airflow_oracle_dag.runtime.errors import ConnectionLost, DatabaseError

WARNING = "DPY-7000: creation succeeded with compilation errors"
SCRIPT = parse_script("create procedure p is\nbegin\n  q;\nend;\n/\n", name="s.sql")
Row = Tuple[str, int, int, str, str]


class Answering:
    """A session that has been asked for nothing but ALL_ERRORS."""

    def __init__(self, rows: List[Row], error: Optional[DatabaseError] = None) -> None:
        self.rows = rows
        self.error = error
        self.asked: List[Any] = []

    def execute(self, text: str, binds: Any) -> Outcome:
        """Give the rows, or raise."""
        self.asked.append(binds)
        if self.error is not None:
            raise self.error
        return Outcome(columns=("TYPE",), rows=tuple(self.rows))


def refused(session: Any, warning: str = WARNING) -> List[str]:
    """Judge the script's CREATE."""
    return refuse_uncompiled(session, SCRIPT, SCRIPT.pieces[0], warning)


def test_what_the_compiler_only_warns_of_is_told() -> None:
    """PLSQL_WARNINGS alone make nothing invalid."""
    session = Answering([("PROCEDURE", 3, 3, "PLW-06009: no RAISE", "WARNING")])
    assert refused(session) == ["s.sql:3:3: warning: PLW-06009: no RAISE\n      q;\n      ^"]


def test_one_error_among_warnings_fails() -> None:
    """Both are told."""
    rows = [
        ("PROCEDURE", 3, 3, "PLW-06009: no RAISE", "WARNING"),
        ("PROCEDURE", 3, 3, "PLS-00201: no Q", "ERROR"),
    ]
    with pytest.raises(NotCompiled) as failed:
        refused(Answering(rows))
    assert len(failed.value.lines) == 2
    assert failed.value.code == "ORA-24344"


@pytest.mark.parametrize("error", [None, DatabaseError("no", "ORA-00942")])
def test_errors_that_cannot_be_read_fail_all_the_same(error: Optional[DatabaseError]) -> None:
    """The warning is believed, and the error says that nothing more is known."""
    with pytest.raises(NotCompiled, match="ALL_ERRORS shows this user no line of it"):
        refused(Answering([], error))


@pytest.mark.parametrize(
    "error", [ConnectionLost("gone", "DPY-4011"), DatabaseError("time", "DPY-4024")]
)
def test_a_question_that_was_not_answered_says_nothing_of_the_code(error: DatabaseError) -> None:
    """Whoever takes the step over asks again."""
    with pytest.raises(type(error)) as raised:
        refused(Answering([], error))
    assert raised.value is error


def test_another_warning_is_told_and_nothing_is_asked() -> None:
    """It is not about code; without one, nothing is said."""
    session = Answering([])
    assert refused(session, "ORA-28002: expires") == ["s.sql:1: ORA-28002: expires"]
    assert refused(session, "") == []
    assert session.asked == []


def test_show_errors_says_that_it_does_not_know_a_name() -> None:
    """The unit's name comes from a query: nothing is asked of another one."""
    script = parse_script(
        "column x new_value v\nselect a x from t;\n"
        "create procedure p is begin null; end;\n/\n"
        "create package b_&v is end;\n/\nshow errors\n",
        name="s.sql",
    )
    session: Any = Answering([])
    line = next(piece for piece in script.pieces if piece.verb == "SHOW ERRORS")
    (said,) = shown_errors(session, script, line)
    assert said.startswith("s.sql:7: SHOW ERRORS: the name of the package that was made last is no")
    assert said.endswith("write SHOW ERRORS PACKAGE name")
    assert session.asked == []


def test_a_unit_with_any_letters_is_looked_up() -> None:
    """What the compiler said of it is asked for by its stored name."""
    script = parse_script("create procedure prüfe is\nbegin\n  q;\nend;\n/\n", name="s.sql")
    session: Any = Answering([("PROCEDURE", 3, 3, "PLS-00201: no Q", "ERROR")])
    with pytest.raises(NotCompiled, match="procedure PRÜFE was created with compilation errors"):
        refuse_uncompiled(session, script, script.pieces[0], WARNING)
    assert session.asked[0]["unit_name"] == "PRÜFE"
