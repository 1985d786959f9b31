"""Closed forms: sizes of trials with a time to event, by the formulas that everyone knows.

Limits, not designs: one stratum, proportional hazards, no borrowing, a large trial.  A weak prior and a
hazard-ratio criterion must come close to them; what they leave out is what the simulations are for.
"""

from __future__ import annotations

import numpy as np


def schoenfeld_events(
    hazard_ratio: float, power: float = 0.9, alpha: float = 0.025, treated: float = 0.5
) -> float:
    """Return the events needed by a log-rank test.

        (z_alpha + z_power)^2 / (treated (1 - treated) log(hazard_ratio)^2)

    Parameters
    ----------
    hazard_ratio : float
        Treatment against control; not 1.
    power : float
    alpha : float
        One-sided.
    treated : float
        Fraction of the patients on treatment.

    References
    ----------
    Schoenfeld DA. Biometrics 1983;39:499-503. doi:10.2307/2531021
    """
    from scipy.special import ndtri

    z = ndtri(1 - alpha) + ndtri(power)
    return float(z**2 / (treated * (1 - treated) * np.log(hazard_ratio) ** 2))


def event_probability(hazard: float, accrual: float, follow_up: float, dropout: float = 0.0) -> float:
    """Return the probability that a patient has the event before the cut.

    Parameters
    ----------
    hazard : float
        Per month.
    accrual : float
        Months over which patients enter uniformly; positive.
    follow_up : float
        Months from the last entry to the cut.
    dropout : float
        Hazard per month.

    References
    ----------
    Lachin JM, Foulkes MA. Biometrics 1986;42:507-519. doi:10.2307/2531201
    """
    both = hazard + dropout
    late = np.exp(-both * follow_up) * -np.expm1(-both * accrual) / (both * accrual)
    return float(hazard / both * (1 - late))


def patients_for_events(
    events: float,
    hazards: tuple[float, float],
    accrual: float,
    follow_up: float,
    dropout: float = 0.0,
    treated: float = 0.5,
) -> float:
    """Return the patients who give so many events; ``hazards`` of control and treatment, per month."""
    control, treatment = (event_probability(h, accrual, follow_up, dropout) for h in hazards)
    return events / ((1 - treated) * control + treated * treatment)


def lachin_foulkes_patients(
    hazards: tuple[float, float],
    accrual: float,
    follow_up: float,
    dropout: float = 0.0,
    power: float = 0.9,
    alpha: float = 0.025,
    treated: float = 0.5,
) -> float:
    """Return the patients that a test of the difference of two exponential hazards needs.

        (z_alpha sqrt(v0) + z_power sqrt(v1))^2 / (difference of hazards)^2,
        v = sum over arms of hazard^2 / (fraction of the patients * probability of an event),

    v0 with the pooled hazard (weighed by the fractions) in both arms, v1 with the two; parameters as
    above.
    """
    from scipy.special import ndtri

    fractions = (1 - treated, treated)
    pooled = fractions[0] * hazards[0] + fractions[1] * hazards[1]

    def variance(pair: tuple[float, float]) -> float:
        chances = [event_probability(h, accrual, follow_up, dropout) for h in pair]
        return sum(h**2 / (p * n) for h, p, n in zip(pair, chances, fractions))

    spread = ndtri(1 - alpha) * np.sqrt(variance((pooled, pooled)))
    spread += ndtri(power) * np.sqrt(variance(hazards))
    return float(spread**2 / (hazards[0] - hazards[1]) ** 2)
