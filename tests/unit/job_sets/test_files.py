"""Reading YAML and TOML: one meaning for every reader, and the line of every value."""

from __future__ import annotations

import json
import string
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_oracle_dag.job_sets.toml_file import TomlFile, index_lines
from airflow_oracle_dag.job_sets.yaml_file import AmbiguousText, YamlFile


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("2e3", 2000.0),
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-11-20 02:30", datetime(2026, 11, 20, 2, 30)),
        ("text", "text"),
        ("'12'", "12"),
        ('"no"', "no"),
        ("!!str 12", "12"),
        ("y", "y"),
        ("N", "N"),
        ("0", 0),
        ("[a, 1]", ["a", 1]),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_yaml_values_are_what_they_look_like(written, value):
    """The core of YAML 1.2 is read as every reader reads it."""
    read = YamlFile(f"key: {written}\n")
    assert read.problems == []
    assert read.data == {"key": value}
    assert type(read.data["key"]) is type(value)


@pytest.mark.parametrize(
    "written", ["NO", "no", "yes", "On", "OFF", "012", "0x1F", "0o17", "1_000", "1:30", "12:30:45"]
)
def test_what_yaml_readers_disagree_about_stays_text_and_is_marked(written):
    """YAML 1.1 sees a boolean or another number there; nothing is converted silently."""
    value = YamlFile(f"key: {written}\n").data["key"]
    assert isinstance(value, AmbiguousText)
    assert value == written


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: @daily\n", 2, "cannot start any token"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a: *b\n", 1, "undefined alias"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "the tag !!python/object/apply:os.system"),
        ("a: !own x\n", 1, "the tag !own"),
        ("a: !!int x\n", 1, "invalid literal"),
        ("a: 2026-02-30\n", 1, "2026-02-30"),
        ("a: 1\nb: 2\na: 3\n", 3, "a is here twice; the first time on line 1"),
        ("1: x\n", 1, "the key 1 is not text"),
        ("? [a]\n: x\n", 1, "the key a list or a mapping is not text"),
        ("a: \x00\n", 0, "not YAML"),
    ],
)
def test_bad_yaml_is_refused_where_it_is_bad(text, line, says):
    """Each refusal has a line, and says what is wrong and how to mend it."""
    (problem,) = YamlFile(text).problems
    assert problem[1] == line
    assert says in problem[2]
    assert problem[3]


def test_a_tag_runs_no_code(tmp_path):
    """A YAML tag that would call a function in an unsafe loader calls none."""
    mark = tmp_path / "mark"
    read = YamlFile(f"a: !!python/object/apply:os.mkdir ['{mark}']\n")
    assert read.problems
    assert not mark.exists()


