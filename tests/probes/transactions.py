"""Questions about transactions: what ends one, what is refused in one, what an error undoes."""

from __future__ import annotations

from collections.abc import Callable

from tests.probes.asking import (
    LATE,
    MADE,
    NO_ERROR,
    TABLE,
    Asking,
    Probe,
    and_transaction,
    in_transaction,
)

_AUTONOMOUS = (
    "declare procedure log is pragma autonomous_transaction; "
    f"begin insert into {TABLE} values (0); commit; end; begin log; end;"
)


def _behind_commit(asking: Asking) -> str:
    error = asking.code(
        f"begin update {TABLE} set n = 1; commit write immediate wait; "
        f"update {TABLE} set n = 2; raise_application_error(-20001, 'x'); end;"
    )
    asking.one.rollback()
    return f"{error}, n = {asking.seen()}"


def _before_commit(asking: Asking) -> str:
    asking.change()
    error = asking.code(
        f"begin update {TABLE} set n = 2; raise_application_error(-20001, 'x'); end;"
    )
    return f"{error}, n = {asking.value(f'select n from {TABLE}')} and {asking.seen()} outside"


def _ddl(text: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.change()
        # each release has its own code
        done = "done" if asking.code(text) == NO_ERROR else "refused"
        return f"{done}, {asking.committed()}"

    return ask


def _locked(asking: Asking) -> str:
    asking.change()
    return asking.code(f"select n from {TABLE} for update nowait", asking.other)


def _read_only(asking: Asking) -> str:
    asking.do("set transaction read only")
    refused = asking.code(f"update {TABLE} set n = 1")
    after = asking.code(f"begin commit; update {TABLE} set n = 1; commit; end;")
    return f"{refused}, after COMMIT {after}, n = {asking.seen()}"


def _transaction_ids(asking: Asking) -> str:
    before = asking.transaction()
    asking.change()
    first = asking.transaction()
    asking.do(
        "declare procedure log is pragma autonomous_transaction; begin commit; end; begin log; end;"
    )
    beside = asking.transaction()
    asking.one.commit()
    asking.do(f"update {TABLE} set n = 2")
    second = asking.transaction()
    words = (
        "none outside" if before is None else "one outside",
        "kept beside an autonomous one" if first == beside else "changed by an autonomous one",
        "another one after COMMIT" if first != second else "the same after COMMIT",
    )
    return ", ".join(words)


def _deferred(asking: Asking) -> str:
    asking.do(f"create table {LATE} (n number unique deferrable initially deferred)")
    asking.change()
    for _ in range(2):
        asking.do(f"insert into {LATE} values (1)")
    error = asking.code("begin commit; end;")
    return f"{error}, n = {asking.seen()}"


def _without_commit(text: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do("alter session disable commit in procedure")
        asking.change()
        return f"{asking.code(text)}, {asking.committed()}"

    return ask


def _private_table(clause: str) -> Callable[[Asking], str]:
    return and_transaction(f"create private temporary table ora$ptt_odag_probe {clause}")


def _container(asking: Asking) -> str:
    here = asking.value("select sys_context('USERENV', 'CON_NAME') from dual")
    return and_transaction(f"alter session set container = {here}")(asking)


PROBES = (
    Probe(9, "an error behind COMMIT in a block", _behind_commit, "ORA-20001, n = 1"),
    Probe(9, "an error before COMMIT", _before_commit, "ORA-20001, n = 1 and 0 outside"),
    Probe(
        7,
        "a DDL that cannot be parsed",
        _ddl(f"drop table {TABLE} column x"),
        "refused, not committed",
    ),
    Probe(7, "a DDL that fails", _ddl("drop table odag_probe_none"), "refused, committed"),
    Probe(8, "NOWAIT on a row that is locked", _locked, "ORA-00054"),
    Probe(14, "a change under READ ONLY", _read_only, f"ORA-01456, after COMMIT {NO_ERROR}, n = 1"),
    Probe(
        9,
        "the transaction's id",
        _transaction_ids,
        "none outside, kept beside an autonomous one, another one after COMMIT",
    ),
    Probe(9, "a deferred constraint in a block's COMMIT", _deferred, "ORA-02091, n = 0"),
    Probe(6, "SET TRANSACTION in one", in_transaction("set transaction read write"), "ORA-01453"),
    Probe(
        6, "PARALLEL DML in one", in_transaction("alter session enable parallel dml"), "ORA-12841"
    ),
    Probe(
        6, "SET EDITION in one", in_transaction("alter session set edition = ora$base"), "ORA-38814"
    ),
    Probe(6, "SET ROLE in one", in_transaction("set role all"), NO_ERROR),
    Probe(
        6,
        "SET ISOLATION_LEVEL in one",
        and_transaction("alter session set isolation_level = serializable"),
    ),
    Probe(6, "SET CONTAINER in one", _container),
    Probe(
        1, "DISABLE COMMIT IN PROCEDURE: COMMIT in a block", _without_commit("begin commit; end;")
    ),
    Probe(
        1,
        "DISABLE COMMIT IN PROCEDURE: ROLLBACK TO SAVEPOINT in a block",
        _without_commit("begin savepoint here; rollback to savepoint here; end;"),
    ),
    Probe(
        1,
        "DISABLE COMMIT IN PROCEDURE: an autonomous transaction",
        _without_commit(_AUTONOMOUS),
    ),
    Probe(
        1,
        "DISABLE COMMIT IN PROCEDURE: a DDL in a block",
        _without_commit(f"begin execute immediate 'create table {MADE} (n number)'; end;"),
    ),
    Probe(
        1,
        "DISABLE COMMIT IN PROCEDURE: DBMS_STATS",
        _without_commit(f"begin dbms_stats.gather_table_stats(user, '{TABLE}'); end;"),
    ),
    Probe(4, "a private temporary table", _private_table("(n number)")),
    Probe(4, "one AS SELECT", _private_table("as select 1 as n from dual")),
    Probe(4, "one that is kept", _private_table("(n number) on commit preserve definition")),
    Probe(
        4,
        "one that is kept, AS SELECT",
        _private_table("on commit preserve definition as select 1 as n from dual"),
    ),
)
