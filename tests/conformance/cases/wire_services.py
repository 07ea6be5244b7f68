"""How clients name the database that they want."""

import re

import oracledb

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, raises, returns

FEATURE = Feature(4, "Services, SID and log-in")

_EASY = Manual("Database Net Services Administrator's Guide", "Easy Connect Naming Method")
_DESCRIPTOR = Manual("Database Net Services Reference", "Connection Data Section")
_ERRORS = Manual("Database Error Messages", "ORA-12514")


def _parts(bench: Bench) -> tuple[str, int, str]:
    host, port, service = re.fullmatch(r"(?:.*//)?(.+?):(\d+)/([^:/]+).*", bench.place.dsn).groups()
    return host, int(port), service


def _descriptor(bench: Bench, connect_data: str) -> str:
    host, port, _ = _parts(bench)
    address = f"(ADDRESS=(PROTOCOL=TCP)(HOST={host})(PORT={port}))"
    return f"(DESCRIPTION={address}(CONNECT_DATA={connect_data}))"


def _greet(bench: Bench, dsn: str) -> str:
    connection = bench.connect(dsn=dsn)
    with connection.cursor() as cursor:
        return cursor.execute("select 'in' from dual").fetchone()[0]


def _any_case(bench: Bench) -> list[str]:
    host, port, service = _parts(bench)
    names = (service.lower(), service.upper())
    return [_greet(bench, f"{host}:{port}/{name}") for name in names]


def _by_descriptor(bench: Bench) -> str:
    return _greet(bench, _descriptor(bench, f"(SERVICE_NAME={_parts(bench)[2]})"))


def _second_address(bench: Bench) -> str:
    host, port, service = _parts(bench)
    addresses = "".join(f"(ADDRESS=(PROTOCOL=TCP)(HOST={host})(PORT={p}))" for p in (1, port))
    data = f"(CONNECT_DATA=(SERVICE_NAME={service}))"
    return _greet(bench, f"(DESCRIPTION=(ADDRESS_LIST=(FAILOVER=ON){addresses}){data})")


def _unknown_service(bench: Bench) -> list[str]:
    return _refusal(bench, _descriptor(bench, "(SERVICE_NAME=nobody_offers_this)"))


def _unknown_sid(bench: Bench) -> list[str]:
    return _refusal(bench, _descriptor(bench, "(SID=NOBODY)"))


def _refusal(bench: Bench, dsn: str) -> list[str]:
    try:
        bench.connect(dsn=dsn)
    except oracledb.Error as error:
        return re.findall(r"ORA-\d+", str(error))[:1]
    return []


def _named_in_the_session(bench: Bench) -> bool:
    name = bench.one("select sys_context('userenv', 'service_name') from dual")
    return name.split(".")[0].upper() == _parts(bench)[2].split(".")[0].upper()


def _wrong_password(bench: Bench) -> None:
    bench.connect(password="no-Such-1")


def _program(bench: Bench) -> str:
    connection = bench.connect(program="nightly-load")
    with connection.cursor() as cursor:
        cursor.execute("select sys_context('userenv', 'client_program_name') from dual")
        return cursor.fetchone()[0]


CASES = (
    Case("a service is found in either case", run=_any_case, expect=returns(["in", "in"]),
         evidence=_EASY),
    Case("a connect descriptor with SERVICE_NAME", run=_by_descriptor, expect=returns("in"),
         evidence=_DESCRIPTOR),
    Case("the second address is tried when the first does not answer", run=_second_address,
         expect=returns("in"),
         evidence=Manual("Database Net Services Reference", "FAILOVER")),
    Case("an unknown service", run=_unknown_service, expect=returns(["ORA-12514"]),
         evidence=_ERRORS),
    Case("an unknown SID", run=_unknown_sid, expect=returns(["ORA-12505"]),
         evidence=Manual("Database Error Messages", "ORA-12505")),
    Case("SYS_CONTEXT names the service", run=_named_in_the_session, expect=returns(True),
         evidence=Manual("SQL Language Reference", "SYS_CONTEXT")),
    Case("a wrong password", run=_wrong_password, expect=raises(1017),
         evidence=Manual("Database Error Messages", "ORA-01017")),
    Case("the program that a client names is known", run=_program,
         expect=returns("nightly-load"),
         evidence=Manual("SQL Language Reference", "SYS_CONTEXT")),
)  # fmt: skip
