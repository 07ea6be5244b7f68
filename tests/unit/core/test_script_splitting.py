"""Where pieces stand, in any encoding; where statements end is in ``golden``."""

from __future__ import annotations

import pytest

from airflow_oracle_dag.core.parse import parse_script


def test_lines_and_terminators() -> None:
    """A piece knows its lines, its terminator and, by its offsets, its place in the file."""
    source = b"-- a\n\nselect 1\n from dual ;\nbegin\n null;\nend;\n/\n"
    pieces = parse_script(source).pieces
    assert [(each.first_line, each.last_line, each.terminator) for each in pieces] == [
        (1, 1, ""),
        (3, 4, ";"),
        (5, 8, "/"),
    ]
    assert source[pieces[1].start : pieces[1].end] == b"select 1\n from dual ;"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_offsets_are_bytes_in_any_encoding(encoding: str, line_end: str) -> None:
    """Offsets count bytes of the file, whatever its encoding and line ends."""
    text = line_end.join(["-- é", "select 'ü' from dual;", "", "begin à := 1; end;", "/", ""])
    source = text.encode(encoding)
    from airflow_oracle_dag.core.script import ParseSettings

    script = parse_script(source, settings=ParseSettings(fallback_encoding="cp1252"))
    cut = [source[piece.start : piece.end].decode(encoding) for piece in script.pieces]
    assert cut == ["-- é", "select 'ü' from dual;", f"begin à := 1; end;{line_end}/"]
    assert [piece.text for piece in script.pieces][1:] == [
        "select 'ü' from dual",
        "begin à := 1; end;",
    ]
    assert script.encoding == ("utf-8" if encoding == "utf-8" else "cp1252")


def test_a_fallback_must_extend_ascii() -> None:
    """An encoding in which ; is another byte cannot be a fallback."""
    from airflow_oracle_dag.core.script import ParseSettings

    for encoding in ("utf-16", "cp037", "utf-7", "no-such-encoding"):
        with pytest.raises(ValueError, match="fallback_encoding"):
            ParseSettings(fallback_encoding=encoding)
