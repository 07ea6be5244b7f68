"""What a step calls is read: code that cannot end the transaction leaves no doubt."""

from __future__ import annotations

import re
from typing import Any

import oracledb
import pytest

from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import schema
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.errors import InDoubt, StepFailed
from airflow_oracle_dag.runtime.forecast import look

_LEDGER = "insert into t_ledger values"
CODE = (
    f"procedure t_put(e varchar2) is begin {_LEDGER} (e, 1); end;",
    "package t_pkg is procedure run; procedure deep; procedure rolls; v number := 1; end;",
    (
        "package body t_pkg is\n"
        "  procedure hidden is begin\n    commit;\n  end;\n"
        "  procedure run is begin t_put('run'); end;\n"
        "  procedure deep is begin t_put('deep'); hidden; end;\n"
        f"  procedure rolls is begin rollback; {_LEDGER} ('rolls', 1); commit; end;\n"
        "end;"
    ),
    "procedure t_two is begin t_pkg.deep; end;",
    "procedure t_one is begin t_two; end;",
)
NAMES = ("procedure t_one", "procedure t_two", "package t_pkg", "procedure t_put")


@pytest.fixture
def code(bench: Any) -> Any:
    """Give the code above; three levels down one of it commits."""
    for source in CODE:
        bench.sql(f"create or replace {source}")
    assert bench.sql("select name, line, text from user_errors") == []
    bench.sql("create or replace synonym t_alias for t_pkg")
    yield bench
    bench.sql("drop synonym t_alias")
    for name in NAMES:
        bench.sql(f"drop {name}")


def script(body: str) -> str:
    """Return a step with a block, and one behind it."""
    return f"-- @step load\nbegin {body} end;\n/\n-- @step after\n{_LEDGER} ('after', 1);\n"


