"""Posteriors against brute-force integrals that share no code with the package."""

from __future__ import annotations

import brute_force
import numpy as np
from helpers import (
    beta,
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    normal,
    posterior,
)
from scipy import special, stats

TARGET = 1e-5  # of any posterior probability


def close(got, want, tolerance: float = TARGET) -> None:
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance)


# Posteriors against brute force

CENTRE = stats.norm(0.3, 1.2).pdf
VAGUE = stats.norm(0.0, 2.0).pdf
SPREAD = stats.halfnorm(scale=0.4).pdf
PAST = [(12, 9), (7, 3)]  # (n, responders) of two studies
EDGES = np.linspace(-12, 12, 21)
INNER = {
    "power": ({"kind": "power", "exponent": 0.4}, lambda: brute_force.power(CENTRE, PAST, 0.4)),
    "full": ({"kind": "full"}, lambda: brute_force.power(CENTRE, PAST, 1.0)),
    "drift": ({"kind": "drift", "sd": 0.35}, lambda: brute_force.drift(CENTRE, PAST, 0.35)),
    "drift, sd unknown": (
        {"kind": "drift", "sd": half_normal(0.4)},
        lambda: brute_force.drift(CENTRE, PAST, SPREAD),
    ),
    "meta-analytic": (
        {"kind": "meta_analytic", "sd": 0.35},
        lambda: brute_force.meta_analytic(CENTRE, PAST, 0.35),
    ),
    "meta-analytic, sd unknown": (
        {"kind": "meta_analytic", "sd": half_normal(0.4)},
        lambda: brute_force.meta_analytic(CENTRE, PAST, SPREAD),
    ),
}


def discount(kind: str, vague_weight: float | None = None) -> None:
    """One stratum, two past studies, new data that contradict them."""
    stated, density = INNER[kind]
    prior = density()
    if vague_weight is not None:
        stated = {
            "kind": "robust", "weight": vague_weight, "vague": normal(0.0, 2.0), "discount": stated,
        }  # fmt: skip
        prior = brute_force.robust(prior, VAGUE, vague_weight, EDGES)
    rows = [("SLE", n, y) for n, y in PAST]
    used = component(independent(normal(0.3, 1.2)), evidence(rows, stated))
    design = binary({"treatment": used}, 15, None, [criterion("response", 0.35, 0.9)], strata=1)
    for y in (2, 9):
        post = posterior(design, [y])
        mean, above = brute_force.one_stratum(prior, 15, y, float(special.logit(0.35)))
        close([post.mean(0), post.probability(0)], [mean, above])


def hierarchical_arm_wise() -> None:
    """Three strata share a mean and sd; controls have Beta priors; difference above 0 and above 0.1."""
    n, y, nc, yc = (12, 8, 9), (8, 2, 6), (8, 6, 7), (2, 1, 3)
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    model = {"control": component(independent(beta(1.5, 3.0))), "treatment": component(strata)}
    cuts = (0.0, 0.1)
    design = binary(model, n, nc, [criterion("difference", cut) for cut in cuts])
    post = posterior(design, y, yc)
    likelihoods = [lambda x, s=s: brute_force.likelihood(n[s], y[s], x) for s in range(3)]
    for j, cut in enumerate(cuts):
        below = [
            lambda x, s=s, cut=cut: stats.beta(1.5 + yc[s], 3 + nc[s] - yc[s]).cdf(
                special.expit(x) - cut
            )
            for s in range(3)
        ]
        bend = float(special.logit(cut)) if cut else 0.0
        sd = stats.halfnorm(scale=1.0).pdf
        want = brute_force.hierarchical(VAGUE, sd, likelihoods, below, bend)
        close([post.probability(s, j) for s in range(3)], want)


def contrast_ratio() -> None:
    """Three strata share the mean of their effects; the ratio of rates above 1.25."""
    nc, yc, nt, yt = (10, 8, 6), (3, 1, 4), (12, 9, 7), (8, 3, 5)
    effect = hierarchical(normal(0.2, 1.0), 0.5)
    model = {"control": component(independent(normal(-0.5, 1.5))), "effect": component(effect)}
    design = binary(model, nt, nc, [criterion("ratio", 1.25)])
    post, log_ratio = posterior(design, yt, yc), float(np.log(1.25))
    steps = np.array([0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 4.5, 6.0])
    x, w = brute_force.panels(np.unique(np.concatenate([log_ratio - steps, log_ratio + steps])), 12)
    mu, w_mu = brute_force.panels(np.linspace(-8, 8, 33), 8)
    mass = stats.norm(mu[:, None], 0.5).pdf(x) * w
    alpha = stats.norm(-0.5, 1.5).pdf
    parts = [brute_force.ratio_exceeds((nc[s], yc[s]), (nt[s], yt[s]), alpha, 1.25) for s in range(3)]
    own = [mass @ whole(x) for whole, _ in parts]
    weight = w_mu * stats.norm(0.2, 1.0).pdf(mu)
    for s, (_, part) in enumerate(parts):
        others = weight * np.prod(own[:s] + own[s + 1 :], axis=0)
        want = (others @ (mass @ part(x))) / (others @ own[s])
        close(post.probability(s), want)
