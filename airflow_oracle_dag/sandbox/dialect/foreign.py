"""Refuse what other databases write: the parser and PostgreSQL know it, Oracle does not.

A script that was tried here must not meet its first syntax error on the real database.
"""

from __future__ import annotations

from sqlglot import exp

from airflow_oracle_dag.sandbox.session import OracleError

_ENDED = (933, "SQL command not properly ended")
_FOREIGN: dict[type, tuple[int, str, str]] = {
    exp.Limit: (*_ENDED, "LIMIT"),
    exp.OnConflict: (*_ENDED, "ON CONFLICT"),
    exp.ILike: (920, "invalid relational operator", "ILIKE"),
    exp.Mod: (911, "%: invalid character", "%"),
}
_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)


def refuse_foreign(tree: exp.Expression, sql: str) -> None:
    """Refuse it, with the error that Oracle's parser has there.

    :param sql: what the client has written, for the place of the error.
    :raises OracleError: for the first that is found.
    """
    for node in tree.walk():
        found = _FOREIGN.get(type(node))
        if isinstance(node, exp.Distinct) and node.args.get("on") is not None:
            found = (936, "missing expression", "ON")
        elif isinstance(node, exp.CTE) and isinstance(node.this, _CHANGES):
            found = (928, "missing SELECT keyword", node.this.key.upper())
        if found is not None:
            code, message, word = found
            raise OracleError(code, message, max(sql.upper().find(word), 0))
