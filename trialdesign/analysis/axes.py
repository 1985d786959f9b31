"""From a design to the axes of its parameters: zones, sharpness, and the cuts of its criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trialdesign.analysis.extremes import Seen, extremes_of, limits_of
from trialdesign.analysis.models.arm_based import Separable
from trialdesign.analysis.models.contrast_based import Contrast
from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design
from trialdesign.design.model import Component
from trialdesign.design.truths import true_values
from trialdesign.discounting._external_data import rows_of
from trialdesign.probability.axis import Axis, Zone, span
from trialdesign.probability.grid import Density
from trialdesign.probability.reach import Extremes, mesh
from trialdesign.probability.resolution import Resolution
from trialdesign.probability.tails.exceedance import cut_points, echoes


def component_axis(design: Design, name: str, resolution: Resolution = Resolution()) -> Axis:
    """Return the axis of one component's parameter, cut by no criterion."""
    if name != "effect":
        informations = _informations(design, name, design.model.components()[name])
    else:
        informations = [flat(peak) for peak in _peaks(design)]
    extremes = extremes_of(design, name)
    return _axis(
        design, name, informations, resolution, extremes, _zones(design, name, resolution, extremes)
    )


def sides_of(design: Design) -> tuple[str, str | None]:
    """Return the component in focus, the one that borrows, and its partner, None in a single arm."""
    components, control, (treated,) = design.model.components(), design.control, design.treated
    if control is None or "effect" in components:
        return next(reversed(components)), control and control.name
    couple = [components[arm.name].strata.couples for arm in (control, treated)]
    return (control.name, treated.name) if couple == [True, False] else (treated.name, control.name)


def axes_of(
    design: Design, resolution: Resolution, cut_truths: bool, seen: Seen = None
) -> tuple[dict[str, Axis], Resolution]:
    """Return the axis of each component, and the resolution that they have; `extremes_of` says what
    ``seen`` is."""
    if design.endpoint.has_nuisance:
        resolution = resolution.beside_shapes()
    of = _contrast_axes if design.model.effect is not None else _arm_wise_axes
    extremes = {name: extremes_of(design, name, seen) for name in design.model.components()}
    return of(design, resolution, _thresholds(design, cut_truths), extremes), resolution


def _arm_wise_axes(
    design: Design, resolution: Resolution, thresholds, extremes: Mapping[str, Extremes]
) -> dict[str, Axis]:
    """Return the axes of arms that have parameters of their own."""
    (focus, partner), components = sides_of(design), design.model.components()
    endpoint = design.endpoint
    zones = {arm: _zones(design, arm, resolution, extremes[arm]) for arm in components}
    value, axes = Separable(endpoint, None, None, focus, partner).value, {}
    for arm in [partner, focus]:
        if arm in components:
            informations = _informations(design, arm, components[arm])
            reach, beside = span(zones[arm], endpoint.limits), axes.get(partner)
            cuts = _cuts(design, value, thresholds, reach, beside, resolution) if arm == focus else {}
            axes[arm] = _axis(design, arm, informations, resolution, extremes[arm], zones[arm], **cuts)
    return axes


def _contrast_axes(
    design: Design, resolution: Resolution, thresholds, extremes: Mapping[str, Extremes]
) -> dict[str, Axis]:
    """Return the axes of the control's parameter and of the effect."""
    peaks, name = _peaks(design), design.control.name
    own = _informations(design, name, design.model.control)
    # the treatment arm's likelihood, seen along the control axis, may peak anywhere
    both = [lambda x, f=f, peak=peak: f(x) + peak for f, peak in zip(own, peaks)]
    zones = _zones(design, name, resolution, extremes[name])
    control = _axis(design, name, both, resolution, extremes[name], zones)
    value = Contrast(design.endpoint, None, None, *design.arms).value
    zones = _zones(design, "effect", resolution, extremes["effect"])
    reach = span(zones, limits_of(design, "effect"))
    cuts = _cuts(design, value, thresholds, reach, control, resolution)
    flats = [flat(peak) for peak in peaks]
    effect = _axis(design, "effect", flats, resolution, extremes["effect"], zones, **cuts)
    return {name: control, "effect": effect}


def _thresholds(design: Design, cut_truths: bool) -> list[tuple[Criterion, set[float], set[float]]]:
    """Return each criterion with the values of its estimand at which it decides, and at which its
    coverage will be asked for."""
    out = [(criterion, {criterion.threshold}, set()) for criterion in design.decision]
    if cut_truths:
        for scenario in design.scenarios:
            out[0][2].update(true_values(design, scenario, design.decision[0]))
    return out


def _cuts(
    design: Design, value, thresholds, focus: tuple[float, float], partner: Axis | None,
    resolution: Resolution,
) -> dict[str, tuple]:  # fmt: skip
    """Return the cuts, ramps and echoes of all criteria on the focus axis."""
    fineness = Resolution().widest / resolution.widest
    cuts, ramps, echoed = set(), set(), []
    reach = partner and (partner.low, partner.high)
    for criterion, decides, covers in thresholds:
        sharp = decides | covers if resolution.sharp_truths else decides
        of = value(design.estimand(criterion))
        found = cut_points(of, sorted(sharp), focus, reach, fineness)
        cuts.update(found[0])
        ramps.update(found[1])
        ramps.update(cut_points(of, sorted(covers - sharp), focus, reach, fineness)[0])
        if partner is not None:
            echoed += echoes(of, sorted(decides), focus, partner.grid.edges)
            ramps.update(*echoes(of, sorted(sharp), focus, partner.breaks))
    return {"cuts": tuple(sorted(cuts)), "ramps": tuple(sorted(ramps)), "echoes": tuple(echoed)}


def flat(peak: float) -> Density:
    """Return an information that is the same everywhere."""
    return lambda x: np.full(np.shape(x), peak)


def _peaks(design: Design) -> list[float]:
    """Return the largest information that the planned treatment arm of each stratum can give."""
    everywhere = np.linspace(*design.endpoint.limits, 401)
    planned = [design.endpoint.planned(n) for n in design.treated[0].sizes]
    return [design.endpoint.information(everywhere, statistics).max() for statistics in planned]


def _zones(design: Design, name: str, resolution: Resolution, extremes: Extremes) -> tuple[Zone, ...]:
    """Return where a component's priors live, as far as data can reach."""
    component = design.model.components()[name]
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
    statistics = [[(1.0, design.endpoint.planned(n))] for n in design.arms[arm].sizes]
    for use in component.evidence:
        fraction = use.discount.passed_fraction()
        if fraction > 0:
            for stratum, row in zip(*rows_of(design.endpoint, use, design.strata)):
                statistics[stratum].append((fraction, row))

    def total(x: np.ndarray, parts) -> np.ndarray:
        return sum(weight * design.endpoint.information(x, row) for weight, row in parts)

    return [lambda x, parts=parts: total(x, parts) for parts in statistics]


def _axis(
    design: Design, name: str, informations: Sequence[Density], resolution: Resolution,
    extremes: Extremes, zones: tuple[Zone, ...], **cuts: tuple,
) -> Axis:  # fmt: skip
    """Return the axis of a component's parameter."""
    component = design.model.components()[name]

    def summed(x: np.ndarray) -> np.ndarray:
        return np.sum([f(x) for f in informations], axis=0)

    def largest(x: np.ndarray) -> np.ndarray:
        return np.max([f(x) for f in informations], axis=0)

    return Axis(
        zones=zones,
        limits=limits_of(design, name),
        information=summed if component.strata.shares_parameter else largest,
        total_information=summed,
        extremes=extremes,
        resolution=resolution,
        **cuts,
    )
