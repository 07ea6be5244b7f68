"""`oracle-dag jobs ...` on both stores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from airflow_oracle_dag.cli.main import main
from airflow_oracle_dag.core.jobs import Job, JobRun
from airflow_oracle_dag.core.states import State

ORACLE_DAG = str(Path(sys.executable).with_name("oracle-dag"))


@pytest.fixture
def shell(target, moto_endpoint, monkeypatch):
    """Know the database and DynamoDB as a shell does that is set up for them."""
    known = {
        "ORACLE_DSN": target.dsn,
        "ORACLE_USER": target.user,
        "ORACLE_PASSWORD": target.password,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": moto_endpoint,
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **known}


@pytest.fixture
def where(request, store, shell):
    """Return the arguments that lead to the store, with a job in it."""
    store.write(JobName="load", JobCategory="RAW", RunCondition="MONDAY, WEDNESDAY")
    kind = ["--dynamodb"] if store.environment.startswith("dynamo") else []
    return [*kind, "--environment", store.environment]


@pytest.fixture
def jobs(where, capsys):
    """Return a function that runs a verb and returns its exit code, output and errors."""

    def run(verb, *arguments):
        capsys.readouterr()
        code = main(["jobs", verb, *where, *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


def test_rows_are_listed(store, jobs):
    """In the order of their names, of a category or all; as a table or as JSON."""
    store.write(JobName="a", JobCategory="STG", SkipFlag="YES")
    code, out, _ = jobs("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["JobName", "a", "load"]
    code, out, _ = jobs("list", "--category", "RAW", "--json")
    (found,) = json.loads(out)["jobs"]
    assert (found["JobName"], found["RunCondition"]) == ("load", "MONDAY, WEDNESDAY")


def test_what_is_wrong_with_a_row_is_listed_too(store, jobs):
    """Field, value and cure; the list is shown all the same."""
    store.write(JobName="odd", SkipFlag="maybe", Calendar="ATLANTIS")
    code, out, _ = jobs("list")
    assert code == 0
    assert "job odd, SkipFlag 'maybe'" in out
    assert "write YES or NO" in out
    assert "ATLANTIS" in out
    _, out, _ = jobs("show", "odd")
    assert "SkipFlag 'maybe'" in out


def test_a_row_is_shown_with_its_runs(store, jobs):
    """The newest first, with reasons."""
    with store.open() as table:
        for day, state in ((18, State.FAILED), (19, State.SUCCEEDED)):
            due = datetime(2026, 11, day)
            run = JobRun(store.environment, "load", f"k{day}", due, State.PENDING, reason="why")
            table.finish(table.begin(run), state)
    code, out, _ = jobs("show", "load")
    assert code == 0
    assert "JobName           load" in out
    assert [line.split()[0:3:2] for line in out.splitlines()[-2:]] == [
        ["2026-11-19", "SUCCEEDED"],
        ["2026-11-18", "FAILED"],
    ]
    _, out, _ = jobs("show", "load", "--limit", "1", "--json")
    shown = json.loads(out)
    assert [run["state"] for run in shown["runs"]] == ["SUCCEEDED"]
    assert shown["job"]["StatusFlag"] == "success"
    assert shown["job"]["LastRunTimestamp"].endswith("Z")


def test_an_unknown_job_is_said(jobs):
    """Exit 2, with the way to find out."""
    for verb, more in (
        ("show", ()),
        ("set", ("Owner=x", "--why", "y")),
        ("skip", ("--why", "y")),
        ("explain", ("--from", "2026-11-16", "--to", "2026-11-20")),
    ):
        code, out, err = jobs(verb, "nope", *more)
        assert (code, out) == (2, "")
        assert "nope" in err
        assert "jobs list" in err


def test_a_name_that_may_have_been_meant_is_said(store, jobs):
    """Quoted, so that a blank in it is seen; a comma between names is no name."""
    store.write(JobName="other")
    _, _, err = jobs("show", "laod")
    assert "no job 'laod' in environment" in err
    assert "did you mean 'load'?" in err
    code, _, err = jobs("skip", "load,other", "--why", "x")
    assert code == 2
    assert "separated by blanks" in err
    assert "did you mean" not in jobs("show", "zzz")[2]
    assert jobs("show", " load ")[0] == 0


def test_a_list_without_rows_says_where_there_are_some(store, jobs, where):
    """The environment, the category, and the categories that have jobs."""
    code, out, err = jobs("list", "--category", "RWA")
    assert (code, err) == (0, "")
    assert out == (
        f"no rows in environment {store.environment}, category RWA; categories here: RAW\n"
    )
    assert "load" in jobs("list", "--category", " RAW ")[1]
    _, out, _ = jobs("list", "--category", "RWA", "--json")
    assert json.loads(out) == {"jobs": [], "problems": []}
    _, out, _ = jobs("list", "--environment", "nowhere")
    assert out == "no rows in environment nowhere; --environment names another\n"


def test_rows_that_contradict_each_other_are_listed_so(store, jobs):
    """Rings, also through another category, names that nobody has, and days that never come."""
    store.write(JobName="a", JobCategory="STG", DependsOn="b")
    store.write(JobName="b", JobCategory="RAW", DependsOn="a, laod")
    store.write(JobName="self", JobCategory="STG", DependsOn="self")
    store.write(JobName="semi", JobCategory="STG", DependsOn="a;b")
    store.write(JobName="rest", JobCategory="STG", RunCondition="FEB and 30")
    store.write(JobName="off", JobCategory="STG", RunCondition="NEVER")
    code, out, _ = jobs("list", "--category", "STG")
    assert code == 0
    for said in (
        "job a, DependsOn 'b': a -> b -> a: each depends on the next",
        "job self, DependsOn 'self': the job depends on itself",
        "job semi, DependsOn 'a;b': names are separated by commas",
        "job rest, RunCondition 'FEB and 30': there is no day that it means",
    ):
        assert said in out
    assert "job off" not in out
    assert "laod" not in out
    problems = json.loads(jobs("list", "--json")[1])["problems"]
    (unknown,) = [one for one in problems if "no job 'laod'" in one]
    assert "write load" in unknown
    assert "no job 'a;b'" not in "".join(problems)


class TestSet:
    """`set`, `skip` and `unskip`."""

    def test_a_change_is_written_and_audited(self, store, jobs):
        """In any case of the field's name; who and why are kept."""
        code, out, err = jobs(
            "set", "load", "runcondition=Mon-Fri", "Owner=a=b", "JobCategory=", "--why", "week"
        )
        assert (code, err) == (0, "")
        assert "RunCondition 'MONDAY, WEDNESDAY' -> 'Mon-Fri'" in out
        with store.open() as table:
            row = table.job(store.environment, "load")
        assert (row.run_condition, row.owner, row.category) == ("Mon-Fri", "a=b", "")
        lines = store.audit("load")
        assert [line[0] for line in lines] == ["JobCategory", "Owner", "RunCondition"]
        assert {line[4] for line in lines} == {"week"}
        assert all("@" in line[3] for line in lines)
        _, out, _ = jobs("set", "load", "Owner=a=b", "--why", "again")
        assert "already" in out

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("RunCondition=MONDAY,JAN", "position"),
            ("RunCondition=FUNDAY", "FUNDAY"),
            ("SkipFlag=maybe", "write YES or NO"),
            ("Timezone=Mars/Olympus", "not a known time zone"),
            ("Calendar=ATLANTIS", "ATLANTIS"),
            ("StartDate=tomorrow", "YYYY-MM-DD"),
            ("Priority=high", "whole number"),
            ("ExpectedMinutes=long", "number of minutes"),
            ("RunOn=moon", "job load, RunOn 'moon'"),
            ("Parameters=[1]", "JSON object"),
            ("OnUpstreamSkip=x", "RUN or BLOCK"),
            ("DependsOn=load", "depends on itself"),
            ("DependsOn=a;b", "separated by commas"),
            ("StatusFlag=success", "not changed by hand"),
            ("JobName=x", "not changed by hand"),
            ("Colour=red", "no field of a job"),
            ("Owner", "FIELD=VALUE"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, store, jobs, change, says):
        """Exit 2 with the cure; nothing is written."""
        code, out, err = jobs("set", "load", "Owner=me", change, "--why", "x")
        if change == "Owner":
            assert code == 2
        assert (code, out) == (2, "")
        assert says in err
        with store.open() as table:
            assert table.job(store.environment, "load").owner == ""
        assert store.audit("load") == []

    def test_fields_that_contradict_each_other_are_refused(self, jobs):
        """An end before the start; what is wrong already can be mended."""
        assert jobs("set", "load", "StartDate=2026-05-01", "--why", "x")[0] == 0
        code, _, err = jobs("set", "load", "EndDate=2026-04-01", "--why", "x")
        assert code == 2
        assert "StartDate" in err

    def test_a_row_that_is_wrong_can_be_mended_field_by_field(self, store, jobs):
        """What else is wrong with it does not stand in the way."""
        store.write(JobName="odd", SkipFlag="maybe", RunCondition="FUNDAY")
        assert jobs("set", "odd", "SkipFlag=NO", "--why", "x")[0] == 0
        assert jobs("set", "odd", "RunCondition=MONDAY", "--why", "x")[0] == 0

    def test_jobs_that_would_wait_for_each_other_are_refused(self, store, jobs):
        """The ring is shown; nothing is written."""
        store.write(JobName="b", DependsOn="c")
        store.write(JobName="c", DependsOn="load")
        code, out, err = jobs("set", "load", "DependsOn=b", "--why", "x")
        assert (code, out) == (2, "")
        assert "load -> b -> c -> load: each depends on the next" in err
        assert store.audit("load") == []

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ("DependsOn=nobody", "no job 'nobody'"),
            ("RunCondition=FEB and 30", "there is no day that it means"),
        ],
    )
    def test_what_hardly_was_meant_is_written_with_a_warning(self, store, jobs, change, says):
        """The job may come later, and a person may know better."""
        code, out, err = jobs("set", "load", change, "--why", "x")
        assert code == 0
        assert "->" in out
        assert err.startswith("warning: job load, ")
        assert says in err
        assert len(store.audit("load")) == 1

    def test_a_field_that_is_empty_already(self, jobs):
        """It is said so."""
        code, out, _ = jobs("set", "load", "Calendar=", "--why", "x")
        assert (code, out) == (0, "load: Calendar is empty already\n")

    def test_jobs_are_skipped_and_released(self, store, jobs):
        """Several at once; all names are looked up before the first is changed."""
        store.write(JobName="b")
        assert jobs("skip", "load", "nope", "--why", "x")[0] == 2
        assert store.audit("load") == []
        code, out, _ = jobs("skip", "load", "b", "--why", "late data")
        assert code == 0
        assert out.count("-> 'YES'") == 2
        with store.open() as table:
            assert {job.is_skipped for job in table.jobs(store.environment)} == {True}
        assert "already" in jobs("skip", "b", "--why", "x")[1]
        assert jobs("unskip", "load", "b", "--why", "here")[0] == 0
        with store.open() as table:
            assert {job.is_skipped for job in table.jobs(store.environment)} == {False}
        assert [line[4] for line in store.audit("b")] == ["late data", "here"]

    def test_a_reason_is_asked_for(self, jobs):
        """None, or an empty one, is bad usage."""
        with pytest.raises(SystemExit):
            jobs("skip", "load")
        code, _, err = jobs("skip", "load", "--why", " ")
        assert code == 2
        assert "--why" in err


