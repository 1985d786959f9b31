"""Every outcome of a finite design: exact operating characteristics.

The outcomes that inform other strata are enumerated jointly; those that do not - the controls of an
arm-wise model - factorise given the former.  Strata that do not inform each other are enumerated one
by one.  Scenarios share the tables: a scenario costs a few tensor contractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from trialdesign.analysis.build import Assembled
from trialdesign.analysis.models.model import Crossed
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.truths import true_values
from trialdesign.simulation.exact.other_strata import CHUNK, Before
from trialdesign.simulation.exact.part import Part, combined
from trialdesign.simulation.results import Exact

FAINT = 1e-11  # of the evidence: below, singular vectors (1e-18) could move a probability by 1e-7
COLUMNS = 512  # pairs of a stratum's own outcomes decided at once
TAIL = 0.025

Progress = Callable[[float], None]
Judge = Callable[[Design, Iterator[np.ndarray]], np.ndarray]  # of one expectation per criterion


@dataclass(frozen=True, slots=True)
class Table:
    """One stratum's outcomes and their probabilities under each scenario."""

    crossed: Crossed
    shared: np.ndarray  # (scenarios, I)
    private: np.ndarray  # (scenarios, P)


def _strata(design: Design) -> range:
    return range(len(design.strata))


def enumerate_outcomes(
    groups: Sequence[Assembled], progress: Progress = lambda done: None
) -> list[Exact]:
    """Return the exact results of a design, one per scenario.

    Parameters
    ----------
    groups : sequence of Assembled
        The design in parts that do not inform each other (`assembly.assemble_groups`).
    progress : callable
        Told the fraction of the work that is done.
    """
    results = []
    for i, group in enumerate(groups):
        tell = lambda done, at=i: progress((at + done) / len(groups))
        results.append(_enumerate_group(group, tell))
    return [combined(parts) for parts in zip(*results)]


def _table(assembled: Assembled, s: int) -> Table:
    """Return a stratum's outcomes with the numerators of its criteria, mean and coverages."""
    design, model = assembled.design, assembled.model
    first = design.decision[0]
    shares = [assembled.holds(criterion) for criterion in design.decision]
    if design.scenarios:  # estimates are for the truths that they miss
        shares.append(assembled.values(first))
    for scenario in design.scenarios:
        truth = true_values(design, scenario, first)[s]
        shares.append(assembled.exceeds(first, truth))
    crossed = model.crossed(s, _outcomes(design, s), shares)
    pairs = [chances(assembled, scenario, s) for scenario in design.scenarios]
    shared, private = (np.array([pair[side] for pair in pairs]) for side in (0, 1))
    return Table(crossed, shared, private)


def _outcomes(design: Design, s: int) -> dict[str, np.ndarray]:
    """Return every outcome of each arm in a stratum."""
    return {name: design.endpoint.outcomes(arm.sizes[s]) for name, arm in design.arms.items()}


