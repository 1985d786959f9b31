"""The families among which a stated prior is sought: Beta, Gamma and Normal, by how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.probability.distributions.real_line import Beta, Gamma, Normal

HALVINGS = 70


@dataclass(frozen=True, slots=True)
class ElicitedFamily:
    """A family with a size, which is large where the prior is sure.

    Attributes
    ----------
    prior : type
    lowest, highest : float
        Ends of the scale.
    sizes : tuple of float
        Range that is searched, from nearly flat to nearly certain.
    cumulative : callable
        (first, second, x) -> distribution function.
    entropy : callable
        (first, second) -> differential entropy.
    through : callable
        (x, p, size, unit) -> the parameters with P(below x) = p; ``unit`` is a length of the scale.
    centred : callable
        (name, value, size, unit) -> the parameters with that mode, median or mean.
    """

    prior: type
    lowest: float
    highest: float
    sizes: tuple[float, float]
    cumulative: Callable
    entropy: Callable
    through: Callable
    centred: Callable


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
        too_high = special.betainc(a, b, x) < p  # little lies below x: the mean must come down
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
    return shape, special.gammaincinv(shape, p) / x


def _gamma_centred(name, value, size, unit):
    if name == "mode":
        return 1 + np.exp(size), np.exp(size) / value
    if name == "median":
        return _gamma_through(value, 0.5, size, unit)
    return np.exp(size), np.exp(size) / value


def _normal_through(x, p, size, unit):
    """Size is -log(sd / unit)."""
    sd = unit * np.exp(-size)
    return x - sd * special.ndtri(p), sd


def _normal_centred(name, value, size, unit):
    return _normal_through(value, 0.5, size, unit)


SCALES = {
    "probability": ElicitedFamily(
        prior=Beta,
        lowest=0.0,
        highest=1.0,
        sizes=(-7.0, 16.0),
        cumulative=special.betainc,
        entropy=_beta_entropy,
        through=_beta_through,
        centred=_beta_centred,
    ),
    "rate": ElicitedFamily(
        prior=Gamma,
        lowest=0.0,
        highest=np.inf,
        sizes=(-5.0, 16.0),
        cumulative=lambda shape, rate, x: special.gammainc(shape, rate * x),
        entropy=_gamma_entropy,
        through=_gamma_through,
        centred=_gamma_centred,
    ),
    "mean": ElicitedFamily(
        prior=Normal,
        lowest=-np.inf,
        highest=np.inf,
        sizes=(-6.0, 10.0),
        cumulative=lambda mu, sd, x: special.ndtr((x - mu) / sd),
        entropy=lambda mu, sd: np.log(sd),
        through=_normal_through,
        centred=_normal_centred,
    ),
}
