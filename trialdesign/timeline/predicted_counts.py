"""Events predicted from what is believed of the hazards: the prior, or the posterior of a running trial.

Given the hazards, each patient has had the event by a month with a known probability, and the events
are a sum of independent indicators.  Averaged over a Belief its generating function is

    G(z) = sum_k w_k prod_s sum_g mass_ksg L_s(g) z^d (1 + q(g) (z - 1))^m (1 + p(g) (z - 1))^n,

a stratum's d events seen, m patients at risk, n yet to enter, L the likelihood of the data so far; its
coefficients are read off at the roots of unity.  Exact up to the grid: nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import believed
from trialdesign.analysis.data.running_trial import Interim
from trialdesign.analysis.models.model import scaled_likelihood
from trialdesign.design.conduct.accrual import Conduct
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.belief import Belief
from trialdesign.probability.resolution import PREDICTED, Resolution
from trialdesign.timeline.event_counts import (
    Counts,
    Entering,
    frequencies,
    planned_entry,
    probabilities,
    whole_power,
)
from trialdesign.timeline.milestones import FARTHEST


def predicted_counts(
    design: Design, known: Interim | None = None, resolution: Resolution = PREDICTED
) -> Counts:
    """Return how many events there are by each month, averaged over the design's model.

    Parameters
    ----------
    design : Design
        Its model is the analysis prior; replace it by the design prior to predict from that.
    known : Interim, optional
        A running trial's data, from which the prior is updated first.
    resolution : Resolution

    Raises
    ------
    SpecificationError
        The endpoint's hazard is not constant.
    """
    if not design.endpoint.constant_hazard:
        raise SpecificationError(
            "`endpoint` must be time_to_event with distribution exponential for events to be predicted "
            "from a prior; got another. Predict them under a scenario instead."
        )
    _check_losses(design, known)
    known = known or Interim.before(design)
    total = sum(design.patients)
    z, generating = frequencies(total), _generating(design, known, resolution)
    months = _mesh(known.month, design.conduct().cut)
    rows = np.array([generating(float(month), z) for month in months])
    return interpolated(months, probabilities(rows / rows[:, :1].real, total))


def _check_losses(design: Design, known: Interim | None) -> None:
    """Refuse losses before infusion that a prediction does not account for."""
    before = design.before_infusion
    if before is not None and (known is not None or before.counted != "excluded"):
        what = "a running trial's data" if known is not None else "a prior"
        raise SpecificationError(
            f"`before_infusion` must be left out for events to be predicted from {what}"
            f"{'' if known is not None else ', or count losses as excluded'}; got losses counted as "
            f"{before.counted}. Predict under scenarios instead."
        )


def _mesh(now: float, cut: float) -> np.ndarray:
    """Return the months at which counts are computed: closely to the cut and half as far again."""
    far = max(now + 12.0, 1.5 * cut - 0.5 * now)
    soon = now + np.geomspace(0.05, 3.0, 12)  # counts are still small there, and change fast
    late = np.geomspace(far, max(FARTHEST, 2 * far), 25)
    return np.unique(np.concatenate([np.linspace(now, far, 73), soon, late]))


def interpolated(months: np.ndarray, table: np.ndarray) -> Counts:
    """Return counts at any month from those (T, N + 1) at some; no count falls in between."""
    from scipy.interpolate import PchipInterpolator

    below = PchipInterpolator(months, np.cumsum(table, axis=1), axis=0)

    def counts(wanted: np.ndarray) -> np.ndarray:
        at = below(np.clip(wanted, months[0], months[-1]))
        return np.clip(np.diff(at, axis=1, prepend=0.0), 0.0, 1.0)

    return counts


def _generating(design: Design, known: Interim, resolution: Resolution):
    """Return the unnormalised generating function ``G(month, z)``; its value at z = 1 comes first."""
    beliefs = {name: _belief(design, name, resolution) for name in design.model.components()}
    future = _Future(design, known)
    if "effect" in beliefs:
        return lambda month, z: _contrast(future, beliefs, month, z)
    return lambda month, z: np.prod(
        [_arm(future, arm, belief, month, z) for arm, belief in beliefs.items()], axis=0
    )


def _belief(design: Design, name: str, resolution: Resolution) -> Belief:
    """Return what is believed of one component before the trial."""
    return believed(design, name, component_axis(design, name, resolution))


@dataclass(frozen=True, slots=True)
class _Future:
    """Events still to come, as functions of log hazards x (X,)."""

    design: Design
    known: Interim

    def weighted(self, arm: str, s: int, x: np.ndarray, month: float, z: np.ndarray) -> np.ndarray:
        """Return the likelihood of the data so far times the generating function, (X, W)."""
        own = np.array([[self.known.events[arm][s], self.known.exposure[arm][s]]], float)
        likelihood = scaled_likelihood(self.design.endpoint, own, x)[0]
        staying, coming = self._chances(arm, s, np.exp(x), month)
        at_risk, events = self.known.at_risk[arm][s], self.known.events[arm][s]
        out = z**events * likelihood[:, None]
        if at_risk:
            out = out * whole_power(1 + np.multiply.outer(staying, z - 1), int(at_risk))
        left = self.design.arms[arm].sizes[s] - self.known.entered[arm][s]
        return out * whole_power(1 + np.multiply.outer(coming, z - 1), int(left))

    def _chances(self, arm: str, s: int, hazard: np.ndarray, month: float):
        """Return the probabilities (X,) that one at risk, and one yet to enter, has the event."""
        conduct, now = self.design.conduct(), self.known.month
        leaving = hazard + conduct.dropout
        staying = -hazard / leaving * np.expm1(-leaving * max(month - now, 0.0))
        coming = remaining_entry(conduct, s, self.known)
        before = self.design.losses(arm)
        delay, infused = (0.0, 1.0) if before is None else (before.months, 1 - before.lost)
        since = np.maximum(month - delay - np.stack([coming.opens, coming.closes]), 0.0)[..., None]
        accumulated = hazard / leaving * (since + np.expm1(-leaving * since) / leaving)
        entered = coming.rates @ (accumulated[0] - accumulated[1]) / max(1, coming.patients)
        return staying, infused * entered


def remaining_entry(conduct: Conduct, s: int, known: Interim) -> Entering:
    """Return when the rest of a stratum's patients enter: from now on, as fast as planned."""
    entered = int(sum(own[s] for own in known.entered.values()))
    if entered == 0 and known.month == 0:
        return planned_entry(conduct, s)
    starts, rates, left = conduct.starts[s], conduct.rates[s], int(conduct.patients[s]) - entered
    opens = np.maximum(starts, known.month)
    lengths = np.maximum(np.append(starts[1:], np.inf) - opens, 0.0)
    before = np.concatenate([[0.0], np.cumsum(lengths[:-1] * rates[:-1])])
    closes = opens + np.minimum(lengths, np.clip(left - before, 0.0, None) / rates)
    there = closes > opens
    return Entering(opens[there], closes[there], rates[there], left)


