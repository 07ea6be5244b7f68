"""`init --control` prints a script for a DBA, and connects to nothing."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.cli.main import main


def test_the_package_is_printed_with_its_grants(capsys: pytest.CaptureFixture[str]) -> None:
    """For the user who is to call it, and the owner that was named."""
    assert main(["init", "--control", "--grant-to", "etl", "--control-owner", "dba_tools"]) == 0

    said = capsys.readouterr().out
    assert 'GRANT ALTER SYSTEM TO "DBA_TOOLS";' in said
    assert 'GRANT EXECUTE ON "DBA_TOOLS".odag_control TO "ETL";' in said
    assert 'CREATE OR REPLACE SYNONYM "ETL".odag_control FOR "DBA_TOOLS".odag_control;' in said


def test_a_managed_service_has_no_alter_system(capsys: pytest.CaptureFixture[str]) -> None:
    """There the service's own package does it."""
    assert main(["init", "--control", "--grant-to", "etl", "--managed", "rds"]) == 0

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    code = [line for line in lines if not line.startswith("--")]
    assert not [line for line in code if "ALTER SYSTEM" in line]
    assert 'GRANT EXECUTE ON rdsadmin.rdsadmin_util TO "ODAG_ADMIN";' in code


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--control"], "--grant-to"),
        (["--control", "--grant-to", "a b"], "not a plain Oracle name"),
        (["--managed", "rds"], "--control"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked of a database."""
    assert main(["init", *arguments]) == 2

    assert word in capsys.readouterr().err
