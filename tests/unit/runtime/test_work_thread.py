"""Running a script beside the main thread."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextvars import ContextVar

import pytest

from airflow_oracle_dag.core.states import State
from airflow_oracle_dag.runtime import work_thread
from airflow_oracle_dag.runtime.errors import RunStopped, StepFailed
from airflow_oracle_dag.runtime.results import Event, RunResult, StepResult
from airflow_oracle_dag.runtime.work_thread import WorkThread

RESULT = RunResult("key", 1, 1, (), None, 0)


class Script:
    """Stand in for a script: `work` runs in the thread, `cancelled` tells that it should stop."""

    def __init__(self, work=lambda script: RESULT):
        self.work = work
        self.cancelled = threading.Event()
        self.reason = ""

    def run(self):
        """Do the work."""
        return self.work(self)

    def cancel(self, reason):
        """Ask it to stop."""
        self.reason = self.reason or reason
        self.cancelled.set()


def obedient(script):
    """Work until somebody asks to stop."""
    assert script.cancelled.wait(10)
    raise RunStopped(script.reason)


def later(seconds, call):
    """Do something in a moment."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()


def test_the_result_comes_back():
    """What the run returns is returned."""
    assert WorkThread(lambda event: None).run(Script()) is RESULT


def test_an_error_comes_back_as_it_was_raised():
    """The error of the run is raised where the task can see it."""
    failure = StepFailed("no", run_key="key", step="load", line=3)

    def fail(script):
        raise failure

    with pytest.raises(StepFailed) as caught:
        WorkThread(lambda event: None).run(Script(fail))
    assert caught.value is failure


def test_events_are_said_in_the_calling_thread():
    """The log is written by the thread that calls, before the result is returned."""
    heard = []
    work = WorkThread(lambda event: heard.append((event.text, threading.current_thread())))

    def speak(script):
        work.tell(Event("decision", "one"))
        work.tell(Event("step", "two"))
        return RESULT

    work.run(Script(speak))
    assert heard == [("one", threading.current_thread()), ("two", threading.current_thread())]


def test_stop_from_a_signal_handler_cancels_the_run():
    """A handler in the main thread may ask to stop while the main thread waits."""
    work = WorkThread(lambda event: None)
    before = signal.signal(signal.SIGUSR1, lambda *_: work.stop("asked"))
    try:
        later(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        with pytest.raises(RunStopped, match="asked"):
            work.run(Script(obedient))
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_stop_before_the_run_is_not_lost():
    """A wish to stop that comes before the thread has started ends the run as well."""
    work = WorkThread(lambda event: None)
    work.stop("early")
    with pytest.raises(RunStopped, match="early"):
        work.run(Script(obedient))


def test_a_database_that_does_not_answer_does_not_hold_the_task(monkeypatch):
    """A run that cannot be cancelled is left behind when the grace is over."""
    monkeypatch.setattr(work_thread, "GRACE", 0.2)
    release = threading.Event()

    def deaf(script):
        release.wait(10)
        return RESULT

    work = WorkThread(lambda event: None)
    work.stop("asked")
    begun = time.monotonic()
    with pytest.raises(RunStopped, match="did not answer"):
        work.run(Script(deaf))
    assert time.monotonic() - begun < 2
    release.set()


def test_a_timeout_in_the_main_thread_cancels_the_run_and_passes():
    """An exception that is no Exception, such as Airflow's timeout, cancels and goes on."""

    class Timeout(BaseException):
        pass

    def ring(*_):
        raise Timeout

    script = Script(obedient)
    before = signal.signal(signal.SIGUSR1, ring)
    try:
        later(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        with pytest.raises(Timeout):
            WorkThread(lambda event: None).run(script)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert script.cancelled.is_set()


def test_the_last_words_are_heard_after_a_timeout():
    """What the run says while it rolls back is still said."""
    heard = []
    work = WorkThread(lambda event: heard.append(event.text))

    def polite(script):
        script.cancelled.wait(10)
        work.tell(Event("decision", "rolled back"))
        raise RunStopped(script.reason)

    def ring(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, ring)
    try:
        later(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
        with pytest.raises(KeyboardInterrupt):
            work.run(Script(polite))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == ["rolled back"]


def test_context_variables_reach_the_thread():
    """The thread sees the task's context, as a look-up of a connection needs it."""
    who = ContextVar("who", default="nobody")
    who.set("task")
    seen = []

    def look(script):
        seen.append(who.get())
        return RESULT

    WorkThread(lambda event: None).run(Script(look))
    assert seen == ["task"]


def test_steps_that_begin_are_told_only_to_who_follows_them():
    """An event without a line reaches no log."""
    step = StepResult(1, "one", State.RUNNING, 1, 1)
    for follow in ([], None):
        said = []
        work = WorkThread(said.append, None if follow is None else follow.append)

        def tell(script, work=work):
            work.tell(Event("stands", "", step))
            work.tell(Event("step", "one SUCCEEDED", step))
            return RESULT

        assert work.run(Script(tell)) is RESULT
        assert [event.text for event in said] == ["one SUCCEEDED"]
        assert follow in (None, [step])
