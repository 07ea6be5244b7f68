"""The PL/SQL compiler without a database."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.sandbox.dialect.lexer import tokenize
from airflow_oracle_dag.sandbox.plsql.block import compile_block
from airflow_oracle_dag.sandbox.plsql.types import NUMBER, PlType, fit, number_text, to_number
from airflow_oracle_dag.sandbox.session import OracleError, OracleType


def _compile(text):
    return compile_block(text, tokenize(text))


@pytest.mark.parametrize(
    ("block", "line", "column"),
    [
        ("BEGIN\n  NULL\nEND;", 3, 1),
        ("BEGIN IF 1 = 1 THEN NULL; END;", 1, 30),
        ("DECLARE a NUMBER; a NUMBER; BEGIN NULL; END;", 1, 19),
        ("BEGIN END;", 1, 7),
        ("BEGIN NULL; END; x", 1, 18),
        ("BEGIN SELECT 1 FROM dual", 1, 7),
        ("BEGIN FORALL i IN 1 .. 2 NULL; END;", 1, 26),
        ("BEGIN GOTO x; END;", 1, 12),
        ("BEGIN GOTO x; IF TRUE THEN <<x>> NULL; END IF; END;", 1, 12),
        ("DECLARE n NUMBER NOT NULL; BEGIN NULL; END;", 1, 9),
        ("DECLARE n CONSTANT NUMBER; BEGIN NULL; END;", 1, 9),
        (
            "DECLARE TYPE l IS TABLE OF NUMBER; TYPE m IS TABLE OF NUMBER; a l; b m; BEGIN a := b; END;",
            1,
            84,
        ),
        ("DECLARE TYPE r IS RECORD (a NUMBER); x r; BEGIN x.b := 1; END;", 1, 51),
        ("DECLARE TYPE v IS VARRAY(2) OF NUMBER; x v := v(); BEGIN x.DELETE(1); END;", 1, 60),
    ],
)
def test_errors_have_a_place(block, line, column):
    """A block that does not compile is ORA-06550 with line and column."""
    with pytest.raises(OracleError) as caught:
        _compile(block)
    assert caught.value.code == 6550
    assert caught.value.message.startswith(f"line {line}, column {column}:")


@pytest.mark.parametrize(
    "block",
    [
        "BEGIN SELECT a BULK COLLECT INTO :x FROM t; END;",
        "DECLARE TYPE l IS TABLE OF NUMBER; n NUMBER; BEGIN FORALL i IN 1 .. 2 UPDATE t SET a = i RETURNING a INTO n; END;",
    ],
)
def test_refusals(block):
    """What the interpreter cannot do is ORA-03001."""
    with pytest.raises(OracleError) as caught:
        _compile(block)
    assert caught.value.code == 3001


_STATEMENTS = st.recursive(
    st.sampled_from(["NULL;", ":a := 1;", "x := x + :b;", "COMMIT;", "UPDATE t SET a = x;", "SELECT 1 INTO x FROM dual;"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"{p[0]} {p[1]}"),
        inner.map(lambda s: f"IF x > 1 THEN {s} ELSE {s} END IF;"),
        inner.map(lambda s: f"BEGIN {s} EXCEPTION WHEN OTHERS THEN {s} END;"),
        inner.map(lambda s: f"FOR i IN 1 .. 2 LOOP {s} END LOOP;"),
        inner.map(lambda s: f"DECLARE y NUMBER := x; BEGIN {s} END;"),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)  # a busy machine is no finding
@given(_STATEMENTS)
def test_nested_statements_compile(body):
    """Statements nest in each other to any depth."""
    block = _compile(f"DECLARE x NUMBER := 0; BEGIN {body} END;")
    assert set(block.bind_names) == {n for n in ("A", "B") if f":{n.lower()}" in body}


@settings(deadline=None)  # the same
@given(st.text(max_size=60))
def test_any_text_compiles_or_is_an_oracle_error(text):
    """No text makes the compiler fail with anything but an ORA- error."""
    try:
        _compile(f"BEGIN {text} END;")
    except OracleError:
        return


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    )
)
def test_numbers_keep_their_value_as_text(number):
    """TO_NUMBER takes back what TO_CHAR made."""
    assert to_number(number_text(number)) == number


@pytest.mark.parametrize(
    ("value", "kind", "fitted"),
    [
        ("12", NUMBER, 12),
        (1.006, PlType(OracleType.NUMBER, precision=4, scale=2), Decimal("1.01")),
        (2.5, PlType(OracleType.NUMBER, integer=True), 3),
        (5, PlType(OracleType.VARCHAR2, size=1), "5"),
        ("", NUMBER, None),
        ("a", PlType(OracleType.CHAR, size=3), "a  "),
    ],
)
def test_assignment_converts(value, kind, fitted):
    """An assignment converts to the type of its target."""
    assert fit(value, kind, lambda v, k: v) == fitted


def test_too_long_is_value_error():
    """A text that does not fit is ORA-06502."""
    with pytest.raises(OracleError) as caught:
        fit("ab", PlType(OracleType.VARCHAR2, size=1), lambda v, k: v)
    assert caught.value.code == 6502
