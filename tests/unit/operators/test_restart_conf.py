"""dag_run.conf says where scripts begin; what it says otherwise is refused."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.operators.restart_conf import ConfError, restart_wish
from airflow_oracle_dag.runtime.results import Restart

TASKS = ("orders", "customers", "restart")
WHY = "dag_run.conf of DAG run r"


def wish(conf: object, task: str = "orders") -> Restart | None:
    """Read a conf for a task."""
    return restart_wish(conf, task, TASKS, "DAG run r")


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        (None, None),
        ({}, None),
        ("text", None),
        ({"other": {"restart": "yes"}}, None),
        ({"oracle_dag": {}}, None),
        ({"oracle_dag": {"restart": False}}, None),
        ({"oracle_dag": {"restart": True}}, Restart(None, WHY)),
        ({"oracle_dag": {"from": " load "}}, Restart("load", WHY)),
        ({"oracle_dag": {"from": 3}}, Restart("3", WHY)),
        ({"oracle_dag": {"orders": {"from": "load"}}}, Restart("load", WHY)),
        ({"oracle_dag": {"customers": {"restart": True}}}, None),
        ({"oracle_dag": {"restart": True, "orders": {}}}, None),
        ({"oracle_dag": {"restart": True, "orders": {"from": "x"}}}, Restart("x", WHY)),
        ({"oracle_dag": {"restart": {"restart": True}}}, None),  # a task of that name
    ],
)
def test_what_a_conf_wishes(conf: object, expected: Restart | None) -> None:
    """A task's own word goes before that for all of them."""
    assert wish(conf) == expected


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        ({"oracle-dag": {"restart": True}}, r"write 'oracle_dag'"),
        ({"OracleDag": {}}, r"write 'oracle_dag'"),
        ({"oracle_dag": True}, r"of type bool, not an object"),
        ({"oracle_dag": {"restrat": True}}, r"'restrat'. To mend it: did you mean 'restart'"),
        ({"oracle_dag": {"begin": True}}, r"there are from, restart"),
        ({"oracle_dag": {"order": {"from": "a"}}}, r"did you mean 'orders'"),
        ({"oracle_dag": {"x": {}}}, r"there are customers, orders, restart"),
        ({"oracle_dag": {"orders": {"form": "a"}}}, r"under oracle_dag.orders .* mean 'from'"),
        ({"oracle_dag": {"restart": "true"}}, r"restart is 'true'. .*without quotes"),
        ({"oracle_dag": {"restart": 1}}, r"restart is 1"),
        ({"oracle_dag": {"from": ""}}, r"from is empty"),
        ({"oracle_dag": {"from": True}}, r"from is True"),
        ({"oracle_dag": {"from": ["a"]}}, r"from is \['a'\]"),
        ({"oracle_dag": {"from": "a", "restart": True}}, r"has restart and from"),
        ({"oracle_dag": {"customers": {"from": ""}}}, r"customers.from is empty"),
    ],
)
def test_what_is_not_understood_is_refused(conf: object, said: str) -> None:
    """Also where another task is meant: the whole conf is one person's word."""
    with pytest.raises(ConfError, match=said):
        wish(conf)
