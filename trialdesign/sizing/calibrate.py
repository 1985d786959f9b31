"""Calibrate: the probability threshold that controls an error.

Success takes a posterior probability above a threshold.  Every outcome's probability is computed once;
the error falls as the threshold rises, so that the smallest that controls it is found by bisection on a
grid of thresholds that a protocol can print.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from math import prod

import numpy as np

from trialdesign.analysis.accuracy import SAFETY, inaccuracy
from trialdesign.analysis.build import Assembled
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.truths import is_effective
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import SIMULATED, Resolution
from trialdesign.simulation.exact.countable import obstacle
from trialdesign.simulation.exact.decided import decide, decided_under
from trialdesign.simulation.exact.enumerate import least as smallest
from trialdesign.simulation.method import method_of
from trialdesign.simulation.results import Decided
from trialdesign.simulation.success import Row, assumed_rows
from trialdesign.simulation.trials import simulate as trials_of
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.sizing.calibration import Calibration, ThresholdRow
from trialdesign.sizing.proof.certify import supremum_of, table_of

STEP = 1e-4  # of the thresholds
SCOPES = ("scenarios", "certified")
ERRORS = {False: "type_i_error", True: "family_wise_error"}

RowsAt = Callable[[float], list[Row]]
Progress = Callable[[float], None]


@on_one_thread
def calibrate(
    design: Design,
    alpha: float = 0.025,
    family_wise: bool = False,
    over: str = "scenarios",
    trials: int | None = None,
    seed: int | None = None,
    seconds: float = 120.0,
    progress: Progress = lambda done: None,
) -> Calibration:
    """Return the smallest threshold of the posterior probability that controls an error.

    Parameters
    ----------
    design : Design
        With one criterion, or several that share their ``probability``, which is what is calibrated.
    alpha : float
        The level, 0 to 1.
    family_wise : bool
        Whether the level is that of the family-wise error; else of the largest type I error.
    over : {"scenarios", "certified"}
        Where the error must hold: under the design's scenarios, or proven over the whole null region.
    trials, seed : int, optional
        Override the design's own, where trials are simulated.
    seconds : float
        After which a proof is given up.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        An argument does not fit the design.
    """
    started = time.perf_counter()
    _check(design, alpha, over, seconds)
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    resolution = replace(SIMULATED if design.looks else Resolution(), sharp_truths=False)
    how = method_of(design, "exact" if over == "certified" else "auto", trials, resolution)
    groups, accuracy = accurate_groups(design, resolution, how.target, seed, cut_truths=False)
    find = _by_outcomes if how.exact else _by_trials
    tell = lambda done: progress(0.8 * done)
    rows_at, least = find(design, groups, trials, seed, tell)
    quantity = ERRORS[family_wise]

    def error(threshold: float) -> float:
        return max((row.value for row in rows_at(threshold) if row.quantity == quantity), default=0.0)

    if over == "certified":
        until, margin = started + seconds, SAFETY * accuracy
        holds = lambda threshold: _proven(groups, least, threshold - margin, alpha, family_wise, until)
    else:
        holds = lambda threshold: error(threshold) <= alpha
    own = design.decision[0].probability
    found = _smallest(holds)
    notes = list(inaccuracy(accuracy, how.target))
    if found is None:
        notes.append(
            f"no threshold below 1 controls the {quantity.replace('_', ' ')} at {alpha:g}: the design "
            "succeeds on its prior. Use a weaker prior, a robust discount, or more patients."
        )
    thresholds = [own] if found is None else sorted({own, found})
    rows = [ThresholdRow(each, **asdict(row)) for each in thresholds for row in rows_at(each)]
    progress(1.0)
    return Calibration(
        design=design,
        alpha=alpha,
        quantity=quantity,
        over=over,
        threshold=found,
        error=None if found is None else error(found),
        stated=own,
        stated_error=error(own),
        rows=tuple(rows),
        method=how.name,
        trials=None if how.exact else trials,
        seed=seed,
        seconds=time.perf_counter() - started,
        accuracy=accuracy,
        accurate=accuracy <= how.target,
        warnings=tuple(notes),
    )


def _check(design: Design, alpha: float, over: str, seconds: float) -> None:
    """Refuse what cannot be calibrated."""
    problems = []
    if not 0 < alpha < 1:
        problems.append(f"`alpha` must be above 0 and below 1; got {alpha:g}. Change it.")
    if not seconds > 0:
        problems.append(f"`seconds` must be positive; got {seconds:g}. Change it.")
    if over not in SCOPES:
        problems.append(f"`over` must be one of {', '.join(SCOPES)}; got {over!r}. Choose one.")
    if len({each.probability for each in design.decision}) > 1:
        problems.append(
            "`decision` must have one `probability` for all criteria, which is what is calibrated; got "
            f"{', '.join(f'{each.probability:g}' for each in design.decision)}. Make them equal."
        )
    obstructed = obstacle(design)
    if over == "certified" and obstructed:
        problems.append(
            f"a proof must be asked of a design whose outcomes are enumerated: {obstructed}. Calibrate "
            "over its scenarios."
        )
    if not design.scenarios or all(all(is_effective(design, each)) for each in design.scenarios):
        problems.append(
            "`scenarios` must have a null stratum, for an error to control; got none. Add a scenario in "
            "which the treatment does not work."
        )
    if problems:
        raise SpecificationError(problems)


def _by_outcomes(
    design: Design, groups: Sequence[Assembled], trials: int, seed: int, progress: Progress
) -> tuple[RowsAt, list[list[np.ndarray]]]:
    """Return rows at a threshold, summed over every outcome, and the outcomes' probabilities."""
    least = decide(groups, progress, smallest)

    def rows_at(threshold: float) -> list[Row]:
        met = [[own > threshold for own in each] for each in least]
        return [
            row
            for scenario in design.scenarios
            for row in assumed_rows(design, scenario, decided_under(groups, met, scenario))
        ]

    return rows_at, least


