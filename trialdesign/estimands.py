"""Estimands: what a criterion is about, as functions of the arms' parameters on the linear scale.

An estimand is one function ``value(control, treatment)`` of arrays; where it exceeds a threshold, and
with which probability, is found numerically from the function alone (`regions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Natural = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Estimand:
    """A function of the arms' parameters.

    Attributes
    ----------
    label : str
        As it is printed in a criterion, e.g. ``difference`` or ``survival(24)``.
    value : callable
        ``value(control, treatment)``: arrays of the linear scale to an array of the same shape.
    needs_control : bool
        Whether a single-arm trial cannot have it.
    """

    label: str
    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    needs_control: bool = True


def of_treatment(label: str, natural: Natural) -> Estimand:
    """Return the treatment arm's own parameter on the natural scale."""
    return Estimand(label, lambda control, treatment: natural(treatment), needs_control=False)


def difference(label: str, natural: Natural) -> Estimand:
    """Return treatment minus control on the natural scale."""
    return Estimand(label, lambda control, treatment: natural(treatment) - natural(control))


def ratio(label: str, natural: Natural) -> Estimand:
    """Return treatment over control on the natural scale."""
    return Estimand(label, lambda control, treatment: natural(treatment) / natural(control))


def contrast(label: str) -> Estimand:
    """Return treatment minus control on the linear scale, e.g. a log odds ratio."""
    return Estimand(label, lambda control, treatment: treatment - control)
