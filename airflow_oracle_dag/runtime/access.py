"""Where a database is and who connects: one description for hook, command line and jobs.

What is offered is what python-oracledb offers in both of its modes, less what would take a run's
session away from it: pooled servers, implicit pooling and transparent fail-over.

Unverified: a service that asks for fail-over itself (FAILOVER_TYPE, Application Continuity) replays
nothing of a session that is neither from a pool nor in a request (Real Application Clusters
Administration and Deployment Guide, Ensuring Application Continuity).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional

import oracledb

from airflow_oracle_dag.runtime.errors import UnfitConnection

#: Minutes between the keepalive probes of a session. Firewalls forget silent connections, often
#: after five minutes; the driver's own default is to send none.
EXPIRE_TIME = 2

#: Parameters of `oracledb.connect` that are handed on as they are.
DRIVER_OPTIONS = (
    *("wallet_location", "wallet_password", "ssl_server_dn_match", "ssl_server_cert_dn"),
    *("proxy_user", "externalauth", "mode", "edition", "events", "expire_time", "sdu"),
    *("tcp_connect_timeout", "retry_count", "retry_delay", "https_proxy", "https_proxy_port"),
    "disable_oob",
)
#: Parameters of it that would lead to a shared server session.
POOLING = ("cclass", "pool_name", "purity", "pool_boundary", "server_type")
_SECURITY = ("wallet_location", "ssl_server_dn_match", "ssl_server_cert_dn")

# Net Services Reference, SERVER and POOL_BOUNDARY, and FAILOVER_MODE; the others are what the
# driver writes for its own parameters. In Easy Connect the server's type follows the service.
_UNFIT = re.compile(
    r"\((SERVER=POOLED|POOL_BOUNDARY=|POOL_CONNECTION_CLASS=|POOL_NAME=|POOL_PURITY=)|:POOLED\b"
)
_FAILOVER = re.compile(r"\(FAILOVER_MODE=")


@dataclass(frozen=True)
class Access:
    """How sessions of one database are opened; nothing is asked of the network before `connect`.

    A proxy user is written ``proxy[target]``: the password is the proxy's, the session the
    target's, and so are the checkpoint tables unless their owner is named.

    :param dsn: Easy Connect, a connect descriptor, or an alias of a ``tnsnames.ora``.
    :param user: None in thick mode: the operating system or the wallet says who it is; it may then
        be a proxy, ``[target]``.
    :param config_dir: folder of ``tnsnames.ora``; in thick mode also of ``sqlnet.ora``. None: what
        TNS_ADMIN names.
    :param options: of `DRIVER_OPTIONS`; one for pooling is refused when a session is opened.
    :param thick: use the Oracle client libraries. That holds for the whole process, from its first
        connection on.
    :param lib_dir: where these are, None: where the operating system finds them.
    """

    dsn: str
    user: Optional[str]
    password: Optional[str] = field(default=None, repr=False)
    config_dir: Optional[str] = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    thick: bool = False
    lib_dir: Optional[str] = None

    def connect(self) -> oracledb.Connection:
        """Open a session of its own.

        :raises UnfitConnection: it would lead to a server that others share.
        :raises oracledb.Error: as the driver says it.
        """
        self._refuse_unfit()
        if self.thick:
            oracledb.init_oracle_client(lib_dir=self.lib_dir, config_dir=self.config_dir)
        connection: oracledb.Connection = oracledb.connect(**self._arguments())
        return connection

    @property
    def can_be_async(self) -> bool:
        """Tell whether `connect_async` can work in this process: thick mode has no such thing."""
        return not self.thick and bool(oracledb.is_thin_mode())

    async def connect_async(self) -> oracledb.AsyncConnection:
        """Open a session of its own whose calls let the event loop go on.

        :raises UnfitConnection: it would lead to a server that others share.
        :raises oracledb.Error: as the driver says it.
        """
        self._refuse_unfit()
        connection: oracledb.AsyncConnection = await oracledb.connect_async(**self._arguments())
        return connection

    def _arguments(self) -> Dict[str, Any]:
        """Return the arguments of `oracledb.connect`.

        Thick mode hands a connect string to the client libraries as it is, and then passes over
        what stands beside it. A name is theirs, for it may lead to a directory server; all else is
        read by the driver, so that keepalive and wallet count in both modes.
        """
        given: Dict[str, Any] = {"expire_time": EXPIRE_TIME}
        given.update((name, value) for name, value in self.options.items() if value is not None)
        given.update(user=self.user, password=self.password, dsn=self.dsn)
        if self.password is None and (self.user or "[").startswith("["):
            given["externalauth"] = True
        if self.config_dir is not None:
            given["config_dir"] = self.config_dir
        if self.thick:
            beside = any(given.get(name) is not None for name in _SECURITY)
            given["thick_mode_dsn_passthrough"] = is_alias(self.dsn) and not beside
        return given

    def _refuse_unfit(self) -> None:
        unfit = self._unfit()
        if unfit:
            raise UnfitConnection(f"{unfit}. To mend it: use a connection without it")

    def _unfit(self) -> str:
        """Say why no run can have such a session, "" when it can."""
        for name in POOLING:
            if str(self.options.get(name) or "dedicated").lower() != "dedicated":
                return f"{name} asks for a pooled server, and {_ALONE}"
        text = "".join(self._descriptor().split()).upper()
        if _UNFIT.search(text):
            return f"the connect string asks for a pooled server, and {_ALONE}"
        if self.thick and _FAILOVER.search(text):
            return (
                "the connect string asks for transparent fail-over (FAILOVER_MODE): another session"
                f" would go on unnoticed where one was lost, and {_ALONE}"
            )
        return ""

    def _descriptor(self) -> str:
        """Return the connect string as the driver reads it, an alias as what it stands for.

        What cannot be read is left to `connect`, whose error says so. An alias that only the client
        libraries know, and attributes of a service, stay unseen.
        """
        params = oracledb.ConnectParams()
        try:
            if self.config_dir is not None:
                params.set(config_dir=self.config_dir)
            params.parse_connect_string(self.dsn)
            return f"{self.dsn} {params.get_connect_string() or ''}"
        except oracledb.Error:
            return self.dsn


_ALONE = (
    "a checkpointed script needs a session of its own: it holds the script's transaction, its "
    "settings and its place in the protocol"
)


def is_alias(dsn: str) -> bool:
    """Tell whether a connect string is a name that has to be looked up."""
    return not any(letter in dsn for letter in "/(:?")
