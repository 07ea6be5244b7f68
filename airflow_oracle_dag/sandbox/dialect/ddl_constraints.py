"""Constraints that are enabled, disabled, or made over an index that is there.

SQL Language Reference, ALTER TABLE, enable_disable_clause and constraint_clauses. PostgreSQL cannot
disable a constraint: one that is disabled waits in ``oracle.disabled_constraints``.
"""

from __future__ import annotations

import re

from airflow_oracle_dag.sandbox.dialect.cursor import TokenCursor
from airflow_oracle_dag.sandbox.dialect.ddl_columns import column_list
from airflow_oracle_dag.sandbox.dialect.ddl_common import Plan, text
from airflow_oracle_dag.sandbox.engine_errors import unimplemented

_KEY = re.compile(r'CONSTRAINT "((?:[^"]|"")+)" (PRIMARY KEY|UNIQUE) (\([^)]*\))', re.DOTALL)


def add_constraint(target: str, constraint: str) -> str:
    """Write the statement that adds a constraint; a key takes the index that has its name."""
    found = _KEY.fullmatch(constraint)
    if found is None:
        return f"ALTER TABLE {target} ADD {constraint}"
    name = found[1].replace('""', '"')
    values = ", ".join(text(value) for value in (target, name, found[2], found[3]))
    return f"SELECT oracle.add_key({values})"


def enable_or_disable(cursor: TokenCursor, target: str, plan: Plan) -> None:
    """Read ``ENABLE | DISABLE [[NO]VALIDATE] CONSTRAINT name | PRIMARY KEY | UNIQUE (…)``."""
    enable, validate = _state(cursor)
    name = _named(cursor, target)
    plan.statements.append(_change(cursor, target, name, enable=enable, validate=validate))


def modify_constraint(cursor: TokenCursor, target: str, plan: Plan) -> None:
    """Read behind MODIFY: ``CONSTRAINT name`` or a key, and its new state."""
    name = _named(cursor, target)
    if not cursor.at_any("ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "RELY", "NORELY"):
        raise unimplemented(f"MODIFY CONSTRAINT … {cursor.token.value}")
    enable, validate = _state(cursor)
    plan.statements.append(_change(cursor, target, name, enable=enable, validate=validate))


def _state(cursor: TokenCursor) -> tuple[bool, bool]:
    """Return whether it is enabled, and whether the rows that are there are looked at."""
    enable, validate, disable = True, True, False
    while cursor.at_any("ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "RELY", "NORELY"):
        word = cursor.next().value
        if word == "DISABLE":
            enable, disable = False, True
        elif word == "VALIDATE" and disable:
            raise unimplemented("DISABLE VALIDATE")
        elif word == "NOVALIDATE":
            validate = False
    return enable, validate


def _named(cursor: TokenCursor, target: str) -> str:
    if cursor.take("CONSTRAINT"):
        return text(cursor.name())
    if cursor.take("PRIMARY", "KEY"):
        return f"oracle.key_of({text(target)}, 'p', '')"
    if cursor.take("UNIQUE"):
        return f"oracle.key_of({text(target)}, 'u', {text(column_list(cursor))})"
    raise unimplemented(f"ALTER TABLE … ENABLE / DISABLE {cursor.token.value}")


def _change(cursor: TokenCursor, target: str, name: str, *, enable: bool, validate: bool) -> str:
    cascade = cursor.take("CASCADE")
    if not cursor.take("KEEP", "INDEX"):
        cursor.take("DROP", "INDEX")
    if cursor.take("USING", "INDEX") or cursor.at("EXCEPTIONS"):
        raise unimplemented("USING INDEX and EXCEPTIONS INTO of a constraint's state")
    verb, flag = ("enable", validate) if enable else ("disable", cascade)
    return f"SELECT oracle.{verb}_constraint({text(target)}, {name}, {str(flag).lower()})"
