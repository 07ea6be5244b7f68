"""Whatever a file holds, reading it ends with a set or with problems, and never otherwise."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_oracle_dag.job_sets.model import Job, JobSet
from airflow_oracle_dag.job_sets.read import read_file

_NAMES = st.sampled_from([*JobSet.model_fields, *Job.model_fields, "schema", "a", "b", "", "1"])
_SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(max_size=6),
    st.sampled_from(
        ["@daily", "0 2 * * *", "a.sql", "30s", "UTC", "a:b", "MONDAY", "HOLIDAYS", "failure", "DE"]
    ),
)
_VALUE = st.recursive(
    _SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_NAMES | st.integers(), inner, max_size=5)
    ),
    max_leaves=15,
)
_JOB = st.dictionaries(_NAMES, _VALUE, max_size=5)
_SET = st.fixed_dictionaries(
    {"jobs": st.dictionaries(_NAMES, _JOB, max_size=4) | _VALUE},
    optional={name: _VALUE for name in JobSet.model_fields if name != "jobs"},
)


def is_a_set_or_has_problems(name, content):
    """Read one file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        found = read_file(file)
    assert (found.job_set is None) == bool(found.problems)
    text = content.decode("utf-8", "replace")
    lines = 1 + sum(text.count(end) for end in "\n\r\x85\u2028\u2029")  # YAML ends lines by all
    for problem in found.problems:
        assert problem.message
        assert 0 <= problem.line <= lines
        assert str(problem)
        assert json.dumps(problem.as_document())


@given(_SET)
def test_any_values_anywhere(data):
    """Each field may get anything: a wrong type, a wrong name, a list, a date, nothing."""
    is_a_set_or_has_problems("a.yaml", yaml.safe_dump(data).encode())


@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))
)
@example(b"? a\n")
@example(b"{? : }")
@example(b"a: !!set {b}")
@example(b"- &a [*a, *a]")
@example(b"!!map [a]")
@example(b"!!seq {a: b}")
@example(b"!!str [a]")
@example(b"%YAML 2.0\n---\na: b")
@example("\u2028a: b".encode())
def test_any_bytes_as_yaml(content):
    """No text and no bytes end otherwise."""
    is_a_set_or_has_problems("a.yaml", content)


@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))
)
@example(b"jobs.a.script = 'a.sql'\r\n")
@example(b"jobs = [{}]\n[[x]]")
@example(b'jobs."a.b".script = """a\n.sql"""')
def test_any_bytes_as_toml(content):
    """No text and no bytes end otherwise."""
    is_a_set_or_has_problems("a.toml", content)
