"""@, @@ and START: SQL*Plus User's Guide and Reference, "@ (at sign)", "START"."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import pytest

from airflow_oracle_dag.core.errors import BindError, DriftError, ScriptError
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import Plan, build_plan
from airflow_oracle_dag.core.resume import new_rows, refuse_other_steps
from airflow_oracle_dag.core.script import (
    Included,
    IncludeRequest,
    ParseSettings,
    PieceKind,
    Script,
)
from airflow_oracle_dag.core.values import ScriptValues


class Files:
    """Files by name, and what was asked for."""

    def __init__(self, files: Dict[str, str]) -> None:
        self.files = files
        self.asked: List[IncludeRequest] = []

    def __call__(self, request: IncludeRequest) -> Optional[Included]:
        self.asked.append(request)
        text = self.files.get(request.file)
        return None if text is None else Included(request.file, text.encode())


def parsed(text: str, **files: str) -> Script:
    """Parse a script with files called NAME.sql."""
    reader = Files({f"{name}.sql": content for name, content in files.items()})
    return parse_script(text, name="main.sql", settings=ParseSettings(include=reader))


def plan(text: str, **files: str) -> Plan:
    """Return the plan of a script with files."""
    return build_plan(parsed(text, **files), ScriptValues({}))


def sent(script: Script) -> List[Tuple[str, int, str]]:
    """Return file, line and text of each statement."""
    return [
        (each.file, each.first_line, each.text)
        for each in script.pieces
        if each.kind in (PieceKind.SQL, PieceKind.PLSQL)
    ]


@pytest.mark.parametrize(
    "line", ["@a", "@@a", "@a.sql", "@ a", "start a", "STA a.sql", "@a;", "@'a.sql'", '@"a"']
)
def test_a_file_stands_where_it_is_asked_for(line: str) -> None:
    """Its statements come in order, with the file and the line that they are written in."""
    script = parsed(f"commit;\n{line}\ncommit;\n", a="-- first\nselect 1\nfrom dual;\nrollback;\n")
    assert sent(script) == [
        ("", 1, "commit"),
        ("a.sql", 2, "select 1\nfrom dual"),
        ("a.sql", 4, "rollback"),
        ("", 3, "commit"),
    ]


@pytest.mark.parametrize(
    ("line", "file", "beside"),
    [
        ("@a", "a.sql", False),
        ("@@sub/a", "sub/a.sql", True),
        ("start a.b", "a.b", False),
        ("@../x.y/a", "../x.y/a.sql", False),
        ("@c:\\x.y\\a", "c:\\x.y\\a.sql", False),
        ("@'my file' b", "my file.sql", False),
    ],
)
def test_what_is_asked_for(line: str, file: str, *, beside: bool) -> None:
    """.sql is added to a name without a suffix (SET SUFFIX); @@ asks beside the file that asks."""
    reader = Files({file: "commit;"})
    parse_script(f"{line}\n", name="x/main.sql", settings=ParseSettings(include=reader))
    assert reader.asked == [IncludeRequest(file, "x/main.sql", beside)]


def test_files_within_files() -> None:
    """The file that asks is named to the reader, however deep."""
    reader = Files({"a.sql": "@@b\n", "b.sql": "commit;\n"})
    script = parse_script("@a\n", name="main.sql", settings=ParseSettings(include=reader))
    assert [request.including for request in reader.asked] == ["main.sql", "a.sql"]
    assert sent(script) == [("b.sql", 1, "commit")]


def test_arguments_and_variables_are_one_name_space() -> None:
    """A file gets arguments, and what it defines stays defined, &1 included."""
    script = parsed(
        "define t = x\n@a stg 'y z'\nselect &t, '&1' from dual;\n",
        a="select '&1', '&2' from &t;\ndefine t = &1\n",
    )
    assert [text for _, _, text in sent(script)] == [
        "select 'stg', 'y z' from x",
        "select stg, 'stg' from dual",
    ]


def test_a_file_name_may_be_a_value() -> None:
    """The name is substituted like every line."""
    assert sent(parsed("define f = a\n@&f\n", a="commit;")) == [("a.sql", 1, "commit")]


@pytest.mark.parametrize("content", ["", "\n \n", "-- nothing\n", "\ufeffcommit;", "commit;\r\n"])
def test_small_files(content: str) -> None:
    """An empty file, one with a mark, one without a line end: what follows is read as ever."""
    found = sent(parsed("@a\nrollback;\n", a=content))
    assert found[-1] == ("", 2, "rollback")
    assert len(found) == 1 + ("commit" in content)


def test_the_last_line_may_ask() -> None:
    """The @ needs no line end behind it."""
    assert sent(parsed("@a", a="commit;")) == [("a.sql", 1, "commit")]


def test_exit_in_a_file_ends_all() -> None:
    """EXIT leaves SQL*Plus, not only the file; what stands behind is skipped."""
    made = plan("@a\ninsert into t values (3);\n", a="insert into t values (1);\nexit\n&x\n")
    assert [(step.is_skipped, step.file, step.first_line) for step in made.steps] == [
        (False, "a.sql", 1)
    ]
    (notice,) = made.notices
    assert (notice.file, notice.line) == ("a.sql", 3)


def test_each_file_has_its_own_encoding() -> None:
    """A Latin-1 file inside a UTF-8 script is read as what it is."""
    files = {"a.sql": "select 'é' from dual;\n".encode("latin-1")}
    settings = ParseSettings(include=lambda ask: Included(ask.file, files[ask.file]))
    script = parse_script("@a\nselect 'ü' from dual;\n", settings=settings)
    assert [text for _, _, text in sent(script)] == ["select 'é' from dual", "select 'ü' from dual"]


def test_set_lines_reach_across_files() -> None:
    """SET DEFINE OFF in a file holds for what comes after it."""
    assert sent(parsed("@a\nselect '&b' from dual;\n", a="set define off\n"))[0][2].startswith(
        "select '&b'"
    )


def test_a_loop_of_files() -> None:
    """A file that includes itself, directly or not, is refused with the circle."""
    with pytest.raises(ScriptError, match=r"a\.sql -> b\.sql -> a\.sql") as caught:
        parsed("@a\n", a="commit;\n@b\n", b="@a\n")
    assert (caught.value.rule, caught.value.file, caught.value.line) == (
        "include-cycle",
        "b.sql",
        1,
    )
    assert len(sent(parsed("@a\n@a\n", a="commit;\n"))) == 2


def test_twenty_deep() -> None:
    """SQL*Plus nests 20 files; more are refused."""
    files = {f"f{number}": f"@f{number + 1}\n" for number in range(30)}
    with pytest.raises(ScriptError, match="more than 20 deep"):
        parsed("@f0\n", **files)


def test_what_doubles_is_stopped() -> None:
    """Files that include the next one twice would never end; they are refused by their size."""
    files = {f"f{n}": f"@f{n + 1}\n@f{n + 1}\n" + "--" * 20000 + "\n" for n in range(18)}
    with pytest.raises(ScriptError, match="larger than 64 MB"):
        parsed("@f0\n", **files, f18="commit;\n")


REFUSED = [
    ("include-missing", "main.sql", 2, "commit;\n@none\n", ""),
    ("include-missing", "main.sql", 1, "@http://example.com/a.sql\n", ""),
    ("definition", "main.sql", 1, "@\ncommit;\n", ""),
    ("definition", "main.sql", 1, "@a 'x\n", ""),
    ("unended-at-eof", "a.sql", 2, "@a\ncommit;\n", "commit;\nselect 1\n"),
    ("unknown-line", "a.sql", 2, "@a\n", "commit;\nselct 1;\n"),
    ("undefined-variable", "a.sql", 1, "commit;\n@a\n", "select '&x' from dual;\n"),
    ("include-in-statement", "main.sql", 2, "select 1\n@a\n;\n", ""),
    ("duplicate-step-name", "a.sql", 1, "-- @step x\ncommit;\n@a\n", "-- @step x\ncommit;\n"),
    ("check-without-select", "a.sql", 1, "@a\n", "-- @check x\ncommit;\n"),
    ("annotation", "a.sql", 2, "@a\n", "\n-- @step\ncommit;\n"),
    ("rerun", "main.sql", 2, "@a\n/\n", "savepoint a;\n"),
    ("rerun-dml", "main.sql", 2, "@a\n/\n", "delete t;\n"),
    ("encoding", "a.sql", 0, "@a\n", "\0"),
]


@pytest.mark.parametrize(("rule", "file", "line", "text", "included"), REFUSED)
def test_refused(rule: str, file: str, line: int, text: str, included: str) -> None:
    """Errors name the file that the mistake stands in."""
    with pytest.raises(ScriptError) as caught:
        parsed(text, a=included)
    found = caught.value
    assert (found.rule, found.file, found.line) == (rule, file, line)
    assert found.cure


@pytest.mark.parametrize(
    ("rule", "included"),
    [
        ("missing-bind", "commit;\ninsert into t values (:x);\n"),
        ("commit-force", "select 1 from dual;\ncommit force 'x';\n"),
        ("set-transaction-not-first", "select 1 from t;\nset transaction read only;\n"),
        ("empty-step", "commit;\n-- @step b\ncommit;\n-- @step c\nselect 1 from t;\n"),
    ],
)
def test_what_the_plan_refuses(rule: str, included: str) -> None:
    """The plan's errors name the included file, too."""
    with pytest.raises((ScriptError, BindError)) as caught:
        plan("commit;\n@a\n", a=included)
    assert (caught.value.rule, caught.value.file, caught.value.line) == (rule, "a.sql", 2)


