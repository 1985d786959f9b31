"""Which results a design's priors do not expect, and what then happens: all that is told of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.evidence.published import EvidenceBase
from trialdesign.design.result import Result
from trialdesign.errors import SpecificationError
from trialdesign.priors.conflict.adaptive_weights import adaptive_curve, adaptive_weights
from trialdesign.priors.conflict.against_published import Confrontation, confront, shared_patients
from trialdesign.priors.conflict.predictive import UNLIKELY, Predictive, planned, predict
from trialdesign.priors.conflict.sweet_spot import DriftCurve, drift_curve
from trialdesign.priors.conflict.tipping import TippingCurve, tipping_curves
from trialdesign.priors.summary import Prior, names_of, priors_of
from trialdesign.priors.vagueness import has_vague

AS_DESIGNED = "as designed"  # the rule of a weight that is fixed before the trial


@dataclass(frozen=True, slots=True, repr=False)
class PriorConflict(Result):
    """What the priors expect of each stratum's data, and what follows where they are wrong.

    Attributes
    ----------
    design : Design
    rows : tuple of dict
        ``component, stratum, size, count, probability, box_p_value, conflict, vague_weight,
        empirical_bayes_weight`` of every result of a stratum; with a margin ``self_adapting_weight``.
    priors : tuple of Prior
    expected : tuple of Predictive
        The predictive distribution of each prior; empty where the exposure is not known.
    against : tuple of Confrontation
        Published results held against the priors.
    curves : tuple of (str, DriftCurve)
        By rule of borrowing, the errors with and without it over the truth, of a binary endpoint.
    tipping : tuple of TippingCurve
        The decision over the weight of the vague component, if data were given: of each component of
        which the last source of evidence has one.
    seconds : float
    warnings : tuple of str
        Published results that share patients with the design's own evidence.
    """

    design: Design
    rows: tuple[Mapping[str, Any], ...]
    priors: tuple[Prior, ...]
    expected: tuple[Predictive, ...]
    against: tuple[Confrontation, ...]
    curves: tuple[tuple[str, DriftCurve], ...]
    tipping: tuple[TippingCurve, ...]
    seconds: float
    warnings: tuple[str, ...]

    @property
    def components(self) -> tuple[str, ...]:
        """The components that this is about."""
        return tuple(dict.fromkeys(prior.component for prior in self.priors))

    def told(self) -> Iterator[str]:
        """Yield how probable the priors hold a result that conflicts with their evidence."""
        yield f"exact; {self.seconds:.1f} s"
        each = [
            f"{own.prior.component}, {own.prior.stratum} "
            f"{own.probability[own.conflict() < UNLIKELY].sum():.3f}"
            for own in self.expected
        ]
        if each:
            yield f"probability of a result in conflict with the evidence: {'; '.join(each)}"
        held = [f"{own.study}, {own.stratum} {own.conflict:.3g}" for own in self.against]
        if held:
            yield f"Box's p-value under the evidence alone: {'; '.join(held)}"

    def of_component(self, component: str) -> list[Predictive]:
        """Return what the priors of one component expect, one per stratum."""
        return [own for own in self.expected if own.prior.component == component]

    def drifts(self, component: str, rule: str = AS_DESIGNED) -> list[DriftCurve]:
        """Return the errors of borrowing on one component by one rule, one per stratum."""
        return [
            curve
            for name, curve in self.curves
            if name == rule and curve.expected.prior.component == component
        ]

    def sweet_spots(self) -> list[dict[str, Any]]:
        """Return the true rates at which borrowing makes the estimate better, by rule."""
        return [_sweet_spot(rule, curve) for rule, curve in self.curves]


@on_one_thread
def prior_conflict(
    design: Design,
    component: str | None = None,
    against: Sequence[EvidenceBase] = (),
    data: TrialData | None = None,
    exposure: float | None = None,
    margin: float | None = None,
) -> PriorConflict:
    """Return which results of the trial a design's priors do not expect, and what happens then.

    Parameters
    ----------
    design : Design
    component : str, optional
        ``control``, ``treatment`` or ``effect``; unless stated, those that have evidence.
    against : sequence of EvidenceBase
        Published results to hold against the priors (`load_evidence`).
    data : TrialData, optional
        A trial's data (`load_data`), analysed under every weight of the vague component.
    exposure : float, optional
        Patient-months of each stratum in which events are expected, of a time to event.
    margin : float, optional
        Difference in response rates that matters: adds the self-adapting weight, of a binary endpoint.

    Returns
    -------
    PriorConflict

    Raises
    ------
    SpecificationError
        What is asked does not fit the endpoint, or the design has no such component.
    """
    started = time.perf_counter()
    names = _chosen(design, component)
    _refuse(design, exposure, margin, bool(against) or data is not None)
    priors = [prior for name in names for prior in priors_of(design, name)]
    expected: list[Predictive] = []
    if exposure is not None:
        expected = [predict(design, prior, exposure) for prior in priors]
    elif _plans_sizes(design):
        expected = [planned(design, prior) for prior in priors]
    curves: list[tuple[str, DriftCurve]] = []
    if design.endpoint.listable:
        curves = [curve for own in expected for curve in _curves(own, margin)]
    return PriorConflict(
        design=design,
        rows=tuple(row for own in expected for row in _outcomes(own, margin)),
        priors=tuple(priors),
        expected=tuple(expected),
        against=tuple(each for source in against for each in confront(design, priors, source)),
        curves=tuple(curves),
        tipping=() if data is None else tuple(_tipping(design, names, data)),
        seconds=time.perf_counter() - started,
        warnings=tuple(text for source in against for text in shared_patients(design, source)),
    )


def _chosen(design: Design, component: str | None) -> list[str]:
    """Return the components asked for, else those with evidence, else the arms' own parameters."""
    if component is not None:
        return list(names_of(design, component))
    every = design.model.components()
    informed = [name for name, own in every.items() if own.evidence]
    return informed or [name for name in every if name != "effect"]


