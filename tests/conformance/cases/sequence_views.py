"""USER_ and ALL_ SEQUENCES."""

from tests.conformance.record import Case, Feature, Manual, differs, rows

FEATURE = Feature(1, "USER_ / ALL_ SEQUENCES")

_SEQUENCES = Manual("Database Reference", "ALL_SEQUENCES")

CASES = (
    Case(
        "what CREATE SEQUENCE leaves out",
        setup=("create sequence s",),
        run="""select min_value, increment_by, cycle_flag, order_flag, cache_size
               from user_sequences where sequence_name = 'S'""",
        expect=rows((1, 1, "N", "N", 20)),
        sandbox=differs("sequences are not cached: CACHE_SIZE is 0", rows((1, 1, "N", "N", 0))),
        evidence=Manual("SQL Language Reference", "CREATE SEQUENCE"),
    ),
    Case(
        "what it says",
        setup=(
            "create sequence s start with 7 increment by 3 minvalue 5 maxvalue 90 cycle cache 4",
        ),
        run="""select min_value, max_value, increment_by, cycle_flag, cache_size
               from user_sequences""",
        expect=rows((5, 90, 3, "Y", 4)),
        sandbox=differs("sequences are not cached: CACHE_SIZE is 0", rows((5, 90, 3, "Y", 0))),
        evidence=_SEQUENCES,
    ),
    Case(
        "NOCACHE is a cache of none",
        setup=("create sequence s nocache",),
        run="select cache_size, last_number from user_sequences",
        expect=rows((0, 1)),
        evidence=_SEQUENCES,
    ),
    Case(
        "the last number of one without a cache follows NEXTVAL",
        setup=(
            "create sequence s nocache",
            "declare n number; begin select s.nextval into n from dual; end;",
        ),
        run="select last_number from user_sequences",
        expect=rows((2,)),
        evidence=_SEQUENCES,
    ),
    Case(
        "ALTER SEQUENCE changes it",
        setup=("create sequence s", "alter sequence s increment by 10 maxvalue 500"),
        run="select increment_by, max_value from user_sequences",
        expect=rows((10, 500)),
        evidence=Manual("SQL Language Reference", "ALTER SEQUENCE"),
    ),
    Case(
        "ALL_SEQUENCES has the owner",
        setup=("create sequence s",),
        run="""select sequence_name from all_sequences where sequence_owner = user""",
        expect=rows(("S",)),
        evidence=_SEQUENCES,
    ),
)
