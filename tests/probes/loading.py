"""Questions about parallel DML and direct loads, and what they do to tables of this package."""

from __future__ import annotations

from collections.abc import Callable

from tests.probes.asking import NO_ERROR, TABLE, Asking, Probe

#: What every statement of this package that changes rows has.
_HINTS = "/*+ NO_PARALLEL DISABLE_PARALLEL_DML */"


def _twice(hints: str) -> Callable[[Asking], str]:
    def ask(asking: Asking) -> str:
        asking.do("alter session force parallel dml parallel 2")
        asking.do(f"update {hints} {TABLE} set n = n + 1")
        return asking.code(f"update {hints} {TABLE} set n = n + 1")

    return ask


def _read_after_load(asking: Asking) -> str:
    asking.do(f"insert /*+ append */ into {TABLE} select n + 1 from {TABLE}")
    return asking.code(f"select n from {TABLE}")


PROBES = (
    Probe(
        5,
        "a run under FORCE PARALLEL DML",
        lambda asking: asking.script(
            "-- @always\nalter session force parallel dml parallel 2;\n"
            f"update {TABLE} set n = n + 1;\ncommit;\nupdate {TABLE} set n = n + 1;\n"
        ),
        NO_ERROR,
    ),
    Probe(5, "a table that is changed twice under FORCE PARALLEL DML", _twice("")),
    Probe(5, "the same with this package's hints", _twice(_HINTS), NO_ERROR),
    Probe(
        5,
        "the service, since of Autonomous only some run DML in parallel",
        lambda asking: asking.value("select sys_context('USERENV', 'SERVICE_NAME') from dual"),
    ),
    Probe(12, "a query of a table after a direct-path INSERT", _read_after_load),
    Probe(
        12,
        "a run with a direct-path INSERT",
        lambda asking: asking.script(
            f"insert /*+ append */ into {TABLE} select n + 1 from {TABLE};\n"
        ),
        NO_ERROR,
    ),
)