def _arm(future: _Future, arm: str, belief: Belief, month: float, z: np.ndarray) -> np.ndarray:
    """Return the generating function (W,) of one arm whose hazards are believed independently."""
    product = belief.weight[:, None]
    for s in range(belief.n_strata):
        product = product * _averaged(belief, s, future.weighted(arm, s, belief.grid.nodes, month, z))
    return product.sum(axis=0)


def _averaged(belief: Belief, s: int, values: np.ndarray) -> np.ndarray:
    """Average complex values (G, W) over a stratum's masses at each node: (K, W)."""
    return (belief.mass[:, s] @ values.view(float)).view(complex)  # one real matrix product, not two


def _contrast(future: _Future, beliefs: Mapping[str, Belief], month: float, z: np.ndarray):
    """Return the generating function (W,) of both arms of a contrast model."""
    arms, (control, effect) = future.design.arms, beliefs.values()
    h, g = control.grid.nodes, effect.grid.nodes
    product = np.multiply.outer(control.weight, effect.weight)[..., None]  # (C, K, 1)
    for s in range(control.n_strata):
        points = (h, np.add.outer(g, h).ravel())
        own, both = (future.weighted(arm, s, x, month, z) for arm, x in zip(arms, points))
        given = np.multiply(control.mass[:, s, :, None], own)  # (C, H, W)
        table = np.einsum("chw,ghw->cgw", given, both.reshape(g.size, h.size, -1))
        product = product * np.stack([_averaged(effect, s, np.ascontiguousarray(row)) for row in table])
    return product.sum(axis=(0, 1))
