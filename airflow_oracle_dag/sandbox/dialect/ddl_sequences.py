"""Options of sequences and of the generators behind identity columns.

SQL Language Reference, CREATE SEQUENCE; CREATE TABLE, identity_options.
"""

# ruff: noqa: C901 - a grammar's alternatives read best in one place

from __future__ import annotations

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_IGNORED = (
    "NOCACHE", "ORDER", "NOORDER", "NOMINVALUE", "NOMAXVALUE", "KEEP", "NOKEEP", "GLOBAL",
    "NOSCALE",
)  # fmt: skip


def sequence_options(cursor: TokenCursor) -> list[str]:
    """Take all options that come."""
    options: list[str] = []
    while True:
        if cursor.take("START", "WITH"):
            options.append(f"START WITH {cursor.number()}")
        elif cursor.take("INCREMENT", "BY"):
            options.append(f"INCREMENT BY {cursor.number()}")
        elif cursor.take("MINVALUE"):
            options.append(f"MINVALUE {max(cursor.number(), -(2**63) + 1)}")
        elif cursor.take("MAXVALUE"):
            options.append(f"MAXVALUE {min(cursor.number(), 2**63 - 1)}")
        elif cursor.take("CACHE"):
            cursor.number()
        elif cursor.take("CYCLE"):
            options.append("CYCLE")
        elif cursor.take("NOCYCLE"):
            options.append("NO CYCLE")
        elif cursor.take("RESTART"):
            options.append("RESTART")
        elif cursor.at_any("SCALE", "EXTEND", "SHARD", "SESSION"):
            raise unimplemented(f"{cursor.token.value} sequences")
        elif cursor.at_any(*_IGNORED):
            cursor.next()
        else:
            return options
