"""Accrual: who enters when, who leaves, and when the data are cut.

Patients of a stratum enter independently over its accrual period, as fast as the stated rate says;
the cut comes ``follow_up`` months after the last patient of the slowest stratum was due:

    cut = max_s inverse_s(n_s) + follow_up,    entry = inverse_s(u n_s),  u ~ Uniform(0, 1),

where inverse_s is the time by which a given number of patients has entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Union

import numpy as np
from pydantic import Field

from trialdesign.design.conduct.looks import Look
from trialdesign.specification.types import Elapsed, Entering, Leaving, per_stratum, specification


@specification
class Rate:
    """Patients per month, over all strata or of each.

    Attributes
    ----------
    rate : float or mapping
        Patients per month: one number over all strata, which share it in proportion to their sizes, or
        one for each stratum.
    """

    rate: Entering | dict[str, Entering]


@specification
class Period:
    """Patients per month, over all strata, from a month on.

    Attributes
    ----------
    from : float
        Month from which the rate holds.
    rate : float
        Patients per month over all strata.
    """

    start: Elapsed = Field(alias="from")
    rate: Entering


Accrual = Union[Rate, Annotated[list[Period], Field(min_length=1)]]


@specification
class Dropout:
    """Constant hazard of leaving the trial, per month.

    Attributes
    ----------
    rate : float
        Hazard per month.
    """

    rate: Leaving


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a trial runs.

    Attributes
    ----------
    starts, rates : tuple of ndarray, one per stratum
        Months from which patients of the stratum enter at the rate.
    patients : ndarray, shape (S,)
        Planned patients, both arms.
    follow_up : float
        Months from the last patient's entry to the cut.
    dropout : float
        Hazard per month.
    looks : tuple of Look
        None stands for one analysis, at the cut.
    """

    starts: tuple[np.ndarray, ...]
    rates: tuple[np.ndarray, ...]
    patients: np.ndarray
    follow_up: float
    dropout: float
    looks: tuple[Look, ...] = ()

    def entry(self, s: int, fraction: np.ndarray) -> np.ndarray:
        """Return the month by which a fraction of a stratum's patients has entered."""
        starts, rates = self.starts[s], self.rates[s]
        if starts.size == 1:
            return starts[0] + np.asarray(fraction) * self.patients[s] / rates[0]
        entered = np.concatenate([[0.0], np.cumsum(np.diff(starts) * rates[:-1])])
        number = np.asarray(fraction) * self.patients[s]
        i = np.clip(np.searchsorted(entered, number, side="right") - 1, 0, None)
        return starts[i] + (number - entered[i]) / rates[i]

    @property
    def last_entry(self) -> float:
        """Month in which the last patient enters."""
        return float(max(self.entry(s, np.array(1.0)) for s in range(len(self.patients))))

    @property
    def cut(self) -> float:
        """Month of the last analysis possible."""
        return self.last_entry + self.follow_up


def conduct(
    accrual: Accrual,
    follow_up: float,
    dropout: Dropout | None,
    patients: Sequence[int],
    strata: Sequence[str],
    looks: Sequence[Look] = (),
) -> Conduct:
    """Return how a trial runs; a rate over all strata is shared in proportion to their sizes.

    Parameters
    ----------
    accrual : Rate or list of Period
    follow_up : float
        Months.
    dropout : Dropout or None
    patients : sequence of int
        Planned patients of each stratum, both arms.
    strata : sequence of str
    looks : sequence of Look
    """
    total = max(1, sum(patients))
    fractions = [n / total for n in patients]
    if isinstance(accrual, Rate):
        periods = [(0.0, accrual.rate)]
    else:
        periods = [(period.start, period.rate) for period in sorted(accrual, key=lambda p: p.start)]
    starts = np.array([start for start, _ in periods])
    rates = []
    for s, fraction in enumerate(fractions):
        each = [
            per_stratum(rate, strata)[s] if isinstance(rate, dict) else rate * max(fraction, 1e-12)
            for _, rate in periods
        ]
        rates.append(np.array(each))
    leaving = 0.0 if dropout is None else dropout.rate
    sizes, shared = np.array(patients), (starts,) * len(fractions)
    return Conduct(shared, tuple(rates), sizes, follow_up, leaving, tuple(looks))
