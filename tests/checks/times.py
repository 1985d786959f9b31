"""Checks of trials in time: looks, losses before infusion, drawn truths."""

from __future__ import annotations

import numpy as np
from helpers import component, half_normal, hierarchical, looks_of, normal
from survival_designs import relapse

from trialdesign.simulation.trials.truths import drawn_parameters, truths_drawn
from trialdesign.timeline.event_counts import scenario_counts


def a_look_holds_the_event_it_waits_for() -> None:
    design = relapse(40, None, [{"treatment": 0.2}], looks=[{"events": 12}])
    (seen,) = looks_of(design, 1, 300)
    assert (seen.events.sum(axis=1) == 12).all()


def no_look_comes_before_the_one_before_it() -> None:
    design = relapse(40, None, [{"treatment": 0.03}], looks=[{"calendar": 15}, {"events": 10}])
    first, second = (seen.month for seen in looks_of(design, 1, 300))
    assert (second >= first).all()


def infused_patients_alone_have_events() -> None:
    """Nobody is censored but by the cut: every infused patient has had the event by then."""
    losses = {"months": 1.0, "manufacturing_failure": 0.2, "death": 0.1, "counted": "excluded"}
    design = relapse(40, None, [{"treatment": 5.0}], follow_up=60, before_infusion=losses)
    cut = np.array([design.conduct().cut])
    (row,) = scenario_counts(design, design.scenarios[0])(cut)
    (seen,) = looks_of(design, 1, 1000)
    assert abs(row @ np.arange(row.size) - 28) < 1e-6
    assert abs(seen.events.mean() - 28) < 0.5


def truths_of_strata_share_their_mean_alone() -> None:
    prior = {"treatment": component(hierarchical(normal(-4.0, 0.6), half_normal(0.5)))}
    design = relapse(10, None, strata=2, design_prior=prior)
    drawn = drawn_parameters(truths_drawn(design), 1, 5000)["treatment"]
    np.testing.assert_allclose(np.cov(drawn.T), [[0.61, 0.36], [0.36, 0.61]], atol=0.06)
