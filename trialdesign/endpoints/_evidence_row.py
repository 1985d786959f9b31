"""What every row of published data says beside its counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trialdesign.specification.types import Elapsed, Text, specification


@specification
class EvidenceRow:
    """What every row of published data says beside its counts."""

    stratum: Annotated[Text, Field(description="Stratum of the patients, as the design spells it.")]
    study: Annotated[Text | None, Field(description="By which the same patients are told.")] = None
    week: Annotated[Elapsed | None, Field(description="Week of the assessment.")] = None
    count_is: Annotated[
        Literal["reported", "derived", "back-calculated"],
        Field(description="Whether a count is printed in the source, or arithmetic on other numbers."),
    ] = "reported"
