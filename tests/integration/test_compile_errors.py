"""Stored code that does not compile fails its step, with each error at its line of the file."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime.errors import CodeNotCompiled, StepFailed

BROKEN = """insert into t_ledger values ('before', 1);
commit;

create or replace
  procedure t_unit is
  begin
    t_missing(1);
  end;
/
show errors
insert into t_ledger values ('after', 1);
commit;
"""


@pytest.fixture(autouse=True)
def units(bench):
    """Leave none of the units that these tests make."""
    yield
    made = bench.sql("select object_type, object_name from user_objects")
    for kind, name in made:
        if (kind, name) in (("PROCEDURE", "T_UNIT"), ("PACKAGE", "T_PACK")):
            bench.sql(f"drop {kind} {name}")


def test_a_create_that_does_not_compile_fails_its_step_and_names_the_lines_of_the_file(bench):
    """The line that the compiler counts from PROCEDURE is told as the file's, with a caret."""
    with pytest.raises(CodeNotCompiled) as failed:
        bench.run(BROKEN)
    assert failed.value.code == "ORA-24344"
    assert failed.value.line == 4
    said = str(failed.value)
    assert "script.sql:4: step step_2" in said
    assert "ORA-24344: procedure T_UNIT was created with compilation errors" in said
    assert "script.sql:7:5: PLS-00201" in said
    assert "\n        t_missing(1);\n        ^\n" in said
    assert "T_UNIT is there and stays there, invalid" in said
    assert "rolled back" not in said
    assert bench.states() == {"step_1": "SUCCEEDED", "step_2": "FAILED", "step_3": "PENDING"}
    status = bench.sql("select status from user_objects where object_name = 'T_UNIT'")
    assert status == [("INVALID",)]


def test_a_retry_makes_it_again_and_goes_on_once_it_compiles(bench):
    """CREATE OR REPLACE runs again as it is, and fails again; the repaired one goes on."""
    for _ in range(2):
        with pytest.raises(CodeNotCompiled):
            bench.run(BROKEN)
    result = bench.run(BROKEN.replace("t_missing(1)", "null"))
    assert result.resumed_at == "step_2"
    assert bench.ledger() == {"before": 1, "after": 1}
    assert "no errors in procedure T_UNIT" in bench.said("output")


def test_a_create_without_or_replace_says_that_what_it_made_is_in_its_way(bench):
    """The object is there: the same CREATE could only meet ORA-00955, and does."""
    text = "create procedure t_unit is begin t_missing; end;\n/\n"
    with pytest.raises(CodeNotCompiled, match="write CREATE OR REPLACE or drop what is there"):
        bench.run(text)
    with pytest.raises(StepFailed) as again:
        bench.run(text)
    assert again.value.code == "ORA-00955"
    bench.run(text.replace("create", "create or replace").replace("t_missing", "null"))
    assert bench.states() == {"step_1": "SUCCEEDED"}


def test_if_not_exists_does_not_pass_over_what_does_not_compile(bench):
    """The second CREATE … IF NOT EXISTS changes nothing and is not warned of anything."""
    text = "create procedure if not exists t_unit is begin t_missing; end;\n/\n"
    for said in ("was created", "is there"):
        with pytest.raises(CodeNotCompiled, match=f"T_UNIT {said} with compilation errors"):
            bench.run(text)


def test_whenever_continue_lets_it_pass_and_show_errors_shows_it(bench):
    """It is counted and told with its lines, and told again where the script asks for it."""
    text = "whenever sqlerror continue\n" + BROKEN
    result = bench.run(text)
    assert [step.errors for step in result.steps] == [0, 1, 0]
    assert result.steps[1].state is State.SUCCEEDED
    notices = "\n".join(bench.said("notice"))
    assert "passed over: ORA-24344: procedure T_UNIT" in notices
    assert "script.sql:8:5: PLS-00201" in notices
    shown = bench.said("output")
    assert shown[0] == "errors in procedure T_UNIT:"
    assert shown[1].startswith("script.sql:8:5: PLS-00201")


