"""Make the sandbox fail on purpose: cut connections, delay replies, raise errors, kill sessions.

    server.faults.cut("after", calls=["commit"])          # committed, and the client is not told
    server.faults.raise_error(1653, sql="insert", nth=3)  # the third INSERT finds no space
    server.faults.refuse_log_ins(seconds=2)

A test programs a `FaultPlan` while the server runs. Whether a rule fires is decided here from the
call alone (`decide`); what firing means is done by the conversation that asked.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from airflow_oracle_dag.sandbox.session import OracleError


class Effect(Enum):
    """What a fault does to a call."""

    __hash__ = object.__hash__  # each is there once, and every call asks for several

    CUT_BEFORE = auto()  # cut the connection, the call is not carried out
    CUT_DURING = auto()  # cut the connection, the call is carried out to its end
    CUT_AFTER = auto()  # carry the call out, cut the connection instead of answering
    CUT_AMID = auto()  # carry the call out, send half of the answer, cut the connection
    SILENT_BEFORE = (
        auto()
    )  # the call is lost on its way; the connection stays and says nothing more
    SILENT_AFTER = auto()  # carry the call out; its answer is lost, and so is all that follows
    RAISE = auto()  # answer with an ORA- error, the call is not carried out
    KILL = auto()  # kill the session, the call meets ORA-00028
    DELAY = auto()  # carry the call out, wait, answer


@dataclass(frozen=True)
class Action:
    """Hold one effect with what it needs.

    :param seconds: of a DELAY, waited just before the answer.
    :param code: of a RAISE: the ORA number.
    """

    effect: Effect
    seconds: float = 0.0
    code: int = 0
    message: str = ""


@dataclass(frozen=True)
class Call:
    """Describe a call to the rules: who makes it, its name as counted, its statement."""

    sid: int
    name: str
    sql: str = ""


Hook = Callable[[int, str, str], "Action | None"]
RUNNING = frozenset({"execute", "reexecute"})
LOG_IN = "log-in"
_STARTING = "ORACLE initialization or shutdown in progress"


@dataclass(eq=False)
class Rule:
    """Say which calls meet a fault.

    :param calls: names of calls; None means any.
    :param sql: searched for in the statement, ignoring case; None means any.
    :param sid: of the session; None means any.
    :param nth: fires from the n-th matching call on.
    :param times: fires this often; None means for ever.
    :param until: of `time.monotonic`, from which on it does not fire; None means never.
    """

    action: Action
    calls: frozenset[str] | None = None
    sql: re.Pattern[str] | None = None
    sid: int | None = None
    nth: int = 1
    times: int | None = 1
    until: float | None = None
    matched: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)

    def matches(self, call: Call) -> bool:
        """Tell whether the rule is about this call."""
        if self.sid is not None and self.sid != call.sid:
            return False
        if self.calls is not None and call.name not in self.calls:
            return False
        return self.sql is None or self.sql.search(call.sql) is not None

    def due(self, number: int) -> bool:
        """Tell whether the rule fires at its matching call of this number (from 1)."""
        if number < self.nth or (self.until is not None and time.monotonic() >= self.until):
            return False
        return self.times is None or number < self.nth + self.times


class FaultPlan:
    """Collect rules and decide which of them a call meets. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._hook: Hook | None = None
        self._delay = 0.0

    @property
    def armed(self) -> bool:
        """Tell whether any call may meet anything at all."""
        return bool(self._rules or self._delay) or self._hook is not None

    def decide(self, call: Call) -> list[Action]:
        """Return the actions that a call meets, counting it for every rule it matches."""
        with self._lock:
            hook = self._hook
            actions = [Action(Effect.DELAY, seconds=self._delay)] if self._delay else []
            actions += self._met(call)
        if hook is not None:  # outside the lock: a hook may wait, or program the plan
            action = hook(call.sid, call.name, call.sql)
            if action is not None:
                actions.append(action)
        return actions

    def admit(self, user: str) -> None:
        """Let a user log in, or refuse it.

        :raises OracleError: what `refuse_log_ins` has been told.
        """
        with self._lock:
            met = self._met(Call(0, LOG_IN, user))
        for action in met:
            if action.effect is Effect.RAISE:
                raise OracleError(action.code, action.message)

    def _met(self, call: Call) -> list[Action]:
        # Under the lock: count the call for every rule that it matches.
        actions = []
        for rule in self._rules:
            if rule.matches(call):
                rule.matched += 1
                if rule.due(rule.matched):
                    rule.fired += 1
                    actions.append(rule.action)
        return actions

    def add(self, rule: Rule) -> Rule:
        """Add a rule; its `matched` and `fired` count from now on."""
        with self._lock:
            self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Remove a rule, if it is there."""
        with self._lock:
            self._rules = [other for other in self._rules if other is not rule]

    def clear(self) -> None:
        """Remove all rules, the delay and the hook."""
        with self._lock:
            self._rules = []
            self._hook = None
            self._delay = 0.0

    def on_call(self, hook: Hook | None) -> None:
        """Ask `hook(sid, call_name, sql)` about every call; it returns an Action or None."""
        with self._lock:
            self._hook = hook

    def delay_replies(self, milliseconds: float) -> None:
        """Wait before every answer, as a network that is so much longer would; 0 ends it."""
        with self._lock:
            self._delay = milliseconds / 1000

    def cut(
        self,
        when: str,
        *,
        sql: str | None = None,
        calls: Iterable[str] | None = None,
        sid: int | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Cut the connection `before`, `during`, `after` or `amid` the n-th matching call.

        Before: it is not carried out. During and after: it is, and nobody is told. Amid: it is,
        and the connection ends in the middle of the answer. Give `calls` (such as "commit") or
        `sql`, a regular expression over the statements of execute and reexecute calls.
        """
        effect = Effect[f"CUT_{when.upper()}"]
        return self.add(_rule(Action(effect), sql, calls, sid, nth, times))

    def silence(
        self,
        when: str,
        *,
        sql: str | None = None,
        calls: Iterable[str] | None = None,
        sid: int | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Let the network lose all packets `before` or `after` the n-th matching call.

        Neither side learns of it: the client waits for an answer, the session stays open with its
        transaction and its locks until `SandboxServer.cut` or somebody kills it.
        """
        effect = Effect[f"SILENT_{when.upper()}"]
        return self.add(_rule(Action(effect), sql, calls, sid, nth, times))

    def cut_before_commit(self, sql: str | None = None, **where: int) -> Rule:
        """Cut before a commit is applied: a commit call, or a statement that matches `sql`."""
        return self.cut("before", sql=sql, calls=None if sql else ("commit",), **where)

    def cut_after_commit(self, sql: str | None = None, **where: int) -> Rule:
        """Cut after a commit is applied: a commit call, or a statement that matches `sql`."""
        return self.cut("after", sql=sql, calls=None if sql else ("commit",), **where)

    def delay(
        self,
        seconds: float,
        *,
        sql: str | None = None,
        calls: Iterable[str] | None = None,
        sid: int | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Carry the n-th matching call out and wait before its answer; a cancel ends the wait."""
        action = Action(Effect.DELAY, seconds=seconds)
        return self.add(_rule(action, sql, calls, sid, nth, times))

    def refuse_log_ins(
        self,
        code: int = 1033,
        message: str = _STARTING,
        *,
        user: str | None = None,
        seconds: float | None = None,
        times: int | None = None,
    ) -> Rule:
        """Refuse to let anybody in, or one user, for a time, so often, or until `remove`.

        Sessions that are there go on.
        """
        until = None if seconds is None else time.monotonic() + seconds
        named = None if user is None else re.compile(rf"\A{re.escape(user)}\Z", re.IGNORECASE)
        action = Action(Effect.RAISE, code=code, message=message)
        return self.add(Rule(action, frozenset({LOG_IN}), named, times=times, until=until))

    def raise_error(
        self,
        code: int,
        message: str = "raised by a fault of the sandbox",
        *,
        sql: str | None = None,
        calls: Iterable[str] | None = None,
        sid: int | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Answer the n-th matching call with an ORA- error instead of carrying it out."""
        action = Action(Effect.RAISE, code=code, message=message)
        return self.add(_rule(action, sql, calls, sid, nth, times))

    def kill_session(
        self,
        *,
        sql: str | None = None,
        calls: Iterable[str] | None = None,
        sid: int | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Kill the session that makes the n-th matching call, just before that call."""
        return self.add(_rule(Action(Effect.KILL), sql, calls, sid, nth, times))


def _rule(
    action: Action,
    sql: str | None,
    calls: Iterable[str] | None,
    sid: int | None,
    nth: int,
    times: int | None,
) -> Rule:
    names = RUNNING if calls is None else frozenset(calls)
    pattern = re.compile(sql, re.IGNORECASE | re.DOTALL) if sql is not None else None
    return Rule(action, names, pattern, sid, nth, times)
