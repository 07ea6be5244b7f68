"""The control table in Oracle: a team's own table, locks, lost connections, round trips."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import pytest

from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.control.table import (
    Audit,
    ControlNames,
    ControlTableError,
    StoreUnavailable,
    UnknownNames,
)
from airflow_oracle_dag.core.errors import FieldError
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State

ME = Audit("ops@here", "because")
OWN = ControlNames(
    job_table="t_own_jobs",
    columns={
        **dict.fromkeys(("Environment", "RunOn", "ExpectedMinutes", "Timezone", "Calendar")),
        **dict.fromkeys(("OnUpstreamSkip", "Script", "DependsOn", "Parameters", "EndDate")),
        "JobName": "job",
        "JobCategory": "layer",
        "RunCondition": "days",
        "SkipFlag": "skip",
        "StatusFlag": "status",
        "LastRunTimestamp": "last_run",
        "StartDate": "valid_from",
        "Priority": "prio",
        "Owner": "contact",
    },
)


def run_of(store: Any, name: str, day: int = 20) -> JobRun:
    """Return a run that is due on a day."""
    due = datetime(2026, 11, day)
    return JobRun(store.environment, name, f"day {day}", due, State.PENDING)


@pytest.fixture
def own(oracle):
    """Make a team's table: padded, without a key, with other types and names."""
    oracle.sql(
        "create table t_own_jobs (job char(20), layer char(5), days varchar2(100), skip char(3), "
        "status varchar2(20), last_run date, valid_from date, prio number, contact varchar2(50))"
    )
    oracle.sql(
        "insert into t_own_jobs (job, layer, days, skip) values ('A', 'RAW', 'MONDAY ', 'NO')"
    )
    oracle.sql("insert into t_own_jobs (job, layer) values ('B', 'STG')")
    yield oracle
    oracle.sql("drop table t_own_jobs")


@pytest.fixture
def many(oracle):
    """Put ten thousand rows there."""
    oracle.sql(
        "insert into odag_job (environment, job_name) "
        "select :e, 'j' || level from dual connect by level <= 10000",
        e=oracle.environment,
    )
    yield oracle
    oracle.sql("delete from odag_job where environment = :e", e=oracle.environment)


