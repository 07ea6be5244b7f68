"""Read a folder: each file becomes a job set, or a list of everything that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from airflow_oracle_dag.job_sets.conditions import check_conditions
from airflow_oracle_dag.job_sets.explain import explain
from airflow_oracle_dag.job_sets.fields import SET_ID
from airflow_oracle_dag.job_sets.graph import check_graph
from airflow_oracle_dag.job_sets.model import JobSet, Timing
from airflow_oracle_dag.job_sets.problems import JobSetError, Path, Problem, dotted
from airflow_oracle_dag.job_sets.toml_file import TomlFile
from airflow_oracle_dag.job_sets.yaml_file import YamlFile

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes; a set of a thousand jobs has a tenth of it.
MAX_BYTES = 1_000_000

_READERS: dict[str, type[YamlFile | TomlFile]] = {
    ".yaml": YamlFile,
    ".yml": YamlFile,
    ".toml": TomlFile,
}
_ID = re.compile(r"""(?m)^id[ \t]*[:=][ \t]*["']?([A-Za-z0-9_][A-Za-z0-9_.-]*)""")


@dataclass
class SetFile:
    """One file: what it says, and what is wrong with it.

    :param path: as the folder was named.
    :param set_id: id of the DAG, as far as it can be told.
    :param job_set: None when there are problems.
    :param timing: when it is due, None when that cannot be told either.
    :param is_id_sure: whether the file could be read, so that the id is no guess.
    """

    path: FilePath
    set_id: str
    job_set: JobSet | None = None
    timing: Timing | None = None
    problems: list[Problem] = field(default_factory=list)
    source: YamlFile | TomlFile | None = None
    is_id_sure: bool = False

    def problem(
        self, path: Path, message: str, cure: str = "", *, is_warning: bool = False
    ) -> Problem:
        """Make a problem of this file.

        :param path: to the value that is meant.
        """
        line = 0 if self.source is None else self.source.line_of(path)
        return Problem(str(self.path), line, dotted(path), message, cure, is_warning)

    def refuse(self, *problems: Problem) -> None:
        """Take note of errors: the set is not to be built."""
        self.problems.extend(problems)
        self.job_set = None


def read_folder(folder: FilePath) -> list[SetFile]:
    """Read all files of a folder and of those in it, in the order of their paths.

    :raises JobSetError: when there is no such folder.
    """
    if not folder.is_dir():
        problem = Problem(str(folder), 0, "", "there is no such folder", "correct the path")
        raise JobSetError([problem])
    files = [read_file(path) for path in _files(folder)]
    _refuse_same_ids(files)
    return files


def _files(folder: FilePath) -> list[FilePath]:
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix in _READERS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def read_file(path: FilePath) -> SetFile:
    """Read one file; whatever is wrong with it is in its problems."""
    found = SetFile(path, path.stem)
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise ValueError(f"the file has more than {MAX_BYTES} bytes")  # noqa: TRY301 - one answer
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        found.refuse(found.problem((), f"the file cannot be read: {error}", _cure_of(error)))
        return found
    source = _READERS[path.suffix](text)
    found.source = source
    found.refuse(
        *(
            Problem(str(path), line, dotted(where), message, cure)
            for where, line, message, cure in source.problems
        )
    )
    if source.data is None and found.problems:
        named = _ID.search(text)
        found.set_id = named[1] if named else found.set_id
    else:
        _judge(found, source.data)
    return found


def _judge(found: SetFile, data: Any) -> None:
    if not isinstance(data, dict):
        found.refuse(found.problem((), "the file holds no job set", "write at least jobs:"))
        return
    found.set_id = _id_of(data) or found.set_id
    found.is_id_sure = True
    errors: list[Problem] = []
    made = None
    try:
        made = JobSet.model_validate(data)
    except ValidationError as error:
        errors = [found.problem(*said) for said in explain(error)]
    jobs = data.get("jobs")
    for said in (*check_empty(data), *check_graph(jobs), *check_conditions(jobs)):
        errors.append(found.problem(*said))
    if data.get("id") is None and not SET_ID.fullmatch(found.set_id):
        message = f"the file's name {found.set_id!r} cannot be the id of a DAG"
        errors.append(found.problem((), message, "rename the file, or give the set an id:"))
    if errors or found.problems:
        found.refuse(*errors)
        found.problems.sort(key=lambda problem: problem.line)
        found.timing = _timing(data)
    else:
        found.job_set = found.timing = made


def check_empty(data: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Give path, message and cure of each field without a value: it was probably forgotten."""
    for name, value in data.items():
        if value is None and name not in ("parameters", "params") and len(path) != 1:
            yield (*path, name), "it is empty", "write a value, or leave the field out"
        elif isinstance(value, dict) and name not in ("parameters", "params"):
            yield from check_empty(value, (*path, name))


def _id_of(data: dict[str, Any]) -> str:
    named = data.get("id")
    return named if isinstance(named, str) and named else ""


def _timing(data: dict[str, Any]) -> Timing | None:
    known = {name: data[name] for name in Timing.model_fields if name in data}
    try:
        return Timing.model_validate(known)
    except ValidationError:
        return None


def _cure_of(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "save it as UTF-8"
    return "check its permission" if isinstance(error, OSError) else "make several sets of it"


def _refuse_same_ids(files: list[SetFile]) -> None:
    """Refuse all files of one id: nobody can say which of them is meant."""
    by_id: dict[str, list[SetFile]] = {}
    for one in files:
        if not one.is_id_sure:
            continue
        by_id.setdefault(one.set_id, []).append(one)
    for set_id, same in by_id.items():
        for one in same if len(same) > 1 else ():
            others = ", ".join(str(other.path) for other in same if other is not one)
            path: Path = ("id",) if one.source is not None else ()
            one.refuse(
                one.problem(
                    path,
                    f"the id {set_id} belongs to {others} as well",
                    "give each set an id of its own; none of them is built until then",
                )
            )
