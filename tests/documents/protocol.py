"""Write what `docs/protocol.md` says of the protocol from the code that does it.

    python -m tests.documents.protocol

puts each part anew between its ``<!-- part -->`` and ``<!-- end of part -->``; a test keeps the
document equal to that.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import product
from pathlib import Path
from typing import NamedTuple

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.ddl_decision import RULES
from airflow_oracle_dag.core.liveness import Liveness
from airflow_oracle_dag.core.plan import Probe, StepClass
from airflow_oracle_dag.core.states import TABLE, Move, State
from airflow_oracle_dag.core.takeover import (
    Advice,
    CleanError,
    Found,
    Verdict,
    Wait,
    decide,
)
from tests.probes.oracle import PROBES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "protocol.md"
PACKAGE = ROOT / "airflow_oracle_dag"
MARKER = "Unverified:"

#: Statements that a run sends; those of `init` and of people's verbs are not among them.
OF_A_RUN = (
    *("advance", "mark", "discard", "insert_run", "insert_canary", "insert_step", "delete_step"),
    *("insert_step_attempt", "lock_canary", "release_canary", "read_run", "read_script_text"),
    *("read_steps", "hold_run", "hold_edited_run", "doubt_run", "end_attempt", "settle_step"),
    "acknowledge",
)
#: What a person can write in a script, and what a probe then answers.
ADVICE = {
    "nothing": Advice(),
    "`repeatable`": Advice(repeatable=True),
    "`@probe`: a row": Advice(probe=Probe("select", 1, ()), probe_answer=True),
    "`@probe`: no row": Advice(probe=Probe("select", 1, ()), probe_answer=False),
}


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Lay a table out."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def remarks(enum: type[Enum]) -> dict[str, str]:
    """Return what the source says behind each member of an enumeration."""
    return dict(re.findall(r"^    (\w+) = .*?  # (.*)$", inspect.getsource(enum), re.MULTILINE))


def step_states() -> str:
    """Say what each state of a step means."""
    said = remarks(State)
    return table(("State", "Meaning"), ((f"`{s.value}`", said[s.name]) for s in State))


def sessions() -> str:
    """Say what can be known of the session of an earlier attempt."""
    said = remarks(Liveness)
    head = ("Its session", "Meaning")
    return table(head, ((s.value, said.get(s.name, "so says the database")) for s in Liveness))


def moves() -> str:
    """Say which moves there are, and who makes them."""
    said = remarks(Move)

    def rows() -> Iterator[tuple[str, ...]]:
        for what in Move:
            ends = [(a.value, b.value) for (a, by), b in TABLE.items() if by is what]
            arrows = "<br>".join(f"`{before}` → `{after}`" for before, after in ends)
            yield what.value, arrows, said[what.name]

    return table(("Move", "From → to", "By"), rows())


def state_diagram() -> str:
    """Draw the table of moves."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (before, what), after in TABLE.items():
        arrows[before.value, after.value].append(what.value)
    lines = [f"    {a} --> {b}: {', '.join(moves)}" for (a, b), moves in arrows.items()]
    return "\n".join(("```mermaid", "stateDiagram-v2", "    [*] --> PENDING", *lines, "```"))


def block() -> str:
    """Show the block between two steps as it is sent."""
    return f"```sql\n{sql.statement('advance', 'etl')}\n```"


class Case(NamedTuple):
    """What a takeover finds of a step that was left RUNNING."""

    step_class: StepClass
    liveness: Liveness
    marked: bool
    error: CleanError | None = None

    def outcome(self, advice: Advice) -> str:
        """Say what it decides."""
        found = Found(
            7, "load", self.step_class, State.RUNNING, 7 if self.marked else 6, self.liveness
        )
        decision = decide(found, advice, self.error)
        if isinstance(decision, Wait):
            return "wait"
        assert isinstance(decision, Verdict) and decision.move is not None
        after = TABLE[State.RUNNING, decision.move]
        return f"`{after.value}`"

    def outcomes(self) -> tuple[str, ...]:
        """Say it for everything that a script can advise."""
        return tuple(self.outcome(advice) for advice in ADVICE.values())


def merged(
    cases: list[Case], parts: tuple[Callable[[Case], str], ...]
) -> Iterator[tuple[str, ...]]:
    """Give one row for all cases that end alike, column by column.

    :param parts: columns that describe a case; rows that differ in one alone become one.
    """
    rows = {tuple(part(case) for part in parts): case.outcomes() for case in cases}
    for column in reversed(range(len(parts))):
        groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for cells, outcomes in rows.items():
            rest = (*cells[:column], "", *cells[column + 1 :])
            groups.setdefault((rest, outcomes), []).append(cells[column])
        rows = {
            (*rest[:column], _all(names, [p[column] for p in rows]), *rest[column + 1 :]): outcomes
            for (rest, outcomes), names in groups.items()
        }
    for cells, outcomes in rows.items():
        same = outcomes if len(set(outcomes)) > 1 else (outcomes[0], *("the same",) * 3)
        yield (*cells, *same)


