"""What a session answers is masked, whatever shape it has."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from airflow_oracle_dag.core.values import ScriptValues, Secret
from airflow_oracle_dag.runtime.connector import Outcome
from airflow_oracle_dag.runtime.errors import DatabaseError
from airflow_oracle_dag.runtime.secrecy import DiscreetSession, discreet

TOKEN = "hush-Öl-4711"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"


class Talkative:
    """A session that answers everything with one value."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def execute(self, text: str, binds: Dict[str, Any]) -> Outcome:
        return Outcome(1, None, ("v",), ((self.answer,),))

    def call(self, text: str, ins: Dict[str, Any], outs: Dict[str, Any]) -> Dict[str, Any]:
        return {"output": self.answer, "marked": 4711}

    def commit(self) -> None:
        raise DatabaseError(self.answer, "ORA-20001")


def session(answer: Any, *secrets: str) -> DiscreetSession:
    """Wrap a session that says this."""
    return DiscreetSession(Talkative(answer), secrets or (TOKEN,))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (f"a {TOKEN} b {TOKEN}", "a *** b ***"),
        ({"token": TOKEN, TOKEN: [1, TOKEN, {"x": (TOKEN, None)}]}, None),
        ([TOKEN, [TOKEN]], ["***", ["***"]]),
        (TOKEN.encode(), b"***"),
        (4711, 4711),
        (None, None),
    ],
)
def test_a_row_s_value_is_masked(value: Any, masked: Any) -> None:
    """Texts, bytes, and JSON however deep, its names included."""
    if isinstance(value, dict):
        masked = {"token": "***", "***": [1, "***", {"x": ("***", None)}]}

    ((found,),) = session(value).execute("select", {}).rows

    assert found == masked


@pytest.mark.parametrize("length", range(4, len(TOKEN)))
def test_a_secret_that_a_cut_left_the_beginning_of_is_masked(length: int) -> None:
    """At the end of any line; Oracle cuts its messages by bytes."""
    said = f"refused: {TOKEN[:length]}\nORA-06512: at line 1"

    with pytest.raises(DatabaseError) as caught:
        session(said).commit()

    assert caught.value.message == "refused: ***\nORA-06512: at line 1"


def test_what_only_begins_like_a_secret_stays() -> None:
    """Fewer than four characters at the end, or more in the midst of a line."""
    said = "push hush-hush hus\nhush-Öl and more"

    assert session(said).call("block", {}, {}) == {"output": said, "marked": 4711}


def test_each_line_of_a_long_secret_is_masked() -> None:
    """A key that is printed line by line."""
    said = "\n".join(f"> {line}" for line in KEY.splitlines())

    assert session(said, KEY).call("block", {}, {})["output"] == "> ***\n> ***\n> ***\n> ***"


def test_a_longer_secret_goes_before_a_part_of_it() -> None:
    """So that nothing of it is left over."""
    found = session("abcdefgh abcd", "abcd", "abcdefgh").call("block", {}, {})

    assert found["output"] == "*** ***"


def test_without_a_secret_nothing_is_in_between() -> None:
    """The connector is the one that was given."""
    connector: Any = object()

    assert discreet(connector, ScriptValues({"a": "b"})) is connector
    assert discreet(connector, ScriptValues({"a": Secret("b-long")})) is not connector
