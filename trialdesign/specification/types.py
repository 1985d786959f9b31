"""What a specification is made of: validated, frozen dataclasses and the types of their fields.

Every object that a design or evidence file can spell is declared with ``@specification``, so that
the file, the library user and the JSON Schema meet one and the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import AllowInfNan, ConfigDict, Field, Strict
from pydantic.dataclasses import dataclass

Value = TypeVar("Value")

specification = dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))

Number = Annotated[float, Strict(), AllowInfNan(False)]
Positive = Annotated[float, Strict(), AllowInfNan(False), Field(gt=0)]
NonNegative = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0)]
Probability = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=1)]
OpenProbability = Annotated[float, Strict(), AllowInfNan(False), Field(gt=0, lt=1)]
Count = Annotated[int, Strict(), Field(ge=0)]
PositiveCount = Annotated[int, Strict(), Field(gt=0)]
Text = Annotated[str, Strict(), Field(min_length=1)]


def per_stratum(value: Value | Mapping[str, Value], strata: Sequence[str]) -> tuple[Value, ...]:
    """Return one value a stratum, in order; a value that is not a mapping serves every stratum."""
    if isinstance(value, Mapping):
        return tuple(value[stratum] for stratum in strata)
    return tuple(value for _ in strata)


LONGEST = 600.0  # months; what takes longer was stated in another unit
