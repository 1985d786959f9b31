"""Draws of the priors of a design's components from the grid, before and after their evidence."""

from __future__ import annotations

import numpy as np

from trialdesign.analysis.sampling.drawn import Drawn
from trialdesign.design.design import Design
from trialdesign.priors.summary import Ground, grounds_of
from trialdesign.priors.vagueness import trust, vague_component, vague_weight
from trialdesign.probability.belief import independent
from trialdesign.probability.belief_draws import draw_belief


def draw_on_grid(design: Design, n: int, seed: int, chains: int) -> tuple[Drawn, Drawn]:
    """Return n independent draws of every component's parameter.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    n : int
    seed : int
    chains : int
        As which the draws are laid out.

    Returns
    -------
    stated, analysis : Drawn
        Before the evidence and after it; the one does not depend on the other.
    """
    rng, grounds = np.random.default_rng([seed, 1]), grounds_of(design)
    stated = {each.component: _stated(each, n, rng) for each in grounds}
    analysis = {each.component: _analysis(each, design, n, rng) for each in grounds}
    before, after = (Drawn(design=design, draws=own, chains=chains) for own in (stated, analysis))
    return before, after


def _stated(ground: Ground, n: int, rng: np.random.Generator) -> np.ndarray:
    belief = ground.belief
    return draw_belief(belief, np.ones((belief.n_strata, belief.grid.n_nodes)), n, rng)


def _analysis(ground: Ground, design: Design, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (n, S); a vague component takes each stratum for itself, with its own weight."""
    component = design.model.components()[ground.component]
    weight, vague = vague_weight(component), vague_component(component, ground.axis)
    uses = component.evidence if vague is None else [trust(use) for use in component.evidence]
    drawn = draw_belief(*ground.updated(design, uses), n, rng)
    if vague is None:
        return drawn
    flat = np.ones((drawn.shape[1], vague.mass.size))
    apart = draw_belief(independent(ground.belief.grid, flat * vague.mass), flat, n, rng)
    return np.where(rng.uniform(size=drawn.shape) < weight, apart, drawn)
