"""What has no meaning is refused: where, what, and the cure."""

from __future__ import annotations

from typing import Optional

import pytest

from airflow_oracle_dag.core.conditions import parse_condition
from airflow_oracle_dag.core.conditions.lexer import MAX_LENGTH
from airflow_oracle_dag.core.conditions.parser import MAX_DEPTH
from airflow_oracle_dag.core.errors import ConditionError


class NoCron:
    """Refuses every expression."""

    def check(self, expression: str) -> Optional[str]:
        return f"cron cannot read {expression}"

    def matches(self, expression: str, day: object) -> bool:
        raise AssertionError("a refused expression is never asked for days")


#: The text, where the mistake is (0-based), a part of what is said and a part of the cure.
ERRORS = [
    # names
    ("MONDAI", 0, "MONDAI is not a known name (did you mean MONDAY?)", "write MONDAY"),
    ("MON, TEUSDAY", 5, "did you mean TUESDAY?", "write TUESDAY"),
    ("mondays", 0, "did you mean MONDAY?", "write MONDAY"),
    ("LASTDAY", 0, "did you mean LAST_DAY?", "write LAST_DAY"),
    ("LAST_BUSINES_DAY", 0, "did you mean LAST_BUSINESS_DAY?", "write LAST_BUSINESS_DAY"),
    ("LAST BUSINESS DAY", 0, "LAST is not a known name", "write FIRST_MONDAY or LAST_DAY"),
    ("xyzzy", 0, "XYZZY is not a known name", "names such as MONDAY, WEEKDAYS"),
    ("DAILY", 0, "DAILY is not a known name", "write ALL_DAYS"),
    ("workdays", 0, "WORKDAYS is not a known name", "write BUSINESS_DAYS or WEEKDAYS"),
    ("WEEKDAYS EXCEPT FRI", 9, "EXCEPT is not a known name", "write and not"),
    ("MON to FRI", 4, "TO is not a known name", "a range such as MON-FRI"),
    ("NONE", 0, "NONE is not a known name", "write NEVER for no day, ALL_DAYS for every day"),
    ("off", 0, "OFF is not a known name", "write NEVER"),
    ("Montag", 0, "not a known name", "write"),
    ("Q5", 0, "Q5 is not a known name", "names such as"),
    ("SIXTH_MONDAY", 0, "did you mean FIFTH_MONDAY?", "write"),
    ("A" * 300, 0, "A" * 40 + "... is not a known name", "names such as"),
    # kinds
    (
        "MONDAY,JAN",
        7,
        "MONDAY is a day of the week and JANUARY is a month: commas and blanks join one kind",
        "write MONDAY and JAN for days that are both, MONDAY or JAN for either",
    ),
    ("MONDAY JAN", 7, "join one kind only", "write MONDAY and JAN"),
    (
        "mon, tue, 15",
        10,
        "TUESDAY is a day of the week and 15 is a day of the month",
        "mon, tue or",
    ),
    ("1 JAN", 2, "1 is a day of the month and JANUARY is a month", "write 1 and JAN"),
    ("HOLIDAYS, SUN", 10, "HOLIDAYS is a kind of day of the calendar", "HOLIDAYS or SUN"),
    ("Nov - Feb, 1 - 5", 11, "NOVEMBER-FEBRUARY is a month", "Nov - Feb and 1 - 5"),
    ("QUARTER_END, JAN", 13, "QUARTER_END is a day of the month", "QUARTER_END and JAN"),
    ("MON, CRON(1 * *)", 10, "a comma joins only names and numbers", "write or in place"),
    ("MON, ALL_DAYS", 5, "a comma joins only names and numbers", "write or in place"),
    ("MON, (TUE)", 5, "a comma joins only names and numbers", "write or in place"),
    ("(MON), TUE", 5, "a comma joins only names and numbers", "write or in place"),
    ("NEVER, MON", 5, "a comma joins only names and numbers", "write or in place"),
    # numbers
    ("0", 0, "no month has a day 0", "1 to 31, or LAST_DAY"),
    ("32", 0, "no month has a day 32", "1 to 31"),
    ("1, 100", 3, "no month has a day 100", "1 to 31"),
    ("9" * 500, 0, "no month has a day 99999999999999999999...", "1 to 31"),
    ("1-99", 2, "no month has a day 99", "1 to 31"),
    ("-1", 0, "no name stands before this -", "the last day is LAST_DAY"),
    ("1st", 0, "1st is written as a number", "write 1"),
    ("22ND and JAN", 0, "22ND is written as a number", "write 22"),
    ("15x", 0, "15 runs into the letters after it", "a blank or a comma"),
    ("1_000", 0, "1 runs into the letters after it", "a blank or a comma"),
    ("2026-11-20", 0, "2026-11-20 is a date", "a calendar of your own, or set StartDate"),
    ("20261120", 0, "20261120 is a date", "StartDate and EndDate"),
    ("20.11.2026", 0, "20.11.2026 is a date", "StartDate and EndDate"),
    # ranges
    ("MON-", 3, "nothing stands after this -", "both ends of a range, such as MON-FRI or 1-5"),
    ("MON-,", 3, "nothing stands after this -", "both ends"),
    ("MON-)", 3, "nothing stands after this -", "both ends"),
    ("MON-5", 4, "no range leads from MONDAY to 5", "ranges of days of the week (MON-FRI)"),
    ("JAN-Q2", 4, "no range leads from JANUARY to Q2", "months (NOV-FEB) or of quarters"),
    ("WEEKDAYS-SUN", 9, "no range leads from WEEKDAYS to SUNDAY", "of numbers (1-5)"),
    ("28-LAST_DAY", 3, "no range leads from 28 to LAST_DAY", "of numbers (1-5)"),
    ("MON-WED-FRI", 7, "a range has two ends", "two ranges with a comma"),
    ("MON-NOT", 4, "nothing joins this to what stands before it", "and (both)"),
    ("MON-and TUE", 4, "a name is missing here", "both sides"),
    ("MON-NEVER", 4, "NEVER is never part of a list or range", "and (both) or by or (either)"),
    ("ALL_DAYS-FRI", 8, "no name stands before this -", "both ends"),
    ("MON--TUE", 3, "nothing stands after this -", "both ends"),
    # commas
    (",", 0, "no name stands before this comma", "delete it"),
    ("MON,", 3, "nothing stands after this comma", "delete it, or name another day"),
    ("MON,,TUE", 3, "nothing stands after this comma", "delete it"),
    ("(MON,)", 4, "nothing stands after this comma", "delete it"),
    ("MON and ,TUE", 8, "no name stands before this comma", "delete it"),
    ("MON, and TUE", 5, "a comma and the word and stand together", "the comma or the word"),
    ("MON, not TUE", 5, "a comma and the word not stand together", "the comma or the word"),
    # words that join
    ("and", 0, "a name is missing here", "both sides of and, or, and after not"),
    ("MON and", 7, "a name is missing here", "both sides"),
    ("MON or or TUE", 7, "a name is missing here", "both sides"),
    ("not", 3, "a name is missing here", "after not"),
    ("not and MON", 4, "a name is missing here", "after not"),
    (
        "MON not TUE",
        4,
        "nothing joins this to what stands before it",
        "and (both) or by or (either)",
    ),
    ("MON ALL_DAYS", 4, "nothing joins this", "and (both)"),
    ("ALL_DAYS MON", 9, "nothing joins this", "and (both)"),
    ("MON CRON(1 * *)", 9, "nothing joins this", "and (both)"),
    # parentheses
    ("(", 1, "a name is missing here", "both sides"),
    (")", 0, "no ( belongs to this )", "delete it, or write the ("),
    ("()", 1, "nothing stands in the ()", "delete them"),
    ("not ()", 5, "nothing stands in the ()", "delete them"),
    ("(MON", 0, "this ( is never closed", "write a ) where it ends"),
    ("JAN and ((MON)", 8, "this ( is never closed", "write a )"),
    ("MON)", 3, "no ( belongs to this )", "delete it"),
    ("(MON and)", 8, "a name is missing here", "both sides"),
    ("MON (TUE)", 4, "nothing joins this", "and (both)"),
    ("(MON) TUE", 6, "nothing joins this", "and (both)"),
    ("(MON)(TUE)", 5, "nothing joins this", "and (both)"),
    # cron
    ("CRON", 0, "CRON stands alone", "in parentheses, such as CRON(1-7 * MON)"),
    ("CRON()", 5, "CRON has three fields, and here are 0", "day of month, month and day of week"),
    ("CRON(1 *)", 5, "CRON has three fields, and here are 2", "day of month, month"),
    ("CRON(0 6 1-7 * MON)", 5, "has no times of day", "write CRON(1-7 * MON)"),
    ("CRON(1 * *", 0, "CRON( is not closed by the next parenthesis", "in parentheses"),
    ("MON or CRON(1 * (2))", 7, "CRON( is not closed", "in parentheses"),
    ("FRI or CRON(x y z)", 12, "cron cannot read X Y Z", "such as CRON(1-7 * MON)"),
    # characters
    ("MON; TUE", 3, "; has no meaning in a condition", "join days of one kind by a comma"),
    ("MON | TUE", 4, "| has no meaning", "by and, or"),
    ("MON/TUE", 3, "/ has no meaning", "by and, or"),
    ("!MON", 0, "! has no meaning", "write not"),
    ("*", 0, "* has no meaning", "write ALL_DAYS, or the day fields of cron"),
    ("0 6 * * *", 0, "no month has a day 0", "1 to 31"),
    ("Mon.", 3, ". has no meaning", "without a full stop"),
    ("MON 06:00", 6, ": has no meaning", "a condition has no times of day"),
    ("[MON]", 0, "[ has no meaning", "write ( and )"),
    ("_MON", 0, "_ has no meaning", "without a _"),
    ("MON%", 3, "% has no meaning", "names, numbers, commas, - and parentheses"),
    # SQL
    ("MONDAY' OR '1'='1", 6, "' has no meaning", "leave the quotes out"),
    ("1; DROP TABLE odag_job", 1, "; has no meaning", "join days"),
    ("1 OR 1=1", 6, "= has no meaning", "names, numbers"),
    ("SELECT 1 FROM dual", 0, "SELECT is not a known name", "write"),
    ("MON -- comment", 4, "nothing stands after this -", "both ends"),
    ('"MON"', 0, '" has no meaning', "leave the quotes out"),
    (":condition", 0, ": has no meaning", "a condition has no times of day"),
    # Unicode
    ("MON\u00a0TUE", 3, "U+00A0 (NO-BREAK SPACE)", "an ordinary blank"),
    ("MON\u2003TUE", 3, "U+2003 (EM SPACE)", "an ordinary blank"),
    ("Mon\u2013Fri", 3, "U+2013 (EN DASH)", "an ordinary -"),
    ("Mon\u2212Fri", 3, "U+2212 (MINUS SIGN)", "an ordinary -"),
    ("\u041cON", 0, "U+041C (CYRILLIC CAPITAL LETTER EM)", "in English, in plain letters"),
    ("M\u00d6NTAG", 1, "U+00D6 (LATIN CAPITAL LETTER O WITH DIAERESIS)", "in English"),
    ("\uff2d\uff2f\uff2e", 0, "U+FF2D (FULLWIDTH LATIN CAPITAL LETTER M)", "plain letters"),
    ("\u0661", 0, "U+0661 (ARABIC-INDIC DIGIT ONE)", "plain letters and digits"),
    ("SUNDAY\u0130", 6, "U+0130", "in English"),
    ("MON\u200bTUE", 3, "U+200B (ZERO WIDTH SPACE)", "delete it"),
    ("\ufeffMON", 0, "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", "delete it"),
    ("MON\u202eTUE", 3, "U+202E (RIGHT-TO-LEFT OVERRIDE)", "delete it"),
    ("MON\x00", 3, "U+0000 (a control character)", "delete it"),
    ("MON\x1b[31m", 3, "U+001B (a control character)", "delete it"),
    ("MON\x0bTUE", 3, "U+000B (a control character)", "delete it"),
    ("MON\u2028TUE", 3, "U+2028 (LINE SEPARATOR)", "delete it"),
    ("MON\ud800", 3, "U+D800", "delete it"),
    ("MON\U0001f600", 3, "U+1F600 (GRINNING FACE)", "delete it"),
    ("MON\uff0cTUE", 3, "U+FF0C (FULLWIDTH COMMA)", "delete it"),
]


