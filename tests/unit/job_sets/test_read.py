"""What is wrong with a file is said with line and field, all of it at once."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from textwrap import dedent

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.job_sets.graph import check_graph
from airflow_oracle_dag.job_sets.problems import JobSetError
from airflow_oracle_dag.job_sets.read import MAX_BYTES, read_file, read_folder
from airflow_oracle_dag.job_sets.schema import FILE, schema_text

WHOLE = """\
id: raw.load
description: Loads the raw layer
doc: |
  # Raw
tags: [oracle, raw]
owner: dwh
enabled: true
schedule: "0 2 * * 1-5"
interval: true
timezone: Europe/Berlin
start: 2026-01-01
end: "2026-12-31T12:00"
catchup: true
max_active_runs: 1
max_active_tasks: 8
timeout: 6h
params: {region: NORTH, full: false}
callbacks:
  on_success: "company.alerts:done"
  on_failure: "company.alerts:Pager.page"
defaults:
  oracle_conn_id: oracle_dwh
  control_conn_id: control
  environment: PROD
  schema: ODAG
  timezone: UTC
  orphan: wait
  orphan_timeout: 1d
  step_timeout: 2h
  run_on: glue
  glue_job_name: steps
  glue_secret_id: prod/oracle
  aws_conn_id: aws
  region_name: eu-central-1
  glue_timeout: 2d
  glue_bucket: scripts
  glue_prefix: handed
  glue_run_args: {MaxCapacity: 1.0, Arguments: {"--team": dwh}}
  owner: team
  pool: oracle
  pool_slots: 2
  priority_weight: -1
  queue: big
  retries: 3
  retry_delay: 30s
  retry_policy: oracle
  execution_timeout: 5h
  depends_on_past: true
  callbacks: {on_retry: "company.alerts:again"}
jobs:
  extract: {script: sql/extract.sql, parameters: {day: 2026-01-01, n: 1.5, country: "NO", x: ~}}
  load:
    script: sql/load.sql
    after: extract
    run_key: "{{ ds }}"
    run_condition: MONDAY, WEDNESDAY
    due: start
    doc: Loads
  report: {job_name: REPORT, after: [load], when: none_failed, skip_between_steps: true}
  staging: {category: STG, after: report, max_concurrency: 4, max_waves: 3, max_batches: 1}
  month_end: {run_condition: LAST_BUSINESS_DAY, calendar: DE-BY, after: staging}
  mend: {script: sql/mend.sql, after: [load, report], when: failure, pool: small}
