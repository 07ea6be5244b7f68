"""Runs, crashes, edits, clears and people's verbs in any order leave what a simple model says.

Short by default; ``ORACLE_DAG_LONG=1`` plays many more and longer stories, each time others.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import oracledb
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.purge import purge
from airflow_oracle_dag.runtime.results import Event, RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.sandbox.faults import Action, Effect
from tests.campaign.ground import Ground
from tests.model.reference import DONE, OPAQUE, Reference, Row, StepText

LONG = os.environ.get("ORACLE_DAG_LONG") == "1"
KINDS = ("dml", "block", "opaque", "repeatable")
EFFECTS = ("CUT_BEFORE", "CUT_DURING", "CUT_AFTER", "KILL", "RAISE")
LONG_AGO = datetime.now(UTC) - timedelta(days=2)
_RUNS = itertools.count(time.time_ns())


class Story(RuleBasedStateMachine):
    """One run key's life."""

    ground: Ground

    @initialize(kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=4))
    def begin(self, kinds: list[str]) -> None:
        """Write a script and empty the ledger."""
        self.ground.until_gone()
        self.ground.sql("delete from k_ledger")
        number = next(_RUNS)
        self.identity = RunIdentity(
            namespace=f"story-{number}", dag_id="d", task_id="t", run_id=str(number)
        )
        steps = [StepText(f"s{n}", kind) for n, kind in enumerate(kinds, 1)]
        self.model = Reference([StepText("prepare", "always"), *steps])
        self.texts: dict[tuple[str, str], StepText] = {}
        self.minutes = 0
        self.versions = itertools.count(2)
        self.opened: list[oracledb.Connection] = []

    # ------------------------------------------------------------------------------- runs

    @rule(cleared=st.booleans())
    def run(self, cleared: bool) -> None:
        """Run or resume the script; nobody disturbs it."""
        expected = self.model.run(cleared=cleared)

        assert self._run(cleared=cleared) == expected

    @rule(
        cleared=st.booleans(),
        calls=st.lists(st.integers(1, 30), min_size=1, max_size=2),
        effect=st.sampled_from(EFFECTS),
    )
    def crash(self, cleared: bool, calls: list[int], effect: str) -> None:
        """Break the run at one call or two; whatever it says, nothing is lost or done twice."""
        before, calm = deepcopy(self.model), deepcopy(self.model)
        calm.run(cleared=cleared)
        self._disturbed(calls, effect, lambda: self._run(cleared=cleared))
        self._adopt(before, calm)

    def _run(self, *, cleared: bool) -> str:
        moment = LONG_AGO + timedelta(minutes=self.minutes + 0.5 if cleared else 0)
        script = parse_script("".join(s.text for s in self.model.script), name="story.sql")
        plan = build_plan(script, ScriptValues({}))
        for step, text in zip(plan.steps, self.model.script, strict=True):
            self.texts[step.name, step.text_hash] = text
        options = RunOptions(orphan_timeout=10, began_at=moment)
        runner = ScriptRunner(
            OracleConnector(self._connect), script, self.identity, ScriptValues({}), options
        )
        return self._named(runner.run)

    def _connect(self) -> oracledb.Connection:
        self.opened.append(self.ground.connect())
        return self.opened[-1]

    def _named(self, act: Callable[[], Any]) -> str:
        """Do something to its end and return the name of its error, "" when there is none."""
        try:
            act()
        except OracleDagError as error:
            return type(error).__name__
        else:
            return ""
        finally:
            self._exit()

    def _exit(self) -> None:
        """Close what is open, as the end of a process does."""
        while self.opened:
            with contextlib.suppress(oracledb.Error, OSError):
                self.opened.pop().close()

    def _disturbed(self, calls: list[int], effect: str, act: Callable[[], Any]) -> Any:
        seen = itertools.count(1)
        action = Action(Effect[effect], code=1652, message="no room")

        def meet(sid: int, name: str, text: str) -> Action | None:
            if sid in self.ground.own or name == "logoff":
                return None
            return action if next(seen) in calls else None

        self.ground.server.faults.on_call(meet)
        try:
            return act()
        finally:
            self.ground.server.faults.on_call(None)
            self.ground.until_gone()

    # ------------------------------------------------------------------------------- edits

    @rule(which=st.integers(0, 5), kind=st.sampled_from(("", *KINDS)), broken=st.booleans())
    def edit(self, which: int, kind: str, broken: bool) -> None:
        """Change a step's text: mend it, break it, change what it writes, or what it is."""
        place = 1 + which % (len(self.model.script) - 1)
        step = self.model.script[place]
        self.model.script[place] = StepText(
            step.name, kind or step.kind, next(self.versions), broken
        )

    @precondition(lambda self: len(self.model.script) < 6)
    @rule(kind=st.sampled_from(KINDS))
    def append(self, kind: str) -> None:
        """Write one more step."""
        name = f"s{len(self.model.script)}"
        self.model.script.append(StepText(name, kind, next(self.versions)))

    @precondition(lambda self: len(self.model.script) > 2)
    @rule()
    def remove(self) -> None:
        """Strike the last step out."""
        self.model.script.pop()

    @precondition(lambda self: self.model.drifted)
    @rule()
    def put_back(self) -> None:
        """Give the steps that are done the text that they had."""
        for place, step in enumerate(self.model.script):
            row = self.model.rows.get(step.name)
            if row is not None and row.state == DONE:
                self.model.script[place] = row.text

    # ------------------------------------------------------------------------------- people

    @rule(which=st.integers(1, 5), done=st.booleans())
    def mark(self, which: int, done: bool) -> None:
        """Say that a step is done, or is not."""
        expected = self.model.mark(f"s{which}", done=done)
        verb = verbs.mark_done if done else verbs.mark_pending

        assert self._say(verb, f"s{which}") == expected

    @rule(which=st.integers(1, 5), done=st.booleans(), call=st.integers(1, 14))
    def mark_and_crash(self, which: int, done: bool, call: int) -> None:
        """Break the person's connection: the word is written whole, or not at all."""
        before = self._recorded()
        self.model.mark(f"s{which}", done=done)
        verb = verbs.mark_done if done else verbs.mark_pending
        self._disturbed([call], "CUT_AFTER", lambda: self._say(verb, f"s{which}"))
        after = self._recorded()

        assert after in (before, self.model.states)
        self._read_rows()

    @rule(which=st.integers(1, 5))
    def restart_from(self, which: int) -> None:
        """Begin a new generation at a step."""
        expected = self.model.restart(f"s{which}")

        assert self._say(verbs.restart_from, f"s{which}") == expected

    @rule(which=st.integers(1, 5), call=st.integers(1, 16))
    def restart_and_crash(self, which: int, call: int) -> None:
        """Break the person's connection: there is a whole new generation, or none."""
        before = self.model.generation, self._recorded()
        self.model.restart(f"s{which}")
        expected = self.model.generation, self.model.states
        self._disturbed([call], "CUT_AFTER", lambda: self._say(verbs.restart_from, f"s{which}"))
        self._read_rows()

        assert (self.model.generation, self.model.states) in (before, expected)

    @rule()
    def unlock(self) -> None:
        """Declare the attempt dead, which is over already."""
        said = self._say(verbs.unlock)
        if said == "":
            self.model.settle(planned=False)

        assert said in (("UnknownRun",) if self.model.generation == 0 else ("", "StateError"))

    @rule()
    def acknowledge(self) -> None:
        """Let the scheduler record the success, if it is one."""
        if self.model.finished and not self.model.purged:
            self.minutes += 1
            at = LONG_AGO + timedelta(minutes=self.minutes)
            connector = OracleConnector(self._connect)
            first = verbs.acknowledge(connector, self.identity, self.model.generation, at)

            assert first is not self.model.acknowledged
            self.model.acknowledged = True
            self._exit()

    @rule()
    def purge(self) -> None:
        """Remove what is over for good."""
        expected = self.model.purge()
        said: list[str] = []
        removed = purge(
            OracleConnector(self._connect),
            self.identity.namespace,
            timedelta(seconds=-2),  # it is compared in whole seconds
            who="a person",
            why="space",
            observe=lambda event: said.append(event.text),
        )
        self._exit()

        assert len(removed) == expected, (said, self._runs())

    def _say(self, verb: Callable[..., Any], *words: str) -> str:
        how = {"options": RunOptions(orphan_timeout=10), "observe": _silent}
        connector = OracleConnector(self._connect)
        return self._named(
            lambda: verb(connector, self.identity, *words, who="a person", why="a story", **how)
        )

    # ------------------------------------------------------------------------------- what is so

    @invariant()
    def recorded_as_the_model_says(self) -> None:
        """Compare states and ledger after every rule."""
        if not hasattr(self, "model"):
            return

        assert self._recorded() == self.model.states
        assert self._ledger() == +self.model.ledger

    def _runs(self) -> Any:
        return self.ground.sql(
            "select generation, state, attempt, ended_at, attempt_ended_at, acknowledged_at"
            " from odag_run where run_hash = :1 order by generation",
            self.identity.digest,
        )

    def _recorded(self) -> dict[str, str]:
        rows = self.ground.sql(_ROWS, self.identity.digest, self.identity.digest)
        return {name: state for name, state, _ in rows}

    def _ledger(self) -> Counter[str]:
        rows = self.ground.sql(_LEDGER)
        first = {amount for entry, amount, _ in rows if not entry.endswith(".open")}
        assert first <= {2026}, "what belongs to the session was not done"
        return Counter({entry: count for entry, _, count in rows})

    def _adopt(self, before: Reference, calm: Reference) -> None:
        """Take over what a crash left, if it is a beginning of what a calm run would have done."""
        after = self._ledger()
        self._read_rows()
        known = before.rows if self.model.generation == before.generation else {}
        stopped = False
        for name, row in self.model.rows.items():
            more = [after[entry] - before.ledger[entry] for entry in row.text.entries]
            said = (name, row, more)
            assert _is_promised(row, more, known.get(name), stopped=stopped), said
            stopped = stopped or (row.state != DONE and row.text.kind != "always")
        assert not {*(after - calm.ledger)} - _repeated(calm), "more than a calm run would do"
        self.model.ledger = after

    def _read_rows(self) -> None:
        """Let the model know what is recorded."""
        digest = self.identity.digest
        runs = self.ground.sql(
            "select generation, acknowledged_at from odag_run where run_hash = :1"
            " order by generation desc",
            digest,
        )
        rows = self.ground.sql(_ROWS, digest, digest)
        self.model.rows = {n: Row(state, self.texts[n, text]) for n, state, text in rows}
        self.model.generation = int(runs[0][0]) if runs else 0
        self.model.acknowledged = bool(runs and runs[0][1])
        self.model.purged = bool(runs and not rows)


