"""What a Glue Python Shell job runs: the runner, as the attempt that was handed over.

The main loop is `airflow_oracle_dag.runtime.attempt`, as everywhere. Here the process is told what
to run (`airflow_oracle_dag.glue.contract`), finds out how to connect, becomes the attempt, and says
what happens in lines for CloudWatch. What becomes of the steps stands in the tables of the run: the
exit code only tells Glue whether to show the run as failed.
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import replace

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.core.script import Script
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
from airflow_oracle_dag.runtime.errors import ConnectFailed, InDoubt, NotAdopted, RunStopped
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.work_thread import WorkThread

#: Exit codes: as those of the command line, which are listed in docs/cli.md.
SUCCEEDED, FAILED, UNUSABLE, IN_DOUBT, STOPPED = 0, 1, 2, 3, 130
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
    log.say("notice", f"steps {handed.first_step} to {handed.last_step} were handed to this run")
    aws = Aws(endpoints=_endpoints(given))
    text = _script(handed, aws)
    connector = _connector(handed, aws, log)
    _refuse_other_database(handed, connector)
    options = replace(
        handed.settings.options(), adopt=handed.attempt, adopt_as=_first(given, _RUN_ID)
    )
    work = WorkThread(log.tell)
    runner = ScriptRunner(
        connector, text, handed.identity, handed.values, options, observe=work.tell
    )
    _stop_on_signals(work)
    result = work.run(runner)
    done = sum(step.attempt == handed.attempt for step in result.steps)
    log.say("notice", f"this run is over: {done} steps, {result.rows} rows changed in all")
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


def _refuse_other_database(handed: HandOff, connector: Connector) -> None:
    """Refuse a secret that leads elsewhere: there the run would look as if it were not there.

    :raises HandOffError: naming both databases.
    :raises ConnectFailed: no session can be had.
    """
    try:
        session = connector.open()
    except ConnectFailed as error:
        where = f"secret {handed.secret.secret_id}: {error}"
        raise ConnectFailed(f"{where}\n  In AWS Glue: {_NETWORK}", error.code) from error
    try:
        found = (session.identity.db_name, session.identity.con_name)
    finally:
        session.close()
    if handed.database not in (None, found):
        expected = "/".join(handed.database)
        raise HandOffError(
            f"secret {handed.secret.secret_id} leads to database {'/'.join(found)}, and the run is "
            f"in {expected}\n  To mend it: name a secret of the same database as oracle_conn_id",
            field="database",
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
    is_unusable = isinstance(error, (HandOffError, AwsUnavailable, SecretUnusable, ConnectFailed))
    return UNUSABLE if is_unusable else FAILED


if __name__ == "__main__":
    script()
