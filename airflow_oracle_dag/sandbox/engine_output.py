"""The buffer of DBMS_OUTPUT: per session, outside of transactions."""

from __future__ import annotations

from collections import deque

from airflow_oracle_dag.sandbox.session import OracleError


class OutputBuffer:
    """Keep lines between PUT_LINE and GET_LINE."""

    def __init__(self) -> None:
        self.limit: int | None = None  # None: not enabled, lines are dropped
        self._lines: deque[str | None] = deque()
        self._size = 0
        self._partial: str | None = None

    def enable(self, size: int | None) -> None:
        """Begin to keep lines; NULL means without limit."""
        self.limit = 1 << 40 if size is None else max(2000, min(size, 1_000_000))

    def disable(self) -> None:
        """Drop everything."""
        self.limit = None
        self._lines.clear()
        self._size = 0
        self._partial = None

    def put(self, text: str | None) -> None:
        """Add to the line that is being written."""
        if self.limit is None:
            return
        line = (self._partial or "") + (text or "")
        if len(line.encode()) > 32767:
            raise OracleError(
                20000, "ORU-10028: line length overflow, limit of 32767 bytes per line"
            )
        if self._size + len(line.encode()) > self.limit:
            raise OracleError(20000, f"ORU-10027: buffer overflow, limit of {self.limit} bytes")
        self._partial = line

    def new_line(self) -> None:
        """End the line."""
        if self.limit is None:
            return
        line, self._partial = self._partial or "", None
        self._size += len(line.encode())
        self._lines.append(line)

    def put_line(self, text: str | None) -> None:
        """Write a whole line."""
        self.put(text)
        self.new_line()

    def get_line(self) -> tuple[str | None, int]:
        """Take a line; status 1 when there is none."""
        if not self._lines:
            return None, 1
        line = self._lines.popleft() or ""
        self._size -= len(line.encode())
        return line or None, 0
