"""What may stand where a prior is asked for: a distribution, a mixture, or one for each stratum."""

from __future__ import annotations

from typing import Annotated, Union

import numpy as np
from pydantic import Discriminator, Field, Tag

from trialdesign.probability.distributions.positive import (
    Exponential,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
)
from trialdesign.probability.distributions.real_line import (
    Beta,
    Distribution,
    Gamma,
    Normal,
    StudentT,
    Uniform,
)
from trialdesign.probability.grid import Grid
from trialdesign.specification.types import Probability, specification

LOCATION = (
    Normal, StudentT, Uniform, LogNormal, HalfNormal, HalfCauchy, HalfStudentT, Exponential,
    InverseGamma, Beta, Gamma,
)  # fmt: skip


def _weighted(kind: type) -> type:
    """Return the specification of a mixture's component: a distribution with its weight."""
    body = {
        "__annotations__": {"weight": Probability},
        "__doc__": f"{kind.__doc__}  Here with its ``weight`` in a mixture.",
        "__module__": __name__,
    }
    return specification(type(f"Weighted{kind.__name__}", (kind,), body))


_weighted_kinds = tuple(_weighted(kind) for kind in LOCATION)
globals().update({kind.__name__: kind for kind in _weighted_kinds})  # where pickle looks for them
Component = Annotated[
    Union[_weighted_kinds],
    Field(discriminator="dist"),
]


@specification
class Mixture(Distribution):
    """Mixture of distributions that live on one scale.

    Attributes
    ----------
    mixture : tuple
        The components, each a distribution with its ``weight``; the weights sum to one.
    """

    mixture: Annotated[tuple[Component, ...], Field(min_length=1)]

    def __post_init__(self) -> None:
        total = sum(part.weight for part in self.mixture)
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"the weights of `mixture` must sum to 1; got {total:g}. Rescale the weights."
            )
        if len({part.natural_scale for part in self.mixture}) > 1:
            raise ValueError(
                "the components of `mixture` must live on one scale; got "
                f"{', '.join(part.dist for part in self.mixture)}. "
                "Use Beta (or Gamma) for all components, or for none."
            )

    @property
    def natural_scale(self) -> str | None:
        return self.mixture[0].natural_scale

    @property
    def scale(self) -> float:
        return min(part.scale for part in self.mixture)

    @property
    def breaks(self) -> tuple[float, ...]:
        return tuple(b for part in self.mixture for b in part.breaks)

    def support(self) -> tuple[float, float]:
        ranges = [part.support() for part in self.mixture if part.weight > 0]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        parts = [part.log_density(x) + np.log(part.weight) for part in self.mixture if part.weight > 0]
        return np.logaddexp.reduce(parts)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return sum(part.weight * part.cumulative(x) for part in self.mixture)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return sum(part.weight * part.beyond(x) for part in self.mixture)

    def mass(self, grid: Grid) -> np.ndarray:
        return sum(part.weight * part.mass(grid) for part in self.mixture)

    def raw(self, pm, name: str, shape: int | None = None):
        parts = [getattr(pm, part.dist).dist(**part.parameters()) for part in self.mixture]
        weights = np.array([part.weight for part in self.mixture])
        return pm.Mixture(name, w=weights / weights.sum(), comp_dists=parts, shape=shape)


def _shape_of(value: object) -> str:
    """Tell a mixture from a single distribution, for pydantic's tagged union."""
    has = value.__contains__ if isinstance(value, dict) else lambda key: hasattr(value, key)
    return "mixture" if has("mixture") else "distribution"


Single = Annotated[Union[LOCATION], Field(discriminator="dist")]
Prior = Annotated[
    Annotated[Single, Tag("distribution")] | Annotated[Mixture, Tag("mixture")],
    Discriminator(_shape_of),
]


def _one_or_each(value: object) -> str:
    """Tell one prior from a mapping of stratum to prior."""
    plain = isinstance(value, dict) and not {"dist", "mixture"} & set(value)
    return "each" if plain else "one"


PriorPerStratum = Annotated[
    Annotated[Prior, Tag("one")] | Annotated[dict[str, Prior], Tag("each")],
    Discriminator(_one_or_each),
]
