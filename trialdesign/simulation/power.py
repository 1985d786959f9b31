"""Power: the operating characteristics of a design beside those without borrowing, and what to know of
them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.cautions import cautions
from trialdesign.design.design import Design
from trialdesign.design.result import Result
from trialdesign.design.without_borrowing import learns_from_others, with_weak_priors, without_borrowing
from trialdesign.simulation.cost import Work
from trialdesign.simulation.exact.critical_counts import (
    CriticalCounts,
    critical_counts,
    refuse_uncountable,
)
from trialdesign.simulation.operating_characteristics import (
    OperatingCharacteristics,
    Row,
    operating_characteristics,
)


@dataclass(frozen=True, slots=True, repr=False)
class Power(Result):
    """What a design does under its scenarios, and what the same design would do otherwise.

    Attributes
    ----------
    design : Design
    result : OperatingCharacteristics
        Of the design itself.
    alone : OperatingCharacteristics or None
        Of the same design without borrowing; None where it does not borrow, or nobody asked.
    weak : OperatingCharacteristics or None
        Of the same design with weak priors in both arms, if asked for.
    counts : CriticalCounts or None
        The results that declare success, if asked for.
    seconds : float
    warnings : tuple of str
    """

    design: Design
    result: OperatingCharacteristics
    alone: OperatingCharacteristics | None
    weak: OperatingCharacteristics | None
    counts: CriticalCounts | None
    seconds: float
    warnings: tuple[str, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The operating characteristics of the design itself."""
        return self.result.rows

    @property
    def computed(self) -> list[OperatingCharacteristics]:
        """All operating characteristics that there are, the design's own first."""
        return [each for each in (self.result, self.alone, self.weak) if each is not None]

    @property
    def accuracy(self) -> float:
        """Estimated numerical error of the posterior probabilities that decide, the largest."""
        return max(each.accuracy for each in self.computed)

    @property
    def accurate(self) -> bool:
        """Whether all posterior probabilities are as accurate as such decisions need."""
        counted = self.counts is None or self.counts.accurate
        return counted and all(each.accurate for each in self.computed)

    def told(self) -> Iterator[str]:
        """Yield the method and the probability of success; without borrowing, too."""
        yield from self.result.told()
        if self.alone is not None:
            yield f"without borrowing: {self.alone.success()}"


@on_one_thread
def power(
    design: Design,
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    reference: bool = True,
    weak_priors: bool = False,
    decisions: bool = False,
    progress: Callable[[float], None] = lambda done: None,
    told: Callable[[Work], None] = lambda work: None,
) -> Power:
    """Compute what a design does, and beside it what it would do without borrowing.

    Parameters
    ----------
    design : Design
    method : {"auto", "exact", "simulation"}
        Of the design itself; the others are enumerated where they can be.
    trials, seed : int, optional
        Override the design's own.
    reference : bool
        Whether the same design without borrowing is computed, where the design borrows.
    weak_priors : bool
        Whether the same design with weak priors in both arms is computed.
    decisions : bool
        Whether the results that declare success are listed.
    progress : callable
        Told the fraction of the work on the design itself that is done, 0 to 1.
    told : callable, optional
        Told, before it begins, how long that work will take and how much memory.

    Returns
    -------
    Power

    Raises
    ------
    SpecificationError
        As `operating_characteristics` and `critical_counts`.
    ConvergenceError
        The scenarios contradict the model beyond double precision.
    """
    started = time.perf_counter()
    if decisions:
        refuse_uncountable(design)
    result = operating_characteristics(design, method, trials, seed, progress=progress, told=told)
    alone = weak = None
    if reference and learns_from_others(design):
        alone = operating_characteristics(without_borrowing(design), trials=trials, seed=seed)
    if weak_priors:
        weak = operating_characteristics(with_weak_priors(design), trials=trials, seed=seed)
    counts = critical_counts(design) if decisions else None
    warnings = [*result.warnings, *cautions(design)]
    if counts is not None:
        warnings += counts.warnings
    seconds = time.perf_counter() - started
    return Power(design, result, alone, weak, counts, seconds, tuple(warnings))