_LEDGER = "select entry, amount, count(*) from k_ledger group by entry, amount"
_ROWS = """
select s.name, s.state, s.text_hash from odag_step s
 where s.run_hash = :1
   and s.generation = (select max(g.generation) from odag_run g where g.run_hash = :2)
 order by s.step_no
"""


def _repeated(model: Reference) -> set[str]:
    """Give what may be in the ledger more often than once for each run."""
    rows = model.rows.values()
    return {
        entry for row in rows if row.text.kind == "repeatable" for entry in row.text.entries[:1]
    }


def _is_promised(row: Row, more: list[int], before: Row | None, *, stopped: bool) -> bool:
    """Hold what a broken run left of one step against what is promised.

    :param more: what it added to the ledger, by the step's entries.
    :param before: as it was before that run, None in a new generation.
    :param stopped: a step before it is not done.
    """
    kind, state = row.text.kind, row.state
    if before is not None and before.state == DONE and kind != "always":
        return state == DONE and not any(more)
    if stopped or kind == "always":
        as_it_was = state in ("PENDING", before.state if before else "PENDING")
        return not any(more) and (as_it_was or not stopped)
    if state == DONE:
        return more == [1] * len(more) or (kind == "repeatable" and more[0] >= 1 == more[1])
    if kind not in OPAQUE or (kind == "opaque" and state in ("PENDING", "FAILED")):
        return not any(more) and (kind in OPAQUE or state != "IN_DOUBT")
    return more[1] == 0 and (kind == "repeatable" or more[0] in (0, 1))


def _silent(event: Event) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """Give a sandbox that the stories have for themselves."""
    from airflow_oracle_dag.sandbox.engine import open_database
    from airflow_oracle_dag.sandbox.server import SandboxServer

    database = open_database(None, {"DEMO": "story"})
    try:
        with SandboxServer(database) as server:
            dsn = f"127.0.0.1:{server.port}/{database.service_name}"
            made = Ground(server, database.jobs, dsn, "demo", "story")
            yield made
            made.close()
    finally:
        database.close()


@pytest.mark.timeout(3600 if LONG else 300)
def test_any_story_ends_as_the_model_says(ground: Ground) -> None:
    """States and ledger are the model's after every rule of every story."""
    Story.ground = ground
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=400 if LONG else 30,
            stateful_step_count=30 if LONG else 16,
            phases=tuple(Phase) if LONG else (Phase.generate,),  # a short story is told as it is
            derandomize=not LONG,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
