"""Success of a design under assumed truths and under its design prior: one path, only the truth differs.

Where outcomes can be listed they are decided once, and every truth is a measure over them; elsewhere
trials are simulated under each truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from trialdesign.analysis.build import Assembled
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.truths import is_effective
from trialdesign.probability.resolution import SIMULATED, Resolution
from trialdesign.simulation.exact.decided import decide, decided_under
from trialdesign.simulation.exact.measures import prior_measure
from trialdesign.simulation.exact.under_truth import Successes, successes
from trialdesign.simulation.method import method_of
from trialdesign.simulation.results import Decided, Estimate, Exact
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.simulation.trials.simulate import simulate_ladder
from trialdesign.simulation.trials.truths import NAME, drawn_parameters, effective, truths_drawn

OF_TRUTHS = Resolution()  # of the design prior: assurance is within 1e-5

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of one stratum (or ``any``, ``all``) under one scenario."""

    scenario: str
    stratum: str
    quantity: str
    value: float
    mcse: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Success:
    """Rows of success, and how they were found.

    Attributes
    ----------
    rows : tuple of Row
    method : str
        ``exact`` or ``simulation``.
    reason : str
        Why that method.
    accuracy, target : float
        Estimated numerical error of the posterior probabilities that decide, and what is asked of it.
    """

    rows: tuple[Row, ...]
    method: str
    reason: str
    accuracy: float
    target: float


def success_of(
    design: Design,
    method: str,
    trials: int,
    seed: int,
    drawn: bool = False,
    progress: Progress = lambda done: None,
) -> Success:
    """Return how probable success is under the scenarios of a design, and under its design prior.

    Parameters
    ----------
    design : Design
    method : {"auto", "exact", "simulation"}
    trials : int
        Per truth, where they are simulated.
    seed : int
    drawn : bool
        Whether truths are also drawn from the design prior.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        ``exact`` was asked of a design that is too large.
    ConvergenceError
        A truth contradicts the model beyond double precision.
    """
    resolution = replace(SIMULATED if design.looks else Resolution(), sharp_truths=False)
    how = method_of(design, method, trials, resolution)
    groups, accuracy = accurate_groups(design, resolution, how.target, seed, cut_truths=False)
    if how.exact:
        rows = _exact(design, groups, drawn, progress)
    else:
        rows = _simulated(design, groups, trials, seed, drawn, progress)
    return Success(tuple(rows), how.name, how.reason, accuracy, how.target)


def _exact(
    design: Design, groups: Sequence[Assembled], drawn: bool, progress: Progress
) -> Iterator[Row]:
    """Yield the rows of a design, summed over every outcome."""
    met = decide(groups, progress)
    for scenario in design.scenarios:
        yield from assumed_rows(design, scenario, decided_under(groups, met, scenario))
    if drawn:
        measure = prior_measure(design, groups[0].model, OF_TRUTHS)
        yield from _drawn_rows(design, successes(met, measure))


def assumed_rows(design: Design, scenario: Scenario, found: Exact | Decided) -> Iterator[Row]:
    """Yield the rows of an assumed truth, however they were found."""
    works = is_effective(design, scenario)
    null = [s for s, effective_here in enumerate(works) if not effective_here]

    def row(stratum: str, quantity: str, estimate: Estimate) -> Row:
        return Row(scenario.name, stratum, quantity, **asdict(estimate))

    for s, stratum in enumerate(design.strata):
        yield row(stratum, "power" if works[s] else "type_i_error", found.success(s))
    yield row("any", "success", found.any_success(range(len(design.strata))))
    if null:
        yield row("any", "family_wise_error", found.any_success(null))
    yield row("all", "success", found.all_success())


def _drawn_rows(design: Design, found: Successes) -> Iterator[Row]:
    """Yield the rows of a design prior."""

    def row(stratum: str, quantity: str, value: float) -> Row:
        return Row(NAME, stratum, quantity, **asdict(Estimate.exact(value)))

    for s, stratum in enumerate(design.strata):
        success, works, right = found.success[s], found.effective[s], found.right[s]
        yield row(stratum, "assurance", success)
        yield row(stratum, "probability_effective", works)
        if works > 0:
            yield row(stratum, "power", right / works)
        if works < 1:
            yield row(stratum, "type_i_error", max(success - right, 0.0) / (1 - works))
        if success > 0:
            yield row(stratum, "positive_predictive_value", right / success)
        yield row(stratum, "correct_decision", min(right + (1 - works) - (success - right), 1.0))
    yield row("any", "assurance", found.any)
    yield row("any", "family_wise_error", found.wrong)
    yield row("all", "assurance", found.all)


def _simulated(
    design: Design, groups: Sequence[Assembled], trials: int, seed: int, drawn: bool, progress: Progress
) -> Iterator[Row]:
    """Yield the rows of a design from simulated trials."""
    prior = truths_drawn(design) if drawn else None
    (found,) = simulate_ladder([design], groups, trials, seed, progress=progress, prior=prior)
    for scenario, met in zip(design.scenarios, found):
        yield from assumed_rows(design, scenario, Decided(met))
    if prior is not None:
        works = effective(design, drawn_parameters(prior, seed, trials))
        yield from drawn_trials(design, found[-1], works)


def drawn_trials(design: Design, met: np.ndarray, works: np.ndarray) -> Iterator[Row]:
    """Yield what becomes of trials with drawn truths: decisions (T, S), and whether success is right."""

    def row(stratum: str, quantity: str, hits: np.ndarray) -> Row:
        return Row(NAME, stratum, quantity, **asdict(Estimate.of_rate(hits)))

    for s, stratum in enumerate(design.strata):
        success, true = met[:, s], works[:, s]
        yield row(stratum, "assurance", success)
        yield row(stratum, "probability_effective", true)
        given = (("power", true, success), ("type_i_error", ~true, success))
        for quantity, which, hits in (*given, ("positive_predictive_value", success, true)):
            if which.any():  # of the trials of which this is true
                yield row(stratum, quantity, hits[which])
        yield row(stratum, "correct_decision", success == true)
    yield row("any", "assurance", met.any(axis=1))
    yield row("any", "family_wise_error", (met & ~works).any(axis=1))
    yield row("all", "assurance", met.all(axis=1))