def test_show_errors_of_what_the_script_did_not_make_has_the_lines_of_the_source(bench):
    """There is no file whose lines could be told."""
    bench.sql("create or replace procedure t_unit is\nbegin\n  t_missing;\nend;")
    bench.run("select 1 from dual;\nshow errors procedure t_unit\n")
    assert "errors in procedure T_UNIT:" in bench.said("output")
    assert any(line.startswith("PROCEDURE 3/3: PLS-00201") for line in bench.said("output"))


def test_alter_compile_fails_its_step_as_well(bench):
    """ALTER … COMPILE of a package's body names the lines of the stored source."""
    bench.sql("create or replace package t_pack is procedure p; end;")
    bench.sql(
        "create or replace package body t_pack is\nprocedure p is begin t_missing; end;\nend;"
    )
    with pytest.raises(CodeNotCompiled, match="T_PACK was compiled with") as failed:
        bench.run("alter package t_pack compile body;\n")
    assert "PACKAGE BODY 2/" in str(failed.value)
    assert "CREATE OR REPLACE" not in str(failed.value)


def test_a_block_that_does_not_compile_is_told_by_the_lines_of_the_file(bench):
    """ORA-06550 counts the block's lines; the error adds the file's."""
    with pytest.raises(StepFailed) as failed:
        bench.run("select 1 from dual;\n\nbegin\n  null;\n  t_missing(1);\nend;\n/\n")
    said = str(failed.value)
    assert "ORA-06550: line 3, column 3" in said
    assert "script.sql:5:3: PLS-00201" in said
    assert "\n      t_missing(1);\n      ^\n" in said


def test_a_block_that_fails_is_told_by_the_lines_of_its_own_frames(bench):
    """ORA-06512 of stored code and of dynamic SQL counts other lines and is left as it is."""
    bench.sql("create or replace procedure t_unit is\nbegin\n  raise no_data_found;\nend;")
    with pytest.raises(StepFailed) as failed:
        bench.run(
            "declare\n  procedure inner is\n  begin\n    t_unit;\n  end;\n"
            "begin\n  inner;\nend;\n/\n"
        )
    said = str(failed.value)
    assert "script.sql:4: line 4 of the block\n        t_unit;\n" in said
    assert "script.sql:7: line 7 of the block\n      inner;\n" in said
    assert "script.sql:3:" not in said


def test_of_a_block_with_dynamic_sql_only_the_outermost_frame_is_its_own(bench):
    """The frame inside EXECUTE IMMEDIATE is line 1 of another text."""
    with pytest.raises(StepFailed) as failed:
        bench.run("begin\n  execute immediate 'begin raise no_data_found; end;';\nend;\n/\n")
    said = str(failed.value)
    assert "script.sql:2: line 2 of the block" in said
    assert "line 1 of the block" not in said


def test_a_lost_create_is_not_taken_for_done_when_it_does_not_compile(bench, faults):
    """It was made after the step started, and does not compile: it runs again, and says so."""
    text = "create procedure t_unit is begin t_missing; end;\n/\n"
    faults.cut("during", sql="^create procedure", times=1)
    with pytest.raises(StepFailed) as failed:
        bench.run(text)
    assert failed.value.code == "ORA-00955"
    assert "write CREATE OR REPLACE" in str(failed.value)
    told = "\n".join(bench.said("decision"))
    assert "was made after the step started, and does not compile" in told


def test_a_lost_create_that_may_fail_is_done_although_it_does_not_compile(bench, faults):
    """Under WHENEVER SQLERROR CONTINUE it would have been passed over."""
    faults.cut("during", sql="^create procedure", times=1)
    bench.run("whenever sqlerror continue\ncreate procedure t_unit is begin t_missing; end;\n/\n")
    assert bench.states() == {"step_1": "SUCCEEDED"}
