"""Draws: what simulated trials show, at their final analysis or at every look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.analysis.models.model import Outcomes
from trialdesign.design.design import Design
from trialdesign.simulation.trials.patients import Patients, Seen, enter, watch
from trialdesign.simulation.trials.streams import BLOCK, REASONS, stream
from trialdesign.simulation.trials.truths import Truth


def draw(design: Design, truth: Truth, seed: int, trials: int, first: int = 0) -> list[Outcomes]:
    """Return the outcomes (T, M) per arm of T trials at their final analysis, one mapping per stratum.

    ``first`` is the block of the first trial.
    """
    if design.endpoint.runs_in_time:
        return finals([design], truth, seed, trials, first)[0]
    blocks = []
    for block in _blocks(first, trials):
        rng, true = stream(seed, truth.key, block), truth.of_block(design, seed, block)
        blocks.append({
            name: design.endpoint.simulate(rng, true[name], np.array(arm.sizes), BLOCK)
            for name, arm in design.arms.items()
        })  # fmt: skip
    whole = {arm: np.concatenate([drawn[arm] for drawn in blocks])[:trials] for arm in design.arms}
    return [{arm: y[:, s] for arm, y in whole.items()} for s in range(len(design.strata))]


def finals(
    designs: Sequence[Design], truth: Truth, seed: int, trials: int, first: int = 0
) -> list[list[Outcomes]]:
    """Return the same for designs that differ only in when they look, or in their sizes."""
    if not designs[0].endpoint.runs_in_time:
        return [draw(design, truth, seed, trials, first) for design in designs]
    return [looks[-1].outcomes for looks in watched(designs, truth, seed, trials, first)]


def watched(
    designs: Sequence[Design], truth: Truth, seed: int, trials: int, first: int = 0
) -> list[list[Seen]]:
    """Return what T trials show at each look of designs that differ only in when they look.

    Each trial has the same patients in every design: the streams do not know when the data are cut.

    Parameters
    ----------
    designs : sequence of Design
        With a time to event.
    truth : Truth
    seed, trials : int
    first : int
        Block of the first trial.

    Returns
    -------
    list of lists of Seen
        One per design and look; the last look is the final analysis.
    """
    conducts, blocks = [design.conduct() for design in designs], []
    for block in _blocks(first, trials):
        drawn = _patients(designs[0], truth, seed, block)
        blocks.append(watch(drawn, designs[0].endpoint, conducts))
    return [
        [Seen.joined([block[d][at] for block in blocks], trials) for at in range(len(blocks[0][d]))]
        for d in range(len(designs))
    ]


def _blocks(first: int, trials: int) -> range:
    return range(first, first + -(-trials // BLOCK))


def _patients(design: Design, truth: Truth, seed: int, block: int) -> dict[str, list[Patients]]:
    """Return the patients of a block of trials, one entry per stratum for every arm."""
    conduct, true = design.conduct(), truth.of_block(design, seed, block)
    rng, reasons = stream(seed, truth.key, block), stream(seed, truth.key, block, REASONS)
    out = {}
    for name, arm in design.arms.items():
        out[name] = [
            enter(rng, reasons, curve, (BLOCK, n), s, conduct, design.losses(name))
            for s, (curve, n) in enumerate(zip(true[name], arm.sizes))
        ]
    return out
