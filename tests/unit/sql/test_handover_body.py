"""The body of a job is composed of our own texts, numbers and nothing else."""

from __future__ import annotations

import re

import pytest

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.binds import find_binds
from airflow_oracle_dag.sql.handover_body import (
    OPERATORS,
    Composer,
    as_procedure_text,
    compose,
)
from tests.unit.sql.texts import BODY, BODY_PARTS

WORDS = ("secret_word", "t_mine", "O'Brien")


def test_a_body_holds_nothing_of_the_script() -> None:
    """No statement, name or value of it: they are read by number."""
    assert [word for word in WORDS if word in BODY] == []
    assert "EXECUTE IMMEDIATE b_unit_text USING" in BODY


def test_a_body_has_two_binds() -> None:
    """What tells it which run and attempt it is; all others became its variables."""
    assert find_binds(BODY) == ("run_hash", "attempt")


def test_every_variable_of_a_body_is_declared() -> None:
    """Also those of pieces that another script would need."""
    frame = sql.statement("job_body", "own").split("BEGIN")[0]
    declared = set(re.findall(r"^  (b_\w+) ", frame, re.MULTILINE))
    used = {f"b_{bind}" for name in BODY_PARTS for bind in find_binds(sql.statement(name, "own"))}

    assert used - {"b_answer"} <= declared
    assert declared == set(re.findall(r"\bb_\w+", BODY))


def test_the_blocks_are_a_workers_own() -> None:
    """Word for word, but for the variables and for the line that says how far the job is."""
    for name in ("advance", "advance_ddl", "mark", "discard"):
        own = as_procedure_text(sql.statement(name, "own"))
        before, commit, after = own.partition("  COMMIT WRITE WAIT IMMEDIATE;")
        flat = re.sub(r"^ +", "", BODY, flags=re.MULTILINE)
        for part in (before, commit + after):
            assert re.sub(r"^ +", "", part, flags=re.MULTILINE) in flat, name


def test_nothing_stands_between_a_block_and_set_transaction() -> None:
    """Its text is read before the block: a query could begin the transaction."""
    composer = Composer()
    composer.add("fetch", [2])
    composer.add("advance", [1, 5, 6, 7, -1, 1, 0, 2, -1, -1, 0, 0])
    composer.add("begin", [2, 5, 0, 0])
    composer.add("statement", [1, 2])
    composer.add("statement", [2, 3])

    text = "\n".join(composer.lines)
    before, after = text.split("advance;")
    to_first, to_second, _ = after.split("EXECUTE IMMEDIATE")
    assert "b_unit_no := 2; read_handed_unit;" in before
    assert "read_handed_unit" not in to_first
    assert "b_unit_no := 3; read_handed_unit;" in to_second


def test_each_block_says_that_the_job_moved() -> None:
    """In the transaction of the step, before its COMMIT; each table is changed once in it."""
    for name in ("advance", "advance_ddl"):
        text = BODY.split(f"PROCEDURE {name} IS")[1].split("PROCEDURE")[0]
        until = text.split("COMMIT WRITE")[0]
        tables = re.findall(r'(?:UPDATE /\*.*?\*/|INTO) "OWN"\.(odag_\w+)', until)
        assert "odag_handover" in tables
        assert len(tables) == len(set(tables))


def test_strings_and_comments_keep_their_colons() -> None:
    """A dynamic block's own binds stay binds."""
    text = "x := ':a'':b' || :c; -- :d\n:e := 1;"

    assert as_procedure_text(text) == "x := ':a'':b' || b_c; -- :d\nb_e := 1;"


@pytest.mark.parametrize("wrong", ["1", "1; DROP TABLE t", 1.0, True, None])
def test_nothing_but_whole_numbers_is_pasted(wrong: object) -> None:
    """Whatever wrote the operations."""
    with pytest.raises(ValueError, match="is no whole number"):
        Composer().add("statement", [1, wrong])  # type: ignore[list-item]


def test_an_unknown_operation_or_kind_is_no_body() -> None:
    """Nor an operator that there is not."""
    with pytest.raises(KeyError):
        Composer().add("drop", [])
    with pytest.raises(KeyError):
        compose([], ["number; DROP TABLE t"], lambda name: sql.statement(name, "own"))
    with pytest.raises(IndexError):
        Composer().add("expect", [1, len(OPERATORS), 3, 0])


def test_the_action_of_a_job_is_short_enough() -> None:
    """JOB_ACTION has 4,000 bytes, whatever the tables' owner is called."""
    assert len(sql.statement("job_action", "x" * 128).encode()) <= 4000
