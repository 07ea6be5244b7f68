"""Users and the privileges that matter: what a script's author may lack on a real database.

Kept are CREATE SESSION, the CREATE … of object types, CREATE JOB, ALTER SYSTEM, reading the V$
views and EXECUTE on DBMS_LOCK. Those on tables are not: every user reaches every schema.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from airflow_oracle_dag.sandbox.session import OracleError

_DEVELOPER = frozenset(
    f"CREATE {kind}"
    for kind in (
        "SESSION", "TABLE", "VIEW", "SEQUENCE", "SYNONYM", "PROCEDURE", "TRIGGER", "TYPE", "JOB",
        "MATERIALIZED VIEW",
    )
)  # fmt: skip
ROLES: dict[str, frozenset[str]] = {
    "CONNECT": frozenset({"CREATE SESSION", "SET CONTAINER"}),
    "RESOURCE": _DEVELOPER - {"CREATE SESSION", "CREATE VIEW", "CREATE SYNONYM", "CREATE JOB"},
    "DB_DEVELOPER_ROLE": _DEVELOPER,
    "SELECT_CATALOG_ROLE": frozenset({"SELECT ANY DICTIONARY"}),
    "DBA": frozenset({"DBA"}),
}
_FIRST = {"SYS": "DBA", "SYSTEM": "DBA"}
_OPEN_VIEWS = frozenset(
    {"V$VERSION", "V$SESSION_LONGOPS", "V$NLS_PARAMETERS", "V$TIMEZONE_NAMES", "V$RESERVED_WORDS"}
)  # granted to PUBLIC by the catalog scripts
CONNECT_THROUGH = "CONNECT THROUGH"  # kept as a privilege of the proxy on its target
GUARDED_PACKAGES = frozenset({"DBMS_LOCK"})
WITHHELD = "NO EXECUTE"  # kept of PUBLIC for a package that it may not execute any more
_NO_SESSION = "user {0} lacks CREATE SESSION privilege; logon denied"


def is_dynamic_view(name: str) -> bool:
    """Tell whether a name is one of the V$ views."""
    return name.startswith(("V$", "GV$", "V_$", "GV_$"))


def is_package(name: str) -> bool:
    """Tell whether a name is one of a SYS package."""
    return name.startswith(("DBMS_", "UTL_"))


def _base(view: str) -> str:
    return view.replace("_$", "$", 1).removeprefix("G")


class Users:
    """Hold passwords and privileges; statements of all sessions ask here.

    :param passwords: by user name; kept in memory only.
    """

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = {name.upper(): password for name, password in passwords.items()}
        self._granted: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self.version = 0  # grows with every change: what was allowed must be asked again

    def names(self) -> list[str]:
        """Return who may log in with a password."""
        return list(self._passwords)

    def password_of(self, user: str) -> str | None:
        """Return a user's password, None when there is no such user."""
        return self._passwords.get(user)

    def set_password(self, user: str, password: str | None) -> None:
        """Add a user, change the password, or forget the user."""
        if password is None:
            self._passwords.pop(user, None)
        else:
            self._passwords[user] = password

    def load(self, granted: Iterable[tuple[str, str]]) -> None:
        """Take what the database has kept."""
        fresh: dict[str, set[str]] = {}
        for user, privilege in granted:
            fresh.setdefault(user, set()).add(privilege)
        with self._lock:
            if fresh != self._granted:
                self._granted = fresh
                self.version += 1

    def first_privileges(self, user: str) -> list[str]:
        """Return what a user gets who was never granted anything; [] for one who was."""
        return [] if user in self._granted else [_FIRST.get(user, "DB_DEVELOPER_ROLE")]

    def granted(self, user: str) -> frozenset[str]:
        """Return what was granted to a user directly."""
        return frozenset(self._granted.get(user, ()))

    def has(self, user: str, privilege: str, *, roles: bool = True) -> bool:
        """Tell whether a user has a privilege, directly, by a role, or as PUBLIC."""
        listed = self._granted.get(user, set()) | self._granted.get("PUBLIC", set())
        if not roles:
            listed -= ROLES.keys()
        return (
            user == "SYS"
            or "DBA" in listed
            or privilege in listed
            or any(privilege in ROLES.get(role, ()) for role in listed)
        )

    def require(self, user: str, privilege: str, *, roles: bool = True) -> None:
        """Refuse what a user may not do.

        :raises OracleError: ORA-01031, or ORA-01045 for CREATE SESSION.
        """
        if not self.has(user, privilege, roles=roles):
            if privilege == "CREATE SESSION":
                raise OracleError(1045, _NO_SESSION.format(user))
            raise OracleError(1031, "insufficient privileges")

    def require_proxy(self, proxy: str, target: str) -> None:
        """Refuse a user who may not connect as another one.

        :raises OracleError: ORA-28150.
        """
        if f"{CONNECT_THROUGH} ON {target}" not in self.granted(proxy):
            raise OracleError(28150, "proxy not authorized to connect as client")

    def sees(self, user: str, view: str, *, roles: bool = True) -> bool:
        """Tell whether a user may read a V$ view."""
        base = _base(view)
        return (
            (base in _OPEN_VIEWS and not view.startswith("G"))
            or self.has(user, "SELECT ANY DICTIONARY", roles=roles)
            or any(
                self.has(user, f"{verb} ON {name}", roles=roles)
                for verb in ("SELECT", "READ")
                for name in {base, view.replace("_$", "$", 1)}
            )
        )

    def may_execute(self, user: str, package: str, *, roles: bool = True) -> bool:
        """Tell whether a user may call a SYS package; most are granted to PUBLIC."""
        free = package not in GUARDED_PACKAGES
        if free and f"{WITHHELD} ON {package}" not in self._granted.get("PUBLIC", ()):
            return True
        return self.has(user, f"EXECUTE ON {package}", roles=roles)

    def check_tables(
        self, user: str, tables: Iterable[tuple[str | None, str]], *, roles: bool = True
    ) -> None:
        """Hide the V$ views from those who may not read them.

        :raises OracleError: ORA-00942, as if they were not there.
        """
        for owner, name in tables:
            if "$" in name and is_dynamic_view(name) and not self.sees(user, name, roles=roles):
                place = f"{owner or user}"
                raise OracleError(942, f'table or view "{place}"."{name}" does not exist')
