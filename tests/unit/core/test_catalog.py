"""The order of a category's jobs, and rows that contradict each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.core.catalog import Catalog, Limits, batches
from airflow_oracle_dag.core.errors import CatalogError
from airflow_oracle_dag.core.jobs import Job

ROOMY = Limits(waves=10_000, batches=10_000, batch_size=1000)


def check_catalog(jobs, others=None):
    """Refuse rows that contradict each other."""
    Catalog(jobs).check(others)


def waves(jobs, chosen):
    """Put jobs in waves."""
    return Catalog(jobs).waves(chosen)


def job(name, depends_on="", **fields):
    """Make a row."""
    return Job(name=name, depends_on=depends_on, **fields)


def names(found):
    """Return the names of jobs in waves."""
    return [[one.name for one in wave] for wave in found]


def everybody(jobs):
    """Return the names of jobs."""
    return {one.name for one in jobs}


@st.composite
def catalogs(draw):
    """Draw jobs that depend on earlier ones only, in any order, and which of them are chosen."""
    count = draw(st.integers(1, 25))
    jobs = []
    for number in range(count):
        earlier = st.sampled_from([f"J{one}" for one in range(number)]) if number else st.nothing()
        upstream = draw(st.lists(earlier, max_size=4)) if number else []
        priority = draw(st.sampled_from(["", "1", "7", "-3", "high"]))
        jobs.append(job(f"J{number}", ", ".join(upstream), priority=priority))
    chosen = draw(st.sets(st.sampled_from([one.name for one in jobs])))
    return draw(st.permutations(jobs)), chosen


def ancestors(jobs, name):
    """Return all that a job waits for, straight from the definition."""
    by_name = {one.name: one for one in jobs}
    found = set()
    for one in by_name[name].upstream:
        found |= {one} | ancestors(jobs, one)
    return found


@given(catalogs())
def test_each_chosen_job_is_in_one_wave_after_all_that_it_waits_for(catalog):
    """Waves hold the chosen jobs once each, and order follows DependsOn, also through others."""
    jobs, chosen = catalog
    found = names(waves(jobs, chosen))
    assert sorted(name for wave in found for name in wave) == sorted(chosen)
    place = {name: number for number, wave in enumerate(found) for name in wave}
    for name in chosen:
        before = ancestors(jobs, name) & chosen
        # after all of them, and not later than that
        assert place[name] == max((place[one] + 1 for one in before), default=0)


@given(catalogs())
def test_waves_do_not_depend_on_the_order_of_the_rows(catalog):
    """The same rows give the same waves, in whatever order a store returns them."""
    jobs, chosen = catalog
    assert waves(jobs, chosen) == waves(sorted(jobs, key=lambda one: one.name), chosen)


@given(catalogs())
def test_rows_that_depend_on_earlier_ones_only_are_let_pass(catalog):
    """No order that exists is refused."""
    jobs, _ = catalog
    check_catalog(jobs)


@given(catalogs(), st.data())
def test_a_ring_is_always_found(catalog, data):
    """Let any job depend on one that waits for it: the error shows a ring through DependsOn."""
    jobs, _ = catalog
    last = data.draw(st.sampled_from(jobs))
    first = data.draw(st.sampled_from(sorted(ancestors(jobs, last.name) | {last.name})))
    jobs = [
        job(one.name, f"{one.depends_on}, {last.name}") if one.name == first else one
        for one in jobs
    ]
    with pytest.raises(CatalogError) as error:
        check_catalog(jobs)
    by_name = {one.name: one for one in jobs}
    line = next(text for text in str(error.value).splitlines() if "each depends" in text)
    ring = line.strip(" -").split(":")[0].split(" -> ")
    assert ring[0] == ring[-1]
    for one, following in zip(ring, ring[1:]):
        assert following in by_name[one].upstream


def test_inside_a_wave_priority_then_name_decides():
    """Higher Priority begins earlier; a Priority that is no number counts as none."""
    jobs = [job("b"), job("a"), job("late", priority="-1"), job("x", priority="odd"), job("z")]
    jobs[-1] = job("z", priority="5")
    assert names(waves(jobs, everybody(jobs))) == [["z", "a", "b", "x", "late"]]


def test_a_job_that_does_not_run_takes_no_wave_but_keeps_the_order():
    """A third job waits for the first, though the one between is skipped; two waves do."""
    jobs = [job("a"), job("b", "a"), job("c", "b")]
    assert names(waves(jobs, {"a", "c"})) == [["a"], ["c"]]
    assert names(waves(jobs, {"c"})) == [["c"]]
    assert waves(jobs, set()) == []


def test_a_dependency_elsewhere_orders_nothing_here():
    """A job of another category is looked up when the job begins, not put into a wave."""
    jobs = [job("b", "elsewhere"), job("a")]
    assert Catalog(jobs).outside == ["elsewhere"]
    check_catalog(jobs, {"elsewhere": job("elsewhere")})
    assert names(waves(jobs, {"a", "b"})) == [["a", "b"]]


def test_all_that_is_wrong_is_said_at_once():
    """Duplicates, unknown names and rings are in one error, each with its rows."""
    jobs = [
        job("LOAD"),
        job("LOAD"),
        job("CLEAN", "load, LOAD"),
        job("A", "B"),
        job("B", "C"),
        job("C", "A, CLEAN"),
        job("SELF", "SELF"),
        job("AFTER", "SELF"),
    ]
    with pytest.raises(CatalogError) as error:
        check_catalog(jobs)
    text = str(error.value)
    assert "no job was started" in text
    assert "LOAD is there 2 times in environment default" in text
    assert "CLEAN depends on load, and there is no job of that name (is LOAD meant?)" in text
    assert "A -> B -> C -> A: each depends on the next" in text
    assert "SELF -> SELF" in text
    assert "AFTER" not in text
    assert "To mend it" in text
    assert set(error.value.jobs) == {"LOAD", "CLEAN", "A", "B", "C", "SELF"}


def test_a_ring_over_two_categories_is_found():
    """Each category alone looks right, yet neither could begin first."""
    others = {"STG1": job("STG1", "RAW1"), "STG2": job("STG2")}
    with pytest.raises(CatalogError, match="RAW1 -> STG1 -> RAW1"):
        check_catalog([job("RAW1", "STG1")], others)


def test_a_ring_elsewhere_is_not_this_categorys_error():
    """Rows that only lead to a ring of another category are let pass: that category tells."""
    check_catalog([job("STG", "X")], {"X": job("X", "Y"), "Y": job("Y", "X")})


def test_a_thousand_mistakes_are_a_short_error():
    """Ten of a kind are shown, the others counted; all rows are in the error's data."""
    with pytest.raises(CatalogError) as error:
        check_catalog([job(f"J{number:04}", "NOBODY") for number in range(1000)])
    assert len(str(error.value).splitlines()) == 13
    assert "and 990 more" in str(error.value)
    assert len(error.value.jobs) == 1000


