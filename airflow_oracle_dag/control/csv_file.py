"""Jobs as a CSV file that people edit: written so that it is read back as it was.

The first line names the fields. A field that the file does not name is left as it is; one that it
names and leaves empty is emptied.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from airflow_oracle_dag.control.rules import BY_HAND, NOT_BY_HAND
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.jobs import FIELDS, Job

#: What a file holds: the key and what people write.
WRITTEN = ("Environment", "JobName", *BY_HAND)
_MOST_PROBLEMS = 20
#: Oracle's columns hold 4,000 bytes; a value that is longer has lost its closing quote.
_LONGEST = 100_000


_CHECK = "\n  To mend it: check the path and the permission."


class JobFileError(OracleDagError):
    """Report a file of jobs that cannot be taken as it stands; nothing of it was.

    :param problems: each with its line, 0 when the whole file is meant.
    """

    def __init__(self, file: str, problems: Sequence[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        lines = [
            f"{file}:{line}: {what}" if line else f"{file}: {what}"
            for line, what in problems[:_MOST_PROBLEMS]
        ]
        if len(problems) > _MOST_PROBLEMS:
            lines.append(f"{file}: and {len(problems) - _MOST_PROBLEMS} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Record:
    """A job as a file has it.

    :param line: on which it begins.
    :param fields: that the file names, with their texts.
    """

    line: int
    environment: str
    name: str
    fields: Mapping[str, str]

    def job(self, existing: Job | None) -> Job:
        """Return the whole row: what the file does not name is as it is already."""
        kept = {} if existing is None else existing.as_fields()
        key = {"Environment": self.environment, "JobName": self.name}
        return Job.from_fields({**kept, **self.fields, **key})


@dataclass(frozen=True)
class Meant:
    """What a file is read for.

    :param environment: of rows that name none.
    :param alone: no other environment is taken.
    :param absent: fields that the table has nothing for.
    """

    environment: str
    alone: bool = False
    absent: Collection[str] = ()


def write(jobs: Iterable[Job], stream: TextIO, absent: Collection[str] = ()) -> None:
    """Write jobs with all that people write in them, in a stable order.

    :param absent: fields that are left out.
    """
    written = [field for field in WRITTEN if field not in absent]
    stream.write(_line(written))
    for job in jobs:
        fields = job.as_fields()
        stream.write(_line([fields[field] for field in written]))


def _line(values: Sequence[str]) -> str:
    """Write a record; asked for the long line end, the writer quotes a lone CR as well."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()[:-2] + "\n"


def read(file: Path, environment: str) -> list[Record]:
    """Read a file of jobs.

    :param environment: of rows that name none.
    :raises JobFileError: with every line that cannot be read.
    """
    records, problems = scan(file, Meant(environment))
    if problems:
        raise JobFileError(str(file), problems)
    return records


def scan(file: Path, meant: Meant) -> tuple[list[Record], list[tuple[int, str]]]:
    """Read a file of jobs; return what could be read, and what is wrong with the other lines.

    :raises JobFileError: when nothing of it can be read, such as fields that do not exist.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return _records(str(file), stream, meant)
    except OSError as error:
        raise JobFileError(
            str(file), [(0, f"it cannot be read: {error.strerror}{_CHECK}")]
        ) from None
    except UnicodeDecodeError as error:
        what = f"it is not UTF-8 (byte {error.start})\n  To mend it: save it as CSV UTF-8."
        raise JobFileError(str(file), [(0, what)]) from None


def _records(file: str, stream: TextIO, meant: Meant) -> tuple[list[Record], list[tuple[int, str]]]:
    separator = _separator(stream.readline())
    stream.seek(0)
    reader = csv.reader(stream, strict=True, delimiter=separator)
    problems: list[tuple[int, str]] = []
    found: dict[tuple[str, str], Record] = {}
    header: list[str] | None = None
    line = 1
    try:
        for row in reader:
            if header is None:
                header = _header(file, row, meant.absent)
            elif any(text.strip() for text in row):
                what = _take(row, header, line, meant, found)
                problems += [(line, what)] if what else []
            line = reader.line_num + 1
    except csv.Error as error:
        what = f"{error}\n  To mend it: close the quotes, and double those inside of a value."
        problems.append((line, what))
    if header is None and not problems:
        problems.append((1, "the file is empty\n  To mend it: name the fields in its first line."))
    return list(found.values()), problems


def _separator(first: str) -> str:
    """Return what separates the fields: spreadsheets of some countries write ``;`` or tabs."""
    if "," in first:
        return ","
    known = {field.lower() for field in FIELDS}
    for separator in (";", "\t"):
        names = {name.strip(' "\ufeff\r\n').lower() for name in first.split(separator)}
        if separator in first and names & known:
            return separator
    return ","


def _header(file: str, row: Sequence[str], absent: Collection[str]) -> list[str]:
    """Read the first line: names of fields in any case and order."""
    known = {field.lower(): field for field in FIELDS}
    named = [known.get(text.strip().lower(), "") for text in row]
    wrong = [text.strip() for text, field in zip(row, named, strict=True) if not field]
    twice = sorted({field for field in named if named.count(field) > 1} - {""})
    nowhere = [field for field in named if field in absent and field in WRITTEN]
    what = ""
    if wrong:
        what = f"no such field: {', '.join(wrong)}\n  To mend it: use {', '.join(FIELDS)}."
    elif twice:
        what = f"named twice: {', '.join(twice)}\n  To mend it: leave one of them out."
    elif "JobName" not in named:
        what = "no JobName among the fields\n  To mend it: name the fields in the first line."
    elif nowhere:
        what = (
            f"the table has nothing for {', '.join(nowhere)}: control_names says null\n"
            "  To mend it: leave the column out of the file, or name the table's in control_names."
        )
    if what:
        raise JobFileError(file, [(1, what)])
    return named


def _take(
    row: Sequence[str],
    header: Sequence[str],
    line: int,
    meant: Meant,
    found: dict[tuple[str, str], Record],
) -> str:
    """Take a record over; return what is wrong with it, else nothing."""
    if len(row) != len(header):
        return (
            f"{len(row)} values, but {len(header)} fields\n  To mend it: put values with commas "
            "or quotes in quotes."
        )
    values = {field: text.strip() for field, text in zip(header, row, strict=True)}
    if long := [field for field, text in values.items() if len(text) > _LONGEST or "\0" in text]:
        return f"{long[0]} is no text that a table can hold"
    name = values["JobName"]
    if not name:
        return "JobName is empty\n  To mend it: give the job a name, or delete the line."
    mine = values.get("Environment") or meant.environment
    if meant.alone and mine != meant.environment:
        return (
            f"job {name}: Environment {mine!r} is not {meant.environment!r}, which was asked for\n"
            "  To mend it: leave --environment out, or correct the column or leave it out."
        )
    if (mine, name) in found:
        first = found[mine, name].line
        return f"JobName {name} of environment {mine} stands in line {first} already"
    fields = {field: text for field, text in values.items() if field not in NOT_BY_HAND}
    found[mine, name] = Record(line, mine, name, fields)
    return ""
