"""From a design to its model: axes, beliefs, and the matrices of its criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialdesign.analysis.arm_based import Separable
from trialdesign.analysis.arm_based_with_shape import build_separable
from trialdesign.analysis.contrast_based import Contrast
from trialdesign.analysis.contrast_based_with_shape import build_contrast
from trialdesign.analysis.extremes import extremes_of, limits_of
from trialdesign.design.design import Component, Criterion, Design, EvidenceUse
from trialdesign.design.truths import true_values
from trialdesign.discounting._external_data import Past, rows_of
from trialdesign.probability.axis import Axis, Resolution, Zone, span
from trialdesign.probability.belief import Belief
from trialdesign.probability.cubature import thin
from trialdesign.probability.exceedance import cut_points
from trialdesign.probability.grid import Density
from trialdesign.probability.reach import mesh


@dataclass(frozen=True, slots=True)
class Assembled:
    """A design's model on its grids.

    Attributes
    ----------
    design : Design
    model : Separable or Contrast
    """

    design: Design
    model: Separable | Contrast

    def exceeds(self, criterion: Criterion, threshold: float) -> np.ndarray:
        """Return shares (G, H) or (G, 1) of P(estimand of the criterion > threshold)."""
        return self.model.exceedance(self.design.estimand(criterion), threshold)

    def holds(self, criterion: Criterion) -> np.ndarray:
        """Return shares of the probability that a criterion is about."""
        above = self.exceeds(criterion, criterion.threshold)
        return above if criterion.less_than is None else 1 - above

    def values(self, criterion: Criterion) -> np.ndarray:
        """Return the estimand of a criterion at the nodes, (G, H), or (G, 1) if it ignores h."""
        return self.model.values(self.design.estimand(criterion))


def borrows(design: Design) -> bool:
    """Return whether any component lets the strata inform each other."""
    return any(component.strata.couples for component in design.model.components().values())


def parts_of(design: Design) -> list[Design]:
    """Return a design in parts that do not inform each other, in the order of its strata.

    Strata without borrowing have grids of their own, so that nothing about one stratum, neither its
    size nor its evidence, can move a digit of another.
    """
    if borrows(design):
        return [design]
    return [replace(design, strata=[stratum]) for stratum in design.strata]


def assemble_groups(
    design: Design, resolution: Resolution = Resolution(), cut_truths: bool = True
) -> list[Assembled]:
    """Return the model of a design in parts that do not inform each other."""
    return [assemble(part, resolution, cut_truths) for part in parts_of(design)]


def assemble(
    design: Design, resolution: Resolution = Resolution(), cut_truths: bool = True
) -> Assembled:
    """Return the model of a design, its grids fitted to the planned sizes, evidence and criteria.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    resolution : Resolution
        `Resolution().doubled()` shows what the grids contribute to a result.
    cut_truths : bool
        Whether coverage of the scenarios' truths must be as accurate as the criteria.
    """
    if hasattr(design.endpoint, "shapes"):  # one axis more, for a target of 1e-3: 1e-5 is left
        resolution = replace(resolution, panel=2 * resolution.panel)
    build = _contrast if design.model.effect is not None else _arm_wise
    return Assembled(design, build(design, resolution, _thresholds(design, cut_truths)))


def component_axis(design: Design, name: str, resolution: Resolution = Resolution()) -> Axis:
    """Return the axis of one component's parameter, cut by no criterion."""
    if name != "effect":
        component = design.model.components()[name]
        return _axis(design, name, _informations(design, name, component), resolution)
    return _axis(design, name, [flat(peak) for peak in _peaks(design)], resolution)


def learn(design: Design, belief: Belief, uses: Sequence[EvidenceUse], axis: Axis) -> Belief:
    """Return what is believed once evidence has been counted, each source through its discount."""
    for use in uses:
        belief = use.discount.learn(belief, past_of(design, use, axis), axis)
    return belief


def _thresholds(design: Design, cut_truths: bool) -> list[tuple[Criterion, set[float], set[float]]]:
    """Return each criterion with the values of its estimand at which it decides, and at which its
    coverage will be asked for."""
    out = [(criterion, {criterion.threshold}, set()) for criterion in design.decision]
    if cut_truths:
        for scenario in design.scenarios:
            out[0][2].update(true_values(design, scenario, design.decision[0]))
    return out


def _arm_wise(design: Design, resolution: Resolution, thresholds) -> Separable:
    """Return the model whose arms have parameters of their own, the borrowing arm in focus."""
    components = design.model.components()
    focus, partner = "treatment", "control"
    if "control" in components and components["control"].strata.couples:
        if not components["treatment"].strata.couples:
            focus, partner = partner, focus
    endpoint = design.endpoint
    zones = {arm: _zones(design, arm, resolution) for arm in components}
    spans = {arm: span(own, endpoint.limits) for arm, own in zones.items()}
    value = Separable(endpoint, None, None, focus, partner).value
    cuts, ramps = _cuts(design, value, thresholds, spans[focus], spans.get(partner), resolution)
    beliefs = {}
    for arm, component in components.items():
        informations = _informations(design, arm, component)
        at = (cuts, ramps) if arm == focus else ((), ())
        beliefs[arm] = _belief(
            design, component, _axis(design, arm, informations, resolution, *at, zones=zones[arm])
        )
    parts = (endpoint, beliefs[focus], beliefs.get(partner), focus, partner)
    if not hasattr(endpoint, "shapes"):
        return Separable(*parts)
    return build_separable(*parts, max(max(design.sizes(arm)) for arm in design.arm_names))


