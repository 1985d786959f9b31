"""The answer of `sample-size`: patients, and the curve that they are read off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trialdesign.design.design import Design
from trialdesign.design.result import Result


@dataclass(frozen=True, slots=True)
class SizeAnswer:
    """The smallest size for one stratum (or ``any``, ``all``) under one truth; None: no rung."""

    scenario: str
    stratum: str
    sample_size: int | None


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One quantity at one size."""

    sample_size: int
    scenario: str
    stratum: str
    quantity: str
    value: float
    mcse: float
    lower: float
    upper: float

    @property
    def rung(self) -> int:
        """Patients."""
        return self.sample_size


@dataclass(frozen=True, slots=True, repr=False)
class SampleSize(Result):
    """How large a trial must be.

    Attributes
    ----------
    design : Design
    metric : str
        ``power`` or ``assurance``.
    target : float
    scenario, stratum : str
        Which truth and stratum the answer is for.
    free : str
        ``all``, an arm or a stratum: what is sized, while the rest keeps the design's numbers.
    answer : int or None
        Patients of the treatment arm in the largest stratum that is sized (of the arm that is freed);
        None where no rung keeps the target.
    sizes : mapping of str to mapping of str to int, or None
        The trial at the answer: arm -> stratum -> patients.
    answers : tuple of SizeAnswer
        The same for every scenario and stratum.
    rows : tuple of SizeRow
    totals : mapping of int to int
        Patients of the whole trial at each rung.
    methods : tuple of str
        ``exact`` or ``simulation``, of each rung.
    trials : int or None
        Per truth, at rungs that are simulated.
    seed : int
    seconds : float
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide, the largest.
    accurate : bool
        Whether every rung is as accurate as its decisions need.
    warnings : tuple of str
    """

    design: Design
    metric: str
    target: float
    scenario: str
    stratum: str
    free: str
    answer: int | None
    sizes: Mapping[str, Mapping[str, int]] | None
    answers: tuple[SizeAnswer, ...]
    rows: tuple[SizeRow, ...]
    totals: Mapping[int, int]
    methods: tuple[str, ...]
    trials: int | None
    seed: int
    seconds: float
    accuracy: float
    accurate: bool
    warnings: tuple[str, ...]

    @property
    def method(self) -> str:
        """``exact`` where every rung is, else ``simulation``."""
        return "exact" if set(self.methods) == {"exact"} else "simulation"

    @property
    def sized(self) -> str:
        """Whose patients a size counts, in words."""
        arm = self.free if self.free in self.design.arms else "treatment"
        if self.free in self.design.strata:
            return f"the {arm} arm in {self.free}, which alone is sized"
        alone = ", which alone is sized" if self.free == arm else ", the others in proportion"
        return f"the {arm} arm in the largest stratum{alone}"

    def told(self) -> Iterator[str]:
        """Yield the method and the answer."""
        trials = "" if self.trials is None else f", {self.trials:,} trials per truth and rung"
        yield f"{self.method}{trials}; {self.seconds:.1f} s"
        yield f"{self.metric} {self.target:g}, {self.stratum} under {self.scenario}: {self.patients()}"

    def patients(self) -> str:
        """Return the answer in words."""
        if self.answer is None:
            return "no rung of the ladder keeps the target"
        return f"{self.answer}, {self.totals[self.answer]} patients in all"
