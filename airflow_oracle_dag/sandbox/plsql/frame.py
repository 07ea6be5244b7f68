"""What a running block keeps: values, binds, the last SQL's counts, the exception being handled."""

# ruff: noqa: S608 - SQL is composed from parsed trees and quoted names

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from airflow_oracle_dag.sandbox.dialect.translate import Translation, translate
from airflow_oracle_dag.sandbox.engine_rows import decode_rows
from airflow_oracle_dag.sandbox.plsql.types import PlType
from airflow_oracle_dag.sandbox.session import BindType, OracleError, OracleType

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession
    from airflow_oracle_dag.sandbox.plsql.shapes import Shape


@lru_cache(maxsize=1000)
def _call(text: str) -> Translation:
    return translate(text)


@dataclass
class BulkOutcome:
    """Be what SQL%BULK_ROWCOUNT and SQL%BULK_EXCEPTIONS tell about the last FORALL.

    :param counts: rows by the index of the iteration.
    :param errors: number of the iteration and error code of those that failed.
    """

    counts: dict[int, int] = field(default_factory=dict)
    errors: list[tuple[int, int]] = field(default_factory=list)


class Frame:
    """Be the state of one call of a block.

    :param slots: values of the variables, by the number the compiler gave each.
    :param label: names the stored unit in ORA-06512, "" for an anonymous block.
    """

    def __init__(
        self,
        session: EngineSession,
        slots: int,
        binds: list[Any],
        types: Sequence[BindType | None],
        label: str = "",
    ) -> None:
        self.session = session
        self.slots: list[Any] = [None] * slots
        self.binds = binds
        self.bind_types = types
        self.row_count: int | None = None
        self.bulk = BulkOutcome()
        self.handlers = 0  # how many exception handlers could catch an error now
        self.error: OracleError | None = None
        self.trace: str | None = None  # where `error` came from
        self.label = label
        self.line = 0
        self.returned: Any = None

    def ask(self, text: str, values: Sequence[Any], types: Sequence[BindType | None]) -> Any:
        """Let PostgreSQL evaluate ``SELECT …`` with values; one value comes back."""
        translation = _call(text)
        declared = [t or _type_of(v) for v, t in zip(values, types, strict=True)]
        ordered = [int(name[1:]) - 1 for name in translation.binds]
        result = self.session.run(
            translation,
            [values[i] for i in ordered],
            [declared[i] for i in ordered],
            guard=self.handlers > 0,
        )
        return decode_rows(result, self.session.database.types, 0, 1)[0][0]

    def convert(self, value: Any, kind: OracleType) -> Any:
        """Convert between text and the types whose text depends on session settings."""
        name = {
            OracleType.VARCHAR2: "TO_CHAR",
            OracleType.DATE: "TO_DATE",
            OracleType.TIMESTAMP: "TO_TIMESTAMP",
            OracleType.TIMESTAMP_TZ: "TO_TIMESTAMP_TZ",
            OracleType.INTERVAL_DS: "TO_DSINTERVAL",
            OracleType.RAW: "HEXTORAW",
        }.get(kind, "TO_CHAR")
        return self.ask(f"SELECT {name}(:A1) FROM DUAL", [value], [None])


def _type_of(value: Any) -> BindType | None:
    if isinstance(value, str) or value is None:
        return BindType(OracleType.VARCHAR2)
    return None


Evaluate = Callable[[Frame], Any]
Execute = Callable[[Frame], None]


@dataclass(frozen=True)
class Expression:
    """Be a compiled expression.

    :param type: of a scalar where the compiler knows it, None otherwise.
    :param shape: of a record, a collection or a cursor variable.
    """

    run: Evaluate
    type: PlType | None = None
    shape: Shape | None = None
