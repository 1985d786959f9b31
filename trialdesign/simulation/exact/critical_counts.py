"""Critical counts: how many responders of the treated declare success, for each result of the controls.

Every outcome of one stratum is analysed as planned, the other strata held at one result.  Only where
strata inform each other does that result matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trialdesign.analysis.accuracy import TARGET, accurately, inaccuracy
from trialdesign.analysis.build import Assembled, couples_strata
from trialdesign.analysis.models.model import Outcomes
from trialdesign.analysis.on_grid import planned_resolution
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.belief import node_products
from trialdesign.simulation.exact.counts import CriticalCount, CriticalCounts

TOGETHER = 2e7  # numbers held at once, 160 MB
PROBES = {"treatment": 7, "control": 3}  # results of a stratum's arms on which the grids are judged


def refuse_uncountable(design: Design) -> None:
    """Refuse a design whose results are not counts.

    Raises
    ------
    SpecificationError
    """
    if not design.endpoint.listable:
        raise SpecificationError(
            "critical counts must be asked of an endpoint whose result is a number of responders "
            f"(binary); got {design.endpoint.kind}, whose results cannot be listed. Leave --decisions "
            "out; `analyse` tells what one data set decides."
        )
    if not design.scenarios:
        raise SpecificationError(
            "`scenarios` must name at least one assumed truth, under which the other strata's result is "
            "the most likely one; got none. Add one."
        )


@on_one_thread
def critical_counts(design: Design) -> CriticalCounts:
    """Return the results that declare success, exactly: each is analysed as planned.

    Parameters
    ----------
    design : Design
        With a binary endpoint.  The other strata are held at their most likely result under its first
        scenario.

    Raises
    ------
    SpecificationError
        The design contradicts itself, has no scenario, or its results are not counts.
    ConvergenceError
        The scenario contradicts the model beyond double precision.
    """
    refuse_uncountable(design)
    typical = _typical(design)
    made = accurately(design, planned_resolution(design), _probes(design, typical))
    rows, ties = [], []
    for s in range(len(design.strata)):
        found, tied = _of_stratum(made.assembled, typical, s, made.accuracy)
        rows += found
        ties += tied
    informative = _informative(design) if len(design.strata) > 1 else ()
    return CriticalCounts(
        design=design,
        rows=tuple(rows),
        scenario=design.scenarios[0].name,
        others={
            stratum: {arm: int(own[arm][0, 1]) for arm in informative}
            for stratum, own in zip(design.strata, typical)
            if informative
        },
        accuracy=made.accuracy,
        warnings=(*inaccuracy(made.accuracy, TARGET), *ties),
    )


def _informative(design: Design) -> tuple[str, ...]:
    """Return the arms whose results inform other strata, the treatment first."""
    arms = tuple(reversed(design.arms))
    if design.model.effect is not None:
        return arms if couples_strata(design) else ()
    components = design.model.components()
    return tuple(arm for arm in arms if components[arm].strata.couples)


def _typical(design: Design) -> list[Outcomes]:
    """Return each stratum's most likely result under the first scenario, {arm: (1, M)}."""
    out: list[Outcomes] = [{} for _ in design.strata]
    for name, arm in design.arms.items():
        truths = design.truths(design.scenarios[0], name)
        for own, size, truth in zip(out, arm.sizes, truths):
            outcomes = design.endpoint.outcomes(size)
            likeliest = int(np.argmax(design.endpoint.probabilities(outcomes, truth)))
            own[name] = outcomes[likeliest : likeliest + 1]
    return out


def _crossed(design: Design, s: int, kept: Mapping[str, Sequence[int]]) -> Outcomes:
    """Return every pair of some results of a stratum's arms, {arm: (T, M)}, the treatment's fastest."""
    listed = {name: design.endpoint.outcomes(arm.sizes[s]) for name, arm in design.arms.items()}
    each = {arm: outcomes[list(kept[arm])] for arm, outcomes in listed.items()}
    if len(each) == 1:
        return each
    control, treatment = each.values()
    crossed = np.repeat(control, len(treatment), axis=0), np.tile(treatment, (len(control), 1))
    return dict(zip(each, crossed))


