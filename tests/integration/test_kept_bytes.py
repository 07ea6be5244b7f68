"""What is kept fits its column in bytes, whatever alphabet it is in, and no character is halved."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import StepFailed
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions

ALPHABETS = {"two bytes": "ß", "three bytes": "€", "four bytes": "🚀"}
#: Of each kept text how many bytes its column has.
COLUMNS = {
    "odag_run": {
        "run_key": 1200,
        "dag_id": 250,
        "task_id": 250,
        "map_key": 250,
        "run_id": 250,
        "script_name": 1000,
        "client": 255,
    },
    "odag_step": {"name": 128, "error_text": 4000, "reason": 1000},
    "odag_step_attempt": {"error_text": 4000, "reason": 1000, "output": 4000},
    "odag_audit": {"who": 255, "why": 1000, "detail": 1000},
}


def kept(bench: Any, identity: RunIdentity) -> dict[str, list[str]]:
    """Return every text that the tables keep of a run, by its column."""
    found: dict[str, list[str]] = {}
    for table, columns in COLUMNS.items():
        rows = bench.sql(
            f"select {', '.join(columns)} from {table} where run_hash = :h", h=identity.digest
        )
        for row in rows:
            for position, column in enumerate(columns):
                found.setdefault(f"{table}.{column}", []).append(row[position] or "")
    return found


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_each_kept_text_is_cut_between_two_characters(
    bench: Any, alphabet: str, shift: int
) -> None:
    """Error, check, output, names and a person's reason, as long as can be, at each offset."""
    letter, lead = ALPHABETS[alphabet], "x" * shift
    long = lead + letter * 1500
    identity = RunIdentity(
        namespace=lead + bench.key[-20:],
        dag_id=lead + letter * 200,
        task_id=lead + letter * 200,
        map_key=lead + letter * 200,
        run_id=lead + bench.key[-40:] + letter * 200,
        run_key=f"{bench.key[-60:]}{lead}{letter * 280}",
    )
    script = (
        "-- @step first\ninsert into t_numbers values (1);\ncommit;\n-- @step failing\n"
        f"begin for i in 1 .. 400 loop dbms_output.put_line('{lead}{letter * 8}'); end loop; end;\n"
        f"/\n-- @check fits\nselect '{lead + letter * 900}' as a, '{letter * 900}' as b,\n"
        f"  '{letter * 900}' as c, '{letter * 900}' as d from dual;\n"
    )
    name = f"{long}.sql"

    with pytest.raises(StepFailed):
        bench.run(script, identity=identity, name=name)
    verbs.mark_done(
        bench.target.connector(),
        identity,
        "failing",
        who=lead + letter * 300,
        why=long,
        options=RunOptions(),
        observe=bench.events.append,
    )

    texts = kept(bench, identity)
    limits = {f"{t}.{c}": n for t, columns in COLUMNS.items() for c, n in columns.items()}
    for column, limit in limits.items():
        for text in texts[column]:
            assert len(text.encode()) <= limit, column
            assert "\ufffd" not in text, column
    cut = {
        "odag_run.dag_id": 250,
        "odag_run.task_id": 250,
        "odag_run.map_key": 250,
        "odag_run.run_id": 250,
        "odag_run.script_name": 1000,
        "odag_audit.who": 255,
        "odag_audit.why": 1000,
        "odag_step_attempt.output": 4000,
    }
    for column, limit in cut.items():
        assert any(limit - 4 < len(text.encode()) <= limit for text in texts[column]), column
    assert any(letter in text for text in texts["odag_step_attempt.error_text"])
