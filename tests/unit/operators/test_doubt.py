"""A doubt is put to a person; what that person answers is said of that doubt alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import create_autospec
from uuid import uuid4

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, mask_secret
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CommsDecoder, HITLDetailRequestResult

from airflow_oracle_dag import compat
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.states import Move
from airflow_oracle_dag.core.values import ScriptValues
from airflow_oracle_dag.operators import doubt as asking
from airflow_oracle_dag.runtime import verbs
from airflow_oracle_dag.runtime.errors import InDoubt, RunHeld
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.verbs import Asked
from tests.unit.core.test_doubt import SCRIPT, evidence

LOG = logging.getLogger("tests.doubt")
ASKED = {"step": "load", "generation": 1, "tries": 2, "shown": "load", "text": "it is in doubt"}
ADA = {"id": "7", "name": "ada"}
ME = RunIdentity(run_key="night")


def doubt(text=SCRIPT, name="load"):
    """Return the doubt of a step, as a runner raises it, and the runner."""
    shown = evidence(text, name=name, tries=2)
    found = InDoubt("the usual text", run_key="k", step=name, run=shown.run, row=shown.row)
    return found, SimpleNamespace(script=parse_script(text, name="load.sql"), values=ScriptValues())


@pytest.fixture
def airflow(monkeypatch):
    """Stand in for Airflow, which shows each question as it is put; keep the questions."""
    comms = create_autospec(CommsDecoder, instance=True)
    questions = []

    def show(message):
        questions.append(message)
        return HITLDetailRequestResult(**message.model_dump(exclude={"type"}))

    comms.send.side_effect = show
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    return SimpleNamespace(questions=questions, comms=comms)


def ends_with(found, runner, on_doubt="ask", ask_timeout=None):
    """Return what a task ends with."""
    context = {"ti": SimpleNamespace(id=uuid4())}
    return asking.doubted(context, found, runner, on_doubt, ask_timeout, LOG)


def test_a_doubt_becomes_a_question(airflow):
    """It shows the evidence and three answers, and what was asked is kept with the task."""
    awaiting = ends_with(*doubt(), ask_timeout=90)
    (question,) = airflow.questions
    assert question.subject == "Step load of dag/load//r 1 is in doubt: what became of it?"
    assert "load_all;" in question.body
    assert question.options == ["Done", "Run again", "Fail"]
    assert {name: field["value"] for name, field in question.params.items()} == {
        "step": "load",
        "why": None,
    }
    assert isinstance(awaiting, TaskAwaitingInput)
    assert (awaiting.method_name, awaiting.timeout) == ("execute_answered", timedelta(seconds=90))
    assert awaiting.kwargs == {"asked": {**ASKED, "text": "the usual text"}}


def test_what_airflow_masks_is_no_part_of_the_question(airflow):
    """A secret that Jinja put into the text is kept nowhere."""
    mask_secret("hush-of-a-template")
    found, runner = doubt("-- @step load\nbegin\n  load_all('hush-of-a-template');\nend;\n/\n")
    ends_with(found, runner)
    assert "load_all('***');" in airflow.questions[-1].body  # the first was to mask it


def test_an_older_question_that_airflow_still_shows_is_known(airflow):
    """The answer of who reads that one is about its step."""
    airflow.comms.send.side_effect = lambda message: HITLDetailRequestResult(
        ti_id=message.ti_id, options=message.options, subject="older", params={"step": "first"}
    )
    assert ends_with(*doubt()).kwargs["asked"]["shown"] == "first"


def test_nobody_is_asked_unless_that_is_wanted(airflow):
    """As before there were questions: it fails for good and says how to answer."""
    ended = ends_with(*doubt(), on_doubt="fail")
    assert isinstance(ended, AirflowFailException)
    assert str(ended) == "the usual text"
    assert airflow.questions == []


def test_an_older_airflow_cannot_ask(airflow, monkeypatch, caplog):
    """The task fails with what to say at the command line; the log says why nobody was asked."""
    monkeypatch.setattr(compat, "TaskAwaitingInput", None)
    compat._say_once.cache_clear()
    ended = ends_with(*doubt())
    assert isinstance(ended, AirflowFailException)
    assert str(ended) == "the usual text"
    assert airflow.questions == []
    assert "needs Airflow 3.3" in caplog.text


def test_a_question_that_cannot_be_put_hides_no_doubt(airflow, caplog):
    """Whatever Airflow answers, the task fails with the doubt."""
    airflow.comms.send.side_effect = RuntimeError("no such route")
    ended = ends_with(*doubt())
    assert isinstance(ended, AirflowFailException)
    assert str(ended) == "the usual text"
    assert "nobody could be asked: no such route" in caplog.text


@pytest.fixture
def said(monkeypatch):
    """Stand in for the verb that carries an answer out; keep what it was told."""
    heard = []
    row = doubt()[0].row
    verb = create_autospec(verbs.answer, return_value=row)

    def answer(connector, identity, asked, what, *, who, why, options, observe):
        heard.append((asked, what, who, why, options.schema, options.orphan))
        return verb.return_value

    verb.side_effect = answer
    monkeypatch.setattr(verbs, "answer", verb)
    return SimpleNamespace(heard=heard, verb=verb)


def carry_out(choice, user=ADA, asked=ASKED, **given):
    """Carry out an answer as Airflow passes it on."""
    event = {
        "chosen_options": [choice],
        "params_input": given,
        "responded_at": datetime.now(UTC),
        "responded_by_user": user,
        "timedout": False,
    }
    asking.carry_out(asked, event, None, ME, "ctl", LOG)


@pytest.mark.parametrize(
    ("choice", "what"), [("Done", Move.MARK_DONE), ("Run again", Move.MARK_PENDING)]
)
def test_an_answer_is_carried_out_by_the_verb(said, choice, what):
    """With who and why, for the doubt that was asked about, never by waiting for anybody."""
    carry_out(choice, step="LOAD ", why="the rows are there")
    about = Asked("load", 1, 2)
    assert said.heard == [
        (about, what, "ada (Airflow user 7)", "the rows are there", "ctl", "fail")
    ]


@pytest.mark.parametrize(
    ("user", "who"),
    [
        ({"id": "ada", "name": "ada"}, "ada"),
        ({"id": "7", "name": ""}, "user (Airflow user 7)"),
        (None, "somebody in Airflow"),
    ],
)
def test_who_answered_is_named_as_airflow_does(said, user, who):
    """And where nobody says why, the audit still has the answer."""
    carry_out("Done", user=user)
    assert said.heard[0][2:4] == (who, "answered Done in Airflow")


def test_fail_is_audited_and_fails_for_good(said):
    """The step stays in doubt, and the text says how that is mended."""
    with pytest.raises(AirflowFailException) as caught:
        carry_out("Fail")
    assert str(caught.value) == "ada (Airflow user 7) answered Fail for step load. it is in doubt"
    assert said.heard[0][1] is None


def test_an_answer_for_another_step_is_none(said, caplog):
    """Somebody read an older question, or mistyped: what is in doubt is asked about again."""
    carry_out("Done", step="first")
    carry_out("Run again", asked={**ASKED, "shown": "first"})
    assert said.heard == []
    assert caplog.text.count("the question was about step load") == 2


def test_an_answer_that_is_too_late_changes_nothing(said, caplog):
    """The run goes on; but who says Fail does not want that."""
    said.verb.return_value = None
    carry_out("Done")
    assert "that doubt is over: the answer changes nothing" in caplog.text
    with pytest.raises(AirflowFailException, match="over by now: clear the task to go on"):
        carry_out("Fail")


def test_a_run_that_goes_on_elsewhere_is_left_alone(said, caplog):
    """Its attempt lives: the task waits for that as any retry does."""
    said.verb.side_effect = RunHeld("attempt 4 is alive", run_key="night")
    carry_out("Done")
    assert "another attempt holds the run: attempt 4 is alive" in caplog.text


def test_no_answer_in_time_fails_for_good(said):
    """As without a question, and nothing is said of the step."""
    event = {"error": "The response timeout has passed", "error_type": "timeout"}
    with pytest.raises(AirflowFailException, match=r"nobody answered in time\. it is in doubt"):
        asking.carry_out(ASKED, event, None, ME, None, LOG)
    assert said.heard == []


@pytest.mark.parametrize(
    ("on_doubt", "timeout", "wrong"),
    [
        ("fail", 60, "it needs on_doubt='ask'"),
        ("ask", 0, "above 0, not 0"),
        ("ask", True, "above 0, not True"),
        ("ask", "1h", "above 0, not '1h'"),
        ("ask", float("nan"), "above 0, not nan"),
        ("ask", 0.5, None),
        ("ask", None, None),
        ("fail", None, None),
    ],
)
def test_a_timeout_is_a_number_of_seconds(on_doubt, timeout, wrong):
    """What can be seen to be wrong is refused while the DAG is parsed."""
    found = asking.wrong_asking(on_doubt, timeout)
    assert found is wrong if wrong is None else wrong in found


def test_a_doubt_without_its_rows_cannot_be_asked_about(airflow):
    """There would be nothing to show."""
    found, runner = doubt()
    bare = InDoubt(str(found), run_key="k", step="load", run=found.run)
    assert isinstance(ends_with(bare, runner), AirflowFailException)
    assert airflow.questions == []
