"""Follow-up: how long the last patient must be followed for the trial to answer its question.

A ladder of cuts is climbed under common random numbers: the patients of each simulated trial are the
same at every rung, and only the month of the cut changes.  The answer is the smallest rung from which
every later one keeps the target: with waning or crossing hazards success need not grow with time, and
the first rung that happens to reach the target would be a fluke of the ladder.

A rung is the latest month of the final analysis, counted from the last planned entry.  Where the design
has looks, the last of them may date the final analysis earlier; a ladder on which it always does is
refused, for every rung would be the same trial.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from trialdesign.analysis.accuracy import SIMULATED_TARGET, inaccuracy
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import SIMULATED
from trialdesign.simulation.results import Estimate
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.simulation.trials.simulate import simulate_ladder
from trialdesign.simulation.trials.truths import (
    NAME,
    drawn_parameters,
    effective,
    not_drawn,
    truths_drawn,
)
from trialdesign.sizing.curve_rows import assurance_rows, success_rows
from trialdesign.sizing.follow_up_result import Climbed, CurveRow, FollowUp, answer_of
from trialdesign.sizing.interval_width import width_judge
from trialdesign.sizing.ladder import Question
from trialdesign.sizing.questions import check_question, default_scenario, plateau
from trialdesign.timeline.event_counts import reached, scenario_counts

LADDER = (3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0, 30.0, 36.0, 48.0, 60.0)  # months

UNDER_SCENARIO = ("power", "type_i_error", "success")  # the quantities that answers are read off
UNDER_PRIOR = ("assurance",)

Progress = Callable[[float], None]


@on_one_thread
def required_follow_up(
    design: Design,
    target: float = 0.9,
    scenario: str | None = None,
    stratum: str = "all",
    ladder: Sequence[float] = LADDER,
    trials: int | None = None,
    seed: int | None = None,
    progress: Progress = lambda done: None,
) -> FollowUp:
    """Return the shortest follow-up after which the decision succeeds with a probability.

    Parameters
    ----------
    design : Design
    target : float
        Probability of success, 0 to 1.
    scenario : str, optional
        Assumed truth for which the answer is given; unless named, the first in which the stratum's
        truth (for ``any`` and ``all``: every stratum's) lies in the success region.  ``design prior``
        asks for assurance: a truth drawn from the design prior for every trial.
    stratum : str
        ``any``, ``all`` or a stratum's name.
    ladder : sequence of float
        Months of follow-up to try, in increasing order.
    trials, seed : int, optional
        Override the design's own.
    progress : callable
        Told the fraction of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        The design has no time to event, or an argument does not fit it.
    """
    started = time.perf_counter()
    check_question(design, target, "target", 1.0, ladder, scenario, stratum)
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    rungs = [changed(design, follow_up=float(months)) for months in ladder]
    notes = [*plateau(rungs, seed), *not_drawn(design)]
    prior = truths_drawn(design)
    groups, accuracy = accurate_groups(rungs[-1], SIMULATED, SIMULATED_TARGET, seed, cut_truths=False)
    notes += inaccuracy(accuracy, SIMULATED_TARGET)
    met = simulate_ladder(rungs, groups, trials, seed, progress=progress, prior=prior)
    rows = [
        row
        for rung, decided in zip(rungs, met)
        for each, own in zip(design.scenarios, decided)
        for row in success_rows(rung, each, own)
    ]
    if prior is not None:
        drawn = drawn_parameters(prior, seed, trials)
        for rung, decided in zip(rungs, met):
            rows += assurance_rows(rung, decided[-1], effective(rung, drawn))
    chosen = scenario or default_scenario(rungs[-1], stratum)
    found = Climbed(rows, _asked(rows, prior), "simulation", trials, seed, started, accuracy, notes)
    return answer_of(design, Question("success", target, chosen, stratum), found)


@on_one_thread
def follow_up_for_width(
    design: Design,
    width: float,
    scenario: str | None = None,
    stratum: str = "all",
    ladder: Sequence[float] = LADDER,
    trials: int | None = None,
    seed: int | None = None,
    progress: Progress = lambda done: None,
) -> FollowUp:
    """Return the shortest follow-up after which survival is known well enough.

    The expected width of the 95 % equal-tailed interval of the treatment arm's survival, at the time
    that the design's criterion names, must be at most ``width``; ``any`` and ``all`` stand for the
    narrowest and the widest stratum.  Parameters are those of `required_follow_up`.

    Raises
    ------
    SpecificationError
        No criterion is about survival, or the model has no treatment arm of its own.
    """
    started = time.perf_counter()
    check_question(design, width, "width", 1.0, ladder, scenario, stratum)
    trials = min(2000, design.simulation.trials) if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    rungs = [changed(design, follow_up=float(months)) for months in ladder]
    judge, notes = width_judge(design), [*plateau(rungs, seed), *not_drawn(design)]
    prior = truths_drawn(design)
    groups, accuracy = accurate_groups(rungs[-1], SIMULATED, SIMULATED_TARGET, seed, cut_truths=False)
    notes += inaccuracy(accuracy, SIMULATED_TARGET)
    widths = simulate_ladder(rungs, groups, trials, seed, judge, progress, prior)
    names, rows = [each.name for each in design.scenarios], []
    if prior is not None:
        names.append(NAME)
    for rung, found in zip(rungs, widths):
        for truth, own in zip(names, found):
            estimates = [Estimate.of_mean(column) for column in own.T]
            by_name = dict(zip(design.strata, estimates))
            by_name["any"] = min(estimates, key=lambda estimate: estimate.value)
            by_name["all"] = max(estimates, key=lambda estimate: estimate.value)
            for name, estimate in by_name.items():
                rows.append(CurveRow(rung.follow_up, truth, name, "width", **asdict(estimate)))
    chosen = scenario or default_scenario(design, stratum)
    found = Climbed(rows, rows, "simulation", trials, seed, started, accuracy, notes)
    return answer_of(design, Question("width", width, chosen, stratum, most=True), found)


@on_one_thread
def follow_up_for_events(
    design: Design,
    events: int,
    target: float = 0.9,
    scenario: str | None = None,
    ladder: Sequence[float] = LADDER,
) -> FollowUp:
    """Return the shortest follow-up by whose end the k-th event of the trial has come, exactly.

    Looks do not matter here: the event must come by the latest month of the final analysis.

    Parameters
    ----------
    design : Design
    events : int
        k, over all strata and arms.
    target : float
        Probability that it has.
    scenario : str, optional
        Unless named, the first in which every stratum's truth lies in the success region.
    ladder : sequence of float
        Months.
    """
    started = time.perf_counter()
    check_question(design, target, "target", 1.0, ladder, scenario, "all", drawn=False)
    most = sum(design.patients)
    if not 1 <= events <= most:
        raise SpecificationError(
            f"`events` must be from 1 to the {most} patients of the design; got {events}. Change it."
        )
    cuts = np.array([changed(design, follow_up=float(months)).conduct().cut for months in ladder])
    rows = []
    for each in design.scenarios:
        chances = reached(scenario_counts(design, each), [events], cuts)[:, 0]
        for months, chance in zip(ladder, chances):
            exact = asdict(Estimate.exact(chance))
            rows.append(CurveRow(float(months), each.name, "all", f"event_{events}_by_cut", **exact))
    chosen = scenario or default_scenario(design, "all")
    found = Climbed(rows, rows, "exact", None, design.simulation.seed, started)
    return answer_of(design, Question(f"event {events}", target, chosen, "all"), found)


def _asked(rows: Sequence[CurveRow], prior: object | None) -> list[CurveRow]:
    """Return the rows that answers are read off; with a prior, truths are drawn from it as well."""
    drawn = set() if prior is None else {NAME}
    return [
        row for row in rows if row.quantity in (UNDER_PRIOR if row.scenario in drawn else UNDER_SCENARIO)
    ]
