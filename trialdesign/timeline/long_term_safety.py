"""Long-term safety: what following the treated for years can, and cannot, rule out.

A patient who may leave with hazard ``loss`` has an event of hazard ``rate`` within ``years`` with
probability

    p(rate) = rate / (rate + loss) (1 - exp(-(rate + loss) years)),

and N patients show none with probability (1 - p)^N.  Where none is seen, the exact upper bound is the
rate at which that would have had probability 1 - level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.errors import SpecificationError

YEARS = 15.0  # for which gene therapies are to be followed (FDA, EMA)


@dataclass(frozen=True, slots=True)
class LongTermSafety:
    """What N patients followed for years say of a rare event.

    Attributes
    ----------
    patients : int
    years, loss : float
        Years of follow-up; hazard of being lost, per year.
    patient_years : float
        Expected exposure if nobody has the event.
    rate : float
        Assumed events per patient-year.
    chance : float
        Probability of seeing at least one event of that rate.
    level : float
    upper_rate : float
        Exact upper bound of the rate where none is seen, per patient-year.
    upper_risk : float
        The same as the proportion who would have it within the years, if none were lost.
    patients_needed : int
        Patients who show at least one event of the assumed rate with probability ``level``.
    """

    patients: int
    years: float
    loss: float
    patient_years: float
    rate: float
    chance: float
    level: float
    upper_rate: float
    upper_risk: float
    patients_needed: int


def long_term_safety(
    patients: int, rate: float, years: float = YEARS, loss: float = 0.0, level: float = 0.95
) -> LongTermSafety:
    """Return what following patients for years says of an event of an assumed rate.

    Parameters
    ----------
    patients : int
        Treated patients who are followed.
    rate : float
        Events per patient-year.
    years : float
        Planned follow-up of each.
    loss : float
        Hazard of being lost to follow-up, per year.
    level : float
        Of the one-sided bound, 0 to 1.

    Raises
    ------
    SpecificationError
        An argument is out of its range.

    Examples
    --------
    Without loss, 100 patients who show no event in 15 years bound the risk by 1 - 0.05^(1/100):

    >>> round(long_term_safety(100, rate=0.001).upper_risk, 4)
    0.0295
    """
    _check(patients, rate, years, loss, level)
    chance_each = observed_risk(rate, years, loss)
    seen = -np.expm1(patients * np.log1p(-chance_each))
    upper = _upper_rate(patients, years, loss, level)
    return LongTermSafety(
        patients=patients,
        years=years,
        loss=loss,
        patient_years=float(patients * (years if loss == 0 else -np.expm1(-loss * years) / loss)),
        rate=rate,
        chance=float(seen),
        level=level,
        upper_rate=upper,
        upper_risk=float(-np.expm1(-upper * years)),
        patients_needed=int(np.ceil(np.log1p(-level) / np.log1p(-chance_each) - 1e-9)),
    )


def observed_risk(rate: float, years: float, loss: float) -> float:
    """Return the probability that a patient has the event before being lost, within the years."""
    both = rate + loss
    return float(rate / both * -np.expm1(-both * years))


def _upper_rate(patients: int, years: float, loss: float, level: float) -> float:
    """Return the rate at which no event among all patients has probability 1 - level."""
    wanted = -np.expm1(np.log1p(-level) / patients)  # each patient's risk
    low, high = 0.0, 1.0
    while observed_risk(high, years, loss) < wanted:
        high *= 2
        if high > 1e6:  # so many are lost that even an immediate event would be missed
            return np.inf
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if observed_risk(middle, years, loss) < wanted else (low, middle)
    return float(high)


def _check(patients: int, rate: float, years: float, loss: float, level: float) -> None:
    problems = []
    if patients < 1:
        problems.append(f"`patients` must be at least 1; got {patients}. Raise it.")
    for name, value in (("rate", rate), ("years", years)):
        if not 0 < value < np.inf:
            problems.append(f"`{name}` must be above 0; got {value:g}. Change it.")
    if not 0 <= loss < np.inf:
        problems.append(f"`loss` must be 0 or more, per year; got {loss:g}. Change it.")
    if not 0 < level < 1:
        problems.append(f"`level` must be above 0 and below 1; got {level:g}. Change it.")
    if problems:
        raise SpecificationError(problems)
