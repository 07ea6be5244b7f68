"""How a secret of AWS Secrets Manager leads to a database.

It is JSON, such as RDS and the console write it::

    {"username": "etl", "password": "...", "dsn": "host:1521/service"}
    {"username": "etl", "password": "...", "host": "h", "port": 1521, "service_name": "s"}

``sid`` or ``dbname`` may stand in the place of ``service_name``. What else is in it is not looked
at, but for the parameters of the driver that `_OPTIONS` lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import oracledb

from airflow_oracle_dag.core.errors import OracleDagError
from airflow_oracle_dag.runtime.access import Access

_PORT = 1521
#: Parameters of `oracledb.connect` that a secret may hold: what needs no folder on this machine.
_OPTIONS = ("ssl_server_dn_match", "ssl_server_cert_dn", "proxy_user", "edition", "expire_time")
_SWITCHES = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
_FIELDS = "username, password, and dsn or host, port and service_name"


class SecretUnusable(OracleDagError):
    """Report a secret that leads to no database; the message has none of its values."""


def access_of(secret_id: str, text: str) -> Access:
    """Return how to connect, as a secret says.

    :param text: of the secret.
    :raises SecretUnusable: it is no JSON, or lacks a field.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None  # not raised here: the error would carry the text along
    if not isinstance(found, dict):
        raise _wrong(secret_id, "it is no JSON object", f"store one with the fields {_FIELDS}")
    return Access(
        dsn=_dsn(secret_id, found),
        user=_text(secret_id, found, "username"),
        password=_text(secret_id, found, "password"),
        options={name: _option(secret_id, found, name) for name in _OPTIONS if name in found},
    )


def _dsn(secret_id: str, found: Mapping[str, Any]) -> str:
    if found.get("dsn"):
        return _text(secret_id, found, "dsn")
    names = [name for name in ("service_name", "sid", "dbname") if found.get(name)]
    if not found.get("host") or not names:
        raise _wrong(
            secret_id,
            "it says neither dsn nor host and service_name",
            f"give it the fields {_FIELDS}",
        )
    host, name = _text(secret_id, found, "host"), _text(secret_id, found, names[0])
    if names[0] == "sid":
        return str(oracledb.makedsn(host, _port(secret_id, found), sid=name))
    return str(oracledb.makedsn(host, _port(secret_id, found), service_name=name))


def _port(secret_id: str, found: Mapping[str, Any]) -> int:
    given = found.get("port")
    if given in (None, ""):
        return _PORT
    try:
        port = int(str(given))
    except ValueError:
        port = 0  # the message of that error would repeat it
    if not 0 < port < 2**16:
        raise _wrong(secret_id, "its field port is no port", f"write a number, such as {_PORT}")
    return port


def _text(secret_id: str, found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        what = "is no text" if name in found and value not in ("", None) else "is missing or empty"
        raise _wrong(secret_id, f"its field {name} {what}", f"give it the fields {_FIELDS}")
    return value


def _option(secret_id: str, found: Mapping[str, Any], name: str) -> Any:
    """Return a parameter of the driver; the console stores every value as a text."""
    value = found[name]
    if name == "ssl_server_dn_match" and isinstance(value, str):
        if value.lower() not in _SWITCHES:
            raise _wrong(secret_id, f"its field {name} is no switch", "write true or false")
        return _SWITCHES[value.lower()]
    if name == "expire_time" and isinstance(value, str):
        if not value.isdecimal():
            raise _wrong(secret_id, f"its field {name} is no number", "write minutes, such as 2")
        return int(value)
    return value


def _wrong(secret_id: str, what: str, cure: str) -> SecretUnusable:
    return SecretUnusable(f"secret {secret_id}: {what}\n  To mend it: {cure}")
