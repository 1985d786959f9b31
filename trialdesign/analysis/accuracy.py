"""How accurate posterior probabilities are: estimated in every run, refined until it is enough.

A model is built on two resolutions.  The coarser one's error is many times the finer one's, so that the
largest difference between their probabilities bounds the error of the finer.  What both would miss
alike, probability beyond the ends of their grids, is seen by the posterior mass next to an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.build import Assembled, assemble, fits
from trialdesign.analysis.models.model import Outcomes, expectations
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import contrast
from trialdesign.errors import ConvergenceError
from trialdesign.probability.resolution import FINER, Resolution

TARGET = 1e-5  # of a posterior probability that is analysed, or that decides an enumerated outcome
SIMULATED_TARGET = 5e-4  # where decisions are simulated, a tenth of a Monte Carlo error
BEYOND = 10.0  # probability beyond an end, as a multiple of that between it and the next two nodes
SAFETY = 2.0  # times an estimate that misses its target: random designs were off by 1.1 times one
ROUNDS = 3  # of refinement
TOGETHER = 25  # trials analysed at once
LARGEST = 1e8  # numbers that nodes and grid of a refined model come to, 800 MB

PARAMETER = contrast("parameter")


@dataclass(frozen=True, slots=True)
class Accurate:
    """A model with the error that its grids leave in a posterior probability.

    Attributes
    ----------
    assembled : Assembled
    accuracy : float
        Estimated bound of the error.
    """

    assembled: Assembled
    accuracy: float


def accurately(
    design: Design,
    resolution: Resolution,
    outcomes: Sequence[Outcomes],
    target: float = TARGET,
    cut_truths: bool = False,
    held: bool = False,
) -> Accurate:
    """Build a design's model so fine that its posterior probabilities are as accurate as asked.

    Parameters
    ----------
    design : Design
        Strata that inform each other, or one stratum.
    resolution : Resolution
        The first to be tried.
    outcomes : sequence of mapping of arm to ndarray (T, M)
        A few trials for which the probabilities are compared, one mapping per stratum.
    target : float
    cut_truths : bool
        Whether coverage of the scenarios' truths must be as accurate as the criteria.
    held : bool
        Whether the grids must hold these very trials, however far from what is planned.

    Returns
    -------
    Accurate
        Refined as far as memory allows; its accuracy says whether the target was reached.

    Raises
    ------
    ConvergenceError
        Data contradict the model beyond double precision.
    """
    seen = outcomes if held else None
    # one model at a time is held in memory
    coarse = _probabilities(assemble(design, resolution.coarser(), False, seen), outcomes)
    assembled = assemble(design, resolution, cut_truths, seen)
    found = _probabilities(assembled, outcomes)
    error = _error(found, coarse)
    for _ in range(ROUNDS):
        if error <= target or _numbers(assembled) * FINER**3 > LARGEST:
            break
        resolution = resolution.refined()
        if not fits(design, resolution, cut_truths, seen):
            break
        del assembled
        assembled, before = assemble(design, resolution, cut_truths, seen), found
        found = _probabilities(assembled, outcomes)
        error = _error(found, before)
    if not np.isfinite(found).all():
        raise ConvergenceError(
            "posterior probabilities must be numbers; data or evidence contradict the model beyond "
            "double precision. Use a wider prior, a robust discount, or strata that share less."
        )
    return Accurate(assembled, error if error <= target else SAFETY * error)


def _probabilities(assembled: Assembled, outcomes: Sequence[Outcomes]) -> np.ndarray:
    """Return what trials say, (J + 1, T, S): probabilities, and the mass next to open ends."""
    design, model = assembled.design, assembled.model
    shares = [model.share(design.estimand(c), assembled.holds(c)) for c in design.decision]
    shares.append(model.share(PARAMETER, _next_to_ends(model)))
    n_trials, parts = len(next(iter(outcomes[0].values()))), []
    for start in range(0, n_trials, TOGETHER):  # in blocks, for memory
        some = [{arm: y[start : start + TOGETHER] for arm, y in own.items()} for own in outcomes]
        paired = model.paired(some, [shares] * len(design.strata))
        rows = np.arange(min(TOGETHER, n_trials - start))
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(expectations(model, paired, rows))
    return np.concatenate(parts, axis=1)


def inaccuracy(accuracy: float, target: float) -> tuple[str, ...]:
    """Return the warning that a target of accuracy was missed; none where it was reached."""
    if accuracy <= target:
        return ()
    return (
        f"posterior probabilities are accurate to about {accuracy:.1g}, not to {target:.1g}, on the "
        "finest grids that fit in memory: data or evidence contradict the model, or its strata share "
        "in too many ways. Widen the priors, or check decisions with `analyse --engine nuts`.",
    )


def _next_to_ends(model) -> np.ndarray:
    """Return 1 at pairs of nodes of which one lies next to an open end, (G, H) or (G, 1)."""
    focus = model.focus.grid.next_to_open_ends()[:, None]
    if model.partner is None:
        return focus
    return np.maximum(focus, model.partner.grid.next_to_open_ends())


def _error(found: np.ndarray, other: np.ndarray) -> float:
    """Return the estimated error of probabilities (J + 1, T, S), infinite where one is not a number."""
    error = max(np.abs(found[:-1] - other[:-1]).max(), BEYOND * np.abs(found[-1]).max())
    return float(error) if np.isfinite(error) else np.inf


def _numbers(assembled: Assembled) -> int:
    """Return how many numbers the largest part of a model holds."""
    model = assembled.model
    sides = [side.mass.size for side in (model.focus, model.partner) if side is not None]
    return max(*sides, model.weight.size * model.focus.grid.n_nodes)
