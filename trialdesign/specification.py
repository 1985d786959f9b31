"""What a specification is made of: validated, frozen dataclasses and the types of their fields.

Every object that a design or evidence file can spell is declared with ``@specification``, so that
the file, the library user and the JSON Schema meet one and the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Literal, TypeVar, Union

from pydantic import AllowInfNan, BeforeValidator, ConfigDict, Field, Strict
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


@cache
def kinds(package: str) -> dict[str, type]:
    """Return {kind: specification class} of a package: the folder is the registry.

    Each module of the package defines one class whose name is the module's in CamelCase.
    """
    folder = import_module(package)
    found = {}
    for module in iter_modules(folder.__path__):
        if module.name.startswith("_"):
            continue
        name = "".join(part.capitalize() for part in module.name.split("_"))
        found[module.name] = getattr(import_module(f"{package}.{module.name}"), name)
    return found


def union_of(package: str, discriminator: str = "kind", default: str | None = None) -> object:
    """Return the tagged union of a package's kinds, for use as a field's type.

    A kind that is itself a package offers its own members as ``FAMILIES``; ``default`` is the kind
    that is meant where none is named.
    """
    found = kinds(package).items()
    members = tuple(getattr(import_module(f"{package}.{kind}"), "FAMILIES", cls) for kind, cls in found)
    if len(members) == 1:
        return members[0]
    union = Annotated[Union[members], Field(discriminator=discriminator)]
    if default is None:
        return union

    def named(value: object) -> object:
        return {discriminator: default, **value} if isinstance(value, dict) else value

    return Annotated[union, BeforeValidator(named)]


def per_stratum(value: Value | Mapping[str, Value], strata: Sequence[str]) -> tuple[Value, ...]:
    """Return one value a stratum, in order; a value that is not a mapping serves every stratum."""
    if isinstance(value, Mapping):
        return tuple(value[stratum] for stratum in strata)
    return tuple(value for _ in strata)


@specification
class EvidenceRow:
    """What every row of published data says beside its counts."""

    stratum: Text
    study: Text | None = None
    week: NonNegative | None = None
    count_is: Literal["reported", "derived", "back-calculated"] = "reported"
