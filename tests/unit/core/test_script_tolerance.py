"""``@on_error`` and ``@expect`` stand before one statement; ``@reading`` before all of them."""

from __future__ import annotations

import re
import time
from typing import Optional

import pytest

from airflow_oracle_dag.core.drafts import draft_steps
from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.mistakes import find_mistakes
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import Included, IncludeRequest, ParseSettings
from airflow_oracle_dag.core.tolerance import NEVER, SEEN_OF_A_QUERY, Expectation, read_tolerated
from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.connector import SEEN_ROWS

ON_ERROR = "-- @on_error continue ORA-00942\n"
EXPECT = "-- @expect rows > 0\n"


def test_they_are_of_the_next_statement_only() -> None:
    """What stands behind that statement has neither."""
    draft, *_ = draft_steps(
        parse_script(f"{ON_ERROR}{EXPECT}delete from t;\ninsert into t values (1);\n")
    )
    first, second = draft.units
    assert (first.tolerated, first.expected) == (("ORA-00942",), Expectation(">", 0, 2))
    assert (second.tolerated, second.expected) == ((), None)


@pytest.mark.parametrize(
    ("operator", "holds"),
    [("=", "010"), ("<>", "101"), ("<", "100"), ("<=", "110"), (">", "001"), (">=", "011")],
)
def test_each_operator_compares(operator: str, holds: str) -> None:
    """Fewer, as many and more rows than the figure."""
    expected = Expectation(operator, 5)
    assert "".join(str(int(expected.holds(rows))) for rows in (4, 5, 6)) == holds


def test_no_code_is_let_in_after_which_nothing_is_certain() -> None:
    """The codes that are refused are those after which the runner stops in any case."""
    known = {*codes.TABLE, *NEVER}
    assert {code for code in known if code.startswith("ORA-")} >= set(NEVER)
    stops = {code for code in known if not codes.ends_statement_only(code)}
    assert {code for code in stops if code.startswith("ORA-")} == set(NEVER)
    assert SEEN_OF_A_QUERY == SEEN_ROWS


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("expect-misplaced", f"{EXPECT}begin null; end;\n/\n"),
        ("expect-misplaced", f"{EXPECT}truncate table t;\n"),
        ("expect-misplaced", f"{EXPECT}explain plan for select 1 from t;\n"),
        ("expect-misplaced", f"{EXPECT}exec p\n"),
        ("expect-misplaced", f"{EXPECT}commit;\n"),
        ("expect-too-many", "-- @expect rows < 100\nselect 1 from t;\n"),
        ("on-error-misplaced", f"delete from t;\n{ON_ERROR}commit;\n"),
        ("on-error-misplaced", f"delete from t;\n{ON_ERROR}rollback;\n"),
        ("on-error-misplaced", f"-- @check c\n{ON_ERROR}select 1 from t;\n"),
        ("dangling-annotation", f"delete from t;\n{ON_ERROR}"),
        ("dangling-annotation", f"delete from t;\n{EXPECT}"),
        ("second-annotation", f"{EXPECT}{EXPECT}delete from t;\n"),
    ],
)
def test_out_of_place(rule: str, text: str) -> None:
    """They are refused where they would say nothing, with line and cure."""
    with pytest.raises(ScriptError) as caught:
        parse_script(text)
    assert caught.value.rule == rule
    assert caught.value.line > 0
    assert caught.value.cure.endswith(".")


def test_of_dml_any_figure_is_counted() -> None:
    """Only of a query no more than the rows that are looked at."""
    draft, *_ = draft_steps(parse_script("-- @expect rows >= 1000000\ndelete from t;\n"))
    assert draft.units[0].expected == Expectation(">=", 1000000, 1)


# -- @reading -------------------------------------------------------------------------------------

DIFFERS = "insert into t values ('a;\nb');\n"
COMMENT = "/*no blank: a comment, or a slash */\n"


def reading(text: str, given: Optional[str] = None) -> int:
    """Return how many statements a script has."""
    script = parse_script(text, settings=ParseSettings(reading=given))
    return len([piece for piece in script.pieces if piece.kind.value == "sql"])


def test_a_file_chooses_its_reading() -> None:
    """It stands in a line of its own above the first statement, behind comments and directives."""
    with pytest.raises(ScriptError, match="string"):
        reading(DIFFERS)
    for before in ("", "rem a banner\nset echo on\n", "/* a\n comment */\n", COMMENT):
        assert reading(f"{before}-- @reading lexical\n{DIFFERS}") == 1
    assert reading(f"-- @Reading LEXICAL  \r\n{DIFFERS}") == 1
    script, mistakes = find_mistakes(
        f"-- @reading lexical\n{DIFFERS}", name="s", settings=ParseSettings()
    )
    assert script is not None
    assert mistakes == []


