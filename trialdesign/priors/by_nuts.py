"""The analysis priors by NUTS: the same models in PyMC, with nothing observed in the trial."""

from __future__ import annotations

import numpy as np

from trialdesign.analysis.sampling.nuts import NutsPosterior, sample_prior
from trialdesign.design.design import Design
from trialdesign.priors.summary import QUANTILES, PriorRow, names_of, natural_of


def draw_priors(design: Design, seed: int | None = None, draws: int = 2500) -> NutsPosterior:
    """Sample the analysis priors of all components, four chains.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    seed : int, optional
        The design's own unless stated.
    draws : int
        Kept draws per chain.
    """
    return sample_prior(design, draws, design.simulation.seed if seed is None else seed)


def rows_of_draws(design: Design, drawn: NutsPosterior, component: str | None = None) -> list[PriorRow]:
    """Return moments and quantiles of sampled priors, on the linear and the natural scale."""
    rows = []
    for name in names_of(design, component):
        scales = {"linear": lambda x: x, "natural": natural_of(design, name)}
        for stratum, own in zip(design.strata, drawn.draws[name].T, strict=True):
            for scale, f in scales.items():
                x = f(own)
                at = tuple(float(q) for q in np.quantile(x, QUANTILES))
                rows.append(PriorRow(name, stratum, scale, float(x.mean()), float(x.std(ddof=1)), at))
    return rows
