"""A design's model, as accurate as its decisions need: judged on trials drawn for that purpose."""

from __future__ import annotations

import numpy as np

from trialdesign.analysis.accuracy import accurately
from trialdesign.analysis.build import Assembled, parts_of
from trialdesign.analysis.models.model import Outcomes
from trialdesign.design.design import Design
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.trials.draws import draw
from trialdesign.simulation.trials.truths import assumed, truths_drawn

TRIALS = 48  # drawn in all, evenly over the scenarios
FEWEST = 4  # of a scenario
FIRST = 2**31 + 2**20  # first block of the streams from which they are drawn


def accurate_groups(
    design: Design, resolution: Resolution, target: float, seed: int, cut_truths: bool = True
) -> tuple[list[Assembled], float]:
    """Return a design's model in parts that do not inform each other, and its accuracy.

    Parameters
    ----------
    design : Design
        With scenarios or a design prior, from which trials are drawn.
    resolution : Resolution
        The first to be tried.
    target : float
        Of the error of any posterior probability in these trials.
    seed : int
    cut_truths : bool
        Whether coverage of the scenarios' truths must be as accurate as the criteria.

    Raises
    ------
    ConvergenceError
        Data contradict the model beyond double precision.
    """
    trials, found = _trials(design, seed), []
    for part in parts_of(design):
        own = [trials[stratum] for stratum in part.strata]
        found.append(accurately(part, resolution, own, target, cut_truths))
    return [each.assembled for each in found], max(each.accuracy for each in found)


def _trials(design: Design, seed: int) -> dict[str, Outcomes]:
    """Return the outcomes of a few trials under every truth that is assumed, a mapping per stratum."""
    truths = assumed(design) or [truths_drawn(design)]
    each = max(FEWEST, TRIALS // len(truths))
    drawn = [draw(design, truth, seed, each, FIRST) for truth in truths]
    return {
        stratum: {arm: np.concatenate([trials[s][arm] for trials in drawn]) for arm in design.arms}
        for s, stratum in enumerate(design.strata)
    }
