"""Every model a second time, in PyMC: the reference for the grid, and an engine of the analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trialdesign.analysis import pymc_backend as seam
from trialdesign.design.design import Component, Criterion, Design
from trialdesign.discounting._external_data import PastTwin, rows_of
from trialdesign.probability import pymc_belief as twin
from trialdesign.probability.pymc_belief import Twin
from trialdesign.probability.quantiles import LEVELS

MAX_RHAT, MIN_ESS = 1.01, 400

Group = tuple[str, ...]  # components whose alternatives are weighed together


@dataclass(frozen=True, slots=True)
class NutsPosterior:
    """Draws of the components' parameters.

    Attributes
    ----------
    design : Design
    draws : mapping of str to ndarray, shape (N, S)
        Each component's parameter on the linear scale, one chain after the other.
    chains : int
    diagnostics : seam.Diagnostics
        The worst over each component's parameter and all hyperparameters.
    sampler : str
        ``nutpie`` or ``pymc``.
    shapes : mapping of str to tuple of ndarray, shape (N, S)
        Each arm's shape parameters, where its distribution has any.
    """

    design: Design
    draws: Mapping[str, np.ndarray]
    chains: int
    diagnostics: seam.Diagnostics
    sampler: str
    shapes: Mapping[str, tuple[np.ndarray, ...]] = field(default_factory=dict)

    @property
    def converged(self) -> bool:
        """Whether R-hat is at most 1.01, every ESS at least 400, and no transition diverged."""
        return not self.shortcomings()

    def shortcomings(self) -> tuple[str, ...]:
        """Return what misses the targets of convergence, a sentence part each."""
        d = self.diagnostics
        missed = {
            f"R-hat is {d.rhat:.3f}, above {MAX_RHAT}": not d.rhat <= MAX_RHAT,  # also when it is nan
            f"the bulk ESS is {d.ess_bulk:.0f}, below {MIN_ESS}": not d.ess_bulk >= MIN_ESS,
            f"the tail ESS is {d.ess_tail:.0f}, below {MIN_ESS}": not d.ess_tail >= MIN_ESS,
            f"{d.divergences} transitions diverged": d.divergences > 0,
        }
        return tuple(text for text, applies in missed.items() if applies)

    def arms(self) -> dict[str, np.ndarray]:
        """Return each arm's parameter (N, S); in a contrast model treatment = control + effect."""
        if "effect" not in self.draws:
            return dict(self.draws)
        control = self.draws["control"]
        return {"control": control, "treatment": control + self.draws["effect"]}

    def values(self, criterion: Criterion) -> np.ndarray:
        """Return the draws (N, S) of a criterion's estimand."""
        arms, estimand = self.arms(), self.design.estimand(criterion)
        if estimand.equivalent is not None:
            arms = {arm: estimand.equivalent(x, self.shapes[arm]) for arm, x in arms.items()}
        return estimand.value(arms.get("control", arms["treatment"]), arms["treatment"])

    def probabilities(self, criterion: Criterion) -> np.ndarray:
        """Return each stratum's probability (S,) of the statement that a criterion is about."""
        values, threshold = self.values(criterion), criterion.threshold
        held = values > threshold if criterion.less_than is None else values < threshold
        return held.mean(axis=0)

    def estimand(self, criterion: Criterion) -> np.ndarray:
        """Return mean, sd and quantiles of a criterion's estimand, (S, 2 + Q)."""
        return _summary(self.values(criterion))

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the same of each component's parameter."""
        return {name: _summary(draws) for name, draws in self.draws.items()}


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
        shapes = _shapes(pm, design) if hasattr(design.endpoint, "shapes") else {}
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
            groups = [("control", "effect")]
            control, effect = twin.cross(before["control"], before["effect"])
            own = seen("control", control)
            after = twin.update(effect, lambda value: own + seen("treatment", control + value))
            _settle(pm, groups[0], after, control)
    return model, groups


def _shapes(pm, design: Design) -> dict[str, tuple]:
    """Return each arm's shape parameters; in a contrast model the arms share them."""
    n, arms = len(design.strata), design.arm_names
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
        Kept draws a chain.
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
        shapes={arm: _drawn_shapes(drawn, arm) for arm in design.arm_names if f"{arm}_shapes" in drawn},
        chains=drawn.sizes["chain"],
        diagnostics=seam.diagnose(tree, names),
        sampler=sampler,
    )


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


def _summary(draws: np.ndarray) -> np.ndarray:
    """Return mean, sd and quantiles of draws (N, S), shape (S, 2 + Q)."""
    quantiles = np.quantile(draws, list(LEVELS.values()), axis=0)
    return np.vstack([draws.mean(axis=0), draws.std(axis=0, ddof=1), quantiles]).T


def _believed(pm, design: Design, name: str, component: Component) -> Twin:
    """Return what is believed of a component before the trial, in PyMC."""
    belief = component.strata.twin(pm, name, design.strata)
    for i, use in enumerate(component.evidence):
        stratum, statistics = rows_of(design.endpoint, use, design.strata)

        def log_likelihood(linear, statistics=statistics):
            return design.endpoint.twin_log_likelihood(pm, statistics, linear)

        past = PastTwin(stratum, log_likelihood, len(design.strata))
        belief = use.discount.twin(pm, f"{name}_evidence_{i}", belief, past)
    return belief


def _settle(pm, group: Group, after: Twin, *others) -> None:
    """Sum the alternatives out of the model and save them with their posterior weights."""
    name = "_".join(group)
    settled = twin.settle(pm, name, after)
    pm.Deterministic(f"{name}_values", pm.math.stack([*others, settled.values], axis=1))
    if settled.size > 1:
        pm.Deterministic(f"{name}_log_weights", settled.log_weights)
