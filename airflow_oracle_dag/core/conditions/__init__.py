"""Run conditions: on which days a job runs, as a small language for people.

::

    MONDAY, WEDNESDAY                     one kind of day, joined by commas or blanks: either
    BUSINESS_DAYS and not LAST_DAY        kinds are joined by words only
    (1-5 or LAST_FRIDAY) and Q1           not binds tighter than and, and tighter than or
    ""                                    is ALL_DAYS

`parse_condition` gives every text a meaning or a `ConditionError` that names the place and the
cure. A condition is a value: equal ones are equal, `str` prints what `parse_condition` reads back,
and `matches` asks nothing but a day and a calendar. ``docs/run-conditions.md`` is the reference.

Order of reading: words (what a name means), tree (conditions), lexer, parser, never.
"""

from airflow_oracle_dag.core.conditions.calendar import NO_CALENDAR, Calendar, CronDays
from airflow_oracle_dag.core.conditions.never import never_true
from airflow_oracle_dag.core.conditions.parser import parse_condition
from airflow_oracle_dag.core.conditions.tree import ALL_DAYS, NEVER, RunCondition

__all__ = [
    "ALL_DAYS",
    "NEVER",
    "NO_CALENDAR",
    "Calendar",
    "CronDays",
    "RunCondition",
    "never_true",
    "parse_condition",
]
