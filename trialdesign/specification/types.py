"""What a specification is made of: validated, frozen dataclasses and the types of their fields.

Every object that a design or evidence file can spell is declared with ``@specification``, so that
the file, the library user and the JSON Schema meet one and the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import AllowInfNan, ConfigDict, Field, Strict
from pydantic.dataclasses import dataclass

Value = TypeVar("Value")

specification = dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))

# Bounds that no trial meets, and within which every density and every grid stays finite.
NARROW, WIDE = 1e-6, 1e4  # of a distribution on the linear scale
FEWEST, MOST = 1e-4, 1e6  # shapes of a distribution, such as prior responders
PATIENTS = 100_000  # of an arm and stratum
PUBLISHED = 1_000_000  # patients of a published row
SLOWEST, FASTEST = 1e-6, 1e3  # events per month
SOONEST, LATEST = 1e-6, 1e6  # months
FEWEST_ENTERING, MOST_ENTERING = 1e-6, 1e9  # patients per month
FLATTEST, STEEPEST = 1e-2, 1e2  # powers of time, Weibull shapes
EXPOSED = 1e9  # months of all patients of a published row
TRIALS = 100_000_000

Number = Annotated[float, Strict(), AllowInfNan(False)]
Positive = Annotated[float, Strict(), AllowInfNan(False), Field(gt=0)]
NonNegative = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0)]
Location = Annotated[float, Strict(), AllowInfNan(False), Field(ge=-WIDE, le=WIDE)]
Spread = Annotated[float, Strict(), AllowInfNan(False), Field(ge=NARROW, le=WIDE)]
Shape = Annotated[float, Strict(), AllowInfNan(False), Field(ge=FEWEST, le=MOST)]
Probability = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=1)]
OpenProbability = Annotated[float, Strict(), AllowInfNan(False), Field(gt=0, lt=1)]
Count = Annotated[int, Strict(), Field(ge=0)]
PositiveCount = Annotated[int, Strict(), Field(gt=0)]
PerMonth = Annotated[float, Strict(), AllowInfNan(False), Field(ge=SLOWEST, le=FASTEST)]
Trials = Annotated[int, Strict(), Field(ge=2, le=TRIALS)]
Size = Annotated[int, Strict(), Field(ge=0, le=PATIENTS)]
Published = Annotated[int, Strict(), Field(ge=0, le=PUBLISHED)]
Months = Annotated[float, Strict(), AllowInfNan(False), Field(ge=SOONEST, le=LATEST)]
Elapsed = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=LATEST)]
Entering = Annotated[float, Strict(), AllowInfNan(False), Field(ge=FEWEST_ENTERING, le=MOST_ENTERING)]
Leaving = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=FASTEST)]
Power = Annotated[float, Strict(), AllowInfNan(False), Field(ge=FLATTEST, le=STEEPEST)]
Step = Annotated[float, Strict(), AllowInfNan(False), Field(ge=NARROW, le=10)]  # of log hazards
Exposure = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=EXPOSED)]
Followed = Annotated[int, Strict(), Field(gt=0, le=PUBLISHED)]
Text = Annotated[str, Strict(), Field(min_length=1)]
Measures = Annotated[
    Literal["response", "relapse", "adverse_event", "other"],
    Field(description="What is counted; evidence must measure what the design measures."),
]


def per_stratum(value: Value | Mapping[str, Value], strata: Sequence[str]) -> tuple[Value, ...]:
    """Return one value per stratum, in order; a value that is not a mapping serves every stratum."""
    if isinstance(value, Mapping):
        return tuple(value[stratum] for stratum in strata)
    return tuple(value for _ in strata)


LONGEST = 600.0  # months; what takes longer was stated in another unit
