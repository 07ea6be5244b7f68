"""What is handed to a Glue run arrives as it was sent, or is refused by the name of the field."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.joined import join_scripts
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.plan import build_plan
from airflow_oracle_dag.core.script import Included, IncludeRequest, ParseSettings, Script
from airflow_oracle_dag.core.values import Absent, ScriptValues, Secret
from airflow_oracle_dag.glue.contract import HandOff, VersionMismatch, hand_off
from airflow_oracle_dag.glue.fields import HandOffError
from airflow_oracle_dag.glue.parts import Inline, InS3, SecretPlace
from airflow_oracle_dag.runtime.carriers import token
from airflow_oracle_dag.runtime.identity import RunIdentity
from airflow_oracle_dag.runtime.results import RunOptions

IDENTITY = RunIdentity("prod", "daily", "load", "3", "manual__1", None)
VALUES = ScriptValues(
    {"limit": 5, '"Case"': "é"},
    {"run_id": "manual__1", "data_interval_end": datetime(2026, 11, 20), "gone": Absent("no day")},
)
TEXT = "-- @step load\ninsert into t values (:limit, :\"Case\", '&who');\ncommit;\n@more x\n"
MORE = b"-- @step more\ninsert into u values ('&1');\n"


def _script(text: str | bytes = TEXT, name: str = "load.sql") -> Script:
    def include(request: IncludeRequest) -> Included | None:
        return Included("sub/more.sql", MORE) if request.file == "more.sql" else None

    settings = ParseSettings(
        defines={"who": "o'neil"[:1]}, arguments=("first",), reading=None, include=include
    )
    return parse_script(text, name=name, settings=settings)


def _hand_off(script: Script | None = None, values: ScriptValues = VALUES) -> HandOff:
    return hand_off(
        script or _script(),
        values,
        IDENTITY,
        RunOptions(schema="ETL", step_timeout=90.5, show_rows=7, who="a person"),
        SecretPlace("prod/oracle", "eu-west-1"),
        generation=2,
        attempt=4,
        first_step=1,
        last_step=2,
    )


def _read(sent: HandOff) -> HandOff:
    assert sent.to_json().isascii()
    return HandOff.from_json(sent.to_json())


def test_a_hand_off_arrives_as_it_was_sent() -> None:
    """Nothing of it is lost, neither as the row's JSON nor as the run's argument."""
    sent = _hand_off()
    found = _read(sent)
    assert replace(found, script=sent.script) == sent
    assert HandOff.from_argument(sent.to_argument()) == found
    assert found.version == __version__
    assert found.token == token(IDENTITY.digest, 4) == f"{IDENTITY.digest}:4"
    assert found.settings.options() == RunOptions(
        schema="ETL", step_timeout=90.5, show_rows=7, who="a person"
    )


def test_the_script_arrives_with_its_files_and_has_the_same_steps() -> None:
    """So a step's fingerprint is the one that the tables have."""
    script = _script()
    found = _read(_hand_off(script)).script
    assert isinstance(found, Inline)
    again = found.script()
    assert again == script
    first, second = build_plan(script, VALUES), build_plan(again, VALUES)
    assert [step.text_hash for step in second.steps] == [step.text_hash for step in first.steps]
    assert [step.name for step in second.steps] == ["load", "more"]


def test_a_script_of_many_files_in_another_encoding_arrives() -> None:
    """What is not UTF-8 is carried as bytes."""
    latin = _script("insert into t values ('\u00e9');".encode("latin-1"), "one.sql")
    script = join_scripts("folder", [latin, _script(name="two.sql")])
    found = _read(_hand_off(script)).script
    assert isinstance(found, Inline)
    assert found.script() == script


def test_a_secret_is_not_in_it() -> None:
    """The plan of the other side knows only that there is one."""
    sent = _hand_off(values=ScriptValues({"limit": 1, '"Case"': Secret("hush-in-a-bind")}))
    assert "hush" not in sent.to_json()
    found = _read(sent)
    assert [str(one) != "hush-in-a-bind" for one in found.values.secrets] == [True]


def test_a_script_in_s3_is_read_only_if_it_is_the_one() -> None:
    """The sender's hash says so."""
    sent = _hand_off()
    placed = _read(sent.in_s3("s3://bucket/a/b.json"))
    assert isinstance(placed.script, InS3)
    assert placed.script.place == ("bucket", "a/b.json")
    assert placed.script.fetched(sent.script_document()).script() == _script()
    with pytest.raises(HandOffError, match=r"the script in s3://bucket/a/b\.json is not the one"):
        placed.script.fetched(b"{}")
    with pytest.raises(HandOffError, match=r"is in s3://bucket/a/b\.json already"):
        placed.script_document()


