"""Planted bugs: each must fail the check that guards against it, or the check is no evidence.

A bug is a replacement in the source of one function; the text to replace must be there, so that a
changed function asks for its bug to be written anew.
"""

from __future__ import annotations
import __future__

import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from importlib import import_module

import pytest
from checks import families, integration, invariance, outcomes, published, streams, times

from trialdesign.errors import SpecificationError

# bug: module, function, text, its replacement, and the check that must notice
BUGS: dict[str, tuple[str, str, str, str, Callable[[], None]]] = {
    "wrong tail": (
        "analysis.build", "Assembled.holds", "return above if", "return 1 - above if",
        partial(published.two_arm_posterior, 0),
    ),
    "wrong tail, seen in rejection rates": (
        "analysis.build", "Assembled.holds", "return above if", "return 1 - above if",
        partial(published.rejection_rates, "stratified"),
    ),
    "dropped weights of a mixture": (
        "probability.distributions.prior", "Mixture.mass", "part.weight * part.mass(grid)",
        "part.mass(grid) / len(self.mixture)",
        partial(published.robust_mixture_posterior, "rob_r1_n6"),
    ),
    "dropped weight of the informative part": (
        "probability.belief", "mix_within", "(1 - weight[s]) * theirs", "theirs",
        partial(integration.discount, "full", 0.3),
    ),
    "unnormalised mixture": (
        "probability.belief", "mix_within", "right * ours[:, None, s, None]", "right",
        partial(integration.discount, "full", 0.3),
    ),
    "blocks reuse one random stream": (
        "simulation.trials.draws", "draw",
        "stream(seed, truth.key, block)", "stream(seed, truth.key)",
        streams.blocks_of_trials_differ,
    ),
    "scenarios reuse one random stream": (
        "simulation.trials.draws", "draw",
        "stream(seed, truth.key, block)", "stream(seed, 0, block)",
        streams.scenarios_have_streams_of_their_own,
    ),
    "seed is ignored": (
        "simulation.trials.draws", "draw",
        "stream(seed, truth.key, block)", "stream(1, truth.key, block)",
        streams.seeds_have_streams_of_their_own,
    ),
    "arms reuse one random stream": (
        "simulation.trials.draws", "draw",
        "endpoint.simulate(rng,", "endpoint.simulate(stream(seed, truth.key, block),",
        streams.strata_and_arms_have_draws_of_their_own,
    ),
    "streams depend on the length of the run": (
        "simulation.trials.draws", "draw",
        "stream(seed, truth.key, block)", "stream(seed + trials, truth.key, block)",
        streams.short_run_is_a_prefix_of_a_longer_one,
    ),
    ">= for > where outcomes are enumerated": (
        "simulation.exact.enumerate", "_decide", "> criterion.probability", ">= criterion.probability",
        outcomes.success_is_strict_when_enumerated,
    ),
    ">= for > where trials are simulated": (
        "simulation.trials.simulate", "_met", "> thresholds", ">= thresholds",
        outcomes.success_is_strict_when_simulated,
    ),
    "lost offset": (
        "borrowing.hierarchical", "Hierarchical.belief", "per_stratum(self.offset, strata)",
        "[0.0 for _ in strata]",
        partial(published.single_arm_posterior, "berry_A", 0),
    ),
    "swapped arms in a difference": (
        "endpoints._estimands", "difference", "natural(treatment) - natural(control)",
        "natural(control) - natural(treatment)",
        partial(published.success_of_two_arms, "uniform_24_6"),
    ),
    "swapped arms in the model": (
        "analysis.models.arm_based", "Separable.value",
        'self.focus_arm == "control"', 'self.focus_arm == "treatment"',
        partial(published.success_of_two_arms, "uniform_24_6"),
    ),
    "own data counted twice": (
        "analysis.models.model", "leave_one_out", "factors[:s] + factors[s + 1 :]", "factors",
        partial(published.single_arm_posterior, "berry_A", 1),
    ),
    "exponent of a power prior ignored": (
        "discounting.power", "Power.likelihood", "(self.exponent)", "()",
        partial(invariance.exponent_zero_is_no_borrowing, "independent", [("SLE", 8, 8)]),
    ),
    "drift forgotten": (
        "discounting._external_data", "Past.scattered",
        "likelihood @ kernel.T",
        "likelihood",
        partial(integration.discount, "drift"),
    ),
    "commensurate prior in place of the meta-analytic one": (
        "discounting.meta_analytic", "MetaAnalytic.learn", "centre @ kernel", "centre",
        partial(integration.discount, "meta-analytic"),
    ),
    "too few nodes for the between-strata sd": (
        "probability.distributions.heterogeneity", "scale_rule", "unit_rule(n_nodes)", "unit_rule(8)",
        partial(published.single_arm_posterior, "berry_A", 1),
    ),
    "weights of EXNEX lost": (
        "borrowing.exnex", "Exnex.belief", "np.divide(weight, used,", "np.divide(used, used,",
        partial(published.single_arm_posterior, "exnex", 0),
    ),
    "any for all": (
        "simulation.exact.part", "combined", "some + more * (1 - some)", "some * more",
        partial(outcomes.enumeration_is_the_sum_over_every_outcome, "independent"),
    ),
    "strata exchanged in a table of decisions": (
        "simulation.exact.enumerate", "decide_group", "np.moveaxis(decided, -2, s)", "decided",
        partial(outcomes.enumeration_is_the_sum_over_every_outcome, "four strata"),
    ),
    "probabilities of outcomes without binomial coefficients": (
        "endpoints.binary", "Binary.probabilities", "np.exp(log_choose + ", "np.exp(",
        partial(published.rejection_rates, "stratified"),
    ),
    "one-sided coverage": (
        "simulation.exact.enumerate", "_sums", "(quantity >= TAIL) & ", "",
        partial(outcomes.enumeration_is_the_sum_over_every_outcome, "independent"),
    ),
    "strata without borrowing share a grid": (
        "analysis.build", "parts_of", "if couples_strata(design):", "if True:",
        partial(
            invariance.without_borrowing_other_strata_are_ignored,
            "independent", [("IIM", 90, 20)], (2, 3), (1, 1),
        ),
    ),
    "a look without its event": (
        "simulation.trials.patients", "Patients.seen", "event_month <= cut", "event_month < cut",
        times.a_look_holds_the_event_it_waits_for,
    ),
    "looks out of order": (
        "design.conduct.looks", "look_months", "np.maximum(before, np.minimum(", "(np.minimum(",
        times.no_look_comes_before_the_one_before_it,
    ),
    "events of patients who were not infused, in the exact counts": (
        "timeline.event_counts", "event_probability", "(1 - before.lost) * infused", "infused",
        times.infused_patients_alone_have_events,
    ),
    "events of patients who were not infused, in simulated trials": (
        "simulation.trials.patients", "enter", "np.where(np.isinf(lost), entry + before.months, np.inf)",
        "entry + before.months",
        times.infused_patients_alone_have_events,
    ),
    "strata of a drawn truth from nodes of their own": (
        "simulation.trials.truths", "_drawn",
        "belief.mass[node, s]", "belief.mass[rng.permutation(node), s]",
        times.truths_of_strata_share_their_mean_alone,
    ),
    "an estimand that ignores the shape": (
        "probability.nuisance", "carried", "grid.basis(bounded(theta))", "grid.basis(theta)",
        partial(families.single_arm, "weibull"),
    ),
    "a shape without its prior": (
        "probability.nuisance", "normal_rule", "np.exp(-0.5 * z * z)", "np.ones(z.size)",
        partial(families.single_arm, "weibull"),
    ),
    "patients censored who had the event": (
        "endpoints.time_to_event._with_shape", "Shaped.tabulate", "weights * event[..., None]",
        "0 * weights", partial(families.single_arm, "weibull"),
    ),
    "a contrast whose estimand ignores the shape": (
        "analysis.models.contrast_based_with_shape", "ShapedContrast._by_shape",
        "estimand.value(u(h), u(h + g))",
        "estimand.value(h, h + g)", partial(families.contrast, "weibull"),
    ),
}  # fmt: skip


