"""Every outcome of a finite design: exact operating characteristics.

The outcomes that inform other strata are enumerated jointly; those that do not - the controls of an
arm-wise model - factorise given the former.  Strata whose belief has one node are independent and
are enumerated one by one.  Scenarios share the tables: a scenario costs a few tensor contractions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from .assembly import Assembled, true_values
from .belief import node_products
from .design import Design
from .ensembles import Exact

MAX_OUTCOMES = 20_000_000  # joint outcomes that inform each other; 12 million take seconds
MAX_WORK = 4e12  # multiplications; about a minute on two cores
CHUNK = 3e7  # numbers held at once, 240 MB
TAIL = 0.025

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Table:
    """One stratum's outcomes: likelihood (I, C, G), numerators (J, I, P, C, G), probabilities."""

    likelihood: np.ndarray
    numerators: np.ndarray
    shared: np.ndarray  # (scenarios, I)
    private: np.ndarray  # (scenarios, P)


def n_outcomes(design: Design) -> int:
    """Return how many joint outcomes must be enumerated."""
    arms = design.model.components()
    if not any(component.strata.couples for component in arms.values()):
        return max(prod(design.sizes(arm)[s] + 1 for arm in design.arm_names) for s in _strata(design))
    borrowing = [arm for arm in design.arm_names if arm in arms and arms[arm].strata.couples]
    counted = design.arm_names if design.model.effect is not None else borrowing
    return prod(design.sizes(arm)[s] + 1 for s in _strata(design) for arm in counted)


def _strata(design: Design) -> range:
    return range(len(design.strata))


def obstacle(design: Design, assembled: Assembled) -> str | None:
    """Return why a design cannot be enumerated, or None."""
    if not hasattr(design.endpoint, "outcomes"):
        return f"a {design.endpoint.kind} endpoint has no finite set of outcomes"
    if assembled.model.couples_partners:
        return "both arms borrow across strata, so that no arm factorises"
    count = n_outcomes(design)
    if count > MAX_OUTCOMES:
        return f"{count:.3g} joint outcomes are more than {MAX_OUTCOMES:.3g}"
    work = count * assembled.model.weight.size * assembled.model.focus.grid.n_nodes / 20
    if work > MAX_WORK:
        return f"{count:.3g} joint outcomes would take minutes"
    return None


def enumerate_outcomes(assembled: Assembled, progress: Progress = lambda done: None) -> list[Exact]:
    """Return the exact results of a design, one a scenario.

    Parameters
    ----------
    assembled : Assembled
    progress : callable
        Told the share of the work that is done.
    """
    design = assembled.design
    tables = [_table(assembled, s) for s in _strata(design)]
    if assembled.model.weight.size == 1:
        groups = [[s] for s in _strata(design)]
    else:
        groups = [list(_strata(design))]
    results = [_enumerate_group(assembled, tables, group, progress) for group in groups]
    return [_combine(design, groups, [result[i] for result in results]) for i in range(len(design.scenarios))]


def _table(assembled: Assembled, s: int) -> Table:
    """Return a stratum's outcomes with the numerators of its criteria, mean and coverages."""
    design, model = assembled.design, assembled.model
    first = design.decision[0]
    shares = [assembled.holds(criterion) for criterion in design.decision]
    shares.append(assembled.values(first))
    for scenario in design.scenarios:
        truth = true_values(design, scenario, first)[s]
        shares.append(assembled.exceeds(first, truth))
    outcomes = {arm: design.endpoint.outcomes(design.sizes(arm)[s]) for arm in design.arm_names}
    likelihood, numerators = model.crossed(s, outcomes, shares)
    shared, private = [], []
    for scenario in design.scenarios:
        by_arm = {
            arm: design.endpoint.probabilities(outcomes[arm], design.truths(scenario, arm)[s])
            for arm in design.arm_names
        }
        pair = model.crossed_probabilities(by_arm)
        shared.append(pair[0])
        private.append(pair[1])
    return Table(likelihood, numerators, np.array(shared), np.array(private))