"""


def problems_of(folder, text, name="raw.yaml"):
    """Write a set and return what is wrong with it as (line, field, message, cure)."""
    found = read_file(folder.write(name, text))
    assert (found.job_set is None) == bool(found.problems)
    return [(one.line, one.field, one.message, one.cure) for one in found.problems]


def test_every_field_has_its_meaning(folder):
    """A file that uses everything is read without complaint, and keeps what it says."""
    found = read_file(folder.write("a.yaml", WHOLE))
    assert found.problems == []
    made = found.job_set
    assert found.set_id == "raw.load"
    assert (made.start, made.end) == (date(2026, 1, 1), datetime(2026, 12, 31, 12))
    assert made.defaults.retry_delay == timedelta(seconds=30)
    assert made.defaults.orphan_timeout == timedelta(days=1)
    assert made.jobs["extract"].parameters == {
        "day": date(2026, 1, 1),
        "n": 1.5,
        "country": "NO",
        "x": None,
    }
    assert made.jobs["load"].after == ["extract"]
    assert list(made.jobs) == ["extract", "load", "report", "staging", "month_end", "mend"]


def test_toml_says_the_same_as_yaml(folder):
    """The format is a matter of taste: the same set in TOML is equal."""
    in_yaml = """\
        schedule: "@daily"
        start: 2026-01-01
        defaults: {retries: 3, retry_delay: 5m}
        jobs:
          extract: {script: sql/extract.sql}
          load:
            script: sql/load.sql
            after: [extract]
            parameters: {day: 2026-01-01, n: 3}
        """
    in_toml = """\
        schedule = "@daily"
        start = 2026-01-01
        defaults = { retries = 3, retry_delay = "5m" }
        [jobs.extract]
        script = "sql/extract.sql"
        [jobs.load]
        script = "sql/load.sql"
        after = ["extract"]
        parameters.day = 2026-01-01
        parameters.n = 3
        """
    one = read_file(folder.write("a.yaml", in_yaml))
    other = read_file(folder.write("b.toml", in_toml))
    assert one.problems == other.problems == []
    assert one.job_set == other.job_set


@pytest.mark.parametrize(
    ("text", "field", "says", "cure"),
    [
        ("retires: 3", "retires", "there is no field 'retires'", "did you mean retries under"),
        ("schedul: none", "schedul", "there is no field", "did you mean schedule?"),
        ("zzz: 1", "zzz", "there is no field", "the fields are callbacks, catchup"),
        ("<<: {a: 1}", "<<", "there is no field", "defaults:"),
        ("owner: 12", "owner", "12 is a number, text is meant", 'write "12" in quotes'),
        ("owner: true", "owner", "true is a boolean, text is meant", 'write "true" in quotes'),
        ("owner: 2026-01-01", "owner", "is a date, text is meant", 'write "2026-01-01" in quotes'),
        ("owner: ''", "owner", "it is empty", "leave the field out"),
        ("owner:", "owner", "it is empty", "leave the field out"),
        ("enabled: no", "enabled", "'no' is text, not true or false", "write true or false"),
        ("catchup: 1", "catchup", "1 is a number, not true or false", "write true or false"),
        ("tags: raw", "tags", "'raw' is text, a list is meant", "[a, b]"),
        ("tags: [1]", "tags[0]", "1 is a number", "in quotes"),
        ("max_active_runs: 0", "max_active_runs", "0 is too small", "1 or more"),
        ("max_active_runs: '1'", "max_active_runs", "'1' is text", "without quotes"),
        ("max_active_runs: 010", "max_active_runs", "'010' is text", "digits only"),
        ("timezone: Europe/Berln", "timezone", "no time zone", "did you mean Europe/Berlin?"),
        ("timezone: ../x", "timezone", "no time zone", "IANA"),
        ("schedule: '@dayly'", "schedule", "neither", "did you mean @daily?"),
        ("schedule: 0 2 * *", "schedule", "neither", "write one like '0 2 * * *'"),
        ("schedule: 0 25 * * *", "schedule", "no cron expression", "minute, hour"),
        ("schedule: R R * * *", "schedule", "another time at each reading", "minute"),
        ("schedule: 5", "schedule", "5 is no schedule", "in quotes"),
        ("schedule: '@once'\ninterval: true", "interval", "has no intervals", "interval: false"),
        ("interval: true", "interval", "none has no intervals", "interval: false"),
        ("start: 20260101", "start", "20260101 is no date", "YYYY-MM-DD"),
        ("start: '2026-02-30'", "start", "no date: day is out of range", "correct it"),
        ("start: 2026-02-01\nend: 2026-01-01", "end", "before start", "exchange"),
        ("timeout: 30", "timeout", "30 is no length of time", "30s or 2h"),
        ("timeout: 1:30", "timeout", "'1:30' is no length of time", "30s or 2h"),
        ("id: a b", "id", "'a b' cannot be the id", "letters"),
        ("params: {a: [1]}", "params.a", "a list or a table", "write a text"),
        ("callbacks: {on_retry: 'a:b'}", "callbacks.on_retry", "no field", "on_failure"),
        ("callbacks: {on_failure: a.b}", "callbacks.on_failure", "'a.b' does not name", "package."),
        ("callbacks: 'a:b'", "callbacks", "fields are meant", "indented"),
        (
            "defaults: {script: a.sql}",
            "defaults.script",
            "no field",
            "the fields are ask_timeout, aws_conn_id",
        ),
        ("defaults: {retries: -1}", "defaults.retries", "-1 is too small", "0 or more"),
        ("defaults: {orphan: kill}", "defaults.orphan", "'kill' is not known", "auto, wait, "),
        ("defaults: {callbacks: {x: 1}}", "defaults.callbacks.x", "no field", "on_retry"),
    ],
)
def test_a_mistake_of_a_set_is_said_with_its_cure(folder, text, field, says, cure):
    """Each mistake names line, field, what and the way out."""
    found = problems_of(folder, f"{text}\njobs:\n  a: {{script: a.sql}}\n")
    assert len(found) == 1, found
    line, where, message, mend = found[0]
    assert (line, where) == (text.count("\n") + 1, field)
    assert says in message
    assert cure in mend


@pytest.mark.parametrize(
    ("job", "field", "says", "cure"),
    [
        ("{}", ".script", "nothing to run", "name a script, a job_name, a category"),
        ("~", "", "it is empty", "indented"),
        ("a.sql", "", "fields are meant", "indented"),
        ("{script: a.txt}", ".script", "no path of a .sql file", "sql/load.sql"),
        ("{script: ../a.sql}", ".script", "does not lie beside", "without .."),
        ("{script: /a.sql}", ".script", "does not lie beside", "with /"),
        ("{script: a.sql, max_waves: 2}", ".max_waves", "does not belong to a script", "remove"),
        ("{script: a.sql, calendar: DE}", ".calendar", "needs a run_condition", "add one"),
        ("{job_name: A, run_condition: MON}", ".run_condition", "a row of the control", "remove"),
        ("{category: A, script: a.sql}", ".script", "does not belong to a category", "remove"),
        ("{run_condition: MON, schema: X}", ".schema", "a condition alone", "remove it"),
        ("{run_condition: MON, glue_bucket: X}", ".glue_bucket", "a condition alone", "remove it"),
        ("{script: a.sql, glue_timeout: 90s}", ".glue_timeout", "a run of AWS Glue", "whole min"),
        ("{script: a.sql, glue_timeout: 8d}", ".glue_timeout", "a run of AWS Glue", "1m to 7d"),
        ("{script: a.sql, glue_timeout: 90}", ".glue_timeout", "no length of time", "30s or 2h"),
        ("{script: a.sql, glue_run_args: a}", ".glue_run_args", "fields are meant", "indented"),
        ("{script: a.sql, when: failure}", ".when", "not after what", "add after"),
        ("{script: a.sql, after: b, when: fail}", ".when", "'fail' is not known", "failure?"),
        ("{script: a.sql, after: c}", ".after", "there is no job c", "name a job of this file"),
        ("{script: a.sql, after: [b, bb]}", ".after[1]", "there is no job bb", "did you mean b?"),
        ("{script: a.sql, after: [b, b]}", ".after[1]", "named twice", "remove"),
        ("{script: a.sql, after: a}", ".after", "cannot come after itself", "remove"),
        ("{script: a.sql, after: 1}", ".after", "a list is meant", "[a, b]"),
        ("{script: a.sql, parameters: {x: NO}}", ".parameters.x", "NO is text to", '"NO" in'),
        ("{script: a.sql, parameters: {x: 007}}", ".parameters.x", "007 is text to", '"007"'),
        ("{script: a.sql, parameters: {x: true}}", ".parameters.x", "has not", '"Y"'),
        ("{script: a.sql, parameters: {x: {}}}", ".parameters.x", "a list or a table", "text"),
        ("{script: a.sql, parameters: {1x: a}}", ".parameters.1x", "name of a bind", "letter"),
        ("{script: a.sql, run_condition: MODNAY}", ".run_condition", "position 1", "MONDAY"),
        ("{script: a.sql, run_condition: HOLIDAYS}", ".run_condition", "needs a calendar", "DE"),
    ],
)
def test_a_mistake_of_a_job_is_said_with_its_cure(folder, job, field, says, cure):
    """Each mistake names line, field, what and the way out."""
    found = problems_of(folder, f"jobs:\n  b: {{script: b.sql}}\n  a: {job}\n")
    assert len(found) == 1, found
    line, where, message, mend = found[0]
    assert (line, where) == (3, f"jobs.a{field}")
    assert says in message
    assert cure in mend


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no job set"),
        ("[]", "no job set"),
        ("schedule: none", "jobs is missing"),
        ("jobs: {}", "there are no jobs"),
        ("jobs: {a b: {script: a.sql}}", "cannot be the name of a job"),
        ("jobs: 1", "fields are meant"),
    ],
)
def test_a_file_that_is_no_set_says_so(folder, text, says):
    """Structure that is missing altogether is one message."""
    (found,) = problems_of(folder, text)
    assert says in found[2]
    assert found[3]


def test_all_mistakes_are_said_at_once_in_the_order_of_the_lines(folder):
    """A person mends a file once, not once for each mistake."""
    found = problems_of(
        folder,
        """\
        owner: 12
        schedule: "@dayly"
        jobs:
          load:
            script: sql/load.sql
            after: [extrct, last]
            retires: 3
          extract: {}
          last: {script: last.sql, after: load}
          load: {script: x.sql}
        """,
    )
    assert [(line, field) for line, field, *_ in found] == [
        (1, "owner"),
        (2, "schedule"),
        (6, "jobs.load.after[0]"),
        (7, "jobs.load.retires"),
        (8, "jobs.extract.script"),
        (9, "jobs.last.after"),
        (10, "jobs.load"),
    ]


def test_a_mistake_in_toml_has_its_line(folder):
    """TOML's reader keeps no lines, ours does."""
    found = problems_of(
        folder,
        """\
        schedule = "@daily"

        [jobs.load]
        script = "sql/load.sql"
        parameters = { ok = 1, time = 01:02:03, flag = true }
        [jobs.after_load]
        script = "x.sql"
        after = [
          "load",
          "lod",
        ]
        """,
        "raw.toml",
    )
    assert [(line, field) for line, field, *_ in found] == [
        (5, "jobs.load.parameters.time"),
        (5, "jobs.load.parameters.flag"),
        (10, "jobs.after_load.after[1]"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"jobs: \xff", "cannot be read"),
        (b"#" * (MAX_BYTES + 1), "more than"),
        (b"jobs:\n  a: {script: \x07}", "not YAML"),
    ],
)
def test_bytes_that_are_no_file_of_ours_are_refused(folder, content, says):
    """Neither another encoding nor a file of gigabytes ends more than its own set."""
    file = folder.path / "a.yaml"
    file.write_bytes(content)
    found = read_file(file)
    assert says in found.problems[0].message


