"""Draws, data and predictions as ArviZ takes them: groups, dimensions, attributes, and what they hold.

Means of 4,000 independent draws may differ from the exact ones by 4.5 of their standard errors.

Here, too, are tested: trialdesign.analysis.sampling.datatree.
"""

from __future__ import annotations

import arviz_stats
import numpy as np
import pytest
from helpers import beta, binary, component, evidence, hierarchical, independent, normal
from survival_designs import relapse

from trialdesign import __version__, analyse
from trialdesign.analysis.data.trial_data import TrialData

pytestmark = pytest.mark.properties

N, STANDARD_ERRORS = 4000, 4.5
COUNTS = {"control": (3, 9), "treatment": (14, 11)}  # of 20
SAMPLES = ["posterior", "prior", "posterior_predictive", "prior_predictive"]


def two_arms():
    used = evidence([("SLE", 8, 8)], {"kind": "power", "exponent": 0.5})
    model = {
        "control": component(independent(beta(2, 6))),
        "treatment": component(hierarchical(normal(0, 1), 0.5), used),
    }
    return binary(model, 20, 20, strata=2)


def responders(design):
    return TrialData.of(design, [
        {"stratum": stratum, "arm": arm, "n": 20, "responders": r}
        for arm in COUNTS
        for stratum, r in zip(design.strata, COUNTS[arm], strict=True)
    ])  # fmt: skip


@pytest.fixture(scope="module")
def result():
    design = two_arms()
    return analyse(design, responders(design))


@pytest.fixture(scope="module")
def tree(result):
    return result.to_datatree()


def test_there_are_the_groups_that_a_posterior_on_the_grid_can_have(tree):
    assert set(tree.children) == {*SAMPLES, "observed_data", "constant_data"}
    for name in SAMPLES:
        assert (tree[name].sizes["chain"], tree[name].sizes["draw"]) == (4, 1000)


def test_dimensions_have_names_and_coordinates(tree):
    for name in [*SAMPLES, "observed_data", "constant_data"]:
        assert list(tree[name]["stratum"].values) == ["SLE", "IIM"]
        assert list(tree[name]["arm"].values) == ["control", "treatment"]
        dims = {dim for variable in tree[name].data_vars.values() for dim in variable.dims}
        assert dims <= {"chain", "draw", "arm", "stratum"}
    assert set(tree["posterior"].data_vars) == {"control", "treatment", "difference", "arm_response"}


def test_attributes_say_which_design_program_engine_and_seed(tree, result):
    for node in tree.subtree:
        said = node.attrs
        assert (said["title"], said["design_hash"]) == ("a test", result.design.hash())
        assert (said["creation_library"], said["creation_library_version"]) == (
            "trialdesign", __version__,
        )  # fmt: skip
        assert (said["engine"], said["seed"]) == ("quadrature", result.design.simulation.seed)
        assert said["draws"].startswith("independent draws")


def test_the_data_are_there_as_they_were_given(tree):
    counts = tree["observed_data"]["responders"]
    assert counts.sel(arm="treatment", stratum="IIM").item() == 11
    assert counts.sel(arm="control", stratum="SLE").item() == 3
    assert (tree["constant_data"]["n"] == 20).all()


def test_arms_and_estimands_are_those_of_the_parameters(tree):
    posterior = tree["posterior"]
    for arm in ("control", "treatment"):
        rate = posterior["arm_response"].sel(arm=arm)
        np.testing.assert_allclose(rate, 1 / (1 + np.exp(-posterior[arm])), rtol=1e-12)
    rates = posterior["arm_response"]
    difference = rates.sel(arm="treatment") - rates.sel(arm="control")
    np.testing.assert_allclose(posterior["difference"], difference, atol=1e-12)


def test_predictions_of_controls_are_beta_binomial(tree):
    """Beta(2, 6) in 20 patients, before and after the trial's own."""
    for name, (r, n) in {"prior_predictive": (0, 0), "posterior_predictive": (9, 20)}.items():
        a, b = 2 + r, 6 + n - r
        p = a / (a + b)
        sd = np.sqrt(20 * p * (1 - p) * (a + b + 20) / (a + b + 1))
        drawn = tree[name]["responders"].sel(arm="control", stratum="IIM")
        assert abs(drawn.mean().item() - 20 * p) < STANDARD_ERRORS * sd / np.sqrt(N)
        assert drawn.min() >= 0 and drawn.max() <= 20


