"""What every row of published data says beside its counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trialdesign.specification.types import Elapsed, Text, specification


@specification
class EvidenceRow:
    """What every row of published data says beside its counts."""

    stratum: Annotated[Text, Field(description="Stratum of the patients, as the design spells it.")]
    study: Annotated[
        Text | None, Field(description="The same study and stratum in two files are the same patients.")
    ] = None
    week: Annotated[Elapsed | None, Field(description="Week of the assessment.")] = None
    count_is: Annotated[
        Literal["reported", "derived", "back-calculated"],
        Field(description="Printed in the source, or arithmetic on published numbers."),
    ] = "reported"

    @property
    def bounded(self) -> bool:
        """Whether only bounds of an amount are published, so that a reading must be chosen."""
        return False
