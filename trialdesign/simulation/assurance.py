"""Assurance: what a design does when its truth is drawn from the design prior.

O'Hagan, Stevens & Campbell 2005, doi:10.1002/pst.175.  The design prior says what is believed to be
true; the analysis prior, with which the trial will be analysed, may be another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from trialdesign.analysis.accuracy import SIMULATED_TARGET, TARGET, inaccuracy
from trialdesign.analysis.build import Assembled
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.design.result import Result
from trialdesign.design.without_borrowing import learns_from_others, without_borrowing
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import SIMULATED, Resolution
from trialdesign.simulation.cost import affordable, enumerable
from trialdesign.simulation.exact.enumerate import decide_group, obstacle
from trialdesign.simulation.exact.prior_measure import prior_measure
from trialdesign.simulation.exact.under_prior import successes
from trialdesign.simulation.operating_characteristics import METHODS, Row
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

OF_TRUTHS = Resolution()  # of the design prior: assurance is within 1e-5

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, repr=False)
class Assurance(Result):
    """What a design does under its design prior.

    Attributes
    ----------
    design : Design
    rows : tuple of Row
        Per stratum ``assurance``, the unconditional probability of success; ``probability_effective``,
        that the truth lies in the success region; ``power`` and ``type_i_error``, of success given that
        it does, or does not; ``positive_predictive_value``, that it does given success; and
        ``correct_decision``.
    alone : tuple of Row or None
        Those of the same design without borrowing: what is left is the prior's share of success.
    method : str
        ``exact`` or ``simulation``.
    reason : str
    trials : int or None
    seed : int
    seconds : float
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide.
    warnings : tuple of str
    """

    design: Design
    rows: tuple[Row, ...]
    alone: tuple[Row, ...] | None
    method: str
    reason: str
    trials: int | None
    seed: int
    seconds: float
    accuracy: float
    warnings: tuple[str, ...] = ()

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as such decisions need."""
        return self.accuracy <= (TARGET if self.method == "exact" else SIMULATED_TARGET)

    def told(self) -> Iterator[str]:
        """Yield the method and the assurance."""
        trials = "" if self.trials is None else f", {self.trials:,} trials, seed {self.seed}"
        yield f"{self.method}{trials}; {self.reason}; {self.seconds:.1f} s"
        each = [f"{row.stratum} {row.value:.3f}" for row in self.rows if row.quantity == "assurance"]
        yield f"assurance: {', '.join(each)}"


@on_one_thread
def assurance(
    design: Design,
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    reference: bool = True,
    progress: Progress = lambda done: None,
) -> Assurance:
    """Compute or simulate what a design does when its truth is drawn from its design prior.

    Parameters
    ----------
    design : Design
        With a ``design_prior``; the analysis prior never takes its place.
    method : {"auto", "exact", "simulation"}
        ``auto`` enumerates every outcome where `operating_characteristics` does.
    trials, seed : int, optional
        Override the design's own.
    reference : bool
        Whether the same design without borrowing is computed, where the design borrows.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Returns
    -------
    Assurance

    Raises
    ------
    SpecificationError
        The design has no design prior, or none that truths can be drawn from, or ``exact`` was asked of
        a design that is too large.
    ConvergenceError
        The design prior contradicts the analysis prior beyond double precision.
    """
    started = time.perf_counter()
    _check(design, method)
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    design = changed(design, scenarios=[])
    resolution = SIMULATED if design.looks else Resolution()
    obstructed = obstacle(design)
    if not obstructed and method != "simulation":
        _, obstructed = enumerable(design, resolution)
    if method == "exact" and obstructed:
        raise SpecificationError(
            f"`method` exact must fit the design: {obstructed}. Use --method simulation."
        )
    exact = not obstructed and method != "simulation"
    target, find = (TARGET, _exact) if exact else (SIMULATED_TARGET, _simulated)
    asked = [design]
    if reference and learns_from_others(design):
        asked.append(without_borrowing(design))
    found, accuracy = [], 0.0
    for i, each in enumerate(asked):
        if not exact:
            affordable(each, resolution, trials)
        groups, error = accurate_groups(each, replace(resolution, sharp_truths=False), target, seed)
        tell = lambda done, i=i: progress((i + done) / len(asked))
        found.append(tuple(find(each, groups, trials, seed, tell)))
        accuracy = max(accuracy, error)
    return Assurance(
        design=design,
        rows=found[0],
        alone=found[1] if len(found) > 1 else None,
        method="exact" if exact else "simulation",
        reason="every outcome is enumerated" if exact else obstructed or "simulation was asked for",
        trials=None if exact else trials,
        seed=seed,
        seconds=time.perf_counter() - started,
        accuracy=accuracy,
        warnings=inaccuracy(accuracy, target),
    )


def _check(design: Design, method: str) -> None:
    """Refuse what has no assurance."""
    if method not in METHODS:
        raise SpecificationError(f"`method` must be one of {', '.join(METHODS)}; got {method!r}.")
    if design.design_prior is None:
        raise SpecificationError(
            "`design_prior` must say what is believed to be true, for assurance; got none. Add one, of "
            "the form of `model`: the analysis prior is not taken in its place."
        )
    problems = not_drawn(design)
    if problems:
        raise SpecificationError(problems)


def _exact(
    design: Design, groups: Sequence[Assembled], trials: int, seed: int, progress: Progress
) -> Iterator[Row]:
    """Yield the rows of a design, summed over every outcome and every node of the design prior."""
    met = [
        decide_group(group, lambda done, i=i: progress((i + done) / len(groups)))[0]
        for i, group in enumerate(groups)
    ]
    found = successes(met, prior_measure(design, groups[0].model, OF_TRUTHS))

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
    design: Design, groups: Sequence[Assembled], trials: int, seed: int, progress: Progress
) -> Iterator[Row]:
    """Yield the rows of a design from simulated trials, each with a truth of its own."""
    prior = truths_drawn(design)
    met = simulate_ladder([design], groups, trials, seed, progress=progress, prior=prior)[0][0]
    works = effective(design, drawn_parameters(prior, seed, trials))
    yield from drawn_rows(design, met, works)


def drawn_rows(design: Design, met: np.ndarray, works: np.ndarray) -> Iterator[Row]:
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
