"""Elicitation: the prior that says what an expert said, and as little else as possible.

Of all distributions of a family with P(low < x < high) = probability, the one with the largest entropy
is taken; a most likely value, a median or a mean leaves a single one.  Jaynes 1968,
doi:10.1109/TSSC.1968.300117; O'Hagan et al. 2006, doi:10.1002/0470033312.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialdesign.errors import SpecificationError
from trialdesign.priors.elicited_families import SCALES, ElicitedFamily
from trialdesign.probability.distributions.real_line import Distribution

N_SIZES, N_SPLITS = 80, 41  # of the grids on which a solution is looked for before it is refused
FARTHEST = 16.0  # logit of the share of the outside that lies below, beyond which it lies all on a side

Parameters = tuple[float, float]
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
        lowest, highest = SCALES[self.scale].lowest, SCALES[self.scale].highest
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
    if statement.centres():
        parameters = _with_centre(family, statement)
    elif family.lowest < statement.low and statement.high < family.highest:
        parameters = _between(family, statement)
    else:
        parameters = _beyond(family, statement)
    names = ("mu", "sigma") if statement.scale == "mean" else ("alpha", "beta")
    return family.prior(**dict(zip(names, map(float, parameters), strict=True)))


def _with_centre(family: ElicitedFamily, statement: Statement) -> Parameters:
    ((name, value),) = statement.centres().items()

    def path(size):
        return family.centred(name, value, size, statement.unit)

    found = _meetings(family, statement, path)
    if not found:
        reached = _inside(family, statement, path(np.linspace(*family.sizes, N_SIZES)))
        raise SpecificationError(
            f"the statement must be one that a {family.prior.__name__} distribution can meet; got "
            f"P({statement.low:g} < x < {statement.high:g}) = {statement.probability:g} with {name} "
            f"{value:g}, where it lies between {reached.min():.3g} and {reached.max():.3g}. "
            f"Move the interval, its probability or the {name}."
        )
    return max(found, key=lambda pair: float(family.entropy(*pair)))


def _between(family: ElicitedFamily, statement: Statement) -> Parameters:
    """Search over how what lies outside the interval splits into below and above."""
    from scipy.optimize import minimize_scalar

    def best(logit: float) -> tuple[float, Parameters]:
        below = (1 - statement.probability) / (1 + np.exp(-logit))
        found = _meetings(
            family, statement, lambda size: family.through(statement.low, below, size, statement.unit)
        )
        ranked = [(float(family.entropy(*pair)), pair) for pair in found]
        return max(ranked, default=(-np.inf, (np.nan, np.nan)))

    # On the logit, for where the density rises towards an end all but nothing lies beyond the other.
    splits = np.linspace(-FARTHEST, FARTHEST, N_SPLITS)
    heights = np.array([best(split)[0] for split in splits])
    if not np.isfinite(heights).any():
        raise SpecificationError(
            f"the statement must be one that a {family.prior.__name__} distribution can meet; got "
            f"P({statement.low:g} < x < {statement.high:g}) = {statement.probability:g}. "
            "Move the interval or its probability."
        )
    step = splits[1] - splits[0]
    around = np.pad(heights, 1, constant_values=-np.inf)  # entropy may have several maxima
    peaks = splits[(heights >= around[:-2]) & (heights >= around[2:]) & np.isfinite(heights)]
    found = [
        minimize_scalar(
            lambda split: -max(best(split)[0], -1e6),
            bounds=(peak - step, peak + step),
            method="bounded",
            options={"xatol": 1e-8},
        )
        for peak in peaks
    ]
    return max((best(each.x) for each in found), key=lambda pair: pair[0])[1]


def _beyond(family: ElicitedFamily, statement: Statement) -> Parameters:
    """Search over size where the interval begins or ends with the scale."""
    from scipy.optimize import minimize_scalar

    x, below = statement.high, statement.probability
    if statement.high >= family.highest:
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
    ends = [np.clip(end, family.lowest, family.highest) for end in (statement.low, statement.high)]
    below, above = (family.cumulative(*parameters, end) for end in ends)
    return above - below


def _meetings(family: ElicitedFamily, statement: Statement, path: Path) -> list[Parameters]:
    """Return the parameters along a path at which the interval has its probability."""
    from scipy.optimize import brentq

    def miss(size):
        return _inside(family, statement, path(size)) - statement.probability

    sizes = np.linspace(*family.sizes, N_SIZES)
    changes = np.flatnonzero(np.diff(np.sign(miss(sizes))))
    return [path(brentq(miss, sizes[i], sizes[i + 1], xtol=1e-12)) for i in changes]