def _beside(typical: Sequence[Outcomes], s: int, own: Outcomes) -> list[Outcomes]:
    """Return T trials: one stratum's results, and the others' typical one."""
    n_trials = len(next(iter(own.values())))
    held = [{arm: np.repeat(row, n_trials, axis=0) for arm, row in each.items()} for each in typical]
    return [own if r == s else each for r, each in enumerate(held)]


def _probes(design: Design, typical: Sequence[Outcomes]) -> list[Outcomes]:
    """Return trials on which the accuracy of the grids is judged, a mapping per stratum."""
    trials = []
    for s in range(len(design.strata)):
        kept = {
            name: np.unique(np.linspace(0, arm.sizes[s], PROBES[arm.role]).round().astype(int))
            for name, arm in design.arms.items()
        }
        trials.append(_beside(typical, s, _crossed(design, s, kept)))
    return [
        {arm: np.concatenate([trial[s][arm] for trial in trials]) for arm in design.arms}
        for s in range(len(design.strata))
    ]


def _of_stratum(
    assembled: Assembled, typical: Sequence[Outcomes], s: int, accuracy: float
) -> tuple[list[CriticalCount], list[str]]:
    """Return a stratum's critical counts, and the results that are too close to call."""
    design, model = assembled.design, assembled.model
    single, (treated,) = design.control is None, design.treated
    n_treatment, n_control = treated.sizes[s], None if single else design.control.sizes[s]
    shares = [model.share(design.estimand(c), assembled.holds(c)) for c in design.decision]
    numbers = (len(shares) + 1) * model.weight.size // model.focus.n_nodes * model.focus.grid.n_nodes
    together = max(1, int(TOGETHER / (numbers * (n_treatment + 1))))  # results of the controls
    rows, ties = [], []
    thresholds = np.array([criterion.probability for criterion in design.decision])[:, None]
    for start in range(0, (n_control or 0) + 1, together):
        controls = range(start, min(start + together, (n_control or 0) + 1))
        kept = {treated.name: range(n_treatment + 1)}
        kept |= {} if single else {design.control.name: controls}
        trials = _beside(typical, s, _crossed(design, s, kept))
        found = _probabilities(model, trials, s, shares)  # (J, T)
        met = (found > thresholds).all(axis=0).reshape(len(controls), -1)
        close = (np.abs(found - thresholds) <= accuracy).any(axis=0).reshape(len(controls), -1)
        for i, control in enumerate(controls):
            beside = None if single else control
            rows.append(_row(design.strata[s], n_control, beside, n_treatment, met[i]))
            ties += [
                f"{design.strata[s]}: with {count} of {n_treatment} responders"
                + ("" if beside is None else f" against {beside} of {n_control}")
                + f" a probability is within its error, {accuracy:.1g}, of its threshold: too close to "
                "call. Move the threshold by as much."
                for count in np.flatnonzero(close[i])
            ]
    return rows, ties


def _probabilities(model, trials: Sequence[Outcomes], s: int, shares: Sequence) -> np.ndarray:
    """Return the probabilities (J, T) that the criteria are about in one stratum."""
    paired = model.paired(trials, [shares if r == s else [] for r in range(len(trials))])
    own, others = paired[s], [each for r, each in enumerate(paired) if r != s]
    before = model.predict(s, node_products(model.weight, [each.marginal[:1] for each in others]))
    rows = np.arange(len(own.index))
    total = np.einsum("cg,tcg->t", before[0], own.likelihood[own.index])
    return np.einsum("cg,jtcg->jt", before[0], own.numerators(rows)) / total


def _row(stratum, n_control, control, n_treatment: int, met: np.ndarray) -> CriticalCount:
    counts = np.flatnonzero(met)
    if not counts.size:
        return CriticalCount(stratum, n_control, control, n_treatment, None, None)
    low, high = int(counts[0]), int(counts[-1])
    unless = tuple(int(count) for count in np.flatnonzero(~met) if low < count < high)
    return CriticalCount(stratum, n_control, control, n_treatment, low, high, unless)
