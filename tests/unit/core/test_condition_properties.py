"""What holds for every condition: the laws of not, and, or; printing and reading; totality."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_oracle_dag.core.conditions import (
    ALL_DAYS,
    NEVER,
    NO_CALENDAR,
    RunCondition,
    never_true,
    parse_condition,
)
from airflow_oracle_dag.core.conditions.tree import AllOf, AnyOf, Cron, Listed, Not, Term
from airflow_oracle_dag.core.conditions.words import SYNONYMS, WORDS, Kind
from airflow_oracle_dag.core.errors import ConditionError


class EvenCron:
    """Means the days with an even sum of day and length of the expression; refuses a ?."""

    def check(self, expression: str) -> Optional[str]:
        return "no ?" if "?" in expression else None

    def matches(self, expression: str, day: date) -> bool:
        return (day.day + len(expression)) % 2 == 0


class SomeHolidays:
    """Has a holiday whenever the day of the year divides by 7; the weekend is Friday alone."""

    name = "SEVENTHS"
    years = tuple(range(2020, 2031))

    def is_weekend(self, day: date) -> bool:
        return day.weekday() == 4

    def holiday(self, day: date) -> Optional[str]:
        return "Seventh" if day.timetuple().tm_yday % 7 == 0 else None

    def is_business_day(self, day: date) -> bool:
        return not self.is_weekend(day) and self.holiday(day) is None


CRON = EvenCron()
CALENDAR = SomeHolidays()
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
RINGED = sorted({word.ring for word in WORDS.values() if word.ring})


def terms_of(kind: Kind) -> st.SearchStrategy[Term]:
    """Return names of a kind, and ranges of its rings."""
    names = [name for name, word in WORDS.items() if word.kind is kind]
    rings = [ring for ring in RINGED if WORDS[ring[0]].kind is kind]
    single = st.sampled_from(names).map(Term)
    if not rings:
        return single
    ends = st.sampled_from(rings).flatmap(
        lambda ring: st.tuples(st.sampled_from(ring), st.sampled_from(ring))
    )
    return single | ends.map(lambda pair: Term(*pair))


LISTS = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.lists(terms_of(kind), min_size=1, max_size=4).map(
        lambda terms: Listed(tuple(terms))
    )
)
CRON_FIELD = st.text("0123456789*,-/LMONJA#", min_size=1, max_size=6)
CRONS = st.tuples(CRON_FIELD, CRON_FIELD, CRON_FIELD).map(lambda parts: Cron(" ".join(parts), CRON))
LEAVES = LISTS | CRONS | st.sampled_from([ALL_DAYS, NEVER])


def joined(inner: st.SearchStrategy[RunCondition]) -> st.SearchStrategy[RunCondition]:
    """Return conditions made of others."""
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return inner.map(Not) | several.map(AllOf) | several.map(AnyOf)


CONDITIONS = st.recursive(LEAVES, joined, max_leaves=12)


def means(condition: RunCondition, day: date) -> bool:
    """Ask for a day of the calendar above."""
    return condition.matches(day, CALENDAR)


@given(CONDITIONS)
@settings(max_examples=500)
def test_what_is_printed_is_read_as_the_same(condition):
    """Given conditions of any shape, nested lists of the same word among them."""
    printed = str(condition)
    again = parse_condition(printed, CRON)
    assert again == condition
    assert str(again) == printed
    assert hash(again) == hash(condition)
    assert again.calendar_words == condition.calendar_words


@given(CONDITIONS, DAYS)
def test_what_is_read_again_means_the_same_in_small_letters(condition, day):
    """Given that neither capitals nor more blanks than needed mean anything."""
    spaced = str(condition).lower().replace(" ", "  ").replace("(", " ( ").replace(")", "\t)")
    assert means(parse_condition(spaced, CRON), day) == means(condition, day)


@given(CONDITIONS, DAYS)
def test_not_turns_the_answer_round_and_twice_changes_nothing(a, day):
    """Given double negation, the excluded middle and the contradiction."""
    assert means(Not(a), day) is not means(a, day)
    assert means(Not(Not(a)), day) is means(a, day)
    assert means(AnyOf((a, Not(a))), day)
    assert not means(AllOf((a, Not(a))), day)


@given(CONDITIONS, CONDITIONS, DAYS)
def test_and_and_or_obey_de_morgan_and_may_be_swapped(a, b, day):
    """Given two conditions: De Morgan's laws, commutativity, absorption, identity."""
    assert means(Not(AllOf((a, b))), day) is means(AnyOf((Not(a), Not(b))), day)
    assert means(Not(AnyOf((a, b))), day) is means(AllOf((Not(a), Not(b))), day)
    assert means(AllOf((a, b)), day) is means(AllOf((b, a)), day)
    assert means(AnyOf((a, b)), day) is means(AnyOf((b, a)), day)
    assert means(AnyOf((a, AllOf((a, b)))), day) is means(a, day)
    assert means(AllOf((a, AnyOf((a, b)))), day) is means(a, day)
    assert means(AllOf((a, ALL_DAYS)), day) is means(AnyOf((a, NEVER)), day) is means(a, day)
    assert means(AllOf((a, NEVER)), day) is False
    assert means(AnyOf((a, ALL_DAYS)), day) is True