PATCHED = ("trialdesign", "checks", "helpers")  # what may have imported a function by its name


def plant(monkeypatch, module: str, qualified: str, text: str, replacement: str) -> None:
    """Replace text in the source of a function, wherever the package has imported it."""
    import_module(f"trialdesign.{module}")
    home = sys.modules[f"trialdesign.{module}"]
    *owner, name = qualified.split(".")
    holder = getattr(home, owner[0]) if owner else home
    original = holder.__dict__[name]
    source = textwrap.dedent(inspect.getsource(original))
    assert source.count(text) >= 1, f"{qualified} no longer holds {text!r}: plant this bug anew"
    changed = source.replace(text, replacement)
    code = compile(changed, home.__file__, "exec", __future__.annotations.compiler_flag, True)
    made: dict = {}
    exec(code, home.__dict__, made)  # noqa: S102
    if owner:
        monkeypatch.setattr(holder, name, made[name])
        return
    for loaded in [m for n, m in sys.modules.items() if n.partition(".")[0] in PATCHED]:
        if getattr(loaded, name, None) is original:
            monkeypatch.setattr(loaded, name, made[name])


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_noticed(monkeypatch, bug):
    *where, check = BUGS[bug]
    plant(monkeypatch, *where)
    with pytest.raises((AssertionError, ValueError, SpecificationError)):
        check()


def test_checks_pass_without_a_bug():
    """The checks that no other test makes with these arguments."""
    published.rejection_rates("stratified")
    integration.discount("full", 0.3)
    times.a_look_holds_the_event_it_waits_for()
    times.no_look_comes_before_the_one_before_it()
    times.infused_patients_alone_have_events()
    times.truths_of_strata_share_their_mean_alone()