def test_files_are_read_in_a_stable_order(folder):
    """By path, whatever order the file system has; hidden files and other endings are not sets."""
    good = "jobs: {a: {script: a.sql}}"
    for name in ("c.yml", "a.yaml", "b.toml", "z/a2.yaml", "B.yaml", ".hidden.yaml", "note.txt"):
        text = '[jobs.a]\nscript = "a.sql"\n' if name.endswith("toml") else good
        folder.write(name, text)
    (folder.path / ".git").mkdir()
    folder.write(".git/x.yaml", good)
    assert [one.set_id for one in read_folder(folder.path)] == ["B", "a", "b", "c", "a2"]


def test_two_files_of_one_id_are_both_refused(folder):
    """Nobody can say which of them is meant, so neither is built."""
    folder.write("a.yaml", "id: raw\njobs: {a: {script: a.sql}}\n")
    folder.write("raw.yaml", "jobs: {a: {script: a.sql}}\n")
    one, other = read_folder(folder.path)
    assert one.job_set is other.job_set is None
    assert (one.problems[0].line, one.problems[0].field) == (1, "id")
    assert "belongs to" in other.problems[0].message
    assert "a.yaml" in other.problems[0].message


def test_a_file_s_name_must_be_able_to_be_an_id(folder):
    """Without id: the file's name is the DAG's."""
    (found,) = problems_of(folder, "jobs: {a: {script: a.sql}}", "my set.yaml")
    assert "cannot be the id of a DAG" in found[2]
    assert problems_of(folder, "id: x\njobs: {a: {script: a.sql}}", "my set.yaml") == []


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    """It is a mistake of the DAG file, not a folder without sets."""
    with pytest.raises(JobSetError, match="there is no such folder"):
        read_folder(tmp_path / "none")


