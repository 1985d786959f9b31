"""What a design prior says of a trial's outcomes: a mixture, over its nodes, of independent strata.

Given a node the strata are independent, so that a trial's outcome has the probability

    sum_m weight_m  prod_s joint_s[m, y_s],

and the same with the truth in the success region, `effective`.  A design prior may have another form
than the analysis: only the pairs of an arm's outcomes are arranged as the analysis has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.axes import axes_of
from trialdesign.analysis.build import Assembled, assemble
from trialdesign.analysis.models.model import AnalysisModel
from trialdesign.design.design import Design, changed
from trialdesign.probability.cubature import thin
from trialdesign.probability.resolution import Resolution
from trialdesign.probability.tails.exceedance import exceedance

MOST, MOST_CROSSED = 200, 50  # nodes that are summed over: of one parameter, or of each of two


@dataclass(frozen=True, slots=True)
class Measure:
    """Probabilities of every stratum's outcomes at M nodes.

    Attributes
    ----------
    weight : ndarray, shape (M,)
        Sums to one.
    joint : list of ndarray, one per stratum, shape (M, I_s, P_s)
        Probability of each pair of informative and private outcomes; sums to one at each node.
    effective : list of ndarray, same shapes
        The same, together with a truth in the success region of every criterion.
    """

    weight: np.ndarray
    joint: list[np.ndarray]
    effective: list[np.ndarray]


def prior_measure(design: Design, analysis: AnalysisModel, resolution: Resolution) -> Measure:
    """Return the probabilities that a design prior gives to the outcomes of its strata.

    Parameters
    ----------
    design : Design
        With a design prior and an endpoint whose outcomes can be listed; its strata are those of the
        analysis, or all of the trial's.
    analysis : AnalysisModel
        Which arranges the pairs of outcomes.
    resolution : Resolution
        How fine the grid of the design prior is.
    """
    drawn = changed(design, model=design.design_prior, scenarios=[])
    prior, (axes, _) = assemble(drawn, resolution, False), axes_of(drawn, resolution, False)
    focus, partner = prior.model.focus, prior.model.partner
    crossed = partner is not None and partner.n_nodes > 1 and focus.n_nodes > 1
    most = MOST_CROSSED if crossed else MOST
    focus = thin(focus, axes[prior.model.focus_arm], most)
    partner = partner and thin(partner, axes[prior.model.partner_arm], most)
    weight = focus.weight if partner is None else np.outer(partner.weight, focus.weight).ravel()
    region, joint, effective = _region(prior), [], []
    totals = np.ones(weight.size)
    for s in range(len(design.strata)):
        sides = focus.mass[:, s], None if partner is None else partner.mass[:, s]
        tables = np.stack(list(_tables(prior, s, *sides, region)))  # (2, M, control, treatment)
        total = tables[0].sum(axis=(1, 2))
        totals *= total
        arranged = [analysis.crossed_pairs(table / total[:, None, None]) for table in tables]
        joint.append(arranged[0])
        effective.append(arranged[1])
    weight = weight * totals
    return Measure(weight / weight.sum(), joint, effective)


def _region(prior: Assembled) -> np.ndarray:
    """Return the shares (G, H) or (G, 1) of the masses in the success region of every criterion."""
    design, model = prior.design, prior.model
    values = [(model.value(design.estimand(each)), each) for each in design.decision]

    def margin(g: np.ndarray, h: np.ndarray) -> np.ndarray:
        signed = [
            (value(g, h) - each.threshold) * (1 if each.less_than is None else -1)
            for value, each in values
        ]
        return np.minimum.reduce(signed)

    partner = model.partner and model.partner.grid
    return exceedance(margin, 0.0, model.focus.grid, partner)


def _tables(
    prior: Assembled, s: int, focus: np.ndarray, partner: np.ndarray | None, region: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield (M, control, treatment): probabilities at every node, and those within the region."""
    design, model = prior.design, prior.model
    outcomes = {name: design.endpoint.outcomes(arm.sizes[s]) for name, arm in design.arms.items()}
    chances = lambda arm, x: design.endpoint.probabilities(outcomes[arm], x)
    g = model.focus.grid.nodes
    if partner is None:
        for share in (1.0, region[:, 0]):
            yield (focus * share @ chances("treatment", g).T)[:, None]
        return
    h = model.partner.grid.nodes
    region = np.broadcast_to(region, (g.size, h.size))
    if design.model.effect is None:
        a = focus[:, None] * chances(model.focus_arm, g)  # (K, focus outcomes, G)
        b = partner[:, None] * chances(model.partner_arm, h)  # (C, partner outcomes, H)
        for share in (None, region):
            table = (
                np.einsum("cj,ki->ckji", b.sum(axis=2), a.sum(axis=2))
                if share is None
                else np.einsum("cjh,kih->ckji", b, a @ share, optimize=True)
            )
            table = table.reshape(-1, *table.shape[2:])
            yield table if model.focus_arm == "treatment" else table.transpose(0, 2, 1)
        return
    b = partner[:, None] * chances("control", h)  # (C, control outcomes, H)
    sums = np.add.outer(g, h)
    treated = chances("treatment", sums.ravel()).reshape(-1, *sums.shape)  # (treatment outcomes, G, H)
    for share in (1.0, region):
        given = np.einsum("kg,igh->kih", focus, treated * share, optimize=True)
        table = np.einsum("cjh,kih->ckji", b, given, optimize=True)
        yield table.reshape(-1, *table.shape[2:])
