"""What a session says of itself: SYS_CONTEXT and USERENV."""

from tests.conformance.record import Case, Feature, Manual, missing, raises, rows

FEATURE = Feature(3, "SYS_CONTEXT and USERENV")

_CONTEXT = Manual("SQL Language Reference", "SYS_CONTEXT")

CASES = (
    Case(
        "language, territory and character set",
        run="select 1 from dual where"
        " regexp_like(sys_context('userenv', 'language'), '^[^_.]+_[^_.]+[.][A-Z0-9]+$')",
        expect=rows((1,)),
        evidence=_CONTEXT,
    ),
    Case(
        "NLS_DATE_FORMAT is that of the session",
        setup=("alter session set nls_date_format = 'YYYY-MM-DD'",),
        run="select sys_context('userenv', 'nls_date_format') from dual",
        expect=rows(("YYYY-MM-DD",)),
        evidence=_CONTEXT,
    ),
    Case(
        "a third argument cuts the value",
        run="select sys_context('userenv', 'language', 4) from dual",
        expect=rows(("AMER",)),
        evidence=_CONTEXT,
    ),
    Case(
        "a parameter that there is not",
        run="select sys_context('userenv', 'nonsense') from dual",
        expect=raises(2003),
        evidence=Manual("Database Error Messages", "ORA-02003"),
    ),
    Case(
        "whether the session has a role",
        run=lambda bench: bench.user("conform_two", "connect").rows(
            "select sys_context('SYS_SESSION_ROLES', 'CONNECT'),"
            " sys_context('SYS_SESSION_ROLES', 'DBA') from dual"
        ),
        expect=rows(("TRUE", "FALSE")),
        evidence=_CONTEXT,
    ),
    Case(
        "USERENV is the older name",
        run="select 1 from dual where userenv('sid') = sys_context('userenv', 'sid')"
        " and userenv('lang') is not null",
        expect=rows((1,)),
        evidence=Manual("SQL Language Reference", "USERENV"),
    ),
    Case(
        "how the client has been authenticated",
        run="select sys_context('userenv', 'authentication_method') from dual",
        expect=rows(("PASSWORD",)),
        evidence=_CONTEXT,
        sandbox=missing("SYS_CONTEXT of AUTHENTICATION_METHOD"),
    ),
)
