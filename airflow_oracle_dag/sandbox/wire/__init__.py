"""Oracle Net as a sans-IO layer: bytes in, messages out, and back again.

Nothing in this package opens a socket, starts a thread or looks at a clock, so every part of it can
be tested with bytes alone. It speaks one dialect, the simplest that every thin client of
python-oracledb still understands: protocol version 318, field version 7 (Oracle Database 12.1), no
end-of-response markers, no out-of-band breaks and no fast authentication.

Start reading at `connection` (bytes to events), then `requests` and `replies`.
"""
