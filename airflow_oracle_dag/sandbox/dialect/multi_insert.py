"""INSERT ALL and INSERT FIRST, as data-modifying common table expressions."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.dialect import grammar

_SOURCE = '"$SOURCE"'


def _conditions(tree: exp.MultitableInserts) -> list[str]:
    """Return each branch's condition; the INTO clauses of one WHEN share theirs."""
    first = str(tree.args.get("kind") or "").upper() == "FIRST"
    seen: list[str] = []
    current = ""
    listed: list[str] = []
    for branch in tree.expressions:
        own = branch.args.get("expression")
        if own is not None:
            condition = f"({grammar.generate(own)})"
            others = [f"{c} IS NOT TRUE" for c in seen] if first else []
            current = " AND ".join([condition, *others])
            seen.append(condition)
        elif branch.args.get("else_"):
            current = " AND ".join(f"{c} IS NOT TRUE" for c in seen)
        listed.append(current)
    return listed


def generate_multi_insert(tree: exp.MultitableInserts) -> str:
    """Write the statement; as a query it counts one row for each row inserted."""
    parts = [f"{_SOURCE} AS MATERIALIZED ({grammar.generate(tree.args['source'])})"]
    counts: list[str] = []
    for number, (branch, condition) in enumerate(
        zip(tree.expressions, _conditions(tree), strict=True)
    ):
        insert = branch.this
        values = insert.args.get("expression")
        if values is None:
            listed = "*"
        else:
            listed = ", ".join(grammar.generate(e) for e in values.expressions[0].expressions)
        where = f" WHERE {condition}" if condition else ""
        target = grammar.generate(insert.this)
        parts.append(
            f'"$I{number}" AS (INSERT INTO {target}'
            f" SELECT {listed} FROM {_SOURCE}{where} RETURNING 1)"
        )
        counts.append(f'SELECT 1 FROM "$I{number}"')
    return f"WITH {', '.join(parts)} {' UNION ALL '.join(counts)}"
