"""The job's wheel holds all that the job needs and requires nothing."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from airflow_oracle_dag import __version__
from airflow_oracle_dag.glue.wheel import Pin, WheelError, own_files, pack, pins, wheel_name

ROOT = Path(__file__).parents[3]


def _wheel(folder: Path, name: str, files: dict[str, str]) -> tuple[Path, Pin]:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
    return path, Pin(name, "1.0", hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def driver(tmp_path: Path) -> tuple[Path, Pin]:
    """Give a small wheel, as others make them."""
    files = {
        "driver/__init__.py": "loaded = True\n",
        "driver-1.0.dist-info/METADATA": "Name: driver\nRequires-Dist: something\n",
        "driver-1.0.dist-info/licenses/LICENSE.txt": "free",
        "driver-1.0.dist-info/RECORD": "",
    }
    return _wheel(tmp_path, "driver", files)


def test_one_wheel_holds_the_package_and_what_it_needs(driver: tuple[Path, Pin]) -> None:
    """It requires nothing, for pip would ask an index for that."""
    path, pin = driver
    wheel = pack([path], [pin])
    made = path.with_name(wheel.name)
    made.write_bytes(wheel.data)
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
        about = f"airflow_oracle_dag-{__version__}.dist-info"
        metadata = archive.read(f"{about}/METADATA").decode()
        record = archive.read(f"{about}/RECORD").decode().splitlines()
    assert wheel.name == f"airflow_oracle_dag-{__version__}-cp39-cp39-manylinux2014_x86_64.whl"
    assert "Requires-Dist" not in metadata
    assert "driver/__init__.py" in names
    assert f"{about}/licenses/driver/LICENSE.txt" in names
    assert {name.split("/")[0] for name in names} == {"airflow_oracle_dag", "driver", about}
    assert {line.split(",")[0] for line in record} == names


def test_the_rooms_that_a_job_needs_are_in_it_and_no_others() -> None:
    """Among them every file of SQL."""
    names = set(own_files())
    assert {name.split("/")[1] for name in names} == {
        *("__init__.py", "py.typed", "core", "runtime", "sql", "glue")
    }
    assert "airflow_oracle_dag/glue/job.py" in names
    sql = {f"airflow_oracle_dag/sql/{file.name}" for file in ROOT.glob("*/sql/*.sql")}
    assert sql <= names
    assert not [name for name in names if "__pycache__" in name]


def test_the_same_files_make_the_same_wheel(driver: tuple[Path, Pin]) -> None:
    """Whoever packs it, and whenever."""
    path, pin = driver
    assert pack([path], [pin]) == pack([path], [pin])


def test_a_wheel_that_is_missing_or_another_is_named(driver: tuple[Path, Pin]) -> None:
    """Nobody has tested another one."""
    path, pin = driver
    other = Pin("driver", "2.0", "0" * 64)
    with pytest.raises(WheelError, match=r"missing driver==2\.0, given driver-1\.0-py3-none-any"):
        pack([path], [other])
    with pytest.raises(WheelError, match=r"missing driver==1\.0, given no others"):
        pack([], [pin])


def test_wheels_that_do_not_fit_together_are_refused(
    driver: tuple[Path, Pin], tmp_path: Path
) -> None:
    """One would overwrite the other."""
    path, pin = driver
    same, its = _wheel(tmp_path, "same", {"driver/__init__.py": "loaded = False\n"})
    with pytest.raises(WheelError, match="another wheel holds another driver/__init__"):
        pack([path, same], [pin, its])
    data, of_data = _wheel(tmp_path, "data", {"data-1.0.data/scripts/run": ""})
    with pytest.raises(WheelError, match="is to be put elsewhere"):
        pack([data], [of_data])


def test_what_is_pinned_is_what_is_tested_on_python_39() -> None:
    """And pip can be asked for each of them."""
    tested = dict(
        line.split("==")
        for line in (ROOT / "constraints-py39.txt").read_text().splitlines()
        if "==" in line
    )
    needed = {pin.name: pin.version for pin in pins()}
    assert set(needed) == {"oracledb", "cryptography", "cffi", "pycparser", "typing_extensions"}
    assert needed == {name: tested[name] for name in needed}
    assert re.fullmatch(
        r"[a-z0-9_.]+-[0-9.a-z+]+-cp39-cp39-manylinux2014_x86_64\.whl", wheel_name()
    )