def chances(assembled: Assembled, scenario: Scenario, s: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities (I,) and (P,) of a stratum's outcomes under a scenario."""
    design = assembled.design
    by_arm = {
        arm: design.endpoint.probabilities(outcomes, design.truths(scenario, arm)[s])
        for arm, outcomes in _outcomes(design, s).items()
    }
    return assembled.model.crossed_probabilities(by_arm)


def _enumerate_group(assembled: Assembled, progress: Progress) -> list[Part]:
    """Return what becomes of strata that may inform each other, one part per scenario."""
    met, tables, moments = decide_group(assembled, progress)
    return [
        Part(
            names=tuple(assembled.design.strata),
            met=met,
            shared=[table.shared[i] for table in tables],
            private=[table.private[i] for table in tables],
            moments=np.array([sums[i] for sums in moments]),
        )
        for i in range(len(assembled.design.scenarios))
    ]


def decide_group(
    assembled: Assembled, progress: Progress = lambda done: None, judge: Judge | None = None
) -> tuple[list[np.ndarray], list[Table], list[np.ndarray]]:
    """Return the decisions of strata that may inform each other, one (I_1, ..., I_S, P_s) per stratum,
    their tables, and (scenarios, 3) mean errors, mean squared errors and coverages.

    ``judge`` says something else of the criteria's probabilities than whether all of them hold.
    """
    strata = _strata(assembled.design)
    tables, factors = [_table(assembled, s) for s in strata], {}
    if len(strata) > 1:
        factors = {s: assembled.model.marginal(s, tables[s].crossed.likelihood) for s in strata}
    met, moments = [], []
    for s in strata:
        before = Before(assembled.model, s, {r: f for r, f in factors.items() if r != s})
        tell = lambda done, at=s: progress((at + done) / len(strata))
        decided, sums = _one_stratum(assembled, tables, s, before, tell, judge or _decide)
        met.append(np.moveaxis(decided, -2, s))
        moments.append(sums)
    return met, tables, moments


def _one_stratum(
    assembled: Assembled, tables: Sequence[Table], s: int, before: Before, progress: Progress,
    judge: Judge,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return decisions (I_others..., I_s, P) and moments (scenarios, 3: error, square, covered)."""
    design, own = assembled.design, tables[s]
    crossed, others = own.crossed, list(before.factors)
    n_own, n_private = len(crossed.likelihood), crossed.n_private
    n_first, n_rest = (before.shape[0] if others else 1), prod(before.shape[1:])
    met = np.empty((n_first * n_rest, n_own, n_private), dtype=bool if judge is _decide else np.float32)
    sums = np.zeros((len(design.scenarios), 3))
    flat = crossed.likelihood.reshape(n_own, -1).T  # (C * G, I)
    joint = [np.einsum("i,p->ip", a, b) for a, b in zip(own.shared, own.private)]
    rest = _outer([tables[r].shared for r in others[1:]], len(design.scenarios))
    width = max(1, COLUMNS // n_private)  # informative outcomes of the stratum at once
    numbers = width * n_private * 8 + flat.size / n_own * 2
    if before.core is None:
        numbers += before.model.weight.size
    step = max(1, int(CHUNK / (numbers * n_rest)))
    for start in range(0, n_first, step):
        first = np.arange(start, min(start + step, n_first))
        at = slice(start * n_rest, (start + len(first)) * n_rest)
        mass = before.block(first)
        total = mass @ flat
        faint = np.flatnonzero(total.min(axis=1) < FAINT)
        if faint.size and before.core is not None:  # strata in conflict: singular vectors lose digits
            mass[faint] = before.direct(at.start + faint)
            total[faint] = mass[faint] @ flat
        weights = []
        for i in range(len(design.scenarios)):
            leading = tables[others[0]].shared[i][first] if others else np.ones(1)
            weights.append(np.multiply.outer(leading, rest[i]).ravel())
        for begin in range(0, n_own, width):
            rows = slice(begin, min(begin + width, n_own))
            values = _expectations(mass, crossed.numerators(rows), total[:, rows])
            met[at, rows] = judge(design, values)
            sums += _sums(values, weights, [chances[rows] for chances in joint], len(design.decision))
        progress((start + len(first)) / n_first)
    return met.reshape(*before.shape, n_own, n_private), _moments(assembled, s, sums)


def _expectations(mass: np.ndarray, numerators: np.ndarray, total: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the posterior expectation of each share, (T, i, P), from masses (T, C * G)."""
    inverse = 1 / total[..., None]
    for columns in numerators:
        flat = columns.reshape(-1, columns.shape[-1]).T
        yield (mass @ flat).reshape(len(mass), *columns.shape[:2]) * inverse


def _decide(design: Design, values: Iterator[np.ndarray]) -> np.ndarray:
    """Return whether all criteria hold; takes one expectation a criterion."""
    met = True
    for criterion in design.decision:
        met = met & (next(values) > criterion.probability)
    return met


def least(design: Design, values: Iterator[np.ndarray]) -> np.ndarray:
    """Return the smallest of the probabilities that the criteria are about."""
    return np.minimum.reduce([next(values) for _ in design.decision])


def _sums(values: Iterator[np.ndarray], weights, joint, n_criteria: int) -> np.ndarray:
    """Return (scenarios, 3): probability-weighted sums of the mean, its square and coverage."""
    out = np.zeros((len(weights), 3))
    if not weights:
        return out
    mean = next(values)
    square = mean**2
    for i, (quantity, weight, chances) in enumerate(zip(values, weights, joint)):
        covered = (quantity >= TAIL) & (quantity <= 1 - TAIL)
        for q, summand in enumerate((mean, square, covered)):
            out[i, q] = weight @ np.einsum("tip,ip->t", summand, chances)
    return out


def _outer(shared: Sequence[np.ndarray], n_scenarios: int) -> list[np.ndarray]:
    """Return each scenario's probabilities of the joint outcomes of some strata."""
    out = [np.ones(1)] * n_scenarios
    for probabilities in shared:
        out = [np.multiply.outer(a, b).ravel() for a, b in zip(out, probabilities)]
    return out


def _moments(assembled: Assembled, s: int, sums: np.ndarray) -> np.ndarray:
    """Return mean error, mean squared error and coverage from E[mean], E[mean^2] and coverage."""
    design, out = assembled.design, sums.copy()
    for i, scenario in enumerate(design.scenarios):
        truth = true_values(design, scenario, design.decision[0])[s]
        if not np.isfinite(truth):  # e.g. a ratio to a control that never responds
            out[i] = np.nan
            continue
        out[i, 0] = sums[i, 0] - truth
        out[i, 1] = sums[i, 1] - 2 * truth * sums[i, 0] + truth**2
    out[:, 2] = np.minimum(out[:, 2], 1.0)
    return out
