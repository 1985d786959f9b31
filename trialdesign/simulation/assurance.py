"""Assurance: what a design does when its truth is drawn from the design prior.

O'Hagan, Stevens & Campbell 2005, doi:10.1002/pst.175.  The design prior says what is believed to be
true; the analysis prior, with which the trial will be analysed, may be another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trialdesign.analysis.accuracy import SIMULATED_TARGET, TARGET, inaccuracy
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design, changed
from trialdesign.design.result import Result
from trialdesign.design.without_borrowing import learns_from_others, without_borrowing
from trialdesign.errors import SpecificationError
from trialdesign.simulation.success import Row, success_of
from trialdesign.simulation.trials.truths import not_drawn

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, repr=False)
class Assurance(Result):
    """What a design does under its design prior.

    Attributes
    ----------
    design : Design
    rows : tuple of Row
        Per stratum ``assurance``, the unconditional probability of success; ``probability_effective``,
        that the truth lies in the success region; ``power`` and ``type_i_error``, of success given that
        it does, or does not; ``positive_predictive_value``, that it does given success; and
        ``correct_decision``.
    alone : tuple of Row or None
        Those of the same design without borrowing: what is left is the prior's share of success.
    method : str
        ``exact`` or ``simulation``.
    reason : str
    trials : int or None
    seed : int
    seconds : float
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide.
    warnings : tuple of str
    """

    design: Design
    rows: tuple[Row, ...]
    alone: tuple[Row, ...] | None
    method: str
    reason: str
    trials: int | None
    seed: int
    seconds: float
    accuracy: float
    warnings: tuple[str, ...] = ()

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as such decisions need."""
        return self.accuracy <= (TARGET if self.method == "exact" else SIMULATED_TARGET)

    def told(self) -> Iterator[str]:
        """Yield the method and the assurance."""
        trials = "" if self.trials is None else f", {self.trials:,} trials, seed {self.seed}"
        yield f"{self.method}{trials}; {self.reason}; {self.seconds:.1f} s"
        each = [f"{row.stratum} {row.value:.3f}" for row in self.rows if row.quantity == "assurance"]
        yield f"assurance: {', '.join(each)}"


@on_one_thread
def assurance(
    design: Design,
    method: str = "auto",
    trials: int | None = None,
    seed: int | None = None,
    reference: bool = True,
    progress: Progress = lambda done: None,
) -> Assurance:
    """Compute or simulate what a design does when its truth is drawn from its design prior.

    Parameters
    ----------
    design : Design
        With a ``design_prior``; the analysis prior never takes its place.
    method : {"auto", "exact", "simulation"}
        ``auto`` enumerates every outcome where `operating_characteristics` does.
    trials, seed : int, optional
        Override the design's own.
    reference : bool
        Whether the same design without borrowing is computed, where the design borrows.
    progress : callable
        Told the share of the work that is done, 0 to 1.

    Returns
    -------
    Assurance

    Raises
    ------
    SpecificationError
        The design has no design prior, or none that truths can be drawn from, or ``exact`` was asked of
        a design that is too large.
    ConvergenceError
        The design prior contradicts the analysis prior beyond double precision.
    """
    started = time.perf_counter()
    _check(design)
    trials = design.simulation.trials if trials is None else trials
    seed = design.simulation.seed if seed is None else seed
    design = changed(design, scenarios=[])
    asked = [design]
    if reference and learns_from_others(design):
        asked.append(without_borrowing(design))
    found = []
    for i, each in enumerate(asked):
        tell = lambda done, i=i: progress((i + done) / len(asked))
        found.append(success_of(each, method if i == 0 else "auto", trials, seed, True, tell))
    own, accuracy = found[0], max(each.accuracy for each in found)
    return Assurance(
        design=design,
        rows=own.rows,
        alone=found[1].rows if len(found) > 1 else None,
        method=own.method,
        reason=own.reason,
        trials=None if own.method == "exact" else trials,
        seed=seed,
        seconds=time.perf_counter() - started,
        accuracy=accuracy,
        warnings=inaccuracy(accuracy, own.target),
    )


def _check(design: Design) -> None:
    """Refuse what has no assurance."""
    if design.design_prior is None:
        raise SpecificationError(
            "`design_prior` must say what is believed to be true, for assurance; got none. Add one, of "
            "the form of `model`: the analysis prior is not taken in its place."
        )
    problems = not_drawn(design)
    if problems:
        raise SpecificationError(problems)
