"""The process of a Glue run is killed at each call that it makes; a ledger judges what is left."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import InDoubt, JobLost
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from tests.integration.glue_runs import GlueRuns

TEXT = """\
-- @always settings
begin dbms_application_info.set_client_info('k'); end;
/
-- @step plain
insert into t_ledger values ('plain', 1);
-- @step made
create table t_made (n number);
-- @step opaque
begin insert into t_ledger values ('opaque', 1); commit; end;
/
-- @step read
set transaction read only;
select count(*) from t_ledger;
-- @step last
insert into t_ledger values ('last', 1);
"""
EFFECTS = {"plain": 1, "opaque": 1, "last": 1}
_MOST = 99  # calls that a process makes at most
_STRIDE = 3  # of the short form


@dataclass
class Strike:
    """How a process connects that dies at one of its calls, and comes back no more.

    :param nth: number of the call, of those that its own session makes.
    """

    bench: Any
    faults: Any
    when: str
    nth: int
    rule: Any = None

    def connect(self) -> oracledb.Connection:
        """Open the session whose call is struck."""
        if self.rule is not None:
            raise oracledb.OperationalError("the process is gone")
        connection = self.bench.target.connect()
        with connection.cursor() as cursor:
            cursor.execute("select sys_context('userenv', 'sid') from dual")
            sid = int(cursor.fetchone()[0])
        self.rule = self.faults.cut(self.when, sid=sid, nth=self.nth)
        return connection


def until_done(bench: Any, glue: GlueRuns, key: str) -> None:
    """Run as retries do; a person answers what is in doubt, by what is there."""
    for _ in range(4):
        try:
            bench.run(TEXT, key=key, carriers={"glue": glue}, run_on="glue", watching=None)
        except JobLost:
            glue.connect = None
        except InDoubt as doubt:
            glue.connect = None
            answer(bench, key, doubt.step)
        else:
            return
    pytest.fail("four tries were not enough")


def answer(bench: Any, key: str, step: str) -> None:
    """Say of the one step that may be in doubt whether its entry is there."""
    assert step == "opaque"
    verb = verbs.mark_done if step in bench.ledger() else verbs.mark_pending
    connector, identity = bench.target.connector(), RunIdentity(run_key=key)
    verb(
        connector,
        identity,
        step,
        who="test",
        why="by the ledger",
        options=RunOptions(),
        observe=bench.events.append,
    )


def strike(bench: Any, faults: Any, when: str, nth: int) -> bool:
    """Let a run's process die at a call, and judge; tell whether it came to that call."""
    faults.clear()
    bench.sql("delete from t_ledger")
    if bench.sql("select 1 from user_tables where table_name = 'T_MADE'"):
        bench.sql("drop table t_made")
    blow, glue = Strike(bench, faults, when, nth), GlueRuns(bench)
    glue.connect = blow.connect

    until_done(bench, glue, f"{bench.key}/{when}/{nth}")
    glue.settle()

    assert bench.ledger() == EFFECTS, f"{when} call {nth}"
    assert bench.sql("select count(*) from user_tables where table_name = 'T_MADE'") == [(1,)]
    return blow.rule is not None and blow.rule.fired == 1


def test_calls_are_struck_by_turns(bench: Any, faults: Any) -> None:
    """Every third one, before it is carried out or before it is answered."""
    ways = itertools.cycle(["before", "after"])
    calls = range(1, _MOST, _STRIDE)
    struck = list(itertools.takewhile(bool, (strike(bench, faults, next(ways), n) for n in calls)))

    assert 6 <= len(struck) < len(calls)  # up to the last one


@pytest.mark.skipif(not os.environ.get("ORACLE_DAG_LONG"), reason="part of make test-long")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("when", ["before", "after"])
def test_each_call_is_struck_in_each_way(bench: Any, faults: Any, when: str) -> None:
    """Until a process comes to its end unharmed."""
    calls = range(1, _MOST)
    struck = list(itertools.takewhile(bool, (strike(bench, faults, when, n) for n in calls)))

    assert len(struck) > 15
