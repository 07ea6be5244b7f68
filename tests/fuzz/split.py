"""Feed a coverage-guided fuzzer to `parse_script`, in each reading and with each permission.

    make fuzz-split [FUZZ_SECONDS=600] [FUZZ_CORPUS="folders of scripts to begin with"]

Any bytes are a script whose pieces, with the white space between them, give the file back, or a
refusal that can be acted on; and whatever is wrong, all of it can be said. Atheris has wheels for
Linux and a few versions of Python only, so that it is no dependency of the development
environment; `tests/unit/core` asks the same of bytes that hypothesis makes up.
"""

from __future__ import annotations

import sys
from itertools import product

import atheris  # type: ignore[import-untyped,unused-ignore]  # installed for this alone

with atheris.instrument_imports(include=["airflow_oracle_dag.core"]):
    from airflow_oracle_dag.core.errors import ScriptError
    from airflow_oracle_dag.core.mistakes import find_mistakes
    from airflow_oracle_dag.core.parse import parse_script
    from airflow_oracle_dag.core.script import ParseSettings, Script

SETTINGS = [
    ParseSettings(reading=reading, rerun=rerun, defines={"a": "1", "x": "';"}, arguments=("2",))
    for reading, rerun in product((None, "sqlplus", "lexical"), ("refuse", "allow"))
]
BLANKS = b" \t\r\n\f\v"


def once(data: bytes) -> None:
    """Parse bytes: a script whose pieces stand in order, or a refusal that can be acted on."""
    for settings in SETTINGS:
        found, mistakes = find_mistakes(data, name="<script>", settings=settings)
        try:
            script = parse_script(data, settings=settings)
        except ScriptError as error:
            if not (error.rule and error.message and error.cure):
                raise
            if str(error) != str(mistakes[0]):
                raise AssertionError(mistakes) from error
            continue
        if script != found or mistakes:
            raise AssertionError(mistakes)
        _give_back(data, script)


def _give_back(data: bytes, script: Script) -> None:
    """Join the pieces and what lies between them."""
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    joined = [data[:at]]
    for piece in script.pieces:
        if data[at : piece.start].strip(BLANKS) or piece.end <= piece.start:
            raise AssertionError((at, piece))
        joined += [data[at : piece.start], data[piece.start : piece.end]]
        at = piece.end
    if b"".join(joined) + data[at:] != data:
        raise AssertionError(len(data))
    if data[at:].strip(BLANKS) and script.exit_at == len(script.pieces):
        raise AssertionError((at, len(data)))


def main() -> None:
    """Fuzz until the fuzzer's own options say that it is enough."""
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
