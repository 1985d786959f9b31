"""Every model a second time, in PyMC: the reference for the grid, and an engine of the analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.design.design import Design
from trialdesign.design.model import Component
from trialdesign.discounting._external_data import PastTwin, rows_of
from trialdesign.probability import pymc_belief as twin
from trialdesign.probability.pymc_belief import Twin

Group = tuple[str, ...]  # components whose alternatives are weighed together


def build_model(
    design: Design,
    outcomes: Sequence[Mapping[str, np.ndarray]],
    patients: Mapping[str, Sequence[tuple]] | None = None,
):
    """Return the PyMC model of a design and its data.

    Which alternative a stratum's parameter follows is summed out.  For each group of components the
    model holds the deterministic ``GROUP_values``, shape (A, R, S), the parameters of its R
    components under A alternatives, and, if A > 1, ``GROUP_log_weights``, (A, S), their posterior
    weights.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    outcomes : sequence of S mappings
        Each arm's statistics (1, M).
    patients : mapping of arm to S pairs of ndarray (n,), optional
        Months and events of each stratum's patients, where the family of the endpoint has a shape.

    Returns
    -------
    model : pymc.Model
    groups : list of tuple of str
        The components of each group.
    """
    pm = seam.pymc()
    arms = {arm: np.concatenate([own[arm] for own in outcomes]) for arm in outcomes[0]}

    def seen(arm: str, linear):
        if shapes and patients is None:
            return 0.0 * linear  # nobody was observed
        if not shapes:
            return design.endpoint.twin_log_likelihood(pm, arms[arm], linear)
        return design.endpoint.twin_patients(pm, patients[arm], linear, shapes[arm])

    with pm.Model() as model:
        shapes = _shapes(pm, design) if design.endpoint.has_nuisance else {}
        before = {
            name: _believed(pm, design, name, component)
            for name, component in design.model.components().items()
        }
        if design.model.effect is None:
            groups = [(name,) for name in before]
            for name, prior in before.items():
                after = twin.update(prior, lambda value, arm=name: seen(arm, value))
                _settle(pm, (name,), after)
        else:
            groups, (treated,) = [tuple(before)], design.treated
            control, effect = twin.cross(*before.values())
            own = seen(design.control.name, control)
            after = twin.update(effect, lambda value: own + seen(treated.name, control + value))
            _settle(pm, groups[0], after, control)
    return model, groups


def _shapes(pm, design: Design) -> dict[str, tuple]:
    """Return each arm's shape parameters; in a contrast model the arms share them."""
    n, arms = len(design.strata), design.arms
    if design.model.effect is not None:
        shared = design.endpoint.twin_shape(pm, "arms", n)
        found = {arm: shared for arm in arms}
    else:
        found = {arm: design.endpoint.twin_shape(pm, arm, n) for arm in arms}
    for arm, shape in found.items():
        pm.Deterministic(f"{arm}_shapes", pm.math.stack(shape))
    return found


def sample_posterior(
    design: Design,
    outcomes: Sequence[Mapping[str, np.ndarray]],
    draws: int = 2500,
    seed: int = 0,
    sampler: str | None = None,
    patients: Mapping[str, Sequence[tuple]] | None = None,
) -> NutsPosterior:
    """Sample the posterior of one trial by NUTS, four chains.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    outcomes : sequence of S mappings
        Each arm's statistics (1, M).
    draws : int
        Kept draws per chain.
    seed : int
    sampler : {"nutpie", "pymc"}, optional
        nutpie where it is installed, unless stated.
    patients : mapping of arm to S pairs of ndarray (n,), optional
        Months and events of each stratum's patients, where the family of the endpoint has a shape.
    """
    sampler = seam.default_sampler() if sampler is None else sampler
    model, groups = build_model(design, outcomes, patients)
    tree = seam.sample(model, draws=draws, seed=seed, sampler=sampler)
    drawn = tree["posterior"].to_dataset()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    parameters = {}
    for group in groups:
        name = "_".join(group)
        values, weighed = drawn[f"{name}_values"].values, f"{name}_log_weights"
        own = allocate(values, drawn[weighed].values, rng) if weighed in drawn else values[:, :, 0]
        parameters.update(zip(group, np.moveaxis(own, 2, 0)))
    added = {name: (("chain", "draw", "stratum"), each) for name, each in parameters.items()}
    tree["posterior"] = drawn.assign(added)
    names = [variable.name for variable in model.free_RVs] + list(parameters)
    return NutsPosterior(
        design=design,
        draws={name: each.reshape(-1, len(design.strata)) for name, each in parameters.items()},
        shapes={arm: _drawn_shapes(drawn, arm) for arm in design.arms if f"{arm}_shapes" in drawn},
        chains=drawn.sizes["chain"],
        diagnostics=seam.diagnose(tree, names),
        sampler=sampler,
        sampled=tree,
    )


