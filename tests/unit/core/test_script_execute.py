"""EXECUTE: SQL*Plus User's Guide and Reference, "EXECUTE"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.errors import ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import StepClass, build_plan
from airflow_oracle_dag.core.script import PieceKind, StatementClass
from airflow_oracle_dag.core.values import ScriptValues


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("exec p", "BEGIN p; END;"),
        ("EXECUTE p(1);", "BEGIN p(1); END;"),
        ("execu p ( 1 ) ; ", "BEGIN p ( 1 ); END;"),
        ("exec a; b;", "BEGIN a; b; END;"),
        ("exec dbms_output.put_line('a;')", "BEGIN dbms_output.put_line('a;'); END;"),
        ("exec p('it''s -- it')", "BEGIN p('it''s -- it'); END;"),
        ("exec p(q'[it's]')", "BEGIN p(q'[it's]'); END;"),
        ("exec p /* a */", "BEGIN p /* a */; END;"),
        ("exec p( -\n  1, -\n  2)", "BEGIN p(    1,    2); END;"),
        ("exec p( -\r\n  1)", "BEGIN p(    1); END;"),
        ("exec null", "BEGIN null; END;"),
    ],
)
def test_a_line_becomes_a_block(line: str, sent: str) -> None:
    """BEGIN stands before it and ; END; behind it; hyphens join lines."""
    script = parse_script(f"{line}\ncommit;\n")
    piece = script.pieces[0]
    assert (piece.kind, piece.statement) == (PieceKind.PLSQL, StatementClass.PLSQL)
    assert piece.text == sent
    assert script.source[piece.start : piece.end].decode() == line.rstrip()


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("empty-execute", "exec"),
        ("empty-execute", "exec ;"),
        ("unterminated-comment", "exec p -- what p does"),
        ("unterminated-comment", "exec p( -- one -\n 1)"),
        ("unterminated-comment", "exec p /* a"),
        ("unterminated-string", "exec p('a)"),
        ("unterminated-name", 'exec "p'),
    ],
)
def test_refused(rule: str, line: str) -> None:
    """What would swallow the END is refused before the database says something about it."""
    with pytest.raises(ScriptError) as caught:
        parse_script(f"commit;\n{line}\ncommit;\n")
    assert (caught.value.rule, caught.value.line) == (rule, 2)
    assert caught.value.cure


def test_it_is_a_statement_of_its_step() -> None:
    """It takes annotations, values and binds, and is classed by what it calls."""
    script = parse_script(
        "define p = load_orders\n-- @step a\nexec dbms_output.put_line(:x)\n"
        "-- @step b timeout=1h\nexec &p(1)\n"
    )
    made = build_plan(script, ScriptValues({"x": "1"}))
    assert [(step.name, step.step_class, step.timeout) for step in made.steps] == [
        ("a", StepClass.BLOCK, None),
        ("b", StepClass.OPAQUE, 3600.0),
    ]
    assert made.steps[1].units[0].piece.written == "exec &p(1)"


def test_it_leaves_the_buffer_alone() -> None:
    """A / after it runs the statement before it once more (SPUG, the SQL buffer)."""
    assert parse_script("select 1 from dual;\nexec p\n/\n").pieces[2].repeats == 0
    with pytest.raises(ScriptError, match="statement of line 1 once more"):
        parse_script("delete t;\nexec p\n/\n")


@given(st.text(alphabet="pq'\"[];-/* \n\t(),:x", max_size=30))
def test_anything_behind_it(rest: str) -> None:
    """Any line gives a block that ends with its END, or a refusal."""
    refusal = None
    try:
        script = parse_script(f"exec {rest}\n")
    except ScriptError as error:
        refusal = error
    if refusal is not None:
        assert refusal.cure
        return
    assert script.pieces[0].text.endswith("; END;")
