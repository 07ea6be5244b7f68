"""What job sets cost: the same DAGs from files, written by hand, and from dag-factory, in one run.

20 sets of 50 jobs: the same operators, arguments, trigger rules and dependencies. By hand is one
Python file with every task written out, compiled before the clock starts. dag-factory reads YAML
that asks for the same operators. That the three give the same DAGs is checked first.

Measured is the import of the DAG file as Airflow's DAG processor does it: in a process forked from
one that has Airflow imported, and here also what all three need (the operator, its retry policy and
the timetable). So the package's own imports and the building of its models count, and dag-factory's
own do. Seconds are of the processor, user and system: what else the machine does counts less so.
Rounds are interleaved; medians count.

    python -m benchmarks.job_sets [--rounds 15]
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.machinery
import importlib.util
import io
import json
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

SETS, JOBS = 20, 50
BY_HAND, DAG_FACTORY = 1.5, 1.0
START = "2026-01-01"
SCHEDULE = "0 2 * * *"
OPERATOR = "airflow_oracle_dag.operators.oracle_script.OracleScriptOperator"


@dataclass(frozen=True)
class Job:
    """One of the jobs, in no one's format."""

    name: str
    script: str
    after: tuple[str, ...]
    parameters: dict[str, Any]
    pool: str
    retries: int | None
    is_error_path: bool


def jobs_of(number: int) -> list[Job]:
    """Make the jobs of a set: fan-out, fan-in, parameters on two of three, an error path."""
    made = []
    for no in range(JOBS):
        before = [before for before in (no - 1, no - 3, no - 7) if before >= 0 and no % 5]
        made.append(
            Job(
                name=f"job_{no:02}",
                script=f"sql/set_{number:02}/job_{no:02}.sql",
                after=tuple(f"job_{one:02}" for one in before),
                parameters={"region": f"REGION {no}", "limit": no * 100} if no % 3 else {},
                pool="oracle_small" if no % 4 == 0 else "",
                retries=1 if no % 10 == 9 else None,
                is_error_path=no % 10 == 9,
            )
        )
    return made


def write_job_sets(folder: Path) -> Path:
    """Write a file for each set, and the DAG file that loads them."""
    (folder / "sets").mkdir()
    for number in range(SETS):
        lines = [
            f'schedule: "{SCHEDULE}"',
            "interval: true",
            "timezone: Europe/Berlin",
            f"start: {START}",
            "tags: [benchmark]",
            "owner: dwh",
            "defaults:",
            "  oracle_conn_id: oracle_dwh",
            "  retries: 3",
            "  retry_delay: 30s",
            "  retry_policy: oracle",
            "jobs:",
        ]
        for job in jobs_of(number):
            lines += [f"  {job.name}:", f"    script: {job.script}"]
            if job.after:
                lines.append(f"    after: [{', '.join(job.after)}]")
            if job.is_error_path:
                lines.append("    when: failure")
            if job.retries is not None:
                lines.append(f"    retries: {job.retries}")
            if job.pool:
                lines.append(f"    pool: {job.pool}")
            if job.parameters:
                lines.append("    parameters:")
                lines += [f"      {name}: {value}" for name, value in job.parameters.items()]
        (folder / f"sets/set_{number:02}.yaml").write_text("\n".join(lines) + "\n")
    return _written(
        folder / "job_sets_dags.py",
        "from airflow_oracle_dag.job_sets import load_job_sets",
        "",
        'load_job_sets("sets", globals())',
    )


def write_by_hand(folder: Path) -> Path:
    """Write the same DAGs as a person would, each task written out."""
    lines = [
        "from datetime import timedelta",
        "",
        "import pendulum",
        "from airflow.sdk import DAG",
        "from airflow.timetables.interval import CronDataIntervalTimetable",
        "",
        "from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator",
        "from airflow_oracle_dag.retry import OracleRetryPolicy",
    ]
    for number in range(SETS):
        lines += [
            "",
            "with DAG(",
            f'    dag_id="set_{number:02}",',
            f'    schedule=CronDataIntervalTimetable("{SCHEDULE}", timezone="Europe/Berlin"),',
            '    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),',
            "    catchup=False,",
            '    tags=["benchmark"],',
            "    default_args={",
            '        "owner": "dwh",',
            '        "timezone": "Europe/Berlin",',
            '        "oracle_conn_id": "oracle_dwh",',
            '        "retries": 3,',
            '        "retry_delay": timedelta(seconds=30),',
            '        "retry_policy": OracleRetryPolicy(),',
            "    },",
            f") as set_{number:02}:",
        ]
        for job in jobs_of(number):
            lines += [f"    {job.name} = OracleScriptOperator(", f'        task_id="{job.name}",']
            lines.append(f'        script="{job.script}",')
            if job.is_error_path:
                lines.append('        trigger_rule="one_failed",')
            if job.retries is not None:
                lines.append(f"        retries={job.retries},")
            if job.pool:
                lines.append(f'        pool="{job.pool}",')
            if job.parameters:
                lines.append(f"        parameters={job.parameters!r},")
            lines.append("    )")
        lines += [
            f"    [{', '.join(job.after)}] >> {job.name}" for job in jobs_of(number) if job.after
        ]
    return _written(folder / "by_hand_dags.py", *lines)


