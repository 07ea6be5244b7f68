"""One table says what a code means and what follows."""

from __future__ import annotations

import re

import oracledb
import pytest

from airflow_oracle_dag.runtime import codes
from airflow_oracle_dag.runtime.codes import Action
from airflow_oracle_dag.runtime.errors import DatabaseError


def test_every_code_is_well_formed_and_has_a_meaning() -> None:
    """A code that cannot match or says nothing is of no use."""
    for code, meaning in codes.TABLE.items():
        assert re.fullmatch(r"(ORA-\d{5}|DPY-\d{4})", code)
        assert meaning.text
        assert meaning.delay is None or meaning.action is Action.RETRY


@pytest.mark.parametrize("code", ["ORA-00028", "ORA-01013"])
def test_a_deliberate_act_is_not_retried_blindly(code: str) -> None:
    """Killing and cancelling are left to the task's own policy."""
    assert codes.meaning_of(code).action is Action.DEFAULT


@pytest.mark.parametrize("code", ["ORA-20001", "ORA-20999", "ORA-99999", ""])
def test_unknown_codes_are_left_to_the_task(code: str) -> None:
    """Only their author knows."""
    assert codes.meaning_of(code).action is Action.DEFAULT


@pytest.mark.parametrize(
    ("exception", "code"),
    [
        (DatabaseError("x", "ORA-00942"), "ORA-00942"),
        (ValueError("ORA-01403: no data found"), "ORA-01403"),
        (ValueError("DPY-4011: closed (ORA-03113)"), "DPY-4011"),
        (ValueError("DPY-4011: closed\nORA-00028: your session has been killed"), "ORA-00028"),
        (ValueError("ORA-20001: seen ORA-00028 before"), "ORA-20001"),
        (ValueError("DPY-6005: no connection. DPY-6001: no such service"), "DPY-6001"),
        (ValueError("DPY-6005: no connection (CONNECTION_ID=x)."), "DPY-6005"),
        (ValueError("nothing"), ""),
        (None, ""),
    ],
)
def test_the_code_of_an_exception(exception: Exception, code: str) -> None:
    """The outer code decides."""
    assert codes.code_of(exception) == code


def test_the_code_of_the_drivers_own_error() -> None:
    """The driver's error object carries its full code."""
    with pytest.raises(oracledb.Error) as caught:
        oracledb.connect(user="u", password="p", dsn="127.0.0.1:1/none")

    assert codes.code_of(caught.value) == "DPY-6005"
    assert codes.meaning_of("DPY-6005").action is Action.RETRY


def test_lost_sessions() -> None:
    """Only codes that end the session count as a lost connection."""
    assert codes.is_session_lost("DPY-4011")
    assert codes.is_session_lost("ORA-00028")
    assert not codes.is_session_lost("ORA-00001")
    assert not codes.is_session_lost("DPY-4024")
