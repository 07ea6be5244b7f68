"""What a person reads who is asked what became of a step in doubt, as Markdown.

Nothing of it is a value: the statement is shown as its author wrote it, before anything was put
into it, and without what IDENTIFIED BY is followed by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import List, Optional

from airflow_oracle_dag.core.errors import excerpt
from airflow_oracle_dag.core.plan import Step
from airflow_oracle_dag.core.rows import RunRow, StepRow
from airflow_oracle_dag.core.source import without_passwords
from airflow_oracle_dag.core.takeover import MAY_STILL_WORK

#: Lines of a step's statements that are shown.
SHOWN_LINES = 12


@dataclass(frozen=True)
class Evidence:
    """All that is known of a step in doubt.

    :param run: with the attempt that left it so, and its session.
    :param row: its reason says why it is in doubt.
    :param step: of that name in the script as it is now, None when there is none.
    """

    run: RunRow
    row: StepRow
    step: Optional[Step] = None


def subject(evidence: Evidence) -> str:
    """Ask the question, in one line."""
    return f"Step {evidence.row.name} of {evidence.run.run_key} is in doubt: what became of it?"


def body(evidence: Evidence) -> str:
    """Tell what is known, what each answer does, and how to answer elsewhere."""
    parts = [
        *_what(evidence),
        *_known(evidence),
        *_statement(evidence),
        _CHOICES.format(step=evidence.row.name),
        *_command_line(evidence),
        _NEWEST,
    ]
    return "\n\n".join(parts)


_CHOICES = """\
| Answer | What it says and does |
|---|---|
| Done | the work of `{step}` is there, all of it: the run goes on behind it |
| Run again | nothing of it is left that must not be there twice: the run begins with it |
| Fail | the task fails, the step stays in doubt |"""
#: Airflow keeps a task's first question for its later ones, up to 3.3.2 at least.
_NEWEST = (
    "An answer counts for the step that the field `step` names. Where this task has asked before, "
    "Airflow may still show its first question: the task's log has the newest."
)


def _what(evidence: Evidence) -> List[str]:
    run, row, step = evidence.run, evidence.row, evidence.step
    file, line = run.script_name, row.first_line
    if step is not None:
        file, line = step.file or file, step.first_line
    tries = "" if row.tries < 2 else f", and was started {row.tries} times so far"
    began = f" It began at {_moment(row.started_at)}{tries}." if row.started_at else ""
    what = f"**{file}:{line}**: step {row.step_no}, `{row.name}`, of run `{run.run_key}`."
    return [f"{what}{began} Something of it may be committed, and nobody knows how much."]


def _known(evidence: Evidence) -> List[str]:
    run, row, step = evidence.run, evidence.row, evidence.step
    said = [f"- Why: {row.reason or 'nobody said why'}"]
    if run.sid is not None:
        whose = f" ({run.client})" if run.client else ""
        session = f"- Its session was {run.sid},{run.serial} on instance {run.instance}{whose}"
        if row.reason in MAY_STILL_WORK:
            session += ". **It may still be at work**: wait until it is over, or have it ended"
        said.append(session)
    if step is not None and step.probe is None:
        said.append("- It has no `-- @probe`: one would answer this, and nobody be asked")
    elif step is not None and step.probe is not None:
        probe = _cut(step.probe.sql)
        said.append(f"- Its probe, line {step.probe.line}: `{probe.replace('`', chr(39))}`")
    known = ["\n".join(said)]
    if row.error_text:
        known += ["The database said:", _fenced(row.error_text.rstrip().split("\n"))]
    return known


def _statement(evidence: Evidence) -> List[str]:
    step = evidence.step
    if step is None:
        return ["The script has no step of this name any more."]
    pieces = [unit.piece for unit in step.units]
    text = without_passwords("\n".join(piece.written or piece.text for piece in pieces))
    lines = text.split("\n")
    shown = [_cut(line) for line in lines[:SHOWN_LINES]]
    edited = step.text_hash != evidence.row.text_hash
    said = "It begins so (the script was edited since it ran):" if edited else "It begins so:"
    parts = [said, _fenced(shown, "sql")]
    if more := len(lines) - len(shown):
        parts.append(f"and {more} more {'line' if more == 1 else 'lines'}.")
    return parts


def _command_line(evidence: Evidence) -> List[str]:
    run = evidence.run
    where = "" if run.namespace == "default" else f"--namespace {quote(run.namespace)} "
    what = f"{where}--run-key {quote(run.run_key)} --step {evidence.row.name} --why …"
    verbs = [f"oracle-dag {verb} {what}" for verb in ("mark-done", "mark-pending")]
    said = "Done and Run again at the command line, after which any answer but Fail lets this go on"
    return [f"{said}:", _fenced(verbs)]


def _fenced(lines: List[str], language: str = "") -> str:
    """Put lines into a fence that none of them closes."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return "\n".join([fence + language, *lines, fence])


def _cut(line: str) -> str:
    return excerpt(line.rstrip(), 0)[0]


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
