"""What a Glue Python Shell job runs: the runner, as the attempt that was handed over.

The main loop is `airflow_oracle_dag.runtime.attempt`, as everywhere. Here the process is told what
to run (`airflow_oracle_dag.glue.contract`), finds out how to connect, becomes the attempt, and says
what happens in lines for CloudWatch. What becomes of the steps stands in the tables of the run: the
exit code only tells Glue whether to show the run as failed.
"""

from __future__ import annotations

import platform
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import replace

import oracledb

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.errors import DriftError, OracleDagError, ScriptError
from airflow_oracle_dag.core.script import Script
from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.glue.aws import ENDPOINT_ARGUMENT, Aws, AwsUnavailable
from airflow_oracle_dag.glue.contract import (
    ATTEMPT_ARGUMENT,
    HAND_OFF_ARGUMENT,
    HandOff,
)
from airflow_oracle_dag.glue.database_secret import SecretUnusable, access_of
from airflow_oracle_dag.glue.fields import HandOffError
from airflow_oracle_dag.glue.log_lines import LogLines
from airflow_oracle_dag.glue.parts import InS3
from airflow_oracle_dag.runtime.connector import Connector, OracleConnector, Tags
from airflow_oracle_dag.runtime.errors import (
    ConnectFailed,
    InDoubt,
    NotAdopted,
    NotGranted,
    NotInitialised,
    RunConflict,
    RunStopped,
)
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.store import CheckpointReader
from airflow_oracle_dag.runtime.work_thread import WorkThread

#: Exit codes: as those of the command line, which are listed in docs/cli.md.
SUCCEEDED, FAILED, UNUSABLE, IN_DOUBT, STOPPED = 0, 1, 2, 3, 130
_UNUSABLE = (
    *(HandOffError, AwsUnavailable, SecretUnusable, ConnectFailed, NotInitialised),
    *(ScriptError, DriftError, RunConflict, NotGranted),
)
#: Arguments that hold the id of the run, where Glue gives it.
_RUN_ID = ("--JOB_RUN_ID", "--job-run-id")
_NETWORK = (
    "a job reaches a database in a VPC only with a Glue connection of that network (oracle-dag "
    "glue deploy --connection), whose security groups allow the port"
)


