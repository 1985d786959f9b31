"""Random streams of simulated trials."""

from __future__ import annotations

import numpy as np
from helpers import binary, criterion, every_outcome, outcomes_of

from checks.outcomes import CONTROLLED, design
from trialdesign.analysis.build import assemble, assemble_groups
from trialdesign.analysis.models.model import expectations
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.simulation.trials.simulate import BLOCK, simulate


def simulated(trials: int, seed: int = 1, name: str = "arm-wise, independent"):
    """Simulate an arm-wise trial under one truth, stated twice."""
    twice = [(0.5, 0.3), (0.5, 0.3)]
    trial = binary(CONTROLLED[name][0], 30, 20, [criterion("difference", 0.0, 0.6)], twice)
    return simulate(trial, assemble_groups(trial, cut_truths=False), trials, seed)


def rows(trial, seed: int):
    return operating_characteristics(trial, "simulation", trials=100, seed=seed).rows


def blocks_of_trials_differ() -> None:
    error = simulated(2 * BLOCK)[0].error
    assert not np.array_equal(error[:BLOCK], error[BLOCK:])


def scenarios_have_streams_of_their_own() -> None:
    first, second = simulated(200)
    assert not np.array_equal(first.error, second.error)


def seeds_have_streams_of_their_own() -> None:
    assert not np.array_equal(simulated(200, seed=1)[0].error, simulated(200, seed=2)[0].error)


def responders(trials: int) -> list[np.ndarray]:
    """Return the responders of both arms of three strata, all of 30 patients and one truth."""
    model, _, _ = CONTROLLED["arm-wise, independent"]
    trial = binary(model, 30, 30, [criterion()], [(0.5, 0.5)])
    drawn = outcomes_of(trial, 1, trials)
    return [own[arm][:, 1] for own in drawn for arm in trial.arms]


def strata_and_arms_have_draws_of_their_own() -> None:
    """No two of the six samples of one block are the same."""
    samples = responders(200)
    for i, sample in enumerate(samples):
        assert not any(np.array_equal(sample, other) for other in samples[:i])


def short_run_is_a_prefix_of_a_longer_one(name: str = "arm-wise, independent") -> None:
    """Also where the short run ends inside a block, and where the longer one starts a new block."""
    long = simulated(BLOCK + 300, name=name)
    for trials in (70, BLOCK + 100):
        for short, whole in zip(simulated(trials, name=name), long):
            np.testing.assert_array_equal(short.met, whole.met[:trials])
            np.testing.assert_array_equal(short.covered, whole.covered[:trials])
            np.testing.assert_allclose(short.error, whole.error[:trials], rtol=0, atol=1e-13)


def order_and_batching_change_nothing(name: str) -> None:
    """Trials analysed one by one, all at once and in another order."""
    assembled = assemble(design(name))
    trials, first = every_outcome(assembled.design), assembled.design.decision[0]
    shares = [assembled.holds(first), assembled.values(first)]
    rows = np.random.default_rng(1).permutation(len(trials[0]["control"]))[:25]

    def analysed(rows):
        kept = [{arm: y[rows] for arm, y in own.items()} for own in trials]
        paired = assembled.model.paired(kept, [shares] * len(kept))
        return expectations(assembled.model, paired, np.arange(len(rows)))

    whole = analysed(rows)
    one_by_one = np.concatenate([analysed(rows[i : i + 1]) for i in range(len(rows))], axis=1)
    np.testing.assert_allclose(one_by_one, whole, rtol=0, atol=1e-12)
    np.testing.assert_allclose(analysed(rows[::-1])[:, ::-1], whole, rtol=0, atol=1e-12)