def _enumerate_group(
    assembled: Assembled, tables: Sequence[Table], group: Sequence[int], progress: Progress
) -> list[dict]:
    """Return, a scenario each, the moments of the group's strata and its decision probabilities."""
    design, model = assembled.design, assembled.model
    factors = {s: model.marginal(s, tables[s].likelihood) for s in group} if len(group) > 1 else {}
    met, moments = [], []
    for position, s in enumerate(group):
        others = [r for r in group if r != s]
        decided, sums = _one_stratum(assembled, tables, s, others, factors, progress, position / len(group))
        met.append(np.moveaxis(decided, -2, position))
        moments.append(sums)
    out = []
    for i in range(len(design.scenarios)):
        shared = [tables[s].shared[i] for s in group]
        success = [m @ tables[s].private[i] for m, s in zip(met, group)]
        out.append(
            {
                "moments": np.array([sums[i] for sums in moments]),
                "successes": [_contract(grid, shared) for grid in success],
                "none": lambda strata, grids=success, shared=shared: _contract(
                    _product([1 - grid for s, grid in zip(group, grids) if s in strata], shared), shared
                ),
                "all": _contract(_product(success, shared), shared),
            }
        )
    progress(1.0)
    return out


def _product(grids: list[np.ndarray], shared: Sequence[np.ndarray]) -> np.ndarray:
    out = np.ones([p.size for p in shared])
    for grid in grids:
        out *= grid
    return out


def _contract(grid: np.ndarray, probabilities: Sequence[np.ndarray]) -> float:
    """Sum a function of the joint outcome against independent probabilities."""
    for probability in reversed(probabilities):
        grid = grid @ probability
    return float(grid)


def _one_stratum(
    assembled: Assembled,
    tables: Sequence[Table],
    s: int,
    others: Sequence[int],
    factors: dict[int, np.ndarray],
    progress: Progress,
    done: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return decisions (I_others..., I_s, P) and moments (scenarios, 3: error, square, covered)."""
    design, model, own = assembled.design, assembled.model, tables[s]
    n_criteria, n_scenarios = len(design.decision), len(design.scenarios)
    shape = [len(tables[r].likelihood) for r in others]
    n_joint, n_own, n_private = prod(shape), len(own.likelihood), own.numerators.shape[2]
    met = np.empty((n_joint, n_own, n_private), dtype=bool)
    moments = np.zeros((n_scenarios, 3))
    truths = [true_values(design, sc, design.decision[0])[s] for sc in design.scenarios]
    thresholds = [criterion.probability for criterion in design.decision]
    flat = own.likelihood.reshape(n_own, -1).T  # (C * G, I)
    columns = own.numerators.reshape(len(own.numerators), n_own * n_private, -1)
    step = max(1, int(CHUNK / max(model.weight.size, n_own * n_private * 4, 1)))
    for start in range(0, n_joint, step):
        rows = np.arange(start, min(start + step, n_joint))
        at = np.unravel_index(rows, shape) if shape else ()
        products = node_products(model.weight, [factors[r][i] for r, i in zip(others, at)])
        before = model.predict(s, products).reshape(len(products), -1)  # (T, C * G)
        inverse = 1 / (before @ flat)[:, :, None]

        def expectation(j: int) -> np.ndarray:
            return (before @ columns[j].T).reshape(len(rows), n_own, n_private) * inverse  # noqa: B023

        decided = np.ones((len(rows), n_own, n_private), dtype=bool)
        for j, threshold in enumerate(thresholds):
            decided &= expectation(j) > threshold
        met[rows] = decided
        mean = expectation(n_criteria)
        for i in range(n_scenarios):
            weight = np.ones(len(rows))
            for r, index in zip(others, at):
                weight = weight * tables[r].shared[i][index]
            above = expectation(n_criteria + 1 + i)
            covered = (above >= TAIL) & (above <= 1 - TAIL)
            error = mean - truths[i]
            for q, quantity in enumerate((error, error**2, covered)):
                moments[i, q] += weight @ (quantity @ own.private[i]) @ own.shared[i]
        progress(done + (start + len(rows)) / n_joint / (len(others) + 1))
    return met.reshape(*shape, n_own, n_private), moments


def _combine(design: Design, groups: Sequence[Sequence[int]], parts: list[dict]) -> Exact:
    """Put independent groups of strata together."""
    order = np.argsort([s for group in groups for s in group])
    moments = np.concatenate([part["moments"] for part in parts])[order]
    successes = np.array([p for part in parts for p in part["successes"]])[order]

    def any_of(strata: Sequence[int]) -> float:
        return 1 - prod(part["none"](strata) for part in parts)

    return Exact(
        successes=successes,
        errors=moments[:, 0],
        squares=moments[:, 1],
        covered=moments[:, 2],
        any_of=any_of,
        all_of=prod(part["all"] for part in parts),
    )
