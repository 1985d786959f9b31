"""Full use: past patients count like new ones."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification


@specification
class Full(DiscountKind):
    """Past and new parameters are the same: the evidence counts in full."""

    kind: Literal["full"] = "full"
    examples: ClassVar[tuple[dict, ...]] = ({"kind": "full"},)

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return True

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum."""
        return past.likelihood()

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        return twins.update(prior, past.total)