class TestExplain:
    """A calendar with a reason for each day."""

    def test_each_day_says_why(self, jobs):
        """In the job's own time zone, however often it is asked."""
        code, out, _ = jobs("explain", "load", "--from", "2026-11-16", "--to", "2026-11-20")
        assert code == 0
        lines = out.splitlines()
        assert [line.split()[2] for line in lines[:5]] == [
            "runs",
            "rests",
            "runs",
            "rests",
            "rests",
        ]
        assert lines[4].startswith("2026-11-20 Fri  rests  2026-11-20 is a Friday in UTC")
        assert lines[5] == "2 of 5 days"

    def test_as_json(self, jobs):
        """One object a day, by the names of the field."""
        _, out, _ = jobs("explain", "load", "--from", "2026-11-16", "--to", "2026-11-16", "--json")
        (day,) = json.loads(out)
        assert (day["day"], day["JobName"], day["ShouldRunToday"]) == ("2026-11-16", "load", True)

    def test_a_row_that_cannot_be_read(self, store, jobs):
        """Exit 2 and what is wrong, once."""
        store.write(JobName="odd", RunCondition="MONDAY,JAN")
        code, out, err = jobs("explain", "odd", "--from", "2026-11-16", "--to", "2026-11-20")
        assert (code, out) == (2, "")
        assert err.count("MONDAY,JAN") <= 2

    @pytest.mark.parametrize(
        ("first", "last"),
        [("2026-11-20", "2026-11-16"), ("2026", "2026-11-16"), ("2000-01-01", "2026-01-01")],
    )
    def test_days_that_make_no_calendar(self, jobs, first, last):
        """Exit 2, said before anything is asked."""
        code, _, err = jobs("explain", "load", "--from", first, "--to", last)
        assert code == 2
        assert "--from" in err