@given(
    st.lists(
        st.lists(st.integers(0, 7), max_size=4), min_size=1, max_size=8
    )  # upstream jobs of each job, some of them unknown
)
def test_cycles_and_unknown_names_are_found(upstream):
    """The graph has no mistakes exactly when every job can be reached in some order."""
    jobs = {f"j{no}": {"after": [f"j{one}" for one in ones]} for no, ones in enumerate(upstream)}
    done = set()
    while True:
        ready = {name for name, job in jobs.items() if set(job["after"]) <= done} - done
        if not ready:
            break
        done |= ready
    repeats = any(len(set(job["after"])) < len(job["after"]) for job in jobs.values())
    assert bool(list(check_graph(jobs))) == (done != set(jobs) or repeats)


def test_the_shipped_schema_is_the_model_s():
    """`python -m airflow_oracle_dag.job_sets.schema` writes the file anew after a change."""
    assert FILE.read_text(encoding="utf-8") == schema_text()


def test_editors_accept_what_is_accepted():
    """The schema is a valid one, and the whole set is valid by it."""
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(json.dumps(yaml.safe_load(WHOLE), default=str))
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "text",
    [
        "retires: 3",
        "owner: 12",
        "schedule: '@dayly'",
        "max_active_runs: 0",
        "timeout: 30",
        "id: a b",
        "defaults: {orphan: kill}",
        "owner: ~",
        "callbacks: {on_failure: a.b}",
    ],
)
def test_editors_refuse_what_is_refused(text):
    """What depends on one value only, the schema refuses as well."""
    data = yaml.safe_load(f"{text}\njobs:\n  a: {{script: a.sql}}\n")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json.loads(schema_text()))


def test_each_field_of_the_schema_is_described():
    """Editors show what a field means."""
    schema = json.loads(schema_text())
    parts = [schema, *schema["$defs"].values()]
    silent = [
        name
        for part in parts
        for name, field in part["properties"].items()
        if not field.get("description") and "$ref" not in field
    ]
    assert silent == []


def test_a_problem_reads_as_one_line_and_a_cure(folder):
    """Editors and CI find the place by the usual file:line:."""
    file = folder.write("a.yaml", dedent("owner: 12\njobs: {a: {script: a.sql}}\n"))
    assert str(read_file(file).problems[0]) == (
        f'{file}:1: owner: 12 is a number, text is meant\n  To mend it: write "12" in quotes.'
    )
