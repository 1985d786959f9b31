"""Survival bands: what is believed of each arm's survival, before the trial and after data.

Under a constant hazard survival falls as the hazard rises, so that the quantiles of survival at any
month are those of the hazard.  In a contrast model the treatment arm's log hazard is the sum of the
control's and the effect, whose joint distribution is integrated along the lines of equal sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import assemble, believed
from trialdesign.analysis.data.running_trial import Interim
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.belief import update
from trialdesign.probability.marginal import marginals_of
from trialdesign.probability.resolution import WHOLE
from trialdesign.probability.tails.estimand_cdf import Tails
from trialdesign.probability.tails.quantiles import find_quantiles

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of one arm's survival in one stratum.

    Attributes
    ----------
    arm, stratum : str
    months : ndarray, shape (T,)
    survival : ndarray, shape (T, 5)
        Probability of being event-free, at the quantiles `LEVELS`.
    """

    arm: str
    stratum: str
    months: np.ndarray
    survival: np.ndarray


def survival_bands(design: Design, months: np.ndarray, known: Interim | None = None) -> tuple[Band, ...]:
    """Return what is believed of survival: from the evidence, and from a running trial's data.

    Parameters
    ----------
    design : Design
        Analysed as exponential.
    months : ndarray, shape (T,)
    known : Interim, optional
        Data by which the analysis prior is updated.

    Raises
    ------
    SpecificationError
        The hazards are not constant.
    """
    months = np.asarray(months, float)
    if not design.endpoint.constant_hazard:
        raise SpecificationError(
            "`endpoint` must be time_to_event with distribution exponential for a survival band; got "
            "another. Draw the assumed curves instead."
        )
    log_hazards = _of_sums if design.model.effect is not None else _of_arms
    bands = []
    for arm, quantiles in log_hazards(design, known).items():
        for stratum, own in zip(design.strata, quantiles):
            survival = np.exp(-np.multiply.outer(months, np.exp(own)))
            bands.append(Band(arm, stratum, months, survival))
    return tuple(bands)


def _of_arms(design: Design, known: Interim | None) -> dict[str, list[np.ndarray]]:
    """Return the quantiles (5,) of each arm's log hazard, one per stratum: highest hazard first."""
    out = {}
    for arm in design.model.components():
        axis = component_axis(design, arm, WHOLE)
        belief = believed(design, arm, axis)
        if known is not None:
            data = np.stack([known.events[arm], known.exposure[arm]], axis=1)
            belief = update(belief, design.endpoint.log_likelihood(data, axis.grid.nodes))
        marginals = marginals_of(belief, axis)
        out[arm] = [marginal.quantiles(1 - np.array(LEVELS)) for marginal in marginals]
    return out


def _of_sums(design: Design, known: Interim | None) -> dict[str, np.ndarray]:
    """Return the same of a contrast model, (S, 5) an arm."""
    known, model = known or Interim.before(design), assemble(design, cut_truths=False).model
    outcomes = [
        {arm: np.array([[known.events[arm][s], known.exposure[arm][s]]], float) for arm in known.events}
        for s in range(len(design.strata))
    ]
    joint, effect, control = model.joint(outcomes), model.focus.grid, model.partner.grid
    own = np.stack([mass.sum(axis=0) for mass in joint])
    levels = [1 - level for level in LEVELS]
    sums = Tails(lambda g, h: g + h, effect, control, joint)
    ends = np.linspace(effect.edges[0] + control.edges[0], effect.edges[-1] + control.edges[-1], 33)
    by_side = (
        find_quantiles(lambda x: own @ control.cumulative(np.array(x)), control.edges, levels),
        find_quantiles(sums.below, ends, levels),
    )
    return dict(zip(design.arms, by_side))
