"""The priors of a design as ArviZ takes them: before the evidence, after it, and what they predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trialdesign.analysis.analyse import DRAWS
from trialdesign.analysis.sampling.datatree import (
    CHAINS,
    draws_of,
    predicted,
    sample_stats,
    tree_of,
    warnings_of,
)
from trialdesign.analysis.sampling.drawn import Drawn
from trialdesign.analysis.sampling.nuts import sample_prior
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.discounting._external_data import published_rows
from trialdesign.priors.draws import draw_on_grid
from trialdesign.priors.summary import natural_of

if TYPE_CHECKING:
    from xarray import Dataset, DataTree


@on_one_thread
def priors_tree(
    design: Design, sampled: NutsPosterior | None = None, seed: int | None = None, draws: int = DRAWS
) -> DataTree:
    """Return draws of the priors of all components, and the evidence, as an `xarray.DataTree`.

    Its groups are ``prior``, what the components state before any evidence; ``posterior``, the analysis
    priors, which are the posterior given the evidence; ``observed_data`` and ``constant_data``, the
    rows of the evidence; ``predictions``, the outcomes of the planned trial, where its sizes say enough
    (`EndpointKind.replicate`); and of NUTS ``sample_stats`` and ``sample_stats_prior``.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    sampled : NutsPosterior, optional
        The analysis priors by NUTS (`draw_priors`); without it, the grid is drawn from.
    seed : int, optional
        The design's own unless stated.
    draws : int
        Draws a chain, four chains, from the grid; NUTS samples the priors before the evidence as often
        as it has those after.
    """
    seed = design.simulation.seed if seed is None else seed
    if sampled is None:
        before, after = draw_on_grid(design, CHAINS * draws, seed, CHAINS)
    else:
        n = len(next(iter(sampled.draws.values()))) // sampled.chains
        before, after = sample_prior(_without_evidence(design), n, seed), sampled
    groups = {
        "posterior": _with_natural(design, after),
        "prior": _with_natural(design, before),
        **_evidence(design),
        **_predictions(design, after, seed),
        **sample_stats({"sample_stats": after, "sample_stats_prior": before}),
    }
    return tree_of(design, groups, after, seed, warnings_of(before))


def _without_evidence(design: Design) -> Design:
    components = design.model.components()
    bare = {name: replace(component, evidence=[]) for name, component in components.items()}
    return changed(design, model=replace(design.model, **bare))


def _with_natural(design: Design, drawn: Drawn) -> Dataset:
    """Return the draws of each component's parameter, on the linear and on the natural scale."""
    dataset = draws_of(drawn, (), {})
    for name in drawn.draws:
        natural = dataset[name].copy(data=natural_of(design, name)(dataset[name].values))
        natural.attrs = {"long_name": f"{name} on the natural scale"}
        dataset[f"{name}_natural"] = natural
    return dataset


def _predictions(design: Design, drawn: Drawn, seed: int) -> dict[str, Dataset]:
    results = design.endpoint.results
    if results is None or not results.planned:  # months of exposure are not planned
        return {}
    planned = {
        name: np.array([design.endpoint.planned(size) for size in arm.sizes])
        for name, arm in design.arms.items()
    }
    return predicted(design, planned, {"predictions": drawn}, seed)


def _evidence(design: Design) -> dict[str, Dataset]:
    """Return the rows of the evidence on each component, with their sources, studies and strata."""
    from xarray import Dataset

    endpoint = design.endpoint
    counted = endpoint.columns if endpoint.results is None else (endpoint.results.count,)
    outcomes: dict[str, tuple] = {}
    given: dict[str, tuple] = {}
    labels: dict[str, tuple] = {}
    for component, own in _rows(design).items():
        row = f"{component}_row"
        for i, column in enumerate(endpoint.columns):
            kept = outcomes if column in counted else given
            kept[f"{component}_{column}"] = row, own["statistics"][:, i]
        for label in ("source", "study", "stratum"):
            labels[f"{component}_{label}"] = row, own[label]
    if not outcomes:
        return {}
    observed = {"observed_data": Dataset(outcomes, labels)}
    return observed | {"constant_data": Dataset(given, labels)} if given else observed


def _rows(design: Design) -> dict[str, Mapping]:
    out = {}
    for name, component in design.model.components().items():
        found = {"source": [], "study": [], "stratum": [], "statistics": []}
        for use in component.evidence:
            rows = published_rows(use, design.strata)
            found["source"] += [use.source.name] * len(rows)
            found["study"] += [row.study or use.source.name for row in rows]
            found["stratum"] += [row.stratum for row in rows]
            found["statistics"] += [design.endpoint.statistics(row, use.exposure) for row in rows]
        if found["source"]:
            out[name] = found | {"statistics": np.array(found["statistics"])}
    return out
