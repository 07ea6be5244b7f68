"""A script is read to its end in spite of its mistakes, and each of them is said once."""

from __future__ import annotations

import time
from typing import List, Tuple

import pytest
from hypothesis import given, settings

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.mistakes import find_mistakes, read_anyway
from airflow_oracle_dag.core.script import ParseSettings, StatementClass
from tests.unit.core.test_script_properties import SCRIPTS, assert_covers


def said(text: str) -> List[Tuple[str, int]]:
    """Give rule and line of all mistakes."""
    _, mistakes = find_mistakes(text, name="a.sql", settings=ParseSettings())
    return [(each.rule, each.line) for each in mistakes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1\n\nfrom dual;\nfrobnicate;\ncommit;\n",
         [("blank-line-in-sql", 2), ("unknown-line", 4)]),
        ("begin null; end;\ncommit;\ncommit; x\ndelete t;\n/\n",
         [("missing-slash", 2), ("two-statements-on-a-line", 3), ("unknown-line", 3),
          ("rerun-dml", 5)]),
        ("delete t\n.\nselect 'a;\nb' from dual;\n",
         [("terminator-in-string", 3), ("block-terminator", 2)]),
        ("exec p('\nhost x\ncommit;\n", [("unterminated-string", 1),
                                        ("directive-not-supported", 2)]),
        ("select 'a;\nfrom\nhost x\n", [("unterminated-string", 1)]),
        ("/*x*/\nconnect a/b\nselect 1 from dual -\n;\n",
         [("comment-without-space", 1), ("directive-not-supported", 2),
          ("hyphen-continuation", 3)]),
        ("pause\nselect &b from dual;\nhost x\nselect 'a;\nb' from dual;\n",
         [("undefined-variable", 2), ("directive-not-supported", 1),
          ("directive-not-supported", 3), ("terminator-in-string", 4)]),
        ("pause\nexit\nfrobnicate\n", [("directive-not-supported", 1)]),
    ],
)  # fmt: skip
def test_each_mistake_is_said_once(text: str, expected: List[Tuple[str, int]]) -> None:
    """Behind a mistake the script goes on where the command ends most probably."""
    assert said(text) == expected


def test_a_wrong_piece_keeps_its_place() -> None:
    """What is refused stands among the pieces with its text, as none of the classes."""
    script, mistakes = read_anyway(
        b"select 1\n\nfrom dual;\ndelete t;\nwhat\n", name="a.sql", settings=ParseSettings()
    )
    assert [(each.text, each.statement) for each in script.pieces] == [
        ("select 1\n\nfrom dual", StatementClass.NONE),
        ("delete t", StatementClass.DML),
        ("what", StatementClass.NONE),
    ]
    assert len(mistakes) == 2


def test_without_values_the_file_is_split_as_it_is_written() -> None:
    """A variable without a value is one mistake and hides no other."""
    text = b"select &a from dual;\nselect 'x;\ny' from dual;\n"
    script, mistakes = read_anyway(text, name="a.sql", settings=ParseSettings())
    assert [each.rule for each in mistakes] == ["undefined-variable", "terminator-in-string"]
    cut = [text[each.start : each.end] for each in script.pieces]
    assert cut == [b"select &a from dual;", b"select 'x;\ny' from dual;"]


def test_what_is_no_text_has_no_pieces() -> None:
    """Bytes that are no text are one mistake."""
    assert said("\x00") == [("encoding", 0)]
    with pytest.raises(ScriptError):
        read_anyway(b"\x00", name="a.sql", settings=ParseSettings())


@settings(max_examples=300)
@given(SCRIPTS)
def test_any_fragments(source: str) -> None:
    """Whatever is wrong: the pieces cover the file, and there is a mistake if a run refuses it."""
    data = f"commit;{source}".encode()
    script, _ = read_anyway(data, name="x.sql", settings=ParseSettings())
    if not any("not read from here" in each.text for each in script.notices):
        assert_covers(data, script)


@pytest.mark.parametrize(
    "line", ["select 'a;\n", "select /* a\n", "begin q'[a q'!b\n", "select 1\n\n", "delete t\n.\n"]
)
def test_many_hazards_cost_no_more_than_the_file(line: str) -> None:
    """A file of hazards is given up after a hundred of them, in time that grows with its size."""
    best = []
    for count in (4000, 16000):
        began = time.process_time()
        assert 1 <= len(said(line * count)) <= 101
        best.append(time.process_time() - began)
    assert best[1] < 9 * max(best[0], 0.02)


def test_all_lines_that_are_unknown() -> None:
    """What costs nothing to pass over is said of each line, however many there are."""
    assert said("what\npause\n" * 150) == [
        (("unknown-line", "directive-not-supported")[line % 2], line + 1) for line in range(300)
    ]
