"""Elicitation: the prior that says what an expert said, and as little else as possible.

Of all distributions of a family with P(low < x < high) = probability, the one with the largest entropy
is taken; a most likely value, a median or a mean leaves a single one.  Jaynes 1968,
doi:10.1109/TSSC.1968.300117; O'Hagan et al. 2006, doi:10.1002/0470033312.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from trialdesign.errors import SpecificationError
from trialdesign.priors.elicited_families import SCALES, ElicitedFamily
from trialdesign.priors.largest_entropy import Interval, Parameters, largest
from trialdesign.probability.distributions.real_line import Distribution

N_SIZES = 80  # of the grid on which a solution is looked for before it is refused

Path = Callable[[float | np.ndarray], Parameters]  # size -> parameters


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of a quantity.

    Attributes
    ----------
    scale : str
        ``probability`` (a response rate: Beta), ``rate`` (a hazard, events a month: Gamma) or ``mean``
        (Normal).
    low, high : float
        Interval.
    probability : float
        Probability that the quantity lies in it, between 0 and 1.
    mode, median, mean : float or None
        The most likely value, the value that is as likely exceeded as not, or the expected value; at
        most one of them.
    """

    scale: str
    low: float
    high: float
    probability: float
    mode: float | None = None
    median: float | None = None
    mean: float | None = None

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise SpecificationError(
                f"`scale` must be one of {', '.join(SCALES)}; got {self.scale!r}. Choose one."
            )
        if not self.low < self.high:
            raise SpecificationError(
                f"the interval must run from a smaller to a larger number; got {self.low:g} to "
                f"{self.high:g}. Exchange them or widen it."
            )
        if not 0 < self.probability < 1:
            raise SpecificationError(
                f"`probability` must lie between 0 and 1; got {self.probability:g}. "
                "State it as a proportion: 90 % is 0.9."
            )
        if len(self.centres()) > 1:
            raise SpecificationError(
                f"at most one of mode, median and mean must be given; got "
                f"{' and '.join(self.centres())}. Keep the one that was elicited."
            )
        self._check_range()

    def _check_range(self) -> None:
        lowest, highest = SCALES[self.scale].known.ends
        for name, value in {"low": self.low, "high": self.high, **self.centres()}.items():
            if not lowest <= value <= highest or (
                name not in ("low", "high") and value in (lowest, highest)
            ):
                raise SpecificationError(
                    f"`{name}` of a {self.scale} must lie between {lowest:g} and {highest:g}; got "
                    f"{value:g}. Correct it, or choose another scale."
                )
        if self.low == lowest and self.high == highest:
            raise SpecificationError(
                f"the interval must leave something out; got {lowest:g} to {highest:g}. Narrow it."
            )

    def centres(self) -> dict[str, float]:
        """Return the value that was given as most likely, median or mean, by name."""
        named = {"mode": self.mode, "median": self.median, "mean": self.mean}
        return {name: value for name, value in named.items() if value is not None}

    @property
    def unit(self) -> float:
        """A length of the scale: the width of the interval, if it has one."""
        ends = [abs(end) for end in (self.low, self.high) if np.isfinite(end)]
        return self.high - self.low if len(ends) == 2 else max(ends[0], 1.0)


def elicit(statement: Statement) -> Distribution:
    """Return the prior of largest entropy that says what was stated.

    Raises
    ------
    SpecificationError
        No distribution of the family says that; how near one comes.
    """
    family = SCALES[statement.scale]
    lowest, highest = family.known.ends
    if statement.centres():
        parameters = _with_centre(family, statement)
    elif lowest < statement.low and statement.high < highest:
        parameters = _between(family, statement)
    else:
        parameters = _beyond(family, statement)
    found = dict(zip(family.known.names, map(float, parameters), strict=True))
    try:
        return family.prior(**found)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise SpecificationError(
            f"the statement must lead to a prior that a design can state; got "
            f"{family.prior.__name__} with {wrong['loc'][0]} = {wrong['input']:g}, where "
            f"{wrong['msg'].lower()}. Move the interval or its probability, or take another unit."
        ) from None


def _with_centre(family: ElicitedFamily, statement: Statement) -> Parameters:
    ((name, value),) = statement.centres().items()

    def path(size):
        return family.centred(name, value, size, statement.unit)

    found = _meetings(family, statement, path)
    if not found:
        reached = _inside(family, statement, path(_sizes(family, statement, path)))
        raise SpecificationError(
            f"the statement must be one that a {family.prior.__name__} distribution can meet; got "
            f"P({statement.low:g} < x < {statement.high:g}) = {statement.probability:g} with {name} "
            f"{value:g}, where it lies between {reached.min():.3g} and {reached.max():.3g}. "
            f"Move the interval, its probability or the {name}."
        )
    return max(found, key=lambda pair: float(family.entropy(*pair)))


def _between(family: ElicitedFamily, statement: Statement) -> Parameters:
    interval = Interval(statement.low, statement.high, statement.probability, statement.unit)
    found = largest(family, interval)
    if found is None:
        raise SpecificationError(
            f"the statement must be one that a {family.prior.__name__} distribution can meet; got "
            f"P({statement.low:g} < x < {statement.high:g}) = {statement.probability:g}. "
            "Move the interval or its probability."
        )
    return found


def _beyond(family: ElicitedFamily, statement: Statement) -> Parameters:
    """Search over size where the interval begins or ends with the scale."""
    from scipy.optimize import minimize_scalar

    x, below = statement.high, statement.probability
    if statement.high >= family.known.ends[1]:
        x, below = statement.low, 1 - statement.probability

    def path(size: float) -> Parameters:
        return family.through(x, below, size, statement.unit)

    sizes = np.linspace(*family.sizes, N_SIZES)
    heights = np.array([float(family.entropy(*path(size))) for size in sizes])
    i = int(np.nanargmax(heights))
    if i in (0, N_SIZES - 1):
        raise SpecificationError(
            f"the statement must leave one prior of largest entropy; got only P(x "
            f"{'<' if x == statement.high else '>'} {x:g}), which an ever wider one says too. "
            "Give both ends, or a most likely value."
        )
    found = minimize_scalar(
        lambda size: -float(family.entropy(*path(size))),
        bounds=(sizes[i - 1], sizes[i + 1]),
        method="bounded",
    )
    return path(found.x)


def _inside(family: ElicitedFamily, statement: Statement, parameters: Parameters):
    """Return the probability of the stated interval."""
    ends = [np.clip(end, *family.known.ends) for end in (statement.low, statement.high)]
    below, above = (family.known.cumulative(end, *parameters) for end in ends)
    return above - below


def _meetings(family: ElicitedFamily, statement: Statement, path: Path) -> list[Parameters]:
    """Return the parameters along a path at which the interval has its probability."""
    from scipy.optimize import brentq

    def miss(size):
        return _inside(family, statement, path(size)) - statement.probability

    sizes = _sizes(family, statement, path)
    changes = np.flatnonzero(np.diff(np.sign(miss(sizes))))
    return [path(brentq(miss, sizes[i], sizes[i + 1], xtol=1e-12)) for i in changes]


def _sizes(family: ElicitedFamily, statement: Statement, path: Path) -> np.ndarray:
    """Return sizes among which solutions lie, most of them where the interval has the most."""
    sizes = np.linspace(*family.sizes, N_SIZES)
    for _ in range(2):
        top = int(_inside(family, statement, path(sizes)).argmax())
        around = sizes[max(top - 1, 0)], sizes[min(top + 1, sizes.size - 1)]
        sizes = np.union1d(sizes, np.linspace(*around, N_SIZES))
    return sizes
