"""Jobs as a CSV file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.control import csv_file
from airflow_oracle_dag.control.csv_file import WRITTEN, JobFileError
from airflow_oracle_dag.control.rules import BY_HAND
from airflow_oracle_dag.core.jobs import FIELDS, Job

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
) | st.text("=+-@,\"'\r\n;\t ab", max_size=12)


@st.composite
def jobs(draw):
    """Draw jobs with values of all kinds and names of their own."""
    names = draw(st.lists(TEXTS.map(str.strip).filter(bool), max_size=4, unique=True))
    made = []
    for name in names:
        fields = {field: draw(TEXTS) for field in BY_HAND}
        fields["Environment"] = draw(TEXTS)
        made.append(Job.from_fields({**fields, "JobName": name}))
    return made


@given(jobs())
def test_what_is_written_is_read_back(tmp_path_factory, made):
    """Whatever the values are."""
    text = io.StringIO()
    csv_file.write(made, text)
    file = tmp_path_factory.mktemp("csv") / "jobs.csv"
    file.write_bytes(text.getvalue().encode())

    records = csv_file.read(file, "default")

    assert [record.job(None) for record in records] == made


def test_the_fields_are_all_that_people_write():
    """Flags and timestamps of runs are no business of a file."""
    assert set(FIELDS) - set(WRITTEN) == {"StatusFlag", "LastRunTimestamp"}


def read(tmp_path, content):
    """Read a file of these bytes or this text."""
    file = tmp_path / "jobs.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return csv_file.read(file, "prod")


def test_a_row_belongs_to_its_environment_or_the_given_one(tmp_path):
    """The same name may stand in two of them; blank lines and a byte order mark do not count."""
    found = read(tmp_path, "\ufeffJobName,Environment\na,\n\n , \na,test\n")
    assert [(one.environment, one.name, one.line) for one in found] == [
        ("prod", "a", 2),
        ("test", "a", 5),
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_spreadsheet_may_separate_fields_otherwise(tmp_path, separator):
    """As the first line does; commas then are part of a value."""
    lines = ("\ufeffJobName;Owner;DependsOn", "a;me;b,c", '"d;e";;')
    found = read(tmp_path, "\r\n".join(lines).replace(";", separator))
    assert [(one.name, one.fields["DependsOn"]) for one in found] == [
        ("a", "b,c"),
        (f"d{separator}e", ""),
    ]


def test_what_runs_write_is_passed_over(tmp_path):
    """A file may have StatusFlag; it changes nothing."""
    (found,) = read(tmp_path, "JobName,StatusFlag,Owner\na,success,me\n")
    before = Job(name="a", environment="prod", status_flag="failure", priority="5")
    after = found.job(before)
    assert (after.status_flag, after.priority, after.owner) == ("failure", "5", "me")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ":1: the file is empty"),
        ("JobName,Colour\na,red\n", ":1: no such field: Colour"),
        ("JobName;Colour\na;red\n", ":1: no such field: Colour"),
        ("JobName,jobname\na,b\n", ":1: named twice: JobName"),
        ("Owner\nme\n", ":1: no JobName"),
        ("JobName,Owner\na\n", ":2: 1 values, but 2 fields"),
        ("JobName,Owner\na,b,c\n", ":2: 3 values, but 2 fields"),
        ("JobName,Owner\n ,me\n", ":2: JobName is empty"),
        ('JobName,Owner\n"a\nb",x\nc,x\n"a\nb",y\n', ":5: JobName a\nb of environment prod stands"),
        ("JobName\na\nb\na\n", "stands in line 2 already"),
        ('JobName\n"a\n', "To mend it: close the quotes"),
        ('JobName\n"a"b\n', ":2: "),
        (b"JobName\n\xff\n", "not UTF-8"),
        ("JobName\na\0b\n", "no text that a table can hold"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(tmp_path, content, says):
    """Nothing of such a file is taken."""
    with pytest.raises(JobFileError) as caught:
        read(tmp_path, content)
    assert says in str(caught.value)
    assert str(tmp_path / "jobs.csv") in str(caught.value)


def test_all_mistakes_are_said_at_once(tmp_path):
    """Up to twenty; the others are counted."""
    with pytest.raises(JobFileError) as caught:
        read(tmp_path, "JobName,Owner\n" + "a\n" * 25)
    assert len(caught.value.problems) == 25
    assert str(caught.value).endswith("and 5 more")


def test_a_file_that_is_not_there(tmp_path):
    """The path and the reason."""
    with pytest.raises(JobFileError, match="nope"):
        csv_file.read(tmp_path / "nope.csv", "prod")
