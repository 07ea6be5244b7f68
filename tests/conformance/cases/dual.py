"""The table DUAL."""

from tests.conformance.record import Case, Feature, Manual, rows

FEATURE = Feature(3, "dual")

_DUAL = Manual("SQL Language Reference", "Selecting from the DUAL Table")

CASES = (
    Case("one column, one row", "select * from dual", rows(("X",)), _DUAL),
    Case("a constant comes once", "select 1 + 1 from dual", rows((2,)), _DUAL),
    Case("by its owner", "select dummy from sys.dual", rows(("X",)), _DUAL),
    Case("an alias", "select d.dummy from dual d where d.dummy = 'X'", rows(("X",)), _DUAL),
    Case("a condition that does not hold", "select 1 from dual where 1 = 2", rows(), _DUAL),
    Case("joined to itself", "select count(*) from dual a, dual b", rows((1,)), _DUAL),
    Case(
        "in a subquery", "select 1 from dual where exists (select 1 from dual)", rows((1,)), _DUAL
    ),
    Case("the session's user", "select count(*) from dual where user = user", rows((1,)), _DUAL),
)
