"""Tokens of Oracle SQL and PL/SQL."""

# ruff: noqa: E501 - a statement reads best on one line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.sandbox.dialect.lexer import Kind, tokenize
from airflow_oracle_dag.sandbox.session import OracleError


def _values(text):
    return [(t.kind, t.value) for t in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ab$1#", [(Kind.WORD, "AB$1#")]),
        ('"Ab"', [(Kind.QUOTED, "Ab")]),
        ("'it''s'", [(Kind.STRING, "it's")]),
        ("q'[a'b]'", [(Kind.STRING, "a'b")]),
        ("nq'!x!'", [(Kind.STRING, "x")]),
        (":a:b", [(Kind.BIND, "A"), (Kind.BIND, "B")]),
        ("1..3", [(Kind.NUMBER, "1"), (Kind.OP, ".."), (Kind.NUMBER, "3")]),
        ("1.5e-3d", [(Kind.NUMBER, "1.5e-3d")]),
        (":=a", [(Kind.OP, ":="), (Kind.WORD, "A")]),
        ("a--b\n/* c */d", [(Kind.WORD, "A"), (Kind.WORD, "D")]),
        ("<<l>>", [(Kind.OP, "<<"), (Kind.WORD, "L"), (Kind.OP, ">>")]),
    ],
)
def test_tokens(text, tokens):
    """Each token has its kind and value."""
    assert _values(text) == tokens


@pytest.mark.parametrize(
    ("text", "code"), [("'a", 1756), ('"a', 1740), ("/* a", 1742), ("q'[a", 1756)]
)
def test_unterminated(text, code):
    """What does not end has its own number."""
    with pytest.raises(OracleError) as caught:
        tokenize(text)
    assert caught.value.code == code


@given(st.text())
def test_any_text_gives_string_token_back(text):
    """Any text written as a literal comes back as one token of that value."""
    literal = "'" + text.replace("'", "''") + "'"
    assert _values(literal) == [(Kind.STRING, text)]


@given(
    st.lists(
        st.sampled_from(["a", "'x'", ":b", "1.5", "(", ")", "||", ":=", '"Q"', "q'{y}'", "--c\n"])
    )
)
def test_tokens_cover_the_text(parts):
    """Tokens stand in order, without overlap, and only spaces and comments between them are lost."""
    text = " ".join(parts)
    place = 0
    for token in tokenize(text):
        assert token.start >= place
        between = text[place : token.start].replace("--c\n", "")
        assert not between.strip()
        place = token.end
