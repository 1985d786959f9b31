"""What every row of published data says beside its counts."""

from __future__ import annotations

from typing import Literal

from trialdesign.specification.types import Elapsed, Text, specification


@specification
class EvidenceRow:
    """What every row of published data says beside its counts."""

    stratum: Text
    study: Text | None = None
    week: Elapsed | None = None
    count_is: Literal["reported", "derived", "back-calculated"] = "reported"

    @property
    def bounded(self) -> bool:
        """Whether only bounds of an amount are published, so that a reading must be chosen."""
        return False