@pytest.mark.parametrize(("text", "position", "what", "cure"), ERRORS, ids=lambda x: repr(x)[:40])
def test_what_has_no_meaning_is_refused(text, position, what, cure):
    """Given a text that a person or a program might write."""
    with pytest.raises(ConditionError) as refused:
        parse_condition(text, NoCron())
    error = refused.value
    assert what in error.message
    assert error.position == position
    assert cure in error.cure
    assert error.text == text
    assert f"at position {position + 1}" in str(error)


def test_a_condition_that_is_too_long_is_refused():
    """Given that a longer one is data and belongs in a calendar."""
    text = "MON," * (MAX_LENGTH // 4 - 1) + "MON "
    assert len(text) == MAX_LENGTH
    parse_condition(text)
    with pytest.raises(ConditionError, match="more than 2000 characters") as refused:
        parse_condition(text + " ")
    assert refused.value.position == MAX_LENGTH
    assert "a calendar of your own" in refused.value.cure


@pytest.mark.parametrize("opening", ["(", "not ", "not("])
def test_deep_conditions_are_refused_and_never_exhaust_the_stack(opening):
    """Given parentheses and nots at the limit, one beyond, and as many as there is room for."""
    names = opening.count("not") + opening.count("(")

    def nested(levels):
        return opening * levels + "MON" + ")" * (opening.count("(") * levels)

    parse_condition(nested(MAX_DEPTH // names))
    for levels in (MAX_DEPTH // names + 1, 200):
        with pytest.raises(
            ConditionError, match="parentheses and nots stand in each other"
        ) as error:
            parse_condition(nested(levels))
        assert error.value.cure == "write it flatter, or as several jobs"


@pytest.mark.parametrize("part", ["(MON)", "not MON", "not (MON and (1-7))"])
def test_parentheses_and_nots_side_by_side_are_not_deep(part):
    """Given far more of them than may stand in each other."""
    condition = parse_condition(" or ".join([part] * 3 * MAX_DEPTH))
    assert str(condition).count(" or ") == 3 * MAX_DEPTH - 1


def test_cron_needs_what_knows_cron():
    """Given a place where no library is installed for it."""
    with pytest.raises(ConditionError, match="nothing here knows cron") as refused:
        parse_condition("CRON(1 * *)")
    assert refused.value.cure == "install croniter, or write the days by their names"
