"""Find the files that a script asks for with ``@``, ``@@`` and START, before its first step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from airflow_oracle_dag.core.script import Included, IncludeRefused, IncludeRequest


def sql_files(folder: Path) -> List[Path]:
    """Return the scripts of a folder in the order of their names; not those of folders in it."""
    found = (file for file in folder.iterdir() if file.suffix.lower() == ".sql")
    visible = (file for file in found if not file.name.startswith(".") and file.is_file())
    return sorted(visible, key=lambda file: file.name)


class ScriptFiles:
    """Read files: give it to `ParseSettings.include`.

    SQL*Plus looks for ``@file`` in the working directory and then on SQLPATH. A worker's working
    directory means nothing, so the folder of the script takes its place.

    :param folder: of the script itself.
    :param search_path: folders that are looked into after it.
    :param within: folders that no file may lie outside of, as its path is written (a link in them
        may lead anywhere); None: any file will do.
    """

    def __init__(
        self,
        folder: Path,
        search_path: Sequence[Path] = (),
        within: Optional[Sequence[Path]] = None,
    ) -> None:
        self._folder = folder
        self._search_path = tuple(search_path)
        self._within = within
        self._folders: Dict[str, Path] = {}  # of the files that were read, by name

    def __call__(self, request: IncludeRequest) -> Optional[Included]:
        """Read a file; None when there is none that can be read.

        :raises IncludeRefused: it could only be outside of the folders that are allowed.
        """
        outside = False
        for path in self._places(request):
            name = os.path.normpath(path)  # one file has one name, so that a circle is noticed
            if not self._allows(name):
                outside = True
                continue
            try:
                source = Path(name).read_bytes()
            except (OSError, ValueError):  # ValueError: no path at all
                continue
            self._folders[name] = Path(name).parent
            return Included(name, source)
        if outside:
            folders = ", ".join(str(folder) for folder in self._within or ())
            raise IncludeRefused(f"leads out of the folders of scripts: {folders}")
        return None

    def _allows(self, name: str) -> bool:
        if self._within is None:
            return True
        path = Path(os.path.abspath(name))  # noqa: PTH100 - links are followed by `resolve`
        roots = [Path(os.path.abspath(folder)) for folder in self._within]  # noqa: PTH100 - same
        return any(root in path.parents for root in roots)

    def _places(self, request: IncludeRequest) -> Iterator[Path]:
        if request.beside:
            yield self._folders.get(request.including, self._folder) / request.file
            return
        for folder in (self._folder, *self._search_path):
            yield folder / request.file