def main(arguments: Sequence[str] | None = None, log: LogLines | None = None) -> int:
    """Run what was handed over and return the exit code.

    :param arguments: None: those of the process.
    """
    log = log or LogLines()
    log.always(version=__version__)
    try:
        return _run(_read(sys.argv[1:] if arguments is None else arguments), log)
    except NotAdopted as error:
        log.say("decision", f"nothing to do: {error}")
        return SUCCEEDED
    except OracleDagError as error:
        log.say("failure", str(error), "ERROR", error=type(error).__name__)
        return _code(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, its line must be one that is found
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        log.say("failure", text, "ERROR", error=type(error).__name__)
        return FAILED


def script() -> None:
    """Be the job's script: end as `main` says, without an exit where nothing has failed.

    Glue runs a script inside of a program of its own, which takes any exit for a failure.
    """
    code = main()
    if code:
        sys.exit(code)


def _run(given: dict[str, str], log: LogLines) -> int:
    handed = _hand_off(given)
    log.always(run=handed.identity.key, attempt=handed.attempt)
    python = platform.python_version()
    log.say("notice", f"oracledb {oracledb.__version__}, Python {python}: {handed.token}")
    aws = Aws(endpoints=_endpoints(given))
    text = _script(handed, aws)
    connector = _connector(handed, aws, log)
    _refuse_elsewhere(handed, connector)
    options = replace(
        handed.settings.options(), adopt=handed.attempt, adopt_as=_first(given, _RUN_ID)
    )
    work = WorkThread(log.tell)
    runner = ScriptRunner(
        connector, text, handed.identity, handed.values, options, observe=work.tell
    )
    _stop_on_signals(work)
    result = work.run(runner)
    own = [step for step in result.steps if step.attempt == handed.attempt]
    done = sum(step.state is State.SUCCEEDED for step in own)  # the others are for later attempts
    log.say("notice", f"this run is over: steps done: {done}, rows changed in all: {result.rows}")
    return SUCCEEDED


def _hand_off(given: dict[str, str]) -> HandOff:
    """Return what was handed over.

    :raises HandOffError: it is not there, cannot be read, or is another attempt's.
    """
    for name in (HAND_OFF_ARGUMENT, ATTEMPT_ARGUMENT):
        if not given.get(name):
            raise HandOffError(
                f"the argument {name} is missing: runs of this job are started by the operator of "
                "airflow-oracle-dag, not by hand"
            )
    handed = HandOff.from_argument(given[HAND_OFF_ARGUMENT])
    if given[ATTEMPT_ARGUMENT] != handed.token:
        raise HandOffError(
            f"{ATTEMPT_ARGUMENT} is {given[ATTEMPT_ARGUMENT]}, and the hand-off is that of "
            f"{handed.token}: the arguments of two runs were mixed"
        )
    return handed


def _script(handed: HandOff, aws: Aws) -> Script:
    script = handed.script
    if isinstance(script, InS3):
        return script.fetched(aws.read(*script.place)).script()
    return script.script()


def _connector(handed: HandOff, aws: Aws, log: LogLines) -> OracleConnector:
    secret = handed.secret
    access = access_of(secret.secret_id, aws.secret(secret.secret_id, secret.region))
    log.mask(access.password or "")
    identity = handed.identity
    task = f"{identity.dag_id}.{identity.task_id}".strip(".")
    return OracleConnector(access.connect, Tags(task or "airflow_oracle_dag", identity.key))


def _refuse_elsewhere(handed: HandOff, connector: Connector) -> None:
    """Refuse a secret that leads elsewhere: there the run would look as if it were over.

    :raises HandOffError: naming where it leads.
    :raises ConnectFailed: no session can be had.
    """
    secret = f"secret {handed.secret.secret_id}"
    try:
        session = connector.open()
    except ConnectFailed as error:
        raise ConnectFailed(f"{secret}: {error}\n  In AWS Glue: {_NETWORK}", error.code) from error
    try:
        me = session.identity
        schema = handed.settings.schema or me.schema
        is_there = CheckpointReader(session, schema).run(handed.run_hash) is not None
    finally:
        session.close()
    if not is_there:
        where = f"{me.db_name}/{me.con_name}, tables of {schema}"
        raise HandOffError(
            f"{secret} leads to {where}, and there is no run {handed.identity.key}\n  To mend it: "
            "name a secret of the database that oracle_conn_id leads to, and with schema= the "
            "owner of the tables if its user is another one",
            field="secret",
        )


def _read(arguments: Sequence[str]) -> dict[str, str]:
    """Read ``--name value`` and ``--name=value``; Glue adds arguments of its own."""
    found: dict[str, str] = {}
    name = ""
    for argument in arguments:
        if argument.startswith("--"):
            name, equals, value = argument.partition("=")
            found[name] = value
            name = "" if equals else name
        elif name:
            found[name], name = argument, ""
    return found


def _endpoints(given: dict[str, str]) -> dict[str, str]:
    start = len(ENDPOINT_ARGUMENT)
    return {name[start:]: url for name, url in given.items() if name.startswith(ENDPOINT_ARGUMENT)}


def _first(given: dict[str, str], names: Sequence[str]) -> str | None:
    return next((given[name] for name in names if given.get(name)), None)


def _stop_on_signals(work: WorkThread) -> None:
    """Roll back and end in order when Glue stops the run; only the main thread may say so."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _: work.stop(signal.Signals(got).name))


def _code(error: OracleDagError) -> int:
    if isinstance(error, InDoubt):
        return IN_DOUBT
    if isinstance(error, RunStopped):
        return STOPPED
    return UNUSABLE if isinstance(error, _UNUSABLE) else FAILED


if __name__ == "__main__":
    script()
