"""The body of a job does what a worker does, and nothing once another attempt holds the run."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.handover import Given, Job, Prepared, given, prepare, segments
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.values import ScriptValues, Timestamp
from airflow_oracle_dag.runtime.claim import Claimant
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.interrupt import Interrupt
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.store import CheckpointStore
from airflow_oracle_dag.runtime.takeover import Takeover

JOB_NAME = "ODAG_TEST"
STEP = ["name", "state", "row_count", "commits_inside", "attempt", "error_code", "tries"]
END = [
    "ending",
    "error_step",
    "error_unit",
    "error_code",
    "error_text",
    "error_transaction",
    "output",
]


@dataclass
class Handed:
    """A script whose steps were all handed over, and a session to run its body in."""

    bench: Any
    connection: oracledb.Connection
    plan: Plan
    prepared: Prepared
    hash: str
    attempt: int
    body: str = ""

    def text(self) -> str:
        """Return its body."""
        return sql.handed_body(
            self.prepared.operations, self.prepared.kinds, self.bench.target.user
        )

    def run(self) -> None:
        """Run the body as the job's action does."""
        with self.connection.cursor() as cursor:
            cursor.setinputsizes(body=oracledb.DB_TYPE_CLOB)
            text = "begin execute immediate :body using in :run_hash, in :attempt; end;"
            cursor.execute(text, body=self.text(), run_hash=self.hash, attempt=self.attempt)

    def steps(self) -> list[dict[str, Any]]:
        """Return the rows of the steps, in order."""
        rows = self.bench.sql(
            f"select {', '.join(STEP)} from odag_step where run_hash = :h order by step_no",
            h=self.hash,
        )
        return [dict(zip(STEP, row)) for row in rows]

    def states(self) -> dict[str, str]:
        """Return the state of each step."""
        return {row["name"]: row["state"] for row in self.steps()}

    def end(self) -> dict[str, Any]:
        """Return how the job ended."""
        text = f"select {', '.join(END)} from odag_handover where run_hash = :h"
        return dict(zip(END, self.bench.sql(text, h=self.hash)[0]))

    def run_row(self) -> tuple[Any, ...]:
        """Return the state of the run, and whether the end of its attempt is known."""
        text = "select state, nvl2(attempt_ended_at, 1, 0) from odag_run where run_hash = :h"
        return self.bench.sql(text, h=self.hash)[0]


@pytest.fixture
def hand(bench: Any) -> Any:
    """Hand a script over; its sessions are closed afterwards."""
    opened = []

    def make(
        text: str,
        parameters: dict[str, Any] | None = None,
        *,
        is_end: bool = True,
        variables: str | None = None,
    ) -> Handed:
        values = ScriptValues(parameters or {})
        plan = build_plan(parse_script(text, name="s.sql"), values, run_on="database")
        session = bench.target.connector().open()
        opened.append(session)
        store = CheckpointStore(session)
        takeover = Takeover(
            store, bench.identity(), plan, RunOptions(), Interrupt(), bench.events.append
        )
        claimant = Claimant(store, bench.identity(), plan, "0" * 64, takeover)
        hold = claimant.begin(None, None).hold
        (segment,) = segments(plan.steps)
        run_with = [given(step, values) for step in segment.handed]
        run_with = [Given(each.binds, variables) for each in run_with]
        job = Job(4711, "airflow_oracle_dag", bench.key, True, is_end)
        prepared = prepare(segment.handed, run_with, job)
        key = {"run_hash": hold.run_hash, "attempt": hold.attempt + 1}
        fence = {**key, "attempt": hold.attempt, "job_attempt": hold.attempt + 1}

        def change(name: str, rows: list[dict[str, Any]], timestamps: tuple[str, ...] = ()) -> int:
            return session.change(sql.statement(name, bench.target.user), rows, timestamps)

        generation = {**fence, "generation": hold.generation}
        assert change("reserve_canary", [fence]) == 1
        assert change("reserve_steps", [{**generation, "first_step": 1}]) == len(plan.steps)
        assert change("reserve_run", [{**generation, "client": f"job {JOB_NAME}"}]) == 1
        handover = {
            **key,
            "generation": hold.generation,
            "job_name": f"{JOB_NAME}_{bench.key}"[-128:],
            "job_owner": bench.target.user.upper(),
            "place": "database",
            "first_step": 1,
            "last_step": len(plan.steps),
            "body": "-",
            "external_job": None,
        }
        change("insert_handover", [handover])
        units = [{**key, "unit_no": no, "text": each} for no, each in enumerate(prepared.units, 1)]
        change("insert_handover_unit", units)
        values_rows = [{**key, "value_no": each.no, **each.columns} for each in prepared.values]
        change("insert_handover_value", values_rows, ("timestamp_value",))
        session.commit()
        connection = bench.target.connect()
        opened.append(connection)
        return Handed(bench, connection, plan, prepared, hold.run_hash, hold.attempt + 1)

    yield make
    for each in opened:
        each.close()
    with contextlib.suppress(oracledb.DatabaseError):  # most scripts make none
        bench.sql("drop procedure p_wrong")