def test_aliases_cannot_multiply_a_file():
    """Nine lines that stand for a thousand million values end at once, with one message."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    read = YamlFile("\n".join(lines) + "\n")
    assert len(read.problems) == 1
    assert "more values" in read.problems[0][2]


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: " + "[" * 900 + "]" * 900])
def test_depth_has_an_end(text):
    """A value that contains itself, or a thousand brackets, is refused and ends nothing else."""
    (problem,) = YamlFile(text).problems
    assert problem[1] == 1


def test_an_alias_is_read_like_its_anchor():
    """Anchors and aliases are fine as long as they are few."""
    read = YamlFile("a: &common {x: 1}\nb: *common\n")
    assert (read.data, read.problems) == ({"a": {"x": 1}, "b": {"x": 1}}, [])


_KEY = st.text(string.ascii_letters + string.digits + " .-_'é", min_size=1, max_size=8)
_LEAF = st.one_of(
    st.integers(-1000, 1000),
    st.booleans(),
    st.text(
        string.printable.replace("\x0b", "").replace("\x0c", "").replace("\r", ""), max_size=12
    ),
    st.lists(st.integers(0, 9), max_size=3),
)
_TREE = st.recursive(_LEAF, lambda inner: st.dictionaries(_KEY, inner, max_size=4), max_leaves=12)


@given(st.dictionaries(_KEY, _TREE, min_size=1, max_size=5))
def test_every_yaml_key_has_its_line(data):
    """Written one key a line, each key is found where it was written."""
    lines: list[str] = []
    places = {}

    def write(values, path, indent):
        for key, value in values.items():
            places[*path, key] = len(lines) + 1
            name = f"{' ' * indent}{json.dumps(key)}:"
            if isinstance(value, dict) and value:
                lines.append(name)
                write(value, (*path, key), indent + 1)
            else:
                lines.append(f"{name} {json.dumps(value)}")

    write(data, (), 0)
    read = YamlFile("\n".join(lines) + "\n")
    assert read.data == data
    assert {path: read.line_of(path) for path in places} == places


class _TomlText:
    """Write a tree as TOML, and note the line of each key."""

    def __init__(self, style):
        self.style = style
        self.text = ""
        self.places = {}

    def line(self):
        return self.text.count("\n") + 1

    def value(self, path, value):
        if isinstance(value, dict):
            self.text += "{ "
            for no, (key, one) in enumerate(value.items()):
                self.text += ", " if no else ""
                self.places[*path, key] = self.line()
                self.text += f"{json.dumps(key)} = "
                self.value((*path, key), one)
            self.text += " }"
        elif isinstance(value, list):
            self.text += "[ # a [ in a comment\n"
            for no, one in enumerate(value):
                self.places[*path, no] = self.line()
                self.text += f"  {one},\n"
            self.text += "]"
        else:
            self.text += json.dumps(value).replace("\x7f", "\\u007f")

    def pair(self, path, name, value):
        self.places[path] = self.line()
        self.text += f"{name} = "
        self.value(path, value)
        self.text += "\n"

    def dotted(self, path, name, value):
        if isinstance(value, dict) and value:
            self.places[path] = self.line()
            for key, one in value.items():
                self.dotted((*path, key), f"{name} . {json.dumps(key)}", one)
        else:
            self.pair(path, name, value)

    def table(self, path, values):
        if path:
            self.places[path] = self.line()
            self.text += f"[{'.'.join(json.dumps(key) for key in path)}] # ] '''\n"
        is_table = {key: self.style == "tables" and isinstance(values[key], dict) for key in values}
        for key, value in values.items():
            if self.style == "dotted":
                self.dotted((*path, key), json.dumps(key), value)
            elif not is_table[key]:
                self.pair((*path, key), json.dumps(key), value)
        for key, value in values.items():
            if is_table[key]:
                self.table((*path, key), value)


@given(
    st.dictionaries(_KEY, _TREE, min_size=1, max_size=5),
    st.sampled_from(["tables", "inline", "dotted"]),
)
def test_every_toml_key_has_its_line(data, style):
    """Tables, dotted keys and inline tables: each key is found where it was written."""
    written = _TomlText(style)
    written.table((), data)
    read = TomlFile(written.text)
    assert (read.problems, read.data) == ([], data)
    assert {path: read.line_of(path) for path in written.places} == written.places


def test_lines_of_every_form_of_toml():
    """Strings of all kinds hide brackets and quotes; arrays of tables are counted."""
    text = '''title = "a # b [x]"
long = """
[not.a.table] \\""" still "" inside """"
raw = \'\'\'
key = 'x'
\'\'\'
a.b . "c d" = 1
inline = { x = 1, y = { z = [1, 2] } }
when = 2026-01-01 02:00:00
list = [
  "one", # ]
  { k = 1 },
]

[jobs."load it"]
after = []

[[steps]]
name = 'x'
[steps.more]
deep = 1
[[steps]]
name = 'y'
'''
    assert TomlFile(text).problems == []
    lines = index_lines(text)
    assert lines["long",] == 2
    assert lines["a", "b", "c d"] == 7
    assert lines["inline", "y", "z", 1] == 8
    assert lines["when",] == 9
    assert lines["list", 1, "k"] == 12
    assert lines["jobs", "load it", "after"] == 16
    assert lines["steps", 0, "more", "deep"] == 21
    assert lines["steps", 1, "name"] == 23


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1\nb = \n", 2, "not TOML"),
        ("a = 1\na = 2\n", 2, "overwrite"),
        ("[t]\nx = 1\n[t]\n", 3, "declare"),
        ('a = "', 1, "not TOML"),
        ("a = " + "[" * 2000, 0, "not TOML"),
    ],
)
def test_bad_toml_is_refused_where_it_is_bad(text, line, says):
    """Each refusal has a line, and says what is wrong and how to mend it."""
    (problem,) = TomlFile(text).problems
    assert says in problem[2]
    assert problem[1] == line
    assert problem[3]
