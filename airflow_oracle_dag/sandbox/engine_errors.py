"""PostgreSQL's errors as Oracle's: one table of SQLSTATE, and the texts that carry names.

Numbers and wordings: Database Error Messages. Only the shape of a message is Oracle's; programs
should look at the number.
"""

# ruff: noqa: C901, PLR0911 - a grammar's alternatives read best in one place
# ruff: noqa: ARG005 - the functions of a table share one signature

from __future__ import annotations

import re
from collections.abc import Callable

from airflow_oracle_dag.sandbox.engine_link import LinkLost, ServerError
from airflow_oracle_dag.sandbox.session import OracleError

_BROKEN = ("58", "F0", "XX")  # classes of errors that no statement can be blamed for
_ORA = re.compile(r"ORA-(\d{5}): (.*)", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"')


def unimplemented(what: str) -> OracleError:
    """Say where the sandbox ends."""
    return OracleError(3001, f"unimplemented feature (sandbox): {what}")


def out_of_room(verb: str, left: int, kept: int) -> OracleError:
    """Refuse a change on a disk that is almost full.

    :param left: megabytes that the disk has left.
    :param kept: megabytes that the sandbox does not use.
    """
    why = f"{left} MB are left on the sandbox's disk, it keeps {kept} MB free"
    if verb in ("UPDATE", "DELETE"):
        return OracleError(30036, f"unable to extend segment in undo tablespace: {why}")
    if verb == "CREATE":
        return OracleError(1658, f"unable to create INITIAL extent for segment: {why}")
    return OracleError(1653, f"unable to extend table: {why}")


def not_connected(error: LinkLost) -> OracleError:
    """Say why PostgreSQL takes no connection."""
    said = str(error)
    if "connection slots" in said or "too many clients" in said:
        return OracleError(18, "maximum number of sessions exceeded")
    if any(state in said for state in ("recovery mode", "starting up", "not yet accepting")):
        return OracleError(1033, "ORACLE initialization or shutdown in progress")
    return OracleError(1034, "ORACLE not available")


def _no_room(error: ServerError) -> OracleError:
    if "pgsql_tmp" in error.message:
        return OracleError(1652, "unable to extend temp segment: the sandbox's disk is full")
    return OracleError(1653, "unable to extend table: the sandbox's disk is full")


def _names(message: str) -> str:
    found = _QUOTED.search(message)
    return found.group(1) if found else message


def _relation(error: ServerError) -> OracleError:
    name = _names(error.message)
    if error.message.startswith("relation") or "table" in error.message:
        dotted = '"."'.join(name.split("."))
        return OracleError(942, f'table or view "{dotted}" does not exist')
    return OracleError(942, f'table or view "{name}" does not exist')


def _column(error: ServerError) -> OracleError:
    found = _QUOTED.search(error.message)
    if found:
        name = found.group(1)
    else:
        plain = re.search(r"column (\S+) does not exist", error.message)
        name = plain.group(1) if plain else error.message
    return OracleError(904, '"{}": invalid identifier'.format('"."'.join(name.split("."))))


def _function(error: ServerError) -> OracleError:
    found = re.match(r"(?:function|aggregate) (?:oracle\.)?(\S+?)\(", error.message)
    if error.message.startswith("operator"):
        return OracleError(932, f"inconsistent datatypes: {error.message}")
    name = found.group(1).strip('"').rstrip("_").upper() if found else error.message
    if found and "oracle." in error.message:
        return OracleError(932, f"inconsistent datatypes: wrong arguments in call to {name}")
    return OracleError(904, f'"{name}": invalid identifier')


def _unique(error: ServerError) -> OracleError:
    if '"pg_' in error.message:  # a catalog's own index: two definitions of one name at once
        return OracleError(955, "name is already used by an existing object")
    place = f"{error.schema}.{error.constraint}"
    return OracleError(1, f"unique constraint ({place}) violated")


def _not_null(error: ServerError) -> OracleError:
    return OracleError(
        1400, f'cannot insert NULL into ("{error.schema}"."{error.table}"."{error.column}")'
    )


def _check(error: ServerError) -> OracleError:
    return OracleError(2290, f"check constraint ({error.schema}.{error.constraint}) violated")


def _foreign_key(error: ServerError) -> OracleError:
    if "is still referenced" in error.detail or "update or delete" in error.message:
        return OracleError(
            2292,
            f"integrity constraint ({error.schema}.{error.constraint}) violated"
            " - child record found",
        )
    return OracleError(
        2291,
        f"integrity constraint ({error.schema}.{error.constraint}) violated - parent key not found",
    )


def _duplicate(error: ServerError) -> OracleError:
    if "column" in error.message and "already exists" in error.message:
        return OracleError(1430, "column being added already exists in table")
    if "column" in error.message:
        return OracleError(957, f'"{_names(error.message)}": duplicate column name')
    if "already exists" in error.message and "constraint" in error.message:
        return OracleError(2264, "name already used by an existing constraint")
    return OracleError(955, f'name is already used by an existing object "{_names(error.message)}"')


def _object(error: ServerError) -> OracleError:
    message = error.message
    if "constraint" in message:
        return OracleError(2443, "Cannot drop constraint - nonexistent constraint")
    if "index" in message:
        return OracleError(1418, "specified index does not exist")
    if "type" in message:
        return OracleError(902, f"invalid datatype {_names(message)}")
    if "schema" in message:
        return OracleError(1918, f"user '{_names(message)}' does not exist")
    if "savepoint" in message:
        return OracleError(1086, f"savepoint '{_names(message)}' never established")
    return OracleError(942, f'table or view "{_names(message)}" does not exist')


def _dependent(error: ServerError) -> OracleError:
    if error.message.startswith("cannot drop index"):
        return OracleError(2429, "cannot drop index used for enforcement of unique/primary key")
    if "foreign key" in error.message or "constraint" in error.detail:
        return OracleError(
            2449, "unique/primary keys in table referenced by foreign keys", error.position
        )
    return OracleError(3001, f"unimplemented feature (sandbox): {error.message}: {error.detail}")


def _state(error: ServerError) -> OracleError:
    if "currval" in error.message or "not yet defined" in error.message:
        return OracleError(8002, "sequence CURRVAL is not yet defined in this session")
    return OracleError(3001, f"unimplemented feature (sandbox): {error.message}")


def _syntax(error: ServerError) -> OracleError:
    if "more expressions than target" in error.message:
        return OracleError(913, "too many values")
    if "more target columns than" in error.message:
        return OracleError(947, "not enough values")
    if "same number of columns" in error.message:
        return OracleError(1789, "query block has incorrect number of result columns")
    return OracleError(900, f"invalid SQL statement: {error.message}")


def _cardinality(error: ServerError) -> OracleError:
    if error.message.startswith("MERGE"):
        return OracleError(30926, "unable to get a stable set of rows in the source tables")
    return OracleError(1427, "single-row subquery returns more than one row")


def definition_error(error: ServerError) -> OracleError:
    """Translate an error of a data definition statement: old rows violate what is new."""
    place = f"{error.schema}.{error.constraint}"
    if error.sqlstate == "23502":
        return OracleError(2296, f"cannot enable ({error.schema}.) - null values found")
    if error.sqlstate == "23505" and error.message.startswith("could not create unique index"):
        return OracleError(1452, "cannot CREATE UNIQUE INDEX; duplicate keys found")
    if error.sqlstate == "23505" and error.constraint == "synonyms_pkey":
        return OracleError(955, "name is already used by an existing object")
    if error.sqlstate == "23514":
        return OracleError(2293, f"cannot validate ({place}) - check constraint violated")
    if error.sqlstate == "23503":
        return OracleError(2298, f"cannot validate ({place}) - parent keys not found")
    return oracle_error(error)


def _fixed(code: int, message: str) -> Callable[[ServerError], OracleError]:
    return lambda error: OracleError(code, message)


_TABLE: dict[str, Callable[[ServerError], OracleError]] = {
    "0A000": lambda e: (
        OracleError(2266, "unique/primary keys in table referenced by enabled foreign keys")
        if e.message.startswith("cannot truncate a table referenced")
        else unimplemented(e.message)
    ),
    "21000": _cardinality,
    "22001": lambda e: OracleError(12899, f"value too large for column: {e.message}"),
    "22003": _fixed(1438, "value larger than specified precision allowed for this column"),
    "22021": lambda e: unimplemented(f"text that is no UTF-8 ({e.message})"),
    "22007": _fixed(1861, "literal does not match format string"),
    "22008": _fixed(1843, "not a valid month"),
    "22009": _fixed(1882, "timezone region not found"),
    "22011": _fixed(1428, "argument is out of range"),
    "22012": _fixed(1476, "divisor is equal to zero"),
    "2201E": _fixed(1428, "argument is out of range"),
    "2201F": _fixed(1428, "argument is out of range"),
    "2201B": lambda e: OracleError(12725, f"invalid regular expression: {e.message}"),
    "22023": lambda e: OracleError(1428, f"argument is out of range: {e.message}"),
    "22P02": _fixed(1722, "invalid number"),
    "22P03": _fixed(1722, "invalid number"),
    "23502": _not_null,
    "23503": _foreign_key,
    "23505": _unique,
    "23514": _check,
    "25006": _fixed(
        1456, "may not perform insert, update, delete operation inside a READ ONLY transaction"
    ),
    "25001": _fixed(1453, "SET TRANSACTION must be first statement of transaction"),
    "2BP01": _dependent,
    "3B001": _object,
    "3F000": _object,
    "40001": _fixed(8177, "can't serialize access for this transaction"),
    "40P01": _fixed(60, "deadlock detected while waiting for resource"),
    "42501": _fixed(1031, "insufficient privileges"),
    "42601": _syntax,
    "42622": lambda e: unimplemented(f"names over 63 bytes ({e.message})"),
    "42701": _duplicate,
    "42702": _fixed(918, "column ambiguously defined"),
    "42703": _column,
    "42704": _object,
    "42710": _duplicate,
    "42712": _fixed(918, "column ambiguously defined"),
    "42725": lambda e: OracleError(932, f"inconsistent datatypes: {e.message}"),
    "42803": lambda e: OracleError(
        979 if "GROUP BY" in e.message else 934, f"not a GROUP BY expression: {e.message}"
    ),
    "42804": lambda e: (
        OracleError(1790, "expression must have same datatype as corresponding expression")
        if e.message.startswith(("VALUES types", "UNION types", "INTERSECT types", "EXCEPT types"))
        else OracleError(932, f"inconsistent datatypes: {e.message}")
    ),
    "42830": _fixed(2270, "no matching unique or primary key for this column-list"),
    "42846": lambda e: OracleError(932, f"inconsistent datatypes: {e.message}"),
    "42883": _function,
    "42P01": _relation,
    "42P07": _duplicate,
    "42P09": _fixed(918, "column ambiguously defined"),
    "42P10": lambda e: (
        unimplemented("this condition on ROWNUM")
        if "LIMIT" in e.message
        else OracleError(
            1785, f"ORDER BY item must be the number of a SELECT-list expression: {e.message}"
        )
    ),
    "42P16": lambda e: OracleError(
        2260 if "primary key" in e.message else 3001,
        "table can have only one primary key"
        if "primary key" in e.message
        else f"unimplemented feature (sandbox): {e.message}",
    ),
    "42P18": lambda e: OracleError(932, f"inconsistent datatypes: {e.message}"),
    "42P19": lambda e: unimplemented(e.message),
    "42P20": lambda e: OracleError(30483, "window functions are not allowed here"),
    "44000": _fixed(1402, "view WITH CHECK OPTION where-clause violation"),
    "53100": _no_room,
    "53200": _fixed(4030, "out of process memory when trying to allocate bytes"),
    "53300": _fixed(18, "maximum number of sessions exceeded"),
    "54001": lambda e: unimplemented("a statement nested this deeply"),
    "54011": _fixed(1792, "maximum number of columns in a table or view is 1000"),
    "55000": _state,
    "55006": _fixed(54, "resource busy and acquire with NOWAIT specified or timeout expired"),
    "55P03": _fixed(54, "resource busy and acquire with NOWAIT specified or timeout expired"),
    "57014": _fixed(1013, "user requested cancel of current operation"),
    "57P01": _fixed(28, "your session has been killed"),
    "2200H": _fixed(8004, "sequence NEXTVAL exceeds MAXVALUE and cannot be instantiated"),
}


_SEQUENCES = (
    ("INCREMENT must not be zero", 4002, "INCREMENT must be a nonzero integer"),
    ("must be less than MAXVALUE", 4004, "MINVALUE must be less than MAXVALUE"),
    ("cannot be less than MINVALUE", 4006, "START WITH cannot be less than MINVALUE"),
    ("cannot be greater than MAXVALUE", 4008, "START WITH cannot be more than MAXVALUE"),
)


def oracle_error(error: ServerError, *, waited: bool = False) -> OracleError:
    """Translate an error of PostgreSQL.

    :param waited: the statement said WAIT n, so a lock that was not to be had is ORA-30006.
    """
    if error.sqlstate == "ORERR":
        found = _ORA.match(error.message)
        if found:
            return OracleError(int(found.group(1)), found.group(2))
    if error.sqlstate == "55P03" and waited:
        return OracleError(30006, "resource busy; acquire with WAIT timeout expired")
    if (
        error.sqlstate == "22P02"
        and "numeric" not in error.message
        and "double" not in error.message
    ):
        if "bytea" in error.message or "hexadecimal" in error.message:
            return OracleError(1465, "invalid hex number")
        return OracleError(1841, "(full) year must be between -4713 and +9999, and not be 0")
    if error.sqlstate == "22023" and "time zone" in error.message:
        return OracleError(1882, "timezone region not found")
    if error.sqlstate == "22023" and "hexadecimal" in error.message:
        return OracleError(1465, "invalid hex number")
    if error.sqlstate == "22023":
        for part, code, message in _SEQUENCES:
            if part in error.message:
                return OracleError(code, message)
    make = _TABLE.get(error.sqlstate)
    if make is not None:
        return make(error)
    if error.sqlstate[:2] in _BROKEN:
        arguments = f"[{error.sqlstate}], [{error.message}]"
        return OracleError(600, f"internal error code, arguments: {arguments}")
    return unimplemented(f"{error.message} [{error.sqlstate}]")
