"""Feed a coverage-guided fuzzer to `parse_script`, in each reading and with each permission.

    pip install atheris
    python -m tests.fuzz.split -max_total_time=600 [folder of scripts to begin with]

Atheris has wheels for Linux and a few versions of Python only, so that it is no dependency of the
development environment; `tests/unit/core` asks the same of bytes that hypothesis makes up.
"""

from __future__ import annotations

import sys
from itertools import product

import atheris  # type: ignore[import-untyped,unused-ignore]  # installed for this alone

with atheris.instrument_imports(include=["airflow_oracle_dag.core"]):
    from airflow_oracle_dag.core.errors import ScriptError
    from airflow_oracle_dag.core.parse import parse_script
    from airflow_oracle_dag.core.script import ParseSettings

SETTINGS = [
    ParseSettings(reading=reading, rerun=rerun, defines={"a": "1", "x": "';"}, arguments=("2",))
    for reading, rerun in product((None, "sqlplus", "lexical"), ("refuse", "allow"))
]
BLANKS = b" \t\r\n\f\v"


def once(data: bytes) -> None:
    """Parse bytes: a script whose pieces stand in order, or a refusal that can be acted on."""
    for settings in SETTINGS:
        try:
            script = parse_script(data, settings=settings)
        except ScriptError as error:
            if not (error.rule and error.message):
                raise
            continue
        at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        for piece in script.pieces:
            if data[at : piece.start].strip(BLANKS) or piece.end <= piece.start:
                raise AssertionError((at, piece))
            at = piece.end
        if data[at:].strip(BLANKS) and script.exit_at == len(script.pieces):
            raise AssertionError((at, len(data)))


def main() -> None:
    """Fuzz until the fuzzer's own options say that it is enough."""
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