class TestOwnTable:
    """A team's existing table serves as it is."""

    def test_it_is_read(self, own):
        """Padded values, NULLs, DATEs; every environment sees the same rows."""
        own.sql("update t_own_jobs set valid_from = date '2026-02-03', prio = 7 where job = 'A'")
        with own.open(OWN) as table:
            for environment in ("default", own.environment):
                (job,) = table.jobs(environment, "RAW")
                assert (job.name, job.environment, job.run_condition, job.skip_flag) == (
                    "A",
                    environment,
                    "MONDAY",
                    "NO",
                )
                assert (job.start_date, job.priority_number, job.owner) == ("2026-02-03", 7, "")
            assert [job.name for job in table.jobs("default")] == ["A", "B"]

    def test_runs_write_to_it(self, own):
        """Status and a DATE; runs are kept per environment."""
        with own.open(OWN) as table:
            begun = table.begin(run_of(own, "A"))
            ((status, last_run),) = own.sql("select status, last_run from t_own_jobs where job='A'")
            assert status == "running"
            assert abs((last_run - begun.started_at).total_seconds()) <= 1
            assert table.finish(begun, State.SUCCEEDED) is True
            assert table.job("default", "A").status_flag == "success"
            table.skip([run_of(own, "B")])
            assert table.job("default", "B").status_flag == "skipped"

    def test_people_change_it(self, own):
        """Texts become what the columns are; a row can be added."""
        with own.open(OWN) as table:
            changes = {"StartDate": "2026-05-06", "Priority": "3", "SkipFlag": "YES"}
            table.change("default", "A", changes, ME)
            job = table.job("default", "A")
            assert (job.start_date, job.priority, job.is_skipped) == ("2026-05-06", "3", True)
            added = Job(name="C", category="RAW", start_date="2026-07-08", script="left out")
            assert table.put([added, job], ME) == {"C": "added"}
            assert table.job("default", "C").start_date == "2026-07-08"

    def test_duplicates_are_shown_and_not_guessed_about(self, own):
        """All rows are returned for the catalog to report; one of them cannot be asked for."""
        own.sql("insert into t_own_jobs (job, layer) values ('A', 'RAW')")
        with own.open(OWN) as table:
            assert [job.name for job in table.jobs("default", "RAW")] == ["A", "A"]
            with pytest.raises(ControlTableError, match="2 rows of job A"):
                table.job("default", "A")
            with pytest.raises(ControlTableError, match="delete all but one"):
                table.change("default", "A", {"SkipFlag": "YES"}, ME)
            begun = table.begin(run_of(own, "A"))
            assert table.finish(begun, State.FAILED) is True

    def test_a_row_without_a_name_is_no_row_to_pass_over(self, own):
        """It is an error, not one job fewer."""
        own.sql("insert into t_own_jobs (layer) values ('RAW')")
        with own.open(OWN) as table, pytest.raises(FieldError, match="without a name"):
            table.jobs("default", "RAW")

    def test_the_list_of_rows_shows_what_is_no_job(self, own, target, monkeypatch, capsys):
        """How many rows have no name, and of which table; names that come twice; all others."""
        for layer in ("'RAW'", "'STG'", "null"):
            own.sql(f"insert into t_own_jobs (layer) values ({layer})")
        own.sql("insert into t_own_jobs (job, layer) values ('A', 'RAW')")
        for name in ("dsn", "user", "password"):
            monkeypatch.setenv(f"ORACLE_{name.upper()}", getattr(target, name))
        names = json.dumps({"job_table": OWN.job_table, "columns": dict(OWN.columns)})
        assert main(["jobs", "list", "--names", names]) == 0
        out = capsys.readouterr().out
        assert [line.split()[0] for line in out.splitlines()[1:4]] == ["A", "A", "B"]
        assert "3 rows of" in out
        assert "t_own_jobs are without a name" in out.replace("T_OWN_JOBS", "t_own_jobs")
        assert "give every row a JobName" in out
        assert out.count("job A, JobName 'A': 2 rows have this name") == 1

    def test_a_file_is_not_checked_against_one_of_two_rows(
        self, own, target, monkeypatch, capsys, tmp_path
    ):
        """A dry run says of them what the import would say."""
        own.sql("insert into t_own_jobs (job, layer) values ('A', 'RAW')")
        for name in ("dsn", "user", "password"):
            monkeypatch.setenv(f"ORACLE_{name.upper()}", getattr(target, name))
        names = json.dumps({"job_table": OWN.job_table, "columns": dict(OWN.columns)})
        file = tmp_path / "jobs.csv"
        file.write_text("JobName,Owner\nB,me\nA,me\n")
        arguments = ["jobs", "import", str(file), "--why", "x", "--names", names]
        for more in (["--dry-run"], []):
            assert main([*arguments, *more]) == 2
            said = capsys.readouterr()
            assert said.out == ""
            assert f"{file}:3: job A, JobName 'A': 2 rows have this name" in said.err

    def test_the_owner_of_a_table_can_be_named(self, own):
        """OWNER.TABLE beside tables of another schema."""
        names = ControlNames(job_table=f"{own.connection.username}.odag_job")
        own.write(JobName="x")
        with own.open(names) as table:
            assert table.job(own.environment, "x").name == "x"

    @pytest.mark.parametrize("bad", ["a b", 'x"y', "odag_job j where 1=1 --", "a.b.c", "1x", "t@l"])
    def test_names_that_are_no_identifiers_are_refused(self, oracle, bad):
        """Before anything is asked of a database."""
        with pytest.raises(UnknownNames, match="plain Oracle name"):
            oracle.open(ControlNames(job_table=bad))
        with pytest.raises(UnknownNames, match="plain Oracle name"):
            oracle.open(ControlNames(columns={"Owner": bad}))

    @pytest.mark.parametrize("column", ["JOB_NAME", "job_name"])
    def test_two_fields_do_not_share_a_column(self, oracle, column):
        """A change of the one would be a change of the other."""
        with pytest.raises(UnknownNames, match="JobName and Owner have the same column"):
            oracle.open(ControlNames(columns={"Owner": column}))

    @pytest.mark.parametrize("ask", ["jobs", "begin"])
    def test_a_column_that_is_not_there_is_named(self, oracle, ask):
        """With its field and what to write where."""
        oracle.write(JobName="x")
        with (
            oracle.open(ControlNames(columns={"StatusFlag": "stat"})) as table,
            pytest.raises(ControlTableError, match=r'(?s)"STAT" for StatusFlag.*control_names'),
        ):
            table.jobs(oracle.environment) if ask == "jobs" else table.begin(run_of(oracle, "x"))