class TestFiles:
    """`import` and `export`."""

    def test_what_is_exported_is_imported_unchanged(self, store, jobs, tmp_path):
        """Commas, quotes, line ends, formula signs and letters of all kinds survive."""
        hard = Job(
            name='=cmd|"x",\n+1',
            environment=store.environment,
            owner="Müller, \"A\" & 'B'\r\nsecond line",
            run_condition="MON,TUE or CRON(* * 1-5)",
            parameters='{"a": "x,y", "b": [1, 2], "c": "漢字"}',
            depends_on="load",
        )
        with store.open() as table:
            table.put([hard], main_audit())
        file = str(tmp_path / "jobs.csv")
        code, out, _ = jobs("export", file)
        assert code == 0
        assert "2 jobs" in out
        code, out, err = jobs("import", file, "--why", "back")
        assert (code, err) == (0, "")
        where = f"environment {store.environment}: "
        assert out == f"{where}0 added, 0 changed, 2 as they are already\n"
        store.delete(hard.name)
        store.delete("load")
        assert jobs("import", file, "--why", "back")[1].endswith(
            "2 added, 0 changed, 0 as they are already\n"
        )
        with store.open() as table:
            assert table.job(store.environment, hard.name) == hard

    def test_export_to_a_pipe(self, store, where, shell):
        """The bytes are those of the file, in UTF-8 whatever the terminal."""
        store.write(JobName="ä")
        done = subprocess.run(
            [ORACLE_DAG, "jobs", "export", *where],
            env={**shell, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "ä".encode() in done.stdout
        assert done.stdout.startswith(b"Environment,JobName,JobCategory,RunCondition,")

    def test_a_dry_run_writes_nothing(self, store, jobs, tmp_path):
        """It says what would be done, and an import then does that."""
        file = tmp_path / "jobs.csv"
        file.write_text("JobName,Owner\nload,me\nnew,you\n")
        where = f"environment {store.environment}: "
        code, out, _ = jobs("import", str(file), "--why", "x", "--dry-run")
        assert code == 0
        assert out.splitlines() == [
            "load: would be changed",
            "  Owner '' -> 'me'",
            "new: would be added",
            f"{where}1 would be added, 1 would be changed, 0 as they are already",
        ]
        assert store.audit("new") == []
        code, out, _ = jobs("import", str(file), "--why", "x")
        assert "  Owner '' -> 'me'" in out.splitlines()
        assert out.endswith(": 1 added, 1 changed, 0 as they are already\n")
        with store.open() as table:
            row = table.job(store.environment, "load")
        # what the file does not name is left as it was
        assert (row.owner, row.run_condition, row.category) == ("me", "MONDAY, WEDNESDAY", "RAW")

    def test_a_field_left_empty_is_emptied(self, store, jobs, tmp_path):
        """The file is what people want the row to be."""
        file = tmp_path / "jobs.csv"
        file.write_text("jobname,RUNCONDITION\nload,\n")
        assert jobs("import", str(file), "--why", "x")[0] == 0
        with store.open() as table:
            assert table.job(store.environment, "load").run_condition == ""

    def test_every_mistake_is_said_with_its_line(self, store, jobs, tmp_path):
        """File, line, field and cure; nothing of the file is written."""
        file = tmp_path / "jobs.csv"
        file.write_text(
            "JobName,RunCondition,SkipFlag,Owner\n"
            'fine,MONDAY,NO,"two\nlines"\n'
            "bad,FUNDAY,NO,x\n"
            "worse,MONDAY,maybe,x\n"
            ",MONDAY,NO,x\n"
        )
        code, out, err = jobs("import", str(file), "--why", "x")
        assert (code, out) == (2, "")
        assert f"{file}:4: job bad, RunCondition" in err
        assert f"{file}:5: job worse, SkipFlag 'maybe'" in err
        assert f"{file}:6: JobName is empty" in err
        with store.open() as table:
            assert [job.name for job in table.jobs(store.environment)] == ["load"]

    def test_jobs_of_a_file_that_would_wait_for_each_other(self, store, jobs, tmp_path):
        """With the rows that are there already; what the file mends is no ring any more."""
        store.write(JobName="b", DependsOn="load")
        file = tmp_path / "jobs.csv"
        file.write_text("JobName,DependsOn\nnew,b\nload,new\n")
        code, out, err = jobs("import", str(file), "--why", "x")
        assert (code, out) == (2, "")
        assert f"{file}:2: job new, DependsOn 'b': new -> b -> load -> new" in err
        assert store.audit("load") == []
        file.write_text("JobName,DependsOn\nnew,b\nload,new\nb,\n")
        assert jobs("import", str(file), "--why", "x")[0] == 0

    def test_what_hardly_was_meant_in_a_file_is_a_warning(self, jobs, tmp_path):
        """With its line; the rows are written."""
        file = tmp_path / "jobs.csv"
        file.write_text("JobName,DependsOn,RunCondition\na,laod,FEB and 30\n")
        code, out, err = jobs("import", str(file), "--why", "x")
        assert code == 0
        assert ": 1 added" in out
        assert err.count(f"warning: {file}:2: job a, ") == 2
        assert "no job 'laod'" in err
        assert "there is no day that it means" in err

    def test_a_column_for_a_field_that_the_table_lacks_is_refused(self, store, jobs, tmp_path):
        """As `set` refuses it; what is exported with the same names has no such column."""
        names = ("--names", '{"columns": {"Owner": null}}')
        file = tmp_path / "jobs.csv"
        file.write_text("JobName,Owner,Priority\nload,me,5\n")
        code, out, err = jobs("import", str(file), "--why", "x", *names)
        assert (code, out) == (2, "")
        assert f"{file}:1: the table has nothing for Owner: control_names says null" in err
        assert "leave the column out" in err
        assert store.audit("load") == []
        assert jobs("export", str(file), *names)[0] == 0
        assert "Owner" not in file.read_text()
        assert jobs("import", str(file), "--why", "x", *names)[0] == 0

    def test_another_environment_than_the_given_one_is_refused(self, store, jobs, tmp_path):
        """Nobody knows which of the two was meant; a blank around it means nothing."""
        file = tmp_path / "jobs.csv"
        text = f"Environment,JobName\n{store.environment},a\nelsewhere,b\n"
        file.write_text(text)
        code, out, err = jobs("import", str(file), "--why", "x")
        assert (code, out) == (2, "")
        assert f"{file}:3: job b: Environment 'elsewhere' is not '{store.environment}'" in err
        assert "leave --environment out" in err
        file.write_text(text.replace("elsewhere", ""))
        mine = ("--environment", f" {store.environment} ")
        code, out, _ = jobs("import", str(file), "--why", "x", *mine)
        assert code == 0
        assert out.splitlines()[-1].startswith(f"environment {store.environment}: 2 added")


def main_audit():
    """Return who writes what a test begins with."""
    from airflow_oracle_dag.control.table import Audit

    return Audit("test", "begin")


class TestConnections:
    """How the verbs reach a store."""

    def test_a_store_that_cannot_be_reached(self, jobs, monkeypatch):
        """Exit 2, one message, no secret."""
        monkeypatch.setenv("ORACLE_DSN", "127.0.0.1:1/x")
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
        code, out, err = jobs("list")
        assert (code, out) == (2, "")
        assert "127.0.0.1" in err or "cannot connect" in err
        assert "demo-password" not in err

    def test_names_of_a_team(self, store, jobs, tmp_path):
        """As JSON or as a file of it."""
        store.write(JobName="mine", Owner="me")
        names = '{"columns": {"Owner": null}}'
        code, out, _ = jobs("show", "mine", "--names", names)
        assert code == 0
        assert "Owner" not in out
        file = tmp_path / "names.json"
        file.write_text(names)
        assert jobs("show", "mine", "--names", f"@{file}")[1] == out
        code, _, err = jobs("set", "mine", "Owner=you", "--why", "x", "--names", f"@{file}")
        assert code == 2
        assert "control_names" in err

    @pytest.mark.parametrize(
        ("names", "says"),
        [
            ("{", "not JSON"),
            ('{"colums": {}}', "columns"),
            ('{"columns": {"Colour": "x"}}', "no such field"),
            ("@/no/such/file", "cannot be read"),
        ],
    )
    def test_names_that_cannot_be_used(self, jobs, names, says):
        """Exit 2, before anything is asked."""
        code, _, err = jobs("list", "--names", names)
        assert code == 2
        assert says in err

    def test_two_stores_at_once_are_refused(self, shell, capsys):
        """An address of one of them would be passed over in silence."""
        for verb in ("list", "init"):
            assert main(["jobs", verb, "--dynamodb", "--dsn", "h/s"]) == 2
            assert "leave one of them out" in capsys.readouterr().err

    def test_tables_that_are_not_there(self, shell, capsys):
        """The verb that makes them is named whole."""
        names = json.dumps({"job_table": "never_made"})
        assert main(["jobs", "list", "--dynamodb", "--names", names]) == 2
        assert "`oracle-dag jobs init --dynamodb`" in capsys.readouterr().err

    def test_tables_of_dynamodb_are_made_once(self, shell, capsys):
        """And again is nothing; in Oracle another verb makes them."""
        names = json.dumps({"job_table": "made_by_verb"})
        assert main(["jobs", "init", "--dynamodb", "--names", names]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "made made_by_verb",
            "made made_by_verb_run",
            "made made_by_verb_audit",
            "made made_by_verb_calendar",
        ]
        assert main(["jobs", "init", "--dynamodb", "--names", names]) == 0
        assert capsys.readouterr().out == "nothing to do\n"
        assert main(["jobs", "init"]) == 2
        assert "oracle-dag init" in capsys.readouterr().err

    def test_lint_needs_no_database(self, tmp_path, capsys):
        """Nor does the verb ask for one."""
        assert main(["jobs", "lint", str(tmp_path)]) == 2
        assert str(tmp_path) in capsys.readouterr().err

    def test_a_group_without_a_verb_is_bad_usage(self, capsys):
        """The verbs are named."""
        with pytest.raises(SystemExit) as caught:
            main(["jobs"])
        assert caught.value.code == 2
        assert "VERB" in capsys.readouterr().err


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["oracle", "aws"])
def test_airflow_offers_the_same_verbs_with_its_connections(
    kind, oracle, dynamo, shell, target, moto_endpoint, tmp_path
):
    """`airflow oracle-dag jobs list --conn-id` reads either store through a connection."""
    store = oracle if kind == "oracle" else dynamo
    store.write(JobName="seen")
    host, _, rest = target.dsn.partition(":")
    port, _, service = rest.partition("/")
    connections = {
        "oracle": {
            "conn_type": "oracle",
            "host": host,
            "port": int(port),
            "login": target.user,
            "password": target.password,
            "extra": {"service_name": service},
        },
        "aws": {
            "conn_type": "aws",
            "login": "nobody",
            "password": "nothing",
            "extra": {"region_name": "eu-central-1", "endpoint_url": moto_endpoint},
        },
    }
    done = subprocess.run(
        [
            Path(sys.executable).with_name("airflow"),
            *("oracle-dag", "jobs", "list", "--conn-id", "control"),
            *("--environment", store.environment),
        ],
        env={
            **shell,
            "AIRFLOW_HOME": str(tmp_path / "airflow"),
            "AIRFLOW_CONN_CONTROL": json.dumps(connections[kind]),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    assert "seen" in done.stdout
