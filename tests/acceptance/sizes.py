"""How large the acceptance tests are: short in ``make test``, long in ``make test-long``."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("ORACLE_DAG_LONG"))
#: Jobs that run at once, and mapped tasks of one batch.
CAP, BATCH = (16, 60) if LONG else (3, 3)
