"""The most extreme data that a component can meet: what its grid must reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from trialdesign.analysis.models.model import Outcomes
from trialdesign.design.arms import Arm
from trialdesign.design.design import Design
from trialdesign.discounting._external_data import rows_of
from trialdesign.probability.reach import Extremes, LogLikelihoods, free_ends, mesh, nothing

Seen = Sequence[Outcomes] | None


def limits_of(design: Design, name: str) -> tuple[float, float]:
    """Return the range of a component's parameter beyond which no arm's likelihood changes.

    An effect is a difference of two parameters, each of which may lie anywhere in its own range.
    """
    low, high = design.endpoint.limits
    return (low - high, high - low) if name == "effect" else (low, high)


def extremes_of(design: Design, name: str, seen: Seen = None) -> Extremes:
    """Return the log likelihoods of extreme data along the axis of a component's parameter.

    Parameters
    ----------
    design : Design
        Its evidence loaded.
    name : str
        An arm's, or ``effect``.
    seen : sequence of mapping of arm to ndarray (T, M), optional
        Results which the grid must hold beside the planned ones, one mapping per stratum.

    Returns
    -------
    Extremes
        Of each stratum, with and without its evidence, and of all strata as one.  Data of an arm whose
        parameter is a sum of two are given to either of the two.
    """
    in_both = design.model.effect is not None and name != "effect"
    arms = tuple(design.arms.values()) if in_both else (design.arm_of(name),)
    points, strata = mesh(design.endpoint.limits), range(len(design.strata))

    def tabulated(statistics: np.ndarray) -> LogLikelihoods:
        """Return log likelihoods, evaluated once and interpolated: what must be reached is a range."""
        if not len(statistics):
            return nothing
        table = design.endpoint.log_likelihood(statistics, points)
        return lambda x: np.array([np.interp(x, points, row) for row in table])

    planned = [tabulated(_planned(design, arms, s, seen)) for s in strata]
    published = [tabulated(statistics) for statistics in _published(design, name)]
    shifts = (0.0,)
    if name == "effect":  # stretched most where the control arm's data do not resist
        control = np.concatenate([_planned(design, (design.control,), s, seen) for s in strata])
        if len(control):
            shifts = free_ends(tabulated(control), design.endpoint.limits)

    def parts(x: np.ndarray) -> Iterator[tuple[list[np.ndarray], list[np.ndarray]]]:
        """Yield each stratum's planned (E, X) and published (X,) data, once for each shift."""
        for shift in shifts:
            at = x + shift
            yield [of(at) for of in planned], [of(at).sum(axis=0) for of in published]

    def own(x: np.ndarray) -> np.ndarray:
        rows = [
            np.concatenate([nothing(x), new]) + counted * old
            for each in parts(x)
            for new, old in zip(*each)
            for counted in (0, 1)
        ]
        return np.concatenate(rows)

    def shared(x: np.ndarray) -> np.ndarray:  # every stratum at the same end, evidence counted or not
        rows = [sum(new) + counted * sum(old) for new, old in parts(x) for counted in (0, 1)]
        return np.concatenate([own(x), *rows])

    return Extremes(own, shared)


def _planned(design: Design, arms: tuple[Arm, ...], s: int, seen: Seen) -> np.ndarray:
    """Return the extreme statistics (E, M) of a stratum's planned patients, all arms as one, and those
    of each arm that were seen."""
    size = sum(arm.sizes[s] for arm in arms)
    truths = [design.truths(each, arm.name)[s] for each, arm in product(design.scenarios, arms)]
    extremes = design.endpoint.extremes(size, truths)
    found = [] if seen is None else [seen[s][arm.name] for arm in arms]
    return np.concatenate([extremes, *(y for y in found if y.shape[1] == extremes.shape[1])])


def _published(design: Design, name: str) -> list[np.ndarray]:
    """Return the published statistics (J, M) of each stratum."""
    component = design.model.components()[name]
    used = [use for use in component.evidence if use.discount.passed_fraction() > 0]
    parts = [rows_of(design.endpoint, use, design.strata) for use in used]
    return [
        np.concatenate([np.empty((0, len(design.endpoint.columns))), *(y[own == s] for own, y in parts)])
        for s in range(len(design.strata))
    ]
