"""How sessions are opened: what the driver is told, and what no run can work with."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any, Optional
from unittest.mock import patch

import oracledb
import pytest

from airflow_oracle_dag.runtime.access import Access, is_alias
from airflow_oracle_dag.runtime.connector import OracleConnector
from airflow_oracle_dag.runtime.errors import ConnectFailed, UnfitConnection

TNSNAMES = """
plain = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=h)(PORT=1))(CONNECT_DATA=(SERVICE_NAME=s)))
drcp = (DESCRIPTION = (ADDRESS = (PROTOCOL = tcp)(HOST = h)(PORT = 1))
         (CONNECT_DATA = (SERVICE_NAME = s)(SERVER = POOLED)))
taf = (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=h)(PORT=1))
        (CONNECT_DATA=(SERVICE_NAME=s)(FAILOVER_MODE=(TYPE=select)(METHOD=basic))))
"""
#: Where another test connected in thin mode before, the driver says that first.
_NO_CLIENT = "Instant Client|before the first connection"


@pytest.fixture
def names(tmp_path: Path) -> str:
    """Write a tnsnames.ora and return its folder."""
    (tmp_path / "tnsnames.ora").write_text(TNSNAMES)
    return str(tmp_path)


def arguments_of(access: Access) -> Any:
    """Return what the driver would be told."""
    with patch.object(oracledb, "init_oracle_client", autospec=True):  # noqa: SIM117 - for 3.9
        with patch.object(oracledb, "connect", autospec=True) as driver:
            access.connect()
    return driver.call_args.kwargs


@pytest.mark.parametrize(
    ("dsn", "options"),
    [
        ("h:1521/s:pooled", {}),
        ("h:1521/s:POOLED/instance", {}),
        ("h/s?pool_boundary=statement", {}),
        ("h/s?pyo.cclass=etl", {}),
        ("(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=s)(SERVER = pooled)))", {}),
        ("drcp", {}),
        ("h/s", {"cclass": "etl"}),
        ("h/s", {"pool_boundary": "transaction"}),
        ("h/s", {"server_type": "pooled"}),
    ],
)
def test_a_pooled_server_is_refused_before_anything_is_opened(
    names: str, dsn: str, options: Any
) -> None:
    """However it is asked for, an alias included."""
    access = Access(dsn, "u", "p", config_dir=names, options=options)
    with pytest.raises(UnfitConnection, match=r"pooled server.*To mend it"):
        arguments_of(access)


@pytest.mark.parametrize("dsn", ["plain", "h/s", "h:1521/s:dedicated", "h/s:shared", "not-there"])
def test_anything_else_is_left_to_the_driver(names: str, dsn: str) -> None:
    """A name that is not found is the driver's to report."""
    assert arguments_of(Access(dsn, "u", "p", config_dir=names))["dsn"] == dsn


def test_fail_over_to_another_session_is_refused_in_thick_mode(names: str) -> None:
    """Thin mode does not know it."""
    with pytest.raises(UnfitConnection, match="FAILOVER_MODE"):
        arguments_of(Access("taf", "u", "p", config_dir=names, thick=True))
    assert arguments_of(Access("taf", "u", "p", config_dir=names))["dsn"] == "taf"


def test_a_name_is_looked_up_by_the_client_libraries_in_thick_mode() -> None:
    """Unless a wallet stands beside it, which they would pass over."""
    assert arguments_of(Access("name", "u", "p", thick=True))["thick_mode_dsn_passthrough"] is True
    wallet = {"wallet_location": "/etc/wallet"}
    given = arguments_of(Access("name", "u", "p", options=wallet, thick=True))
    assert given["thick_mode_dsn_passthrough"] is False
    assert given["wallet_location"] == "/etc/wallet"


def test_who_it_is_can_be_left_to_the_wallet_in_thick_mode() -> None:
    """No user: the driver is told that somebody else says so, and reads none from the address."""
    for user in (None, "[target]"):
        given = arguments_of(Access("h/s", user, thick=True))
        assert (given["user"], given["externalauth"]) == (user, True)


def test_sessions_send_keepalive_probes() -> None:
    """Every two minutes unless somebody says otherwise."""
    assert arguments_of(Access("h/s", "u", "p"))["expire_time"] == 2
    assert arguments_of(Access("h/s", "u", "p", options={"expire_time": 9}))["expire_time"] == 9


def test_no_secret_is_in_its_description() -> None:
    """Neither the user's password nor the wallet's."""
    shown = repr(Access("h/s", "u", "p4ss", options={"wallet_password": "w4llet"}))
    assert "p4ss" not in shown and "w4llet" not in shown


@pytest.mark.parametrize(
    ("access", "says"),
    [
        (Access("nowhere", "u", "p", config_dir="/no/such/folder"), "tnsnames.ora"),
        (Access("h/s", "u", "p", thick=True, lib_dir="/no/such/folder"), _NO_CLIENT),
    ],
)
def test_what_is_missing_on_this_side_is_said_with_its_cure(access: Access, says: str) -> None:
    """The file of names, the client libraries."""
    with pytest.raises(ConnectFailed, match=says) as caught:
        OracleConnector(access.connect).open()
    assert "To mend it" in str(caught.value)


def test_a_name_that_is_not_in_its_file_is_said(names: str) -> None:
    """With the name and the file."""
    with pytest.raises(ConnectFailed, match=r"nowhere.*tnsnames\.ora"):
        OracleConnector(Access("nowhere", "u", "p", config_dir=names).connect).open()


@pytest.mark.parametrize(
    ("pem", "says"), [(None, "ewallet.pem, thick mode"), ("no key", "check the wallet")]
)
def test_a_wallet_that_is_none_is_said_without_its_password(
    tmp_path: Path, pem: Optional[str], says: str
) -> None:
    """The reason inside the driver's "no connection" decides about the cure."""
    if pem is not None:
        (tmp_path / "ewallet.pem").write_text(pem)
    wallet = {"wallet_location": str(tmp_path), "wallet_password": "w4llet"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dsn = f"tcps://127.0.0.1:{listener.getsockname()[1]}/s"
        with pytest.raises(ConnectFailed, match=says) as caught:
            OracleConnector(Access(dsn, "u", "p4ss", options=wallet).connect).open()
    assert "w4llet" not in str(caught.value) and "p4ss" not in str(caught.value)


def test_an_alias_is_told_from_an_address() -> None:
    """An address has a slash, a colon or parentheses."""
    assert is_alias("dwh_high.example.com")
    assert not any(map(is_alias, ("h/s", "h:1521", "(DESCRIPTION=)", "h?x=1")))


def test_what_waits_beside_others_gets_no_pooled_server_either() -> None:
    """The asynchronous session is held to the same; in thick mode there is none."""
    pooled = Access("h/s", "u", "p", options={"server_type": "pooled"})
    with pytest.raises(UnfitConnection, match="pooled server"):
        asyncio.run(_open(pooled))
    assert pooled.can_be_async
    assert not Access("h/s", "u", "p", thick=True).can_be_async


async def _open(access: Access) -> None:
    await access.connect_async()
