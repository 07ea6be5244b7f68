"""Tables and columns are called as a team calls them."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.control.table import ControlNames, UnknownNames


def test_names_are_read_from_json():
    """Names are read from json."""
    names = ControlNames.from_json(
        '{"job_table": "ETL.CONTROL", "columns": {"JobName": "JOB_NM", "Owner": null}}'
    )
    assert names.job_table == "ETL.CONTROL"
    assert names.columns == {"JobName": "JOB_NM", "Owner": None}
    assert ControlNames.from_json(" ") == ControlNames()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object with"),
        ('{"jobtable": "X"}', "a JSON object with"),
        ('{"columns": ["JobName"]}', "columns is a JSON object"),
        ('{"columns": {"JobName": 1}}', "columns is a JSON object"),
        ('{"columns": {"Jobname": "X"}}', "no such field: Jobname"),
        ('{"columns": {"JobName": null}}', "JobName needs a column"),
        ('{"job_table": 5}', "the name of a table is a text"),
    ],
)
def test_names_that_mean_nothing_are_refused(text, said):
    """Names that mean nothing are refused."""
    with pytest.raises(UnknownNames, match=said):
        ControlNames.from_json(text)