def test_arviz_finds_independent_draws(tree):
    """The ESS of independent draws is estimated as 4,000 within a tenth or so, and R-hat as 1."""
    posterior = tree["posterior"].to_dataset()
    ess = arviz_stats.ess(posterior, sample_dims=["chain", "draw"], method="bulk")
    rhat = arviz_stats.rhat(posterior, sample_dims=["chain", "draw"], method="rank")
    assert min(float(each.min()) for each in ess.data_vars.values()) > 0.8 * N
    assert max(float(each.max()) for each in rhat.data_vars.values()) < 1.01


def test_draws_follow_the_seed_and_their_number(result, tree):
    again, other = result.to_datatree(), result.to_datatree(seed=7, draws=50)
    assert again["posterior"].equals(tree["posterior"])
    assert again["posterior_predictive"].equals(tree["posterior_predictive"])
    assert other.attrs["seed"] == 7 and other["posterior"].sizes["draw"] == 50
    assert not np.isin(other["posterior"]["control"], tree["posterior"]["control"]).any()


def patients(design, seed=3):
    rng = np.random.default_rng(seed)
    return [
        {"stratum": stratum, "arm": arm, "time": min(t, 24.0), "event": int(t < 24)}
        for arm in design.arms
        for stratum in design.strata
        for t in rng.exponential(20, 15)
    ]


def test_of_a_constant_hazard_events_are_predicted_in_the_observed_months():
    design = relapse(15)
    result = analyse(design, TrialData.of(design, patients(design)))
    tree = result.to_datatree()
    events, exposure = tree["observed_data"]["events"].item(), tree["constant_data"]["exposure"].item()
    drawn, rate = tree["posterior_predictive"]["events"], np.exp(tree["posterior"]["treatment"])
    assert events == sum(row["event"] for row in patients(design))
    expected = (rate * exposure).mean().item()
    error = drawn.std().item() / np.sqrt(N)
    assert abs(drawn.mean().item() - expected) < STANDARD_ERRORS * error
    assert 0.5 * events < expected < 2 * events


def test_of_a_hazard_that_changes_patients_are_kept_and_none_are_predicted():
    family = {"kind": "time_to_event", "name": "relapse", "distribution": "weibull"}
    design = relapse(15, endpoint=family)
    rows = patients(design)
    tree = analyse(design, TrialData.of(design, rows)).to_datatree()
    assert set(tree.children) == {"posterior", "prior", "observed_data"}
    kept = tree["observed_data"]
    assert list(kept["time"].values) == [row["time"] for row in rows]
    assert list(kept["event"].values) == [row["event"] for row in rows]
    assert list(kept["stratum"].values) == ["SLE"] * 15
    assert "arm_survival(24)" in tree["posterior"]


@pytest.mark.slow
def test_nuts_adds_its_hyperparameters_and_statistics_and_its_prior_is_that_of_the_grid():
    model = {"treatment": component(hierarchical(normal(0, 1), 0.5))}
    design = binary(model, 20, strata=2)
    rows = [row for row in ({"stratum": s, "n": 20, "responders": 12} for s in design.strata)]
    data = TrialData.of(design, rows)
    exact, sampled = (analyse(design, data, engine=e).to_datatree() for e in ("quadrature", "nuts"))
    assert set(sampled.children) == {*exact.children, "sample_stats", "sample_stats_prior"}
    assert "diverging" in sampled["sample_stats"]
    assert {"treatment_mu", "treatment_z"} <= set(sampled["posterior"].data_vars)
    assert sampled["posterior"]["treatment_z"].dims == ("chain", "draw", "stratum")
    assert sampled.attrs["inference_library"] in ("nutpie", "pymc")
    for name in ("posterior", "prior"):
        ours, theirs = exact[name]["treatment"], sampled[name]["treatment"]
        for stratum in design.strata:
            x, y = ours.sel(stratum=stratum), theirs.sel(stratum=stratum).values
            error = np.hypot(
                x.std().item() / np.sqrt(N), y.std() / np.sqrt(arviz_stats.ess(y, method="mean"))
            )
            assert abs(x.mean().item() - y.mean()) < STANDARD_ERRORS * error
