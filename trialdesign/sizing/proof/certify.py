"""Certify: a proven upper bound on the type I error over the whole null region, not at a few points.

Every null pattern is searched: some strata are null, the truth of the others is anything.  A decision
whose posterior probability lies within its own numerical error of the threshold is counted as a success,
so that the bound holds whatever that error did.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product
from math import prod

import numpy as np

from trialdesign.analysis.accuracy import SAFETY, TARGET, inaccuracy
from trialdesign.analysis.build import Assembled
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.cost import enumerable
from trialdesign.simulation.exact.countable import obstacle
from trialdesign.simulation.exact.decided import decide
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.sizing.proof.certificate import CLOSED, Certificate, Certified
from trialdesign.sizing.proof.null_region import Null
from trialdesign.sizing.proof.supremum import Search, Supremum, Table

GAP = 0.001
SECONDS = 60.0
ALONE = 3.0  # times as long is a stratum's own error searched, which bounds all others

Progress = Callable[[float], None]


@on_one_thread
def certify(
    design: Design,
    alpha: float | None = None,
    gap: float = GAP,
    seconds: float = SECONDS,
    progress: Progress = lambda done: None,
) -> Certificate:
    """Prove an upper bound on the type I error of each stratum and on the family-wise error.

    Parameters
    ----------
    design : Design
        With a binary endpoint and outcomes that can be enumerated.
    alpha : float, optional
        A level which the bound shall hold.
    gap : float
        Between the bound and the largest error that is found, at which a search stops.
    seconds : float
        After which the searches stop, each with the bound that it has proven until then.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Raises
    ------
    SpecificationError
        The design's outcomes cannot be enumerated, or an argument is out of range.
    ConvergenceError
        Data contradict the model beyond double precision.
    """
    started = time.perf_counter()
    _check(design, alpha, gap, seconds)
    resolution = Resolution(sharp_truths=False)
    groups, accuracy = accurate_groups(
        design, resolution, TARGET, design.simulation.seed, cut_truths=False
    )
    rows, bounds = [], []
    patterns = [(group, null) for group in groups for null in _patterns(group.design.strata)]
    tables = {id(group): table_of(group, _decided(group, SAFETY * accuracy)) for group in groups}
    parts = [ALONE if len(null) == 1 else 1.0 for _, null in patterns]
    for i, (group, null) in enumerate(patterns):
        left = max(started + seconds - time.perf_counter(), 0.0) * parts[i] / sum(parts[i:])
        found = supremum_of(group.design, tables[id(group)], null, gap, time.perf_counter() + left)
        rows.append(_row(group.design, null, found))
        progress((i + 1) / len(patterns))
    rows = [_no_more_than_the_sum(row, rows) for row in rows]
    for group in groups:
        own = [row for row in rows if set(row.null) <= set(group.design.strata)]
        bounds.append((max(row.bound for row in own), max(own, key=lambda row: row.largest_found)))
    bound = 1 - prod(1 - upper for upper, _ in bounds)
    largest = 1 - prod(1 - row.largest_found for _, row in bounds)
    at = {stratum: rates for _, row in bounds for stratum, rates in row.attained_at.items()}
    return Certificate(
        design=design,
        rows=tuple(rows),
        bound=bound,
        largest_found=largest,
        attained_at=at,
        alpha=alpha,
        gap=bound - largest,
        asked_gap=gap,
        seconds=time.perf_counter() - started,
        accuracy=accuracy,
        warnings=tuple([*inaccuracy(accuracy, TARGET), *_open(rows, gap)]),
    )


def _check(design: Design, alpha: float | None, gap: float, seconds: float) -> None:
    """Refuse what cannot be certified."""
    problems = []
    obstructed = obstacle(design)
    if not obstructed:
        _, obstructed = enumerable(design, Resolution())
    if obstructed:
        problems.append(
            f"a certificate must be asked of a design whose outcomes are enumerated: {obstructed}. "
            "`power` simulates its error at the truths that you state."
        )
    if not design.scenarios and design.design_prior is None:
        problems.append(
            "`scenarios` must name at least one assumed truth, on which the accuracy of the grids is "
            "judged; got none. Add one."
        )
    if alpha is not None and not 0 < alpha < 1:
        problems.append(f"`alpha` must be above 0 and below 1; got {alpha:g}. Change it.")
    if not 0 < gap < 1:
        problems.append(f"`gap` must be above 0 and below 1; got {gap:g}. Change it.")
    if not seconds > 0:
        problems.append(f"`seconds` must be positive; got {seconds:g}. Change it.")
    if problems:
        raise SpecificationError(problems)


def _patterns(strata: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every set of strata that can be null together."""
    return [own for n in range(1, len(strata) + 1) for own in combinations(strata, n)]


