"""Find the files that a script asks for with ``@``, ``@@`` and START, before its first step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterator, Optional, Sequence

from airflow_oracle_dag.core.script import Included, IncludeRequest


class ScriptFiles:
    """Read files: give it to `ParseSettings.include`.

    SQL*Plus looks for ``@file`` in the working directory and then on SQLPATH. A worker's working
    directory means nothing, so the folder of the script takes its place.

    :param folder: of the script itself.
    :param search_path: folders that are looked into after it.
    """

    def __init__(self, folder: Path, search_path: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._search_path = tuple(search_path)
        self._folders: Dict[str, Path] = {}  # of the files that were read, by name

    def __call__(self, request: IncludeRequest) -> Optional[Included]:
        """Read a file; None when there is none that can be read."""
        for path in self._places(request):
            name = os.path.normpath(path)  # one file has one name, so that a circle is noticed
            try:
                source = Path(name).read_bytes()
            except OSError:
                continue
            self._folders[name] = Path(name).parent
            return Included(name, source)
        return None

    def _places(self, request: IncludeRequest) -> Iterator[Path]:
        if request.beside:
            yield self._folders.get(request.including, self._folder) / request.file
            return
        for folder in (self._folder, *self._search_path):
            yield folder / request.file