class TestTrouble:
    """Locks and lost connections."""

    def test_a_row_that_somebody_holds(self, oracle):
        """An UPDATE without COMMIT ends in a clear error after seconds, and nothing is written."""
        oracle.write(JobName="held")
        with oracle.connection.cursor() as cursor:
            cursor.execute("update odag_job set skip_flag = 'YES' where job_name = 'held'")
        begun = time.monotonic()
        with (
            oracle.open() as table,
            pytest.raises(StoreUnavailable, match=r"(?s)job held.*locked.*without COMMIT"),
        ):
            table.begin(run_of(oracle, "held"))
        assert 4 < time.monotonic() - begun < 30
        oracle.connection.rollback()
        with oracle.open() as table:
            assert table.history(oracle.environment, "held") == []
            assert table.begin(run_of(oracle, "held")).attempt == 1

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_connection_lost_at_begin(self, oracle, faults, when):
        """The same table opens another session; whatever was committed, the attempt counts on."""
        oracle.write(JobName="x")
        with oracle.open() as table:
            table.jobs(oracle.environment)
            faults.cut(when, sql="'RUNNING', 1")
            with pytest.raises(StoreUnavailable):
                table.begin(run_of(oracle, "x"))
            begun = table.begin(run_of(oracle, "x"))
            assert begun.attempt == (1 if when == "before" else 2)
            assert table.finish(begun, State.SUCCEEDED) is True

    def test_a_connection_lost_at_finish(self, oracle, faults):
        """Asking again gives the same answer."""
        oracle.write(JobName="x")
        with oracle.open() as table:
            begun = table.begin(run_of(oracle, "x"))
            faults.cut("after", sql=":finished")
            with pytest.raises(StoreUnavailable):
                table.finish(begun, State.SUCCEEDED)
            assert table.finish(begun, State.SUCCEEDED) is True

    def test_skip_is_all_or_nothing(self, oracle, faults):
        """An error at the commit leaves no job skipped."""
        for name in ("x", "y"):
            oracle.write(JobName=name)
        with oracle.open() as table:
            faults.cut_before_commit()
            runs = [run_of(oracle, name) for name in ("x", "y")]
            with pytest.raises(StoreUnavailable):
                table.skip(runs)
            assert table.job_runs(oracle.environment, "day 20") == {}
            assert {job.status_flag for job in table.jobs(oracle.environment)} == {""}

    @pytest.mark.parametrize("nth", [1, 2])
    def test_rows_that_are_lost_on_the_way_are_no_shorter_answer(self, many, faults, nth):
        """A fetch that fails is an error of the whole question."""
        with many.open() as table:
            faults.cut("before", calls=("fetch",), nth=nth)
            with pytest.raises(StoreUnavailable):
                table.jobs(many.environment)
            assert len(table.jobs(many.environment)) == 10_000

    def test_a_wrong_password_is_not_tried_again(self, oracle):
        """Another try gives the same answer."""
        database = oracle.database
        import oracledb

        table = oracle.open(
            connect=lambda: oracledb.connect(user=database.user, password="no", dsn=database.dsn)
        )
        with pytest.raises(ControlTableError, match="ORA-01017") as caught:
            table.jobs("default")
        assert not isinstance(caught.value, StoreUnavailable)

    def test_a_value_that_does_not_fit(self, oracle):
        """The database's word is passed on, and nothing of the change is kept."""
        oracle.write(JobName="x")
        with oracle.open() as table:
            with pytest.raises(ControlTableError, match="ORA-12899"):
                table.change(oracle.environment, "x", {"Owner": "me", "RunOn": "x" * 21}, ME)
            assert table.job(oracle.environment, "x").owner == ""
            assert oracle.audit("x") == []


def test_an_own_calendar(oracle):
    """Days and labels; a calendar without a day is none."""
    oracle.sql("delete from odag_calendar_day")
    oracle.sql(
        "insert into odag_calendar_day (calendar, day, label) "
        "values ('OWN', date '2026-12-24', 'x')"
    )
    oracle.sql("insert into odag_calendar_day (calendar, day) values ('OWN', date '2026-12-31')")
    with oracle.open() as table:
        days = table.calendar_days("OWN")
        assert {day.isoformat(): label for day, label in days.items()} == {
            "2026-12-24": "x",
            "2026-12-31": "",
        }
        assert table.calendar_days("DE") is None


class TestRoundTrips:
    """What each question costs, log-in apart."""

    @pytest.fixture
    def count(self, oracle, faults):
        """Count the calls of something."""

        def counted(work: Any) -> int:
            seen: list[str] = []
            faults.on_call(lambda sid, name, sql: seen.append(name))
            work()
            faults.on_call(None)
            return len(seen)

        return counted

    def test_begin_and_finish_are_one_each(self, oracle, count):
        """Lock, run, flag and commit travel together."""
        oracle.write(JobName="x")
        with oracle.open() as table:
            table.job(oracle.environment, "x")
            begun = []
            assert count(lambda: begun.append(table.begin(run_of(oracle, "x")))) == 1
            assert count(lambda: table.finish(begun[0], State.SUCCEEDED)) == 1

    def test_ten_thousand_jobs_are_six(self, many, count):
        """Two thousand rows come at once."""
        with many.open() as table:
            table.job(many.environment, "j1")
            assert count(lambda: table.jobs(many.environment)) == 6
            assert count(lambda: table.job(many.environment, "j1")) == 1

    def test_a_hundred_skipped_jobs_are_three(self, oracle, count):
        """The driver runs a block once before the others, to see its binds; and the commit."""
        with oracle.open() as table:
            table.jobs(oracle.environment)
            runs = [run_of(oracle, f"j{n}") for n in range(100)]
            assert count(lambda: table.skip(runs)) == 3
