"""The families among which a stated prior is sought: Beta, Gamma and Normal, by how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.probability.distributions.conjugate import BETA, GAMMA, NORMAL, Conjugate
from trialdesign.probability.distributions.real_line import Beta, Gamma, Normal

HALVINGS = 70


@dataclass(frozen=True, slots=True)
class ElicitedFamily:
    """A family with a size, which is large where the prior is sure.

    Attributes
    ----------
    prior : type
    sizes : tuple of float
        Range that is searched, from nearly flat to nearly certain.
    entropy : callable
        (first, second) -> differential entropy.
    through : callable
        (x, p, size, unit) -> the parameters with P(below x) = p; ``unit`` is a length of the scale.
    centred : callable
        (name, value, size, unit) -> the parameters with that mode, median or mean.
    """

    prior: type
    sizes: tuple[float, float]
    entropy: Callable
    through: Callable
    centred: Callable

    @property
    def known(self) -> Conjugate:
        """What is known of the family in closed form."""
        return self.prior.conjugate


def _beta_entropy(a, b):
    digammas = (a - 1) * special.digamma(a) + (b - 1) * special.digamma(b)
    return special.betaln(a, b) - digammas + (a + b - 2) * special.digamma(a + b)


def _beta_through(x, p, size, unit):
    """Bisect the logit of the mean; size is log(alpha + beta)."""
    total = np.exp(size)
    low, high = np.full(np.shape(size), -40.0), np.full(np.shape(size), 40.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        a, b = total * special.expit(middle), total * special.expit(-middle)
        too_high = BETA.cumulative(x, a, b) < p  # little lies below x: the mean must come down
        low, high = np.where(too_high, low, middle), np.where(too_high, middle, high)
    return a, b


def _beta_centred(name, value, size, unit):
    total = np.exp(size)
    if name == "mode":
        return 1 + value * total, 1 + (1 - value) * total
    if name == "median":
        return _beta_through(value, 0.5, size, unit)
    return value * total, (1 - value) * total


def _gamma_entropy(shape, rate):
    digamma = (1 - shape) * special.digamma(shape)
    return shape - np.log(rate) + special.gammaln(shape) + digamma


def _gamma_through(x, p, size, unit):
    """Size is log(shape)."""
    shape = np.exp(size)
    return shape, GAMMA.quantile(p, shape, x)  # the quantile is in proportion to 1 / rate


def _gamma_centred(name, value, size, unit):
    if name == "mode":
        return 1 + np.exp(size), np.exp(size) / value
    if name == "median":
        return _gamma_through(value, 0.5, size, unit)
    return np.exp(size), np.exp(size) / value


def _normal_through(x, p, size, unit):
    """Size is -log(sd / unit)."""
    sd = unit * np.exp(-size)
    return x - NORMAL.quantile(p, 0.0, sd), sd


SCALES = {
    "probability": ElicitedFamily(
        prior=Beta,
        sizes=(-7.0, 16.0),
        entropy=_beta_entropy,
        through=_beta_through,
        centred=_beta_centred,
    ),
    "rate": ElicitedFamily(
        prior=Gamma,
        sizes=(-5.0, 16.0),
        entropy=_gamma_entropy,
        through=_gamma_through,
        centred=_gamma_centred,
    ),
    "mean": ElicitedFamily(
        prior=Normal,
        sizes=(-6.0, 10.0),
        entropy=lambda mu, sd: np.log(sd),
        through=_normal_through,
        centred=lambda name, value, size, unit: _normal_through(value, 0.5, size, unit),
    ),
}
