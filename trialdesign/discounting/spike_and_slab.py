"""Spike-and-slab commensurate prior: the evidence lies close to the new parameter, or maybe far off.

Hobbs et al. 2012, doi:10.1214/12-BA722, there on the precision.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis
from trialdesign.probability.distributions.heterogeneity import Scale, scale_rule
from trialdesign.probability.distributions.real_line import Distribution
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import Probability, specification


@specification
class SpikeAndSlab(DiscountKind):
    """theta_past ~ N(theta, sd^2), sd from ``spike`` with ``probability``, else from the wider ``slab``.

    Which of the two holds is one unknown per stratum; so is a scale with a prior.

    Attributes
    ----------
    probability : float
        Prior probability of the spike.
    spike : float or prior
        Small standard deviation: past and new parameters nearly agree.
    slab : float or prior
        Large standard deviation: the past says little.
    """

    probability: Probability
    spike: Scale
    slab: Scale
    kind: Literal["spike_and_slab"] = "spike_and_slab"
    scatters: ClassVar[bool] = True  # so that the grid must hold past likelihoods, too
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "spike_and_slab", "probability": 0.5, "spike": 0.1, "slab": 2},
        {
            "kind": "spike_and_slab",
            "probability": 0.8,
            "spike": {"dist": "HalfNormal", "sigma": 0.2},
            "slab": {"dist": "HalfNormal", "sigma": 2},
        },
    )

    def __post_init__(self) -> None:
        if _typical(self.spike) >= _typical(self.slab):
            raise ValueError(
                f"`spike` must be narrower than `slab`; got {_typical(self.spike):g} and "
                f"{_typical(self.slab):g} (fixed value or median). Exchange them, or use kind: drift."
            )

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum."""
        n_nodes, blurred = axis.resolution.scale_nodes, 0.0
        for probability, scale in ((self.probability, self.spike), (1 - self.probability, self.slab)):
            for sd, weight in zip(*scale_rule(scale, n_nodes, axis.spread)):
                blurred = blurred + probability * weight * past.scattered(axis.scatter(sd))
        return blurred

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        weights = np.array([self.probability, 1 - self.probability])
        logs = np.log(np.maximum(weights, twins.NEVER))
        scales = {"spike": self.spike, "slab": self.slab}
        drifts = [past.scatter(pm, f"{name}_{part}", sd)[0] for part, sd in scales.items()]

        def log_likelihood(value):
            parts = [log + past.total(value, drift) for log, drift in zip(logs, drifts)]
            return twins.log_add(pm, parts)

        return twins.update(prior, log_likelihood)


def _typical(scale) -> float:
    """Return a fixed scale, or the median of one with a prior."""
    return float(scale.quantile(0.5)) if isinstance(scale, Distribution) else float(scale)
