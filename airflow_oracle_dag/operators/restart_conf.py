"""``dag_run.conf``: what a DAG run says about where its scripts begin.

::

    {"oracle_dag": {"restart": true}}                    every script of the DAG runs anew
    {"oracle_dag": {"from": "load"}}                     or from a step on
    {"oracle_dag": {"orders": {"from": "load"}}}         one task only, or one script_task_group
    {"oracle_dag": {"restart": true, "orders": {}}}      all but one

Whatever is not understood is refused: a wish that is passed over would look like one that was met.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.runtime.results import Restart

if TYPE_CHECKING:
    from collections.abc import Collection

SECTION = "oracle_dag"
_SETTINGS = ("restart", "from")


class ConfError(OracleDagError):
    """Report a dag_run.conf whose part for this package cannot be understood."""


def restart_wish(conf: object, task: str, tasks: Collection[str], run: str) -> Restart | None:
    """Return what a DAG run wishes of one task, None: nothing.

    :param conf: of the DAG run, as it is.
    :param task: id of the task, or of its group.
    :param tasks: the ids that may stand in it.
    :param run: what errors and the audit call the DAG run.
    :raises ConfError: it is not understood.
    """
    if not isinstance(conf, Mapping):
        return None
    for key in conf:
        if key != SECTION and re.sub(r"[^a-z]", "", str(key).lower()) == "oracledag":
            raise _wrong(f"no part {key!r}", f"write {SECTION!r}")
    if SECTION not in conf:
        return None
    section = conf[SECTION]
    if not isinstance(section, Mapping):
        raise _wrong(f"of type {type(section).__name__}, not an object", 'write {"restart": true}')
    general = {key: value for key, value in section.items() if not isinstance(value, Mapping)}
    special = {key: value for key, value in section.items() if isinstance(value, Mapping)}
    for key in general:
        _refuse_unknown(key, _SETTINGS, "no setting")
    for key in special:
        _refuse_unknown(key, tasks, "no task that runs a script in this DAG:")
    wishes = {key: _wish(value, f"{SECTION}.{key}", run) for key, value in special.items()}
    everybody = _wish(general, SECTION, run)
    return wishes.get(task, everybody)


def _wish(given: Mapping[Any, Any], where: str, run: str) -> Restart | None:
    for key in given:
        _refuse_unknown(key, _SETTINGS, f"under {where} no setting")
    anew, step = given.get("restart", False), given.get("from")
    if not isinstance(anew, bool):
        raise _wrong(f"{where}.restart is {anew!r}", "write true or false, without quotes")
    if step is not None and (isinstance(step, bool) or not isinstance(step, (str, int))):
        raise _wrong(f"{where}.from is {step!r}", "write the name of a step")
    if isinstance(step, str) and not step.strip():
        raise _wrong(f"{where}.from is empty", "write the name of a step")
    if anew and step is not None:
        raise _wrong(f"{where} has restart and from", "say one: from names where it begins")
    why = f"dag_run.conf of {run}"
    if step is not None:
        return Restart(str(step).strip(), why)
    return Restart(None, why) if anew else None


def _refuse_unknown(key: object, known: Collection[str], what: str) -> None:
    if key in known:
        return
    near = get_close_matches(str(key)[:250], list(known), n=1)
    there = f"there are {', '.join(sorted(known))}" if known else "there are none"
    raise _wrong(f"{what} {key!r}", f"did you mean {near[0]!r}?" if near else there)


def _wrong(what: str, cure: str) -> ConfError:
    return ConfError(f"dag_run.conf, {SECTION}: {what}. To mend it: {cure}")