def test_steps_of_plain_dml_run_in_one_job(hand: Any, bench: Any) -> None:
    """Each with its own checkpoint and rows; the last one ends the run and the job."""
    job = hand(
        "-- @step a\ninsert into t_ledger (entry) values (:day);\n"
        "insert into t_ledger (entry, amount) values (:day || '2', :n);\ncommit;\n"
        "-- @step b\nupdate t_ledger set amount = :n + :n;\n",
        {"day": "mon", "n": 7},
    )

    job.run()

    assert bench.sql("select entry, amount from t_ledger order by entry") == [
        ("mon", 14),
        ("mon2", 14),
    ]
    assert [(row["name"], row["state"], row["row_count"]) for row in job.steps()] == [
        ("a", "SUCCEEDED", 2),
        ("b", "SUCCEEDED", 2),
    ]
    assert job.end()["ending"] == "SUCCEEDED"
    assert job.run_row() == ("SUCCEEDED", 1)


def test_a_job_of_the_scheduler_runs_what_its_row_holds(hand: Any, bench: Any) -> None:
    """It finds the row by its own name, and says which session it has."""
    job = hand("insert into t_ledger (entry) values ('a');\n")
    start_job(bench, job)

    assert bench.ledger() == {"a": 1}
    assert job.end()["ending"] == "SUCCEEDED"
    claimed = bench.sql(
        "select h.session_id, h.sid, h.instance from odag_handover h where h.run_hash = :h",
        h=job.hash,
    )
    assert claimed == bench.sql(
        "select r.session_id, r.sid, r.instance from odag_run r where r.run_hash = :h", h=job.hash
    )
    assert None not in claimed[0]


def test_a_job_has_the_time_zone_of_who_handed_it_over(hand: Any, bench: Any) -> None:
    """What is the current date to a worker's session is it to the job's."""
    job = hand("insert into t_ledger (entry) values (to_char(current_timestamp, 'TZH:TZM'));\n")
    bench.sql("update odag_handover set time_zone = '-07:00' where run_hash = :h", h=job.hash)

    start_job(bench, job)

    assert bench.ledger() == {"-07:00": 1}


def test_a_body_that_does_not_compile_is_written_down(hand: Any, bench: Any) -> None:
    """Nothing of it has begun, and nobody has to wait for it."""
    job = hand("insert into t_ledger (entry) values ('a');\n")
    job.body = "begin no_such_thing; end;"
    start_job(bench, job)

    end = job.end()
    assert (end["ending"], end["error_step"], end["error_code"]) == ("FAILED", None, "ORA-06550")
    assert "NO_SUCH_THING" in end["error_text"]
    assert job.states() == {"step_1": "PENDING"}


