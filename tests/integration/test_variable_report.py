"""What the script's variables hold at the end is part of the run's result."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.values import Secret
from airflow_oracle_dag.runtime.errors import StepFailed

SCRIPT = """variable total number
variable share number
variable said varchar2(30)
variable whole number
begin :total := 12; :share := 0.25; :said := 'first'; :whole := 12345678901234567890; end;
/
commit;
insert into t_ledger values (:said, :total);
insert into t_numbers values (1);
commit;
exec :total := :total + 1
"""
AT_END = {"total": 13, "share": 0.25, "said": "first", "whole": "12345678901234567890"}


def test_the_values_at_the_end_are_reported_once_more_when_all_is_done(bench):
    """Numbers are numbers where JSON keeps each digit; a finished run says the same again."""
    assert bench.run(SCRIPT).variables == AT_END
    again = bench.run(SCRIPT)
    assert again.finished_before
    assert again.variables == AT_END


def test_a_resumed_run_reports_what_an_uninterrupted_one_would_have(bench):
    """What the first attempt's steps set is there, too."""
    bench.sql("insert into t_numbers values (1)")
    with pytest.raises(StepFailed):
        bench.run(SCRIPT)
    bench.sql("delete from t_numbers")
    assert bench.run(SCRIPT).variables == AT_END


def test_a_secret_is_masked_and_a_lob_left_out(bench):
    """Nothing of a value that a secret went into is passed on."""
    result = bench.run(
        "variable said varchar2(60)\nvariable c clob\nvariable empty varchar2(5)\n"
        "begin :said := 'token ' || :token; end;\n/\n",
        parameters={"token": Secret("hush-9911")},
    )
    assert result.variables == {"said": "***", "empty": None}


def test_an_out_parameter_of_a_procedure_is_passed_on(bench):
    """The manual's way from OracleStoredProcedureOperator."""
    bench.sql(
        "create or replace procedure t_out (p in number, q out number) is begin q := p * 2; end;"
    )
    result = bench.run("variable twice number\nexec t_out(21, :twice)\n")
    assert result.variables == {"twice": 42}
    bench.sql("drop procedure t_out")


def test_a_script_without_variables_reports_none(bench):
    """The result is empty, not missing."""
    assert bench.run("select 1 from dual;").variables == {}