def test_an_address_on_the_network_is_called_one() -> None:
    """Nobody looks for a file of that name."""
    with pytest.raises(ScriptError, match=r"x\.sql is an address on the network: nothing is fetch"):
        plan("@https://example.com/x\n")


def test_without_a_reader() -> None:
    """Who gives no reader refuses scripts that ask for files."""
    with pytest.raises(ScriptError) as caught:
        parse_script("@a tiger\n")
    assert caught.value.rule == "directive-not-supported"
    assert "tiger" not in str(caught.value)


def test_arguments_are_not_shown() -> None:
    """One of them may be a password: what is wrong with the file is said without them."""
    with pytest.raises(ScriptError, match=r"there is no file a\.sql") as caught:
        parse_script("@a tiger\n", settings=ParseSettings(include=lambda _: None))
    assert "tiger" not in str(caught.value)


def test_steps_run_across_files() -> None:
    """A transaction that begins in one file may end in another: SQL*Plus sees one stream."""
    made = plan(
        "-- @step load\ninsert into t values (1);\n@a\ninsert into t values (3);\n",
        a="insert into t values (2);\ncommit;\n",
    )
    assert [(step.name, len(step.units)) for step in made.steps] == [("load", 2), ("load.2", 1)]


def test_an_edited_file_is_drift() -> None:
    """A finished run is not finished for a script whose file changed."""
    rows = new_rows(plan("@a\n", a="insert into t values (1);\n"), 1)
    rows = [type(row)(**{**row.__dict__, "state": "SUCCEEDED"}) for row in rows]
    with pytest.raises(DriftError, match=r"a\.sql:1: step step_1 is done"):
        refuse_other_steps(rows, plan("@a\n", a="insert into t values (2);\n"))
