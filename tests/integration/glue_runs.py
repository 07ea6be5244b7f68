"""A carrier that stands for AWS Glue: each of its runs is a runner in a thread of its own."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Callable

from airflow_oracle_dag.core.carried_values import WITHHELD
from airflow_oracle_dag.core.handed import External, HandoverRow, JobState
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.values import ScriptValues, Secret
from airflow_oracle_dag.runtime.carriers import Packed, Parcel, token
from airflow_oracle_dag.runtime.errors import CarrierBusy, NotAdopted
from airflow_oracle_dag.runtime.results import Event, RunOptions
from airflow_oracle_dag.runtime.runner import ScriptRunner

MIXED = """\
-- @step first
insert into t_ledger values ('first', 1);
-- @step second run_on=glue
update t_numbers set n = n where n = 1;
insert into t_ledger values ('second', 1);
begin dbms_output.put_line('said second'); end;
/
-- @step third run_on=glue
begin insert into t_ledger values ('third', 1); dbms_output.put_line('said third'); end;
/
-- @step fourth
insert into t_ledger values ('fourth', 1);
"""
EVERYTHING = {"first": 1, "second": 1, "third": 1, "fourth": 1}
#: States of a run that is over, as AWS Glue names them.
OVER = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")


@dataclass
class GlueRun:
    """One run, as the service shows it.

    :param error: that its process ended with.
    """

    id: str
    token: str
    state: str = "RUNNING"
    said: str = ""
    error: BaseException | None = None
    runner: ScriptRunner | None = None
    thread: threading.Thread | None = None


@dataclass
class GlueRuns:
    """A carrier with a service of its own, which lives in this process.

    :param connect: opens the connections of the processes, None: as everybody's.
    :param options: of their runners.
    :ivar refuse: is called before a run is begun; :ivar lose: after that, before the answer.
    :ivar idle: no process is begun for a run, which is in the state `first`.
    :ivar twice: two runs are begun for one submission.
    :ivar silent: so often it does not say how a run stands.
    :ivar withhold: secrets stay here; :ivar edit: what becomes of the script on its way.
    """

    bench: Any
    connect: Callable[[], Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    runs: list[GlueRun] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    lose: Callable[[], None] | None = None
    refuse: Callable[[], None] | None = None
    idle: bool = False
    first: str = "RUNNING"
    twice: bool = False
    silent: int = 0
    withhold: bool = False
    edit: Callable[[str], str] | None = None
    dpu_seconds: float | None = None
    parcels: dict[str, Parcel] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def pack(self, parcel: Parcel) -> Packed:
        """Keep the parcel here; the row has what tells it."""
        self.parcels[token(parcel.run_hash, parcel.attempt)] = parcel
        return Packed(json.dumps({"attempt": parcel.attempt}), "etl")

    def submit(self, row: HandoverRow, body: str, *, again: bool) -> External | None:
        """Begin a run, unless one is there."""
        assert json.loads(body) == {"attempt": row.attempt}
        mine = token(row.run_hash, row.attempt)
        found = [run for run in self.runs if run.token == mine] if again else []
        if found:
            return External(found[-1].id, "eu-central-1", is_new=False)
        if self.refuse is not None:
            self.refuse()
        run = self.begin(mine)
        if self.twice:
            self.begin(mine)
        if self.lose is not None:
            self.lose()
        return External(run.id, "eu-central-1")

    def state(self, row: HandoverRow) -> JobState:
        """Say how the runs of an attempt stand; one that is at work counts before the others."""
        if self.silent:
            self.silent -= 1
            raise CarrierBusy("Throttling")
        mine = [run for run in self.runs if run.token == token(row.run_hash, row.attempt)]
        if not mine:
            return JobState()
        run = next((one for one in mine if one.state not in OVER), mine[-1])
        if run.state in OVER:
            return JobState(runs=1, said=f"{run.state} {run.said}".strip())
        return JobState(run.state, enabled=True, running=run.state != "WAITING")

    def drop(self, row: HandoverRow) -> str | None:
        """Stop what waits."""
        return self.stop(row)

    def stop(self, row: HandoverRow) -> str | None:
        """End the process of a run as SIGTERM would."""
        for run in self.runs:
            if run.token == token(row.run_hash, row.attempt) and run.state not in OVER:
                self.stopped.append(run.id)
                if run.runner is not None:
                    run.runner.cancel("stopped by the service")
                run.state = "STOPPED"
        return None

    def cost(self, row: HandoverRow) -> float | None:
        """Return what the test says; what is about to end is waited for."""
        if self.dpu_seconds is not None:
            self.settle()
        return self.dpu_seconds

    def begin(self, mine: str) -> GlueRun:
        """Begin a run, as the service does."""
        run = GlueRun(f"jr_{len(self.runs)}", mine, self.first)
        self.runs.append(run)
        if not self.idle:
            self.start(run)
        return run

    def start(self, run: GlueRun) -> None:
        """Begin the process of a run."""
        run.thread = threading.Thread(target=self._process, args=(run,), daemon=True)
        run.thread.start()

    def settle(self) -> None:
        """Wait until all processes have ended."""
        for run in self.runs:
            if run.thread is not None:
                run.thread.join(30)
                assert not run.thread.is_alive(), "a process does not end"

    def _process(self, run: GlueRun) -> None:
        parcel = self.parcels[run.token]
        script, values = parcel.plan.script, parcel.plan.values
        text = script.source.decode()
        given = {
            name: WITHHELD if self.withhold and isinstance(value, Secret) else value
            for name, value in values.parameters.items()
        }
        run.runner = ScriptRunner(
            self.bench.runner("select 1 from dual;", connect=self.connect).connector,
            parse_script(self.edit(text) if self.edit else text, name=script.name),
            parcel.identity,
            ScriptValues(given, values.offered),
            RunOptions(adopt=parcel.attempt, adopt_as=run.id, **self.options),
            self.events.append,
        )
        try:
            run.runner.run()
        except NotAdopted as nothing_to_do:
            run.error = nothing_to_do
        except BaseException as error:  # noqa: BLE001 - the service says of any that the run failed
            run.error = error
        if run.state not in OVER:
            failed = run.error is not None and not isinstance(run.error, NotAdopted)
            run.state = "FAILED" if failed else "SUCCEEDED"
            run.said = str(run.error).split("\n", 1)[0] if failed else ""
