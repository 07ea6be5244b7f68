"""ALTER SESSION SET NLS_…: what has an effect, and what would need one.

Database Globalization Support Guide, "Setting Up a Globalization Support Environment". A value that
would change answers here without changing them is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_oracle_dag.sandbox.engine_errors import unimplemented

if TYPE_CHECKING:
    from airflow_oracle_dag.sandbox.engine_session import EngineSession

#: Parameters whose other values are not there.
_ONLY = {
    "NLS_LANGUAGE": ("AMERICAN", "ENGLISH"),
    "NLS_DATE_LANGUAGE": ("AMERICAN", "ENGLISH"),
    "NLS_TERRITORY": ("AMERICA",),
    "NLS_SORT": ("BINARY",),
    "NLS_COMP": ("BINARY",),
    "NLS_LENGTH_SEMANTICS": ("BYTE",),
    "NLS_CALENDAR": ("GREGORIAN",),
}
_KEPT = (
    "NLS_DATE_FORMAT",
    "NLS_TIMESTAMP_FORMAT",
    "NLS_TIMESTAMP_TZ_FORMAT",
    "NLS_CURRENCY",
    "NLS_NUMERIC_CHARACTERS",
)
_IGNORED = ("NLS_ISO_CURRENCY", "NLS_DUAL_CURRENCY", "NLS_TIME_FORMAT", "NLS_NCHAR_CONV_EXCP")


def _nothing(_session: EngineSession) -> None:
    """Be what a parameter changes whose only value is set."""


def nls_setting(name: str, value: str) -> Callable[[EngineSession], None] | None:
    """Return what sets a parameter, None when it is not one of these.

    :raises OracleError: ORA-03001 for a language, an order or marks that are not there.
    """
    if name in _ONLY:
        if value.upper() not in _ONLY[name]:
            raise unimplemented(f"{name} = {value}")
        return _nothing
    if name == "NLS_NUMERIC_CHARACTERS" and not value.startswith("."):
        raise unimplemented(f"{name} = {value}: a decimal character other than the period")
    if name in _KEPT:
        return lambda session: session.set_information(name.lower(), value)
    return _nothing if name in _IGNORED else None
