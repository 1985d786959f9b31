"""Power prior: the past likelihood raised to a power. Ibrahim & Chen 2000, doi:10.1214/ss/1009212673."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import Probability, specification


@specification
class Power(DiscountKind):
    """Power prior: a past patient counts as ``exponent`` of a new one.

    Attributes
    ----------
    exponent : float
        0 leaves the evidence out, 1 takes it in full.
    """

    exponent: Probability
    kind: Literal["power"] = "power"
    examples: ClassVar[tuple[dict, ...]] = ({"kind": "power", "exponent": 0.5},)

    def passed_fraction(self) -> float:
        """Return the largest fraction of the past information that can pass."""
        return self.exponent

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return self.exponent == 1

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum."""
        return past.likelihood(self.exponent)

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        return twins.update(prior, lambda value: self.exponent * past.total(value))
