"""`lint` says what is wrong with scripts; `split` shows their pieces. Neither needs a database."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from airflow_oracle_dag.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
CLEAN = "-- @step a\nupdate t set a = 1;\ncommit;\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a function that writes scripts into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".sql")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path

    return write


def lint(capsys, *arguments):
    """Lint and return exit code and document."""
    code = main(["lint", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def rules(document):
    """Return file, line, severity and rule of each problem."""
    return [
        (each["file"], each["line"], each["severity"], each["rule"])
        for each in document["problems"]
    ]


def test_a_clean_script(folder, capsys):
    """Nothing is said but the count."""
    folder(a=CLEAN)
    assert main(["lint", "a.sql"]) == 0
    assert capsys.readouterr().out == "1 file: 0 errors, 0 warnings\n"


def test_all_mistakes_of_a_file_at_once(folder, capsys):
    """Behind a line that is refused the script goes on; each mistake has its place and cure."""
    folder(a="pause\nset escape on\nupdate t set a = 1;\n/\nhost ls\nselect 'x\n;\n\nfrom t;\n")
    code, document = lint(capsys, "a.sql")
    assert code == 2
    assert rules(document) == [
        ("a.sql", 1, "error", "directive-not-supported"),
        ("a.sql", 2, "error", "directive-not-supported"),
        ("a.sql", 4, "error", "rerun-dml"),
        ("a.sql", 5, "error", "directive-not-supported"),
        ("a.sql", 6, "error", "unterminated-string"),
    ]
    assert all(each["cure"] for each in document["problems"])
    assert document["errors"] == 5


def test_a_mistake_is_shown_like_a_compiler_s(folder, capsys):
    """File, line and column, the rule, the line, a caret, the cure."""
    folder(a="commit;\n  pause\n")
    assert main(["lint", "a.sql"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "a.sql:2:3: error: PAUSE is not supported [directive-not-supported]",
        "      pause",
        "      ^",
        "  To mend it: delete it: nobody is there to press a key.",
        "1 file: 1 error, 0 warnings",
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("begin\n  commit;\nend;\n/\n", "commit-in-plsql 2:3"),
        ("begin\n  load_orders;\n  p;\nend;\n/\n", "opaque-block 2:3"),
        ("begin\n  p; -- commit\n  x := 'commit';\n  commit;\nend;\n/\n", "commit-in-plsql 4:3"),
        ("begin\n  execute immediate s;\nend;\n/\n", "opaque-block 2:11"),
        ("alter table t modify (a number(5));\n", "ddl-without-probe 1:1"),
        ("revoke select on t from u;\n", "ddl-without-probe 1:1"),
        ("exec load_orders\n", "opaque-block 1:None"),
    ],
)
def test_what_may_need_a_person_is_a_warning(folder, capsys, text, rule):
    """A step that nobody can judge is a warning; a probe or `repeatable` answers for it."""
    folder(a=text, b=f"-- @step x repeatable\n{text}", c=f"-- @probe select :day from t\n{text}")
    code, document = lint(capsys, ".")
    warnings = [each for each in document["problems"] if each["severity"] == "warning"]
    assert [f"{each['rule']} {each['line']}:{each['column']}" for each in warnings] == [rule]
    assert (code, warnings[0]["file"]) == (0, "a.sql")
    assert main(["lint", ".", "--strict"]) == 1
    assert "a person must say whether it is done" in capsys.readouterr().out


def test_ddl_that_can_be_looked_up_needs_nobody(folder, capsys):
    """What is compared or may run twice is no warning; of the rest the reason is told."""
    folder(
        a="create table t (a number);\ndrop index i;\ntruncate table t;\n"
        "create or replace view v as select 1 a from t;\n",
        b="create index i on t (a) online;\n",
    )
    _, document = lint(capsys, ".")
    assert rules(document) == [("b.sql", 1, "warning", "ddl-without-probe")]
    assert (
        "(what runs ONLINE is made in several transactions)" in document["problems"][0]["message"]
    )


def test_what_the_plan_refuses_is_an_error(folder, capsys):
    """Not the lines alone are judged: a bind in DDL, two steps of one name."""
    folder(a="create table t (a number default :x);\n", b=CLEAN + CLEAN)
    code, document = lint(capsys, ".")
    assert code == 2
    assert [rule for *_, rule in rules(document)] == ["bind-in-ddl", "duplicate-step-name"]


def test_behind_an_exit_nothing_is_judged(folder, capsys):
    """As in a run: what cannot be read behind an EXIT is a note."""
    folder(a=CLEAN + "exit\npause\nselect '\n")
    code, document = lint(capsys, "a.sql")
    assert code == 0
    assert rules(document) == [("a.sql", 5, "note", "notice")]


def test_a_folder_is_read_whole(folder, capsys):
    """Folders below count, hidden ones and other files do not."""
    root = folder(a=CLEAN, sub__B="pause\n", **{".git__c": "pause\n"})
    (root / "sub" / "d.SQL").write_text("pause\n")
    (root / "e.txt").write_text("pause\n")
    code, document = lint(capsys, ".")
    assert (code, document["files"]) == (2, 3)
    assert [each["file"] for each in document["problems"]] == ["sub/B.sql", "sub/d.SQL"]


def test_a_part_is_judged_where_it_is_used(folder, capsys):
    """A file that others include is no script of its own; its mistakes are said once."""
    folder(a="@part t1\n" + CLEAN, b="@part t2\n" + CLEAN, part="update &1 set a = 1;\npause\n")
    code, document = lint(capsys, ".")
    assert code == 2
    assert [(each["line"], each["rule"]) for each in document["problems"]] == [
        (2, "directive-not-supported")
    ]
    code, document = lint(capsys, "part.sql", "--argument", "t")
    assert [each["rule"] for each in document["problems"]] == ["directive-not-supported"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [(None, "unreadable"), (b"\xff\xfea\x00", "encoding"), ("", "empty"), ("update &x;", None)],
)
def test_one_bad_file_does_not_end_the_others(folder, capsys, content, rule):
    """What cannot be read is a problem among the others."""
    folder(b="pause\n", **({} if content is None else {"a": content}))
    code, document = lint(capsys, "a.sql", "b.sql")
    assert code == 2
    assert [each["rule"] for each in document["problems"]] == [
        rule or "undefined-variable",
        "directive-not-supported",
    ]


def test_a_folder_without_scripts(folder, capsys):
    """It is a mistake of the caller: a check that checks nothing must not succeed."""
    folder()
    assert main(["lint", "."]) == 2
    assert "has no .sql file" in capsys.readouterr().err


def test_progress_is_for_terminals(folder, capsys, monkeypatch):
    """A terminal sees how far it is; a pipe and a terminal that can draw nothing see nothing."""
    folder(a=CLEAN, b=CLEAN)
    monkeypatch.setenv("TERM", "xterm")
    main(["lint", "."])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    main(["lint", "."])
    assert "2/2" in capsys.readouterr().err
    monkeypatch.setenv("TERM", "dumb")
    main(["lint", "."])
    assert capsys.readouterr().err == ""


def test_split_shows_the_pieces(folder, capsys):
    """Each piece has its lines, kind and class; the document has its bytes."""
    text = "prompt x\ncreate table t (a number);\nbegin null; end;\n/\nselect :day from t\n/\n"
    folder(a=text)
    assert main(["split", "a.sql"]) == 0
    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["1-1", "directive", "DIRECTIVE"],
        ["2-2", "sql", "DDL"],
        ["3-4", "plsql", "PLSQL"],
        ["5-6", "sql", "SELECT"],
    ]
    assert main(["split", "a.sql", "--json"]) == 0
    pieces = json.loads(capsys.readouterr().out)["pieces"]
    assert [text[each["start"] : each["end"]] for each in pieces][-1] == "select :day from t\n/"
    assert pieces[1]["object_type"] == "TABLE"
    assert (pieces[3]["binds"], pieces[3]["terminator"]) == (["day"], "/")


def test_split_shows_no_password(folder, capsys):
    """In its lines; the document is the script itself."""
    folder(a="alter user x identified by tiger;\n")
    assert main(["split", "a.sql"]) == 0
    shown = capsys.readouterr().out
    assert shown.rstrip().endswith("alter user x identified by ...")


def test_plan_assumes_the_binds_of_probes_too(folder, capsys):
    """Without values `plan` shows the steps of any script."""
    folder(a="-- @probe select 1 from t where d = :day\ncreate table t (a number);\n")
    assert main(["plan", "a.sql", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["binds"] == ["day"]


def test_of_calls_a_database_can_tell_more(folder, capsys):
    """The cure names the look behind them; under atomic=strict there is nothing to ask."""
    call = "begin\n  load_orders;\nend;\n/\n"
    folder(a=call, b=f"-- @step x atomic=strict\n{call}")
    _, document = lint(capsys, ".")
    (problem,) = document["problems"]
    assert problem["file"] == "a.sql"
    assert "oracle-dag plan FILE --dsn" in problem["cure"] and "atomic=strict" in problem["cure"]


@pytest.mark.parametrize(
    ("text", "severity", "rule", "place"),
    [
        (
            "insert /*+ append */ into t\n select * from r@far;\n",
            "warning",
            "append-over-link",
            (2, 17),
        ),
        (
            'insert --+ APPEND_VALUES\n into t values (1);\nselect 1 from r@"far";\n',
            "warning",
            "append-over-link",
            (3, 16),
        ),
        (
            "insert /*+ append */ into s.t select 1 from u;\nupdate u\n set a=(select t from t);\n",
            "warning",
            "read-after-append",
            (3, 23),
        ),
        ("update t@far set a = 'x@y';\n", "note", "distributed-step", (1, 9)),
        ("variable a number\nexec :b := 1\n", "warning", "unused-variable", (1, 1)),
    ],
)
def test_what_a_database_would_not_do_as_it_is_written(folder, capsys, text, severity, rule, place):
    """Direct-path loads and database links in one step, and variables that nothing uses."""
    folder(a=text)
    _, document = lint(capsys, "a.sql")
    found = [each for each in document["problems"] if each["rule"] == rule]
    assert [(each["severity"], (each["line"], each["column"])) for each in found] == [
        (severity, place)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "insert /*+ append */ into t select '@far' -- @far\n from dual;\n",
        "insert /*+ append */ into t select 1 from dual;\ncommit;\nselect 1 from t, r@far;\n",
        "insert into t select 1 /* append */ from r@far;\n",
        "variable a number\nprint a\nselect 1 from dual;\n",
    ],
)
def test_no_false_alarm(folder, capsys, text):
    """Strings, comments and a COMMIT in between are seen."""
    folder(a=text)
    main(["lint", "a.sql"])
    assert capsys.readouterr().out == "1 file: 0 errors, 0 warnings\n"


def test_binds_that_are_given(folder, capsys):
    """What has no value is an error where it stands, and so is what no script uses."""
    folder(a="select :day, :dya from t;\n", b="select :day, :run_id, :data_interval_end from t;\n")
    code, document = lint(capsys, ".", "--bind", "day=x", "--bind", "other=y")
    assert code == 2
    assert [(each["file"], each["column"], each["rule"]) for each in document["problems"]] == [
        ("a.sql", 14, "missing-bind"),
        (".", None, "unused-bind"),
    ]
    assert "did you mean :day?" in document["problems"][0]["cure"]


def test_very_many_mistakes_of_a_file(folder, capsys):
    """The first hundred are said, and how many more there are."""
    folder(a="pause\n" * 250)
    code, document = lint(capsys, "a.sql")
    assert (code, len(document["problems"])) == (2, 101)
    assert document["problems"][-1]["message"] == "at least 150 more are not shown"


def test_links_between_folders(folder, capsys):
    """A ring of folders ends, a link to a folder is followed, one to nothing is a problem."""
    root = folder(sub__a=CLEAN)
    (root / "sub" / "up").symlink_to(root)
    (root / "other").symlink_to(root / "sub")
    (root / "gone.sql").symlink_to(root / "nothing")
    (root / "self").symlink_to(root / "self")
    (root / "self.sql").symlink_to(root / "self.sql")
    code, document = lint(capsys, ".")
    assert (code, document["files"]) == (2, 4)
    assert rules(document) == [
        ("gone.sql", None, "error", "unreadable"),
        ("self.sql", None, "error", "unreadable"),
    ]


def test_a_pipe_in_a_folder_is_passed_over(folder, capsys):
    """Nobody may ever write into it."""
    root = folder(a=CLEAN)
    os.mkfifo(root / "pipe.sql")
    code, document = lint(capsys, ".")
    assert (code, document["files"]) == (0, 1)


def test_folders_of_any_depth(folder, capsys):
    """No depth that a file system allows ends the walk."""
    depth = [folder(a=CLEAN)]
    while len(depth) <= 1200 and len(str(depth[-1])) < 3000:
        depth.append(depth[-1] / "d")
        depth[-1].mkdir()
    deepest = depth[-1] / "b.sql"
    deepest.write_text(CLEAN)
    _, document = lint(capsys, ".")
    deepest.unlink()
    for each in reversed(depth[1:]):  # what cleans up after tests knows less depth
        each.rmdir()
    assert document["files"] == 2


def test_a_script_that_is_named_twice(folder, capsys):
    """It is one script."""
    folder(a=CLEAN)
    assert lint(capsys, "a.sql", "./a.sql", ".")[1]["files"] == 1


def test_a_near_miss_of_a_parameter(folder, capsys):
    """`plan` assumes what is not given, and still knows what may be meant."""
    folder(a="select :day from t;\n")
    assert main(["plan", "a.sql", "--bind", "dya=1"]) == 2
    assert "remove the parameter; did you mean :day?" in capsys.readouterr().err


def test_the_hook_of_pre_commit(folder, capsys):
    """It is called with the files that its pattern takes."""
    yaml = pytest.importorskip("yaml")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    folder(a=CLEAN, b="pause\n")
    files = [name for name in ("a.sql", "b.sql", "c.txt") if re.search(hook["files"], name)]
    program, *words = hook["entry"].split()
    assert (hook["id"], program) == ("oracle-dag-lint", "oracle-dag")
    assert main([*words, *files]) == 2
    assert "b.sql:1:1: error: PAUSE" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["plan", "split"])
@pytest.mark.parametrize(
    ("content", "line", "rule"),
    [("commit;\n pause\n", 2, "directive-not-supported"), (None, None, "unreadable")],
)
def test_a_refusal_as_json(folder, capsys, verb, content, line, rule):
    """Who reads JSON gets the mistake in it; people read it beside."""
    folder(**({"a": content} if content else {}))
    assert main([verb, "a.sql", "--json"]) == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert (error["file"], error["line"], error["rule"]) == ("a.sql", line, rule)
    assert error["message"] in said.err


def test_split_says_what_is_run_again(folder, capsys):
    """A / has the number of the piece that it repeats."""
    folder(a="prompt x\nselect 1 from dual;\n/\n")
    assert main(["split", "a.sql", "--json"]) == 0
    pieces = json.loads(capsys.readouterr().out)["pieces"]
    assert [(each["kind"], each["repeats"]) for each in pieces] == [
        ("directive", None),
        ("sql", None),
        ("rerun", 1),
    ]


def test_what_may_not_be_read(folder, capsys):
    """A folder and a file without permission are problems among the others, never passed over."""
    root = folder(a=CLEAN, b=CLEAN, sub__c=CLEAN)
    assert main(["lint", "."]) == 0  # what is imported once is there for anybody
    capsys.readouterr()
    root.chmod(0o755)
    for name in ("a.sql", "sub"):
        (root / name).chmod(0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)  # root may read anything
    try:
        code, document = lint(capsys, ".")
    finally:
        os.seteuid(me)
        (root / "sub").chmod(0o700)
    assert (code, document["files"]) == (2, 2)
    assert rules(document) == [
        ("sub", None, "error", "unreadable"),
        ("a.sql", None, "error", "unreadable"),
    ]
