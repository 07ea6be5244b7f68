"""Grants on objects, which scripts contain."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, raises, returns, rows

FEATURE = Feature(3, "Grants on objects")

_GRANT = Manual("SQL Language Reference", "GRANT")
_TABLE = ("create table t (n number)", "insert into t values (1)")


def _granted(bench: Bench) -> list[object]:
    bench.user("conform_two")
    bench.run("grant select, insert on t to conform_two")
    bench.run("revoke insert on t from conform_two")
    return bench.rows(
        "select grantee, privilege from all_tab_privs where table_name = 'T' order by 2"
    )


CASES = (
    Case(
        "grants are shown, and taken back",
        setup=_TABLE,
        run=_granted,
        expect=returns([("CONFORM_TWO", "SELECT")]),
        evidence=_GRANT,
    ),
    Case(
        "to PUBLIC",
        setup=(*_TABLE, "grant select on t to public"),
        run="select grantee, privilege from all_tab_privs where table_name = 'T'",
        expect=rows(("PUBLIC", "SELECT")),
        evidence=_GRANT,
    ),
    Case(
        "on what is not there",
        run="grant select on nowhere to public",
        expect=raises(942),
        evidence=_GRANT,
    ),
    Case(
        "to nobody",
        setup=_TABLE,
        run="grant select on t to nobody_at_all",
        expect=raises(1917),
        evidence=Manual("Database Error Messages", "ORA-01917"),
    ),
    Case(
        "WITH GRANT OPTION is shown",
        setup=("create table g (n number)", "grant select on g to system with grant option"),
        run="select grantee, grantable from all_tab_privs where table_name = 'G'",
        expect=rows(("SYSTEM", "YES")),
        evidence=Manual("Database Reference", "ALL_TAB_PRIVS"),
        sandbox=differs("GRANTABLE is NO", rows(("SYSTEM", "NO"))),
    ),
    Case(
        "what was not granted cannot be revoked",
        setup=("create table r (n number)",),
        run="revoke select on r from public",
        expect=raises(1927),
        evidence=Manual("Database Error Messages", "ORA-01927"),
    ),
    Case(
        "one GRANT of several privileges to several",
        setup=("create table s (n number)", "grant select, update on s to public, system"),
        run="select grantee, privilege from all_tab_privs where table_name = 'S' order by 1, 2",
        expect=rows(
            ("PUBLIC", "SELECT"), ("PUBLIC", "UPDATE"), ("SYSTEM", "SELECT"), ("SYSTEM", "UPDATE")
        ),
        evidence=_GRANT,
    ),
    Case(
        "they go with their table",
        setup=(
            "create table d (n number)",
            "grant select on d to public",
            "drop table d purge",
            "create table d (n number)",
        ),
        run="select grantee from all_tab_privs where table_name = 'D'",
        expect=rows(),
        evidence=Manual("SQL Language Reference", "DROP TABLE"),
        sandbox=differs("another of the same name has them", rows(("PUBLIC",))),
    ),
)
