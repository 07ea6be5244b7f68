"""A secret of AWS Secrets Manager leads to a database, or is refused without showing what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_oracle_dag.glue.database_secret import SecretUnusable, access_of

USER = {"username": "etl", "password": "hush-secret"}


@pytest.mark.parametrize(
    ("fields", "dsn"),
    [
        ({"dsn": "db:1522/s"}, "db:1522/s"),
        ({"host": "db", "port": 1522, "service_name": "s"}, "HOST=db)(PORT=1522))"),
        ({"host": "db", "port": "1522", "service_name": "s"}, "(SERVICE_NAME=s)"),
        ({"host": "db", "service_name": "s"}, "(PORT=1521)"),
        ({"host": "db", "port": 1521, "sid": "ORCL"}, "(SID=ORCL)"),
        ({"engine": "oracle", "host": "db", "port": 1521, "dbname": "ORCL"}, "SERVICE_NAME=ORCL"),
    ],
)
def test_a_secret_names_the_database(fields: dict[str, Any], dsn: str) -> None:
    """As people write it, and as RDS does."""
    access = access_of("prod", json.dumps({**USER, **fields, "more": "is passed over"}))
    assert (access.user, access.password) == ("etl", "hush-secret")
    assert dsn in access.dsn
    assert dict(access.options) == {}


def test_parameters_of_the_driver_may_be_in_it() -> None:
    """The console stores each of them as a text."""
    more = {"ssl_server_dn_match": "True", "expire_time": "5", "ssl_server_cert_dn": "CN=db"}
    options = access_of("prod", json.dumps({**USER, "dsn": "db/s", **more})).options
    assert options == {
        "ssl_server_dn_match": True,
        "expire_time": 5,
        "ssl_server_cert_dn": "CN=db",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hush-no-json", "it is no JSON object"),
        ('["hush-list"]', "it is no JSON object"),
        ({"dsn": "db/s", "password": "hush"}, "its field username is missing or empty"),
        ({"dsn": "db/s", "username": "u"}, "its field password is missing or empty"),
        ({"dsn": "db/s", "username": "u", "password": 5}, "its field password is no text"),
        ({**USER}, "it says neither dsn nor host and service_name"),
        ({**USER, "host": "db"}, "it says neither dsn nor host and service_name"),
        ({**USER, "host": "db", "sid": "s", "port": "hush"}, "its field port is no port"),
        ({**USER, "host": "db", "sid": "s", "port": 70000}, "its field port is no port"),
        ({**USER, "dsn": "d/s", "ssl_server_dn_match": "hush"}, "ssl_server_dn_match is no switch"),
        ({**USER, "dsn": "d/s", "expire_time": "hush"}, "its field expire_time is no number"),
    ],
    ids=str,
)
def test_what_is_missing_is_named_and_nothing_is_shown(text: Any, said: str) -> None:
    """The secret's name and the field are; a value never is."""
    given = text if isinstance(text, str) else json.dumps(text)
    with pytest.raises(SecretUnusable) as refused:
        access_of("prod/oracle", given)
    assert str(refused.value).startswith("secret prod/oracle: ")
    assert said in str(refused.value)
    assert "To mend it: " in str(refused.value)
    assert "hush" not in str(refused.value)
    assert refused.value.__context__ is None
