"""Commensurate prior: past parameters drift around the new one.

Hobbs et al. 2011, doi:10.1111/j.1541-0420.2011.01564.x.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis
from trialdesign.probability.distributions.heterogeneity import Scale, scale_rule
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification


@specification
class Drift(DiscountKind):
    """Commensurate prior: theta_past ~ N(theta, sd^2).

    A prior on sd stands for one sd per stratum, so that no stratum informs another through it.

    Attributes
    ----------
    sd : float or prior
        How far past parameters lie from the new one, on the linear scale.
    """

    sd: Scale
    kind: Literal["drift"] = "drift"
    scatters: ClassVar[bool] = True  # so that the grid must hold past likelihoods, too
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "drift", "sd": 0.5},
        {"kind": "drift", "sd": {"dist": "HalfNormal", "sigma": 1}},
    )

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum."""
        nodes, weights = scale_rule(self.sd, axis.resolution.scale_nodes, axis.spread)
        return sum(w * past.scattered(axis.scatter(sd)) for sd, w in zip(nodes, weights))

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        drift, _ = past.scatter(pm, name, self.sd)
        return twins.update(prior, lambda value: past.total(value, drift))