def sample_prior(design: Design, draws: int = 2500, seed: int = 0) -> NutsPosterior:
    """Sample the analysis priors of all components by NUTS, with nothing observed in the trial."""
    nothing = np.zeros((1, len(design.endpoint.columns)))
    trial = [{arm: nothing for arm in design.arms} for _ in design.strata]
    return sample_posterior(design, trial, draws=draws, seed=seed)


def _drawn_shapes(drawn, arm: str) -> tuple[np.ndarray, ...]:
    """Return an arm's shape parameters, (N, S) each, one chain after the other."""
    values = drawn[f"{arm}_shapes"].values  # (C, N, D, S)
    return tuple(np.moveaxis(values.reshape(-1, *values.shape[2:]), 1, 0))


def allocate(values: np.ndarray, log_weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw, for each draw and stratum, which alternative its parameters follow.

    Parameters
    ----------
    values : ndarray, shape (C, N, A, R, S)
    log_weights : ndarray, shape (C, N, A, S)
    rng : Generator

    Returns
    -------
    ndarray, shape (C, N, R, S)
    """
    chosen = (log_weights + rng.gumbel(size=log_weights.shape)).argmax(axis=2)  # softmax, by Gumbel
    return np.take_along_axis(values, chosen[:, :, None, None], axis=2)[:, :, 0]


def _believed(pm, design: Design, name: str, component: Component) -> Twin:
    """Return what is believed of a component before the trial, in PyMC."""
    belief = component.strata.twin(pm, name, design.strata)
    for i, use in enumerate(component.evidence):
        before = replace(component, evidence=component.evidence[:i])
        stratum, statistics = rows_of(design.endpoint, use, design.strata)

        def log_likelihood(linear, statistics=statistics):
            return design.endpoint.twin_log_likelihood(pm, statistics, linear)

        apart = lambda label, before=before: _apart(pm, design, label, before)
        past = PastTwin(stratum, log_likelihood, len(design.strata), apart)
        belief = use.discount.twin(pm, f"{name}_evidence_{i}", belief, past)
    return belief


def _apart(pm, design: Design, name: str, component: Component) -> Twin:
    """Return parameters with the strata's marginal distributions that are independent of each other."""
    if not component.evidence:
        alone = [component.strata.twin(pm, f"{name}_{s}", [s]) for s in design.strata]
        return twin.concatenate(pm, alone)
    parts = []
    for s, stratum in enumerate(design.strata):
        label = f"{name}_{stratum}"
        copy = twin.settle(pm, label, _believed(pm, design, label, component))
        parts.append(Twin(copy.values[:, s : s + 1], copy.log_weights[:, s : s + 1], copy.size))
    return twin.concatenate(pm, parts)


def _settle(pm, group: Group, after: Twin, *others) -> None:
    """Sum the alternatives out of the model and save them with their posterior weights."""
    name = "_".join(group)
    settled = twin.settle(pm, name, after)
    pm.Deterministic(f"{name}_values", pm.math.stack([*others, settled.values], axis=1))
    if settled.size > 1:
        pm.Deterministic(f"{name}_log_weights", settled.log_weights)