def start_job(bench: Any, job: Handed) -> None:
    """Create the job of a row, let it run and wait for its end."""
    name = bench.sql("select job_name from odag_handover where run_hash = :h", h=job.hash)[0][0]
    with bench.connection.cursor() as cursor:
        cursor.setinputsizes(body=oracledb.DB_TYPE_CLOB)
        text = "update odag_handover set body = :body where run_hash = :h"
        cursor.execute(text, body=job.body or job.text(), h=job.hash)
        bench.connection.commit()
        action = sql.statement("job_action", bench.target.user)
        assert len(action.encode()) <= 4000
        label = f'"{bench.target.user.upper()}"."{name}"'
        made = {"job_name": label, "job_action": action, "comments": "a test"}
        cursor.execute(sql.block("create_handed_job"), made)
        cursor.execute(sql.block("start_handed_job"), {"job_name": label})
    deadline = time.monotonic() + 60
    while not bench.sql(
        "select 1 from odag_handover where run_hash = :h and ended_at > :z",
        h=job.hash,
        z=dt.datetime(2000, 1, 1),
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_block_that_commits_inside_is_noticed(hand: Any, bench: Any) -> None:
    """As in a worker: its end is in another transaction than the marked one."""
    job = hand(
        "begin\n  insert into t_ledger (entry) values ('a');\n  commit;\n"
        "  insert into t_ledger (entry) values ('b');\nend;\n/\n"
    )

    job.run()

    assert bench.ledger() == {"a": 1, "b": 1}
    assert [(row["state"], row["commits_inside"]) for row in job.steps()] == [("SUCCEEDED", 1)]


def test_ddl_notes_what_it_will_change(hand: Any, bench: Any) -> None:
    """The block that starts it looks at the catalogue, as for a worker."""
    job = hand("insert into t_ledger (entry) values ('a');\ncreate table t_made (n number);\n")

    job.run()

    assert bench.sql("select count(*) from t_made") == [(0,)]
    assert set(job.states().values()) == {"SUCCEEDED"}
    noted = bench.sql(
        "select evidence from odag_step where run_hash = :h and step_no = 2", h=job.hash
    )[0][0]
    assert '"objects":[' in noted


def test_a_read_only_transaction_and_one_with_an_isolation_level(hand: Any, bench: Any) -> None:
    """What wants a clean transaction has it; the mark comes behind it, or not at all."""
    job = hand(
        "insert into t_ledger (entry) values ('a');\ncommit;\n"
        "set transaction read only;\nselect * from t_ledger;\ncommit;\n"
        "set transaction isolation level serializable;\n"
        "insert into t_ledger (entry) values ('b');\ncommit;\n"
    )

    job.run()

    assert bench.ledger() == {"a": 1, "b": 1}
    assert [(row["state"], row["row_count"]) for row in job.steps()] == [
        ("SUCCEEDED", 1),
        ("SUCCEEDED", 0),
        ("SUCCEEDED", 1),
    ]


def test_atomic_strict_keeps_code_from_committing(hand: Any, bench: Any) -> None:
    """ORA-00034 fails the step; it is rolled back, in the transaction that was marked."""
    bench.sql(
        "create or replace procedure p_commits is begin\n"
        "insert into t_ledger (entry) values ('p'); commit; end;"
    )
    job = hand(
        "-- @step a atomic=strict\ninsert into t_ledger (entry) values ('a');\n"
        "rollback;\ninsert into t_ledger (entry) values ('b');\n"
        "-- @step c atomic=strict\ninsert into t_ledger (entry) values ('c');\n"
        "begin p_commits; end;\n/\n"
    )

    job.run()

    assert bench.ledger() == {"b": 1}
    assert job.states() == {"a": "SUCCEEDED", "c": "RUNNING"}
    end = job.end()
    assert (end["error_step"], end["error_unit"], end["error_code"]) == (2, 2, "ORA-00034")
    assert end["error_transaction"] == 0


def test_errors_that_the_script_goes_on_after(hand: Any, bench: Any) -> None:
    """Those alone are passed over, with the statement that they undo, a block's whole work too."""
    bench.sql("insert into t_numbers values (1)")
    job = hand(
        "-- @on_error continue ORA-00001\ninsert into t_numbers values (1);\n"
        "insert into t_ledger (entry) values ('a');\n"
        "whenever sqlerror continue\n"
        "begin\n  insert into t_ledger (entry) values ('b');\n"
        "  insert into t_numbers values (1);\nend;\n/\n"
        "insert into t_ledger (entry) values ('c');\n"
    )

    job.run()

    assert bench.ledger() == {"a": 1, "c": 1}
    assert [(row["state"], row["row_count"]) for row in job.steps()] == [("SUCCEEDED", 2)]
    output = bench.sql("select output from odag_step_attempt where run_hash = :h", h=job.hash)[0][0]
    assert "line 2: passed over: ORA-00001" in output


def test_an_error_of_a_block_names_its_lines(hand: Any, bench: Any) -> None:
    """Those of what it calls, too, and none of the body's own."""
    bench.sql(
        "create or replace procedure p_twice is\nbegin\n"
        "  insert into t_numbers values (1);\n  insert into t_numbers values (1);\nend;"
    )
    job = hand("begin\n  null;\n  p_twice;\nend;\n/\n")

    job.run()

    first, *calls = job.end()["error_text"].split("\n")
    assert first.startswith("ORA-00001")
    user = bench.target.user.upper()
    assert calls == [f'ORA-06512: at "{user}.P_TWICE", line 4', "ORA-06512: at line 3"]


def test_an_error_that_is_not_named_stops(hand: Any, bench: Any) -> None:
    """The step is rolled back, and the row says which statement it was."""
    job = hand(
        "insert into t_ledger (entry) values ('a');\n"
        "-- @on_error continue ORA-00001\ninsert into t_none values (1);\n"
    )

    job.run()

    assert bench.ledger() == {}
    end = job.end()
    assert (end["ending"], end["error_step"], end["error_unit"]) == ("FAILED", 1, 2)
    assert end["error_code"] == "ORA-00942"
    assert end["error_text"].startswith("ORA-00942")
    assert "ORA-06512" not in end["error_text"]
    assert job.run_row() == ("RUNNING", 0)


EXPECTED = [
    ("update t_ledger set amount = 1;", "=", "@expect rows = 2: UPDATE changed 1 row"),
    ("delete from t_ledger where entry = 'z';", ">", "@expect rows > 2: DELETE changed no rows"),
    ("select * from t_ledger;", "<>", None),
    ("select * from t_ledger;", ">=", "@expect rows >= 2: SELECT gave 1 row"),
]


@pytest.mark.parametrize(("statement", "operator", "said"), EXPECTED)
def test_an_expectation_is_held_to(
    hand: Any, bench: Any, statement: str, operator: str, said: str | None
) -> None:
    """Rows that were changed, or the first ones that a query gives."""
    bench.sql("insert into t_ledger (entry) values ('a')")
    job = hand(f"insert into t_numbers values (1);\n-- @expect rows {operator} 2\n{statement}\n")

    job.run()

    end = job.end()
    assert (end["error_text"], end["error_code"]) == (said, None)
    assert bench.sql("select count(*) from t_numbers") == [(0 if said else 1,)]


CHECKS = [
    ("select 1 as a, 'y' as b, cast('TRUE' as char(8)) as c from dual", None),
    ("select 0 as a, 'n' as b, null as c, 0.5 as d from dual", "A = 0, B = n, C = NULL"),
    ("select date '2026-01-01' as a from dual", "A = "),
    ("select 1 as a from dual where 1 = 0", "gave no row instead of one"),
    ("select n as a from t_numbers", "gave more than one row instead of one"),
]


@pytest.mark.parametrize(("query", "said"), CHECKS)
def test_a_check_may_veto(hand: Any, bench: Any, query: str, said: str | None) -> None:
    """One row, true in all columns, or nothing of the step is kept."""
    bench.sql("insert into t_numbers values (1)")
    bench.sql("insert into t_numbers values (2)")
    job = hand(f"insert into t_ledger (entry) values ('a');\n-- @check fine\n{query};\n")

    job.run()

    end = job.end()
    if said is None:
        assert (end["error_text"], bench.ledger()) == (None, {"a": 1})
    else:
        assert said in end["error_text"]
        assert (end["error_code"], end["error_unit"], bench.ledger()) == (None, 2, {})


def test_what_is_printed_is_kept_with_its_step(hand: Any, bench: Any) -> None:
    """Also that of a step that fails, which its row has."""
    job = hand(
        "begin dbms_output.put_line('één'); end;\n/\nprompt all is well\ncommit;\n"
        "begin dbms_output.put_line('two'); raise_application_error(-20001, 'no'); end;\n/\n"
    )

    job.run()

    kept = bench.sql("select output from odag_step_attempt where run_hash = :h", h=job.hash)
    assert kept[0][0].splitlines() == ["één", "all is well"]
    end = job.end()
    assert (end["output"].strip(), end["error_code"]) == ("two", "ORA-20001")


def test_a_second_claim_ends_at_once(hand: Any, bench: Any) -> None:
    """Whoever runs the body again changes nothing."""
    job = hand("insert into t_ledger (entry) values ('a');\n")

    job.run()
    before = job.steps(), job.end(), job.run_row()
    job.run()

    assert (job.steps(), job.end(), job.run_row()) == before
    assert bench.ledger() == {"a": 1}


def test_an_error_in_another_transaction_is_told_as_that(hand: Any, bench: Any) -> None:
    """Something of the step may be committed: who comes back must know."""
    job = hand(
        "begin\n  insert into t_ledger (entry) values ('a');\n  commit;\n"
        "  insert into t_ledger (entry) values ('b');\n"
        "  raise_application_error(-20001, 'x');\nend;\n/\n"
    )

    job.run()

    assert bench.ledger() == {"a": 1}
    end = job.end()
    assert (end["error_code"], end["error_transaction"]) == ("ORA-20001", 1)
    assert job.states() == {"step_1": "RUNNING"}


def test_output_that_is_longer_than_what_is_kept_is_no_other_steps(hand: Any, bench: Any) -> None:
    """What is left over is thrown away with its step."""
    job = hand(
        "begin\n  for i in 1 .. 40 loop\n    dbms_output.put_line(rpad('x', 1000, 'x'));\n"
        "  end loop;\nend;\n/\ncommit;\nbegin dbms_output.put_line('mine'); end;\n/\n"
    )

    job.run()

    kept = bench.sql(
        "select output from odag_step_attempt where run_hash = :h order by step_no", h=job.hash
    )
    assert len(kept[0][0]) == 4000
    assert kept[1][0].strip() == "mine"


def test_a_job_of_a_run_that_was_taken_over_does_nothing(hand: Any, bench: Any) -> None:
    """It is fenced before it claims."""
    job = hand("insert into t_ledger (entry) values ('a');\n")
    bench.sql("update odag_run set attempt = 9 where run_hash = :h", h=job.hash)

    job.run()

    assert bench.ledger() == {}
    assert job.states() == {"step_1": "PENDING"}
    assert bench.sql(
        "select nvl2(claimed_at, 1, 0) from odag_handover where run_hash = :h", h=job.hash
    ) == [(0,)]


FENCES = [
    "update odag_step set attempt = 9 where run_hash = :own",
    "update odag_canary set owner = 9 where run_hash = :own",
]


@pytest.mark.parametrize("fence", FENCES)
def test_a_job_that_is_fenced_as_it_runs_stops(hand: Any, bench: Any, fence: str) -> None:
    """Before its next step does anything; what it did by then is as it was committed."""
    own = bench.identity().digest
    job = hand(
        f"insert into t_ledger (entry) values ('a');\n{fence};\ncommit;\n"
        "insert into t_ledger (entry) values ('b');\n",
        {"own": own},
    )

    job.run()

    assert "b" not in bench.ledger()
    assert job.end()["ending"] is None
    assert job.run_row() == ("RUNNING", 0)


def test_a_strict_step_that_is_fenced_is_rolled_back(hand: Any, bench: Any) -> None:
    """COMMIT and ROLLBACK are switched on again for that."""
    job = hand(
        "-- @step a run_on=database atomic=strict\nset transaction read write;\n"
        "insert into t_ledger (entry) values ('a');\n",
    )
    bench.sql("update odag_canary set owner = 9 where run_hash = :h", h=job.hash)

    job.run()

    assert bench.ledger() == {}
    assert job.end()["ending"] is None


def test_values_of_each_type_arrive_as_they_are(hand: Any, bench: Any) -> None:
    """NULL, all digits, a text of 4,000 bytes in any alphabet, moments to the microsecond."""
    bench.sql("create table t_made (no number, n number, t varchar2(4000), d date, s timestamp(6))")
    long = "ö" * 2000
    moment = dt.datetime(2026, 3, 29, 2, 30, 1, 123456)
    digits = Decimal("12345678901234567890.123456789012345678")
    job = hand(
        "insert into t_made values (1, :digits, :words, :day, :moment);\n"
        "insert into t_made values (2, :none, :none, :none, :none);\n"
        "insert into t_made values (3, :small, :text, :only_day, null);\n"
        "declare\n  flag boolean := :yes;\nbegin\n  if flag and not :no then\n"
        "    insert into t_made (no, t) values (4, :text || :text);\n  end if;\nend;\n/\n",
        {
            "digits": digits,
            "words": long,
            "day": dt.datetime(2026, 3, 29, 2, 30, 1),
            "moment": Timestamp(moment),
            "none": None,
            "small": 0.5,
            "text": "l'été 数据",
            "only_day": dt.date(2026, 1, 2),
            "yes": True,
            "no": False,
        },
    )

    job.run()

    assert job.end()["error_text"] is None
    with bench.connection.cursor() as cursor:
        cursor.execute("select to_char(n), t, d, s from t_made order by no")
        rows = cursor.fetchall()
    assert rows[0] == (str(digits), long, dt.datetime(2026, 3, 29, 2, 30, 1), moment)
    assert rows[1] == (None, None, None, None)
    assert rows[2][1:] == ("l'été 数据", dt.datetime(2026, 1, 2), None)
    assert Decimal(rows[2][0]) == Decimal("0.5")
    assert rows[3][1] == "l'été 数据" * 2


def test_code_that_does_not_compile_fails_its_step(hand: Any, bench: Any) -> None:
    """As in a worker; its lines are read by who comes back."""
    job = hand("create or replace procedure p_wrong is begin no_such_thing; end;\n/\n")

    job.run()

    end = job.end()
    assert (end["error_step"], end["error_unit"], end["error_code"]) == (1, 1, "ORA-24344")
    assert job.states() == {"step_1": "RUNNING"}


def test_a_deferred_constraint_fails_the_block(hand: Any, bench: Any) -> None:
    """All statements were answered by then, and nothing of the step is left."""
    bench.sql(
        "create table t_made (n number, constraint t_made_u unique (n) "
        "deferrable initially deferred)"
    )
    job = hand("insert into t_made values (1);\ninsert into t_made values (1);\n")

    job.run()

    end = job.end()
    assert (end["error_step"], end["error_unit"], end["error_code"]) == (1, None, "ORA-02091")
    assert bench.sql("select count(*) from t_made") == [(0,)]


def test_savepoints_and_a_rollback_count_as_in_a_worker(hand: Any, bench: Any) -> None:
    """What is thrown away changes no row."""
    job = hand(
        "insert into t_ledger (entry) values ('a');\nrollback;\n"
        "insert into t_ledger (entry) values ('b');\nsavepoint here;\n"
        "insert into t_ledger (entry) values ('c');\nrollback to here;\n"
    )

    job.run()

    assert bench.ledger() == {"b": 1}
    assert [(row["state"], row["row_count"], row["commits_inside"]) for row in job.steps()] == [
        ("SUCCEEDED", 2, 0)
    ]


def test_a_job_that_is_not_the_end_leaves_the_run_to_be_resumed(hand: Any, bench: Any) -> None:
    """Settings of the session come first in it, and variables are kept as they were."""
    job = hand(
        "alter session set nls_date_format = 'YYYY';\n"
        "insert into t_ledger (entry) values (to_char(date '2026-01-01'));\n",
        is_end=False,
        variables='{"n":{"number":"1"}}',
    )

    job.run()

    assert bench.ledger() == {"2026": 1}
    assert job.run_row() == ("FAILED", 1)
    assert job.end()["ending"] == "SUCCEEDED"
    kept = bench.sql(
        "select variables from odag_step where run_hash = :h and step_no = 2", h=job.hash
    )
    assert kept == [('{"n":{"number":"1"}}',)]


ALIKE = [
    # errors that are passed over, in a block that commits inside before it fails, too
    (
        "insert into t_ledger (entry) values ('a');\nwhenever sqlerror continue\n"
        "begin\n  insert into t_ledger (entry) values ('b');\n  commit;\n"
        "  insert into t_ledger (entry) values ('c');\n  raise no_data_found;\nend;\n/\n"
        "insert into t_ledger (entry) values ('d');\n"
    ),
    # one that rolls back inside
    (
        "insert into t_ledger (entry) values ('a');\nwhenever sqlerror continue\n"
        "begin\n  insert into t_ledger (entry) values ('b');\n  rollback;\n"
        "  insert into t_ledger (entry) values ('c');\n  raise_application_error(-20001, 'x');\n"
        "end;\n/\n"
    ),
    # strict: the block that is passed over is undone there as well
    (
        "-- @step a atomic=strict\ninsert into t_ledger (entry) values ('a');\n"
        "-- @on_error continue ORA-20001\n"
        "begin\n  insert into t_ledger (entry) values ('b');\n"
        "  raise_application_error(-20001, 'x');\nend;\n/\n"
        "savepoint here;\ninsert into t_ledger (entry) values ('c');\nrollback to here;\n"
        "insert into t_ledger (entry) values ('d');\n"
    ),
    # code that does not compile, and may not
    (
        "-- @on_error continue ORA-24344\n"
        "create or replace procedure p_wrong is begin no_such_thing; end;\n/\n"
        "insert into t_ledger (entry) values ('a');\n"
    ),
    # all kinds of transactions, one behind the other
    (
        "set transaction read only;\nselect count(*) from t_ledger;\ncommit;\n"
        "lock table t_ledger in exclusive mode;\ninsert into t_ledger (entry) values ('a');\n"
        "-- @check one after=commit\nselect count(*) from t_ledger;\n"
        "create table t_made (n number);\ninsert into t_made values (1);\n"
        "create index t_made_n on t_made (n);\n"
        "merge into t_ledger t using (select 'a' as entry from dual) s on (t.entry = s.entry)\n"
        "  when matched then update set t.amount = 1;\n"
    ),
]


@pytest.mark.parametrize("text", ALIKE)
def test_a_job_leaves_what_a_worker_leaves(hand: Any, bench: Any, text: str) -> None:
    """The same rows in the script's tables and in those of the checkpoints."""
    query = (
        "select name, step_class, state, row_count, tries, commits_inside, error_code, "
        "nvl2(evidence, 1, 0) from odag_step where run_hash = :h order by step_no"
    )
    bench.run(text, key=f"{bench.key} of a worker")
    worker = (
        bench.ledger(),
        bench.sql(query, h=RunIdentity(run_key=f"{bench.key} of a worker").digest),
    )
    bench.sql("delete from t_ledger")
    with contextlib.suppress(oracledb.DatabaseError):
        bench.sql("drop table t_made")

    job = hand(text)
    job.run()

    assert job.end()["error_text"] is None
    assert (bench.ledger(), bench.sql(query, h=job.hash)) == worker


def test_what_the_compiler_said_is_printed(hand: Any, bench: Any) -> None:
    """SHOW ERRORS is carried out by the job."""
    job = hand(
        "-- @on_error continue ORA-24344\n"
        "create or replace procedure p_wrong is begin no_such_thing; end;\n/\nshow errors\n"
    )

    job.run()

    output = bench.sql("select output from odag_step_attempt where run_hash = :h", h=job.hash)[0][0]
    assert "passed over: ORA-24344" in output
    assert "PROCEDURE 1/" in output
    assert "NO_SUCH_THING" in output


def test_broken_code_that_is_there_already_fails_the_step(hand: Any, bench: Any) -> None:
    """CREATE IF NOT EXISTS passes over it without a word."""
    with contextlib.suppress(oracledb.DatabaseError):
        bench.sql("create or replace procedure p_wrong is begin no_such_thing; end;")
    job = hand("create procedure if not exists p_wrong is begin null; end;\n/\n")

    job.run()

    end = job.end()
    assert (end["error_unit"], end["error_code"]) == (1, "ORA-24344")
