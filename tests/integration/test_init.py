"""The tables are made once, by whoever comes first."""

from __future__ import annotations

from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.errors import ConnectFailed, NotInitialised

TABLES = (
    *("odag_version", "odag_run", "odag_step", "odag_step_attempt", "odag_canary", "odag_audit"),
    *("odag_code", "odag_committer"),
    *("odag_handover", "odag_handover_unit", "odag_handover_value", "odag_signal"),
    *("odag_job", "odag_job_run", "odag_job_audit", "odag_calendar_day"),
)


def drop_tables(bench: Any) -> None:
    """Remove all tables."""
    for table in TABLES:
        try:
            bench.sql(f"drop table {table}")
        except oracledb.DatabaseError as error:
            if "ORA-00942" not in str(error):
                raise


def columns(bench: Any) -> dict[str, list[Any]]:
    """Describe all tables as the catalog has them."""
    return {
        table: bench.sql(
            "select column_name, data_type, data_length, data_precision, nullable "
            "from user_tab_columns where table_name = :t order by column_name",
            t=table.upper(),
        )
        for table in TABLES
    }


@pytest.fixture
def remade(bench: Any) -> Any:
    """Leave the tables as `init` makes them, whatever the test did."""
    yield bench
    drop_tables(bench)
    schema.init(bench.target.connector())


def test_init_can_be_repeated(bench: Any) -> None:
    """What is there is left alone."""
    assert schema.init(bench.target.connector()) == []


def test_two_at_once_make_one_set_of_tables(remade: Any) -> None:
    """Both succeed, and each migration is recorded once."""
    drop_tables(remade)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: schema.init(remade.target.connector()), range(2)))

    assert sorted(name for names in made for name in names) == list(sql.MIGRATIONS)
    versions = [version for (version,) in remade.sql("select version from odag_version")]
    assert sorted(versions) == list(range(1, len(sql.MIGRATIONS) + 1))


def test_it_waits_for_who_holds_a_table(remade: Any) -> None:
    """Another `init`, or a run that is just being written down, is no reason to fail."""
    remade.sql("alter table odag_step drop column dpu_seconds")
    remade.sql("delete from odag_version where name = '0005_glue'")
    with remade.target.connect() as holder, ThreadPoolExecutor(1) as pool:
        holder.cursor().execute("lock table odag_step in exclusive mode")
        made = pool.submit(schema.init, remade.target.connector())
        with pytest.raises(futures.TimeoutError):
            made.result(1)
        holder.rollback()

        assert made.result(30) == ["0005_glue"]


def test_schema_and_migrations_meet(remade: Any) -> None:
    """The schema file makes the same tables as all migrations one after the other."""
    by_migrations = columns(remade)
    assert all(by_migrations.values())
    drop_tables(remade)
    owner = remade.connection.username
    for piece in parse_script(sql.schema_script(owner)).pieces:
        if piece.kind.value == "sql":
            remade.sql(piece.text)

    assert columns(remade) == by_migrations


def test_missing_tables_are_named_with_the_cure(remade: Any) -> None:
    """A run without `init` says what to do."""
    drop_tables(remade)

    with pytest.raises(NotInitialised, match="oracle-dag init"):
        remade.run("insert into t_ledger values ('a', 1);")


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"password": "wrong"}, "ORA-01017", "password"),
        ({"service": "NOSUCH"}, "DPY-6001", "service"),
        ({"port": 1}, "DPY-6005", "host and port"),
    ],
)
def test_connections_that_cannot_be_had(
    bench: Any, change: dict[str, Any], code: str, word: str
) -> None:
    """The error says what to check and never shows the password."""
    target = bench.target
    address, _, service = target.dsn.partition("/")
    host, _, port = address.partition(":")
    dsn = f"{host}:{change.get('port', port)}/{change.get('service', service)}"
    password = change.get("password", target.password)
    connector = OracleConnector(
        lambda: oracledb.connect(user=target.user, password=password, dsn=dsn)
    )

    with pytest.raises(ConnectFailed, match=word) as caught:
        connector.open()

    assert caught.value.code == code
    assert password not in str(caught.value)