@given(CONDITIONS, CONDITIONS, CONDITIONS, DAYS)
def test_and_and_or_distribute_and_associate(a, b, c, day):
    """Given three conditions, and the words as the text has them."""
    ab_ac = AnyOf((AllOf((a, b)), AllOf((a, c))))
    assert means(AllOf((a, AnyOf((b, c)))), day) is means(ab_ac, day)
    both = AllOf((AnyOf((a, b)), AnyOf((a, c))))
    assert means(AnyOf((a, AllOf((b, c)))), day) is means(both, day)
    assert means(AllOf((AllOf((a, b)), c)), day) is means(AllOf((a, b, c)), day)
    assert means(AnyOf((a, AnyOf((b, c)))), day) is means(AnyOf((a, b, c)), day)


@given(CONDITIONS, CONDITIONS, CONDITIONS, DAYS)
def test_words_bind_as_they_are_said_to(a, b, c, day):
    """Given `not` before `and` before `or`, without parentheses."""
    text = f"({a}) or not ({b}) and ({c})"
    expected = means(a, day) or ((not means(b, day)) and means(c, day))
    assert means(parse_condition(text, CRON), day) is expected


@given(st.sampled_from(list(Kind)).flatmap(lambda kind: st.lists(terms_of(kind), min_size=1)), DAYS)
def test_a_list_is_or_over_its_terms(terms, day):
    """Given a comma, a blank or the word between names of one kind."""
    terms = terms[:40]
    expected = any(Listed((term,)).matches(day, CALENDAR) for term in terms)
    for between in (",", " ", " , ", " or "):
        text = between.join(map(str, terms))
        assert means(parse_condition(text), day) is expected


@given(st.sampled_from(RINGED), st.data(), DAYS)
def test_a_range_goes_round_from_one_end_to_the_other(ring, data, day):
    """Given any two names of a ring: the names passed on the way, counted one by one."""
    begin = data.draw(st.integers(0, len(ring) - 1))
    steps = data.draw(st.integers(0, len(ring) - 1))
    passed = [ring[(begin + step) % len(ring)] for step in range(steps + 1)]
    condition = parse_condition(f"{passed[0]}-{passed[-1]}")
    one_by_one = parse_condition(", ".join(passed))
    assert means(condition, day) is means(one_by_one, day)


@given(CONDITIONS)
@settings(max_examples=50, deadline=None)
def test_never_true_agrees_with_looking_at_every_day(condition):
    """Given the calendar's eleven years, or the cycle when no holidays are asked for."""
    if never_true(condition, CALENDAR):
        day = date(2020, 1, 1)
        while day.year < 2031:
            assert not condition.matches(day, CALENDAR)
            day += timedelta(days=1)


FRAGMENTS = st.sampled_from(
    [
        *(*WORDS, *SYNONYMS, "and", "or", "not", "ALL_DAYS", "NEVER", "CRON(", "CRON(1 * MON)"),
        *("CRON", ",", "-", "(", ")", " ", "\t", "\n", "1", "31", "32", "0", "1st", "2026-11-20"),
        *("'", ";", "\u00a0", "\u2013", "\x00", "é", "\ud800", "MONDAI", "--", "1=1", "*", "_"),
        *("Q", "LAST_"),
    ]
)


def assert_total(text: str) -> None:
    """Check that a text has a meaning, or that an error points into it and names a cure."""
    try:
        condition = parse_condition(text, CRON)
    except ConditionError as error:
        refusal = error
    else:
        assert_is_a_condition(condition)
        return
    assert 0 <= refusal.position <= len(text)
    assert refusal.message and refusal.cure and str(refusal)


def assert_is_a_condition(condition: RunCondition) -> None:
    """Check that what was read can be printed, read again and asked."""
    assert parse_condition(str(condition), CRON) == condition
    assert condition.matches(date(2026, 11, 20), NO_CALENDAR) in (True, False)


@given(st.text(max_size=300))
@settings(max_examples=500)
def test_every_text_has_a_meaning_or_an_error(text):
    """Given anything at all."""
    assert_total(text)


@given(st.lists(FRAGMENTS, max_size=30), st.sampled_from(["", " "]))
@settings(max_examples=1000)
def test_every_text_of_known_pieces_has_a_meaning_or_an_error(parts, between):
    """Given texts that look like conditions."""
    assert_total(between.join(parts))


@pytest.mark.parametrize("piece", ["(", "not ", "not(", "1,", "MON-", "CRON(", "()", "a" * 9, "- "])
@pytest.mark.parametrize("times", [1, 19, 20, 21, 500, 1000, 100_000])
def test_no_repetition_exhausts_anything(piece, times):
    """Given one piece over and over."""
    assert_total(piece * times)
    assert_total(piece * times + "MON" + ")" * piece.count("(") * times)


@given(CONDITIONS, st.data())
def test_a_damaged_condition_has_a_meaning_or_an_error(condition, data):
    """Given a good text with one character taken away, changed or added."""
    text = str(condition)
    place = data.draw(st.integers(0, len(text)))
    taken = data.draw(st.integers(0, 1))
    added = data.draw(st.sampled_from(["", ",", "-", "(", ")", "x", "9", " ", "\u00a0", "_"]))
    assert_total(text[:place] + added + text[place + taken :])
