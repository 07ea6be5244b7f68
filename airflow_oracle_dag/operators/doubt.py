"""Ask a person what became of a step in doubt, and carry out the answer.

The task waits in Airflow's state awaiting_input and goes on in the same try. An answer is about one
doubt: where the step is not in doubt any more, or is so anew, it changes nothing. The run is then
resumed as by any retry, and what it finds in doubt is asked about again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, redact

from airflow_oracle_dag.compat import answer_awaited, ask_person, can_ask
from airflow_oracle_dag.core import doubt as text
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.states import Move
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import InDoubt, RunHeld
from airflow_oracle_dag.runtime.results import RunOptions
from airflow_oracle_dag.runtime.verbs import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.providers.common.compat.sdk import Context

    from airflow_oracle_dag.core.rows import RunRow, StepRow
    from airflow_oracle_dag.runtime.connector import Connector
    from airflow_oracle_dag.runtime.identity import RunIdentity
    from airflow_oracle_dag.runtime.runner import ScriptRunner

ON_DOUBT = ("fail", "ask")
FAIL = "Fail"
#: What each answer says of the step; None leaves it in doubt.
ANSWERS = {"Done": Move.MARK_DONE, "Run again": Move.MARK_PENDING, FAIL: None}
_FIELDS = {
    "step": "The step that the answer is about",
    "why": "How you know; the audit keeps it",
}


def wrong_asking(on_doubt: object, ask_timeout: Any) -> str | None:
    """Say what is wrong with a task's arguments, None when nothing is."""
    if ask_timeout is None:
        return None
    if on_doubt != "ask":
        return "ask_timeout is how long an answer is waited for: it needs on_doubt='ask'"
    is_number = isinstance(ask_timeout, (int, float)) and not isinstance(ask_timeout, bool)
    if is_number and ask_timeout > 0:
        return None
    return f"ask_timeout is a number of seconds above 0, not {ask_timeout!r}"


def doubted(
    context: Context,
    doubt: InDoubt,
    runner: ScriptRunner,
    on_doubt: str,
    ask_timeout: float | None,
    log: Any,
) -> BaseException:
    """Return what a task ends with whose run a doubt stopped: a question, or a failure for good.

    A retry cannot answer whether something was committed: a person or a probe must.

    :param runner: that raised it; its script shows the statement.
    """
    failure = AirflowFailException(str(doubt))
    run, row = doubt.run, doubt.row
    if on_doubt != "ask" or run is None or row is None or not can_ask():
        return failure
    try:
        shown = _ask(context, run, row, runner, log)
    except Exception as error:  # noqa: BLE001 - whatever it is, the doubt is what must be told
        log.warning("nobody could be asked: %s", error)
        return failure
    asked = {
        "step": row.name,
        "generation": run.generation,
        "tries": row.tries,
        "shown": shown,
        "text": str(doubt),
    }
    return answer_awaited("execute_answered", {"asked": asked}, ask_timeout)


def _ask(context: Context, run: RunRow, row: StepRow, runner: ScriptRunner, log: Any) -> str:
    """Put the question, also into the log; return the step that people are shown."""
    plan = build_plan(runner.script, runner.values)
    step = next((one for one in plan.steps if one.name == row.name), None)
    evidence = text.Evidence(run, row, step)
    question = {
        "subject": redact(text.subject(evidence)),
        "body": redact(text.body(evidence)),
        "options": list(ANSWERS),
    }
    log.warning("%s\n%s", question["subject"], question["body"])
    filled = {"step": row.name, "why": None}
    fields = {name: (description, filled[name]) for name, description in _FIELDS.items()}
    return ask_person(context, question, fields).get("step") or row.name


def carry_out(
    asked: Mapping[str, Any],
    event: Mapping[str, Any],
    connector: Connector,
    identity: RunIdentity,
    schema: str | None,
    log: Any,
) -> None:
    """Do what a person answered; the task then goes on.

    :param asked: what `doubted` kept of the question.
    :param event: Airflow's: the answer, or that there was none in time.
    :raises AirflowFailException: nobody answered in time, or the answer is that it fails.
    """
    if "error" in event:
        raise AirflowFailException(f"nobody answered in time. {asked['text']}")
    choice, who = event["chosen_options"][0], _who(event.get("responded_by_user"))
    given = event.get("params_input") or {}
    step = _written(given.get("step")).lower() or asked["shown"]
    why = _written(given.get("why")) or f"answered {choice} in Airflow"
    said = f"{who} answered {choice} for step {step}"
    log.info("%s: %s", said, why)
    if step != asked["step"]:
        log.warning("the question was about step %s: the answer changes nothing", asked["step"])
    is_over = False
    try:
        is_over = step == asked["step"] and None is verbs.answer(
            connector,
            identity,
            Asked(step, asked["generation"], asked["tries"]),
            ANSWERS[choice],
            who=who,
            why=why,
            options=RunOptions(schema=schema, orphan="fail"),
            observe=lambda event: log.info(event.text),
        )
    except RunHeld as held:
        log.warning("the answer changes nothing, another attempt holds the run: %s", held)
    if is_over:
        log.warning("that doubt is over: the answer changes nothing")
    if choice == FAIL:
        over = "That doubt is over by now: clear the task to go on"
        raise AirflowFailException(f"{said}. {over if is_over else asked['text']}")


def _who(user: Mapping[str, Any] | None) -> str:
    """Name who answered, as the audit keeps it."""
    name, number = (str((user or {}).get(key) or "") for key in ("name", "id"))
    if number in ("", name):
        return name or "somebody in Airflow"
    return f"{name or 'user'} (Airflow user {number})"


def _written(value: object) -> str:
    return "" if value is None else str(value).strip()
