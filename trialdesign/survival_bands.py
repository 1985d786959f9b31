"""Survival bands: what is believed of each arm's survival, before the trial and after data.

Under a constant hazard survival falls as the hazard rises, so that the quantiles of survival at any
month are those of the hazard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assembly import component_axis, learn
from .belief import update
from .design import Design
from .errors import SpecificationError
from .interim import Interim
from .marginal import FINE, marginals_of

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
        Single-arm or arm-wise, analysed as exponential.
    months : ndarray, shape (T,)
    known : Interim, optional
        Data by which the analysis prior is updated.

    Raises
    ------
    SpecificationError
        The arms have no hazards of their own, or hazards that are not constant.
    """
    months = np.asarray(months, float)
    if getattr(design.endpoint, "distribution", None) != "exponential":
        raise SpecificationError(
            "`endpoint` must be time_to_event with distribution exponential for a survival band; got "
            "another. Draw the assumed curves instead."
        )
    if design.model.effect is not None:
        raise SpecificationError(
            "`model` must have `treatment`, the arm's own parameter, for a survival band; got `effect`. "
            "State the model arm-wise."
        )
    bands = []
    for arm, component in design.model.components().items():
        axis = component_axis(design, arm, FINE)
        belief = component.strata.belief(design.strata, axis)
        belief = learn(design, belief, component.evidence, axis)
        if known is not None:
            data = np.stack([known.events[arm], known.exposure[arm]], axis=1)
            belief = update(belief, design.endpoint.log_likelihood(data, axis.grid.nodes))
        for stratum, marginal in zip(design.strata, marginals_of(belief, axis)):
            hazards = np.exp(marginal.quantiles(1 - np.array(LEVELS)))
            bands.append(Band(arm, stratum, months, np.exp(-np.multiply.outer(months, hazards))))
    return tuple(bands)
