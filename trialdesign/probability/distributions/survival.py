"""Assumed survival: the true distribution of an arm's times to event, in months.

A truth is any of these curves, given by its hazard, its median or a milestone; what an exponential
analysis makes of a curve that is not exponential is one of the things a design must show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Union

import numpy as np
from pydantic import Discriminator, Field, Tag

from trialdesign.specification.types import (
    Months,
    OpenProbability,
    PerMonth,
    Power,
    specification,
)


class Curve:
    """What every assumed survival offers: ``survival(t)`` and ``time_at(survival)``, its inverse.

    ``time_at`` is infinite where the curve never falls so low.
    """

    __slots__ = ()

    def restricted_mean(self, to: float) -> float:
        """Return the mean event-free time up to ``to`` months."""
        edges = np.array([0.0, *(b for b in self.breaks() if 0 < b < to), to])
        nodes, weights = np.polynomial.legendre.leggauss(40)
        half = np.diff(edges)[:, None] / 2
        points = edges[:-1, None] + half * (1 + nodes)
        return float((self.survival(points) * weights * half).sum())

    def average_hazard(self, to: float) -> float:
        """Return events per month of exposure up to ``to`` months (Uno & Horiguchi 2023)."""
        to = max(to, 1e-3)  # at the very start: the hazard there
        return float((1 - self.survival(np.array(to))) / self.restricted_mean(to))

    def breaks(self) -> Iterator[float]:
        """Yield the times at which the hazard jumps."""
        return iter(())


@dataclass(frozen=True, slots=True)
class ConstantHazards(Curve):
    """A constant hazard in each of T trials, events per month; shape (T, 1)."""

    rate: np.ndarray

    def survival(self, t: np.ndarray) -> np.ndarray:
        """Return the probability of no event by t months."""
        return np.exp(-self.rate * t)

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        """Return the month at which so many are without an event."""
        return -np.log(survival) / self.rate


def _check_one(curve: object) -> None:
    """Refuse a curve that is not pinned down by exactly one of its parameters."""
    given = [name for name in ("hazard", "median", "survival_at") if getattr(curve, name) is not None]
    if len(given) != 1:
        raise ValueError(
            "exactly one of `hazard`, `median` and `survival` with `at` must be given; got "
            f"{', '.join(given).replace('survival_at', 'survival') or 'none'}. Keep one."
        )
    if (curve.survival_at is None) != (curve.at is None):
        raise ValueError("`survival` and `at` must be given together; got one of them. Add the other.")


@specification
class Exponential(Curve):
    """Constant hazard, given by it, by the median or by the survival at a time.

    Attributes
    ----------
    hazard : float
        Events per month.
    median : float
        Months.
    survival : float
        Share of patients free of the event at month ``at``.
    at : float
        Month of ``survival``.
    """

    hazard: PerMonth | None = None
    median: Months | None = None
    survival_at: OpenProbability | None = Field(default=None, alias="survival")
    at: Months | None = None
    distribution: Literal["exponential"] = "exponential"

    def __post_init__(self) -> None:
        _check_one(self)

    @property
    def rate(self) -> float:
        """Hazard per month."""
        if self.hazard is not None:
            return self.hazard
        return np.log(2) / self.median if self.median else -np.log(self.survival_at) / self.at

    def survival(self, t: np.ndarray) -> np.ndarray:
        return np.exp(-self.rate * t)

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        return -np.log(survival) / self.rate


@specification
class Weibull(Curve):
    """Hazard that rises (shape above 1) or falls, S(t) = exp(-(t / scale)^shape).

    Attributes
    ----------
    shape : float
        Power of time; 1 is a constant hazard.
    hazard : None
        Not to be given: the hazard is not constant.
    median : float
        Months.
    survival : float
        Share of patients free of the event at month ``at``.
    at : float
        Month of ``survival``.
    """

    shape: Power
    hazard: None = None
    median: Months | None = None
    survival_at: OpenProbability | None = Field(default=None, alias="survival")
    at: Months | None = None
    distribution: Literal["weibull"]

    def __post_init__(self) -> None:
        _check_one(self)

    @property
    def scale(self) -> float:
        """Time at which 1 / e survive."""
        level, time = (0.5, self.median) if self.median else (self.survival_at, self.at)
        return time / (-np.log(level)) ** (1 / self.shape)

    def survival(self, t: np.ndarray) -> np.ndarray:
        return np.exp(-((t / self.scale) ** self.shape))

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        return self.scale * (-np.log(survival)) ** (1 / self.shape)


@specification
class Piecewise(Curve):
    """Hazard that is constant between ``cuts``: delayed, crossing or waning effects.

    Attributes
    ----------
    cuts : list of float
        Months at which the hazard changes, increasing.
    hazards : list of float
        Events per month in each interval, one more than ``cuts``.
    """

    cuts: Annotated[list[Months], Field(min_length=1)]
    hazards: Annotated[list[PerMonth], Field(min_length=2)]
    distribution: Literal["piecewise"]

    def __post_init__(self) -> None:
        if len(self.hazards) != len(self.cuts) + 1:
            raise ValueError(
                f"`hazards` must have one number more than `cuts`; got {len(self.hazards)} and "
                f"{len(self.cuts)}. Add or delete one."
            )
        if any(b <= a for a, b in zip(self.cuts, self.cuts[1:])):
            raise ValueError(f"`cuts` must increase; got {self.cuts}. Sort them.")

    def breaks(self) -> Iterator[float]:
        return iter(self.cuts)

    def _knots(self) -> tuple[np.ndarray, np.ndarray]:
        times = np.array([0.0, *self.cuts])
        return times, np.concatenate([[0.0], np.cumsum(np.diff(times) * self.hazards[:-1])])

    def survival(self, t: np.ndarray) -> np.ndarray:
        times, cumulative = self._knots()
        i = np.clip(np.searchsorted(times, t, side="right") - 1, 0, None)
        return np.exp(-(cumulative[i] + (t - times[i]) * np.array(self.hazards)[i]))

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        times, cumulative = self._knots()
        needed = -np.log(survival)
        i = np.clip(np.searchsorted(cumulative, needed, side="right") - 1, 0, None)
        return times[i] + (needed - cumulative[i]) / np.array(self.hazards)[i]


def _family(value: object) -> str:
    """Read the distribution's name off a document or an object; a bare median is exponential."""
    if isinstance(value, dict):
        return value.get("distribution", "exponential")
    return getattr(value, "distribution", "exponential")


@specification
class Cure(Curve):
    """A fraction never has the event: S(t) = cured + (1 - cured) S_uncured(t).

    Attributes
    ----------
    cured : float
        Share of patients who never have the event.
    uncured : curve
        Survival of the others: a curve of another family.
    """

    cured: OpenProbability
    uncured: Annotated[
        Annotated[Exponential, Tag("exponential")]
        | Annotated[Weibull, Tag("weibull")]
        | Annotated[Piecewise, Tag("piecewise")],
        Discriminator(_family),
    ]
    distribution: Literal["cure"]

    def breaks(self) -> Iterator[float]:
        return self.uncured.breaks()

    def survival(self, t: np.ndarray) -> np.ndarray:
        return self.cured + (1 - self.cured) * self.uncured.survival(t)

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        relative = (survival - self.cured) / (1 - self.cured)
        finite = relative > 0
        times = self.uncured.time_at(np.where(finite, relative, 0.5))
        return np.where(finite, times, np.inf)


_FAMILIES = {"exponential": Exponential, "weibull": Weibull, "piecewise": Piecewise, "cure": Cure}
AnyCurve = Annotated[
    Union[tuple(Annotated[cls, Tag(name)] for name, cls in _FAMILIES.items())],
    Discriminator(_family),
]
