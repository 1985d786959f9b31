"""Mixtures of conjugate distributions: the form in which priors are exchanged and weighed in patients.

    f(x)  =  sum_c weight_c  f_c(x; first_c, second_c)

Beta mixtures are priors of response probabilities, Gamma mixtures of hazards and rates, both on the
natural scale; Normal mixtures live on the linear scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.errors import SpecificationError
from trialdesign.probability.distributions.conjugate import FAMILIES, Conjugate
from trialdesign.probability.distributions.prior import Mixture
from trialdesign.probability.distributions.real_line import Distribution


@dataclass(frozen=True, slots=True)
class ConjugateMixture:
    """A mixture of C distributions of one family.

    Attributes
    ----------
    family : str
        ``beta``, ``gamma`` or ``normal``.
    weight, first, second : ndarray, shape (C,)
        Weights, which sum to one, and parameters: (alpha, beta), (shape, rate) or (mean, sd).
    """

    family: str
    weight: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise SpecificationError(
                f"`family` must be one of {', '.join(FAMILIES)}; got {self.family!r}. Choose one."
            )
        for name in ("weight", "first", "second"):
            array = np.array(getattr(self, name), dtype=float)
            if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
                raise SpecificationError(
                    f"`{name}` of a mixture must be a list of finite numbers, one per component; "
                    f"got {np.asarray(getattr(self, name)).tolist()}. Correct it."
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        self._check()

    def _check(self) -> None:
        names = FAMILIES[self.family].names
        if not len(self.weight) == len(self.first) == len(self.second):
            raise SpecificationError(
                f"a mixture must have one weight, one `{names[0]}` and one `{names[1]}` a component; "
                f"got {len(self.weight)}, {len(self.first)} and {len(self.second)}. Complete it."
            )
        if (self.weight < 0).any():
            raise SpecificationError(
                f"the weights of a mixture must be 0 or more; got {self.weight.min():g}. "
                "A difference of densities is no prior: refit it, or drop the component."
            )
        if abs(self.weight.sum() - 1) > 1e-6:
            raise SpecificationError(
                f"the weights of a mixture must sum to 1; got {self.weight.sum():g}. Rescale them."
            )
        positive = (self.second,) if self.family == "normal" else (self.first, self.second)
        for array, name in zip(positive[::-1], names[::-1]):
            if (array <= 0).any():
                raise SpecificationError(
                    f"`{name}` of a {self.family} mixture must be positive; got {array.min():g}. "
                    "Correct it."
                )

    @property
    def kind(self) -> Conjugate:
        """The functions of the family."""
        return FAMILIES[self.family]

    def log_parts(self, x: np.ndarray) -> np.ndarray:
        """Return log(weight_c f_c(x)), shape (C, *x.shape)."""
        weight, first, second = self._columns(np.ndim(x))
        with np.errstate(divide="ignore"):
            return np.log(weight) + self.kind.log_density(x, first, second)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density at x, on the mixture's own scale."""
        return log_sum(self.log_parts(x))

    def information(self, x: np.ndarray) -> np.ndarray:
        """Return -(d/dx)^2 log f, the information that the mixture holds at x, on its own scale."""
        return self._information(x, self.kind.slopes)

    def linear_information(self, x: np.ndarray) -> np.ndarray:
        """Return the information that the mixture holds at x, on the linear scale."""
        return self._information(x, self.kind.linear_slopes)

    def _information(self, x: np.ndarray, slopes) -> np.ndarray:
        parts = self.log_parts(x)
        member = np.exp(parts - log_sum(parts))
        slope, curvature = slopes(x, *self._columns(np.ndim(x))[1:])
        average = (member * slope).sum(axis=0)
        return -(member * (curvature + (slope - average) ** 2)).sum(axis=0)

    def mean(self) -> float:
        """Return the mean."""
        return float(self.weight @ self.kind.moments(self.first, self.second)[0])

    def sd(self) -> float:
        """Return the standard deviation."""
        means, variances = self.kind.moments(self.first, self.second)
        return float(np.sqrt(self.weight @ (variances + (means - self.mean()) ** 2)))

    def to_prior(self) -> Distribution:
        """Return the mixture as a prior of a design file."""
        names, kind = self.kind.names, self.kind.dist
        rows = zip(self.weight.tolist(), self.first.tolist(), self.second.tolist())
        return Mixture(
            mixture=[{"weight": w, "dist": kind, names[0]: a, names[1]: b} for w, a, b in rows]
        )

    def to_dict(self) -> dict:
        """Return the mixture as it is written in a design file."""
        parts = [
            {"weight": part.weight, "dist": part.dist} | part.parameters()
            for part in self.to_prior().mixture
        ]
        return {"mixture": parts}

    def _columns(self, ndim: int) -> tuple[np.ndarray, ...]:
        shape = (-1, *(1,) * ndim)
        return self.weight.reshape(shape), self.first.reshape(shape), self.second.reshape(shape)


def log_sum(logs: np.ndarray) -> np.ndarray:
    """Return log(sum(exp(logs), axis=0)); SciPy's takes five times as long for so few rows."""
    largest = np.maximum(logs.max(axis=0), -1e300)
    return largest + np.log(np.exp(logs - largest).sum(axis=0))


def from_prior(prior: Distribution) -> ConjugateMixture | None:
    """Return a prior of a design file as a conjugate mixture, or None if it is of no such family."""
    parts = prior.mixture if isinstance(prior, Mixture) else [prior]
    for name, family in FAMILIES.items():
        if all(part.conjugate is family for part in parts):
            weights = np.array([getattr(part, "weight", 1.0) for part in parts])
            first, second = ([getattr(part, key) for part in parts] for key in family.names)
            return ConjugateMixture(name, weights / weights.sum(), first, second)
    return None


def combine(first: ConjugateMixture, second: ConjugateMixture, weight: float) -> ConjugateMixture:
    """Return (1 - weight) first + weight second, both of one family."""
    weights = np.concatenate([(1 - weight) * first.weight, weight * second.weight])
    parts = [np.concatenate([getattr(first, n), getattr(second, n)]) for n in ("first", "second")]
    return ConjugateMixture(first.family, weights, *parts)


def update_beta(prior: ConjugateMixture, responders: np.ndarray, n: int) -> list[ConjugateMixture]:
    """Return the posterior Beta mixture after each count of responders among n patients."""
    return [_update_one(prior, float(r), float(n)) for r in np.atleast_1d(responders)]


def _update_one(prior: ConjugateMixture, r: float, n: float) -> ConjugateMixture:
    first, second = prior.first + r, prior.second + n - r
    with np.errstate(divide="ignore"):
        log = np.log(prior.weight) + special.betaln(first, second)
    log -= special.betaln(prior.first, prior.second)
    return ConjugateMixture("beta", special.softmax(log), first, second)
