"""One run of the campaign's script in a process of its own, to be killed at any moment."""

from __future__ import annotations

import sys

import oracledb

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner

SCRIPT = """\
-- @step open
insert into k_ledger (entry, amount) values ('open', 1);
-- @step move
update k_account set balance = balance - :amount where id = 1;
update k_account set balance = balance + :amount where id = 2;
insert into k_ledger (entry, amount) values ('move', :amount);
-- @step spread
insert into k_number (n, part) select level, mod(level, 7) from dual connect by level <= 12000;
update k_number set part = part + 1 where mod(n, 2) = 0;
insert into k_ledger (entry, amount) select 'spread', count(*) from k_number;
-- @step merge
merge into k_account a using (select part, sum(n) as total from k_number group by part) s
   on (a.id = s.part)
 when matched then update set a.balance = a.balance + s.total
 when not matched then insert (id, balance) values (s.part, s.total);
insert into k_ledger (entry, amount) values ('merge', 1);
-- @step trim
delete from k_number where part > 3;
insert into k_ledger (entry, amount) select 'trim', count(*) from k_number;
-- @step close
update k_account set balance = balance * 2;
insert into k_ledger (entry, amount) values ('close', 1);
"""


def work(dsn: str, user: str, password: str, key: str) -> None:
    """Run or resume the script under a key; the process's exit code says how it went."""
    runner = ScriptRunner(
        OracleConnector(lambda: oracledb.connect(user=user, password=password, dsn=dsn)),
        parse_script(SCRIPT, name="campaign.sql"),
        RunIdentity(run_key=key),
        ScriptValues({"amount": 7}),
        RunOptions(orphan_timeout=60),
    )
    runner.run()
    sys.exit(0)
