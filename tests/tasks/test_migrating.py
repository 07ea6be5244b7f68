"""Every snippet of docs/migrating.md does what the page says, before and after."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.oracle.operators.oracle import OracleStoredProcedureOperator

from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"<!-- ([^>]+?) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))
TABLES = {
    "orders": "(region varchar2(10), amount number)",
    "order_totals": "(region varchar2(10), amount number)",
    "order_days": "(day date, amount number)",
}
PROCEDURE = """create or replace procedure load_orders
  (p_region in varchar2, p_loaded out number) is
begin
  insert into orders values (p_region, 5);
  p_loaded := sql%rowcount;
end;"""


@pytest.fixture
def shop(world):
    """Give the tables, the procedure and the files of the page."""
    for name, columns in TABLES.items():
        world.sql(f"create table {name} {columns}")
    world.sql(PROCEDURE)
    world.sql("insert into orders values ('north', 40)")
    (world.folder / "sql").mkdir()
    for name, text in SNIPPETS.items():
        if name.endswith(".sql"):
            (world.folder / name).write_text(text)
    yield world
    for name in TABLES:
        world.sql(f"drop table {name}")
    world.sql("drop procedure load_orders")


def rows(shop, query):
    """Return what a query gives."""
    with shop.database.connect() as connection, connection.cursor() as cursor:
        return cursor.execute(query).fetchall()


def executed(shop, snippet, times=1):
    """Make the task of a snippet in a DAG of the page's folder, and run it like a worker does."""
    names = {
        "DAG": DAG,
        "datetime": lambda *date: datetime(*date, tzinfo=UTC),
        "OracleScriptOperator": OracleScriptOperator,
        "OracleStoredProcedureOperator": OracleStoredProcedureOperator,
        "SQLExecuteQueryOperator": SQLExecuteQueryOperator,
        "TEMPLATES": [str(shop.folder)],
    }
    shop.forget_tasks()
    with shop.dag:
        exec(snippet, names)  # noqa: S102 - the page's own text
    (task,) = names.get("dag", shop.dag).tasks or [None]
    results = []
    for _ in range(times):
        context = {**shop.context(), "params": {"region": "north"}}
        context["ti"] = SimpleNamespace(**{**vars(context["ti"]), "task_id": task.task_id})
        task.render_template_fields(context, task.get_template_env(dag=task.dag))
        results.append(task.execute(context))
    return results


def test_a_stored_procedure_gives_the_same_by_another_name(shop):
    """Its OUT parameter is among the variables."""
    (before,) = executed(shop, SNIPPETS["procedure: before"])
    assert before == {"p_region": "north", "p_loaded": 1}
    (after,) = executed(shop, SNIPPETS["procedure: after"])
    assert after["variables"] == {"loaded": before["p_loaded"]}
    assert rows(shop, "select count(*) from orders") == [(3,)]


def test_a_success_is_reported_once_more_and_not_called_again(shop):
    """What the page says of a retry after a success that Airflow missed."""
    again = executed(shop, SNIPPETS["procedure: after"], times=2)
    assert again[0]["variables"] == again[1]["variables"] == {"loaded": 1}
    assert rows(shop, "select count(*) from orders where amount = 5") == [(1,)]


def test_a_query_gives_the_same_rows(shop):
    """The same statements, and the last rows in another place of the XCom."""
    (before,) = executed(shop, SNIPPETS["query: before"])
    (after,) = executed(shop, SNIPPETS["query: after"])
    assert [list(row) for row in before[-1]] == after["query"]["rows"] == [["north", 40]]


def test_a_script_of_cron_runs_as_it_is(shop):
    """SPOOL is ignored, the day comes from the data interval, each transaction is a step."""
    (after,) = executed(shop, SNIPPETS["cron: after"].replace("\n):\n", "\n) as dag:\n"))
    assert [step["state"] for step in after["steps"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert rows(shop, "select to_char(day, 'YYYYMMDD'), amount from order_days") == [
        ("20261120", 40)
    ]


def test_the_shell_snippets_are_shell():
    """SQL*Plus is not here to run the one of before, so bash reads it."""
    for name in ("cron: before", "cron: command line"):
        subprocess.run(["bash", "-n", "-c", SNIPPETS[name]], check=True)  # noqa: S607 - fixed


def test_the_command_line_runs_the_script_and_then_finds_it_done(shop, monkeypatch):
    """The arguments are those of the page, behind the shell's own substitutions."""
    words = SNIPPETS["cron: command line"].replace('"', "").split()
    given = [word.replace("$(date", "").strip() for word in words if not word.startswith("+%")]
    assert given[:3] == ["oracle-dag", "run", "sql/nightly.sql"]
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("ORACLE_PASSWORD", shop.database.password)
    to = ["--dsn", shop.database.dsn, "--user", shop.database.user]
    key = f"nightly/{shop.job_name}"
    for _ in range(2):
        assert main([*given[1:3], given[3], key, given[5], "20261120", *to]) == 0
    assert rows(shop, "select count(*) from order_days") == [(1,)]


def test_every_snippet_is_run_by_this_file():
    """A block without a name, or one that nobody runs, would be found here."""
    assert PAGE.count("```") // 2 == len(SNIPPETS)
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in SNIPPETS if not name.endswith(".sql") and name not in tested] == []
    assert {name for name in SNIPPETS if name.endswith(".sql")} == {
        "sql/totals.sql",
        "sql/nightly.sql",
    }
