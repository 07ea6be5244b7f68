"""Say what of a script disagrees with what it did: where, what it was and is, and the ways out."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Iterator, List, Optional, Sequence, Tuple

from airflow_oracle_dag.core.drift import Drift, Kind
from airflow_oracle_dag.core.errors import DriftError
from airflow_oracle_dag.core.fingerprint import SPLITTER_VERSION
from airflow_oracle_dag.core.joined import file_of_step, kept_files, single_text
from airflow_oracle_dag.core.plan import Plan
from airflow_oracle_dag.core.source import without_passwords

_MASK = "***"
_LONGEST_DIFF = 60
_LONGEST_LINE = 200


@dataclass(frozen=True)
class Kept:
    """The script as it ran.

    :param text: its own, without the files that it includes.
    :param is_same: byte for byte what it is now.
    :param splitter: version of the splitter that read it, None: not known.
    """

    text: str
    is_same: bool = False
    splitter: Optional[int] = None


def drift_error(drifts: Sequence[Drift], plan: Plan, kept: Optional[Kept] = None) -> DriftError:
    """Make the error: every step that disagrees, and its text then and now as a unified diff.

    :param drifts: at least one.
    :param kept: None: the text is not known, so no diff is shown.
    """
    first = drifts[0]
    lines: List[str] = []
    diff: List[str] = []
    for drift in drifts:
        lines.append(f"{_where(drift, plan)}: {sentence(drift)}")
        shown = list(_diff(drift, plan, kept)) if kept is not None else []
        diff += shown
        lines += [f"    {line}" for line in shown]
    if kept is not None and kept.is_same and kept.splitter not in (None, SPLITTER_VERSION):
        lines.append(
            f"  The text is the same, but this version reads it otherwise: it was cut into steps "
            f"by splitter {kept.splitter}, now it is by splitter {SPLITTER_VERSION}"
        )
    lines.append(f"  To mend it: {_cure(drifts)}")
    return DriftError(
        "\n".join(lines),
        step=first.name,
        line=first.step.first_line if first.step is not None else 0,
        diff="\n".join(diff),
    )


def sentence(drift: Drift) -> str:
    """Say one disagreement."""
    name = drift.name
    if drift.kind is Kind.RENAMED:
        now = drift.step.name if drift.step is not None else ""
        no = drift.row.step_no if drift.row is not None else 0
        return f"step {no}, done as {name}, is now called {now}"
    if drift.kind is Kind.VALUES:
        return f"step {name} is done, but with other values of {', '.join(drift.names)}"
    if drift.kind is Kind.INSERTED:
        return f"step {name} is not done, and stands before step {drift.beside}, which is"
    if drift.kind is Kind.ADDED:
        return f"step {name} was not there, or stood behind an EXIT, when the run was finished"
    return {
        Kind.TEXT: f"step {name} is done, but its text was changed afterwards",
        Kind.MOVED: f"step {name} is done, but stands before step {drift.beside} now",
        Kind.REMOVED: f"step {name} is done but no longer in the script",
        Kind.ENDED: f"step {name} is done, but stands behind an EXIT now",
    }[drift.kind]


def _where(drift: Drift, plan: Plan) -> str:
    if drift.step is None:
        return plan.script.name
    return f"{drift.step.file or plan.script.name}:{drift.step.first_line}"


_ON_THE_COMMAND_LINE = "--on-drift on the command line"


def _cure(drifts: Sequence[Drift]) -> str:
    new = [drift for drift in drifts if drift.kind in (Kind.INSERTED, Kind.ADDED)]
    rerun = f"on_drift=rerun to run it again from step {drifts[0].name} on ({_ON_THE_COMMAND_LINE})"
    if not new:
        return (
            "put it back as it was, or run the script under another run key; or say "
            f"on_drift=accept to keep what is done, or {rerun}"
        )
    if new[0].kind is Kind.ADDED:
        return f"run the script under another run key, or say {rerun}"
    return f"put step {new[0].name} behind what is done, or say {rerun}"


def _diff(drift: Drift, plan: Plan, kept: Kept) -> Iterator[str]:
    """Give the lines of the one step as a unified diff, secrets masked.

    Unified format as of POSIX diff -u: line numbers are those of the two scripts.
    """
    if drift.row is None or drift.kind not in (Kind.TEXT, Kind.REMOVED):
        return
    step, row = drift.step, drift.row
    name, text, text_now = _texts(drift, plan, kept)
    if text is None:
        yield f"({name} is included: its former text is not kept)"
        return
    secrets = sorted(plan.values.secrets, key=len, reverse=True)
    then = _lines(text, row.first_line, row.last_line, secrets)
    now: List[str] = []
    begin = 1
    if step is not None:
        now = _lines(text_now, step.first_line, step.last_line, secrets)
        begin = step.first_line
    lines = list(_unified(then, now, row.first_line, begin))
    if not lines:
        return
    yield f"--- {name} as it ran"
    yield f"+++ {name} now"
    yield from lines[:_LONGEST_DIFF]
    if len(lines) > _LONGEST_DIFF:
        yield f"(and {len(lines) - _LONGEST_DIFF} lines more)"


def _texts(drift: Drift, plan: Plan, kept: Kept) -> Tuple[str, Optional[str], str]:
    """Return the file that a step is or was in, and its text as it ran (None: not kept) and now."""
    script, file = plan.script, drift.step.file if drift.step is not None else ""
    files = {each.name: each.text for each in kept_files(kept.text)}
    if files and not file and drift.row is not None:
        file = file_of_step(drift.row.name, list(files)) or ""
    parts = {part.name: part for part in script.parts}
    now = parts.get(file, script)
    name, text = file or script.name, now.source.decode(now.encoding).lstrip("\ufeff")
    if files or (file and file != script.name):
        return name, files.get(file), text
    return name, single_text(kept.text), text


def _lines(text: str, first: int, last: int, secrets: Sequence[str]) -> List[str]:
    part = "\n".join(text.replace("\r\n", "\n").split("\n")[first - 1 : last])
    for secret in secrets:
        part = part.replace(secret, _MASK)
    lines = part.split("\n") if part else []
    return [_short(without_passwords(line.rstrip())) for line in lines]


def _short(line: str) -> str:
    shown = "".join(c if c.isprintable() or c == "\t" else "?" for c in line)
    return shown if len(shown) <= _LONGEST_LINE else shown[:_LONGEST_LINE] + "…"


def _unified(
    then: Sequence[str], now: Sequence[str], old_line: int, new_line: int
) -> Iterator[str]:
    for group in SequenceMatcher(None, then, now, autojunk=False).get_grouped_opcodes(3):
        first, last = group[0], group[-1]
        old = _range(old_line, first[1], last[2])
        new = _range(new_line, first[3], last[4])
        yield f"@@ -{old} +{new} @@"
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in then[a1:a2])
                continue
            yield from (f"-{line}" for line in then[a1:a2])
            yield from (f"+{line}" for line in now[b1:b2])


def _range(line: int, start: int, end: int) -> str:
    length = end - start
    return f"{line + start if length else line + start - 1},{length}"