def test_a_long_script_is_told_by_the_length_of_its_argument() -> None:
    """It is packed, and its characters are those that nothing on the way interprets."""
    packed = _hand_off().to_argument()
    assert set(packed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
    assert packed[0] != "-"
    assert len(packed) < len(_hand_off().to_json())


def test_another_version_is_refused_before_anything_else_is_read() -> None:
    """Both are named."""
    with pytest.raises(VersionMismatch, match=r"has airflow-oracle-dag 9\.9, .* has 0\.1"):
        HandOff.from_json('{"version": "9.9", "what": "it has is unknown"}', "0.1")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("attempt", None, "attempt is null and has to be a whole number"),
        ("attempt", 0, "attempt is 0 and has to be at least 1"),
        ("attempt", True, "attempt is a bool and has to be a whole number"),
        ("run", [], "run is a list and has to be an object"),
        ("run.namespace", "", "run identifies no run: a namespace has 1 to 128 bytes in UTF-8"),
        ("run.run_id", "other", "run_hash is not the one of the run that the hand-off names"),
        ("run.nickname", "x", "run.nickname is not known; what is known: namespace, dag_id"),
        ("last_step", 0, "last_step is 0 and has to be at least 1"),
        ("first_step", 9, "last_step is 2, before first_step 9"),
        ("settings.run_on", "moon", "settings.run_on is 'moon' and has to be one of worker"),
        ("settings.step_timeout", "1", "settings.step_timeout is a text and has to be a number"),
        ("secret.secret_id", "", "secret.secret_id is empty"),
        ("parameters.limit", {"type": "integer", "value": "hush-five"}, "parameters.limit has the"),
        ("script", {"uri": "file:x", "sha256": "0"}, "script.uri is 'file:x' and has to be s3://"),
        ("script", {"uri": "s3://b/k", "sha256": "0"}, "script.sha256 has to be 64 hexadecimal"),
        ("wishes", "x", "wishes is not known"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: Any, said: str) -> None:
    """The field with those around it, and what it has to be; never a value of the script's."""
    document = json.loads(_hand_off().to_json())
    *outer, name = path.split(".")
    place = document
    for each in outer:
        place = place[each]
    place[name] = value
    with pytest.raises(HandOffError) as refused:
        HandOff.from_json(json.dumps(document))
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", sorted(json.loads(_hand_off().to_json())))
def test_a_field_that_is_missing_is_named(name: str) -> None:
    """Each of them is asked for."""
    document = json.loads(_hand_off().to_json())
    del document[name]
    with pytest.raises(HandOffError, match=f"field {name} is missing") as refused:
        HandOff.from_json(json.dumps(document))
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "script.name is empty"),
        ({"files": []}, "script.files has 0 files and has to have one"),
        ({"source": {"base64": "?"}}, "script.files.source.base64 is no base64"),
        ({"source": {}}, "script.files.source has to be a text or base64"),
        ({"spool": "print"}, "script.files has settings that no script can have: spool is"),
        ({"arguments": [1]}, "script.files[1].arguments[1] is a int and not a text"),
        ({"joined": "no"}, "script.joined is a text and has to be true or false"),
        ({"included": {}}, "script.files[1].included is an object and has to be a list"),
    ],
    ids=str,
)
def test_a_packed_script_that_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    """As the rest of the hand-off is."""
    packed = json.loads(_hand_off().script_document())
    for name, value in change.items():
        (packed if name in packed else packed["files"][0])[name] = value
    with pytest.raises(HandOffError) as refused:
        Inline(packed).script()
    assert said in str(refused.value)


@pytest.mark.parametrize("cut", [slice(0, -9), slice(5, None), slice(0, 0)])
def test_an_argument_that_was_cut_is_said_to_be(cut: slice) -> None:
    """A console may shorten what it shows, and somebody may copy that."""
    with pytest.raises(HandOffError, match="--odag_handoff cannot be unpacked"):
        HandOff.from_argument(_hand_off().to_argument()[cut])


@pytest.mark.parametrize("text", ["{", "[]", "\u00e9"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    """Whatever else it is."""
    with pytest.raises(HandOffError, match=r"no JSON|has to be an object"):
        HandOff.from_json(text)


def test_a_value_that_no_other_machine_could_have_is_refused_by_its_bind() -> None:
    """Before anything is sent."""
    with pytest.raises(HandOffError, match="the value of :limit is a list") as refused:
        _hand_off(values=ScriptValues({"limit": [1]})).to_json()
    assert refused.value.field == "parameters.limit"


def test_a_script_that_nobody_read_cannot_be_sent() -> None:
    """Its files and the values of its variables would be missing on the other side."""
    with pytest.raises(HandOffError, match=r"script load\.sql: it was not read by parse_script"):
        _hand_off(replace(_script(), origin=None))
