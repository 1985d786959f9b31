"""Operating characteristics of a design: power, error rates, bias, coverage, expected size.

Whether a stratum's success is power or a type I error is read off the truth, never off a name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from trialdesign.analysis.accuracy import SIMULATED_TARGET, TARGET, inaccuracy
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.result import Result
from trialdesign.design.truths import is_effective
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import SIMULATED, Resolution
from trialdesign.simulation.cost import Work
from trialdesign.simulation.exact.enumerate import enumerate_outcomes
from trialdesign.simulation.method import method_of
from trialdesign.simulation.results import Estimate, Exact, Passage, Simulated
from trialdesign.simulation.success import Row
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.simulation.trials.simulate import simulate


@dataclass(frozen=True, slots=True, repr=False)
class OperatingCharacteristics(Result):
    """What a design does under its scenarios.

    Attributes
    ----------
    design : Design
    method : str
        ``exact`` or ``simulation``.
    reason : str
        Why that method.
    trials : int or None
        Simulated trials per scenario; None when exact.
    seed : int
    seconds : float
    rows : tuple of Row
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide.
    warnings : tuple of str
        That a target of accuracy was missed.
    """

    design: Design
    method: str
    reason: str
    trials: int | None
    seed: int
    seconds: float
    rows: tuple[Row, ...]
    accuracy: float
    warnings: tuple[str, ...] = ()

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as such decisions need."""
        return self.accuracy <= (TARGET if self.method == "exact" else SIMULATED_TARGET)

    def told(self) -> Iterator[str]:
        """Yield the method and the probability of success."""
        trials = (
            "" if self.trials is None else f", {self.trials:,} trials per scenario, seed {self.seed}"
        )
        yield f"{self.method}{trials}; {self.reason}; {self.seconds:.1f} s"
        yield self.success()

    def success(self) -> str:
        """Return in a line how probable success in any and in all strata is, under each scenario."""
        known = {(row.scenario, row.stratum): row for row in self.rows if row.quantity == "success"}
        each = [
            f"{scenario.name} {known[scenario.name, 'any'].value:.3f} and "
            f"{known[scenario.name, 'all'].value:.3f}"
            for scenario in self.design.scenarios
        ]
        return f"success in any and in all strata: {'; '.join(each)}"


@on_one_thread
def operating_characteristics(
    design: Design,
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    resolution: Resolution | None = None,
    progress: Callable[[float], None] = lambda done: None,
    told: Callable[[Work], None] = lambda work: None,
) -> OperatingCharacteristics:
    """Compute or simulate the operating characteristics of a design.

    Parameters
    ----------
    design : Design
    method : {"auto", "exact", "simulation"}
        ``auto`` enumerates every outcome where the design is finite and small enough.
    trials, seed : int, optional
        Override the design's own.
    resolution : Resolution, optional
        How fine the grids are; unless stated, coarser where a trial is analysed at several looks.
    progress : callable
        Told the fraction of the work that is done, 0 to 1.
    told : callable, optional
        Told, before it begins, how long the work will take and how much memory.

    Returns
    -------
    OperatingCharacteristics

    Raises
    ------
    SpecificationError
        The design contradicts itself, or ``exact`` was asked of a design that is too large.
    ConvergenceError
        The scenarios contradict the model beyond double precision.
    """
    started = time.perf_counter()
    if not design.scenarios:
        raise SpecificationError("`scenarios` must name at least one assumed truth; got none. Add one.")
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    if trials < 2:
        raise SpecificationError(f"`trials` must be at least 2; got {trials}. Raise it.")
    resolution = resolution or (SIMULATED if design.looks else Resolution())
    how = method_of(design, method, trials, resolution)
    told(how.work)
    resolution = replace(resolution, sharp_truths=how.exact)
    groups, accuracy = accurate_groups(design, resolution, how.target, seed)
    if how.exact:
        results = enumerate_outcomes(groups, progress)
    else:
        results = simulate(design, groups, trials, seed, progress)
    rows = [
        row
        for scenario, ensemble in zip(design.scenarios, results)
        for row in _rows(design, scenario, ensemble)
    ]
    return OperatingCharacteristics(
        design=design,
        method=how.name,
        reason=how.reason,
        trials=None if how.exact else trials,
        seed=seed,
        seconds=time.perf_counter() - started,
        rows=tuple(rows),
        accuracy=accuracy,
        warnings=inaccuracy(accuracy, how.target),
    )


def _rows(design: Design, scenario: Scenario, ensemble: Exact | Simulated) -> Iterator[Row]:
    """Yield the rows of one scenario, strata first, then ``any`` and ``all``."""
    effective = is_effective(design, scenario)

    def row(stratum: str, quantity: str, estimate: Estimate) -> Row:
        return Row(scenario.name, stratum, quantity, **asdict(estimate))

    for s, stratum in enumerate(design.strata):
        yield row(stratum, "power" if effective[s] else "type_i_error", ensemble.success(s))
        yield row(stratum, "bias", ensemble.bias(s))
        yield row(stratum, "rmse", ensemble.squared_error(s).root())
        yield row(stratum, "coverage", ensemble.coverage(s))
        yield row(stratum, "expected_sample_size", _entered(ensemble, [s], design.patients[s]))
    null = [s for s, works in enumerate(effective) if not works]
    yield row("any", "success", ensemble.any_success(range(len(design.strata))))
    if null:
        yield row("any", "family_wise_error", ensemble.any_success(null))
    yield row("all", "success", ensemble.all_success())
    total = sum(design.patients)
    everywhere = range(len(design.strata))
    yield row("all", "expected_sample_size", _entered(ensemble, everywhere, total))
    for stratum, quantity, estimate in _in_time(design, getattr(ensemble, "passage", None)):
        yield row(stratum, quantity, estimate)


def _entered(ensemble: Exact | Simulated, strata: Sequence[int], planned: int) -> Estimate:
    """Return how many patients of some strata enter before the final analysis."""
    passage = getattr(ensemble, "passage", None)
    entered = None if passage is None else passage.entered[:, list(strata)].sum(axis=1)
    if entered is None or (entered == planned).all():
        return Estimate.exact(planned)
    return Estimate.of_mean(entered)


def _in_time(design: Design, passage: Passage | None) -> Iterator[tuple[str, str, Estimate]]:
    """Yield stratum, quantity and estimate of what takes time: looks, events, the trial's length."""
    if passage is None:
        return
    for j, met in enumerate(passage.met, start=1):
        for s, stratum in enumerate(design.strata):
            yield stratum, f"success_at_look_{j}", Estimate.of_rate(met[:, s])
        yield "any", f"success_at_look_{j}", Estimate.of_rate(met.any(axis=1))
        yield "all", f"success_at_look_{j}", Estimate.of_rate(met.all(axis=1))
        yield "all", f"expected_month_of_look_{j}", Estimate.of_mean(passage.month[j - 1])
    counts = {"expected_events": passage.events}
    if design.before_infusion is not None:
        counts["expected_analysed"] = passage.started
    for quantity, count in counts.items():
        for s, stratum in enumerate(design.strata):
            yield stratum, quantity, Estimate.of_mean(count[:, s])
        yield "all", quantity, Estimate.of_mean(count.sum(axis=1))
    yield "all", "expected_duration", Estimate.of_mean(passage.month[-1])
