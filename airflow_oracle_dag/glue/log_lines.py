"""Lines for CloudWatch: one JSON object each, so that Logs Insights finds their fields.

::

    {"time": "...Z", "level": "INFO", "run": "key", "attempt": 3, "kind": "step", "message": "..."}
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, TextIO

from airflow_oracle_dag.runtime.results import Event

#: Characters of one message; CloudWatch takes 262,144 bytes of a line with all that is around it,
#: and JSON may write six bytes for a character.
_LONGEST = 32_000
_LEVELS = {"failure": "ERROR", "notice": "WARNING", "overdue": "WARNING"}
_MASK = "***"


class LogLines:
    """Write one line for each event.

    :param stream: None: standard output, as it is when a line is written.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._fields: dict[str, Any] = {}
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def always(self, **fields: Any) -> None:
        """Add fields to every line from now on."""
        self._fields.update(fields)

    def mask(self, *secrets: str) -> None:
        """Show stars in the place of some texts from now on."""
        self._secrets += tuple(secret for secret in secrets if secret)

    def tell(self, event: Event) -> None:
        """Write an event of a run."""
        step = {} if event.step is None else {"step": event.step.name}
        self.say(event.kind, event.text, _LEVELS.get(event.kind, "INFO"), **step)

    def say(self, kind: str, text: str, level: str = "INFO", **fields: Any) -> None:
        """Write a line."""
        seconds, fraction = divmod(time.time(), 1)
        now = (
            f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(fraction * 1e6):06}Z"
        )
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} ({len(text) - _LONGEST} further characters)"
        line = {"time": now, "level": level, **self._fields, **fields, "kind": kind}
        with self._lock:
            stream = self._stream or sys.stdout
            stream.write(json.dumps({**line, "message": text}) + "\n")
            stream.flush()
