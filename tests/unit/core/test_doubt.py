"""Who is asked about a step in doubt reads all that is known of it, and no value."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from airflow_oracle_dag.core.doubt import SHOWN_LINES, Evidence, body, subject
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import StepClass, build_plan
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.script import ParseSettings
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.takeover import MAY_STILL_WORK
from airflow_oracle_dag.core.values import ScriptValues, Secret

SCRIPT = """\
-- @step first
insert into t values (1);
commit;
-- @step load
begin
  load_all;
  commit;
end;
/
"""
BEGAN = datetime(2026, 11, 20, 22, 15, 3)
WHY = "its PL/SQL may have committed by itself"


def run_row(**changes: Any) -> RunRow:
    """Return a run whose second attempt left a doubt."""
    row = RunRow(
        run_hash="h",
        generation=1,
        namespace="default",
        run_key="dag/load//r 1",
        dag_id="dag",
        task_id="load",
        map_key="",
        run_id="r 1",
        script_name="sql/load.sql",
        script_hash="s",
        db_name="D",
        con_name="C",
        state=State.IN_DOUBT,
        started_at=BEGAN,
        ended_at=None,
        acknowledged_at=None,
        attempt=2,
        attempt_started_at=BEGAN,
        attempt_ended_at=None,
        resumed_step=2,
        session_id="x",
        sid=12,
        serial=345,
        instance=1,
        client="etl@host:77",
    )
    return replace(row, **changes)


def evidence(text: str = SCRIPT, name: str = "load", values: Any = None, **changes: Any) -> Any:
    """Return what is known of a step of a script in doubt."""
    settings = ParseSettings(defines={"area": "hush-area"})
    script = parse_script(text, name="sql/load.sql", settings=settings)
    plan = build_plan(script, values or ScriptValues())
    step = next(one for one in plan.steps if one.name == name)
    row = StepRow(
        step_no=step.no,
        name=step.name,
        step_class=StepClass.OPAQUE,
        state=State.IN_DOUBT,
        attempt=2,
        tries=1,
        text_hash=step.text_hash,
        values_hash="v",
        first_line=step.first_line,
        last_line=step.last_line,
        started_at=BEGAN,
        reason=WHY,
    )
    return Evidence(run_row(), replace(row, **changes), step)


def test_it_says_what_is_in_doubt_and_why() -> None:
    """Place, step, run, start, reason, session, statement, and the commands that answer, too."""
    shown = evidence()
    assert subject(shown) == "Step load of dag/load//r 1 is in doubt: what became of it?"
    text = body(shown)
    assert "**sql/load.sql:5**: step 2, `load`, of run `dag/load//r 1`." in text
    assert "It began at 2026-11-20 22:15:03 UTC. " in text
    assert f"- Why: {WHY}" in text
    assert "- Its session was 12,345 on instance 1 (etl@host:77)\n" in text
    assert "```sql\nbegin\n  load_all;\n  commit;\nend;\n```" in text
    assert "oracle-dag mark-done --run-key 'dag/load//r 1' --step load --why …" in text
    assert "oracle-dag mark-pending --run-key 'dag/load//r 1' --step load --why …" in text
    for choice in ("| Done |", "| Run again |", "| Fail |"):
        assert choice in text


@pytest.mark.parametrize("reason", sorted(MAY_STILL_WORK))
def test_a_session_that_may_be_at_work_is_to_be_waited_for(reason: str) -> None:
    """What is looked at before its end proves nothing."""
    text = body(evidence(reason=reason))
    assert "**It may still be at work**: wait until it is over" in text


def test_what_the_database_said_is_shown_as_it_is() -> None:
    """In a fence that the text itself cannot close."""
    said = "ORA-20001: ``` that was\nORA-06512: at line 3\n"
    assert f"The database said:\n\n````\n{said}````" in body(evidence(error_text=said))


def test_a_probe_is_shown_and_its_absence_told() -> None:
    """With one, nobody need be asked the next time."""
    assert "It has no `-- @probe`" in body(evidence())
    probed = SCRIPT.replace("@step load\n", "@step load\n-- @probe select 1 from t where n = 2\n")
    assert "- Its probe, line 5: `select 1 from t where n = 2`" in body(evidence(probed))


def test_a_long_statement_is_cut() -> None:
    """Its beginning is enough to know it by, also of a line that is long."""
    work = [f"  load_part({number});" for number in range(20)]
    text = "\n".join(["begin", f"  say('{'x' * 300}');", *work, "commit;", "end;", "/", ""])
    shown = body(evidence(text, name="step_1"))
    assert f"load_part({SHOWN_LINES - 3});" in shown
    assert f"load_part({SHOWN_LINES - 2});" not in shown
    assert "and 12 more lines." in shown
    assert "x" * 101 not in shown


def test_an_edited_step_says_so() -> None:
    """What ran is not what the script says now; a step that is gone cannot be shown."""
    assert "(the script was edited since it ran):" in body(evidence(text_hash="other"))
    gone = replace(evidence(), step=None)
    assert "has no step of this name any more" in body(gone)
    assert "**sql/load.sql:5**" in body(gone)


def test_a_step_that_began_again_says_how_often() -> None:
    """It is another doubt of the same step."""
    assert "22:15:03 UTC, and was started 3 times so far." in body(evidence(tries=3))


def test_another_namespace_is_part_of_the_commands() -> None:
    """Without it they would be about another run."""
    shown = replace(evidence(), run=run_row(namespace="team a"))
    assert "mark-done --namespace 'team a' --run-key" in body(shown)


def test_no_value_is_told() -> None:
    """Neither of a bind, nor of a variable, nor a password in the text."""
    text = """\
begin
  execute immediate 'alter user u identified by
    "hush-written"';
  load('&area', :token);
  commit;
end;
/
"""
    values = ScriptValues({"token": Secret("hush-bound")})
    shown = body(evidence(text, name="step_1", values=values))
    assert "load('&area', :token);" in shown
    assert "hush-" not in shown
