"""Estimands: what a criterion is about, as functions of the arms' parameters on the linear scale.

An estimand is one function ``value(control, treatment)`` of arrays; where it exceeds a threshold, and
with which probability, is found numerically from the function alone (`probability.exceedance`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

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
    range : tuple of float
        What it lies between, whatever the parameters; a threshold must, too.
    needs_control : bool
        Whether a single-arm trial cannot have it.
    truth : callable, optional
        ``truth(control, treatment)`` of assumed truths as the endpoint keeps them; ``value`` unless
        given.
    equivalent : callable, optional
        ``u(linear, shape)`` of an arm whose distribution has a shape beside its linear predictor: what
        ``value`` must be given in the linear predictor's place; the predictor itself unless given.
    axis_label : str
        Of an axis that shows it, the unit with it.
    """

    label: str
    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    range: tuple[float, float]
    needs_control: bool = True
    truth: Callable[[object, object], float] | None = None
    equivalent: Callable[[np.ndarray, tuple], np.ndarray] | None = None
    axis_label: str = ""

    @property
    def name(self) -> str:
        """As a criterion names it: the label without a month."""
        return self.label.partition("(")[0]

    def true_value(self, control: object, treatment: object) -> float:
        """Return the estimand of an assumed truth."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float((self.truth or self.value)(control, treatment))


def named(by_axis_label: Mapping[str, Estimand]) -> dict[str, Estimand]:
    """Return estimands by name, from estimands by the label of an axis that shows them."""
    return {own.name: replace(own, axis_label=label) for label, own in by_axis_label.items()}


def of_treatment(label: str, natural: Natural, top: float, truth: Callable | None = None) -> Estimand:
    """Return the treatment arm's own parameter on the natural scale, from 0 to ``top``."""
    true = truth and (lambda control, treatment: truth(treatment))
    return Estimand(label, lambda control, treatment: natural(treatment), (0.0, top), False, true)


def of_each_arm(label: str, natural: Natural, top: float) -> dict[str, Estimand]:
    """Return every arm's own parameter on the natural scale, from 0 to ``top``."""
    of_control = lambda control, treatment: natural(control)
    return {
        "treatment": of_treatment(label, natural, top),
        "control": Estimand(label, of_control, (0.0, top)),
    }


def difference(label: str, natural: Natural, top: float, truth: Callable | None = None) -> Estimand:
    """Return treatment minus control on the natural scale, each from 0 to ``top``."""
    value = lambda control, treatment: natural(treatment) - natural(control)
    true = truth and (lambda control, treatment: truth(treatment) - truth(control))
    return Estimand(label, value, (-top, top), True, true)


def ratio(label: str, natural: Natural) -> Estimand:
    """Return treatment over control on the natural scale."""
    value = lambda control, treatment: natural(treatment) / natural(control)
    return Estimand(label, value, (0.0, np.inf))


def contrast(label: str) -> Estimand:
    """Return treatment minus control on the linear scale, e.g. a log odds ratio."""
    return Estimand(label, lambda control, treatment: treatment - control, (-np.inf, np.inf))


def log_ratio(label: str, truth: Callable) -> Estimand:
    """Return treatment over control where the linear scale is a logarithm, e.g. a hazard ratio."""
    value = lambda control, treatment: np.exp(treatment - control)
    true = lambda control, treatment: truth(treatment) / truth(control)
    return Estimand(label, value, (0.0, np.inf), True, true)