def _all(names: list[str], every: list[str]) -> str:
    return "any" if set(names) == set(every) and len(set(every)) > 1 else ", ".join(names)


def class_of(case: Case) -> str:
    """Name the step's class."""
    return f"`{case.step_class.value}`"


def session_of(case: Case) -> str:
    """Say what is known of the session."""
    return case.liveness.value


def mark_of(case: Case) -> str:
    """Say which step's number the canary has."""
    return "this step" if case.marked else "another, none"


def takeovers() -> str:
    """Say what becomes of a step whose attempt told nobody how it ended."""
    cases = [Case(*each) for each in product(StepClass, Liveness, (True, False))]
    head = ("Class", "Its session", "Mark", *ADVICE)
    return table(head, merged(cases, (class_of, session_of, mark_of)))


def clean_errors() -> str:
    """Say what becomes of a step whose statement was answered with an error."""
    answers = {
        "error": CleanError(same_transaction=True),
        "error, in another transaction": CleanError(same_transaction=False),
        "the client gave up waiting": CleanError(same_transaction=True, certain=False),
    }
    names = {error: name for name, error in answers.items()}
    cases = [
        Case(step_class, Liveness.ENDED, marked, error)
        for step_class, error, marked in product(StepClass, answers.values(), (True, False))
    ]
    head = ("Class", "Answer", "Mark", *ADVICE)
    return table(head, merged(cases, (class_of, lambda case: names[case.error], mark_of)))


def ddl() -> str:
    """Say how a DDL statement is judged whose attempt died."""
    rows = ((rule.statements, rule.done) for rule in RULES.values())
    return table(("Statement", "Done, when nothing else changed and"), rows)


def grants() -> str:
    """Say what a run needs on the tables, from the statements that it sends."""
    needed: dict[str, set[str]] = defaultdict(set)
    for name in OF_A_RUN:
        text = re.sub(r"--.*|/\*.*?\*/", "", sql.statement(name, "etl"))
        for verb, owned in re.findall(r'(INTO|UPDATE|FROM|DELETE +FROM) +"ETL"\.(\w+)', text):
            words = {"INTO": {"INSERT"}, "FROM": {"SELECT"}, "UPDATE": {"SELECT", "UPDATE"}}
            needed[owned] |= words.get(verb, {"SELECT", "DELETE"})
        if "FOR UPDATE" in text:
            needed["odag_canary"] |= {"UPDATE"}
    order = ("SELECT", "INSERT", "UPDATE", "DELETE")
    rows = (
        (owned.upper(), ", ".join(word for word in order if word in needed[owned]))
        for owned in sorted(needed)
    )
    return table(("Table", "A run needs"), rows)


def probes() -> str:
    """Say what a program asks a database, and which answer is relied on."""
    rows = ((probe.question, probe.expected or "open") for probe in PROBES)
    return table(("Question", "Relied on"), rows)


def unverified() -> str:
    """List what the code says that no real database has confirmed yet."""
    lines = []
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql")]):
        if "sandbox" not in path.parts:
            name = path.relative_to(ROOT)
            lines += [f"- {text} ([`{name}`](../{name}))" for text in claims(path)]
    return "\n".join(lines)


def claims(path: Path) -> Iterator[str]:
    """Give each paragraph of a comment or docstring that begins with ``Unverified:``."""
    claim: list[str] = []
    comment = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        lead, text = re.fullmatch(r" *(--|#:|#|) *(.*)", line).groups()
        if claim and (text.startswith(MARKER) or text in ("", '"""') or lead != comment):
            yield " ".join(claim)
            claim = []
        if claim or text.startswith(MARKER):
            claim.append(text.removeprefix(MARKER).strip())
            comment = lead


PARTS: dict[str, Callable[[], str]] = {
    "states": step_states,
    "moves": moves,
    "state diagram": state_diagram,
    "block": block,
    "takeover": takeovers,
    "sessions": sessions,
    "clean errors": clean_errors,
    "ddl": ddl,
    "grants": grants,
    "unverified": unverified,
    "probes": probes,
}


def written(page: str) -> str:
    """Return a document with every part as the code has it now."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        if (page.count(begin), page.count(end)) != (1, 1):
            raise ValueError(f"{PAGE}: part {name!r} must stand there once, between comments")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{part()}\n{end}{rest.partition(end)[2]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