def write_dag_factory(folder: Path) -> Path:
    """Write the same DAGs for dag-factory, and the DAG file that loads them."""
    (folder / "factory").mkdir()
    for number in range(SETS):
        lines = [
            f"set_{number:02}:",
            "  schedule:",
            "    __type__: airflow.timetables.interval.CronDataIntervalTimetable",
            f'    __args__: ["{SCHEDULE}"]',
            "    timezone: Europe/Berlin",
            "  catchup: false",
            "  tags: [benchmark]",
            "  default_args:",
            "    owner: dwh",
            f"    start_date: {START}",
            "    timezone: Europe/Berlin",
            "    oracle_conn_id: oracle_dwh",
            "    retries: 3",
            "    retry_delay: {__type__: datetime.timedelta, seconds: 30}",
            "    retry_policy:",
            "      __type__: airflow_oracle_dag.retry.OracleRetryPolicy",
            "  tasks:",
        ]
        for job in jobs_of(number):
            lines += [f"    - task_id: {job.name}", f"      operator: {OPERATOR}"]
            lines.append(f"      script: {job.script}")
            if job.after:
                lines.append(f"      dependencies: [{', '.join(job.after)}]")
            if job.is_error_path:
                lines.append("      trigger_rule: one_failed")
            if job.retries is not None:
                lines.append(f"      retries: {job.retries}")
            if job.pool:
                lines.append(f"      pool: {job.pool}")
            if job.parameters:
                lines.append("      parameters:")
                lines += [f"        {name}: {value}" for name, value in job.parameters.items()]
        (folder / f"factory/set_{number:02}.yaml").write_text("\n".join(lines) + "\n")
    return _written(
        folder / "factory_dags.py",
        "from dagfactory import load_yaml_dags",
        "",
        f'load_yaml_dags(globals(), dags_folder="{folder}/factory")',
    )


def _written(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines) + "\n")
    return file


def load(file: Path) -> ModuleType:
    """Import a DAG file as Airflow does."""
    loader = importlib.machinery.SourceFileLoader(file.stem, str(file))
    spec = importlib.util.spec_from_loader(file.stem, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def described(module: ModuleType) -> dict[str, Any]:
    """Return what must be the same in all three."""
    from airflow.sdk import DAG  # noqa: PLC0415 - the parent decides when Airflow is imported

    return {
        dag.dag_id: {
            "schedule": [type(dag.timetable).__name__, dag.timetable.summary],
            "start": str(dag.start_date or dag.default_args["start_date"]),
            "catchup": dag.catchup,
            "tasks": {
                task.task_id: [
                    *(type(task).__name__, task.script, task.parameters, task.oracle_conn_id),
                    *(task.timezone, str(task.trigger_rule), task.pool, task.owner, task.retries),
                    *(str(task.retry_delay), type(task.retry_policy).__name__),
                    sorted(task.upstream_task_ids),
                ]
                for task in dag.tasks
            },
        }
        for dag in vars(module).values()
        if isinstance(dag, DAG)
    }


def in_fork(file: Path, *, describe: bool = False) -> Any:
    """Load a DAG file in a fresh fork; return its seconds, or its DAGs."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            began = time.process_time()
            module = load(file)
            seconds = time.process_time() - began
            with os.fdopen(writing, "w") as stream:
                json.dump(described(module) if describe else seconds, stream, sort_keys=True)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    if not text:
        raise SystemExit(f"{file} could not be loaded")
    return json.loads(text)


def import_what_all_need() -> None:
    """Import Airflow, the operator, its policy and the timetable: none of the three is charged."""
    import airflow.sdk  # noqa: PLC0415 - after the environment is set
    import airflow.timetables.interval  # noqa: F401, PLC0415 - the same

    import airflow_oracle_dag.operators.oracle_script  # noqa: PLC0415 - the same
    import airflow_oracle_dag.retry  # noqa: F401, PLC0415 - the same

    assert "dagfactory" not in sys.modules
    assert "airflow_oracle_dag.job_sets.model" not in sys.modules


def main() -> int:
    """Check that the three are the same, measure them, and print the ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-job-sets-") as name:
        folder = Path(name)
        os.environ["AIRFLOW_HOME"] = name
        os.environ["AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY"] = "False"
        with contextlib.redirect_stdout(io.StringIO()):
            import_what_all_need()
        gc.freeze()  # as the DAG processor does before it forks
        logging.disable(logging.INFO)
        warnings.simplefilter("ignore")  # dag-factory imports what Airflow calls deprecated
        files = {
            "job sets": write_job_sets(folder),
            "by hand": write_by_hand(folder),
            "dag-factory": write_dag_factory(folder),
        }
        same = {kind: in_fork(file, describe=True) for kind, file in files.items()}
        tasks = sum(len(dag["tasks"]) for dag in same["by hand"].values())
        assert (len(same["by hand"]), tasks) == (SETS, SETS * JOBS)
        for kind, dags in same.items():
            assert dags == same["by hand"], f"{kind} gives other DAGs"
        seconds: dict[str, list[float]] = {kind: [] for kind in files}
        for _ in range(given.rounds):
            for kind, file in files.items():
                seconds[kind].append(in_fork(file))
    return report(seconds)


def report(seconds: dict[str, list[float]]) -> int:
    """Print medians and ratios; return the exit code."""
    medians = {kind: statistics.median(found) for kind, found in seconds.items()}
    print(
        f"{SETS} DAGs of {JOBS} tasks, the same in all three; "
        "import of the DAG file, medians of CPU time:"
    )
    for kind, median in medians.items():
        spread = f"{min(seconds[kind]) * 1000:.0f} to {max(seconds[kind]) * 1000:.0f}"
        print(f"  {kind:<12} {median * 1000:7.1f} ms  ({spread} ms in {len(seconds[kind])} rounds)")
    missed = 0
    for kind, target in (("by hand", BY_HAND), ("dag-factory", DAG_FACTORY)):
        ratio = medians["job sets"] / medians[kind]
        missed += ratio > target
        met = "met" if ratio <= target else "MISSED"
        print(f"job sets / {kind}: {ratio:.2f} (target: at most {target}): {met}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