@given(catalogs(), st.integers(1, 5))
def test_batches_can_be_mapped_and_begin_in_the_order_of_the_wave(catalog, size):
    """No batch is larger than can be mapped, there are no more than needed, and first is first."""
    jobs, chosen = catalog
    found = waves(jobs, chosen)
    cut = batches(found, Limits(25, 25, size), "RAW")
    for wave, dealt in zip(found, cut):
        assert len(dealt) == -(-len(wave) // size)
        assert all(0 < len(batch) <= size for batch in dealt)
        by_place = sorted(
            (place, number, one.name)
            for number, batch in enumerate(dealt)
            for place, one in enumerate(batch)
        )
        assert [name for _, _, name in by_place] == [one.name for one in wave]


def test_too_many_waves_say_how_many_are_needed():
    """The error names the number, the jobs that force it and both cures."""
    jobs = [job("a"), job("b", "a"), job("c", "b"), job("d")]
    with pytest.raises(CatalogError) as error:
        batches(waves(jobs, everybody(jobs)), Limits(2, 2, 10), "RAW")
    text = str(error.value)
    assert "category RAW needs 3 waves and has tasks for 2" in text
    assert "a -> b -> c run one after another" in text
    assert "max_waves=3" in text
    assert error.value.jobs == ("a", "b", "c")


def test_too_many_batches_say_how_many_are_needed():
    """The error names wave, jobs, batches, and both cures."""
    jobs = [job(f"J{number}", "first") for number in range(7)] + [job("first")]
    with pytest.raises(CatalogError) as error:
        batches(waves(jobs, everybody(jobs)), Limits(2, 2, 3), "RAW")
    text = str(error.value)
    assert "wave 2 of category RAW has 7 jobs, which need 3 batches of 3" in text
    assert "max_batches=3" in text


def test_a_chain_of_ten_thousand_jobs_is_put_in_order():
    """Long chains cost neither recursion nor squares."""
    jobs = [job(f"J{n:05}", f"J{n - 1:05}" if n else "") for n in range(10_000)]
    check_catalog(jobs)
    found = waves(jobs, everybody(jobs))
    assert len(batches(found, ROOMY, "RAW")) == 10_000
