"""Questions about what the catalogue shows of DDL, by which a lost statement is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_oracle_dag import sql
from airflow_oracle_dag.core.ddl_decision import ObjectFacts, Snapshot, read_snapshot
from tests.probes.asking import LATE, MADE, TABLE, Asking, Probe

_KEY = (0, "TABLE")


def _look(asking: Asking, name: str, part: str | None = None) -> Snapshot:
    """Look as the block does that starts a DDL step."""
    binds: dict[str, Any] = dict.fromkeys(
        ("ddl_owner", "ddl_name", "ddl_new_name", "ddl_part", "ddl_new_part")
    )
    binds.update(ddl_name=name.upper(), ddl_part=part)
    (text,) = asking.one.cursor().execute(sql.block("ddl_snapshot"), binds).fetchone()
    return read_snapshot(str(text))


def _table(asking: Asking, name: str = TABLE) -> ObjectFacts:
    return _look(asking, name).objects[_KEY]


def _segment_after(*statements: str) -> Callable[[Asking], str]:
    """Ask what becomes of a table's numbers."""

    def ask(asking: Asking) -> str:
        asking.do(f"create table {MADE} (n number)")
        for statement in statements[:-1]:
            asking.do(statement)
        before = _table(asking, MADE)
        asking.do(statements[-1])
        after = _table(asking, MADE)
        segment = "kept" if after.data_object_id == before.data_object_id else "new"
        same = "kept" if after.object_id == before.object_id else "new"
        return f"OBJECT_ID is {same}, DATA_OBJECT_ID is {segment}"

    return ask


def _renamed(asking: Asking) -> str:
    asking.do(f"create table {MADE} (n number)")
    before = _table(asking, MADE)
    asking.do(f"rename {MADE} to {LATE}")
    after = _table(asking, LATE)
    kept = before.identity == after.identity
    return "the same object" if kept and not _look(asking, MADE).objects else "another object"


def _moment(asking: Asking) -> str:
    started = _look(asking, MADE).at
    asking.do(f"create table {MADE} as select 1 n from dual")
    created = _table(asking, MADE).created
    return "not before SYSDATE" if created is not None and created >= started else "before SYSDATE"


def _parts(asking: Asking) -> str:
    asking.do(f"create table {MADE} (n number constraint odag_probe_ck check (n > 0))")
    column, constraint = _look(asking, MADE, "N"), _look(asking, MADE, "ODAG_PROBE_CK")
    asking.do(f"alter table {MADE} drop constraint odag_probe_ck")
    asking.do(f"alter table {MADE} add m number")
    left = _look(asking, MADE, "ODAG_PROBE_CK").constraints
    added = _look(asking, MADE, "M").columns
    seen = (len(column.columns), len(constraint.constraints), len(left), len(added))
    return f"{seen}, {constraint.constraints[0]}"


PROBES = (
    Probe(
        15,
        "TRUNCATE of a table that was filled",
        _segment_after(f"insert into {MADE} values (1)", f"truncate table {MADE}"),
        "OBJECT_ID is kept, DATA_OBJECT_ID is new",
    ),
    Probe(15, "TRUNCATE of one that never was", _segment_after(f"truncate table {MADE}")),
    Probe(
        15,
        "a column that is added",
        _segment_after(f"alter table {MADE} add m date default sysdate not null"),
        "OBJECT_ID is kept, DATA_OBJECT_ID is kept",
    ),
    Probe(15, "a table that is renamed", _renamed, "the same object"),
    Probe(15, "CREATED of a new table", _moment, "not before SYSDATE"),
    Probe(
        15,
        "columns and constraints in one look",
        _parts,
        "(1, 1, 0, 1), ('C', 1, 'ENABLED', 'VALIDATED')",
    ),
)
