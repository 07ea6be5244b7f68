"""The script by which a DBA installs the package that stops and ends users' own sessions."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Dict, Sequence, Tuple

from airflow_oracle_dag.sql.identifiers import quoted

#: Who owns the package unless somebody says otherwise.
OWNER = "ODAG_ADMIN"
#: Services whose administrators do not have ALTER SYSTEM, and what stands for it there.
MANAGED = ("rds",)

_FILE = "control_package.sql"
_NAME_LINE = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def control_script(users: Sequence[str], owner: str = OWNER, managed: str = "") -> str:
    """Return the whole script.

    :param users: who may call the package.
    :param owner: of the package: a user of its own, as whom nobody logs in.
    :param managed: one of `MANAGED`, "" where a DBA has ALTER SYSTEM.
    :raises UnknownSchemaName: for a name that is none.
    """
    head, parts = _parts()
    kind = f"_{managed}" if managed else ""
    name = quoted(owner)
    body = parts["control_package"]
    for what in ("cancel", "kill"):
        body = body.replace("{" + what + "}", _code(parts[f"control_{what}{kind}"]))
    texts = [head, parts[f"control_owner{kind}"], body]
    texts += [parts["control_user"].replace("{user}", quoted(user)) for user in users]
    text = "\n\n".join(part.strip() for part in texts) + "\n"
    return text.replace("{owner_name}", name.strip('"')).replace("{owner}", name)


def _parts() -> Tuple[str, Dict[str, str]]:
    """Return what stands before the first name, and each part with its comments."""
    text = files("airflow_oracle_dag.sql").joinpath(_FILE).read_text(encoding="utf-8")
    head, *found = _NAME_LINE.split(text)
    return head, dict(zip(found[0::2], found[1::2]))


def _code(part: str) -> str:
    return "\n".join(line for line in part.splitlines() if line and not line.startswith("--"))