def test_the_reading_of_sqlplus() -> None:
    """The same line chooses the other one."""
    text = "-- @reading sqlplus\nselect 'a;\nselect 2 from dual;\n"
    assert reading(text) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"commit;\n-- @reading lexical\n{DIFFERS}",
        f"/*\n-- @reading lexical\n*/\n{DIFFERS}",
        f"insert into u values ('\n-- @reading lexical\n');\n{DIFFERS}",
    ],
)
def test_elsewhere_it_chooses_nothing(text: str) -> None:
    """Behind a statement, in a comment or in a string the line is none."""
    with pytest.raises(ScriptError, match=r"readings|string|@reading"):
        reading(text)


def test_it_is_refused_behind_a_statement() -> None:
    """A script is read in one way from its first line on."""
    with pytest.raises(ScriptError, match="behind a statement") as caught:
        parse_script("commit;\n-- @reading lexical\ncommit;\n")
    assert (caught.value.rule, caught.value.line) == ("late-reading", 2)


def test_an_included_file_cannot_choose() -> None:
    """What it would choose holds for the script that includes it, too."""

    def include(request: IncludeRequest) -> Included:
        return Included(request.file, b"-- @reading lexical\ncommit;\n")

    with pytest.raises(ScriptError, match=re.escape("in part.sql")) as caught:
        parse_script("@part\n", settings=ParseSettings(include=include))
    assert caught.value.rule == "late-reading"


def test_file_and_caller_must_agree() -> None:
    """Neither of them is taken silently where they do not."""
    text = f"-- @reading lexical\n{DIFFERS}"
    assert reading(text, "lexical") == 1
    with pytest.raises(ScriptError, match="lexical, its caller for sqlplus") as caught:
        reading(text, "sqlplus")
    assert caught.value.rule == "two-readings"


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"/*\n-- @reading sqlplus\n*/\n",
        b"doc\n-- @reading sqlplus\n#\n",
        b"-- @reading lexical\n",
    ],
)
def test_the_line_that_chooses_is_found(before: bytes) -> None:
    """Behind a byte order mark, and behind lines that only look like it."""
    script = parse_script(before + f"-- @reading lexical\n{DIFFERS}".encode())
    assert len([piece for piece in script.pieces if piece.kind.value == "sql"]) == 1


@pytest.mark.parametrize("given", [None, "lexical", "sqlplus"])
def test_two_wishes_of_a_file_are_refused(given: Optional[str]) -> None:
    """Neither of them is taken silently, whatever the caller wants."""
    with pytest.raises(ScriptError, match="line 1 asks for the reading lexical") as caught:
        reading(f"-- @reading lexical\nset echo on\n-- @reading sqlplus\n{DIFFERS}", given)
    assert (caught.value.rule, caught.value.line) == ("two-readings", 3)
    assert caught.value.cure.startswith("delete")


@pytest.mark.parametrize(
    "code",
    [
        *("ORA-02067", "ORA-02054", "ORA-02392", "ORA-02394", "ORA-02397", "ORA-02399"),
        *("ORA-25400", "ORA-25408", "ORA-24765", "ORA-00041"),
    ],
)
def test_the_whole_family_of_an_error_is_refused(code: str) -> None:
    """Who went on after one of them would go on without what the step did before."""
    with pytest.raises(ScriptError, match=f"no script goes on after {code}") as caught:
        parse_script(f"-- @on_error continue {code}\ndelete from t;\n")
    assert caught.value.cure == "take the code out."
    assert not codes.ends_statement_only(code)


def test_any_blank_stands_behind_continue() -> None:
    """A tab, too."""
    draft, *_ = draft_steps(parse_script("-- @on_error continue\tORA-1,\tORA-2\ndelete from t;\n"))
    assert draft.units[0].tolerated == ("ORA-00001", "ORA-00002")


def test_very_many_codes_are_read_at_once() -> None:
    """Each is looked at once."""
    many = ", ".join(f"ORA-{number}" for number in range(30000, 60000))
    began = time.process_time()
    assert len(read_tolerated(f"continue {many}")) == 30000
    assert time.process_time() - began < 2
