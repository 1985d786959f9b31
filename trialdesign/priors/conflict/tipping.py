"""The tipping point: how heavy the vague component must be before a decision changes.

The data of a whole trial are analysed as planned under every weight of the vague component, 0 to 1; in
between, the two parts of the prior are computed once and mixed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialdesign.analysis.build import assemble
from trialdesign.analysis.models.model import AnalysisModel
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.errors import SpecificationError
from trialdesign.priors.summary import names_of
from trialdesign.priors.vagueness import has_vague
from trialdesign.probability.belief import independent, mix_within
from trialdesign.probability.distributions.real_line import Distribution

WEIGHTS = 11
TOLERANCE = 1e-6  # of a tipping point

Trial = Sequence[Mapping[str, np.ndarray]]


@dataclass(frozen=True, slots=True)
class TippingCurve:
    """One stratum's posterior probabilities over the weight of the vague component.

    Attributes
    ----------
    component, stratum : str
    weight : ndarray, shape (W,)
    probability : ndarray, shape (W, J)
        Of each criterion.
    success : ndarray of bool, shape (W,)
    tips_at : tuple of float
        Weights at which the decision changes.
    """

    component: str
    stratum: str
    weight: np.ndarray
    probability: np.ndarray
    success: np.ndarray
    tips_at: tuple[float, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the curve as plain lists."""
        return {
            "component": self.component,
            "stratum": self.stratum,
            "weight": self.weight.tolist(),
            "probability": self.probability.tolist(),
            "success": self.success.tolist(),
            "tips_at": list(self.tips_at),
        }


def with_robust_weight(design: Design, component: str, weight: float) -> Design:
    """Return a design whose last source of evidence has another weight of its vague component.

    Raises
    ------
    SpecificationError
        There is no such component, or its last source has no vague component.
    """
    (name,) = names_of(design, component)
    old = design.model.components()[name]
    if not old.evidence or not has_vague(old.evidence[-1]):
        raise SpecificationError(
            f"the last source of evidence on `{name}` must have a vague component beside it; got none. "
            "Use discount: {kind: robust, weight: ..., vague: ...}."
        )
    last = old.evidence[-1]
    last = replace(last, discount=last.discount.with_vague_weight(weight))
    new = replace(old, evidence=[*old.evidence[:-1], last])
    return changed(design, model=replace(design.model, **{name: new}))


@on_one_thread
def tipping_curves(design: Design, component: str, trial: Trial) -> list[TippingCurve]:
    """Analyse one trial under every weight of the vague component.

    Parameters
    ----------
    design : Design
    component : str
        The one whose last source of evidence has a vague component.
    trial : sequence of S mappings
        Each arm's statistics (1, M).

    Raises
    ------
    SpecificationError
        See `with_robust_weight`.
    """
    at = _Analysis.of(design, component, trial)
    weights = np.linspace(0, 1, WEIGHTS)
    table = np.array([at.probabilities(weight) for weight in weights])  # (W, J, S)
    thresholds = np.array([criterion.probability for criterion in design.decision])
    success = (table > thresholds[:, None]).all(axis=1)
    curves = []
    for s, stratum in enumerate(design.strata):
        changes = np.flatnonzero(np.diff(success[:, s]))
        tips = tuple(_search(at, s, thresholds, *weights[i : i + 2]) for i in changes)
        curves.append(TippingCurve(component, stratum, weights, table[:, :, s], success[:, s], tips))
    return curves


def _search(at: _Analysis, s: int, thresholds: np.ndarray, low: float, high: float) -> float:
    """Return the weight between low and high at which the decision in a stratum changes."""
    from scipy.optimize import brentq

    def margin(weight: float) -> float:
        return float((at.probabilities(weight)[:, s] - thresholds).min())

    return float(brentq(margin, low, high, xtol=TOLERANCE))


@dataclass(frozen=True, slots=True)
class _Analysis:
    """A trial, and the model whose vague component has no weight yet."""

    model: AnalysisModel
    field: str
    vague: Distribution
    holds: tuple[np.ndarray, ...]
    trial: Trial

    @classmethod
    def of(cls, design: Design, name: str, trial: Trial) -> _Analysis:
        assembled = assemble(with_robust_weight(design, name, 0.0), cut_truths=False)
        field = "focus" if assembled.model.focus_arm == name else "partner"
        vague = design.model.components()[name].evidence[-1].discount.vague
        holds = tuple(assembled.holds(criterion) for criterion in design.decision)
        return cls(assembled.model, field, vague, holds, trial)

    def probabilities(self, weight: float) -> np.ndarray:
        """Return the posterior probability (J, S) of each criterion in each stratum."""
        trusted = getattr(self.model, self.field)
        alone = independent(trusted.grid, np.tile(self.vague.mass(trusted.grid), (trusted.n_strata, 1)))
        ends = {0.0: trusted, 1.0: alone}
        mixed = ends.get(weight) or mix_within(trusted, alone, weight)
        masses = replace(self.model, **{self.field: mixed}).joint(self.trial)
        return np.array([[(mass * share).sum() for mass in masses] for share in self.holds])