def _contrast(design: Design, resolution: Resolution, thresholds) -> Contrast:
    """Return the model whose treatment parameter is the control's plus an effect."""
    endpoint, control, effect = design.endpoint, design.model.control, design.model.effect
    peaks = _peaks(design)
    own = _informations(design, "control", control)
    # the treatment arm's likelihood, seen along the control axis, may peak anywhere
    both = [lambda x, f=f, peak=peak: f(x) + peak for f, peak in zip(own, peaks)]
    control_axis = _axis(design, "control", both, resolution)
    value = Contrast(endpoint, None, None).value
    zones = _zones(design, "effect", resolution)
    reach = span(zones, limits_of(design, "effect"))
    cuts, ramps = _cuts(
        design, value, thresholds, reach, (control_axis.low, control_axis.high), resolution
    )
    flats = [flat(peak) for peak in peaks]
    effect_axis = _axis(design, "effect", flats, resolution, cuts, ramps, zones=zones)
    partner = _belief(design, control, control_axis)
    focus = _belief(design, effect, effect_axis)
    if partner.n_nodes > 1:  # both couple the strata: their nodes are crossed
        partner = thin(partner, control_axis, resolution.crossed[0])
        focus = thin(focus, effect_axis, resolution.crossed[1])
    if not hasattr(endpoint, "shapes"):
        return Contrast(endpoint, focus, partner)
    sizes = zip(*(design.sizes(arm) for arm in design.arm_names))
    return build_contrast(endpoint, focus, partner, max(map(sum, sizes)))


def _cuts(design: Design, value, thresholds, focus, partner, resolution: Resolution):
    """Return the cuts and ramps of all criteria on the focus axis."""
    cuts, ramps = set(), set()
    for criterion, decides, covers in thresholds:
        sharp = decides | covers if resolution.sharp_truths else decides
        found = cut_points(value(design.estimand(criterion)), sorted(sharp), focus, partner)
        cuts.update(found[0])
        ramps.update(found[1])
        edges, _ = cut_points(value(design.estimand(criterion)), sorted(covers - sharp), focus, partner)
        ramps.update(edges)
    return tuple(sorted(cuts)), tuple(sorted(ramps))


def flat(peak: float) -> Density:
    """Return an information that is the same everywhere."""
    return lambda x: np.full(np.shape(x), peak)


def _peaks(design: Design) -> list[float]:
    """Return the largest information that the planned treatment arm of each stratum can give."""
    everywhere = np.linspace(*design.endpoint.limits, 401)
    planned = [design.endpoint.planned(n) for n in design.sizes("treatment")]
    return [design.endpoint.information(everywhere, statistics).max() for statistics in planned]


def _zones(design: Design, name: str, resolution: Resolution) -> tuple[Zone, ...]:
    """Return where a component's priors live, as far as data can reach."""
    component, extremes = design.model.components()[name], extremes_of(design, name)
    zones = list(component.strata.zones(design.strata))
    for use in component.evidence:
        zones.extend(use.discount.zones())
    limits = limits_of(design, name)
    reached = [zone.reached(extremes, limits, resolution.margin) for zone in zones]
    past = [
        rows_of(design.endpoint, use, design.strata)[1]
        for use in component.evidence
        if use.discount.scatters
    ]
    reached += [
        Zone.around(row, limits)
        for rows in past
        for row in design.endpoint.log_likelihood(rows, mesh(limits))
    ]
    return tuple(reached)


def _informations(design: Design, arm: str, component: Component) -> list[Density]:
    """Return each stratum's Fisher information in an arm: planned patients and discounted evidence."""
    statistics = [[(1.0, design.endpoint.planned(n))] for n in design.sizes(arm)]
    for use in component.evidence:
        share = use.discount.share()
        if share > 0:
            for stratum, row in zip(*rows_of(design.endpoint, use, design.strata)):
                statistics[stratum].append((share, row))

    def total(x: np.ndarray, parts) -> np.ndarray:
        return sum(share * design.endpoint.information(x, row) for share, row in parts)

    return [lambda x, parts=parts: total(x, parts) for parts in statistics]


def _axis(
    design: Design, name: str, informations: Sequence[Density], resolution, cuts=(), ramps=(), zones=None
) -> Axis:
    """Return the axis of a component's parameter."""
    component = design.model.components()[name]

    def summed(x: np.ndarray) -> np.ndarray:
        return np.sum([f(x) for f in informations], axis=0)

    def largest(x: np.ndarray) -> np.ndarray:
        return np.max([f(x) for f in informations], axis=0)

    return Axis(
        zones=zones or _zones(design, name, resolution),
        limits=limits_of(design, name),
        information=summed if component.strata.shares_parameter else largest,
        total_information=summed,
        extremes=extremes_of(design, name),
        cuts=cuts,
        ramps=ramps,
        resolution=resolution,
    )


def _belief(design: Design, component: Component, axis: Axis) -> Belief:
    """Return what is believed of a component before the trial: its prior and its evidence."""
    return learn(design, component.strata.belief(design.strata, axis), component.evidence, axis)


def past_of(design: Design, use: EvidenceUse, axis: Axis) -> Past:
    """Return evidence on the grid of an axis."""
    stratum, statistics = rows_of(design.endpoint, use, design.strata)
    log_likelihood = design.endpoint.log_likelihood(statistics, axis.grid.nodes)
    return Past(stratum, log_likelihood, len(design.strata))
