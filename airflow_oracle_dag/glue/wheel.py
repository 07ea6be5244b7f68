"""The one wheel that a Glue job installs: the runner, the driver and what the driver needs.

Glue installs each file of ``--extra-py-files`` by itself, with pip, into a folder of its own: what
a wheel there requires is asked of a package index, although it is the next one on the list. A job
in a VPC reaches none. So everything is in one wheel, which requires nothing. The same files make
the same wheel, whoever packs it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airflow_oracle_dag import __version__
from airflow_oracle_dag.core.errors import OracleDagError

_PACKAGE = "airflow_oracle_dag"
_ROOMS = ("core", "runtime", "sql", "glue")
_TAG = "cp39-cp39-manylinux2014_x86_64"
_PINS = Path(__file__).with_name("wheels.txt")
_PIN = re.compile(r"([A-Za-z0-9_]+)==(\S+) --hash=sha256:([0-9a-f]{64})")
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can say
_FILE_MODE = 0o644 << 16
_LICENCES = ("LICENSE", "LICENCE", "NOTICE", "COPYING")


class WheelError(OracleDagError):
    """Report wheels of which the job's cannot be made."""


@dataclass(frozen=True)
class Pin:
    """One wheel that goes into the job's, and no other.

    :param sha256: of the file.
    """

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        """Write it as pip does."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Wheel:
    """A wheel that was packed.

    :param digest: of what is in it, by which two builds are told apart.
    """

    name: str
    digest: str
    data: bytes = field(repr=False)


def pins() -> tuple[Pin, ...]:
    """Return what goes into the job's wheel besides this package."""
    return tuple(Pin(*found) for found in _PIN.findall(_PINS.read_text(encoding="utf-8")))


def own_files() -> dict[str, bytes]:
    """Return the files of this package that the job needs, by their places in the wheel."""
    root = Path(__file__).parent.parent
    found = [root / "__init__.py", root / "py.typed"]
    for room in _ROOMS:
        found += (file for file in (root / room).rglob("*") if file.is_file())
    places = {f"{_PACKAGE}/{file.relative_to(root).as_posix()}": file for file in found}
    return {
        place: file.read_bytes()
        for place, file in sorted(places.items())
        if "__pycache__" not in file.parts
    }


def wheel_name() -> str:
    """Return the name that pip asks of the file."""
    return f"{_PACKAGE}-{__version__}-{_TAG}.whl"


def wheel_digest() -> str:
    """Return the digest of the wheel that would be packed, without packing it."""
    return _digest(own_files(), pins())


def pack(wheels: Iterable[Path], wanted: Sequence[Pin] | None = None) -> Wheel:
    """Pack the job's wheel.

    :param wheels: that `wanted` names; None: `pins`.
    :raises WheelError: one is missing, or is another file than the one that is pinned.
    """
    wanted = pins() if wanted is None else wanted
    own = own_files()
    files, licences = dict(own), {}
    for pin, path in _pinned(wheels, wanted):
        for name, data in _contents(path):
            folder, _, inner = name.partition("/")
            if not folder.endswith(".dist-info"):
                _add(files, name, data, path)
            elif _is_licence(inner):
                licences[f"licenses/{pin.name}/{inner.rsplit('/', 1)[-1]}"] = data
    about = f"{_PACKAGE}-{__version__}.dist-info"
    told = {
        "METADATA": f"Metadata-Version: 2.1\nName: airflow-oracle-dag\nVersion: {__version__}\n"
        "Summary: The part of airflow-oracle-dag that runs in AWS Glue, and the driver\n"
        "License: Apache-2.0\nRequires-Python: >=3.9,<3.10\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: oracle-dag\nRoot-Is-Purelib: false\n"
        f"Tag: {_TAG}\n",
    }
    files.update((f"{about}/{name}", data) for name, data in licences.items())
    files.update((f"{about}/{name}", text.encode("ascii")) for name, text in told.items())
    record = f"{about}/RECORD"
    files[record] = (_record(files) + f"{record},,\n").encode("utf-8")
    return Wheel(wheel_name(), _digest(own, wanted), _zipped(files))


def _digest(own: Mapping[str, bytes], wanted: Sequence[Pin]) -> str:
    """Digest what a wheel is made of: the pins name every other file by its own digest."""
    made_of = [_record(own), *(f"{pin} {pin.sha256}" for pin in wanted), __version__]
    return hashlib.sha256("\n".join(made_of).encode("utf-8")).hexdigest()


def _pinned(wheels: Iterable[Path], wanted: Sequence[Pin]) -> Sequence[tuple[Pin, Path]]:
    given = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in wheels}
    found = [(pin, given.pop(pin.sha256)) for pin in wanted if pin.sha256 in given]
    missing = [str(pin) for pin in wanted if pin not in {each for each, _ in found}]
    if missing or given:
        others = ", ".join(sorted(path.name for path in given.values())) or "no others"
        raise WheelError(
            f"the wheels are not the ones that are pinned: missing {', '.join(missing) or 'none'}, "
            f"given {others}\n  To mend it: leave --wheels away, and they are downloaded, or put "
            f"those into the folder that {_PINS} lists by their SHA-256"
        )
    return found


def _contents(path: Path) -> Iterable[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith("/"):
                continue
            if ".data/" in name:
                raise WheelError(f"{path.name}: {name} is to be put elsewhere when it is installed")
            yield name, archive.read(name)


def _add(files: dict[str, bytes], name: str, data: bytes, path: Path) -> None:
    if files.setdefault(name, data) != data:
        raise WheelError(f"{path.name}: another wheel holds another {name}")


def _is_licence(name: str) -> bool:
    return name.startswith("licenses/") or name.upper().startswith(_LICENCES)


def _record(files: Mapping[str, bytes]) -> str:
    lines = []
    for name in sorted(files):
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=")
        lines.append(f"{name},sha256={digest.decode('ascii')},{len(files[name])}\n")
    return "".join(lines)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = _FILE_MODE
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return made.getvalue()
