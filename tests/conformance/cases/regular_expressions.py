"""REGEXP_LIKE, _SUBSTR, _REPLACE, _INSTR and _COUNT."""

from tests.conformance.record import Case, Feature, Manual, raises, rows

FEATURE = Feature(3, "Regular expressions")

_LIKE = Manual("SQL Language Reference", "REGEXP_LIKE Condition")
_SUBSTR = Manual("SQL Language Reference", "REGEXP_SUBSTR")
_REPLACE = Manual("SQL Language Reference", "REGEXP_REPLACE")

CASES = (
    Case(
        "a match, and its case",
        run="""select case when regexp_like('Steven', '^Ste(v|ph)en$') then 1 else 0 end,
                      case when regexp_like('STEVEN', '^ste') then 1 else 0 end,
                      case when regexp_like('STEVEN', '^ste', 'i') then 1 else 0 end from dual""",
        expect=rows((1, 0, 1)),
        evidence=_LIKE,
    ),
    Case(
        "the n-th occurrence",
        run="select regexp_substr('a1,b22,c333', '[^,]+', 1, 2) from dual",
        expect=rows(("b22",)),
        evidence=_SUBSTR,
    ),
    Case(
        "a group of a match",
        run="select regexp_substr('key=value', '(\\w+)=(\\w+)', 1, 1, null, 2) from dual",
        expect=rows(("value",)),
        evidence=_SUBSTR,
    ),
    Case(
        "no match is NULL",
        run="select regexp_substr('abc', '\\d') from dual",
        expect=rows((None,)),
        evidence=_SUBSTR,
    ),
    Case(
        "groups in the replacement",
        run="""select regexp_replace('555.123.4567', '(\\d{3})\\.(\\d{3})\\.(\\d{4})',
                                     '(\\1) \\2-\\3') from dual""",
        expect=rows(("(555) 123-4567",)),
        evidence=_REPLACE,
    ),
    Case(
        "all occurrences, or one of them",
        run="""select regexp_replace('aaa', 'a', 'b'), regexp_replace('aaa', 'a', 'b', 1, 2),
                      regexp_replace('a  b   c', ' {2,}', ' ') from dual""",
        expect=rows(("bbb", "aba", "a b c")),
        evidence=_REPLACE,
    ),
    Case(
        "where, and how often",
        run="""select regexp_instr('one two', 't\\w+'), regexp_instr('one two', 't\\w+', 1, 1, 1),
                      regexp_count('abcabc', 'b') from dual""",
        expect=rows((5, 8, 2)),
        evidence=Manual("SQL Language Reference", "REGEXP_INSTR"),
    ),
    Case(
        "lines, with the options m and n",
        run="""select regexp_count('a' || chr(10) || 'a', '^a', 1, 'm'),
                      regexp_count('a' || chr(10) || 'a', '^a'),
                      regexp_instr('a' || chr(10) || 'b', 'a.b', 1, 1, 0, 'n'),
                      regexp_instr('a' || chr(10) || 'b', 'a.b') from dual""",
        expect=rows((2, 1, 1, 0)),
        evidence=_LIKE,
    ),
    Case(
        "classes of characters",
        run="select regexp_replace('x 1-y', '[[:punct:][:space:]]', '_') from dual",
        expect=rows(("x_1_y",)),
        evidence=Manual("SQL Language Reference", "Oracle Regular Expression Support"),
    ),
    Case(
        "a pattern that is none",
        run="select regexp_substr('a', '(') from dual",
        expect=raises(12725),
        evidence=Manual("Database Error Messages", "ORA-12725"),
    ),
)
