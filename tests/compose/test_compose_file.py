"""docker-compose.yaml: valid by Compose's own schema, and right where a schema cannot say so."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from importlib import resources
from urllib.parse import urlsplit

import jsonschema
import pytest
import sqlglot

from airflow_oracle_dag.cli.main import parser
from airflow_oracle_dag.core.parse import parse_script
from airflow_oracle_dag.core.script import PieceKind
from tests.compose import composed

ROOT = composed.ROOT
DOCUMENT = composed.document()
SERVICES = composed.services()
AIRFLOW = [name for name in SERVICES if name.startswith("airflow-")]
ENVIRONMENT = SERVICES["airflow-worker"]["environment"]
PREPARE = SERVICES["airflow-prepare"]["environment"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
)
#: A version down to its last number, and what of it: 15.15-bookworm, 23.26.3-slim-faststart.
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-\w+)*")
#: SQL Language Reference, GRANT ("System privileges"), CREATE USER, ALTER USER (proxy clause).
USER_STATEMENT = re.compile(
    r"GRANT (ALTER SYSTEM|CREATE DATABASE LINK|FORCE TRANSACTION|CREATE SESSION, CREATE TABLE)"
    r" TO \w+"
    r"|CREATE USER \w+ NO AUTHENTICATION DEFAULT TABLESPACE users QUOTA UNLIMITED ON users"
    r"|ALTER USER \w+ GRANT CONNECT THROUGH \w+"
)
SECRET = re.compile(r"PASSWORD|SECRET|KEY")


def test_it_is_valid_by_the_schema_of_compose():
    """The schema is the Compose project's, in the version that check-jsonschema carries."""
    place = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(place.read_text())
    checker = jsonschema.validators.validator_for(schema)(schema)

    assert [f"{one.json_path}: {one.message}" for one in checker.iter_errors(DOCUMENT)] == []
    assert "version" not in DOCUMENT, "obsolete: Compose warns about it"


def test_the_schema_would_have_said_so():
    """A key that does not exist is found."""
    place = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(place.read_text())
    checker = jsonschema.validators.validator_for(schema)(schema)
    wrong = {**DOCUMENT, "services": {"redis": {"image": "redis:7", "health_check": {}}}}

    assert not checker.is_valid(wrong)


def test_each_variable_is_spelled_with_its_one_default():
    """A `$` is `$$` or `${NAME:-default}`, and a variable has the same default everywhere."""
    found = composed.defaults()

    assert composed.services(ORACLE_PASSWORD="given") != SERVICES
    assert [name for name, values in found.items() if len(values) != 1] == []
    with pytest.raises(ValueError, match="write"):
        composed._filled("${NAME}", {})


