"""Meta-analytic-predictive prior: past and new parameters scatter around a common mean.

Neuenschwander et al. 2010, doi:10.1177/1740774509356002; Schmidli et al. 2014, doi:10.1111/biom.12242.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis
from trialdesign.probability.belief import Belief, rescaled
from trialdesign.probability.cost import Cost, updated
from trialdesign.probability.distributions.heterogeneity import Scale, scale_rule
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification


@specification
class MetaAnalytic(DiscountKind):
    """Meta-analytic-predictive prior: theta_past, theta ~ N(mu_s, sd^2); mu_s has the component's prior.

    A stratum without past data keeps that prior.  A prior on sd stands for one sd per stratum.

    Attributes
    ----------
    sd : float or prior
        Heterogeneity: the standard deviation between past studies and the new trial, on the linear
        scale.
    """

    sd: Scale
    kind: Literal["meta_analytic"] = "meta_analytic"
    scatters: ClassVar[bool] = True  # so that the grid must hold past likelihoods, too
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "meta_analytic", "sd": {"dist": "HalfNormal", "sigma": 0.5}},
        {"kind": "meta_analytic", "sd": 0.3},
    )

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Update mu_s by each past study, then draw the new parameter around it."""
        informed = np.isin(np.arange(past.n_strata), past.stratum)
        mass = belief.mass.copy()
        mass[:, informed] = 0
        nodes, weights = scale_rule(self.sd, axis.resolution.scale_nodes, axis.spread)
        for sd, weight in zip(nodes, weights):
            kernel = axis.scatter(sd)
            centre = belief.mass[:, informed] * past.scattered(kernel)[informed]
            mass[:, informed] += weight * centre @ kernel
        return rescaled(Belief(belief.grid, belief.weight, mass))

    def cost(self, before: Cost, n_strata: int, n_points: int) -> Cost:
        """Return what the belief takes in memory once it has learned."""
        return updated(before, n_strata * n_points, 3 * n_strata * n_points)

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        drift, scale = past.scatter(pm, name, self.sd)
        informed = np.isin(np.arange(past.n_strata), past.stratum).astype(float)
        step = informed * scale * pm.Normal(f"{name}_new", 0.0, 1.0, shape=past.n_strata)
        learned = twins.update(prior, lambda value: past.total(value, drift))
        return Twin(learned.values + step, learned.log_weights, learned.size)
