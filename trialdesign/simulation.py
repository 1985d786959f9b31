"""Simulated trials: the only module that owns a seed.

Streams are keyed by (scenario, block), so that results are the same for any number of workers and a
short run is a prefix of a longer one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .analysis import Outcomes, Paired, expectations
from .assembly import Assembled, true_values
from .belief import Belief, node_products
from .design import Design
from .ensembles import Simulated
from .thinning import cubature

BLOCK = 1000  # trials a random stream
TAIL = 0.025
NODES = 400  # nodes kept at most when trials are simulated
TOLERANCE = 5e-5  # largest change of a decision probability; the Monte Carlo error is 20 times that
PROBES = 300  # trials to which the nodes are fitted, and as many to check them
ROWS = 1800
PROBE = 2**31  # first block of the streams from which these are drawn

Progress = Callable[[float], None]


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random stream of a key, e.g. (scenario, block)."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def simulate(
    design: Design,
    groups: Sequence[Assembled],
    trials: int,
    seed: int,
    progress: Progress = lambda done: None,
) -> list[Simulated]:
    """Simulate trials under each scenario and analyse them as planned.

    Parameters
    ----------
    design : Design
    groups : sequence of Assembled
        The design in parts that do not inform each other (`assembly.assemble_groups`).
    trials : int
        Trials a scenario.
    seed : int
    progress : callable
        Told the share of the work that is done.
    """
    n_scenarios = len(design.scenarios)
    shares = [[_shares(group, i) for i in range(n_scenarios)] for group in groups]
    models = [_thinned(group, own, seed) for group, own in zip(groups, shares)]
    out = []
    for i in range(n_scenarios):
        drawn = _draw(design, i, seed, trials)
        parts = []
        for g, (group, model) in enumerate(zip(groups, models)):
            outcomes = [drawn[design.strata.index(stratum)] for stratum in group.design.strata]
            tell = lambda done, at=i * len(groups) + g: progress((at + done) / len(groups) / n_scenarios)  # noqa: E731
            parts.append(_analyse(group, model.paired(outcomes, shares[g][i]), model, i, trials, tell))
        out.append(Simulated(*(np.concatenate(columns, axis=1) for columns in zip(*parts))))
    return out


def _analyse(group: Assembled, paired: list[Paired], model, i: int, trials: int, progress: Progress):
    """Return decisions, errors and coverage, (T, S) each, of a group's part in the trials."""
    blocks = []
    for start in range(0, trials, BLOCK):
        rows = np.arange(start, min(start + BLOCK, trials))
        blocks.append(_judge(group.design, i, expectations(model, paired, rows)))
        progress((start + len(rows)) / trials)
    return [np.concatenate(columns) for columns in zip(*blocks)]


def _shares(assembled: Assembled, i: int) -> list[list[np.ndarray]]:
    """Return, a stratum each, the matrices of the criteria, the mean and the coverage."""
    design, first = assembled.design, assembled.design.decision[0]
    common = [*(assembled.holds(c) for c in design.decision), assembled.values(first)]
    truths = true_values(design, design.scenarios[i], first)
    above = {truth: assembled.exceeds(first, truth) for truth in set(truths)}
    return [[*common, above[truth]] for truth in truths]


def _draw(design: Design, i: int, seed: int, trials: int, first: int = 0) -> list[Outcomes]:
    """Return the outcomes (T, M) an arm of T trials under a scenario, a stratum each."""
    blocks, conduct = [], design.conduct()
    for block in range(first, first + -(-trials // BLOCK)):
        rng, drawn = stream(seed, i, block), {}
        for arm in design.arm_names:
            truth, size = design.truths(design.scenarios[i], arm), np.array(design.sizes(arm))
            drawn[arm] = design.endpoint.simulate(rng, truth, size, BLOCK, conduct)
        blocks.append(drawn)
    whole = {arm: np.concatenate([drawn[arm] for drawn in blocks])[:trials] for arm in design.arm_names}
    return [{arm: y[:, s] for arm, y in whole.items()} for s in range(len(design.strata))]


def _judge(design: Design, i: int, expectations: np.ndarray):
    """Return decisions, errors and coverage, (T, S) each, from expectations (J, T, S)."""
    thresholds = np.array([c.probability for c in design.decision])[:, None, None]
    met = (expectations[: len(thresholds)] > thresholds).all(axis=0)
    truths = np.array(true_values(design, design.scenarios[i], design.decision[0]))
    mean, above = expectations[-2], expectations[-1]
    return met, mean - truths, (above >= TAIL) & (above <= 1 - TAIL)


def _thinned(assembled: Assembled, shares, seed: int):
    """Return the model on a few hundred nodes, or as it is where that would change an answer.

    The nodes are fitted to trials drawn for this purpose and checked on others against all nodes.
    """
    model, design = assembled.model, assembled.design
    if model.focus.n_nodes <= 2 * NODES or model.weight.size > model.focus.n_nodes:
        return model
    n_scenarios = len(design.scenarios)
    rows = np.arange(PROBES // n_scenarios)
    drawn = [_draw(design, i, seed, 2 * len(rows), PROBE) for i in range(n_scenarios)]
    paired = [model.paired(outcomes, own) for outcomes, own in zip(drawn, shares)]
    functions = np.concatenate([_functions(model, own, rows) for own in paired])
    order = stream(seed, PROBE).permutation(len(functions))[:ROWS]
    kept, weights = cubature(model.focus.weight, functions[order], NODES)
    belief = Belief(model.focus.grid, weights, model.focus.mass[kept])
    thinned = replace(model, focus=belief)
    for own, outcomes, matrices in zip(paired, drawn, shares):
        coarse = expectations(thinned, thinned.paired(outcomes, matrices), rows + len(rows))
        if not np.abs(coarse - expectations(model, own, rows + len(rows)))[:-2].max() < TOLERANCE:
            return model
    return thinned


def _functions(model, paired: list[Paired], rows: np.ndarray) -> np.ndarray:
    """Return what is summed over the nodes for some trials, (M, K), each a share of its total."""
    factors = [own.marginal[own.index[rows]] for own in paired]
    whole = node_products(model.weight, factors)
    out = [whole / whole.sum(axis=1, keepdims=True)]
    for s, stratum in enumerate(paired):
        others = node_products(model.weight, factors[:s] + factors[s + 1 :])
        likelihood = stratum.likelihood[stratum.index[rows], 0]
        total = (others * (likelihood @ model.focus.mass[:, s].T)).sum(axis=1, keepdims=True)
        for numerator in stratum.numerators(rows):
            out.append(others * (numerator[:, 0] @ model.focus.mass[:, s].T) / total)
    return np.concatenate(out) / model.weight
