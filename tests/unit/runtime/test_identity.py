"""A run key identifies one run across tries, machines and generations."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.runtime.identity import RunIdentity


def test_each_part_counts() -> None:
    """Another dag, task, map index, run or namespace is another run."""
    base = {"dag_id": "d", "task_id": "t", "map_key": "-1", "run_id": "r"}
    digests = {RunIdentity(**base).digest, RunIdentity(namespace="other", **base).digest}
    digests |= {RunIdentity(**{**base, name: "x"}).digest for name in base}

    assert len(digests) == 6


def test_separators_inside_parts_cannot_collide() -> None:
    """A slash in a run id is not a border between parts."""
    one = RunIdentity(dag_id="a/b", task_id="c")
    two = RunIdentity(dag_id="a", task_id="b/c")

    assert one.digest != two.digest


def test_the_readable_key_finds_the_same_run() -> None:
    """What status prints can be given back as --run-key."""
    made = RunIdentity(
        dag_id="d", task_id="t", map_key="-1", run_id="scheduled__2026-11-20T00:00:00+00:00"
    )

    assert RunIdentity(run_key=made.key).digest == made.digest
    assert made.key == "d/t/-1/scheduled__2026-11-20T00:00:00+00:00"


@pytest.mark.parametrize("key", ["", "  ", "x" * 1201, "ü" * 601, "a\nb", "\x1b[1m", "\udcff"])
def test_keys_that_identify_nothing_or_do_not_fit(key: str) -> None:
    """They are refused where they are made."""
    with pytest.raises(ValueError, match="run key"):
        RunIdentity(run_key=key)


def test_long_names_fit_without_being_mistaken() -> None:
    """Signs that are not ASCII take twelve bytes in a key: the end of it becomes a hash."""
    names = {"dag_id": "ü" * 250, "task_id": "ö" * 250, "run_id": "r" * 249}
    one, other = RunIdentity(**names), RunIdentity(**{**names, "run_id": "r" * 250})

    assert len(one.key.encode()) == len(other.key.encode()) == 1200
    assert one.digest != other.digest
    assert RunIdentity(run_key=one.key).digest == one.digest


def test_columns_tell_long_parts_apart() -> None:
    """A part that is longer than its column ends in a hash; an empty one is NULL."""
    one, other = (RunIdentity(run_id="ü" * 249 + end, dag_id="d").columns for end in "ab")

    assert one["run_id"] != other["run_id"]
    assert len(str(one["run_id"]).encode()) <= 250
    assert one["dag_id"] == "d" and one["map_key"] is None