def classes(bench: Any) -> list[str]:
    """Return the recorded classes of the bench's run."""
    rows = bench.sql(
        "select step_class from odag_step where run_hash = :h order by step_no",
        h=bench.identity().digest,
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("call", ["t_put('run');", "t_pkg.run;", "t_alias.run;", "demo.t_pkg.run;"])
def test_clean_code_leaves_no_doubt(code: Any, faults: Any, call: str) -> None:
    """A lost connection is resumed: whatever it called, nothing was committed."""
    faults.cut("during", sql=re.escape(f"begin {call}"), times=1)

    result = code.run(script(call))

    assert classes(code) == ["BLOCK", "TRANSACTIONAL"]
    assert result.steps[0].tries == 2
    assert code.ledger() == {"run": 1, "after": 1}


def test_call_statements_are_looked_behind_too(code: Any) -> None:
    """CALL and EXEC are like blocks."""
    code.run("-- @step a\ncall t_pkg.run();\n-- @step b\nexec t_put('b')\n")

    assert classes(code) == ["BLOCK", "BLOCK"]


@pytest.mark.parametrize("call", ["t_one;", "t_pkg.deep;", "t_pkg.rolls;", "t_alias.deep;"])
def test_code_that_commits_somewhere_is_in_doubt(code: Any, faults: Any, call: str) -> None:
    """Three levels deep in a package body; what was committed is neither repeated nor skipped."""
    faults.cut("during", sql=re.escape(f"begin {call}"), times=None)

    with pytest.raises(InDoubt):
        code.run(script(call))

    assert classes(code)[0] == "OPAQUE"
    assert sum(code.ledger().values()) == 1


def test_the_reason_is_kept_with_what_was_found(code: Any) -> None:
    """It names the unit and the line."""
    code.run(script("t_one;"))

    (reason,) = {row[0] for row in code.sql("select doubt from odag_code where name = 'T_ONE'")}
    assert reason == "reaches DEMO.T_PKG.HIDDEN, which has COMMIT (package body, line 3)".replace(
        "DEMO", code.connection.username.upper()
    )


def test_code_that_was_changed_in_between_is_not_believed(code: Any, faults: Any) -> None:
    """What was proven is the code as it was when the run began."""
    changed: list[int] = []

    def change(sid: int, name: str, sql: str) -> None:
        if "odag_code" in sql and not changed:
            return
        if "t_pkg.run" in sql and not changed:
            changed.append(sid)
            code.sql(
                "create or replace " + CODE[2].replace("t_put('run');", "t_put('run'); commit;")
            )

    faults.on_call(change)
    faults.cut("during", sql="begin t_pkg.run", times=None)

    with pytest.raises(InDoubt):
        code.run(script("t_pkg.run;"))

    faults.on_call(None)
    assert changed
    assert code.ledger() == {"run": 1}
    assert any("counts as OPAQUE" in text for text in code.said("notice"))


def test_a_sequence_that_became_a_package_is_not_believed(bench: Any) -> None:
    """What reads a sequence is clean while it is one; that is looked up again, too."""
    text = "begin :n := t_next.nextval; end;\n/\n"
    plan = build_plan(parse_script(text), ScriptValues({"n": 1}))

    def looked() -> str:
        told: list[Any] = []
        found = look(bench.target.connector(), None, plan, told.append)
        assert not told
        return found.steps[0].step_class.value

    bench.sql("create sequence t_next")
    assert looked() == "BLOCK"
    bench.sql("drop sequence t_next")
    bench.sql("create or replace package t_next is function nextval return number; end;")
    body = "function nextval return number is begin commit; return 1; end; end;"
    bench.sql(f"create or replace package body t_next is {body}")
    try:
        assert looked() == "OPAQUE"
    finally:
        bench.sql("drop package t_next")


def test_a_second_run_asks_once(code: Any, faults: Any) -> None:
    """What was found is kept; a change of the code is noticed by its time."""
    counts = []
    for _ in range(2):
        seen: list[str] = []
        faults.on_call(lambda sid, name, sql, seen=seen: seen.append(sql))
        code.run(script("t_pkg.run;"), key=f"{code.key}-{len(counts)}")
        counts.append([sql for sql in seen if "sys.all_" in sql])
    faults.on_call(None)

    assert len(counts[0]) > 1
    assert len(counts[1]) == 1
    code.sql("create or replace " + CODE[2].replace("t_put('run');", "t_put('run'); commit;"))
    code.run(script("t_pkg.run;"))
    assert classes(code)[0] == "OPAQUE"


def test_another_schema_is_another_meaning(code: Any) -> None:
    """The block that starts the step looks which schema the session is in."""
    code.sql("create or replace procedure t_switch is begin null; end;")
    code.run(
        "-- @step a\nbegin execute immediate 'alter session set current_schema = sys'; end;\n/\n"
        f"-- @step load\nbegin {code.connection.username}.t_pkg.run; end;\n/\n"
    )

    assert classes(code) == ["OPAQUE", "OPAQUE"]


def test_a_wrapped_source_is_not_believed(code: Any) -> None:
    """Nobody can read it."""
    code.sql("create or replace procedure t_wrapped wrapped\na000000\n1f\nabcd\n")
    try:
        with pytest.raises(StepFailed):
            code.run(script("t_wrapped;"))
        assert classes(code)[0] == "OPAQUE"
    finally:
        code.sql("drop procedure t_wrapped")


def test_an_error_in_proven_code_is_failed(code: Any) -> None:
    """The transaction is still the one that was marked."""
    with pytest.raises(StepFailed):
        code.run(script("t_pkg.run; raise_application_error(-20001, 'x');"))

    assert code.states() == {"load": "FAILED", "after": "PENDING"}
    assert code.ledger() == {}


def test_a_text_that_committed_is_not_believed_again(code: Any) -> None:
    """Whatever the sources say in the next run; and it is said."""
    text = script("t_pkg.deep;")
    code.run(text, key=f"{code.key}-1")
    assert any("committed or rolled back by itself" in said for said in code.said("notice"))

    code.sql("create or replace " + CODE[2].replace("    commit;", "    null;"))
    code.run(text)

    assert classes(code)[0] == "OPAQUE"
    code.run(text.replace("begin t_pkg", "begin  t_pkg"), key=f"{code.key}-2")
    kept = code.sql("select step_class, commits_inside from odag_step where name = 'load'")
    assert ("BLOCK", 0) in kept


def test_a_plain_step_that_committed_before_is_not_believed(code: Any) -> None:
    """Also without any question of its own: the claim looks."""
    text = "-- @step load\nbegin null; end;\n/\n"
    code.run(text, key=f"{code.key}-1")
    code.sql(
        "insert into odag_committer select text_hash, started_at from odag_step "
        "where name = 'load' and run_hash = (select run_hash from odag_run where run_key = :k)",
        k=f"{code.key}-1",
    )

    result = code.run(text)

    assert classes(code) == ["OPAQUE"] and result.steps[0].state is State.SUCCEEDED


def test_the_plan_shows_what_is_behind_the_calls(code: Any) -> None:
    """The same look, without a run."""
    text = "-- @step a\nbegin t_pkg.run; t_pkg.run; end;\n/\n-- @step b\nbegin t_one; end;\n/\n"
    plan = build_plan(parse_script(text, name="s.sql"), ScriptValues())

    a, b = look(code.target.connector(), None, plan, code.events.append).steps

    assert (a.step_class.value, a.opaque_because) == ("BLOCK", "")
    assert b.step_class.value == "OPAQUE"
    assert "T_PKG.HIDDEN, which has COMMIT (package body, line 3)" in b.opaque_because


def test_what_another_schema_shows_behind_a_set_role_is_not_known(code: Any) -> None:
    """Roles say what is visible there, and the look has those of the log-in."""
    elsewhere = f"alter session set current_schema = sys;\nset role none;\n{script('t_one;')}"
    at_home = "set role none;\n" + script("t_put('home');")

    def looked(text: str) -> Any:
        plan = build_plan(parse_script(text, name="s.sql"), ScriptValues())
        return look(code.target.connector(), None, plan, code.events.append).steps[-2]

    assert "what SYS shows after SET ROLE is not known before" in looked(elsewhere).opaque_because
    assert looked(at_home).opaque_because == ""


def test_the_body_of_another_schema_must_be_shown(target: Any) -> None:
    """Who may only execute a package does not see its body; the missing grant is named."""
    if target.server is None:
        pytest.skip("it takes two users, which only the sandbox makes")
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"CODER": "c", "CALLER": "c"})
    plan = build_plan(parse_script("begin coder.k.a; end;\n/\n", name="s"), ScriptValues())
    events: list[Any] = []
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"

            def connector(user: str) -> OracleConnector:
                return OracleConnector(lambda: oracledb.connect(user=user, password="c", dsn=dsn))

            schema.init(connector("coder"))
            with oracledb.connect(user="coder", password="c", dsn=dsn) as coder:
                sql = coder.cursor()
                sql.execute("create package k is procedure a; end;")
                sql.execute("create package body k is procedure a is begin null; end; end;")
                (hidden,) = look(connector("caller"), "coder", plan, events.append).steps
                sql.execute("grant debug on k to caller")
            (shown,) = look(connector("caller"), "coder", plan, events.append).steps
    finally:
        database.close()

    assert "CALLER cannot read: GRANT DEBUG ON CODER.K TO CALLER" in hidden.opaque_because
    assert (shown.step_class.value, events) == ("BLOCK", [])
