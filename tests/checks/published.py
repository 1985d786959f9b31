"""Posteriors and rejection rates against the reference numbers of other programs."""

from __future__ import annotations

import numpy as np
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    exnex,
    half_normal,
    hierarchical,
    independent,
    mixture,
    normal,
    pooled,
    posterior,
    reference,
    table,
)

from trialdesign.simulation.operating_characteristics import operating_characteristics

LOGIT = float(np.log(0.2 / 0.8))
SINGLE_ARM = reference("single_arm_posteriors")
TWO_ARM = reference("two_arm_posteriors")["results"]
RATES = reference("single_arm_operating_characteristics")
MIXTURES = reference("mixture_priors")

BERRY = hierarchical(normal(0.0, 2.0), half_normal(1.0), offset=LOGIT)


def mixed(weight=0.5) -> dict:
    return exnex(normal(LOGIT, 2.0), half_normal(1.0), normal(LOGIT, 2.5), weight)


def single_arm(strata, n):
    """A single-arm design whose criteria are those of the reference: response above 0.2, 0.1, 0.3."""
    decision = [criterion("response", at, 0.9) for at in (0.2, 0.1, 0.3)]
    return binary({"treatment": component(strata)}, n, None, decision, strata=STRATA[: len(n)])


def single_arm_posterior(name: str, at: int, tolerance: float = 1e-5) -> None:
    """Every mean, sd and tail probability of one data set."""
    case = SINGLE_ARM[name]["results"][at]
    strata = {"berry_A": BERRY, "exnex": mixed()}[name]
    post, errors = posterior(single_arm(strata, case["n"]), case["r"]), []
    for s, want in enumerate(case["p"]):
        assert list(want["P_gt"]) == ["0.2", "0.1", "0.3"]
        errors += [post.mean(s) - want["mean"], post.sd(s) - want["sd"]]
        errors += [post.probability(s, j) - p for j, p in enumerate(want["P_gt"].values())]
    assert np.abs(errors).max() < tolerance


def contrast(n_control, n_treatment):
    """The contrast model of the reference: log odds ratio above 0, difference above 0.1."""
    model = {
        "control": component(independent(normal(-0.5, 1.5))),
        "effect": component(hierarchical(normal(0.0, 1.0), half_normal(0.5))),
    }
    decision = [criterion("log_odds_ratio", 0.0), criterion("difference", 0.1)]
    return binary(model, n_treatment, n_control, decision, strata=STRATA[: len(n_control)])


def two_arm_posterior(at: int, tolerance: float = 2e-5) -> None:
    """Every stratum's effect and its tail probabilities of one data set."""
    case = TWO_ARM[at]
    post, errors = posterior(contrast(case["nc"], case["nt"]), case["yt"], case["yc"]), []
    for s, want in enumerate(case["basket"]):
        errors += [post.mean(s) - want["delta_mean"], post.sd(s) - want["delta_sd"]]
        errors += [post.probability(s) - want["P_delta_gt0"]]
        errors += [post.probability(s, 1) - want["P_diff_gt_0_1"]]
    assert np.abs(errors).max() < tolerance


PRIORS = {
    "berry": BERRY,
    "exnex": mixed(),
    "stratified": independent(beta(1.0, 1.0)),
    "pooled": pooled(beta(1.0, 1.0)),
}


def rejecting(name: str):
    """Response above 0.2 with probability above 0.9, 20, 10 and 10 patients."""
    decision, scenarios = [criterion("response", 0.2, 0.9)], RATES["truths"].values()
    model = {"treatment": component(PRIORS[name])}
    return binary(model, [20, 10, 10], None, decision, [(truth, None) for truth in scenarios])


def rejection_rates(name: str, tolerance: float = 1e-6) -> None:
    """A model's rejection rates, one per stratum and for any, under both truths."""
    got, errors = table(operating_characteristics(rejecting(name), method="exact")), []
    for i, truth in enumerate(RATES["truths"]):
        want, quantity = RATES["results"][name][truth]["0.9"], ("type_i_error", "power")[i]
        found = [got[str(i), stratum, quantity] for stratum in STRATA[:3]]
        errors += [f - w for f, w in zip(found, want["reject"], strict=True)]
        errors.append(got[str(i), "any", "success"] - want["any"])
    assert np.abs(errors).max() < tolerance


def as_prior(stated) -> dict:
    """Return the Beta, or the mixture of Betas, that RBesT states."""
    weights, *shapes = (np.atleast_1d(stated[p]).astype(float) for p in ("w", "p1", "p2"))
    parts = [beta(a, b) for a, b in zip(*shapes, strict=True)]
    return parts[0] if len(parts) == 1 else mixture((weights / weights.sum()).tolist(), parts)


def one_arm(prior, n):
    """Response above 0.3 in one stratum."""
    decision = [criterion("response", 0.3, 0.9)]
    return binary({"treatment": component(independent(prior))}, n, None, decision, strata=1)


def robust_mixture_posterior(name: str, tolerance: float = 1e-6) -> None:
    """Mean, sd and tail probability of a robust mixture, its weights updated by the data."""
    want = MIXTURES["postmix_beta"][name]
    design = one_arm(as_prior(MIXTURES["beta_priors"]["rob_fix"]), want["n"])
    post = posterior(design, [want["r"]])
    got = [post.mean(0), post.sd(0), post.probability(0)]
    errors = np.subtract(got, [want["mean"], want["sd"], want["P_gt_0.3"]])
    assert np.abs(errors).max() < tolerance


# design: the control's prior, and the shapes of the treatment's
CONTROLLED = {
    "uniform_24_6": ("uni", (1.0, 1.0)),
    "classic_24_24": ("uni", (1.0, 1.0)),
    "robust_24_6": ("rob_fix", (0.5, 1.0)),
}


def controlled(name: str):
    """theta1 / n1 is the treatment arm and theta2 / n2 the control: success is P(th1 > th2) > 0.95."""
    case = MIXTURES["oc2S_AS_vignette"][name]
    assert case["decision"] == "Pr(th1-th2>0)>0.95"
    treatment = case["typeI"]["theta1"] + case["power"]["theta1"]
    control = case["typeI"]["theta2"] + case["power"]["theta2"]
    prior, shapes = CONTROLLED[name]
    model = {
        "control": component(independent(as_prior(MIXTURES["beta_priors"][prior]))),
        "treatment": component(independent(beta(*shapes))),
    }
    sizes = case["power"]["n1"], case["power"]["n2"]
    decision = [criterion("difference", 0.0, 0.95)]
    return binary(model, *sizes, decision, list(zip(treatment, control, strict=True)), strata=1)


def success_of_two_arms(name: str, tolerance: float = 1e-6) -> None:
    """Probability of success under 7 null truths and 6 effects."""
    case = MIXTURES["oc2S_AS_vignette"][name]
    result = table(operating_characteristics(controlled(name), "exact"))
    want = case["typeI"]["p"] + case["power"]["p"]
    errors = [result[str(i), "any", "success"] - p for i, p in enumerate(want)]
    assert np.abs(errors).max() < tolerance
