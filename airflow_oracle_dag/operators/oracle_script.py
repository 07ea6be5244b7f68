"""The operator: an Oracle script as an Airflow task."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException, TaskDeferred

from airflow_oracle_dag.compat import airflow_says_success, keep_summary, keep_supported
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.operators.doubt import carry_out, doubted
from airflow_oracle_dag.operators.glue_link import keep_run
from airflow_oracle_dag.operators.glue_steps import GlueStepsOperator
from airflow_oracle_dag.operators.handed_over import Woken, defer, end_of, run_in_time
from airflow_oracle_dag.operators.job import AskingRunner, JobTask, SkipQuestion, job_task_of
from airflow_oracle_dag.operators.lost_job import add_failure_callback, fail_lost_job
from airflow_oracle_dag.operators.row_script import row_parameters, row_place, row_script
from airflow_oracle_dag.operators.run_settings import (
    refuse_wrong_arguments,
    run_identity,
    run_options,
)
from airflow_oracle_dag.operators.script_settings import offered_values
from airflow_oracle_dag.operators.script_sources import read_script, script_names
from airflow_oracle_dag.operators.secret_parameters import secret_sources, with_secrets
from airflow_oracle_dag.operators.summary import kept_failures, summary_of
from airflow_oracle_dag.operators.watched import Telemetry
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.connector import Tags
from airflow_oracle_dag.runtime.errors import RunSkipped, RunStopped
from airflow_oracle_dag.runtime.runner import ScriptRunner
from airflow_oracle_dag.runtime.work_thread import WorkThread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.hooks.control_table import ControlTableHook
    from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook
    from airflow_oracle_dag.runtime.connector import OracleConnector
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.results import RunOptions


_CONNECTIONS = ("oracle_conn_id", "control_conn_id", "environment")


@dataclass(frozen=True)
class _Done:
    """What the success listener needs of a run that is over."""

    connector: OracleConnector
    schema: str | None
    identity: RunIdentity
    generation: int


class OracleScriptOperator(GlueStepsOperator):
    """Run a SQL*Plus-style script, step by step, and resume it where it failed.

    Each step's work and its checkpoint are committed together, so a retry knows for certain which
    steps are done and begins with the first that is not, on whatever worker.

    With ``job_name`` the job's row in the control table decides whether anything runs. A job that
    does not run shows as skipped with the reason. What becomes of it is written back, whatever
    that is. Its row is read anew by each try, but the decision of a run is kept: a retry of a job
    that was begun does not decide again.

    :param script: the script itself, the path of a ``.sql`` file or of a folder of them beside the
        DAG or in its ``template_searchpath``, or a list of these, which is one run over all; the
        row's Script unless given. (templated)
    :param parameters: values for the script's binds, beside ``:logical_date``,
        ``:data_interval_start``, ``:data_interval_end`` (DATE, and a ``_utc`` twin of each) and
        ``:run_id``. The script must use all of them. (templated)
    :param secret_parameters: of further binds, where the value is: ``variable:NAME`` of Airflow,
        ``connection:ID`` (its password), ``connection:ID.extra.KEY`` or ``env:NAME``. Asked for at
        each try, masked in what the database says, and kept nowhere.
    :param defines: values of the script's substitution variables (``&name``); its own DEFINE
        overrides them, and they answer its ACCEPT. (templated)
    :param arguments: the values of ``&1``, ``&2`` … (templated)
    :param spool: ``ignore`` SPOOL, or ``refuse`` a script that has it.
    :param reading: ``sqlplus`` or ``lexical``: which one counts where two readers would cut the
        script differently, instead of refusing it. Its own ``-- @reading`` says the same.
    :param rerun: ``refuse`` a ``/`` that runs DML or PL/SQL once more, or ``allow`` it.
    :param show_rows: rows of each query that go into the log, and of the last one into the result;
        up to 100, 0 for none.
    :param run_key: what owns the checkpoints instead of dag, task, map index and run id: a business
        date, or a constant for what is done once. (templated)
    :param on_done: what to do when another run finished the ``run_key`` already: ``success``
        reports it and runs nothing, ``skip`` shows as skipped, ``restart`` runs the script anew,
        once for this run and each clear of the task, ``fail`` names who finished it.
    :param on_drift: what to do when a step that is done was changed since: ``fail`` shows the
        difference, ``accept`` keeps its result, ``rerun`` runs anew from that step on.
    :param on_doubt: what to do when a step is in doubt: ``fail`` for good and say how to answer, or
        ``ask`` a person in Airflow (3.3 and later) and go on with the answer in the same try.
    :param ask_timeout: seconds to wait for the answer, None for no limit; then the task fails.
    :param step_timeout: seconds that one statement of a step may take.
    :param run_on: ``worker``; ``database`` or ``glue``: steps that say nothing themselves run in
        jobs of the database, or in runs of the job that ``glue_job_name`` names, and the task
        defers while they do. A job's row goes before it with its RunOn.
    :param start_timeout: seconds that such a job may be queued before it is removed.
    :param poll_interval: seconds between two looks of the triggerer after it.
    :param orphan: what to do while an earlier attempt is alive: ``wait`` for it, ``cancel`` (end
        its session, where the database permits that), ``fail``, or ``auto``: end what an earlier
        try of this task instance left, if it could only roll back, and wait for all else.
    :param orphan_timeout: seconds to wait for it at most, None for no limit.
    :param schema: owner of the checkpoint tables; ``[oracle_dag] schema``, else the connection's
        user.
    :param timezone: time zone of the DATE binds; the DAG's own unless given.
    :param oracle_conn_id: id of the Oracle connection.
    :param job_name: JobName of a row of the control table; it takes the place of the map index in
        the run key. (templated)
    :param control_conn_id: id of the control table's connection, ``oracle`` or ``aws``;
        ``[oracle_dag] control_conn_id``, else ``oracle_conn_id``. (templated)
    :param environment: whose row is meant; ``[oracle_dag] environment`` unless given. (templated)
    :param due: which moment of the run decides: ``end`` of the data interval (else run_after),
        ``start`` or ``logical_date``. Its day is taken in the row's Timezone, else in ``timezone``,
        else in the DAG's.
    :param decision: a decision that was made already, `Decision.as_fields`; the row then decides
        nothing, unless it has an Error.
    :param check_upstream: whether the jobs in DependsOn must have ended well for the same interval;
        else this one is blocked, and shows as skipped.
    :param skip_between_steps: let a SkipFlag that is set during a run take effect before its next
        step, and at each retry. Once it is cleared, clear the task: it goes on there.
    """

    template_fields: Sequence[str] = (
        "script",
        "parameters",
        "defines",
        "arguments",
        "run_key",
        "job_name",
        "glue_job_name",
        "glue_secret_id",
        "glue_bucket",
        "aws_conn_id",
        "region_name",
        *_CONNECTIONS,
    )
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "script": "sql",
        "parameters": "json",
        "defines": "json",
    }
    ui_color = "#f4d9d0"

    def __init__(
        self,
        *,
        script: str | Sequence[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        secret_parameters: Mapping[str, str] | None = None,
        defines: Mapping[str, str | int] | None = None,
        arguments: Sequence[str | int] | None = None,
        spool: str = "ignore",
        reading: str | None = None,
        rerun: str = "refuse",
        show_rows: int = 20,
        run_key: str | None = None,
        on_done: str = "success",
        on_drift: str = "fail",
        on_doubt: str = "fail",
        ask_timeout: float | None = None,
        step_timeout: float | None = None,
        run_on: str = "worker",
        start_timeout: float = 600.0,
        poll_interval: float = 10.0,
        orphan: str = "auto",
        orphan_timeout: float | None = 86400.0,
        schema: str | None = None,
        timezone: str | None = None,
        oracle_conn_id: str = "oracle_default",
        job_name: str | None = None,
        control_conn_id: str | None = None,
        environment: str | None = None,
        due: str = "end",
        decision: Mapping[str, Any] | None = None,
        check_upstream: bool = False,
        skip_between_steps: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**keep_supported(kwargs))
        self.script = list(script) if isinstance(script, (list, tuple)) else script
        self.parameters = parameters
        self.secret_parameters = secret_parameters
        self._secrets = secret_sources(self.task_id, secret_parameters, parameters)
        self.defines = defines
        self.arguments = arguments
        self.spool = spool
        self.reading = reading
        self.rerun = rerun
        self.show_rows = show_rows
        self.run_key = run_key
        self.on_done = on_done
        self.on_drift = on_drift
        self.on_doubt = on_doubt
        self.ask_timeout = ask_timeout
        self.step_timeout = step_timeout
        self.run_on = run_on
        self.start_timeout = start_timeout
        self.poll_interval = poll_interval
        self.orphan = orphan
        self.orphan_timeout = orphan_timeout
        self.schema = schema
        self.timezone = timezone
        self.oracle_conn_id = oracle_conn_id
        self.job_name = job_name
        self.control_conn_id = control_conn_id
        self.environment = environment
        self.due = due
        self.decision = decision
        self.check_upstream = check_upstream
        self.skip_between_steps = skip_between_steps
        refuse_wrong_arguments(self)
        if job_name is not None:
            add_failure_callback(self, fail_lost_job)
        self.name_script(script)
        self._job: JobTask | None = None
        self._work: WorkThread | None = None
        self._done: _Done | None = None
        self._stop_asked = ""

    @cached_property
    def hook(self) -> OracleScriptHook:
        """The hook that opens the script's session."""
        # The Oracle provider's hooks take their time to import, and DAG files are parsed often.
        from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook  # noqa: PLC0415 - above

        return OracleScriptHook(oracle_conn_id=self.oracle_conn_id)

    @cached_property
    def control_hook(self) -> ControlTableHook:
        """The hook that opens the control table."""
        from airflow_oracle_dag.hooks.control_table import (  # noqa: PLC0415 - as above
            ControlTableHook,
        )

        return ControlTableHook(
            self.control_conn_id, self.environment, otherwise=self.oracle_conn_id
        )

    def name_script(self, script: object) -> None:
        """Remember how errors call the script, before Airflow puts a file's text in its place."""
        self._script_name = script_names(self.task_id, script)

    def execute(self, context: Context) -> dict[str, Any]:
        """Run or resume the script; return its steps, rows and where it was taken up again."""
        return self._carry_out(context)

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on where the task deferred: the checkpoints say what became of the job."""
        woken = Woken.by(event)
        self.log.info(woken.message)
        return self._carry_out(context, woken)

    def execute_answered(
        self, context: Context, event: Mapping[str, Any], asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Do what a person answered about a step in doubt, and go on."""
        identity, schema = self._identity(context), self._options(context).schema
        carry_out(asked, event, self._connector(identity), identity, schema, self.log)
        return self._carry_out(context)

    def on_kill(self) -> None:
        """Cancel the running statement; `execute` then ends with an error that may be retried."""
        self._stop_asked = "Airflow asked the task to stop"
        if self._work is not None:
            self._work.stop(self._stop_asked)

    def lost_job(self, context: Context) -> JobTask | None:
        """Return the job whose run nobody has ended, None when there is none.

        :param context: of this task, maybe in a process that never ran `execute`.
        """
        if self._job is None:
            for name in ("job_name", "run_key", *_CONNECTIONS):
                setattr(self, name, self.render_template(getattr(self, name), context))
            self._job = job_task_of(self, context, self._identity(context).key)
        return None if self._job.ended else self._job

    def acknowledge(self, task_instance: Any) -> None:
        """Note in the database that Airflow counts this run as a success.

        From then on a cleared task runs anew instead of reporting the same success once more. The
        success listener calls this, in the process that ran `execute`.

        :param task_instance: the task instance that the listener was called for.
        """
        if self._done is None or not airflow_says_success(task_instance):
            return
        done = self._done
        ended = task_instance.end_date or datetime.now(UTC)
        verbs.acknowledge(done.connector, done.identity, done.generation, ended, done.schema)

    def _carry_out(self, context: Context, woken: Woken | None = None) -> dict[str, Any]:
        if self.job_name is None:
            options = self._options(context)
            try:
                return self._run(context, self.script, self.parameters, options, woken)
            except RunSkipped as skipped:
                raise AirflowSkipException(str(skipped)) from skipped
        job_task = self._job = job_task_of(self, context, self._identity(context).key)
        try:
            summary = self._run_job(context, job_task, woken)
        except (AirflowSkipException, TaskDeferred):
            raise
        except BaseException as error:  # a timeout of Airflow is no Exception
            job_task.failed(error)
            if isinstance(error, RunSkipped):
                raise AirflowSkipException(str(error)) from error
            raise
        job_task.succeeded()
        return summary

    def _run_job(self, context: Context, job_task: JobTask, woken: Woken | None) -> dict[str, Any]:
        job = job_task.begin() if woken is None else job_task.resume()
        script = self.script
        if script is None:
            script = row_script(self, job, context)
            self.name_script(job.script)
        options = replace(
            self._options(context),
            run_on=row_place(job, self.run_on),
            expected=self.expectation(job),
        )
        parameters = row_parameters(job, self.parameters)
        question = job_task.ask_to_skip() if self.skip_between_steps else None
        return self._run(context, script, parameters, options, woken, question)

    def _run(
        self,
        context: Context,
        given: Any,
        parameters: Mapping[str, Any] | None,
        options: RunOptions,
        woken: Woken | None = None,
        question: SkipQuestion | None = None,
    ) -> dict[str, Any]:
        script = read_script(self, context, given, self._script_name)
        identity = self._identity(context)
        connector = self._connector(identity)
        telemetry = Telemetry(self)
        self._work = WorkThread(telemetry.tell, telemetry.follow)
        if self._stop_asked:
            raise RunStopped(f"{self._stop_asked}: nothing was begun")
        stopped, ends_at = "", end_of(self, woken)
        carriers = self.carriers(options)
        if woken is not None:
            stopped = woken.stop(connector, options, identity, carriers)
            options = woken.going_on(options)
        runner = ScriptRunner(
            connector,
            script,
            identity,
            self._values(context, parameters),
            options,
            observe=self._work.tell,
            between_steps=question,
            carriers=carriers,
        )
        asks = self.on_doubt, self.ask_timeout, self.log
        fails = kept_failures(context, lambda doubt: doubted(context, doubt, runner, *asks))
        with fails, closing(telemetry):
            asking = AskingRunner(runner, question) if question else runner
            result = run_in_time(woken, stopped, partial(self._work.run, asking))
            telemetry.ran(result)
        summary = summary_of(result, woken.glue if woken else None)
        keep_summary(context, summary)
        if result.waiting is not None:
            keep_run(context, result.waiting)
            defer(self, result.waiting, options, woken, ends_at)
        if not result.finished_by:
            self._done = _Done(connector, options.schema, identity, result.generation)
        elif self.on_done == "skip":
            context["ti"].xcom_push(key="return_value", value=summary)
            said = f"run {result.run_key} was {result.finished_by}"
            raise RunSkipped(said, run_key=result.run_key, step="", reason=result.finished_by)
        return summary

    def _connector(self, identity: RunIdentity) -> OracleConnector:
        return self.hook.session_opener(Tags(f"{self.dag_id}.{self.task_id}", identity.key))

    def _identity(self, context: Context) -> RunIdentity:
        return run_identity(self, context)

    def _values(self, context: Context, parameters: Mapping[str, Any] | None) -> ScriptValues:
        offered = offered_values(context, self.timezone)
        return ScriptValues(with_secrets(parameters, self._secrets), offered)

    def _options(self, context: Context) -> RunOptions:
        return run_options(self, context, self._identity(context))
