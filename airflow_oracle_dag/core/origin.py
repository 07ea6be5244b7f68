"""What a script was read with, so that another machine can read it again alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, Mapping, Optional

from airflow_oracle_dag.core.script import Included, IncludeRequest, Origin, ParseSettings


@dataclass(frozen=True)
class Recording:
    """Remember the files that a script asks for while it is read.

    :param settings: as the caller gave them.
    """

    settings: ParseSettings
    included: Dict[IncludeRequest, Included] = field(default_factory=dict)

    @property
    def watched(self) -> ParseSettings:
        """Return the settings with which the reading is remembered."""
        if self.settings.include is None:
            return self.settings
        return replace(self.settings, include=self._include)

    def _include(self, request: IncludeRequest) -> Optional[Included]:
        read = self.settings.include
        found = None if read is None else read(request)
        if found is not None:
            self.included[request] = found
        return found

    def origin(self) -> Origin:
        """Return what was remembered."""
        return Origin(replace(self.settings, include=None), tuple(self.included.items()))


def read_again(origin: Origin) -> ParseSettings:
    """Return the settings that read the same script once more, without any file."""
    included: Mapping[IncludeRequest, Included] = dict(origin.included)
    return replace(origin.settings, include=included.get)
