"""What `calibrate` finds: a threshold, the error there, and the power beside that of the stated one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialdesign.design.design import Design
from trialdesign.design.result import Result


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """One quantity of one stratum (or ``any``, ``all``) under one scenario, at a threshold."""

    threshold: float
    scenario: str
    stratum: str
    quantity: str
    value: float
    mcse: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, repr=False)
class Calibration(Result):
    """A threshold that controls an error.

    Attributes
    ----------
    design : Design
    alpha : float
    quantity : str
        ``type_i_error`` or ``family_wise_error``.
    over : str
        ``scenarios`` or ``certified``.
    threshold : float or None
        The smallest of a grid that controls the error; None where none below 1 does.
    error : float or None
        The largest of the scenarios there.
    stated, stated_error : float
        The design's own threshold, and the largest error of the scenarios with it.
    rows : tuple of ThresholdRow
        At both thresholds.
    method : str
        ``exact`` or ``simulation``.
    trials : int or None
    seed : int
    seconds : float
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide.
    accurate : bool
    warnings : tuple of str
    """

    design: Design
    alpha: float
    quantity: str
    over: str
    threshold: float | None
    error: float | None
    stated: float
    stated_error: float
    rows: tuple[ThresholdRow, ...]
    method: str
    trials: int | None
    seed: int
    seconds: float
    accuracy: float
    accurate: bool
    warnings: tuple[str, ...] = ()

    def told(self) -> Iterator[str]:
        """Yield the method and the threshold."""
        yield f"{self.method}; {self.seconds:.1f} s"
        where = "over the whole null region" if self.over == "certified" else "under the scenarios"
        found = "none" if self.threshold is None else f"{self.threshold:.4f}"
        yield f"{self.quantity.replace('_', ' ')} at most {self.alpha:g} {where}: threshold {found}"
