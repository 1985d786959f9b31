"""Draws: the only module that owns a seed.

Streams are keyed by (scenario, block), so that results are the same for any number of workers and a
short run is a prefix of a longer one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.analysis.model import Outcomes
from trialdesign.design.design import Design
from trialdesign.simulation.design_prior import KEY, DrawnTruths
from trialdesign.simulation.patients import Patients, Seen, enter, watch

BLOCK = 1000  # trials a random stream
REASONS, HAZARDS = 1, 2  # streams beside a block's own: losses before infusion, drawn truths

Truth = int | DrawnTruths
"""What is true: a scenario, by its position, or a draw from the design prior for every trial."""


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random stream of a key, e.g. (scenario, block)."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def draw(design: Design, i: Truth, seed: int, trials: int, first: int = 0) -> list[Outcomes]:
    """Return the outcomes (T, M) an arm of T trials at their final analysis, a stratum each."""
    if design.endpoint.runs_in_time:
        return watched([design], i, seed, trials, first)[0][-1].outcomes
    blocks = []
    for block in _blocks(first, trials):
        rng, drawn = stream(seed, i, block), {}
        for arm in design.arm_names:
            truth, size = design.truths(design.scenarios[i], arm), np.array(design.sizes(arm))
            drawn[arm] = design.endpoint.simulate(rng, truth, size, BLOCK, None)
        blocks.append(drawn)
    whole = {arm: np.concatenate([drawn[arm] for drawn in blocks])[:trials] for arm in design.arm_names}
    return [{arm: y[:, s] for arm, y in whole.items()} for s in range(len(design.strata))]


def watched(
    designs: Sequence[Design], i: Truth, seed: int, trials: int, first: int = 0
) -> list[list[Seen]]:
    """Return what T trials show at each look of designs that differ only in when they look.

    Each trial has the same patients in every design: the streams do not know when the data are cut.

    Parameters
    ----------
    designs : sequence of Design
        With a time to event.
    i : int or DrawnTruths
    seed, trials : int
    first : int
        Block of the first trial.

    Returns
    -------
    list of lists of Seen
        A design and a look each; the last look is the final analysis.
    """
    conducts, blocks = [design.conduct() for design in designs], []
    for block in _blocks(first, trials):
        drawn = _patients(designs[0], i, seed, block)
        blocks.append(watch(drawn, designs[0].endpoint, conducts))
    return [
        [Seen.joined([block[d][at] for block in blocks], trials) for at in range(len(blocks[0][d]))]
        for d in range(len(designs))
    ]


def drawn_hazards(truths: DrawnTruths, seed: int, trials: int) -> dict[str, np.ndarray]:
    """Return the log hazards (T, S) of each arm that are true in the trials of `watched`."""
    blocks = [truths.draw(stream(seed, KEY, block, HAZARDS), BLOCK) for block in _blocks(0, trials)]
    return {arm: np.concatenate([own[arm] for own in blocks])[:trials] for arm in blocks[0]}


def _blocks(first: int, trials: int) -> range:
    return range(first, first + -(-trials // BLOCK))


def _patients(design: Design, i: Truth, seed: int, block: int) -> dict[str, list[Patients]]:
    """Return the patients of a block of trials, a stratum each of every arm."""
    conduct, key = design.conduct(), i if isinstance(i, int) else KEY
    rng, reasons = stream(seed, key, block), stream(seed, key, block, REASONS)
    hazards = {} if isinstance(i, int) else i.draw(stream(seed, KEY, block, HAZARDS), BLOCK)
    out = {}
    for arm in design.arm_names:
        truth = i.curves(hazards[arm]) if hazards else design.truths(design.scenarios[i], arm)
        before = conduct.before_infusion if arm == "treatment" else None
        out[arm] = [
            enter(rng, reasons, curve, (BLOCK, n), s, conduct, before)
            for s, (curve, n) in enumerate(zip(truth, design.sizes(arm)))
        ]
    return out
