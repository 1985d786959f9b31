"""Units of information: what one patient, one event or one month of exposure tells of a parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

Information = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Unit:
    """What counts as one unit, and the information that it brings.

    Attributes
    ----------
    name : str
        ``patients``, ``events``, ``months of exposure``.
    information : callable
        Expected (Fisher) information of one unit at points x, on the scale of x.
    """

    name: str
    information: Information


BINOMIAL = Unit("patients", lambda p: 1 / (p * (1 - p)))  # p: a response probability
POISSON = Unit("months of exposure", lambda rate: 1 / rate)  # rate: events a month
EXPONENTIAL = Unit("events", lambda rate: 1 / rate**2)  # rate: a hazard a month
LOGIT = Unit("patients", lambda x: special.expit(x) * special.expit(-x))  # x: a log odds


def gaussian(sd: float) -> Unit:
    """Return the unit of a normal endpoint: a patient whose value scatters by ``sd``."""
    return Unit("patients", lambda x: np.full_like(x, sd**-2.0))
