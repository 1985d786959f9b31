"""Simulated trials against exact results; `alarm` states the false-alarm rate of them all.

Here, too, are tested: trialdesign.simulation.trials.thinned.
"""

import alarm
import numpy as np
import pytest
from checks import outcomes, streams
from helpers import binary, criterion, table
from scipy import stats

from trialdesign.analysis.build import assemble_groups
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.simulation.results import Estimate
from trialdesign.simulation.trials.simulate import simulate

pytestmark = pytest.mark.statistical

TRIALS = 8000
RATES = ("power", "type_i_error", "success", "family_wise_error", "coverage")
SIZES = ((9, 6, 8), (5, 4, 6))
TRUTHS = [((0.7, 0.2, 0.4), (0.1, 0.2, 0.3)), (0.35, 0.35)]


def larger(name: str):
    """Return one of the small designs with more patients, still few enough to enumerate."""
    model, _, control = outcomes.MODELS[name]
    single = control is None
    decision = [criterion("response", 0.3, 0.8) if single else criterion("difference", 0.05, 0.7)]
    truths = [(t, None if single else c) for t, c in TRUTHS]
    contrast = "effect" in model
    sizes = ((4, 3, 3), (3, 3, 2)) if contrast else SIZES
    return binary(model, sizes[0], None if single else sizes[1], decision, truths)


@pytest.mark.parametrize("name", outcomes.MODELS)
def test_simulated_rates_and_errors_agree_with_the_exact_ones(name):
    design = larger(name)
    exact = table(operating_characteristics(design, "exact"))
    simulated = operating_characteristics(design, "simulation", trials=TRIALS)
    assert simulated.trials == TRIALS and simulated.method == "simulation"
    for row in simulated.rows:
        key = (row.scenario, row.stratum, row.quantity)
        if row.quantity in RATES:
            alarm.rate(round(row.value * TRIALS), TRIALS, exact[key], key)
        elif row.quantity == "bias":
            alarm.mean(row.value, row.mcse, exact[key], key)
        elif row.quantity == "rmse":
            alarm.mean(row.value**2, 2 * row.value * row.mcse, exact[key] ** 2, key)
        else:
            assert row.value == exact[key]


def test_drawn_responders_are_binomial():
    endpoint = outcomes.design("hierarchical").endpoint
    rng = np.random.default_rng(7)
    truth = [endpoint.truth(rate) for rate in (0.05, 0.5, 0.9)]
    drawn = endpoint.simulate(rng, truth, np.array([12, 7, 30]), TRIALS, None)
    for s, (n, rate) in enumerate(zip((12, 7, 30), (0.05, 0.5, 0.9), strict=True)):
        assert (drawn[:, s, 0] == n).all()
        observed = np.bincount(drawn[:, s, 1].astype(int), minlength=n + 1)
        alarm.counts(observed, TRIALS * stats.binom(n, rate).pmf(np.arange(n + 1)), (n, rate))


def test_certain_truths_are_certain():
    endpoint = outcomes.design("hierarchical").endpoint
    rng = np.random.default_rng(7)
    truth = [endpoint.truth(0.0), endpoint.truth(1.0)]
    drawn = endpoint.simulate(rng, truth, np.array([9, 9]), 50, None)
    assert (drawn[:, 0, 1] == 0).all() and (drawn[:, 1, 1] == 9).all()


def test_arms_and_strata_are_drawn_independently():
    """Correlations of all pairs of the six samples are of the size of 1 / sqrt(trials)."""
    sample = streams.responders(TRIALS)
    for i in range(6):
        for j in range(i):
            r = np.corrcoef(sample[i], sample[j])[0, 1]
            alarm.mean(r, 1 / np.sqrt(TRIALS), 0.0, (i, j))


def test_blocks_and_scenarios_are_drawn_independently():
    first, second = streams.simulated(2 * streams.BLOCK)
    blocks = first.error.reshape(2, streams.BLOCK, -1)
    for one, other in ((blocks[0], blocks[1]), (first.error, second.error)):
        for s in range(3):
            r = np.corrcoef(one[:, s], other[:, s])[0, 1]
            alarm.mean(r, 1 / np.sqrt(len(one)), 0.0, s)


def test_monte_carlo_standard_errors_are_those_of_repeated_runs():
    """Standardised errors of 60 runs with different seeds have variance one."""
    design = larger("arm-wise, independent")
    exact = table(operating_characteristics(design, "exact"))
    groups = assemble_groups(design)
    runs = [simulate(design, groups, 200, seed)[0] for seed in range(60)]
    known = {
        "success": [run.success(0) for run in runs],
        "any": [run.any_success(range(3)) for run in runs],
        "bias": [run.bias(1) for run in runs],
    }
    keys = {
        "success": ("0", "SLE", "power"),
        "any": ("0", "any", "success"),
        "bias": ("0", "IIM", "bias"),
    }
    for name, estimates in known.items():
        z = np.array([(e.value - exact[keys[name]]) / e.mcse for e in estimates])
        alarm.variance(z, name)
        alarm.mean(z.mean(), 1 / np.sqrt(z.size), 0.0, name)


@pytest.mark.parametrize("n", [2, 50, 400])
def test_intervals_of_simulated_rates_cover_their_rate(n):
    """Clopper-Pearson, summed over every number of hits: at least 95 % for any rate."""
    hits = np.arange(n + 1)
    estimates = [Estimate.of_rate(np.arange(n) < k) for k in hits]
    for known in (0.0, 0.003, 0.1, 0.5, 0.975, 1.0):
        inside = [e.lower <= known <= e.upper for e in estimates]
        assert stats.binom(n, known).pmf(hits) @ inside >= 0.95


def test_the_suite_stays_within_its_number_of_comparisons():
    assert 0 < alarm.made <= alarm.COMPARISONS