def _decided(group: Assembled, error: float) -> list[np.ndarray]:
    """Return the decisions of a group, those too close to call among the successes."""
    doubtful = [
        replace(each, probability=max(each.probability - error, 1e-300))
        for each in group.design.decision
    ]
    return decide([replace(group, design=changed(group.design, decision=doubtful))])[0]


def table_of(group: Assembled, met: Sequence[np.ndarray]) -> Table:
    """Return the decisions of a group with the arms and strata that their axes are of."""
    design, model = group.design, group.model
    strata = range(len(design.strata))
    if design.model.effect is not None:  # every pair of outcomes informs the others
        shared = tuple((arm, s) for s in strata for arm in ("control", "treatment"))
        shape = [design.arms[arm].sizes[s] + 1 for arm, s in shared]
        return Table(shared, {}, [own.reshape(*shape, 1) for own in met])
    shared = tuple((model.focus_arm, s) for s in strata)
    private = {} if model.partner is None else {s: (model.partner_arm, s) for s in strata}
    return Table(shared, private, met)


def supremum_of(
    design: Design, table: Table, null: Sequence[str], gap: float, until: float,
    level: float | None = None,
) -> Supremum:  # fmt: skip
    """Return the supremum of one null pattern: of each null stratum, any criterion may fail.

    With a ``level`` the search stops once it is known to be held, or to be exceeded.
    """
    nulls = [
        Null(
            value=design.estimand(each).value,
            threshold=each.threshold,
            sign=1 if each.less_than is None else -1,
            to_linear=design.endpoint.scale.to_linear,
        )
        for each in design.decision
    ]
    which = [design.strata.index(stratum) for stratum in null]
    found = [
        Search(table, dict(zip(which, chosen))).supremum(gap, until, level)
        for chosen in product(nulls, repeat=len(which))
    ]
    best = max(found, key=lambda each: each.found)
    return replace(
        best, bound=max(each.bound for each in found), boxes=sum(each.boxes for each in found)
    )


def _row(design: Design, null: Sequence[str], found: Supremum) -> Certified:
    at: dict[str, dict[str, float]] = {}
    for (arm, s), rate in sorted(found.at.items(), key=lambda item: (item[0][1], item[0][0])):
        at.setdefault(design.strata[s], {})[arm] = rate
    quantity = "type_i_error" if len(null) == 1 else "family_wise_error"
    return Certified(tuple(null), quantity, found.bound, found.found, at, found.boxes)


def _no_more_than_the_sum(row: Certified, rows: Sequence[Certified]) -> Certified:
    """Return a pattern with a bound no larger than the sum of its strata's own (Bonferroni)."""
    alone = {own.null[0]: own.bound for own in rows if len(own.null) == 1}
    return replace(row, bound=min(row.bound, sum(alone[stratum] for stratum in row.null)))


def _open(rows: Sequence[Certified], gap: float) -> Iterator[str]:
    """Yield a word on searches that ran out of time; their bounds hold all the same."""
    left = [row for row in rows if row.bound - row.largest_found > CLOSED * gap]
    if left:
        worst = max(left, key=lambda row: row.bound - row.largest_found)
        yield (
            f"{len(left)} of {len(rows)} null patterns keep a gap of up to "
            f"{worst.bound - worst.largest_found:.2g} between bound and largest error found "
            f"({', '.join(worst.null)}): the bounds hold, but are not tight. Allow more --seconds."
        )
