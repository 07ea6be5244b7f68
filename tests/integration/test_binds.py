"""The binds that are found in a statement are those that the driver finds: it gets their values."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.core.binds import bind_offsets, find_binds

_PARTS = st.sampled_from(
    [
        *(" ", "\n", ",", "a", "1", ":a", ":B", ":1", ": c", ":\nd", "::e", ":=", ":=:f", "k:v"),
        *("'x'", "'it''s'", "':g'", "q'[it's :h]'", "nq'<:i>'", "'x':j", "'x' : :k", "Q'!:l!'"),
        *("-- :m\n", "-- it's\n", "/* :n */", "/* ' */", '":o"', ':"P"', ':"Q r"', '"x":s'),
        *("timestamp '2026-01-01 10:30:00'", "größe", ":größe", "(", ")", "/", "-", ":t$u#v_1"),
    ]
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_PARTS, max_size=12))
def test_binds_are_those_of_the_driver(bench, parts) -> None:
    """Whatever stands together; each is found again where it stands."""
    text = "select " + " ".join(parts)
    with bench.connection.cursor() as cursor:
        cursor.prepare(text)
        theirs = cursor.bindnames()
    ours = find_binds(text)
    assert [_as_the_driver_says(name) for name in ours] == theirs
    offsets = bind_offsets(text)
    assert tuple(offsets) == ours
    for name, at in offsets.items():
        assert find_binds(text[at:])[:1] == (name,)


def _as_the_driver_says(name: str) -> str:
    return name[1:-1] if name.startswith('"') else name.upper()


def test_a_quoted_bind_is_given_its_value(bench) -> None:
    """It keeps its quotes in the name of the parameter."""
    text = 'insert into t_ledger (entry) values (:"Mixed" || :plain);\n'
    bench.run(text, parameters={'"Mixed"': "x", "PLAIN": "y"})
    assert bench.ledger() == {"xy": 1}