def test_each_variable_is_in_the_manual():
    """docs/compose.md lists the variables with their defaults, and no others."""
    manual = (ROOT / "docs/compose.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \| `?([^`|]*?)`? \|", manual, re.MULTILINE))
    defaults = {name: value for name, (value,) in composed.defaults().items()}

    assert {name: value.strip() for name, value in listed.items()} == {
        name: value or "none" for name, value in defaults.items()
    }


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_true(name):
    """It is a service; one that must be healthy has a check, one that must end is not restarted."""
    for other, how in SERVICES[name].get("depends_on", {}).items():
        wanted = SERVICES[other]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in wanted
        else:
            assert how["condition"] == "service_completed_successfully"
            assert wanted["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_goes_on_is_watched_and_restarted(name):
    """All but the one that prepares."""
    service = SERVICES[name]
    ends = name == "airflow-prepare"

    assert ("healthcheck" in service) is not ends
    assert service["restart"] == ("no" if ends else "unless-stopped")


@pytest.mark.parametrize("name", SERVICES)
def test_its_image_is_pinned(name):
    """No tag that means another image tomorrow; the one that is built here is called local."""
    service = SERVICES[name]
    if "build" in service:
        assert service["image"] == "airflow-oracle-dag:local"
        (base,) = re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE)
        assert PINNED.fullmatch(base)
    else:
        assert PINNED.fullmatch(service["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_its_ports_are_on_loopback(name):
    """Nobody else on the network reaches what has a well-known password."""
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@pytest.mark.parametrize("name", SERVICES)
def test_its_mounts_exist(name):
    """A folder of the checkout is there and not writable; a volume is declared."""
    for mount in SERVICES[name].get("volumes", []):
        source, _, target = mount.partition(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).is_dir()
            assert target.endswith(":ro")
        else:
            assert source in DOCUMENT["volumes"]


def test_each_volume_is_used():
    """And none is declared for nothing."""
    mounts = [one for service in SERVICES.values() for one in service.get("volumes", [])]
    assert {one.partition(":")[0] for one in mounts if not one.startswith(".")} == set(
        DOCUMENT["volumes"]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_each_secret_comes_from_a_variable(name):
    """So that it can be another one without a change of the file."""
    asked = {**DOCUMENT["services"][name].get("environment", {})}
    for variable, value in asked.items():
        secret = SECRET.search(variable) and variable not in (
            "ORACLE_RANDOM_PASSWORD",  # a flag
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",  # a path
        )
        if secret or "@" in str(value):
            assert re.search(r"\$\{\w+:-", value), variable


def test_the_image_is_made_of_what_is_tested():
    """The versions, Airflow's too, are those of constraints.txt; nothing else names one."""
    copied = shlex.split(re.search(r"^COPY (constraints.*)$", DOCKERFILE, re.MULTILINE)[1])
    assert "constraints.txt" in copied
    assert "PIP_CONSTRAINT=/opt/airflow-oracle-dag/constraints.txt" in DOCKERFILE
    assert "WORKDIR /opt/airflow-oracle-dag" in DOCKERFILE
    assert "pip install '.[celery]'" in DOCKERFILE
    assert re.fullmatch(r"3\.3\.\d+", PINS["apache-airflow"])
    for package in ("apache-airflow-providers-celery", "celery", "redis", "psycopg-binary"):
        assert package in PINS
    for text in (DOCKERFILE, composed.FILE.read_text()):
        assert "apache-airflow==" not in text
        assert "apache/airflow" not in text


def test_what_is_copied_into_the_image_is_there():
    """Each source is in the checkout, and .dockerignore lets it through."""
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    copies = [shlex.split(line) for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)]
    sources = [word for words in copies for word in words[:-1] if not word.startswith("--")]
    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert source.split("/")[0] in let_through


@pytest.mark.parametrize("name", AIRFLOW)
def test_the_programs_of_this_checkout_are_in_the_image(name):
    """A command or health check of /opt/airflow/docker is copied there and may be run."""
    service = SERVICES[name]
    for words in (service["command"], service.get("healthcheck", {}).get("test", [])):
        for word in words:
            if word.startswith("/opt/airflow/docker/"):
                source = word.removeprefix("/opt/airflow/")
                assert source in DOCKERFILE
                assert os.access(ROOT / source, os.X_OK)


def test_the_health_checks_ask_for_parts_that_airflow_knows():
    """A name that is misspelled would never be healthy."""
    from airflow.api_fastapi.core_api.datamodels.monitor import HealthInfoResponse

    asked = [
        service["healthcheck"]["test"][-1]
        for service in SERVICES.values()
        if "healthy.py" in str(service.get("healthcheck"))
    ]
    assert len(asked) == 4
    assert set(asked) <= set(HealthInfoResponse.model_fields)


@pytest.mark.parametrize(
    "variable", sorted(name for name in ENVIRONMENT if name.startswith("AIRFLOW__"))
)
def test_each_setting_is_one_that_airflow_knows(variable):
    """Airflow says nothing about an option that does not exist."""
    from airflow.configuration import conf

    _, section, option = variable.lower().split("__")
    known = conf.configuration_description
    if section.startswith("celery"):
        provider = pytest.importorskip(
            "airflow.providers.celery.get_provider_info", reason="needs '.[celery]'"
        )
        known = provider.get_provider_info()["config"]

    assert option in known[section]["options"]


def test_airflow_finds_the_services_and_their_passwords():
    """Addresses name services and their ports, users and passwords are those that they get."""
    postgres, redis = SERVICES["postgres"]["environment"], SERVICES["redis"]["environment"]
    for name in ("DATABASE__SQL_ALCHEMY_CONN", "DATABASE__SQL_ALCHEMY_CONN_ASYNC"):
        found = urlsplit(ENVIRONMENT[f"AIRFLOW__{name}"])
        assert found.scheme == "postgresql+psycopg"
        assert (found.hostname, found.port) == ("postgres", 5432)
        assert found.username == postgres["POSTGRES_USER"]
        assert found.password == postgres["POSTGRES_PASSWORD"]
        assert found.path == f"/{postgres['POSTGRES_DB']}"
    results = ENVIRONMENT["AIRFLOW__CELERY__RESULT_BACKEND"]
    assert results == f"db+{ENVIRONMENT['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}"
    broker = urlsplit(ENVIRONMENT["AIRFLOW__CELERY__BROKER_URL"])
    assert (broker.scheme, broker.hostname, broker.port) == ("redis", "redis", 6379)
    assert broker.password == redis["REDISCLI_AUTH"]
    assert broker.password in SERVICES["redis"]["command"]
    server = urlsplit(ENVIRONMENT["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"])
    assert (server.hostname, server.port) == ("airflow-api-server", 8080)
    assert server.hostname in SERVICES


def test_the_connection_is_what_the_hook_needs(monkeypatch):
    """Airflow reads it, and it leads where the command line's variables lead."""
    from airflow_oracle_dag.hooks.oracle_script import OracleScriptHook

    filled = composed.services(ORACLE_PASSWORD="a.B-3_z")
    environment = filled["airflow-worker"]["environment"]
    name = "AIRFLOW_CONN_ORACLE_DEFAULT"
    monkeypatch.setenv(name, environment[name])
    found = OracleScriptHook.get_connection("oracle_default")
    prepare, oracle = filled["airflow-prepare"]["environment"], filled["oracle"]["environment"]

    service = found.extra_dejson["service_name"]
    assert f"{found.host}:{found.port}/{service}" == prepare["ORACLE_DSN"]
    assert found.host in SERVICES
    assert found.login == prepare["ORACLE_USER"] == oracle["APP_USER"]
    assert found.password == prepare["ORACLE_PASSWORD"] == oracle["APP_USER_PASSWORD"] == "a.B-3_z"
    assert found.schema is None


def test_the_script_of_the_database_parses():
    """SQL*Plus would take it whole; each statement is one; it works where the users are."""
    (file,) = (ROOT / "docker/oracle").iterdir()
    script = parse_script(file.read_text(), name=file.name)
    texts = [piece.text for piece in script.pieces if piece.kind is PieceKind.SQL]
    service, user = PREPARE["ORACLE_DSN"].rpartition("/")[2], PREPARE["ORACLE_USER"]

    assert texts[0] == f"ALTER SESSION SET CONTAINER = {service}"
    assert len(texts) > 5
    for text in texts[1:]:
        assert re.search(rf"\b({user}|etl_least)\b", text)
        (parsed,) = sqlglot.parse(text, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE)
        if " ON sys." in text:
            assert isinstance(parsed, sqlglot.exp.Grant)
        else:  # sqlglot knows neither users nor system privileges
            assert USER_STATEMENT.fullmatch(text)


def test_what_prepares_is_a_script_of_commands_that_exist():
    """A shell reads it, the command line knows its verbs, and the files are there."""
    file = ROOT / "docker/prepare.sh"
    subprocess.run(["sh", "-n", file], check=True)  # noqa: S607 - whichever shell there is
    lines = re.findall(r"oracle-dag ([^;>\n]*)", file.read_text())

    assert len(lines) == 5
    for line in lines:
        parsed = parser().parse_args(shlex.split(line))
        assert parsed.verb in ("init", "run", "jobs show", "jobs import")
    named = re.findall(r"dags/\S+", file.read_text())
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
