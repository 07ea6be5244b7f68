"""A simple model of what a run's steps may be in, and of what the ledger must then hold.

It knows the rules that a user is promised, and nothing of marks, owners or locks: a step that is
done keeps its result and its text; what is not done may be edited and runs in order; code that
commits by itself is never repeated without a word; people's words count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

OPAQUE = ("opaque", "repeatable")
DONE = "SUCCEEDED"


@dataclass(frozen=True)
class StepText:
    """One step as its author wrote it.

    :param kind: ``dml``, ``block``, ``opaque``, ``repeatable``, or ``always`` (in every session).
    :param broken: its last statement fails.
    """

    name: str
    kind: str
    version: int = 1
    broken: bool = False

    @property
    def entries(self) -> tuple[str, ...]:
        """Return what it leaves in the ledger: what it commits by itself first."""
        own = f"{self.name}.{self.version}"
        if self.kind == "always":
            return ()
        return (f"{own}.in", f"{own}.open") if self.kind in OPAQUE else (own,)

    @property
    def text(self) -> str:
        """Return its statements."""
        if self.kind == "always":
            return f"-- @always {self.name}\nalter session set nls_date_format = 'YYYY';\n"
        first = f"insert into k_ledger values ('{self.entries[0]}', to_char(date '2026-01-01'));"
        if self.kind == "dml":
            broken = "insert into k_no_such_table values (1);\n" if self.broken else ""
            return f"-- @step {self.name}\n{first}\n{broken}"
        commit = "commit;" if self.kind in OPAQUE else ""
        fails = "raise_application_error(-20001, 'broken');" if self.broken else ""
        last = "".join(f"insert into k_ledger values ('{e}', 1); " for e in self.entries[1:])
        option = " repeatable" if self.kind == "repeatable" else ""
        return f"-- @step {self.name}{option}\nbegin\n  {first} {commit} {fails} {last}\nend;\n/\n"


@dataclass
class Row:
    """What is recorded of a step."""

    state: str
    text: StepText


@dataclass
class Reference:
    """The model.

    :param generation: 0: there is no run.
    :param ledger: how often each entry must be there.
    """

    script: list[StepText]
    rows: dict[str, Row] = field(default_factory=dict)
    generation: int = 0
    acknowledged: bool = False
    purged: bool = False
    ledger: Counter[str] = field(default_factory=Counter)

    # ------------------------------------------------------------------------------- what is there

    @property
    def finished(self) -> bool:
        """Tell whether every step of the newest generation is done."""
        return self.generation > 0 and all(row.state == DONE for row in self.rows.values())

    @property
    def states(self) -> dict[str, str]:
        """Return the state of each step."""
        return {name: row.state for name, row in self.rows.items()}

    @property
    def drifted(self) -> bool:
        """Tell whether a step that is done is not in the script as it was, or is a new one."""
        now = {step.name: step for step in self.script}
        if any(row.state == DONE and now.get(n) != row.text for n, row in self.rows.items()):
            return True
        return self.finished and set(now) != set(self.rows)

    def is_doubtful(self, row: Row, *, planned: bool) -> bool:
        """Tell whether nobody can say of a step whether it was done.

        :param planned: the script is at hand, and with it what it says of the step.
        """
        if row.state == "IN_DOUBT":
            return True
        if row.state != "RUNNING" or row.text.kind not in OPAQUE:
            return False
        return not (planned and self._declared_repeatable(row))

    def _declared_repeatable(self, row: Row) -> bool:
        now = next((step for step in self.script if step.name == row.text.name), None)
        return now is not None and now.kind == "repeatable"

    # ------------------------------------------------------------------------------- a run

    def run(self, *, cleared: bool) -> str:
        """Run the script to its end or its error; return ``""`` or the error's name."""
        if self.generation == 0 or (self.finished and self.acknowledged and cleared):
            self._begin(self.generation + 1, {})
        elif self.purged:
            return ""
        elif any(self.is_doubtful(row, planned=True) for row in self.rows.values()):
            self.settle(planned=True)
            return "InDoubt"
        elif self.drifted:
            return "DriftError"
        elif self.finished:
            return ""
        else:
            self.settle(planned=True)
            self._begin(self.generation, self.rows)
        return self._work()

    def _begin(self, generation: int, rows: dict[str, Row]) -> None:
        done = {name: row for name, row in rows.items() if row.state == DONE}
        kept = {name: row.state for name, row in rows.items()}
        self.rows = {
            step.name: done.get(step.name) or Row(kept.get(step.name, "PENDING"), step)
            for step in self.script
        }
        if any(row.state != DONE for row in self.rows.values()):
            for row in self.rows.values():
                row.state = "PENDING" if row.text.kind == "always" else row.state
        if generation != self.generation:
            self.acknowledged = False
        self.generation, self.purged = generation, False

    def _work(self) -> str:
        for row in self.rows.values():
            if row.state == DONE:
                continue
            entries = row.text.entries
            if not row.text.broken:
                self.ledger.update(entries)
                row.state = DONE
                continue
            if row.text.kind in OPAQUE:
                self.ledger[entries[0]] += 1
            row.state = "IN_DOUBT" if row.text.kind == "opaque" else "FAILED"
            return "InDoubt" if row.state == "IN_DOUBT" else "StepFailed"
        return ""

    def settle(self, *, planned: bool) -> None:
        """Judge the step that an attempt left running."""
        for row in self.rows.values():
            if row.state == "RUNNING":
                row.state = "IN_DOUBT" if self.is_doubtful(row, planned=planned) else "PENDING"

    # ------------------------------------------------------------------------------- people

    def mark(self, name: str, *, done: bool) -> str:
        """Say that a step is done, or that it is not."""
        row = self.rows.get(name)
        if row is None:
            return "UnknownRun"
        state = row.state
        if state == "RUNNING":
            state = "IN_DOUBT" if self.is_doubtful(row, planned=False) else "PENDING"
        allowed = ("PENDING", "FAILED", "IN_DOUBT") if done else ("FAILED", "IN_DOUBT", DONE)
        if state not in allowed:
            return "StateError"
        self.settle(planned=False)
        if row.state == DONE:
            self.acknowledged = False
        row.state = DONE if done else "PENDING"
        return ""

    def restart(self, name: str) -> str:
        """Begin a new generation at a step."""
        if name not in self.rows:
            return "UnknownRun"
        judged = {n: replace(row) for n, row in self.rows.items()}
        names = list(judged)
        before = names[: names.index(name)]
        if any(self.is_doubtful(row, planned=False) for row in judged.values()):
            return "StateError"
        if any(judged[n].state != DONE and judged[n].text.kind != "always" for n in before):
            return "StateError"
        for n in before:
            self.rows[n].state = DONE
        for n in names[names.index(name) :]:
            self.rows[n].state = "PENDING"
        self.generation += 1
        self.acknowledged = False
        return ""

    def purge(self) -> bool:
        """Remove what is finished and acknowledged; tell whether there was anything."""
        if self.purged or not (self.finished and self.acknowledged):
            return False
        self.rows, self.purged = {}, True
        return True