def _plans_sizes(design: Design) -> bool:
    """Return whether the planned sizes say how many results there can be."""
    return design.endpoint.results is not None and design.endpoint.results.planned


def _refuse(design: Design, exposure: float | None, margin: float | None, held: bool) -> None:
    """Refuse what an endpoint has no use for, or that it lacks."""
    if _plans_sizes(design) and exposure is not None:
        raise SpecificationError(
            "`exposure` must go with a time to event, whose events are expected in months; got "
            f"{exposure:g} and {design.endpoint.label}, which counts patients. Leave --exposure out."
        )
    if margin is not None and not design.endpoint.listable:
        raise SpecificationError(
            "`margin` must go with a binary endpoint, for it is a difference in response rates; got "
            f"{design.endpoint.label}. Leave --margin out."
        )
    if not (_plans_sizes(design) or exposure is not None or held):
        raise SpecificationError(
            "`exposure` must be given: the exposure of a planned trial is not known; got none. State "
            "one, --exposure MONTHS, or hold a published result against the priors, --against SOURCE."
        )


def _outcomes(own: Predictive, margin: float | None) -> list[dict[str, Any]]:
    """Return a row for every result of a stratum."""
    unknown, weights = [None] * own.count.size, own.vague_weights()
    rules = adaptive_weights(own, margin)
    columns = {
        "count": own.count,
        "probability": own.probability,
        "box_p_value": own.box_p_values(),
        "conflict": own.conflict(),
        "vague_weight": unknown if weights is None else weights,
        "empirical_bayes_weight": 1 - rules["empirical Bayes"] if rules else unknown,
    }
    if margin is not None:
        columns["self_adapting_weight"] = 1 - rules["self-adapting"] if rules else unknown
    about = {"component": own.prior.component, "stratum": own.prior.stratum, "size": own.size}
    return [about | _plain(dict(zip(columns, row))) for row in zip(*columns.values())]


def _plain(row: dict) -> dict[str, Any]:
    return {key: value if value is None else value.item() for key, value in row.items()}


def _curves(own: Predictive, margin: float | None) -> list[tuple[str, DriftCurve]]:
    """Return the errors of borrowing as designed, and by each rule that adapts."""
    if own.prior.analysis is own.prior.stated:
        return []
    rules = adaptive_weights(own, margin).items()
    return [
        (AS_DESIGNED, drift_curve(own)),
        *((rule, adaptive_curve(own, weights)) for rule, weights in rules),
    ]


def _tipping(design: Design, names: Sequence[str], data: TrialData) -> Iterator[TippingCurve]:
    """Yield the curves of each component whose last source of evidence has a vague component."""
    every = design.model.components()
    robust = [name for name in names if every[name].evidence and has_vague(every[name].evidence[-1])]
    for name in robust or names[-1:]:  # of which the last is refused, in words
        yield from tipping_curves(design, name, data.outcomes)


def _sweet_spot(rule: str, curve: DriftCurve) -> dict[str, Any]:
    low, high = curve.sweet_spot() or (None, None)
    prior, centre = curve.expected.prior, curve.centre
    return {
        "component": prior.component,
        "stratum": prior.stratum,
        "rule": rule,
        "evidence_expects": centre,
        "truth_from": low,
        "truth_to": high,
        "drift_from": None if low is None else low - centre,
        "drift_to": None if high is None else high - centre,
    }