def _by_trials(
    design: Design, groups: Sequence[Assembled], trials: int, seed: int, progress: Progress
) -> tuple[RowsAt, None]:
    """Return rows at a threshold, from the same simulated trials at every threshold."""
    (found,) = trials_of.simulate_ladder(
        [design], groups, trials, seed, trials_of.least, progress=progress
    )

    def rows_at(threshold: float) -> list[Row]:
        return [
            row
            for scenario, own in zip(design.scenarios, found)
            for row in assumed_rows(design, scenario, Decided(own > threshold))
        ]

    return rows_at, None


def _proven(
    groups: Sequence[Assembled], least: Sequence[list[np.ndarray]], threshold: float, alpha: float,
    family_wise: bool, until: float,
) -> bool:  # fmt: skip
    """Return whether a threshold is proven to control the error over the whole null region."""
    bounds = []
    for group, own in zip(groups, least):
        design, table = group.design, table_of(group, [each > threshold for each in own])
        sizes = range(1, len(design.strata) + 1) if family_wise else (1,)
        level = alpha if len(groups) == 1 or not family_wise else None
        each = {}
        for null in (pattern for n in sizes for pattern in combinations(design.strata, n)):
            found = supremum_of(design, table, null, alpha / 50, until, level)
            alone = sum(each.get((stratum,), 1.0) for stratum in null)
            each[null] = min(found.bound, alone if len(null) > 1 else 1.0)
            if level is not None and each[null] > level:
                return False
        bounds.append(max(each.values()))
    bound = 1 - prod(1 - each for each in bounds) if family_wise else max(bounds)
    return bound <= alpha


def _smallest(holds: Callable[[float], bool]) -> float | None:
    """Return the smallest threshold of the grid that holds, None where none below 1 does."""
    low, high = 0, round(1 / STEP)  # nothing succeeds above 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle * STEP) else (middle, high)
    return None if high == round(1 / STEP) else round(high * STEP, 10)
