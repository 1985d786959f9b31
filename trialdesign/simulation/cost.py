"""What operating characteristics take in memory and time, known before the work.

Numbers have eight bytes; the estimates count the arrays that grow with a design, at the moment when
most of them are held, and the multiplications that take longest.  They are made to be right within a
factor of two; `tests/simulation/test_cost.py` holds them against measured peaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from trialdesign.analysis.axes import sides_of
from trialdesign.analysis.build import cost_of, parts_of
from trialdesign.analysis.cost import ModelCost
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.cost import AFFORDED, RUNNING, words
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.exact.other_strata import CHUNK, MIN_NODES, MOST_OF_CORE
from trialdesign.simulation.trials.blocks import MOST
from trialdesign.simulation.trials.simulate import FEWEST, LARGEST
from trialdesign.simulation.trials.streams import BLOCK
from trialdesign.simulation.trials.thinned import NODES, PROBES, ROWS

RANK = 25  # dimensions that the outcomes of a stratum span, about
COPIES = 4  # of a likelihood while it is computed, and of a block's patients
SPEED = 8e9  # multiplications per second
OVERHEAD = 4000  # multiplications that judging an outcome is worth
START = 1.0  # seconds
LONG = 120.0  # seconds beyond which simulation is the better way


@dataclass(frozen=True, slots=True)
class Work:
    """What a computation takes.

    Attributes
    ----------
    numbers : float
        Held at most.
    seconds : float
        Of one processor, about.
    """

    numbers: float
    seconds: float

    @property
    def bytes(self) -> float:
        """Memory of the whole process, at most."""
        return 8 * self.numbers + RUNNING

    @property
    def fits(self) -> bool:
        """Whether memory allows it."""
        return self.numbers <= AFFORDED


def exact_work(parts: Sequence[tuple[Design, ModelCost]]) -> Work:
    """Return what it takes to enumerate the outcomes of a design, given in parts."""
    held, peak, products = 0.0, 0.0, 0.0
    for design, cost in parts:
        numbers, work = _enumeration(design, cost)
        peak = max(peak, held + max(cost.peak, cost.kept + numbers))
        held += cost.kept
        products += work + 30 * cost.peak
    return Work(peak, START + products / SPEED)


def _enumeration(design: Design, cost: ModelCost) -> tuple[float, float]:
    """Return the numbers beside the model, and the multiplications, of one part."""
    strata, n_shares = range(len(design.strata)), len(design.decision) + 1 + len(design.scenarios)
    points = cost.controls * cost.focus
    shared, private, tables = [], [], 0.0
    for s in strata:
        sizes = {name: arm.sizes[s] + 1 for name, arm in design.arms.items()}
        if design.model.effect is not None:
            shared.append(prod(sizes.values()))
            private.append(1)
            grids = COPIES * cost.focus * cost.partner * sizes[design.treated[0].name]
            tables = max(tables, grids) + (1 + n_shares) * shared[-1] * points
            continue
        own, other = sides_of(design)
        shared.append(sizes[own])
        private.append(sizes.get(other, 1))
        tables += (shared[-1] + n_shares * private[-1]) * points
        tables = max(tables, COPIES * (shared[-1] * points + private[-1] * cost.partner))
    outcomes, core, before = prod(shared), 0.0, 0.0
    if len(strata) > 1:
        before = sum(shared) * cost.nodes * (3 if cost.nodes > MIN_NODES else 1)
        spanned = prod(min(n, RANK) for n in shared[1:])
        if cost.nodes > MIN_NODES:
            core = min(MOST_OF_CORE, spanned * (cost.nodes + points))
    decided = sum(outcomes * p / 8 for p in private) + outcomes * (max(private) + 3)
    at_once = min(5 * CHUNK, outcomes / min(shared) * (n_shares + 3) * points)
    products = sum(outcomes * p * ((n_shares + 1) * points + OVERHEAD) for p in private)
    if len(strata) > 1 and not core:
        products += sum(outcomes / n for n in shared) * cost.nodes * points
    if len(strata) > 1:
        products += 6 * cost.nodes * sum(n * min(n, cost.nodes) for n in shared)
    return tables + before + max(core + at_once, decided), products


def simulation_work(design: Design, parts: Sequence[tuple[Design, ModelCost]], trials: int) -> Work:
    """Return what it takes to simulate trials of a design, given also in parts."""
    scenarios, n_strata, arms = max(len(design.scenarios), 1), len(design.strata), len(design.arms)
    n_statistics = design.endpoint.n_statistics
    looks = len(design.looks or (None,))
    rounded = BLOCK * min(-(-trials // BLOCK), MOST)
    drawn = 2 * rounded * n_strata * arms * n_statistics * looks
    needs = design.endpoint.runs_in_time or design.model.effect is not None
    if design.endpoint.runs_in_time:
        patients = sum(design.patients)
        drawn += BLOCK * patients * 2 * COPIES
    held, peak, products = 0.0, drawn, 0.0
    for part, cost in parts:
        n_shares, own = len(part.decision) + 2, len(part.strata)
        points = cost.controls * cost.focus
        width = cost.nodes + (1 + n_shares) * points
        thinned = min(cost.nodes, NODES) if cost.controls == 1 else cost.nodes
        together = min(trials, max(FEWEST, LARGEST / (width * own)))
        at_once = 1.2 * together * width * own + min(together, BLOCK) * width
        probed = 0.0
        if cost.nodes > 2 * NODES:
            rows = PROBES / (scenarios * (1 + bool(design.looks)))  # each analysed, and checked
            distinct = 2 * rows if needs else min(2 * rows, max(design.treated[0].sizes) + 1)
            seen = PROBES / rows * own * distinct + own * rows
            probed = cost.nodes * (2 * ROWS + seen)
        peak = max(peak, held + cost.peak, held + cost.kept + max(probed, drawn + at_once))
        held += cost.kept
        each = own * (own * thinned + thinned * points + n_shares * cost.focus * max(cost.partner, 1))
        products += trials * scenarios * looks * each + probed * cost.focus + 30 * cost.peak
    return Work(peak, START + products / SPEED)


def enumerable(design: Design, resolution: Resolution) -> tuple[Work | None, str | None]:
    """Return what enumerating the outcomes of a design takes, and why it should not be done, if so."""
    try:
        work = foretold(design, resolution, 0, simulated=False)
    except SpecificationError:  # as fine a model does not fit
        return None, f"its model and outcomes would take more than {words(AFFORDED)}"
    if not work.fits:
        return work, f"its outcomes would take {words(work.numbers)}, more than {words(AFFORDED)}"
    if work.seconds > LONG:
        return work, f"its outcomes would take about {work.seconds:.0f} s, more than {LONG:.0f} s"
    return work, None


def foretold(design: Design, resolution: Resolution, trials: int, simulated: bool) -> Work:
    """Return what the operating characteristics of a design will take."""
    parts = _parts(design, replace(resolution, sharp_truths=not simulated))
    return simulation_work(design, parts, trials) if simulated else exact_work(parts)


def affordable(design: Design, resolution: Resolution, trials: int) -> Work:
    """Return what so many simulated trials will take.

    Raises
    ------
    SpecificationError
        They do not fit in memory.
    """
    work = foretold(design, resolution, trials, simulated=True)
    if not work.fits:
        raise SpecificationError(
            f"`power` must be computable within {words(AFFORDED)} of memory; {trials:,} trials of this "
            f"design would take {words(work.numbers)}. Use fewer trials, fewer strata or smaller arms, "
            "or strata that do not inform each other."
        )
    return work


def _parts(design: Design, resolution: Resolution) -> list[tuple[Design, ModelCost]]:
    return [(part, cost_of(part, resolution)) for part in parts_of(design)]
