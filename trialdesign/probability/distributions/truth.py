"""How an assumed truth may be spelt: a number, a survival curve, or either for each stratum."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from trialdesign.probability.distributions.survival import AnyCurve, Curve
from trialdesign.specification.types import Number

_KEYS = {"distribution", "hazard", "median", "survival", "at", "cuts", "hazards", "shape", "cured"}


def _form(value: object) -> str:
    """Tell a number, a curve and a mapping of stratum to either."""
    if isinstance(value, Curve) or (isinstance(value, dict) and _KEYS & set(value)):
        return "curve"
    return "each" if isinstance(value, dict) else "number"


Truth = Annotated[
    Annotated[Number, Tag("number")] | Annotated[AnyCurve, Tag("curve")], Discriminator(_form)
]
TruthPerStratum = Annotated[
    Annotated[Number, Tag("number")]
    | Annotated[AnyCurve, Tag("curve")]
    | Annotated[dict[str, Truth], Tag("each")],
    Discriminator(_form),
]
