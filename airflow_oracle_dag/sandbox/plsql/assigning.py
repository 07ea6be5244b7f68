"""Which types may be assigned to which; what the compiler can see of that.

PL/SQL Language Reference, "Assigning Values to Collection Variables", "… to Record Variables".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.plsql.errors import CompileError
from airflow_oracle_dag.sandbox.plsql.shapes import (
    CollectionType,
    CursorType,
    RecordType,
    Shape,
    Sort,
    Typed,
)

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.plsql.expression import ExpressionParser
    from airflow_oracle_dag.sandbox.plsql.frame import Expression


def same_shape(one: Shape | None, two: Shape | None) -> bool:
    """Tell whether two types are the same; two %ROWTYPEs of one table are."""
    if one is two:
        return True
    if isinstance(one, RecordType) and isinstance(two, RecordType) and one.row and two.row:
        return one.name == two.name and one.fields == two.fields
    return False


def takes(wanted: Typed, given: Expression) -> bool:
    """Tell whether a value of a type may be assigned, as far as that can be seen."""
    target, source = wanted.shape, given.shape
    if target is None:
        return source is None or wanted.type is None
    if source is None:
        return given.type is None
    if isinstance(target, CursorType) and isinstance(source, CursorType):
        return None in (target.row, source.row) or same_shape(target.row, source.row)
    if isinstance(target, RecordType) and isinstance(source, RecordType):
        return _takes_record(target, source)
    return target is source


def _takes_record(target: RecordType, source: RecordType) -> bool:
    if target.fields is None or source.fields is None or same_shape(target, source):
        return True
    return (target.row or source.row) and len(target.fields) == len(source.fields)


def check_assignment(
    parser: ExpressionParser, given: Expression, wanted: Typed, offset: int
) -> None:
    """Refuse a value of another type.

    :raises CompileError: PLS-00382.
    """
    null = (
        given.type is None
        and given.shape is None
        and parser.tokens[parser.index - 1].value == "NULL"
    )
    assoc = isinstance(wanted.shape, CollectionType) and wanted.shape.sort is Sort.ASSOCIATIVE
    if not takes(wanted, given) or (null and assoc):
        raise CompileError(parser.text, offset, "PLS-00382: expression is of wrong type")
