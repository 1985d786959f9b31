"""Designs of other sizes, in the proportions of a given one."""

from __future__ import annotations

from dataclasses import replace

from trialdesign.design.design import Design, changed

RUNGS = 40  # of the ladder that is climbed unless one is given


def sized(design: Design, rung: int, free: str = "all") -> Design:
    """Return a design of another size: ``rung`` patients in the largest part of what is freed.

    The other sizes that are freed keep their proportion to it, rounded half up, one patient at least.
    """
    sizes = by_arm(design)
    moved = _freed(design, free)
    largest = reference(design, free)
    for arm, stratum in moved:
        n = sizes[arm][stratum]
        if n > 0:
            sizes[arm][stratum] = max(1, int(n * rung / largest + 0.5))
    arms = {name: replace(arm, sizes=tuple(sizes[name].values())) for name, arm in design.arms.items()}
    return changed(design, arms=arms)


def default_ladder(design: Design, free: str = "all") -> tuple[int, ...]:
    """Return about 40 sizes, from a quarter of the design's to three times as many."""
    n = reference(design, free)
    low, high = max(2, n // 4), max(3 * n, 10)
    step = max(1, round((high - low) / (RUNGS - 1)))
    return tuple(range(low, high + 1, step))


def _freed(design: Design, free: str) -> list[tuple[str, str]]:
    """Return the arms and strata that a name frees."""
    return [
        (arm, stratum)
        for arm in design.arms
        for stratum in design.strata
        if free in ("all", arm, stratum)
    ]


def reference(design: Design, free: str) -> int:
    """Return the size that a rung replaces: of the treatment arm, unless another arm is freed."""
    sizes = by_arm(design)
    arm = free if free in design.arms else "treatment"
    return max(sizes[own][stratum] for own, stratum in _freed(design, free) if own == arm)


def by_arm(design: Design) -> dict[str, dict[str, int]]:
    """Return the patients of each arm and stratum."""
    return {name: dict(zip(design.strata, arm.sizes)) for name, arm in design.arms.items()}
