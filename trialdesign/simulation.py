"""Simulated trials: the only module that owns a seed.

Streams are keyed by (scenario, block), so that results are the same for any number of workers and a
short run is a prefix of a longer one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .analysis import leave_one_out
from .assembly import Assembled, true_values
from .ensembles import Simulated

BLOCK = 1000  # trials a random stream
TAIL = 0.025

Progress = Callable[[float], None]


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random stream of a key, e.g. (scenario, block)."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def simulate(
    assembled: Assembled, trials: int, seed: int, progress: Progress = lambda done: None
) -> list[Simulated]:
    """Simulate trials under each scenario and analyse them as planned.

    Parameters
    ----------
    assembled : Assembled
    trials : int
        Trials a scenario.
    seed : int
    progress : callable
        Told the share of the work that is done.
    """
    scenarios = assembled.design.scenarios
    out = []
    for i in range(len(scenarios)):
        shares = _shares(assembled, i)
        blocks = []
        for block, start in enumerate(range(0, trials, BLOCK)):
            rng = stream(seed, i, block)
            blocks.append(_block(assembled, i, shares, rng, min(BLOCK, trials - start)))
            progress((i + (start + BLOCK) / trials) / len(scenarios))
        out.append(Simulated(*(np.concatenate(parts) for parts in zip(*blocks))))
    return out


def _shares(assembled: Assembled, i: int) -> list[list[np.ndarray]]:
    """Return, a stratum each, the matrices of the criteria, the mean and the coverage."""
    design, first = assembled.design, assembled.design.decision[0]
    common = [*(assembled.holds(c) for c in design.decision), assembled.values(first)]
    truths = true_values(design, design.scenarios[i], first)
    above = {truth: assembled.exceeds(first, truth) for truth in set(truths)}
    return [[*common, above[truth]] for truth in truths]


def _block(
    assembled: Assembled, i: int, shares, rng: np.random.Generator, trials: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return decisions, errors and coverage, (T, S) each, of one block of trials."""
    design, model = assembled.design, assembled.model
    scenario, n_strata = design.scenarios[i], len(design.strata)
    drawn = {}
    for arm in design.arm_names:
        truth, size = np.array(design.truths(scenario, arm)), np.array(design.sizes(arm))
        whole = design.endpoint.simulate(rng, truth, size, BLOCK)  # a short run is a prefix
        drawn[arm] = whole[:trials]
    outcomes = [{arm: drawn[arm][:, s] for arm in drawn} for s in range(n_strata)]
    pairs = model.paired(outcomes, shares)
    before = leave_one_out(model, [likelihood for likelihood, _ in pairs])
    probabilities = np.stack(
        [
            np.einsum("tcg,jtcg->jt", predict, numerators) / np.einsum("tcg,tcg->t", predict, likelihood)
            for predict, (likelihood, numerators) in zip(before, pairs)
        ],
        axis=-1,
    )  # (J, T, S)
    thresholds = np.array([c.probability for c in design.decision])[:, None, None]
    met = (probabilities[: len(thresholds)] > thresholds).all(axis=0)
    truths = np.array(true_values(design, scenario, design.decision[0]))
    above = probabilities[-1]
    return met, probabilities[-2] - truths, (above >= TAIL) & (above <= 1 - TAIL)
